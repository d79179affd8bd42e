"""What is held of logs, and whether a run is admitted to it. SPEC §9 to §11."""

from cbor import Refused, require
from contents import effective_targets
from logs import is_lasting, read_fork_proof, read_lone, read_run
from roots import OPEN, VOID, StatementSet

RANGES_MAX, COMPARED_MAX = 256, 64


class Log:
    """Entries by sequence; ranges are what lies side by side."""

    def __init__(self, entries=()):
        self.entries, self.forked = dict(entries), None

    def ranges(self):
        ranges = []
        for seq in sorted(self.entries):
            if ranges and ranges[-1][1] == seq - 1:
                ranges[-1][1] = seq
            else:
                ranges.append([seq, seq])
        return ranges


class Store:
    """Everything held of one identity."""

    def __init__(self, identity):
        self.statements, self.logs, self.deleted = StatementSet(identity), {}, set()

    def log(self, key):
        return self.logs.setdefault(key, Log())

    def bound(self, key):
        return self.statements.bound(*key[1:]) if key[0] == self.statements.identity else VOID

    def learn(self, statements):
        """Merges statements, and drops what no longer holds."""
        self.statements.merge(statements)
        for key, log in self.logs.items():
            log.entries = _within(log.entries, self.bound(key))

    # --- admission, rule by rule

    def admit(self, run, along=()):
        """Adds a run that came with these deletes; gives the ranges of sequences that are new."""
        log, bound = self.log(run.log_key), self.bound(run.log_key)
        entries = run.entries()
        if isinstance(bound, tuple):  # 1
            entries = [entry for entry in entries if entry.header.seq <= bound[0]]
            require(entries, "Cut")
        signed = entries[-1].signed
        vouched = _fits(log, entries, signed)  # 2
        require(bound != VOID, "Void")  # 3
        lo, hi = entries[0].header.seq, entries[-1].header.seq
        if isinstance(bound, tuple) and hi == bound[0]:
            require(entries[-1].id == bound[1], "Cut")
            vouched = hi
        new = [entry for entry in entries if entry.header.seq not in log.entries]  # 4
        if not new:
            return []
        top = new[-1].header.seq
        disputed = log.forked is not None and top >= log.forked
        if disputed and log.entries and top > max(log.entries):
            require(isinstance(bound, tuple), "Forked")
        if top > vouched:  # 5
            require(bound == OPEN, "Cut")
            require(signed(), "Signature")
        merged = Log({**log.entries, **{entry.header.seq: entry for entry in new}})
        require(len(merged.ranges()) <= RANGES_MAX, "Scattered")  # 6
        self._see_to_bodies(merged, run.log_key, new, along)  # 7
        log.entries = merged.entries
        return Log({entry.header.seq: entry for entry in new}).ranges()

    def _see_to_bodies(self, merged, key, new, along):
        """Each missing body has a delete that is held or came along, and what the new entries delete goes."""
        proven = _named(lone for lone in along if self._holds(lone, key, merged))
        certified = _named(lone for lone in along if lone.header.identity == key[0] and self._certified(lone))
        for entry in new:
            place = entry.header.place
            if entry.body is None and place not in self.deleted:
                require(place in proven, "Cut" if place in certified else "BodyMissing")
                self.deleted.add(place)
        for entry in new:
            if entry.header.place in self.deleted and entry.body is not None and not _outlasts(entry):
                entry.body = None
        self._obey(_named(entry for entry in new if entry.body is not None), {**self.logs, key: merged})

    def _obey(self, places, logs):
        """Drops the bodies of these places, but for those that outlast deletes, and remembers what to drop when it comes."""
        for place in places:
            held = logs.get(place[:3], Log()).entries.get(place[3])
            if held is None or held.body is None or not _outlasts(held):
                self.deleted.add(place)
                if held is not None:
                    held.body = None

    def _certified(self, lone):
        return self.statements.certified(lone.header.device)

    def _holds(self, lone, key, merged):
        """Whether a delete that came along is within its log's bound."""
        bound, seq = self.bound(lone.header.log_key), lone.header.seq  # void if it is of another identity
        if bound == OPEN:
            return True
        if bound == VOID or seq > bound[0] or (seq == bound[0] and lone.id != bound[1]):
            return False
        there = merged.entries.get(seq) if lone.header.log_key == key else None
        return there is None or there.id == lone.id


def _outlasts(entry):
    """Whether a body that is there stays though a delete names it (§10)."""
    return is_lasting(entry.body) or bool(effective_targets(entry))


def _named(deletes):
    """The places that those among these entries delete that are effective deletes."""
    return {target for delete in deletes for target in effective_targets(delete) or []}


def _within(entries, bound):
    """What still holds of entries once a bound is known."""
    if bound == OPEN:
        return entries
    if bound == VOID or bound[0] not in entries or entries[bound[0]].id != bound[1]:
        return {}
    return {seq: entry for seq, entry in entries.items() if seq <= bound[0]}


def _fits(log, entries, signed):
    """Compares a run with each range held; gives the highest sequence that a held entry vouches for, or -1."""
    vouched, lo, hi = -1, entries[0].header.seq, entries[-1].header.seq
    for first, last in log.ranges():
        if last + 1 == lo:
            linked = entries[0].header.previous == log.entries[last].id
            require(linked, "Unlinked" if signed() else "Signature")
        elif hi + 1 == first:
            linked = log.entries[first].header.previous == entries[-1].id
            require(linked, "Unlinked" if signed() else "Signature")
            vouched = max(vouched, hi)
        elif first <= hi and lo <= last:
            common = min(last, hi)
            if log.entries[common].id != entries[common - lo].id:
                proven = _forks(log, entries, max(first, lo), common)
                raise Refused("Fork" if proven else "Conflict" if signed() else "Signature")
            vouched = max(vouched, common)
    return vouched


def _forks(log, entries, lowest, common):
    """Whether two signed entries in one place show a fork (§11)."""
    for seq in range(common, max(lowest, common - COMPARED_MAX) - 1, -1):
        held, offered = log.entries[seq], entries[seq - entries[0].header.seq]
        if held.id == offered.id:
            return False
        if held.signed() and offered.signed():
            return True
    return False


# --- vectors


def ingest(data, given):
    """What a store that is given makes of a run: what is new, the ranges then held, the sequences without a body."""
    store = Store(bytes.fromhex(given["identity"]))
    store.learn(_blobs(given["statements"]))
    for held in given["held"]:
        store.admit(read_run(bytes.fromhex(held["run"])), _lone(held.get("tombstones", [])))
    if "fork" in given:
        place = read_fork_proof(bytes.fromhex(given["fork"]))
        store.log(place[:3]).forked = place[3]
    store.learn(_blobs(given.get("later_statements", [])))
    run = read_run(data)
    new = store.admit(run, _lone(given["tombstones"]))
    log = store.log(run.log_key)
    gone = [seq for seq, entry in sorted(log.entries.items()) if entry.body is None]
    return {"new": new, "ranges": log.ranges(), "deleted": gone}


def _blobs(texts):
    return [bytes.fromhex(text) for text in texts]


def _lone(texts):
    return [read_lone(data) for data in _blobs(texts)]
