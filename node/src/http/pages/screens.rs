//! What can be seen: one function a page.

use super::audience::Circles;
use super::keeping::encoded;
use super::notice::{Done, problem};
use super::unchanged::Mark;
use super::{Visit, audience, composing, first_run, knocks, social, values};
use crate::app::model::{AppError, Page, Post};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, status_of};
use crate::said::Said;
use hearth_web_ui as ui;
use warp::http::StatusCode;

/// How many posts a page shows before it leads to older ones.
const POSTS_SHOWN: usize = 40;

/// A notice that a query names.
pub(super) fn done(query: &Fields) -> Option<ui::Notice> {
    Done::named(query.text("done")).map(ui::Notice::Done)
}

/// One post more than is shown, which tells whether there are older ones.
fn asked(before: Option<&str>) -> Page {
    Page {
        limit: Some(POSTS_SHOWN as u64 + 1),
        before: before.map(Into::into),
        space: None,
        list: None,
    }
}

/// The same of one space.
pub(super) fn asked_in(space: &str, before: Option<&str>) -> Page {
    Page {
        space: Some(space.into()),
        ..asked(before)
    }
}

/// Cuts a list to what is shown; the id below which the rest lies, if there is a rest.
pub(super) fn shown(posts: &mut Vec<Post>) -> Option<String> {
    let more = posts.len() > POSTS_SHOWN;
    posts.truncate(POSTS_SHOWN);
    posts
        .last()
        .filter(|_| more)
        .map(|post| post.local_id.clone())
}

/// A text that wasn't accepted, to go on with, and why.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    pub(super) status: StatusCode,
    pub(super) draft: &'a str,
    /// For whom it was meant: what the form said.
    pub(super) chosen: Option<&'a str>,
    pub(super) reason: Option<&'a Said>,
}

impl Refused<'_> {
    pub(super) fn notice(&self) -> Option<ui::Notice> {
        self.reason.map(problem)
    }
}

pub(super) async fn home(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let page = match query.given("list") {
        Some(name) => on_list(visit, name, query.given("before")).await?,
        None => timeline(visit, query.given("before"), "", None).await?,
    };
    let shell = visit.shell(done(query)).await?;
    let steps = first_run::checklist(visit).await?;
    Ok(html(
        StatusCode::OK,
        ui::home_with_steps(&shell, &page, &steps),
    ))
}

pub(super) async fn home_again(
    visit: &Visit<'_>,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let page = timeline(visit, None, refused.draft, refused.chosen).await?;
    let shell = visit.shell(refused.notice()).await?;
    Ok(html(refused.status, ui::home(&shell, &page)))
}

async fn timeline(
    visit: &Visit<'_>,
    before: Option<&str>,
    draft: &str,
    chosen: Option<&str>,
) -> Result<ui::HomePage, Problem> {
    let mut posts = visit.app.timeline(asked(before)).await?;
    let next = shown(&mut posts);
    let newest = posts.first().filter(|_| before.is_none());
    let circles = Circles::of(visit).await?;
    let usual = social::usual_audience(visit).await?;
    Ok(ui::HomePage {
        composer: visit.taking(circles.composer(draft, chosen.unwrap_or(usual.as_str()))),
        filters: filters(visit, circles, None).await?,
        next,
        newest: newest.map(|post| post.local_id.clone()),
        posts: values::cards(visit, posts).await?,
    })
}

/// The timeline of those on a list.
async fn on_list(
    visit: &Visit<'_>,
    name: &str,
    before: Option<&str>,
) -> Result<ui::HomePage, Problem> {
    let circles = Circles::of(visit).await?;
    let mut posts = visit.app.list_timeline(name, asked(before)).await?;
    Ok(ui::HomePage {
        next: shown(&mut posts),
        newest: None,
        composer: ui::Composer::default(),
        filters: filters(visit, circles, Some(name)).await?,
        posts: values::cards(visit, posts).await?,
    })
}

/// The ways to the timelines of spaces and lists.
async fn filters(
    visit: &Visit<'_>,
    circles: &Circles,
    list: Option<&str>,
) -> Result<Vec<ui::Filter>, AppError> {
    let all = ui::Filter {
        name: String::new(),
        href: "/".into(),
        kind: ui::FilterKind::All,
        is_here: list.is_none(),
    };
    let lists = visit.app.lists().await?.into_iter();
    let lists = lists.map(|one| ui::Filter {
        href: format!("/?list={}", encoded(&one.name)),
        kind: ui::FilterKind::List,
        is_here: list == Some(one.name.as_str()),
        name: one.name,
    });
    let spaces = circles.spaces.iter();
    let spaces = spaces.filter(|space| audience::is_in(space.role));
    let spaces = spaces.filter_map(|space| {
        let circle = audience::of_space(&visit.me.identity, space);
        let kind = match circle {
            ui::Audience::Public => return None,
            ui::Audience::Friends(_) => ui::FilterKind::Friends,
            ui::Audience::Private => ui::FilterKind::Private,
            ui::Audience::Shared(_) => ui::FilterKind::Space,
            ui::Audience::Direct(_) => ui::FilterKind::Direct,
        };
        Some(ui::Filter {
            name: circle.title(visit.language),
            href: circle.href()?,
            kind,
            is_here: false,
        })
    });
    Ok([all].into_iter().chain(spaces).chain(lists).collect())
}

/// The cards that came since the page was made.
pub(super) async fn news(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let posts = match query.given("after") {
        Some(after) => visit.app.newer(after).await?,
        None => visit.app.timeline(asked(None)).await?,
    };
    let cards = values::cards(visit, posts).await?;
    let fragment = ui::posts_fragment(&visit.bare_shell(None), &cards);
    Ok(html(StatusCode::OK, fragment))
}

pub(super) async fn thread(visit: &Visit<'_>, id: &str, query: &Fields) -> Result<Answer, Problem> {
    let posts = visit.app.thread(id).await?;
    let mark = Mark::of(&posts);
    if let Some(answer) = mark.as_ref().and_then(|mark| mark.answer(query)) {
        return Ok(answer);
    }
    let page = conversation(visit, posts, (id, "", "")).await?;
    let shell = visit.shell(done(query)).await?;
    let mut answer = html(StatusCode::OK, ui::thread(&shell, &page));
    mark.iter().for_each(|mark| mark.put_on(&mut answer));
    Ok(answer)
}

pub(super) async fn thread_again(
    visit: &Visit<'_>,
    id: &str,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let posts = visit.app.thread(id).await?;
    let chosen = refused.chosen.unwrap_or_default();
    let page = conversation(visit, posts, (id, refused.draft, chosen)).await?;
    let shell = visit.shell(refused.notice()).await?;
    Ok(html(refused.status, ui::thread(&shell, &page)))
}

async fn conversation(
    visit: &Visit<'_>,
    mut posts: Vec<Post>,
    (id, draft, chosen): (&str, &str, &str),
) -> Result<ui::ThreadPage, Problem> {
    if posts.is_empty() {
        return Err(Problem::not_found());
    }
    posts.reverse();
    let posts = values::cards(visit, posts).await?;
    let focus = posts.iter().find(|post| post.id == id);
    Ok(ui::ThreadPage {
        missing_root: posts.iter().all(|post| post.reply_to.is_some()),
        composer: focus
            .map(|post| visit.taking(audience::answering(post, draft, chosen)))
            .unwrap_or_default(),
        focus: id.to_owned(),
        posts,
    })
}

pub(super) async fn person(
    visit: &Visit<'_>,
    key: &str,
    query: &Fields,
) -> Result<Answer, Problem> {
    let page = somebody(visit, key, query.given("before"), "").await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::person(&shell, &page)))
}

/// Somebody's page with words to knock with that weren't taken.
pub(super) async fn person_again(
    visit: &Visit<'_>,
    key: &str,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let page = somebody(visit, key, None, refused.draft).await?;
    let shell = visit.shell(refused.notice()).await?;
    Ok(html(refused.status, ui::person(&shell, &page)))
}

/// Somebody's page with a name for them that wasn't taken.
pub(super) async fn person_unnamed(
    visit: &Visit<'_>,
    key: &str,
    name: &str,
    error: &AppError,
) -> Result<Answer, Problem> {
    let page = ui::PersonPage {
        refused_name: Some((name.into(), (&error.message).into())),
        ..somebody(visit, key, None, "").await?
    };
    let shell = visit.shell(None).await?;
    Ok(html(status_of(error), ui::person(&shell, &page)))
}

async fn somebody(
    visit: &Visit<'_>,
    key: &str,
    before: Option<&str>,
    knock: &str,
) -> Result<ui::PersonPage, Problem> {
    let profile = visit.app.profile_of(key).await?;
    let relation = values::relation(visit.app, &visit.me, key).await?;
    let standing = visit.app.relation(key).await?;
    let mut posts = visit.app.posts(key, asked(before)).await?;
    let link = match relation {
        ui::Relation::Me => Some(visit.app.link().await?),
        _ => None,
    };
    let person = ui::Person {
        picture: None,
        identity: profile.identity,
        name: standing.name.clone(),
    };
    Ok(ui::PersonPage {
        person: values::pictured(visit.app, person).await?,
        own_name: standing.own_name,
        refused_name: None,
        bio: profile.bio,
        relation,
        standing: ui::Standing {
            is_muted: standing.muted,
            is_blocked: standing.blocked,
            follows_privately: standing.private,
            knocks: visit.app.is_knocking(&standing.identity).await?,
            knocked_ms: visit.app.knocked_ms(key).await?,
        },
        lists: social::lists(visit, &standing.identity).await?,
        knock: knock.into(),
        link,
        next: shown(&mut posts),
        posts: values::cards(visit, posts).await?,
    })
}

pub(super) async fn people(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let page = everybody(visit, query.given("from")).await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::people(&shell, &page)))
}

pub(super) async fn people_again(
    visit: &Visit<'_>,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let page = ui::PeoplePage {
        problem: refused.reason.map(Into::into),
        draft: refused.draft.into(),
        ..everybody(visit, None).await?
    };
    let shell = visit.shell(None).await?;
    Ok(html(refused.status, ui::people(&shell, &page)))
}

/// The same with a knock that wasn't taken: at whom, and what to say.
pub(super) async fn people_unknocked(
    visit: &Visit<'_>,
    key: &str,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let page = ui::PeoplePage {
        knock: (key.into(), refused.draft.into()),
        knock_problem: refused.reason.map(Into::into),
        ..everybody(visit, None).await?
    };
    let shell = visit.shell(None).await?;
    Ok(html(refused.status, ui::people(&shell, &page)))
}

async fn everybody(visit: &Visit<'_>, from: Option<&str>) -> Result<ui::PeoplePage, Problem> {
    let (followers, more_followers) = values::followers(visit.app, from).await?;
    Ok(ui::PeoplePage {
        my_link: visit.app.link().await?,
        knocks: knocks::waiting(visit).await?,
        following: values::following(visit).await?,
        followers,
        more_followers,
        problem: None,
        draft: String::new(),
        knock: (String::new(), String::new()),
        knock_problem: None,
    })
}

pub(super) async fn profile(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let profile = visit.app.profile().await?;
    let shell = visit.shell(done(query)).await?;
    let page = profile_page(visit, profile.name, profile.bio).await?;
    Ok(html(StatusCode::OK, ui::profile(&shell, &page)))
}

/// The profile's form with a `name` and a bio (`refused.draft`) that weren't accepted.
pub(super) async fn profile_again(
    visit: &Visit<'_>,
    name: &str,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let shell = visit.shell(refused.notice()).await?;
    let page = profile_page(visit, name.into(), refused.draft.into()).await?;
    Ok(html(refused.status, ui::profile(&shell, &page)))
}

async fn profile_page(
    visit: &Visit<'_>,
    name: String,
    bio: String,
) -> Result<ui::ProfilePage, AppError> {
    let identity = visit.me.identity.clone();
    Ok(ui::ProfilePage {
        person: ui::Person {
            identity,
            name,
            picture: visit.picture.clone(),
        },
        bio,
    })
}

pub(super) async fn edit(visit: &Visit<'_>, id: &str) -> Result<Answer, Problem> {
    let post = own_card(visit, id).await?;
    let page = ui::EditPage {
        attached: ui::Attached::Edited {
            warning: post.warning.clone(),
            photos: post.photos.clone(),
        },
        post,
        draft: String::new(),
    };
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::edit(&shell, &page)))
}

pub(super) async fn edit_again(
    visit: &Visit<'_>,
    id: &str,
    form: &Fields,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let post = own_card(visit, id).await?;
    let page = ui::EditPage {
        attached: composing::edited(form, &post),
        post,
        draft: refused.draft.into(),
    };
    let shell = visit.shell(refused.notice()).await?;
    Ok(html(refused.status, ui::edit(&shell, &page)))
}

/// Asks before a post is deleted.
pub(super) async fn delete(visit: &Visit<'_>, id: &str) -> Result<Answer, Problem> {
    let card = own_card(visit, id).await?;
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::confirm_delete(&shell, &card)))
}

/// Somebody's post, as a card.
pub(super) async fn card(visit: &Visit<'_>, id: &str) -> Result<ui::Post, Problem> {
    let post = visit.app.post_by_id(id).await?;
    let mut cards = values::cards(visit, vec![post]).await?;
    cards.pop().ok_or_else(Problem::not_found)
}

async fn own_card(visit: &Visit<'_>, id: &str) -> Result<ui::Post, Problem> {
    let card = card(visit, id).await?;
    Some(card)
        .filter(|card| card.mine)
        .ok_or_else(Problem::not_mine)
}
