//! Whom the reader talks with alone, and what a post said before.

use super::screens::{card, done};
use super::{Visit, values};
use crate::app::model::Conversation;
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, see_other};
use hearth_web_ui as ui;
use warp::http::StatusCode;

pub(super) async fn list(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let found = visit.app.conversations().await?.into_iter();
    let mut rows: Vec<ui::Conversation> = found.map(row).collect();
    values::with_pictures(visit.app, rows.iter_mut().map(|row| &mut row.with)).await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::conversations(&shell, &rows)))
}

fn row(one: Conversation) -> ui::Conversation {
    let newest = one.newest.map(|post| {
        let author = ui::Person {
            identity: post.author,
            name: post.author_name,
            picture: None,
        };
        (author, post.warning.unwrap_or(post.text), post.time_ms)
    });
    ui::Conversation {
        with: values::somebody(one.with),
        unread: one.unread,
        newest,
    }
}

pub(super) async fn read(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let key = form.text("key").trim();
    visit.app.read_conversation(key).await?;
    Ok(see_other("/conversations"))
}

/// What a post said before it was changed.
pub(super) async fn history(visit: &Visit<'_>, id: &str) -> Result<Answer, Problem> {
    let texts = visit.app.history(id).await?.into_iter();
    let page = ui::HistoryPage {
        post: card(visit, id).await?,
        texts: texts.map(|past| (past.time_ms, past.text)).collect(),
    };
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::history(&shell, &page)))
}
