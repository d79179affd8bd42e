//! The pages: what a signed-in browser may see and send.

mod actions;
mod album;
mod audience;
mod composing;
mod conversations;
mod devices;
mod drive;
mod first_run;
mod invites;
mod keeping;
mod knocks;
mod notice;
mod notifications;
mod own_data;
mod owning;
mod screens;
mod search;
mod settings;
mod social;
mod spaces;
mod unchanged;
pub(super) mod values;

pub(super) use keeping::encoded;

use self::audience::Circles;
use super::forms::Fields;
use super::front::Front;
use super::multipart::{self, Files};
use super::photos;
use super::request::{Body, BodyError, Head};
use super::respond::{self, Answer, Problem};
use super::route::{is_get, refuse_method};
use super::session::Session;
use super::sign_in::SignInError;
use super::uploads;
use super::{Site, finish, guard, now_ms};
use crate::app::App;
use crate::app::model::{AppError, Me, Relation};
use hearth_web_ui::{self as ui, FormTrouble, Notice, Person, Shell};
use std::io;
use std::sync::Arc;
use tokio::sync::OnceCell;
use warp::http::header::{CONTENT_TYPE, HeaderValue, SET_COOKIE};
use warp::http::{Method, StatusCode};
use zeroize::Zeroizing;

/// How long a form may be: a post of 16 KiB may need six bytes for each of its own (a line end is
/// sent as `%0D%0A`), so may what is said of its photos, and there are other fields.
const FORM_BYTES_MAX: usize = 256 * 1024;

/// A year.
const LOOK_AGE_S: u64 = 365 * 24 * 60 * 60;

/// A signed-in reader and their request.
struct Visit<'a> {
    app: &'a App,
    front: &'a Front,
    head: &'a Head,
    session: &'a Session,
    me: Me,
    now_ms: u64,
    /// The page that a small action comes back to.
    here: String,
    /// What the pages speak.
    language: ui::Language,
    look: ui::Look,
    /// Which picture the reader has.
    picture: Option<String>,
    /// What a box for a post takes, with what was sent.
    attached: ui::Attached,
    /// Whom the reader follows, and their spaces: asked for once, whatever is made of them.
    following: OnceCell<Vec<Relation>>,
    circles: OnceCell<Circles>,
}

impl Visit<'_> {
    /// What surrounds a page.
    async fn shell(&self, notice: Option<Notice>) -> Result<Shell, AppError> {
        Ok(Shell {
            neighbours: values::rail(self).await?,
            waiting: ui::Waiting {
                knocks: self.app.knock_count().await?,
                unread: usize::try_from(self.app.unread_notifications().await?)
                    .unwrap_or(usize::MAX),
            },
            ..self.bare_shell(notice)
        })
    }

    /// Whom the reader follows.
    async fn following(&self) -> Result<&[Relation], AppError> {
        let following = self.following.get_or_try_init(|| self.app.following());
        Ok(following.await?)
    }

    /// The same without the neighbours, where only cards are made.
    fn bare_shell(&self, notice: Option<Notice>) -> Shell {
        Shell {
            me: Person {
                identity: self.me.identity.clone(),
                name: self.me.name.clone(),
                picture: self.picture.clone(),
            },
            csrf: self.session.csrf(),
            now_ms: self.now_ms,
            notice,
            neighbours: Vec::new(),
            here: self.here.clone(),
            waiting: ui::Waiting::default(),
            language: self.language,
        }
    }
}

/// Answers a signed-in browser. A refused body is read on for a while, so that the answer arrives.
pub(super) async fn answer(
    site: &Arc<Site>,
    head: &Head,
    session: &Session,
    segments: &[&str],
    body: Body,
) -> Answer {
    let (body, rest) = body.with_rest();
    let answer = answer_to(site, head, session, segments, body).await;
    if head.method == Method::POST {
        rest.discard().await;
    }
    answer
}

async fn answer_to(
    site: &Arc<Site>,
    head: &Head,
    session: &Session,
    segments: &[&str],
    body: Body,
) -> Answer {
    match segments {
        ["photos"] => return photos::upload(site, head, session, body).await,
        ["photo" | "portrait", ..] => return photos::show(site, head, segments).await,
        ["files", path @ ..] if head.method == Method::POST && uploads::is_file(head) => {
            return uploads::take(site, head, session, path, body).await;
        }
        _ => {}
    }
    let outcome = if is_get(&head.method) {
        let shown = show(site, head, session, segments).await;
        match segments {
            ["settings", ..] => {
                shown.map(|answer| site.front.making_known(head, session.id(), answer))
            }
            _ => shown,
        }
    } else if head.method == Method::POST && segments == ["import"] {
        owning::upload(site, head, session, body).await
    } else if head.method == Method::POST {
        act(site, head, session, segments, body).await
    } else {
        return refuse_method(head.language(), "GET, HEAD, POST");
    };
    match outcome {
        Ok(answer) => answer,
        Err(problem) => {
            // What the browser asks for will do where even the setting can't be read.
            let language = language(site, head).await;
            problem.into_answer(language.unwrap_or_else(|_| head.language()))
        }
    }
}

async fn visit<'a>(
    site: &'a Site,
    session: &'a Session,
    head: &'a Head,
    here: String,
) -> Result<Visit<'a>, AppError> {
    let me = site.app.me().await?;
    let identity = [me.identity.as_str()].into_iter();
    let mut pictures = site.app.portraits(identity).await?;
    Ok(Visit {
        app: &site.app,
        front: &site.front,
        head,
        session,
        picture: pictures.remove(&me.identity),
        me,
        now_ms: now_ms(),
        here,
        attached: ui::Attached::nothing_yet(),
        following: OnceCell::new(),
        circles: OnceCell::new(),
        language: language(site, head).await?,
        look: finish::look(&head.headers),
    })
}

/// What the pages speak.
async fn language(site: &Site, head: &Head) -> Result<ui::Language, AppError> {
    let chosen = site.app.setting(settings::LANGUAGE).await?;
    Ok(ui::Language::of_tag(&chosen.value).unwrap_or_else(|| head.language()))
}

/// The page that is asked for, without what it says about the action before it.
fn here(head: &Head) -> String {
    let kept = head.query.split('&').filter(|field| {
        let name = field.split('=').next().unwrap_or_default();
        matches!(name, "before" | "list" | "only" | "q")
    });
    let query: Vec<&str> = kept.collect();
    let path = match head.path.as_str() {
        // Cards that are fetched alone stand on the timeline.
        "/fragment/home" => "/",
        path => path,
    };
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", query.join("&"))
    }
}

async fn show(
    site: &Site,
    head: &Head,
    session: &Session,
    segments: &[&str],
) -> Result<Answer, Problem> {
    let visit = visit(site, session, head, here(head)).await?;
    let query = head.query();
    match segments {
        [""] => screens::home(&visit, &query).await,
        ["thread", id] => screens::thread(&visit, id, &query).await,
        ["person", key] => screens::person(&visit, key, &query).await,
        ["person", key, "photos"] => album::show(&visit, key, &query).await,
        ["people"] => screens::people(&visit, &query).await,
        ["notifications"] => notifications::list(&visit, &query).await,
        ["search"] => search::page(&visit, &query).await,
        ["complete"] => search::complete(&visit, &query).await,
        ["conversations"] => conversations::list(&visit, &query).await,
        ["history", id] => conversations::history(&visit, id).await,
        ["bookmarks"] => social::bookmarks(&visit, &query).await,
        ["quiet"] => social::quiet(&visit, &query).await,
        ["devices"] => devices::list(&visit, &query).await,
        ["devices", "add"] => devices::add_form(&visit).await,
        ["devices", "remove"] => devices::remove_form(&visit, &query).await,
        ["spaces"] => spaces::list(&visit, &query).await,
        ["spaces", id] => spaces::one(&visit, id, &query).await,
        ["spaces", id, "members"] => spaces::members(&visit, id, &query).await,
        ["with", key] => spaces::with(&visit, key, &query).await,
        ["profile"] => screens::profile(&visit, &query).await,
        ["shortcuts"] => {
            let shell = visit.shell(None).await?;
            Ok(respond::html(StatusCode::OK, ui::shortcuts(&shell)))
        }
        ["files", path @ ..] => drive::show(&visit, path, &query).await,
        ["backup"] => keeping::backup(&visit, &query).await,
        ["data"] => own_data::data(&visit).await,
        ["storage"] => own_data::storage(&visit).await,
        ["access"] => own_data::access(&visit, &query).await,
        ["reach"] => own_data::reach(&visit).await,
        ["restore"] => keeping::restore(&visit, &query).await,
        ["export"] => owning::export(&visit).await,
        ["import"] => owning::import(&visit, &query).await,
        ["settings"] => settings::show(&visit, &query).await,
        ["settings", "sign-in"] => settings::sign_in(&visit, &query).await,
        ["settings", "sessions"] => settings::sessions(&visit, &query).await,
        ["welcome", "friend"] => first_run::friend(&visit).await,
        // Steps that are over.
        ["welcome"] | ["welcome", "name" | "lock" | "phrase" | "words" | "device"] => {
            Ok(respond::see_other("/"))
        }
        ["edit", id] => screens::edit(&visit, id).await,
        ["delete", id] => screens::delete(&visit, id).await,
        ["fragment", "home"] => screens::news(&visit, &query).await,
        _ if is_action(segments) => Ok(refuse_method(visit.language, "POST")),
        _ => Err(Problem::not_found()),
    }
}

/// Whether forms are sent there.
fn is_action(segments: &[&str]) -> bool {
    match segments {
        ["files", ..]
        | ["edit" | "delete", _]
        | ["notifications" | "conversations", "read"]
        | ["profile", "picture"] => true,
        ["settings", "sign-in", verb] => {
            matches!(*verb, "password" | "no-password" | "passkey" | "no-passkey")
        }
        ["settings", "sessions", verb] => matches!(*verb, "revoke" | "others"),
        ["access", "keep"] => true,
        ["devices", verb] => matches!(*verb, "add" | "remove"),
        ["import", verb] => matches!(*verb, "begin" | "discard"),
        ["welcome", verb] => matches!(*verb, "friend" | "dismiss"),
        ["spaces", verb] => matches!(*verb, "create" | "join"),
        ["spaces", _, verb] => matches!(
            *verb,
            "add" | "remove" | "promote" | "rename" | "leave" | "invite" | "uninvite" | "dismiss"
        ),
        [verb] => matches!(
            *verb,
            "post"
                | "follow"
                | "unfollow"
                | "profile"
                | "settings"
                | "look"
                | "bookmark"
                | "react"
                | "boost"
                | "petname"
                | "mute"
                | "block"
                | "list"
                | "knock"
                | "accept"
                | "decline"
                | "pledge"
                | "backup"
                | "restore"
                | "export"
                | "sign-out"
        ),
        _ => false,
    }
}

async fn act(
    site: &Arc<Site>,
    head: &Head,
    session: &Session,
    segments: &[&str],
    body: Body,
) -> Result<Answer, Problem> {
    if !is_action(segments) {
        return match segments {
            [
                "" | "people" | "spaces" | "bookmarks" | "quiet" | "devices" | "data" | "storage"
                | "access" | "reach",
            ]
            | ["thread" | "person" | "with" | "spaces", _]
            | ["spaces", _, "members"]
            | ["person", _, "photos"]
            | ["fragment", "home"]
            | ["settings", "sign-in" | "sessions"] => {
                Ok(refuse_method(head.language(), "GET, HEAD"))
            }
            _ => Err(Problem::not_found()),
        };
    }
    let files = match segments {
        ["post"] => Some(Files::Photos),
        ["profile", "picture"] => Some(Files::Portrait),
        ["files", path @ ..] => Some(Files::Drive(drive::Spot::of(path)?.path())),
        _ => None,
    };
    let sent = sent(site, head, session, body, files).await?;
    let form = sent.fields;
    if let ["sign-out"] = segments {
        return leave(&site.front, head, session).await;
    }
    let mut visit = visit(site, session, head, "/".into()).await?;
    if let ["post"] = segments {
        visit.attached = composing::attached(&form);
    }
    match segments {
        ["post"] => actions::post(&visit, &form, sent.problem).await,
        ["files", path @ ..] => match sent.kept {
            Some(kept) => drive::after_upload(&visit, path, kept).await,
            None => drive::act(&visit, path, &form).await,
        },
        ["profile", "picture"] => actions::picture(&visit, &form, sent.took, sent.problem).await,
        ["follow"] => actions::follow(&visit, &form).await,
        ["unfollow"] => actions::unfollow(&visit, &form).await,
        ["profile"] => actions::profile(&visit, &form).await,
        ["export"] => owning::download(&visit, &form).await,
        ["import", "begin"] => owning::begin_import(&visit, &form).await,
        ["import", _] => owning::discard_import(&visit, &form).await,
        ["settings"] => settings::save(&visit, &form).await,
        ["look"] => Ok(wear(&form)),
        ["bookmark"] => social::bookmark(&visit, &form).await,
        ["react"] => social::react(&visit, &form).await,
        ["boost"] => social::boost(&visit, &form).await,
        ["petname"] => social::petname(&visit, &form).await,
        ["mute"] => social::mute(&visit, &form).await,
        ["block"] => social::block(&visit, &form).await,
        ["list"] => social::change_list(&visit, &form).await,
        ["knock"] => knocks::knock(&visit, &form).await,
        ["accept"] => knocks::accept(&visit, &form).await,
        ["decline"] => knocks::decline(&visit, &form).await,
        ["pledge"] => keeping::pledge(&visit, &form).await,
        ["backup"] => keeping::backup_now(&visit).await,
        ["restore"] => keeping::begin_restore(&visit, &form).await,
        ["devices", "add"] => devices::add(&visit, &form).await,
        ["devices", "remove"] => devices::remove(&visit, &form).await,
        ["spaces", "create"] => spaces::create(&visit, &form).await,
        ["spaces", "join"] => invites::join(&visit, &form).await,
        ["spaces", id, "invite"] => invites::make(&visit, id, &form).await,
        ["spaces", id, "uninvite"] => invites::take_back(&visit, id, &form).await,
        ["spaces", id, "dismiss"] => invites::dismiss(&visit, id).await,
        ["spaces", id, verb] => spaces::change(&visit, id, verb, &form).await,
        ["notifications", "read"] => notifications::read(&visit, &form).await,
        ["conversations", "read"] => conversations::read(&visit, &form).await,
        ["settings", "sign-in", verb] => settings::change_sign_in(&visit, verb, &form).await,
        ["settings", "sessions", verb] => settings::revoke(&visit, verb, &form).await,
        ["access", "keep"] => own_data::keep(&visit, &form).await,
        ["welcome", "friend"] => first_run::befriend(&visit, &form).await,
        ["welcome", "dismiss"] => first_run::dismiss(&visit, &form).await,
        ["edit", id] => actions::edit(&visit, id, &form).await,
        ["delete", id] => actions::delete(&visit, id).await,
        _ => Err(Problem::not_found()),
    }
}

/// Reads a form that may have files with it, if it is one that takes them.
async fn sent(
    site: &Site,
    head: &Head,
    session: &Session,
    body: Body,
    files: Option<Files>,
) -> Result<multipart::Sent, Problem> {
    match (files, multipart::boundary(head)) {
        (Some(_), Some(_))
            if !guard::is_own_form(&head.headers, site.front.public_url.as_ref()) =>
        {
            Err(Problem::foreign_form())
        }
        (Some(files), Some(boundary)) => {
            multipart::read(&site.app, session, body, boundary, files).await
        }
        _ => Ok(multipart::Sent {
            fields: form(&site.front, head, session, body).await?,
            problem: None,
            took: false,
            kept: None,
        }),
    }
}

/// Reads a form and makes sure that one of this session's own pages sent it.
pub(super) async fn form(
    front: &Front,
    head: &Head,
    session: &Session,
    body: Body,
) -> Result<Fields, Problem> {
    if !guard::is_own_form(&head.headers, front.public_url.as_ref()) {
        return Err(Problem::foreign_form());
    }
    let form = read_form(head, body).await?;
    if !session.owns_form(form.text("csrf")) {
        return Err(Problem::foreign_form());
    }
    Ok(form)
}

/// Reads a form, whoever sent it.
pub(super) async fn read_form(head: &Head, body: Body) -> Result<Fields, Problem> {
    if !is_urlencoded(head) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::bad_form(status, FormTrouble::OtherKind));
    }
    let read = body.read(FORM_BYTES_MAX).await;
    let bytes = read.map(Zeroizing::new).map_err(|error| {
        let (status, trouble) = match error {
            BodyError::TooLong { .. } => (StatusCode::PAYLOAD_TOO_LARGE, FormTrouble::TooLong),
            BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, FormTrouble::TooSlow),
            BodyError::Broken => (StatusCode::BAD_REQUEST, FormTrouble::Broken),
        };
        Problem::bad_form(status, trouble)
    })?;
    Fields::parse_form(&bytes)
        .map_err(|_| Problem::bad_form(StatusCode::BAD_REQUEST, FormTrouble::Malformed))
}

fn is_urlencoded(head: &Head) -> bool {
    let kind = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| {
        kind.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

async fn leave(front: &Front, head: &Head, session: &Session) -> Result<Answer, Problem> {
    let left = front
        .leave(head, session, respond::see_other("/sign-in"))
        .await;
    left.map_err(|error| not_left(&error))
}

/// Signed out, but the disk doesn't know.
pub(super) fn not_left(error: &io::Error) -> Problem {
    Problem {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        trouble: ui::Trouble::SignedOutForNow(error.to_string()),
    }
}

/// Lets the browser keep how its pages look, for a year.
fn wear(form: &Fields) -> Answer {
    let look = ui::Look {
        theme: ui::Theme::named(form.text("theme")),
        has_shortcuts: form.text("shortcuts") == "yes",
    };
    let (name, value) = (finish::LOOK_COOKIE, look.cookie());
    let cookie = format!("{name}={value}; Path=/; Max-Age={LOOK_AGE_S}; HttpOnly; SameSite=Lax");
    let cookie = HeaderValue::from_str(&cookie).expect("letters and dots fit in a header");
    let mut answer = respond::see_other("/settings?done=saved&part=look#look");
    answer.headers_mut().insert(SET_COOKIE, cookie);
    answer
}

/// The folder that an address below `/files` names.
pub(super) fn drive_path(segments: &[&str]) -> Option<String> {
    drive::Spot::of(segments).ok().map(|spot| spot.path())
}

/// Where a path in the drive is shown.
pub(super) fn drive_address(path: &str) -> String {
    drive::address_of(path)
}

/// A name in the drive for the eye.
pub(super) fn drive_name(name: &str) -> String {
    drive::shown(name)
}

/// The status that says what an error about signing in says.
pub(super) fn status_of_sign_in(error: &SignInError) -> StatusCode {
    match error {
        SignInError::Unwritten(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}
