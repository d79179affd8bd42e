"""What the control entries of a shared space amount to. SPEC §22, §23."""

from dataclasses import dataclass, field

from blake3 import derive_key
from cbor import decode, encode, invalid, require
from spaces import SPACE, SPACE_BYTES_MAX, space_gives, space_id

KEPT_MAX, KEPT_OF_ADMIN_MAX, KEPT_OF_OTHER_MAX, KEPT_OF_OTHERS_MAX = 16_384, 4096, 512, 8192
GENERATIONS_LOST_MAX, SETTLED_MAX, LOOKS_MAX = 4096, 256, 8
MEMBERS_MAX, ADDED_AS_ONE = 4096, 16
DECIDES = ("create", "add", "remove", "promote", "leave")


@dataclass
class Step:
    """A control entry. Identities, devices and ids are hexadecimal, which sorts as their bytes do."""

    id: str
    place: tuple
    under: str
    parents: list
    kind: str
    says: object
    depth: int = -1
    position: int = -1
    ancestors: set = field(default_factory=set)  # positions
    gap: bool = False
    likely: bool = False
    rank: int = -1

    @property
    def author(self):
        return self.place[0]

    def adds(self, who):
        return self.kind == "add" and who in self.says["members"] or self.founds(who)

    def raises(self, who):
        return self.kind == "promote" and self.says == who or self.founds(who)

    def founds(self, who):
        return self.kind == "create" and self.author == who

    def ends(self, who):
        removed = self.kind == "remove" and self.says["member"] == who
        return removed or self.kind == "leave" and self.author == who

    def beyond_ends(self, place):
        """Whether a removal has a place of the removed behind it."""
        last = {(device, log): seq for device, log, seq in self.says["ends"]}
        _, device, log, seq = place
        return seq > last.get((device, log), -1)


def shorten(value):
    """Writes 32 bytes that repeat one or two bytes as 0b… or 0b07…, wherever they are in a value."""
    if isinstance(value, str):
        same = (value[:digits] for digits in (2, 4) if len(value) == 64 and value[:digits] * (64 // digits) == value)
        return next((part + "…" for part in same), value)
    if isinstance(value, list):
        return [shorten(item) for item in value]
    return {name: shorten(item) for name, item in value.items()} if isinstance(value, dict) else value


def lengthen(value):
    """The reverse."""
    if isinstance(value, str):
        return (value[:-1] * 64)[:64] if value.endswith("…") else value
    if isinstance(value, list):
        return [lengthen(item) for item in value]
    return {name: lengthen(item) for name, item in value.items()} if isinstance(value, dict) else value


def place_of(given):
    return given["identity"], given["device"], given["log"], given["seq"]


def step_of(given, places):
    """A parent that is an id alone lies where the step of that id does."""
    op = given["op"]
    if op == "leave":
        kind, says = op, None
    elif "kind" in op:
        kind, says = "unknown", None
    else:
        [(kind, says)] = op.items()
    parents = [
        (places[parent], parent) if isinstance(parent, str) else (place_of(parent), parent["id"]) for parent in given["parents"]
    ]
    return Step(given["id"], place_of(given["place"]), given["under"], parents, kind, says)


def begun_by(space, step):
    """The id of the epoch that a step begins."""
    commitments = (bytes.fromhex(step.says[of]) for of in ("body", "control"))
    named = [space_id(space), step.says["generation"], bytes.fromhex(step.author), *commitments]
    return derive_key("hearth 2026-11 epoch id v1", encode(named)).hex()


def members_digest(members):
    return derive_key("hearth 2026-11 epoch members v1", bytes.fromhex("".join(members))).hex()


# --- 1. the order


def in_order(steps, is_gone):
    """The complete ones, by depth and id."""
    there, complete, waiting = {step.id: step for step in steps}, {}, list(steps)

    def is_ready(step):
        return all(
            id_ in complete and complete[id_].place == place if id_ in there else is_gone(place)
            for place, id_ in step.parents
        )

    while ready := [step for step in waiting if is_ready(step)]:
        for step in ready:
            step.depth = 1 + max((complete[id_].depth for _, id_ in step.parents if id_ in complete), default=-1)
            complete[step.id] = step
        waiting = [step for step in waiting if step.id not in complete]
    return sorted(complete.values(), key=lambda step: (step.depth, step.id))


# --- 2. likely entries


class History:
    """What is kept, in the order; a step's position is its index here."""

    def __init__(self, founder, space, ordered):
        self.founder, self.space, self.steps, self.by_id = founder, space, [], {}
        self.kept_of, self.of_others = {}, 0
        for step in ordered:
            self.consider(step)

    def consider(self, step):
        known = [self.by_id[id_] for _, id_ in step.parents if id_ in self.by_id]
        step.ancestors = {one.position for one in known}.union(*(one.ancestors for one in known))
        missing = len(known) < len(step.parents)
        step.gap = missing or any(one.gap for one in known)
        before = [self.steps[at] for at in sorted(step.ancestors) if self.steps[at].likely]
        step.likely = self.is_likely(step, before) and self.sealed_rightly(step, before, missing)
        kept = step.likely or step.gap and was_member(step.author, before)
        if kept and self.has_room(step, before):
            step.position = len(self.steps)
            step.rank = next((one.position for one in before if one.raises(step.author)), -1)
            self.steps.append(step)
            self.by_id[step.id] = step

    def has_room(self, step, before):
        """Counts the step, if there is room for it."""
        admin = step.kind == "create" or was_admin(step.author, before)
        if len(self.steps) >= KEPT_MAX or self.kept_of.get(step.author, 0) >= (KEPT_OF_ADMIN_MAX if admin else KEPT_OF_OTHER_MAX):
            return False
        if not admin and self.of_others >= KEPT_OF_OTHERS_MAX:
            return False
        added = len(step.says["members"]) if step.kind == "add" else 0
        self.kept_of[step.author] = self.kept_of.get(step.author, 0) + 1 + added // ADDED_AS_ONE
        self.of_others += not admin
        return True

    def is_likely(self, step, before):
        author, says = step.author, step.says
        if step.kind == "create":
            return author == self.founder and not step.parents
        if step.kind in ("add", "rename"):
            return was_admin(author, before)
        if step.kind == "remove":
            return was_admin(author, before) and says["member"] != author and was_member(says["member"], before)
        if step.kind == "promote" and says != author:
            return was_admin(author, before) and was_member(says, before)
        if step.kind == "promote":
            return was_member(author, before) and (was_admin(author, before) or all_admins_went(before))
        if step.kind == "epoch":
            return was_member(author, before) and self.generation_fits(step, before)
        return was_member(author, before)

    def generation_fits(self, step, before):
        due = 1 + max((one.says["generation"] for one in before if one.kind == "epoch"), default=-1)
        return due <= step.says["generation"] <= due + (GENERATIONS_LOST_MAX if step.gap else 0)

    def sealed_rightly(self, step, before, missing):
        if step.kind == "epoch":
            return step.under == begun_by(self.space, step)
        if step.kind == "create" or missing:
            return True
        return any(step.under == begun_by(self.space, one) for one in before if one.kind == "epoch")


def was_member(who, before):
    return any(one.adds(who) for one in before)


def was_admin(who, before):
    return any(one.raises(who) for one in before)


def all_admins_went(before):
    admins = {one.says if one.kind == "promote" else one.author for one in before if one.kind in ("create", "promote")}
    return all(any(one.ends(who) for one in before) for who in admins)


# --- 3. members in a view


class View:
    """The counting steps among some, in the order."""

    def __init__(self, counting):
        self.counting = counting

    def holds(self, gives, who):
        """Whether a step gives it to somebody, and one again after each time they went."""
        given = [step for step in self.counting if gives(step, who)]
        ends = [step for step in self.counting if step.ends(who)]
        return bool(given) and all(any(end.position in again.ancestors for again in given) for end in ends)

    def is_member(self, who):
        return self.holds(Step.adds, who)

    def is_admin(self, who):
        return self.is_member(who) and self.holds(Step.raises, who)

    def members(self):
        named = {step.author for step in self.counting if step.kind == "create"}
        named.update(*(step.says["members"] for step in self.counting if step.kind == "add"))
        return sorted(who for who in named if self.is_member(who))

    def admins(self):
        """The most senior one first."""
        first = lambda who: next(step.position for step in self.counting if step.raises(who))
        return sorted((who for who in self.members() if self.is_admin(who)), key=first)

    def heir(self):
        members = self.members()
        if not members or self.admins():
            return None
        first = lambda who: next(step.position for step in self.counting if step.adds(who))
        return min(members, key=lambda who: (first(who), who))


# --- 4. what a removal strikes


def strikes(remove, steps):
    """Positions of what a removal makes void, among some steps."""

    def struck(step):
        if step.author != remove.says["member"]:
            return False
        related = step.position in remove.ancestors or remove.position in step.ancestors
        stands = step.kind == "leave" or step.kind == "remove" and step.rank < remove.rank
        return not related and not stands

    return {step.position for step in steps if struck(step)}


# --- 5. what counts


class Judged:
    """What counts of some likely steps, which are in the order."""

    def __init__(self, steps):
        self.steps = steps
        self.by_position = {step.position: step for step in steps}
        removes = [step for step in steps if step.kind == "remove"]
        struck = {step.position: strikes(step, steps) for step in removes}
        self.struck = {at: some for at, some in struck.items() if some}
        self.settle()
        self.reconsider()
        self.view = View([step for step in steps if step.position in self.counts])

    def work_out(self, void):
        """The positions of what counts, given what is void."""
        counts, people = set(), set()
        for step in self.steps:
            view = View([self.by_position[at] for at in sorted(step.ancestors & counts)])
            if step.position not in void and stands(step, view, people):
                counts.add(step.position)
                people.update(step.says["members"] if step.kind == "add" else [step.author] if step.kind == "create" else [])
        return counts

    def unsettled(self):
        """Removals that count and strike, the first to be settled first."""
        waiting = [at for at in self.struck if at in self.counts and at not in self.settled]
        return sorted(waiting, key=lambda at: (self.by_position[at].rank, at))

    def settle(self):
        self.void, self.settled, weighty = set(), set(), 0
        self.counts = self.work_out(self.void)
        while waiting := self.unsettled():
            if weighty >= SETTLED_MAX:
                for at in waiting:
                    if at not in self.void:
                        self.settle_one(at)
                self.counts = self.work_out(self.void)
                return
            taken = self.struck[waiting[0]] & self.counts
            weighty += any(self.by_position[at].kind in DECIDES for at in taken)
            self.settle_one(waiting[0])
            self.counts = self.work_out(self.void)

    def settle_one(self, at):
        self.settled.add(at)
        self.void |= self.struck[at]

    def reconsider(self):
        """Takes back what was struck by removals that came not to count themselves, where that leads anywhere."""
        void, counts = self.void, self.counts
        for _ in range(LOOKS_MAX):
            again = set().union(*(struck for at, struck in self.struck.items() if at in counts))
            if again == void:
                self.void, self.counts = void, counts
                return
            void, counts = again, self.work_out(again)
        self.void |= self.struck.keys() - self.settled
        self.counts = self.work_out(self.void)


def stands(step, view, people):
    """Whether a step's author has the right to it, by what they had seen; `people` were added by what counts before it."""
    if step.kind == "create":
        return True
    if step.kind == "add":
        return view.is_admin(step.author) and len(people.union(step.says["members"])) <= MEMBERS_MAX
    if step.kind == "rename":
        return view.is_admin(step.author)
    if step.kind == "remove":
        return view.is_admin(step.author) and any(one.adds(step.says["member"]) for one in view.counting)
    if step.kind == "promote" and step.says != step.author:
        return view.is_admin(step.author) and view.is_member(step.says)
    if step.kind == "promote":
        return view.is_admin(step.author) or view.heir() == step.author
    return view.is_member(step.author)


# --- 6, 7. the result, and bodies


def is_after(end, place):
    """Whether a place of somebody's lies after their removal or leaving."""
    if end.kind == "remove":
        return end.beyond_ends(place)
    return end.place[:3] == place[:3] and end.place[3] < place[3]


class Resolved:
    def __init__(self, founder, space, steps, is_gone):
        history = History(founder, space, in_order(steps, is_gone))
        self.likely = [step for step in history.steps if step.likely]
        self.judged = Judged(self.likely)
        self.view = self.judged.view
        self.epochs = {}
        for step in sorted((one for one in self.likely if one.kind == "epoch"), key=lambda one: one.place):
            self.epochs.setdefault(begun_by(space, step), step)

    def epoch_members(self, step):
        """For whom it was begun, each with the inbox; None if it doesn't fit them."""
        seen = Judged([one for one in self.likely if one.position in step.ancestors])
        members, inboxes = seen.view.members(), step.says["inboxes"]
        fits = len(members) == len(inboxes) and members_digest(members) == step.says["members"]
        return [list(both) for both in zip(members, inboxes)] if fits else None

    def body_counts(self, epoch, place):
        who, begun = place[0], self.epochs.get(epoch)
        known = begun.ancestors if begun else set()
        later = [step for step in self.view.counting if step.position not in known]
        was = View([step for step in self.view.counting if step.position in known]).is_member(who)
        if not was and not any(step.adds(who) for step in later):
            return False
        return not any(step.ends(who) and is_after(step, place) for step in later)

    def heads(self):
        behind = set().union(*(step.ancestors for step in self.view.counting))
        return sorted([step.author, step.id] for step in self.view.counting if step.position not in behind)

    def gives(self):
        members, admins = self.view.members(), self.view.admins()
        names = [step.says for step in self.view.counting if step.kind in ("create", "rename")]
        return {
            "name": names[-1] if names else "",
            "members": [{"identity": who, "role": "admin" if who in admins else "member"} for who in members],
            "admins": admins,
            "heir": self.view.heir(),
            "heads": self.heads(),
            "epochs": [
                {
                    "epoch": epoch, "step": step.id, "generation": step.says["generation"], "starter": step.author,
                    "counts": step.position in self.judged.counts, "members": self.epoch_members(step),
                }
                for epoch, step in sorted(self.epochs.items())
            ],
        }


def space_history(data, given):
    """What a space's steps amount to: `given` has them in no order, from where on logs are gone, and bodies."""
    space = decode(data, SPACE, SPACE_BYTES_MAX)
    says = space_gives(space)
    require(says["kind"] == "shared", invalid("only a shared space is run by entries"))
    given = lengthen(given)
    ends = [place_of(place) for place in given["gone"]]
    places = {step["id"]: place_of(step["place"]) for step in given["steps"]}
    steps = [step_of(step, places) for step in given["steps"]]
    is_gone = lambda place: any(place[:3] == end[:3] and place[3] >= end[3] for end in ends)
    resolved = Resolved(says["identities"][0], space, steps, is_gone)
    bodies = [resolved.body_counts(body["epoch"], place_of(body["place"])) for body in given["bodies"]]
    return shorten({**resolved.gives(), "bodies": bodies})
