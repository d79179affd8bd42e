//! What is kept: the backup, and coming back with a phrase.

use super::notice::Done;
use super::screens::{Refused, done};
use super::{Visit, values};
use crate::app::App;
use crate::app::model::{AppError, ErrorKind, Guardian, RelationState};
use crate::app::restore::RestoreWish;
use crate::backup::{Health, Holder};
use crate::cli::values::size;
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, see_other, status_of};
use crate::restore::{Stage, Status};
use hearth_protocol::backup_plan::CODED_FROM_GUARDIANS;
use hearth_web_ui as ui;
use warp::http::StatusCode;
use zeroize::Zeroizing;

/// Links that the form about restoring takes.
const LINKS_MAX: usize = 8;

/// A text as it can stand in an address (RFC 3986, section 2.3).
pub(in crate::http) fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| {
        if is_plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(encode).collect()
}

/// How safe everything is; `without` names friends who are thought away.
pub(super) async fn backup(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let without = query.text("without").split(',');
    let without: Vec<String> = without
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    let page = state(visit, &without, None).await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::backup(&shell, &page)))
}

async fn state(
    visit: &Visit<'_>,
    without: &[String],
    problem: Option<ui::Reason>,
) -> Result<ui::BackupPage, AppError> {
    let app = visit.app;
    let (health, is_running) = (app.backup_status().await?, app.is_backing_up());
    let snapshots = app.backup_snapshots().await?.into_iter();
    let friends = app.following().await?.into_iter();
    let friends = friends.filter(|relation| relation.state == RelationState::Friends);
    let guardians = guardians(app).await?;
    let circle = circle(app, &guardians, without).await?;
    Ok(ui::BackupPage {
        circle,
        advice: advice(health.guardians, health.is_complete),
        health: safety(&health),
        last_ms: health.last_snapshot.map(|moment| moment.time_ms),
        source_bytes: health.source_bytes,
        stored_bytes: health.stored_bytes,
        under_way: is_running.then_some(health.missing_shards),
        guardians,
        snapshots: snapshots
            .map(|snapshot| ui::Snapshot {
                id: snapshot.id,
                time_ms: snapshot.time_ms,
                files: snapshot.files,
                bytes: snapshot.bytes,
            })
            .collect(),
        friends: friends.map(|relation| values::person(&relation)).collect(),
        problem,
    })
}

/// How safe everything is; what `hearth backup` says in a terminal.
pub(super) fn safety(health: &Health) -> ui::Health {
    let (friends, losses) = (health.guardians, health.survives_losses);
    match (friends, health.last_snapshot.is_some(), losses) {
        (0, ..) => ui::Health::Nobody,
        (_, false, _) => ui::Health::NotBegun { friends },
        (1, _, _) if health.is_complete => ui::Health::One,
        (_, _, 0) => ui::Health::UnderWay { friends },
        _ => ui::Health::Safe {
            losses,
            friends,
            is_complete: health.is_complete,
        },
    }
}

fn advice(guardians: u64, is_complete: bool) -> Option<ui::Advice> {
    match (guardians, is_complete) {
        (0, _) => Some(ui::Advice::Ask),
        (1, _) => Some(ui::Advice::More),
        (_, false) => Some(ui::Advice::Wait),
        (few, _) if few < CODED_FROM_GUARDIANS as u64 => Some(ui::Advice::Five),
        _ => None,
    }
}

async fn guardians(app: &App) -> Result<Vec<ui::Guardian>, AppError> {
    let connected = app.connected().await;
    let guardians = app.guardians().await?;
    let keys = guardians.iter().map(|one| one.identity.as_str());
    let mut pictures = app.portraits(keys).await?;
    let guardian = |guardian: Guardian| ui::Guardian {
        connected: connected.contains(&guardian.identity),
        last_seen_ms: Some(guardian.last_seen_ms).filter(|seen_ms| *seen_ms > 0),
        person: ui::Person {
            picture: pictures.remove(&guardian.identity),
            identity: guardian.identity,
            name: guardian.name,
        },
        pledged_to_me: guardian.pledged_to_me,
        used_by_me: guardian.used_by_me,
        pledged_by_me: guardian.pledged_by_me,
        used_on_me: guardian.used_on_me,
    };
    Ok(guardians.into_iter().map(guardian).collect())
}

/// What friends hold as it lies now, and what there would be without some of them.
async fn circle(
    app: &App,
    guardians: &[ui::Guardian],
    without: &[String],
) -> Result<ui::Circle, AppError> {
    let coverage = app.backup_coverage(without).await?;
    let known = |key: &str| guardians.iter().find(|one| one.person.identity == key);
    let people: Vec<ui::Person> = coverage
        .holders
        .iter()
        .map(|holder| match known(&holder.identity) {
            Some(guardian) => guardian.person.clone(),
            None => ui::Person {
                identity: holder.identity.clone(),
                name: String::new(),
                picture: None,
            },
        })
        .collect();
    let beside = |at: usize| {
        let here = &coverage.holders[at];
        let others = coverage.holders.iter().zip(&people).enumerate();
        let others =
            others.filter(|(other, (holder, _))| *other != at && holder.machine == here.machine);
        others.map(|(_, (_, person))| ui::called(person)).collect()
    };
    let keeper = |(at, holder): (usize, &Holder)| {
        let guardian = known(&holder.identity);
        ui::Keeper {
            connected: guardian.is_some_and(|one| one.connected),
            last_seen_ms: guardian.and_then(|one| one.last_seen_ms),
            pledged: guardian.map_or(0, |one| one.pledged_to_me),
            pieces: holder.shards,
            bytes: holder.bytes,
            is_gone: holder.is_gone,
            beside: beside(at),
            person: people[at].clone(),
        }
    };
    Ok(ui::Circle {
        keepers: coverage.holders.iter().enumerate().map(keeper).collect(),
        is_found: coverage.is_found,
        logs: (coverage.logs_back_bytes, coverage.logs_bytes),
        files: (coverage.files_back_bytes, coverage.files_bytes),
        survives: coverage.survives_losses,
        placed: (coverage.placed_shards, coverage.wanted_shards),
        snapshot_ms: coverage.snapshot_ms,
        waiting: (coverage.waiting_entries, coverage.waiting_bytes),
    })
}

pub(super) async fn backup_now(visit: &Visit<'_>) -> Result<Answer, Problem> {
    visit.app.backup_now(false).await?;
    Ok(see_other(&format!(
        "/backup?done={}",
        Done::BackedUp.name()
    )))
}

pub(super) async fn pledge(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let pledged = match size(form.text("size")) {
        Ok(size) => {
            visit
                .app
                .pledge(form.text("key").trim(), size.bytes())
                .await
        }
        Err(message) => Err(AppError::new(ErrorKind::BadRequest, message)),
    };
    match pledged {
        Ok(_) => Ok(see_other(&format!("/backup?done={}", Done::Pledged.name()))),
        Err(error) => {
            let page = state(visit, &[], Some((&error.message).into())).await?;
            let shell = visit.shell(None).await?;
            Ok(html(status_of(&error), ui::backup(&shell, &page)))
        }
    }
}

pub(super) async fn restore(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let page = match visit.app.restore_status() {
        Some(status) => ui::RestorePage::State(restore_state(&status)),
        None => ui::RestorePage::Form(ui::RestoreForm {
            is_possible: visit.app.is_unused().await?,
            is_exposed: visit.front.is_exposed(visit.head),
            ..ui::RestoreForm::default()
        }),
    };
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::restore(&shell, &page)))
}

/// Begins a restore. The phrase isn't given back, whatever comes of it.
pub(super) async fn begin_restore(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let via = form.text("via").split_whitespace().take(LINKS_MAX);
    let wish = RestoreWish {
        phrase: Zeroizing::new(form.text("phrase").to_owned()),
        via: via.map(str::to_owned).collect(),
        snapshot: None,
        stolen: form.given("stolen").is_some(),
    };
    match visit.app.restore(wish).await {
        Ok(_) => {
            let page = ui::RestorePage::State(restore_state(&Status::default()));
            let shell = visit.shell(Some(ui::Notice::Done(Done::Restoring))).await?;
            Ok(html(StatusCode::OK, ui::restore(&shell, &page)))
        }
        Err(error) => {
            let refused = Refused {
                status: status_of(&error),
                draft: form.text("via"),
                chosen: None,
                reason: Some(&error.message),
            };
            let page = ui::RestorePage::Form(ui::RestoreForm {
                via: refused.draft.to_owned(),
                stolen: form.given("stolen").is_some(),
                problem: refused.reason.map(Into::into),
                is_possible: visit.app.is_unused().await?,
                is_exposed: visit.front.is_exposed(visit.head),
            });
            let shell = visit.shell(None).await?;
            Ok(html(refused.status, ui::restore(&shell, &page)))
        }
    }
}

fn restore_state(status: &Status) -> ui::RestoreState {
    let stage = match status.stage {
        _ if !status.problem.is_empty() => ui::RestoreStage::HeldUp((&status.problem).into()),
        Stage::Looking => ui::RestoreStage::Looking,
        Stage::Reading => ui::RestoreStage::Reading,
        Stage::Posts => ui::RestoreStage::Posts,
        Stage::Files => ui::RestoreStage::Files,
        Stage::Done => ui::RestoreStage::Done(status.done.as_ref().map(|done| done.attested_by)),
    };
    let missing = status.missing.iter().map(|one| ui::Missing {
        what: (&one.what).into(),
        keepers: one.keepers.clone(),
    });
    ui::RestoreState {
        stage,
        progress: (status.stage != Stage::Done).then_some(ui::Progress {
            done: status.bytes,
            total: status.bytes_total,
        }),
        files: (status.files, status.files_total),
        friends: status.friends.clone(),
        missing: missing.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::forms::decoded;

    #[test]
    fn addresses_come_back() {
        for name in [
            "a",
            "a b",
            "100%",
            "ü",
            "\0ff",
            "..x",
            "?#&=+",
            "a\u{202e}b",
        ] {
            let written = encoded(name);
            assert!(
                written.bytes().all(|byte| byte.is_ascii_graphic()),
                "{written}"
            );
            assert_eq!(decoded(&written).as_deref(), Some(name));
        }
        assert_eq!(decoded("%zz"), None);
    }
}
