//! What the drive was: which device said so, what is gone from a folder, and whether that only went elsewhere.

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::drive::{FolderId, Name, Node};
use hearth_protocol::entry::Place;

use super::drive::{Age, Version, name_in, written_at};
use super::logs::{Logs, StoreError, damaged};
use super::rows::Handle;

/// A word on a name, and where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// What the name was from then on.
    pub(crate) version: Version,
    /// The entry that says so.
    pub(crate) place: Place,
}

impl Word {
    /// The device that wrote it.
    pub(crate) fn device(&self) -> DeviceId {
        self.place.log.device
    }
}

/// A name that is gone from its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gone {
    /// The name.
    pub(crate) name: Name,
    /// Since when.
    pub(crate) age: Age,
    /// What it was last.
    pub(crate) was: Node,
}

impl Logs {
    fn word(&self, name: Option<Name>, row: &[u8]) -> Result<Word, StoreError> {
        let (log, seq): (Handle, u64) = written_at(row)?;
        let log = *self
            .by_handle
            .get(&log)
            .ok_or_else(|| damaged("a file's log"))?;
        Ok(Word {
            version: self.version(name, row)?,
            place: Place { log, seq },
        })
    }

    /// What a name in a folder is and was, newest first, at most `limit` versions, but always what it is, each with the entry that
    /// says so.
    pub(crate) fn drive_words(
        &self,
        identity: &Identity,
        folder: &FolderId,
        name: &Name,
        limit: usize,
    ) -> Result<Vec<Word>, StoreError> {
        let Some(author) = self.author(identity) else {
            return Ok(Vec::new());
        };
        let rows = self.rows_of_name(author, folder, name)?;
        rows.take(limit.max(1))
            .map(|row| self.word(Some(name.clone()), &row?))
            .collect()
    }

    /// Whether the entry that took a name away, or gave it to something else, put what it stood for elsewhere.
    pub(crate) fn drive_went_elsewhere(
        &self,
        ending: &Word,
        was: &Node,
    ) -> Result<bool, StoreError> {
        let changes = self.changes_at(&ending.place)?.unwrap_or_default();
        let index = usize::try_from(ending.version.age.index).unwrap_or(usize::MAX);
        let mut others = changes.iter().enumerate().filter(|(at, _)| *at != index);
        Ok(others.any(|(_, change)| change.node.as_ref() == Some(was)))
    }

    /// What is gone from a folder and lies nowhere else since, by name, of the next `rows` names after `after`; and after
    /// which name to go on, if there may be more.
    pub(crate) fn drive_gone(
        &self,
        identity: &Identity,
        folder: &FolderId,
        after: Option<&Name>,
        rows: usize,
    ) -> Result<(Vec<Gone>, Option<Name>), StoreError> {
        let mut gone = Vec::new();
        let Some(author) = self.author(identity) else {
            return Ok((gone, None));
        };
        for (row, scanned) in self.rows_of_folder(author, folder, after).zip(1..) {
            let (key, row) = row?;
            let version = self.version(name_in(&key), &row)?;
            let name = version.name.clone();
            if version.node.is_none()
                && let Some(was) = self.before(author, folder, &name)?
                && !self.drive_went_elsewhere(&self.word(Some(name.clone()), &row)?, &was)?
            {
                let (name, age) = (name.clone(), version.age);
                gone.push(Gone { name, age, was });
            }
            if scanned >= rows {
                return Ok((gone, Some(name)));
            }
        }
        Ok((gone, None))
    }

    /// What a name was before its newest word.
    fn before(
        &self,
        author: Handle,
        folder: &FolderId,
        name: &Name,
    ) -> Result<Option<Node>, StoreError> {
        for row in self.rows_before(author, folder, name) {
            let version = self.version(Some(name.clone()), &row?)?;
            if version.node.is_some() {
                return Ok(version.node);
            }
        }
        Ok(None)
    }
}
