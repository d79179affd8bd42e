//! What the account has to say, and to whom: what its registers and the store tell, and its bytes once they are sealed.

use std::collections::BTreeMap;

use hearth_keys::{BoxPublic, Identity};
use hearth_protocol::codec::{Bytes, decode_trusted, encode};
use hearth_protocol::content::social::register;
use hearth_protocol::letter::{Letter, Matter};

use super::acquainted::Acquainted;
use crate::app::{JoinAsked, KnockSent};
use crate::store::letters::{Answer, KnockRow};
use crate::store::logs::Logs;
use crate::store::{Account, StoreError};

/// How long it is tried to hand over what nobody answers: 60 days.
pub(super) const LASTING_MS: u64 = 60 * 24 * 60 * 60 * 1000;
/// The longest register of a knock.
const KNOCK_BYTES_MAX: usize = 2_048;

/// Something to say to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) id: [u8; 16],
    pub(super) to: Identity,
    pub(super) time_ms: u64,
    /// What to seal it to, as far as is known.
    pub(super) inbox: Option<(u32, BoxPublic)>,
    pub(super) matter: Matter,
    /// Whether it has done its work once it was handed over.
    pub(super) is_answer: bool,
}

/// What the store says.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Who knows whom through the account.
    pub(super) acquainted: Acquainted,
    pub(super) outgoing: Vec<Outgoing>,
    /// Who knocked, and whom the account follows by now.
    pub(super) settled: Vec<(Identity, KnockRow)>,
    /// Spaces that were asked to be joined, and by whose invitation.
    pub(super) joining: BTreeMap<[u8; 32], JoinAsked>,
    /// Answers that nobody will take any more.
    pub(super) stale: Vec<[u8; 16]>,
}

/// The id of a letter that is written anew from a register: the same on each device and at each start.
fn id_of(kind: u8, me: &Identity, to: &[u8; 32], time_ms: u64) -> [u8; 16] {
    let material = encode(&(kind, Bytes(*me.as_bytes()), Bytes(*to), time_ms));
    let hash = blake3::derive_key("hearth 2026-11 letter id v1", &material);
    let (id, _) = hash.split_first_chunk().expect("32 is more than 16");
    *id
}

fn is_over(time_ms: u64, now_ms: u64) -> bool {
    time_ms.saturating_add(LASTING_MS) <= now_ms
}

impl Standing {
    pub(super) fn read(logs: &Logs, me: &Identity, now_ms: u64) -> Result<Self, StoreError> {
        let mut standing = Self {
            acquainted: Acquainted::read(logs, me)?,
            ..Self::default()
        };
        standing.read_knocks(logs, me, now_ms)?;
        standing.read_joins(logs, me, now_ms)?;
        for row in logs.answer_rows(me)? {
            if is_over(row.time_ms, now_ms) {
                standing.stale.push(row.id);
                continue;
            }
            let matter = match row.answer {
                Answer::Accepted => Matter::Accepted,
                Answer::Refused {
                    space,
                    invite,
                    reason,
                } => Matter::Refused {
                    space,
                    invite,
                    reason,
                },
            };
            let announced = logs.newest_inbox(&row.to)?;
            standing.outgoing.push(Outgoing {
                id: row.id,
                to: row.to,
                time_ms: row.time_ms,
                inbox: announced.or(Some(row.inbox)),
                matter,
                is_answer: true,
            });
        }
        for (from, row) in logs.knock_rows(me)? {
            if logs.is_following(me, &from)? {
                standing.settled.push((from, row));
            }
        }
        Ok(standing)
    }

    /// A knock goes out until its recipient follows back, or isn't followed any longer.
    fn read_knocks(&mut self, logs: &Logs, me: &Identity, now_ms: u64) -> Result<(), StoreError> {
        for (key, value) in logs.registers(me, register::KNOCK_SENT)? {
            let Ok(to) = <[u8; 32]>::try_from(key) else {
                continue;
            };
            let sent: Result<KnockSent, _> = decode_trusted(&value, KNOCK_BYTES_MAX);
            let (Ok((time_ms, text)), to_key) = (sent, to) else {
                continue;
            };
            let to = Identity::from_bytes(to);
            let is_wanted = logs.is_following(me, &to)? && !logs.is_follower(me, &to)?;
            if is_wanted && !is_over(time_ms, now_ms) {
                self.outgoing.push(Outgoing {
                    id: id_of(1, me, &to_key, time_ms),
                    to,
                    time_ms,
                    inbox: logs.newest_inbox(&to)?,
                    matter: Matter::Knock { text },
                    is_answer: false,
                });
            }
        }
        Ok(())
    }

    /// Asking to join goes on until the space is there or the inviter says no.
    fn read_joins(&mut self, logs: &Logs, me: &Identity, now_ms: u64) -> Result<(), StoreError> {
        for (key, value) in logs.registers(me, register::JOIN_ASKED)? {
            let Ok(space) = <[u8; 32]>::try_from(key) else {
                continue;
            };
            let Some(asked) = JoinAsked::read(&value) else {
                continue;
            };
            if is_over(asked.time_ms, now_ms) {
                continue;
            }
            self.outgoing.push(Outgoing {
                id: id_of(3, me, &space, asked.time_ms),
                to: asked.inviter,
                time_ms: asked.time_ms,
                inbox: logs.newest_inbox(&asked.inviter)?,
                matter: Matter::Join {
                    space,
                    invite: asked.secret.id(),
                    proof: asked.secret.proof(&asked.inviter, &space, me),
                },
                is_answer: false,
            });
            self.joining.insert(space, asked);
        }
        Ok(())
    }
}

/// A letter as it goes out.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    to: BoxPublic,
    addresses: Vec<String>,
    pub(super) bytes: Vec<u8>,
}

impl Sealed {
    /// Seals a letter, unless it is sealed as it would be now.
    pub(super) fn renew(
        held: Option<&Self>,
        outgoing: &Outgoing,
        logs: &Logs,
        account: &Account,
        addresses: &[String],
    ) -> Result<Option<Self>, StoreError> {
        let Some((_, to)) = outgoing.inbox else {
            return Ok(None);
        };
        let is_current = |held: &&Self| held.to == to && held.addresses == addresses;
        if let Some(held) = held.filter(is_current) {
            return Ok(Some(held.clone()));
        }
        let statements = logs.statements(&account.identity);
        let Some(inbox) = logs.newest_inbox(&account.identity)? else {
            return Ok(None);
        };
        // A device that was cut off or retired speaks for nobody.
        if !statements.is_current(&account.device.id()) {
            return Ok(None);
        }
        let letter = Letter {
            to: outgoing.to,
            id: outgoing.id,
            time_ms: outgoing.time_ms,
            name: logs.profile(&account.identity)?.name,
            inbox,
            addresses: addresses.to_vec(),
            matter: outgoing.matter.clone(),
        };
        let mut rng = crate::rng::system();
        let sealed = letter.seal(&account.device, &statements, &to, &mut rng);
        Ok(match sealed {
            Ok(bytes) => Some(Self {
                to,
                addresses: addresses.to_vec(),
                bytes,
            }),
            Err(error) => {
                tracing::warn!(%error, "a letter can't be written");
                None
            }
        })
    }
}
