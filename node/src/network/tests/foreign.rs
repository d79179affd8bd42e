//! What reads bytes and texts of peers.

use proptest::prelude::*;

use super::*;
use crate::{
    bent::{bent, bent_text},
    network::frame::{Decoder, FrameError, header},
};

fn frames(pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, FrameError> {
    let mut decoder = Decoder::default();
    let mut frames = Vec::new();
    for mut piece in pieces.iter().copied() {
        while let Some(frame) = decoder.next(&mut piece)? {
            frames.push(frame);
        }
        assert!(piece.is_empty(), "what is left over is lost");
    }
    Ok(frames)
}

const FRAMES: [&str; 3] = [
    "\0\0\0\x01a\0\0\0\x03bcd",
    "\0\0\0\0",
    "\0\x10\0\0abc\0\0\0\x02de",
];
const ADDRESSES: [&str; 5] = [
    "/ip4/192.0.2.1/tcp/4747",
    "/ip4/192.0.2.1/udp/4747/quic-v1/p2p/12D3KooWJoL8toRL1c31xwz6P6RE1D8SRMkz1TGizHe917aMyxsy",
    "/ip6/2001:db8::1/tcp/1",
    "/dns4/example.org/tcp/4747",
    "/ip6/fe80::1%25eth0/tcp/4747",
];

proptest! {
    #[test]
    fn frames_are_the_same_however_their_bytes_come(
        bytes in bent(&FRAMES),
        cuts in prop::collection::vec(0..512_usize, 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            pieces.push(&bytes[from..cut]);
            from = cut;
        }
        pieces.push(&bytes[from..]);
        let whole = frames(&[&bytes]);
        prop_assert_eq!(&frames(&pieces), &whole);
        if let Ok(frames) = whole {
            let again = frames.iter().flat_map(|frame| [&header(frame.len()).unwrap()[..], frame].concat());
            let again: Vec<u8> = again.collect();
            prop_assert!(bytes.starts_with(&again));
        }
    }

    #[test]
    fn an_address_that_is_read_is_read_again(text in bent_text(&ADDRESSES)) {
        match text.parse::<Address>() {
            Ok(address) => {
                prop_assert_eq!(address.to_string().parse::<Address>().unwrap(), address.clone());
                prop_assert!(address.without_peer().peer().is_none());
                prop_assert_eq!(Address::accept(&address.multiaddr()), Some(address));
            }
            Err(error) => prop_assert!(error.to_string().len() < 1_024),
        }
    }

    #[test]
    fn a_peer_has_one_form(bytes in bent(&["\0\x24\x08\x01\x12\x20abcdefghijklmnopqrstuvwxyz012345"])) {
        if let Ok(peer) = Peer::from_bytes(&bytes) {
            prop_assert_eq!(peer.to_bytes(), bytes);
            prop_assert_eq!(peer.to_string().parse::<Peer>().unwrap(), peer);
        }
    }
}
