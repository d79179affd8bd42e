//! Which shards a pack needs, who gets them, and bringing them there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hearth_keys::CryptoRng;
use hearth_protocol::backup_plan::{self, Target};
use hearth_protocol::erasure::Code;
use hearth_protocol::guardian::{Outcome as Answer, ShardKind, Terms, Ticket};
use hearth_protocol::pack::PackId;
use hearth_protocol::placement::{self, Candidate};
use tokio::time::Instant;

use super::guardians::{Circle, Member};
use super::sealing::{self, Sealed};
use super::{BackupError, Guardians, Inner, Packs};
use crate::replication::unix_ms;
use crate::store::backup::{BackupChanges, Coding, Drop as Dropped, PackRow, Placed, SHARDS_MAX};

/// How long a guardian keeps something unasked: ten years.
const TICKET_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;
/// How often a guardian who is busy is asked again.
const BUSY_TRIES: u32 = 40;
/// How long after.
const BUSY_PAUSE: Duration = Duration::from_millis(250);

/// How packs should be coded for so many guardians. Where what the owner asked for can't be, as many copies as can.
pub(super) fn aim(guardians: usize, survive: Option<u16>) -> Target {
    backup_plan::target(guardians, survive).unwrap_or_else(|_| {
        let n = u16::try_from(guardians.min(SHARDS_MAX)).expect("at most 64");
        Target {
            k: 1,
            n,
            losses_min: n.saturating_sub(1),
        }
    })
}

/// Shards to be brought to guardians.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// Whether they belong to the code that takes the place of the present one.
    pub(super) is_next: bool,
    /// What of the code lies with guardians so far.
    pub(super) coding: Coding,
    /// (index, guardian)
    pub(super) puts: Vec<(u16, u16)>,
}

/// What a pack lacks and who can get it now.
pub(super) fn assign<R: CryptoRng + ?Sized>(
    (pack, next): (&PackRow, Option<&Coding>),
    circle: &Circle,
    avoided: &BTreeSet<u16>,
    target: &Target,
    rng: &mut R,
) -> Assignment {
    let is_next = pack.coding.k > 0 && backup_plan::needs_recode(pack.coding.k, target);
    let mut coding = if is_next {
        next.filter(|next| next.k == target.k)
            .cloned()
            .unwrap_or_default()
    } else {
        pack.coding.clone()
    };
    if coding.k == 0 {
        coding.k = target.k;
    }
    let live = circle.live(&coding);
    let taken: BTreeSet<Vec<u8>> = live.keys().map(|domain| domain.to_vec()).collect();
    let used: BTreeSet<u16> = live.values().copied().collect();
    let able: Vec<&Member> = circle
        .members
        .values()
        .filter(|member| member.is_reachable && !avoided.contains(&member.number))
        .collect();
    let candidates: Vec<Candidate> = able
        .iter()
        .map(|member| Candidate {
            domain: member.domain.clone(),
            free_bytes: member.free_bytes,
            uptime_permille: member.uptime,
        })
        .collect();
    let wanted = usize::from(target.n).saturating_sub(live.len());
    let bytes = shard_bytes(coding.k, pack.bytes);
    let chosen = placement::choose_many(&candidates, &taken, bytes, wanted, rng);
    let free = (0..=u16::MAX).filter(|index| !used.contains(index));
    let puts = free
        .zip(chosen)
        .map(|(index, at)| (index, able[at].number))
        .collect();
    Assignment {
        is_next,
        coding,
        puts,
    }
}

/// How long each shard of a pack is.
pub(super) fn shard_bytes(k: u8, pack_bytes: u32) -> u64 {
    Code::new(k).map_or(u64::from(pack_bytes), |code| {
        code.shard_bytes(pack_bytes as usize) as u64
    })
}

impl Coding {
    /// Notes a shard; gives back what it takes the place of.
    fn note(&mut self, placed: Placed, circle: &Circle) -> Vec<Placed> {
        let is_room = self.shards.len() < SHARDS_MAX;
        let (gone, kept) = self.shards.drain(..).partition(|held: &Placed| {
            held.index == placed.index
                || held.guardian == placed.guardian
                || (!is_room && !circle.members.contains_key(&held.guardian))
        });
        self.shards = kept;
        self.shards.push(placed);
        self.shards.sort_by_key(|placed| placed.index);
        gone
    }
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// Brings what a pack lacks to who can take it; how many shards were confirmed. Who can't take anything for now is
    /// added to `avoided`.
    pub(super) async fn place(
        &self,
        (mut pack, next): (PackRow, Option<Coding>),
        circle: &Circle,
        avoided: &std::sync::Mutex<BTreeSet<u16>>,
        target: &Target,
    ) -> Result<usize, BackupError> {
        let mut sealed = None;
        if pack.bytes == 0 {
            // Not sealed yet: its length and name are decided before anything of it leaves.
            let fresh = self.sealed(&mut pack).await?;
            self.note_sealed(&pack).await?;
            sealed = Some(fresh);
        }
        let known = avoided.lock().expect("nobody panics with it").clone();
        let assignment = assign(
            (&pack, next.as_ref()),
            circle,
            &known,
            target,
            &mut crate::rng::system(),
        );
        let Assignment {
            is_next,
            mut coding,
            puts,
        } = assignment;
        if let Some(next) = next.filter(|next| !is_next || next.k != coding.k) {
            self.give_up(pack.number, &next).await?;
        }
        let mut placed = 0;
        if !puts.is_empty() {
            let sealed = match sealed {
                Some(sealed) => sealed,
                None => self.sealed(&mut pack).await?,
            };
            let shards = shards_of(sealed, coding.k, &puts).await?;
            let mut sending: FuturesUnordered<_> = puts
                .iter()
                .zip(shards)
                .filter_map(|((index, number), bytes)| {
                    let member = circle.members.get(number)?;
                    let (kind, number) = (ShardKind::Shard, pack.number);
                    let sent = self.send(member, kind, number, pack.generation, bytes);
                    Some(async move { (*index, member.number, sent.await) })
                })
                .collect();
            while let Some((index, guardian, sent)) = sending.next().await {
                let Ok(id) = sent else {
                    avoided
                        .lock()
                        .expect("nobody panics with it")
                        .insert(guardian);
                    continue;
                };
                placed += 1;
                let shard = Placed {
                    index,
                    guardian,
                    id,
                };
                let replaced = coding.note(shard, circle);
                self.note_coding(&mut pack, &coding, is_next, &replaced)
                    .await?;
            }
        }
        if is_next && takes_over(&pack.coding, &coding, circle, target) {
            self.take_over(pack, coding).await?;
        }
        Ok(placed)
    }

    async fn note_coding(
        &self,
        pack: &mut PackRow,
        coding: &Coding,
        is_next: bool,
        replaced: &[Placed],
    ) -> Result<(), BackupError> {
        let mut changes = self.changes();
        self.drop_all(&mut changes, replaced, coding).await?;
        // What was to be let go and was brought again: a copy has the same name as the one before.
        coding
            .shards
            .iter()
            .for_each(|placed| changes.no_drop(placed.guardian, &placed.id));
        if is_next {
            changes.next_coding(pack.number, coding);
            return self.apply(changes).await;
        }
        pack.coding = coding.clone();
        let coding = coding.clone();
        self.apply_with(changes, pack.number, |pack| pack.coding = coding)
            .await
    }

    /// Keeps what sealing a pack gave.
    pub(super) async fn note_sealed(&self, sealed: &PackRow) -> Result<(), BackupError> {
        let (id, bytes, generation) = (sealed.id, sealed.bytes, sealed.generation);
        let note = move |pack: &mut PackRow| {
            // Somebody else was quicker; under one key it is the same.
            if pack.bytes == 0 {
                (pack.id, pack.bytes, pack.generation) = (id, bytes, generation);
            }
        };
        self.apply_with(self.changes(), sealed.number, note).await
    }

    /// A code that was being brought out and isn't wanted any more goes.
    async fn give_up(&self, number: u64, next: &Coding) -> Result<(), BackupError> {
        let mut changes = self.changes();
        changes.no_next_coding(number);
        self.drop_all(&mut changes, &next.shards, &Coding::default())
            .await?;
        self.apply(changes).await
    }

    /// A code whose shards all lie where they should takes the place of the old one, whose shards may go once the
    /// manifest says so.
    async fn take_over(&self, mut pack: PackRow, next: Coding) -> Result<(), BackupError> {
        let old = std::mem::replace(&mut pack.coding, next);
        let mut changes = self.changes();
        changes.no_next_coding(pack.number);
        self.drop_all(&mut changes, &old.shards, &pack.coding)
            .await?;
        let coding = pack.coding;
        self.apply_with(changes, pack.number, |pack| pack.coding = coding)
            .await
    }

    /// Notes shards as what may go, apart from those that `kept` still names.
    async fn drop_all(
        &self,
        changes: &mut BackupChanges,
        shards: &[Placed],
        kept: &Coding,
    ) -> Result<(), BackupError> {
        if shards.is_empty() {
            return Ok(());
        }
        let since_root = self.next_root_number().await?;
        for placed in shards {
            let is_kept = |held: &Placed| (held.guardian, held.id) == (placed.guardian, placed.id);
            if !kept.shards.iter().any(is_kept) {
                changes.drop_later(&Dropped {
                    guardian: placed.guardian,
                    id: placed.id,
                    since_root,
                });
            }
        }
        Ok(())
    }

    /// Reads and seals a pack; the row has its name, length and generation then.
    pub(super) async fn sealed(&self, pack: &mut PackRow) -> Result<Sealed, BackupError> {
        let is_new = pack.bytes == 0;
        let key = if is_new {
            self.newest_key().await?
        } else {
            self.key(pack.generation).await?
        };
        let payload = self.packs.read(pack.number).await?;
        let number = pack.number;
        let expected = (!is_new).then(|| PackId::from_bytes(pack.id));
        let generation = key.generation;
        let sealed = in_background(move || sealing::seal(number, &payload, &key, expected)).await?;
        if is_new {
            pack.generation = generation;
            pack.id = *sealed.id.as_bytes();
            pack.bytes = u32::try_from(sealed.bytes.len()).unwrap_or(u32::MAX);
        }
        Ok(sealed)
    }

    /// Gives something to a guardian; its id once they confirmed it, else why not.
    pub(super) async fn send(
        &self,
        member: &Member,
        kind: ShardKind,
        number: u64,
        generation: u32,
        bytes: Arc<Vec<u8>>,
    ) -> Result<[u8; 32], Option<Answer>> {
        let length = u32::try_from(bytes.len()).map_err(|_| None)?;
        let id = *blake3::hash(&bytes).as_bytes();
        let terms = Terms {
            owner: self.identity(),
            guardian: member.identity,
            id,
            bytes: length,
            kind,
            number,
            generation,
            expires_ms: unix_ms() + TICKET_MS,
        };
        let ticket = Ticket::sign(&self.account.device, terms);
        for _ in 0..BUSY_TRIES {
            let pause = {
                let mut pace = self.pace.lock().await;
                pace.take(u64::from(length), Instant::now())
            };
            tokio::time::sleep(pause).await;
            match self.guardians.put(ticket, Arc::clone(&bytes)).await {
                Some(Answer::Stored) => {
                    self.sent_bytes
                        .fetch_add(u64::from(length), Ordering::Relaxed);
                    self.progress
                        .send_modify(|progress| progress.sent_bytes += u64::from(length));
                    return Ok(id);
                }
                Some(Answer::Busy) => tokio::time::sleep(BUSY_PAUSE).await,
                answer => return Err(answer),
            }
        }
        Err(Some(Answer::Busy))
    }
}

async fn shards_of(
    sealed: Sealed,
    k: u8,
    puts: &[(u16, u16)],
) -> Result<Vec<Arc<Vec<u8>>>, BackupError> {
    let indices: Vec<u16> = puts.iter().map(|(index, _)| *index).collect();
    let number = sealed.number;
    let code = Code::new(k).map_err(|error| BackupError::Damaged {
        number,
        what: error.to_string(),
    })?;
    in_background(move || sealing::shards(&sealed, code, &indices)).await
}

/// Whether a code that is being brought out is safe enough to take the place of the old one.
fn takes_over(old: &Coding, next: &Coding, circle: &Circle, target: &Target) -> bool {
    let survives = |coding: &Coding| circle.live(coding).len().checked_sub(coding.k.into());
    let placed = circle.live(next).len();
    placed >= usize::from(target.n.max(next.k.into())) || {
        placed > usize::from(next.k) && survives(next) >= survives(old)
    }
}

/// Runs what takes the processor a while.
pub(super) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, BackupError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(BackupError::Stopping))
}
