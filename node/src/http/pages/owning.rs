//! Taking everything away, and bringing in what was written elsewhere.

use super::actions::leads_to;
use super::notice::Done;
use super::screens::done;
use super::{Visit, form as read_own_form};
use crate::app::settings::DefaultAudience;
use crate::http::api::stream_of;
use crate::http::forms::Fields;
use crate::http::imports::{OtherFile, Stage};
use crate::http::multipart;
use crate::http::request::{Body, Head};
use crate::http::respond::{Answer, Problem, html, see_other};
use crate::http::session::Session;
use crate::http::{Site, guard};
use hearth_web_ui as ui;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

const IMPORT: &str = "/import";

pub(super) async fn export(visit: &Visit<'_>) -> Result<Answer, Problem> {
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::export(&shell)))
}

/// The archive itself.
pub(super) async fn download(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let (mut answer, name, kind) = match form.text("kind") {
        "readable" => {
            let pieces = visit.app.export_readable().await?;
            (stream_of(pieces).await?, "hearth.tar", "application/x-tar")
        }
        "signed" => {
            let pieces = visit.app.export().await?;
            let kind = "application/octet-stream";
            (stream_of(pieces).await?, "mine.hearth", kind)
        }
        _ => return Err(Problem::not_found()),
    };
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_DISPOSITION, disposition);
    Ok(answer)
}

pub(super) async fn import(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    import_page(visit, StatusCode::OK, done(query)).await
}

/// `status` says that a form was about another file by [`StatusCode::CONFLICT`].
async fn import_page(
    visit: &Visit<'_>,
    status: StatusCode,
    notice: Option<ui::Notice>,
) -> Result<Answer, Problem> {
    let shown = visit.front.imports.shown(visit.app).await;
    let page = ui::ImportPage {
        name: shown.name,
        turn: shown.turn,
        is_other: status == StatusCode::CONFLICT,
        stage: match shown.stage {
            Stage::Nothing | Stage::Left => ui::ImportStage::Nothing,
            Stage::Looking => ui::ImportStage::Looking,
            Stage::Seen(seen) => ui::ImportStage::Seen {
                posts: seen.rows,
                here: seen.here,
                times_ms: seen.times_ms.unwrap_or_default(),
            },
            Stage::Running { done, rows } => ui::ImportStage::Running { done, posts: rows },
            Stage::Done(sum) => ui::ImportStage::Done {
                imported: sum.imported,
                skipped: sum.skipped,
            },
            Stage::Wrong(why) => ui::ImportStage::Wrong(why),
            Stage::Interrupted(why) => ui::ImportStage::Interrupted((&why).into()),
        },
    };
    let shell = visit.shell(notice).await?;
    Ok(html(status, ui::import(&shell, &page)))
}

/// Takes a file.
pub(super) async fn upload(
    site: &Site,
    head: &Head,
    session: &Session,
    body: Body,
) -> Result<Answer, Problem> {
    let Some(boundary) = multipart::boundary(head) else {
        // Only a form without a file comes in another way.
        read_own_form(&site.front, head, session, body).await?;
        return Ok(see_other(IMPORT));
    };
    if !guard::is_own_form(&head.headers, site.front.public_url.as_ref()) {
        return Err(Problem::foreign_form());
    }
    let imports = &site.front.imports;
    imports.receive(&site.app, session, body, boundary).await?;
    Ok(see_other(IMPORT))
}

pub(super) async fn begin_import(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let audience = match form.text("audience") {
        "public" => DefaultAudience::Public,
        "friends" => DefaultAudience::Friends,
        "private" => DefaultAudience::Private,
        _ => return Err(Problem::not_found()),
    };
    let imports = &visit.front.imports;
    match imports.begin(visit.app, turn(form), audience) {
        Ok(()) => Ok(see_other(IMPORT)),
        Err(OtherFile) => import_page(visit, StatusCode::CONFLICT, None).await,
    }
}

pub(super) async fn discard_import(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    match visit.front.imports.discard(turn(form)) {
        Ok(true) => Ok(leads_to(IMPORT, Done::Discarded)),
        Ok(false) => Ok(see_other(IMPORT)),
        Err(OtherFile) => import_page(visit, StatusCode::CONFLICT, None).await,
    }
}

/// The turn of the file that a form's page showed; no file has turn 0.
fn turn(form: &Fields) -> u64 {
    form.text("turn").parse().unwrap_or(0)
}
