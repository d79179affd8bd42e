//! Looking for something, and what helps while one writes.

use super::screens::done;
use super::{Visit, values};
use crate::app::model::{ErrorKind, FoundFile, Results, Search};
use crate::drive::ItemKind;
use crate::http::forms::Fields;
use crate::http::pages::keeping::encoded;
use crate::http::respond::{Answer, Problem, html, json};
use hearth_web_ui as ui;
use warp::http::StatusCode;

pub(super) async fn page(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let typed = query.text("q").trim().to_owned();
    let shell = visit.shell(done(query)).await?;
    let mut page = ui::SearchPage {
        query: typed.clone(),
        ..ui::SearchPage::default()
    };
    if typed.is_empty() {
        return Ok(html(StatusCode::OK, ui::search(&shell, &page)));
    }
    let asked = Search {
        query: typed,
        limit: None,
        before: query.given("before").map(String::from),
    };
    match visit.app.search(asked).await {
        Ok(results) => fill(visit, &mut page, results).await?,
        Err(error) if error.kind == ErrorKind::Failed => return Err(error.into()),
        Err(error) => page.problem = Some((&error.message).into()),
    }
    Ok(html(StatusCode::OK, ui::search(&shell, &page)))
}

async fn fill(
    visit: &Visit<'_>,
    page: &mut ui::SearchPage,
    results: Results,
) -> Result<(), Problem> {
    let (marks, posts): (Vec<_>, Vec<_>) = results
        .posts
        .into_iter()
        .map(|found| (found.marks, found.post))
        .unzip();
    let cards = values::cards(visit, posts).await?.into_iter();
    page.posts = cards
        .zip(marks)
        .map(|(post, marks)| ui::FoundPost {
            post,
            marks: marks.into_iter().map(|(from, to)| from..to).collect(),
        })
        .collect();
    page.people = results.people.into_iter().map(values::somebody).collect();
    page.files = results.files.into_iter().map(file).collect();
    page.next = results.next;
    page.back_to_ms = results.back_to_ms;
    Ok(())
}

/// A folder leads to what is in it, anything else to the page about it.
fn file(found: FoundFile) -> ui::FoundFile {
    let is_folder = found.kind == ItemKind::Dir;
    let names = found.path.split('/').filter(|name| !name.is_empty());
    let mut href = names.fold(String::from("/files"), |path, name| {
        format!("{path}/{}", encoded(name))
    });
    if !is_folder {
        href.push_str("?show");
    }
    ui::FoundFile {
        href,
        is_folder,
        bytes: found.bytes,
        path: found.path,
    }
}

/// Names and tags to go on with, for the script.
pub(super) async fn complete(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let offers = visit.app.complete(query.text("q")).await?;
    Ok(json(StatusCode::OK, &offers))
}
