//! One process at a time in a folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// The file that is locked; it is empty.
const LOCK: &str = "LOCK";
/// How long another may still hold the lock: a process that this one is starting has it too until it is one of its own.
const WAIT_MAX: Duration = Duration::from_millis(500);
/// How often it is tried meanwhile.
const AGAIN: Duration = Duration::from_millis(5);

/// Locks a folder until the file is dropped; `None` where another has it.
///
/// # Errors
/// What the system says of the file.
pub(crate) fn lock(folder: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(folder.join(LOCK))?;
    let deadline = Instant::now() + WAIT_MAX;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(AGAIN),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_is_in_and_the_next_one_once_it_is_out() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        assert!(first.is_some());
        assert!(lock(folder.path()).unwrap().is_none());
        drop(first);
        assert!(lock(folder.path()).unwrap().is_some());
        assert!(lock(&folder.path().join("nowhere")).is_err());
    }
}
