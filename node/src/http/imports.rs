//! An import by the page: a file that is streamed into the home, looked at, and brought in.
//!
//! The file stays until all of it is in, or somebody discards it: whatever ends the process, the import goes on from what is
//! there, as rows that are there are skipped. Each file has a turn, a number that stands in its name and in the forms about it:
//! what a form says counts for the file that its page showed, and for no other.

use super::photos::{self, UPLOAD_TIME_MAX};
use super::request::Body;
use super::respond::Problem;
use super::session::Session;
use super::{multipart, now_ms};
use crate::app::App;
use crate::app::import::Foreseen;
use crate::app::model::{AppError, ErrorKind, ImportRow, Imported};
use crate::app::settings::DefaultAudience;
use crate::cli::import::{Rows, in_batches};
use crate::disk;
use crate::drive::pipe::{PIECES_MAX, Piece};
use crate::home::{HomeError, PrivateFile, make_private_folder};
use crate::said::{Said, said};
use hearth_web_ui::ImportProblem;
use hearth_web_ui::Trouble;
use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::timeout;
use warp::http::StatusCode;

/// How long a file may be.
pub(super) const FILE_BYTES_MAX: u64 = 512 << 20;
/// How much of a file's name is shown.
const NAME_CHARS_MAX: usize = 80;
/// How much is written before the room on the disk is looked at again.
const ROOM_BYTES: u64 = 4 << 20;
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
    Interrupted(Said),
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
    /// The file's: what an older one brings about changes nothing any more.
    turn: u64,
    /// The last one that was given to a file.
    last_turn: u64,
}

impl State {
    fn next_turn(&mut self) -> u64 {
        self.last_turn += 1;
        self.last_turn
    }

    fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }
}

/// A form was about another file than the one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OtherFile;

/// What a page shows of it.
pub(super) struct Shown {
    /// How far it is.
    pub(super) stage: Stage,
    /// What the file was called.
    pub(super) name: String,
    /// The file's turn.
    pub(super) turn: u64,
}

impl Imports {
    /// What an earlier process left is there to go on with.
    pub(super) fn open(state_dir: &Path) -> Self {
        let folder = state_dir.join("import");
        let entries = || fs::read_dir(&folder).into_iter().flatten().flatten();
        let left = entries().filter_map(|entry| turn_of(&entry.file_name().to_string_lossy()));
        let left = left.max();
        for entry in entries() {
            if turn_of(&entry.file_name().to_string_lossy()).is_none_or(|turn| Some(turn) != left) {
                let _ = fs::remove_file(entry.path());
            }
        }
        let turn = left.unwrap_or(0);
        let state = State {
            stage: match left {
                Some(_) => Stage::Left,
                None => Stage::Nothing,
            },
            name: NAME.to_owned(),
            turn,
            last_turn: turn.max(now_ms()),
        };
        Self {
            folder,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// How far it is. A file that wasn't looked at is looked at now.
    pub(super) async fn shown(&self, app: &App) -> Shown {
        self.look(app).await;
        let state = self.state();
        Shown {
            stage: state.stage.clone(),
            name: state.name.clone(),
            turn: state.turn,
        }
    }

    /// Takes a file in place of one that isn't being brought in. One that breaks off, or for which there is no room, takes
    /// nothing's place.
    pub(super) async fn receive(
        &self,
        app: &App,
        session: &Session,
        body: Body,
        boundary: String,
    ) -> Result<(), Problem> {
        if self.state().is_running() {
            return Err(busy());
        }
        let _place = photos::place().await?;
        let (to, pieces) = mpsc::channel(PIECES_MAX);
        let turn = self.state().next_turn();
        let path = file_of(&self.folder, turn);
        let writing = tokio::task::spawn_blocking(move || write(&path, pieces));
        let passed = multipart::pass_on(session, body, boundary, (to.clone(), FILE_BYTES_MAX));
        let passed = passed.await;
        if let Ok(Some(_)) = passed {
            // Who doesn't take the end any more says by itself why.
            let _ = to.send(Ok(Vec::new())).await;
        }
        drop(to);
        let written = timeout(UPLOAD_TIME_MAX, writing).await;
        let Some(name) = passed? else {
            return Ok(());
        };
        let stopping = || failed(said!("stopping", "the server is stopping"));
        let Ok(Ok(written)) = written else {
            return Err(stopping());
        };
        let unkept = |error: String| {
            failed(said!(
                "import-not-kept",
                "the file couldn't be kept ({error}): make room and send it again",
                error = error
            ))
        };
        let file = written.map_err(unkept)?;
        let (folder, state) = (self.folder.clone(), Arc::clone(&self.state));
        let keeping = tokio::task::spawn_blocking(move || {
            keep(&folder, &mut lock(&state), (turn, shown(&name), file))
        });
        match keeping.await.map_err(|_| stopping())? {
            Ok(true) => self.look(app).await,
            Ok(false) => return Err(busy()),
            Err(error) => return Err(unkept(error)),
        }
        Ok(())
    }

    /// Looks at the whole file without writing anything, unless it was looked at.
    async fn look(&self, app: &App) {
        let (turn, name) = {
            let mut state = self.state();
            if state.stage != Stage::Left {
                return;
            }
            state.stage = Stage::Looking;
            (state.turn, state.name.clone())
        };
        let (path, state) = (file_of(&self.folder, turn), Arc::clone(&self.state));
        let app = app.clone();
        let looking = tokio::spawn(async move {
            let is_wanted = {
                let state = Arc::clone(&state);
                move || lock(&state).turn == turn
            };
            let seen = foresee(&app, path.clone(), name, is_wanted).await;
            let mut state = lock(&state);
            if state.turn != turn {
                return;
            }
            state.stage = match seen {
                Ok(seen) if seen.rows > 0 => Stage::Seen(seen),
                Ok(_) => Stage::Wrong(ImportProblem::Empty),
                Err(why) => Stage::Wrong(ImportProblem::Other((&why).into())),
            };
            if matches!(state.stage, Stage::Wrong(_)) {
                let _ = fs::remove_file(&path);
            }
        });
        // A long file is looked at on.
        let _ = timeout(LOOK_PATIENCE, looking).await;
    }

    /// Brings in the file of a turn.
    pub(super) fn begin(
        &self,
        app: &App,
        turn: u64,
        audience: DefaultAudience,
    ) -> Result<(), OtherFile> {
        let (name, rows) = {
            let mut state = self.state();
            if state.turn != turn {
                return Err(OtherFile);
            }
            let rows = match &state.stage {
                Stage::Seen(seen) => seen.rows,
                Stage::Interrupted(_) => 0,
                _ => return Ok(()),
            };
            state.stage = Stage::Running { done: 0, rows };
            (state.name.clone(), rows)
        };
        let (path, state) = (file_of(&self.folder, turn), Arc::clone(&self.state));
        let app = app.clone();
        let handle = Handle::current();
        tokio::task::spawn_blocking(move || {
            let mut sum = Imported::default();
            let brought = bring(&path, &name, |batch, last| {
                let part = handle.block_on(app.import(batch.to_vec(), audience, last));
                let part = part.map_err(|error| error.message)?;
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
            if state.turn != turn {
                return;
            }
            state.stage = match brought {
                Ok(()) => {
                    let _ = fs::remove_file(&path);
                    Stage::Done(sum)
                }
                Err(why) => Stage::Interrupted(why),
            };
        });
        Ok(())
    }

    /// Forgets the file of a turn, or what came of it; not while it is being brought in. Says whether there was a file still.
    pub(super) fn discard(&self, turn: u64) -> Result<bool, OtherFile> {
        let mut state = self.state();
        if state.stage == Stage::Nothing {
            return Ok(false);
        }
        if state.turn != turn {
            return Err(OtherFile);
        }
        if state.is_running() {
            return Ok(false);
        }
        let was_here = fs::remove_file(file_of(&self.folder, turn)).is_ok();
        (state.turn, state.stage) = (state.next_turn(), Stage::Nothing);
        Ok(was_here)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// What a file is called whose name isn't known.
const NAME: &str = "posts.jsonl";

fn file_of(folder: &Path, turn: u64) -> PathBuf {
    folder.join(format!("posts-{turn}.jsonl"))
}

fn turn_of(name: &str) -> Option<u64> {
    let turn = name.strip_prefix("posts-")?.strip_suffix(".jsonl")?;
    turn.parse().ok()
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(message: Said) -> Problem {
    AppError::new(ErrorKind::Failed, message).into()
}

fn busy() -> Problem {
    let said = said!(
        "import-busy",
        "another file is being brought in: send this one again when that is done"
    );
    Problem {
        status: StatusCode::CONFLICT,
        trouble: Trouble::Refused((&said).into()),
    }
}

/// Writes what comes, of which an empty piece is the end: where it ends without one, it broke off and isn't kept. It has its
/// name only once it is committed.
fn write(path: &Path, mut pieces: mpsc::Receiver<Piece>) -> Result<PrivateFile, String> {
    let folder = path.parent().unwrap_or(path);
    let made = make_private_folder(folder).and_then(|()| PrivateFile::create(path));
    let mut file = made.map_err(|error| error.to_string())?;
    let mut room = 0;
    loop {
        let piece = pieces.blocking_recv().ok_or("it broke off")?;
        let piece = piece.map_err(|error| error.to_string())?;
        if piece.is_empty() {
            file.sync().map_err(|error| error.to_string())?;
            return Ok(file);
        }
        let bytes = piece.len() as u64;
        if room < bytes {
            room = ROOM_BYTES.max(bytes);
            disk::check_room(folder, room).map_err(|error| error.to_string())?;
        }
        room -= bytes;
        file.write_all(&piece).map_err(|error| error.to_string())?;
    }
}

/// Gives a written file its place; `false` where one is being brought in.
fn keep(
    folder: &Path,
    state: &mut State,
    (turn, name, file): (u64, String, PrivateFile),
) -> Result<bool, String> {
    if state.is_running() {
        return Ok(false);
    }
    file.commit()
        .map_err(|error: HomeError| error.to_string())?;
    let _ = fs::remove_file(file_of(folder, state.turn));
    (state.turn, state.name, state.stage) = (turn, name, Stage::Left);
    Ok(true)
}

/// `is_wanted` says whether to go on. What went wrong is a sentence.
async fn foresee(
    app: &App,
    path: PathBuf,
    name: String,
    is_wanted: impl Fn() -> bool + Send + 'static,
) -> Result<Foreseen, Said> {
    let foresight = app.import_foresight().await;
    let mut foresight = foresight.map_err(|error| error.message)?;
    let looked = tokio::task::spawn_blocking(move || {
        for row in rows(&path, &name)? {
            if !is_wanted() {
                return Err(said!("import-replaced", "another file took its place"));
            }
            let row = row.map_err(Said::from)?;
            let added = foresight.add(&row);
            added.map_err(|error| error.message)?;
        }
        Ok(foresight.foreseen())
    });
    looked
        .await
        .unwrap_or_else(|_| Err(said!("stopping", "the server is stopping")))
}

fn bring(
    path: &Path,
    name: &str,
    send: impl FnMut(&[ImportRow], bool) -> Result<(), Said>,
) -> Result<(), Said> {
    let rows = rows(path, name)?.map(|row| row.map_err(Said::from));
    in_batches(rows, send)
}

fn rows(path: &Path, name: &str) -> Result<Rows<BufReader<File>>, Said> {
    let file = File::open(path).map_err(|error| {
        said!(
            "import-unread",
            "the file can't be read ({error})",
            error = error
        )
    })?;
    Ok(Rows::new(BufReader::new(file), Path::new(name)))
}

/// A file's name for the eye.
fn shown(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let letters = name.chars().filter(|letter| !letter.is_control());
    let name: String = letters.take(NAME_CHARS_MAX).collect();
    if name.trim().is_empty() {
        return NAME.to_owned();
    }
    name
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn written(path: &Path, pieces: &[&[u8]]) -> Result<PrivateFile, String> {
        let (to, from) = mpsc::channel(pieces.len());
        for piece in pieces {
            to.blocking_send(Ok(piece.to_vec())).unwrap();
        }
        drop(to);
        write(path, from)
    }

    fn kept(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_breaks_off_takes_no_place_and_what_runs_keeps_its_own() {
        let scratch = tempfile::tempdir().unwrap();
        let imports = Imports::open(scratch.path());
        let folder = &imports.folder;
        let send = |pieces: &[&[u8]]| {
            let turn = imports.state().next_turn();
            let file = written(&file_of(folder, turn), pieces)?;
            keep(folder, &mut imports.state(), (turn, "a".into(), file)).map(|kept| (turn, kept))
        };
        let (first, is_kept) = send(&[b"one", b""]).unwrap();
        assert!(is_kept);
        assert_eq!(send(&[b"on"]), Err("it broke off".to_owned()));
        assert_eq!(kept(folder), [format!("posts-{first}.jsonl")]);
        assert_eq!(imports.state().turn, first);

        imports.state().stage = Stage::Running { done: 0, rows: 1 };
        assert!(!send(&[b"two", b""]).unwrap().1);
        assert_eq!(imports.discard(first), Ok(false));
        assert_eq!(kept(folder), [format!("posts-{first}.jsonl")]);
        imports.state().stage = Stage::Interrupted(Said::default());
        let (third, is_kept) = send(&[b"three", b""]).unwrap();
        assert!(is_kept);
        assert_eq!(kept(folder), [format!("posts-{third}.jsonl")]);
        assert_eq!(imports.discard(first), Err(OtherFile));

        // What else lies there goes at the next start; the newest is what counts.
        for name in ["posts-7.jsonl", ".posts-9.jsonl.1.1.new"] {
            fs::write(folder.join(name), "x").unwrap();
        }
        let again = Imports::open(scratch.path());
        assert_eq!(kept(folder), [format!("posts-{third}.jsonl")]);
        let (turn, stage) = {
            let state = again.state();
            (state.turn, state.stage.clone())
        };
        assert_eq!((turn, stage), (third, Stage::Left));
        assert_eq!(again.discard(third), Ok(true));
        assert_eq!(
            again.discard(third),
            Ok(false),
            "nothing is there to discard"
        );
        assert!(kept(folder).is_empty());
    }
}
