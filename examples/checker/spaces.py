"""Spaces, epochs and their grants, and what entries say about them. SPEC §2, §5, §6, §22, §26."""

from blake3 import derive_key
from cbor import Refused, blob, boolean, decode, encode, fixed, invalid, many, nullable, require, text, uint
from logs import BODY_BYTES_MAX, LOG_MAX, LONE, SEQUENCE_MAX, lone_of, reference_gives
from roots import STATEMENT_BYTES_MAX
from sealing import CannotOpen, hpke_open, x25519_public

SPACE_BYTES_MAX, SPACE_NONCE_BYTES, NAME_BYTES_MAX = 128, 16, 256
BOX_BYTES, BOXES_MAX, HEADS_MAX, PARENTS_MAX, PAST_MAX = 80, 384, 16, 24, 128
ADDED_MAX, ENDS_MAX, MEMBERS_MAX, PREVIOUS_MAX = 512, 64, 4096, 16
RECORDS_MAX, RECORD_MEMBERS_MAX, STATEMENTS_MAX = 128, 768, 32
EMOJI_BYTES_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX = 32, 64, 2048

SPACE = fixed(uint(8), many(blob(32)), blob())
HEAD = fixed(blob(32), blob(32))
REFERENCE = fixed(blob(32), blob(32), uint(64), uint(64), blob(32))
KEYS = fixed(uint(32), blob(32), blob(32), blob(32))
PAYLOAD = fixed(uint(8), SPACE, KEYS, many(HEAD), many(KEYS))
GRANT = fixed(blob(), blob())
NAMES = {1: "public", 2: "private", 3: "friends", 4: "shared", 5: "direct"}
IDENTITIES = {1: 0, 2: 1, 3: 1, 5: 2}


def ascending(items):
    return all(one < other for one, other in zip(items, items[1:]))


# --- spaces and epochs


def space_gives(space):
    """What a space says, once its kind, identities and nonce are found to fit together."""
    kind, identities, nonce = space
    require(kind in NAMES, "Version")
    if NAMES[kind] == "shared":
        require(len(identities) == 1, invalid("a shared space has one founder"))
        require(len(nonce) == SPACE_NONCE_BYTES, invalid("a shared space has 16 bytes that tell it apart"))
    else:
        fits = len(identities) == IDENTITIES[kind] and ascending(identities) and not nonce
        require(fits, invalid("a space names whom its kind asks for, in ascending order"))
    gives = {"kind": NAMES[kind], "id": space_id(space).hex(), "identities": [who.hex() for who in identities]}
    return {**gives, "nonce": nonce.hex()} if NAMES[kind] == "shared" else gives


def space_id(space):
    return derive_key("hearth 2026-11 space id v1", encode(space))


def read_space(data):
    return space_gives(decode(data, SPACE, SPACE_BYTES_MAX))


def commitment(key):
    return derive_key("hearth 2026-11 epoch commitment v1", key)


def epoch_id(space, generation, starter, committed_body, control):
    named = [space_id(space), generation, starter, committed_body, commitment(control)]
    return derive_key("hearth 2026-11 epoch id v1", encode(named))


def keys_give(space, keys):
    generation, starter, body, control = keys
    name = epoch_id(space, generation, starter, commitment(body), control)
    return {**_common(name, generation, starter, control), "body": body.hex()}


def control_gives(space, keys):
    generation, starter, committed, control = keys
    name = epoch_id(space, generation, starter, committed, control)
    return {**_common(name, generation, starter, control), "commitment": committed.hex()}


def _common(name, generation, starter, control):
    return {"epoch": name.hex(), "generation": generation, "starter": starter.hex(), "control": control.hex()}


# --- grants


def split_boxes(boxes):
    fits = boxes and len(boxes) % BOX_BYTES == 0 and len(boxes) // BOX_BYTES <= BOXES_MAX
    require(fits, invalid("a grant has 1 to 384 boxes of 80 bytes"))
    boxes = [boxes[at : at + BOX_BYTES] for at in range(0, len(boxes), BOX_BYTES)]
    require(ascending(boxes), invalid("a grant's boxes are in ascending order, each once"))
    return boxes


def _granted(payload):
    version, space, keys, heads, past = decode(payload, PAYLOAD)
    require(version == 1, "Version")
    require(len(heads) <= HEADS_MAX and ascending(heads), invalid("heads"))
    require(len(past) <= PAST_MAX and ascending(past), invalid("past"))
    return {
        "space": space_gives(space),
        "keys": keys_give(space, keys),
        "heads": [[part.hex() for part in head] for head in heads],
        "past": [keys_give(space, earlier) for earlier in past],
    }


def _payload_keys(secret, place, boxes):
    info = encode(["hearth/epoch-grant/1", place, x25519_public(secret)])
    for box in boxes:
        try:
            yield hpke_open(secret, info, b"", box)
        except CannotOpen:
            continue


def open_grant(data, secret, place, open_padded):
    """What a grant at this encoded place gives the holder of an inbox's secret. Whatever is wrong inside is told alike."""
    kind, payload = decode(data, fixed(uint(16), blob()), BODY_BYTES_MAX)
    if kind != 12:
        raise Refused("Kind")
    boxes, sealed = decode(payload, GRANT)
    boxes = split_boxes(boxes)
    try:
        opened = (open_padded(key, place, sealed) for key in _payload_keys(secret, place, boxes))
        padded = next((content for content in opened if content is not None), b"")
        stripped = padded.rstrip(b"\0")
        require(stripped.endswith(b"\x80"), "OpenError")
        return {"boxes": len(boxes), **_granted(stripped[:-1])}
    except Refused as error:
        raise Refused("OpenError") from error


def _grant(boxes, _):
    return {"epoch_grant": {"boxes": len(split_boxes(boxes))}}


# --- how shared spaces are run


def _name(name):
    require(1 <= len(name.encode()) <= NAME_BYTES_MAX, invalid("a space's name has 1 to 256 bytes"))
    return name


def _add(_, members, inboxes, with_past):
    fits = 1 <= len(members) <= ADDED_MAX and ascending(members)
    require(fits, invalid("1 to 512 members are added, in ascending order"))
    require(len(inboxes) == len(members), invalid("of each member that is added the inbox key's generation is told"))
    return {"add": {"members": [who.hex() for who in members], "inboxes": inboxes, "with_past": with_past}}


def _remove(_, member, ends):
    fits = len(ends) <= ENDS_MAX and ascending([end[:2] for end in ends])
    require(fits, invalid("a removal names at most 64 logs in ascending order, each once"))
    in_bounds = all(log <= LOG_MAX and seq <= SEQUENCE_MAX for _, log, seq in ends)
    require(in_bounds, invalid("the place is out of bounds"))
    return {"remove": {"member": member.hex(), "ends": [[device.hex(), log, seq] for device, log, seq in ends]}}


def _epoch(space, generation, body, control, members, inboxes, previous):
    require(1 <= len(inboxes) <= MEMBERS_MAX, invalid("an epoch has 1 to 4096 members"))
    fits = len(previous) <= PREVIOUS_MAX and ascending(previous)
    require(fits, invalid("an epoch hands on at most 16 control keys in ascending order"))
    handed = [control_gives(space, keys) for keys in previous]
    names = {"generation": generation, "body": body.hex(), "control": control.hex()}
    return {"epoch": {**names, "members": members.hex(), "inboxes": inboxes, "previous": handed}}


OPS = {
    1: (fixed(text), lambda _, name: {"create": _name(name)}),
    2: (fixed(many(blob(32)), many(nullable(uint(32))), boolean), _add),
    3: (fixed(blob(32), many(fixed(blob(32), uint(), uint()))), _remove),
    4: (fixed(blob(32)), lambda _, member: {"promote": member.hex()}),
    5: (fixed(text), lambda _, name: {"rename": _name(name)}),
    6: (fixed(), lambda _: "leave"),
    7: (fixed(uint(32), blob(32), blob(32), blob(32), many(nullable(uint(32))), many(KEYS)), _epoch),
}


def _control(space, parents, kind, payload):
    gives = space_gives(space)
    require(gives["kind"] == "shared", invalid("only a shared space is run by entries"))
    fits = len(parents) <= PARENTS_MAX and ascending(parents)
    require(fits, invalid("a control entry names at most 24 others in ascending order"))
    require((not parents) == (kind == 1), invalid("only a space's first control entry names no other"))
    if kind in OPS:
        shape, says = OPS[kind]
        op = says(space, *decode(payload, shape))
    else:
        op = {"kind": kind, "payload": payload.hex()}
    parents = [reference_gives(parent) for parent in parents]
    return {"control": {"space": gives, "parents": parents, "op": op}}


# --- what own devices tell each other, what is carried, registers


def _record(space, generation, starter, whole, body, control, granter, members):
    gives = space_gives(space)
    if members is not None:
        fits = len(members) <= RECORD_MEMBERS_MAX and ascending([who for who, _ in members])
        require(fits, invalid("a record names at most 768 members in ascending order"))
        members = [[who.hex(), inbox] for who, inbox in members]
    keys = (keys_give if whole else control_gives)(space, (generation, starter, body, control))
    return {**keys, "space": gives, "granter": granter.hex(), "members": members}


def _records(records):
    require(1 <= len(records) <= RECORDS_MAX, invalid("1 to 128 epochs are recorded at once"))
    return {"epoch_records": [_record(*record) for record in records]}


def _carried(statements, lone):
    fits = len(statements) <= STATEMENTS_MAX and all(len(one) <= STATEMENT_BYTES_MAX for one in statements)
    require(fits, invalid("at most 32 statements of 1536 bytes are carried along"))
    entry = lone_of(lone)
    carried = {"entry": entry.gives(), "body": entry.body.hex()}
    return {"carried": {"statements": [one.hex() for one in statements], **carried}}


def _register(register, key, value):
    fits = len(key) <= KEY_BYTES_MAX and len(value or b"") <= VALUE_BYTES_MAX
    require(fits, invalid("a register has a key of at most 64 bytes and a value of at most 2048"))
    return {"register": [register, key.hex(), None if value is None else value.hex()]}


def check_emoji(emoji):
    require(1 <= len(emoji.encode()) <= EMOJI_BYTES_MAX, invalid("a reaction has 1 to 32 bytes"))


RECORD = fixed(SPACE, uint(32), blob(32), boolean, blob(32), blob(32), blob(32), nullable(many(fixed(blob(32), nullable(uint(32))))))
KINDS = {
    12: (GRANT, _grant),
    13: (fixed(SPACE, many(REFERENCE), uint(8), blob()), _control),
    14: (fixed(many(RECORD)), _records),
    15: (fixed(many(blob()), LONE), _carried),
    17: (fixed(uint(8), blob(), nullable(blob())), _register),
}
