//! Ends the logs of a device that was stolen, where those who can be believed say that they end.

use crate::said::{Said, said};
use std::collections::BTreeMap;
use std::time::Duration;

use hearth_keys::Root as Phrased;
use hearth_protocol::bounds::CUT_ENDS_MAX;
use hearth_protocol::entry::Place;
use hearth_protocol::manifest::Root;
use hearth_protocol::root::{Claim, LogEnd, Statement};
use tokio::time::{Instant, sleep};

use super::super::begin::{later_path, root_path};
use super::super::keys;
use super::super::source::Source;
use super::super::status::Stage;
use super::{LOOK_AGAIN, RestoreError, Work};
use crate::replication::unix_ms;

/// How long the entries that friends attest may take to come, before the old device's logs are cut.
const ATTESTED_TIME_MAX: Duration = Duration::from_secs(20);

/// Said while a stolen device isn't cut off.
pub(super) fn cut_due() -> Said {
    said!(
        "restore-cut-due",
        "the old device isn't cut off yet, which takes the phrase: stop the node and run \
         `hearth restore --phrase-file FILE --stolen`"
    )
}

impl<S: Source> Work<S> {
    /// Ends the logs of the device that made the snapshot: social logs where friends say that they end, own logs where the
    /// snapshot does.
    pub(super) async fn cut(&mut self, root: &Root, phrased: &Phrased) -> Result<(), RestoreError> {
        self.wait_for_attested(root).await?;
        let (identity, device) = (self.identity(), root.device);
        let heads = root.heads.clone();
        let read = self.house.store.read(move |logs| {
            let mut ends = BTreeMap::new();
            for (log, top) in logs.tops(&identity, &device) {
                let told = heads
                    .iter()
                    .find(|head| (head.device, head.log) == (device, log.log));
                // Own logs: nobody but guardians holds them, and what came later is the thief's.
                let seq = match told {
                    Some(told) if !log.log.is_social() => told.seq.min(top.seq),
                    _ => top.seq,
                };
                let place = Place { log, seq };
                if let Some((entry, _)) = logs.entry(&place)? {
                    let id = entry.id();
                    ends.insert(log.log, LogEnd { seq, id });
                }
            }
            Ok(ends)
        });
        let mut ends = read.await?;
        while ends.len() > CUT_ENDS_MAX {
            // A log that a cut doesn't name is void: the shortest are lost.
            let shortest = ends.iter().min_by_key(|(_, end)| end.seq);
            let shortest = shortest.map(|(log, _)| *log);
            tracing::error!(log = ?shortest, "a cut names at most 16 logs: this one is lost");
            shortest.map(|log| ends.remove(&log));
        }
        let cut = Statement::sign(phrased, device, unix_ms(), Claim::Cut { ends });
        self.tell_statements(&[cut.to_bytes()]).await?;
        self.state.is_cut_due = false;
        Ok(self.state.write(&self.house.home)?)
    }

    /// Everything came back without the phrase, which cutting off the old device takes: does that.
    pub(super) async fn cut_late(&mut self, phrased: &Phrased) -> Result<(), RestoreError> {
        let (home, device) = (&self.house.home, &self.house.account.device);
        let root = keys::kept(&root_path(home), &self.identity(), device)?;
        self.source.seek(&root.guardians).await;
        self.cut(&root, phrased).await?;
        self.forget_roots();
        let done = self.state.done.clone();
        self.say(|status| {
            status.stage = Stage::Done;
            (status.files, status.files_total) = (root.files, root.files);
            status.done = done;
        });
        Ok(())
    }

    pub(super) fn forget_roots(&self) {
        let home = &self.house.home;
        for path in [root_path(home), later_path(home)] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "a root that was kept isn't removed");
                }
                _ => {}
            }
        }
    }

    /// Waits until the newest entries that friends attest are here, or it takes too long: somebody may have lied.
    async fn wait_for_attested(&self, root: &Root) -> Result<(), RestoreError> {
        let begun = Instant::now();
        let mut witnesses = self.witnesses.clone();
        while begun.elapsed() < ATTESTED_TIME_MAX.min(self.patience) {
            // A process that goes on where another ended has asked nobody yet.
            if witnesses.is_empty() {
                witnesses = self.source.witnesses().await;
            }
            if witnesses.is_empty() {
                sleep(LOOK_AGAIN).await;
                continue;
            }
            let attested = witnesses.iter().flat_map(|w| &w.attested.logs);
            let attested: Vec<_> = attested
                .filter(|log| log.device == root.device && log.log.is_social())
                .copied()
                .collect();
            let (identity, device) = (self.identity(), root.device);
            let read = self.house.store.read(move |logs| {
                let tops = logs.tops(&identity, &device);
                Ok(attested.iter().all(|attested| {
                    let mut tops = tops.values();
                    tops.any(|top| top.log.log == attested.log && top.seq >= attested.seq)
                }))
            });
            if read.await? {
                return Ok(());
            }
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}
