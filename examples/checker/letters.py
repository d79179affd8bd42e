"""Sealed letters, and links that invite to a space. SPEC §25."""

import base64
import re

import ed25519
from blake3 import derive_key, keyed
from cbor import Refused, blob, decode, encode, fixed, invalid, many, require, text, uint
from logs import TIME_MAX
from messages import ADDRESS_BYTES_MAX, ADDRESSES_MAX, NAME_BYTES_MAX, RECORD, SEALED_BYTES, at_most
from roots import STATEMENTS_MAX, StatementSet
from sealing import CannotOpen, hpke_open
from texts import link as peer_link

LETTER_BYTES_MAX, KNOCK_BYTES_MAX = 8192, 1024
LETTER = fixed(uint(8), blob(32), blob(16), uint(), text, fixed(uint(32), blob(32)), many(text), uint(8), blob())
KNOCK = fixed(text)
JOIN = fixed(blob(32), blob(16), blob(32))
REFUSED = fixed(blob(32), blob(16), uint(8))


def _matter(kind, payload):
    if kind == 1:
        (said,) = decode(payload, KNOCK)
        return {"knock": said}
    if kind == 2:
        require(payload == b"", invalid("an acceptance carries nothing"))
        return "accepted"
    if kind == 3:
        space, invite, proof = decode(payload, JOIN)
        return {"join": {"space": space.hex(), "invite": invite.hex(), "proof": proof.hex()}}
    if kind == 4:
        space, invite, reason = decode(payload, REFUSED)
        return {"refused": {"space": space.hex(), "invite": invite.hex(), "reason": reason}}
    return {"unknown": {"kind": kind, "payload": payload.hex()}}


def letter(sealed, given):
    """What a letter says to who has the inbox's secret, and who says it."""
    to, secret = bytes.fromhex(given["to"]), bytes.fromhex(given["inbox_secret"])
    require(len(sealed) in SEALED_BYTES, "Sealed")
    try:
        padded = hpke_open(secret, b"hearth/letter/1" + to, b"", sealed)
    except CannotOpen as error:
        raise Refused("Sealed") from error
    length = int.from_bytes(padded[:2], "big")
    fits = len(padded) >= 2 + length and not any(padded[2 + length :])
    require(fits, invalid("a letter is padded wrongly"))
    identity, device, inner, signature, statements = decode(padded[2 : 2 + length], RECORD, LETTER_BYTES_MAX)
    at_most(STATEMENTS_MAX, statements)
    version, for_, id_, time_ms, name, (generation, inbox), addresses, kind, payload = decode(inner, LETTER)
    require(version == 1, "Version")
    matter = _matter(kind, payload)
    short = len(addresses) <= ADDRESSES_MAX and all(len(it.encode()) <= ADDRESS_BYTES_MAX for it in addresses)
    said = len(matter["knock"].encode()) if kind == 1 else 0
    fits = short and time_ms <= TIME_MAX and len(name.encode()) <= NAME_BYTES_MAX and said <= KNOCK_BYTES_MAX
    require(fits, invalid("a letter is out of bounds"))
    require(for_ == to, "Misdirected")
    set_ = StatementSet(identity)
    set_.merge(statements)
    holds = device in set_.current() and ed25519.verify(device, b"hearth/letter/1\0" + inner, signature)
    require(holds, "Unsigned")
    return {
        "from": identity.hex(), "device": device.hex(), "statements": len(statements), "id": id_.hex(), "time_ms": time_ms,
        "name": name, "inbox": [generation, inbox.hex()], "addresses": addresses, "matter": matter,
    }


def _decoded(written):
    require(re.fullmatch("[A-Za-z0-9_-]{43}", written), "Invite")
    raw = base64.urlsafe_b64decode(written + "=")
    require(base64.urlsafe_b64encode(raw).decode() == written + "=", "Invite")
    return raw


def invite(written, given):
    """An invitation's parts, and the proof that `joiner` has it."""
    before, mark, query = written.partition("?")
    space = secret = None
    rest = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "space" and space is None:
            require(re.fullmatch("[0-9a-f]{64}", value), "Invite")
            space = bytes.fromhex(value)
        elif name == "invite" and secret is None:
            secret = _decoded(value)
        else:
            rest.append(part)
    require(mark and space is not None and secret is not None, "NoInvite")
    from_ = peer_link(f"{before}?{'&'.join(rest)}")
    inviter, joiner, id_ = bytes.fromhex(from_["identity"]), bytes.fromhex(given["joiner"]), secret[:16]
    key = derive_key("hearth 2026-11 invite proof v1", secret)
    proof = keyed(key, encode([inviter, space, id_, joiner]))
    coded = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    joint = "&" if from_["via"] else "?"
    return {
        "identity": inviter.hex(), "via": from_["via"], "space": space.hex(), "id": id_.hex(), "proof": proof.hex(),
        "written": f"{from_['written']}{joint}space={space.hex()}&invite={coded}",
    }
