//! Settings: what an account chose, on all of its devices.

use crate::said::said;
use hearth_protocol::content::social::register;
use serde::{Deserialize, Serialize};

use crate::access::DAYS_DEFAULT;

use super::first_steps::{AWAY, DONE, IMPORT};
use super::model::{AppError, Setting};
use super::{App, bad_request, not_found, public};
use crate::store::StoreError;

/// Who new posts are for, unless they say otherwise.
pub(crate) const AUDIENCE: &str = "post.audience";

/// What pages speak; automatic: what the browser asks for.
pub(crate) const LANGUAGE: &str = "page.language";

/// How many days the access log goes back; 0: there is none.
pub(crate) const ACCESS_DAYS: &str = "access.days";
/// How much of others' photos is kept here.
pub(crate) const PHOTO_CACHE: &str = "cache.photos";
/// Whether the home page reminds of a first step.
const STEP: &[&str] = &["shown", AWAY];

/// Each setting with what it may be; the first is what it is by default.
const SETTINGS: [(&str, &[&str]); 12] = [
    (AUDIENCE, &["friends", "public", "private"]),
    (LANGUAGE, &["automatic", "en", "de"]),
    (public::SHOWN, &["on", "off"]),
    (public::INDEXED, &["off", "on"]),
    (ACCESS_DAYS, &["30", "7", "90", "365", "0"]),
    (PHOTO_CACHE, &["2GiB", "256MiB", "1GiB", "8GiB", "32GiB"]),
    ("steps.sign-in", STEP),
    ("steps.friend", STEP),
    ("steps.picture", STEP),
    ("steps.guardians", STEP),
    (IMPORT, &["shown", AWAY, DONE]),
    ("steps.address", STEP),
];

/// Who new posts are for, unless they say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DefaultAudience {
    /// My friends.
    #[default]
    Friends,
    /// Everybody.
    Public,
    /// My own devices.
    Private,
}

impl App {
    /// All settings.
    pub(crate) async fn settings(&self) -> Result<Vec<Setting>, AppError> {
        let settings = self.settings_named(SETTINGS.map(|(name, _)| name));
        Ok(settings.await?.into())
    }

    /// Some settings, in the order of their names, read together.
    pub(crate) async fn settings_named<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[Setting; N], AppError> {
        let mut choices = [&[][..]; N];
        for (choices, name) in choices.iter_mut().zip(names) {
            *choices = choices_of(name)?;
        }
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let chosen = |name: &str| logs.register(&me, register::SETTING, name.as_bytes());
            let chosen = names.into_iter().map(chosen);
            chosen.collect::<Result<Vec<_>, StoreError>>()
        });
        let mut chosen = read.await?.into_iter();
        Ok(std::array::from_fn(|at| {
            setting_of(names[at], choices[at], chosen.next().flatten())
        }))
    }

    /// One setting.
    pub(crate) async fn setting(&self, name: &str) -> Result<Setting, AppError> {
        let choices = choices_of(name)?;
        let chosen = self.register(register::SETTING, name.as_bytes().to_vec());
        Ok(setting_of(name, choices, chosen.await?))
    }

    /// Chooses what a setting is; `None`: as by default.
    pub(crate) async fn set_setting(
        &self,
        name: &str,
        value: Option<&str>,
    ) -> Result<Setting, AppError> {
        let choices = choices_of(name)?;
        if let Some(value) = value
            && !choices.contains(&value)
        {
            return Err(bad_request(said!(
                "setting-value",
                "{name} can't be {value:?}: choose one of {choices}",
                name = name,
                value = value,
                choices = choices.join(", ")
            )));
        }
        let value = value.map(|value| value.as_bytes().to_vec());
        self.set_register(register::SETTING, name.as_bytes().to_vec(), value)
            .await?;
        if name == ACCESS_DAYS {
            self.keep_access_log_for_days().await?;
        }
        self.setting(name).await
    }

    /// How many days the access log goes back.
    pub(super) async fn access_days(&self) -> Result<u64, AppError> {
        let setting = self.setting(ACCESS_DAYS).await?;
        Ok(setting.value.parse().unwrap_or(DAYS_DEFAULT))
    }

    /// How much of others' photos is kept here, in bytes.
    pub(crate) async fn photo_cache_bytes(&self) -> Result<u64, AppError> {
        let setting = self.setting(PHOTO_CACHE).await?;
        Ok(match setting.value.as_str() {
            "256MiB" => 256 << 20,
            "1GiB" => 1 << 30,
            "8GiB" => 8 << 30,
            "32GiB" => 32 << 30,
            _ => 2 << 30,
        })
    }

    /// Who new posts are for, unless they say otherwise.
    pub(crate) async fn default_audience(&self) -> Result<DefaultAudience, AppError> {
        let setting = self.setting(AUDIENCE).await?;
        Ok(match setting.value.as_str() {
            "public" => DefaultAudience::Public,
            "private" => DefaultAudience::Private,
            _ => DefaultAudience::Friends,
        })
    }
}

/// A setting, by what the account chose.
fn setting_of(name: &str, choices: &[&str], chosen: Option<Vec<u8>>) -> Setting {
    let chosen = chosen.and_then(|value| String::from_utf8(value).ok());
    let default = choices.first().copied().unwrap_or_default();
    // What a newer program chose may be nothing that this one knows.
    let value = chosen.filter(|value| choices.contains(&value.as_str()));
    Setting {
        name: name.to_owned(),
        value: value.unwrap_or_else(|| default.to_owned()),
        default: default.to_owned(),
        choices: choices.iter().map(ToString::to_string).collect(),
    }
}

fn choices_of(name: &str) -> Result<&'static [&'static str], AppError> {
    let known = SETTINGS.iter().find(|(known, _)| *known == name);
    known.map(|(_, choices)| *choices).ok_or_else(|| {
        let names: Vec<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
        not_found(said!(
            "setting-unknown",
            "there is no setting {name:?}; there is: {names}",
            name = name,
            names = names.join(", ")
        ))
    })
}
