//! Spaces: all of them, one of them, and who is in it.

use super::actions::leads_to;
use super::audience;
use super::notice::{Done, problem};
use super::screens::{Refused, asked_in, done, shown};
use super::{Visit, invites, values};
use crate::app::model::{AppError, Audience, ErrorKind, RelationState, SpaceInfo, SpaceRole};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, see_other, status_of};
use hearth_web_ui as ui;
use warp::http::StatusCode;

/// Keys that the form for a new space takes.
const KEYS_MAX: usize = 512;

pub(super) async fn list(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let page = all(visit).await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::spaces(&shell, &page)))
}

async fn all(visit: &Visit<'_>) -> Result<ui::SpacesPage, AppError> {
    let spaces = visit.app.spaces().await?;
    let asked = invites::asked(visit).await?;
    let refused = invites::refused(visit, &spaces).await?;
    let shown = spaces.iter().filter(|space| space.kind != Audience::Public);
    let rows = shown.map(|space| {
        let asks = space.role == SpaceRole::Left && asked.contains(&space.id);
        let role = if asks {
            ui::Role::Asked
        } else {
            audience::role(space.role)
        };
        ui::SpaceRow {
            role,
            ..row(visit, space)
        }
    });
    let unknown = invites::unknown(&asked, &spaces);
    Ok(ui::SpacesPage {
        spaces: rows.chain(unknown).collect(),
        refused,
        ..ui::SpacesPage::default()
    })
}

fn row(visit: &Visit<'_>, space: &SpaceInfo) -> ui::SpaceRow {
    let members = audience::members(&visit.me, space).into_iter();
    let is_pair = space.kind == Audience::Direct;
    let is_for_others = space.kind != Audience::Private;
    ui::SpaceRow {
        id: space.id.clone(),
        audience: audience::of_space(&visit.me.identity, space),
        role: audience::role(space.role),
        members: members
            .filter(|member| is_for_others && (!is_pair || !member.is_me))
            .map(|member| member.person)
            .collect(),
    }
}

/// One space. That of two people is at the other's key, and everybody's is the timeline.
pub(super) async fn one(visit: &Visit<'_>, name: &str, query: &Fields) -> Result<Answer, Problem> {
    let space = visit.app.space(name).await?;
    let circle = audience::of_space(&visit.me.identity, &space);
    match circle {
        ui::Audience::Public => return Ok(see_other("/")),
        ui::Audience::Direct(other) => return Ok(see_other(&format!("/with/{}", other.identity))),
        _ => {}
    }
    let page = page(visit, &space, query.given("before"), "").await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::space(&shell, &page)))
}

async fn page(
    visit: &Visit<'_>,
    space: &SpaceInfo,
    before: Option<&str>,
    draft: &str,
) -> Result<ui::SpacePage, Problem> {
    let circle = audience::of_space(&visit.me.identity, space);
    let value = match &circle {
        ui::Audience::Friends(_) => "friends",
        ui::Audience::Private => "private",
        _ => space.id.as_str(),
    };
    let mut posts = visit.app.timeline(asked_in(value, before)).await?;
    let next = shown(&mut posts);
    Ok(ui::SpacePage {
        id: space.id.clone(),
        role: audience::role(space.role),
        members: audience::members(&visit.me, space),
        composer: audience::is_in(space.role)
            .then(|| visit.taking(audience::given(value, circle.clone(), draft))),
        audience: circle,
        posts: values::cards(visit, posts).await?,
        next,
    })
}

/// What two people write to each other, whether or not they have begun.
pub(super) async fn with(visit: &Visit<'_>, key: &str, query: &Fields) -> Result<Answer, Problem> {
    let page = between(visit, key, query.given("before"), "").await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::space(&shell, &page)))
}

async fn between(
    visit: &Visit<'_>,
    key: &str,
    before: Option<&str>,
    draft: &str,
) -> Result<ui::SpacePage, Problem> {
    let relation = visit.app.relation(key).await?;
    if relation.identity == visit.me.identity {
        return Err(Problem::not_found());
    }
    let circle = ui::Audience::Direct(values::person(&relation));
    let spaces = visit.app.spaces().await?;
    let space = spaces.iter().find(|space| {
        space.kind == Audience::Direct
            && (space.members.iter()).any(|member| member.identity == relation.identity)
    });
    let mut posts = match space {
        Some(space) => visit.app.timeline(asked_in(&space.id, before)).await?,
        None => Vec::new(),
    };
    let next = shown(&mut posts);
    Ok(ui::SpacePage {
        id: relation.identity.clone(),
        role: ui::Role::Member,
        members: Vec::new(),
        composer: Some(visit.taking(audience::given(&relation.identity, circle.clone(), draft))),
        audience: circle,
        posts: values::cards(visit, posts).await?,
        next,
    })
}

/// The page that a post was written on, with the text that wasn't taken.
pub(super) async fn again(
    visit: &Visit<'_>,
    path: &str,
    refused: &Refused<'_>,
) -> Result<Answer, Problem> {
    let page = match path.split('/').collect::<Vec<_>>()[..] {
        ["", "spaces", name] => {
            let space = visit.app.space(name).await?;
            page(visit, &space, None, refused.draft).await?
        }
        ["", "with", key] => between(visit, key, None, refused.draft).await?,
        _ => return Err(Problem::not_found()),
    };
    let shell = visit.shell(refused.notice()).await?;
    Ok(html(refused.status, ui::space(&shell, &page)))
}

pub(super) async fn create(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (name, written) = (form.text("name").trim(), form.text("members"));
    let members: Vec<String> = written
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|key| !key.is_empty())
        .take(KEYS_MAX + 1)
        .map(str::to_owned)
        .collect();
    match visit.app.space_create(name, members).await {
        Ok(space) => Ok(leads_to(&format!("/spaces/{}", space.id), Done::Begun)),
        Err(error) => {
            let page = ui::SpacesPage {
                create: (name.into(), written.into()),
                create_problem: Some((&error.message).into()),
                ..all(visit).await?
            };
            let shell = visit.shell(None).await?;
            Ok(html(status_of(&error), ui::spaces(&shell, &page)))
        }
    }
}

pub(super) async fn members(
    visit: &Visit<'_>,
    name: &str,
    query: &Fields,
) -> Result<Answer, Problem> {
    let page = people(visit, name).await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::members(&shell, &page)))
}

async fn people(visit: &Visit<'_>, name: &str) -> Result<ui::MembersPage, Problem> {
    let space = visit.app.space(name).await?;
    if space.kind != Audience::Shared {
        return Err(Problem::not_found());
    }
    let is_member = |key: &str| space.members.iter().any(|member| member.identity == key);
    let friends = visit.app.following().await?.into_iter().filter(|relation| {
        relation.state == RelationState::Friends && !is_member(&relation.identity)
    });
    Ok(ui::MembersPage {
        role: audience::role(space.role),
        members: audience::members(&visit.me, &space),
        invites: invites::of(visit, &space).await?,
        friends: friends.map(|relation| values::person(&relation)).collect(),
        draft: String::new(),
        problem: None,
        invite_problem: None,
        space: ui::SpaceName {
            id: space.id,
            name: space.name,
        },
    })
}

/// What an admin does about a space, or what whoever leaves does.
pub(super) async fn change(
    visit: &Visit<'_>,
    name: &str,
    verb: &str,
    form: &Fields,
) -> Result<Answer, Problem> {
    let (app, key) = (visit.app, form.text("key").trim());
    let (changed, done) = match verb {
        "add" => {
            let with_past = form.given("past").is_some();
            (app.space_add(name, key, with_past).await, Done::Added)
        }
        "remove" => (app.space_remove(name, key).await, Done::Removed),
        "promote" => (app.space_promote(name, key).await, Done::Promoted),
        "rename" => {
            let title = form.text("name").trim();
            (app.space_rename(name, title).await, Done::Renamed)
        }
        "leave" => (app.space_leave(name).await, Done::Left),
        _ => return Err(Problem::not_found()),
    };
    match changed {
        Ok(_) if done == Done::Left => Ok(leads_to("/spaces", done)),
        Ok(space) if done == Done::Added && space.without_past => {
            let path = format!("/spaces/{}/members", space.id);
            Ok(leads_to(&path, Done::AddedWithoutPast))
        }
        Ok(space) => Ok(leads_to(&format!("/spaces/{}/members", space.id), done)),
        Err(error) if error.kind == ErrorKind::Failed => Err(error.into()),
        Err(error) => unchanged(visit, name, verb, key, &error).await,
    }
}

async fn unchanged(
    visit: &Visit<'_>,
    name: &str,
    verb: &str,
    key: &str,
    error: &AppError,
) -> Result<Answer, Problem> {
    let mut page = people(visit, name).await?;
    let notice = if verb == "add" {
        page.draft = key.into();
        page.problem = Some((&error.message).into());
        None
    } else {
        Some(problem(&error.message))
    };
    let shell = visit.shell(notice).await?;
    Ok(html(status_of(error), ui::members(&shell, &page)))
}

/// The page about members, and why no link was made.
pub(super) async fn uninvited(
    visit: &Visit<'_>,
    name: &str,
    status: StatusCode,
    problem: ui::InviteProblem,
) -> Result<Answer, Problem> {
    let page = ui::MembersPage {
        invite_problem: Some(problem),
        ..people(visit, name).await?
    };
    let shell = visit.shell(None).await?;
    Ok(html(status, ui::members(&shell, &page)))
}

/// The list with a link by which one couldn't join.
pub(super) async fn not_joined(
    visit: &Visit<'_>,
    link: &str,
    error: &AppError,
) -> Result<Answer, Problem> {
    let page = ui::SpacesPage {
        join: link.into(),
        join_problem: Some((&error.message).into()),
        ..all(visit).await?
    };
    let shell = visit.shell(None).await?;
    Ok(html(status_of(error), ui::spaces(&shell, &page)))
}
