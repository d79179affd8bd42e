//! Links that make another machine a device of somebody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hearth_keys::DeviceKeys;
use hearth_protocol::device_link::{DEVICE_SCHEME, DeviceLink};
use hearth_protocol::root::{Claim, Statement};
use serde_json::{Value, json};

use crate::case::{File, Input, hex};
use crate::cbor;
use crate::describe;
use crate::people::{alice, bob, certificate, device};
use crate::read::name;

const VIA: &str = "/ip4/192.0.2.7/tcp/4747";
/// What a version to come might have in its place.
const NEWER: u8 = 2;

/// What a link holds, by hand.
struct Parts {
    keys: Vec<u8>,
    recovery: Vec<u8>,
    locator: Vec<u8>,
    statements: Vec<Vec<u8>>,
    via: Vec<String>,
}

impl Parts {
    /// Alice's third device, which meets the first.
    fn usual() -> Self {
        Self {
            keys: device(3).to_bytes().to_vec(),
            recovery: alice().recovery_public().as_bytes().to_vec(),
            locator: alice().locator().expose_bytes().to_vec(),
            statements: [1, 3].map(|n| certified(&device(n))).to_vec(),
            via: vec![VIA.to_owned()],
        }
    }

    fn content(&self) -> Vec<u8> {
        let statements: Vec<_> = self.statements.iter().map(cbor::bytes).collect();
        let via: Vec<_> = self.via.iter().map(|via| cbor::text(via)).collect();
        cbor::array(&[
            cbor::bytes(&self.keys),
            cbor::bytes(&self.recovery),
            cbor::bytes(&self.locator),
            cbor::array(&statements),
            cbor::array(&via),
        ])
    }

    fn text(&self) -> String {
        written(1, &self.content())
    }
}

fn certified(keys: &DeviceKeys) -> Vec<u8> {
    certificate(&alice(), keys).to_bytes()
}

/// A link around any content.
fn written(version: u8, content: &[u8]) -> String {
    let mut bytes = [&[version], content].concat();
    let checksum = *blake3::hash(&bytes).as_bytes();
    bytes.extend_from_slice(&checksum[..4]);
    format!("{DEVICE_SCHEME}{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn changed(change: impl FnOnce(&mut Parts)) -> String {
    let mut parts = Parts::usual();
    change(&mut parts);
    parts.text()
}

pub(crate) fn files() -> Vec<File> {
    let mut file = File::new(
        "device_link",
        "Links that make another machine a device of Alice; the new device is her third.",
    );
    valid(&mut file);
    damaged(&mut file);
    senseless(&mut file);
    vec![file]
}

fn valid(file: &mut File) {
    let usual = Parts::usual().text();
    let revoked = Statement::sign(&alice(), device(2).id(), 1_700_000_000_000, Claim::Retire);
    let cases = [
        ("with another device", usual.clone()),
        (
            "alone",
            changed(|link| {
                link.statements = vec![certified(&device(3))];
                link.via.clear();
            }),
        ),
        (
            "with as much as fits",
            changed(|link| {
                link.statements = [3, 1, 2].map(|n| certified(&device(n))).to_vec();
                link.statements.push(revoked.to_bytes());
                link.via = (0..8).map(|n| format!("/{n}{}", "a".repeat(254))).collect();
            }),
        ),
        ("between white space", format!("  {usual} ")),
    ];
    for (name, text) in cases {
        file.valid(name, Value::Null, Input::Text(&text));
    }
}

fn damaged(file: &mut File) {
    let usual = Parts::usual().text();
    let spoiled = |at: usize| {
        let mut text = usual.clone().into_bytes();
        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(text).unwrap()
    };
    let coded = usual.trim_start_matches(DEVICE_SCHEME);
    let long = format!("{DEVICE_SCHEME}{}", "A".repeat(16 * 1024 + 1));
    let (scheme, damaged) = ("Scheme", "Damaged");
    let refused = [
        (
            "a link to follow",
            "another prefix",
            scheme,
            format!("hearth:{}", alice().identity()),
        ),
        (
            "no prefix",
            "it begins with something else",
            scheme,
            coded.to_owned(),
        ),
        (
            "capitals",
            "the prefix is written small",
            scheme,
            usual.replace("hearth-device", "Hearth-Device"),
        ),
        ("nothing", "no checksum", damaged, DEVICE_SCHEME.to_owned()),
        (
            "a checksum of nothing",
            "no version",
            damaged,
            format!(
                "{DEVICE_SCHEME}{}",
                URL_SAFE_NO_PAD.encode(&blake3::hash(&[]).as_bytes()[..4])
            ),
        ),
        (
            "cut off",
            "the last character is missing",
            damaged,
            usual[..usual.len() - 1].to_owned(),
        ),
        (
            "another character",
            "the checksum tells",
            damaged,
            spoiled(60),
        ),
        (
            "in two lines",
            "white space within",
            damaged,
            format!("{}\n{}", &usual[..100], &usual[100..]),
        ),
        (
            "padding",
            "base64url without padding",
            damaged,
            format!("{usual}{}", &"=="[..(4 - coded.len() % 4) % 3]),
        ),
        ("too long", "more than 16 KiB", damaged, long),
        (
            "something newer",
            "version 2",
            "Version",
            written(NEWER, &Parts::usual().content()),
        ),
        (
            "something newer and short",
            "version 2, of which nothing is known",
            "Version",
            written(NEWER, &[]),
        ),
    ];
    for (name, reason, error, text) in refused {
        file.invalid(name, (reason, error), Value::Null, Input::Text(&text));
    }
}

fn senseless(file: &mut File) {
    let content = Parts::usual().content();
    // The array's head as two bytes.
    let lengthened = [&[0x98, 5], &content[1..]].concat();
    let mut unsigned = certified(&device(3));
    *unsigned.last_mut().unwrap() ^= 1;
    let bobs = certificate(&bob(), &device(1)).to_bytes();
    let all_bobs = certificate(&bob(), &device(3)).to_bytes();
    let strange = {
        let claim = Claim::Certify {
            box_public: device(1).box_public(),
        };
        Statement::sign(&alice(), device(3).id(), 1_700_000_000_000, claim).to_bytes()
    };
    let retired = Statement::sign(&alice(), device(3).id(), 1_700_000_000_000, Claim::Retire);
    let refused = [
        ("no content", "it ends at once", written(1, &[])),
        (
            "a byte more",
            "something follows",
            written(1, &[&content[..], &[0]].concat()),
        ),
        (
            "lengthened",
            "the array's length in two bytes",
            written(1, &lengthened),
        ),
        (
            "half the keys",
            "64 bytes",
            changed(|link| link.keys.truncate(32)),
        ),
        (
            "a short locator",
            "32 bytes",
            changed(|link| link.locator.truncate(31)),
        ),
        (
            "no statement",
            "the device's certificate is missing",
            changed(|link| link.statements.clear()),
        ),
        (
            "another device's certificate",
            "the device's own is missing",
            changed(|link| link.statements.truncate(1)),
        ),
        (
            "a certificate of another box key",
            "it isn't of these keys",
            changed(|link| link.statements = vec![strange]),
        ),
        (
            "retired",
            "that it was retired is no certificate",
            changed(|link| link.statements = vec![retired.to_bytes()]),
        ),
        (
            "of two people",
            "Bob's device isn't one of Alice's",
            changed(|link| link.statements[0] = bobs),
        ),
        (
            "certified by two people",
            "by Alice and by Bob",
            changed(|link| link.statements = vec![certified(&device(3)), all_bobs]),
        ),
        (
            "not signed",
            "the certificate's signature fails",
            changed(|link| link.statements = vec![unsigned]),
        ),
        (
            "five statements",
            "at most four",
            changed(|link| link.statements = vec![certified(&device(3)); 5]),
        ),
        (
            "nine addresses",
            "at most eight",
            changed(|link| link.via = vec![VIA.to_owned(); 9]),
        ),
        (
            "no address",
            "an address begins with a slash",
            changed(|link| link.via = vec!["192.0.2.7".to_owned()]),
        ),
        (
            "a long address",
            "at most 256 bytes",
            changed(|link| link.via = vec![format!("/{}", "a".repeat(256))]),
        ),
        (
            "a control character",
            "none in an address",
            changed(|link| link.via = vec!["/ip4/\n".to_owned()]),
        ),
    ];
    for (name, reason, text) in refused {
        file.invalid(name, (reason, "Content"), Value::Null, Input::Text(&text));
    }
}

pub(crate) fn read_device_link(text: &[u8]) -> Result<Value, String> {
    let link = DeviceLink::from_text(std::str::from_utf8(text).unwrap()).map_err(name)?;
    let statements = link.statements.iter().map(describe::statement);
    Ok(json!({
        "identity": hex(link.identity().as_bytes()),
        "device": hex(link.device.id().as_bytes()),
        "box_public": hex(link.device.box_public().as_bytes()),
        "recovery_public": hex(link.recovery.as_bytes()),
        "locator": hex(&link.locator.expose_bytes()[..]),
        "statements": statements.collect::<Vec<_>>(),
        "via": link.via,
        "written": *link.to_text(),
    }))
}
