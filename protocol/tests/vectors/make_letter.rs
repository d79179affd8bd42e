//! Sealed letters, and links that invite to a space.

use hearth_keys::{BoxSecret, Context, Identity, seal};
use hearth_protocol::invite::{InviteLink, InviteSecret};
use hearth_protocol::letter::{self, JoinRefusal, Letter, Matter, SEALED_BYTES};
use hearth_protocol::link::PeerLink;
use hearth_protocol::root::StatementSet;
use serde_json::{Value, json};

use crate::case::{File, Input, hex, unhex_array};
use crate::cbor;
use crate::people::{alice, bob, certificate, device, rng};
use crate::read::name;

pub(crate) fn files() -> Vec<File> {
    vec![letters(), invites()]
}

fn inbox() -> BoxSecret {
    BoxSecret::from_bytes([33; 32])
}

fn statements() -> StatementSet {
    let mut set = StatementSet::new(alice().identity());
    set.insert(certificate(&alice(), &device(1))).unwrap();
    set
}

fn letter(matter: Matter) -> Letter {
    Letter {
        to: bob().identity(),
        id: [8; 16],
        time_ms: 1_700_000_000_000,
        name: "Alice".to_owned(),
        inbox: (3, BoxSecret::from_bytes([44; 32]).public()),
        addresses: vec!["/ip4/192.0.2.7/tcp/4747".to_owned()],
        matter,
    }
}

fn secret() -> InviteSecret {
    InviteSecret::new([1; 16], [2; 16])
}

/// What is sealed, by hand: the record, with its length before it and zeros behind.
fn by_hand(to: &Identity, signer: u8, context: Context, time_ms: u64, filler: u8) -> Vec<u8> {
    let signed = cbor::array(&[
        cbor::uint(1),
        cbor::bytes(to.as_bytes()),
        cbor::bytes([8; 16]),
        cbor::uint(time_ms),
        cbor::text("Alice"),
        cbor::array(&[cbor::uint(0), cbor::bytes([44; 32])]),
        cbor::array(&[]),
        cbor::uint(2),
        cbor::bytes([]),
    ]);
    let device = device(signer);
    let statements: Vec<_> = statements().to_blobs().iter().map(cbor::bytes).collect();
    let record = cbor::array(&[
        cbor::bytes(alice().identity().as_bytes()),
        cbor::bytes(device.id().as_bytes()),
        cbor::bytes(&signed),
        cbor::bytes(device.sign(context, &signed).as_bytes()),
        cbor::array(&statements),
    ]);
    let mut padded = u16::try_from(record.len()).unwrap().to_be_bytes().to_vec();
    padded.extend(&record);
    padded.resize(SEALED_BYTES[0] - 48, filler);
    let info = [&b"hearth/letter/1"[..], bob().identity().as_bytes()].concat();
    seal(&inbox().public(), &info, &[], &padded, &mut rng())
}

fn letters() -> File {
    let mut file = File::new(
        "letter",
        "Sealed letters, opened with a secret of the inbox of the one that they are for.",
    );
    let given = json!({
        "to": hex(bob().identity().as_bytes()),
        "inbox_secret": hex(&inbox().expose_bytes()[..]),
    });
    let (space, invite) = ([6; 32], secret().id());
    let proof = secret().proof(&bob().identity(), &space, &alice().identity());
    let knock = |text: &str| Matter::Knock {
        text: text.to_owned(),
    };
    let cases = [
        ("a knock", knock("It's me")),
        ("a knock without a word", knock("")),
        ("the longest knock", knock(&"a".repeat(1024))),
        ("an acceptance", Matter::Accepted),
        (
            "asking to join",
            Matter::Join {
                space,
                invite,
                proof,
            },
        ),
        (
            "a refusal",
            Matter::Refused {
                space,
                invite,
                reason: JoinRefusal::Expired,
            },
        ),
        (
            "something newer",
            Matter::Unknown {
                kind: 77,
                payload: vec![1, 2, 3],
            },
        ),
    ];
    for (name, matter) in cases {
        let sealed = letter(matter).seal(&device(1), &statements(), &inbox().public(), &mut rng());
        file.valid(name, given.clone(), &sealed.unwrap());
    }
    let here = Context::LETTER;
    let bobs = bob().identity();
    let plain = by_hand(&bobs, 1, here, 5, 0);
    file.valid("by hand", given.clone(), &plain);
    let refused = [
        (
            "padded with something",
            "zeros follow the record",
            "Invalid: a letter is padded wrongly",
            by_hand(&bobs, 1, here, 5, 1),
        ),
        (
            "for somebody else",
            "sealed to Bob, it says that it is for Alice",
            "Misdirected",
            by_hand(&alice().identity(), 1, here, 5, 0),
        ),
        (
            "a stranger's device",
            "the device isn't certified",
            "Unsigned",
            by_hand(&bobs, 2, here, 5, 0),
        ),
        (
            "signed for something else",
            "a signature of a notice is none of a letter",
            "Unsigned",
            by_hand(&bobs, 1, Context::FOLLOW_NOTICE, 5, 0),
        ),
        (
            "beyond all time",
            "times stay below 2^47",
            "Invalid: a letter is out of bounds",
            by_hand(&bobs, 1, here, 1 << 47, 0),
        ),
        (
            "another length",
            "sealed letters have one of three lengths",
            "Sealed",
            plain[..2047].to_vec(),
        ),
        ("a changed byte", "it doesn't open", "Sealed", {
            let mut changed = plain.clone();
            changed[1000] ^= 1;
            changed
        }),
    ];
    for (name, reason, error, sealed) in refused {
        file.invalid(name, (reason, error), given.clone(), &sealed);
    }
    file
}

pub(crate) fn read_letter(bytes: &[u8], given: &Value) -> Result<Value, String> {
    let to = Identity::from_bytes(unhex_array(&given["to"]));
    let secret = BoxSecret::from_bytes(unhex_array(&given["inbox_secret"]));
    let opened = letter::open(&to, &secret, bytes)
        .map_err(|error| name(error).trim_start_matches("Record").to_owned())?;
    let said = &opened.letter;
    let matter = match &said.matter {
        Matter::Knock { text } => json!({ "knock": text }),
        Matter::Accepted => json!("accepted"),
        Matter::Join {
            space,
            invite,
            proof,
        } => json!({ "join": {
            "space": hex(space), "invite": hex(invite), "proof": hex(proof),
        } }),
        Matter::Refused {
            space,
            invite,
            reason,
        } => json!({ "refused": {
            "space": hex(space), "invite": hex(invite), "reason": reason.code(),
        } }),
        Matter::Unknown { kind, payload } => {
            json!({ "unknown": { "kind": kind, "payload": hex(payload) } })
        }
    };
    Ok(json!({
        "from": hex(opened.from.as_bytes()), "device": hex(opened.device.as_bytes()),
        "statements": opened.statements.len(), "id": hex(said.id), "time_ms": said.time_ms,
        "name": said.name, "inbox": [said.inbox.0, hex(said.inbox.1.as_bytes())],
        "addresses": said.addresses, "matter": matter,
    }))
}

fn invites() -> File {
    let mut file = File::new(
        "invite",
        "Links that invite to a space, and what proves to who made it that somebody has it.",
    );
    let given = json!({ "joiner": hex(bob().identity().as_bytes()) });
    let link = |via: &[&str]| InviteLink {
        from: PeerLink {
            identity: alice().identity(),
            via: via.iter().map(|&via| via.to_owned()).collect(),
        },
        space: [6; 32],
        secret: secret(),
    };
    let full = link(&["/ip4/192.0.2.7/tcp/4747", "/memory/1"]).to_string();
    let bare = link(&[]).to_string();
    for (name, text) in [("with addresses", &full), ("bare", &bare)] {
        file.valid(name, given.clone(), Input::Text(text));
    }
    let key = alice().identity();
    let refused = [
        (
            "a link to follow",
            "it has no secret",
            "NoInvite",
            format!("hearth:{key}"),
        ),
        (
            "no space",
            "it says no space",
            "NoInvite",
            format!("hearth:{key}?invite={}", "A".repeat(43)),
        ),
        (
            "half a space",
            "64 digits",
            "Invite",
            bare.replace("space=06", "space="),
        ),
        (
            "capital digits",
            "lower case",
            "Invite",
            bare.replace("space=06", "space=0F"),
        ),
        (
            "half a secret",
            "43 characters",
            "Invite",
            bare[..bare.len() - 4].to_owned(),
        ),
        (
            "padding",
            "base64url without padding",
            "Invite",
            format!("{bare}="),
        ),
        (
            "two secrets",
            "each once",
            "IsInvite",
            format!("{bare}&invite={}", "A".repeat(43)),
        ),
        (
            "another parameter",
            "only via, space and invite",
            "Parameter",
            format!("{bare}&at=1"),
        ),
    ];
    for (name, reason, error, text) in &refused {
        file.invalid(name, (reason, error), given.clone(), Input::Text(text));
    }
    file
}

pub(crate) fn read_invite(text: &[u8], given: &Value) -> Result<Value, String> {
    let text = std::str::from_utf8(text).unwrap();
    let link: InviteLink = text.parse().map_err(name)?;
    let inviter = link.from.identity;
    let joiner = Identity::from_bytes(unhex_array(&given["joiner"]));
    let proof = link.secret.proof(&inviter, &link.space, &joiner);
    assert!(link.secret.is_proof(&inviter, &link.space, &joiner, &proof));
    assert!(
        !link
            .secret
            .is_proof(&inviter, &link.space, &inviter, &proof)
    );
    Ok(json!({
        "identity": hex(inviter.as_bytes()), "via": link.from.via, "space": hex(link.space),
        "id": hex(link.secret.id()), "proof": hex(proof), "written": link.to_string(),
    }))
}
