//! What a backup consists of: pages that name packs, and the root that names pages.
//!
//! A [`Page`] says of up to 256 packs of consecutive numbers how each is coded and who keeps which shard. The [`Root`]
//! is what restore begins with: it names the pages, the guardians, the heads of the logs, and holds the backup keys. Both
//! lie whole with every guardian, sealed and padded to one of a few sizes. Packs are written first, then pages, then the
//! root, then the entry that names it: whatever is named is there.

mod naming;
mod page;
mod root;

use hearth_keys::OpenError;
use zeroize::Zeroizing;

use crate::codec::DecodeError;
use crate::root::StatementError;

pub use naming::snapshot_id;
pub use page::{PackEntry, PackKind, Page, PageId, ShardEntry, page_number};
pub use root::{GuardianEntry, Head, PageEntry, Recipients, Root, RootId, Snapshot};

/// The lengths that what a page or a root says is padded to.
pub const MANIFEST_SIZES: [usize; 5] = [4 * 1024, 16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024];

/// Why a page or a root can't be read or made.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It doesn't decode, or holds what it must not.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It isn't sealed to the key at hand, or changed.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It says more than the largest size holds.
    #[error("the manifest is too long: {0} bytes")]
    TooLong(usize),
    /// A root of another identity.
    #[error("a root of another identity")]
    Foreign,
    /// A root's statements don't hold.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// No certified device of the identity signed the root.
    #[error("the root isn't signed by a device of the identity")]
    Signature,
}

/// Length (u32, big-endian) ‖ content ‖ zeros, up to one of [`MANIFEST_SIZES`].
fn pad(content: &[u8]) -> Result<Zeroizing<Vec<u8>>, ManifestError> {
    let too_long = || ManifestError::TooLong(content.len());
    let length = u32::try_from(content.len()).map_err(|_| too_long())?;
    let size = MANIFEST_SIZES
        .into_iter()
        .find(|&size| content.len() + 4 <= size)
        .ok_or_else(too_long)?;
    let mut padded = Zeroizing::new(Vec::with_capacity(size));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(content);
    padded.resize(size, 0);
    Ok(padded)
}

fn unpad(padded: &[u8]) -> Result<&[u8], DecodeError> {
    let broken = DecodeError::Invalid("the padding is broken");
    if !MANIFEST_SIZES.contains(&padded.len()) {
        return Err(broken);
    }
    let (length, rest) = padded.split_first_chunk().ok_or(broken.clone())?;
    let length = u32::from_be_bytes(*length) as usize;
    let (content, zeros) = rest.split_at_checked(length).ok_or(broken.clone())?;
    if zeros.iter().all(|&byte| byte == 0) {
        Ok(content)
    } else {
        Err(broken)
    }
}

/// Takes the version off the front.
fn versioned(bytes: &[u8], version: u8) -> Result<&[u8], DecodeError> {
    match bytes.split_first() {
        Some((&first, rest)) if first == version => Ok(rest),
        Some((&other, _)) => Err(DecodeError::Version(other.into())),
        None => Err(DecodeError::Malformed("nothing at all".into())),
    }
}
