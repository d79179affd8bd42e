//! A CBOR writer of its own, by hand: valid encodings are compared with it, invalid ones are built with it.

/// The head of an item of major type `major`, as short as it can be.
pub(crate) fn head(major: u8, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let tail = |info: u8, from: usize| [&[major << 5 | info][..], &bytes[from..]].concat();
    match value {
        0..24 => vec![major << 5 | bytes[7]],
        24..0x100 => tail(24, 7),
        0x100..0x1_0000 => tail(25, 6),
        0x1_0000..0x1_0000_0000 => tail(26, 4),
        _ => tail(27, 0),
    }
}

pub(crate) fn uint(value: u64) -> Vec<u8> {
    head(0, value)
}

pub(crate) fn int(value: i64) -> Vec<u8> {
    match u64::try_from(value) {
        Ok(value) => uint(value),
        Err(_) => head(1, !value.cast_unsigned()),
    }
}

pub(crate) fn bytes(value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    [head(2, value.len() as u64), value.to_vec()].concat()
}

pub(crate) fn text(value: &str) -> Vec<u8> {
    [head(3, value.len() as u64), value.as_bytes().to_vec()].concat()
}

pub(crate) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len() as u64), items.concat()].concat()
}

pub(crate) fn boolean(value: bool) -> Vec<u8> {
    vec![if value { 0xf5 } else { 0xf4 }]
}

pub(crate) fn null() -> Vec<u8> {
    vec![0xf6]
}
