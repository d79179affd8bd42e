//! What a guardian does without being asked: drops what was released, and what is beyond a pledge once notice is over.

use hearth_keys::Identity;
use hearth_protocol::guardian::{ShardKind, may_ask};

use super::Guard;
use crate::replication::unix_ms;
use crate::shards::{ShardInfo, ShardsError, charged_bytes};
use crate::store::StoreError;

/// How many things are looked at together.
const LISTED_MAX: usize = 1024;

/// Why that couldn't be done.
#[derive(Debug, thiserror::Error)]
enum UpkeepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Shards(#[from] ShardsError),
}

impl Guard {
    /// Looks at all that is kept for others.
    pub(super) async fn keep_up(&self) {
        let mut is_complete = true;
        for owner in self.0.shards.usage().into_keys() {
            if let Err(error) = self.keep_up_with(owner).await {
                tracing::warn!(%error, "what is kept for somebody couldn't be looked at");
                is_complete = false;
            }
        }
        // Whose stolen device gave something up isn't known of everybody then.
        if !is_complete {
            return;
        }
        let grace_ms = self.0.times.release_grace_ms;
        match self.0.shards.sweep(unix_ms(), grace_ms).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "dropped what was released"),
            Err(error) => tracing::warn!(%error, "what was released couldn't be dropped"),
        }
    }

    async fn keep_up_with(&self, owner: Identity) -> Result<(), UpkeepError> {
        let account = self.identity();
        let read = self.0.store.read(move |logs| {
            let allowance = logs.allowance(&account, &owner)?;
            let notice = logs.notices()?.get(&owner).copied();
            Ok((logs.statements(&owner), allowance, notice))
        });
        let (statements, allowance, notice) = read.await?;
        // What a stolen device gave up stays.
        for device in statements.devices().into_keys() {
            if !may_ask(&statements, &device) {
                self.0.shards.unrelease_by(owner, device).await?;
            }
        }
        let usage = self.0.shards.usage();
        let used = usage.get(&owner).map_or(0, |usage| usage.bytes);
        match notice {
            Some(_) if used <= allowance => self.note(owner, None).await?,
            None if used > allowance => {
                let ends_ms = unix_ms().saturating_add(self.0.times.notice_ms);
                self.note(owner, Some(ends_ms)).await?;
            }
            Some(ends_ms) if ends_ms <= unix_ms() => {
                self.trim(owner, allowance).await?;
                self.note(owner, None).await?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn note(&self, owner: Identity, ends_ms: Option<u64>) -> Result<(), UpkeepError> {
        let written = self
            .0
            .store
            .write(move |logs| logs.keep_notice(&owner, ends_ms));
        Ok(written.await?)
    }

    /// Drops what is beyond an allowance: shards of the newest packs first, and what all of them need last.
    async fn trim(&self, owner: Identity, allowance: u64) -> Result<(), UpkeepError> {
        if allowance == 0 {
            let count = self.0.shards.drop_owner(owner).await?;
            tracing::info!(count, "dropped what nothing is pledged for any longer");
            return Ok(());
        }
        let mut kept: Vec<ShardInfo> = Vec::new();
        loop {
            let after = kept.last().map(|last| last.id);
            let listed = self.0.shards.list(owner, after, LISTED_MAX).await?;
            let is_last = listed.len() < LISTED_MAX;
            // Tickets aren't needed here, and are most of it.
            kept.extend(listed.into_iter().map(|info| ShardInfo {
                ticket: Vec::new(),
                ..info
            }));
            if is_last {
                break;
            }
        }
        kept.sort_by_key(|info| (info.kind == ShardKind::Shard.code(), info.number, info.id));
        let mut room = allowance;
        let mut beyond = Vec::new();
        for info in kept {
            match room.checked_sub(charged_bytes(info.bytes)) {
                Some(less) => room = less,
                None => beyond.push(info.id),
            }
        }
        let count = beyond.len();
        for ids in beyond.chunks(LISTED_MAX) {
            self.0.shards.drop_these(owner, ids.to_vec()).await?;
        }
        tracing::info!(count, "dropped what is beyond a pledge");
        Ok(())
    }
}
