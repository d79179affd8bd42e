//! Browsers that were signed in before, told by a cookie that opens nothing.
//!
//! Whoever tries passwords is held up with others whose address is the same or isn't known. A browser that was let in once has
//! a count of its own instead, so that no stranger's tries lock its owner out (device cookies, as OWASP describes them).
//! The cookie is a number and what [`KnownBrowsers`] makes of it under a key: nothing is kept of it here. The number is that of the
//! session for which the cookie was made: a browser that throws its cookie away and is given another one goes on with the same
//! count. When all others are signed out, the key is made anew, and no cookie that they have counts any more.

use super::random_secret;
use super::session::SessionId;
use blake3::Hash;
use zeroize::Zeroizing;

/// How the cookie's name begins; the word that follows is that of the session's.
pub(super) const COOKIE_PREFIX: &str = "hearth_known_";
/// How long a browser stays known, in seconds: a year from when it signed in last, or was given the cookie.
pub(super) const LIFETIME_S: u64 = 365 * 24 * 60 * 60;
const CONTEXT: &str = "hearth 2026 web known browser v1";
const NUMBER_DIGITS: usize = 64;

/// A browser that was signed in before, or is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KnownBrowser([u8; 32]);

impl KnownBrowser {
    /// One that is signed in: what its cookie says, if it has none yet.
    pub(super) fn of_session(id: SessionId) -> Self {
        Self(*id.as_hash().as_bytes())
    }

    /// Any one.
    #[cfg(test)]
    pub(super) fn random() -> Self {
        Self(*random_secret())
    }
}

/// What makes and recognises the cookies.
pub(super) struct KnownBrowsers(Zeroizing<[u8; 32]>);

impl KnownBrowsers {
    pub(super) fn new() -> Self {
        Self(random_secret())
    }

    /// Reads what [`Self::to_text`] wrote.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let key = Hash::from_hex(text).ok()?;
        Some(Self(Zeroizing::new(*key.as_bytes())))
    }

    pub(super) fn to_text(&self) -> String {
        Hash::from_bytes(*self.0).to_hex().to_string()
    }

    /// A browser's cookie.
    pub(super) fn cookie(&self, browser: KnownBrowser) -> String {
        let number = Hash::from_bytes(browser.0);
        format!("{}{}", number.to_hex(), self.seal(&number).to_hex())
    }

    /// Which browser has a cookie of this value, if it was made here.
    pub(super) fn find(&self, value: &str) -> Option<KnownBrowser> {
        let (number, seal) = value.split_at_checked(NUMBER_DIGITS)?;
        let number = Hash::from_hex(number).ok()?;
        // Compared in constant time.
        let is_ours = Hash::from_hex(seal).ok()? == self.seal(&number);
        is_ours.then_some(KnownBrowser(*number.as_bytes()))
    }

    fn seal(&self, number: &Hash) -> Hash {
        let key = Zeroizing::new(blake3::derive_key(CONTEXT, &self.0[..]));
        blake3::keyed_hash(&key, number.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cookie_is_recognised_by_who_made_it_and_by_nobody_else() {
        let browsers = KnownBrowsers::new();
        let known = KnownBrowser::random();
        let [one, other] = [known, KnownBrowser::random()].map(|known| browsers.cookie(known));
        assert_eq!(browsers.find(&one), Some(known));
        assert_eq!(browsers.cookie(known), one, "it is the same again");
        assert_ne!(browsers.find(&other), Some(known));
        let again = KnownBrowsers::of_text(&browsers.to_text()).unwrap();
        assert_eq!(again.find(&one), Some(known));
        assert_eq!(KnownBrowsers::new().find(&one), None);
        assert!(KnownBrowsers::of_text("").is_none());
        let (number, seal) = one.split_at(NUMBER_DIGITS);
        let (other_number, _) = other.split_at(NUMBER_DIGITS);
        for made_up in [
            String::new(),
            number.to_owned(),
            format!("{other_number}{seal}"),
            format!("{number}{number}"),
            one[1..].to_owned(),
            format!("{one}0"),
            "é".repeat(64),
        ] {
            assert_eq!(browsers.find(&made_up), None, "{made_up}");
        }
    }
}
