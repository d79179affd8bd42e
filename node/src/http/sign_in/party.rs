//! For whom a passkey is made: WebAuthn's relying party, here a name under which this server's pages are open.

use super::super::PublicUrl;

/// The name of this machine, under which browsers let a page without TLS have passkeys.
pub(crate) const LOCALHOST: &str = "localhost";

/// A name that passkeys belong to, and the origin of the pages under it. A passkey is good under the name that it was made
/// for alone, and an answer for the very origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Party {
    id: String,
    origin: String,
}

impl Party {
    /// Whom passkeys are for at a page that was asked for under this host; nobody where browsers allow none: without TLS
    /// only `localhost` has any, and no address in figures has.
    pub(crate) fn at(host: &str, public: Option<&PublicUrl>) -> Option<Self> {
        if let Some(public) = public.filter(|public| public.is_host(host)) {
            return Self::of_public(public);
        }
        let origin = format!("http://{}", host.to_ascii_lowercase());
        is_localhost(host).then(|| Self::new(LOCALHOST, origin))
    }

    /// The same for pages under the public name.
    pub(crate) fn of_public(public: &PublicUrl) -> Option<Self> {
        let name = public.name();
        let may = if public.is_https() {
            is_domain(name)
        } else {
            name == LOCALHOST
        };
        may.then(|| Self::new(name, public.origin()))
    }

    fn new(id: &str, origin: String) -> Self {
        let id = id.to_owned();
        Self { id, origin }
    }

    /// The name: what WebAuthn calls the relying party's identifier.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The origin (RFC 6454) of pages that use its passkeys.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }
}

fn is_localhost(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case(LOCALHOST)
}

/// Whether browsers read it as a name, not as an address (the WHATWG's URL standard, "ends in a number checker").
fn is_domain(name: &str) -> bool {
    let last = name.strip_suffix('.').unwrap_or(name);
    let last = last.rsplit('.').next().unwrap_or_default();
    let is_number = match last.strip_prefix("0x") {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    };
    !name.starts_with('[') && !is_number
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(host: &str, public: &str) -> Option<(String, String)> {
        let public = (!public.is_empty()).then(|| public.parse::<PublicUrl>().unwrap());
        let party = Party::at(host, public.as_ref())?;
        Some((party.id().to_owned(), party.origin().to_owned()))
    }

    #[test]
    fn passkeys_are_for_the_name_that_a_page_is_open_under() {
        let public = "https://Alice.example";
        let cases = [
            ("localhost:4748", "", "localhost", "http://localhost:4748"),
            ("LOCALHOST:1", public, "localhost", "http://localhost:1"),
            ("localhost", "", "localhost", "http://localhost"),
            (
                "Alice.Example",
                public,
                "alice.example",
                "https://alice.example",
            ),
            (
                "alice.example:8443",
                "https://alice.example:8443",
                "alice.example",
                "https://alice.example:8443",
            ),
            ("box", "https://box:443", "box", "https://box"),
            (
                "localhost:8080",
                "http://localhost:8080",
                "localhost",
                "http://localhost:8080",
            ),
            (
                "localhost:8443",
                "https://localhost:8443",
                "localhost",
                "https://localhost:8443",
            ),
        ];
        for (host, public, id, origin) in cases {
            let expected = Some((id.to_owned(), origin.to_owned()));
            assert_eq!(at(host, public), expected, "{host} {public}");
        }
    }

    #[test]
    fn where_browsers_allow_none_there_are_none() {
        let cases = [
            ("127.0.0.1:4748", ""),
            ("[::1]:4748", ""),
            ("192.168.1.7:4748", "https://alice.example"),
            ("localhost.evil.example", ""),
            ("alice.example", ""),
            ("alice.example", "http://alice.example"),
            ("x.alice.example", "https://alice.example"),
            ("alice.example:8443", "https://alice.example"),
            ("192.0.2.7", "https://192.0.2.7"),
            ("192.0.2.7", "https://192.0.2.7:443"),
            ("[fd00::7]", "https://[fd00::7]"),
            ("0x7f.1", "https://0x7f.1"),
            ("a.0x7f", "https://a.0x7f"),
            ("1.", "https://1."),
            ("", ""),
        ];
        for (host, public) in cases {
            assert_eq!(at(host, public), None, "{host} {public}");
        }
    }
}
