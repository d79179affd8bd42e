//! What the reader chose; how they sign in, and which browsers are signed in.

use super::actions::leads_to;
use super::keeping::encoded;
use super::notice::Done;
use super::screens::done;
use super::{Visit, social, status_of_sign_in};
use crate::app::App;
use crate::app::backup::SettingsWish;
use crate::app::model::{AppError, ErrorKind};
use crate::app::public::{INDEXED, SHOWN};
pub(super) use crate::app::settings::LANGUAGE;
use crate::app::settings::{ACCESS_DAYS, AUDIENCE, PHOTO_CACHE};
use crate::http::coming_in::{passkeys_at, said};
use crate::http::forms::Fields;
use crate::http::known::KnownBrowser;
use crate::http::respond::{Answer, Problem, html, see_other, status_of};
use crate::http::sessions as browsers;
use crate::http::sign_in::PasskeyTold;
use crate::http::sign_in::challenge::Purpose;
use crate::http::sign_in::party::Party;
use crate::said::said;
use hearth_web_ui as ui;
use warp::http::StatusCode;

const SIGN_IN: &str = "/settings/sign-in";
const SESSIONS: &str = "/settings/sessions";

/// All settings. What a form brought about is said in its own part.
pub(super) async fn show(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let part = ui::SettingsPart::named(query.text("part"));
    let part = part.filter(|_| query.text("done") == Done::Saved.name());
    let outcome = part.map(|part| (part, Ok(())));
    choices(visit, StatusCode::OK, outcome).await
}

async fn choices(
    visit: &Visit<'_>,
    status: StatusCode,
    outcome: Option<(ui::SettingsPart, Result<(), ui::Reason>)>,
) -> Result<Answer, Problem> {
    let app = visit.app;
    let chosen = app.settings_named([PHOTO_CACHE, ACCESS_DAYS, LANGUAGE]);
    let [cache, days, language] = chosen.await?;
    let face = app.public_face().await?;
    let backup = app.backup_settings(SettingsWish::default()).await?;
    let guardians = app.guardians().await?.into_iter();
    let public_page = format!("/@{}", encoded(&face.handle()));
    let public_url = visit.front.public_url.as_ref();
    let sign_in = &visit.front.sign_in;
    let page = ui::SettingsPage {
        audience: social::usual(visit).await?,
        language: ui::Language::of_tag(&language.value),
        look: visit.look,
        is_shown: face.is_shown,
        is_indexed: face.is_indexed,
        public_address: public_url.map(|url| format!("{}{public_page}", url.origin())),
        public_page,
        photo_caches: (cache.choices, cache.value),
        access_days: (days.choices, days.value),
        survive: backup.survive,
        guardians: guardians.filter(|one| one.pledged_to_me > 0).count() as u64,
        bytes_per_second: backup.bytes_per_second,
        sign_in: (sign_in.has_password(), sign_in.passkeys().len()),
        browsers: visit.front.sessions.told(visit.now_ms).len(),
        steps_are_away: app.has_put_away().await?,
        outcome,
    };
    let shell = visit.shell(None).await?;
    Ok(html(status, ui::settings(&shell, &page)))
}

/// Keeps what a part's form says.
pub(super) async fn save(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let part = ui::SettingsPart::named(form.text("part")).ok_or_else(Problem::not_found)?;
    match keep(visit.app, part, form).await {
        Ok(()) => {
            let (done, part) = (Done::Saved.name(), part.name());
            let place = format!("/settings?done={done}&part={part}#{part}");
            Ok(see_other(&place))
        }
        Err(error) if error.kind == ErrorKind::Failed => Err(error.into()),
        Err(error) => {
            let said = (part, Err((&error.message).into()));
            choices(visit, status_of(&error), Some(said)).await
        }
    }
}

async fn keep(app: &App, part: ui::SettingsPart, form: &Fields) -> Result<(), AppError> {
    let set = async |name, value| {
        // What is as it was needs no entry.
        let present = app.setting(name).await?;
        if present.value != value {
            app.set_setting(name, Some(value)).await?;
        }
        Ok::<_, AppError>(())
    };
    let on = |field| match form.given(field) {
        Some(_) => "on",
        None => "off",
    };
    match part {
        ui::SettingsPart::Posts => set(AUDIENCE, form.text("audience")).await,
        ui::SettingsPart::Language => set(LANGUAGE, form.text("language")).await,
        ui::SettingsPart::Public => {
            set(SHOWN, on("shown")).await?;
            set(INDEXED, on("indexed")).await
        }
        ui::SettingsPart::Photos => set(PHOTO_CACHE, form.text("cache")).await,
        ui::SettingsPart::Access => set(ACCESS_DAYS, form.text("days")).await,
        ui::SettingsPart::Backup => {
            let (survive, rate) = (form.text("survive"), form.text("rate"));
            let wish = SettingsWish {
                survive_auto: survive == "auto",
                survive: number(survive, "auto")?,
                no_rate: rate == "none",
                bytes_per_second: number(rate, "none")?,
            };
            app.backup_settings(wish).await.map(|_| ())
        }
        ui::SettingsPart::Steps => app.bring_back_steps().await,
        // How pages look a browser keeps for itself: that form is sent elsewhere.
        ui::SettingsPart::Look => Ok(()),
    }
}

/// A number, or nothing where the form says so.
fn number<T: std::str::FromStr>(text: &str, nothing: &str) -> Result<Option<T>, AppError> {
    if text == nothing {
        return Ok(None);
    }
    let number = text.parse().map_err(|_| AppError {
        kind: ErrorKind::BadRequest,
        message: said!("choose-from-list", "choose one of what the list offers"),
    });
    number.map(Some)
}

pub(super) async fn sign_in(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let shell = visit.shell(done(query)).await?;
    let page = ui::settings_sign_in(&shell, &settings(visit, None));
    Ok(html(StatusCode::OK, page))
}

fn settings(
    visit: &Visit<'_>,
    problem: Option<(ui::SignInPart, ui::SignInProblem)>,
) -> ui::SignInSettings {
    let sign_in = &visit.front.sign_in;
    let purpose = Purpose::Add(visit.session.id());
    let here = visit.front.party(visit.head);
    ui::SignInSettings {
        password: sign_in.has_password(),
        passkeys: listed(sign_in.passkeys(), here.as_ref()),
        can_make: passkeys_at(visit.front, visit.head, purpose, &visit.me.name),
        proves: proof(visit) != Some(Proof::ComingIn),
        problem,
    }
}

/// The passkeys for the page; with the name that each is for, unless all are for the one under which the page is open.
fn listed(passkeys: Vec<PasskeyTold>, here: Option<&Party>) -> Vec<ui::Passkey> {
    let is_here = |passkey: &PasskeyTold| here.is_some_and(|here| here.id() == passkey.party);
    let tell = !passkeys.iter().all(is_here);
    let passkeys = passkeys.into_iter().map(|passkey| ui::Passkey {
        id: passkey.id,
        name: passkey.name,
        place: tell.then_some(passkey.party),
        made_ms: passkey.made_ms,
        used_ms: passkey.used_ms,
    });
    passkeys.collect()
}

/// What somebody must show, besides an open browser, who changes how one comes in: with a session alone one could lock its owner
/// out, or let oneself in for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// The present password.
    Password,
    /// That they came in just now; where there is no password that was by a passkey or a link.
    ComingIn,
}

/// How long who came in has shown who they are.
const COMING_IN_MS: u64 = 10 * 60 * 1000;

/// What is wanted; nothing where it was shown, or where there is nothing yet that lets anybody in again.
fn proof_of((password, passkeys): (bool, bool), since_ms: u64, now_ms: u64) -> Option<Proof> {
    let is_new = now_ms.abs_diff(since_ms) < COMING_IN_MS;
    match (password, passkeys) {
        (true, _) => Some(Proof::Password),
        (false, true) if !is_new => Some(Proof::ComingIn),
        _ => None,
    }
}

fn proof(visit: &Visit<'_>) -> Option<Proof> {
    let (sign_in, this) = (&visit.front.sign_in, visit.session.id().as_told());
    let mut sessions = visit.front.sessions.told(visit.now_ms).into_iter();
    let since_ms = sessions.find(|session| session.id == this);
    let since_ms = since_ms.map_or(0, |session| session.since_ms);
    let there = (sign_in.has_password(), sign_in.has_passkeys());
    proof_of(there, since_ms, visit.now_ms)
}

pub(super) async fn change_sign_in(
    visit: &Visit<'_>,
    verb: &str,
    form: &Fields,
) -> Result<Answer, Problem> {
    let part = match verb {
        "password" => ui::SignInPart::Password,
        "no-password" => ui::SignInPart::NoPassword,
        "passkey" => ui::SignInPart::Passkey,
        _ => ui::SignInPart::NoPasskey(form.text("id").to_owned()),
    };
    if let Err((status, problem)) = proven(visit, form).await {
        return unchanged(visit, status, (part, problem)).await;
    }
    let sign_in = &visit.front.sign_in;
    let changed = match &part {
        ui::SignInPart::Password => {
            let (new, again) = (form.text("new"), form.text("again"));
            sign_in.set_password(new, again).await
        }
        ui::SignInPart::NoPassword => sign_in.remove_password().await,
        ui::SignInPart::Passkey => {
            let (session, head) = (visit.session.id(), visit.head);
            let name = head.browser().name;
            let party = visit.front.party(head);
            sign_in
                .add_passkey(session, party.as_ref(), form, name)
                .await
        }
        ui::SignInPart::NoPasskey(id) => sign_in.remove_passkey(id).await,
    };
    if let Err(error) = changed {
        let problem = said(&error);
        return unchanged(visit, status_of_sign_in(&error), (part, problem)).await;
    }
    let answer = leads_to(SIGN_IN, Done::Saved);
    if verb == "password" && form.given("others").is_some() {
        return sign_others_out(visit, answer).await;
    }
    Ok(answer)
}

/// Whether what is wanted was shown. Each part asks for it, also what adds a passkey and what removes another than the last: who
/// adds one of their own stays in, and would never come to the last.
async fn proven(visit: &Visit<'_>, form: &Fields) -> Result<(), (StatusCode, ui::SignInProblem)> {
    let sign_in = &visit.front.sign_in;
    match proof(visit) {
        None => return Ok(()),
        Some(Proof::Password) => {}
        Some(Proof::ComingIn) => {
            return Err((StatusCode::FORBIDDEN, ui::SignInProblem::ComeInAgain));
        }
    }
    let from = visit.front.origin_of(visit.head);
    let known = visit.front.known_browser(visit.head);
    let known = known.unwrap_or_else(|| KnownBrowser::of_session(visit.session.id()));
    let tried = sign_in.try_password(from, Some(known), form.text("now"));
    match tried.await {
        Ok(true) => Ok(()),
        Ok(false) => Err((StatusCode::FORBIDDEN, ui::SignInProblem::NotThePresentOne)),
        Err(wait) => {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let problem = ui::SignInProblem::Unchanged { seconds };
            Err((StatusCode::TOO_MANY_REQUESTS, problem))
        }
    }
}

async fn unchanged(
    visit: &Visit<'_>,
    status: StatusCode,
    problem: (ui::SignInPart, ui::SignInProblem),
) -> Result<Answer, Problem> {
    let shell = visit.shell(None).await?;
    let page = ui::settings_sign_in(&shell, &settings(visit, Some(problem)));
    Ok(html(status, page))
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
    let answer = leads_to(SESSIONS, Done::SignedOut);
    if verb == "others" {
        return sign_others_out(visit, answer).await;
    }
    browsers::revoke(visit.front, form.text("id"))?;
    browsers::written(visit.front).await?;
    Ok(answer)
}

async fn sign_others_out(visit: &Visit<'_>, answer: Answer) -> Result<Answer, Problem> {
    let signed_out = visit
        .front
        .sign_others_out(visit.head, visit.session, answer)
        .await;
    signed_out.map_err(|error| browsers::unwritten(&error).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_passkey_works_is_said_unless_it_is_here() {
        let passkey = |party: &str| PasskeyTold {
            id: String::new(),
            party: party.to_owned(),
            name: String::new(),
            made_ms: 0,
            used_ms: 0,
        };
        let local = Party::at("localhost:4748", None);
        let places = |parties: &[&str], here: Option<&Party>| -> Vec<Option<String>> {
            let passkeys = parties.iter().map(|party| passkey(party)).collect();
            let listed = listed(passkeys, here).into_iter();
            listed.map(|passkey| passkey.place).collect()
        };
        assert_eq!(places(&["localhost"; 2], local.as_ref()), [None, None]);
        let both = ["localhost", "alice.example"];
        let said = both.map(|name| Some(name.to_owned()));
        assert_eq!(places(&both, local.as_ref()), said);
        assert_eq!(places(&both[1..], local.as_ref()), said[1..]);
        assert_eq!(places(&both[..1], None), said[..1]);
    }

    #[test]
    fn an_open_browser_alone_changes_nothing_about_coming_in() {
        const NOW_MS: u64 = 1_790_000_000_000;
        let after = |there, ms| proof_of(there, NOW_MS - ms, NOW_MS);
        for ms in [0, COMING_IN_MS, NOW_MS] {
            assert_eq!(after((true, true), ms), Some(Proof::Password));
            assert_eq!(after((true, false), ms), Some(Proof::Password));
            assert_eq!(after((false, false), ms), None, "only links let in");
        }
        assert_eq!(after((false, true), COMING_IN_MS - 1), None);
        for ms in [COMING_IN_MS, NOW_MS] {
            assert_eq!(after((false, true), ms), Some(Proof::ComingIn));
        }
        let ahead = proof_of((false, true), NOW_MS + COMING_IN_MS, NOW_MS);
        assert_eq!(ahead, Some(Proof::ComingIn), "the clock was put back");
    }
}
