//! Export files.

use hearth_protocol::archive::{
    Counts, ITEM_BYTES_MAX, MAGIC, end_item, run_item, statements_item,
};
use hearth_protocol::root::{Claim, Statement};
use serde_json::Value;

use crate::case::File;
use crate::cbor;
use crate::make_ingest::{story, tombstone, without_body};
use crate::people::{alice, certificate, device, part};

/// A file of these items, each of which has its length before it already.
fn of(items: &[Vec<u8>]) -> Vec<u8> {
    [&MAGIC[..], &items.concat()].concat()
}

/// Puts a length before an item, which needn't be the right one.
fn framed(length: usize, item: &[u8]) -> Vec<u8> {
    let length = u32::try_from(length).unwrap().to_be_bytes();
    [&length[..], item].concat()
}

/// An item of any kind, with any payload.
fn item(kind: u64, payload: &[u8]) -> Vec<u8> {
    let item = cbor::array(&[cbor::uint(kind), cbor::bytes(payload)]);
    framed(item.len(), &item)
}

fn end(runs: u64, entries: u64) -> Vec<u8> {
    end_item(Counts { runs, entries })
}

fn statements() -> Vec<u8> {
    let retire = Statement::sign(&alice(), device(2).id(), 9, Claim::Retire);
    statements_item(&[
        certificate(&alice(), &device(1)).to_bytes(),
        retire.to_bytes(),
    ])
}

/// A run with a deleted post, and the run after it.
fn runs() -> [Vec<u8>; 2] {
    let story = story();
    [
        run_item(&without_body(part(&story, 0, 3), 1), &[tombstone(&story)]),
        run_item(&part(&story, 4, 5), &[]),
    ]
}

type Refused = (&'static str, &'static str, &'static str, Vec<u8>);

pub(crate) fn files() -> Vec<File> {
    let mut file = File::new(
        "archive",
        "Export files: statements, runs, an end. Signatures aren't checked here.",
    );
    let [past, newest] = runs();
    let whole = of(&[statements(), past, newest, end(2, 6)]);
    file.valid("a log with a deleted post", Value::Null, &whole);
    file.valid("no logs", Value::Null, &of(&[statements(), end(0, 0)]));
    let nobody = of(&[statements_item(&[]), end(0, 0)]);
    file.valid("no statements", Value::Null, &nobody);
    let refused = [beginnings(&whole), ends(&whole), orders(), items()].concat();
    for (name, reason, error, bytes) in &refused {
        file.invalid(name, (reason, error), Value::Null, bytes);
    }
    vec![file]
}

fn beginnings(whole: &[u8]) -> Vec<Refused> {
    let mut other = whole.to_vec();
    other[0] ^= 0x20;
    let mut version = whole.to_vec();
    version[9] = 2;
    vec![
        ("empty", "nothing there", "Magic", Vec::new()),
        ("other first bytes", "no export file", "Magic", other),
        ("version 2", "unknown version", "Magic", version),
    ]
}

fn ends(whole: &[u8]) -> Vec<Refused> {
    let [past, newest] = runs();
    let cut_off = |name, reason, bytes| (name, reason, "CutOff", bytes);
    let after_end = |name, more: &[u8]| {
        let bytes = [whole, more].concat();
        (name, "nothing follows the end", "AfterEnd", bytes)
    };
    let counted = |runs, entries| {
        of(&[
            statements(),
            past.clone(),
            newest.clone(),
            end(runs, entries),
        ])
    };
    vec![
        cut_off(
            "nothing but first bytes",
            "the statements are missing",
            of(&[]),
        ),
        cut_off(
            "cut off after the statements",
            "no end",
            of(&[statements()]),
        ),
        cut_off(
            "cut off after a run",
            "no end",
            of(&[statements(), past.clone()]),
        ),
        cut_off(
            "cut off before the end",
            "no end",
            of(&[statements(), past.clone(), newest.clone()]),
        ),
        cut_off(
            "cut off in an item",
            "a byte is missing",
            whole[..whole.len() - 1].to_vec(),
        ),
        cut_off(
            "cut off in a length",
            "three bytes are no length",
            [&of(&[statements()])[..], &[0; 3]].concat(),
        ),
        cut_off(
            "a run is missing",
            "the end counts two runs",
            of(&[statements(), newest.clone(), end(2, 6)]),
        ),
        cut_off("a run uncounted", "there are two", counted(1, 6)),
        cut_off("a run too many counted", "there are two", counted(3, 6)),
        cut_off("an entry uncounted", "there are six", counted(2, 5)),
        cut_off("an entry too many counted", "there are six", counted(2, 7)),
        after_end("a run after the end", &newest),
        after_end("two ends", &end(2, 6)),
        after_end("a byte after the end", &[0]),
    ]
}

fn orders() -> Vec<Refused> {
    let [_, newest] = runs();
    let order = |name, reason, items: &[Vec<u8>]| (name, reason, "Order", of(items));
    vec![
        order(
            "runs before statements",
            "statements come first",
            &[newest.clone(), statements(), end(1, 2)],
        ),
        order("nothing but an end", "statements come first", &[end(0, 0)]),
        order(
            "statements again",
            "statements come once",
            &[statements(), newest, statements(), end(1, 2)],
        ),
    ]
}

fn items() -> Vec<Refused> {
    let [_, newest] = runs();
    let newest = &newest[4..];
    let instead = |item: Vec<u8>| of(&[statements(), item, end(1, 2)]);
    let run = part(&story(), 4, 5).to_bytes();
    let payload = cbor::array(&[run.clone(), cbor::array(&[])]);
    assert_eq!(item(2, &payload)[4..], *newest);
    let many = vec![vec![1]; 129];
    vec![
        (
            "empty item",
            "an item isn't empty",
            "Malformed",
            instead(framed(0, b"")),
        ),
        (
            "oversized item",
            "1 MiB at most",
            "TooLong",
            instead(framed(ITEM_BYTES_MAX + 1, newest)),
        ),
        (
            "trailing byte in an item",
            "a byte is left over",
            "Malformed",
            instead(framed(newest.len() + 1, &[newest, &[0]].concat())),
        ),
        (
            "trailing byte in a payload",
            "a byte is left over",
            "Malformed",
            instead(item(2, &[&payload[..], &[0]].concat())),
        ),
        (
            "wide array in an item",
            "a length isn't as short as it can be",
            "NotCanonical",
            instead(framed(
                newest.len() + 1,
                &[&[0x98, 2], &newest[1..]].concat(),
            )),
        ),
        (
            "wide array in a payload",
            "a length isn't as short as it can be",
            "NotCanonical",
            instead(item(2, &[&[0x98, 2], &payload[1..]].concat())),
        ),
        ("kind 0", "unknown kind", "Kind", instead(item(0, &payload))),
        ("kind 4", "unknown kind", "Kind", instead(item(4, &payload))),
        (
            "kind 256",
            "a kind is below 256",
            "Malformed",
            instead(item(256, &payload)),
        ),
        (
            "129 statements",
            "128 at most",
            "Invalid: too many statements",
            of(&[statements_item(&many), end(0, 0)]),
        ),
        (
            "run without deletes' list",
            "a run's payload is a pair",
            "Malformed",
            instead(item(2, &cbor::array(&[run]))),
        ),
        (
            "end without entries",
            "an end's payload is a pair",
            "Malformed",
            of(&[statements(), item(3, &cbor::array(&[cbor::uint(0)]))]),
        ),
    ]
}
