//! How the reader signs in, and which browsers are signed in.

use super::actions::leads_to;
use super::notice::Done;
use super::screens::done;
use super::{Visit, status_of_sign_in};
use crate::http::coming_in::passkeys_at;
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, sentence};
use crate::http::sessions as browsers;
use crate::http::sign_in::SignInError;
use crate::http::sign_in::challenge::Purpose;
use hearth_web_ui as ui;
use warp::http::StatusCode;

const SIGN_IN: &str = "/settings/sign-in";
const SESSIONS: &str = "/settings/sessions";

pub(super) async fn sign_in(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let shell = visit.shell(done(query)).await?;
    let page = ui::settings_sign_in(&shell, &settings(visit, None));
    Ok(html(StatusCode::OK, page))
}

fn settings(visit: &Visit<'_>, problem: Option<String>) -> ui::SignInSettings {
    let sign_in = &visit.front.sign_in;
    let purpose = Purpose::Add(visit.session.id());
    let passkeys = sign_in.passkeys().into_iter();
    ui::SignInSettings {
        password: sign_in.has_password(),
        passkeys: passkeys
            .map(|passkey| ui::Passkey {
                id: passkey.id,
                name: passkey.name,
                made_ms: passkey.made_ms,
                used_ms: passkey.used_ms,
            })
            .collect(),
        can_make: passkeys_at(visit.front, visit.head, purpose, &visit.me.name),
        problem,
    }
}

pub(super) async fn change_sign_in(
    visit: &Visit<'_>,
    verb: &str,
    form: &Fields,
) -> Result<Answer, Problem> {
    let sign_in = &visit.front.sign_in;
    let changed = match verb {
        "password" => {
            let (new, again) = (form.text("new"), form.text("again"));
            sign_in.set_password(new, again).await
        }
        "no-password" => sign_in.remove_password().await,
        "passkey" => {
            let (session, head) = (visit.session.id(), visit.head);
            let name = head.browser().name;
            sign_in.add_passkey(session, head.host(), form, name).await
        }
        _ => sign_in.remove_passkey(form.text("id")).await,
    };
    if let Err(error) = changed {
        return unchanged(visit, &error).await;
    }
    if verb == "password" && form.given("others").is_some() {
        visit
            .front
            .sessions
            .revoke_all_but(Some(visit.session.id()));
        browsers::written(visit.front).await?;
    }
    Ok(leads_to(SIGN_IN, Done::Saved))
}

async fn unchanged(visit: &Visit<'_>, error: &SignInError) -> Result<Answer, Problem> {
    let problem = Some(sentence(&error.to_string()));
    let shell = visit.shell(None).await?;
    let page = ui::settings_sign_in(&shell, &settings(visit, problem));
    Ok(html(status_of_sign_in(error), page))
}

pub(super) async fn sessions(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let this = visit.session.id().as_told();
    let told = visit.front.sessions.told(visit.now_ms).into_iter();
    let mut listed: Vec<ui::Session> = told
        .map(|session| ui::Session {
            is_this: session.id == this,
            id: session.id,
            browser: session.browser.name,
            address: session
                .browser
                .from
                .map(|from| from.to_string())
                .unwrap_or_default(),
            since_ms: session.since_ms,
            used_ms: session.used_ms,
        })
        .collect();
    // Who was here last stands first, and this one before all.
    listed.sort_by_key(|session| !session.is_this);
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::settings_sessions(&shell, &listed)))
}

pub(super) async fn revoke(
    visit: &Visit<'_>,
    verb: &str,
    form: &Fields,
) -> Result<Answer, Problem> {
    if verb == "others" {
        visit
            .front
            .sessions
            .revoke_all_but(Some(visit.session.id()));
    } else {
        browsers::revoke(visit.front, form.text("id"))?;
    }
    browsers::written(visit.front).await?;
    Ok(leads_to(SESSIONS, Done::Saved))
}
