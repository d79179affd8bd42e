//! The machines that are the reader. Nothing can be changed here: that asks for the phrase, which no page sees.

use super::Visit;
use crate::app::model::{Device, DeviceState};
use crate::http::respond::{Answer, Problem, html};
use hearth_web_ui as ui;
use warp::http::StatusCode;

pub(super) async fn list(visit: &Visit<'_>) -> Result<Answer, Problem> {
    let devices = visit.app.devices().await?.into_iter().map(shown);
    let devices: Vec<ui::Device> = devices.collect();
    let shell = visit.shell(None).await?;
    Ok(html(StatusCode::OK, ui::devices(&shell, &devices)))
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
