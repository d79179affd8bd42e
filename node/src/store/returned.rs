//! Taking back what came out of a backup: logs, checked like a stranger's.

use std::collections::BTreeMap;

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::content::Content;
use hearth_protocol::entry::{LogKey, LoneEntry, Place};
use hearth_protocol::root::{Statement, StatementSet};
use hearth_protocol::run::{Link, Run};

use super::logs::{Logs, StoreError, Stored};
use super::renewal::fatal;
use super::views::order_of_author;

/// A backup's head, as an entry tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToldHead {
    /// Where the entry lies.
    pub(crate) place: Place,
    /// Which snapshot.
    pub(crate) number: u64,
    /// Its root.
    pub(crate) root: [u8; 32],
}

impl Logs {
    /// Keeps those statements that hold; `None` if nothing was new.
    pub(crate) fn take_statements(
        &mut self,
        identity: Identity,
        statements: &[Vec<u8>],
    ) -> Result<Option<StatementSet>, StoreError> {
        let mut known = self.statements(&identity);
        let mut is_new = false;
        for bytes in statements {
            if let Ok(statement) = Statement::from_bytes(bytes) {
                is_new |= known.insert(statement).unwrap_or(false);
            }
        }
        if is_new {
            self.keep_statements(&known)?;
        }
        Ok(is_new.then_some(known))
    }

    /// Takes a run that came back, so far as it holds; returns what is held then, if anything of it came in.
    ///
    /// # Errors
    /// This store can't go on. That something doesn't hold is none.
    pub(crate) fn take_back(
        &mut self,
        run: Run,
        deletes: &[LoneEntry],
        now_ms: u64,
    ) -> Result<Option<Stored>, StoreError> {
        if let Some(stored) = fatal(self.ingest(run.clone(), deletes, now_ms))? {
            return Ok(Some(stored));
        }
        // Something among them doesn't hold: each for itself then.
        let Ok(chain) = run.chain() else {
            return Ok(None);
        };
        let mut last = None;
        for link in chain.into_links().into_iter().rev() {
            if let Some(single) = Run::of_links(&[Link::clone(&link)]) {
                last = fatal(self.ingest(single, deletes, now_ms))?.or(last);
            }
        }
        Ok(last)
    }

    /// The backup heads that an identity's social logs tell of, among the newest `most` entries of each.
    pub(crate) fn told_heads(
        &self,
        identity: &Identity,
        most: u64,
    ) -> Result<Vec<ToldHead>, StoreError> {
        let mut heads = Vec::new();
        let social = self.logs.iter();
        let social = social.filter(|(log, _)| log.identity == *identity && log.log.is_social());
        for (log, meta) in social {
            let Some(top) = meta.state.top() else {
                continue;
            };
            for seq in (top.lo.max(top.hi.saturating_sub(most))..=top.hi).rev() {
                let place = Place { log: *log, seq };
                if let Some(Content::BackupHead(head)) = self.content(&place)? {
                    heads.push(ToldHead {
                        place,
                        number: head.number,
                        root: head.root,
                    });
                }
            }
        }
        Ok(heads)
    }

    /// The newest entry that is held of each log of a device.
    pub(crate) fn tops(&self, identity: &Identity, device: &DeviceId) -> BTreeMap<LogKey, Place> {
        let logs = self.logs.iter();
        let logs = logs.filter(|(log, _)| log.identity == *identity && log.device == *device);
        let tops = logs.filter_map(|(log, meta)| {
            let seq = meta.state.top()?.hi;
            Some((*log, Place { log: *log, seq }))
        });
        tops.collect()
    }

    /// How many posts of an author are shown here.
    pub(crate) fn count_posts(&self, author: &Identity) -> Result<u64, StoreError> {
        match self.identities.get(author) {
            Some(handle) => Ok(order_of_author(*handle).len(&self.db)?),
            None => Ok(0),
        }
    }
}
