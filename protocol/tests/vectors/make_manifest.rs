//! Manifests: pages and roots.

use hearth_protocol::entry::{EntryId, LogNumber};
use hearth_protocol::manifest::{
    GuardianEntry, Head, PageEntry, PageId, Recipients, Root, RootId, Snapshot,
};
use hearth_protocol::pack::BackupKey;
use hearth_protocol::root::{Claim, Statement};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

use crate::case::{File, hex};
use crate::cbor;
use crate::make_packs::secret;
use crate::people::{alice, bob, certificate, device, rng};

pub(crate) fn files() -> Vec<File> {
    vec![pages(), roots(), root_contents()]
}

fn shard(index: u64, guardian: u64) -> Vec<u8> {
    let id = cbor::bytes([u8::try_from(index % 256).unwrap(); 32]);
    cbor::array(&[cbor::uint(index), cbor::uint(guardian), id])
}

/// A pack of two shards; `with` replaces a field.
fn pack(number: u64, with: Option<(usize, Vec<u8>)>) -> Vec<u8> {
    let mut fields = [
        cbor::uint(number),
        cbor::uint(1),
        cbor::uint(1),
        cbor::bytes([8; 32]),
        cbor::uint(65_577),
        cbor::uint(2),
        cbor::array(&[shard(0, 3), shard(4, 0)]),
    ];
    if let Some((field, value)) = with {
        fields[field] = value;
    }
    cbor::array(&fields)
}

fn pages() -> File {
    let about = "Pages: what they say, and the id that sealing under a backup key gives.";
    let mut file = File::new("page", about);
    file.valid("empty", secret(), &cbor::array(&[]));
    let logs = pack(257, Some((1, cbor::uint(2))));
    file.valid(
        "two packs",
        secret(),
        &cbor::array(&[pack(256, None), logs]),
    );
    let newer = pack((1 << 40) - 1, Some((1, cbor::uint(77))));
    file.valid("of a newer kind", secret(), &cbor::array(&[newer]));
    let scattered = pack(3, Some((6, cbor::array(&[]))));
    file.valid("without shards", secret(), &cbor::array(&[scattered]));
    let many: Vec<_> = (0..64).map(|index| shard(index, index)).collect();
    let wide = pack(0, Some((6, cbor::array(&many))));
    file.valid("64 shards", secret(), &cbor::array(&[wide]));

    let one = |field, value| cbor::array(&[pack(0, Some((field, value)))]);
    let order = "Invalid: a page's packs ascend, each once, within 256 numbers";
    let shards_bound = "Invalid: a pack's shards are out of bounds";
    let shards_order = "Invalid: a pack's shards ascend, each once";
    let too_many: Vec<_> = (0..65).map(|index| shard(index, index)).collect();
    let refused = [
        (
            "packs of two pages",
            "256 numbers",
            order,
            cbor::array(&[pack(255, None), pack(256, None)]),
        ),
        (
            "a pack twice",
            "each once",
            order,
            cbor::array(&[pack(7, None), pack(7, None)]),
        ),
        (
            "descending",
            "ascending",
            order,
            cbor::array(&[pack(8, None), pack(7, None)]),
        ),
        (
            "a high number",
            "below 2^40",
            "Invalid: a pack's number is out of bounds",
            one(0, cbor::uint(1 << 40)),
        ),
        (
            "an empty pack",
            "a byte at least",
            "Invalid: a pack's length is out of bounds",
            one(4, cbor::uint(0)),
        ),
        (
            "a long pack",
            "8 MiB and 41 bytes",
            "Invalid: a pack's length is out of bounds",
            one(4, cbor::uint((8 << 20) + 42)),
        ),
        (
            "no pieces",
            "1 to 16",
            "Invalid: no pack is cut into that many pieces",
            one(5, cbor::uint(0)),
        ),
        (
            "17 pieces",
            "1 to 16",
            "Invalid: no pack is cut into that many pieces",
            one(5, cbor::uint(17)),
        ),
        (
            "65 shards",
            "64 at most",
            shards_bound,
            one(6, cbor::array(&too_many)),
        ),
        (
            "a high index",
            "255 at most",
            shards_bound,
            one(6, cbor::array(&[shard(256, 0)])),
        ),
        (
            "a high slot",
            "255 at most",
            shards_bound,
            one(6, cbor::array(&[shard(0, 256)])),
        ),
        (
            "a shard twice",
            "each once",
            shards_order,
            one(6, cbor::array(&[shard(1, 0), shard(1, 1)])),
        ),
        (
            "kind 256",
            "a kind is below 256",
            "Malformed",
            one(1, cbor::uint(256)),
        ),
        (
            "a short id",
            "32 bytes",
            "Malformed",
            one(3, cbor::bytes([8; 31])),
        ),
        ("a byte left over", "one value", "Malformed", vec![0x80, 0]),
        (
            "a wide array",
            "not as short as it can be",
            "NotCanonical",
            vec![0x98, 0],
        ),
    ];
    for (name, reason, error, content) in &refused {
        file.invalid(name, (reason, error), secret(), content);
    }
    file
}

fn alices_root() -> Root {
    let guardian = |number: u8| GuardianEntry {
        identity: bob().identity(),
        peer: vec![number; 38],
        addresses: vec!["/ip4/192.0.2.7/udp/7000/quic-v1".into()],
    };
    let head = |log| Head {
        device: device(1).id(),
        log,
        seq: 5,
        id: EntryId::from_bytes([4; 32]),
    };
    let page = |number| PageEntry {
        number,
        id: PageId::from_bytes([5; 32]),
        generation: 1,
        bytes: 4137,
    };
    let snapshot = |number| Snapshot {
        number,
        time_ms: 1_700_000_000_000 + number,
        id: RootId::from_bytes([3; 32]),
    };
    let key = |generation, byte| BackupKey {
        generation,
        secret: Zeroizing::new([byte; 32]),
    };
    let statements = vec![certificate(&alice(), &device(1)).to_bytes()];
    Root {
        identity: alice().identity(),
        device: device(1).id(),
        number: 9,
        time_ms: 1_700_000_001_000,
        snapshots: vec![snapshot(2), snapshot(8)],
        keys: vec![key(1, 5), key(2, 6)],
        guardians: BTreeMap::from([(0, guardian(7)), (3, guardian(8))]),
        statements,
        heads: vec![head(LogNumber::SOCIAL), head(LogNumber::OWN)],
        pages: vec![page(0), page(1)],
        files: 3,
        bytes: 70_000,
        extensions: BTreeMap::from([(9, b"what will be".to_vec())]),
    }
}

fn opens_with(secret: &[u8; 32]) -> Value {
    json!({ "identity": hex(alice().identity().as_bytes()), "secret": hex(secret) })
}

fn roots() -> File {
    let about = "Sealed roots, opened by a box key.";
    let mut file = File::new("root", about);
    let recipients = Recipients {
        recovery: alice().recovery_public(),
        devices: &[device(1).box_public(), device(2).box_public()],
    };
    let sealed = alices_root()
        .seal(&device(1), &recipients, &mut rng())
        .unwrap();
    let recovery = opens_with(&alice().recovery().expose_bytes());
    file.valid("by the recovery key", recovery.clone(), &sealed);
    let by_device = opens_with(&device(2).box_secret().expose_bytes());
    file.valid("by a device", by_device, &sealed);

    let stranger = opens_with(&[77; 32]);
    let nobodys = "it isn't among the recipients";
    file.invalid("by a stranger", (nobodys, "OpenError"), stranger, &sealed);
    let mut bobs = recovery.clone();
    bobs["identity"] = hex(bob().identity().as_bytes());
    let bound = "the keys are sealed for Alice's root";
    file.invalid("as Bob's", (bound, "OpenError"), bobs, &sealed);
    let mut changed = sealed.clone();
    *changed.last_mut().unwrap() ^= 1;
    let newer = [&[2], &sealed[1..]].concat();
    let refused = [
        ("empty", "a version is missing", "Malformed", Vec::new()),
        ("version 2", "unknown version", "Version", newer),
        ("a changed bit", "the seal is broken", "OpenError", changed),
        (
            "cut off",
            "a byte is missing",
            "Malformed",
            sealed[..sealed.len() - 1].to_vec(),
        ),
    ];
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), recovery.clone(), bytes);
    }
    file
}

/// The fields of Alice's root, as they are encoded.
fn fields() -> Vec<Vec<u8>> {
    let root = alices_root();
    let list = |items: Vec<Vec<u8>>| cbor::array(&items);
    let snapshot = |of: &Snapshot| snapshot(of.number, of.time_ms);
    let key = |key: &BackupKey| {
        cbor::array(&[
            cbor::uint(key.generation.into()),
            cbor::bytes(&key.secret[..]),
        ])
    };
    vec![
        cbor::uint(1),
        cbor::bytes(root.identity.as_bytes()),
        cbor::bytes(root.device.as_bytes()),
        cbor::uint(root.number),
        cbor::uint(root.time_ms),
        list(root.snapshots.iter().map(snapshot).collect()),
        list(root.keys.iter().map(key).collect()),
        list(vec![guardian(0, 7, 1), guardian(3, 8, 1)]),
        list(root.statements.iter().map(cbor::bytes).collect()),
        list(vec![head(0, 5), head(1, 5)]),
        list(vec![page(0, 4137), page(1, 4137)]),
        cbor::uint(root.files),
        cbor::uint(root.bytes),
        list(vec![extension(9)]),
    ]
}

fn snapshot(number: u64, time_ms: u64) -> Vec<u8> {
    cbor::array(&[
        cbor::uint(number),
        cbor::uint(time_ms),
        cbor::bytes([3; 32]),
    ])
}

fn guardian(slot: u64, peer: u8, addresses: usize) -> Vec<u8> {
    let address = cbor::text("/ip4/192.0.2.7/udp/7000/quic-v1");
    let identity = cbor::bytes(bob().identity().as_bytes());
    let peer = cbor::bytes([peer; 38]);
    cbor::array(&[
        cbor::uint(slot),
        identity,
        peer,
        cbor::array(&vec![address; addresses]),
    ])
}

fn head(log: u64, seq: u64) -> Vec<u8> {
    let device = cbor::bytes(device(1).id().as_bytes());
    cbor::array(&[
        device,
        cbor::uint(log),
        cbor::uint(seq),
        cbor::bytes([4; 32]),
    ])
}

fn page(number: u64, bytes: u64) -> Vec<u8> {
    cbor::array(&[
        cbor::uint(number),
        cbor::bytes([5; 32]),
        cbor::uint(1),
        cbor::uint(bytes),
    ])
}

fn extension(kind: u64) -> Vec<u8> {
    cbor::array(&[cbor::uint(kind), cbor::bytes(b"what will be")])
}

fn with(field: usize, value: Vec<u8>) -> Vec<u8> {
    let mut fields = fields();
    fields[field] = value;
    cbor::array(&fields)
}

fn with_list(field: usize, items: &[Vec<u8>]) -> Vec<u8> {
    with(field, cbor::array(items))
}

/// Who signed, in whose name.
fn signed() -> Value {
    json!({
        "identity": hex(alice().identity().as_bytes()),
        "device": hex(device(1).id().as_bytes()),
    })
}

fn root_contents() -> File {
    let about = "What roots say, as Alice's first device signed it.";
    let mut file = File::new("root_content", about);
    file.valid("everything", signed(), &cbor::array(&fields()));
    let empty = cbor::array(&[]);
    let mut least = fields();
    for field in [5, 6, 7, 9, 10, 13] {
        least[field].clone_from(&empty);
    }
    file.valid("the least", signed(), &cbor::array(&least));

    let ascend = "Invalid: guardians and extensions ascend, each once";
    let snapshots = "Invalid: the earlier snapshots are out of bounds or order";
    let heads = "Invalid: the heads are out of bounds or order";
    let pages = "Invalid: the pages are out of bounds or order";
    let guardians = "Invalid: the guardians are out of bounds";
    let statements = "Invalid: the statements are out of bounds";
    let key = |generation| cbor::array(&[cbor::uint(generation), cbor::bytes([5; 32])]);
    let retire = Statement::sign(&alice(), device(1).id(), 9, Claim::Retire).to_bytes();
    let bobs = certificate(&bob(), &device(1)).to_bytes();
    let refused = [
        (
            "version 2",
            "unknown version",
            "Version",
            with(0, cbor::uint(2)),
        ),
        (
            "as Bob's",
            "it was asked for as Alice's",
            "Foreign",
            with(1, cbor::bytes(bob().identity().as_bytes())),
        ),
        (
            "by a device that isn't certified",
            "no certificate",
            "Signature",
            with(2, cbor::bytes(device(2).id().as_bytes())),
        ),
        (
            "a high number",
            "below 2^40",
            "Invalid: the snapshot's number is out of bounds",
            with(3, cbor::uint(1 << 40)),
        ),
        (
            "a late time",
            "below 2^47",
            "Invalid: the time is out of bounds",
            with(4, cbor::uint(1 << 47)),
        ),
        (
            "a snapshot that isn't earlier",
            "below the root's own number",
            snapshots,
            with_list(5, &[snapshot(9, 1)]),
        ),
        (
            "snapshots descending",
            "ascending",
            snapshots,
            with_list(5, &[snapshot(8, 1), snapshot(2, 1)]),
        ),
        (
            "a snapshot of a late time",
            "below 2^47",
            snapshots,
            with_list(5, &[snapshot(2, 1 << 47)]),
        ),
        (
            "a key's generation twice",
            "each once",
            "Invalid: the backup keys are out of bounds or order",
            with_list(6, &[key(1), key(1)]),
        ),
        (
            "a slot twice",
            "each once",
            ascend,
            with_list(7, &[guardian(3, 7, 1), guardian(3, 8, 1)]),
        ),
        (
            "a high slot",
            "255 at most",
            guardians,
            with_list(7, &[guardian(256, 7, 1)]),
        ),
        (
            "nine addresses",
            "eight at most",
            guardians,
            with_list(7, &[guardian(0, 7, 9)]),
        ),
        (
            "a long statement",
            "1,536 bytes at most",
            statements,
            with_list(8, &[cbor::bytes(vec![0; 1537])]),
        ),
        (
            "no statements",
            "no certificate",
            "Signature",
            with_list(8, &[]),
        ),
        (
            "a retirement alone",
            "no certificate",
            "Signature",
            with_list(8, &[cbor::bytes(retire)]),
        ),
        (
            "Bob's statement",
            "of another identity",
            "Foreign",
            with_list(8, &[cbor::bytes(bobs)]),
        ),
        (
            "no statement",
            "CBOR of another shape",
            "Malformed",
            with_list(8, &[cbor::bytes(b"?")]),
        ),
        (
            "a log twice",
            "each once",
            heads,
            with_list(9, &[head(0, 5), head(0, 6)]),
        ),
        (
            "a high log",
            "below 2^48",
            heads,
            with_list(9, &[head(1 << 48, 5)]),
        ),
        (
            "a high sequence",
            "below 2^40",
            heads,
            with_list(9, &[head(0, 1 << 40)]),
        ),
        (
            "pages descending",
            "ascending",
            pages,
            with_list(10, &[page(1, 9), page(0, 9)]),
        ),
        (
            "a long page",
            "1 MiB and 64 bytes at most",
            pages,
            with_list(10, &[page(0, (1 << 20) + 65)]),
        ),
        (
            "an extension twice",
            "each once",
            ascend,
            with_list(13, &[extension(9), extension(9)]),
        ),
        (
            "a field too few",
            "fourteen fields",
            "Malformed",
            cbor::array(&fields()[..13]),
        ),
        (
            "a byte left over",
            "one value",
            "Malformed",
            [cbor::array(&fields()), vec![0]].concat(),
        ),
    ];
    for (name, reason, error, content) in &refused {
        file.invalid(name, (reason, error), signed(), content);
    }
    file
}
