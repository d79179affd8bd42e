//! Who is signed in. A session is a secret in a browser's cookie; the server keeps only its hash.

use super::known::{self, KnownBrowser, KnownBrowsers};
use super::sessions::Browser;
use super::{HttpError, random_secret};
use blake3::Hash;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// How the cookie's name begins. A word of this node's own follows: cookies don't know ports, and two
/// nodes on one machine would else take each other's place in a browser.
const COOKIE_PREFIX: &str = "hearth_session_";
/// How many hexadecimal digits that word has.
const COOKIE_DIGITS: usize = 16;
/// How long a browser stays signed in, in seconds: 90 days.
pub(super) const LIFETIME_S: u64 = 90 * 24 * 60 * 60;
/// How many browsers may be signed in; a newer one signs the oldest out.
const SESSIONS_MAX: usize = 64;
const FILE_NAME: &str = "sessions.json";
const FILE_VERSION: u32 = 1;
/// Far above what [`SESSIONS_MAX`] sessions need.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// How exactly it is known when a session was used last.
const USED_EXACTLY_MS: u64 = 60 * 1000;
/// How far the file may lag behind.
const USED_KEPT_MS: u64 = 15 * 60 * 1000;
/// A session's id as it is told begins with so many digits at least.
pub(super) const ID_DIGITS_MIN: usize = 12;
const ID_CONTEXT: &str = "hearth 2026 web session id v1";
const CSRF_CONTEXT: &str = "hearth 2026 web form token v1";

/// The name of a session on the server's side: a hash of its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SessionId(Hash);

impl SessionId {
    pub(super) const fn as_hash(&self) -> &Hash {
        &self.0
    }

    /// The id as it is told.
    pub(super) fn as_told(self) -> String {
        self.0.to_hex().to_string()
    }
}

/// A session as its browser proves it.
pub(super) struct Session {
    secret: Zeroizing<[u8; 32]>,
}

impl Session {
    /// The secret as it stands in the cookie: 64 lower-case hex digits.
    pub(super) fn cookie_value(&self) -> Zeroizing<String> {
        Zeroizing::new(Hash::from_bytes(*self.secret).to_hex().to_string())
    }

    fn from_cookie_value(value: &str) -> Option<Self> {
        let secret = Hash::from_hex(value).ok()?;
        Some(Self {
            secret: Zeroizing::new(*secret.as_bytes()),
        })
    }

    /// The session's name on the server's side.
    pub(super) fn id(&self) -> SessionId {
        SessionId(Hash::from_bytes(blake3::derive_key(
            ID_CONTEXT,
            self.secret.as_ref(),
        )))
    }

    /// The token that this session's forms carry, written differently each time: a mask, and what stands under it. It tells
    /// nothing about the secret, nor do the lengths of compressed pages tell anything about it.
    pub(super) fn csrf(&self) -> String {
        let mask = *random_secret();
        let [mask, masked] = [mask, xor(mask, self.csrf_hash())].map(Hash::from_bytes);
        format!("{}{}", mask.to_hex(), masked.to_hex())
    }

    /// Whether a form carries this session's token; takes the same time wherever the two differ.
    pub(super) fn owns_form(&self, csrf: &str) -> bool {
        let Some((mask, masked)) = csrf.split_at_checked(csrf.len() / 2) else {
            return false;
        };
        match (Hash::from_hex(mask), Hash::from_hex(masked)) {
            (Ok(mask), Ok(masked)) => {
                Hash::from_bytes(xor(*mask.as_bytes(), masked)) == self.csrf_hash()
            }
            _ => false,
        }
    }

    fn csrf_hash(&self) -> Hash {
        Hash::from_bytes(blake3::derive_key(CSRF_CONTEXT, self.secret.as_ref()))
    }
}

fn xor(one: [u8; 32], other: Hash) -> [u8; 32] {
    let other = other.as_bytes();
    std::array::from_fn(|at| one[at] ^ other[at])
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// The session's id, hex.
    id: String,
    since_ms: u64,
    /// When it was used last, to a minute or so.
    #[serde(default)]
    used_ms: u64,
    /// Which browser, from where.
    #[serde(default)]
    browser: Browser,
    /// When it was used as the file knows it.
    #[serde(skip)]
    kept_used_ms: u64,
}

/// A session as it is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// What revokes it; it opens nothing.
    pub(super) id: String,
    pub(super) since_ms: u64,
    pub(super) used_ms: u64,
    pub(super) browser: Browser,
}

impl Kept {
    fn is_good(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.since_ms) < LIFETIME_S * 1000
    }

    fn is(&self, id: SessionId) -> bool {
        Hash::from_hex(&self.id).is_ok_and(|kept| kept == id.0)
    }
}

#[derive(Serialize, Deserialize)]
struct KeptFile {
    version: u32,
    /// What follows [`COOKIE_PREFIX`]. Kept, because the port may be another after a restart.
    cookie: String,
    /// What recognises browsers that were signed in, hex; in an older file nothing.
    #[serde(default)]
    known: String,
    /// Oldest first.
    sessions: Vec<Kept>,
}

impl KeptFile {
    /// Nobody, and a new name for the cookie.
    fn new() -> Self {
        let word = Hash::from_bytes(*random_secret()).to_hex();
        Self {
            version: FILE_VERSION,
            cookie: word[..COOKIE_DIGITS].to_owned(),
            known: String::new(),
            sessions: Vec::new(),
        }
    }

    fn is_good(&self) -> bool {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        self.version == FILE_VERSION
            && self.cookie.len() == COOKIE_DIGITS
            && self.cookie.bytes().all(is_digit)
    }
}

/// What changes, and is written together.
struct State {
    /// Oldest first, at most [`SESSIONS_MAX`].
    kept: Vec<Kept>,
    /// What tells browsers that were signed in before.
    known: KnownBrowsers,
}

/// Everybody who is signed in, kept in a file.
pub(super) struct Sessions {
    path: PathBuf,
    cookie: String,
    state: Mutex<State>,
    /// Held while the file is written, so that an older state never replaces a newer one.
    writing: Mutex<()>,
}

impl Sessions {
    /// Reads who was signed in. A file that can't be understood signs everybody out, which a new
    /// link mends.
    pub(super) fn open(state_dir: &Path, now_ms: u64) -> Result<Self, HttpError> {
        let path = state_dir.join(FILE_NAME);
        let file = match read_bounded(&path) {
            Ok(bytes) => parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => KeptFile::new(),
            Err(source) => return Err(HttpError::Sessions { path, source }),
        };
        let mut kept = file.sessions;
        kept.retain(|session| session.is_good(now_ms));
        for session in &mut kept {
            session.used_ms = session.used_ms.max(session.since_ms);
            session.kept_used_ms = session.used_ms;
        }
        kept.drain(..kept.len().saturating_sub(SESSIONS_MAX));
        let known = KnownBrowsers::of_text(&file.known).unwrap_or_else(KnownBrowsers::new);
        Ok(Self {
            path,
            cookie: file.cookie,
            state: Mutex::new(State { kept, known }),
            writing: Mutex::new(()),
        })
    }

    /// The name of this node's cookie.
    pub(super) fn cookie_name(&self) -> String {
        format!("{COOKIE_PREFIX}{}", self.cookie)
    }

    /// The name of the cookie that browsers keep when they are signed out.
    pub(super) fn known_cookie_name(&self) -> String {
        format!("{}{}", known::COOKIE_PREFIX, self.cookie)
    }

    /// Which browser has this cookie, if it was signed in before, and since everybody was signed out.
    pub(super) fn known(&self, cookie_value: &str) -> Option<KnownBrowser> {
        self.state().known.find(cookie_value)
    }

    /// The cookie by which a browser is known that has this session, always the same until the others are signed out; none once
    /// it was signed out itself.
    pub(super) fn known_cookie_value(&self, id: SessionId) -> Option<String> {
        let state = self.state();
        let is_in = state.kept.iter().any(|session| session.is(id));
        is_in.then(|| state.known.cookie(KnownBrowser::of_session(id)))
    }

    /// Signs a browser in. It is kept over a restart once [`Self::save`] has succeeded.
    pub(super) fn begin(&self, browser: Browser, now_ms: u64) -> Session {
        let session = Session {
            secret: random_secret(),
        };
        let kept = &mut self.state().kept;
        kept.retain(|session| session.is_good(now_ms));
        if kept.len() >= SESSIONS_MAX {
            kept.remove(0);
        }
        kept.push(Kept {
            id: session.id().0.to_hex().to_string(),
            since_ms: now_ms,
            used_ms: now_ms,
            kept_used_ms: now_ms,
            browser,
        });
        session
    }

    /// Notes that a session is used, and from where; whether that should be written soon.
    pub(super) fn used(&self, id: SessionId, from: IpAddr, now_ms: u64) -> bool {
        let kept = &mut self.state().kept;
        let Some(session) = kept.iter_mut().find(|session| session.is(id)) else {
            return false;
        };
        let moved = session.browser.from != Some(from);
        if moved || now_ms.abs_diff(session.used_ms) >= USED_EXACTLY_MS {
            session.used_ms = now_ms;
            session.browser.from = Some(from);
        }
        now_ms.abs_diff(session.kept_used_ms) >= USED_KEPT_MS
    }

    /// Everybody who is signed in, who was here last first.
    pub(super) fn told(&self, now_ms: u64) -> Vec<Told> {
        let mut told: Vec<Told> = self
            .state()
            .kept
            .iter()
            .filter(|session| session.is_good(now_ms))
            .map(|session| Told {
                id: session.id.clone(),
                since_ms: session.since_ms,
                used_ms: session.used_ms,
                browser: session.browser.clone(),
            })
            .collect();
        told.sort_by_key(|session| std::cmp::Reverse(session.used_ms));
        told
    }

    /// Ends the one session whose id begins with `id`; the number of those that would be meant, where it isn't one.
    pub(super) fn revoke(&self, id: &str) -> Result<(), usize> {
        let kept = &mut self.state().kept;
        let is_meant = |session: &Kept| id.len() >= ID_DIGITS_MIN && session.id.starts_with(id);
        match kept.iter().filter(|session| is_meant(session)).count() {
            1 => {
                kept.retain(|session| !is_meant(session));
                Ok(())
            }
            meant => Err(meant),
        }
    }

    /// Ends all sessions but one, and knows no browser any more; how many sessions. Whoever has a copy of another browser's
    /// cookies is a stranger then. The one that stays needs another cookie: [`Self::known_cookie_value`].
    pub(super) fn revoke_all_but(&self, id: Option<SessionId>) -> usize {
        let mut state = self.state();
        state.known = KnownBrowsers::new();
        let before = state.kept.len();
        state
            .kept
            .retain(|session| id.is_some_and(|id| session.is(id)));
        before - state.kept.len()
    }

    /// The session behind a cookie's value, if it is one.
    pub(super) fn find(&self, cookie_value: &str, now_ms: u64) -> Option<Session> {
        let session = Session::from_cookie_value(cookie_value)?;
        self.is_open(session.id(), now_ms).then_some(session)
    }

    /// Whether a session is still good.
    pub(super) fn is_open(&self, id: SessionId, now_ms: u64) -> bool {
        let kept = &self.state().kept;
        kept.iter()
            .any(|session| session.is(id) && session.is_good(now_ms))
    }

    /// Signs a browser out. See [`Self::begin`] for restarts.
    pub(super) fn end(&self, id: SessionId) {
        self.state().kept.retain(|session| !session.is(id));
    }

    /// Writes who is signed in, and what tells known browsers, whole or not at all. Blocks.
    pub(super) fn save(&self) -> io::Result<()> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        for session in &mut state.kept {
            session.kept_used_ms = session.used_ms;
        }
        let file = KeptFile {
            version: FILE_VERSION,
            cookie: self.cookie.clone(),
            known: state.known.to_text(),
            sessions: state.kept.clone(),
        };
        drop(state);
        write_private(&self.path, &serde_json::to_vec(&file)?)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Ok(Vec::new());
    }
    fs::read(path)
}

fn parse(bytes: &[u8]) -> KeptFile {
    match serde_json::from_slice::<KeptFile>(bytes) {
        Ok(file) if file.is_good() => file,
        _ => {
            tracing::warn!("the kept sessions can't be understood; browsers must sign in again");
            KeptFile::new()
        }
    }
}

/// Replaces a file by one that only its owner can read.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("json.new");
    // What a crash left behind might have other permissions.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = create_private(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
