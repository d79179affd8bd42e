//! What decoded values say, as JSON.

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::content::{
    Content, Control, ControlOp, EpochRecord, KeyPurpose, Photo, Picture, RecordedKeys, Reference,
    Target,
};
use hearth_protocol::drive::{DriveChange, Meta, Node};
use hearth_protocol::entry::{Entry, EntryId, Header, LogKey, LogNumber, Place};
use hearth_protocol::message::{Have, Message};
use hearth_protocol::object::Blob;
use hearth_protocol::root::{Bound, Claim, Statement};
use hearth_protocol::run::{Run, RunBody};
use hearth_protocol::space::{EpochControl, EpochKeys, Space};
use serde_json::{Value, json};

use crate::case::hex;

pub(crate) fn log(log: &LogKey) -> Value {
    json!({
        "identity": hex(log.identity.as_bytes()),
        "device": hex(log.device.as_bytes()),
        "log": log.log.number(),
    })
}

pub(crate) fn place(place: &Place) -> Value {
    let mut value = log(&place.log);
    value["seq"] = place.seq.into();
    value
}

pub(crate) fn header(header: &Header) -> Value {
    let mut value = place(&header.place);
    value["previous"] = hex(header.previous.as_bytes());
    value["time_ms"] = header.time_ms.into();
    value["body_hash"] = hex(header.body_hash);
    value["body_bytes"] = header.body_bytes.into();
    value["lasts"] = header.lasts.into();
    value
}

pub(crate) fn entry(entry: &Entry) -> Value {
    let mut value = header(entry.header());
    value["id"] = hex(entry.id().as_bytes());
    value
}

pub(crate) fn run(run: &Run) -> Value {
    let mut value = log(&run.log);
    value["first_seq"] = run.first_seq.into();
    value["previous"] = hex(run.previous.as_bytes());
    value["entries"] = run.items.len().into();
    let gone = |body: &RunBody| matches!(body, RunBody::Gone { .. });
    value["gone"] = run
        .items
        .iter()
        .filter(|item| gone(&item.body))
        .count()
        .into();
    value
}

pub(crate) fn claim(claim: &Claim) -> Value {
    match claim {
        Claim::Certify { box_public } => json!({ "certify": hex(box_public.as_bytes()) }),
        Claim::Retire => json!("retire"),
        Claim::Cut { ends } => {
            let end = |(log, end): (&LogNumber, &hearth_protocol::root::LogEnd)| json!({ "log": log.number(), "seq": end.seq, "id": hex(end.id.as_bytes()) });
            json!({ "cut": ends.iter().map(end).collect::<Vec<_>>() })
        }
        Claim::Unknown { kind, payload } => json!({ "kind": kind, "payload": hex(payload) }),
    }
}

pub(crate) fn statement(statement: &Statement) -> Value {
    json!({
        "identity": hex(statement.identity().as_bytes()),
        "device": hex(statement.device().as_bytes()),
        "claim": claim(statement.claim()),
        "id": hex(statement.id()),
    })
}

pub(crate) fn bound(bound: Bound) -> Value {
    match bound {
        Bound::Open => json!("open"),
        Bound::Void => json!("void"),
        Bound::EndsAt(end) => json!({ "seq": end.seq, "id": hex(end.id.as_bytes()) }),
    }
}

fn target(target: &Target) -> Value {
    json!([
        hex(target.device.as_bytes()),
        target.log.number(),
        target.seq
    ])
}

pub(crate) fn reference(reference: &Reference) -> Value {
    let mut value = place(&reference.place);
    value["id"] = hex(reference.id.as_bytes());
    value
}

pub(crate) fn content(content: &Content) -> Value {
    match content {
        Content::Profile(p) => {
            json!({ "profile": {
                "name": p.name, "bio": p.bio, "gossip": p.gossip, "picture": p.picture.as_ref().map(photo),
            } })
        }
        Content::Post(p) => json!({ "post": {
            "text_bytes": p.text.len(), "text_start": p.text.chars().take(40).collect::<String>(),
            "reply_to": p.reply_to.as_ref().map(reference),
            "warning": p.warning, "photos": p.photos.iter().map(photo).collect::<Vec<_>>(),
        } }),
        Content::Edit(e) => json!({ "edit": {
            "target": target(&e.target), "text": e.text, "warning": e.warning, "alts": e.alts,
        } }),
        Content::Delete(d) => json!({ "delete": d.targets.iter().map(target).collect::<Vec<_>>() }),
        Content::Follow(f) => json!({ "follow": [hex(f.identity.as_bytes()), f.state.code()] }),
        Content::Inbox(i) => json!({ "inbox": [i.generation, hex(i.public.as_bytes())] }),
        Content::KeyGrant(g) => json!({ "key_grant": {
            "purpose": match g.purpose { KeyPurpose::PrivateSpace => 1, KeyPurpose::Inbox => 2, KeyPurpose::Backup => 3 },
            "generation": g.generation,
            "devices": g.devices.iter().map(|device| hex(device.as_bytes())).collect::<Vec<_>>(),
            "sealed": g.sealed.iter().map(hex).collect::<Vec<_>>(),
        } }),
        Content::Reaction(r) => json!({ "reaction": {
            "target": place(&r.target.place), "id": hex(r.target.id.as_bytes()), "emoji": r.emoji, "on": r.on,
        } }),
        Content::Boost(b) => json!({ "boost": {
            "target": place(&b.target.place), "id": hex(b.target.id.as_bytes()), "on": b.on,
        } }),
        Content::Register(r) => {
            json!({ "register": [r.register, hex(&r.key), r.value.as_ref().map(hex)] })
        }
        Content::Drive(changes) => {
            json!({ "drive": changes.iter().map(drive_change).collect::<Vec<_>>() })
        }
        Content::Pledge(p) => json!({ "pledge": [hex(p.to.as_bytes()), p.bytes] }),
        Content::BackupHead(h) => json!({ "backup_head": [h.number, hex(h.root)] }),
        Content::BackupSettings(s) => json!({ "backup_settings": {
            "survive": s.survive, "bytes_per_second": s.bytes_per_second,
        } }),
        Content::EpochGrant(g) => json!({ "epoch_grant": { "boxes": g.boxes() } }),
        Content::Control(c) => json!({ "control": control(c) }),
        Content::EpochRecords(records) => {
            json!({ "epoch_records": records.iter().map(epoch_record).collect::<Vec<_>>() })
        }
        Content::Carried(c) => json!({ "carried": {
            "statements": c.statements.iter().map(hex).collect::<Vec<_>>(),
            "entry": entry(&c.entry.entry), "body": hex(&c.entry.body),
        } }),
        Content::Unknown { kind, payload } => json!({ "kind": kind, "payload": hex(payload) }),
    }
}

pub(crate) fn space(space: &Space) -> Value {
    let mut value = json!({ "kind": space.kind().as_str(), "id": hex(space.id().as_bytes()) });
    let identities = space.identities().map(|who| hex(who.as_bytes()));
    value["identities"] = identities.collect();
    if let Space::Shared { nonce, .. } = space {
        value["nonce"] = hex(nonce);
    }
    value
}

/// Heads: (whose, id).
pub(crate) fn heads(heads: &[(Identity, EntryId)]) -> Value {
    let head = |(who, id): &(Identity, EntryId)| json!([hex(who.as_bytes()), hex(id.as_bytes())]);
    heads.iter().map(head).collect()
}

pub(crate) fn epoch_keys(keys: &EpochKeys) -> Value {
    json!({
        "epoch": hex(keys.id().as_bytes()),
        "generation": keys.generation,
        "starter": hex(keys.starter.as_bytes()),
        "body": hex(&keys.body.expose_bytes()[..]),
        "control": hex(&keys.control.expose_bytes()[..]),
    })
}

/// With the commitment to a key where [`epoch_keys`] has the key.
fn epoch_control(control: &EpochControl, space: &Space) -> Value {
    json!({
        "epoch": hex(control.id(space).as_bytes()),
        "generation": control.generation,
        "starter": hex(control.starter.as_bytes()),
        "commitment": hex(control.body.as_bytes()),
        "control": hex(&control.control.expose_bytes()[..]),
    })
}

fn control(control: &Control) -> Value {
    json!({
        "space": space(&control.space),
        "parents": control.parents.iter().map(reference).collect::<Vec<_>>(),
        "op": control_op(&control.op, &control.space),
    })
}

pub(crate) fn control_op(op: &ControlOp, space: &Space) -> Value {
    match op {
        ControlOp::Create { name } => json!({ "create": name }),
        ControlOp::Add {
            members,
            inboxes,
            with_past,
        } => json!({ "add": {
            "members": members.iter().map(|who| hex(who.as_bytes())).collect::<Vec<_>>(),
            "inboxes": inboxes,
            "with_past": with_past,
        } }),
        ControlOp::Remove { member, ends } => {
            let end = |(device, log, seq): &(DeviceId, LogNumber, u64)| {
                json!([hex(device.as_bytes()), log.number(), seq])
            };
            json!({ "remove": {
                "member": hex(member.as_bytes()),
                "ends": ends.iter().map(end).collect::<Vec<_>>(),
            } })
        }
        ControlOp::Promote { member } => json!({ "promote": hex(member.as_bytes()) }),
        ControlOp::Rename { name } => json!({ "rename": name }),
        ControlOp::Leave => json!("leave"),
        ControlOp::Epoch {
            generation,
            body,
            control,
            members,
            inboxes,
            previous,
        } => {
            let previous = previous.iter().map(|epoch| epoch_control(epoch, space));
            json!({ "epoch": {
                "generation": generation, "body": hex(body.as_bytes()), "control": hex(control.as_bytes()),
                "members": hex(members.as_bytes()),
                "inboxes": inboxes,
                "previous": previous.collect::<Vec<_>>(),
            } })
        }
        ControlOp::Unknown { kind, payload } => json!({ "kind": kind, "payload": hex(payload) }),
    }
}

fn epoch_record(record: &EpochRecord) -> Value {
    let mut value = match &record.keys {
        RecordedKeys::Whole(keys) => epoch_keys(keys),
        RecordedKeys::Control { space, control } => epoch_control(control, space),
    };
    value["space"] = space(record.keys.space());
    value["granter"] = hex(record.granter.as_bytes());
    value["members"] = match &record.members {
        Some(members) => members
            .iter()
            .map(|(who, inbox)| json!([hex(who.as_bytes()), inbox]))
            .collect(),
        None => Value::Null,
    };
    value
}

pub(crate) fn blob(blob: &Blob) -> Value {
    json!({ "bytes": blob.bytes, "depth": blob.depth, "root": hex(blob.root.as_bytes()) })
}

fn photo(photo: &Photo) -> Value {
    let picture = |picture: &Picture| {
        json!({
            "blob": blob(&picture.blob), "media": picture.media.code(),
            "width": picture.width, "height": picture.height,
        })
    };
    json!({
        "key": hex(photo.key.expose_bytes()),
        "full": picture(&photo.full),
        "small": picture(&photo.small),
        "placeholder": hex(&photo.placeholder),
        "alt": photo.alt,
    })
}

fn drive_change(change: &DriveChange) -> Value {
    let node = change.node.as_ref().map(|node| {
        let Meta { mode, mtime_ns } = node.meta();
        let mut value = json!({ "mode": mode, "mtime_ns": mtime_ns });
        match node {
            Node::File { blob: content, .. } => value["file"] = blob(content),
            Node::Folder { id, .. } => value["folder"] = hex(id.as_bytes()),
            Node::Link { target, .. } => value["link"] = hex(target),
        }
        value
    });
    json!({
        "folder": hex(change.folder.as_bytes()),
        "name": hex(change.name.as_bytes()),
        "node": node,
    })
}

fn have(have: &Have) -> Value {
    let logs = have.logs.iter().map(|log| {
        json!({
            "device": hex(log.device.as_bytes()), "log": log.log.number(),
            "ranges": log.ranges, "head": hex(log.head.as_bytes()),
        })
    });
    json!({
        "identity": hex(have.identity.as_bytes()),
        "statements": have.statements.len(),
        "logs": logs.collect::<Vec<_>>(),
    })
}

pub(crate) fn message(message: &Message) -> Value {
    match message {
        Message::Hello(hello) => json!({ "hello": {
            "presences": hex(hello.presences.0), "interests": hex(hello.interests.0),
            "remembers": {
                "presences": hex(hello.remembers.presences.0),
                "interests": hex(hello.remembers.interests.0),
                "notices": hex(hello.remembers.notices.0),
            },
        } }),
        Message::Compare(compare) => json!({ "compare": {
            "prefix": compare.prefix,
            "digests": compare.digests.iter().map(hex).collect::<Vec<_>>(),
        } }),
        Message::Presences(presences) => {
            let presence = |p: &hearth_protocol::message::Presence| {
                json!({
                    "identity": hex(p.identity().as_bytes()), "device": hex(p.device().as_bytes()),
                    "peer": hex(p.peer()), "addresses": p.addresses(), "statements": p.statements().len(),
                })
            };
            json!({ "presences": presences.iter().map(presence).collect::<Vec<_>>() })
        }
        Message::Interest { add, remove } => json!({ "interest": {
            "add": add.iter().map(|t| hex(t.0)).collect::<Vec<_>>(),
            "remove": remove.iter().map(|t| hex(t.0)).collect::<Vec<_>>(),
        } }),
        Message::Have(haves) => json!({ "have": haves.iter().map(have).collect::<Vec<_>>() }),
        Message::Get {
            request,
            log: key,
            lo,
            hi,
        } => {
            json!({ "get": { "request": request, "log": log(key), "lo": lo, "hi": hi } })
        }
        Message::Run {
            request,
            run: entries,
            tombstones,
        } => {
            json!({ "run": { "request": request, "run": run(entries), "tombstones": tombstones.len() } })
        }
        Message::Missing { request } => json!({ "missing": request }),
        Message::Notice(n) => json!({ "notice": {
            "follower": hex(n.follower().as_bytes()), "followed": hex(n.followed().as_bytes()),
            "following": n.following(), "time_ms": n.time_ms(), "name": n.name(),
        } }),
        Message::Fork(proof) => json!({ "fork": place(&proof.place()) }),
        Message::Letter { to, hops, sealed } => json!({ "letter": {
            "to": hex(to.as_bytes()), "hops": hops, "sealed": hex(sealed),
        } }),
    }
}
