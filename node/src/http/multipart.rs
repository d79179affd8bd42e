//! Forms with files (`multipart/form-data`, RFC 7578): how photos come without scripts.
//!
//! This is the only file that knows multer. Files are worked on one by one as they come, so that at most one is in memory;
//! the form's token comes before them, so that nothing is worked on for who doesn't have it.

use super::forms::{FIELDS_MAX, Fields};
use super::photos::{self, UPLOAD_TIME_MAX};
use super::request::{Body, BodyError, Head};
use super::respond::Problem;
use super::session::Session;
use crate::app::App;
use crate::app::model::AppError;
use crate::media::{self, MediaError};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use hearth_web_ui::FormTrouble;
use hyper::body::Bytes;
use multer::{Field, Multipart};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use tokio::time::timeout;
use warp::http::StatusCode;
use warp::http::header::CONTENT_TYPE;

/// How many photos one form may bring.
const FILES_MAX: usize = 8;
/// How long all texts of a form may be.
const TEXT_BYTES_MAX: usize = 128 * 1024;
/// More than the name of any field of ours has.
const NAME_BYTES_MAX: usize = 64;
/// How much may be read without anything coming of it: a head that doesn't end, a boundary that doesn't come.
const FRUITLESS_BYTES_MAX: usize = 2 << 20;

/// What becomes of the files of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Files {
    /// Photos for a post: they are kept, and stand in the form as if they had been chosen before.
    Photos,
    /// One's own picture.
    Portrait,
}

/// A form that came with files.
pub(super) struct Sent {
    /// Its texts.
    pub(super) fields: Fields,
    /// Why the first of the files that weren't taken wasn't.
    pub(super) problem: Option<AppError>,
    /// Whether a file was taken.
    pub(super) took: bool,
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
    let _place = photos::place().await?;
    let reading = Reading {
        app,
        session,
        files,
        fruitless: Arc::default(),
        texts: Vec::new(),
        text_bytes: 0,
        drafts: Vec::new(),
        is_ours: false,
        problem: None,
    };
    timeout(UPLOAD_TIME_MAX, reading.all(body, boundary))
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
}

impl Reading<'_> {
    async fn all(mut self, body: Body, boundary: String) -> Result<Sent, Problem> {
        let mut form = Multipart::new(bounded(body, Arc::clone(&self.fruitless)), boundary);
        let mut files = 0;
        while let Some(field) = form.next_field().await.map_err(|_| broken())? {
            self.progress();
            let name = field.name().unwrap_or_default().to_owned();
            match field.file_name() {
                None => self.text(name, field).await?,
                // What a browser sends where no file was chosen.
                Some("") => {}
                Some(_) if !self.is_ours => return Err(Problem::foreign_form()),
                Some(_) => {
                    files += 1;
                    if files > FILES_MAX {
                        return Err(malformed());
                    }
                    self.file(field).await?;
                }
            }
        }
        if !self.is_ours {
            return Err(Problem::foreign_form());
        }
        let took = !self.drafts.is_empty();
        let mut fields = Fields::of(self.texts).map_err(|_| malformed())?;
        fields.add_photos(self.drafts);
        Ok(Sent {
            fields,
            problem: self.problem,
            took,
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
        };
        self.drafts.push(draft);
        Ok(())
    }
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
