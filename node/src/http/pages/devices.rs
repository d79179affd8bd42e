//! The machines that are the reader.

use super::Visit;
use super::first_run::squares;
use super::notice::Done;
use super::screens::done;
use crate::app::model::{AppError, Device, DeviceState, ErrorKind};
use crate::http::forms::Fields;
use crate::http::respond::{Answer, Problem, html, status_of};
use crate::said::said;
use hearth_web_ui as ui;
use warp::http::StatusCode;
use zeroize::Zeroizing;

pub(super) async fn list(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let devices = visit.app.devices().await?.into_iter().map(shown);
    let devices: Vec<ui::Device> = devices.collect();
    let shell = visit.shell(done(query)).await?;
    Ok(html(StatusCode::OK, ui::devices(&shell, &devices)))
}

/// What was sent, for a form that is shown again: everything but the phrase.
fn draft(visit: &Visit<'_>, form: &Fields, problem: Option<&AppError>) -> ui::DeviceDraft {
    ui::DeviceDraft {
        name: form.text("name").to_owned(),
        stolen: form.text("stolen") == "yes",
        problem: problem.map(|error| (&error.message).into()),
        is_exposed: visit.front.is_exposed(visit.head),
    }
}

pub(super) async fn add_form(visit: &Visit<'_>) -> Result<Answer, Problem> {
    let page = draft(visit, &Fields::default(), None);
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::device_add(&shell, &page)))
}

/// Answers with the link itself: no address leads to it, and no cache keeps it.
pub(super) async fn add(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let phrase = Zeroizing::new(form.text("phrase").to_owned());
    let shell = visit.shell(None).await?;
    match visit.app.device_add(&phrase, form.text("name")).await {
        Ok(link) => {
            let text = link.to_text();
            let qr = squares(&text);
            let page = ui::DeviceLinkPage {
                link: &text,
                qr: qr.as_ref(),
            };
            Ok(html(StatusCode::OK, ui::device_link(&shell, page)))
        }
        Err(error) => {
            let page = draft(visit, form, Some(&error));
            Ok(html(status_of(&error), ui::device_add(&shell, &page)))
        }
    }
}

pub(super) async fn remove_form(visit: &Visit<'_>, query: &Fields) -> Result<Answer, Problem> {
    let device = named(visit, query).await?;
    let page = draft(visit, &Fields::default(), None);
    let shell = visit.shell(None).await?;
    let page = ui::device_remove(&shell, &device, &page);
    Ok(html(StatusCode::OK, page))
}

pub(super) async fn remove(visit: &Visit<'_>, form: &Fields) -> Result<Answer, Problem> {
    let device = named(visit, form).await?;
    let phrase = Zeroizing::new(form.text("phrase").to_owned());
    let is_stolen = form.text("stolen") == "yes";
    let removed = visit.app.device_remove(&phrase, &device.key, is_stolen);
    match removed.await {
        Ok(_) => {
            let done = if is_stolen {
                Done::DeviceCut
            } else {
                Done::DeviceRetired
            };
            Ok(super::actions::leads_to("/devices", done))
        }
        Err(error) => {
            let page = draft(visit, form, Some(&error));
            let shell = visit.shell(None).await?;
            let page = ui::device_remove(&shell, &device, &page);
            Ok(html(status_of(&error), page))
        }
    }
}

/// The device that a form or an address names: another one of the reader's than this.
async fn named(visit: &Visit<'_>, fields: &Fields) -> Result<ui::Device, Problem> {
    let key = fields.text("device");
    let mut devices = visit.app.devices().await?.into_iter();
    let found = devices.find(|device| device.device == key && !device.this);
    found.map(shown).ok_or_else(|| {
        Problem::from(AppError::new(
            ErrorKind::NotFound,
            said!(
                "device-not-another",
                "this is none of your other devices: look at the list of them"
            ),
        ))
    })
}

fn shown(device: Device) -> ui::Device {
    ui::Device {
        key: device.device,
        is_this: device.this,
        state: match device.state {
            DeviceState::Current => ui::DeviceState::Current,
            DeviceState::Retired => ui::DeviceState::Retired,
            DeviceState::Cut => ui::DeviceState::Cut,
        },
        since_ms: device.since_ms,
        name: device.name,
    }
}
