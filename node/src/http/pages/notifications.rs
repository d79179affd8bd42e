//! What the reader is told.

use super::screens::done;
use super::{Visit, values};
use crate::app::model::{Notification, NotificationKind, NotificationsAsked};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, see_other};
use crate::store::notifications::Only;
use hearth_web_ui as ui;
use warp::http::StatusCode;

const PAGE: &str = "/notifications";

fn filter(query: &Fields) -> (ui::NotificationFilter, Only) {
    let wanted = query.text("only");
    let mut known = ui::NotificationFilter::ALL.into_iter();
    let filter = known.find(|filter| filter.name() == wanted);
    let filter = filter.unwrap_or_default();
    let only = match filter {
        ui::NotificationFilter::All => Only::All,
        ui::NotificationFilter::Mentions => Only::Mentions,
        ui::NotificationFilter::Replies => Only::Replies,
        ui::NotificationFilter::Reactions => Only::Reactions,
        ui::NotificationFilter::People => Only::People,
    };
    (filter, only)
}

pub(super) async fn list(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let (filter, only) = filter(query);
    let before = query.given("before").map(String::from);
    let asked = NotificationsAsked {
        before,
        only,
        ..NotificationsAsked::default()
    };
    let told = visit.app.notifications(asked).await?;
    let page = ui::NotificationsPage {
        newest: told
            .items
            .first()
            .map_or_else(String::new, |one| one.place.clone()),
        items: told.items.into_iter().map(row).collect(),
        filter,
        unread: told.unread,
        next: told.next,
    };
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::notifications(&shell, &page)))
}

fn row(one: Notification) -> ui::Notification {
    let kind = match one.kind {
        NotificationKind::Reply => ui::NotificationKind::Reply,
        NotificationKind::Mention => ui::NotificationKind::Mention,
        NotificationKind::Reaction => ui::NotificationKind::Reaction,
        NotificationKind::Boost => ui::NotificationKind::Boost,
        NotificationKind::Follower => ui::NotificationKind::Follower,
        NotificationKind::Friend => ui::NotificationKind::Friend,
        NotificationKind::Knock => ui::NotificationKind::Knock,
        NotificationKind::Space => ui::NotificationKind::Space,
    };
    let (id, text) = match one.post {
        // What is behind a warning is read where one can open it.
        Some(post) => (post.id, post.warning.unwrap_or(post.text)),
        None => (one.space.unwrap_or_default(), one.text.unwrap_or_default()),
    };
    ui::Notification {
        kind,
        unread: one.unread,
        time_ms: one.time_ms,
        people: one.people.into_iter().map(values::somebody).collect(),
        count: one.count,
        emoji: one.emoji.unwrap_or_default(),
        text,
        id,
        space_name: one.space_name,
    }
}

/// Everything that the page showed, and what was older, is read: what came since isn't.
pub(super) async fn read(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    visit.app.read_notifications(form.given("place")).await?;
    Ok(see_other(PAGE))
}
