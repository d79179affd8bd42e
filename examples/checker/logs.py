"""Headers, entries, runs, lone entries, fork proofs. SPEC §4, §8, §11."""

from dataclasses import dataclass

import ed25519
from blake3 import blake3
from cbor import BYTES, blob, decode, either, encode, fixed, invalid, many, require, uint

NO_ENTRY = bytes(32)
LASTING = 3
HEADER_BYTES_MAX, BODY_BYTES_MAX, LONE_BYTES_MAX, FORK_PROOF_BYTES_MAX = 300, 32_768, 33_196, 760
RUN_ENTRIES_MAX, RUN_BYTES_MAX = 1024, 1 << 20
SEQUENCE_MAX, LOG_MAX, TIME_MAX = (1 << 40) - 1, (1 << 48) - 1, (1 << 47) - 1

HEADER = fixed(uint(8), blob(32), blob(32), uint(), uint(), blob(32), uint(), blob(32), uint(32))


@dataclass(frozen=True)
class Header:
    identity: bytes
    device: bytes
    log: int
    seq: int
    previous: bytes
    time_ms: int
    body_hash: bytes
    body_bytes: int
    lasts: bool = False

    def check(self):
        """The rules of §4's table."""
        require(self.log <= LOG_MAX, invalid("the log number is out of bounds"))
        require(self.seq <= SEQUENCE_MAX, invalid("the sequence is out of bounds"))
        require(self.time_ms <= TIME_MAX, invalid("the time is out of bounds"))
        require(self.body_bytes <= BODY_BYTES_MAX, invalid("the body is too long"))
        require(self.body_bytes > 0, invalid("the body is empty"))
        require((self.seq == 0) == (self.previous == NO_ENTRY), invalid("only the first entry has no previous one"))
        return self

    def encoded(self):
        return encode([
            2 if self.lasts else 1, self.identity, self.device, self.log, self.seq, self.previous, self.time_ms, self.body_hash, self.body_bytes
        ])

    @property
    def log_key(self):
        return (self.identity, self.device, self.log)

    @property
    def place(self):
        return (self.identity, self.device, self.log, self.seq)

    def gives(self):
        return {
            **place_gives(self.place), "previous": self.previous.hex(), "time_ms": self.time_ms,
            "body_hash": self.body_hash.hex(), "body_bytes": self.body_bytes, "lasts": self.lasts,
        }


def log_gives(identity, device, log):
    return {"identity": identity.hex(), "device": device.hex(), "log": log}


def place_gives(place):
    return {**log_gives(*place[:3]), "seq": place[3]}


def in_bounds(log, seq):
    require(log <= LOG_MAX and seq <= SEQUENCE_MAX, invalid("the place is out of bounds"))


def reference_gives(reference):
    """What names an entry of anybody's says: where it lies, and its id."""
    *place, id_ = reference
    in_bounds(*place[2:])
    return {**place_gives(place), "id": id_.hex()}


def read_header(data):
    version, *fields = decode(data, HEADER, HEADER_BYTES_MAX)
    require(version in (1, 2), "Version")
    return Header(*fields, lasts=version == 2).check()


def is_lasting(body):
    """Whether deletes leave a body alone (§5)."""
    return body[:1] == bytes([LASTING])


class Entry:
    """A header with its signature; the body may be gone."""

    def __init__(self, header, signature, body=None):
        self.header, self.signature, self.body = header, signature, body
        self.raw = header.encoded()
        self.id = blake3(self.raw + signature)

    def signed(self):
        return ed25519.verify(self.header.device, b"hearth/entry/1\0" + self.raw, self.signature)

    def gives(self):
        return {**self.header.gives(), "id": self.id.hex()}


# --- runs

ITEM = fixed(uint(), blob(64), either(BYTES, blob(), fixed(blob(32), uint(32))))
RUN = fixed(blob(32), blob(32), uint(), uint(), blob(32), many(ITEM))


class Run:
    """A run as it was written; `entries` builds the headers and checks them."""

    def __init__(self, fields):
        *log_key, self.first_seq, self.previous, self.items = fields
        self.log_key = tuple(log_key)
        require(1 <= len(self.items) <= RUN_ENTRIES_MAX, invalid("a run has 1 to 1,024 entries"))

    def entries(self):
        last = self.first_seq + len(self.items) - 1
        require(last <= SEQUENCE_MAX and self.log_key[2] <= LOG_MAX, invalid("the run is out of bounds"))
        previous, entries = self.previous, []
        for seq, (time_ms, signature, body) in enumerate(self.items, self.first_seq):
            present = isinstance(body, bytes)
            hash_, length = (blake3(body), len(body)) if present else body
            lasts = present and is_lasting(body)
            header = Header(*self.log_key, seq, previous, time_ms, hash_, length, lasts).check()
            entries.append(Entry(header, signature, body if present else None))
            previous = entries[-1].id
        return entries

    def gives(self):
        gone = sum(not isinstance(body, bytes) for *_, body in self.items)
        return {
            **log_gives(*self.log_key), "first_seq": self.first_seq, "previous": self.previous.hex(),
            "entries": len(self.items), "gone": gone,
        }


def read_run(data):
    return Run(decode(data, RUN, RUN_BYTES_MAX))


# --- lone entries

LONE = fixed(blob(), blob(64), blob())


def lone_of(fields):
    header, signature, body = fields
    require(len(body) <= BODY_BYTES_MAX, "TooLong")
    return Entry(read_header(header), signature, body)


def read_lone(data):
    return lone_of(decode(data, LONE, LONE_BYTES_MAX))


def body_matches(entry):
    """Whether the body is the one that the header names, and lasts exactly if the header says so (§4)."""
    header, body = entry.header, entry.body
    return header.body_bytes == len(body) and header.lasts == is_lasting(body) and header.body_hash == blake3(body)


# --- fork proofs

SIDE = fixed(blob(), blob(64))
FORK_PROOF = fixed(SIDE, SIDE)


def fork_proof_of(fields):
    """The place where a proof shows that a log forked."""
    one, other = (Entry(read_header(header), signature) for header, signature in fields)
    require(one.id < other.id, "NotCanonical")
    require(one.header.place == other.header.place, "NoContradiction")
    require(one.signed() and other.signed(), "Signature")
    return one.header.place


def read_fork_proof(data):
    return fork_proof_of(decode(data, FORK_PROOF, FORK_PROOF_BYTES_MAX))
