//! Photos that were chosen and aren't in a post yet.
//!
//! Each is a file of sealed objects. What opens them is in memory alone, so that drafts end with the process and a stolen
//! disk tells nothing of photos that nobody posted.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hearth_protocol::codec::Hex;
use hearth_protocol::content::Photo;
use hearth_protocol::object::{Object, ObjectId};
use rand_core::Rng;

use super::PhotoError;

/// Drafts that are kept: the oldest goes first.
pub(super) const DRAFTS_MAX: usize = 64;
/// How long one is kept.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Bytes of a name: nobody guesses one.
const NAME_BYTES: usize = 16;

#[derive(Debug)]
struct Draft {
    photo: Photo,
    /// What lies in the file, in its order, and how long each is.
    objects: Vec<(ObjectId, usize)>,
    since: Instant,
}

/// All drafts.
#[derive(Debug)]
pub(super) struct Drafts {
    dir: PathBuf,
    known: Mutex<BTreeMap<String, Draft>>,
}

impl Drafts {
    /// None, in this folder: what another process left there nobody can open.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        match fs::remove_dir_all(dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        super::cache::make_folder(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            known: Mutex::default(),
        })
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Draft>> {
        // A panic elsewhere can't have left the map half-changed: it is changed by whole values.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a photo's objects; gives the draft's name.
    pub(super) fn keep(&self, photo: Photo, objects: &[Object]) -> Result<String, PhotoError> {
        let mut name = [0; NAME_BYTES];
        crate::rng::system().fill_bytes(&mut name);
        let name = Hex(&name).to_string();
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.dir.join(&name))?;
        let written = objects
            .iter()
            .try_for_each(|object| file.write_all(&object.bytes));
        if let Err(error) = written {
            let _ = fs::remove_file(self.dir.join(&name));
            return Err(error.into());
        }
        let lengths = objects.iter();
        let draft = Draft {
            photo,
            objects: lengths
                .map(|object| (object.id, object.bytes.len()))
                .collect(),
            since: Instant::now(),
        };
        self.known().insert(name.clone(), draft);
        self.tidy(Instant::now());
        Ok(name)
    }

    /// A draft's photo and objects.
    pub(super) fn read(&self, name: &str) -> Result<(Photo, Vec<Object>), PhotoError> {
        self.tidy(Instant::now());
        // Names that aren't known never reach the disk.
        let (photo, parts) = {
            let known = self.known();
            let draft = known.get(name).ok_or(PhotoError::NoDraft)?;
            (draft.photo.clone(), draft.objects.clone())
        };
        let bytes = match fs::read(self.dir.join(name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(PhotoError::NoDraft);
            }
            Err(error) => return Err(error.into()),
        };
        let mut rest = &bytes[..];
        let mut objects = Vec::with_capacity(parts.len());
        for (id, length) in parts {
            let (object, after) = rest.split_at_checked(length).ok_or(PhotoError::NoDraft)?;
            if ObjectId::of(object) != id {
                return Err(PhotoError::NoDraft);
            }
            let bytes = object.to_vec();
            objects.push(Object { id, bytes });
            rest = after;
        }
        Ok((photo, objects))
    }

    /// Lets a draft go.
    pub(super) fn forget(&self, name: &str) {
        if self.known().remove(name).is_some() {
            let _ = fs::remove_file(self.dir.join(name));
        }
    }

    /// Lets go of what is too old or too much.
    fn tidy(&self, now: Instant) {
        let mut gone = Vec::new();
        {
            let mut known = self.known();
            let is_old = |draft: &Draft| now.saturating_duration_since(draft.since) > KEPT_FOR;
            gone.extend(
                known
                    .extract_if(.., |_, draft| is_old(draft))
                    .map(|(name, _)| name),
            );
            while known.len() > DRAFTS_MAX {
                let oldest = known.iter().min_by_key(|(_, draft)| draft.since);
                let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                    break;
                };
                known.remove(&name);
                gone.push(name);
            }
        }
        for name in gone {
            let _ = fs::remove_file(self.dir.join(name));
        }
    }
}
