//! An import by the page: a file that is streamed into the home, looked at, and brought in.
//!
//! The file stays until all of it is in, or somebody discards it: whatever ends the process, the import goes on from what is
//! there, as rows that are there are skipped.

use super::photos::{self, UPLOAD_TIME_MAX};
use super::request::Body;
use super::respond::{Problem, sentence};
use super::session::Session;
use super::{multipart, now_ms};
use crate::app::App;
use crate::app::import::Foreseen;
use crate::app::model::{AppError, ErrorKind, ImportRow, Imported};
use crate::app::settings::DefaultAudience;
use crate::cli::import::{Rows, in_batches};
use crate::drive::pipe::{PIECES_MAX, PipeReader};
use crate::home::{HomeError, PrivateFile, make_private_folder};
use hearth_web_ui::ImportProblem;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a file may be: some five million short posts.
pub(super) const FILE_BYTES_MAX: u64 = 512 << 20;
/// How much of a file's name is shown.
const NAME_CHARS_MAX: usize = 80;
/// How long an answer waits for a look at the file, before it says that this takes a while.
const LOOK_PATIENCE: Duration = Duration::from_secs(3);

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is no file.
    Nothing,
    /// A file is there and wasn't looked at yet.
    Left,
    /// It is being looked at.
    Looking,
    /// This is in it.
    Seen(Foreseen),
    /// It is being brought in.
    Running {
        /// Rows that were taken or skipped.
        done: u64,
        /// All rows.
        rows: u64,
    },
    /// All of it is in.
    Done(Imported),
    /// The file isn't one of posts; it is gone again.
    Wrong(ImportProblem),
    /// It ended before all was in; it can go on.
    Interrupted(String),
}

/// The one import of a home.
pub(super) struct Imports {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

struct State {
    stage: Stage,
    /// What the file was called where it came from.
    name: String,
    /// Told apart, so that what an older file brought about changes nothing any more.
    turn: u64,
}

impl Imports {
    /// What an earlier process left is there to go on with.
    pub(super) fn open(state_dir: &Path) -> Self {
        let folder = state_dir.join("import");
        let file = folder.join(FILE_NAME);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.path() != file {
                let _ = fs::remove_file(entry.path());
            }
        }
        let stage = match file.exists() {
            true => Stage::Left,
            false => Stage::Nothing,
        };
        let state = State {
            stage,
            name: FILE_NAME.to_owned(),
            turn: now_ms(),
        };
        Self {
            folder,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// How far it is, and what the file was called. One that wasn't looked at is looked at now.
    pub(super) async fn stage(&self, app: &App) -> (Stage, String) {
        if self.state().stage == Stage::Left {
            self.look(app).await;
        }
        let state = self.state();
        (state.stage.clone(), state.name.clone())
    }

    /// Takes a file in place of one that isn't being brought in.
    pub(super) async fn receive(
        &self,
        app: &App,
        session: &Session,
        body: Body,
        boundary: String,
    ) -> Result<(), Problem> {
        if matches!(self.state().stage, Stage::Running { .. }) {
            return Ok(());
        }
        let _place = photos::place().await?;
        let (to, pieces) = mpsc::channel(PIECES_MAX);
        let path = self.file();
        let writing = tokio::task::spawn_blocking(move || write(&path, PipeReader::new(pieces)));
        let passed = multipart::pass_on(session, body, boundary, (to.clone(), FILE_BYTES_MAX));
        let passed = passed.await;
        if !matches!(passed, Ok(Some(_))) {
            // What came of it isn't kept.
            let broken = AppError {
                kind: ErrorKind::Failed,
                message: "it broke off".to_owned(),
            };
            let _ = to.send(Err(broken)).await;
        }
        drop(to);
        let written = timeout(UPLOAD_TIME_MAX, writing).await;
        let Some(name) = passed? else {
            return Ok(());
        };
        match written {
            Ok(Ok(Ok(()))) => {
                self.begin_with(Stage::Left, Some(shown(&name)));
                self.look(app).await;
            }
            Ok(Ok(Err(error))) => {
                let why = ImportProblem::NotKept(error);
                self.begin_with(Stage::Wrong(why), Some(shown(&name)));
            }
            _ => self.begin_with(Stage::Wrong(ImportProblem::Stopping), None),
        }
        Ok(())
    }

    /// Looks at the whole file without writing anything.
    async fn look(&self, app: &App) {
        let (turn, name) = {
            let mut state = self.state();
            state.stage = Stage::Looking;
            (state.turn, state.name.clone())
        };
        let (path, state, app) = (self.file(), Arc::clone(&self.state), app.clone());
        let looking = tokio::spawn(async move {
            let seen = foresee(&app, path.clone(), name).await;
            let mut state = lock(&state);
            if state.turn != turn {
                return;
            }
            state.stage = match seen {
                Ok(seen) if seen.rows > 0 => Stage::Seen(seen),
                Ok(_) => Stage::Wrong(ImportProblem::Empty),
                Err(why) => Stage::Wrong(ImportProblem::Other(why + ".")),
            };
            if matches!(state.stage, Stage::Wrong(_)) {
                let _ = fs::remove_file(&path);
            }
        });
        // A long file is looked at on.
        let _ = timeout(LOOK_PATIENCE, looking).await;
    }

    /// Brings it in.
    pub(super) fn begin(&self, app: &App, audience: DefaultAudience) {
        let (turn, name, rows) = {
            let mut state = self.state();
            let rows = match &state.stage {
                Stage::Seen(seen) => seen.rows,
                Stage::Interrupted(_) => 0,
                _ => return,
            };
            state.stage = Stage::Running { done: 0, rows };
            (state.turn, state.name.clone(), rows)
        };
        let (path, state, app) = (self.file(), Arc::clone(&self.state), app.clone());
        let handle = Handle::current();
        tokio::task::spawn_blocking(move || {
            let mut sum = Imported::default();
            let brought = bring(&path, &name, |batch, last| {
                let part = handle.block_on(app.import(batch.to_vec(), audience, last));
                let part = part.map_err(|error| error.to_string())?;
                sum.imported += part.imported;
                sum.skipped += part.skipped;
                let mut state = lock(&state);
                if state.turn == turn {
                    let done = sum.imported + sum.skipped;
                    let rows = rows.max(done);
                    state.stage = Stage::Running { done, rows };
                }
                Ok(())
            });
            let mut state = lock(&state);
            state.stage = match brought {
                Ok(()) => {
                    let _ = fs::remove_file(&path);
                    Stage::Done(sum)
                }
                Err(why) => Stage::Interrupted(sentence(&why)),
            };
        });
    }

    /// Forgets the file, or what came of it; not while it is being brought in. Says whether there was a file still.
    pub(super) fn discard(&self) -> bool {
        if matches!(self.state().stage, Stage::Running { .. }) {
            return false;
        }
        let was_here = fs::remove_file(self.file()).is_ok();
        self.begin_with(Stage::Nothing, None);
        was_here
    }

    fn begin_with(&self, stage: Stage, name: Option<String>) {
        let mut state = self.state();
        state.turn += 1;
        state.stage = stage;
        if let Some(name) = name {
            state.name = name;
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join(FILE_NAME)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

const FILE_NAME: &str = "posts.jsonl";

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the file, whole or not at all.
fn write(path: &Path, mut from: PipeReader) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    let made = make_private_folder(folder).and_then(|()| PrivateFile::create(path));
    let mut file = made.map_err(|error| error.to_string())?;
    io::copy(&mut from, &mut file).map_err(|error| error.to_string())?;
    file.commit().map_err(|error: HomeError| error.to_string())
}

async fn foresee(app: &App, path: PathBuf, name: String) -> Result<Foreseen, String> {
    let foresight = app.import_foresight().await;
    let mut foresight = foresight.map_err(|error| error.to_string())?;
    let looked = tokio::task::spawn_blocking(move || {
        for row in rows(&path, &name)? {
            foresight.add(&row.map_err(|error| error.to_string())?);
        }
        Ok(foresight.foreseen())
    });
    looked
        .await
        .unwrap_or_else(|_| Err("the server is stopping".to_owned()))
}

fn bring(
    path: &Path,
    name: &str,
    send: impl FnMut(&[ImportRow], bool) -> Result<(), String>,
) -> Result<(), String> {
    let rows = rows(path, name)?.map(|row| row.map_err(|error| error.to_string()));
    in_batches(rows, send)
}

fn rows(path: &Path, name: &str) -> Result<Rows<BufReader<File>>, String> {
    let file = File::open(path).map_err(|error| format!("the file can't be read ({error})"))?;
    Ok(Rows::new(BufReader::new(file), Path::new(name)))
}

/// A file's name for the eye.
fn shown(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let letters = name.chars().filter(|letter| !letter.is_control());
    let name: String = letters.take(NAME_CHARS_MAX).collect();
    if name.trim().is_empty() {
        return FILE_NAME.to_owned();
    }
    name
}
