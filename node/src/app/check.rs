//! Re-checking what is stored.

use crate::said::said;
use hearth_protocol::entry::LogKey;

use super::App;
use super::model::{AppError, BadEntry, VerifyReport};
use crate::store::recheck::{Piece, Verdict};

impl App {
    /// Re-checks every stored entry: signatures, hashes, links.
    pub(crate) async fn verify(&self) -> Result<VerifyReport, AppError> {
        let mut report = VerifyReport::default();
        self.0
            .store
            .read(crate::store::logs::Logs::verify_rows)
            .await?;
        for log in self.0.store.read(|logs| Ok(logs.log_keys())).await? {
            let mut verdict = Verdict::default();
            let mut next = Some(0);
            while let Some(from) = next {
                let piece = self.0.store.read(move |logs| logs.piece(log, from)).await?;
                next = piece.next;
                // Thousands of signatures would hold up everything else on this thread.
                let judged = tokio::task::spawn_blocking(move || judge(verdict, piece)).await;
                verdict =
                    judged.map_err(|_| super::failed(said!("stopping", "the node is stopping")))?;
            }
            verdict.finish();
            add(&mut report, &log, verdict);
        }
        Ok(report)
    }
}

fn judge(mut verdict: Verdict, piece: Piece) -> Verdict {
    for (previous, entries) in &piece.rows {
        verdict.add(*previous, entries);
    }
    for (seq, why) in piece.unreadable {
        verdict.add_unreadable(seq, why);
    }
    verdict
}

/// Adds a log's verdict to a report.
pub(crate) fn add(report: &mut VerifyReport, log: &LogKey, verdict: Verdict) {
    report.entries += verdict.entries;
    report.ok += verdict.ok;
    report.vouched += verdict.vouched;
    report
        .bad
        .extend(verdict.bad.into_iter().map(|(seq, reason)| BadEntry {
            identity: log.identity.to_string(),
            device: log.device.to_string(),
            log: log.log.number(),
            seq,
            reason,
        }));
}
