//! Spaces, grants of their epochs, and bodies that these open.

use hearth_keys::{BoxSecret, Identity, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::Content;
use hearth_protocol::space::{EpochKey, EpochKeys, Space};
use serde_json::{Value, json};

use crate::case::{hex, unhex, unhex_array};
use crate::describe;
use crate::read::{list, name, place};

pub(crate) fn space(bytes: &[u8]) -> Result<Value, String> {
    let space = Space::from_bytes(bytes).map_err(name)?;
    assert_eq!(space.to_bytes(), bytes, "one value, one encoding");
    Ok(describe::space(&space))
}

pub(crate) fn grant(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let content = Content::from_bytes(bytes).map_err(name)?;
    assert_eq!(content.to_bytes(), bytes, "one value, one encoding");
    let Content::EpochGrant(grant) = content else {
        return Err("Kind".into());
    };
    let inbox = BoxSecret::from_bytes(unhex_array(&given["recipient_secret"]));
    let granted = grant
        .open(&inbox, &place(&given["place"]))
        .ok_or("OpenError")?;
    Ok(json!({
        "boxes": grant.boxes(),
        "space": describe::space(&granted.keys.space),
        "keys": describe::epoch_keys(&granted.keys),
        "heads": describe::heads(&granted.heads),
        "past": granted.past.iter().map(describe::epoch_keys).collect::<Vec<_>>(),
    }))
}

/// Epochs as a case gives them: the encoded space, and what its name follows from besides.
fn epoch(given: &Value) -> EpochKeys {
    EpochKeys {
        space: Space::from_bytes(&unhex(&given["space"])).unwrap(),
        generation: u32::try_from(given["generation"].as_u64().unwrap()).unwrap(),
        starter: Identity::from_bytes(unhex_array(&given["starter"])),
        body: SpaceKey::from_bytes(unhex_array(&given["body"])),
        control: SpaceKey::from_bytes(unhex_array(&given["control"])),
    }
}

pub(crate) fn body(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let place = place(&given["place"]);
    let epochs: Vec<_> = list(&given["epochs"]).iter().map(epoch).collect();
    let keys = epochs.iter().flat_map(|epoch| {
        [
            (epoch, EpochKey::Body, &epoch.body),
            (epoch, EpochKey::Control, &epoch.control),
        ]
    });
    let mark = body::mark(bytes);
    let made = |key: &SpaceKey| mark.is_some_and(|mark| key.made(&place.to_bytes(), mark));
    let found = keys.into_iter().find(|(_, _, key)| made(key));
    let content = body::open(bytes, &place, found.map(|(_, _, key)| key)).map_err(name)?;
    let (epoch, key, _) = found.ok_or("Sealed")?;
    if !key.fits(&epoch.space, &content) {
        return Err("Kind".into());
    }
    Ok(json!({
        "space": describe::space(&epoch.space),
        "epoch": hex(epoch.id().as_bytes()),
        "key": match key { EpochKey::Body => "body", EpochKey::Control => "control" },
        "content": describe::content(&content),
    }))
}
