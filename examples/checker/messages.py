"""Records and the messages of a sync stream. SPEC §12, §13.

A new message type is one shape, one function that says what it means, and one line in `TYPES` at the end.
"""

import ed25519
from blake3 import derive_key
from cbor import blob, boolean, decode, encode, fixed, invalid, many, require, text, uint
from logs import FORK_PROOF, LONE, RUN, SEQUENCE_MAX, TIME_MAX, Run, fork_proof_of, log_gives, lone_of, place_gives, read_fork_proof, read_run
from roots import STATEMENTS_MAX, StatementSet, read_statement

FRAME_BYTES_MAX, PRESENCES_MAX, TOKENS_MAX, HAVES_MAX = 1 << 20, 16, 16_384, 64
LOGS_MAX, RANGES_MAX, DELETES_MAX, PREFIX_MAX, PARTS = 128, 256, 1024, 4, 16
SEALED_BYTES = (2048, 4096, 8192)
ADDRESSES_MAX, ADDRESS_BYTES_MAX, PEER_BYTES_MAX, NAME_BYTES_MAX = 8, 256, 64, 256


def at_most(most, items):
    require(len(items) <= most, invalid("too many items"))
    return items


# --- records

RECORD = fixed(blob(32), blob(32), blob(), blob(64), many(blob()))
PRESENCE = fixed(uint(8), blob(), uint(), many(text))
NOTICE = fixed(uint(8), blob(32), boolean, uint(), text)


def _opened(record, shape, label):
    """What a record says, once it is signed: it convinces by its own statements alone."""
    identity, device, inner, signature, statements = record
    set_ = StatementSet(identity)
    set_.merge(at_most(STATEMENTS_MAX, statements))
    holds = device in set_.current() and ed25519.verify(device, label + b"\0" + inner, signature)
    require(holds, "Unsigned")
    version, *fields = decode(inner, shape)
    require(version == 1, "Version")
    return fields


def _presence(record):
    identity, device, _, _, statements = record
    peer, time_ms, addresses = _opened(record, PRESENCE, b"hearth/presence/1")
    at_most(ADDRESSES_MAX, addresses)
    short = all(len(address.encode()) <= ADDRESS_BYTES_MAX for address in addresses)
    fits = time_ms <= TIME_MAX and len(peer) <= PEER_BYTES_MAX and short
    require(fits, invalid("a presence is out of bounds"))
    return {
        "identity": identity.hex(), "device": device.hex(), "peer": peer.hex(), "addresses": addresses,
        "statements": len(statements),
    }


def _notice(record):
    followed, following, time_ms, name = _opened(record, NOTICE, b"hearth/follow-notice/1")
    fits = time_ms <= TIME_MAX and len(name.encode()) <= NAME_BYTES_MAX
    require(fits, invalid("a notice is out of bounds"))
    return {
        "follower": record[0].hex(), "followed": followed.hex(), "following": following, "time_ms": time_ms, "name": name,
    }


# --- names

def names(identity, given):
    """The interest token from one peer to another, and the gossip topic."""
    from_to = [bytes.fromhex(given["from"]), bytes.fromhex(given["to"]), identity]
    token = derive_key("hearth 2026-11 interest token v1", encode(from_to))[:16]
    return {"token": token.hex(), "topic": derive_key("hearth 2026-11 gossip topic v1", identity)[:16].hex()}


# --- messages

HAVE_LOG = fixed(blob(32), uint(), many(fixed(uint(), uint())), blob(32))
HAVE = fixed(blob(32), many(blob()), many(HAVE_LOG))


def _ranges(ranges):
    at_most(RANGES_MAX, ranges)
    before = -2
    for lo, hi in ranges:
        require(before + 1 < lo <= hi <= SEQUENCE_MAX, invalid("ranges are ascending and apart"))
        before = hi
    return ranges


def _hello(fields):
    presences, interests, remembers = fields
    names_ = ("presences", "interests", "notices")
    remembers = {name: digest.hex() for name, digest in zip(names_, remembers, strict=True)}
    return {"hello": {"presences": presences.hex(), "interests": interests.hex(), "remembers": remembers}}


def _compare(fields):
    prefix, digests = fields
    fits = len(prefix) < PREFIX_MAX and all(part < PARTS for part in prefix)
    require(fits, invalid("a prefix is out of bounds"))
    parts = [digests[at : at + 8].hex() for at in range(0, len(digests), 8)]
    return {"compare": {"prefix": list(prefix), "digests": parts}}


def _presences(presences):
    return {"presences": [_presence(record) for record in at_most(PRESENCES_MAX, presences)]}


def _interest(fields):
    add, remove = (at_most(TOKENS_MAX, tokens) for tokens in fields)
    return {"interest": {"add": [token.hex() for token in add], "remove": [token.hex() for token in remove]}}


def _have(haves):
    def log(device, number, ranges, head):
        return {"device": device.hex(), "log": number, "ranges": _ranges(ranges), "head": head.hex()}

    def have(identity, statements, logs):
        at_most(STATEMENTS_MAX, statements)
        logs = [log(*fields) for fields in at_most(LOGS_MAX, logs)]
        return {"identity": identity.hex(), "statements": len(statements), "logs": logs}

    return {"have": [have(*fields) for fields in at_most(HAVES_MAX, haves)]}


def _get(fields):
    request, *log, lo, hi = fields
    require(request >= 1 and lo <= hi, invalid("a request has a number and a range"))
    return {"get": {"request": request, "log": log_gives(*log), "lo": lo, "hi": hi}}


def _run(fields):
    request, run, deletes = fields
    run = Run(run)
    deletes = [lone_of(lone) for lone in at_most(DELETES_MAX, deletes)]
    return {"run": {"request": request, "run": run.gives(), "tombstones": len(deletes)}}


def _missing(fields):
    return {"missing": fields[0]}


def _notice_message(record):
    return {"notice": _notice(record)}


def _letter(fields):
    to, hops, sealed = fields
    require(hops <= 1 and len(sealed) in SEALED_BYTES, invalid("a letter is out of bounds"))
    return {"letter": {"to": to.hex(), "hops": hops, "sealed": sealed.hex()}}


def _fork(fields):
    return {"fork": place_gives(fork_proof_of(fields))}


# Type → the payload's shape, and what it says or why it is refused.
TYPES = {
    1: (fixed(blob(16), blob(16), fixed(blob(16), blob(16), blob(16))), _hello),
    2: (fixed(many(blob(16)), many(blob(16))), _interest),
    3: (many(HAVE), _have),
    4: (fixed(uint(32), blob(32), blob(32), uint(), uint(), uint()), _get),
    5: (fixed(uint(32), RUN, many(LONE)), _run),
    6: (fixed(uint(32)), _missing),
    7: (RECORD, _notice_message),
    8: (FORK_PROOF, _fork),
    9: (many(RECORD), _presences),
    10: (fixed(blob(), blob(128)), _compare),
    11: (fixed(blob(32), uint(8), blob()), _letter),
}


def read_message(frame):
    type_, payload = decode(frame, fixed(uint(8), blob()), FRAME_BYTES_MAX)
    require(type_ in TYPES, "Version")
    shape, says = TYPES[type_]
    return says(decode(payload, shape))


# --- what two nodes that met before say by digests

def _digest(subject, value):
    return derive_key("hearth 2026-11 greeting digest v1", encode([subject, value]))[:16]


def greeting(frames, given):
    """What a peer is told later that is remembered of its frames."""
    lives_here = bytes.fromhex(given["lives_here"])
    presences, interests, notices = [], set(), {}
    for frame in decode(frames, many(blob()), FRAME_BYTES_MAX):
        read_message(frame)
        type_, payload = decode(frame, fixed(uint(8), blob()))
        said = decode(payload, TYPES[type_][0])
        if type_ == 9:
            presences = said
        elif type_ == 2:
            interests = (interests - set(said[1])) | set(said[0])
        elif type_ == 7:
            follower, device, inner, _, statements = said
            _, followed, following, _, name = decode(inner, NOTICE)
            if followed == lives_here:
                gist = [[follower, device, list(statements)], followed, following, name]
                notices[follower, followed] = _digest(2, gist)
    if not presences and not notices:
        interests = set()  # Whoever lives nowhere and follows nobody here isn't remembered.

    def gist(record):
        identity, device, inner, _, statements = record
        _, peer, _, addresses = decode(inner, PRESENCE)
        return [[identity, device, list(statements)], peer, list(addresses)]

    return {
        "presences": _digest(0, [gist(record) for record in presences]).hex(),
        "interests": _digest(1, sorted(interests)).hex(),
        "notices": _digest(2, [[*pair, notices[pair]] for pair in sorted(notices)]).hex(),
    }


def _item(held, peers):
    """A pair key, and what is held under it."""
    statements = [bytes.fromhex(statement) for statement in held["statements"]]
    identity = read_statement(statements[0]).identity
    set_ = StatementSet(identity)
    set_.merge(statements)
    key = derive_key("hearth 2026-11 pair key v1", encode([*sorted(peers), identity]))[:16]
    logs, forks = [], []
    if held["run"]:
        run = read_run(bytes.fromhex(held["run"]))
        entries = run.entries()
        last = run.first_seq + len(entries) - 1
        logs = [[run.log_key[1], run.log_key[2], [[run.first_seq, last]], entries[-1].id]]
    if held["fork"]:
        _, device, log, _ = read_fork_proof(bytes.fromhex(held["fork"]))
        forks = [[device, log]]
    return key, encode([key, set_.digest(), logs, forks])


def comparison(prefix, given):
    peers = [bytes.fromhex(peer) for peer in given["peers"]]
    items = sorted(_item(held, peers) for held in given["holds"])

    def part(last):
        path = "".join(f"{value:x}" for value in [*prefix, last])
        within = b"".join(item for key, item in items if key.hex().startswith(path))
        return derive_key("hearth 2026-11 comparison v1", within)[:8].hex()

    return {"digests": [part(last) for last in range(PARTS)]}
