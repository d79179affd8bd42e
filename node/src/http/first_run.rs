//! The pages on which somebody begins to live in a home, and what commands are answered meanwhile.

use super::api;
use super::coming_in::passkeys_at;
use super::connection::stopped;
use super::front::Front;
use super::pages;
use super::request::{Body, Head};
use super::respond::{self, Answer, Problem, html, status_of};
use super::route::{is_get, refuse_method};
use super::session::Session;
use super::sessions;
use super::sign_in::SignInError;
use super::sign_in::challenge::Purpose;
use super::{guard, multipart, photos};
use crate::app::model::{AppError, ErrorKind};
use crate::app::restore::RestoreWish;
use crate::first_run::{FirstRun, FirstRunError, WORDS_ASKED};
use crate::http::forms::Fields;
use crate::media::{self, MediaError};
use crate::said::Said;
use hearth_web_ui as ui;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::watch;
use warp::http::header::{CONNECTION, HeaderValue};
use warp::http::{Method, StatusCode};
use zeroize::Zeroizing;

/// How long a command's question may be; most are refused without being read.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Links that the form about coming back takes.
const LINKS_MAX: usize = 8;

/// What all requests to a first run share.
pub(super) struct Site {
    pub(super) first_run: FirstRun,
    pub(super) front: Arc<Front>,
    pub(super) stopping: watch::Receiver<bool>,
}

/// Answers a command: who is nobody yet can be told where the page is, and be stopped.
pub(super) async fn api(site: &Site, head: &Head, verb: &str, body: Body) -> Answer {
    if let Some(refusal) = api::refuse_entry(&site.front, head) {
        return refusal;
    }
    let outcome = match body.read(BODY_BYTES_MAX).await {
        Ok(body) => api_verb(site, verb, &body).await,
        Err(_) => Err(nobody()),
    };
    match outcome {
        Ok(value) => respond::json(StatusCode::OK, &value),
        Err(error) => api::refuse(status_of(&error), error),
    }
}

async fn api_verb(site: &Site, verb: &str, body: &[u8]) -> Result<Value, AppError> {
    match verb {
        "open" => Ok(json!({ "web": site.front.sign_in_link() })),
        "stop" => {
            site.first_run.stop();
            Ok(json!({ "stopped": true }))
        }
        _ if verb.starts_with("sessions") => sessions::answer(&site.front, verb, body).await,
        _ => Err(nobody()),
    }
}

fn nobody() -> AppError {
    AppError::new(
        ErrorKind::NotFound,
        Said::english(
            "nobody lives in this home yet: follow the link that `hearth open` prints, and \
             make your identity on that page; this works then",
        ),
    )
}

/// A signed-in browser and its request.
struct Visit<'a> {
    site: &'a Site,
    head: &'a Head,
    session: &'a Session,
}

impl Visit<'_> {
    fn shell(&self, problem: Option<ui::Reason>) -> ui::FirstRunShell {
        ui::FirstRunShell {
            language: self.head.language(),
            csrf: self.session.csrf(),
            problem,
            is_exposed: self.site.front.is_exposed(self.head),
        }
    }

    fn run(&self) -> &FirstRun {
        &self.site.first_run
    }

    /// Does what touches the disk on a thread for that.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&FirstRun) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let run = self.run().clone();
        let done = tokio::task::spawn_blocking(move || work(&run)).await;
        done.map_err(|_| stopping())
    }

    /// Whether a way in is set, or none needs to be.
    fn is_locked(&self) -> bool {
        let front = &self.site.front;
        front.is_loopback() || front.sign_in.has_password() || front.sign_in.has_passkeys()
    }
}

fn stopping() -> Problem {
    Problem {
        status: StatusCode::SERVICE_UNAVAILABLE,
        trouble: ui::Trouble::Stopping,
    }
}

/// Answers a signed-in browser.
pub(super) async fn answer(
    site: &Site,
    head: &Head,
    session: &Session,
    segments: &[&str],
    body: Body,
) -> Answer {
    let visit = Visit {
        site,
        head,
        session,
    };
    if site.first_run.is_over() {
        // Two slashes would lead to another site.
        let is_ours = !head.path.starts_with("//") && !head.path.contains('\\');
        let to = if is_get(&head.method) && is_ours {
            &head.path
        } else {
            "/"
        };
        return over(site, to).await;
    }
    let outcome = if is_get(&head.method) {
        show(&visit, segments).await
    } else if head.method == Method::POST {
        act(&visit, segments, body).await
    } else {
        return refuse_method(head.language(), "GET, HEAD, POST");
    };
    outcome.unwrap_or_else(|problem| problem.into_answer(head.language()))
}

/// Leads to the node that begins: by another connection, as this one is about to end. It is told once no further one is
/// taken here, or the browser would be led round in circles until then.
async fn over(site: &Site, to: &str) -> Answer {
    stopped(&mut site.stopping.clone()).await;
    let mut answer = respond::see_other(to);
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(CONNECTION, close);
    answer
}

async fn show(visit: &Visit<'_>, segments: &[&str]) -> Result<Answer, Problem> {
    match segments {
        [""] => Ok(respond::see_other(next(visit))),
        ["welcome"] => Ok(page(ui::welcome(&visit.shell(None)))),
        ["welcome", "name"] => {
            let name = visit.run().name();
            Ok(page(name_page(visit, None, &name)))
        }
        ["welcome", "device"] => Ok(page(ui::welcome_device(&visit.shell(None)))),
        ["welcome", "picture"] => match visit.run().portrait() {
            Some(picture) => Ok(photos::bare(picture)),
            None => Err(Problem::not_found()),
        },
        ["welcome", _] if visit.run().name().is_empty() => Ok(respond::see_other("/welcome/name")),
        ["welcome", "lock"] => Ok(lock(visit, StatusCode::OK, None)),
        ["welcome", "phrase" | "words"] if !visit.is_locked() => {
            Ok(respond::see_other("/welcome/lock"))
        }
        ["welcome", "phrase"] => phrase(visit).await,
        ["welcome", "words"] => Ok(words(visit, StatusCode::OK, None)),
        ["restore"] => {
            let form = ui::ComeBackPage::default();
            Ok(page(ui::welcome_back(&visit.shell(None), &form)))
        }
        _ if is_action(segments) => Ok(refuse_method(visit.head.language(), "POST")),
        _ => Err(Problem::not_found()),
    }
}

fn name_page(visit: &Visit<'_>, problem: Option<ui::Reason>, name: &str) -> String {
    let picture = visit.run().portrait();
    // Another picture is another address, or a browser would show the one before.
    let version = picture.map(|picture| blake3::hash(&picture.bytes).to_hex()[..16].to_owned());
    ui::welcome_name(&visit.shell(problem), name, version.as_deref())
}

/// The step that comes next.
fn next(visit: &Visit<'_>) -> &'static str {
    match visit.run() {
        run if run.name().is_empty() => "/welcome",
        run if run.asked().is_some() => "/welcome/phrase",
        _ => "/welcome/lock",
    }
}

fn page(page: String) -> Answer {
    html(StatusCode::OK, page)
}

fn lock(visit: &Visit<'_>, status: StatusCode, problem: Option<ui::Reason>) -> Answer {
    let (front, name) = (&visit.site.front, visit.run().name());
    let values = ui::LockPage {
        password: front.sign_in.has_password(),
        passkeys: front.sign_in.passkeys().len(),
        can_make: passkeys_at(front, visit.head, Purpose::Add(visit.session.id()), &name),
        may_skip: front.is_loopback(),
    };
    html(status, ui::welcome_lock(&visit.shell(problem), &values))
}

/// The page that shows the phrase is made and forgotten: no cache keeps it, no address names it.
async fn phrase(visit: &Visit<'_>) -> Result<Answer, Problem> {
    let name = visit.run().name();
    match visit.blocking(FirstRun::phrase).await? {
        Ok((phrase, is_again)) => {
            let words: Vec<&str> = phrase.split(' ').collect();
            let values = ui::PhrasePage {
                name: &name,
                words: &words,
                is_again,
            };
            Ok(page(ui::welcome_phrase(&visit.shell(None), &values)))
        }
        Err(error) => Err(failed(&error)),
    }
}

fn words(visit: &Visit<'_>, status: StatusCode, problem: Option<ui::Reason>) -> Answer {
    match visit.run().asked() {
        Some(asked) => html(status, ui::welcome_words(&visit.shell(problem), asked)),
        None => respond::see_other("/welcome/phrase"),
    }
}

fn failed(error: &FirstRunError) -> Problem {
    let kind = match error {
        FirstRunError::Home(_) | FirstRunError::Keyring(_) => ErrorKind::Failed,
        _ => ErrorKind::BadRequest,
    };
    AppError::new(kind, error).into()
}

/// Whether forms are sent there.
fn is_action(segments: &[&str]) -> bool {
    matches!(segments, ["sign-out"] | ["welcome", "password" | "passkey"])
}

async fn act(visit: &Visit<'_>, segments: &[&str], body: Body) -> Result<Answer, Problem> {
    let known = matches!(
        segments,
        ["restore"] | ["welcome", "name" | "words" | "device"]
    );
    if !known && !is_action(segments) {
        return match segments {
            [""] | ["welcome"] | ["welcome", "lock" | "phrase"] => {
                Ok(refuse_method(visit.head.language(), "GET, HEAD"))
            }
            _ => Err(Problem::not_found()),
        };
    }
    if let (["welcome", "name"], Some(boundary)) = (segments, multipart::boundary(visit.head)) {
        if !guard::is_own_form(&visit.head.headers, visit.site.front.public_url.as_ref()) {
            return Err(Problem::foreign_form());
        }
        let read = multipart::with_one(visit.session, body, boundary, media::FILE_BYTES_MAX);
        let (form, file) = read.await?;
        return name(visit, &form, file).await;
    }
    let form = pages::form(&visit.site.front, visit.head, visit.session, body).await?;
    match segments {
        ["welcome", "name"] => name(visit, &form, None).await,
        ["welcome", "password"] => {
            let (new, again) = (form.text("new"), form.text("again"));
            Ok(set(
                visit,
                visit.site.front.sign_in.set_password(new, again).await,
            ))
        }
        ["welcome", "passkey"] => {
            let (head, session) = (visit.head, visit.session.id());
            let sign_in = &visit.site.front.sign_in;
            let party = visit.site.front.party(head);
            let name = head.browser().name;
            let made = sign_in.add_passkey(session, party.as_ref(), &form, name);
            Ok(set(visit, made.await))
        }
        ["welcome", "words"] => check(visit, &form).await,
        ["welcome", "device"] => join(visit, &form).await,
        ["restore"] => restore(visit, &form).await,
        _ => {
            let answer = respond::see_other("/sign-in");
            let left = visit
                .site
                .front
                .leave(visit.head, visit.session, answer)
                .await;
            left.map_err(|error| pages::not_left(&error))
        }
    }
}

/// Takes the name, and a picture if one was chosen. One that isn't taken stops nobody whose name is: they are told, and go on.
async fn name(visit: &Visit<'_>, form: &Fields, file: Option<Vec<u8>>) -> Result<Answer, Problem> {
    let typed = form.text("name").to_owned();
    let named = typed.clone();
    let again = |problem: &Said| {
        let page = name_page(visit, Some(problem.into()), &typed);
        Ok(html(StatusCode::BAD_REQUEST, page))
    };
    match visit.blocking(move |run| run.set_name(&named)).await? {
        Ok(()) => {}
        Err(error @ (FirstRunError::Nameless | FirstRunError::Name(_))) => {
            return again(&Said::from(&error));
        }
        Err(error) => return Err(failed(&error)),
    }
    let picture = match file {
        Some(bytes) if bytes.is_empty() => return again(&Said::from(&MediaError::TooLong)),
        Some(bytes) => match media::portrait(bytes).await {
            Ok(picture) => Some(picture),
            Err(error) => return again(&Said::from(&error)),
        },
        None => None,
    };
    if picture.is_some() || form.given("no-picture").is_some() {
        let kept = visit.run().set_portrait(picture);
        kept.map_err(|error| failed(&error))?;
    }
    Ok(respond::see_other("/welcome/lock"))
}

fn set(visit: &Visit<'_>, outcome: Result<(), SignInError>) -> Answer {
    match outcome {
        Ok(()) => respond::see_other("/welcome/lock"),
        Err(error) => lock(
            visit,
            pages::status_of_sign_in(&error),
            Some(ui::Reason::from(&Said::from(&error))),
        ),
    }
}

async fn check(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    if !visit.is_locked() {
        return Ok(respond::see_other("/welcome/lock"));
    }
    let typed: [Zeroizing<String>; WORDS_ASKED] =
        ["first", "second"].map(|name| Zeroizing::new(form.text(name).to_owned()));
    let answered = visit.blocking(move |run| run.answer([&typed[0], &typed[1]]));
    match answered.await? {
        Ok(()) => Ok(over(visit.site, "/welcome/friend").await),
        Err(error @ FirstRunError::WrongWords) => Ok(words(
            visit,
            StatusCode::BAD_REQUEST,
            Some(ui::Reason::from(&Said::from(&error))),
        )),
        Err(FirstRunError::OutOfTurn) => Ok(respond::see_other("/welcome/phrase")),
        Err(error) => Err(failed(&error)),
    }
}

/// Makes this machine another device of somebody. The link isn't given back, whatever comes of it.
async fn join(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let link = Zeroizing::new(form.text("link").to_owned());
    match visit.blocking(move |run| run.join(&link)).await? {
        Ok(()) => Ok(over(visit.site, "/").await),
        Err(error @ FirstRunError::Link(_)) => {
            let shell = visit.shell(Some(ui::Reason::from(&Said::from(&error))));
            let page = ui::welcome_device(&shell);
            Ok(html(StatusCode::BAD_REQUEST, page))
        }
        Err(error) => Err(failed(&error)),
    }
}

/// Begins a restore. The phrase isn't given back, whatever comes of it.
async fn restore(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let via = form.text("via").split_whitespace().take(LINKS_MAX);
    let wish = RestoreWish {
        phrase: Zeroizing::new(form.text("phrase").to_owned()),
        via: via.map(str::to_owned).collect(),
        snapshot: None,
        stolen: form.given("stolen").is_some(),
    };
    match visit.run().restore(wish) {
        Ok(()) => Ok(over(visit.site, "/restore").await),
        Err(error) if error.kind == ErrorKind::BadRequest => {
            let shell = visit.shell(Some(ui::Reason::from(&error.message)));
            let values = ui::ComeBackPage {
                via: form.text("via").to_owned(),
                stolen: form.given("stolen").is_some(),
            };
            Ok(html(status_of(&error), ui::welcome_back(&shell, &values)))
        }
        Err(error) => Err(error.into()),
    }
}
