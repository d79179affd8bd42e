//! Reads the cases of what a backup consists of.

use hearth_keys::{BlobKey, BoxSecret, Context, Identity, Label, seal};
use hearth_protocol::codec::{Blob, Bytes, encode};
use hearth_protocol::erasure::{Code, ShardId};
use hearth_protocol::manifest::{MANIFEST_SIZES, PackEntry, Page, PageId, Root, RootId};
use hearth_protocol::object::ObjectId;
use hearth_protocol::pack::{self, BackupKey, Contents, PackId, Record, RecordKind, records};
use hearth_protocol::segment::Segment;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::case::{hex, unhex_array};
use crate::describe;
use crate::people::{alice, device, rng};
use crate::read::name;

fn backup_key(given: &Value) -> BackupKey {
    BackupKey {
        generation: 1,
        secret: Zeroizing::new(unhex_array(&given["secret"])),
    }
}

/// Seals a payload once its records were read.
pub(crate) fn pack(payload: &[u8], given: &Value) -> Result<Value, String> {
    let read: Result<Vec<Value>, _> = records(payload)
        .map(|record| record.and_then(|r| r.verify().map(|()| describe_record(&r))))
        .collect();
    let read = read.map_err(name)?;
    let key = backup_key(given);
    let sealed = pack::seal(payload, &key).map_err(name)?;
    let opened = pack::open(&sealed, &key).map_err(name)?;
    assert!(opened.starts_with(payload));
    Ok(json!({
        "id": hex(PackId::of(&sealed).as_bytes()),
        "bytes": sealed.len(),
        "records": read,
    }))
}

fn describe_record(record: &Record<'_>) -> Value {
    let kind = match record.kind {
        RecordKind::Object => 1,
        RecordKind::Segment => 2,
        RecordKind::Contents => 3,
        RecordKind::Newer(kind) => kind,
    };
    json!({
        "kind": kind,
        "id": hex(record.id.as_bytes()),
        "offset": record.offset,
        "bytes": record.bytes.len(),
    })
}

/// What a pack of objects holds.
pub(crate) fn contents(bytes: &[u8]) -> Result<Value, String> {
    let contents = Contents::from_bytes(bytes).map_err(name)?;
    assert_eq!(contents.to_bytes(), bytes, "one value, one encoding");
    let hashes = contents.objects.iter().map(ObjectId::as_bytes);
    let ids: Vec<u8> = hashes.flatten().copied().collect();
    let ends = [contents.objects.first(), contents.objects.last()];
    Ok(json!({
        "pack": contents.pack,
        "objects": contents.objects.len(),
        "ends": ends.map(|id| hex(id.unwrap().as_bytes())),
        "hash": hex(blake3::hash(&ids).as_bytes()),
    }))
}

pub(crate) fn segment(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let identity = Identity::from_bytes(unhex_array(&given["identity"]));
    let segment = Segment::from_bytes(identity, bytes).map_err(name)?;
    assert_eq!(segment.to_bytes(), bytes, "one value, one encoding");
    let runs = segment.runs().iter().map(|(run, deletes)| {
        let mut value = describe::run(run);
        value["tombstones"] = deletes.len().into();
        value
    });
    Ok(json!({
        "id": hex(ObjectId::of(bytes).as_bytes()),
        "statements": segment.statements().iter().map(hex).collect::<Vec<_>>(),
        "runs": runs.collect::<Vec<_>>(),
    }))
}

/// Codes a pack; what the shards are follows from their ids.
pub(crate) fn shards(sealed: &[u8], given: &Value) -> Result<Value, String> {
    let k = u8::try_from(given["k"].as_u64().unwrap()).unwrap();
    let indices: Vec<u16> = serde_json::from_value(given["indices"].clone()).unwrap();
    let code = Code::new(k).map_err(name)?;
    let shards = code.encode(sealed, &indices).map_err(name)?;
    let named = indices.iter().zip(&shards);
    let named: Vec<_> = named.map(|(&index, shard)| (index, &shard[..])).collect();
    code.verify(sealed, &named).map_err(name)?;
    if named.len() >= usize::from(k) {
        let decoded = code.decode(&PackId::of(sealed), sealed.len(), &named);
        assert_eq!(decoded.as_deref(), Ok(sealed));
    }
    let ids = shards
        .iter()
        .map(|shard| hex(ShardId::of(shard).as_bytes()));
    Ok(json!({
        "shard_bytes": code.shard_bytes(sealed.len()),
        "ids": ids.collect::<Vec<_>>(),
    }))
}

/// Length, content, zeros.
fn pad(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let mut padded = [&length[..], content].concat();
    let size = MANIFEST_SIZES
        .into_iter()
        .find(|&size| size >= padded.len())
        .unwrap();
    padded.resize(size, 0);
    padded
}

/// Seals a page's content by hand and opens it.
pub(crate) fn page(content: &[u8], given: &Value) -> Result<Value, String> {
    let key = backup_key(given);
    let blob = BlobKey::derive(Label::MANIFEST, &key.secret[..]).seal(&pad(content));
    let sealed = [&[1], &blob[..]].concat();
    let page = Page::open(&key, &sealed).map_err(name)?;
    assert_eq!(page.seal(&key).unwrap(), sealed, "one value, one encoding");
    Ok(json!({
        "id": hex(PageId::of(&sealed).as_bytes()),
        "bytes": sealed.len(),
        "packs": page.packs.iter().map(describe_pack).collect::<Vec<_>>(),
    }))
}

fn describe_pack(pack: &PackEntry) -> Value {
    let shards = pack
        .shards
        .iter()
        .map(|shard| json!([shard.index, shard.guardian, hex(shard.id.as_bytes())]));
    json!({
        "number": pack.number,
        "kind": pack.kind.number(),
        "generation": pack.generation,
        "id": hex(pack.id.as_bytes()),
        "bytes": pack.bytes,
        "k": pack.code.k(),
        "shards": shards.collect::<Vec<_>>(),
    })
}

pub(crate) fn root(sealed: &[u8], given: &Value) -> Result<Value, String> {
    let secret = BoxSecret::from_bytes(unhex_array(&given["secret"]));
    let identity = Identity::from_bytes(unhex_array(&given["identity"]));
    let root = Root::open(&secret, &identity, sealed).map_err(name)?;
    let mut value = describe_root(&root);
    value["id"] = hex(RootId::of(sealed).as_bytes());
    Ok(value)
}

/// Has Alice's first device sign a root's content, seals it by hand, and opens it.
pub(crate) fn root_content(content: &[u8]) -> Result<Value, String> {
    let signature = device(1).sign(Context::BACKUP_ROOT, content);
    let signed = encode(&(Blob(content.to_vec()), Bytes(*signature.as_bytes())));
    let blob = BlobKey::derive(Label::ROOT, &[6; 32]).seal(&pad(&signed));
    let identity = alice().identity();
    let info = [&b"hearth/backup-root/1"[..], identity.as_bytes()].concat();
    let to = alice().recovery_public();
    let key = seal(&to, &info, &[], &[6; 32], &mut rng());
    let sealed = encode(&([Bytes::<80>(key.try_into().unwrap())], Blob(blob)));
    let sealed = [&[1], &sealed[..]].concat();
    let root = Root::open(alice().recovery(), &identity, &sealed).map_err(name)?;
    Ok(describe_root(&root))
}

fn describe_root(root: &Root) -> Value {
    let snapshots = root
        .snapshots
        .iter()
        .map(|of| json!([of.number, of.time_ms, hex(of.id.as_bytes())]));
    let keys = root
        .keys
        .iter()
        .map(|key| json!([key.generation, hex(&key.secret[..])]));
    let guardians = root.guardians.iter().map(|(slot, of)| {
        json!([
            slot,
            hex(of.identity.as_bytes()),
            hex(&of.peer),
            of.addresses
        ])
    });
    let heads = root.heads.iter().map(|head| {
        let (device, id) = (hex(head.device.as_bytes()), hex(head.id.as_bytes()));
        json!([device, head.log.number(), head.seq, id])
    });
    let pages = root
        .pages
        .iter()
        .map(|of| json!([of.number, hex(of.id.as_bytes()), of.generation, of.bytes]));
    let extensions = root
        .extensions
        .iter()
        .map(|(kind, says)| json!([kind, hex(says)]));
    json!({
        "device": hex(root.device.as_bytes()),
        "number": root.number,
        "time_ms": root.time_ms,
        "snapshots": snapshots.collect::<Vec<_>>(),
        "keys": keys.collect::<Vec<_>>(),
        "guardians": guardians.collect::<Vec<_>>(),
        "statements": root.statements.iter().map(hex).collect::<Vec<_>>(),
        "heads": heads.collect::<Vec<_>>(),
        "pages": pages.collect::<Vec<_>>(),
        "files": root.files,
        "bytes": root.bytes,
        "extensions": extensions.collect::<Vec<_>>(),
    })
}
