//! What comes about spaces: grants of epochs, and what entries say about how spaces are run.

use hearth_keys::{BoxSecret, SpaceKey, seal};
use hearth_protocol::codec::{Blob, encode};
use hearth_protocol::content::{Content, ControlOp, kind};
use hearth_protocol::space::grant::grant_info;
use hearth_protocol::space::{EpochGrant, EpochKey, Granted, Space};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::world::world;

/// Where the vectors' grants lie in Alice's log.
const SEQUENCE: u64 = 7;
/// Boxes that are tried: each costs an agreement of keys.
const BOXES_TRIED: usize = 4;

fn check(granted: &Granted) {
    let Granted { keys, heads, past } = granted;
    assert_eq!(keys.control_part().id(&keys.space), keys.id());
    assert!(heads.is_sorted_by(|a, b| a < b) && heads.len() <= 16);
    assert!(past.iter().all(|earlier| earlier.space == keys.space) && past.len() <= 128);
    assert_eq!(Space::from_bytes(&keys.space.to_bytes()), Ok(keys.space));
}

fn read(payload: Vec<u8>) -> Option<EpochGrant> {
    match Content::from_bytes(&encode(&(kind::EPOCH_GRANT, Blob(payload)))) {
        Ok(Content::EpochGrant(grant)) => Some(grant),
        _ => None,
    }
}

/// A grant as an attacker writes it, behind an even byte; behind an odd one, what is inside a grant that opens.
pub fn epoch_grant(data: &[u8]) {
    let Some((&inside, data)) = data.split_first() else {
        return;
    };
    let (inbox, place) = (BoxSecret::from_bytes([3; 32]), world().place(SEQUENCE));
    if inside % 2 == 0 {
        let Ok(content @ Content::EpochGrant(_)) = Content::from_bytes(data) else {
            return;
        };
        assert_eq!(content.to_bytes(), data, "one value, one encoding");
        let Content::EpochGrant(grant) = content else {
            return;
        };
        if let Some(granted) = grant.open_some(&inbox, &place, 0..BOXES_TRIED) {
            check(&granted);
            let moved = world().place(SEQUENCE + 1);
            let opened = grant.open_some(&inbox, &moved, 0..BOXES_TRIED);
            assert!(opened.is_none(), "one place alone");
        }
        return;
    }
    let mut rng = ChaCha8Rng::from_seed([1; 32]);
    let info = grant_info(&place, &inbox.public());
    let sealed = seal(&inbox.public(), &info, b"", &[6; 32], &mut rng);
    let payload = SpaceKey::from_bytes([6; 32]).seal_body(&place.to_bytes(), data, &mut rng);
    let grant = read(encode(&(Blob(sealed), Blob(payload))));
    if let Some(granted) = grant.and_then(|grant| grant.open(&inbox, &place)) {
        check(&granted);
    }
}

/// Content of one of the kinds that are about spaces: how shared ones are run, records of epochs, what is carried, reactions,
/// registers. The first byte says which; the rest is its payload.
pub fn control(data: &[u8]) {
    let Some((&which, payload)) = data.split_first() else {
        return;
    };
    let number = kind::CONTROL + u16::from(which % 5);
    let bytes = encode(&(number, Blob(payload.to_vec())));
    let Ok(content) = Content::from_bytes(&bytes) else {
        return;
    };
    assert_eq!(content.to_bytes(), bytes, "one value, one encoding");
    match &content {
        Content::Control(control) => {
            assert!(EpochKey::Control.fits(&control.space, &content));
            assert!(!EpochKey::Body.fits(&control.space, &content));
            let first = matches!(control.op, ControlOp::Create { .. });
            assert_eq!(control.parents.is_empty(), first);
            if let ControlOp::Epoch { previous, .. } = &control.op {
                for epoch in previous {
                    epoch.id(&control.space);
                }
            }
        }
        Content::EpochRecords(records) => {
            for record in records {
                record.keys.id();
                assert_eq!(
                    Space::from_bytes(&record.keys.space().to_bytes()).as_ref(),
                    Ok(record.keys.space())
                );
            }
        }
        Content::Carried(carried) => {
            let _authentic = carried.entry.body_matches() && carried.entry.entry.verify().is_ok();
        }
        _ => {}
    }
}
