"""What seals: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), HPKE in base mode (RFC 9180), Argon2id (RFC 9106).

ChaCha20-Poly1305, X25519 and HMAC come from libraries; what this project puts around them is written here.
"""

import ctypes
import ctypes.util
import hashlib
import hmac
import struct
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MASK = 0xFFFFFFFF


class CannotOpen(Exception):
    """What was sealed doesn't open."""


class NoArgon2(Exception):
    """This machine has no Argon2id to call."""


# --- XChaCha20-Poly1305


def _quarter(v, a, b, c, d):
    for turn, (to, plus, from_) in zip((16, 12, 8, 7), ((a, b, d), (c, d, b)) * 2):
        v[to] = (v[to] + v[plus]) & MASK
        v[from_] ^= v[to]
        v[from_] = (v[from_] << turn | v[from_] >> 32 - turn) & MASK


def hchacha20(key, nonce16):
    """The key for ChaCha20 that a key and the first 16 bytes of a long nonce give (section 2.2)."""
    v = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce16))
    for _ in range(10):
        for at in range(4):
            _quarter(v, at, at + 4, at + 8, at + 12)
        for at in range(4):
            _quarter(v, at, 4 + (at + 1) % 4, 8 + (at + 2) % 4, 12 + (at + 3) % 4)
    return struct.pack("<8I", *v[:4], *v[12:])


def xchacha_open(key, nonce, sealed, aad):
    cipher = ChaCha20Poly1305(hchacha20(key, nonce[:16]))
    try:
        return cipher.decrypt(b"\0\0\0\0" + nonce[16:], sealed, aad)
    except InvalidTag as error:
        raise CannotOpen from error


def xchacha_seal(key, nonce, plain, aad):
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])).encrypt(b"\0\0\0\0" + nonce[16:], plain, aad)


# --- HPKE: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305

KEM_SUITE = b"KEM" + struct.pack(">H", 0x20)
HPKE_SUITE = b"HPKE" + struct.pack(">HHH", 0x20, 1, 3)


def _extract(suite, salt, label, ikm):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite, secret, label, info, length):
    info, out, block, number = struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, b"", b"", 1
    while len(out) < length:
        block = hmac.digest(secret, block + info + bytes([number]), "sha256")
        out, number = out + block, number + 1
    return out[:length]


def x25519_public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _exchange(secret, public):
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:  # a public key of small order gives 32 zero bytes
        raise CannotOpen from error


def _schedule(dh, encapsulated, recipient, info):
    """The key and the base nonce (RFC 9180, sections 4.1 and 5.1)."""
    prk = _extract(KEM_SUITE, b"", b"eae_prk", dh)
    shared = _expand(KEM_SUITE, prk, b"shared_secret", encapsulated + recipient, 32)
    context = b"\0" + _extract(HPKE_SUITE, b"", b"psk_id_hash", b"") + _extract(HPKE_SUITE, b"", b"info_hash", info)
    secret = _extract(HPKE_SUITE, shared, b"secret", b"")
    return _expand(HPKE_SUITE, secret, b"key", context, 32), _expand(HPKE_SUITE, secret, b"base_nonce", context, 12)


def hpke_open(recipient_secret, info, aad, sealed, sequence=0):
    """`sealed` = encapsulated key (32) ‖ ciphertext ‖ tag (16)."""
    if len(sealed) < 48:
        raise CannotOpen
    encapsulated = sealed[:32]
    recipient = x25519_public(recipient_secret)
    key, nonce = _schedule(_exchange(recipient_secret, encapsulated), encapsulated, recipient, info)
    nonce = (int.from_bytes(nonce, "big") ^ sequence).to_bytes(12, "big")
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed[32:], aad)
    except InvalidTag as error:
        raise CannotOpen from error


def hpke_seal(ikm_ephemeral, recipient, info, aad, plain):
    """With the ephemeral key that RFC 9180's DeriveKeyPair (section 7.1.3) makes of the input keying material."""
    prk = _extract(KEM_SUITE, b"", b"dkp_prk", ikm_ephemeral)
    ephemeral = _expand(KEM_SUITE, prk, b"sk", b"", 32)
    encapsulated = x25519_public(ephemeral)
    key, nonce = _schedule(_exchange(ephemeral, recipient), encapsulated, recipient, info)
    return encapsulated + ChaCha20Poly1305(key).encrypt(nonce, plain, aad)


# --- Argon2id


def _argon2_of_cryptography(passphrase, salt, memory_kib, passes, lanes):
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # since 44.0

    return Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory_kib).derive(passphrase)


def _argon2_of_libargon2(passphrase, salt, memory_kib, passes, lanes):
    library = ctypes.CDLL(ctypes.util.find_library("argon2") or "libargon2.so.1")
    out = ctypes.create_string_buffer(32)
    u32, size = ctypes.c_uint32, ctypes.c_size_t
    code = library.argon2id_hash_raw(
        u32(passes), u32(memory_kib), u32(lanes), passphrase, size(len(passphrase)), salt, size(len(salt)), out, size(32)
    )
    if code != 0:
        raise ValueError(f"libargon2 says {code}")
    return out.raw


@lru_cache(maxsize=64)
def argon2id(passphrase, salt, memory_kib, passes, lanes):
    """32 bytes. By pyca/cryptography if it can, else by libargon2 (Debian's libargon2-1): both are C, as 64 MiB must be."""
    for function in (_argon2_of_cryptography, _argon2_of_libargon2):
        try:
            return function(passphrase, salt, memory_kib, passes, lanes)
        except (ImportError, OSError):
            continue
        except Exception as error:  # cryptography without Argon2id in its OpenSSL says so by an exception of its own
            if type(error).__name__ != "UnsupportedAlgorithm":
                raise
    raise NoArgon2
