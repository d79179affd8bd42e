//! What others posted, as far as it was had and there is room: a file for each object, sealed as it came.
//!
//! Nothing here is ever needed: a file that is gone or altered is had again. So nothing is synced, and what lies in the
//! folder is all that is known of it at the next start.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use hearth_protocol::object::ObjectId;

/// How much is kept unless the account's setting says otherwise: 2 GiB.
const BYTES_MAX_DEFAULT: u64 = 2 << 30;
/// Objects that are kept, however small.
const OBJECTS_MAX: usize = 200_000;
/// What a file takes besides its bytes, about.
const FILE_COST_BYTES: u64 = 4096;
/// How a file begins that isn't whole.
const PASSING: &str = ".new-";
/// A use within this time of the last one isn't noted on the disk.
const NOTED_EVERY: Duration = Duration::from_secs(60 * 60);

/// What is known of one object.
#[derive(Debug, Clone, Copy)]
struct Kept {
    bytes: u64,
    /// Counts up with each use.
    used: u64,
    /// When the last use was noted on the disk.
    noted: SystemTime,
}

#[derive(Debug)]
struct Shelf {
    objects: BTreeMap<ObjectId, Kept>,
    by_use: BTreeMap<u64, ObjectId>,
    bytes: u64,
    bytes_max: u64,
    uses: u64,
}

/// The cache. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Cache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    shelf: Mutex<Shelf>,
}

/// Makes a folder that is one's own.
pub(super) fn make_folder(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn cost(bytes: u64) -> u64 {
    bytes + FILE_COST_BYTES
}

impl Shelf {
    fn insert(&mut self, id: ObjectId, bytes: u64, noted: SystemTime) {
        self.remove(&id);
        self.uses += 1;
        let used = self.uses;
        self.objects.insert(id, Kept { bytes, used, noted });
        self.by_use.insert(used, id);
        self.bytes += cost(bytes);
    }

    fn remove(&mut self, id: &ObjectId) -> bool {
        let Some(kept) = self.objects.remove(id) else {
            return false;
        };
        self.by_use.remove(&kept.used);
        self.bytes -= cost(kept.bytes);
        true
    }

    /// What has to go so that the rest fits, what was used longest ago first.
    fn surplus(&mut self) -> Vec<ObjectId> {
        let mut gone = Vec::new();
        while self.bytes > self.bytes_max || self.objects.len() > OBJECTS_MAX {
            let Some((_, id)) = self.by_use.first_key_value() else {
                break;
            };
            let id = *id;
            self.remove(&id);
            gone.push(id);
        }
        gone
    }
}

impl Cache {
    /// What lies in a folder, which is made where it isn't there.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        make_folder(dir)?;
        let mut found = Vec::new();
        for part in fs::read_dir(dir)? {
            let part = part?;
            let name = part.file_name();
            let id = name.to_str().and_then(|name| name.parse::<ObjectId>().ok());
            match (id, part.metadata()) {
                (Some(id), Ok(meta)) if meta.is_file() => {
                    let noted = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    found.push((noted, id, meta.len()));
                }
                _ if name.to_string_lossy().starts_with(PASSING) => {
                    let _ = fs::remove_file(part.path());
                }
                _ => {}
            }
        }
        found.sort();
        let mut shelf = Shelf {
            objects: BTreeMap::new(),
            by_use: BTreeMap::new(),
            bytes: 0,
            bytes_max: BYTES_MAX_DEFAULT,
            uses: 0,
        };
        for (noted, id, bytes) in found {
            shelf.insert(id, bytes, noted);
        }
        let cache = Self(Arc::new(Inner {
            dir: dir.to_owned(),
            shelf: Mutex::new(shelf),
        }));
        cache.shrink();
        Ok(cache)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // Nothing panics half-way through a change of the shelf.
        self.0.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, id: &ObjectId) -> PathBuf {
        self.0.dir.join(id.to_string())
    }

    /// How much may be kept, in bytes.
    pub(super) fn limit(&self, bytes: u64) {
        self.shelf().bytes_max = bytes;
        self.shrink();
    }

    fn shrink(&self) {
        let surplus = self.shelf().surplus();
        for id in surplus {
            let _ = fs::remove_file(self.path(&id));
        }
    }

    /// Whether an object is kept, as far as is known without reading it.
    pub(super) fn has(&self, id: &ObjectId) -> bool {
        self.shelf().objects.contains_key(id)
    }

    /// An object's sealed bytes, if they are kept and are what the id names. Blocks.
    pub(crate) fn read(&self, id: &ObjectId) -> Option<Vec<u8>> {
        let (kept, now) = (*self.shelf().objects.get(id)?, SystemTime::now());
        let path = self.path(id);
        let bytes = fs::read(&path)
            .ok()
            .filter(|bytes| ObjectId::of(bytes) == *id);
        let Some(bytes) = bytes else {
            self.remove(id);
            return None;
        };
        let is_due = now
            .duration_since(kept.noted)
            .is_ok_and(|passed| passed > NOTED_EVERY);
        if is_due && let Ok(file) = OpenOptions::new().append(true).open(&path) {
            let _ = file.set_modified(now);
        }
        let noted = if is_due { now } else { kept.noted };
        let mut shelf = self.shelf();
        if shelf.objects.contains_key(id) {
            shelf.insert(*id, bytes.len() as u64, noted);
        }
        Some(bytes)
    }

    /// Keeps an object's sealed bytes, which are what the id names; what was used longest ago goes. Blocks.
    pub(super) fn keep(&self, id: ObjectId, bytes: &[u8]) -> io::Result<()> {
        if self.has(&id) {
            return Ok(());
        }
        let passing = self.0.dir.join(format!("{PASSING}{id}"));
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(true).mode(0o600);
        let written = options
            .open(&passing)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| fs::rename(&passing, self.path(&id)));
        if let Err(error) = written {
            let _ = fs::remove_file(&passing);
            return Err(error);
        }
        self.shelf()
            .insert(id, bytes.len() as u64, SystemTime::now());
        self.shrink();
        Ok(())
    }

    /// Lets an object go.
    pub(super) fn remove(&self, id: &ObjectId) {
        if self.shelf().remove(id) {
            let _ = fs::remove_file(self.path(id));
        }
    }

    /// How much is kept, in bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        self.shelf().bytes
    }
}
