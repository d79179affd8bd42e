//! What an authenticator must sign: made without remembering anything, so that nobody can fill a memory by asking for some, and
//! good once.

use super::super::random_secret;
use super::super::session::SessionId;
use super::party::Party;
use blake3::Hash;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 16;
const TIME_BYTES: usize = 8;
/// Random bytes, the time, and the mark by which this process knows its own.
const CHALLENGE_BYTES: usize = NONCE_BYTES + TIME_BYTES + blake3::OUT_LEN;
/// How long one has for the authenticator's questions.
const LIFETIME_MS: u64 = 5 * 60 * 1000;
/// How many may be used within that time.
const USED_MAX: usize = 256;

/// What a signature is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// A browser wants in.
    SignIn,
    /// A session adds a passkey.
    Add(SessionId),
}

impl Purpose {
    /// What is said, for this alone: all but the last has a fixed length.
    fn marked(self, said: &[u8], party: &Party) -> Vec<u8> {
        let mut marked = match self {
            Self::SignIn => vec![0],
            Self::Add(session) => [&[1], session.as_told().as_bytes()].concat(),
        };
        marked.extend_from_slice(said);
        marked.extend_from_slice(party.origin().as_bytes());
        marked
    }
}

/// Makes challenges, each for the pages of one origin, and knows its own.
pub(super) struct Challenges {
    key: Zeroizing<[u8; 32]>,
    /// Those that were used, with the time at which they were made, in that of their use.
    used: Mutex<VecDeque<(Hash, u64)>>,
}

impl Challenges {
    pub(super) fn new() -> Self {
        Self {
            key: random_secret(),
            used: Mutex::default(),
        }
    }

    pub(super) fn issue(&self, purpose: Purpose, party: &Party, now_ms: u64) -> Vec<u8> {
        let nonce = random_secret();
        let said = [&nonce[..NONCE_BYTES], &now_ms.to_be_bytes()].concat();
        let mark = self.mark(purpose, party, &said);
        [&said[..], mark.as_bytes()].concat()
    }

    /// Uses one up: `true` the first time, for what it was made for, while it is good.
    pub(super) fn redeem(
        &self,
        challenge: &[u8],
        purpose: Purpose,
        party: &Party,
        now_ms: u64,
    ) -> bool {
        if challenge.len() != CHALLENGE_BYTES {
            return false;
        }
        let (said, mark) = challenge.split_at(NONCE_BYTES + TIME_BYTES);
        let Ok(mark) = <[u8; blake3::OUT_LEN]>::try_from(mark) else {
            return false;
        };
        let made_ms = u64::from_be_bytes(
            said[NONCE_BYTES..]
                .try_into()
                .expect("the length was checked"),
        );
        // Comparing hashes takes the same time wherever they differ.
        if self.mark(purpose, party, said) != Hash::from_bytes(mark)
            || now_ms.abs_diff(made_ms) >= LIFETIME_MS
        {
            return false;
        }
        let hash = blake3::hash(challenge);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|(_, made_ms)| now_ms.abs_diff(*made_ms) < LIFETIME_MS);
        if used.len() >= USED_MAX || used.iter().any(|(known, _)| *known == hash) {
            return false;
        }
        used.push_back((hash, made_ms));
        true
    }

    fn mark(&self, purpose: Purpose, party: &Party, said: &[u8]) -> Hash {
        blake3::keyed_hash(&self.key, &purpose.marked(said, party))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::session::Sessions;
    use super::super::super::sessions::Browser;
    use super::*;

    const NOW_MS: u64 = 1_790_000_000_000;

    fn party(host: &str) -> Party {
        let public = "https://alice.example".parse().ok();
        Party::at(host, public.as_ref()).expect("passkeys work there")
    }

    #[test]
    fn a_challenge_is_good_once_for_what_it_was_made_for_and_for_a_while() {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let sessions = Sessions::open(scratch.path(), NOW_MS).ok();
        let sessions = sessions.expect("an empty folder can be read");
        let add = |_| Purpose::Add(sessions.begin(Browser::default(), NOW_MS).id());
        let (here, there) = (add(()), add(()));
        let challenges = Challenges::new();
        let site = party("localhost:4748");
        let made = challenges.issue(here, &site, NOW_MS);
        for other in [Purpose::SignIn, there] {
            assert!(!challenges.redeem(&made, other, &site, NOW_MS));
        }
        for elsewhere in ["localhost:4749", "localhost", "alice.example"] {
            assert!(!challenges.redeem(&made, here, &party(elsewhere), NOW_MS));
        }
        assert!(!challenges.redeem(&made, here, &site, NOW_MS + LIFETIME_MS));
        assert!(!Challenges::new().redeem(&made, here, &site, NOW_MS));
        assert!(challenges.redeem(&made, here, &site, NOW_MS + LIFETIME_MS - 1));
        assert!(!challenges.redeem(&made, here, &site, NOW_MS), "used");
        let mut bent = challenges.issue(Purpose::SignIn, &site, NOW_MS);
        for at in 0..bent.len() {
            bent[at] ^= 1;
            assert!(
                !challenges.redeem(&bent, Purpose::SignIn, &site, NOW_MS),
                "{at}"
            );
            bent[at] ^= 1;
        }
        for cut in [&[][..], &bent[1..], &[&bent[..], &[0]].concat()] {
            assert!(!challenges.redeem(cut, Purpose::SignIn, &site, NOW_MS));
        }
        let many = (0..USED_MAX + 9).filter(|_| {
            let one = challenges.issue(Purpose::SignIn, &site, NOW_MS + 1);
            challenges.redeem(&one, Purpose::SignIn, &site, NOW_MS + 1)
        });
        assert_eq!(many.count(), USED_MAX - 1);
        let later_ms = NOW_MS + 2 * LIFETIME_MS;
        let one = challenges.issue(Purpose::SignIn, &site, later_ms);
        assert!(challenges.redeem(&one, Purpose::SignIn, &site, later_ms));
    }
}
