//! Reading what people say of themselves, and whom they follow.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::codec::decode_trusted;
use hearth_protocol::content::{Content, FollowState, Photo, Profile};
use hearth_protocol::entry::{LogKey, Place};

use super::logs::{Logs, StoreError, damaged};
use super::rows::{Handle, KeptRun, key, namespace, number_of};
use super::views::{
    EARLIER, FOLLOWS, FollowRow, PROFILES, ProfileRow, ROW_BYTES_MAX, follow_key, view_key,
};

/// Some of the hashes of an account's bodies.
pub(crate) struct BodyHashes {
    pub(crate) hashes: Vec<[u8; 32]>,
    /// The last row that was looked at, if there may be more.
    pub(crate) more_after: Option<(Handle, u64)>,
}

impl Logs {
    /// What somebody says of themselves, so far as it is held; for their picture, [`Self::portrait`].
    pub(crate) fn profile(&self, identity: &Identity) -> Result<Profile, StoreError> {
        let Some(handle) = self.identities.get(identity) else {
            return Ok(Profile::default());
        };
        let Some(row) = self.db.value(&view_key(PROFILES, &handle.to_be_bytes()))? else {
            return Ok(Profile::default());
        };
        let (_, _, name, bio, gossip, place, _): ProfileRow =
            decode_trusted(&row, ROW_BYTES_MAX * 2)?;
        let bio = match bio {
            Some(bio) => bio,
            None => self.whole_profile(place)?.bio,
        };
        Ok(Profile {
            name,
            bio,
            gossip,
            picture: None,
        })
    }

    /// What somebody looks like, if they say, and where they say it.
    pub(crate) fn portrait(
        &self,
        identity: &Identity,
    ) -> Result<Option<(Photo, Place)>, StoreError> {
        let Some(handle) = self.identities.get(identity) else {
            return Ok(None);
        };
        let row = self.db.value(&view_key(PROFILES, &handle.to_be_bytes()))?;
        let row: Option<ProfileRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX * 2))
            .transpose()?;
        let Some((.., (log, seq), true)) = row else {
            return Ok(None);
        };
        let picture = self.whole_profile((log, seq))?.picture;
        let place = self.by_handle.get(&log).map(|log| Place { log: *log, seq });
        Ok(picture.zip(place))
    }

    /// A profile with what has no room in its row, from the entry that says it.
    fn whole_profile(&self, (log, seq): (Handle, u64)) -> Result<Profile, StoreError> {
        let Some(log) = self.by_handle.get(&log) else {
            return Ok(Profile::default());
        };
        let place = Place { log: *log, seq };
        let body = self.link(&place)?.and_then(|link| link.body);
        Ok(
            match body
                .and_then(|body| self.open_body(&place, &body))
                .map(|opened| opened.content)
            {
                Some(Content::Profile(profile)) => profile,
                _ => Profile::default(),
            },
        )
    }

    /// When somebody's profile claims to be from, ms since 1970; 0 when none is held.
    pub(crate) fn profile_time_ms(&self, identity: &Identity) -> Result<u64, StoreError> {
        let Some(handle) = self.identities.get(identity) else {
            return Ok(0);
        };
        let row = self.db.value(&view_key(PROFILES, &handle.to_be_bytes()))?;
        let row: Option<ProfileRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX * 2))
            .transpose()?;
        Ok(row.map_or(0, |row| row.0))
    }

    /// When an account's last word on following `followed` claims to be from, ms since 1970; 0 when there is none.
    pub(crate) fn follow_time_ms(
        &self,
        account: &Identity,
        followed: &Identity,
    ) -> Result<u64, StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok(0);
        };
        let row = self.db.value(&follow_key(*handle, followed))?;
        let row: Option<FollowRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(row.map_or(0, |row| row.0))
    }

    /// Whether and how an account follows somebody.
    pub(crate) fn follow_state(
        &self,
        account: &Identity,
        followed: &Identity,
    ) -> Result<FollowState, StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok(FollowState::None);
        };
        let row = self.db.value(&follow_key(*handle, followed))?;
        row.map_or(Ok(FollowState::None), |row| state_in(&row))
    }

    /// Whether an account follows somebody, in private or not.
    pub(crate) fn is_following(
        &self,
        account: &Identity,
        followed: &Identity,
    ) -> Result<bool, StoreError> {
        Ok(self.follow_state(account, followed)?.follows())
    }

    /// Whether an account ever told somebody that it follows them: then they are told as well that it doesn't.
    pub(crate) fn was_told(
        &self,
        account: &Identity,
        followed: &Identity,
    ) -> Result<bool, StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok(false);
        };
        let key = follow_key(*handle, followed);
        if let Some(row) = self.db.value(&key)?
            && state_in(&row)?.is_told()
        {
            return Ok(true);
        }
        for row in self.db.prefixed(&view_key(EARLIER, &key[1..])) {
            if state_in(&row?.1)?.is_told() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whom an account follows, how, and whom it followed once.
    pub(crate) fn follows(
        &self,
        account: &Identity,
    ) -> Result<BTreeMap<Identity, FollowState>, StoreError> {
        let mut follows = BTreeMap::new();
        let Some(handle) = self.identities.get(account) else {
            return Ok(follows);
        };
        for row in self.db.prefixed(&view_key(FOLLOWS, &handle.to_be_bytes())) {
            let (key, value) = row?;
            let state = state_in(&value)?;
            let identity = key.last_chunk().map(|bytes| Identity::from_bytes(*bytes));
            follows.extend(identity.map(|identity| (identity, state)));
        }
        Ok(follows)
    }

    /// Hashes of the bodies in an account's social logs, those that are gone as well: of so many rows behind the one at
    /// `after`.
    pub(crate) fn body_hashes(
        &self,
        account: &Identity,
        after: Option<(Handle, u64)>,
        rows: usize,
    ) -> Result<BodyHashes, StoreError> {
        let own = |log: &LogKey| log.identity == *account && log.log.is_social();
        let logs = self.logs.iter().filter(|(log, _)| own(log));
        let logs: BTreeMap<Handle, LogKey> = logs.map(|(log, meta)| (meta.handle, *log)).collect();
        let (mut hashes, mut left) = (Vec::new(), rows);
        let (first, beyond) = after.map_or((0, 0), |(handle, seq)| (handle, seq + 1));
        for (handle, log) in logs.range(first..) {
            let from = if *handle == first { beyond } else { 0 };
            let runs = self.db.range(
                &key(namespace::RUNS, *handle, from),
                &key(namespace::RUNS, *handle, u64::MAX),
            );
            for row in runs {
                let (at, value) = row?;
                let (seq, run) = (number_of(&at), KeptRun::from_row(&value)?);
                let entries = run.entries(*log, seq);
                hashes.extend(entries.map(|(entry, _)| entry.header().body_hash));
                left -= 1;
                if left == 0 {
                    let more_after = Some((*handle, seq));
                    return Ok(BodyHashes { hashes, more_after });
                }
            }
        }
        Ok(BodyHashes {
            hashes,
            more_after: None,
        })
    }
}

/// What a row says of following.
fn state_in(row: &[u8]) -> Result<FollowState, StoreError> {
    let (_, _, code): FollowRow = decode_trusted(row, ROW_BYTES_MAX)?;
    FollowState::from_code(code).map_err(|_| damaged("how somebody is followed"))
}
