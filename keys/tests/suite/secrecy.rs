//! Secrets don't show themselves.

use std::fmt::{Debug, Display};

use hearth_keys::{
    BlobKey, BoxSecret, DeviceKeys, InboxKey, Locator, Phrase, PhraseError, Root, SpaceKey,
};

use crate::support::{hex, rng};

/// Fails to compile when a type implements a trait that it must not: with it, there would be two
/// ways to read `Lacks::<_>`.
macro_rules! must_lack {
    ($($secret:ty: $($forbidden:path),+;)+) => {$($(
        const _: fn() = || {
            struct Forbidden;
            trait Lacks<Marker> {
                fn lacks() {}
            }
            impl<T: ?Sized> Lacks<()> for T {}
            impl<T: ?Sized + $forbidden> Lacks<Forbidden> for T {}
            <$secret as Lacks<_>>::lacks();
        };
    )+)+};
}

must_lack! {
    Phrase: Display, Clone, AsRef<[u8]>;
    Root: Display, Clone, AsRef<[u8]>;
    Locator: Display, Copy, AsRef<[u8]>;
    DeviceKeys: Display, Clone, AsRef<[u8]>;
    BoxSecret: Display, Copy, AsRef<[u8]>, PartialEq;
    InboxKey: Display, Copy, AsRef<[u8]>, PartialEq;
    // Epochs are told apart by their keys; these compare in constant time.
    SpaceKey: Display, Copy, AsRef<[u8]>, PartialOrd, std::hash::Hash;
    BlobKey: Display, Copy, AsRef<[u8]>, PartialEq;
}

/// No three bytes of the secret in a row may show, as hexadecimal or decimal numbers.
fn check_hidden(shown: &impl Debug, secret: &[u8]) {
    for text in [
        format!("{shown:?}"),
        format!("{shown:#?}"),
        format!("{shown:x?}"),
    ] {
        assert!(text.len() < 60, "{text}");
        for bytes in secret.windows(3) {
            let decimal = format!("{}, {}, {}", bytes[0], bytes[1], bytes[2]);
            assert!(!text.to_lowercase().contains(&hex(bytes)), "{text}");
            assert!(!text.contains(&decimal), "{text}");
        }
    }
}

#[test]
fn debug_shows_no_byte_of_a_secret() {
    let mut rng = rng(60);
    let root = Phrase::generate(&mut rng).root();
    check_hidden(&root, &root.recovery().expose_bytes()[..]);
    check_hidden(&root, &root.locator().expose_bytes()[..]);
    check_hidden(root.recovery(), &root.recovery().expose_bytes()[..]);
    check_hidden(root.locator(), &root.locator().expose_bytes()[..]);
    let device = DeviceKeys::generate(&mut rng);
    check_hidden(&device, &device.to_bytes()[..]);
    check_hidden(device.box_secret(), &device.box_secret().expose_bytes()[..]);
    let inbox = InboxKey::generate(7, &mut rng);
    check_hidden(&inbox, &inbox.secret.expose_bytes()[..]);
    let space = SpaceKey::generate(&mut rng);
    check_hidden(&space, &space.expose_bytes()[..]);
    let blob = BlobKey::generate(&mut rng);
    check_hidden(&blob, &blob.expose_bytes()[..]);
}

#[test]
fn debug_shows_no_word_of_a_phrase() {
    let phrase = Phrase::generate(&mut rng(61));
    assert_eq!(format!("{phrase:?}"), "Phrase(secret)");
    assert_eq!(format!("{phrase:#?}"), "Phrase(secret)");
}

#[test]
fn debug_of_an_error_shows_no_word_either() {
    let text = ["abandno"; 24].join(" ");
    let error = Phrase::parse(&text).unwrap_err();
    assert!(matches!(
        error,
        PhraseError::UnknownWord { position: 1, .. }
    ));
    let shown = format!("{error:?}");
    assert!(!shown.contains("aband"), "{shown}");
}
