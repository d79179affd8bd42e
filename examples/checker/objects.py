"""Sealed blobs, objects, where content is cut, the lists over a file's chunks, and what entries say about the drive and backups.

The one thing that isn't written here is zstd's decompression (RFC 8878): libzstd does it (Debian: libzstd1).
"""

import ctypes
import ctypes.util
import hashlib
import hmac

from blake3 import blake3, derive_key, keyed
from cbor import Refused, blob, decode, fixed, integer, invalid, many, nullable, require, uint
from sealing import CannotOpen, xchacha_open, xchacha_seal

OBJECT_BYTES_MAX, OVERHEAD_BYTES = 1 << 20, 42
NONCE_BYTES, POLY1305_BYTES = 24, 16


class NoZstd(Exception):
    """This machine has no libzstd to call."""


# --- blobs


def blob_keys(key):
    """Of the nonce's hash, and of the cipher."""
    return (
        derive_key("hearth 2026-11 blob nonce key v1", key),
        derive_key("hearth 2026-11 blob encryption key v1", key),
    )


def seal_blob(key, plain):
    nonce_key, cipher_key = blob_keys(key)
    nonce = keyed(nonce_key, plain)[:NONCE_BYTES]
    return nonce + xchacha_seal(cipher_key, nonce, plain, b"")


def open_blob(key, sealed):
    require(len(sealed) >= NONCE_BYTES + POLY1305_BYTES, "OpenError")
    nonce_key, cipher_key = blob_keys(key)
    nonce = sealed[:NONCE_BYTES]
    try:
        plain = xchacha_open(cipher_key, nonce, sealed[NONCE_BYTES:], b"")
    except CannotOpen as error:
        raise Refused("OpenError") from error
    require(hmac.compare_digest(keyed(nonce_key, plain)[:NONCE_BYTES], nonce), "OpenError")
    return plain


# --- objects

AS_IT_IS, ZSTD = 0, 1
# What libzstd says where a frame doesn't give its length, or is none.
NO_LENGTH = (1 << 64) - 2


def _libzstd():
    try:
        library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    except OSError as error:
        raise NoZstd from error
    size = ctypes.c_size_t
    shapes = {
        "ZSTD_getFrameContentSize": (ctypes.c_ulonglong, [ctypes.c_char_p, size]),
        "ZSTD_findFrameCompressedSize": (size, [ctypes.c_char_p, size]),
        "ZSTD_decompress": (size, [ctypes.c_char_p, size, ctypes.c_char_p, size]),
    }
    for name, (gives, takes) in shapes.items():
        function = getattr(library, name)
        function.restype, function.argtypes = gives, takes
    return library


def decompressed(frame):
    """The content of exactly one frame, which says its length."""
    library = _libzstd()
    length = library.ZSTD_getFrameContentSize(frame, len(frame))
    require(length < NO_LENGTH and length <= OBJECT_BYTES_MAX, "Content")
    require(library.ZSTD_findFrameCompressedSize(frame, len(frame)) == len(frame), "Content")
    out = ctypes.create_string_buffer(length + 1)
    require(library.ZSTD_decompress(out, length, frame, len(frame)) == length, "Content")
    return out.raw[:length]


def open_object(data, given):
    """The id of an object, and its content's length and BLAKE3."""
    require(len(data) <= OBJECT_BYTES_MAX + OVERHEAD_BYTES, "TooLong")
    id_ = blake3(data)
    require(given.get("id") in (None, id_.hex()), "OtherContent")
    require(data, "OpenError")
    require(data[0] == 1, "Version")
    frame = open_blob(derive_key("hearth 2026-11 object key v1", bytes.fromhex(given["key"])), data[1:])
    require(frame, "Content")
    require(frame[0] in (AS_IT_IS, ZSTD), "Version")
    content = frame[1:] if frame[0] == AS_IT_IS else decompressed(frame[1:])
    return {"id": id_.hex(), "bytes": len(content), "hash": blake3(content).hex()}


# --- lists

LIST_ITEMS_MAX = 4096
LIST = fixed(uint(8), many(fixed(blob(32), uint())))


def read_list(data, given):
    version, items = decode(data, LIST, OBJECT_BYTES_MAX)
    require(version == 1, "Version")
    require(1 <= len(items) <= LIST_ITEMS_MAX, invalid("a list has 1 to 4096 items"))
    adds_up = all(length > 0 for _, length in items) and sum(length for _, length in items) == given["bytes"]
    require(adds_up, invalid("a list's items must add up to what it stands for"))
    first, last = ([id_.hex(), length] for id_, length in (items[0], items[-1]))
    return {"items": len(items), "first": first, "last": last}


# --- cuts

CHUNK_BYTES_MIN, CHUNK_BYTES_AVERAGE = 1 << 16, 1 << 18
GEAR = [int.from_bytes(hashlib.md5(bytes([byte]) * 64).digest()[:8], "big") for byte in range(256)]
STRICT, LAX = 0x0000D91747537000, 0x0000D90303537000


def _chunk_length(rest):
    """How long the first chunk of this is, nothing of which lies beyond 1 MiB."""
    tested = len(rest) - len(rest) % 2
    state = 0
    for at in range(CHUNK_BYTES_MIN, tested):
        state = (state << 1) + GEAR[rest[at]] & 0xFFFFFFFFFFFFFFFF
        if state & (STRICT if at < CHUNK_BYTES_AVERAGE else LAX) == 0:
            return at
    return len(rest)


def _generated(state, count):
    for _ in range(count):
        state = state * 6364136223846793005 + 1442695040888963407 & 0xFFFFFFFFFFFFFFFF
        yield state >> 56


def cuts(seed, given):
    content = bytes(_generated(int.from_bytes(seed, "big"), given["bytes"]))
    lengths, at = [], 0
    while at < len(content) or not lengths:
        lengths.append(_chunk_length(content[at : at + OBJECT_BYTES_MAX]))
        at += lengths[-1]
    return {"chunks": lengths}


# --- the drive

NAME_BYTES_MAX, TARGET_BYTES_MAX, MODE_MAX = 255, 4096, 0o7777
FILE_BYTES_MAX, DEPTH_MAX = 1 << 50, 3
ROOT_FOLDER = bytes(16)
META = fixed(uint(32), integer(64))
CHANGES = fixed(many(fixed(blob(16), blob(), nullable(fixed(uint(8), blob())))))


def file_content(length, depth, root):
    fits = length <= OBJECT_BYTES_MAX if depth == 0 else 0 < length <= FILE_BYTES_MAX
    require(fits and depth <= DEPTH_MAX, invalid("the content's length is out of bounds"))
    return {"bytes": length, "depth": depth, "root": root.hex()}


def _file(content):
    return {"file": file_content(*content)}


def _folder(id_):
    require(id_ != ROOT_FOLDER, invalid("nothing can hold the root folder"))
    return {"folder": id_.hex()}


def _link(target):
    fits = 1 <= len(target) <= TARGET_BYTES_MAX and b"\0" not in target
    require(fits, invalid("a link's target has 1 to 4096 bytes without NUL"))
    return {"link": target.hex()}


NODES = {
    1: (fixed(uint(), uint(8), blob(32)), _file),
    2: (blob(16), _folder),
    3: (blob(), _link),
}


def _node(kind, payload):
    require(kind in NODES, "Version")
    shape, says = NODES[kind]
    (mode, mtime_ns), rest = decode(payload, fixed(META, shape))
    require(mode <= MODE_MAX, invalid("a mode has 12 bits"))
    return {"mode": mode, "mtime_ns": mtime_ns, **says(rest)}


def _change(folder, name, node):
    is_name = 1 <= len(name) <= NAME_BYTES_MAX and not set(name) & {0, ord("/")} and name not in (b".", b"..")
    require(is_name, invalid("not a name in a folder"))
    return {"folder": folder.hex(), "name": name.hex(), "node": node and _node(*node)}


def drive(changes):
    require(changes, invalid("a change of the drive changes something"))
    return {"drive": [_change(*change) for change in changes]}


# --- backups

PLEDGE_BYTES_MAX, NUMBER_MAX = 1 << 50, (1 << 40) - 1


def pledge(to, length):
    require(length <= PLEDGE_BYTES_MAX, invalid("nobody has so much space to pledge"))
    return {"pledge": [to.hex(), length]}


def backup_head(number, root):
    require(number <= NUMBER_MAX, invalid("the number is out of bounds"))
    return {"backup_head": [number, root.hex()]}


def backup_settings(survive, bytes_per_second):
    require(bytes_per_second != 0, invalid("a backup sends something"))
    return {"backup_settings": {"survive": survive, "bytes_per_second": bytes_per_second}}


# Kind of content → shape of its payload, and what it says.
KINDS = {
    8: (CHANGES, drive),
    9: (fixed(blob(32), uint()), pledge),
    10: (fixed(uint(), blob(32)), backup_head),
    11: (fixed(nullable(uint(16)), nullable(uint())), backup_settings),
}
