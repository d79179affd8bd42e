"""What owners and guardians say to each other: claims, tickets, releases, and their frames. SPEC, "Guardians".

A new kind is one shape, one function that says what it means, and one line in `TYPES` at the end.
"""

import ed25519
from blake3 import blake3
from cbor import blob, boolean, decode, fixed, invalid, many, nullable, require, uint
from logs import LOG_MAX, SEQUENCE_MAX, TIME_MAX
from roots import CUT, STATEMENTS_MAX, StatementSet

FRAME_BYTES_MAX, TICKET_BYTES_MAX, PART_BYTES_MAX, KEPT_BYTES_MAX = 256 << 10, 512, 64 << 10, 9 << 20
LISTED_MAX, RELEASE_IDS_MAX, ATTESTED_LOGS_MAX, ATTESTED_ROOTS_MAX, PEER_BYTES_MAX = 1024, 512, 128, 16, 64
CLAIM, KINDS, OUTCOMES = 32, (1, 2, 3), ("stored", "no pledge", "over quota", "busy", "mismatch", "failed")


def ascends(values):
    values = list(values)
    return all(one < other for one, other in zip(values, values[1:]))


def kept_fits(number, length):
    return number <= SEQUENCE_MAX and 1 <= length <= KEPT_BYTES_MAX


# --- what owners sign

SIGNED = fixed(blob(), blob(64))
TICKET = fixed(uint(8), blob(32), blob(32), blob(32), uint(32), uint(8), uint(), uint(32), uint(), blob(32))
RELEASE = fixed(uint(8), blob(32), blob(32), blob(32), uint(), many(blob(32)))
CLAIM_SHAPE = fixed(blob(32), blob(32), blob(), blob(64), many(blob()))
CLAIMED = fixed(uint(8), blob(32), blob(), blob(), uint())


def _named(names, fields):
    return {name: field.hex() if isinstance(field, bytes) else field for name, field in zip(names, fields, strict=True)}


def _ticket(data):
    """What a ticket says, its device, and what to verify."""
    inner, signature = decode(data, SIGNED, TICKET_BYTES_MAX)
    version, *fields = decode(inner, TICKET, TICKET_BYTES_MAX)
    require(version == 1, "Version")
    _, _, _, length, kind, number, _, expires, device = fields
    fits = kept_fits(number, length) and kind in KINDS and expires <= TIME_MAX
    require(fits, invalid("a ticket is out of bounds"))
    names = ("owner", "guardian", "id", "bytes", "kind", "number", "generation", "expires_ms", "device")
    return _named(names, fields), (device, b"hearth/ticket/1\0" + inner, signature)


def _release(data):
    inner, signature = decode(data, SIGNED, FRAME_BYTES_MAX)
    version, owner, guardian, device, time, ids = decode(inner, RELEASE, FRAME_BYTES_MAX)
    require(version == 1, "Version")
    fits = 1 <= len(ids) <= RELEASE_IDS_MAX and time <= TIME_MAX
    require(fits, invalid("a release names 1 to 512 things"))
    require(ascends(ids), invalid("a release names its ids in ascending order, each once"))
    says = _named(("owner", "guardian", "device", "time_ms"), (owner, guardian, device, time))
    return {**says, "ids": [id_.hex() for id_ in ids]}, (device, b"hearth/release/1\0" + inner, signature)


def _verified(says, to_verify):
    require(ed25519.verify(*to_verify), "BadSignature")
    return says


def ticket(data, _):
    return _verified(*_ticket(data))


def release(data, _):
    return _verified(*_release(data))


def _claim_holds(device, inner, signature, identity, given):
    """Whether the two ends are these, and the signature is the device's."""
    version, said, from_, to, time = decode(inner, CLAIMED, FRAME_BYTES_MAX)
    require(version == 1, "Version")
    require(time <= TIME_MAX, invalid("the time is out of bounds"))
    ends = bytes.fromhex(given["from"]), bytes.fromhex(given["to"])
    short = all(len(end) <= PEER_BYTES_MAX for end in ends)
    require((from_, to) == ends and short and said == identity, "Elsewhere")
    require(ed25519.verify(device, b"hearth/guardian-claim/1\0" + inner, signature), "Unsigned")


def claim(frame, given):
    """A claim's frame between two peers, one of whom knows statements already: it counts with those, and with its own."""
    kind, payload = decode(frame, FRAME, FRAME_BYTES_MAX)
    read_message(frame)
    require(kind == CLAIM, "Kind")
    identity, device, inner, signature, statements = decode(payload, CLAIM_SHAPE)
    _claim_holds(device, inner, signature, identity, given)
    set_ = StatementSet(identity)
    set_.merge([bytes.fromhex(statement) for statement in given["known"]])
    set_.merge(statements)
    is_cut = any(statement.kind == CUT and statement.device == device for statement in set_.kept)
    require(set_.certified(device) and not is_cut, "Unsigned")
    return {"identity": identity.hex(), "device": device.hex(), "digest": set_.digest().hex()}


# --- messages


def _claim_message(fields):
    identity, device, _, _, statements = fields
    require(len(statements) <= STATEMENTS_MAX, invalid("too many items"))
    return {"identity": identity.hex(), "device": device.hex(), "statements": [s.hex() for s in statements]}


def _pledged(fields):
    ends = fields[-1]
    require(ends is None or ends <= TIME_MAX, invalid("the time is out of bounds"))
    return _named(("owner", "guardian", "bytes", "used", "ends_ms"), fields)


def _put(fields):
    says, _ = _ticket(fields[1])
    return {"request": fields[0], "ticket": says}


def _part(fields):
    request, offset, content = fields
    fits = 1 <= len(content) <= PART_BYTES_MAX and offset + len(content) <= KEPT_BYTES_MAX
    require(fits, invalid("a part is out of bounds"))
    return {"request": request, "offset": offset, "length": len(content), "hash": blake3(content).hex()}


def _done(fields):
    request, outcome = fields
    require(outcome < len(OUTCOMES), "Version")
    return {"request": request, "outcome": OUTCOMES[outcome]}


def _get(fields):
    *_, offset, length = fields
    require(1 <= length and offset + length <= KEPT_BYTES_MAX, invalid("a request is out of bounds"))
    return _named(("request", "owner", "id", "offset", "length"), fields)


def _listed(fields):
    request, items, more = fields
    require(len(items) <= LISTED_MAX, invalid("too many items"))
    require(ascends(id_ for id_, *_ in items), invalid("items are ascending, each once"))
    fits = all(kind in KINDS and kept_fits(number, length) for _, kind, number, length in items)
    require(fits, invalid("an item is out of bounds"))
    return {"request": request, "items": [[id_.hex(), *rest] for id_, *rest in items], "more": more}


def _release_message(fields):
    says, _ = _release(fields[1])
    return {"request": fields[0], "release": says}


def _attested(fields):
    request, logs, roots = fields
    few = len(logs) <= ATTESTED_LOGS_MAX and len(roots) <= ATTESTED_ROOTS_MAX
    bounded = all(log <= LOG_MAX and seq <= SEQUENCE_MAX for _, log, seq, _ in logs)
    kept = all(kept_fits(number, length) for number, _, length in roots)
    require(few and bounded and kept, invalid("what is attested is out of bounds"))
    logs = [[device.hex(), log, seq, id_.hex()] for device, log, seq, id_ in logs]
    return {"request": request, "logs": logs, "roots": [[number, id_.hex(), length] for number, id_, length in roots]}


def _coming(fields):
    require(1 <= fields[1] <= KEPT_BYTES_MAX, invalid("an object is out of bounds"))
    return _named(("request", "bytes"), fields)


FRAME = fixed(uint(8), blob())
PART = fixed(uint(32), uint(32), blob())
ITEM = fixed(blob(32), uint(8), uint(), uint(32))
ATTESTED_LOG, ATTESTED_ROOT = fixed(blob(32), uint(), uint(), blob(32)), fixed(uint(), blob(32), uint(32))

# Kind → name, the payload's shape, and what it says or why it is refused.
TYPES = {
    CLAIM: ("claim", CLAIM_SHAPE, _claim_message),
    33: ("pledged", fixed(blob(32), blob(32), uint(), uint(), nullable(uint())), _pledged),
    34: ("put", fixed(uint(32), blob()), _put),
    35: ("part", PART, _part),
    36: ("done", fixed(uint(32), uint(8)), _done),
    37: ("get", fixed(uint(32), blob(32), blob(32), uint(32), uint(32)), _get),
    38: ("piece", PART, _part),
    39: ("absent", fixed(uint(32)), lambda fields: fields[0]),
    40: ("list", fixed(uint(32), blob(32), nullable(blob(32))), lambda fields: _named(("request", "owner", "after"), fields)),
    41: ("listed", fixed(uint(32), many(ITEM), boolean), _listed),
    42: ("release", fixed(uint(32), blob()), _release_message),
    43: ("attest", fixed(uint(32), blob(32)), lambda fields: _named(("request", "identity"), fields)),
    44: ("attested", fixed(uint(32), many(ATTESTED_LOG), many(ATTESTED_ROOT)), _attested),
    45: ("fetch", fixed(uint(32), blob(32), blob(32)), lambda fields: _named(("request", "owner", "id"), fields)),
    46: ("coming", fixed(uint(32), uint(32)), _coming),
    47: ("picture", fixed(uint(32), blob(32), blob(32)), lambda fields: _named(("request", "root", "id"), fields)),
}
WITHOUT_NUMBER = ("claim", "pledged")


def read_message(frame):
    kind, payload = decode(frame, FRAME, FRAME_BYTES_MAX)
    require(kind in TYPES, "Version")
    name, shape, says = TYPES[kind]
    fields = decode(payload, shape)
    said = says(fields)
    require(name in WITHOUT_NUMBER or fields[0] >= 1, invalid("a request has a number"))
    return {name: said}
