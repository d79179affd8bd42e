//! The folders of the databases that hold bytes, and the few of them that are open.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::ShardsError;
use crate::home::sync_folder;
use crate::store::bulk::Bulk;
use crate::store::db::DbError;

const PREFIX: &str = "gen-";
const DAMAGED_SUFFIX: &str = "-damaged";
/// Folders that are being removed.
const DROPPED_SUFFIX: &str = "-dropped";
/// Damaged ones that are kept for whoever wants to look.
const DAMAGED_MAX: usize = 2;
/// Databases open at once, the one that is written among them. Each takes about 12 MiB.
const OPEN_MAX: usize = 3;

/// All databases of bytes, by their numbers.
#[derive(Debug)]
pub(super) struct Generations {
    dir: PathBuf,
    /// The one used last is the last.
    open: Vec<(u32, Bulk)>,
}

impl Generations {
    /// Looks after `dir`, and finishes removals that were cut short.
    pub(super) fn new(dir: &Path) -> Result<Generations, ShardsError> {
        let generations = Generations {
            dir: dir.to_owned(),
            open: Vec::new(),
        };
        for (number, suffix) in generations.folders()? {
            if suffix == DROPPED_SUFFIX {
                fs::remove_dir_all(generations.path(number, DROPPED_SUFFIX))?;
            }
        }
        Ok(generations)
    }

    /// Numbers and what is behind them of all folders of ours.
    fn folders(&self) -> Result<BTreeSet<(u32, String)>, ShardsError> {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            let rest = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            let Some(rest) = rest else { continue };
            let digits = rest.find('-').unwrap_or(rest.len());
            if let Ok(number) = rest[..digits].parse() {
                found.insert((number, rest[digits..].to_owned()));
            }
        }
        Ok(found)
    }

    /// The databases that there are.
    pub(super) fn numbers(&self) -> Result<Vec<u32>, ShardsError> {
        let folders = self.folders()?.into_iter();
        let usable = folders.filter(|(_, suffix)| suffix.is_empty());
        Ok(usable.map(|(number, _)| number).collect())
    }

    /// A number that none has, and none had that is still to be seen.
    pub(super) fn unused(&self) -> Result<u32, ShardsError> {
        let last = self.folders()?.into_iter().next_back();
        let number = last.map_or(Some(1), |(number, _)| number.checked_add(1));
        number.ok_or_else(|| ShardsError::Damaged {
            what: "a database's number is too high".into(),
        })
    }

    fn path(&self, number: u32, suffix: &str) -> PathBuf {
        self.dir.join(format!("{PREFIX}{number:06}{suffix}"))
    }

    /// Begins a database; it is there after a power cut, too.
    pub(super) fn create(&mut self, number: u32) -> Result<(), ShardsError> {
        let bulk = Bulk::create(&self.path(number, ""))?;
        sync_folder(&self.dir).map_err(|error| ShardsError::Io(std::io::Error::other(error)))?;
        self.keep_open(number, bulk);
        Ok(())
    }

    /// A database, opened if it isn't.
    pub(super) fn bulk(&mut self, number: u32) -> Result<&Bulk, DbError> {
        match self.open.iter().position(|(open, _)| *open == number) {
            Some(at) => self.open[at..].rotate_left(1),
            None => {
                let bulk = Bulk::open(&self.path(number, ""))?;
                self.keep_open(number, bulk);
            }
        }
        let (_, bulk) = self.open.last().expect("put there just now");
        Ok(bulk)
    }

    fn keep_open(&mut self, number: u32, bulk: Bulk) {
        if self.open.len() >= OPEN_MAX {
            self.open.remove(0);
        }
        self.open.push((number, bulk));
    }

    /// Closes a database, if it is open.
    pub(super) fn close(&mut self, number: u32) {
        self.open.retain(|(open, _)| *open != number);
    }

    /// Removes a database of which nothing is needed any more.
    pub(super) fn remove(&mut self, number: u32) -> Result<(), ShardsError> {
        self.close(number);
        let going = self.path(number, DROPPED_SUFFIX);
        match fs::rename(self.path(number, ""), &going) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed?,
        }
        Ok(fs::remove_dir_all(going)?)
    }

    /// Puts a database that can't be opened out of the way, and forgets the oldest such.
    pub(super) fn set_aside(&mut self, number: u32) -> Result<(), ShardsError> {
        self.close(number);
        match fs::rename(self.path(number, ""), self.path(number, DAMAGED_SUFFIX)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            renamed => renamed?,
        }
        let folders = self.folders()?.into_iter().rev();
        let damaged = folders.filter(|(_, suffix)| suffix == DAMAGED_SUFFIX);
        for (number, _) in damaged.skip(DAMAGED_MAX) {
            fs::remove_dir_all(self.path(number, DAMAGED_SUFFIX))?;
        }
        Ok(())
    }

    /// What a database takes on disk.
    pub(super) fn size_on_disk(&self, number: u32) -> Result<u64, ShardsError> {
        let path = self.path(number, "");
        if path.is_dir() {
            Ok(crate::store::bulk::size_on_disk(&path)?)
        } else {
            Ok(0)
        }
    }
}
