//! Reads what a case is about: the value that it gives, or the name of the error.

use std::fmt::Debug;

use hearth_keys::{
    BoxSecret, DeviceId, Identity, KeyFileKind, Label, Phrase, Signature, SpaceKey, keyfile,
};
use hearth_protocol::archive::{Archive, Counts, MAGIC, end_item, run_item, statements_item};
use hearth_protocol::body;
use hearth_protocol::content::{self, Content, KeyPurpose, grant_info};
use hearth_protocol::entry::{Entry, Header, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::ingest::effective_delete;
use hearth_protocol::link::PeerLink;
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::message::{Message, gossip_topic, token};
use hearth_protocol::root::{Statement, StatementSet};
use hearth_protocol::run::Run;
use serde_json::{Value, json};

use crate::case::{hex, unhex, unhex_array};
use crate::describe;
use crate::make_device_link;
use crate::make_greeting;
use crate::make_letter;
use crate::make_object;
use crate::people;
use crate::read_guardian;
use crate::read_history;
use crate::read_packs;
use crate::read_spaces;

/// Errors that only wrap the one that matters.
const WRAPPERS: [&str; 7] = [
    "Record",
    "Decode",
    "Refused",
    "Statement",
    "Fork",
    "Open",
    "Key",
];

/// The innermost error's name, with its words where these are the protocol's own.
pub(crate) fn name(error: impl Debug) -> String {
    let mut said = format!("{error:?}");
    loop {
        let end = said
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(said.len());
        let (word, rest) = said.split_at(end);
        let wraps =
            rest.starts_with('(') && !rest.starts_with("(ForkProof ") && WRAPPERS.contains(&word);
        if !wraps {
            let says = rest
                .strip_prefix("(\"")
                .and_then(|rest| rest.strip_suffix("\")"));
            return match says {
                Some(says) if word == "Invalid" => format!("{word}: {says}"),
                _ => word.to_owned(),
            };
        }
        said = rest[1..rest.len() - 1].to_owned();
    }
}

fn again(bytes: &[u8], written: &[u8], value: Value) -> Result<Value, String> {
    assert_eq!(bytes, written, "one value, one encoding");
    Ok(value)
}

pub(crate) fn read(format: &str, bytes: &[u8], given: &Value) -> Result<Value, String> {
    match format {
        "phrase" => phrase(bytes),
        "identity" => identity(bytes),
        "keyfile" => key_file(bytes, given),
        "statement" => {
            let statement = Statement::from_bytes(bytes).map_err(name)?;
            again(
                bytes,
                &statement.to_bytes(),
                describe::statement(&statement),
            )
        }
        "statement_set" => statement_set(given),
        "header" => {
            let header = Header::from_bytes(bytes).map_err(name)?;
            again(bytes, &header.to_bytes(), describe::header(&header))
        }
        "entry" => entry(bytes, given),
        "run" => run(bytes),
        "delete" => delete(bytes),
        "body" => opened_body(bytes, given),
        "content" => {
            let content = Content::from_bytes(bytes).map_err(name)?;
            again(bytes, &content.to_bytes(), describe::content(&content))
        }
        "key_grant" => key_grant(bytes, given),
        "message" => {
            let message = Message::from_bytes(bytes).map_err(name)?;
            again(bytes, &message.to_bytes(), describe::message(&message))
        }
        "fork_proof" => {
            let proof = ForkProof::from_bytes(bytes).map_err(name)?;
            again(bytes, &proof.to_bytes(), describe::place(&proof.place()))
        }
        "link" => link(bytes),
        "letter" => make_letter::read_letter(bytes, given),
        "invite" => make_letter::read_invite(bytes, given),
        "device_link" => make_device_link::read_device_link(bytes),
        "name" => Ok(json!({
            "token": hex(token(&unhex(&given["from"]), &unhex(&given["to"]), &key(bytes)).0),
            "topic": gossip_topic(&key(bytes)),
        })),
        "greeting" => Ok(make_greeting::remembered(bytes)),
        "comparison" => Ok(make_greeting::compared(bytes, given)),
        "import" => import(bytes, given),
        "ingest" => ingest(bytes, given),
        "archive" => archive(bytes),
        "pack" => read_packs::pack(bytes, given),
        "pack_contents" => read_packs::contents(bytes),
        "guard_message" => read_guardian::message(bytes),
        "guardian_claim" => read_guardian::claim(bytes, given),
        "ticket" => read_guardian::ticket(bytes),
        "release" => read_guardian::release(bytes),
        "segment" => read_packs::segment(bytes, given),
        "shards" => read_packs::shards(bytes, given),
        "page" => read_packs::page(bytes, given),
        "root" => read_packs::root(bytes, given),
        "root_content" => read_packs::root_content(bytes),
        "object" => make_object::read_object(bytes, given),
        "cuts" => Ok(make_object::read_cuts(bytes, given)),
        "list" => make_object::read_list(bytes, given),
        "space" => read_spaces::space(bytes),
        "space_history" => read_history::history(bytes, given),
        "epoch_grant" => read_spaces::grant(bytes, given),
        "space_body" => read_spaces::body(bytes, given),
        "control" | "epoch_records" | "carried" | "reaction" | "register" | "photo" | "boost" => {
            read("content", bytes, given)
        }
        other => panic!("unknown format {other}"),
    }
}

fn key(bytes: &[u8]) -> Identity {
    Identity::from_bytes(bytes.try_into().unwrap())
}

fn phrase(text: &[u8]) -> Result<Value, String> {
    let root = Phrase::parse(std::str::from_utf8(text).unwrap())
        .map_err(name)?
        .root();
    Ok(json!({
        "identity": hex(root.identity().as_bytes()),
        "text": root.identity().to_string(),
        "recovery_public": hex(root.recovery_public().as_bytes()),
        "recovery_secret": hex(&root.recovery().expose_bytes()[..]),
        "locator": hex(&root.locator().expose_bytes()[..]),
    }))
}

fn identity(text: &[u8]) -> Result<Value, String> {
    let identity: Identity = std::str::from_utf8(text).unwrap().parse().map_err(name)?;
    Ok(hex(identity.as_bytes()))
}

fn key_file(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let kind = KeyFileKind::new(u8::try_from(given["kind"].as_u64().unwrap()).unwrap());
    let passphrase = given["passphrase"].as_str().map(str::as_bytes);
    let payload = keyfile::decode(bytes, kind, passphrase).map_err(name)?;
    Ok(hex(&payload[..]))
}

fn statements(given: &Value) -> Result<StatementSet, String> {
    let mut set = StatementSet::new(Identity::from_bytes(unhex_array(&given["identity"])));
    let blobs: Vec<_> = list(&given["statements"]).iter().map(unhex).collect();
    set.merge(blobs.iter().map(Vec::as_slice)).map_err(name)?;
    Ok(set)
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn statement_set(given: &Value) -> Result<Value, String> {
    let set = statements(given)?;
    let bounds = list(&given["logs"]).iter().map(|log| {
        let device = DeviceId::from_bytes(unhex_array(&log[0]));
        let number = LogNumber::new(log[1].as_u64().unwrap()).unwrap();
        describe::bound(set.bound(&device, number))
    });
    Ok(json!({
        "kept": set.iter().count(),
        "digest": hex(set.digest()),
        "current": set.current_devices().keys().map(|d| hex(d.as_bytes())).collect::<Vec<_>>(),
        "bounds": bounds.collect::<Vec<_>>(),
    }))
}

fn entry(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let header = Header::from_bytes(bytes).map_err(name)?;
    let signature = Signature::from_bytes(unhex_array(&given["signature"]));
    let entry = Entry::new(header, signature);
    entry.verify().map_err(name)?;
    Ok(hex(entry.id().as_bytes()))
}

fn run(bytes: &[u8]) -> Result<Value, String> {
    let run = Run::from_bytes(bytes).map_err(name)?;
    assert_eq!(run.to_bytes(), bytes);
    let mut value = describe::run(&run);
    let chain = run.chain().map_err(name)?;
    value["first"] = describe::entry(chain.first());
    value["last"] = describe::entry(chain.last());
    Ok(value)
}

fn delete(bytes: &[u8]) -> Result<Value, String> {
    let lone = LoneEntry::from_bytes(bytes).map_err(name)?;
    assert_eq!(lone.to_bytes(), bytes);
    if !lone.body_matches() {
        return Err("BodyMismatch".into());
    }
    let delete = effective_delete(&lone).ok_or("NotEffective")?;
    Ok(describe::content(&Content::Delete(delete)))
}

pub(crate) fn place(given: &Value) -> Place {
    let log = LogKey {
        identity: Identity::from_bytes(unhex_array(&given["identity"])),
        device: DeviceId::from_bytes(unhex_array(&given["device"])),
        log: LogNumber::new(given["log"].as_u64().unwrap()).unwrap(),
    };
    Place {
        log,
        seq: given["seq"].as_u64().unwrap(),
    }
}

fn opened_body(bytes: &[u8], given: &Value) -> Result<Value, String> {
    if given.is_null() {
        return Ok(describe::content(&body::open_clear(bytes).map_err(name)?));
    }
    let keys: Vec<_> = list(&given["keys"])
        .iter()
        .map(|key| SpaceKey::from_bytes(unhex_array(key)))
        .collect();
    let content = body::open(bytes, &place(&given["place"]), &keys).map_err(name)?;
    Ok(describe::content(&content))
}

fn import(text: &[u8], given: &Value) -> Result<Value, String> {
    let text = std::str::from_utf8(text).unwrap().to_owned();
    let key = SpaceKey::from_bytes(unhex_array(&given["key"]));
    let time_ms = given["time_ms"].as_u64().unwrap();
    let salt = body::import_salt(&key.derive(Label::IMPORT_SALT), time_ms, &text);
    content::check_text(&text).map_err(name)?;
    let body = body::clear(&people::post(&text), salt).map_err(name)?;
    Ok(
        json!({ "salt": hex(salt), "body": hex(&body), "body_hash": hex(blake3::hash(&body).as_bytes()) }),
    )
}

fn key_grant(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let secret = BoxSecret::from_bytes(unhex_array(&given["recipient_secret"]));
    let purpose = match given["purpose"].as_u64() {
        Some(1) => KeyPurpose::PrivateSpace,
        Some(2) => KeyPurpose::Inbox,
        _ => KeyPurpose::Backup,
    };
    let generation = u32::try_from(given["generation"].as_u64().unwrap()).unwrap();
    let info = grant_info(
        purpose,
        generation,
        &place(&given["place"]),
        &secret.public(),
    );
    let key = secret.open(&info, b"", bytes).map_err(name)?;
    Ok(json!({ "key": hex(&key[..]), "info": hex(info) }))
}

fn link(text: &[u8]) -> Result<Value, String> {
    let link: PeerLink = std::str::from_utf8(text).unwrap().parse().map_err(name)?;
    Ok(json!({
        "identity": hex(link.identity.as_bytes()),
        "via": link.via,
        "written": link.to_string(),
    }))
}

fn archive(bytes: &[u8]) -> Result<Value, String> {
    let Archive { statements, runs } = Archive::from_bytes(bytes).map_err(name)?;
    let mut again = [&MAGIC[..], &statements_item(&statements)].concat();
    let mut counts = Counts::default();
    for (run, deletes) in &runs {
        counts.add(run);
        again.extend(run_item(run, deletes));
    }
    again.extend(end_item(counts));
    assert_eq!(bytes, again, "one value, one encoding");
    let run = |(run, deletes): &(Run, Vec<LoneEntry>)| {
        let mut value = describe::run(run);
        value["tombstones"] = deletes.len().into();
        value
    };
    Ok(json!({
        "statements": statements.len(),
        "runs": runs.iter().map(run).collect::<Vec<_>>(),
    }))
}

fn lone(value: &Value) -> Vec<LoneEntry> {
    let read = |value: &Value| LoneEntry::from_bytes(&unhex(value)).unwrap();
    list(value).iter().map(read).collect()
}

fn ingest(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let set = statements(given)?;
    let mut store = MemoryLogs::new();
    store
        .add_statements(set.identity(), &set.to_blobs())
        .unwrap();
    for held in list(&given["held"]) {
        let run = Run::from_bytes(&unhex(&held["run"])).unwrap();
        store.ingest(run, &lone(&held["tombstones"])).unwrap();
    }
    if given["fork"].is_string() {
        store.add_fork(ForkProof::from_bytes(&unhex(&given["fork"])).unwrap());
    }
    let later: Vec<_> = list(&given["later_statements"]).iter().map(unhex).collect();
    store.add_statements(set.identity(), &later).unwrap();
    store.enforce_bounds(&set.identity());
    let run = Run::from_bytes(bytes).map_err(name)?;
    let log = run.log;
    let new = store
        .ingest(run, &lone(&given["tombstones"]))
        .map_err(name)?;
    let ranges = store.state(&log).unwrap().ranges();
    let (lo, hi) = (ranges[0].lo, ranges[ranges.len() - 1].hi);
    let without_body = (lo..=hi).filter(|&seq| {
        store
            .link(&Place { log, seq })
            .is_some_and(|link| link.body.is_none())
    });
    Ok(json!({
        "new": new,
        "ranges": ranges.iter().map(|range| [range.lo, range.hi]).collect::<Vec<_>>(),
        "deleted": without_body.collect::<Vec<_>>(),
    }))
}
