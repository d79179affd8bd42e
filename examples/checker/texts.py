"""What people type or pass on: phrases (BIP39), written identities (bech32m, BIP 350), links. SPEC §2 and §12."""

import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote_to_bytes

import ed25519
from blake3 import derive_key
from cbor import Refused, require
from sealing import x25519_public

WORDS = (Path(__file__).parent / "bip39-english.txt").read_text().split()
DIGITS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BECH32M = 0x2BC830A3
TEXT_CHARACTERS_MAX, VIA_MAX, ADDRESS_BYTES_MAX = 1023, 8, 256


# --- phrases


def entropy(words):
    """The bytes that 24 words write, their checksum seen to."""
    require(len(words) == 24, "WrongWordCount")
    require(all(word in WORDS for word in words), "UnknownWord")
    value = 0
    for word in words:
        value = value << 11 | WORDS.index(word)
    bytes_, check = (value >> 8).to_bytes(32, "big"), value & 0xFF
    require(hashlib.sha256(bytes_).digest()[0] == check, "Checksum")
    return bytes_


def seed(words, passphrase=""):
    sentence = " ".join(words).encode()
    return hashlib.pbkdf2_hmac("sha512", sentence, b"mnemonic" + passphrase.encode(), 2048)


def phrase(text):
    """What a phrase derives: the identity and its text, the recovery key pair, the locator secret."""
    words = text.lower().split()
    entropy(words)
    from_seed = seed(words)
    key = ed25519.public(derive_key("hearth 2026-11 root signing key v1", from_seed))
    recovery = derive_key("hearth 2026-11 recovery box key v1", from_seed)
    return {
        "identity": key.hex(),
        "text": write_identity(key),
        "recovery_public": x25519_public(recovery).hex(),
        "recovery_secret": recovery.hex(),
        "locator": derive_key("hearth 2026-11 locator secret v1", from_seed).hex(),
    }


# --- written identities


def _checksum(values):
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


PREFIX = [ord(c) >> 5 for c in "hearth"] + [0] + [ord(c) & 31 for c in "hearth"]


def write_identity(key):
    bits = int.from_bytes(b"\x01" + key, "big") << 1  # 264 bits and one of padding: 53 digits
    digits = [bits >> 5 * at & 31 for at in reversed(range(53))]
    check = _checksum(PREFIX + digits + [0] * 6) ^ BECH32M
    digits += [check >> 5 * at & 31 for at in reversed(range(6))]
    return "hearth1" + "".join(DIGITS[digit] for digit in digits)


def read_identity(text):
    """The 32 bytes of a written identity."""
    require(text[:7].lower() == "hearth1", "NotHearth")
    require(len(text) <= TEXT_CHARACTERS_MAX, "Typo")
    require(not (re.search("[a-z]", text) and re.search("[A-Z]", text)), "MixedCase")
    digits = [DIGITS.find(c) for c in text[7:].lower()]
    require(len(digits) >= 6 and min(digits) >= 0 and _checksum(PREFIX + digits) == BECH32M, "Typo")
    del digits[-6:]
    bits, padding = 0, 5 * len(digits) % 8
    for digit in digits:
        bits = bits << 5 | digit
    payload = (bits >> padding).to_bytes(5 * len(digits) // 8, "big")
    require(payload, "WrongLength(0)")
    require(payload[0] == 1, f"UnknownVersion({payload[0]})")
    require(len(payload) == 33, f"WrongLength({len(payload)})")
    require(write_identity(payload[1:]) == text.lower(), "NotCanonical")
    require(ed25519.good_key(payload[1:]), "NotAKey")
    return payload[1:]


# --- links


def _address(written):
    require(not re.search("%(?![0-9a-fA-F]{2})", written), "Address")
    raw = unquote_to_bytes(written)
    require(raw.startswith(b"/") and len(raw) <= ADDRESS_BYTES_MAX, "Address")
    try:
        address = raw.decode()
    except UnicodeDecodeError as error:
        raise Refused("Address") from error
    require(all(unicodedata.category(c) != "Cc" for c in address), "Address")
    return address


def _escaped(address):
    plain = re.compile("[a-zA-Z0-9/.\\-_~:]")
    characters = (chr(byte) for byte in address.encode())
    return "".join(c if plain.match(c) else f"%{ord(c):02X}" for c in characters)


def link(text):
    """A link's identity and addresses, and how it is written."""
    written, _, query = text.removeprefix("hearth:").partition("?")
    key, via = read_identity(written), []
    for part in filter(None, query.split("&")):
        require(not part.startswith(("invite=", "space=")), "IsInvite")
        require(part.startswith("via="), "Parameter")
        require(len(via) < VIA_MAX, "TooManyAddresses")
        via.append(_address(part.removeprefix("via=")))
    parts = "&".join(f"via={_escaped(address)}" for address in via)
    return {"identity": key.hex(), "via": via, "written": f"hearth:{write_identity(key)}" + (f"?{parts}" if via else "")}
