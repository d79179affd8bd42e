//! How one signs in, besides by a link: a password, passkeys.

pub(super) mod attempts;
mod cbor;
pub(super) mod challenge;
mod kept;
pub(super) mod party;
pub(super) mod passkey;

use super::HttpError;
use super::forms::Fields;
use super::known::KnownBrowser;
use super::now_ms;
use super::session::SessionId;
use crate::home::HomeError;
use crate::said::Said;
use attempts::Attempts;
use challenge::{Challenges, Purpose};
use hearth_keys::PasswordHash;
use hearth_protocol::codec::Hex;
use kept::{Kept, PASSKEYS_MAX, Passkey, unhex};
use party::Party;
use passkey::{PasskeyError, bytes_of, text_of};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// A password has so many characters at least.
pub(super) const PASSWORD_CHARS_MIN: usize = 10;
/// And so many bytes at most.
const PASSWORD_BYTES_MAX: usize = 1024;

/// Why something about signing in isn't done.
#[derive(Debug, Error)]
pub(super) enum SignInError {
    /// It would be guessed.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters: a few words do well")]
    TooShort,
    /// Nobody types that.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// The second time it was another.
    #[error("these two aren't the same: type the password once more")]
    Unlike,
    /// The passkey isn't good.
    #[error(transparent)]
    Passkey(#[from] PasskeyError),
    /// It can't be kept.
    #[error("it couldn't be written to disk ({0}): make room or mend the disk, and do it again")]
    Unwritten(String),
}

impl From<&SignInError> for Said {
    fn from(error: &SignInError) -> Self {
        match error {
            SignInError::TooShort => {
                Self::of("password-too-short", error).with("least", PASSWORD_CHARS_MIN)
            }
            SignInError::TooLong => {
                Self::of("password-too-long", error).with("most", PASSWORD_BYTES_MAX)
            }
            SignInError::Unlike => Self::of("password-unlike", error),
            SignInError::Passkey(passkey) => passkey.into(),
            SignInError::Unwritten(why) => Self::of("unwritten", error).with("error", why),
        }
    }
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PasskeyTold {
    /// Its id, hex.
    pub(super) id: String,
    /// The name under which it lets in.
    pub(super) party: String,
    pub(super) name: String,
    pub(super) made_ms: u64,
    pub(super) used_ms: u64,
}

/// What a page asks an authenticator for, as base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) challenge: String,
    pub(super) user: String,
    /// The ids of passkeys that are there, for the same party.
    pub(super) known: Vec<String>,
}

/// The password and the passkeys, kept in a file, and who tries them.
pub(super) struct SignIn {
    path: PathBuf,
    kept: Arc<Mutex<Kept>>,
    /// Held while the file is written, so that an older state never replaces a newer one.
    writing: Arc<tokio::sync::Mutex<()>>,
    attempts: Mutex<Attempts>,
    /// Stretching takes memory: one at a time of whoever tries,
    stretching: Semaphore,
    /// and one of who was let in before, who waits for no stranger.
    stretching_of_known: Semaphore,
    /// What is compared with where there is no password, so that it takes as long.
    none: PasswordHash,
    challenges: Challenges,
}

impl SignIn {
    /// Reads what is set.
    pub(super) fn open(state_dir: &Path) -> Result<Self, HttpError> {
        let path = Kept::path(state_dir);
        Ok(Self {
            kept: Arc::new(Mutex::new(Kept::read(&path)?)),
            path,
            writing: Arc::default(),
            attempts: Mutex::new(Attempts::new(Instant::now())),
            stretching: Semaphore::new(1),
            stretching_of_known: Semaphore::new(1),
            none: PasswordHash::of_none(&mut crate::rng::system()),
            challenges: Challenges::new(),
        })
    }

    pub(super) fn has_password(&self) -> bool {
        self.kept().password.is_some()
    }

    /// Whether there is a passkey, for whomever.
    pub(super) fn has_passkeys(&self) -> bool {
        !self.kept().passkeys.is_empty()
    }

    /// Whether there is one that lets in here.
    pub(super) fn has_passkeys_of(&self, party: &Party) -> bool {
        self.kept().of(party).next().is_some()
    }

    /// The passkeys, the newest last.
    pub(super) fn passkeys(&self) -> Vec<PasskeyTold> {
        let told = |passkey: &Passkey| PasskeyTold {
            id: Hex(passkey.id.as_slice()).to_string(),
            party: passkey.party.clone(),
            name: passkey.name.clone(),
            made_ms: passkey.made_ms,
            used_ms: passkey.used_ms,
        };
        self.kept().passkeys.iter().map(told).collect()
    }

    /// Whether this is the password; or how long to wait before another one is looked at. A browser that is known waits for
    /// its own errors, any other for those of whoever comes from there.
    pub(super) async fn try_password(
        &self,
        from: IpAddr,
        known: Option<KnownBrowser>,
        given: &str,
    ) -> Result<bool, Duration> {
        self.attempts().begin(from, known, Instant::now())?;
        let hash = self.kept().password.clone();
        let (is_set, hash) = (hash.is_some(), hash.unwrap_or_else(|| self.none.clone()));
        let end = given.floor_char_boundary(PASSWORD_BYTES_MAX + 1);
        let given = Zeroizing::new(given.as_bytes()[..end].to_vec());
        let is_right = self.stretch(known.is_some(), move || hash.is(&given)).await;
        let is_right = is_set && is_right.unwrap_or_default();
        if is_right {
            self.attempts().was_right(from, known);
        }
        Ok(is_right)
    }

    /// Sets the password, or another one; it was typed twice.
    pub(super) async fn set_password(&self, new: &str, again: &str) -> Result<(), SignInError> {
        if new.chars().count() < PASSWORD_CHARS_MIN {
            return Err(SignInError::TooShort);
        }
        if new.len() > PASSWORD_BYTES_MAX {
            return Err(SignInError::TooLong);
        }
        if new != again {
            return Err(SignInError::Unlike);
        }
        let new = Zeroizing::new(new.as_bytes().to_vec());
        let hash = self
            .stretch(true, move || {
                PasswordHash::of(&new, &mut crate::rng::system())
            })
            .await
            .ok_or_else(|| SignInError::Unwritten("the server is stopping".to_owned()))?;
        self.change(|kept| {
            kept.password = Some(hash);
            Ok(())
        })
        .await
    }

    pub(super) async fn remove_password(&self) -> Result<(), SignInError> {
        self.change(|kept| {
            kept.password = None;
            Ok(())
        })
        .await
    }

    /// What an authenticator is asked for, to sign in or to add a passkey.
    pub(super) fn ask(&self, purpose: Purpose, party: &Party) -> Asked {
        let challenge = self.challenges.issue(purpose, party, now_ms());
        // Who isn't in yet is told nothing of what there is.
        let (user, known) = match purpose {
            Purpose::SignIn => (String::new(), Vec::new()),
            Purpose::Add(_) => {
                let kept = self.kept();
                let ids = kept.of(party).map(|passkey| text_of(&passkey.id));
                (text_of(&kept.user), ids.collect())
            }
        };
        Asked {
            challenge: text_of(&challenge),
            user,
            known,
        }
    }

    /// Adds the passkey in a form (fields `client_data`, `attestation`), named by the browser that made it.
    pub(super) async fn add_passkey(
        &self,
        session: SessionId,
        party: Option<&Party>,
        form: &Fields,
        name: String,
    ) -> Result<(), SignInError> {
        let party = party.ok_or(PasskeyError::Elsewhere)?;
        let client_data = bytes_of(form.text("client_data"))?;
        let attestation = bytes_of(form.text("attestation"))?;
        let (made, challenge) = passkey::made(&client_data, &attestation, party)?;
        let now_ms = now_ms();
        let purpose = Purpose::Add(session);
        if !self.challenges.redeem(&challenge, purpose, party, now_ms) {
            return Err(PasskeyError::Stale.into());
        }
        self.change(|kept| {
            if kept.passkeys.iter().any(|known| known.id == made.id) {
                return Err(PasskeyError::Known.into());
            }
            if kept.passkeys.len() >= PASSKEYS_MAX {
                return Err(PasskeyError::TooMany.into());
            }
            kept.passkeys.push(Passkey {
                party: party.id().to_owned(),
                id: made.id,
                key: made.key,
                count: made.count,
                name,
                made_ms: now_ms,
                used_ms: now_ms,
            });
            Ok(())
        })
        .await
    }

    /// Checks a passkey's answer in a form (fields `id`, `client_data`, `authenticator_data`, `signature`).
    pub(super) async fn use_passkey(
        &self,
        party: Option<&Party>,
        form: &Fields,
    ) -> Result<(), SignInError> {
        let party = party.ok_or(PasskeyError::Elsewhere)?;
        let answer = passkey::Answer {
            id: bytes_of(form.text("id"))?,
            client_data: bytes_of(form.text("client_data"))?,
            authenticator_data: bytes_of(form.text("authenticator_data"))?,
            signature: bytes_of(form.text("signature"))?,
        };
        self.accept_answer(party, &answer).await
    }

    async fn accept_answer(
        &self,
        party: &Party,
        answer: &passkey::Answer,
    ) -> Result<(), SignInError> {
        let known = |kept: &Kept| {
            let mut passkeys = kept.of(party);
            passkeys.find(|known| known.id == answer.id).cloned()
        };
        let passkey = known(&self.kept()).ok_or(PasskeyError::Unknown)?;
        let (challenge, count) = passkey::answered((&passkey.key, passkey.count), answer, party)?;
        let now_ms = now_ms();
        let purpose = Purpose::SignIn;
        if !self.challenges.redeem(&challenge, purpose, party, now_ms) {
            return Err(PasskeyError::Stale.into());
        }
        let written = self
            .change(|kept| {
                let mut passkeys = kept.passkeys.iter_mut();
                let passkey = passkeys.find(|known| known.id == answer.id);
                let passkey = passkey.ok_or(PasskeyError::Unknown)?;
                (passkey.count, passkey.used_ms) = (count, now_ms);
                Ok(())
            })
            .await;
        match written {
            // Whoever proved who they are is let in, even where the disk is full.
            Err(SignInError::Unwritten(error)) => {
                tracing::warn!(%error, "can't keep when a passkey was used");
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Removes a passkey by its id in hex. One that isn't there is removed already.
    pub(super) async fn remove_passkey(&self, id: &str) -> Result<(), SignInError> {
        let id = unhex(id).unwrap_or_default();
        self.change(|kept| {
            kept.passkeys.retain(|passkey| passkey.id != id);
            Ok(())
        })
        .await
    }

    /// Changes what is kept, in the file first.
    async fn change(
        &self,
        change: impl FnOnce(&mut Kept) -> Result<(), SignInError>,
    ) -> Result<(), SignInError> {
        let turn = Arc::clone(&self.writing).lock_owned().await;
        let mut changed = self.kept().clone();
        change(&mut changed)?;
        let (path, kept) = (self.path.clone(), Arc::clone(&self.kept));
        // All of it there, as a request that breaks off ends this here.
        let outcome = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            changed.write(&path)?;
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = changed;
            Ok::<_, HomeError>(())
        });
        let unwritten = |error: &dyn std::fmt::Display| SignInError::Unwritten(error.to_string());
        let outcome = outcome.await.map_err(|error| unwritten(&error))?;
        outcome.map_err(|error| unwritten(&error))
    }

    /// Does what takes a fifth of a second and 64 MiB; nothing where the process is ending.
    async fn stretch<T: Send + 'static>(
        &self,
        is_known: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let turns = match is_known {
            true => &self.stretching_of_known,
            false => &self.stretching,
        };
        let _turn = turns.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::session::Sessions;
    use super::super::sessions::Browser;
    use super::passkey::tests::{Authenticator, local, public};
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn fields(pairs: &[(&str, &[u8])]) -> Fields {
        let pairs = pairs.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={}", text_of(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        Fields::parse_form(body.as_bytes()).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_set_tried_changed_and_removed() {
        let scratch = tempfile::tempdir().unwrap();
        let sign_in = SignIn::open(scratch.path()).unwrap();
        assert_eq!(sign_in.try_password(HERE, None, "").await, Ok(false));
        let refused = async |new: &str, again: &str| sign_in.set_password(new, again).await;
        assert!(matches!(
            refused("short", "short").await,
            Err(SignInError::TooShort)
        ));
        let long = "x".repeat(PASSWORD_BYTES_MAX + 1);
        assert!(matches!(
            refused(&long, &long).await,
            Err(SignInError::TooLong)
        ));
        let unlike = refused("correct horse", "correct hose").await;
        assert!(matches!(unlike, Err(SignInError::Unlike)));
        assert!(!sign_in.has_password());
        refused("correct horse", "correct horse").await.unwrap();
        let again = SignIn::open(scratch.path()).unwrap();
        assert!(again.has_password());
        assert_eq!(
            again.try_password(HERE, None, "correct hors").await,
            Ok(false)
        );
        assert_eq!(
            again.try_password(HERE, None, "correct horse").await,
            Ok(true)
        );
        let mut refused = false;
        for _ in 0..12 {
            refused |= again.try_password(HERE, None, &long).await.is_err();
        }
        assert!(refused, "too many");
        let known = Some(KnownBrowser::random());
        // Not even for one of theirs that is being looked at.
        let _theirs = again.stretching.acquire().await.unwrap();
        assert_eq!(
            again.try_password(HERE, known, "correct horse").await,
            Ok(true),
            "it is others who wait"
        );
        again.remove_password().await.unwrap();
        assert!(!SignIn::open(scratch.path()).unwrap().has_password());
    }

    #[tokio::test]
    async fn a_passkey_is_added_by_a_session_and_lets_in_once_an_answer() {
        let scratch = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(scratch.path(), now_ms()).unwrap();
        let session = sessions.begin(Browser::default(), now_ms());
        let sign_in = SignIn::open(scratch.path()).unwrap();
        let mut authenticator = Authenticator::new(false);
        let mut add = async |purpose: Purpose| {
            let challenge = bytes_of(&sign_in.ask(purpose, &local()).challenge).unwrap();
            let (client_data, attestation) = authenticator.make(&challenge);
            let form = fields(&[("client_data", &client_data), ("attestation", &attestation)]);
            let name = "Firefox".to_owned();
            sign_in
                .add_passkey(session.id(), Some(&local()), &form, name)
                .await
        };
        let stale = add(Purpose::SignIn).await;
        assert!(matches!(
            stale,
            Err(SignInError::Passkey(PasskeyError::Stale))
        ));
        add(Purpose::Add(session.id())).await.unwrap();
        let known = add(Purpose::Add(session.id())).await;
        assert!(matches!(
            known,
            Err(SignInError::Passkey(PasskeyError::Known))
        ));

        let sign_in = SignIn::open(scratch.path()).unwrap();
        assert_eq!(sign_in.passkeys().len(), 1);
        let add_here = Purpose::Add(session.id());
        assert_eq!(sign_in.ask(add_here, &local()).known.len(), 1);
        let asked = sign_in.ask(Purpose::SignIn, &local());
        assert!(asked.known.is_empty() && asked.user.is_empty());
        let answer = authenticator.answer(&bytes_of(&asked.challenge).unwrap());
        let form = fields(&[
            ("id", &answer.id),
            ("client_data", &answer.client_data),
            ("authenticator_data", &answer.authenticator_data),
            ("signature", &answer.signature),
        ]);
        sign_in.use_passkey(Some(&local()), &form).await.unwrap();
        assert!(
            sign_in.use_passkey(Some(&local()), &form).await.is_err(),
            "once"
        );
        let foreign = authenticator.answer(b"made up");
        let refused = sign_in.accept_answer(&local(), &foreign).await;
        assert!(matches!(
            refused,
            Err(SignInError::Passkey(PasskeyError::Stale))
        ));
        assert!(
            sign_in
                .use_passkey(Some(&local()), &Fields::default())
                .await
                .is_err()
        );
        let id = sign_in.passkeys()[0].id.clone();
        sign_in.remove_passkey("").await.unwrap();
        assert!(sign_in.has_passkeys());
        sign_in.remove_passkey(&id).await.unwrap();
        assert!(!SignIn::open(scratch.path()).unwrap().has_passkeys());
    }

    #[tokio::test]
    async fn passkeys_of_two_names_are_told_apart() {
        let scratch = tempfile::tempdir().unwrap();
        let sessions = Sessions::open(scratch.path(), now_ms()).unwrap();
        let session = sessions.begin(Browser::default(), now_ms()).id();
        let sign_in = SignIn::open(scratch.path()).unwrap();
        let challenge = |purpose, party: &Party| {
            let asked = sign_in.ask(purpose, party);
            bytes_of(&asked.challenge).unwrap()
        };
        let made = |authenticator: &mut Authenticator, challenge: &[u8]| {
            let (client_data, attestation) = authenticator.make(challenge);
            fields(&[("client_data", &client_data), ("attestation", &attestation)])
        };
        let name = || "Firefox".to_owned();
        let [mut here, mut there] = [(local(), 1), (public(), 2)].map(|(party, id)| {
            let mut authenticator = Authenticator::at(&party, false);
            authenticator.id = vec![id];
            authenticator
        });
        for (authenticator, party, other) in [
            (&mut here, local(), public()),
            (&mut there, public(), local()),
        ] {
            let asked_there = challenge(Purpose::Add(session), &other);
            let form = made(authenticator, &asked_there);
            let refused = sign_in.add_passkey(session, Some(&party), &form, name());
            let refused = refused.await;
            assert!(matches!(
                refused,
                Err(SignInError::Passkey(PasskeyError::Stale))
            ));
            let form = made(authenticator, &challenge(Purpose::Add(session), &party));
            for party in [Some(&other), None] {
                let refused = sign_in.add_passkey(session, party, &form, name()).await;
                assert!(matches!(
                    refused,
                    Err(SignInError::Passkey(PasskeyError::Elsewhere))
                ));
            }
            assert!(!sign_in.has_passkeys_of(&party));
            let added = sign_in.add_passkey(session, Some(&party), &form, name());
            added.await.unwrap();
            assert!(sign_in.has_passkeys_of(&party));
        }

        let sign_in = SignIn::open(scratch.path()).unwrap();
        let told = sign_in.passkeys().into_iter().map(|passkey| passkey.party);
        assert_eq!(told.collect::<Vec<_>>(), ["localhost", "alice.example"]);
        for (authenticator, party) in [(&here, local()), (&there, public())] {
            let known = sign_in.ask(Purpose::Add(session), &party).known;
            assert_eq!(known, [text_of(&authenticator.id)], "its own alone");
        }
        let challenge = |party: &Party| {
            let asked = sign_in.ask(Purpose::SignIn, party);
            bytes_of(&asked.challenge).unwrap()
        };
        // The other's passkey isn't known here, whatever its authenticator is made to sign.
        let mut liar = here;
        (liar.party, liar.origin) = (public().id().into(), public().origin().into());
        let answer = liar.answer(&challenge(&public()));
        let refused = sign_in.accept_answer(&public(), &answer).await;
        assert!(matches!(
            refused,
            Err(SignInError::Passkey(PasskeyError::Unknown))
        ));
        let stale = there.answer(&challenge(&local()));
        let refused = sign_in.accept_answer(&public(), &stale).await;
        assert!(matches!(
            refused,
            Err(SignInError::Passkey(PasskeyError::Stale))
        ));
        let answer = there.answer(&challenge(&public()));
        let accepted = sign_in.accept_answer(&public(), &answer).await;
        accepted.unwrap();
    }
}
