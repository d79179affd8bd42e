"""Shards: systematic Reed–Solomon over GF(2^16), by interpolation. SPEC §18.

The field is GF(2)[x] modulo x^16 + x^5 + x^3 + x^2 + 1. The number n, bits n_0 to n_15, stands for the sum of those elements of
`BASIS` whose bit is set; numbers name both what lies in shards and the places where the polynomial is read.
"""

from functools import lru_cache

POLYNOMIAL, ORDER = 0x1002D, 1 << 16
BASIS = (
    0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012, 0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E,
)
GRAIN_BYTES, HALF = 64, 32


@lru_cache(maxsize=1)
def tables():
    """Powers of x and their logarithms; numbers as elements, and back."""
    exp, log, power = [0] * (ORDER - 1), [0] * ORDER, 1
    for exponent in range(ORDER - 1):
        exp[exponent], log[power] = power, exponent
        power <<= 1
        power ^= POLYNOMIAL if power & ORDER else 0
    element, number = [0] * ORDER, [0] * ORDER
    for n in range(1, ORDER):
        low = n & -n
        element[n] = element[n ^ low] ^ BASIS[low.bit_length() - 1]
        number[element[n]] = n
    return exp, log, element, number


def weights(k, index):
    """What each of k pieces counts for at place `index` of the polynomial: Lagrange, in logarithms. The pieces lie at places 0
    to k-1, zeros from k up to the next power of two, and behind these the shards from k on."""
    _, log, element, _ = tables()
    chunk = 1 << (k - 1).bit_length()
    at = element[chunk + index - k]
    logs = []
    for piece in range(k):
        here = element[piece]
        others = [element[other] for other in range(chunk) if other != piece]
        above = sum(log[at ^ other] for other in others)
        below = sum(log[here ^ other] for other in others)
        logs.append((above - below) % (ORDER - 1))
    return logs


def numbers(piece):
    """The numbers in a piece: of every 64 bytes the first 32 are low halves, the last 32 high ones."""
    for block in range(0, len(piece), GRAIN_BYTES):
        yield from (piece[at] | piece[at + HALF] << 8 for at in range(block, block + HALF))


def written(values):
    blocks = (values[at : at + HALF] for at in range(0, len(values), HALF))
    return b"".join(bytes(v & 255 for v in block) + bytes(v >> 8 for v in block) for block in blocks)


def shard_bytes(k, length):
    return length if k == 1 else -(-length // (k * GRAIN_BYTES)) * GRAIN_BYTES


def shard(pack, k, index):
    if k == 1:
        return pack
    length = shard_bytes(k, len(pack))
    padded = pack.ljust(k * length, b"\0")
    pieces = [padded[at : at + length] for at in range(0, len(padded), length)]
    if index < k:
        return pieces[index]
    exp, log, element, number = tables()
    sums = [0] * (length // 2)
    for piece, weight in zip(pieces, weights(k, index)):
        for at, value in enumerate(numbers(piece)):
            if value:
                sums[at] ^= exp[(log[element[value]] + weight) % (ORDER - 1)]
    return written([number[value] for value in sums])
