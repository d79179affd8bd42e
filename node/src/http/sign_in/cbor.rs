//! As much of CBOR (RFC 8949) as authenticators write: definite lengths, and nothing deep (CTAP 2.1, section 8).

/// How deep what is passed over may be nested.
const DEPTH_MAX: u32 = 4;

/// One data item; of arrays and maps how many items or pairs follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A number from -2^63 to 2^63 - 1.
    Number(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(u64),
    Map(u64),
    /// Tags, floats and simple values without what follows them; nothing here needs one.
    Other(u8),
}

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What wasn't read.
    #[cfg(test)]
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// The next item; `None` where there is none, or none that authenticators write.
    pub(super) fn item(&mut self) -> Option<Item<'a>> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        let argument = match first & 0x1f {
            small @ 0..=23 => u64::from(small),
            24 => u64::from(self.take(1)?[0]),
            25 => u64::from(u16::from_be_bytes(self.take(2)?.try_into().ok()?)),
            26 => u64::from(u32::from_be_bytes(self.take(4)?.try_into().ok()?)),
            27 => u64::from_be_bytes(self.take(8)?.try_into().ok()?),
            _ => return None,
        };
        match first >> 5 {
            0 => Some(Item::Number(i64::try_from(argument).ok()?)),
            1 => Some(Item::Number(-1 - i64::try_from(argument).ok()?)),
            2 => Some(Item::Bytes(self.take_long(argument)?)),
            3 => Some(Item::Text(
                std::str::from_utf8(self.take_long(argument)?).ok()?,
            )),
            4 => Some(Item::Array(argument)),
            5 => Some(Item::Map(argument)),
            kind => Some(Item::Other(kind)),
        }
    }

    /// Passes over one item with all that is in it.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_within(DEPTH_MAX)
    }

    fn skip_within(&mut self, depth: u32) -> Option<()> {
        let items = match self.item()? {
            Item::Array(items) => items,
            Item::Map(pairs) => pairs.checked_mul(2)?,
            // What a tag is for follows it.
            Item::Other(6) => 1,
            _ => 0,
        };
        let deeper = if items == 0 {
            depth
        } else {
            depth.checked_sub(1)?
        };
        // Each item takes a byte at least, so that no number can make this long.
        (0..items).try_for_each(|_| self.skip_within(deeper))
    }

    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn take_long(&mut self, bytes: u64) -> Option<&'a [u8]> {
        self.take(usize::try_from(bytes).ok()?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn items_are_read_as_rfc_8949_writes_them() {
        let cases: [(&[u8], Item<'_>); 9] = [
            (&[0x17], Item::Number(23)),
            (&[0x18, 0x64], Item::Number(100)),
            (&[0x1a, 0, 0x0f, 0x42, 0x40], Item::Number(1_000_000)),
            (&[0x20], Item::Number(-1)),
            (&[0x39, 0x03, 0xe7], Item::Number(-1000)),
            (&[0x44, 1, 2, 3, 4], Item::Bytes(&[1, 2, 3, 4])),
            (&[0x62, 0xc3, 0xbc], Item::Text("ü")),
            (&[0x83, 1, 2, 3], Item::Array(3)),
            (&[0xa0], Item::Map(0)),
        ];
        for (bytes, item) in cases {
            assert_eq!(Reader::new(bytes).item(), Some(item), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_is_cut_deep_or_endless_is_refused() {
        let deep = [0x81; 64];
        let wide = [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        for bytes in [
            &[][..],
            &[0x18],
            &[0x44, 1],
            &[0x62, 0xff, 0xff],
            &[0x5f, 0xff],
            &[0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &deep,
            &wide,
        ] {
            assert_eq!(Reader::new(bytes).skip(), None, "{bytes:02x?}");
        }
        let mut reader = Reader::new(&[0xa1, 0x61, b'x', 0x82, 0xc1, 1, 0xf5, 7]);
        reader.skip().unwrap();
        assert_eq!(reader.rest(), [7]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.skip().is_some() {}
            proptest::prop_assert!(reader.rest().len() <= bytes.len());
        }
    }
}
