//! Contents read front to back, chunk by chunk.

use hearth_protocol::codec::DecodeError;
use hearth_protocol::object::list::{Walk, Wanted};
use hearth_protocol::object::{Blob, ObjectId};
use thiserror::Error;
use tokio::sync::{mpsc, watch};

use super::Drive;
use super::pipe::Piece;
use crate::objects::{ObjectError, Objects};

/// Why a content can't be read on.
#[derive(Debug, Error)]
pub(crate) enum ContentError {
    /// It isn't here, and nothing is bringing it.
    #[error(
        "this file's content isn't here: if another device of yours has it, start its node and ask again; else it comes back from your friends, or with `hearth restore`"
    )]
    Missing(#[source] ObjectError),
    /// An object can't be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// What is there isn't what the file says.
    #[error("this file's content is damaged: {0}")]
    Damaged(#[from] DecodeError),
    /// Whoever read it is gone.
    #[error("nobody reads this any more")]
    Abandoned,
}

/// A file's content on its way out.
pub(crate) struct Content<'a> {
    drive: &'a Drive,
    /// Where it goes: once nobody receives there, nothing is waited for.
    reader: mpsc::Sender<Piece>,
    walk: Walk,
    /// Bytes still to be left out.
    skipped: u64,
    /// Bytes still to be given.
    rest: u64,
}

impl<'a> Content<'a> {
    /// `bytes` bytes from `from` on, or as many as there are. What lies before isn't read.
    pub(crate) fn new(
        drive: &'a Drive,
        reader: mpsc::Sender<Piece>,
        blob: Blob,
        from: u64,
        bytes: u64,
    ) -> Self {
        Self {
            drive,
            reader,
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
                Some(Wanted::List(list)) if list.bytes <= self.skipped => {
                    self.skipped -= list.bytes;
                    self.walk.pass();
                }
                Some(Wanted::List(list)) => {
                    let content = self.object(&list.id).await?;
                    self.walk.enter(&content)?;
                }
                Some(Wanted::Chunk(chunk)) if chunk.bytes <= self.skipped => {
                    self.skipped -= chunk.bytes;
                }
                Some(Wanted::Chunk(chunk)) => {
                    let mut content = self.object(&chunk.id).await?;
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

    async fn object(&self, id: &ObjectId) -> Result<Vec<u8>, ContentError> {
        let Drive {
            objects,
            arriving,
            guard,
            ..
        } = self.drive;
        if !objects.has(id) {
            // Not kept: what each device put is in its own backup, and is stored once.
            tokio::select! {
                () = self.reader.closed() => return Err(ContentError::Abandoned),
                fetched = guard.fetch_object(id) => if let Some(sealed) = fetched {
                    return Ok(objects.open_object(*id, sealed).await?);
                }
            }
        }
        object(objects, arriving.clone(), &self.reader, id).await
    }
}

/// An object's content; while packs still arrive, and somebody reads, waits for one that isn't here.
async fn object(
    objects: &Objects,
    mut arriving: watch::Receiver<bool>,
    reader: &mpsc::Sender<Piece>,
    id: &ObjectId,
) -> Result<Vec<u8>, ContentError> {
    loop {
        // Taken before looking, so that nothing arrives unnoticed in between.
        let mut arrivals = objects.arrivals();
        let error = match objects.get(id).await {
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
            () = reader.closed() => return Err(ContentError::Abandoned),
            arrived = arrivals.changed() => arrived.map_err(|_| ObjectError::Closed)?,
            changed = arriving.changed() => changed.map_err(|_| ObjectError::Closed)?,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::home::Home;
    use crate::node;

    #[tokio::test]
    async fn nothing_is_waited_for_once_nobody_reads() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        crate::keyring::told(&home).unwrap();
        let (kept, _) = node::account(&home, Some("Alice"), None).unwrap();
        let (store, _thread) = node::open_store(&home, &kept).await.unwrap();
        let objects = Objects::open(&home, store, kept.account.identity)
            .await
            .unwrap();
        let (arrive, arriving) = watch::channel(true);
        let (pieces, reader) = mpsc::channel(1);
        let id = ObjectId::from_bytes([7; 32]);
        let within = Duration::from_millis(50);
        let waits = object(&objects, arriving.clone(), &pieces, &id);
        tokio::time::timeout(within, waits).await.unwrap_err();
        drop(reader);
        let waits = object(&objects, arriving.clone(), &pieces, &id);
        let ended = tokio::time::timeout(Duration::from_secs(10), waits).await;
        assert!(matches!(ended.unwrap(), Err(ContentError::Abandoned)));
        arrive.send_replace(false);
        let missing = object(&objects, arriving, &pieces, &id).await;
        assert!(matches!(missing, Err(ContentError::Missing(_))));
    }
}
