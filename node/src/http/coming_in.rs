//! The ways in for a browser that isn't signed in: a one-time link, the password, a passkey.

use super::front::Front;
use super::guard;
use super::pages::read_form;
use super::request::{Body, Head};
use super::respond::{self, Answer, Problem, html};
use super::route::{is_get, refuse_method};
use super::sign_in::SignInError;
use super::sign_in::challenge::Purpose;
use super::sign_in::party::{LOCALHOST, Party};
use super::sign_in::passkey::PasskeyError;
use crate::said::Said;
use hearth_web_ui as ui;
use std::time::{Duration, Instant};
use warp::http::header::{HeaderValue, RETRY_AFTER};
use warp::http::{Method, StatusCode};

/// What an authenticator is asked for under this name, to sign in or to add a passkey.
fn ask(front: &Front, party: &Party, purpose: Purpose, name: &str) -> ui::PasskeyAsk {
    let asked = front.sign_in.ask(purpose, party);
    ui::PasskeyAsk {
        party: party.id().to_owned(),
        challenge: asked.challenge,
        user: asked.user,
        name: name.to_owned(),
        known: asked.known,
    }
}

/// For whom passkeys are at the name under which the browser came, where there are any.
fn party_in_use(front: &Front, head: &Head) -> Option<Party> {
    let party = front.party(head)?;
    front.sign_in.has_passkeys_of(&party).then_some(party)
}

/// The page for who isn't signed in; `problem` says what went wrong on the way in.
fn page(
    front: &Front,
    head: &Head,
    status: StatusCode,
    problem: Option<ui::SignInProblem>,
) -> Answer {
    let party = party_in_use(front, head);
    let page = ui::SignInPage {
        language: head.language(),
        problem,
        password: front.sign_in.has_password(),
        passkey: party.map(|party| ask(front, &party, Purpose::SignIn, "")),
    };
    html(status, ui::sign_in(&page))
}

/// The answer to who isn't signed in and asks for something else.
pub(super) fn refuse(front: &Front, head: &Head) -> Answer {
    let problem = (!is_get(&head.method)).then_some(ui::SignInProblem::SignedOut);
    page(front, head, StatusCode::UNAUTHORIZED, problem)
}

/// Follows a one-time link. HEAD doesn't: programs that look at links for their users send it.
pub(super) async fn by_link(front: &Front, head: &Head) -> Answer {
    if head.method != Method::GET {
        return refuse_method(head.language(), "GET");
    }
    let query = head.query();
    let Some(token) = query.given("token") else {
        return page(front, head, StatusCode::OK, None);
    };
    if front.tickets.redeem(token, Instant::now()) {
        return front.enter(head, "/").await;
    }
    if front.session_of(head).await.is_some() {
        // Who is in already (and reloads, or goes back) needn't be told about an old link.
        return respond::see_other("/");
    }
    let problem = ui::SignInProblem::LinkOver;
    page(front, head, StatusCode::FORBIDDEN, Some(problem))
}

/// Takes a password or a passkey's answer; or leads who is in to the name under which passkeys work.
pub(super) async fn by(front: &Front, head: &Head, way: &str, body: Body) -> Answer {
    match way {
        "localhost" => return at_localhost(front, head).await,
        "password" | "passkey" => {}
        _ => return Problem::not_found().into_answer(head.language()),
    }
    if head.method != Method::POST {
        return refuse_method(head.language(), "POST");
    }
    // There is no session whose token the form could carry; that another page sends it is told from its origin.
    if !guard::is_own_form(&head.headers, front.public_url.as_ref()) {
        return Problem::foreign_form().into_answer(head.language());
    }
    let form = match read_form(head, body).await {
        Ok(form) => form,
        Err(problem) => return problem.into_answer(head.language()),
    };
    if way == "passkey" {
        let party = front.party(head);
        return match front.sign_in.use_passkey(party.as_ref(), &form).await {
            Ok(()) => front.enter(head, "/").await,
            Err(error) => refused(front, head, &error),
        };
    }
    match front
        .sign_in
        .try_password(
            front.origin_of(head),
            front.known_browser(head),
            form.text("password"),
        )
        .await
    {
        Ok(true) => front.enter(head, "/").await,
        Ok(false) => {
            let problem = ui::SignInProblem::WrongPassword;
            with_password(head, StatusCode::FORBIDDEN, problem)
        }
        Err(wait) => too_often(front, head, wait),
    }
}

fn refused(front: &Front, head: &Head, error: &SignInError) -> Answer {
    let problem = match error {
        // Who isn't in yet isn't told which passkeys there are.
        SignInError::Passkey(PasskeyError::Unknown | PasskeyError::BadSignature) => {
            ui::SignInProblem::Other((&Said::from(&PasskeyError::Unknown)).into())
        }
        error => said(error),
    };
    page(front, head, StatusCode::FORBIDDEN, Some(problem))
}

/// Why nothing was changed or nobody let in, for a page.
pub(super) fn said(error: &SignInError) -> ui::SignInProblem {
    match error {
        SignInError::TooShort => ui::SignInProblem::TooShort,
        SignInError::Unlike => ui::SignInProblem::Unlike,
        error => ui::SignInProblem::Other((&Said::from(error)).into()),
    }
}

/// The same answer whether or not there is a password.
fn with_password(head: &Head, status: StatusCode, problem: ui::SignInProblem) -> Answer {
    let page = ui::SignInPage {
        language: head.language(),
        problem: Some(problem),
        password: true,
        passkey: None,
    };
    html(status, ui::sign_in(&page))
}

fn too_often(front: &Front, head: &Head, wait: Duration) -> Answer {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let passkey = party_in_use(front, head).is_some();
    let problem = ui::SignInProblem::TooOften { seconds, passkey };
    let mut answer = with_password(head, StatusCode::TOO_MANY_REQUESTS, problem);
    let headers = answer.headers_mut();
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// Opens the page under the name `localhost`, where cookies are others: by a link that works once.
async fn at_localhost(front: &Front, head: &Head) -> Answer {
    if head.method != Method::GET {
        return refuse_method(head.language(), "GET");
    }
    if front.session_of(head).await.is_none() {
        return refuse(front, head);
    }
    if guard::is_foreign_fetch(&head.headers) || !front.has_localhost() {
        return Problem::not_found().into_answer(head.language());
    }
    let token = front.tickets.issue(Instant::now());
    let port = front.address.port();
    respond::see_other(&format!(
        "http://{LOCALHOST}:{port}/sign-in?token={}",
        token.as_str()
    ))
}

/// Whether passkeys work at the address under which a page was asked for, or where they would.
pub(super) fn passkeys_at(
    front: &Front,
    head: &Head,
    purpose: Purpose,
    name: &str,
) -> ui::Passkeys {
    if let Some(party) = front.party(head) {
        return ui::Passkeys::Here(ask(front, &party, purpose, name));
    }
    if front.has_localhost() {
        let (name, address) = (LOCALHOST.to_owned(), "/sign-in/localhost".to_owned());
        return ui::Passkeys::Elsewhere { name, address };
    }
    let public = front.public_url.as_ref().and_then(Party::of_public);
    public.map_or(ui::Passkeys::No, |party| ui::Passkeys::Elsewhere {
        name: party.id().to_owned(),
        address: format!("{}/", party.origin()),
    })
}
