//! Where a restore begins: an empty home becomes a new device of the person whose phrase it is.
//!
//! A home that was just made by a first run and never used gives way: its keys and its store lie in `before-restore/` until
//! the root was read, and are put back should that never happen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::state::{State, Step};
use super::{Request, Way};
use crate::home::{
    ACCOUNT_SUFFIX, Home, HomeError, make_private_folder, sync_folder, write_private,
};
use crate::keyring::{self, KeptAccount, KeyringError, PhraseCare};

/// Where an unused account waits.
const ASIDE_FOLDER: &str = "before-restore";
/// The root that was read, sealed to the device.
const ROOT_FILE: &str = "restore.root";
/// Newer roots than that one, sealed to the device.
const LATER_FILE: &str = "restore.later";
/// There instead of an account, where nobody lived in the home before.
const NOBODY_FILE: &str = "nobody";
/// What an account's data lies in, besides its keys.
const FOLDERS: [&str; 3] = ["store", "objects", "shards"];

/// Why a restore can't begin, or go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeginError {
    /// Somebody lives here.
    #[error(
        "{} isn't empty: there is an account in it already. Restore into another folder with `--home DIR`, or move this one away", dir.display()
    )]
    Occupied {
        /// The home.
        dir: PathBuf,
    },
    /// A restore of somebody else was begun here.
    #[error(
        "a restore of another person was begun in {}: give their phrase, or restore into another folder with `--home DIR`", dir.display()
    )]
    Other {
        /// The home.
        dir: PathBuf,
    },
    /// It is over.
    #[error("{} was restored already: start it with `hearth up`", dir.display())]
    Over {
        /// The home.
        dir: PathBuf,
    },
    /// The phrase is needed once more.
    #[error(
        "a restore was begun in {}, and it ended before it had found what to restore: go on with `hearth restore --phrase-file FILE`", dir.display()
    )]
    NeedsPhrase {
        /// The home.
        dir: PathBuf,
    },
    /// The home folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The keys.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The files.
    #[error("can't move the unused account in {} aside", dir.display())]
    Aside {
        /// The home.
        dir: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// Makes `home` a new device of the person whose phrase it is, or goes on where that was begun. To be called with the home
/// locked and no store open.
///
/// # Errors
/// [`BeginError`]
pub(crate) fn begin(
    home: &Home,
    request: &Request,
    now_ms: u64,
) -> Result<(KeptAccount, State), BeginError> {
    let dir = || home.dir().to_owned();
    let identity = request.phrase.root().identity();
    keyring::drop_untold(home)?;
    let folder = match &request.way {
        Way::Friends(_) => None,
        Way::Folder(folder) => Some(folder.clone()),
    };
    let kept = keyring::accounts(home)?.into_iter().next();
    let state = match State::read(home)? {
        Some(state) if state.identity != identity.to_string() => {
            return Err(BeginError::Other { dir: dir() });
        }
        // Only the phrase can cut a device off, if that is what is left to do.
        Some(state) if state.step == Step::Done && !(state.is_cut_due && request.is_stolen) => {
            return Err(BeginError::Over { dir: dir() });
        }
        // Where it comes from may have changed since.
        Some(state) => State { folder, ..state },
        None if kept.is_some() || home.store_dir().exists() => {
            return Err(BeginError::Occupied { dir: dir() });
        }
        None => State::new(identity.to_string(), folder, now_ms),
    };
    // Before there are keys: keys alone would be an account that has lost its store.
    state.write(home)?;
    let kept = match kept {
        Some(kept) if kept.account.identity == identity => kept,
        Some(_) => return Err(BeginError::Other { dir: dir() }),
        None => keyring::create(home, &request.phrase, PhraseCare::Known, "", now_ms)?,
    };
    Ok((kept, state))
}

/// The restore that `home` is in the middle of, if it can go on without the phrase. One that can't gives way to the unused
/// account that was there before.
///
/// # Errors
/// [`BeginError::NeedsPhrase`] where there was none; others as they come.
pub(crate) fn resume(home: &Home) -> Result<Option<State>, BeginError> {
    let state = State::read(home)?;
    match state {
        Some(state) if state.step == Step::Phrase => {
            if !aside(home).exists() {
                let dir = home.dir().to_owned();
                return Err(BeginError::NeedsPhrase { dir });
            }
            put_back(home).map_err(|source| failed(home, source))?;
            State::remove(home)?;
            forget_aside(home)?;
            Ok(None)
        }
        Some(state) => {
            forget_aside(home)?;
            Ok(Some(state))
        }
        None if aside(home).exists() => {
            // Cut short on its way aside, or on its way back.
            put_back(home).map_err(|source| failed(home, source))?;
            forget_aside(home)?;
            Ok(None)
        }
        None => Ok(None),
    }
}

/// Moves an unused account out of the way. To be called with the home locked and no store open.
///
/// # Errors
/// [`BeginError::Aside`]; what was moved is put back at the next start.
pub(crate) fn set_aside(home: &Home) -> Result<(), BeginError> {
    let aside = aside(home);
    make_private_folder(&aside.join("keys"))?;
    let moved = (|| {
        for name in names_in(home.dir())? {
            rename(&home.dir().join(&name), &aside.join(&name))?;
        }
        sync(&aside)
    })();
    moved.map_err(|source| failed(home, source))?;
    Ok(sync_folder(home.dir())?)
}

/// The same for a home that nobody lived in: should the restore not begin for good, nobody lives in it afterwards either. Only
/// for pages, which ask for the phrase again; who restores by command is told to do so.
///
/// # Errors
/// [`BeginError::Aside`]
pub(crate) fn set_nobody_aside(home: &Home) -> Result<(), BeginError> {
    let aside = aside(home);
    make_private_folder(&aside)?;
    write_private(&aside.join(NOBODY_FILE), b"")?;
    Ok(sync_folder(home.dir())?)
}

/// The restore has begun for good: what was set aside goes.
///
/// # Errors
/// [`BeginError::Aside`]
pub(crate) fn forget_aside(home: &Home) -> Result<(), BeginError> {
    match fs::remove_dir_all(aside(home)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(failed(home, source)),
        _ => Ok(()),
    }
}

/// Where the root that was read is kept, sealed to the device.
pub(super) fn root_path(home: &Home) -> PathBuf {
    home.dir().join(ROOT_FILE)
}

/// Where roots are kept that are newer than the one that was read, sealed to the device.
pub(super) fn later_path(home: &Home) -> PathBuf {
    home.dir().join(LATER_FILE)
}

fn aside(home: &Home) -> PathBuf {
    home.dir().join(ASIDE_FOLDER)
}

fn failed(home: &Home, source: io::Error) -> BeginError {
    let dir = home.dir().to_owned();
    BeginError::Aside { dir, source }
}

/// What of an account lies in `dir`, relative to it; its keys first, as these are what makes it count.
fn names_in(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir.join("keys")).into_iter().flatten() {
        let name = entry?.file_name();
        if name.to_string_lossy().ends_with(ACCOUNT_SUFFIX) {
            names.push(Path::new("keys").join(name));
        }
    }
    names.sort();
    let folders = FOLDERS.iter().map(PathBuf::from);
    names.extend(folders.filter(|name| dir.join(name).exists()));
    Ok(names)
}

/// Puts the unused account back in place of what a restore began.
fn put_back(home: &Home) -> io::Result<()> {
    let aside = aside(home);
    let (begun, kept) = (names_in(home.dir())?, names_in(&aside)?);
    let was_nobody = aside.join(NOBODY_FILE).exists();
    // A second try finds a part of it in its place already: that part isn't in the way, and isn't aside any more.
    for name in begun.iter().filter(|name| {
        was_nobody
            || kept.contains(name)
            || (name.starts_with("keys") && kept.iter().any(|k| k.starts_with("keys")))
    }) {
        let path = home.dir().join(name);
        match path.is_dir() {
            true => fs::remove_dir_all(path)?,
            false => fs::remove_file(path)?,
        }
    }
    // The keys last: without them nothing else counts.
    for name in kept.iter().rev() {
        rename(&aside.join(name), &home.dir().join(name))?;
    }
    sync(home.dir())
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    to.parent().map_or(Ok(()), sync)
}

fn sync(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hearth_keys::Phrase;

    fn request(phrase: &Phrase) -> Request {
        Request {
            phrase: Phrase::parse(&phrase.expose()).unwrap(),
            way: Way::Folder("/media/stick".into()),
            snapshot: None,
            is_stolen: false,
        }
    }

    fn phrase() -> Phrase {
        Phrase::generate(&mut crate::rng::system())
    }

    fn scratch() -> (tempfile::TempDir, Home) {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path().join("home")).unwrap();
        (scratch, home)
    }

    #[test]
    fn a_home_is_begun_once_and_gone_on_with_by_the_same_phrase() {
        let (_scratch, home) = scratch();
        let (alice, bob) = (phrase(), phrase());
        let (kept, state) = begin(&home, &request(&alice), 5).unwrap();
        assert_eq!(state.step, Step::Phrase);
        assert!(kept.account.is_new);
        let again = begin(&home, &request(&alice), 6).unwrap();
        assert_eq!(
            again.0.account.device.id(),
            kept.account.device.id(),
            "no second device"
        );
        assert_eq!(again.1.begun_ms, 5);
        assert!(matches!(
            begin(&home, &request(&bob), 7),
            Err(BeginError::Other { .. })
        ));
        assert!(matches!(resume(&home), Err(BeginError::NeedsPhrase { .. })));
        let step = Step::Packs;
        State {
            step,
            ..state.clone()
        }
        .write(&home)
        .unwrap();
        assert_eq!(resume(&home).unwrap().unwrap().step, Step::Packs);
        let step = Step::Done;
        State { step, ..state }.write(&home).unwrap();
        assert!(matches!(
            begin(&home, &request(&alice), 8),
            Err(BeginError::Over { .. })
        ));
    }

    #[test]
    fn a_home_that_is_lived_in_is_left_alone() {
        let (_scratch, home) = scratch();
        keyring::create(&home, &phrase(), PhraseCare::Known, "Alice", 1).unwrap();
        let refused = begin(&home, &request(&phrase()), 2);
        assert!(matches!(refused, Err(BeginError::Occupied { .. })));
        assert_eq!(State::read(&home).unwrap(), None);
        let (_scratch, home) = scratch();
        make_private_folder(&home.store_dir()).unwrap();
        let refused = begin(&home, &request(&phrase()), 2);
        assert!(matches!(refused, Err(BeginError::Occupied { .. })));
    }

    fn unused(home: &Home) -> String {
        let kept = keyring::create(home, &phrase(), PhraseCare::Known, "Fresh", 1).unwrap();
        make_private_folder(&home.store_dir()).unwrap();
        fs::write(home.store_dir().join("db"), "fresh").unwrap();
        kept.account.identity.to_string()
    }

    #[test]
    fn an_unused_account_comes_back_unless_the_restore_has_begun_for_good() {
        for is_for_good in [false, true] {
            let (_scratch, home) = scratch();
            let fresh = unused(&home);
            set_aside(&home).unwrap();
            let (kept, state) = begin(&home, &request(&phrase()), 2).unwrap();
            make_private_folder(&home.store_dir()).unwrap();
            fs::write(home.store_dir().join("db"), "restored").unwrap();
            if is_for_good {
                let step = Step::Packs;
                State { step, ..state }.write(&home).unwrap();
            }
            assert_eq!(resume(&home).unwrap().is_some(), is_for_good);
            let lives = keyring::accounts(&home).unwrap();
            let (identity, store) = match is_for_good {
                true => (kept.account.identity.to_string(), "restored"),
                false => (fresh, "fresh"),
            };
            assert_eq!(lives.len(), 1);
            assert_eq!(lives[0].account.identity.to_string(), identity);
            assert_eq!(
                fs::read_to_string(home.store_dir().join("db")).unwrap(),
                store
            );
            assert!(!aside(&home).exists());
        }
    }

    #[test]
    fn a_restore_that_a_page_began_leaves_nobody_behind_unless_it_has_begun_for_good() {
        for is_for_good in [false, true] {
            let (_scratch, home) = scratch();
            set_nobody_aside(&home).unwrap();
            assert_eq!(resume(&home).unwrap(), None);
            assert!(!aside(&home).exists());
            set_nobody_aside(&home).unwrap();
            let (kept, state) = begin(&home, &request(&phrase()), 2).unwrap();
            make_private_folder(&home.store_dir()).unwrap();
            if is_for_good {
                let step = Step::Packs;
                State { step, ..state }.write(&home).unwrap();
            }
            assert_eq!(resume(&home).unwrap().is_some(), is_for_good);
            let lives = keyring::accounts(&home).unwrap();
            assert_eq!(lives.len(), usize::from(is_for_good));
            assert_eq!(home.store_dir().exists(), is_for_good);
            assert!(!aside(&home).exists());
            // Whoever is there by now isn't taken for nobody.
            if is_for_good {
                assert_eq!(lives[0].account.identity, kept.account.identity);
            } else {
                assert_eq!(State::read(&home).unwrap(), None);
                begin(&home, &request(&phrase()), 3).unwrap();
            }
        }
    }

    #[test]
    fn a_cut_on_the_way_aside_loses_nothing() {
        let (_scratch, home) = scratch();
        let fresh = unused(&home);
        // Only the keys have moved.
        let aside = aside(&home);
        make_private_folder(&aside.join("keys")).unwrap();
        let keys = names_in(home.dir()).unwrap().remove(0);
        rename(&home.dir().join(&keys), &aside.join(&keys)).unwrap();
        assert_eq!(resume(&home).unwrap(), None);
        let lives = keyring::accounts(&home).unwrap();
        assert_eq!(lives[0].account.identity.to_string(), fresh);
        assert!(home.store_dir().join("db").exists());
    }
}
