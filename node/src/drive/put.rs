//! What is put: cut into chunks and stored while it comes, placed in the drive batch by batch.

use crate::said::{Said, said};
use std::collections::{BTreeMap, VecDeque};
use std::io::Read;

use hearth_protocol::drive::Meta;
use hearth_protocol::object::Blob;
use hearth_protocol::object::chunk::Chunker;
use hearth_protocol::object::list::{Builder, Item};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::frame::{FrameError, Header, Piece, Reader, What};
use super::path::DrivePath;
use super::pipe::Piece as Arrived;
use super::place::{New, Placement, Verdict};
use super::{Drive, stopping};
use crate::app::model::{AppError, ErrorKind};
use crate::objects::{Holder, ObjectError, Put as Stored};
use crate::replication::unix_ms;

/// Content that is stored at once.
const CHUNKS_BYTES: usize = 4 << 20;
const CHUNKS_MAX: usize = 1024;
/// A batch is placed after so much,
const BATCH_BYTES: u64 = 64 << 20;
/// or so many items,
const BATCH_ITEMS: usize = 2_000;
/// or paths and targets so long.
const BATCH_NAMES_BYTES: usize = 4 << 20;
/// Refusals that are told one by one.
const REFUSALS_MAX: usize = 10_000;

/// What became of a stream that was put.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PutReport {
    /// Files that are there now, as they were sent.
    pub(crate) files: u64,
    /// Their length.
    pub(crate) bytes: u64,
    /// Bytes of objects that weren't there before.
    pub(crate) new_bytes: u64,
    /// What was refused, by place in the stream, and why.
    pub(crate) refused: Vec<(u64, Verdict)>,
}

/// A file whose content isn't stored as a whole yet.
struct Open {
    at: u64,
    path: DrivePath,
    meta: Meta,
    builder: Builder,
    is_ended: bool,
    is_dropped: bool,
}

/// An item that can be placed.
struct Ready {
    at: u64,
    path: DrivePath,
    new: New,
}

type Chunks = JoinHandle<Result<Vec<Stored>, ObjectError>>;

/// Takes a stream of items. Blocks; never in a task.
pub(crate) struct Putting {
    drive: Drive,
    runtime: Handle,
    report: PutReport,
    /// Chunks that wait to be stored, with the place of their file.
    chunks: Vec<(u64, Vec<u8>)>,
    chunks_bytes: usize,
    /// Chunks that are being stored.
    storing: Option<(Vec<Item>, Vec<u64>, Chunks)>,
    open: VecDeque<Open>,
    ready: Vec<Ready>,
    names_bytes: usize,
    bytes: u64,
    /// Who may give back what is stored.
    holder: Option<Holder>,
    /// Whether parts of files were lost on the way to the disk: nothing more can be placed.
    is_spoiled: bool,
}

impl Putting {
    pub(crate) fn new(drive: Drive, runtime: Handle) -> Self {
        Self {
            drive,
            runtime,
            report: PutReport::default(),
            chunks: Vec::new(),
            chunks_bytes: 0,
            storing: None,
            open: VecDeque::new(),
            ready: Vec::new(),
            names_bytes: 0,
            bytes: 0,
            holder: None,
            is_spoiled: false,
        }
    }

    /// What it stores can be given back until somebody says that it is kept.
    pub(super) fn held_by(mut self, holder: Holder) -> Self {
        self.holder = Some(holder);
        self
    }

    /// Takes a whole stream; what it reports is durable. Of one that breaks off, what came whole is kept.
    pub(crate) fn stream(mut self, input: impl Read) -> Result<PutReport, AppError> {
        let taken = self.items(input);
        if taken.is_err() {
            self.end_file(true);
        }
        if !self.is_spoiled {
            self.place()?;
        }
        taken.map(|()| self.report)
    }

    /// Takes the content of one file, of which an empty piece is the end; gives what can be placed, its bytes durable.
    pub(super) fn one(
        mut self,
        meta: Meta,
        pieces: mpsc::Receiver<Arrived>,
    ) -> Result<New, AppError> {
        let made = self.whole(meta, pieces);
        // Of what is given back nothing may come later.
        if let Some((_, _, storing)) = self.storing.take() {
            let _ = self.runtime.block_on(storing);
        }
        made
    }

    fn whole(&mut self, meta: Meta, mut pieces: mpsc::Receiver<Arrived>) -> Result<New, AppError> {
        self.begin_file(0, DrivePath::ROOT, meta);
        let mut chunker = Chunker::new();
        loop {
            let piece = pieces.blocking_recv().ok_or_else(cut_short)??;
            let is_last = piece.is_empty();
            chunker.push(&piece);
            self.take_chunks(0, &mut chunker, is_last)?;
            if is_last {
                break;
            }
        }
        self.end_file(false);
        self.store()?;
        self.stored()?;
        self.finish_first()?;
        let committed = self.runtime.block_on(self.drive.objects.commit());
        committed.map_err(unstored)?;
        let made = self.ready.pop().ok_or_else(cut_short)?;
        Ok(made.new)
    }

    fn items(&mut self, input: impl Read) -> Result<(), AppError> {
        let mut reader = Reader::begin(input).map_err(unread)?;
        let mut at = 0;
        while let Some(header) = reader.header().map_err(unread)? {
            self.item(&mut reader, at, header)?;
            at += 1;
            if self.is_full() {
                self.place()?;
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.open.len() + self.ready.len() >= BATCH_ITEMS
            || self.bytes >= BATCH_BYTES
            || self.names_bytes >= BATCH_NAMES_BYTES
    }

    fn item<R: Read>(
        &mut self,
        reader: &mut Reader<R>,
        at: u64,
        header: Header,
    ) -> Result<(), AppError> {
        let Header { path, meta, what } = header;
        let new = match what {
            What::Problem { .. } => return Ok(()),
            What::Folder => New::Folder(meta),
            What::Link { target } => {
                self.names_bytes += target.len();
                New::Link(meta, target)
            }
            What::File { .. } => return self.content(reader, at, path, meta),
        };
        self.names_bytes += path.to_bytes().len();
        self.ready.push(Ready { at, path, new });
        Ok(())
    }

    fn content<R: Read>(
        &mut self,
        reader: &mut Reader<R>,
        at: u64,
        path: DrivePath,
        meta: Meta,
    ) -> Result<(), AppError> {
        let mut chunker = Chunker::new();
        let mut buffer = Vec::new();
        self.begin_file(at, path, meta);
        loop {
            match reader.piece(&mut buffer).map_err(unread)? {
                Piece::Bytes => {
                    chunker.push(&buffer);
                    self.take_chunks(at, &mut chunker, false)?;
                }
                Piece::Whole => {
                    self.take_chunks(at, &mut chunker, true)?;
                    self.end_file(false);
                    return Ok(());
                }
                Piece::Broken(_) => {
                    self.end_file(true);
                    return Ok(());
                }
            }
        }
    }

    fn begin_file(&mut self, at: u64, path: DrivePath, meta: Meta) {
        self.names_bytes += path.to_bytes().len();
        self.open.push_back(Open {
            at,
            path,
            meta,
            builder: Builder::new(),
            is_ended: false,
            is_dropped: false,
        });
    }

    fn end_file(&mut self, is_dropped: bool) {
        if let Some(file) = self.open.back_mut().filter(|file| !file.is_ended) {
            (file.is_ended, file.is_dropped) = (true, is_dropped);
        }
    }

    fn take_chunks(
        &mut self,
        at: u64,
        chunker: &mut Chunker,
        is_last: bool,
    ) -> Result<(), AppError> {
        while let Some(chunk) = chunker.next_chunk(is_last) {
            self.chunks_bytes += chunk.len();
            self.bytes += chunk.len() as u64;
            self.chunks.push((at, chunk.to_vec()));
            if self.chunks_bytes >= CHUNKS_BYTES || self.chunks.len() == CHUNKS_MAX {
                self.store()?;
            }
        }
        Ok(())
    }

    /// Begins to store the chunks that wait, once those before are stored.
    fn store(&mut self) -> Result<(), AppError> {
        self.stored()?;
        if self.chunks.is_empty() {
            return Ok(());
        }
        self.chunks_bytes = 0;
        let (files, contents): (Vec<u64>, Vec<Vec<u8>>) =
            std::mem::take(&mut self.chunks).into_iter().unzip();
        let blank = hearth_protocol::object::ObjectId::from_bytes([0; 32]);
        let items = contents.iter().map(|content| Item {
            id: blank,
            bytes: content.len() as u64,
        });
        let items = items.collect();
        let (objects, holder) = (self.drive.objects.clone(), self.holder);
        let storing = self
            .runtime
            .spawn(async move { objects.put_held(contents, holder).await });
        self.storing = Some((items, files, storing));
        Ok(())
    }

    /// Waits for the chunks that are being stored, and finishes the files that they complete.
    fn stored(&mut self) -> Result<(), AppError> {
        let Some((items, files, storing)) = self.storing.take() else {
            return Ok(());
        };
        self.is_spoiled = true;
        let stored = self.runtime.block_on(storing);
        let stored = stored.map_err(|_| stopping())?.map_err(unstored)?;
        for ((mut item, at), stored) in items.into_iter().zip(files).zip(stored) {
            item.id = stored.id;
            self.count(&stored);
            while self.open.front().is_some_and(|file| file.at < at) {
                self.finish_first()?;
            }
            if let Some(file) = self.open.front_mut() {
                file.builder.push(item);
            }
            self.store_lists(false)?;
        }
        self.is_spoiled = false;
        Ok(())
    }

    fn count(&mut self, stored: &Stored) {
        if stored.is_new {
            self.report.new_bytes += u64::from(stored.stored_bytes);
        }
    }

    /// Stores the lists of the first open file that are full; `is_last`: all of them.
    fn store_lists(&mut self, is_last: bool) -> Result<(), AppError> {
        let was_spoiled = std::mem::replace(&mut self.is_spoiled, true);
        while let Some(file) = self.open.front_mut() {
            let Some((place, list)) = file.builder.next_list(is_last) else {
                break;
            };
            let storing = self.drive.objects.put_held(vec![list], self.holder);
            let stored = self.runtime.block_on(storing).map_err(unstored)?[0];
            file.builder.stored(place, stored.id);
            self.count(&stored);
        }
        self.is_spoiled = was_spoiled;
        Ok(())
    }

    /// Makes the first open file, all of whose chunks are stored, ready to be placed.
    fn finish_first(&mut self) -> Result<(), AppError> {
        self.store_lists(true)?;
        let Some(file) = self.open.pop_front() else {
            return Ok(());
        };
        if file.is_dropped {
            return Ok(());
        }
        let blob: Blob = file.builder.blob().ok_or_else(|| AppError {
            kind: ErrorKind::BadRequest,
            message: said!(
                "drive-file-too-long",
                "{path} is too long for the drive",
                path = file.path.to_text()
            ),
        })?;
        let new = New::File(file.meta, blob);
        let Open { at, path, .. } = file;
        self.ready.push(Ready { at, path, new });
        Ok(())
    }

    /// Places what came so far, durably: contents first, then the entries that name them.
    fn place(&mut self) -> Result<(), AppError> {
        self.store()?;
        self.stored()?;
        while self.open.front().is_some_and(|file| file.is_ended) {
            self.finish_first()?;
        }
        (self.bytes, self.names_bytes) = (0, 0);
        if self.ready.is_empty() {
            return Ok(());
        }
        let committed = self.runtime.block_on(self.drive.objects.commit());
        committed.map_err(unstored)?;
        let ready = std::mem::take(&mut self.ready);
        let sizes: BTreeMap<u64, u64> = ready.iter().filter_map(Ready::size).collect();
        let placed = self.drive.change(move |logs, identity| {
            let (mut placement, mut rng) = (Placement::new(logs, *identity), crate::rng::system());
            let mut verdicts = Vec::with_capacity(ready.len());
            for Ready { at, path, new } in ready {
                let verdict = placement.put(&path, new, unix_ms(), &mut rng)?;
                verdicts.push((at, verdict));
            }
            Ok((verdicts, placement.changes()))
        });
        for (at, verdict) in self.runtime.block_on(placed)? {
            match (verdict, sizes.get(&at)) {
                (Verdict::Here | Verdict::Wanted, Some(bytes)) => {
                    self.report.files += 1;
                    self.report.bytes += bytes;
                }
                (Verdict::Here | Verdict::Wanted, None) => {}
                (refusal, _) => self.refuse(at, refusal),
            }
        }
        Ok(())
    }

    fn refuse(&mut self, at: u64, refusal: Verdict) {
        if self.report.refused.len() < REFUSALS_MAX {
            self.report.refused.push((at, refusal));
        }
    }
}

impl Ready {
    fn size(&self) -> Option<(u64, u64)> {
        match &self.new {
            New::File(_, blob) => Some((self.at, blob.bytes)),
            _ => None,
        }
    }
}

fn cut_short() -> AppError {
    AppError {
        kind: ErrorKind::BadRequest,
        message: said!(
            "upload-broke-off",
            "the file broke off before its end and wasn't kept: send it again"
        ),
    }
}

fn unread(error: FrameError) -> AppError {
    let message = match &error {
        FrameError::Io(source) => format!("{error}: {source}"),
        _ => error.to_string(),
    };
    let kind = ErrorKind::BadRequest;
    AppError::new(kind, Said::english(message))
}

fn unstored(error: ObjectError) -> AppError {
    AppError::new(ErrorKind::Failed, &error)
}
