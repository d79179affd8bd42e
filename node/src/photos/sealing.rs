//! A prepared photo becomes objects under a key of its own.

use hearth_protocol::bounds::OBJECT_BYTES_MAX;
use hearth_protocol::content::{MediaType, Photo, PhotoKey, Picture};
use hearth_protocol::object::list::{Item, encode};
use hearth_protocol::object::{Blob, Object, Sealer};
use rand_core::Rng;

use super::PhotoError;
use crate::media::{Encoded, Prepared};

/// Seals both sizes; what the post says of the photo, and its objects. The alternative text is still to be said.
pub(super) fn seal(prepared: Prepared) -> Result<(Photo, Vec<Object>), PhotoError> {
    let mut key = [0; 32];
    crate::rng::system().fill_bytes(&mut key);
    let key = PhotoKey::from_bytes(key);
    let mut sealer = Sealer::new(key.objects());
    let mut objects = Vec::new();
    let photo = Photo {
        key,
        full: seal_picture(&mut sealer, &prepared.full, &mut objects)?,
        small: seal_picture(&mut sealer, &prepared.small, &mut objects)?,
        placeholder: prepared.placeholder,
        alt: None,
    };
    if photo.check().is_err() {
        return Err(PhotoError::TooLarge);
    }
    Ok((photo, objects))
}

fn seal_picture(
    sealer: &mut Sealer,
    encoded: &Encoded,
    objects: &mut Vec<Object>,
) -> Result<Picture, PhotoError> {
    let mut put = |content: &[u8]| {
        let object = sealer.seal(content).map_err(|_| PhotoError::TooLarge)?;
        let id = object.id;
        objects.push(object);
        Ok::<_, PhotoError>(id)
    };
    let bytes = encoded.bytes.len() as u64;
    // Nothing recurs from picture to picture: pieces as large as can be are as good as any.
    let (depth, root) = if encoded.bytes.len() <= OBJECT_BYTES_MAX {
        (0, put(&encoded.bytes)?)
    } else {
        let items = encoded.bytes.chunks(OBJECT_BYTES_MAX).map(|chunk| {
            Ok(Item {
                id: put(chunk)?,
                bytes: chunk.len() as u64,
            })
        });
        let items = items.collect::<Result<Vec<_>, PhotoError>>()?;
        (1, put(&encode(&items))?)
    };
    let media = MediaType::from_code(encoded.kind.number()).map_err(|_| PhotoError::Broken)?;
    Ok(Picture {
        blob: Blob { bytes, depth, root },
        media,
        width: encoded.width,
        height: encoded.height,
    })
}
