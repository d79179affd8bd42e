"""Links that make another machine a device of somebody. SPEC §24."""

import base64
import re
import unicodedata

import ed25519
from blake3 import blake3
from cbor import Refused, blob, decode, fixed, many, require, text
from roots import CERTIFY, read_statement
from sealing import x25519_public
from texts import ADDRESS_BYTES_MAX, VIA_MAX

SCHEME, VERSION, CHECKSUM_BYTES = "hearth-device:", 1, 4
TEXT_BYTES_MAX, STATEMENTS_MAX = 16 * 1024, 4
LINK = fixed(blob(64), blob(32), blob(32), many(blob()), many(text))


def _decoded(coded):
    """The bytes that a text writes, none of them in two ways."""
    require(len(coded.encode()) <= TEXT_BYTES_MAX and re.fullmatch("[A-Za-z0-9_-]*", coded), "Damaged")
    require(len(coded) % 4 != 1, "Damaged")
    raw = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
    require(base64.urlsafe_b64encode(raw).decode().rstrip("=") == coded, "Damaged")
    return raw


def _is_address(address):
    is_plain = all(unicodedata.category(c) != "Cc" for c in address)
    return address.startswith("/") and len(address.encode()) <= ADDRESS_BYTES_MAX and is_plain


def device_link(written):
    """All that a link says, its secrets too."""
    written = written.strip()
    require(written.startswith(SCHEME), "Scheme")
    raw = _decoded(written.removeprefix(SCHEME))
    said, checksum = raw[:-CHECKSUM_BYTES], raw[-CHECKSUM_BYTES:]
    require(said and blake3(said)[:CHECKSUM_BYTES] == checksum, "Damaged")
    require(said[0] == VERSION, "Version")
    try:
        keys, recovery, locator, blobs, via = decode(said[1:], LINK)
        require(len(blobs) <= STATEMENTS_MAX and len(via) <= VIA_MAX and all(map(_is_address, via)), "Content")
        statements = [read_statement(data) for data in blobs]
    except Refused as error:
        raise Refused("Content") from error
    device, box = ed25519.public(keys[:32]), x25519_public(keys[32:])
    own = [it for it in statements if it.kind == CERTIFY and it.device == device and it.says == box]
    require(own and len({it.identity for it in statements}) == 1, "Content")
    return {
        "identity": own[0].identity.hex(), "device": device.hex(), "box_public": box.hex(), "recovery_public": recovery.hex(),
        "locator": locator.hex(), "statements": [it.gives() for it in statements], "via": via, "written": written,
    }
