//! Under which address the world reaches this server, where somebody put it behind a name.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use warp::http::Uri;

/// Such as `https://alice.example`: a scheme, a host and perhaps a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    is_https: bool,
    /// Host, and the port if it isn't the scheme's own; in small letters.
    host: String,
}

/// Why a text is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("write it as https://alice.example: http or https, a name, and nothing behind it")]
pub(crate) struct PublicUrlError;

impl PublicUrl {
    /// As it stands in an `Origin` header (RFC 6454, 6.2).
    pub(super) fn origin(&self) -> String {
        self.to_string()
    }

    /// The host without its port.
    pub(super) fn name(&self) -> &str {
        // The colons of an IPv6 address stand in brackets.
        match self.host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => name,
            _ => &self.host,
        }
    }

    /// Whether browsers come to it by TLS.
    pub(super) fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether a Host header means it.
    pub(super) fn is_host(&self, host: &str) -> bool {
        host.eq_ignore_ascii_case(&self.host)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.parse().map_err(|_| PublicUrlError)?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(PublicUrlError),
        };
        let authority = uri.authority().ok_or(PublicUrlError)?;
        let is_bare =
            matches!(uri.path(), "" | "/") && uri.query().is_none() && !text.contains('#');
        let written = authority.as_str();
        let name = authority.host();
        // A user's name has no place in it, nor a port that is none.
        let is_plain = match authority.port_u16() {
            Some(port) => written == format!("{name}:{port}"),
            None => written == name,
        };
        if !is_bare || !is_plain || name.is_empty() {
            return Err(PublicUrlError);
        }
        let own = if is_https { 443 } else { 80 };
        let host = match authority.port_u16() {
            Some(port) if port != own => format!("{name}:{port}"),
            _ => name.to_owned(),
        };
        Ok(Self {
            is_https,
            host: host.to_ascii_lowercase(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        let cases = [
            ("https://Alice.example", "https://alice.example"),
            ("https://alice.example/", "https://alice.example"),
            ("https://alice.example:443", "https://alice.example"),
            ("http://alice.example:8080", "http://alice.example:8080"),
            ("http://[fd00::7]:80", "http://[fd00::7]"),
            ("https://[fd00::7]:80", "https://[fd00::7]:80"),
        ];
        for (given, origin) in cases {
            let url = given.parse::<PublicUrl>().unwrap();
            assert_eq!(url.origin(), origin);
            let name = if given.contains('[') {
                "[fd00::7]"
            } else {
                "alice.example"
            };
            assert_eq!(url.name(), name);
        }
        let wrong = [
            "",
            "alice.example",
            "ftp://alice.example",
            "https://alice.example/page",
            "https://alice.example?x",
            "https://alice.example#x",
            "https://me@alice.example",
            "https://alice.example:",
            "https://alice.example:99999",
            "https://",
        ];
        for given in wrong {
            assert!(given.parse::<PublicUrl>().is_err(), "{given}");
        }
    }

    #[test]
    fn its_host_is_known_however_it_is_written() {
        let url: PublicUrl = "https://alice.example".parse().unwrap();
        assert!(url.is_host("ALICE.example"));
        for other in [
            "alice.example:443",
            "alice.example.",
            "bob.example",
            "",
            "x.alice.example",
        ] {
            assert!(!url.is_host(other), "{other}");
        }
    }
}
