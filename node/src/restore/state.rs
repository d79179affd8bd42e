//! What a home knows of its restore between two processes: `restore.json`, without any secret.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::status::Done;
use crate::home::{Home, HomeError, write_private};

const STATE_FILE: &str = "restore.json";
const STATE_VERSION: u8 = 1;

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Step {
    /// The root is to be found, which takes the phrase.
    Phrase,
    /// The rest comes by itself.
    Packs,
    /// Nothing: everything is here.
    Done,
}

/// A restore, from one process to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(super) version: u8,
    /// `hearth1…`
    pub(crate) identity: String,
    /// What comes next.
    pub(crate) step: Step,
    /// The folder that it comes from; friends where there is none.
    pub(crate) folder: Option<PathBuf>,
    /// When it was begun, ms since 1970.
    pub(crate) begun_ms: u64,
    /// The snapshot's number, once there is one.
    pub(crate) snapshot: u64,
    /// Its root's name, 64 hex digits, once there is one.
    pub(crate) root: String,
    /// Whether it was named rather than being the newest.
    pub(crate) is_chosen: bool,
    /// Whether the old device is still to be cut off, which takes the phrase.
    pub(crate) is_cut_due: bool,
    /// The nodes that hold the snapshot, or a log that tells of it.
    pub(crate) witnesses: Vec<String>,
    /// What it came to.
    pub(crate) done: Option<Done>,
}

impl State {
    /// A restore that begins.
    pub(crate) fn new(identity: String, folder: Option<PathBuf>, now_ms: u64) -> Self {
        Self {
            version: STATE_VERSION,
            identity,
            step: Step::Phrase,
            folder,
            begun_ms: now_ms,
            snapshot: 0,
            root: String::new(),
            is_chosen: false,
            is_cut_due: false,
            witnesses: Vec::new(),
            done: None,
        }
    }

    /// The restore of `home`, if there is or was one.
    ///
    /// # Errors
    /// [`HomeError`] when the file can't be read or makes no sense.
    pub(crate) fn read(home: &Home) -> Result<Option<Self>, HomeError> {
        let path = path(home.dir());
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                let what = "read";
                return Err(HomeError::Io { what, path, source });
            }
        };
        let state: Self =
            serde_json::from_slice(&text).map_err(|_| HomeError::Damaged { path: path.clone() })?;
        if state.version != STATE_VERSION {
            return Err(HomeError::Damaged { path });
        }
        Ok(Some(state))
    }

    /// Keeps it, durably.
    ///
    /// # Errors
    /// [`HomeError`]
    pub(crate) fn write(&self, home: &Home) -> Result<(), HomeError> {
        let text = serde_json::to_vec(self).expect("text and numbers are JSON");
        write_private(&path(home.dir()), &text)
    }

    /// Forgets that there was one.
    ///
    /// # Errors
    /// [`HomeError`]
    pub(crate) fn remove(home: &Home) -> Result<(), HomeError> {
        let path = path(home.dir());
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(HomeError::Io {
                what: "remove",
                path,
                source,
            }),
            _ => crate::home::sync_folder(home.dir()),
        }
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join(STATE_FILE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_restore_is_remembered_and_a_newer_form_isnt_guessed_at() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        assert_eq!(State::read(&home).unwrap(), None);
        let mut state = State::new("hearth1x".into(), Some("/media/stick".into()), 7);
        state.step = Step::Packs;
        state.write(&home).unwrap();
        assert_eq!(State::read(&home).unwrap(), Some(state.clone()));
        state.version = STATE_VERSION + 1;
        state.write(&home).unwrap();
        assert!(matches!(State::read(&home), Err(HomeError::Damaged { .. })));
        State::remove(&home).unwrap();
        assert_eq!(State::read(&home).unwrap(), None);
    }
}
