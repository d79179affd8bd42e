//! How many files, connections among them, this process may hold open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Pages, peers and stores together stay far below it.
pub(crate) const OPEN_FILES_MAX: u64 = 65_536;

/// Asks the system for as many as it allows: the 1,024 that a shell usually gives are too few for a thousand open pages.
pub(crate) fn raise() {
    let mut limit = getrlimit(Resource::Nofile);
    let allowed = limit
        .maximum
        .map_or(OPEN_FILES_MAX, |most| most.min(OPEN_FILES_MAX));
    if limit.current.is_none_or(|now| now >= allowed) {
        return;
    }
    limit.current = Some(allowed);
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "can't open more files than the shell allows; many open pages may find no place");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_the_system_allows() {
        raise();
        let limit = getrlimit(Resource::Nofile);
        let most = limit.maximum.unwrap_or(u64::MAX).min(OPEN_FILES_MAX);
        assert!(limit.current.is_none_or(|now| now >= most), "{limit:?}");
    }
}
