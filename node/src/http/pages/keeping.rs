//! What is kept: the drive's folders and files, the backup, and coming back with a phrase.

use super::notice::Done;
use super::screens::{Refused, done};
use super::{Visit, values};
use crate::app::App;
use crate::app::model::{AppError, ErrorKind, Guardian, RelationState};
use crate::app::restore::RestoreWish;
use crate::backup::Health;
use crate::cli::values::size;
use crate::drive::{Item, ItemKind};
use crate::http::api::stream_of;
use crate::http::forms::{Fields, decoded};
use crate::http::respond::{Answer, Problem, html, see_other, sentence, status_of};
use crate::restore::{Stage, Status};
use hearth_web_ui as ui;
use warp::http::StatusCode;
use warp::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue,
};
use zeroize::Zeroizing;

/// Names of a folder on one page.
const NAMES_SHOWN: usize = 500;
/// Links that the form about restoring takes.
const LINKS_MAX: usize = 8;

/// A folder as a page, a file as a download.
pub(super) async fn files(
    visit: &Visit<'_>,
    segments: &[&str],
    query: &Fields,
) -> Result<Answer, Problem> {
    let names = segments.iter().filter(|name| !name.is_empty());
    let names: Option<Vec<String>> = names.map(|name| decoded(name)).collect();
    let names = names.ok_or_else(Problem::not_found)?;
    let path = names.join("/");
    if !names.is_empty()
        && let Some(reading) = visit.app.files_read(&path, None, 0, u64::MAX).await?
    {
        let answer = stream_of(reading.pieces).await?;
        return Ok(download(answer, &names, reading.bytes));
    }
    let page = visit
        .app
        .files_list(&path, query.given("after"), NAMES_SHOWN);
    let page = page.await?;
    let here = address(&names);
    let values = ui::FilesPage {
        path: crumbs(&names),
        items: page.items.iter().map(|item| row(&names, item)).collect(),
        next: page
            .next
            .map(|after| format!("{here}?after={}", encoded(&after))),
    };
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::files(&shell, &values)))
}

/// Whatever is in a file, a browser only saves it: shown here, it would speak in this page's name.
fn download(mut answer: Answer, names: &[String], bytes: u64) -> Answer {
    let name = names.last().map(|name| encoded(name)).unwrap_or_default();
    let disposition = format!("attachment; filename*=UTF-8''{name}");
    let headers = answer.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed("application/octet-stream"));
    headers.insert(CACHE_CONTROL, fixed("no-store"));
    headers.insert(CONTENT_LENGTH, bytes.into());
    let disposition = HeaderValue::from_str(&disposition);
    headers.insert(
        CONTENT_DISPOSITION,
        disposition.unwrap_or(fixed("attachment")),
    );
    answer
}

fn address(names: &[String]) -> String {
    names.iter().fold("/files".to_owned(), |path, name| {
        format!("{path}/{}", encoded(name))
    })
}

fn crumbs(names: &[String]) -> Vec<ui::Crumb> {
    let crumb = |(at, name): (usize, &String)| ui::Crumb {
        name: shown(name),
        href: address(&names[..=at]),
    };
    names.iter().enumerate().map(crumb).collect()
}

fn row(folder: &[String], item: &Item) -> ui::Item {
    let (kind, leads) = match item.kind {
        ItemKind::Dir => (ui::ItemKind::Folder, true),
        ItemKind::File => (ui::ItemKind::File, true),
        ItemKind::Link | ItemKind::Removed => (ui::ItemKind::Link, false),
    };
    let href = || format!("{}/{}", address(folder), encoded(&item.name));
    ui::Item {
        name: shown(&item.name),
        kind,
        bytes: item.bytes,
        mtime_ms: u64::try_from(item.mtime_ms).unwrap_or_default(),
        href: leads.then(href),
    }
}

/// A name for the eye: what stands for bytes that aren't UTF-8 can't be seen.
fn shown(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}

/// A text as it can stand in an address (RFC 3986, section 2.3).
pub(super) fn encoded(text: &str) -> String {
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

pub(super) async fn backup(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let page = state(visit, None).await?;
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::backup(&shell, &page)))
}

async fn state(visit: &Visit<'_>, problem: Option<String>) -> Result<ui::BackupPage, AppError> {
    let app = visit.app;
    let (health, is_running) = (app.backup_status().await?, app.is_backing_up());
    let snapshots = app.backup_snapshots().await?.into_iter();
    let friends = app.following().await?.into_iter();
    let friends = friends.filter(|relation| relation.state == RelationState::Friends);
    Ok(ui::BackupPage {
        advice: advice(health.guardians, health.is_complete),
        health: safety(&health),
        last_ms: health.last_snapshot.map(|moment| moment.time_ms),
        source_bytes: health.source_bytes,
        stored_bytes: health.stored_bytes,
        under_way: is_running.then_some(health.missing_shards),
        guardians: guardians(app).await?,
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
        _ => None,
    }
}

async fn guardians(app: &App) -> Result<Vec<ui::Guardian>, AppError> {
    let connected = app.connected().await;
    let guardian = |guardian: Guardian| ui::Guardian {
        connected: connected.contains(&guardian.identity),
        last_seen_ms: Some(guardian.last_seen_ms).filter(|seen_ms| *seen_ms > 0),
        person: ui::Person {
            identity: guardian.identity,
            name: guardian.name,
            picture: None,
        },
        pledged_to_me: guardian.pledged_to_me,
        used_by_me: guardian.used_by_me,
        pledged_by_me: guardian.pledged_by_me,
        used_on_me: guardian.used_on_me,
    };
    Ok(app.guardians().await?.into_iter().map(guardian).collect())
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
        Err(message) => Err(AppError {
            kind: ErrorKind::BadRequest,
            message,
        }),
    };
    match pledged {
        Ok(_) => Ok(see_other(&format!("/backup?done={}", Done::Pledged.name()))),
        Err(error) => {
            let page = state(visit, Some(sentence(&error.message))).await?;
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
                reason: &error.message,
            };
            let page = ui::RestorePage::Form(ui::RestoreForm {
                via: refused.draft.to_owned(),
                stolen: form.given("stolen").is_some(),
                problem: Some(sentence(refused.reason)),
                is_possible: visit.app.is_unused().await?,
            });
            let shell = visit.shell(None).await?;
            Ok(html(refused.status, ui::restore(&shell, &page)))
        }
    }
}

fn restore_state(status: &Status) -> ui::RestoreState {
    let stage = match status.stage {
        _ if !status.problem.is_empty() => ui::RestoreStage::HeldUp(sentence(&status.problem)),
        Stage::Looking => ui::RestoreStage::Looking,
        Stage::Reading => ui::RestoreStage::Reading,
        Stage::Posts => ui::RestoreStage::Posts,
        Stage::Files => ui::RestoreStage::Files,
        Stage::Done => ui::RestoreStage::Done(status.done.as_ref().map(|done| done.attested_by)),
    };
    let missing = status.missing.iter().map(|one| ui::Missing {
        what: one.what.clone(),
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
