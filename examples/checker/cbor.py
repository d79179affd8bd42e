"""The CBOR of SPEC §3, read by shape.

A shape is a function that takes a `Reader` and gives a value. Bytes that no lenient decoder would take for the shape are
refused as `Malformed`; bytes that a lenient one would take, but that aren't the one encoding of the value, as `NotCanonical`.
"""

UINT, NEGATIVE, BYTES, TEXT, ARRAY, TAG, SIMPLE = 0, 1, 2, 3, 4, 6, 7
INDEFINITE = None


class Refused(Exception):
    """Why an input is invalid, in the words of SPEC §27's table of errors."""

    def __init__(self, error):
        super().__init__(error)
        self.error = error


def invalid(rule):
    return Refused(f"Invalid: {rule}")


def require(holds, error):
    if not holds:
        raise error if isinstance(error, Refused) else Refused(error)


class Reader:
    """A place in the input, and whether all of it was canonical so far."""

    def __init__(self, data):
        self.data, self.at, self.canonical = data, 0, True

    def take(self, count):
        require(self.at + count <= len(self.data), "Malformed")
        self.at += count
        return self.data[self.at - count : self.at]

    def peek(self):
        """The next item's major type and the rest of its first byte, behind any tags."""
        while True:
            require(self.at < len(self.data), "Malformed")
            major, info = divmod(self.data[self.at], 32)
            if major != TAG:
                return major, info
            self.canonical = False
            self._head()

    def _head(self):
        major, info = divmod(self.take(1)[0], 32)
        if info < 24:
            return major, info
        if info == 31 and major in (BYTES, TEXT, ARRAY):
            self.canonical = False
            return major, INDEFINITE
        require(info <= 27, "Malformed")
        size = 1 << (info - 24)
        value = int.from_bytes(self.take(size), "big")
        least = 24 if size == 1 else 1 << (4 * size)
        if value < least:
            self.canonical = False
        return major, value

    def head(self, major):
        """The value or length of an item that must be of this major type."""
        require(self.peek()[0] == major, "Malformed")
        return self._head()[1]

    def breaks(self):
        """Takes the end of an item of indefinite length, if it is next."""
        ends = self.at < len(self.data) and self.data[self.at] == 0xFF
        self.at += ends
        return ends

    def string(self, major):
        length = self.head(major)
        if length is not INDEFINITE:
            return self.take(length)
        parts = []
        while not self.breaks():
            require(divmod(self.data[self.at], 32)[0] == major if self.at < len(self.data) else False, "Malformed")
            part = self._head()[1]
            require(part is not INDEFINITE, "Malformed")
            parts.append(self.take(part))
        return b"".join(parts)


def uint(bits=64):
    def read(reader):
        value = reader.head(UINT)
        require(value < 1 << bits, "Malformed")
        return value

    return read


def integer(bits):
    """An integer with a sign that fits so many bits."""

    def read(reader):
        is_negative = reader.peek()[0] == NEGATIVE
        value = reader.head(NEGATIVE if is_negative else UINT)
        require(value < 1 << bits - 1, "Malformed")
        return -1 - value if is_negative else value

    return read


def blob(length=None):
    """A byte string. Lenient readers take a text or a list of small integers for one whose length is free (SPEC §27)."""

    def read(reader):
        major, _ = reader.peek()
        if length is None and major in (TEXT, ARRAY):
            reader.canonical = False
            return text(reader).encode() if major == TEXT else bytes(many(uint(8))(reader))
        value = reader.string(BYTES)
        require(length is None or len(value) == length, "Malformed")
        return value

    return read


def text(reader):
    major, _ = reader.peek()
    if major == BYTES:
        reader.canonical = False
    try:
        return reader.string(BYTES if major == BYTES else TEXT).decode()
    except UnicodeDecodeError as error:
        raise Refused("Malformed") from error


def boolean(reader):
    major, info = reader.peek()
    require(major == SIMPLE and info in (20, 21), "Malformed")
    reader.take(1)
    return info == 21


def nullable(shape):
    def read(reader):
        if reader.peek() == (SIMPLE, 22):
            reader.take(1)
            return None
        return shape(reader)

    return read


def either(major, shape, otherwise):
    """One shape if the next item is of this major type, else the other."""

    def read(reader):
        return (shape if reader.peek()[0] == major else otherwise)(reader)

    return read


def fixed(*shapes):
    """An array of exactly these items."""

    def read(reader):
        length = reader.head(ARRAY)
        require(length in (INDEFINITE, len(shapes)), "Malformed")
        values = [shape(reader) for shape in shapes]
        require(length is not INDEFINITE or reader.breaks(), "Malformed")
        return values

    return read


def many(shape):
    """An array of any number of items."""

    def read(reader):
        length, values = reader.head(ARRAY), []
        while not (reader.breaks() if length is INDEFINITE else len(values) == length):
            values.append(shape(reader))
        return values

    return read


def decode(data, shape, most=None):
    """The value that all of `data` encodes, canonically and in at most `most` bytes."""
    require(most is None or len(data) <= most, "TooLong")
    reader = Reader(data)
    value = shape(reader)
    require(reader.at == len(data), "Malformed")
    require(reader.canonical, "NotCanonical")
    return value


def encode(value):
    """The canonical encoding of integers, bytes, texts, lists, booleans and None."""
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return _written(UINT, value) if value >= 0 else _written(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return _written(BYTES, len(value)) + value
    if isinstance(value, str):
        return _written(TEXT, len(value.encode())) + value.encode()
    return _written(ARRAY, len(value)) + b"".join(map(encode, value))


def _written(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    size = next(size for size in range(4) if value < 1 << (8 << size))
    return bytes([major << 5 | 24 + size]) + value.to_bytes(1 << size, "big")
