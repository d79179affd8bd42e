//! The envelope around content: clear for everybody, or sealed for those who hold a space's key.
//!
//! ```text
//! clear   01 ‖ salt (16 random bytes) ‖ content
//! sealed  02 ‖ nonce (24) ‖ tag (32) ‖ XChaCha20-Poly1305 of content, padded
//! lasting 03 ‖ the same, of a step in running a shared space
//! ```
//!
//! What others' rights rest on can't be taken back: a lasting body stays whatever deletes name it, as a delete's own does,
//! and who carries it sees that without a key. The entry's header says so too ([`Header::lasts`](crate::entry::Header)), so
//! that nobody can show the entry without it.
//!
//! The salt keeps the hash that a delete leaves behind from betraying a short text. Padding (a `80` byte, then zeros, as
//! in ISO/IEC 7816-4) fills the next of a few sizes, so that a sealed body's length says little.

use hearth_keys::{BODY_MARK_BYTES, OpenError, SEALED_BODY_OVERHEAD_BYTES, SpaceKey};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::bounds::BODY_BYTES_MAX;
use crate::codec::{DecodeError, encode};
use crate::content::Content;
use crate::entry::Place;

const CLEAR: u8 = 1;
const SEALED: u8 = 2;
const LASTING: u8 = 3;

/// The random bytes that a clear body begins with.
pub const SALT_BYTES: usize = 16;

/// The sizes that sealed content is padded to.
const BUCKET_BYTES: [usize; 9] = [
    128,
    256,
    512,
    1024,
    2048,
    4096,
    8192,
    16 * 1024 + 512,
    BODY_BYTES_MAX - 1 - SEALED_BODY_OVERHEAD_BYTES,
];

/// The longest content that fits a sealed body; its padding takes a byte at least.
pub const SEALED_CONTENT_BYTES_MAX: usize = BODY_BYTES_MAX - 1 - SEALED_BODY_OVERHEAD_BYTES - 1;

/// Why a body's content can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The bytes aren't a body.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is sealed, and not with the key at hand.
    #[error("sealed for somebody else")]
    Sealed,
    /// The seal is broken.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Longer than a body may be.
    #[error("the content is too long for an entry")]
    TooLong,
}

/// Puts content into a clear envelope. The salt is random, or derived from a secret where the same content must give
/// the same body.
pub fn clear(content: &Content, salt: [u8; SALT_BYTES]) -> Result<Vec<u8>, BodyError> {
    let content = content.to_bytes();
    let mut body = Vec::with_capacity(1 + SALT_BYTES + content.len());
    body.push(CLEAR);
    body.extend_from_slice(&salt);
    body.extend_from_slice(&content);
    if body.len() > BODY_BYTES_MAX {
        Err(BodyError::TooLong)
    } else {
        Ok(body)
    }
}

/// The salt of an imported post: the same time and text give the same body for ever, so that a row is known again. The key
/// is what the space key derives for [`Label::IMPORT_SALT`](hearth_keys::Label::IMPORT_SALT).
pub fn import_salt(salt_key: &[u8; 32], time_ms: u64, text: &str) -> [u8; SALT_BYTES] {
    let hash = blake3::keyed_hash(salt_key, &encode(&(time_ms, text)));
    *hash
        .as_bytes()
        .first_chunk()
        .expect("a hash is longer than a salt")
}

/// Puts content into a sealed envelope that only opens at its place.
pub fn seal<R: CryptoRng + ?Sized>(
    content: &Content,
    key: &SpaceKey,
    place: &Place,
    rng: &mut R,
) -> Result<Vec<u8>, BodyError> {
    let mut body = vec![if lasts(content) { LASTING } else { SEALED }];
    let content = Zeroizing::new(content.to_bytes());
    let padded = pad_to(&BUCKET_BYTES, content).ok_or(BodyError::TooLong)?;
    body.extend_from_slice(&key.seal_body(&place.to_bytes(), &padded, rng));
    Ok(body)
}

/// Reads a clear body's content; [`BodyError::Sealed`] for a sealed one.
pub fn open_clear(body: &[u8]) -> Result<Content, BodyError> {
    match envelope(body)? {
        Envelope::Clear(content) => Ok(Content::from_bytes(content)?),
        Envelope::Sealed(_) => Err(BodyError::Sealed),
    }
}

/// Reads a body's content, with `keys` at hand for a sealed one.
pub fn open<'k>(
    body: &[u8],
    place: &Place,
    keys: impl IntoIterator<Item = &'k SpaceKey>,
) -> Result<Content, BodyError> {
    let sealed = match envelope(body)? {
        Envelope::Clear(content) => return Ok(Content::from_bytes(content)?),
        Envelope::Sealed(sealed) => sealed,
    };
    let place = place.to_bytes();
    let key = keys
        .into_iter()
        .find(|key| key.matches(&place, sealed))
        .ok_or(BodyError::Sealed)?;
    let padded = key.open_body(&place, sealed)?;
    let content = Content::from_bytes(unpad(&padded)?)?;
    if lasts(&content) != is_lasting(body) {
        return Err(
            DecodeError::Invalid("a body lasts if it runs a space, and no other does").into(),
        );
    }
    Ok(content)
}

/// Whether a body stays whatever deletes name it.
pub fn is_lasting(body: &[u8]) -> bool {
    body.first() == Some(&LASTING)
}

const fn lasts(content: &Content) -> bool {
    matches!(content, Content::Control(_))
}

/// The beginning of a sealed body, by which [`SpaceKey::made`] tells whether a key opens it; None for any other body.
pub fn mark(body: &[u8]) -> Option<&[u8; BODY_MARK_BYTES]> {
    match envelope(body).ok()? {
        Envelope::Clear(_) => None,
        Envelope::Sealed(sealed) => sealed.first_chunk(),
    }
}

/// Whether a body is readable by everybody.
pub fn is_clear(body: &[u8]) -> bool {
    body.first() == Some(&CLEAR)
}

enum Envelope<'a> {
    Clear(&'a [u8]),
    Sealed(&'a [u8]),
}

fn envelope(body: &[u8]) -> Result<Envelope<'_>, DecodeError> {
    match body.split_first() {
        Some((&CLEAR, rest)) if rest.len() > SALT_BYTES => Ok(Envelope::Clear(&rest[SALT_BYTES..])),
        Some((&(SEALED | LASTING), rest)) if rest.len() > SEALED_BODY_OVERHEAD_BYTES => {
            Ok(Envelope::Sealed(rest))
        }
        Some((&(CLEAR | SEALED | LASTING), _)) | None => {
            Err(DecodeError::Malformed("a body that ends too early".into()))
        }
        Some((&version, _)) => Err(DecodeError::Version(version.into())),
    }
}

/// Fills `content` up to the smallest of `sizes`, ascending, that is longer.
pub(crate) fn pad_to(sizes: &[usize], content: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
    let length = content.len();
    let size = *sizes.iter().find(|&&size| length < size)?;
    // A vector that grows leaves a copy behind that nobody wipes.
    let mut padded = Zeroizing::new(vec![0; size]);
    padded[..length].copy_from_slice(&content);
    padded[length] = 0x80;
    Some(padded)
}

pub(crate) fn unpad(padded: &[u8]) -> Result<&[u8], DecodeError> {
    let end = padded
        .iter()
        .rposition(|&byte| byte != 0)
        .filter(|&at| padded[at] == 0x80);
    end.map(|at| &padded[..at])
        .ok_or(DecodeError::Invalid("the padding is broken"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_fills_a_bucket_and_comes_off() {
        for length in [0, 1, 127, 128, 4095, 20_000] {
            let content = vec![0x80; length];
            let padded = pad_to(&BUCKET_BYTES, content.clone().into()).expect("within bounds");
            assert!(BUCKET_BYTES.contains(&padded.len()));
            assert_eq!(unpad(&padded), Ok(&content[..]));
        }
        assert!(pad_to(&BUCKET_BYTES, vec![0; BODY_BYTES_MAX].into()).is_none());
        let longest = vec![0; SEALED_CONTENT_BYTES_MAX];
        assert!(pad_to(&BUCKET_BYTES, longest.into()).is_some());
        let longer = vec![0; SEALED_CONTENT_BYTES_MAX + 1];
        assert!(pad_to(&BUCKET_BYTES, longer.into()).is_none());
        assert!(unpad(&[0, 0]).is_err());
    }
}
