//! What owners and guardians say to each other.

use hearth_keys::{Context, Identity};
use hearth_protocol::entry::{EntryId, LogNumber};
use hearth_protocol::guardian::{
    Attested, AttestedLog, AttestedRoot, GuardMessage, Listed, Outcome, Part, Pledged, Release,
    ShardKind, Terms, Ticket,
};
use serde_json::Value;

use crate::case::File;
use crate::cbor;
use crate::make_claim::{alices_claim, claims};
use crate::people::{alice, bob, device};

pub(crate) fn files() -> Vec<File> {
    vec![messages(), claims(), tickets(), releases()]
}

/// Why an input is refused: for people, and the class.
type Why = (&'static str, &'static str);
/// A case that is refused: its name, why, its bytes.
type Refused = (&'static str, Why, Vec<u8>);

const NUMBERED: Why = ("requests count from 1", "Invalid: a request has a number");
const PART_BOUNDS: &str = "Invalid: a part is out of bounds";
const KEPT_BYTES_MAX: u64 = 9 << 20;

pub(crate) fn frame(kind: u64, payload: &[Vec<u8>]) -> Vec<u8> {
    let payload = cbor::bytes(cbor::array(payload));
    cbor::array(&[cbor::uint(kind), payload])
}

fn key(identity: Identity) -> Vec<u8> {
    cbor::bytes(identity.as_bytes())
}

fn terms(kind: ShardKind) -> Terms {
    Terms {
        owner: alice().identity(),
        guardian: bob().identity(),
        id: *blake3::hash(b"a shard").as_bytes(),
        bytes: 7,
        kind,
        number: 300,
        generation: 2,
        expires_ms: 1_800_000_000_000,
    }
}

fn ticket(kind: ShardKind) -> Ticket {
    Ticket::sign(&device(1), terms(kind))
}

fn release(ids: &[[u8; 32]]) -> Release {
    let (owner, guardian) = (alice().identity(), bob().identity());
    Release::sign(&device(1), owner, guardian, 1_750_000_000_000, ids).unwrap()
}

fn pledged(ends_ms: Option<u64>) -> GuardMessage {
    GuardMessage::Pledged(Pledged {
        owner: alice().identity(),
        guardian: bob().identity(),
        bytes: 5_000_000_000,
        used: 70_000,
        ends_ms,
    })
}

fn piece(offset: u32, bytes: &[u8]) -> Part {
    let bytes = bytes.to_vec();
    Part {
        request: 3,
        offset,
        bytes,
    }
}

fn attested() -> Attested {
    let log = AttestedLog {
        device: device(1).id(),
        log: LogNumber::SOCIAL,
        seq: 70,
        id: EntryId::from_bytes([7; 32]),
    };
    let root = |number| AttestedRoot {
        number,
        id: [8; 32],
        bytes: 4_200,
    };
    Attested {
        logs: vec![log],
        roots: vec![root(12), root(11)],
    }
}

fn asking() -> Vec<(&'static str, GuardMessage)> {
    let owner = alice().identity();
    let list = |after| GuardMessage::List {
        request: 4,
        owner,
        after,
    };
    let get = |offset, length| GuardMessage::Get {
        request: 5,
        owner,
        id: [9; 32],
        offset,
        length,
    };
    let whole = u32::try_from(KEPT_BYTES_MAX).unwrap();
    let put = GuardMessage::Put {
        request: 3,
        ticket: ticket(ShardKind::Page),
    };
    let release = GuardMessage::Release {
        request: u32::MAX,
        release: release(&[[2; 32], [1; 32]]),
    };
    let attest = GuardMessage::Attest {
        request: 6,
        identity: owner,
    };
    let fetch = GuardMessage::Fetch {
        request: 7,
        owner,
        id: [9; 32],
    };
    let picture = |id| GuardMessage::Picture {
        request: 8,
        root: [9; 32],
        id: [id; 32],
    };
    vec![
        ("put", put),
        ("part", GuardMessage::Part(piece(0, b"a shard"))),
        (
            "part, the longest",
            GuardMessage::Part(piece(65_536, &[0; 1 << 16])),
        ),
        (
            "part, the last byte there can be",
            GuardMessage::Part(piece(whole - 1, b"!")),
        ),
        ("get", get(65_536, 100)),
        ("get all there can be", get(0, whole)),
        ("list", list(None)),
        ("list further", list(Some([9; 32]))),
        ("release", release),
        ("attest", attest),
        ("fetch", fetch),
        ("picture", picture(9)),
        ("picture, a part", picture(10)),
    ]
}

fn answers() -> Vec<(&'static str, GuardMessage)> {
    let item = |byte, kind, number| Listed {
        id: [byte; 32],
        kind,
        number,
        bytes: 70_000,
    };
    let listed = |items: &[Listed], more| GuardMessage::Listed {
        request: 4,
        items: items.to_vec(),
        more,
    };
    let items = [
        item(1, ShardKind::Shard, 300),
        item(2, ShardKind::Page, 1),
        item(3, ShardKind::Root, (1 << 40) - 1),
    ];
    let done = |outcome| GuardMessage::Done {
        request: 3,
        outcome,
    };
    let coming = |bytes| GuardMessage::Coming { request: 7, bytes };
    let attested = |attested| GuardMessage::Attested {
        request: 6,
        attested,
    };
    vec![
        ("pledged", pledged(None)),
        ("pledged, and it ends", pledged(Some((1 << 47) - 1))),
        ("done", done(Outcome::Stored)),
        ("done: no pledge", done(Outcome::NoPledge)),
        ("done: over quota", done(Outcome::OverQuota)),
        ("done: busy", done(Outcome::Busy)),
        ("done: mismatch", done(Outcome::Mismatch)),
        ("done: failed", done(Outcome::Failed)),
        ("piece", GuardMessage::Piece(piece(7, b"of a shard"))),
        ("absent", GuardMessage::Absent { request: 5 }),
        ("listed", listed(&items, true)),
        ("listed: nothing", listed(&[], false)),
        ("attested", attested(self::attested())),
        ("attested: nothing", attested(Attested::default())),
        ("coming", coming(70_000)),
        (
            "coming: the most",
            coming(u32::try_from(KEPT_BYTES_MAX).unwrap()),
        ),
    ]
}

fn messages() -> File {
    let about = "Frames between owners and guardians. Signatures aren't checked here.";
    let mut file = File::new("guard_message", about);
    file.valid("claim", Value::Null, &alices_claim());
    for (name, message) in asking().into_iter().chain(answers()) {
        file.valid(name, Value::Null, &message.to_bytes());
    }
    let refused = [
        refused_frames(),
        refused_pledges(),
        refused_parts(),
        refused_requests(),
        refused_lists(),
        refused_attested(),
        refused_objects(),
    ];
    for (name, why, bytes) in refused.concat() {
        file.invalid(name, why, Value::Null, &bytes);
    }
    file
}

fn refused_frames() -> Vec<Refused> {
    let absent = frame(39, &[cbor::uint(5)]);
    assert_eq!(GuardMessage::Absent { request: 5 }.to_bytes(), absent);
    let wide = [&[0x82, 0x19, 0, 39], &absent[3..]].concat();
    let unknown = |kind| frame(kind, &[cbor::uint(5)]);
    vec![
        ("a kind to come", ("not known yet", "Version"), unknown(48)),
        ("a kind below", ("replication's", "Version"), unknown(6)),
        (
            "a byte left over",
            ("one value", "Malformed"),
            [&absent[..], &[0]].concat(),
        ),
        (
            "cut off",
            ("a byte is missing", "Malformed"),
            absent[..absent.len() - 1].to_vec(),
        ),
        (
            "a wide kind",
            ("not as short as it can be", "NotCanonical"),
            wide,
        ),
        (
            "a wide number inside",
            ("not as short as it can be", "NotCanonical"),
            frame(39, &[vec![0x18, 5]]),
        ),
        (
            "too long",
            ("256 KiB at most", "TooLong"),
            cbor::array(&[cbor::uint(35), cbor::bytes(vec![0; 256 << 10])]),
        ),
    ]
}

fn refused_objects() -> Vec<Refused> {
    let coming = |bytes| frame(46, &[cbor::uint(7), cbor::uint(bytes)]);
    let good = GuardMessage::Coming {
        request: 7,
        bytes: 70_000,
    };
    assert_eq!(good.to_bytes(), coming(70_000));
    let bounds = "Invalid: an object is out of bounds";
    vec![
        ("coming: nothing", ("at least one byte", bounds), coming(0)),
        (
            "coming: too much",
            ("at most 9 MiB", bounds),
            coming(KEPT_BYTES_MAX + 1),
        ),
        (
            "picture: no number",
            NUMBERED,
            frame(
                47,
                &[cbor::uint(0), cbor::bytes([9; 32]), cbor::bytes([9; 32])],
            ),
        ),
        (
            "fetch: no number",
            NUMBERED,
            frame(
                45,
                &[cbor::uint(0), key(alice().identity()), cbor::bytes([9; 32])],
            ),
        ),
    ]
}

fn refused_pledges() -> Vec<Refused> {
    let (owner, guardian) = (key(alice().identity()), key(bob().identity()));
    let pledged = |used: Vec<u8>, ends: Vec<u8>| {
        let (owner, guardian) = (owner.clone(), guardian.clone());
        frame(
            33,
            &[owner, guardian, cbor::uint(5_000_000_000), used, ends],
        )
    };
    let good = pledged(cbor::uint(70_000), cbor::null());
    assert_eq!(self::pledged(None).to_bytes(), good);
    let done = |request, outcome| frame(36, &[cbor::uint(request), cbor::uint(outcome)]);
    vec![
        (
            "pledged: ends too late",
            ("at most 2^47 - 1", "Invalid: the time is out of bounds"),
            pledged(cbor::uint(0), cbor::uint(1 << 47)),
        ),
        (
            "pledged: less than nothing",
            ("no number below 0", "Malformed"),
            pledged(cbor::int(-1), cbor::null()),
        ),
        (
            "pledged: no word on the end",
            ("five fields", "Malformed"),
            frame(33, &[owner.clone(), guardian.clone(), vec![0], vec![0]]),
        ),
        (
            "done: an outcome to come",
            ("0 to 5", "Version"),
            done(3, 6),
        ),
        ("done: nothing", NUMBERED, done(0, 0)),
        (
            "claim: 129 statements",
            ("128 at most", "Invalid: too many items"),
            frame(
                32,
                &[
                    owner.clone(),
                    owner,
                    cbor::bytes(b""),
                    cbor::bytes([0; 64]),
                    cbor::array(&vec![cbor::bytes(b""); 129]),
                ],
            ),
        ),
    ]
}

fn refused_parts() -> Vec<Refused> {
    let part = |kind, request, offset, bytes: &[u8]| {
        let numbers = [cbor::uint(request), cbor::uint(offset)];
        let [request, offset] = numbers;
        frame(kind, &[request, offset, cbor::bytes(bytes)])
    };
    let good = GuardMessage::Part(piece(0, b"a shard")).to_bytes();
    assert_eq!(good, part(35, 3, 0, b"a shard"));
    let beyond = ("9 MiB at most", PART_BOUNDS);
    vec![
        (
            "part: nothing",
            ("a byte at least", PART_BOUNDS),
            part(35, 3, 0, b""),
        ),
        (
            "part: too long",
            ("64 KiB at most", PART_BOUNDS),
            part(35, 3, 0, &[0; (1 << 16) + 1]),
        ),
        (
            "part: beyond the end",
            beyond,
            part(35, 3, KEPT_BYTES_MAX, b"!"),
        ),
        (
            "part: over the end",
            beyond,
            part(35, 3, KEPT_BYTES_MAX - 1, b"!!"),
        ),
        ("part: of nothing", NUMBERED, part(35, 0, 0, b"!")),
        (
            "part: an offset too wide",
            ("32 bits", "Malformed"),
            part(35, 3, 1 << 32, b"!"),
        ),
        (
            "piece: nothing",
            ("a byte at least", PART_BOUNDS),
            part(38, 3, 0, b""),
        ),
        ("piece: of nothing", NUMBERED, part(38, 0, 0, b"!")),
    ]
}

fn refused_requests() -> Vec<Refused> {
    let owner = key(alice().identity());
    let id = cbor::bytes([9; 32]);
    let get = |request, offset, length| {
        let [request, offset, length] = [request, offset, length].map(cbor::uint);
        frame(37, &[request, owner.clone(), id.clone(), offset, length])
    };
    let good = asking().into_iter().find(|(name, _)| *name == "get");
    assert_eq!(good.unwrap().1.to_bytes(), get(5, 65_536, 100));
    let put = |request, ticket: &[u8]| frame(34, &[cbor::uint(request), cbor::bytes(ticket)]);
    let ticket = ticket(ShardKind::Page).to_bytes();
    let release = release(&[[1; 32]]).to_bytes();
    let beyond = ("9 MiB at most", "Invalid: a request is out of bounds");
    let nothing = ("a byte at least", "Invalid: a request is out of bounds");
    vec![
        ("get: nothing", nothing, get(5, 0, 0)),
        ("get: too much", beyond, get(5, 1, KEPT_BYTES_MAX)),
        ("get: without a number", NUMBERED, get(0, 0, 1)),
        (
            "get: a number too wide",
            ("32 bits", "Malformed"),
            get(1 << 32, 0, 1),
        ),
        ("put: without a number", NUMBERED, put(0, &ticket)),
        (
            "put: no ticket",
            ("the ticket ends early", "Malformed"),
            put(3, &ticket[..ticket.len() - 1]),
        ),
        (
            "put: a long ticket",
            ("512 bytes at most", "TooLong"),
            put(3, &[0; 513]),
        ),
        (
            "release: without a number",
            NUMBERED,
            frame(42, &[cbor::uint(0), cbor::bytes(&release)]),
        ),
        ("absent: nothing", NUMBERED, frame(39, &[cbor::uint(0)])),
        (
            "attest: a short key",
            ("32 bytes", "Malformed"),
            frame(43, &[cbor::uint(6), cbor::bytes([1; 31])]),
        ),
        (
            "attest: without a number",
            NUMBERED,
            frame(43, &[cbor::uint(0), owner.clone()]),
        ),
        (
            "list: after a short id",
            ("32 bytes", "Malformed"),
            frame(40, &[cbor::uint(4), owner.clone(), cbor::bytes([1; 31])]),
        ),
        (
            "list: without a number",
            NUMBERED,
            frame(40, &[cbor::uint(0), owner.clone(), cbor::null()]),
        ),
    ]
}

fn item(byte: u8, [kind, number, bytes]: [u64; 3]) -> Vec<u8> {
    let id = cbor::bytes([byte; 32]);
    cbor::array(&[id, cbor::uint(kind), cbor::uint(number), cbor::uint(bytes)])
}

fn refused_lists() -> Vec<Refused> {
    let with = |request, items: &[Vec<u8>], more| {
        frame(41, &[cbor::uint(request), cbor::array(items), more])
    };
    let listed = |items: &[Vec<u8>]| with(4, items, cbor::boolean(false));
    let good = |byte| item(byte, [1, 300, 70_000]);
    let order = "Invalid: items are ascending, each once";
    let bounds = "Invalid: an item is out of bounds";
    let one = |kind, number, bytes| listed(&[item(1, [kind, number, bytes])]);
    vec![
        (
            "listed: 1,025",
            ("1,024 at most", "Invalid: too many items"),
            listed(&vec![good(1); 1025]),
        ),
        (
            "listed: twice",
            ("each once", order),
            listed(&[good(1), good(1)]),
        ),
        (
            "listed: descending",
            ("by ascending id", order),
            listed(&[good(2), good(1)]),
        ),
        ("listed: no kind", ("1 to 3", bounds), one(0, 300, 70_000)),
        (
            "listed: a fourth kind",
            ("1 to 3", bounds),
            one(4, 300, 70_000),
        ),
        ("listed: empty", ("a byte at least", bounds), one(1, 300, 0)),
        (
            "listed: too long",
            ("9 MiB at most", bounds),
            one(1, 300, KEPT_BYTES_MAX + 1),
        ),
        (
            "listed: a number too high",
            ("at most 2^40 - 1", bounds),
            one(1, 1 << 40, 70_000),
        ),
        (
            "listed: more is no number",
            ("true or false", "Malformed"),
            with(4, &[], cbor::uint(1)),
        ),
        (
            "listed: without a number",
            NUMBERED,
            with(0, &[], cbor::boolean(false)),
        ),
    ]
}

fn refused_attested() -> Vec<Refused> {
    let log = |number, seq| {
        let device = cbor::bytes(device(1).id().as_bytes());
        cbor::array(&[
            device,
            cbor::uint(number),
            cbor::uint(seq),
            cbor::bytes([7; 32]),
        ])
    };
    let root =
        |number, bytes| cbor::array(&[cbor::uint(number), cbor::bytes([8; 32]), cbor::uint(bytes)]);
    let with = |request, logs: &[Vec<u8>], roots: &[Vec<u8>]| {
        frame(
            44,
            &[cbor::uint(request), cbor::array(logs), cbor::array(roots)],
        )
    };
    let good = GuardMessage::Attested {
        request: 6,
        attested: attested(),
    };
    let by_hand = with(6, &[log(0, 70)], &[root(12, 4_200), root(11, 4_200)]);
    assert_eq!(good.to_bytes(), by_hand);
    let logs = |logs: &[Vec<u8>]| with(6, logs, &[]);
    let roots = |roots: &[Vec<u8>]| with(6, &[], roots);
    let bounds = "Invalid: what is attested is out of bounds";
    vec![
        (
            "attested: 129 logs",
            ("128 at most", bounds),
            logs(&vec![log(0, 70); 129]),
        ),
        (
            "attested: 17 roots",
            ("16 at most", bounds),
            roots(&vec![root(12, 4_200); 17]),
        ),
        (
            "attested: a log too high",
            ("at most 2^48 - 1", bounds),
            logs(&[log(1 << 48, 70)]),
        ),
        (
            "attested: a sequence too high",
            ("at most 2^40 - 1", bounds),
            logs(&[log(0, 1 << 40)]),
        ),
        (
            "attested: a root's number too high",
            ("at most 2^40 - 1", bounds),
            roots(&[root(1 << 40, 4_200)]),
        ),
        (
            "attested: an empty root",
            ("a byte at least", bounds),
            roots(&[root(12, 0)]),
        ),
        (
            "attested: a long root",
            ("9 MiB at most", bounds),
            roots(&[root(12, KEPT_BYTES_MAX + 1)]),
        ),
        ("attested: without a number", NUMBERED, with(0, &[], &[])),
    ]
}

/// What is signed and its signature, by hand.
fn signed(by: u8, context: Context, fields: &[Vec<u8>]) -> Vec<u8> {
    let inner = cbor::array(fields);
    let signature = device(by).sign(context, &inner);
    cbor::array(&[cbor::bytes(&inner), cbor::bytes(signature.as_bytes())])
}

/// The fields of the ticket for a shard, one of them another.
fn ticket_fields(at: usize, field: Vec<u8>) -> Vec<Vec<u8>> {
    let terms = terms(ShardKind::Shard);
    let mut fields = vec![
        cbor::uint(1),
        key(terms.owner),
        key(terms.guardian),
        cbor::bytes(terms.id),
        cbor::uint(terms.bytes.into()),
        cbor::uint(1),
        cbor::uint(terms.number),
        cbor::uint(terms.generation.into()),
        cbor::uint(terms.expires_ms),
        cbor::bytes(device(1).id().as_bytes()),
    ];
    fields[at] = field;
    fields
}

fn tickets() -> File {
    let about = "An owner's word for what a guardian keeps, with its signature.";
    let mut file = File::new("ticket", about);
    let with = |at, field| signed(1, Context::TICKET, &ticket_fields(at, field));
    let number = |at, value| with(at, cbor::uint(value));
    let good = ticket(ShardKind::Shard).to_bytes();
    assert_eq!(good, number(0, 1));
    file.valid("for a shard", Value::Null, &good);
    for (name, kind) in [
        ("for a page", ShardKind::Page),
        ("for a root", ShardKind::Root),
    ] {
        file.valid(name, Value::Null, &ticket(kind).to_bytes());
    }
    file.valid(
        "for all there can be",
        Value::Null,
        &number(4, KEPT_BYTES_MAX),
    );
    let bounds = "Invalid: a ticket is out of bounds";
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    let release = signed(1, Context::RELEASE, &ticket_fields(0, cbor::uint(1)));
    let others = signed(2, Context::TICKET, &ticket_fields(0, cbor::uint(1)));
    let forged = "BadSignature";
    let refused: Vec<Refused> = vec![
        ("version 2", ("unknown version", "Version"), number(0, 2)),
        ("for nothing", ("a byte at least", bounds), number(4, 0)),
        (
            "for too much",
            ("9 MiB at most", bounds),
            number(4, KEPT_BYTES_MAX + 1),
        ),
        ("no kind", ("1 to 3", bounds), number(5, 0)),
        ("a fourth kind", ("1 to 3", bounds), number(5, 4)),
        (
            "a number too high",
            ("at most 2^40 - 1", bounds),
            number(6, 1 << 40),
        ),
        (
            "a generation too high",
            ("32 bits", "Malformed"),
            number(7, 1 << 32),
        ),
        (
            "expires too late",
            ("at most 2^47 - 1", bounds),
            number(8, 1 << 47),
        ),
        (
            "a short id",
            ("32 bytes", "Malformed"),
            with(3, cbor::bytes([1; 31])),
        ),
        (
            "a wide number",
            ("not as short as it can be", "NotCanonical"),
            with(4, vec![0x18, 7]),
        ),
        (
            "a changed signature",
            ("it isn't the device's", forged),
            changed,
        ),
        (
            "another's signature",
            ("it isn't the device's", forged),
            others,
        ),
        (
            "signed as a release",
            ("each kind of signature has its label", forged),
            release,
        ),
        (
            "a byte left over",
            ("one value", "Malformed"),
            [&good[..], &[0]].concat(),
        ),
        ("too long", ("512 bytes at most", "TooLong"), vec![0; 513]),
    ];
    for (name, why, bytes) in &refused {
        file.invalid(name, *why, Value::Null, bytes);
    }
    file
}

/// The fields of a release, by hand.
fn release_fields(version: u64, time_ms: u64, ids: &[u8]) -> Vec<Vec<u8>> {
    let ids: Vec<_> = ids.iter().map(|byte| cbor::bytes([*byte; 32])).collect();
    vec![
        cbor::uint(version),
        key(alice().identity()),
        key(bob().identity()),
        cbor::bytes(device(1).id().as_bytes()),
        cbor::uint(time_ms),
        cbor::array(&ids),
    ]
}

fn releases() -> File {
    let about = "An owner's word for what a guardian needn't keep, with its signature.";
    let mut file = File::new("release", about);
    let by =
        |who, context, ids: &[u8]| signed(who, context, &release_fields(1, 1_750_000_000_000, ids));
    let of = |ids: &[u8]| by(1, Context::RELEASE, ids);
    let with =
        |version, time_ms| signed(1, Context::RELEASE, &release_fields(version, time_ms, &[1]));
    assert_eq!(release(&[[1; 32], [2; 32]]).to_bytes(), of(&[1, 2]));
    file.valid("of one", Value::Null, &of(&[9]));
    file.valid("of two", Value::Null, &of(&[1, 2]));
    let many: Vec<[u8; 32]> = (0..512_u16)
        .map(|number| *blake3::hash(&number.to_be_bytes()).as_bytes())
        .collect();
    file.valid("of 512", Value::Null, &release(&many).to_bytes());
    let count = "Invalid: a release names 1 to 512 things";
    let order = "Invalid: a release names its ids in ascending order, each once";
    let good = of(&[1, 2]);
    let mut changed = good.clone();
    *changed.last_mut().unwrap() ^= 1;
    let forged = ("it isn't the device's", "BadSignature");
    let refused: Vec<Refused> = vec![
        ("version 2", ("unknown version", "Version"), with(2, 5)),
        ("of nothing", ("1 at least", count), of(&[])),
        ("of 513", ("512 at most", count), of(&[1; 513])),
        (
            "said too late",
            ("at most 2^47 - 1", count),
            with(1, 1 << 47),
        ),
        ("twice the same", ("each once", order), of(&[1, 1])),
        ("descending", ("ascending", order), of(&[2, 1])),
        ("a changed signature", forged, changed),
        ("another's signature", forged, by(2, Context::RELEASE, &[1])),
        (
            "signed as a ticket",
            ("each kind of signature has its label", "BadSignature"),
            by(1, Context::TICKET, &[1]),
        ),
        (
            "a byte left over",
            ("one value", "Malformed"),
            [&good[..], &[0]].concat(),
        ),
        (
            "cut off",
            ("a byte is missing", "Malformed"),
            good[..good.len() - 1].to_vec(),
        ),
    ];
    for (name, why, bytes) in &refused {
        file.invalid(name, *why, Value::Null, bytes);
    }
    file
}
