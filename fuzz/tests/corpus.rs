//! Every target on its corpus, and on a bounded number of mutations of it, the same each time.
//!
//! With `HEARTH_BLESS=1` the corpus is made again from the protocol's vectors.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hearth_fuzz::TARGETS;
use hearth_keys::{BoxSecret, Phrase, SpaceKey};
use hearth_protocol::codec::{Blob, Bytes, decode, encode};
use hearth_protocol::message::Message;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;

/// Mutated inputs a target: so many, fewer if its time is over before, but no fewer than these.
const MUTATIONS: usize = 4_000;
const MUTATIONS_MIN: usize = 50;
/// Time for one target: all of them stay under ten seconds.
const TARGET_TIME_MAX: Duration = Duration::from_millis(600);
/// A mutated input's length.
const INPUT_BYTES_MAX: usize = 64 * 1024;
/// Longer inputs stay with the vectors: a corpus of small ones mutates faster.
const CORPUS_INPUT_BYTES_MAX: usize = 4 * 1024;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(folder().join(target))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn every_target_bears_its_corpus() {
    if std::env::var_os("HEARTH_BLESS").is_some() {
        write_corpus();
    }
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(inputs.len() >= 3, "{name} has a corpus");
        inputs.iter().for_each(|input| target(input));
    }
}

#[test]
fn every_target_bears_mutations() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        let mut rng = ChaCha8Rng::from_seed([42; 32]);
        let start = Instant::now();
        let mut done = 0;
        while done < MUTATIONS && (done < MUTATIONS_MIN || start.elapsed() < TARGET_TIME_MAX) {
            let input = mutated(&corpus, &mut rng);
            target(&input);
            done += 1;
        }
    }
}

#[test]
fn every_target_has_its_libfuzzer_program() {
    for (name, _) in TARGETS {
        let path = format!("{}/fuzz_targets/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let program = fs::read_to_string(path).unwrap();
        assert!(
            program.contains(&format!("hearth_fuzz::{name}(data)")),
            "{name}"
        );
    }
    let programs = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets"));
    assert_eq!(programs.unwrap().count(), TARGETS.len());
}

fn below(limit: usize, rng: &mut ChaCha8Rng) -> usize {
    usize::try_from(rng.next_u32()).unwrap() % limit.max(1)
}

/// An input of the corpus with one to four changes.
fn mutated(corpus: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut input = corpus[below(corpus.len(), rng)].clone();
    for _ in 0..=below(4, rng) {
        mutate(&mut input, corpus, rng);
    }
    input.truncate(INPUT_BYTES_MAX);
    input
}

fn mutate(input: &mut Vec<u8>, corpus: &[Vec<u8>], rng: &mut ChaCha8Rng) {
    const TELLING: [u8; 12] = [
        0x00, 0x01, 0x18, 0x1b, 0x40, 0x5f, 0x7f, 0x80, 0x81, 0x9f, 0xf6, 0xff,
    ];
    let at = below(input.len(), rng);
    match below(8, rng) {
        0 if !input.is_empty() => input[at] ^= 1 << below(8, rng),
        1 if !input.is_empty() => input[at] = TELLING[below(TELLING.len(), rng)],
        2 if !input.is_empty() => input[at] = input[at].wrapping_add(1),
        3 => input.truncate(at),
        4 => input.insert(at.min(input.len()), TELLING[below(TELLING.len(), rng)]),
        5 if !input.is_empty() => {
            input.remove(at);
        }
        6 => {
            let other = &corpus[below(corpus.len(), rng)];
            input.extend_from_slice(&other[below(other.len(), rng)..]);
        }
        _ => {
            let end = (at + 1 + below(16, rng)).min(input.len());
            let piece = input[at.min(end)..end].to_vec();
            input.splice(at.min(end)..at.min(end), piece);
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The short inputs of a vector file, valid and invalid.
fn vectors(format: &str) -> Vec<Vec<u8>> {
    let path = format!(
        "{}/../protocol/tests/vectors/{format}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let cases = [&file["valid"], &file["invalid"]].map(|cases| cases.as_array().unwrap().clone());
    let input = |case: &Value| match (&case["text"], &case["bytes"]) {
        (Value::String(text), _) => Some(text.clone().into_bytes()),
        (_, Value::String(bytes)) => Some(unhex(bytes)),
        _ => None,
    };
    let inputs = cases
        .concat()
        .iter()
        .filter_map(input)
        .collect::<BTreeSet<_>>();
    inputs
        .into_iter()
        .filter(|input| input.len() <= CORPUS_INPUT_BYTES_MAX)
        .collect()
}

fn write_corpus() {
    let formats = BTreeMap::from([
        ("archive", "archive"),
        ("body", "body"),
        ("entry", "delete"),
        ("fork_proof", "fork_proof"),
        ("header", "header"),
        ("identity_text", "identity"),
        ("keyfile", "keyfile"),
        ("invite", "invite"),
        ("link", "link"),
        ("message", "message"),
        ("pack_contents", "pack_contents"),
        ("pack_records", "pack"),
        ("page", "page"),
        ("phrase", "phrase"),
        ("root", "root_content"),
        ("segment", "segment"),
        ("statement", "statement"),
    ]);
    for (target, format) in formats {
        write(target, &vectors(format));
    }
    let contents = ["content", "photo", "boost"].map(vectors).concat();
    write("content", &contents);
    let claims = vectors("guardian_claim");
    write(
        "guard_message",
        &[vectors("guard_message"), claims].concat(),
    );
    write("run_ingest", &[vectors("ingest"), vectors("run")].concat());
    write("sync_session", &sessions());
    write("mesh", &schedules());
    write("control", &payloads());
    write("epoch_grant", &grants());
    write("device_link", &device_links());
    write("resolve", &histories());
    write("sealed", &sealed());
    write("letter", &letters());
    write("object", &objects());
    write("list", &lists());
    write("sealed_pack", &behind(&[&[0, 0, 1, 0], &[0; 4]], "pack"));
    write("shards", &behind(&[&[2, 0, 9], &[5, 1, 200]], "pack"));
}

fn write(target: &str, inputs: &[Vec<u8>]) {
    let folder = folder().join(target);
    fs::create_dir_all(&folder).unwrap();
    for (number, input) in inputs.iter().enumerate() {
        fs::write(folder.join(format!("{number:02}")), input).unwrap();
    }
}

/// The vectors of a format, each behind one of these in turn.
fn behind(heads: &[&[u8]], format: &str) -> Vec<Vec<u8>> {
    let inputs = vectors(format).into_iter().zip(heads.iter().cycle());
    inputs
        .map(|(input, head)| [head, &input[..]].concat())
        .collect()
}

fn event(op: u8, peer: u8, argument: &[u8]) -> Vec<u8> {
    let length = u16::try_from(argument.len()).unwrap().to_be_bytes();
    [&[op, peer][..], &length, argument].concat()
}

/// A frame of `[type, payload]`, its parts already encoded.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[0x82, kind, 0x59][..], &length, payload].concat()
}

/// A run as the answer to a request (0: a push) below 24, without tombstones.
fn answer(request: u8, run: &[u8]) -> Vec<u8> {
    frame(5, &[&[0x83, request][..], run, &[0x80]].concat())
}

/// The vectors' valid frames of one type: three invalid ones and the peer is dropped.
fn of_type(kind: u8) -> Vec<Vec<u8>> {
    let mut messages = vectors("message");
    messages.retain(|message| {
        message.starts_with(&[0x82, kind]) && Message::from_bytes(message).is_ok()
    });
    messages
}

/// Asks for sequences 0 to `hi` of the log that a run begins with; `run` starts with an array head of its own.
fn get(run: &[u8], hi: u8) -> Vec<u8> {
    const KEYS_BYTES: usize = 2 * (2 + 32) + 1;
    let key = &run[1..=KEYS_BYTES];
    let payload = [&[0x86, 0x07][..], key, &[0x00, hi]].concat();
    [
        &[0x82, 0x04, 0x58, u8::try_from(payload.len()).unwrap()][..],
        &payload,
    ]
    .concat()
}

/// Sessions built from the vectors' messages and runs.
fn sessions() -> Vec<Vec<u8>> {
    let messages = vectors("message");
    let runs: Vec<_> = vectors("ingest").iter().map(|run| answer(0, run)).collect();
    let frames = |frames: &[Vec<u8>], peer| -> Vec<u8> {
        frames
            .iter()
            .flat_map(|frame| event(5, peer, frame))
            .collect()
    };
    let wait = event(4, 0, &[200; 4]);
    let offered = frames(&of_type(3), 0);
    let run = &vectors("ingest")[0];
    let asked = frames(&[get(run, 2), get(run, 9)], 1);
    let answers: Vec<_> = (1..4)
        .flat_map(|request| {
            vectors("ingest")
                .into_iter()
                .map(move |run| answer(request, &run))
        })
        .collect();
    let third = answers.len() / 3;
    vec![
        [frames(&of_type(1), 0), frames(&of_type(2), 0), asked].concat(),
        [offered.clone(), frames(&answers[..third], 0)].concat(),
        [offered, frames(&answers[third..], 0), wait.clone()].concat(),
        [
            event(0, 0, b""),
            event(0, 1, b""),
            wait.clone(),
            event(1, 0, b""),
        ]
        .concat(),
        frames(&messages[..messages.len() / 2], 0),
        frames(&messages[messages.len() / 2..], 1),
        [
            frames(&runs[..runs.len() / 2], 0),
            wait.clone(),
            frames(&messages[..4], 1),
        ]
        .concat(),
        [
            frames(&runs[runs.len() / 2..], 2),
            event(3, 0, b""),
            event(2, 0, b""),
            wait,
        ]
        .concat(),
        [
            event(2, 0, b"x"),
            frames(&runs[..2], 1),
            frames(&runs[..2], 2),
        ]
        .concat(),
    ]
}

/// One step of a schedule.
fn step(op: u8, argument: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    [&[op, argument, length], bytes].concat()
}

/// Schedules that reach each of Mallory's tricks.
fn schedules() -> Vec<Vec<u8>> {
    const STILL: u8 = 0;
    const DELETE: u8 = 5;
    const WAIT: u8 = 6;
    const TOGGLE: u8 = 7;
    let still = || step(STILL, 0, b"");
    let post = |text: &[u8]| step(3, 0, text);
    let own = |victim, text: &[u8]| step(15, victim, text);
    let boast = [0, 0, 0, 0, 0, 0, 1, 0].as_slice();
    let bends = (0..9).map(|kind| step(14, 2 * kind + 1, &[kind, 1, 2]));
    // Alice and Bob are parted; what she writes then gets to Mallory alone, who tells Bob what nobody wrote.
    let carry = |who| step(1, who, b"").repeat(4);
    let forgeries = |kind| {
        let pushes = [2, 18, 34].map(|how| step(15, how, &[kind, 2]));
        let parted = [still(), step(TOGGLE, 0, b""), post(b"x"), post(b"y")];
        [parted.concat(), carry(0), pushes.concat(), still()].concat()
    };
    let forgeries = (0..9).map(forgeries);
    let mut schedules = vec![
        [post(b"x"), still(), step(DELETE, 1, b""), still()].concat(),
        [
            still(),
            own(0, b"a"),
            own(1, b"b"),
            step(16, 0, b"c"),
            step(16, 3, b"d"),
            still(),
        ]
        .concat(),
        [
            own(0, b"a"),
            step(16, 1, b"other"),
            still(),
            step(WAIT, 40, b""),
            post(b"y"),
        ]
        .concat(),
        [still(), bends.flatten().collect(), still()].concat(),
        [
            step(17, 0, boast),
            step(17, 1, boast),
            still(),
            step(WAIT, 255, b""),
            still(),
        ]
        .concat(),
        [
            step(TOGGLE, 0, b""),
            post(b"while away"),
            step(TOGGLE, 0, b""),
            still(),
            step(TOGGLE, 1, b""),
        ]
        .concat(),
        [
            step(1, 3, b""),
            step(9, 1, b""),
            step(10, 0, b""),
            step(11, 2, b""),
            step(12, 0, &[0, 4, 255]),
            step(13, 0, &[1, 7]),
            still(),
        ]
        .concat(),
        [
            step(18, 0, &[0, 0, 0, 0, 0, 3, 0, 1]),
            step(19, 1, b""),
            step(19, 0, b""),
            still(),
            step(8, 0, &of_type(7)[0][..200.min(of_type(7)[0].len())]),
        ]
        .concat(),
    ];
    schedules.extend(forgeries);
    schedules
}

/// Objects as they come, and what may be inside one: content as it is, and zstd's frames by hand (RFC 8878).
fn objects() -> Vec<Vec<u8>> {
    const MAGIC: [u8; 5] = [1, 0x28, 0xb5, 0x2f, 0xfd];
    let come = vectors("object");
    let come = come.iter().map(|object| [&[0], &object[..]].concat());
    let inside = [
        &[0, b'h', b'i'][..],
        &[0xa0, 100, 0, 0, 0, 0x23, 3, 0, b'a'],
        &[0xa0, 255, 255, 15, 0, 0x23, 3, 0, b'a'],
        &[0x20, 5, 0x29, 0, 0, b'h', b'e', b'l', b'l', b'o'],
        &[0, 0x38, 0x23, 3, 0, b'a'],
    ];
    let inside = inside.iter().map(|frame| match frame[0] {
        0 if frame.len() == 3 => [&[1], *frame].concat(),
        _ => [&[1][..], &MAGIC, frame].concat(),
    });
    come.chain(inside).collect()
}

/// Lists behind the number of bytes that they should stand for.
fn lists() -> Vec<Vec<u8>> {
    let sums = [1_u64, 5, 300_007];
    let list = |list: &Vec<u8>| sums.map(|sum| [&sum.to_be_bytes(), &list[..]].concat());
    vectors("list").iter().flat_map(list).collect()
}

/// Payloads of contents about spaces, behind a byte that says which.
fn payloads() -> Vec<Vec<u8>> {
    let kinds = [
        "control",
        "epoch_records",
        "carried",
        "reaction",
        "register",
    ];
    let of_kind = |(which, format): (u8, &str)| {
        let payloads = vectors(format).into_iter().filter_map(|input| {
            let (_, Blob(payload)): (u16, Blob) = decode(&input, INPUT_BYTES_MAX).ok()?;
            Some([&[which], &payload[..]].concat())
        });
        payloads.collect::<Vec<_>>()
    };
    (0..).zip(kinds).flat_map(of_kind).collect()
}

/// Grants behind a 0; and behind a 1 what is inside, in full and with its parts.
fn grants() -> Vec<Vec<u8>> {
    let outside = vectors("epoch_grant").into_iter();
    let outside = outside.map(|input| [&[0], &input[..]].concat());
    let keys = |generation: u32| (generation, Bytes([1; 32]), Bytes([8; 32]), Bytes([9; 32]));
    let friends = (3u8, vec![Bytes([1; 32])], Blob(Vec::new()));
    let club = (4u8, vec![Bytes([1; 32])], Blob(vec![5; 16]));
    let heads = vec![
        (Bytes([1; 32]), Bytes([9; 32])),
        (Bytes([2; 32]), Bytes([8; 32])),
    ];
    let none: [u8; 0] = [];
    let inside = [
        encode(&(1u8, &friends, keys(0), none, none)),
        encode(&(1u8, &club, keys(2), &heads, [keys(0), keys(1)])),
        encode(&(1u8, &club, keys(2), &heads, [keys(1), keys(0)])),
        encode(&(2u8, &friends, keys(0), none, none)),
    ];
    let inside = inside
        .iter()
        .map(|payload| [&[1], &payload[..], &[0x80, 0, 0]].concat());
    outside.chain(inside).collect()
}

/// What opens, and what nearly does.
/// What is sealed in the vectors of letters, behind for whom it is.
fn letters() -> Vec<Vec<u8>> {
    let secret = BoxSecret::from_bytes([33; 32]);
    let words = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote";
    let bob = Phrase::parse(words).unwrap().root().identity();
    let info = [&b"hearth/letter/1"[..], bob.as_bytes()].concat();
    let sealed = vectors("letter").into_iter();
    sealed
        .filter_map(|sealed| secret.open(&info, &[], &sealed).ok())
        .map(|padded| [bob.as_bytes(), &padded[..]].concat())
        .collect()
}

/// Links as they come, and behind a 0 what is inside those that are whole.
fn device_links() -> Vec<Vec<u8>> {
    let texts = vectors("device_link");
    let inside = texts.iter().filter_map(|text| {
        let coded = text.strip_prefix(b"hearth-device:")?;
        let bytes = URL_SAFE_NO_PAD.decode(coded).ok()?;
        let (inside, _sum) = bytes.split_last_chunk::<4>()?;
        Some([&[0], inside].concat())
    });
    let inside: Vec<_> = inside.collect();
    [texts, inside].concat()
}

/// Histories, six bytes a step: who and in which log, what, whom, after what, under which epoch, and chance.
fn histories() -> Vec<Vec<u8>> {
    let (add, remove, promote, leave, rename, epoch) = (0, 2, 3, 4, 5, 6);
    let story = |steps: &[[u8; 6]]| steps.concat();
    let club = [
        [0, add, 0b0110, 1, 0, 0],
        [0, epoch | 0x80, 3, 1, 0, 1],
        [0, promote, 1, 1, 0, 0],
    ];
    let then = |steps: &[[u8; 6]]| story(&[&club[..], steps].concat());
    vec![
        story(&club),
        // Both remove each other, neither knowing of it; somebody merges that.
        then(&[
            [0, remove, 0b11_0001, 1, 0, 9],
            [1, remove, 0b11_0000, 2, 0, 9],
            [2, rename, 0, 3, 0, 5],
        ]),
        // Removed, then dated back; and added again.
        then(&[
            [0, remove, 0b01_0001, 1, 0, 0],
            [0, epoch | 0x80, 2, 1, 0, 2],
            [0x11, add, 0b1000, 4, 1, 3],
            [0, add | 0x80, 0b0010, 1, 0, 4],
        ]),
        // All admins go; the heir takes over.
        then(&[
            [1, leave, 0, 1, 0, 0],
            [0, leave, 0, 1, 0, 0],
            [2, promote, 2, 1, 0, 0],
            [2, add, 0b1000, 1, 0, 0],
        ]),
        // After what never comes; a generation at its end.
        then(&[
            [0x81, add, 0b1000, 1, 0, 7],
            [0xc1, epoch, 3, 1, 0, 0xff],
            [2, epoch | 0x80, 3, 1, 0, 1],
            [3, leave, 0, 7, 0, 1],
        ]),
    ]
}

fn sealed() -> Vec<Vec<u8>> {
    let mut rng = ChaCha8Rng::from_seed([9; 32]);
    let to = BoxSecret::from_bytes([7; 32]).public();
    let boxed = hearth_keys::seal(&to, &[1], b"aad", b"a key", &mut rng);
    let body = SpaceKey::from_bytes([8; 32]).seal_body(&[1], b"a body, padded", &mut rng);
    vec![
        [&[1], &boxed[..]].concat(),
        [&[2], &boxed[..]].concat(),
        [&[1], &body[..]].concat(),
        [&[2], &body[..]].concat(),
        vec![1; 20],
    ]
}
