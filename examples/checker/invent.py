#!/usr/bin/env python3
"""Invents cases that nobody wrote down, decides them, and writes them as vector files for the Rust implementation to judge.

    python3 examples/checker/invent.py FOLDER SEED COUNT
    HEARTH_VECTORS=FOLDER cargo test -p hearth-protocol --test vectors -- --ignored

A third of them are vectors with a few bytes changed, mostly where structure is. A third are stories: a store of which a device
wrote the logs, with branches, bad signatures, deletes and cuts here and there, that meets a run. The rest are histories of
shared spaces.
"""

import json
import random
import sys
from pathlib import Path

import check
import ed25519
from blake3 import blake3, derive_key
from cbor import Refused, encode
from contents import effective_targets
from histories import histories
from logs import LASTING, NO_ENTRY, Entry, Header, is_lasting, read_lone, read_run
from store import Store
from texts import seed

# --- changed bytes

# Heads that fit somewhere: wide, indefinite, of another type, reserved.
HEADS = [bytes.fromhex(head) for head in (
    "18 1900 1a000000 1bffffffffffffffff 58 5900 78 98 9f ff 5f 7f c0 d820 f4 f5 f6 f7 f90000 fb0000000000000000 "
    "20 40 60 80 a0 bf 00 1c 1f f814 e0"
).split()]
CHARACTERS = "qpzry9x8 &?=%/:~viaHEARTH\n\té\x7f+;0aF"
LONG_BYTES = 6000
# Slow to decide, or without an input to change.
LEFT_ALONE = ("keyfile", "statement_set", "name", "greeting", "comparison", "cuts")


def change_text(rng, text):
    characters = list(text)
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(characters) + 1)
        instead = [[], [rng.choice(CHARACTERS)], [c.swapcase() for c in characters[at : at + 1]]]
        characters[at : at + rng.randint(0, 1)] = rng.choice(instead)
    return "".join(characters)


def change_bytes(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = min(len(data), rng.randrange(12) if rng.random() < 0.4 else rng.randrange(len(data) + 1))
        old = data[at : at + 1]
        changes = [
            bytes(byte ^ 1 << rng.randrange(8) for byte in old),
            bytes((byte + rng.choice((1, -1))) % 256 for byte in old),
            rng.choice(HEADS),
            rng.choice(HEADS) + old,
            b"".join(bytes([byte & 0xE0 | 24, byte & 31]) for byte in old),  # what it is, but one byte longer
            b"",
        ]
        data[at : at + 1] = rng.choice(changes)
    return bytes(data) + bytes(rng.choice((0, 0, 0, 0, 1)))


def changed(rng, count):
    """(format, case) of vectors with a few bytes changed."""
    files = (json.loads(path.read_text()) for path in sorted(check.PROTOCOL.glob("*.json")))
    cases = [(file["format"], case) for file in files for case in file["valid"] + file["invalid"]]
    short = [
        (format_, case, check.input_of(case))
        for format_, case in cases
        if format_ not in LEFT_ALONE and len(check.input_of(case)) <= LONG_BYTES
    ]
    for _ in range(count):
        format_, case, data = rng.choice(short)
        made = {"given": case["given"]} if "given" in case else {}
        if isinstance(data, str):
            made["text"] = change_text(rng, data)
        else:
            made["bytes"] = change_bytes(rng, data).hex()
        yield format_, made


# --- stories

ROOT = derive_key("hearth 2026-11 root signing key v1", seed(["abandon"] * 23 + ["art"]))
ALICE = ed25519.public(ROOT)
DEVICES = {number: bytes([number]) * 32 for number in (1, 2, 3)}
KEYS = {number: ed25519.public(secret) for number, secret in DEVICES.items()}
BAD_SIGNATURE = bytes([7]) * 64
CERTIFY, CUT, RETIRE = 1, 2, 3


def statement(kind, number, payload):
    inner = encode([1, kind, ALICE, KEYS[number], 9, payload])
    return encode([inner, ed25519.sign(ROOT, b"hearth/root-statement/1\0" + inner)])


def clear(kind, payload):
    return b"\x01" + bytes([5]) * 16 + encode([kind, encode(payload)])


class World:
    """What three devices of Alice wrote: their logs, branches of the first one's, and what the root key could say."""

    def __init__(self, rng):
        self.rng = rng
        self.main = self.log(1, 0, [], 7)
        branch = self.log(1, 0, self.main[: rng.randrange(7)], 7)
        self.branches = [branch, self.log(1, 0, branch[: rng.randrange(7)], 6)]
        self.own, self.second, third = self.log(1, 1, [], 3), self.log(2, 0, [], 4), self.log(3, 0, [], 2)
        self.first = [self.main, self.main, self.main, *self.branches]
        self.logs = [*self.first, self.own, self.second, third]
        self.deletes = [entry for log in self.logs for entry in log if effective_targets(entry)]
        self.certificates = {number: statement(CERTIFY, number, encode([bytes([number]) * 32])) for number in DEVICES}
        self.forks = list(self.proofs())

    def log(self, number, log, begun, length):
        entries = list(begun)
        while len(entries) < length:
            seq, previous = len(entries), entries[-1].id if entries else NO_ENTRY
            body = self.body()
            header = Header(
                ALICE, KEYS[number], log, seq, previous, 10 * seq, blake3(body), len(body), is_lasting(body)
            )
            bad = self.rng.random() < 0.2
            signature = BAD_SIGNATURE if bad else ed25519.sign(DEVICES[number], b"hearth/entry/1\0" + header.encoded())
            entries.append(Entry(header, signature, body))
        return entries

    def body(self):
        if self.rng.random() < 0.15:
            return bytes([LASTING, *self.rng.randbytes(80)])
        if self.rng.random() < 0.6:
            return clear(2, [f"post {self.rng.randrange(1000)}", None])
        device = KEYS[self.rng.choice((1, 1, 1, 2))]
        targets = {(device, self.rng.choice((0, 0, 1)), self.rng.randrange(7)) for _ in range(self.rng.randint(1, 3))}
        return clear(4, [[list(target) for target in sorted(targets)]])

    def proofs(self):
        pairs = ((one, other) for log in self.branches for one, other in zip(self.main, log))
        for one, other in pairs:
            if one.id != other.id and one.signed() and other.signed():
                yield encode([[side.raw, side.signature] for side in sorted((one, other), key=lambda side: side.id)])

    def cut(self, number, logs):
        if self.rng.random() < 0.1:
            return statement(CUT, number, encode([[]]))
        end = self.rng.choice(self.rng.choice(logs))
        id_ = end.id if self.rng.random() < 0.9 else bytes([9]) * 32
        own = self.rng.choice(self.own)
        ends = [[0, end.header.seq, id_], [1, own.header.seq, own.id]]
        return statement(CUT, number, encode([ends[: self.rng.randint(1, 2)]]))

    def run(self):
        """Up to five entries of one log, some of their bodies gone."""
        log = self.rng.choice(self.logs)
        lo = self.rng.randrange(len(log))
        part = log[lo : lo + self.rng.randint(1, 5)]
        header, items = part[0].header, []
        for entry in part:
            gone = self.rng.random() < 0.15
            body = [entry.header.body_hash, entry.header.body_bytes] if gone else entry.body
            items.append([entry.header.time_ms, entry.signature, body])
        return encode([header.identity, header.device, header.log, lo, header.previous, items])

    def along(self):
        some = self.rng.sample(self.deletes, min(len(self.deletes), self.rng.choice((0, 0, 1, 2, 4))))
        return [encode([entry.raw, entry.signature, entry.body]).hex() for entry in some]

    def chosen(self, *chances):
        """The values of those (probability, value) that chance takes."""
        return [value() for chance, value in chances if self.rng.random() < chance]

    def story(self):
        certificates = self.certificates
        statements = self.chosen(
            (0.97, lambda: certificates[1]), (0.6, lambda: certificates[2]), (0.1, lambda: certificates[3]),
            (0.35, lambda: self.cut(1, self.first)), (0.1, lambda: self.cut(1, self.first)), (0.2, lambda: self.cut(2, [self.second])),
        )
        later = self.chosen(
            (0.25, lambda: self.cut(1, self.first)), (0.1, lambda: self.cut(2, [self.second])),
            (0.1, lambda: statement(RETIRE, self.rng.choice((1, 2)), b"")),
        )
        given = {
            "identity": ALICE.hex(), "statements": [s.hex() for s in statements], "held": self.held(statements),
            "tombstones": self.along(), "later_statements": [s.hex() for s in later],
        }
        if self.forks and self.rng.random() < 0.25:
            given["fork"] = self.rng.choice(self.forks).hex()
        return {"given": given, "bytes": self.run().hex()}

    def held(self, statements):
        """Runs that a store with these statements takes in, one after the other."""
        store, held = Store(ALICE), []
        store.learn(statements)
        for _ in range(self.rng.choice((0, 1, 1, 2, 3))):
            run, along = self.run(), self.along()
            try:
                store.admit(read_run(run), [read_lone(bytes.fromhex(lone)) for lone in along])
            except Refused:
                continue
            held.append({"run": run.hex(), "tombstones": along})
        return held


def stories(rng, count):
    for at in range(count):
        if at % 40 == 0:
            world = World(rng)
        yield "ingest", world.story()


# --- files


def write(folder, seed_, count):
    rng, files = random.Random(seed_), {}
    third = count // 3
    invented = [*changed(rng, count - 2 * third), *stories(rng, third), *histories(rng, third)]
    for at, (format_, case) in enumerate(invented):
        file = files.setdefault(format_, {"about": "Invented.", "format": format_, "valid": [], "invalid": []})
        verdict, value = check.decide(format_, check.input_of(case), case.get("given"))
        case["name"] = f"{seed_}/{at}"
        if verdict == "gives":
            file["valid"].append({**case, "gives": value})
        else:
            file["invalid"].append({**case, "error": value, "reason": "see error"})
    for format_, file in files.items():
        (folder / f"{format_}.json").write_text(json.dumps(file))
    valid = sum(len(file["valid"]) for file in files.values())
    print(f"{len(invented)} cases of {len(files)} formats, {valid} of them valid, in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write(target, int(sys.argv[2]), int(sys.argv[3]))
