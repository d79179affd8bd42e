//! The API's verbs about backups.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::api::{parse, value};
use crate::app::App;
use crate::app::model::AppError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Now {
    #[serde(default)]
    wait: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    dir: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhatIf {
    #[serde(default)]
    without: Vec<String>,
}

/// Answers a verb; `None` if there is none of this name.
pub(super) async fn answer(app: &App, verb: &str, body: &[u8]) -> Result<Option<Value>, AppError> {
    let answer = match verb {
        "backup-now" => {
            let Now { wait } = parse(body)?;
            value(app.backup_now(wait).await?)
        }
        "backup-status" => value(app.backup_status().await?),
        "backup-coverage" => {
            let WhatIf { without } = parse(body)?;
            value(app.backup_coverage(&without).await?)
        }
        "backup-snapshots" => value(app.backup_snapshots().await?),
        "backup-to" => {
            let To { dir } = parse(body)?;
            value(app.backup_to(dir).await?)
        }
        "backup-settings" => value(app.backup_settings(parse(body)?).await?),
        _ => return Ok(None),
    };
    answer.map(Some)
}
