//! What friends keep of this account: backing it up, and how safe it is.

use crate::said::said;
use std::path::PathBuf;

use hearth_protocol::backup_plan;
use hearth_protocol::bounds::GUARDIANS_MAX;
use hearth_protocol::content::{BackupSettings, Content};
use serde::{Deserialize, Serialize};

use super::model::AppError;
use super::people::parse_key;
use super::{App, bad_request, failed, newer_than, to_the_end};
use crate::backup::{BackupError, Coverage, Health, Outcome, Snapshot};
use crate::store::logs::Draft;

/// A change of the settings; what isn't named stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct SettingsWish {
    /// How many guardians may be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) survive: Option<u16>,
    /// As many as is usual.
    #[serde(default)]
    pub(crate) survive_auto: bool,
    /// How fast to send, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_per_second: Option<u64>,
    /// As fast as can be.
    #[serde(default)]
    pub(crate) no_rate: bool,
}

/// How the owner wants backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// How many guardians may be lost; as many as is usual unless given.
    pub(crate) survive: Option<u16>,
    /// How fast to send at most; as fast as can be unless given.
    pub(crate) bytes_per_second: Option<u64>,
}

impl From<BackupError> for AppError {
    fn from(error: BackupError) -> Self {
        failed(&error)
    }
}

impl App {
    /// Backs up what changed; with `wait`, answers once all of it is where it should be, or nothing more can be sent now.
    pub(crate) async fn backup_now(&self, wait: bool) -> Result<Outcome, AppError> {
        let backup = self.0.backup.clone();
        to_the_end(async move { Ok(backup.now(wait).await?) }).await
    }

    /// How safe everything is.
    pub(crate) async fn backup_status(&self) -> Result<Health, AppError> {
        Ok(self.0.backup.status().await?)
    }

    /// What friends hold, and what would come back without those of these keys.
    pub(crate) async fn backup_coverage(&self, without: &[String]) -> Result<Coverage, AppError> {
        if without.len() > GUARDIANS_MAX {
            return Err(bad_request(said!(
                "too-many-guardians",
                "nobody has so many guardians"
            )));
        }
        let gone = without.iter().map(|key| parse_key(key.trim()));
        let gone = gone.collect::<Result<_, _>>()?;
        Ok(self.0.backup.coverage(&gone).await?)
    }

    /// Whether something is being brought to guardians.
    pub(crate) fn is_backing_up(&self) -> bool {
        self.0.backup.progress().borrow().is_running
    }

    /// The snapshots that can be restored, newest first.
    pub(crate) async fn backup_snapshots(&self) -> Result<Vec<Snapshot>, AppError> {
        Ok(self.0.backup.snapshots().await?)
    }

    /// Writes a backup into a folder.
    pub(crate) async fn backup_to(&self, dir: PathBuf) -> Result<Outcome, AppError> {
        if !dir.is_absolute() {
            return Err(bad_request(said!(
                "folder-not-absolute",
                "the node doesn't know which folder that is: name it from the root, as in /media/usb"
            )));
        }
        let backup = self.0.backup.clone();
        to_the_end(async move { Ok(backup.to(&dir).await?) }).await
    }

    /// Changes how the owner wants backups, and says how that is now.
    pub(crate) async fn backup_settings(&self, wish: SettingsWish) -> Result<Settings, AppError> {
        let identity = self.identity();
        let (held, held_ms) = self
            .0
            .store
            .read(move |logs| {
                Ok((
                    logs.backup_settings(&identity)?,
                    logs.backup_settings_time_ms(&identity)?,
                ))
            })
            .await?;
        let wished = BackupSettings {
            survive: match wish.survive {
                Some(losses) => Some(losses),
                None if wish.survive_auto => None,
                None => held.survive,
            },
            bytes_per_second: match wish.bytes_per_second {
                Some(rate) => Some(rate),
                None if wish.no_rate => None,
                None => held.bytes_per_second,
            },
        };
        if wished.bytes_per_second == Some(0) {
            return Err(bad_request(said!(
                "rate-zero",
                "at no bytes a second nothing would ever be sent: give a rate such as 1MB, or `none`"
            )));
        }
        if wished != held {
            if let Some(losses) = wish.survive {
                let guardians = self.0.backup.status().await?.guardians;
                let guardians = usize::try_from(guardians).unwrap_or(usize::MAX);
                backup_plan::target(guardians, Some(losses)).map_err(|few| bad_request(&few))?;
            }
            let draft = Draft::private(newer_than(held_ms), Content::BackupSettings(wished));
            self.write_one(false, draft).await?;
            self.0.backup.settings_changed();
        }
        Ok(Settings {
            survive: wished.survive,
            bytes_per_second: wished.bytes_per_second,
        })
    }
}
