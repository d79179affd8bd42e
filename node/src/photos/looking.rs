//! A picture's file, of its objects.

use hearth_protocol::content::Photo;
use hearth_protocol::object::ObjectId;
use hearth_protocol::object::list::{Walk, Wanted};

use super::{PhotoError, PhotoSize};

/// Objects of one picture that are looked at: who posts smaller pieces posts nothing.
pub(super) const PIECES_MAX: usize = 256;

/// What comes next of a picture that is put together.
pub(super) enum Next {
    /// This object's sealed bytes are needed.
    Need(ObjectId),
    /// That is all.
    Whole(Vec<u8>),
}

/// A picture while it is put together: front to back, each object checked.
pub(super) struct Looking {
    photo: Photo,
    walk: Walk,
    bytes: Vec<u8>,
    length: usize,
    pieces: usize,
    wanted: Option<Wanted>,
}

impl Looking {
    pub(super) fn at(photo: &Photo, size: PhotoSize) -> Self {
        let blob = size.of(photo).blob;
        Self {
            photo: photo.clone(),
            walk: Walk::new(blob),
            bytes: Vec::new(),
            // A file of a photo is bounded by what an entry may say.
            length: usize::try_from(blob.bytes).unwrap_or(usize::MAX),
            pieces: 0,
            wanted: None,
        }
    }

    pub(super) fn next(&mut self) -> Result<Next, PhotoError> {
        if self.pieces > PIECES_MAX {
            return Err(PhotoError::Broken);
        }
        self.wanted = self.walk.next_wanted();
        match self.wanted {
            Some(Wanted::List(item) | Wanted::Chunk(item)) => Ok(Next::Need(item.id)),
            None if self.bytes.len() == self.length => {
                Ok(Next::Whole(std::mem::take(&mut self.bytes)))
            }
            None => Err(PhotoError::Broken),
        }
    }

    /// Takes the sealed bytes of what was needed.
    pub(super) fn take(&mut self, sealed: &[u8]) -> Result<(), PhotoError> {
        let (Some(Wanted::List(item) | Wanted::Chunk(item)), wanted) = (self.wanted, self.wanted)
        else {
            return Err(PhotoError::Broken);
        };
        self.pieces += 1;
        let content = self.photo.key.objects().open_as(&item.id, sealed);
        let content = content.map_err(|_| PhotoError::Broken)?;
        if matches!(wanted, Some(Wanted::List(_))) {
            return self.walk.enter(&content).map_err(|_| PhotoError::Broken);
        }
        if content.len() as u64 != item.bytes || self.bytes.len() + content.len() > self.length {
            return Err(PhotoError::Broken);
        }
        self.bytes.extend_from_slice(&content);
        Ok(())
    }
}

/// A picture whose objects are all at hand.
pub(super) fn open(
    photo: &Photo,
    size: PhotoSize,
    find: impl Fn(&ObjectId) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, PhotoError> {
    let mut looking = Looking::at(photo, size);
    loop {
        match looking.next()? {
            Next::Need(id) => looking.take(&find(&id).ok_or(PhotoError::Broken)?)?,
            Next::Whole(bytes) => return Ok(bytes),
        }
    }
}
