//! Content becomes objects, by all processors, and back.

use std::sync::RwLock;
use std::thread::available_parallelism;

use hearth_protocol::object::{self, Object, ObjectKey, Sealer};
use hearth_protocol::pack::{RECORD_HEAD_BYTES, RecordKind, record_head};
use tokio::sync::Semaphore;

use super::{ObjectError, ObjectId, Objects, blocking};

/// Batches that are sealed at a time: what is sealed waits in memory.
const BATCHES_MAX: usize = 2;
/// Less than this isn't worth another thread.
const PART_BYTES_MIN: usize = 256 << 10;
/// Earlier keys under which content is looked for that is put again.
const EARLIER_KEYS_MAX: usize = 4;
/// Threads for one batch.
const PARTS_MAX: usize = 8;

/// The account's keys, the newest first.
pub(super) struct Keys {
    known: RwLock<Vec<ObjectKey>>,
    places: Semaphore,
}

/// A record that isn't in a pack yet.
pub(super) struct Sealed {
    pub(super) id: ObjectId,
    pub(super) head: [u8; RECORD_HEAD_BYTES],
    pub(super) bytes: Vec<u8>,
}

impl Sealed {
    pub(super) fn object(object: Object) -> Result<Self, ObjectError> {
        let Object { id, bytes } = object;
        let (head, _) = record_head(RecordKind::Object, &bytes).map_err(|_| too_long(&bytes))?;
        Ok(Self { id, head, bytes })
    }

    pub(super) fn record(kind: RecordKind, bytes: Vec<u8>) -> Result<Self, ObjectError> {
        let (head, id) = record_head(kind, &bytes).map_err(|_| too_long(&bytes))?;
        Ok(Self { id, head, bytes })
    }
}

fn too_long(bytes: &[u8]) -> ObjectError {
    object::ObjectError::TooLong(bytes.len()).into()
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            places: Semaphore::new(BATCHES_MAX),
        }
    }
}

impl Keys {
    fn all(&self) -> Vec<ObjectKey> {
        self.known
            .read()
            .expect("nobody panics with the keys")
            .clone()
    }
}

impl Objects {
    /// Asks the store for the keys: a new generation may have begun, or the first one come.
    async fn fetch_keys(&self) -> Result<Vec<ObjectKey>, ObjectError> {
        let identity = self.0.identity;
        let spaces = self
            .0
            .store
            .read(move |logs| Ok(logs.private_keys(&identity)))
            .await?;
        let keys: Vec<ObjectKey> = spaces.iter().map(ObjectKey::of).collect();
        keys.clone_into(
            &mut self
                .0
                .keys
                .known
                .write()
                .expect("nobody panics with the keys"),
        );
        Ok(keys)
    }

    /// Compresses, seals and names content, in its order.
    pub(super) async fn seal_all(
        &self,
        contents: Vec<Vec<u8>>,
    ) -> Result<Vec<Sealed>, ObjectError> {
        let keys = self.fetch_keys().await?;
        let (key, earlier) = keys.split_first().ok_or(ObjectError::NoKey)?;
        let earlier = &earlier[..earlier.len().min(EARLIER_KEYS_MAX)];
        let _place = self
            .0
            .keys
            .places
            .acquire()
            .await
            .map_err(|_| ObjectError::Closed)?;
        let parts: Vec<_> = parts(contents)
            .into_iter()
            .map(|part| {
                let mut sealer = Sealer::new(key.clone());
                let (objects, earlier) = (self.clone(), earlier.to_vec());
                tokio::spawn(blocking(move || {
                    seal_part(&mut sealer, (&earlier, |id| objects.has(id)), part)
                }))
            })
            .collect();
        let mut sealed = Vec::new();
        for part in parts {
            sealed.extend(part.await.map_err(|_| ObjectError::Closed)??);
        }
        Ok(sealed)
    }

    /// Opens an object whose bytes are what its id says.
    pub(crate) async fn open_object(
        &self,
        id: ObjectId,
        bytes: Vec<u8>,
    ) -> Result<Vec<u8>, ObjectError> {
        let known = self.0.keys.all();
        let (bytes, opened) = blocking(move || Ok(open_with(&known, bytes))).await?;
        if let Some(content) = opened? {
            return Ok(content);
        }
        let keys = self.fetch_keys().await?;
        if keys.is_empty() {
            return Err(ObjectError::NoKey);
        }
        let (_, opened) = blocking(move || Ok(open_with(&keys, bytes))).await?;
        tracing::debug!(%id, "an object opened with a newer key, or not");
        opened?.ok_or(ObjectError::Content(object::ObjectError::Open(
            hearth_keys::OpenError,
        )))
    }
}

/// Seals contents under the present key, but for those that an earlier key sealed into an object which is here: whoever has
/// that key could read it already, and what names it is sealed anew.
fn seal_part(
    sealer: &mut Sealer,
    (earlier, is_here): (&[ObjectKey], impl Fn(&ObjectId) -> bool),
    contents: Vec<Vec<u8>>,
) -> Result<Vec<Sealed>, ObjectError> {
    let mut seal = |content: Vec<u8>| {
        let object = sealer.seal(&content)?;
        if earlier.is_empty() || is_here(&object.id) {
            return Sealed::object(object);
        }
        let mut known = earlier.iter().map(|key| sealer.seal_again(key));
        Sealed::object(known.find(|known| is_here(&known.id)).unwrap_or(object))
    };
    contents.into_iter().map(&mut seal).collect()
}

type Opened = Result<Option<Vec<u8>>, object::ObjectError>;

/// The content, by the first key that opens it; and the object again.
fn open_with(keys: &[ObjectKey], object: Vec<u8>) -> (Vec<u8>, Opened) {
    for key in keys {
        match key.open(&object) {
            Ok(content) => return (object, Ok(Some(content))),
            Err(object::ObjectError::Open(_)) => {}
            Err(error) => return (object, Err(error)),
        }
    }
    (object, Ok(None))
}

/// Cuts a batch into neighbouring parts of about the same length, one a processor.
fn parts(contents: Vec<Vec<u8>>) -> Vec<Vec<Vec<u8>>> {
    let threads = available_parallelism()
        .map_or(1, usize::from)
        .min(PARTS_MAX);
    let bytes: usize = contents.iter().map(Vec::len).sum();
    let part_bytes = bytes.div_ceil(threads).max(PART_BYTES_MIN);
    let (mut parts, mut room) = (Vec::new(), 0);
    for content in contents {
        if parts.is_empty() || room == 0 {
            parts.push(Vec::new());
            room = part_bytes;
        }
        room = room.saturating_sub(content.len().max(1));
        parts.last_mut().expect("one was just added").push(content);
    }
    parts
}
