//! What the node does for an account's spaces by itself: takes the keys that it was granted, sees to it that the logs of
//! those it shares spaces with are kept here, renews stale epochs, and serves on what friends answer to each other.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::space::Space;
use tokio::sync::broadcast::error::RecvError;

use super::model::AppError;
use super::{App, Change};
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::logs::{Logs, Stored};
use crate::store::writing::{Reacting, Rests, Verdict};

/// How long opening grants holds up the store at a time.
const OPENING: Duration = Duration::from_millis(5);
/// How long grants are opened before all else has its turn; the rest follows in the next round, which comes at once then.
const OPENING_PER_ROUND: Duration = Duration::from_secs(2);
/// How often it is looked after everything, whether anything was heard or not.
const ROUND: Duration = Duration::from_secs(20);
/// What comes shortly after one another is looked at together.
const CALM: Duration = Duration::from_millis(50);

/// Granters that aren't known yet where they grant.
const UNKNOWN_MAX: usize = 256;

/// What is remembered from one round to the next.
#[derive(Debug, Default)]
struct Kept {
    /// Whom the account followed: grants of whom it follows only now are looked at again.
    followed: Option<BTreeSet<Identity>>,
    /// How far it was looked for what is carried though its author let it go.
    dropped: Option<Vec<u8>>,
    /// What was done in spaces without being asked.
    rests: Rests,
    /// Who granted keys of spaces in which nothing is known of them: looked at again once they are known there.
    unknown: BTreeSet<(Space, Identity)>,
    /// How far it was looked at what friends reacted, and how much of it is carried.
    reacting: Reacting,
}

/// Cares for the spaces of an account as long as the node runs.
pub(crate) async fn keep_spaces(app: App) {
    let mut changes = app.changes();
    let (mut news, mut readable) = (app.0.store.space_news(), app.0.store.readable());
    let mut round = tokio::time::interval(ROUND);
    let mut kept = Kept::default();
    let mut has_more = false;
    loop {
        let identity = app.identity();
        tokio::select! {
            _ = round.tick() => {}
            () = std::future::ready(()), if has_more => {}
            changed = news.changed() => if changed.is_err() {
                return;
            },
            changed = readable.changed() => {
                if changed.is_err() {
                    return;
                }
                let _ = app.0.changes.send(Change::Entries { identity });
            }
            change = changes.recv() => match change {
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
        }
        tokio::time::sleep(CALM).await;
        changes = changes.resubscribe();
        news.mark_unchanged();
        has_more = app.keep_round(&mut kept).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "spaces weren't looked after");
            false
        });
        if let Err(error) = app.carry(&mut kept).await {
            tracing::warn!(%error, "what friends answered wasn't served on to the others");
        }
    }
}

impl App {
    /// Says whether grants are left to open.
    async fn keep_round(&self, kept: &mut Kept) -> Result<bool, AppError> {
        let me = self.identity();
        let followed = self.followed();
        if let Some(before) = kept.followed.replace(followed.clone()) {
            let new: Vec<Identity> = followed.difference(&before).copied().collect();
            if !new.is_empty() {
                let again = self.0.store.write(move |logs| {
                    let mut new = new.iter();
                    new.try_for_each(|granter| logs.retry_grants_of(granter))
                });
                again.await?;
            }
        }
        self.retry_known(kept).await?;
        let has_more = self.open_grants(&mut kept.unknown).await?;
        let mut rests = std::mem::take(&mut kept.rests);
        let round = self.0.store.write(move |logs| {
            let (needed, stored) = logs.keep_spaces(&me, &mut rests, unix_ms())?;
            Ok((needed, rests, stored))
        });
        let (needed, rests, stored) = round.await?;
        kept.rests = rests;
        self.pass_on(stored).await;
        self.share_with(needed).await;
        Ok(has_more)
    }

    /// Serves on what friends answered, and what they let go no longer. What somebody else wrote decides what is written
    /// here: nothing else is to wait for it.
    async fn carry(&self, kept: &mut Kept) -> Result<(), AppError> {
        let me = self.identity();
        let carrying = self
            .0
            .store
            .write(move |logs| logs.carry_replies(&me, unix_ms()));
        let carried = carrying.await;
        let mut reacting = std::mem::take(&mut kept.reacting);
        let reactions = self.0.store.write(move |logs| {
            let stored = logs.carry_reactions(&me, &mut reacting, Instant::now(), unix_ms());
            Ok((stored, reacting))
        });
        let (reactions, reacting) = reactions.await?;
        kept.reacting = reacting;
        let mut after = kept.dropped.take();
        let dropping = self.0.store.write(move |logs| {
            let stored = logs.drop_carried(&me, &mut after, unix_ms())?;
            Ok((stored, after))
        });
        let (stored, after) = dropping.await?;
        kept.dropped = after;
        self.pass_on(stored).await;
        self.pass_on(carried?).await;
        self.pass_on(reactions?).await;
        Ok(())
    }

    /// Has grants opened again of who turned out to be in the space.
    async fn retry_known(&self, kept: &mut Kept) -> Result<(), AppError> {
        if kept.unknown.is_empty() {
            return Ok(());
        }
        let unknown = std::mem::take(&mut kept.unknown);
        let left = self.0.store.write(move |logs| {
            let mut left = BTreeSet::new();
            for (space, granter) in unknown {
                match logs.may_renew(&space, &granter)? {
                    true => logs.retry_grants_of(&granter)?,
                    false => _ = left.insert((space, granter)),
                }
            }
            Ok(left)
        });
        kept.unknown = left.await?;
        Ok(())
    }

    /// Opens grants that came, a little at a time, and keeps those that are wanted; says whether some are left.
    async fn open_grants(
        &self,
        unknown: &mut BTreeSet<(Space, Identity)>,
    ) -> Result<bool, AppError> {
        let begun = Instant::now();
        let me = self.identity();
        let mut first = self.authors();
        first.extend(self.shared().iter().copied());
        loop {
            let first = first.clone();
            let opened = self.0.store.write(move |logs| {
                let opened = open_some(logs, &me, &first)?;
                Ok((opened, logs.has_unopened_grants()))
            });
            let (opened, has_more) = opened.await?;
            let stored = opened.stored;
            unknown.extend(opened.unknown);
            while unknown.len() > UNKNOWN_MAX {
                unknown.pop_last();
            }
            let has_news = !stored.is_empty();
            self.pass_on(stored).await;
            if has_news {
                let _ = self.0.changes.send(Change::Entries { identity: me });
            }
            if !has_more || begun.elapsed() >= OPENING_PER_ROUND {
                return Ok(has_more);
            }
            // Between two jobs others have their turn.
            tokio::task::yield_now().await;
        }
    }
}

/// What became of grants that were opened.
struct OpenedGrants {
    /// What was written because of those that were taken.
    stored: Vec<Stored>,
    /// Who granted keys of a known space without being known there.
    unknown: Vec<(Space, Identity)>,
}

fn open_some(
    logs: &mut Logs,
    me: &Identity,
    first: &BTreeSet<Identity>,
) -> Result<OpenedGrants, StoreError> {
    let (mut wanted, mut unknown) = (Vec::new(), Vec::new());
    let seen = logs.open_grants(first, OPENING)?;
    for seen in seen.into_iter().filter(|seen| seen.account == *me) {
        let is_asked = logs.is_join_asked(me, &seen.granted.keys.space)?;
        match logs.judge(me, &seen.granted, &seen.granter, is_asked)? {
            Verdict::Take => wanted.push(seen),
            // Looked at again once its granter is a friend.
            Verdict::Wait | Verdict::Never => {
                let space = seen.granted.keys.space;
                if logs.known_spaces().any(|known| *known == space) {
                    unknown.push((space, seen.granter));
                }
                logs.settle_grant(&seen.place)?;
            }
        }
    }
    let granted: Vec<_> = wanted
        .iter()
        .map(|seen| (seen.granted.clone(), seen.granter))
        .collect();
    let stored = logs.keep_granted(me, &granted, unix_ms())?;
    for seen in &wanted {
        logs.settle_grant(&seen.place)?;
    }
    Ok(OpenedGrants { stored, unknown })
}
