"""The vector files of `keys`: published ones, and its own. Each function gives (name, whether it holds) a case."""

import ed25519
from blake3 import derive_key, keyed
from cbor import Refused
from contents import open_padded
from files import key_file
from objects import open_blob, seal_blob
from sealing import NoArgon2, hpke_open, hpke_seal, x25519_public, xchacha_open, xchacha_seal
from texts import entropy, phrase, read_identity, seed

unhex = bytes.fromhex


def bip39(file):
    for case in file["vectors"]:
        words = case["words"].split()
        yield words[0], entropy(words).hex() == case["entropy"] and seed(words, file["passphrase"]).hex() == case["seed"]


def rfc8032(file):
    for case in file["vectors"]:
        secret, key, message, signature = (unhex(case[name]) for name in ("secret", "public", "message", "signature"))
        holds = ed25519.public(secret) == key and ed25519.sign(secret, message) == signature
        yield case["name"], holds and ed25519.verify(key, message, signature)


def xchacha(file):
    for at, case in enumerate(file["vectors"]):
        key, nonce, aad, plain = (unhex(case[name]) for name in ("key", "nonce", "aad", "plaintext"))
        sealed = unhex(case["ciphertext"] + case["tag"])
        holds = xchacha_seal(key, nonce, plain, aad) == sealed and xchacha_open(key, nonce, sealed, aad) == plain
        yield str(at), holds


def hpke(file):
    field = {name: unhex(value) for name, value in file.items() if isinstance(value, str) and name != "source"}
    secret, info, plain = field["recipient_secret"], field["info"], field["plaintext"]
    yield "public key", x25519_public(secret) == field["recipient_public"]
    for case in file["messages"]:
        sealed = field["encapsulated"] + unhex(case["ciphertext"])
        opened = hpke_open(secret, info, unhex(case["aad"]), sealed, case["sequence"])
        yield f"message {case['sequence']}", opened == plain
    first = file["messages"][0]
    again = hpke_seal(field["ikm_ephemeral"], field["recipient_public"], info, unhex(first["aad"]), plain)
    yield "sealing", again == field["encapsulated"] + unhex(first["ciphertext"])


def hearth(file):
    for part in (_roots, _device, _identity_texts, _signatures, _box, _space_key, _blob_keys, _key_files):
        yield from part(file)


def _roots(file):
    for case in file["roots"]:
        gives = phrase(case["phrase"])
        pairs = {"identity_key": "identity", "identity": "text"}
        names = (name for name in case if name != "phrase")
        yield "root", all(gives[pairs.get(name, name)] == case[name] for name in names)


def _device(file):
    case = file["device"]
    secret = unhex(case["secret"])
    holds = ed25519.public(secret[:32]).hex() == case["id"] and x25519_public(secret[32:]).hex() == case["box_public"]
    yield "device", holds


def _identity_texts(file):
    for case in file["identity_texts"]["valid"]:
        yield case["text"], read_identity(case["text"]).hex() == case["key"]
    for case in file["identity_texts"]["invalid"]:
        yield case["why"], _error(read_identity, case["text"]) == case["error"]


def _error(function, *arguments):
    try:
        function(*arguments)
    except Refused as refused:
        return refused.error
    return "accepted"


def _signatures(file):
    seed_bytes = unhex(file["device"]["secret"])[:32]
    for case in file["signatures"]:
        message, signature = case["context"].encode() + b"\0" + unhex(case["message"]), unhex(case["signature"])
        holds = ed25519.verify(unhex(case["device"]), message, signature)
        yield case["context"], holds and ed25519.sign(seed_bytes, message) == signature


def _box(file):
    case = {name: unhex(value) for name, value in file["box"].items()}
    secret, info, aad, plain = (case[name] for name in ("recipient_secret", "info", "aad", "plaintext"))
    sealed = hpke_seal(case["ikm_ephemeral"], x25519_public(secret), info, aad, plain)
    yield "box", sealed == case["sealed"] and hpke_open(secret, info, aad, sealed) == plain


def _space_key(file):
    case = {name: unhex(value) for name, value in file["space_key"].items() if name != "derived"}
    for derived in file["space_key"]["derived"]:
        yield derived["label"], derive_key(derived["label"], case["key"]).hex() == derived["key"]
    tag_key = derive_key("hearth 2026-11 body tag key v1", case["key"])
    yield "tag", keyed(tag_key, case["nonce"] + case["place"]) == case["tag"]
    yield "sealed body", open_padded(case["key"], case["place"], case["sealed"]) == case["plaintext"]


def _blob_keys(file):
    for case in file["blob_keys"]:
        key = derive_key(case["label"], unhex(case["secret"]))
        yield case["label"], key.hex() == case["key"]
        for one in case["blobs"]:
            plain, sealed = unhex(one["plaintext"]), unhex(one["sealed"])
            yield f"blob of {len(plain)} bytes", seal_blob(key, plain) == sealed and open_blob(key, sealed) == plain


def _key_files(file):
    for case in file["key_files"]:
        name = f"key file, passphrase {case['passphrase']}"
        try:
            yield name, key_file(unhex(case["file"]), case["kind"], case["passphrase"]).hex() == case["payload"]
        except NoArgon2:
            yield name, None


FILES = {
    "bip39.json": bip39,
    "ed25519.json": rfc8032,
    "xchacha20poly1305.json": xchacha,
    "hpke.json": hpke,
    "hearth.json": hearth,
}
