//! Contents read front to back, chunk by chunk.

use hearth_protocol::codec::DecodeError;
use hearth_protocol::object::list::{Walk, Wanted};
use hearth_protocol::object::{Blob, ObjectId};
use thiserror::Error;

use super::Drive;
use crate::objects::ObjectError;

/// Why a content can't be read on.
#[derive(Debug, Error)]
pub(crate) enum ContentError {
    /// It isn't here, and nothing is bringing it.
    #[error(
        "this file's content isn't here yet: it comes back from your friends, or with `hearth restore`"
    )]
    Missing(#[source] ObjectError),
    /// An object can't be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// What is there isn't what the file says.
    #[error("this file's content is damaged: {0}")]
    Damaged(#[from] DecodeError),
}

/// A file's content on its way out.
pub(crate) struct Content<'a> {
    drive: &'a Drive,
    walk: Walk,
    /// Bytes still to be left out.
    skipped: u64,
    /// Bytes still to be given.
    rest: u64,
}

impl<'a> Content<'a> {
    /// `bytes` bytes from `from` on, or as many as there are. What lies before isn't read.
    pub(crate) fn new(drive: &'a Drive, blob: Blob, from: u64, bytes: u64) -> Self {
        Self {
            drive,
            walk: Walk::new(blob),
            skipped: from,
            rest: bytes.min(blob.bytes.saturating_sub(from)),
        }
    }

    /// The next part; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<u8>>, ContentError> {
        while self.rest > 0 {
            match self.walk.next_wanted() {
                None => return Err(DecodeError::Invalid("it ends before its length").into()),
                Some(Wanted::List(list)) => {
                    let content = self.drive.object(&list.id).await?;
                    self.walk.enter(&content)?;
                }
                Some(Wanted::Chunk(chunk)) if chunk.bytes <= self.skipped => {
                    self.skipped -= chunk.bytes;
                }
                Some(Wanted::Chunk(chunk)) => {
                    let mut content = self.drive.object(&chunk.id).await?;
                    if content.len() as u64 != chunk.bytes {
                        return Err(DecodeError::Invalid("a chunk has another length").into());
                    }
                    let start = usize::try_from(self.skipped).unwrap_or(content.len());
                    content.drain(..start.min(content.len()));
                    self.skipped = 0;
                    if content.len() as u64 > self.rest {
                        content.truncate(usize::try_from(self.rest).unwrap_or(usize::MAX));
                    }
                    self.rest -= content.len() as u64;
                    return Ok(Some(content));
                }
            }
        }
        Ok(None)
    }
}

impl Drive {
    /// An object's content; while packs still arrive, waits for one that isn't here.
    async fn object(&self, id: &ObjectId) -> Result<Vec<u8>, ContentError> {
        let mut arriving = self.arriving.clone();
        loop {
            // Taken before looking, so that nothing arrives unnoticed in between.
            let mut arrivals = self.objects.arrivals();
            let error = match self.objects.get(id).await {
                Ok(content) => return Ok(content),
                Err(error @ (ObjectError::Missing { .. } | ObjectError::Damaged { .. })) => error,
                Err(error) => return Err(error.into()),
            };
            if !*arriving.borrow_and_update() {
                return Err(match error {
                    missing @ ObjectError::Missing { .. } => ContentError::Missing(missing),
                    damaged => damaged.into(),
                });
            }
            tokio::select! {
                arrived = arrivals.changed() => arrived.map_err(|_| ObjectError::Closed)?,
                changed = arriving.changed() => changed.map_err(|_| ObjectError::Closed)?,
            }
        }
    }
}
