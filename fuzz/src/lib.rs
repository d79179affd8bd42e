//! One small target for each thing that reads foreign bytes, and one over a whole machine.
//!
//! Each is a function that must not panic, whatever it is fed, and that holds what was accepted against what the reader
//! promises. [`TARGETS`] names them all; `tests/corpus.rs` runs them on stable, `fuzz_targets/` hands them to libFuzzer.

mod backup;
mod cast;
mod guardian;
mod history;
mod home;
mod mallory;
mod mesh;
mod objects;
mod session;
mod spaces;
mod world;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hearth_keys::{BoxSecret, Identity, KeyFileKind, Phrase, keyfile};
use hearth_protocol::archive::{Archive, Counts, MAGIC, end_item, run_item, statements_item};
use hearth_protocol::body as envelope;
use hearth_protocol::content::Content;
use hearth_protocol::device_link::{DEVICE_SCHEME, DeviceLink};
use hearth_protocol::entry::{Header, LoneEntry};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::ingest::effective_delete;
use hearth_protocol::invite::InviteLink;
use hearth_protocol::letter;
use hearth_protocol::link::PeerLink;
use hearth_protocol::message::Message;
use hearth_protocol::root::Statement;
use hearth_protocol::run::Run;

pub use backup::{pack_contents, pack_records, page, root, sealed_pack, segment, shards};
pub use guardian::guard_message;
pub use history::resolve;
pub use mesh::mesh;
pub use objects::{list, object};
pub use session::sync_session;
pub use spaces::{control, epoch_grant};

/// A target: eats bytes, panics when a promise is broken.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 32] = [
    ("archive", archive),
    ("body", body),
    ("content", content),
    ("control", control),
    ("device_link", device_link),
    ("entry", entry),
    ("epoch_grant", epoch_grant),
    ("fork_proof", fork_proof),
    ("guard_message", guard_message),
    ("header", header),
    ("identity_text", identity_text),
    ("invite", invite),
    ("keyfile", keyfile),
    ("letter", letter),
    ("link", link),
    ("list", list),
    ("mesh", mesh),
    ("message", message),
    ("object", object),
    ("pack_contents", pack_contents),
    ("pack_records", pack_records),
    ("page", page),
    ("phrase", phrase),
    ("resolve", resolve),
    ("root", root),
    ("run_ingest", run_ingest),
    ("sealed", sealed),
    ("sealed_pack", sealed_pack),
    ("segment", segment),
    ("shards", shards),
    ("statement", statement),
    ("sync_session", sync_session),
];

/// An export file, as a whole.
pub fn archive(data: &[u8]) {
    let Ok(Archive { statements, runs }) = Archive::from_bytes(data) else {
        return;
    };
    let mut again = [&MAGIC[..], &statements_item(&statements)].concat();
    let mut counts = Counts::default();
    for (run, deletes) in &runs {
        counts.add(run);
        again.extend(run_item(run, deletes));
    }
    again.extend(end_item(counts));
    assert_eq!(again, data, "one value, one encoding");
    for (run, _) in runs {
        if let Ok(chain) = run.clone().chain() {
            assert_eq!(
                chain.to_run(),
                run,
                "what follows from neighbours is all that is left out"
            );
        }
    }
}

/// A lone entry: header, signature, body.
pub fn entry(data: &[u8]) {
    if let Ok(lone) = LoneEntry::from_bytes(data) {
        assert_eq!(lone.to_bytes(), data, "one value, one encoding");
        let matches = lone.body_matches();
        if effective_delete(&lone).is_some() {
            assert!(lone.entry.verify().is_ok());
        }
        assert!(
            !matches || !lone.body.is_empty(),
            "no header names an empty body"
        );
    }
}

/// An entry's header.
pub fn header(data: &[u8]) {
    if let Ok(header) = Header::from_bytes(data) {
        assert_eq!(header.to_bytes(), data, "one value, one encoding");
        assert_eq!(header.check_bounds(), Ok(()));
    }
}

/// The content inside a body.
pub fn content(data: &[u8]) {
    if let Ok(content) = Content::from_bytes(data) {
        assert_eq!(content.to_bytes(), data, "one value, one encoding");
    }
}

/// A body, with a key at hand.
pub fn body(data: &[u8]) {
    let world = world::world();
    if let Ok(content) = envelope::open(data, &world.place(0), [&world.space_key]) {
        let opens_clear = envelope::open_clear(data).is_ok_and(|clear| clear == content);
        assert_eq!(opens_clear, envelope::is_clear(data));
    }
}

/// A root statement.
pub fn statement(data: &[u8]) {
    if let Ok(statement) = Statement::from_bytes(data) {
        assert_eq!(statement.to_bytes(), data, "one value, one encoding");
        let mut set = world::world().statements.clone();
        let same = statement.identity() == set.identity();
        assert_eq!(set.insert(statement).is_ok(), same);
    }
}

/// A run, taken in by a store that holds one branch of its log.
pub fn run_ingest(data: &[u8]) {
    let Ok(run) = Run::from_bytes(data) else {
        return;
    };
    assert_eq!(run.to_bytes(), data, "one value, one encoding");
    let world = world::world();
    let mut store = world.store();
    let log = run.log;
    let before = store.state(&log).cloned();
    match store.ingest(run, &[]) {
        Ok(new) => world::check_log(&store, &log, &new),
        Err(_) => {
            let ranges = |state: Option<&hearth_protocol::log::LogState>| {
                state.map(|s| s.ranges().to_vec()).unwrap_or_default()
            };
            assert_eq!(
                ranges(store.state(&log)),
                ranges(before.as_ref()),
                "refused and yet stored"
            );
        }
    }
}

/// A frame of a sync stream.
pub fn message(data: &[u8]) {
    if let Ok(message) = Message::from_bytes(data) {
        assert_eq!(message.to_bytes(), data, "one value, one encoding");
    }
}

/// Proof of a fork.
pub fn fork_proof(data: &[u8]) {
    if let Ok(proof) = ForkProof::from_bytes(data) {
        assert_eq!(proof.to_bytes(), data, "one value, one encoding");
    }
}

/// A link, as somebody pastes it.
pub fn link(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(link) = text.parse::<PeerLink>() {
        assert_eq!(
            link.to_string().parse(),
            Ok(link),
            "what is written can be read"
        );
    }
}

/// A link that makes a machine somebody's device, as somebody pastes it; behind a zero byte what is inside one, which
/// mutations of the text hardly reach, as it has a checksum.
pub fn device_link(data: &[u8]) {
    let text = match data.split_first() {
        Some((0, inside)) => {
            let sum = blake3::hash(inside);
            let coded = URL_SAFE_NO_PAD.encode([inside, &sum.as_bytes()[..4]].concat());
            format!("{DEVICE_SCHEME}{coded}")
        }
        _ => match std::str::from_utf8(data) {
            Ok(text) => text.to_owned(),
            Err(_) => return,
        },
    };
    if let Ok(link) = DeviceLink::from_text(&text) {
        assert_eq!(*link.to_text(), text.trim(), "one value, one encoding");
        assert_eq!(link.certificate().device(), link.device.id());
        let identity = link.identity();
        assert!(
            link.statements
                .iter()
                .all(|said| said.identity() == identity)
        );
    }
}

/// A link that invites to a space, as somebody pastes it.
pub fn invite(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(link) = text.parse::<InviteLink>() {
        assert!(
            text.parse::<PeerLink>().is_err(),
            "it is no link to follow by"
        );
        assert_eq!(
            link.to_string().parse(),
            Ok(link),
            "what is written can be read"
        );
    }
}

/// What is sealed in a letter, as anybody can seal it to a key that everybody knows.
pub fn letter(data: &[u8]) {
    let to = Identity::from_bytes(data.first_chunk().copied().unwrap_or_default());
    let padded = data.get(32..).unwrap_or_default();
    if let Ok(opened) = letter::opened(&to, padded) {
        assert_eq!(opened.letter.to, to, "it is for whom it says");
    }
}

/// A written identity.
pub fn identity_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(identity) = text.parse::<Identity>() {
        assert!(identity.is_valid());
        assert_eq!(
            identity.to_string(),
            text.to_ascii_lowercase(),
            "one identity, one text"
        );
    }
}

/// A key file, opened without a passphrase: stretching one would take all the time.
pub fn keyfile(data: &[u8]) {
    for kind in [KeyFileKind::DEVICE_KEYS, KeyFileKind::SECRETS] {
        if let Ok(payload) = keyfile::decode(data, kind, None) {
            assert!(data.len() > payload.len());
        }
    }
}

/// What was sealed to a box key, and a body sealed with a space's key. The first byte says where it is said to lie.
pub fn sealed(data: &[u8]) {
    let world = world::world();
    let Some((&place, sealed)) = data.split_first() else {
        return;
    };
    let secret = BoxSecret::from_bytes([7; 32]);
    if let Ok(plain) = secret.open(&[place], b"aad", sealed) {
        assert!(plain.len() < sealed.len());
    }
    let key = &world.space_key;
    if let Ok(plain) = key.open_body(&[place], sealed) {
        assert!(plain.len() < sealed.len());
        assert!(key.matches(&[place], sealed), "opened and yet not its key");
        assert!(
            key.open_body(&[place ^ 1], sealed).is_err(),
            "one place alone"
        );
    }
}

/// A phrase, as somebody types it.
pub fn phrase(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match Phrase::parse(text) {
        Ok(phrase) => {
            let again = Phrase::parse(&phrase.expose()).expect("what is written can be read");
            assert_eq!(again.expose(), phrase.expose());
        }
        Err(error) => assert!(error.to_string().len() < 512),
    }
}
