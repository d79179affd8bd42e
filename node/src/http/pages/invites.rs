//! Links by which people join a space: made, taken back, followed.

use super::actions::leads_to;
use super::notice::Done;
use super::{Visit, spaces};
use crate::app::model::{AppError, ErrorKind, Invite, SpaceInfo, SpaceRole};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, see_other, status_of};
use hearth_protocol::codec::Hex;
use hearth_protocol::content::social::register;
use hearth_web_ui as ui;
use warp::http::StatusCode;

const DAY_S: u64 = 24 * 60 * 60;
/// How many may join by a link of the form at most.
const USES_MAX: u32 = 1_000;

/// The links of a space that the reader may see.
pub(super) async fn of(visit: &Visit<'_>, space: &SpaceInfo) -> Result<Vec<ui::Invite>, AppError> {
    if space.role != SpaceRole::Admin {
        return Ok(Vec::new());
    }
    let invites = visit.app.space_invites(&space.id).await?.into_iter();
    Ok(invites.map(shown).collect())
}

fn shown(invite: Invite) -> ui::Invite {
    ui::Invite {
        id: invite.id,
        link: invite.link,
        uses: invite.uses.map(u64::from),
        used: invite.used.into(),
        expires_ms: invite.expires_ms,
    }
}

pub(super) async fn make(visit: &Visit<'_>, space: &str, form: &Fields) -> Result<Answer, Problem> {
    let limits = match wished(form) {
        Ok(limits) => limits,
        Err(problem) => {
            return spaces::uninvited(visit, space, StatusCode::BAD_REQUEST, problem).await;
        }
    };
    let with_past = form.given("past").is_some();
    match visit.app.space_invite(space, limits, with_past).await {
        Ok(invite) => Ok(leads_to(
            &format!("/spaces/{}/members", invite.space),
            Done::Invited,
        )),
        Err(error) if error.kind == ErrorKind::Failed => Err(error.into()),
        Err(error) => {
            let problem = ui::InviteProblem::Other((&error.message).into());
            spaces::uninvited(visit, space, status_of(&error), problem).await
        }
    }
}

/// For how many, and for how many seconds.
fn wished(form: &Fields) -> Result<(Option<u32>, Option<u64>), ui::InviteProblem> {
    let uses: u32 = form
        .text("uses")
        .trim()
        .parse()
        .ok()
        .filter(|uses| (1..=USES_MAX).contains(uses))
        .ok_or(ui::InviteProblem::Uses)?;
    let days = match form.text("expires") {
        "1d" => 1,
        "7d" => 7,
        "30d" => 30,
        _ => return Err(ui::InviteProblem::Time),
    };
    Ok((Some(uses), Some(days * DAY_S)))
}

pub(super) async fn take_back(
    visit: &Visit<'_>,
    space: &str,
    form: &Fields,
) -> Result<Answer, Problem> {
    visit.app.space_uninvite(form.text("invite")).await?;
    let space = visit.app.space(space).await?;
    Ok(leads_to(
        &format!("/spaces/{}/members", space.id),
        Done::Uninvited,
    ))
}

pub(super) async fn join(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let link = form.text("link").trim();
    match visit.app.space_join(link, 0).await {
        Ok(space) if super::audience::is_in(space.role) => {
            Ok(leads_to(&format!("/spaces/{}", space.id), Done::Joined))
        }
        Ok(_) => Ok(leads_to("/spaces", Done::Asked)),
        Err(error) => spaces::not_joined(visit, link, &error).await,
    }
}

/// The ids of spaces that the reader asked to join and that nobody let them into yet.
pub(super) async fn asked(visit: &Visit<'_>) -> Result<Vec<String>, AppError> {
    let asked = visit.app.registers(register::JOIN_ASKED).await?;
    let ids = asked.iter().map(|(id, _)| Hex(id.as_slice()).to_string());
    Ok(ids.collect())
}

/// Those of them of which nothing else is known.
pub(super) fn unknown(asked: &[String], spaces: &[SpaceInfo]) -> Vec<ui::SpaceRow> {
    let is_unknown = |id: &&String| spaces.iter().all(|space| space.id != **id);
    let rows = asked.iter().filter(is_unknown).map(|id| ui::SpaceRow {
        audience: ui::Audience::Shared(ui::SpaceName {
            name: String::new(),
            id: id.clone(),
        }),
        id: id.clone(),
        role: ui::Role::Asked,
        members: Vec::new(),
    });
    rows.collect()
}

/// Why the reader couldn't join, as who invited them said.
pub(super) async fn refused(
    visit: &Visit<'_>,
    spaces: &[SpaceInfo],
) -> Result<Vec<ui::NotLetIn>, AppError> {
    let refusals = visit.app.join_refusals().await?.into_iter();
    let refusals = refusals.map(|(id, why)| {
        let known = spaces.iter().find(|space| space.id == id);
        ui::NotLetIn {
            name: known.map(|space| space.name.clone()).unwrap_or_default(),
            why: (&why).into(),
            id,
        }
    });
    Ok(refusals.collect())
}

/// The reader has read why.
pub(super) async fn dismiss(visit: &Visit<'_>, space: &str) -> Result<Answer, Problem> {
    visit.app.forget_join_refusal(space).await?;
    Ok(see_other("/spaces"))
}
