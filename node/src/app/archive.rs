//! Exporting an account's logs, and checking an export without a node.

use crate::said::Said;
use std::collections::BTreeMap;
use std::io::{self, Read};

use hearth_keys::Identity;
use hearth_protocol::archive::{self, ArchiveError, Counts, ITEM_BYTES_MAX, Item, MAGIC, Reader};
use hearth_protocol::entry::{Entry, LogKey};
use hearth_protocol::ingest;
use hearth_protocol::root::{Bound, StatementSet};
use hearth_protocol::run::Run;
use tokio::sync::mpsc;

use super::model::{AppError, VerifyReport};
use super::{App, bad_request, check, failed};
use crate::store::recheck::Verdict;

/// Pieces that may wait for a slow reader.
const PIECES_MAX: usize = 4;
/// Entries that are read at once.
const ENTRIES_AT_ONCE: u64 = 128;

type Pieces = mpsc::Sender<Result<Vec<u8>, AppError>>;

impl App {
    /// The account's logs as an export file's bytes, piece by piece.
    pub(crate) async fn export(
        &self,
    ) -> Result<mpsc::Receiver<Result<Vec<u8>, AppError>>, AppError> {
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        let app = self.clone();
        tokio::spawn(async move {
            if let Err(error) = app.write_export(&pieces).await {
                let _ = pieces.send(Err(error)).await;
            }
        });
        Ok(receiver)
    }

    async fn write_export(&self, pieces: &Pieces) -> Result<(), AppError> {
        let mut first = MAGIC.to_vec();
        first.extend(archive::statements_item(
            &self.statements().await?.to_blobs(),
        ));
        send(pieces, first).await?;
        let identity = self.identity();
        let logs = self.0.store.read(move |logs| {
            let own = logs.logs().filter(|(log, _)| log.identity == identity);
            Ok(own
                .map(|(log, state)| (*log, state.clone()))
                .collect::<Vec<_>>())
        });
        let mut counts = Counts::default();
        for (log, state) in logs.await? {
            for range in state.ranges() {
                self.write_range(pieces, &mut counts, log, range.lo, range.hi)
                    .await?;
            }
        }
        send(pieces, archive::end_item(counts)).await
    }

    /// Writes `lo..=hi` in ascending order, and counts what it writes.
    async fn write_range(
        &self,
        pieces: &Pieces,
        counts: &mut Counts,
        log: LogKey,
        lo: u64,
        hi: u64,
    ) -> Result<(), AppError> {
        let mut next = lo;
        while next <= hi {
            // What is served ends at the upper end asked for and may begin later than asked: ask for less then.
            let mut upper = hi.min(next + ENTRIES_AT_ONCE - 1);
            let (run, tombstones) = loop {
                let served = self
                    .0
                    .store
                    .read(move |logs| logs.serve(&log, next, upper))
                    .await?;
                let served = served
                    .ok_or_else(|| failed(Said::english("an entry vanished during the export")))?;
                match served
                    .0
                    .first_seq
                    .checked_sub(1)
                    .filter(|below| *below >= next)
                {
                    Some(below) => upper = below,
                    None => break served,
                }
            };
            next = run.last_seq() + 1;
            counts.add(&run);
            send(pieces, archive::run_item(&run, &tombstones)).await?;
        }
        Ok(())
    }
}

async fn send(pieces: &Pieces, bytes: Vec<u8>) -> Result<(), AppError> {
    pieces
        .send(Ok(bytes))
        .await
        .map_err(|_| failed(Said::english("whoever asked for the export is gone")))
}

/// Checks an export file.
pub(crate) fn verify_export(mut file: impl Read) -> Result<VerifyReport, AppError> {
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic)
        .map_err(|_| wrong("the file is too short to be an exported log"))?;
    if &magic != MAGIC {
        return Err(refused(ArchiveError::Magic));
    }
    let mut reader = Reader::default();
    let mut blobs = Vec::new();
    let mut check = ExportCheck::default();
    loop {
        match reader.read(&next_item(&mut file)?).map_err(refused)? {
            Item::Statements(statements) => blobs = statements,
            Item::Run(run, tombstones) => check.add(&blobs, run, &tombstones)?,
            Item::End => break,
        }
    }
    if has_more(&mut file)? {
        return Err(refused(ArchiveError::AfterEnd));
    }
    Ok(check.finish())
}

/// No page checks files.
fn wrong(english: impl Into<String>) -> AppError {
    bad_request(Said::english(english))
}

fn refused(error: ArchiveError) -> AppError {
    match error {
        ArchiveError::CutOff => wrong("the export is cut off: export it again"),
        ArchiveError::Magic => wrong("the file isn't an exported log, or of a newer version"),
        ArchiveError::Kind(kind) => wrong(format!(
            "the export is of a newer version: it has an item of kind {kind}"
        )),
        damaged @ (ArchiveError::Order | ArchiveError::AfterEnd | ArchiveError::Decode(_)) => {
            wrong(format!("the export is damaged: {damaged}"))
        }
    }
}

#[derive(Default)]
struct ExportCheck {
    statements: BTreeMap<Identity, StatementSet>,
    verdicts: BTreeMap<LogKey, Verdict>,
}

impl ExportCheck {
    fn add(
        &mut self,
        blobs: &[Vec<u8>],
        run: Run,
        tombstones: &[hearth_protocol::entry::LoneEntry],
    ) -> Result<(), AppError> {
        let (log, previous) = (run.log, run.previous);
        let statements = self.statements.entry(log.identity).or_insert_with(|| {
            let mut set = StatementSet::new(log.identity);
            // Statements that don't hold leave the device uncertified, which is said of every entry.
            let _ = set.merge(blobs.iter().map(Vec::as_slice));
            set
        });
        let bound = statements.bound(&log.device, log.log);
        let deleted = ingest::proven_deletes(statements, tombstones);
        let chain = run
            .chain()
            .map_err(|error| wrong(format!("damaged: {error}")))?;
        let links = chain.into_links().into_iter();
        let entries: Vec<_> = links
            .map(|link| {
                let is_gone = link.body.is_none() && !deleted.contains_key(&link.entry.place());
                let fault = fault_of(&link.entry, bound, is_gone);
                (link.entry, fault)
            })
            .collect();
        self.verdicts
            .entry(log)
            .or_default()
            .add(previous, &entries);
        Ok(())
    }

    fn finish(self) -> VerifyReport {
        let mut report = VerifyReport::default();
        for (log, mut verdict) in self.verdicts {
            verdict.finish();
            check::add(&mut report, &log, verdict);
        }
        report
    }
}

/// What is wrong with an entry apart from its signature.
fn fault_of(entry: &Entry, bound: Bound, is_gone: bool) -> Option<&'static str> {
    match bound {
        Bound::Void => Some("the identity doesn't vouch for the device"),
        Bound::EndsAt(end) if entry.place().seq > end.seq => {
            Some("the identity cut the log off before it")
        }
        Bound::EndsAt(end) if entry.place().seq == end.seq && entry.id() != end.id => {
            Some("the identity cut the log off on another branch")
        }
        _ if is_gone => Some("its body is missing, and nothing says that it was deleted"),
        _ => None,
    }
}

/// The next item without its length. A file that ends before one is cut off: only the last item ends it.
fn next_item(file: &mut impl Read) -> Result<Vec<u8>, AppError> {
    let mut length = [0; 4];
    file.read_exact(&mut length).map_err(unread)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > ITEM_BYTES_MAX {
        return Err(wrong("damaged: an item is longer than any can be"));
    }
    let mut item = Vec::new();
    file.take(length as u64)
        .read_to_end(&mut item)
        .map_err(unread)?;
    if item.len() < length {
        Err(refused(ArchiveError::CutOff))
    } else {
        Ok(item)
    }
}

fn has_more(file: &mut impl Read) -> Result<bool, AppError> {
    let mut byte = Vec::new();
    file.take(1).read_to_end(&mut byte).map_err(unread)?;
    Ok(!byte.is_empty())
}

fn unread(error: io::Error) -> AppError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        refused(ArchiveError::CutOff)
    } else {
        failed(Said::english(format!("the export can't be read: {error}")))
    }
}
