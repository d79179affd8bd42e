//! What comes of a first run once somebody lives here: the first friend, and the card of what remains.

use super::Visit;
use super::actions::leads_to;
use super::notice::Done;
use crate::app::first_steps::{Front, Step};
use crate::app::model::{AppError, RelationState};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, see_other, status_of};
use hearth_web_ui as ui;
use qrcode::{Color, EcLevel, QrCode};
use warp::http::StatusCode;

pub(super) async fn friend(visit: &Visit<'_>) -> Result<Answer, Problem> {
    show(visit, StatusCode::OK, "", None).await
}

async fn show(
    visit: &Visit<'_>,
    status: StatusCode,
    draft: &str,
    problem: Option<ui::Reason>,
) -> Result<Answer, Problem> {
    let link = visit.app.link().await?;
    let page = ui::FirstFriendPage {
        qr: squares(&link),
        link,
        draft: draft.to_owned(),
        problem,
    };
    let shell = visit.shell(None).await?;
    Ok(html(status, ui::first_friend(&shell, &page)))
}

/// A link as squares; nothing where it is too long for them.
pub(super) fn squares(link: &str) -> Option<ui::Qr> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    Some(ui::Qr {
        width: code.width(),
        dark: code
            .to_colors()
            .into_iter()
            .map(|color| color == Color::Dark)
            .collect(),
    })
}

pub(super) async fn befriend(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let key = form.text("key").trim();
    match visit.app.knock(key, String::new(), Vec::new()).await {
        Ok(relation) => {
            let done = match relation.state {
                RelationState::Friends => Done::Befriended,
                _ => Done::Knocked,
            };
            Ok(leads_to("/", done))
        }
        Err(error) => {
            let problem = Some((&error.message).into());
            show(visit, status_of(&error), key, problem).await
        }
    }
}

/// What remains to be done at the beginning and wasn't put away, and what is done.
pub(super) async fn checklist(visit: &Visit<'_>) -> Result<ui::Checklist, AppError> {
    let sign_in = &visit.front.sign_in;
    let front = Front {
        can_sign_in: sign_in.has_password() || sign_in.has_passkeys(),
        has_address: visit.front.public_url.is_some(),
    };
    let steps = visit.app.first_steps(front).await?;
    let shown = |steps: Vec<Step>| steps.into_iter().map(shown).collect();
    Ok(ui::Checklist {
        remaining: shown(steps.remaining),
        done: shown(steps.done),
        guardians: steps.guardians,
        is_unused: visit.app.is_unused().await?,
    })
}

fn shown(step: Step) -> ui::FirstStep {
    match step {
        Step::SignIn => ui::FirstStep::SignIn,
        Step::Friend => ui::FirstStep::Friend,
        Step::Picture => ui::FirstStep::Picture,
        Step::Guardians => ui::FirstStep::Guardians,
        Step::Import => ui::FirstStep::Import,
        Step::Address => ui::FirstStep::Address,
    }
}

pub(super) async fn dismiss(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let step = Step::named(form.text("step")).ok_or_else(Problem::not_found)?;
    visit.app.put_away(step).await?;
    Ok(see_other("/"))
}
