//! The home folder: where everything of one node lies, and the files that belong to no other module.
//!
//! | path | what |
//! | --- | --- |
//! | `lock` | held while a process uses the home; holds its process id |
//! | `keys/` | the accounts' key files |
//! | `store/` | the database |
//! | `api.json`, `api.token` | where the running node listens, and what its callers must show |
//!
//! The folder is made with mode 0700 and private files with 0600. The token is new at each start, so that a stale
//! `api.json` whose port was taken by somebody else gives nothing away that still opens a door.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// More than any small file of the home needs.
const SMALL_FILE_BYTES_MAX: u64 = 4_096;
/// What the names of accounts' key files end with.
pub(crate) const ACCOUNT_SUFFIX: &str = ".account";
/// There from before an account is made until its phrase was shown: an identity whose phrase nobody saw is of no use.
pub(crate) const UNTOLD_FILE: &str = "untold";
/// The folder of what is kept for others.
pub(crate) const SHARDS_DIR: &str = "shards";
const PRIVATE_FOLDER_MODE: u32 = 0o700;
const PRIVATE_FILE_MODE: u32 = 0o600;

/// Why the home folder can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HomeError {
    /// Neither `--home` nor the environment says where the home is.
    #[error(
        "there is no place for Hearth's data, as HOME isn't set: name a folder with `--home DIR`"
    )]
    NoPlace,
    /// Another process holds the lock.
    #[error("{} is in use by another process{}: use the commands that talk to it, or end it with `hearth stop`", .dir.display(), by(*.pid))]
    Busy {
        /// The home folder.
        dir: PathBuf,
        /// Who holds it, where that could be read.
        pid: Option<u32>,
    },
    /// A file of the home isn't what a node writes.
    #[error("{} is damaged: end the node with `hearth stop` or by its process id, and start it again with `hearth up`", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The system said no.
    #[error("can't {what} {}", .path.display())]
    Io {
        /// What was tried, as a verb.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

fn by(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |source| HomeError::Io { what, path, source }
}

/// Where everything of one node lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Home {
    dir: PathBuf,
}

/// The home is this process's own until this is dropped.
#[derive(Debug)]
pub(crate) struct HomeLock {
    _file: File,
}

/// How to reach the running node.
#[derive(Debug)]
pub(crate) struct ApiAccess {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What its callers show.
    pub(crate) token: Zeroizing<String>,
}

#[derive(Serialize, Deserialize)]
struct ApiFile {
    address: SocketAddr,
}

impl Home {
    /// The folder `dir`, made with mode 0700 when it isn't there. A folder that is there keeps its mode: it may be
    /// shared on purpose, and what is private in it has modes of its own.
    ///
    /// # Errors
    /// [`HomeError::Io`] when it can't be made or isn't a folder.
    pub(crate) fn open(dir: impl Into<PathBuf>) -> Result<Self, HomeError> {
        let home = Self::at(dir);
        make_private_folder(&home.dir)?;
        Ok(home)
    }

    /// The folder `dir`, whether it exists or not: for callers that only look into it.
    pub(crate) fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Where the home is when nobody says: `$XDG_DATA_HOME/hearth`, else `~/.local/share/hearth`.
    ///
    /// # Errors
    /// [`HomeError::NoPlace`] when neither variable holds an absolute path.
    pub(crate) fn default_dir() -> Result<PathBuf, HomeError> {
        base_dir("XDG_DATA_HOME", ".local/share")
            .map(|base| base.join("hearth"))
            .ok_or(HomeError::NoPlace)
    }

    /// The folder itself.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The database's folder.
    pub(crate) fn store_dir(&self) -> PathBuf {
        self.dir.join("store")
    }

    /// The folder of the accounts' key files.
    pub(crate) fn keys_dir(&self) -> PathBuf {
        self.dir.join("keys")
    }

    /// Whether there is an account: its key files lie in [`Self::keys_dir`].
    pub(crate) fn has_keys(&self) -> bool {
        let keys = self.keys_dir();
        let is_account = |file: &fs::DirEntry| {
            let name = file.file_name();
            name.to_string_lossy().ends_with(ACCOUNT_SUFFIX)
        };
        let has_account = fs::read_dir(&keys)
            .is_ok_and(|files| files.filter_map(Result::ok).any(|file| is_account(&file)));
        has_account && !keys.join(UNTOLD_FILE).exists()
    }

    /// Takes the home for this process, and writes its process id for others to see.
    ///
    /// # Errors
    /// [`HomeError::Busy`] when another process has it; [`HomeError::Io`].
    pub(crate) fn lock(&self) -> Result<HomeLock, HomeError> {
        let path = self.dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(PRIVATE_FILE_MODE)
            .open(&path)
            .map_err(failed("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(HomeError::Busy {
                    dir: self.dir.clone(),
                    pid: read_pid(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(failed("write", &path))?;
        Ok(HomeLock { _file: file })
    }

    /// Whether a process holds the lock. It is taken for an instant to find out, so this is for the time after one
    /// was asked to end, not for polling while one may start.
    pub(crate) fn is_in_use(&self) -> bool {
        File::open(self.dir.join("lock"))
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Says where the node listens and what its callers must show. The token comes first, so that whoever reads the
    /// address finds the token that goes with it.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub(crate) fn publish_api(&self, address: SocketAddr, token: &str) -> Result<(), HomeError> {
        write_private(&self.api_token_path(), token.as_bytes())?;
        let file = serde_json::to_vec(&ApiFile { address }).expect("an address is always JSON");
        write_private(&self.api_path(), &file)
    }

    /// Takes back what [`Self::publish_api`] said, at shutdown.
    ///
    /// # Errors
    /// [`HomeError::Io`], unless they were gone already.
    pub(crate) fn retract_api(&self) -> Result<(), HomeError> {
        for path in [self.api_path(), self.api_token_path()] {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(failed("remove", &path)(source));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// How to reach the node; `None` when none said so (one that was killed may have left its files behind).
    ///
    /// # Errors
    /// [`HomeError::Damaged`] when the files make no sense; [`HomeError::Io`].
    pub(crate) fn api(&self) -> Result<Option<ApiAccess>, HomeError> {
        let (path, token_path) = (self.api_path(), self.api_token_path());
        let (Some(file), Some(token)) = (read_small(&path)?, read_small(&token_path)?) else {
            return Ok(None);
        };
        let ApiFile { address } =
            serde_json::from_slice(&file).map_err(|_| HomeError::Damaged { path })?;
        match std::str::from_utf8(&token).map(str::trim_end) {
            Ok(token) if !token.is_empty() => Ok(Some(ApiAccess {
                address,
                token: Zeroizing::new(token.to_owned()),
            })),
            _ => Err(HomeError::Damaged { path: token_path }),
        }
    }

    fn api_path(&self) -> PathBuf {
        self.dir.join("api.json")
    }

    fn api_token_path(&self) -> PathBuf {
        self.dir.join("api.token")
    }
}

/// The XDG base folder that `variable` names (only an absolute path counts), else `fallback` under `HOME`.
pub(crate) fn base_dir(variable: &str, fallback: &str) -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(fallback)))
}

/// Makes `dir` and what is missing above it with mode 0700, durably; one that exists stays as it is.
///
/// # Errors
/// [`HomeError::Io`].
pub(crate) fn make_private_folder(dir: &Path) -> Result<(), HomeError> {
    let is_missing = |dir: &&Path| !dir.as_os_str().is_empty() && !dir.is_dir();
    let missing: Vec<&Path> = dir.ancestors().take_while(is_missing).collect();
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_FOLDER_MODE)
        .create(dir)
        .map_err(failed("make the folder", dir))?;
    // Outermost first: else what is synced inside of a folder would be lost together with the folder's own name.
    missing
        .iter()
        .rev()
        .try_for_each(|made| sync_folder(parent_of(made)))
}

/// Makes the names in a folder durable: what came, and what went.
///
/// # Errors
/// [`HomeError::Io`].
pub(crate) fn sync_folder(dir: &Path) -> Result<(), HomeError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(failed("write", dir))
}

/// Puts `bytes` at `path` with mode 0600, whole or not at all, durably; what was there is replaced.
///
/// # Errors
/// [`HomeError::Io`].
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    let mut file = PrivateFile::create(path)?;
    file.write_all(bytes).map_err(failed("write", path))?;
    file.commit()
}

/// A file with mode 0600 that takes its name only once it is whole and durable.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
}

impl PrivateFile {
    /// Begins what shall lie at `path`, under a passing name beside it.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub(crate) fn create(path: &Path) -> Result<Self, HomeError> {
        let temporary = temporary_beside(path).ok_or_else(|| {
            failed("write", path)(io::Error::other("its name doesn't name a file"))
        })?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(PRIVATE_FILE_MODE)
            .open(&temporary)
            .map_err(failed("make a file beside", path))?;
        Ok(Self {
            file,
            temporary,
            path: path.to_owned(),
        })
    }

    /// Makes what is written durable, so that a commit takes no time.
    ///
    /// # Errors
    /// [`HomeError::Io`].
    pub(crate) fn sync(&self) -> Result<(), HomeError> {
        let synced = self.file.sync_all();
        synced.map_err(failed("write", &self.path))
    }

    /// Makes it durable and gives it its name, in place of what had it.
    ///
    /// # Errors
    /// [`HomeError::Io`]; nothing is left behind then.
    pub(crate) fn commit(self) -> Result<(), HomeError> {
        self.file
            .sync_all()
            .and_then(|()| fs::rename(&self.temporary, &self.path))
            .and_then(|()| File::open(parent_of(&self.path))?.sync_all())
            .map_err(failed("write", &self.path))
    }
}

impl Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PrivateFile {
    /// After a commit the passing name is gone, and there is nothing to remove.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.temporary);
    }
}

fn temporary_beside(path: &Path) -> Option<PathBuf> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name()?);
    name.push(format!(
        ".{}.{}.new",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    ));
    Some(parent_of(path).join(name))
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The bytes of a small file, `None` when there is none.
fn read_small(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, HomeError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed("read", path)(source)),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(SMALL_FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(failed("read", path))?;
    Ok(Some(bytes))
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_home_is_its_owners_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path().join("deep/home")).unwrap();
        assert_eq!(mode(home.dir()), 0o700);
        assert_eq!(mode(&scratch.path().join("deep")), 0o700);
    }

    #[test]
    fn a_folder_that_is_there_keeps_its_mode() {
        let scratch = tempfile::tempdir().unwrap();
        fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).unwrap();
        Home::open(scratch.path()).unwrap();
        assert_eq!(mode(scratch.path()), 0o755);
    }

    #[test]
    fn a_second_process_is_told_who_has_the_home() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        assert!(!home.is_in_use());
        let lock = home.lock().unwrap();
        assert!(home.is_in_use());
        let refused = home.lock().unwrap_err();
        assert!(
            matches!(refused, HomeError::Busy { pid: Some(pid), .. } if pid == std::process::id())
        );
        assert!(refused.to_string().contains("hearth stop"), "{refused}");
        drop(lock);
        assert!(!home.is_in_use());
        home.lock().unwrap();
    }

    #[test]
    fn a_private_file_is_replaced_whole() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("secret");
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(names(scratch.path()), ["secret"]);
    }

    #[test]
    fn a_file_given_up_leaves_the_old_one_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("export");
        write_private(&path, b"old").unwrap();
        let mut file = PrivateFile::create(&path).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(scratch.path()), ["export"]);
    }

    #[test]
    fn a_file_can_not_take_a_folders_place() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("folder");
        fs::create_dir(&path).unwrap();
        assert!(write_private(&path, b"x").is_err());
        assert!(write_private(Path::new("/"), b"x").is_err());
        assert_eq!(names(scratch.path()), ["folder"]);
    }

    #[test]
    fn the_api_is_found_while_it_is_published() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        assert!(home.api().unwrap().is_none());
        let address = "127.0.0.1:4748".parse().unwrap();
        home.publish_api(address, "a token").unwrap();
        let api = home.api().unwrap().unwrap();
        assert_eq!((api.address, api.token.as_str()), (address, "a token"));
        assert_eq!(mode(&scratch.path().join("api.token")), 0o600);
        home.retract_api().unwrap();
        assert!(home.api().unwrap().is_none());
        home.retract_api().unwrap();
    }

    #[test]
    fn damaged_api_files_are_named() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path()).unwrap();
        home.publish_api("127.0.0.1:1".parse().unwrap(), "")
            .unwrap();
        assert!(
            matches!(home.api(), Err(HomeError::Damaged { path }) if path.ends_with("api.token"))
        );
        write_private(&scratch.path().join("api.json"), b"{").unwrap();
        assert!(
            matches!(home.api(), Err(HomeError::Damaged { path }) if path.ends_with("api.json"))
        );
    }
}
