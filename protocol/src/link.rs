//! `hearth:` links: a key to follow and ways to reach it, in one line that can be sent or scanned.
//!
//! `hearth:hearth1…?via=<multiaddr>&via=…`, each address percent-encoded (RFC 3986) where it needs to be.

use std::fmt;
use std::str::FromStr;

use hearth_keys::{Identity, TextError};

use crate::bounds::{ADDRESS_BYTES_MAX, ADDRESSES_MAX};

/// The scheme that a link begins with.
pub const SCHEME: &str = "hearth:";

/// An identity and ways to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerLink {
    /// Whom to follow.
    pub identity: Identity,
    /// Multiaddrs to try, at most 8.
    pub via: Vec<String>,
}

/// Why a text is neither a link nor a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The key in it is wrong.
    #[error(transparent)]
    Key(#[from] TextError),
    /// Something else than `via=` behind the question mark.
    #[error("unknown part “{0}” in the link: copy the whole link again")]
    Parameter(String),
    /// An address that isn't a multiaddr, or too long.
    #[error("“{0}” isn't an address such as /ip4/192.0.2.7/tcp/4747")]
    Address(String),
    /// It invites to a space.
    #[error("this link invites to a space: use `hearth space join`, or the page of spaces")]
    IsInvite,
    /// It doesn't invite to a space, though it should.
    #[error(
        "this link doesn't invite to a space: it has no `space=` and `invite=`; copy the whole link again"
    )]
    NoInvite,
    /// What it says of the space is wrong.
    #[error("the invitation in the link is damaged: copy the whole link again")]
    Invite,
    /// More addresses than a link may carry.
    #[error("a link carries at most 8 addresses")]
    TooManyAddresses,
}

impl fmt::Display for PeerLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.identity)?;
        for (index, address) in self.via.iter().enumerate() {
            f.write_str(if index == 0 { "?via=" } else { "&via=" })?;
            address.bytes().try_for_each(|byte| match byte {
                b'a'..=b'z'
                | b'A'..=b'Z'
                | b'0'..=b'9'
                | b'/'
                | b'.'
                | b'-'
                | b'_'
                | b'~'
                | b':' => {
                    write!(f, "{}", char::from(byte))
                }
                _ => write!(f, "%{byte:02X}"),
            })?;
        }
        Ok(())
    }
}

impl FromStr for PeerLink {
    type Err = LinkError;

    /// Reads a link or a bare key.
    fn from_str(text: &str) -> Result<Self, LinkError> {
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let (key, query) = rest.split_once('?').unwrap_or((rest, ""));
        let identity = key.parse()?;
        let via = query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(address)
            .collect::<Result<Vec<_>, _>>()?;
        if via.len() > ADDRESSES_MAX {
            return Err(LinkError::TooManyAddresses);
        }
        Ok(Self { identity, via })
    }
}

fn address(part: &str) -> Result<String, LinkError> {
    if part.starts_with("invite=") || part.starts_with("space=") {
        return Err(LinkError::IsInvite);
    }
    let encoded = part
        .strip_prefix("via=")
        .ok_or_else(|| LinkError::Parameter(part.to_owned()))?;
    let wrong = || LinkError::Address(encoded.to_owned());
    let address = percent_decode(encoded).ok_or_else(wrong)?;
    let plausible = address.starts_with('/') && address.len() <= ADDRESS_BYTES_MAX;
    if plausible && !address.contains(char::is_control) {
        Ok(address)
    } else {
        Err(wrong())
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
