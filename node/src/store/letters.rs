//! Rows of letters: who knocked, what waits for a way to its recipient, which letters were read, and what is kept for
//! friends. In no log; what other devices should know stands in registers.

use hearth_keys::{BoxPublic, Identity};
use hearth_protocol::bounds::LETTER_BYTES_MAX;
use hearth_protocol::codec::{Blob, Bytes, decode_trusted, encode};
use hearth_protocol::letter::JoinRefusal;

use super::batch::VALUE_BYTES_MAX;
use super::db::Batch;
use super::logs::{Logs, StoreError};
use super::rows::namespace;

const KNOCKS: u8 = 0;
const OUTBOX: u8 = 1;
const READ: u8 = 2;
const KEPT: u8 = 3;
const KEPT_PIECES: u8 = 4;
const REFUSALS: u8 = 5;

/// Who knocked and waits for an answer, remembered of one account.
pub(crate) const KNOCKS_MAX: usize = 256;
/// What is remembered of ways to who knocked, in bytes.
const KNOCK_ADDRESSES_BYTES_MAX: usize = 1_200;
/// The length of the pieces of a sealed letter: no row may be much longer.
const PIECE_BYTES: usize = 3_000;

/// Somebody who knocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnockRow {
    /// When, by their clock, ms since 1970.
    pub(crate) time_ms: u64,
    /// When it came, ms since 1970.
    pub(crate) received_ms: u64,
    /// What they call themselves.
    pub(crate) name: String,
    /// What they said.
    pub(crate) text: String,
    /// The friend whose node handed it over, if it was one's.
    pub(crate) through: Option<Identity>,
    /// Where their node listens.
    pub(crate) addresses: Vec<String>,
    /// What an answer is sealed to.
    pub(crate) inbox: (u32, BoxPublic),
}

/// Who sent a letter, and its id.
pub(crate) type LetterKey = (Identity, [u8; 16]);

/// (time, received, name, text, through, addresses, inbox generation, inbox key)
type KnockTuple = (
    u64,
    u64,
    String,
    String,
    Option<Bytes<32>>,
    Vec<String>,
    u32,
    Bytes<32>,
);

/// An answer that waits for a way to its recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AnswerRow {
    /// For whom.
    pub(crate) to: Identity,
    /// The letter's id.
    pub(crate) id: [u8; 16],
    /// When it was written, ms since 1970.
    pub(crate) time_ms: u64,
    /// The inbox key that they named.
    pub(crate) inbox: (u32, BoxPublic),
    /// What it says.
    pub(crate) answer: Answer,
}

/// What can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// To a knock.
    Accepted,
    /// To who wants to join a space.
    Refused {
        /// Which one.
        space: [u8; 32],
        /// By which invitation.
        invite: [u8; 16],
        /// Why not.
        reason: JoinRefusal,
    },
}

/// (to, id, time, inbox generation, inbox key, what)
type AnswerTuple = (Bytes<32>, Bytes<16>, u64, u32, Bytes<32>, RefusedTuple);
/// (space, invitation, why), unless it is an acceptance
type RefusedTuple = Option<(Bytes<32>, Bytes<16>, u8)>;

/// A letter that is kept for a friend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptRow {
    /// For whom.
    pub(crate) to: Identity,
    /// The first 16 bytes of BLAKE3 of it.
    pub(crate) hash: [u8; 16],
    /// When it came, ms since 1970.
    pub(crate) received_ms: u64,
    /// The friend whose node left it.
    pub(crate) from: Identity,
    /// How often it was handed over; what was isn't held any longer.
    pub(crate) handed: u8,
}

/// (received, from, handed)
type KeptTuple = (u64, Bytes<32>, u8);

/// Why an account can't join a space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefusalRow {
    /// By which invitation.
    pub(crate) invite: [u8; 16],
    /// Why not.
    pub(crate) reason: JoinRefusal,
}

fn key(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![namespace::LETTERS, kind];
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

/// As many addresses as a row has room for.
fn few(addresses: &[String]) -> Vec<String> {
    let mut room = KNOCK_ADDRESSES_BYTES_MAX;
    let fits = |address: &&String| {
        let takes = address.len() + 3;
        let fits = takes <= room;
        room -= if fits { takes } else { 0 };
        fits
    };
    addresses.iter().filter(fits).cloned().collect()
}

impl Logs {
    /// Who knocked at an account and waits for an answer, by identity.
    pub(crate) fn knock_rows(
        &self,
        account: &Identity,
    ) -> Result<Vec<(Identity, KnockRow)>, StoreError> {
        let mut knocks = Vec::new();
        for row in self.db.prefixed(&key(KNOCKS, &[account.as_bytes()])) {
            let (key, value) = row?;
            let Some(from) = key.last_chunk() else {
                continue;
            };
            let (time_ms, received_ms, name, text, through, addresses, generation, inbox): KnockTuple =
                decode_trusted(&value, VALUE_BYTES_MAX)?;
            let knock = KnockRow {
                time_ms,
                received_ms,
                name,
                text,
                through: through.map(|identity| Identity::from_bytes(identity.0)),
                addresses,
                inbox: (generation, BoxPublic::from_bytes(inbox.0)),
            };
            knocks.push((Identity::from_bytes(*from), knock));
        }
        Ok(knocks)
    }

    /// Who knocked at an account, [`KNOCKS_MAX`] at most.
    pub(crate) fn knockers(&self, account: &Identity) -> Result<Vec<Identity>, StoreError> {
        let rows = self.db.prefixed(&key(KNOCKS, &[account.as_bytes()]));
        let mut knockers = Vec::new();
        for row in rows {
            let from = row?.0.last_chunk().map(|from| Identity::from_bytes(*from));
            knockers.extend(from);
        }
        Ok(knockers)
    }

    /// Whether somebody knocked at an account.
    pub(crate) fn has_knocked(
        &self,
        account: &Identity,
        from: &Identity,
    ) -> Result<bool, StoreError> {
        let row = key(KNOCKS, &[account.as_bytes(), from.as_bytes()]);
        Ok(self.db.value(&row)?.is_some())
    }

    /// Remembers who knocked; their newest word counts. Where there are too many, the oldest one that no friend handed
    /// over gives way, and else the oldest.
    pub(crate) fn keep_knock(
        &mut self,
        account: &Identity,
        from: &Identity,
        knock: &KnockRow,
    ) -> Result<(), StoreError> {
        let held = self.knock_rows(account)?;
        let known = held.iter().find(|(known, _)| known == from);
        if known.is_some_and(|(_, known)| known.time_ms >= knock.time_ms) {
            return Ok(());
        }
        let mut batch = Batch::default();
        if known.is_none() && held.len() >= KNOCKS_MAX {
            let least = held
                .iter()
                .min_by_key(|(_, held)| (held.through.is_some(), held.received_ms));
            if let Some((least, row)) = least {
                if row.through.is_some() && knock.through.is_none() {
                    return Ok(());
                }
                batch.remove(key(KNOCKS, &[account.as_bytes(), least.as_bytes()]));
            }
        }
        let row: KnockTuple = (
            knock.time_ms,
            knock.received_ms,
            knock.name.clone(),
            knock.text.clone(),
            knock.through.map(|identity| Bytes(*identity.as_bytes())),
            few(&knock.addresses),
            knock.inbox.0,
            Bytes(*knock.inbox.1.as_bytes()),
        );
        batch.insert(
            key(KNOCKS, &[account.as_bytes(), from.as_bytes()]),
            encode(&row),
        );
        self.notify_of_person(&mut batch, account, from, knock.received_ms)?;
        self.apply(batch)
    }

    /// Forgets that somebody knocked.
    pub(crate) fn drop_knock(
        &mut self,
        account: &Identity,
        from: &Identity,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.remove(key(KNOCKS, &[account.as_bytes(), from.as_bytes()]));
        self.apply(batch)
    }

    /// What an account answered, and isn't known to have arrived.
    pub(crate) fn answer_rows(&self, account: &Identity) -> Result<Vec<AnswerRow>, StoreError> {
        let rows = self.db.prefixed(&key(OUTBOX, &[account.as_bytes()]));
        rows.map(|row| {
            let (to, id, time_ms, generation, inbox, refused): AnswerTuple =
                decode_trusted(&row?.1, VALUE_BYTES_MAX)?;
            let answer = match refused {
                None => Answer::Accepted,
                Some((space, invite, reason)) => Answer::Refused {
                    space: space.0,
                    invite: invite.0,
                    reason: JoinRefusal::from_code(reason),
                },
            };
            Ok(AnswerRow {
                to: Identity::from_bytes(to.0),
                id: id.0,
                time_ms,
                inbox: (generation, BoxPublic::from_bytes(inbox.0)),
                answer,
            })
        })
        .collect()
    }

    /// Keeps an answer until it has arrived. `most` may wait at a time: the oldest gives way.
    pub(crate) fn keep_answer(
        &mut self,
        account: &Identity,
        row: &AnswerRow,
        most: usize,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let mut held = self.answer_rows(account)?;
        held.retain(|held| held.id != row.id);
        held.sort_by_key(|held| held.time_ms);
        let excess = (held.len() + 1).saturating_sub(most);
        for old in held.iter().take(excess) {
            batch.remove(key(OUTBOX, &[account.as_bytes(), &old.id]));
        }
        let refused: RefusedTuple = match row.answer {
            Answer::Accepted => None,
            Answer::Refused {
                space,
                invite,
                reason,
            } => Some((Bytes(space), Bytes(invite), reason.code())),
        };
        let tuple: AnswerTuple = (
            Bytes(*row.to.as_bytes()),
            Bytes(row.id),
            row.time_ms,
            row.inbox.0,
            Bytes(*row.inbox.1.as_bytes()),
            refused,
        );
        batch.insert(key(OUTBOX, &[account.as_bytes(), &row.id]), encode(&tuple));
        self.apply(batch)
    }

    /// An answer has arrived, or never will.
    pub(crate) fn drop_answer(
        &mut self,
        account: &Identity,
        id: &[u8; 16],
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.remove(key(OUTBOX, &[account.as_bytes(), id]));
        self.apply(batch)
    }

    /// The letters that were read, by sender and id, and when they came.
    pub(crate) fn letters_read(
        &self,
        account: &Identity,
    ) -> Result<Vec<(LetterKey, u64)>, StoreError> {
        let mut read = Vec::new();
        for row in self.db.prefixed(&key(READ, &[account.as_bytes()])) {
            let (key, value) = row?;
            let (received_ms,): (u64,) = decode_trusted(&value, VALUE_BYTES_MAX)?;
            let Some((rest, id)) = key.split_last_chunk::<16>() else {
                continue;
            };
            if let Some(from) = rest.last_chunk() {
                read.push(((Identity::from_bytes(*from), *id), received_ms));
            }
        }
        Ok(read)
    }

    /// Remembers that a letter was read, and forgets of `gone` that they were.
    pub(crate) fn note_letter_read(
        &mut self,
        account: &Identity,
        (from, id): &LetterKey,
        received_ms: u64,
        gone: &[LetterKey],
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let row =
            |from: &Identity, id: &[u8; 16]| key(READ, &[account.as_bytes(), from.as_bytes(), id]);
        for (from, id) in gone {
            batch.remove(row(from, id));
        }
        batch.insert(row(from, id), encode(&(received_ms,)));
        self.apply(batch)
    }

    /// What is kept for friends.
    pub(crate) fn kept_letters(&self) -> Result<Vec<KeptRow>, StoreError> {
        let mut kept = Vec::new();
        for row in self.db.prefixed(&key(KEPT, &[])) {
            let (key, value) = row?;
            let (received_ms, from, handed): KeptTuple = decode_trusted(&value, VALUE_BYTES_MAX)?;
            let Some((rest, hash)) = key.split_last_chunk::<16>() else {
                continue;
            };
            if let Some(to) = rest.last_chunk() {
                kept.push(KeptRow {
                    to: Identity::from_bytes(*to),
                    hash: *hash,
                    received_ms,
                    from: Identity::from_bytes(from.0),
                    handed,
                });
            }
        }
        Ok(kept)
    }

    /// Writes down what is kept: a new letter with its bytes, or, without them, what changed of one that is.
    pub(crate) fn keep_letter(
        &mut self,
        row: &KeptRow,
        sealed: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let tuple: KeptTuple = (row.received_ms, Bytes(*row.from.as_bytes()), row.handed);
        batch.insert(key(KEPT, &[row.to.as_bytes(), &row.hash]), encode(&tuple));
        for (number, piece) in (0u8..).zip(sealed.unwrap_or_default().chunks(PIECE_BYTES)) {
            let piece_key = key(KEPT_PIECES, &[row.to.as_bytes(), &row.hash, &[number]]);
            batch.insert(piece_key, encode(&(Blob(piece.to_vec()),)));
        }
        self.apply(batch)
    }

    /// The bytes of a letter that is kept.
    pub(crate) fn kept_letter(
        &self,
        to: &Identity,
        hash: &[u8; 16],
    ) -> Result<Vec<u8>, StoreError> {
        let mut sealed = Vec::new();
        for row in self.db.prefixed(&key(KEPT_PIECES, &[to.as_bytes(), hash])) {
            let (piece,): (Blob,) = decode_trusted(&row?.1, VALUE_BYTES_MAX)?;
            sealed.extend_from_slice(&piece.0);
            if sealed.len() > LETTER_BYTES_MAX {
                break;
            }
        }
        Ok(sealed)
    }

    /// Lets a letter's bytes go, and with `wholly` that it was ever kept.
    pub(crate) fn drop_kept_letter(
        &mut self,
        to: &Identity,
        hash: &[u8; 16],
        wholly: bool,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for row in self.db.prefixed(&key(KEPT_PIECES, &[to.as_bytes(), hash])) {
            batch.remove(row?.0);
        }
        if wholly {
            batch.remove(key(KEPT, &[to.as_bytes(), hash]));
        }
        self.apply(batch)
    }

    /// Why an account can't join a space, if it was told.
    pub(crate) fn join_refusal(
        &self,
        account: &Identity,
        space: &[u8; 32],
    ) -> Result<Option<RefusalRow>, StoreError> {
        let row = self
            .db
            .value(&key(REFUSALS, &[account.as_bytes(), space]))?;
        let row = row.map(|row| decode_trusted::<(Bytes<16>, u8)>(&row, VALUE_BYTES_MAX));
        Ok(row.transpose()?.map(|(invite, reason)| RefusalRow {
            invite: invite.0,
            reason: JoinRefusal::from_code(reason),
        }))
    }

    /// The spaces that an account was told it can't join, and why.
    pub(crate) fn join_refusals(
        &self,
        account: &Identity,
    ) -> Result<Vec<([u8; 32], RefusalRow)>, StoreError> {
        let prefix = key(REFUSALS, &[account.as_bytes()]);
        let mut refusals = Vec::new();
        for row in self.db.prefixed(&prefix) {
            let (key, _) = row?;
            let space = key.get(prefix.len()..).and_then(|id| id.try_into().ok());
            if let Some(space) = space
                && let Some(refusal) = self.join_refusal(account, &space)?
            {
                refusals.push((space, refusal));
            }
        }
        Ok(refusals)
    }

    /// Remembers why an account can't join a space, or forgets it.
    pub(crate) fn keep_join_refusal(
        &mut self,
        account: &Identity,
        space: &[u8; 32],
        refusal: Option<RefusalRow>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let key = key(REFUSALS, &[account.as_bytes(), space]);
        match refusal {
            Some(refusal) => {
                let row = (Bytes(refusal.invite), refusal.reason.code());
                batch.insert(key, encode(&row));
            }
            None => batch.remove(key),
        }
        self.apply(batch)
    }
}
