//! Forms with files (`multipart/form-data`, RFC 7578): how photos come without scripts.
//!
//! This is the only file that knows multer. Files are worked on one by one as they come, so that at most one is in memory;
//! the form's token comes before them, so that nothing is worked on for who doesn't have it.

use super::forms::{FIELDS_MAX, Fields};
use super::photos::{self, UPLOAD_TIME_MAX};
use super::request::{Body, BodyError, Head};
use super::respond::Problem;
use super::session::Session;
use super::uploads;
use crate::app::App;
use crate::app::model::AppError;
use crate::drive::pipe::PIECES_MAX;
use crate::drive::pipe::Piece;
use crate::drive::upload::Existing;
use crate::media::{self, MediaError};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use hearth_web_ui::FormTrouble;
use hyper::body::Bytes;
use multer::{Field, Multipart};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use warp::http::StatusCode;
use warp::http::header::CONTENT_TYPE;

/// How many photos one form may bring.
const FILES_MAX: usize = 8;
/// How many files one form may bring to the drive.
const DRIVE_FILES_MAX: usize = 10_000;
/// How long nothing may come in the middle of a form.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// How long all texts of a form may be.
const TEXT_BYTES_MAX: usize = 128 * 1024;
/// More than the name of any field of ours has.
const NAME_BYTES_MAX: usize = 64;
/// How much may be read without anything coming of it: a head that doesn't end, a boundary that doesn't come.
const FRUITLESS_BYTES_MAX: usize = 2 << 20;

/// What becomes of the files of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Files {
    /// Photos for a post: they are kept, and stand in the form as if they had been chosen before.
    Photos,
    /// One's own picture.
    Portrait,
    /// Files for this folder of the drive: each is stored while it comes, of any length.
    Drive(String),
}

/// What became of files that were sent to the drive.
#[derive(Default)]
pub(super) struct Kept {
    /// How many are there.
    pub(super) taken: u64,
    /// How many aren't.
    pub(super) refused: u64,
    /// Why the first of these isn't.
    pub(super) problem: Option<AppError>,
}

/// A form that came with files.
pub(super) struct Sent {
    /// Its texts.
    pub(super) fields: Fields,
    /// Why the first of the files that weren't taken wasn't.
    pub(super) problem: Option<AppError>,
    /// Whether a file was taken.
    pub(super) took: bool,
    /// What became of files for the drive.
    pub(super) kept: Option<Kept>,
}

/// The boundary, if a request's body is such a form.
pub(super) fn boundary(head: &Head) -> Option<String> {
    let kind = head.headers.get(CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(kind).ok()
}

/// Reads a form that one of this session's own pages sent.
pub(super) async fn read(
    app: &App,
    session: &Session,
    body: Body,
    boundary: String,
    files: Files,
) -> Result<Sent, Problem> {
    if let Files::Drive(_) = files {
        let reading = Reading::new(app, session, files);
        // As long as something comes: how long a file is, nobody knows.
        return reading.all(body, boundary).await;
    }
    let _place = photos::place().await?;
    let reading = Reading::new(app, session, files);
    timeout(UPLOAD_TIME_MAX, reading.all(body, boundary))
        .await
        .unwrap_or_else(|_| Err(unread(StatusCode::REQUEST_TIMEOUT, FormTrouble::TooSlow)))
}

/// Reads a form that one of this session's own pages sent, with at most one file of at most `bytes_max` bytes: its texts, and
/// the file unless none was chosen. A longer one comes back empty.
pub(super) async fn with_one(
    session: &Session,
    body: Body,
    boundary: String,
    bytes_max: usize,
) -> Result<(Fields, Option<Vec<u8>>), Problem> {
    let _place = photos::place().await?;
    let fruitless = Arc::new(AtomicUsize::new(0));
    let reading = async {
        let mut form = Multipart::new(bounded(body, Arc::clone(&fruitless)), boundary);
        let (mut is_ours, mut texts, mut file) = (false, Vec::new(), None);
        while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
            fruitless.store(0, Ordering::Relaxed);
            let name = field.name().unwrap_or_default().to_owned();
            let chosen = field.file_name().map(str::to_owned);
            let is_too_much = texts.len() >= FIELDS_MAX || name.len() > NAME_BYTES_MAX;
            if is_too_much || (chosen.is_some() && file.is_some()) {
                return Err(malformed());
            }
            if chosen.is_some() && !is_ours {
                return Err(Problem::foreign_form());
            }
            let most = match &chosen {
                Some(_) => bytes_max,
                None => TEXT_BYTES_MAX,
            };
            let (mut bytes, mut is_long) = (Vec::new(), false);
            while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
                fruitless.store(0, Ordering::Relaxed);
                is_long |= bytes.len() + chunk.len() > most;
                if is_long {
                    bytes = Vec::new();
                } else {
                    bytes.extend_from_slice(&chunk);
                }
            }
            match chosen {
                Some(name) if name.is_empty() => {}
                Some(_) => file = Some(bytes),
                None if is_long => {
                    let status = StatusCode::PAYLOAD_TOO_LARGE;
                    return Err(unread(status, FormTrouble::TooLong));
                }
                None => {
                    let value = String::from_utf8(bytes).map_err(|_| malformed())?;
                    is_ours |= name == "csrf" && session.owns_form(&value);
                    texts.push((name, value.replace("\r\n", "\n")));
                }
            }
        }
        if !is_ours {
            return Err(Problem::foreign_form());
        }
        let fields = Fields::of(texts).map_err(|_| malformed())?;
        Ok((fields, file))
    };
    timeout(UPLOAD_TIME_MAX, reading)
        .await
        .unwrap_or_else(|_| Err(unread(StatusCode::REQUEST_TIMEOUT, FormTrouble::TooSlow)))
}

/// Reads a form that one of this session's own pages sent, and passes its one file on as it comes, at most `bytes_max` of it;
/// gives the file's name, if there was a file. No piece is empty, and none says that it was the last.
pub(super) async fn pass_on(
    session: &Session,
    body: Body,
    boundary: String,
    (to, bytes_max): (mpsc::Sender<Piece>, u64),
) -> Result<Option<String>, Problem> {
    let fruitless = Arc::new(AtomicUsize::new(0));
    let passing = async {
        let mut form = Multipart::new(bounded(body, Arc::clone(&fruitless)), boundary);
        let (mut is_ours, mut fields, mut bytes) = (false, 0, 0);
        while let Some(mut field) = form.next_field().await.map_err(|_| broken())? {
            fruitless.store(0, Ordering::Relaxed);
            fields += 1;
            if fields > FIELDS_MAX {
                return Err(malformed());
            }
            let file = field.file_name().map(str::to_owned);
            match file {
                None => {
                    let is_token = field.name() == Some("csrf");
                    let mut text = Vec::new();
                    while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
                        text.extend_from_slice(&chunk);
                        if text.len() > TEXT_BYTES_MAX {
                            return Err(malformed());
                        }
                    }
                    let text = String::from_utf8(text).map_err(|_| malformed())?;
                    is_ours |= is_token && session.owns_form(&text);
                }
                Some(_) if !is_ours => return Err(Problem::foreign_form()),
                Some(name) if name.is_empty() => {}
                Some(name) => {
                    while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
                        fruitless.store(0, Ordering::Relaxed);
                        bytes += chunk.len() as u64;
                        if bytes > bytes_max {
                            let status = StatusCode::PAYLOAD_TOO_LARGE;
                            return Err(unread(status, FormTrouble::TooLong));
                        }
                        // Who takes it says by itself why it takes no more.
                        if !chunk.is_empty() && to.send(Ok(chunk.to_vec())).await.is_err() {
                            return Ok(Some(name));
                        }
                    }
                    return Ok(Some(name));
                }
            }
        }
        match is_ours {
            true => Ok(None),
            false => Err(Problem::foreign_form()),
        }
    };
    timeout(UPLOAD_TIME_MAX, passing)
        .await
        .unwrap_or_else(|_| Err(unread(StatusCode::REQUEST_TIMEOUT, FormTrouble::TooSlow)))
}

fn unread(status: StatusCode, trouble: FormTrouble) -> Problem {
    Problem::bad_form(status, trouble)
}

fn malformed() -> Problem {
    unread(StatusCode::BAD_REQUEST, FormTrouble::Malformed)
}

struct Reading<'a> {
    app: &'a App,
    session: &'a Session,
    files: Files,
    fruitless: Arc<AtomicUsize>,
    texts: Vec<(String, String)>,
    text_bytes: usize,
    drafts: Vec<String>,
    is_ours: bool,
    problem: Option<AppError>,
    kept: Kept,
}

impl<'a> Reading<'a> {
    fn new(app: &'a App, session: &'a Session, files: Files) -> Self {
        Self {
            app,
            session,
            files,
            fruitless: Arc::default(),
            texts: Vec::new(),
            text_bytes: 0,
            drafts: Vec::new(),
            is_ours: false,
            problem: None,
            kept: Kept::default(),
        }
    }

    async fn all(mut self, body: Body, boundary: String) -> Result<Sent, Problem> {
        let mut form = Multipart::new(bounded(body, Arc::clone(&self.fruitless)), boundary);
        let mut files = 0;
        let files_max = match self.files {
            Files::Drive(_) => DRIVE_FILES_MAX,
            _ => FILES_MAX,
        };
        while let Some(field) = in_time(form.next_field()).await?.map_err(|_| broken())? {
            self.progress();
            let name = field.name().unwrap_or_default().to_owned();
            match field.file_name() {
                None => self.text(name, field).await?,
                // What a browser sends where no file was chosen.
                Some("") => {}
                Some(_) if !self.is_ours => return Err(Problem::foreign_form()),
                Some(_) => {
                    files += 1;
                    if files > files_max {
                        return Err(malformed());
                    }
                    match &self.files {
                        Files::Drive(folder) => {
                            let folder = folder.clone();
                            self.drive_file(&folder, field).await?;
                        }
                        _ => self.file(field).await?,
                    }
                }
            }
        }
        if !self.is_ours {
            return Err(Problem::foreign_form());
        }
        let took = !self.drafts.is_empty();
        let mut fields = Fields::of(self.texts).map_err(|_| malformed())?;
        fields.add_photos(self.drafts);
        let is_for_drive = matches!(self.files, Files::Drive(_));
        Ok(Sent {
            fields,
            problem: self.problem,
            took,
            kept: is_for_drive.then_some(self.kept),
        })
    }

    fn progress(&self) {
        self.fruitless.store(0, Ordering::Relaxed);
    }

    async fn text(&mut self, name: String, mut field: Field<'_>) -> Result<(), Problem> {
        let mut bytes = Vec::new();
        if self.texts.len() >= FIELDS_MAX || name.len() > NAME_BYTES_MAX {
            return Err(malformed());
        }
        while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
            self.progress();
            self.text_bytes += chunk.len();
            if self.text_bytes > TEXT_BYTES_MAX {
                let status = StatusCode::PAYLOAD_TOO_LARGE;
                return Err(unread(status, FormTrouble::TooLong));
            }
            bytes.extend_from_slice(&chunk);
        }
        let value = String::from_utf8(bytes).map_err(|_| malformed())?;
        if name == "csrf" {
            self.is_ours = self.session.owns_form(&value);
        }
        self.texts.push((name, value.replace("\r\n", "\n")));
        Ok(())
    }

    async fn file(&mut self, mut field: Field<'_>) -> Result<(), Problem> {
        let mut bytes = Vec::new();
        let mut is_long = false;
        while let Some(chunk) = field.chunk().await.map_err(|_| broken())? {
            self.progress();
            is_long |= bytes.len() + chunk.len() > media::FILE_BYTES_MAX;
            if is_long {
                bytes = Vec::new();
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
        let taken = if is_long {
            Err(MediaError::TooLong.into())
        } else {
            self.take(bytes).await
        };
        if let Err(error) = taken {
            // The form's texts still come, and mustn't be lost.
            self.problem.get_or_insert(error);
        }
        Ok(())
    }

    /// Hands a file on to the drive piece by piece; what it refuses is read to its end all the same, as others may follow.
    async fn drive_file(&mut self, folder: &str, mut field: Field<'_>) -> Result<(), Problem> {
        let name = field.file_name().map(unquoted).unwrap_or_default();
        let said = self.texts.iter().find(|(name, _)| name == "existing");
        // Nobody can be asked in the middle of a form.
        let existing = match uploads::existing(said.map_or("", |(_, value)| value)) {
            Existing::Ask => Existing::Both,
            existing => existing,
        };
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        let about = (uploads::now_ms(), None);
        let keeping = self
            .app
            .files_upload((folder, &name), about, existing, receiver);
        let sending = async {
            loop {
                let chunk = in_time(field.chunk()).await?.map_err(|_| broken())?;
                self.progress();
                // An empty piece is the end, and nothing else is.
                let is_last = chunk.is_none();
                let piece = chunk.map_or_else(Vec::new, |chunk| chunk.to_vec());
                if is_last || !piece.is_empty() {
                    // Who doesn't want it any more says why below.
                    let _ = pieces.send(Ok(piece)).await;
                }
                if is_last {
                    return Ok::<_, Problem>(());
                }
            }
        };
        let (sent, kept) = {
            let (mut sending, mut keeping) = (pin!(sending), pin!(keeping));
            tokio::select! {
                sent = &mut sending => match sent {
                    Ok(()) => (Ok(()), keeping.await),
                    // Dropped, it learns that this was not the end.
                    Err(problem) => return Err(problem),
                },
                kept = &mut keeping => (sending.await, kept),
            }
        };
        sent?;
        match kept {
            Ok(Some(_)) => self.kept.taken += 1,
            Ok(None) => self.kept.refused += 1,
            Err(error) => {
                self.kept.refused += 1;
                self.kept.problem.get_or_insert(error);
            }
        }
        Ok(())
    }

    async fn take(&mut self, bytes: Vec<u8>) -> Result<(), AppError> {
        let draft = match self.files {
            Files::Photos => {
                let photo = media::prepare(bytes).await?;
                self.app.keep_photo(photo).await?.draft
            }
            Files::Portrait => {
                let picture = media::portrait(bytes).await?;
                self.app.set_portrait(Some(picture)).await?.identity
            }
            Files::Drive(_) => return Ok(()),
        };
        self.drafts.push(draft);
        Ok(())
    }
}

/// What comes next of a form, unless nothing comes for too long.
async fn in_time<T>(next: impl Future<Output = T>) -> Result<T, Problem> {
    let slow = |_| unread(StatusCode::REQUEST_TIMEOUT, FormTrouble::TooSlow);
    timeout(SILENCE_MAX, next).await.map_err(slow)
}

/// A file's name, in which browsers write quotation marks and line ends otherwise (HTML, 4.10.21.8).
fn unquoted(name: &str) -> String {
    name.replace("%22", "\"")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
}

fn broken() -> Problem {
    unread(StatusCode::BAD_REQUEST, FormTrouble::Broken)
}

/// A body, one piece each time it is asked for (the parser would take all that there is), until too much came of nothing.
fn bounded(
    body: Body,
    fruitless: Arc<AtomicUsize>,
) -> impl Stream<Item = Result<Bytes, BodyError>> + Send {
    let mut chunks = body.into_stream().and_then(move |chunk| {
        let before = fruitless.fetch_add(chunk.len(), Ordering::Relaxed);
        let is_much = before + chunk.len() > FRUITLESS_BYTES_MAX;
        std::future::ready(if is_much {
            Err(BodyError::Broken)
        } else {
            Ok(chunk)
        })
    });
    let mut rests = false;
    stream::poll_fn(move |context| {
        if std::mem::take(&mut rests) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = chunks.poll_next_unpin(context);
        rests = polled.is_ready();
        polled
    })
}
