#!/usr/bin/env python3
"""Reads every vector file and decides each case by itself, from SPEC.md alone.

    python3 examples/checker/check.py               all files of protocol/tests/vectors and keys/tests/vectors
    python3 examples/checker/check.py --self-test   whether a changed bit in any valid case would be noticed

Exit code 0: it agrees with every case. 1: it disagrees with one, met a format that it doesn't know, or found nothing to read.
"""

import json
import sys
import time
from pathlib import Path

import backups
import devices
import guardians
import history
import keys_vectors
import letters
import spaces
from blake3 import blake3
from cbor import Refused, decode, encode
from contents import (
    TEXT_BYTES_MAX, effective_targets, encode_place, import_salt, open_body, open_grant, open_padded, open_space_body, read_content,
)
from files import key_file, read_archive
from logs import Entry, body_matches, read_fork_proof, read_header, read_lone, read_run, place_gives
from messages import comparison, greeting, names, read_message
from objects import NoZstd, cuts, open_object, read_list
from roots import read_statement, statement_set
from sealing import NoArgon2
from store import ingest
from texts import link, phrase, read_identity

ROOT = Path(__file__).resolve().parents[2]
PROTOCOL, KEYS = ROOT / "protocol/tests/vectors", ROOT / "keys/tests/vectors"


def entry(data, given):
    signed = Entry(read_header(data), bytes.fromhex(given["signature"]))
    if not signed.signed():
        raise Refused("BadSignature")
    return signed.id.hex()


def run(data, _):
    read = read_run(data)
    entries = read.entries()
    return {**read.gives(), "first": entries[0].gives(), "last": entries[-1].gives()}


def delete(data, _):
    lone = read_lone(data)
    if not body_matches(lone):
        raise Refused("BodyMismatch")
    targets = effective_targets(lone)
    if targets is None:
        raise Refused("NotEffective")
    return {"delete": [[device.hex(), log, seq] for _, device, log, seq in targets]}


def place(given):
    return (bytes.fromhex(given["identity"]), bytes.fromhex(given["device"]), given["log"], given["seq"])


def body(data, given):
    if given is None:
        return open_body(data)
    return open_body(data, place(given["place"]), [bytes.fromhex(key) for key in given["keys"]])


def epoch_grant(data, given):
    read_content(data)  # whatever it is, it is found to be sound first
    secret, lies_at = bytes.fromhex(given["recipient_secret"]), encode_place(place(given["place"]))
    return spaces.open_grant(data, secret, lies_at, open_padded)


def space_body(data, given):
    def epoch(known):
        keys = {name: bytes.fromhex(known[name]) for name in ("starter", "body", "control")}
        return {**keys, "generation": known["generation"], "space": decode(bytes.fromhex(known["space"]), spaces.SPACE)}

    return open_space_body(data, place(given["place"]), [epoch(known) for known in given["epochs"]])


def imported(text, given):
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise Refused("TooLong")
    if not text:
        raise Refused("Invalid: a text has at least one character")
    salt = import_salt(bytes.fromhex(given["key"]), given["time_ms"], text)
    post = b"\x01" + salt + encode([2, encode([text, None, None, []])])
    return {"salt": salt.hex(), "body": post.hex(), "body_hash": blake3(post).hex()}


# Format → what an input gives, with what else the reader knows; it raises Refused with the error of SPEC §27.
FORMATS = {
    "phrase": lambda text, _: phrase(text),
    "identity": lambda text, _: read_identity(text).hex(),
    "keyfile": lambda data, given: key_file(data, given["kind"], given.get("passphrase")).hex(),
    "header": lambda data, _: read_header(data).gives(),
    "entry": entry,
    "run": run,
    "delete": delete,
    "body": body,
    "content": lambda data, _: read_content(data),
    "import": imported,
    "key_grant": lambda data, given: open_grant(data, given, place(given["place"])),
    "space": lambda data, _: spaces.read_space(data),
    "space_history": history.space_history,
    "epoch_grant": epoch_grant,
    "space_body": space_body,
    **{format_: lambda data, _: read_content(data) for format_ in ("control", "epoch_records", "carried", "reaction", "register", "photo", "boost")},
    "statement": lambda data, _: read_statement(data).gives(),
    "statement_set": lambda _, given: statement_set(given),
    "message": lambda data, _: read_message(data),
    "fork_proof": lambda data, _: place_gives(read_fork_proof(data)),
    "link": lambda text, _: link(text),
    "letter": letters.letter,
    "invite": letters.invite,
    "device_link": lambda text, _: devices.device_link(text),
    "name": names,
    "greeting": greeting,
    "comparison": comparison,
    "ingest": ingest,
    "archive": lambda data, _: read_archive(data),
    "guard_message": lambda data, _: guardians.read_message(data),
    "guardian_claim": guardians.claim,
    "ticket": guardians.ticket,
    "release": guardians.release,
    "pack": backups.pack,
    "pack_contents": backups.pack_contents,
    "segment": backups.segment,
    "shards": backups.shards,
    "page": backups.page,
    "root": backups.root,
    "root_content": backups.root_content,
    "object": open_object,
    "list": read_list,
    "cuts": cuts,
}


def input_of(case):
    """A text; or bytes in hexadecimal; or bytes as parts to be repeated and joined."""
    if "text" in case:
        return case["text"]
    if isinstance(case["bytes"], str):
        return bytes.fromhex(case["bytes"])
    return b"".join(bytes.fromhex(part) * times for part, times in case["bytes"])


def decide(format_, data, given):
    """("gives", value) or ("refused", error)."""
    try:
        return "gives", FORMATS[format_](data, given)
    except Refused as refused:
        return "refused", refused.error


class Tally:
    """One file's count, and what didn't agree."""

    def __init__(self, name):
        self.name, self.agreed, self.skipped, self.wrong = name, 0, 0, []

    def add(self, case, verdict):
        """`verdict` is None for agreement, a text for what is wrong."""
        if verdict is None:
            self.agreed += 1
        else:
            self.wrong.append(f"{case}: {verdict}")

    def line(self):
        skipped = f", {self.skipped} skipped: no Argon2id or no zstd on this machine (see README)" if self.skipped else ""
        return f"{self.name:28} {self.agreed:4} agree{skipped}" + (f", {len(self.wrong)} DON'T" if self.wrong else "")


def check_protocol_file(path):
    file, tally = json.loads(path.read_text()), Tally(f"protocol/{path.name}")
    if file["format"] not in FORMATS:
        tally.wrong.append(f"unknown format {file['format']}")
        return tally
    for case in file["valid"] + file["invalid"]:
        expected = ("gives", case["gives"]) if "gives" in case else ("refused", case["error"])
        try:
            said = decide(file["format"], input_of(case), case.get("given"))
        except (NoArgon2, NoZstd):
            tally.skipped += 1
            continue
        differs = said != expected and f"expected {expected}, decided {said}"
        tally.add(case["name"], differs or None)
    return tally


def check_keys_file(path):
    tally = Tally(f"keys/{path.name}")
    if path.name not in keys_vectors.FILES:
        tally.wrong.append("unknown file")
        return tally
    for name, holds in keys_vectors.FILES[path.name](json.loads(path.read_text())):
        if holds is None:
            tally.skipped += 1
        else:
            tally.add(name, None if holds else "doesn't hold")
    return tally


def check_all():
    tallies = [check_protocol_file(path) for path in sorted(PROTOCOL.glob("*.json"))]
    tallies += [check_keys_file(path) for path in sorted(KEYS.glob("*.json"))]
    for tally in tallies:
        print(tally.line())
        for wrong in tally.wrong:
            print(f"    {wrong}")
        if not tally.agreed and not tally.wrong:
            tally.wrong.append("no case")
    agreed, skipped = sum(t.agreed for t in tallies), sum(t.skipped for t in tallies)
    wrong = sum(len(t.wrong) for t in tallies)
    print(f"{len(tallies)} files: {agreed} cases agree, {skipped} skipped, {wrong} don't")
    return agreed > 0 and wrong == 0


def main(arguments):
    begun = time.monotonic()
    if arguments == ["--self-test"]:
        import self_test

        good = self_test.run_all()
    elif not arguments:
        good = check_all()
    else:
        print(__doc__)
        return 2
    print(f"{'all well' if good else 'FAILED'}, {time.monotonic() - begun:.1f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
