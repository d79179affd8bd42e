//! What a backup doesn't hold yet, and how its owner wants it.

use hearth_keys::Identity;
use hearth_protocol::codec::decode_trusted;
use hearth_protocol::content::{BackupSettings, Content};
use hearth_protocol::entry::{LogKey, Place};

use super::{News, ROW_BYTES_MAX, SettingsRow, settings_key};
use crate::store::logs::{Logs, StoreError};

/// Entries that are looked at to see whether they say more than where the backup is.
const HEADS_LOOKED_AT: u64 = 32;
impl Logs {
    /// What of the account's logs no pack holds yet.
    pub(crate) fn backup_news(&self, identity: &Identity) -> Result<News, StoreError> {
        let covered = self.backup_covered(identity)?;
        let statements = self.statements(identity);
        let mut news = News {
            statements: statements.to_blobs(),
            digest: statements.digest(),
            ..News::default()
        };
        let newest = self.backup_snapshots(identity)?.pop();
        news.is_worth_it = newest.is_none_or(|newest| newest.statements != news.digest);
        for (log, state) in self.logs().filter(|(log, _)| log.identity == *identity) {
            let of = (log.device, log.log);
            let covered = covered.get(&of).map_or(&[][..], Vec::as_slice);
            for range in state.ranges() {
                for (lo, hi) in uncovered(covered, (range.lo, range.hi)) {
                    news.ranges.push((*log, lo, hi));
                    news.is_worth_it = news.is_worth_it || self.says_more(log, lo, hi)?;
                }
            }
            if let Some(top) = state.top() {
                news.heads.push((of, top.hi, top.head));
            }
        }
        Ok(news)
    }

    /// Whether entries say anything but where the backup is.
    fn says_more(&self, log: &LogKey, lo: u64, hi: u64) -> Result<bool, StoreError> {
        if !log.log.is_social() || hi - lo >= HEADS_LOOKED_AT {
            return Ok(true);
        }
        for seq in lo..=hi {
            let place = Place { log: *log, seq };
            let link = self.link(&place)?;
            let content = link
                .and_then(|link| link.body)
                .and_then(|body| self.open_body(&place, &body))
                .map(|opened| opened.content);
            if !matches!(content, Some(Content::BackupHead(_))) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How the owner wants backups, as they said last.
    pub(crate) fn backup_settings(
        &self,
        identity: &Identity,
    ) -> Result<BackupSettings, StoreError> {
        let nothing = BackupSettings {
            survive: None,
            bytes_per_second: None,
        };
        let Some(author) = self.identities.get(identity) else {
            return Ok(nothing);
        };
        let row = self.db.value(&settings_key(*author))?;
        let row: Option<SettingsRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(
            row.map_or(nothing, |(.., survive, bytes_per_second)| BackupSettings {
                survive,
                bytes_per_second,
            }),
        )
    }

    /// When the owner said how they want backups; 0 if they never did.
    pub(crate) fn backup_settings_time_ms(&self, identity: &Identity) -> Result<u64, StoreError> {
        let Some(author) = self.identities.get(identity) else {
            return Ok(0);
        };
        let row = self.db.value(&settings_key(*author))?;
        let row: Option<SettingsRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(row.map_or(0, |(time_ms, ..)| time_ms))
    }
}

/// The parts of `lo..=hi` that `covered` leaves out; ranges may overlap.
fn uncovered(covered: &[(u64, u64)], (lo, hi): (u64, u64)) -> Vec<(u64, u64)> {
    let mut parts = Vec::new();
    let mut next = lo;
    for (from, to) in covered.iter().filter(|(from, to)| *to >= lo && *from <= hi) {
        if *from > next {
            parts.push((next, from - 1));
        }
        next = next.max(to + 1);
    }
    if next <= hi {
        parts.push((next, hi));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_range_covers_is_left() {
        assert_eq!(uncovered(&[], (3, 9)), [(3, 9)]);
        assert_eq!(uncovered(&[(0, 20)], (3, 9)), []);
        assert_eq!(uncovered(&[(0, 3), (6, 7)], (3, 9)), [(4, 5), (8, 9)]);
        assert_eq!(uncovered(&[(4, 8), (5, 6)], (3, 9)), [(3, 3), (9, 9)]);
        assert_eq!(uncovered(&[(0, 2), (10, 12)], (3, 9)), [(3, 9)]);
    }
}
