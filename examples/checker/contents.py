"""Bodies, what is inside them, sealed keys. SPEC §5, §6."""

import hmac

import objects
import spaces
from blake3 import derive_key, keyed
from cbor import Refused, blob, boolean, decode, encode, fixed, invalid, many, nullable, require, text, uint
from logs import BODY_BYTES_MAX, body_matches, in_bounds, place_gives, reference_gives
from sealing import CannotOpen, hpke_open, x25519_public, xchacha_open

TEXT_BYTES_MAX, NAME_BYTES_MAX, BIO_BYTES_MAX = 16_384, 256, 4096
TARGETS_MAX, GRANT_DEVICES_MAX, SEALED_BYTES_MAX = 32, 63, 128

CONTENT = fixed(uint(16), blob())
TARGET = fixed(blob(32), uint(), uint())
REFERENCE = fixed(blob(32), blob(32), uint(), uint(), blob(32))


def _text(value):
    require(len(value.encode()) <= TEXT_BYTES_MAX, "TooLong")
    require(value, invalid("a text has at least one character"))
    return value


def _target(target):
    device, log, seq = target
    in_bounds(log, seq)
    return [device.hex(), log, seq]


def _within(words, most, rule):
    require(words is None or 1 <= len(words.encode()) <= most, invalid(rule))
    return words


def _alt(words):
    return _within(words, 1500, "an alternative text has 1 to 1500 bytes")


def _warning(words):
    return _within(words, 200, "a warning has 1 to 200 bytes")


def _picture(picture):
    (length, depth, root), media, width, height = picture
    content = objects.file_content(length, depth, root)
    require(media in MEDIA, "Version")
    return {"blob": content, "media": media, "width": width, "height": height}


def _photo(photo):
    key, full, small, placeholder, alt = photo
    full, small = _picture(full), _picture(small)
    return {"key": key.hex(), "full": full, "small": small, "placeholder": placeholder.hex(), "alt": alt}


def _fits(photo, full, small):
    """Whether a photo is within limits: bytes, levels of lists, the longer side, and whether both sides are alike."""
    for picture, (most, levels, side, square) in ((photo["full"], full), (photo["small"], small)):
        width, height, content = picture["width"], picture["height"], picture["blob"]
        within = 1 <= content["bytes"] <= most and content["depth"] <= levels
        within = within and 1 <= width <= side and 1 <= height <= side and (not square or width == height)
        require(within, invalid("a picture is out of bounds"))
    require(len(photo["placeholder"]) <= 2 * 32, invalid("a placeholder has at most 32 bytes"))
    _alt(photo["alt"])
    return photo


def _profile(name, bio, gossip, picture):
    fits = len(name.encode()) <= NAME_BYTES_MAX and len(bio.encode()) <= BIO_BYTES_MAX
    require(fits, invalid("the name or the biography is too long"))
    if picture is not None:
        picture = _fits(_photo(picture), (1 << 20, 0, 512, True), (1 << 16, 0, 96, True))
    return {"profile": {"name": name, "bio": bio, "gossip": gossip, "picture": picture}}


def _few(photos):
    require(len(photos) <= 8, invalid("a post has at most 8 photos"))


def _post(words, reply_to, warning, photos):
    if reply_to is not None:
        reply_to = reference_gives(reply_to)
    photos = [_photo(photo) for photo in photos]
    if words or not photos:
        _text(words)
    _warning(warning)
    _few(photos)
    for photo in photos:
        _fits(photo, (8 << 20, 1, 2560, False), (1 << 18, 0, 640, False))
    said = {"text_bytes": len(words.encode()), "text_start": words[:40], "reply_to": reply_to}
    return {"post": {**said, "warning": warning, "photos": photos}}


def _edit(target, words, warning, alts):
    target = _target(target)
    if words or not alts:
        _text(words)
    _warning(warning)
    _few(alts)
    return {"edit": {"target": target, "text": words, "warning": warning, "alts": [_alt(alt) for alt in alts]}}


def _delete(targets):
    require(1 <= len(targets) <= TARGETS_MAX, invalid("a delete names 1 to 32 entries"))
    ascending = all(one < other for one, other in zip(targets, targets[1:]))
    require(ascending, invalid("a delete names its targets in ascending order, each once"))
    return {"delete": [_target(target) for target in targets]}


def _follow(identity, state):
    require(state <= 2, "Version")
    return {"follow": [identity.hex(), state]}


def _inbox(generation, box_key):
    return {"inbox": [generation, box_key.hex()]}


def _key_grant(purpose, generation, devices, sealed):
    require(purpose in PURPOSES, "Version")
    ascending = all(one < other for one, other in zip(devices, devices[1:]))
    wrong_devices = "a grant names at most 63 devices in ascending order, each once"
    require(len(devices) <= GRANT_DEVICES_MAX and ascending, invalid(wrong_devices))
    fits = len(sealed) == len(devices) + 1 and all(len(key) <= SEALED_BYTES_MAX for key in sealed)
    wrong_keys = "a grant has one short sealed key for each device and one for the recovery key"
    require(fits, invalid(wrong_keys))
    devices, sealed = [[item.hex() for item in items] for items in (devices, sealed)]
    return {"key_grant": {"purpose": purpose, "generation": generation, "devices": devices, "sealed": sealed}}


def _reaction(target, emoji, on):
    spaces.check_emoji(emoji)
    place = reference_gives(target)
    id_ = place.pop("id")
    return {"reaction": {"target": place, "id": id_, "emoji": emoji, "on": on}}


def _boost(target, on):
    place = reference_gives(target)
    id_ = place.pop("id")
    return {"boost": {"target": place, "id": id_, "on": on}}


PURPOSES = {1: "private space", 2: "inbox", 3: "backup"}
MEDIA = (1, 2, 3, 4)
PICTURE = fixed(fixed(uint(), uint(8), blob(32)), uint(8), uint(16), uint(16))
PHOTO = fixed(blob(32), PICTURE, PICTURE, blob(), nullable(text))
KINDS = {
    1: (fixed(text, text, boolean, nullable(PHOTO)), _profile),
    2: (fixed(text, nullable(REFERENCE), nullable(text), many(PHOTO)), _post),
    3: (fixed(TARGET, text, nullable(text), many(nullable(text))), _edit),
    4: (fixed(many(TARGET)), _delete),
    5: (fixed(blob(32), uint(8)), _follow),
    6: (fixed(uint(32), blob(32)), _inbox),
    7: (fixed(uint(8), uint(32), many(blob(32)), many(blob())), _key_grant),
    16: (fixed(REFERENCE, text, boolean), _reaction),
    18: (fixed(REFERENCE, boolean), _boost),
    **objects.KINDS,
    **spaces.KINDS,
}


def read_content(data):
    """What a content says."""
    kind, payload = decode(data, CONTENT, BODY_BYTES_MAX)
    if kind not in KINDS:
        return {"kind": kind, "payload": payload.hex()}
    shape, says = KINDS[kind]
    return says(*decode(payload, shape))


# --- bodies

SALT_BYTES, NONCE_BYTES, TAG_BYTES, POLY1305_BYTES = 16, 24, 32, 16


def _clear_content(body):
    require(len(body) > 1 + SALT_BYTES, "Malformed")
    return body[1 + SALT_BYTES :]


def encode_place(place):
    return encode(list(place))


def body_keys(space_key):
    return (
        derive_key("hearth 2026-11 body tag key v1", space_key),
        derive_key("hearth 2026-11 body encryption key v1", space_key),
    )


def open_padded(space_key, place, sealed):
    """The padded content of nonce ‖ tag ‖ ciphertext; None if the tag says that another key opens it."""
    nonce, tag, ciphertext = sealed[:24], sealed[24:56], sealed[56:]
    tag_key, encryption_key = body_keys(space_key)
    if not hmac.compare_digest(tag, keyed(tag_key, nonce + place)):
        return None
    try:
        return xchacha_open(encryption_key, nonce, ciphertext, tag + place)
    except CannotOpen as error:
        raise Refused("OpenError") from error


def _sealed_content(body, place, keys):
    require(len(body) > 1 + NONCE_BYTES + TAG_BYTES + POLY1305_BYTES, "Malformed")
    opened = (open_padded(key, encode_place(place), body[1:]) for key in keys)
    padded = next((content for content in opened if content is not None), None)
    require(padded is not None, "Sealed")
    stripped = padded.rstrip(b"\0")
    require(stripped.endswith(b"\x80"), invalid("the padding is broken"))
    return stripped[:-1]


def open_body(body, place=None, keys=()):
    """What a body says, given who reads it."""
    require(body, "Malformed")
    require(body[0] in (1, 2, 3), "Version")
    if body[0] == 1:
        return read_content(_clear_content(body))
    says = read_content(_sealed_content(body, place, keys))
    require(("control" in says) == (body[0] == 3), invalid("a body lasts if it runs a space, and no other does"))
    return says


def open_space_body(body, place, epochs):
    """For whom a body is and what it says, given the epochs whose keys are held; content counts only under the key for it."""
    require(body, "Malformed")
    require(body[0] in (1, 2, 3), "Version")
    require(len(body) > 1 + SALT_BYTES if body[0] == 1 else True, "Malformed")
    keys = [(epoch, which) for epoch in epochs for which in ("body", "control")]
    for epoch, which in keys if body[0] != 1 else ():
        try:
            says = open_body(body, place, [epoch[which]])
        except Refused as refused:
            if refused.error == "Sealed":
                continue
            raise
        space, is_control = epoch["space"], "control" in says
        gives = spaces.space_gives(space)
        require(is_control == (which == "control"), "Kind")
        require(not is_control or says["control"]["space"] == gives, "Kind")
        name = spaces.keys_give(space, [epoch[field] for field in ("generation", "starter", "body", "control")])["epoch"]
        return {"space": gives, "epoch": name, "key": which, "content": says}
    raise Refused("Sealed")


def import_salt(space_key, time_ms, words):
    """The salt of an imported post (§6)."""
    mac_key = derive_key("hearth 2026-11 import salt v1", space_key)
    return keyed(mac_key, encode([time_ms, words]))[:SALT_BYTES]


# --- deletes and grants


def effective_targets(entry):
    """The places that an entry deletes, if it is an effective delete (§10); else None."""
    if not entry.body or entry.body[0] != 1 or not body_matches(entry) or not entry.signed():
        return None
    try:
        targets = open_body(entry.body).get("delete")
    except Refused:
        return None
    return targets and [(entry.header.identity, bytes.fromhex(device), log, seq) for device, log, seq in targets]


def grant_info(purpose, generation, place, recipient):
    return encode(["hearth/key-grant/1", PURPOSES[purpose], generation, encode_place(place), recipient])


def open_grant(sealed, given, place):
    secret = bytes.fromhex(given["recipient_secret"])
    info = grant_info(given["purpose"], given["generation"], place, x25519_public(secret))
    try:
        key = hpke_open(secret, info, b"", sealed)
    except CannotOpen as error:
        raise Refused("OpenError") from error
    return {"key": key.hex(), "info": info.hex()}
