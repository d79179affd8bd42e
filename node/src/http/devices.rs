//! The API's verbs about devices.

use serde::Deserialize;
use serde_json::Value;

use super::api::{parse, value};
use crate::app::App;
use crate::app::model::AppError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    /// A root statement, hex.
    statement: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Certified {
    /// A root statement, hex.
    statement: String,
    /// What the device is to be called.
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    /// A device's signing key, hex.
    device: String,
}

/// Answers a verb about devices; `None` for another one.
pub(super) async fn answer(app: &App, verb: &str, body: &[u8]) -> Result<Option<Value>, AppError> {
    Ok(Some(match verb {
        "devices" => value(app.devices().await?)?,
        "device-certify" => {
            let Certified { statement, name } = parse(body)?;
            value(app.device_certify(&statement, name.as_deref()).await?)?
        }
        "device-revoke" => value(app.device_revoke(&parse::<Said>(body)?.statement).await?)?,
        "device-heads" => value(app.device_heads(&parse::<Named>(body)?.device).await?)?,
        _ => return Ok(None),
    }))
}
