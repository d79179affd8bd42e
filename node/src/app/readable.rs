//! Everything that one owns as files that can be read without Hearth: one archive, made while the node runs.
//!
//! It is written as it is read, a page of posts or a piece of a file at a time. What can't be had (a photo that isn't here, a
//! damaged file) doesn't stop the rest: `MISSING.txt` names it.

use crate::said::{Said, said};
use std::io;
use std::time::Duration;

use hearth_web_ui as ui;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::model::{self, AppError, ErrorKind};
use super::posts::named;
use super::{App, bad_request, failed};
use crate::drive::ItemKind;
use crate::drive::pipe::{PIECES_MAX, Piece, PipeReader, PipeWriter};
use crate::photos::PhotoSize;
use crate::replication::unix_ms;
use crate::tarball::Tarball;

/// So many are made at once: each has a thread.
const EXPORTS_MAX: usize = 2;
/// Posts on one page.
const POSTS_ON_PAGE: usize = 200;
/// Names of a folder that are read at once.
const NAMES_AT_ONCE: usize = 500;
/// Folders within folders; more are named as missing.
const DEPTH_MAX: usize = 64;
/// What is named as missing, at most.
const MISSING_MAX: usize = 10_000;
/// How long one waits for a photo that isn't here; and once so many didn't come, for each of the others.
const PHOTO_PATIENCE: Duration = Duration::from_secs(5);
const PATIENT_MISSES: u64 = 12;
const PHOTO_HURRY: Duration = Duration::from_millis(200);

static EXPORTS: Semaphore = Semaphore::const_new(EXPORTS_MAX);

impl App {
    /// Posts, photos, files and whom one follows, as a tar archive's bytes, piece by piece.
    pub(crate) async fn export_readable(&self) -> Result<mpsc::Receiver<Piece>, AppError> {
        let place = EXPORTS.try_acquire().map_err(|_| {
            bad_request(said!(
                "exports-busy",
                "two exports are being made already: wait until one of them is done"
            ))
        })?;
        let language = self.setting(super::settings::LANGUAGE).await?;
        let language = ui::Language::of_tag(&language.value).unwrap_or_default();
        let (pieces, receiver) = mpsc::channel(PIECES_MAX);
        let (app, handle) = (self.clone(), Handle::current());
        tokio::task::spawn_blocking(move || {
            let _place = place;
            let writing = Writing {
                tar: Tarball::new(PipeWriter::new(pieces.clone()), "hearth"),
                app,
                handle,
                language,
                counts: Counts::default(),
                missing: Vec::new(),
            };
            if let Err(error) = writing.all() {
                let _ = pieces.blocking_send(Err(error));
            }
        });
        Ok(receiver)
    }
}

#[derive(Default)]
struct Counts {
    posts: u64,
    pages: u64,
    photos: u64,
    files: u64,
    missing: u64,
    photos_missing: u64,
}

struct Writing {
    tar: Tarball<PipeWriter>,
    app: App,
    handle: Handle,
    language: ui::Language,
    counts: Counts,
    missing: Vec<String>,
}

impl From<io::Error> for AppError {
    fn from(error: io::Error) -> Self {
        failed(Said::english(format!("the archive breaks off: {error}")))
    }
}

impl Writing {
    fn all(mut self) -> Result<(), AppError> {
        let now_ms = unix_ms();
        let profile = self.handle.block_on(self.app.profile())?;
        self.tar.file(&["README.txt"], README.as_bytes(), now_ms)?;
        let style = hearth_web_ui::readable_style();
        self.tar.file(&["style.css"], style.as_bytes(), now_ms)?;
        self.json("profile.json", &profile, now_ms)?;
        let people = self.handle.block_on(self.app.following())?;
        self.json("people.json", &people, now_ms)?;
        let picture = self.portrait(&profile, now_ms)?;
        self.posts(&profile, now_ms)?;
        self.files(&mut Vec::new())?;
        if !self.missing.is_empty() {
            let text = self.missing.join("\n") + "\n";
            self.tar.file(&["MISSING.txt"], text.as_bytes(), now_ms)?;
        }
        let index = ui::ReadableIndex {
            name: called(&profile),
            identity: profile.identity.clone(),
            bio: profile.bio.clone(),
            picture,
            time_ms: now_ms,
            posts: (self.counts.posts, self.counts.pages),
            photos: self.counts.photos,
            files: self.counts.files,
            missing: self.counts.missing,
        };
        let page = ui::readable_index(self.language, &index);
        self.tar.file(&["index.html"], page.as_bytes(), now_ms)?;
        let mut pipe = self.tar.finish()?;
        io::Write::flush(&mut pipe)?;
        Ok(())
    }

    fn json(
        &mut self,
        name: &str,
        value: &impl serde::Serialize,
        now_ms: u64,
    ) -> Result<(), AppError> {
        let json = serde_json::to_vec_pretty(value)
            .map_err(|error| failed(Said::english(format!("{name} can't be written: {error}"))))?;
        Ok(self.tar.file(&[name], &json, now_ms)?)
    }

    fn misses(&mut self, what: String) {
        self.counts.missing += 1;
        if self.missing.len() < MISSING_MAX {
            self.missing.push(what);
        }
    }

    fn portrait(
        &mut self,
        profile: &model::Profile,
        now_ms: u64,
    ) -> Result<Option<String>, AppError> {
        if profile.picture.is_none() {
            return Ok(None);
        }
        let asked = self.app.portrait(&profile.identity, PhotoSize::Full);
        let asked = async { timeout(PHOTO_PATIENCE, asked).await };
        let Ok(Ok(picture)) = self.handle.block_on(asked) else {
            self.misses("your own picture: it isn't on this machine".to_owned());
            return Ok(None);
        };
        let name = format!("portrait.{}", ending(picture.media_type.as_str()));
        self.tar.file(&[&name], &picture.bytes, now_ms)?;
        Ok(Some(name))
    }

    fn posts(&mut self, profile: &model::Profile, now_ms: u64) -> Result<(), AppError> {
        let mut before = None;
        loop {
            let app = self.app.clone();
            let mut posts = self.handle.block_on(own_posts(&app, before))?;
            let has_more = posts.len() > POSTS_ON_PAGE;
            posts.truncate(POSTS_ON_PAGE);
            let Some(last) = posts.last() else {
                return Ok(());
            };
            before = last.local_id.parse::<u64>().ok();
            self.counts.pages += 1;
            self.counts.posts += posts.len() as u64;
            let number = self.counts.pages;
            let mut lines = Vec::new();
            let mut shown = Vec::with_capacity(posts.len());
            for post in &posts {
                serde_json::to_writer(&mut lines, post).map_err(|error| {
                    failed(Said::english(format!("a post can't be written: {error}")))
                })?;
                lines.push(b'\n');
                shown.push(self.post(post)?);
            }
            let page =
                ui::readable_posts(self.language, &called(profile), (number, has_more), &shown);
            let name = ui::readable_page_name(number);
            self.tar.file(&["posts", &name], page.as_bytes(), now_ms)?;
            let name = format!("{number:04}.jsonl");
            self.tar.file(&["posts", &name], &lines, now_ms)?;
            if !has_more || before.is_none() {
                return Ok(());
            }
        }
    }

    /// A post for its page; its photos go into the archive.
    fn post(&mut self, post: &model::Post) -> Result<ui::ReadablePost, AppError> {
        let mut photos = Vec::with_capacity(post.photos.len());
        for (index, photo) in post.photos.iter().enumerate() {
            let patience = match self.counts.photos_missing {
                ..PATIENT_MISSES => PHOTO_PATIENCE,
                _ => PHOTO_HURRY,
            };
            let asked = self.app.photo(&post.id, index, PhotoSize::Full);
            let asked = async { timeout(patience, asked).await };
            let file = match self.handle.block_on(asked) {
                Ok(Ok(picture)) => {
                    let short: String = post.id.chars().take(16).collect();
                    let ending = ending(picture.media_type.as_str());
                    let name = format!("{short}-{}.{ending}", index + 1);
                    self.tar
                        .file(&["photos", &name], &picture.bytes, post.time_ms)?;
                    self.counts.photos += 1;
                    format!("../photos/{name}")
                }
                _ => {
                    self.counts.photos_missing += 1;
                    let (id, number) = (&post.id, index + 1);
                    self.misses(format!(
                        "photo {number} of the post {id}: it isn't on this machine"
                    ));
                    String::new()
                }
            };
            photos.push((file, photo.alt.clone()));
        }
        Ok(ui::ReadablePost {
            time_ms: post.time_ms,
            text: post.text.clone(),
            warning: post.warning.clone(),
            audience: match post.audience {
                model::Audience::Public => ui::ReadableAudience::Public,
                model::Audience::Friends => ui::ReadableAudience::Friends,
                model::Audience::Private => ui::ReadableAudience::Private,
                model::Audience::Shared | model::Audience::Direct => {
                    ui::ReadableAudience::Named(post.space_name.clone())
                }
            },
            is_reply: post.reply_to.is_some(),
            photos,
        })
    }

    /// What lies in a folder of the drive, and below it.
    fn files(&mut self, folder: &mut Vec<String>) -> Result<(), AppError> {
        let mut after: Option<String> = None;
        loop {
            let path = folder.join("/");
            let listed = self.app.files_list(&path, after.as_deref(), NAMES_AT_ONCE);
            let page = match self.handle.block_on(listed) {
                Ok(page) => page,
                // Removed while this was written.
                Err(error) if error.kind == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            };
            for item in page.items {
                let time_ms = u64::try_from(item.mtime_ms).unwrap_or_default();
                folder.push(item.name);
                match item.kind {
                    ItemKind::Dir if folder.len() > DEPTH_MAX => {
                        self.misses(format!(
                            "{}: too many folders within folders",
                            folder.join("/")
                        ));
                    }
                    ItemKind::Dir => {
                        self.tar.folder(&in_files(folder), time_ms)?;
                        self.files(folder)?;
                    }
                    ItemKind::File => self.file(folder, time_ms)?,
                    ItemKind::Link => {
                        self.misses(format!(
                            "{}: a link, which leads into this machine",
                            folder.join("/")
                        ));
                    }
                    ItemKind::Removed => {}
                }
                folder.pop();
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn file(&mut self, path: &[String], time_ms: u64) -> Result<(), AppError> {
        let name = path.join("/");
        let read = self.app.files_read(&name, None, 0, u64::MAX);
        match self.handle.block_on(read) {
            Ok(Some(reading)) => {
                let reader = PipeReader::new(reading.pieces);
                let bytes = reading.bytes;
                let had = self.tar.stream(&in_files(path), bytes, time_ms, reader)?;
                self.counts.files += 1;
                if had < bytes {
                    self.misses(format!(
                        "{name}: only its first {had} of {bytes} bytes could be read; the rest is zeros"
                    ));
                }
            }
            Ok(None) => {}
            Err(error) => self.misses(format!("{name}: {error}")),
        }
        Ok(())
    }
}

/// Where something of the drive lies in the archive.
fn in_files(path: &[String]) -> Vec<&str> {
    let path = path.iter().map(String::as_str);
    ["files"].into_iter().chain(path).collect()
}

/// One's own posts below a place, whoever may read them, one more than a page has.
async fn own_posts(app: &App, before: Option<u64>) -> Result<Vec<model::Post>, AppError> {
    let me = app.identity();
    let read = app.0.store.read(move |logs| {
        let posts = logs.posts(&me, before, POSTS_ON_PAGE + 1, &|_| true)?;
        named(logs, &me, posts)
    });
    Ok(read.await?)
}

fn called(profile: &model::Profile) -> String {
    match profile.name.trim() {
        "" => profile.identity.clone(),
        name => name.to_owned(),
    }
}

/// How a file of a kind ends.
fn ending(media_type: &str) -> &'static str {
    match media_type {
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        _ => "jpg",
    }
}

/// What the archive is, for who finds it in ten years.
const README: &str = "\
This is what somebody had in Hearth, taken out to be read without it.

index.html      begin here, in any browser
posts/          all posts, the newest first: as pages, and as data (one JSON object a line;
                \"time_ms\" is in milliseconds since 1970; `hearth import posts` reads these files)
photos/         the photos of the posts
files/          the drive
profile.json    who this is
people.json     whom they follow
MISSING.txt     what couldn't be had, if anything couldn't

Nothing in here is encrypted.
";
