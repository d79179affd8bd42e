//! Bytes that are nearly what a reader expects, for properties of everything that reads what others wrote. The formats of
//! the crates below have fuzz targets; these readers lie above what `fuzz` may know.

use proptest::prelude::*;

/// One change to some bytes.
#[derive(Debug, Clone)]
enum Bend {
    Set(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
}

fn bend() -> impl Strategy<Value = Bend> {
    let telling = prop::sample::select(&b"\0\t\r\n %+&=;:/.,-@[]{}\"\\09azAZ\x7f\x80\xc3\xff"[..]);
    let byte = prop_oneof![telling, any::<u8>()];
    let at = 0..4_096_usize;
    prop_oneof![
        (at.clone(), byte.clone()).prop_map(|(at, byte)| Bend::Set(at, byte)),
        (at.clone(), prop::collection::vec(byte, 1..8)).prop_map(|(at, new)| Bend::Insert(at, new)),
        (at.clone(), 1..16_usize).prop_map(|(at, length)| Bend::Remove(at, length)),
        (at.clone(), 1..64_usize).prop_map(|(at, length)| Bend::Repeat(at, length)),
        at.prop_map(Bend::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, bend: Bend) {
    let place = |at: usize| at % (bytes.len() + 1);
    match bend {
        Bend::Set(at, new) => {
            let at = place(at);
            bytes.splice(at..(at + 1).min(bytes.len()), [new]);
        }
        Bend::Insert(at, new) => {
            let at = place(at);
            bytes.splice(at..at, new);
        }
        Bend::Remove(at, length) => {
            let at = place(at);
            bytes.drain(at..(at + length).min(bytes.len()));
        }
        Bend::Repeat(at, length) => {
            let at = place(at);
            let piece = bytes[at..(at + length).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        Bend::Cut(at) => bytes.truncate(place(at)),
    }
}

/// One of `good`, with up to five changes; now and then anything at all.
pub(crate) fn bent(good: &[&str]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let good: Vec<Vec<u8>> = good.iter().map(|text| text.as_bytes().to_vec()).collect();
    let bent = (
        prop::sample::select(good),
        prop::collection::vec(bend(), 0..6),
    );
    let bent = bent.prop_map(|(mut bytes, bends)| {
        bends.into_iter().for_each(|bend| apply(&mut bytes, bend));
        bytes
    });
    prop_oneof![9 => bent, 1 => prop::collection::vec(any::<u8>(), 0..300)]
}

/// The same as text.
pub(crate) fn bent_text(good: &[&str]) -> impl Strategy<Value = String> + use<> {
    bent(good).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
