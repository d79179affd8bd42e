//! Pack files: their names, and reading them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use hearth_protocol::pack::{RECORD_HEAD_BYTES, RecordKind, records};

use super::index::Spot;
use super::{ObjectError, ObjectId, PackKind};
use crate::home::{PrivateFile, sync_folder};
use crate::store::objects::Item;

const PREFIX: &str = "pack-";
/// What the names of files that aren't whole begin with.
const UNFINISHED_PREFIX: &str = ".pack-";
/// What is read of a record at once, as its length isn't known: all of a small one.
const FIRST_READ_BYTES: usize = 4 << 10;

/// The file of a pack.
pub(super) fn pack_path(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("{PREFIX}{number:08}"))
}

/// The packs whose files are in `dir`, with their lengths, ascending; what was never finished is removed.
pub(super) fn list(dir: &Path) -> io::Result<Vec<(u32, u64)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        if name.starts_with(UNFINISHED_PREFIX) {
            fs::remove_file(entry.path())?;
        } else if let Some(number) = name.strip_prefix(PREFIX).and_then(|text| text.parse().ok())
            && pack_path(dir, number) == entry.path()
        {
            found.push((number, entry.metadata()?.len()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Why a record wasn't read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The file isn't there.
    Gone,
    /// What lies there isn't what was asked for.
    Damaged,
    /// The system.
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Gone,
            io::ErrorKind::UnexpectedEof => Self::Damaged,
            _ => Self::Io(error),
        }
    }
}

/// The bytes of the object `id` at `spot`, which are what the id says.
pub(super) fn read_object(dir: &Path, spot: Spot, id: &ObjectId) -> Result<Vec<u8>, ReadError> {
    let file = File::open(pack_path(dir, spot.pack))?;
    let mut bytes = vec![0; FIRST_READ_BYTES];
    let read = read_some(&file, &mut bytes, spot.offset.into())?;
    bytes.truncate(read);
    let (named, length) = head_of(&bytes).ok_or(ReadError::Damaged)?;
    if named != *id.as_bytes() || length > super::PAYLOAD_BYTES_MAX {
        return Err(ReadError::Damaged);
    }
    let end = RECORD_HEAD_BYTES + length;
    let had = bytes.len().min(end);
    bytes.resize(end, 0);
    file.read_exact_at(&mut bytes[had..], u64::from(spot.offset) + had as u64)?;
    bytes.drain(..RECORD_HEAD_BYTES);
    if ObjectId::of(&bytes) == *id {
        Ok(bytes)
    } else {
        Err(ReadError::Damaged)
    }
}

/// The id and the length that a record's head says.
fn head_of(bytes: &[u8]) -> Option<([u8; 32], usize)> {
    let head: &[u8; RECORD_HEAD_BYTES] = bytes.first_chunk()?;
    let length = u32::from_be_bytes(*head[1..].first_chunk()?);
    Some((*head[5..].first_chunk()?, usize::try_from(length).ok()?))
}

/// Fills the buffer as far as the file goes.
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], offset + read as u64) {
            Ok(0) => break,
            Ok(some) => read += some,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// The first `bytes` of a pack's file.
pub(super) fn read_pack(dir: &Path, number: u32, bytes: u32) -> Result<Vec<u8>, ReadError> {
    let file = File::open(pack_path(dir, number))?;
    let mut payload = vec![0; usize::try_from(bytes).expect("a pack fits memory")];
    file.read_exact_at(&mut payload, 0)?;
    Ok(payload)
}

/// What lies in a payload, up to its end or to where nothing more can be told apart.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// What kind of pack it is; one without records has none.
    pub(super) kind: Option<PackKind>,
    /// What lies in it, up to the last record that is what it says.
    pub(super) items: Vec<Item>,
    /// How long these are together.
    pub(super) bytes: u32,
    /// Those of them that aren't what they say.
    pub(super) damaged: Vec<ObjectId>,
    /// Whether anything else follows them, that isn't padding.
    pub(super) is_cut_off: bool,
}

impl Contents {
    /// Whether nothing is wrong.
    pub(super) fn is_whole(&self) -> bool {
        self.damaged.is_empty() && !self.is_cut_off
    }
}

/// Reads what lies in a payload, padded or not, and checks that it is what it says.
pub(super) fn contents(payload: &[u8]) -> Contents {
    read_contents(payload, true)
}

/// The same, up to the first record that isn't what it says: of what nobody was told is durable, nothing behind it counts.
pub(super) fn sound_contents(payload: &[u8]) -> Contents {
    read_contents(payload, false)
}

fn read_contents(payload: &[u8], goes_past_damage: bool) -> Contents {
    let mut contents = Contents::default();
    // Those since the last good one: the end of a file that wasn't written as a whole, unless another good one follows.
    let (mut unsure, mut damaged) = (Vec::new(), Vec::new());
    for record in records(payload) {
        let Ok(record) = record else {
            contents.is_cut_off = true;
            break;
        };
        unsure.push(Item {
            id: *record.id.as_bytes(),
            bytes: u32::try_from(record.bytes.len()).expect("a record is shorter than a pack"),
        });
        if record.verify().is_err() {
            if !goes_past_damage {
                break;
            }
            damaged.push(ObjectId::from_bytes(*record.id.as_bytes()));
            continue;
        }
        let kind = match record.kind {
            RecordKind::Object => Some(PackKind::Data),
            RecordKind::Segment | RecordKind::Contents => Some(PackKind::Logs),
            RecordKind::Newer(_) => None,
        };
        contents.kind = contents.kind.or(kind);
        contents.items.append(&mut unsure);
        contents.damaged.append(&mut damaged);
        contents.bytes = u32::try_from(record.end()).expect("a payload is shorter than 4 GiB");
    }
    contents.is_cut_off |= !unsure.is_empty();
    contents
}

/// Writes a whole pack's file, durably, in place of one that is there.
pub(super) fn write_pack(dir: &Path, number: u32, payload: &[u8]) -> Result<(), ObjectError> {
    let mut file = PrivateFile::create(&pack_path(dir, number))?;
    file.write_all(payload)?;
    Ok(file.commit()?)
}

/// Removes a pack's file, durably, if it is there.
pub(super) fn remove_pack(dir: &Path, number: u32) -> Result<(), ObjectError> {
    match fs::remove_file(pack_path(dir, number)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(sync_folder(dir)?),
    }
}
