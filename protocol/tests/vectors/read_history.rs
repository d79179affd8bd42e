//! What a shared space's control entries amount to.

use std::collections::BTreeMap;

use hearth_keys::{DeviceId, Identity, SpaceKey};
use hearth_protocol::content::{Control, ControlOp, Reference};
use hearth_protocol::entry::{EntryId, LogNumber, Place};
use hearth_protocol::space::{
    Commitment, ControlEntry, EpochControl, EpochId, MembersDigest, Resolved, Role, Space,
    SpaceKind, resolve,
};
use serde_json::{Value, json};

use crate::case::{hex, lengthen, shorten, unhex, unhex_array};
use crate::describe;
use crate::read::{list, name, place};

pub(crate) fn history(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let given = &lengthen(given);
    let space = Space::from_bytes(bytes).map_err(name)?;
    if space.kind() != SpaceKind::Shared {
        return Err("Invalid: only a shared space is run by entries".into());
    }
    let steps = list(&given["steps"]);
    let places: BTreeMap<EntryId, Place> = steps
        .iter()
        .map(|step| (entry_id(&step["id"]), place(&step["place"])))
        .collect();
    let entries: Vec<_> = steps
        .iter()
        .map(|step| entry(&space, step, &places))
        .collect();
    let ends: Vec<_> = list(&given["gone"]).iter().map(place).collect();
    let gone = |parent: &Reference| {
        let beyond = |end: &Place| end.log == parent.place.log && end.seq <= parent.place.seq;
        ends.iter().any(beyond)
    };
    let resolved = resolve(&space, &entries, &gone);
    let mut value = gives(&resolved);
    let bodies = list(&given["bodies"]);
    value["bodies"] = bodies.iter().map(|body| counts(&resolved, body)).collect();
    Ok(shorten(&value))
}

fn counts(resolved: &Resolved, body: &Value) -> bool {
    let epoch = EpochId::from_bytes(unhex_array(&body["epoch"]));
    resolved.counts(&place(&body["place"]), &epoch)
}

fn entry_id(value: &Value) -> EntryId {
    EntryId::from_bytes(unhex_array(value))
}

/// A step; a parent that is an id alone lies where the step of that id lies.
fn entry(space: &Space, step: &Value, places: &BTreeMap<EntryId, Place>) -> ControlEntry {
    let parent = |value: &Value| match value {
        Value::String(_) => Reference {
            place: places[&entry_id(value)],
            id: entry_id(value),
        },
        _ => Reference {
            place: place(value),
            id: entry_id(&value["id"]),
        },
    };
    ControlEntry {
        id: entry_id(&step["id"]),
        place: place(&step["place"]),
        under: EpochId::from_bytes(unhex_array(&step["under"])),
        control: Control {
            space: *space,
            parents: list(&step["parents"]).iter().map(parent).collect(),
            op: op(&step["op"]),
        },
    }
}

fn op(value: &Value) -> ControlOp {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    if value == "leave" {
        return ControlOp::Leave;
    }
    if let Some(kind) = value["kind"].as_u64() {
        return ControlOp::Unknown {
            kind: u8::try_from(kind).unwrap(),
            payload: unhex(&value["payload"]),
        };
    }
    let (kind, says) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "create" => ControlOp::Create { name: text(says) },
        "rename" => ControlOp::Rename { name: text(says) },
        "promote" => ControlOp::Promote {
            member: identity(says),
        },
        "add" => ControlOp::Add {
            members: list(&says["members"]).iter().map(identity).collect(),
            inboxes: inboxes(&says["inboxes"]),
            with_past: says["with_past"].as_bool().unwrap(),
        },
        "remove" => ControlOp::Remove {
            member: identity(&says["member"]),
            ends: list(&says["ends"]).iter().map(end).collect(),
        },
        "epoch" => ControlOp::Epoch {
            generation: number(&says["generation"]),
            body: Commitment::from_bytes(unhex_array(&says["body"])),
            control: Commitment::from_bytes(unhex_array(&says["control"])),
            members: MembersDigest::from_bytes(unhex_array(&says["members"])),
            inboxes: inboxes(&says["inboxes"]),
            previous: list(&says["previous"]).iter().map(handed_on).collect(),
        },
        other => panic!("no step is called {other}"),
    }
}

fn identity(value: &Value) -> Identity {
    Identity::from_bytes(unhex_array(value))
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn inboxes(value: &Value) -> Vec<Option<u32>> {
    serde_json::from_value(value.clone()).unwrap()
}

fn end(value: &Value) -> (DeviceId, LogNumber, u64) {
    let log = LogNumber::new(value[1].as_u64().unwrap()).unwrap();
    let device = DeviceId::from_bytes(unhex_array(&value[0]));
    (device, log, value[2].as_u64().unwrap())
}

fn handed_on(value: &Value) -> EpochControl {
    EpochControl {
        generation: number(&value["generation"]),
        starter: identity(&value["starter"]),
        body: Commitment::from_bytes(unhex_array(&value["commitment"])),
        control: SpaceKey::from_bytes(unhex_array(&value["control"])),
    }
}

fn gives(resolved: &Resolved) -> Value {
    let who = |who: &Identity| hex(who.as_bytes());
    let members = resolved.members.iter().map(|(member, role)| {
        let role = match role {
            Role::Admin => "admin",
            Role::Member => "member",
        };
        json!({ "identity": who(member), "role": role })
    });
    let epochs = resolved.epochs.iter().map(|(id, epoch)| {
        let members = resolved.epoch_members(id).map(|members| {
            let member = |(member, inbox): (&Identity, &Option<u32>)| json!([who(member), inbox]);
            members.iter().map(member).collect::<Vec<_>>()
        });
        json!({
            "epoch": hex(id.as_bytes()),
            "step": hex(epoch.entry.as_bytes()),
            "generation": epoch.generation,
            "starter": who(&epoch.starter),
            "counts": epoch.counts,
            "members": members,
        })
    });
    json!({
        "name": resolved.name,
        "members": members.collect::<Vec<_>>(),
        "admins": resolved.senior.iter().map(who).collect::<Vec<_>>(),
        "heir": resolved.heir.as_ref().map(who),
        "heads": describe::heads(&resolved.heads),
        "epochs": epochs.collect::<Vec<_>>(),
    })
}
