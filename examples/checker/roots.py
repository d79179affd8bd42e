"""Root statements, sets of them, and what follows for devices and logs. SPEC §7."""

from dataclasses import dataclass

import ed25519
from blake3 import blake3
from cbor import blob, decode, encode, fixed, invalid, many, require, uint
from logs import LOG_MAX, SEQUENCE_MAX, TIME_MAX

STATEMENT_BYTES_MAX, STATEMENTS_MAX, CUT_LOGS_MAX = 1536, 128, 16
CERTIFY, CUT, RETIRE = 1, 2, 3
STATEMENT = fixed(blob(), blob(64))
INNER = fixed(uint(8), uint(8), blob(32), blob(32), uint(), blob())
OPEN, VOID = "open", "void"


@dataclass(frozen=True)
class Statement:
    id: bytes
    kind: int
    identity: bytes
    device: bytes
    says: object  # the box key, the ends of logs {log: (sequence, id)}, or the payload

    def gives(self):
        ends = self.kind == CUT and [{"log": log, "seq": seq, "id": id_.hex()} for log, (seq, id_) in self.says.items()]
        claims = {CERTIFY: lambda: {"certify": self.says.hex()}, CUT: lambda: {"cut": ends}, RETIRE: lambda: "retire"}
        claim = claims.get(self.kind, lambda: {"kind": self.kind, "payload": self.says.hex()})()
        return {"identity": self.identity.hex(), "device": self.device.hex(), "claim": claim, "id": self.id.hex()}


def _ends(payload):
    (ends,) = decode(payload, fixed(many(fixed(uint(), uint(), blob(32)))))
    fits = len(ends) <= CUT_LOGS_MAX and all(log <= LOG_MAX and seq <= SEQUENCE_MAX for log, seq, _ in ends)
    require(fits, invalid("a cut names at most 16 logs, each within bounds"))
    ascending = all(one[0] < other[0] for one, other in zip(ends, ends[1:]))
    require(ascending, invalid("a cut names its logs in ascending order, each once"))
    return {log: (seq, id_) for log, seq, id_ in ends}


def _claim(kind, payload):
    if kind == CERTIFY:
        return decode(payload, fixed(blob(32)))[0]
    if kind == CUT:
        return _ends(payload)
    require(kind != RETIRE or payload == b"", invalid("a retirement carries nothing"))
    return payload


def read_statement(data):
    inner, signature = decode(data, STATEMENT, STATEMENT_BYTES_MAX)
    version, kind, identity, device, time_ms, payload = decode(inner, INNER)
    require(version == 1, "Version")
    require(time_ms <= TIME_MAX, invalid("the time is out of bounds"))
    says = _claim(kind, payload)
    require(ed25519.verify(identity, b"hearth/root-statement/1\0" + inner, signature), "Signature")
    return Statement(blake3(data), kind, identity, device, says)


class StatementSet:
    """The statements about one identity's devices."""

    def __init__(self, identity):
        self.identity, self.kept = identity, []

    def merge(self, blobs):
        offered = [read_statement(data) for data in blobs[:STATEMENTS_MAX]]
        require(all(statement.identity == self.identity for statement in offered), "Foreign")
        each_once = {statement.id: statement for statement in [*self.kept, *offered]}.values()
        self.kept = sorted(each_once, key=lambda s: (s.kind != CUT, s.id))[:STATEMENTS_MAX]

    def digest(self):
        return blake3(encode([statement.id for statement in self.kept]))

    def _about(self, device, kind):
        return [s for s in self.kept if s.device == device and s.kind == kind]

    def certified(self, device):
        return bool(self._about(device, CERTIFY))

    def current(self):
        certified = sorted({s.device for s in self.kept if s.kind == CERTIFY})
        return [d for d in certified if not self._about(d, CUT) and not self._about(d, RETIRE)]

    def bound(self, device, log):
        """OPEN, VOID, or the (sequence, id) with which the log ends."""
        if not self.certified(device):
            return VOID
        cuts = self._about(device, CUT)
        if not all(log in cut.says for cut in cuts):
            return VOID
        return min((cut.says[log] for cut in cuts), default=OPEN)


def bound_gives(bound):
    return bound if isinstance(bound, str) else {"seq": bound[0], "id": bound[1].hex()}


def statement_set(given):
    set_ = StatementSet(bytes.fromhex(given["identity"]))
    set_.merge([bytes.fromhex(statement) for statement in given["statements"]])
    return {
        "kept": len(set_.kept),
        "digest": set_.digest().hex(),
        "current": [device.hex() for device in set_.current()],
        "bounds": [bound_gives(set_.bound(bytes.fromhex(device), log)) for device, log in given["logs"]],
    }
