//! What the reader keeps for themselves and whom they don't want to hear; reactions; settings.

use super::actions::{leads_back, leads_back_to, leads_to};
use super::audience::always;
use super::notice::Done;
use super::screens::{self, done};
use super::{Visit, values};
use crate::app::model::AppError;
use crate::app::settings::AUDIENCE;
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html};
use hearth_web_ui as ui;
use warp::http::StatusCode;

/// Whether a form switches something on.
fn is_on(form: &Fields) -> bool {
    form.text("on") == "yes"
}

/// Says with an emoji what one thinks, or takes it back.
/// How many bookmarks one page shows.
const BOOKMARKS_SHOWN: usize = 40;

pub(super) async fn react(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (emoji, on) = match form.given("off") {
        Some(emoji) => (emoji, false),
        None => (form.text("on").trim(), true),
    };
    let id = form.text("id");
    visit.app.react(id, emoji, on).await?;
    Ok(leads_back_to(form, id, Done::Reacted))
}

/// Boosts a post, or takes that back.
pub(super) async fn boost(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (id, on) = (form.text("id"), is_on(form));
    visit.app.boost(id, on).await?;
    let done = if on { Done::Boosted } else { Done::Unboosted };
    Ok(leads_back_to(form, id, done))
}

/// Gives somebody a name, or takes it back.
pub(super) async fn petname(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (key, name) = (form.text("key").trim(), form.text("name"));
    match visit.app.set_petname(key, name).await {
        Ok(named) => Ok(leads_to(
            &format!("/person/{}", named.identity),
            Done::Called,
        )),
        Err(error) => screens::person_unnamed(visit, key, name, &error).await,
    }
}

pub(super) async fn bookmark(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (id, on) = (form.text("id"), is_on(form));
    visit.app.bookmark(id, on).await?;
    let done = if on {
        Done::Bookmarked
    } else {
        Done::Unbookmarked
    };
    Ok(leads_back_to(form, id, done))
}

pub(super) async fn bookmarks(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let kept = visit
        .app
        .bookmarks(query.given("before"), BOOKMARKS_SHOWN)
        .await?;
    let page = ui::BookmarksPage {
        posts: values::cards(visit, kept.posts).await?,
        missing: kept.missing,
        next: kept.next,
    };
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::bookmarks(&shell, &page)))
}

pub(super) async fn mute(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let on = is_on(form);
    visit.app.mute(form.text("key").trim(), on).await?;
    let done = if on { Done::Muted } else { Done::Unmuted };
    Ok(leads_back(form, done))
}

pub(super) async fn block(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let on = is_on(form);
    let blocked = visit.app.block(form.text("key").trim(), on).await?;
    let done = match (on, blocked.warnings.is_empty()) {
        (true, true) => Done::Blocked,
        (true, false) => Done::BlockedAmongOthers,
        (false, _) => Done::Unblocked,
    };
    Ok(leads_back(form, done))
}

pub(super) async fn quiet(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let muted = visit.app.mutes().await?.into_iter().filter_map(|muted| {
        Some(ui::Person {
            identity: muted.identity?,
            name: muted.name,
            picture: None,
        })
    });
    let blocked = visit.app.blocks().await?.into_iter();
    let page = ui::QuietPage {
        muted: muted.collect(),
        blocked: blocked
            .map(|person| ui::Person {
                identity: person.identity,
                name: person.name,
                picture: None,
            })
            .collect(),
    };
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::quiet(&shell, &page)))
}

/// Puts somebody on a list or takes them off.
pub(super) async fn change_list(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (name, key) = (form.text("name").trim(), form.text("key").trim());
    let keys = [key.to_owned()];
    let (add, remove): (&[String], &[String]) = if is_on(form) {
        (&keys, &[])
    } else {
        (&[], &keys)
    };
    visit.app.change_list(name, add, remove).await?;
    let relation = visit.app.relation(key).await?;
    Ok(leads_to(
        &format!("/person/{}", relation.identity),
        Done::Listed,
    ))
}

/// The reader's lists, and whether somebody is on each.
pub(super) async fn lists(visit: &Visit<'_>, key: &str) -> Result<Vec<ui::OnList>, AppError> {
    let lists = visit.app.lists().await?.into_iter();
    Ok(lists
        .map(|list| ui::OnList {
            on: list.members.iter().any(|member| member.identity == key),
            name: list.name,
        })
        .collect())
}

/// For whom new posts are unless something else is chosen: what the box's list calls it.
pub(super) async fn usual_audience(visit: &Visit<'_>) -> Result<String, AppError> {
    Ok(visit.app.setting(AUDIENCE).await?.value)
}

/// The same, to choose from.
pub(super) async fn usual(visit: &Visit<'_>) -> Result<ui::Composer, AppError> {
    Ok(ui::Composer {
        draft: String::new(),
        choices: always().into(),
        chosen: usual_audience(visit).await?,
        attached: ui::Attached::default(),
    })
}
