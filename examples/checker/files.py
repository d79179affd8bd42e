"""Key files and export files. SPEC §14."""

import struct

from blake3 import blake3
from cbor import Refused, blob, decode, fixed, invalid, many, require, uint
from logs import LONE, RUN, Run, lone_of
from roots import STATEMENTS_MAX
from sealing import CannotOpen, argon2id, xchacha_open

KEY_MAGIC, CHECK_BYTES = b"HRTHKEY1", 16
COST_MAX = (262_144, 10, 4)  # KiB, passes, lanes
MAGIC, ITEM_BYTES_MAX = b"HEARTHLOG\x01", 1 << 20


def key_file(data, kind, passphrase=None):
    """The payload of a key file of this kind."""
    require(data[:7] == KEY_MAGIC[:7], "Damaged")
    require(data[7:8] == KEY_MAGIC[7:], "NewerVersion")
    content = data[:-CHECK_BYTES]
    require(len(content) >= 10 and blake3(content)[:CHECK_BYTES] == data[-CHECK_BYTES:], "Damaged")
    require(content[8] == kind, "WrongKind")
    protection, rest = content[9], content[10:]
    if protection == 0:
        return rest
    require(protection == 1, "NewerVersion")
    require(passphrase is not None, "PassphraseNeeded")
    require(len(rest) >= 12 + 16 + 24 + 16, "Damaged")
    cost = struct.unpack(">III", rest[:12])
    require(all(value <= most for value, most in zip(cost, COST_MAX)), "TooCostly")
    memory_kib, passes, lanes = cost
    require(passes >= 1 and lanes >= 1 and memory_kib >= 8 * lanes, "Damaged")
    salt, nonce, ciphertext = rest[12:28], rest[28:52], rest[52:]
    key = argon2id(passphrase.encode(), salt, *cost)
    try:
        return xchacha_open(key, nonce, ciphertext, content[: len(content) - len(ciphertext)])
    except CannotOpen as error:
        raise Refused("WrongPassphrase") from error


# --- export files

ITEM = fixed(uint(8), blob())
RUN_ITEM = fixed(RUN, many(LONE))


def _items(data):
    """Each item's kind and payload, in order; nothing may be left over behind the end (kind 3)."""
    require(data.startswith(MAGIC), "Magic")
    at = len(MAGIC)
    while at < len(data):
        length = data[at : at + 4]
        require(len(length) == 4, "CutOff")
        length = int.from_bytes(length, "big")
        require(length <= ITEM_BYTES_MAX, "TooLong")
        at += 4 + length
        require(at <= len(data), "CutOff")
        kind, payload = decode(data[at - length : at], ITEM)
        yield kind, payload
        if kind == 3:
            require(at == len(data), "AfterEnd")
            return
    raise Refused("CutOff")


def _run(payload):
    run, deletes = decode(payload, RUN_ITEM)
    run = Run(run)
    return {**run.gives(), "tombstones": len([lone_of(lone) for lone in deletes])}


def read_archive(data):
    """What an export file holds, signatures aside."""
    statements, runs = None, []
    for kind, payload in _items(data):
        require(kind in (1, 2, 3), "Kind")
        require((kind == 1) == (statements is None), "Order")
        if kind == 1:
            statements = decode(payload, many(blob()))
            require(len(statements) <= STATEMENTS_MAX, invalid("too many statements"))
        elif kind == 2:
            runs.append(_run(payload))
        else:
            counted = decode(payload, fixed(uint(), uint()))
            require(counted == [len(runs), sum(run["entries"] for run in runs)], "CutOff")
    return {"statements": len(statements), "runs": runs}
