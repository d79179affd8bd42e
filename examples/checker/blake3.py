"""BLAKE3 with 32 bytes of output: hash, keyed hash, derive_key.

From "BLAKE3: one function, fast everywhere" (O'Connor, Aumasson, Neves, Wilcox-O'Hearn), sections 2.1 to 2.6.
"""

import struct
from functools import lru_cache

IV = (
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
    0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS_AND_DIAGONALS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
KEYED_HASH, DERIVE_KEY_CONTEXT, DERIVE_KEY_MATERIAL = 16, 32, 64
BLOCK_BYTES, CHUNK_BYTES = 64, 1024
MASK = 0xFFFFFFFF


def _schedules():
    """The order of the message's words in each of the seven rounds."""
    order, orders = tuple(range(16)), []
    for _ in range(7):
        orders.append(order)
        order = tuple(order[i] for i in PERMUTATION)
    return orders


SCHEDULES = _schedules()


def _compress(chaining, block, counter, length, flags):
    """One block into the chaining value: eight words."""
    m = struct.unpack("<16I", block)
    v = list(chaining + IV[:4] + (counter & MASK, counter >> 32, length, flags))
    for order in SCHEDULES:
        for at, (a, b, c, d) in enumerate(COLUMNS_AND_DIAGONALS):
            va, vb, vc, vd = v[a], v[b], v[c], v[d]
            va = (va + vb + m[order[2 * at]]) & MASK
            vd ^= va
            vd = (vd >> 16 | vd << 16) & MASK
            vc = (vc + vd) & MASK
            vb ^= vc
            vb = (vb >> 12 | vb << 20) & MASK
            va = (va + vb + m[order[2 * at + 1]]) & MASK
            vd ^= va
            vd = (vd >> 8 | vd << 24) & MASK
            vc = (vc + vd) & MASK
            vb ^= vc
            v[a], v[b], v[c], v[d] = va, (vb >> 7 | vb << 25) & MASK, vc, vd
    return tuple(v[i] ^ v[i + 8] for i in range(8))


def _chunk(key, data, index, flags, last_flags):
    """A chunk's chaining value; `last_flags` go with its last block."""
    chaining = key
    blocks = [data[at : at + BLOCK_BYTES] for at in range(0, len(data), BLOCK_BYTES)] or [b""]
    for number, block in enumerate(blocks):
        start = CHUNK_START if number == 0 else 0
        end = CHUNK_END | last_flags if number == len(blocks) - 1 else 0
        padded = block.ljust(BLOCK_BYTES, b"\0")
        chaining = _compress(chaining, padded, index, len(block), flags | start | end)
    return chaining


def _tree(key, data, first_chunk, flags, root):
    """The chaining value of a subtree: the left half is the largest power of two of chunks that leaves something."""
    if len(data) <= CHUNK_BYTES:
        return _chunk(key, data, first_chunk, flags, root)
    chunks = (len(data) - 1) // CHUNK_BYTES
    left_chunks = 1 << (chunks.bit_length() - 1)
    split = left_chunks * CHUNK_BYTES
    left = _tree(key, data[:split], first_chunk, flags, 0)
    right = _tree(key, data[split:], first_chunk + left_chunks, flags, 0)
    block = struct.pack("<16I", *left, *right)
    return _compress(key, block, 0, BLOCK_BYTES, flags | PARENT | root)


def _digest(key, data, flags):
    return struct.pack("<8I", *_tree(key, data, 0, flags, ROOT))


@lru_cache(maxsize=1 << 16)
def blake3(data):
    """H of SPEC §1."""
    return _digest(IV, data, 0)


def keyed(key, data):
    """MAC of SPEC §1; the key has 32 bytes."""
    return _digest(struct.unpack("<8I", key), data, KEYED_HASH)


def derive_key(context, material):
    """KDF of SPEC §1."""
    key = _digest(IV, context.encode(), DERIVE_KEY_CONTEXT)
    return _digest(struct.unpack("<8I", key), material, DERIVE_KEY_MATERIAL)
