"""Shows that the checker can fail: changed bits in valid cases are noticed, and so are vectors that say something untrue."""

import copy
import json
import random
import tempfile
from pathlib import Path

import check
from cbor import ARRAY, BYTES, NEGATIVE, SIMPLE, TEXT, UINT, Reader, Refused, blob, encode, integer, many, text, uint
from logs import read_run
from objects import NoZstd
from sealing import NoArgon2

FLIPS_A_CASE = {
    "cuts": 0, "pack": 8, "shards": 12, "page": 24, "root": 24, "root_content": 32, "segment": 48, "ingest": 12,
    "guard_message": 96, "guardian_claim": 32, "ticket": 32, "release": 32, "pack_contents": 96,
    "epoch_grant": 48, "space_body": 96, "space_history": 4, "control": 96, "carried": 96,
    "keyfile": 6, "statement": 24, "entry": 48, "delete": 24, "fork_proof": 24, "phrase": 12, "run": 48,
}
FLIPS_OTHERWISE = 400
# What these give says less than their bytes do (a count for a list, 40 characters for a text, no signature, no space), so that here
# the flipped bytes must be refused or be the one encoding of another value.
SAYS_LESS = ("content", "space_history", "epoch_grant", "message", "guard_message", "archive", "list")


def anything(reader):
    """Whatever an input holds, by the shapes that there are."""
    major, info = reader.peek()
    shapes = {UINT: uint(), NEGATIVE: integer(65), BYTES: blob(), TEXT: text, ARRAY: many(anything)}
    if major == SIMPLE and info in (20, 21, 22):
        reader.take(1)
        return {20: False, 21: True, 22: None}[info]
    if major not in shapes:
        raise Refused("Malformed")
    return shapes[major](reader)


def is_the_encoding(data):
    """Whether this is what the value in it encodes to. (An export file is no CBOR: its items are read by `check`.)"""
    reader = Reader(data)
    return encode(anything(reader)) == data and reader.at == len(data)


def flips(format_, case):
    """The case's input with one bit changed, many times over: in a text the lowest bit of a character."""
    data = check.input_of(case)
    rng = random.Random(case["name"])
    positions = [at for at in range(len(data)) if not hidden(format_, case, at)]
    count = FLIPS_A_CASE.get(format_, FLIPS_OTHERWISE)
    for at in rng.sample(positions, min(count, len(positions))):
        if isinstance(data, str):
            yield at, data[:at] + chr(ord(data[at]) ^ 1) + data[at + 1 :]
        else:
            yield at, data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def hidden(format_, case, at):
    """Bytes that say nothing: the salt of a clear body; of a run that reaches beyond a cut, what is dropped."""
    if format_ == "body":
        return "given" not in case and 1 <= at <= 16
    if format_ == "ingest":
        run = read_run(check.input_of(case))
        return run.first_seq + len(run.items) - 1 > case["gives"]["ranges"][-1][1]
    return False


def unnoticed(format_, case):
    """The flips of one valid case that the checker would let pass."""
    for at, data in flips(format_, case):
        verdict = check.decide(format_, data, case.get("given"))
        if verdict[0] == "refused":
            continue
        same = verdict == ("gives", case["gives"])
        if same and not (format_ in SAYS_LESS and (format_ == "archive" or is_the_encoding(data))):
            yield f"{case['name']}: a bit at {at}"


def flip_all():
    tried, wrong = 0, []
    for path in sorted(check.PROTOCOL.glob("*.json")):
        file = json.loads(path.read_text())
        for case in file["valid"]:
            try:
                tried += sum(1 for _ in flips(file["format"], case))
                wrong += [f"{path.name}, {missed}" for missed in unnoticed(file["format"], case)]
            except (NoArgon2, NoZstd):
                continue
    print(f"{tried} flipped bits, {len(wrong)} unnoticed")
    for missed in wrong:
        print(f"    {missed}")
    return tried > 0 and not wrong


# --- vectors that say something untrue


def untrue(case):
    """The same case, with the opposite claimed, and with another value or class claimed."""
    opposite = {name: value for name, value in case.items() if name not in ("gives", "error", "reason")}
    other = copy.deepcopy(case)
    if "gives" in case:
        opposite["error"], other["gives"] = "Malformed", {"something": "else"}
    else:
        opposite["gives"], other["error"] = {}, case["error"] + "!"
    return opposite, other


def lies_of(path, folder):
    """Whether every untrue case of a file is found out."""
    file = json.loads(path.read_text())
    lies = [lie for case in file["valid"] + file["invalid"] for lie in untrue(case)]
    lying = folder / path.name
    lying.write_text(json.dumps({**file, "valid": lies, "invalid": []}))
    tally = check.check_protocol_file(lying)
    return len(lies), tally.agreed


def lie_everywhere():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = [lies_of(path, folder) for path in sorted(check.PROTOCOL.glob("*.json"))]
        unknown = folder / "unknown.json"
        unknown.write_text(json.dumps({"format": "no such format", "valid": [], "invalid": []}))
        knows_unknown = not check.check_protocol_file(unknown).wrong or not check.check_keys_file(unknown).wrong
    lies, believed = (sum(column) for column in zip(*counts))
    print(f"{lies} untrue cases, {believed} believed; an unknown format is {'passed over' if knows_unknown else 'found out'}")
    return lies > 0 and believed == 0 and not knows_unknown


def find_nothing():
    """Whether an empty folder is a failure."""
    folders = check.PROTOCOL, check.KEYS
    with tempfile.TemporaryDirectory() as name:
        check.PROTOCOL = check.KEYS = Path(name)
        found_out = not check.check_all()
    check.PROTOCOL, check.KEYS = folders
    return found_out


def run_all():
    return all([flip_all(), lie_everywhere(), find_nothing()])
