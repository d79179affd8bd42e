//! The one place that knows how values become bytes: canonical CBOR (RFC 8949 §4.2.1).
//!
//! Everything signed, hashed, stored or sent is a tuple of integers, byte strings, text and tuples; no maps, floats,
//! tags or indefinite lengths. [`decode`] bounds the length first, decodes into a type, encodes again and compares, so
//! that a value has exactly one encoding and nothing lenient slips through.

use std::fmt;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why bytes were not a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than this kind of value may be.
    #[error("{length} bytes, where at most {limit} are allowed")]
    TooLong {
        /// How many there were.
        length: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Not CBOR, or not of this shape.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Of this shape, but not in its one canonical encoding.
    #[error("not in canonical form")]
    NotCanonical,
    /// A version that this program doesn't know.
    #[error("version {0} is newer than this program")]
    Version(u64),
    /// A field holds a value that it must not hold.
    #[error("{0}")]
    Invalid(&'static str),
}

/// Encodes `value` canonically. Values are built by this program, of types that always encode.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    serde_cbor::to_vec(value).expect("tuples of integers, bytes and text always encode")
}

/// Decodes `bytes`, of which there may be `limit` at most, refusing whatever [`encode`] wouldn't have written.
pub fn decode<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    limit: usize,
) -> Result<T, DecodeError> {
    let value = decode_trusted(bytes, limit)?;
    let mut check = Comparison { rest: bytes };
    let same = serde_cbor::to_writer(&mut check, &value).is_ok() && check.rest.is_empty();
    if same {
        Ok(value)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

/// Decodes bytes that this program wrote and keeps under a checksum: no second encoding to compare with.
pub fn decode_trusted<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong {
            length: bytes.len(),
            limit,
        });
    }
    serde_cbor::from_slice(bytes).map_err(|error| DecodeError::Malformed(error.to_string()))
}

/// A writer that keeps nothing: it only compares what is written with what was read.
struct Comparison<'a> {
    rest: &'a [u8],
}

impl std::io::Write for Comparison<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.rest = self
            .rest
            .strip_prefix(bytes)
            .ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A byte string of exactly `N` bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Hex(&self.0))
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfLength<const N: usize>;
        impl<const N: usize> Visitor<'_> for OfLength<N> {
            type Value = Bytes<N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{N} bytes")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes<N>, E> {
                let array = bytes
                    .try_into()
                    .map_err(|_| E::invalid_length(bytes.len(), &self))?;
                Ok(Bytes(array))
            }
        }
        deserializer.deserialize_bytes(OfLength)
    }
}

/// A byte string of any length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Blob(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// Either a byte string or a pair: how a body that is there and one that is gone share a place on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobOr<T> {
    /// The bytes themselves.
    Blob(Vec<u8>),
    /// What stands in their place.
    Other(T),
}

impl<T: Serialize> Serialize for BlobOr<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Blob(bytes) => serializer.serialize_bytes(bytes),
            Self::Other(other) => other.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for BlobOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = BlobOr<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes or a tuple")
            }
            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(BlobOr::Blob(bytes.to_vec()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                T::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(BlobOr::Other)
            }
        }
        deserializer.deserialize_any(Either(std::marker::PhantomData))
    }
}

/// Bytes as lower-case hexadecimal text.
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Reads exactly `N` bytes from lower-case hexadecimal text.
pub fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    fn digit(c: u8) -> Option<u8> {
        match c {
            b'0'..=b'9' => Some(c - b'0'),
            b'a'..=b'f' => Some(c - b'a' + 10),
            _ => None,
        }
    }
    let text = text.as_bytes();
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_encoding() {
        let value = (1u8, Bytes([7u8; 4]), "text".to_owned());
        let bytes = encode(&value);
        assert_eq!(decode::<(u8, Bytes<4>, String)>(&bytes, 64), Ok(value));
        // [1] with a two-byte integer head, an indefinite array, a tag, and a byte left over.
        for lenient in [
            &[0x81, 0x18, 0x01][..],
            &[0x9f, 0x01, 0xff],
            &[0xc1, 0x81, 0x01],
            &[0x81, 0x01, 0x00],
        ] {
            assert!(decode::<(u8,)>(lenient, 64).is_err(), "{lenient:02x?}");
        }
        assert_eq!(decode::<(u8,)>(&[0x81, 0x01], 64), Ok((1,)));
    }

    #[test]
    fn length_is_bounded_before_anything_is_read() {
        assert_eq!(
            decode::<(u8,)>(&[0x81, 0x01], 1),
            Err(DecodeError::TooLong {
                length: 2,
                limit: 1
            })
        );
    }

    #[test]
    fn hexadecimal_goes_both_ways() {
        assert_eq!(
            from_hex::<3>(&Hex(&[0, 171, 255]).to_string()),
            Some([0, 171, 255])
        );
        assert_eq!(from_hex::<1>("AB"), None);
        assert_eq!(from_hex::<1>("a"), None);
    }
}
