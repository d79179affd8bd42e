"""What a backup consists of: packs, segments of logs, shards, manifest pages, roots. SPEC §17 to §19."""

import ed25519
from blake3 import blake3, derive_key
from cbor import Refused, blob, decode, encode, fixed, invalid, many, require, text, uint
from logs import LOG_MAX, LONE, RUN, SEQUENCE_MAX, TIME_MAX, Run, lone_of
from objects import open_blob, seal_blob
from roots import CERTIFY, STATEMENT_BYTES_MAX, STATEMENTS_MAX, StatementSet
from sealing import CannotOpen, hpke_open
from shards import shard, shard_bytes

PACK_KEY, MANIFEST_KEY, ROOT_KEY = (
    f"hearth 2026-11 {purpose} key v1" for purpose in ("pack", "manifest", "backup root")
)
PACK_SIZES = [size << 10 for size in (64, 256, 1024, 2048, 4096, 8192)]
MANIFEST_SIZES = [size << 10 for size in (4, 16, 64, 256, 1024)]
RECORD_BYTES_MAX, HEAD_BYTES, CONTENTS_MAX = (1 << 20) + 64, 37, 16_384
SEGMENT_BYTES_MAX, PACK_BYTES_MAX, PAGE_BYTES_MAX, ROOT_BYTES_MAX = 1 << 20, (8 << 20) + 41, (1 << 20) + 64, (1 << 20) + (16 << 10)
K_MAX, INDEX_MAX, SHARDS_MAX, PAGE_PACKS, SLOT_MAX = 16, 255, 64, 256, 255
NUMBER_MAX, PEER_BYTES_MAX, ADDRESSES_MAX, ADDRESS_BYTES_MAX = (1 << 40) - 1, 64, 8, 256
SNAPSHOTS_MAX, KEYS_MAX, LOGS_MAX, PAGES_MAX, RECIPIENTS_MAX, SEALED_KEY_BYTES = 128, 256, 128, 8192, 128, 80


def ascends(values):
    values = list(values)
    return all(one < other for one, other in zip(values, values[1:]))


def sealed_under(label, secret, plain):
    return b"\x01" + seal_blob(derive_key(label, secret), plain)


# --- packs


def _records(payload):
    at = 0
    while at < len(payload) and payload[at]:
        head = payload[at : at + HEAD_BYTES]
        require(len(head) == HEAD_BYTES, "CutOff")
        length = int.from_bytes(head[1:5], "big")
        require(length <= RECORD_BYTES_MAX, "RecordTooLong")
        offset = at + HEAD_BYTES
        content = payload[offset : offset + length]
        require(len(content) == length, "CutOff")
        require(blake3(content) == head[5:], "Damaged")
        yield {"kind": head[0], "id": head[5:].hex(), "offset": offset, "bytes": length}
        at = offset + length
    require(not any(payload[at:]), "Padding")


def pack(payload, given):
    records = list(_records(payload))
    size = next(size for size in PACK_SIZES if len(payload) <= size)
    sealed = sealed_under(PACK_KEY, bytes.fromhex(given["secret"]), payload.ljust(size, b"\0"))
    return {"id": blake3(sealed).hex(), "bytes": len(sealed), "records": records}


CONTENTS = fixed(uint(8), uint(), blob())


def pack_contents(data, _):
    """What a pack of objects holds: ids one after another."""
    version, number, ids = decode(data, CONTENTS, RECORD_BYTES_MAX)
    require(version == 1, "Version")
    fits = len(ids) % 32 == 0 and 1 <= len(ids) // 32 <= CONTENTS_MAX
    require(fits, invalid("a pack's contents are 1 to 16,384 ids"))
    return {"pack": number, "objects": len(ids) // 32, "ends": [ids[:32].hex(), ids[-32:].hex()], "hash": blake3(ids).hex()}


# --- segments

SEGMENT = fixed(many(blob()), many(fixed(RUN, many(LONE))))


def _versioned(data, most):
    require(len(data) <= most, "TooLong")
    require(data, "Malformed")
    require(data[0] == 1, "Version")
    return data[1:]


def segment(data, given):
    statements, pairs = decode(_versioned(data, SEGMENT_BYTES_MAX), SEGMENT)
    fits = len(statements) <= STATEMENTS_MAX and all(len(s) <= STATEMENT_BYTES_MAX for s in statements)
    require(fits, invalid("too many statements, or one that is too long"))
    runs = []
    for run, deletes in pairs:
        tombstones = len([lone_of(lone) for lone in deletes])
        runs.append({**Run(run).gives(), "tombstones": tombstones})
    own = all(run["identity"] == given["identity"] for run in runs)
    require(own, invalid("a run of another identity's log"))
    return {"id": blake3(data).hex(), "statements": [s.hex() for s in statements], "runs": runs}


# --- shards


def shards(sealed, given):
    k, indices = given["k"], given["indices"]
    require(1 <= k <= K_MAX, "Code")
    require(1 <= len(sealed) <= PACK_BYTES_MAX, "PackLength")
    require(all(index <= INDEX_MAX for index in indices), "Index")
    require(len(set(indices)) == len(indices), "Twice")
    ids = [blake3(shard(sealed, k, index)).hex() for index in indices]
    return {"shard_bytes": shard_bytes(k, len(sealed)), "ids": ids}


# --- manifests


def pad(content):
    size = next(size for size in MANIFEST_SIZES if len(content) + 4 <= size)
    return (len(content).to_bytes(4, "big") + content).ljust(size, b"\0")


def unpad(padded):
    length = int.from_bytes(padded[:4], "big")
    fits = len(padded) in MANIFEST_SIZES and 4 + length <= len(padded) and not any(padded[4 + length :])
    require(fits, invalid("the padding is broken"))
    return padded[4 : 4 + length]


SHARD = fixed(uint(16), uint(16), blob(32))
PACK = fixed(uint(), uint(8), uint(32), blob(32), uint(32), uint(8), many(SHARD))


def _check_pack(number, _kind, _generation, _id, length, _k, placed):
    require(number <= NUMBER_MAX, invalid("a pack's number is out of bounds"))
    require(1 <= length <= PACK_BYTES_MAX, invalid("a pack's length is out of bounds"))
    bounded = len(placed) <= SHARDS_MAX and all(index <= INDEX_MAX and slot <= SLOT_MAX for index, slot, _ in placed)
    require(bounded, invalid("a pack's shards are out of bounds"))
    require(ascends(index for index, _, _ in placed), invalid("a pack's shards ascend, each once"))


def page(content, given):
    packs = decode(content, many(PACK), PAGE_BYTES_MAX)
    require(all(1 <= k <= K_MAX for *_, k, _ in packs), invalid("no pack is cut into that many pieces"))
    numbers = [number for number, *_ in packs]
    one_page = not numbers or numbers[0] // PAGE_PACKS == numbers[-1] // PAGE_PACKS
    require(one_page and ascends(numbers), invalid("a page's packs ascend, each once, within 256 numbers"))
    for entry in packs:
        _check_pack(*entry)
    sealed = sealed_under(MANIFEST_KEY, bytes.fromhex(given["secret"]), pad(content))
    names = ("number", "kind", "generation", "id", "bytes", "k", "shards")
    gives = [dict(zip(names, shown(entry))) for entry in packs]
    return {"id": blake3(sealed).hex(), "bytes": len(sealed), "packs": gives}


def shown(value):
    """The value with bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    return [shown(item) for item in value] if isinstance(value, list) else value


# --- roots

FIELDS = {
    "version": uint(8),
    "identity": blob(32),
    "device": blob(32),
    "number": uint(),
    "time_ms": uint(),
    "snapshots": many(fixed(uint(), uint(), blob(32))),
    "keys": many(fixed(uint(32), blob(32))),
    "guardians": many(fixed(uint(16), blob(32), blob(), many(text))),
    "statements": many(blob()),
    "heads": many(fixed(blob(32), uint(), uint(), blob(32))),
    "pages": many(fixed(uint(), blob(32), uint(32), uint(32))),
    "files": uint(),
    "bytes": uint(),
    "extensions": many(fixed(uint(16), blob())),
}


def _guardian_fits(slot, _identity, peer, addresses):
    lengths = [len(address.encode()) for address in addresses]
    return slot <= SLOT_MAX and len(peer) <= PEER_BYTES_MAX and len(lengths) <= ADDRESSES_MAX and max(lengths, default=0) <= ADDRESS_BYTES_MAX


def _rules(says):
    """The rules of SPEC's table, in its order."""
    snapshots, heads, pages = says["snapshots"], says["heads"], says["pages"]
    ascending = ascends(slot for slot, *_ in says["guardians"]) and ascends(kind for kind, _ in says["extensions"])
    yield ascending, "guardians and extensions ascend, each once"
    yield says["number"] <= NUMBER_MAX, "the snapshot's number is out of bounds"
    yield says["time_ms"] <= TIME_MAX, "the time is out of bounds"
    earlier = all(number < says["number"] and time <= TIME_MAX for number, time, _ in snapshots)
    in_order = len(snapshots) <= SNAPSHOTS_MAX and ascends(number for number, *_ in snapshots)
    yield earlier and in_order, "the earlier snapshots are out of bounds or order"
    keys = [generation for generation, _ in says["keys"]]
    yield len(keys) <= KEYS_MAX and ascends(keys), "the backup keys are out of bounds or order"
    yield all(_guardian_fits(*guardian) for guardian in says["guardians"]), "the guardians are out of bounds"
    fits = len(says["statements"]) <= STATEMENTS_MAX and all(len(s) <= STATEMENT_BYTES_MAX for s in says["statements"])
    yield fits, "the statements are out of bounds"
    bounded = len(heads) <= LOGS_MAX and all(log <= LOG_MAX and seq <= SEQUENCE_MAX for _, log, seq, _ in heads)
    yield bounded and ascends((device, log) for device, log, *_ in heads), "the heads are out of bounds or order"
    bounded = len(pages) <= PAGES_MAX and all(number <= NUMBER_MAX and most <= PAGE_BYTES_MAX for number, _, _, most in pages)
    yield bounded and ascends(number for number, *_ in pages), "the pages are out of bounds or order"


def read_content(content, identity, signed):
    """What a root's content says; `signed(device)` tells whether that device signed it."""
    says = dict(zip(FIELDS, decode(content, fixed(*FIELDS.values()), ROOT_BYTES_MAX)))
    require(says.pop("version") == 1, "Version")
    for holds, rule in _rules(says):
        require(holds, invalid(rule))
    require(says.pop("identity") == identity, "Foreign")
    known = StatementSet(identity)
    known.merge(says["statements"])
    certified = {statement.device for statement in known.kept if statement.kind == CERTIFY}
    require(says["device"] in certified and signed(says["device"]), "Signature")
    return {name: shown(value) for name, value in says.items()}


def _key_of(keys, secret, info):
    for sealed in keys:
        try:
            return hpke_open(secret, info, b"", sealed)
        except CannotOpen:
            continue
    raise Refused("OpenError")


def root(data, given):
    identity, secret = bytes.fromhex(given["identity"]), bytes.fromhex(given["secret"])
    keys, sealed = decode(_versioned(data, ROOT_BYTES_MAX), fixed(many(blob(SEALED_KEY_BYTES)), blob()))
    require(len(keys) <= RECIPIENTS_MAX and ascends(keys), invalid("too many recipients, or in disorder"))
    key = _key_of(keys, secret, b"hearth/backup-root/1" + identity)
    padded = open_blob(derive_key(ROOT_KEY, key), sealed)
    content, signature = decode(unpad(padded), fixed(blob(), blob(64)))
    message = b"hearth/backup-root-content/1\0" + content
    says = read_content(content, identity, lambda device: ed25519.verify(device, message, signature))
    return {**says, "id": blake3(data).hex()}


def root_content(content, given):
    """As the device that is given signed it."""
    identity, device = bytes.fromhex(given["identity"]), bytes.fromhex(given["device"])
    return read_content(content, identity, lambda signer: signer == device)
