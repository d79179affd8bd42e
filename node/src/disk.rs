//! How much room there is on a disk.

use std::io;
use std::path::Path;

/// Left free for what must go on being written, logs and the database: so much,
const RESERVE_BYTES_MAX: u64 = 64 << 20;
/// or on a small disk a tenth of it.
const RESERVE_PART: u64 = 10;

/// Bytes that are free on the disk of `dir`, for who isn't its administrator.
///
/// # Errors
/// The system's.
pub(crate) fn free_bytes(dir: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(dir)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// Whether `bytes` more leave enough for all else: a disk that files have filled to the last byte would keep the node from
/// starting.
///
/// # Errors
/// [`io::ErrorKind::StorageFull`]; the system's.
pub(crate) fn check_room(dir: &Path, bytes: u64) -> io::Result<()> {
    let found = rustix::fs::statvfs(dir)?;
    let all = found.f_blocks.saturating_mul(found.f_frsize);
    let reserve = RESERVE_BYTES_MAX.min(all / RESERVE_PART);
    if free_bytes(dir)? < bytes.saturating_add(reserve) {
        return Err(io::ErrorKind::StorageFull.into());
    }
    Ok(())
}
