//! Runs: neighbouring entries of one log, without what follows from their neighbours.
//!
//! In a run, an entry costs its signature, its time and its body; identity, device, log, sequence, previous id, body
//! hash and whether the body lasts are computed. [`Run::chain`] does that; [`LogState::admit`](crate::log::LogState::admit) decides whether the
//! result is authentic and belongs.

use hearth_keys::{DeviceId, Identity, Signature};
use serde::{Deserialize, Serialize};

use crate::body::is_lasting;
use crate::bounds::{
    BODY_BYTES_MAX, LOG_NUMBER_MAX, MESSAGE_BYTES_MAX, RUN_ENTRIES_MAX, SEQUENCE_MAX,
};
use crate::codec::{self, BlobOr, Bytes, DecodeError};
use crate::entry::{Entry, EntryId, Header, LogKey, LogNumber, Place};

/// Neighbouring entries of one log, as they travel and lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The log.
    pub log: LogKey,
    /// The first entry's sequence.
    pub first_seq: u64,
    /// The id of the entry before the first one.
    pub previous: EntryId,
    /// 1 to 1,024 entries, ascending.
    pub items: Vec<RunItem>,
}

/// What of an entry doesn't follow from its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunItem {
    /// The time that its author claims, ms since 1970.
    pub time_ms: u64,
    /// Its signature.
    pub signature: Signature,
    /// Its body.
    pub body: RunBody,
}

/// A body, or what its header says of one that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunBody {
    /// The body.
    Present(Vec<u8>),
    /// Deleted; only a tombstone makes that true, and of a lasting body nothing does: its header is another one.
    Gone {
        /// BLAKE3 of what it was.
        hash: [u8; 32],
        /// Its length.
        bytes: u32,
    },
}

type ItemTuple = (u64, Bytes<64>, BlobOr<(Bytes<32>, u32)>);

/// (identity, device, log, first sequence, previous id, items)
#[derive(Serialize, Deserialize)]
pub(crate) struct RunTuple(
    Bytes<32>,
    Bytes<32>,
    LogNumber,
    u64,
    Bytes<32>,
    Vec<ItemTuple>,
);

impl Run {
    /// The last entry's sequence.
    pub fn last_seq(&self) -> u64 {
        self.first_seq + self.items.len() as u64 - 1
    }

    /// Entries of one log as a run; `None` when there are none, or they aren't neighbours in ascending order.
    pub fn of_links(links: &[Link]) -> Option<Self> {
        let first = &links.first()?.entry;
        let Place { log, seq } = first.place();
        let places = (seq..).map(|seq| Place { log, seq });
        let neighbours = links
            .iter()
            .zip(places)
            .all(|(link, place)| link.entry.place() == place);
        neighbours.then(|| Self {
            log,
            first_seq: seq,
            previous: first.header().previous,
            items: links.iter().map(Link::to_item).collect(),
        })
    }

    pub(crate) fn to_tuple(&self) -> RunTuple {
        let LogKey {
            identity,
            device,
            log,
        } = self.log;
        let items = self.items.iter().map(|item| {
            let body = match &item.body {
                RunBody::Present(body) => BlobOr::Blob(body.clone()),
                RunBody::Gone { hash, bytes } => BlobOr::Other((Bytes(*hash), *bytes)),
            };
            (item.time_ms, Bytes(*item.signature.as_bytes()), body)
        });
        let previous = Bytes(*self.previous.as_bytes());
        let items = items.collect();
        RunTuple(
            Bytes(*identity.as_bytes()),
            Bytes(*device.as_bytes()),
            log,
            self.first_seq,
            previous,
            items,
        )
    }

    pub(crate) fn from_tuple(tuple: RunTuple) -> Result<Self, DecodeError> {
        let RunTuple(identity, device, log, first_seq, previous, items) = tuple;
        if items.is_empty() || items.len() > RUN_ENTRIES_MAX {
            return Err(DecodeError::Invalid("a run has 1 to 1,024 entries"));
        }
        let in_bounds = first_seq <= SEQUENCE_MAX
            && SEQUENCE_MAX - first_seq >= items.len() as u64 - 1
            && log.number() <= LOG_NUMBER_MAX;
        if !in_bounds {
            return Err(DecodeError::Invalid("the run is out of bounds"));
        }
        let items = items.into_iter().map(|(time_ms, signature, body)| {
            let body = match body {
                BlobOr::Blob(body) => RunBody::Present(body),
                BlobOr::Other((hash, bytes)) => RunBody::Gone {
                    hash: hash.0,
                    bytes,
                },
            };
            RunItem {
                time_ms,
                signature: Signature::from_bytes(signature.0),
                body,
            }
        });
        let identity = Identity::from_bytes(identity.0);
        let log = LogKey {
            identity,
            device: DeviceId::from_bytes(device.0),
            log,
        };
        Ok(Self {
            log,
            first_seq,
            previous: EntryId::from_bytes(previous.0),
            items: items.collect(),
        })
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(&self.to_tuple())
    }

    /// Reads a run; nothing is checked but its shape and where it begins.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_tuple(codec::decode(bytes, MESSAGE_BYTES_MAX)?)
    }

    /// Computes every header and id: a hash or two an entry. Refuses what is out of bounds; checks no signature.
    pub fn chain(self) -> Result<Chain, DecodeError> {
        let mut previous = self.previous;
        let mut links = Vec::with_capacity(self.items.len());
        for (item, seq) in self.items.into_iter().zip(self.first_seq..) {
            let (body_hash, body_bytes, lasts, body) = match item.body {
                RunBody::Present(body) => {
                    let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
                    let lasts = is_lasting(&body);
                    (*blake3::hash(&body).as_bytes(), bytes, lasts, Some(body))
                }
                RunBody::Gone { hash, bytes } => (hash, bytes, false, None),
            };
            let place = Place { log: self.log, seq };
            let header = Header {
                place,
                previous,
                time_ms: item.time_ms,
                body_hash,
                body_bytes,
                lasts,
            };
            header.check_bounds()?;
            let entry = Entry::new(header, item.signature);
            previous = entry.id();
            links.push(Link { entry, body });
        }
        Ok(Chain {
            log: self.log,
            links,
        })
    }
}

/// An entry in a chain, with its body while there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The entry.
    pub entry: Entry,
    /// Its body; `None` is a claim that it was deleted.
    pub body: Option<Vec<u8>>,
}

impl Link {
    /// The form in which it travels beside its neighbours.
    fn to_item(&self) -> RunItem {
        let header = self.entry.header();
        let body = match &self.body {
            Some(body) => RunBody::Present(body.clone()),
            None => RunBody::Gone {
                hash: header.body_hash,
                bytes: header.body_bytes,
            },
        };
        RunItem {
            time_ms: header.time_ms,
            signature: *self.entry.signature(),
            body,
        }
    }
}

/// A run whose entries name each other and their bodies. Not yet authentic: that takes a signature or a successor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    log: LogKey,
    links: Vec<Link>,
}

impl Chain {
    /// The log.
    pub const fn log(&self) -> LogKey {
        self.log
    }

    /// The entries, ascending; at least one.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The entries themselves.
    pub fn into_links(self) -> Vec<Link> {
        self.links
    }

    /// The first entry.
    pub fn first(&self) -> &Entry {
        &self
            .links
            .first()
            .expect("a chain has at least one entry")
            .entry
    }

    /// The last entry.
    pub fn last(&self) -> &Entry {
        &self
            .links
            .last()
            .expect("a chain has at least one entry")
            .entry
    }

    /// The first sequence.
    pub fn first_seq(&self) -> u64 {
        self.first().place().seq
    }

    /// The last sequence.
    pub fn last_seq(&self) -> u64 {
        self.last().place().seq
    }

    /// The entry at a sequence that the chain covers.
    pub fn at(&self, seq: u64) -> Option<&Link> {
        let index = usize::try_from(seq.checked_sub(self.first_seq())?).ok()?;
        self.links.get(index)
    }

    /// The chain up to and including `seq`; `None` when nothing is left.
    pub fn up_to(mut self, seq: u64) -> Option<Self> {
        let keep = seq.checked_add(1)?.checked_sub(self.first_seq())?;
        self.links
            .truncate(usize::try_from(keep).unwrap_or(usize::MAX));
        if self.links.is_empty() {
            None
        } else {
            Some(self)
        }
    }

    /// Back to the form that travels.
    pub fn to_run(&self) -> Run {
        Run::of_links(&self.links).expect("a chain's entries are neighbours")
    }
}

/// Bodies longer than this can't be in any run.
pub const fn body_fits(body_bytes: usize) -> bool {
    body_bytes > 0 && body_bytes <= BODY_BYTES_MAX
}
