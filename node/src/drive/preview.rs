//! Pictures in the drive, decoded and encoded anew so that they can be shown: never a file's own bytes. The newest stay in
//! memory, and what couldn't be decoded isn't tried again and again.

use crate::said::said;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth_protocol::object::ObjectId;
use tokio::sync::Semaphore;

use super::Drive;
use super::glance::whole;
use super::path::DrivePath;
use crate::app::model::{AppError, ErrorKind};
use crate::media::{self, Encoded, MediaError};

/// Memory for pictures that may be asked for again.
const KEPT_BYTES_MAX: usize = 32 << 20;
/// How many outcomes are kept, pictures or not.
const KEPT_MAX: usize = 2_000;
/// What an outcome takes beside its bytes.
const OUTCOME_BYTES: usize = 256;

/// How many files may be in memory at once to be decoded, and how long one may take to get there.
const FILES_MAX: usize = 2;
const READ_TIME_MAX: Duration = Duration::from_secs(30);

/// How large a preview is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PreviewSize {
    /// To be shown among others.
    Small,
    /// To be looked at.
    Full,
}

/// A picture that this node encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preview {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// Changes with the file's content.
    pub(crate) tag: String,
}

type Key = (ObjectId, bool);
type Outcome = Result<Arc<Encoded>, MediaError>;

/// What became of pictures, the newest last.
#[derive(Debug)]
pub(super) struct Previews {
    kept: Mutex<VecDeque<(Key, Outcome)>>,
    /// A permit for each file that may be in memory to be decoded.
    turns: Semaphore,
}

impl Default for Previews {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            turns: Semaphore::new(FILES_MAX),
        }
    }
}

impl Previews {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Key, Outcome)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: Key) -> Option<Outcome> {
        let mut kept = self.lock();
        let at = kept.iter().position(|(one, _)| *one == key)?;
        let found = kept.remove(at)?;
        let outcome = found.1.clone();
        kept.push_back(found);
        Some(outcome)
    }

    fn keep(&self, key: Key, outcome: Outcome) {
        // These say something of now, not of the picture.
        if matches!(outcome, Err(MediaError::Busy | MediaError::TooSlow)) {
            return;
        }
        let mut kept = self.lock();
        kept.retain(|(one, _)| *one != key);
        kept.push_back((key, outcome));
        let weight = |outcome: &Outcome| {
            let bytes = outcome.as_ref().map_or(0, |picture| picture.bytes.len());
            bytes + OUTCOME_BYTES
        };
        let mut bytes: usize = kept.iter().map(|(_, outcome)| weight(outcome)).sum();
        while bytes > KEPT_BYTES_MAX || kept.len() > KEPT_MAX {
            let Some((_, oldest)) = kept.pop_front() else {
                break;
            };
            bytes -= weight(&oldest);
        }
    }
}

impl Drive {
    /// A file's picture; an error of the kind "not found" where the path leads to a folder or link.
    pub(crate) async fn preview(
        &self,
        path: DrivePath,
        version: Option<u64>,
        size: PreviewSize,
    ) -> Result<Preview, AppError> {
        let look = self.read(path.clone(), version, 0, 0).await?;
        let look = look.ok_or_else(|| AppError {
            kind: ErrorKind::NotFound,
            message: said!("preview-none", "only files have a preview"),
        })?;
        let root = look.root;
        let wanted = (root, size == PreviewSize::Full);
        let outcome = match self.previews.find(wanted) {
            Some(outcome) => outcome,
            None => self.decode(path, version, wanted).await?,
        };
        let picture = outcome.map_err(AppError::from)?;
        Ok(Preview {
            bytes: picture.bytes.clone(),
            media_type: picture.kind.content_type(),
            tag: super::get::tag(&root),
        })
    }
}

impl Drive {
    /// Decodes a file's picture and keeps both sizes.
    async fn decode(
        &self,
        path: DrivePath,
        version: Option<u64>,
        (root, is_full): Key,
    ) -> Result<Outcome, AppError> {
        let _turn = self.previews.turns.acquire().await;
        // Somebody may have had the same wish and the turn before.
        if let Some(outcome) = self.previews.find((root, is_full)) {
            return Ok(outcome);
        }
        let most = media::FILE_BYTES_MAX as u64;
        let reading = self.read(path, version, 0, most).await?;
        let reading = reading.filter(|reading| reading.root == root);
        let reading = reading.ok_or_else(|| AppError {
            kind: ErrorKind::Failed,
            message: said!(
                "file-changed-now",
                "the file was changed at this very moment: ask for it again"
            ),
        })?;
        if reading.bytes > most {
            return Ok(Err(MediaError::TooLong));
        }
        let prepared = media::prepare(whole(reading, READ_TIME_MAX).await?).await;
        let (full, small) = match prepared {
            Ok(made) => (Ok(Arc::new(made.full)), Ok(Arc::new(made.small))),
            Err(error) => (Err(error.clone()), Err(error)),
        };
        self.previews.keep((root, true), full.clone());
        self.previews.keep((root, false), small.clone());
        Ok(if is_full { full } else { small })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::media::Kind;

    #[test]
    fn what_is_kept_is_bounded_and_the_newest_stays() {
        let previews = Previews::default();
        let key = |number: u16| {
            let mut id = [0; 32];
            id[..2].copy_from_slice(&number.to_be_bytes());
            (ObjectId::from_bytes(id), true)
        };
        let picture = |bytes: usize| {
            Ok(Arc::new(Encoded {
                bytes: vec![0; bytes],
                kind: Kind::Jpeg,
                width: 1,
                height: 1,
            }))
        };
        for number in 0..40 {
            previews.keep(key(number), picture(1 << 20));
            // Who is asked for stays.
            assert!(previews.find(key(0)).is_some());
        }
        let held: usize = previews
            .lock()
            .iter()
            .map(|(_, outcome)| outcome.as_ref().unwrap().bytes.len())
            .sum();
        assert!((24 << 20..=KEPT_BYTES_MAX).contains(&held), "{held}");
        assert!(previews.find(key(1)).is_none() && previews.find(key(39)).is_some());
        for number in 0..3_000 {
            previews.keep(key(number), Err(MediaError::Broken));
        }
        assert_eq!(previews.lock().len(), KEPT_MAX);
        previews.keep(key(9_000), Err(MediaError::Busy));
        assert!(previews.find(key(9_000)).is_none());
    }
}
