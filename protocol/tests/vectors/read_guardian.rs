//! Reads the cases of what owners and guardians say to each other.

use hearth_protocol::guardian::{
    Attested, GuardMessage, KeptId, Listed, Outcome, Part, Pledged, Release, Ticket,
};
use hearth_protocol::root::StatementSet;
use serde_json::{Value, json};

use crate::case::{hex, unhex};
use crate::read::name;

/// A frame, without a look at signatures.
pub(crate) fn message(frame: &[u8]) -> Result<Value, String> {
    let message = GuardMessage::from_bytes(frame).map_err(name)?;
    assert_eq!(message.to_bytes(), frame, "one value, one encoding");
    Ok(match &message {
        GuardMessage::Claim(claim) => json!({ "claim": {
            "identity": hex(claim.identity().as_bytes()), "device": hex(claim.device().as_bytes()),
            "statements": claim.statements().iter().map(hex).collect::<Vec<_>>(),
        } }),
        GuardMessage::Pledged(pledged) => json!({ "pledged": describe_pledged(pledged) }),
        GuardMessage::Put { request, ticket } => {
            json!({ "put": { "request": request, "ticket": describe_ticket(ticket) } })
        }
        GuardMessage::Part(part) => json!({ "part": describe_part(part) }),
        GuardMessage::Done { request, outcome } => {
            json!({ "done": { "request": request, "outcome": word(*outcome) } })
        }
        GuardMessage::Get {
            request,
            owner,
            id,
            offset,
            length,
        } => json!({ "get": {
            "request": request, "owner": hex(owner.as_bytes()), "id": hex(id), "offset": offset, "length": length,
        } }),
        GuardMessage::Piece(part) => json!({ "piece": describe_part(part) }),
        GuardMessage::Absent { request } => json!({ "absent": request }),
        GuardMessage::List {
            request,
            owner,
            after,
        } => json!({ "list": {
            "request": request, "owner": hex(owner.as_bytes()), "after": after.as_ref().map(|id: &KeptId| hex(id)),
        } }),
        GuardMessage::Listed {
            request,
            items,
            more,
        } => json!({ "listed": {
            "request": request, "items": items.iter().map(describe_item).collect::<Vec<_>>(), "more": more,
        } }),
        GuardMessage::Release { request, release } => {
            json!({ "release": { "request": request, "release": describe_release(release) } })
        }
        GuardMessage::Attest { request, identity } => {
            json!({ "attest": { "request": request, "identity": hex(identity.as_bytes()) } })
        }
        GuardMessage::Fetch { request, owner, id } => json!({ "fetch": {
            "request": request, "owner": hex(owner.as_bytes()), "id": hex(id),
        } }),
        GuardMessage::Picture { request, root, id } => json!({ "picture": {
            "request": request, "root": hex(root), "id": hex(id),
        } }),
        GuardMessage::Coming { request, bytes } => {
            json!({ "coming": { "request": request, "bytes": bytes } })
        }
        GuardMessage::Attested { request, attested } => {
            let mut value = describe_attested(attested);
            value["request"] = (*request).into();
            json!({ "attested": value })
        }
    })
}

fn describe_pledged(pledged: &Pledged) -> Value {
    json!({
        "owner": hex(pledged.owner.as_bytes()),
        "guardian": hex(pledged.guardian.as_bytes()),
        "bytes": pledged.bytes,
        "used": pledged.used,
        "ends_ms": pledged.ends_ms,
    })
}

fn describe_part(part: &Part) -> Value {
    let (length, hash) = (part.bytes.len(), blake3::hash(&part.bytes));
    json!({ "request": part.request, "offset": part.offset, "length": length, "hash": hex(hash.as_bytes()) })
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Stored => "stored",
        Outcome::NoPledge => "no pledge",
        Outcome::OverQuota => "over quota",
        Outcome::Busy => "busy",
        Outcome::Mismatch => "mismatch",
        Outcome::Failed => "failed",
    }
}

fn describe_item(item: &Listed) -> Value {
    json!([hex(item.id), item.kind.code(), item.number, item.bytes])
}

fn describe_attested(attested: &Attested) -> Value {
    let logs = attested.logs.iter().map(|of| {
        let (device, id) = (hex(of.device.as_bytes()), hex(of.id.as_bytes()));
        json!([device, of.log.number(), of.seq, id])
    });
    let roots = attested
        .roots
        .iter()
        .map(|of| json!([of.number, hex(of.id), of.bytes]));
    json!({ "logs": logs.collect::<Vec<_>>(), "roots": roots.collect::<Vec<_>>() })
}

fn describe_ticket(ticket: &Ticket) -> Value {
    let terms = ticket.terms();
    json!({
        "owner": hex(terms.owner.as_bytes()),
        "guardian": hex(terms.guardian.as_bytes()),
        "id": hex(terms.id),
        "bytes": terms.bytes,
        "kind": terms.kind.code(),
        "number": terms.number,
        "generation": terms.generation,
        "expires_ms": terms.expires_ms,
        "device": hex(ticket.device().as_bytes()),
    })
}

fn describe_release(release: &Release) -> Value {
    json!({
        "owner": hex(release.owner().as_bytes()),
        "guardian": hex(release.guardian().as_bytes()),
        "device": hex(release.device().as_bytes()),
        "time_ms": release.time_ms(),
        "ids": release.ids().iter().map(hex).collect::<Vec<_>>(),
    })
}

/// A claim's frame, as the peer meets it that knows some statements already.
pub(crate) fn claim(frame: &[u8], given: &Value) -> Result<Value, String> {
    let GuardMessage::Claim(claim) = GuardMessage::from_bytes(frame).map_err(name)? else {
        return Err("Kind".to_owned());
    };
    let mut known = StatementSet::new(claim.identity());
    let blobs: Vec<_> = given["known"]
        .as_array()
        .unwrap()
        .iter()
        .map(unhex)
        .collect();
    known.merge(blobs.iter().map(Vec::as_slice)).map_err(name)?;
    let (from, to) = (unhex(&given["from"]), unhex(&given["to"]));
    let statements = claim.verify(&from, &to, &known).map_err(name)?;
    Ok(json!({
        "identity": hex(claim.identity().as_bytes()),
        "device": hex(claim.device().as_bytes()),
        "digest": hex(statements.digest()),
    }))
}

/// A ticket with its signature.
pub(crate) fn ticket(bytes: &[u8]) -> Result<Value, String> {
    let ticket = Ticket::from_bytes(bytes).map_err(name)?;
    assert_eq!(ticket.to_bytes(), bytes, "one value, one encoding");
    ticket.verify().map_err(name)?;
    Ok(describe_ticket(&ticket))
}

/// A release with its signature.
pub(crate) fn release(bytes: &[u8]) -> Result<Value, String> {
    let release = Release::from_bytes(bytes).map_err(name)?;
    assert_eq!(release.to_bytes(), bytes, "one value, one encoding");
    release.verify().map_err(name)?;
    Ok(describe_release(&release))
}
