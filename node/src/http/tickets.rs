//! One-time tokens: what a sign-in link carries.

use super::random_secret;
use blake3::Hash;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How many links may wait to be followed; a newer one drops the oldest.
const OUTSTANDING_MAX: usize = 8;

/// How long links stay good.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    /// The first one, which waits in a terminal or a service's log for its owner.
    pub(super) first: Duration,
    /// All others, made because somebody wants in now.
    pub(super) later: Duration,
}

impl Default for Lifetime {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(24 * 60 * 60),
            later: Duration::from_secs(15 * 60),
        }
    }
}

struct Ticket {
    hash: Hash,
    good_until: Instant,
}

struct Outstanding {
    tickets: VecDeque<Ticket>,
    any_issued: bool,
}

/// The links that haven't been followed yet. Only hashes are kept.
pub(super) struct Tickets {
    lifetime: Lifetime,
    outstanding: Mutex<Outstanding>,
}

impl Tickets {
    /// None yet.
    pub(super) fn new(lifetime: Lifetime) -> Self {
        let outstanding = Mutex::new(Outstanding {
            tickets: VecDeque::new(),
            any_issued: false,
        });
        Self {
            lifetime,
            outstanding,
        }
    }

    /// A new token: 64 lower-case hex digits.
    pub(super) fn issue(&self, now: Instant) -> Zeroizing<String> {
        let secret = random_secret();
        let token = Zeroizing::new(Hash::from_bytes(*secret).to_hex().to_string());
        self.with(|outstanding| {
            let lifetime = if outstanding.any_issued {
                self.lifetime.later
            } else {
                self.lifetime.first
            };
            outstanding.any_issued = true;
            if outstanding.tickets.len() == OUTSTANDING_MAX {
                outstanding.tickets.pop_front();
            }
            outstanding.tickets.push_back(Ticket {
                hash: blake3::hash(token.as_bytes()),
                good_until: now + lifetime,
            });
        });
        token
    }

    /// Uses a token up: `true` the first time, as long as it is good.
    pub(super) fn redeem(&self, token: &str, now: Instant) -> bool {
        let hash = blake3::hash(token.as_bytes());
        self.with(|outstanding| {
            outstanding.tickets.retain(|ticket| now < ticket.good_until);
            let before = outstanding.tickets.len();
            outstanding.tickets.retain(|ticket| ticket.hash != hash);
            outstanding.tickets.len() < before
        })
    }

    fn with<T>(&self, action: impl FnOnce(&mut Outstanding) -> T) -> T {
        let mut outstanding = self
            .outstanding
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        action(&mut outstanding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_token_works_once() {
        let (tickets, now) = (Tickets::new(Lifetime::default()), Instant::now());
        let token = tickets.issue(now);
        assert_eq!(token.len(), 64);
        assert!(!tickets.redeem("", now));
        assert!(!tickets.redeem(&"0".repeat(64), now));
        assert!(tickets.redeem(&token, now));
        assert!(!tickets.redeem(&token, now));
    }

    #[test]
    fn the_first_lives_longer_than_the_others_and_none_for_ever() {
        let lifetime = Lifetime::default();
        let (tickets, now) = (Tickets::new(lifetime), Instant::now());
        let (first, second) = (tickets.issue(now), tickets.issue(now));
        let late = tickets.issue(now);
        assert!(tickets.redeem(&second, now + lifetime.later - SECOND));
        assert!(!tickets.redeem(&late, now + lifetime.later));
        assert!(tickets.redeem(&first, now + lifetime.first - SECOND));
        let (tickets, now) = (Tickets::new(lifetime), Instant::now());
        let first = tickets.issue(now);
        assert!(!tickets.redeem(&first, now + lifetime.first));
    }

    #[test]
    fn the_oldest_gives_way() {
        let (tickets, now) = (Tickets::new(Lifetime::default()), Instant::now());
        let tokens: Vec<_> = (0..=OUTSTANDING_MAX).map(|_| tickets.issue(now)).collect();
        let good: Vec<_> = tokens
            .iter()
            .map(|token| tickets.redeem(token, now))
            .collect();
        assert!(!good[0]);
        assert!(good[1..].iter().all(|good| *good));
    }
}
