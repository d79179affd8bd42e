"""Ed25519 (RFC 8032), with the strict verification of SPEC §2. Nothing here is constant in time: it checks public vectors."""

import hashlib
from functools import lru_cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def _add(p, q):
    """Points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, section 5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * D * p[3] * q[3] % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _double(p):
    a, b, c = p[0] * p[0], p[1] * p[1], 2 * p[2] * p[2]
    h = a + b
    e = (h - (p[0] + p[1]) ** 2) % P
    g = (a - b) % P
    f = (c + g) % P
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _times(scalar, point):
    sum_ = NEUTRAL
    for bit in bin(scalar)[2:]:
        sum_ = _double(sum_)
        if bit == "1":
            sum_ = _add(sum_, point)
    return sum_


def _same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def decode(data):
    """The point that 32 bytes write, or None: also if y isn't reduced, or x is 0 with its sign set (section 5.1.3)."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x + u) % P == 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (v * x * x - u) % P != 0 or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def of_small_order(point):
    """Whether eight times the point is the neutral element."""
    return _same(_double(_double(_double(point))), NEUTRAL)


def good_key(data):
    """Whether these are the bytes of a point that isn't of small order."""
    point = decode(data)
    return point is not None and not of_small_order(point)


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def _hashed(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


@lru_cache(maxsize=1 << 14)
def verify(key, message, signature):
    """Strict: S reduced, R and the key canonical points not of small order, R = S·B − h·A without cofactor."""
    r_bytes, s = signature[:32], int.from_bytes(signature[32:], "little")
    a, r = decode(key), decode(r_bytes)
    if len(signature) != 64 or s >= L or a is None or r is None or of_small_order(a) or of_small_order(r):
        return False
    h = _hashed(r_bytes, key, message)
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return encode(_add(_times(s, BASE), _times(h, minus_a))) == r_bytes


def _expanded(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & ~7 & ((1 << 254) - 1) | 1 << 254, digest[32:]


@lru_cache(maxsize=64)
def public(seed):
    """The public key of a 32-byte seed."""
    return encode(_times(_expanded(seed)[0], BASE))


def sign(seed, message):
    """The signature of section 5.1.6."""
    scalar, prefix = _expanded(seed)
    r = _hashed(prefix, message)
    r_bytes = encode(_times(r, BASE))
    s = (r + _hashed(r_bytes, public(seed), message) * scalar) % L
    return r_bytes + s.to_bytes(32, "little")
