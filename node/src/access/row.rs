//! Rows: what one asker asked for within a minute, and their bytes.

use hearth_keys::Identity;
use hearth_protocol::codec::{self, Blob};

use super::note::{ABOUT_BYTES_MAX, AGENT_BYTES_MAX, Client, Kind, Net, Outcome, Standing, Who};

/// How many bytes a row may have; far above what one needs.
const ROW_BYTES_MAX: usize = 512;
/// Length and check before each row.
const FRAME_HEAD_BYTES: usize = 6;
const CHECK_CONTEXT: &str = "hearth 2026 access log row v1";

/// What one asker asked for, of one kind and with one outcome, within a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Counts up over all rows of a node, by when each was begun.
    pub(crate) number: u64,
    /// When the first request was answered, ms since 1970.
    pub(crate) from_ms: u64,
    /// When the last one was.
    pub(crate) to_ms: u64,
    /// Who asked.
    pub(crate) who: Who,
    /// For what.
    pub(crate) kind: Kind,
    /// Which of these, where that says something.
    pub(crate) about: String,
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// How many requests these are.
    pub(crate) count: u64,
    /// Things that were given or brought, where these are counted.
    pub(crate) items: u64,
    /// Bytes that were given or brought.
    pub(crate) bytes: u64,
}

/// Number, first and last time; who: a letter, who exactly, network or standing, agent; kind, about, outcome; count, items,
/// bytes.
type Wire = (
    (u64, u64, u64),
    (u8, Blob, Blob, String),
    (u8, String, u8),
    (u64, u64, u64),
);

const OWNER: u8 = b'o';
const OWNER_BY_NAME: u8 = b'O';
const COMMAND: u8 = b'c';
const VISITOR: u8 = b'v';
const VISITOR_BY_NAME: u8 = b'V';
const PEER: u8 = b'p';
const VISITORS: u8 = b'W';
const STRANGERS: u8 = b'S';

fn who_to_wire(who: &Who) -> (u8, Blob, Blob, String) {
    let web = |client: &Client, letter| {
        let net = client.net.map(Net::to_bytes).unwrap_or_default();
        (letter, Blob(Vec::new()), Blob(net), client.agent.clone())
    };
    let nobody = |letter| (letter, Blob(Vec::new()), Blob(Vec::new()), String::new());
    match who {
        Who::Owner(client) if client.by_name => web(client, OWNER_BY_NAME),
        Who::Owner(client) => web(client, OWNER),
        Who::Visitor(client) if client.by_name => web(client, VISITOR_BY_NAME),
        Who::Visitor(client) => web(client, VISITOR),
        Who::Command => nobody(COMMAND),
        Who::Visitors => nobody(VISITORS),
        Who::Strangers => nobody(STRANGERS),
        Who::Peer {
            peer,
            identity,
            standing,
        } => {
            let mut who = vec![match standing {
                Standing::Own => 0,
                Standing::Known => 1,
                Standing::Stranger => 2,
            }];
            who.extend(identity.iter().flat_map(Identity::as_bytes));
            (PEER, Blob(who), Blob(peer.clone()), String::new())
        }
    }
}

fn who_from_wire((letter, id, place, agent): (u8, Blob, Blob, String)) -> Option<Who> {
    let client = |by_name| Client {
        net: Net::from_bytes(&place.0),
        agent: super::note::cut(agent.clone(), AGENT_BYTES_MAX),
        by_name,
    };
    Some(match letter {
        OWNER | OWNER_BY_NAME => Who::Owner(client(letter == OWNER_BY_NAME)),
        VISITOR | VISITOR_BY_NAME => Who::Visitor(client(letter == VISITOR_BY_NAME)),
        COMMAND => Who::Command,
        VISITORS => Who::Visitors,
        STRANGERS => Who::Strangers,
        PEER => {
            let (standing, identity) = id.0.split_first()?;
            let identity: Option<[u8; 32]> = identity.try_into().ok();
            Who::Peer {
                identity: identity.map(Identity::from_bytes),
                standing: match standing {
                    0 => Standing::Own,
                    1 => Standing::Known,
                    _ => Standing::Stranger,
                },
                peer: place.0,
            }
        }
        _ => return None,
    })
}

impl Row {
    fn to_bytes(&self) -> Vec<u8> {
        let wire: Wire = (
            (
                self.number,
                self.from_ms,
                self.to_ms.saturating_sub(self.from_ms),
            ),
            who_to_wire(&self.who),
            (self.kind.code(), self.about.clone(), self.outcome.code()),
            (self.count, self.items, self.bytes),
        );
        codec::encode(&wire)
    }

    /// None where it says something that this version doesn't know.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let wire: Wire = codec::decode(bytes, ROW_BYTES_MAX).ok()?;
        let ((number, from_ms, lasting_ms), who, (kind, about, outcome), (count, items, bytes)) =
            wire;
        Some(Self {
            number,
            from_ms,
            to_ms: from_ms.saturating_add(lasting_ms),
            who: who_from_wire(who)?,
            kind: Kind::from_code(kind)?,
            about: super::note::cut(about, ABOUT_BYTES_MAX),
            outcome: Outcome::from_code(outcome)?,
            count,
            items,
            bytes,
        })
    }

    /// The row as it lies in a file: its length, the beginning of a hash, and what it says.
    pub(super) fn put_into(&self, file: &mut Vec<u8>) {
        let bytes = self.to_bytes();
        let length = u16::try_from(bytes.len()).expect("a row's texts are cut");
        file.extend_from_slice(&length.to_be_bytes());
        file.extend_from_slice(&check(&bytes));
        file.extend_from_slice(&bytes);
    }
}

fn check(bytes: &[u8]) -> [u8; 4] {
    let hash = blake3::Hasher::new_derive_key(CHECK_CONTEXT)
        .update(bytes)
        .finalize();
    let [a, b, c, d, ..] = *hash.as_bytes();
    [a, b, c, d]
}

/// All rows that can be read in the bytes of a file, and how many of these bytes are frames. What is damaged is left out; where
/// a length makes no sense nothing after it is read.
pub(super) fn rows_in(file: &[u8]) -> (Vec<Row>, usize) {
    let (mut rows, mut at) = (Vec::new(), 0);
    while let Some(head) = file.get(at..at + FRAME_HEAD_BYTES) {
        let length = usize::from(u16::from_be_bytes([head[0], head[1]]));
        let begin = at + FRAME_HEAD_BYTES;
        let Some(bytes) = file.get(begin..begin + length) else {
            break;
        };
        if length == 0 || length > ROW_BYTES_MAX {
            break;
        }
        if check(bytes) == head[2..] {
            rows.extend(Row::from_bytes(bytes));
        }
        at = begin + length;
    }
    (rows, at)
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn any_who() -> impl Strategy<Value = Who> {
        let client = (any::<[u8; 4]>(), "[A-Za-z ]{0,20}", any::<bool>()).prop_map(
            |(ip, agent, by_name)| Client {
                net: Net::around(ip.into()),
                agent,
                by_name,
            },
        );
        let standing = prop_oneof![
            Just(Standing::Own),
            Just(Standing::Known),
            Just(Standing::Stranger)
        ];
        prop_oneof![
            client.clone().prop_map(Who::Owner),
            client.prop_map(Who::Visitor),
            Just(Who::Command),
            Just(Who::Visitors),
            Just(Who::Strangers),
            (any::<[u8; 38]>(), any::<Option<[u8; 32]>>(), standing).prop_map(
                |(peer, identity, standing)| Who::Peer {
                    peer: peer.to_vec(),
                    identity: identity.map(Identity::from_bytes),
                    standing,
                }
            ),
        ]
    }

    prop_compose! {
        pub(crate) fn any_row()(
            number in any::<u64>(), from_ms in 0_u64..1 << 50, lasting_ms in 0_u64..60_000, who in any_who(),
            kind in prop::sample::select(Kind::ALL), about in "[a-z/@é]{0,30}",
            outcome in prop_oneof![Just(Outcome::Answered), Just(Outcome::Refused), Just(Outcome::Failed)],
            count in any::<u64>(), items in any::<u64>(), bytes in any::<u64>(),
        ) -> Row {
            Row { number, from_ms, to_ms: from_ms + lasting_ms, who, kind, about, outcome, count, items, bytes }
        }
    }

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written(rows in prop::collection::vec(any_row(), 0..8)) {
            let mut file = Vec::new();
            rows.iter().for_each(|row| row.put_into(&mut file));
            prop_assert_eq!(rows_in(&file), (rows, file.len()));
        }

        #[test]
        fn whatever_lies_in_a_file_is_read_or_left_out(file in prop::collection::vec(any::<u8>(), 0..600)) {
            let (_, read) = rows_in(&file);
            prop_assert!(read <= file.len());
        }

        #[test]
        fn a_wrong_byte_costs_what_it_is_in_and_no_row_is_invented(
            rows in prop::collection::vec(any_row(), 1..6), at in any::<prop::sample::Index>(), flip in 1_u8..,
        ) {
            let mut file = Vec::new();
            rows.iter().for_each(|row| row.put_into(&mut file));
            let at = at.index(file.len());
            file[at] ^= flip;
            let (read, _) = rows_in(&file);
            prop_assert!(read.iter().all(|row| rows.contains(row)));
            prop_assert!(read.len() < rows.len());
        }

        #[test]
        fn a_file_that_breaks_off_keeps_its_whole_rows(
            rows in prop::collection::vec(any_row(), 1..6), at in any::<prop::sample::Index>(),
        ) {
            let mut file = Vec::new();
            rows.iter().for_each(|row| row.put_into(&mut file));
            let (read, whole) = rows_in(&file[..at.index(file.len())]);
            prop_assert_eq!(&read[..], &rows[..read.len()]);
            prop_assert!(whole <= file.len());
        }
    }
}
