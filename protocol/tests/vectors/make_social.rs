//! How shared spaces are run, what own devices record of epochs, what is carried; reactions and registers.

use hearth_keys::{DeviceId, Identity};
use hearth_protocol::bounds::SEQUENCE_MAX;
use hearth_protocol::codec::encode;
use hearth_protocol::content::social::register;
use hearth_protocol::content::{
    Carried, Content, Control, ControlOp, EpochRecord, Reaction, RecordedKeys, Reference, Register,
};
use hearth_protocol::entry::{EntryId, LogKey, LogNumber, LoneEntry, Place};
use hearth_protocol::space::{Commitment, MembersDigest, Space};
use serde_json::Value;

use crate::case::File;
use crate::cbor;
use crate::make_content::raw;
use crate::make_spaces::{club, epoch, raw_space};
use crate::more_log::Refused;
use crate::people::{alice, alices_place, bob, certificate, chain, device, entry, post};

pub(crate) fn files() -> Vec<File> {
    vec![controls(), records(), carried(), reactions(), registers()]
}

fn refuse(file: &mut File, cases: &[Refused]) {
    for (name, reason, error, bytes) in cases {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
}

fn parent_of(identity: Identity, id: u8) -> Reference {
    let log = LogKey {
        identity,
        device: DeviceId::from_bytes([3; 32]),
        log: LogNumber::SOCIAL,
    };
    Reference {
        place: Place { log, seq: 7 },
        id: EntryId::from_bytes([id; 32]),
    }
}

fn controls() -> File {
    let mut file = File::new("control", "How a shared space is run, as content.");
    let mut people = [alice().identity(), bob().identity()];
    people.sort();
    let number = |number| LogNumber::new(number).unwrap();
    let ends = vec![
        (DeviceId::from_bytes([1; 32]), number(0), 7),
        (DeviceId::from_bytes([1; 32]), number(4), 0),
        (DeviceId::from_bytes([2; 32]), number(0), (1 << 40) - 1),
    ];
    let previous = vec![
        epoch(club(), 0, 20).control_part(),
        epoch(club(), 1, 30).control_part(),
    ];
    let ops = [
        (
            "add",
            ControlOp::Add {
                members: people.to_vec(),
                inboxes: vec![Some(3), None],
                with_past: true,
            },
        ),
        (
            "remove",
            ControlOp::Remove {
                member: bob().identity(),
                ends,
            },
        ),
        (
            "remove, nothing counts",
            ControlOp::Remove {
                member: bob().identity(),
                ends: Vec::new(),
            },
        ),
        (
            "promote",
            ControlOp::Promote {
                member: bob().identity(),
            },
        ),
        (
            "rename",
            ControlOp::Rename {
                name: "n".repeat(256),
            },
        ),
        ("leave", ControlOp::Leave),
        (
            "epoch",
            ControlOp::Epoch {
                generation: 2,
                body: Commitment::to(&epoch(club(), 2, 40).body),
                control: Commitment::to(&epoch(club(), 2, 40).control),
                members: MembersDigest::from_bytes([6; 32]),
                inboxes: vec![Some(0), None, Some(u32::MAX)],
                previous,
            },
        ),
        (
            "a step to come",
            ControlOp::Unknown {
                kind: 200,
                payload: vec![1, 2, 3],
            },
        ),
    ];
    let control = |parents: Vec<_>, op| {
        Content::Control(Control {
            space: club(),
            parents,
            op,
        })
        .to_bytes()
    };
    let create = ControlOp::Create {
        name: "Readers ☕".into(),
    };
    let by_hand = raw_control(&club().to_bytes(), &[], 1, &[cbor::text("Readers ☕")]);
    assert_eq!(control(Vec::new(), create), by_hand);
    file.valid("create", Value::Null, &by_hand);
    for (name, op) in ops {
        file.valid(
            name,
            Value::Null,
            &control(vec![parent_of(alice().identity(), 9)], op),
        );
    }
    let heads = people.map(|who| parent_of(who, 7));
    file.valid(
        "two heads",
        Value::Null,
        &control(heads.to_vec(), ControlOp::Leave),
    );
    refuse(&mut file, &refused_parents());
    refuse(&mut file, &refused_ops());
    file
}

fn raw_control(space: &[u8], parents: &[Vec<u8>], kind: u64, op: &[Vec<u8>]) -> Vec<u8> {
    raw(
        13,
        &[
            space.to_vec(),
            cbor::array(parents),
            cbor::uint(kind),
            cbor::bytes(cbor::array(op)),
        ],
    )
}

fn raw_parent(byte: u8) -> Vec<u8> {
    raw_parent_at(byte, 0, 7)
}

fn raw_parent_at(byte: u8, log: u64, seq: u64) -> Vec<u8> {
    cbor::array(&[
        cbor::bytes([byte; 32]),
        cbor::bytes([3; 32]),
        cbor::uint(log),
        cbor::uint(seq),
        cbor::bytes([9; 32]),
    ])
}

fn op(kind: u64, op: &[Vec<u8>]) -> Vec<u8> {
    raw_control(&club().to_bytes(), &[raw_parent(1)], kind, op)
}

fn refused_parents() -> Vec<Refused> {
    let club = club().to_bytes();
    let many: Vec<_> = (0..25).map(raw_parent).collect();
    let order = "Invalid: a control entry names at most 24 others in ascending order";
    let first = "Invalid: only a space's first control entry names no other";
    let shared = "Invalid: only a shared space is run by entries";
    let leave = |space: &[u8], parents: &[Vec<u8>]| raw_control(space, parents, 6, &[]);
    let name = [cbor::text("Readers")];
    vec![
        (
            "no parents",
            "it saw the first step",
            first,
            leave(&club, &[]),
        ),
        (
            "create with a parent",
            "nothing came before",
            first,
            raw_control(&club, &[raw_parent(1)], 1, &name),
        ),
        ("25 parents", "24 at most", order, leave(&club, &many)),
        (
            "parents descending",
            "ascending",
            order,
            leave(&club, &[raw_parent(2), raw_parent(1)]),
        ),
        (
            "a parent out of bounds",
            "a log ends before",
            "Invalid: the place is out of bounds",
            leave(&club, &[raw_parent_at(1, 0, SEQUENCE_MAX + 1)]),
        ),
        (
            "a parent twice",
            "each once",
            order,
            leave(&club, &[raw_parent(1), raw_parent(1)]),
        ),
        (
            "of friends",
            "these are the owner's alone",
            shared,
            leave(&raw_space(3, &[[1; 32]], b""), &[raw_parent(1)]),
        ),
        (
            "of a kind of space to come",
            "unknown",
            "Version",
            leave(&raw_space(9, &[], b""), &[raw_parent(1)]),
        ),
    ]
}

fn refused_ops() -> Vec<Refused> {
    let member = |byte: u8| cbor::bytes([byte; 32]);
    let add_to = |members: &[Vec<u8>], inboxes: usize| {
        let inboxes = cbor::array(&vec![cbor::null(); inboxes]);
        op(2, &[cbor::array(members), inboxes, cbor::boolean(false)])
    };
    let add = |members: &[Vec<u8>]| add_to(members, members.len());
    let end = |device: u8, log: u64, seq: u64| {
        cbor::array(&[cbor::bytes([device; 32]), cbor::uint(log), cbor::uint(seq)])
    };
    let remove = |ends: &[Vec<u8>]| op(3, &[member(1), cbor::array(ends)]);
    let epoch = |generation: u64, inboxes: &[Vec<u8>], previous: &[Vec<u8>]| {
        op(
            7,
            &[
                cbor::uint(generation),
                cbor::bytes([4; 32]),
                cbor::bytes([5; 32]),
                cbor::bytes([6; 32]),
                cbor::array(inboxes),
                cbor::array(previous),
            ],
        )
    };
    let previous = |generation: u64| {
        let bytes = |byte: u8| cbor::bytes([byte; 32]);
        cbor::array(&[cbor::uint(generation), bytes(1), bytes(2), bytes(3)])
    };
    let many_ends: Vec<_> = (0..65).map(|log| end(1, log, 0)).collect();
    let many_previous: Vec<_> = (0..17).map(previous).collect();
    let name = "Invalid: a space's name has 1 to 256 bytes";
    let added = "Invalid: 1 to 512 members are added, in ascending order";
    let logs = "Invalid: a removal names at most 64 logs in ascending order, each once";
    let place = "Invalid: the place is out of bounds";
    let members = "Invalid: an epoch has 1 to 4096 members";
    let keys = "Invalid: an epoch hands on at most 16 control keys in ascending order";
    vec![
        (
            "no name",
            "it is called something",
            name,
            op(5, &[cbor::text("")]),
        ),
        (
            "name of 257 bytes",
            "256 at most",
            name,
            op(5, &[cbor::text(&"n".repeat(257))]),
        ),
        ("nobody added", "at least one", added, add(&[])),
        (
            "513 added",
            "512 at most",
            added,
            add(&vec![member(1); 513]),
        ),
        (
            "added descending",
            "ascending",
            added,
            add(&[member(2), member(1)]),
        ),
        (
            "added twice",
            "each once",
            added,
            add(&[member(1), member(1)]),
        ),
        (
            "one added, two inboxes",
            "one each",
            "Invalid: of each member that is added the inbox key's generation is told",
            add_to(&[member(1)], 2),
        ),
        (
            "added 31 bytes",
            "a key has 32",
            "Malformed",
            add(&[cbor::bytes([1; 31])]),
        ),
        ("65 ends", "64 at most", logs, remove(&many_ends)),
        (
            "ends descending",
            "ascending",
            logs,
            remove(&[end(2, 0, 0), end(1, 0, 0)]),
        ),
        (
            "a log ends twice",
            "one end each",
            logs,
            remove(&[end(1, 0, 1), end(1, 0, 2)]),
        ),
        (
            "end at sequence 2^40",
            "out of bounds",
            place,
            remove(&[end(1, 0, 1 << 40)]),
        ),
        (
            "end in log 2^48",
            "out of bounds",
            place,
            remove(&[end(1, 1 << 48, 0)]),
        ),
        (
            "leave with words",
            "it says nothing more",
            "Malformed",
            op(6, &[cbor::uint(1)]),
        ),
        (
            "promote nobody",
            "a field is missing",
            "Malformed",
            op(4, &[]),
        ),
        (
            "epoch of nobody",
            "its starter is in it",
            members,
            epoch(0, &[], &[]),
        ),
        (
            "epoch of 4,097",
            "4,096 at most",
            members,
            epoch(0, &vec![cbor::null(); 4097], &[]),
        ),
        (
            "17 earlier epochs",
            "16 at most",
            keys,
            epoch(20, &[cbor::null()], &many_previous),
        ),
        (
            "earlier epochs descending",
            "ascending",
            keys,
            epoch(2, &[cbor::null()], &[previous(1), previous(0)]),
        ),
        (
            "generation 2^32",
            "32 bits",
            "Malformed",
            epoch(1 << 32, &[cbor::null()], &[]),
        ),
        (
            "inbox generation 2^32",
            "32 bits",
            "Malformed",
            epoch(0, &[cbor::uint(1 << 32)], &[]),
        ),
        ("step 256", "a step is below 256", "Malformed", op(256, &[])),
    ]
}

fn records() -> File {
    let mut file = File::new(
        "epoch_records",
        "What own devices tell each other of epochs, as content.",
    );
    let mut people = [(alice().identity(), Some(1)), (bob().identity(), None)];
    people.sort();
    let whole = EpochRecord {
        keys: RecordedKeys::Whole(epoch(club(), 2, 40)),
        granter: bob().identity(),
        members: None,
    };
    let control = EpochRecord {
        keys: RecordedKeys::Control {
            space: club(),
            control: epoch(club(), 2, 40).control_part(),
        },
        ..whole.clone()
    };
    let friends = EpochRecord {
        keys: RecordedKeys::Whole(epoch(Space::Friends(alice().identity()), 0, 8)),
        granter: alice().identity(),
        members: Some(people.to_vec()),
    };
    let mut write = |name, records: &[EpochRecord]| {
        let content = Content::EpochRecords(records.to_vec());
        file.valid(name, Value::Null, &content.to_bytes());
    };
    write("both keys", std::slice::from_ref(&whole));
    write(
        "the control key alone, of the same epoch",
        std::slice::from_ref(&control),
    );
    write("friends", std::slice::from_ref(&friends));
    write("three at once", &[whole, friends, control]);

    let record = |whole: Vec<u8>, members: Vec<u8>| {
        let bytes = |byte: u8| cbor::bytes([byte; 32]);
        cbor::array(&[
            club().to_bytes(),
            cbor::uint(2),
            bytes(1),
            whole,
            bytes(2),
            bytes(3),
            bytes(4),
            members,
        ])
    };
    let member = |byte: u8| cbor::array(&[cbor::bytes([byte; 32]), cbor::null()]);
    let of = |records: &[Vec<u8>]| raw(14, &[cbor::array(records)]);
    let with = |members: &[Vec<u8>]| of(&[record(cbor::boolean(true), cbor::array(members))]);
    let named = "Invalid: a record names at most 768 members in ascending order";
    refuse(
        &mut file,
        &[
            (
                "no record",
                "at least one",
                "Invalid: 1 to 128 epochs are recorded at once",
                of(&[]),
            ),
            (
                "769 members",
                "768 at most",
                named,
                with(&vec![member(1); 769]),
            ),
            (
                "members descending",
                "ascending",
                named,
                with(&[member(2), member(1)]),
            ),
            (
                "a member twice",
                "each once",
                named,
                with(&[member(1), member(1)]),
            ),
            (
                "neither key nor commitment",
                "a boolean is no integer",
                "Malformed",
                of(&[record(cbor::uint(2), cbor::null())]),
            ),
        ],
    );
    file
}

fn carried() -> File {
    let mut file = File::new(
        "carried",
        "What a friend said, carried for others, as content. Signatures aren't checked here.",
    );
    let run = chain(&[post("Hello"), post("Again")]);
    let lone = LoneEntry {
        entry: entry(&run, 1),
        body: hearth_protocol::body::clear(&post("Again"), [0x55; 16]).unwrap(),
    };
    let statements = vec![certificate(&alice(), &device(1)).to_bytes()];
    let content = |statements| {
        let entry = Box::new(lone.clone());
        Content::Carried(Carried { statements, entry }).to_bytes()
    };
    file.valid(
        "a reply with its certificate",
        Value::Null,
        &content(statements),
    );
    file.valid("without statements", Value::Null, &content(Vec::new()));
    let lone = lone.to_bytes();
    let raw_carried =
        |statements: &[Vec<u8>], lone: &[u8]| raw(15, &[cbor::array(statements), lone.to_vec()]);
    let limit = "Invalid: at most 32 statements of 1536 bytes are carried along";
    let header_cut = cbor::array(&[
        cbor::bytes([0x80]),
        cbor::bytes([1; 64]),
        cbor::bytes([1; 20]),
    ]);
    refuse(
        &mut file,
        &[
            (
                "33 statements",
                "32 at most",
                limit,
                raw_carried(&vec![cbor::bytes([1]); 33], &lone),
            ),
            (
                "statement of 1,537 bytes",
                "1,536 at most",
                limit,
                raw_carried(&[cbor::bytes([1; 1537])], &lone),
            ),
            (
                "no header",
                "an entry has one",
                "Malformed",
                raw_carried(&[], &header_cut),
            ),
            (
                "no entry",
                "something is carried",
                "Malformed",
                raw(15, &[cbor::array(&[])]),
            ),
        ],
    );
    file
}

fn reactions() -> File {
    let mut file = File::new("reaction", "Reactions, as content.");
    let target = Reference {
        place: alices_place(3),
        id: EntryId::from_bytes([9; 32]),
    };
    let reaction = |emoji: &str, on| {
        let emoji = emoji.to_owned();
        Content::Reaction(Reaction { target, emoji, on }).to_bytes()
    };
    file.valid("fire", Value::Null, &reaction("🔥", true));
    file.valid("taken back", Value::Null, &reaction("🔥", false));
    file.valid("32 bytes", Value::Null, &reaction(&"👍".repeat(8), true));
    let raw_reaction = |seq: u64, emoji: &str| {
        let reference = cbor::array(&[
            cbor::bytes([1; 32]),
            cbor::bytes([2; 32]),
            cbor::uint(0),
            cbor::uint(seq),
            cbor::bytes([3; 32]),
        ]);
        raw(16, &[reference, cbor::text(emoji), cbor::boolean(true)])
    };
    let emoji = "Invalid: a reaction has 1 to 32 bytes";
    let place = "Invalid: the place is out of bounds";
    refuse(
        &mut file,
        &[
            ("no emoji", "at least one byte", emoji, raw_reaction(0, "")),
            (
                "33 bytes",
                "32 at most",
                emoji,
                raw_reaction(0, &"n".repeat(33)),
            ),
            (
                "to sequence 2^40",
                "out of bounds",
                place,
                raw_reaction(1 << 40, "n"),
            ),
            (
                "to nothing",
                "a reaction is to something",
                "Malformed",
                raw(16, &[cbor::null(), cbor::text("n"), cbor::boolean(true)]),
            ),
        ],
    );
    file
}

fn registers() -> File {
    let mut file = File::new("register", "Registers, as content.");
    let register = |register, key: &[u8], value: Option<&[u8]>| {
        let (key, value) = (key.to_vec(), value.map(<[u8]>::to_vec));
        Content::Register(Register {
            register,
            key,
            value,
        })
        .to_bytes()
    };
    let bob = bob().identity();
    file.valid(
        "mute",
        Value::Null,
        &register(register::MUTE, bob.as_bytes(), Some(b"")),
    );
    file.valid(
        "no longer",
        Value::Null,
        &register(register::MUTE, bob.as_bytes(), None),
    );
    file.valid(
        "setting",
        Value::Null,
        &register(register::SETTING, b"theme", Some(b"dark")),
    );
    let notice = encode(&(1_700_000_000_000u64, true, "Bob"));
    file.valid(
        "somebody follows",
        Value::Null,
        &register(register::FOLLOWER, bob.as_bytes(), Some(&notice)),
    );
    file.valid(
        "as long as can be",
        Value::Null,
        &register(255, &[7; 64], Some(&[8; 2048])),
    );
    file.valid("no key", Value::Null, &register(200, b"", None));
    let long = "Invalid: a register has a key of at most 64 bytes and a value of at most 2048";
    let raw_register = |number: u64, key: &[u8], value: Vec<u8>| {
        raw(17, &[cbor::uint(number), cbor::bytes(key), value])
    };
    refuse(
        &mut file,
        &[
            (
                "key of 65 bytes",
                "64 at most",
                long,
                raw_register(1, &[7; 65], cbor::null()),
            ),
            (
                "value of 2,049 bytes",
                "2,048 at most",
                long,
                raw_register(1, b"", cbor::bytes([8; 2049])),
            ),
            (
                "register 256",
                "a register is below 256",
                "Malformed",
                raw_register(256, b"", cbor::null()),
            ),
            (
                "a value of text",
                "a value is bytes",
                "NotCanonical",
                raw_register(1, b"", cbor::text("dark")),
            ),
            (
                "a value of true",
                "a value is bytes or null",
                "Malformed",
                raw_register(1, b"", cbor::boolean(true)),
            ),
        ],
    );
    file
}
