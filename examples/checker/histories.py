"""Makes up histories of shared spaces: people who add, raise and remove one another on machines that hear of one another now
and then, backdate, misplace and lose steps. SPEC §23."""

from cbor import encode
from history import Step, begun_by, place_of, shorten, step_of

FOUNDER, PEOPLE = 1, 5
SPACE = [4, [bytes([FOUNDER]) * 32], bytes([5]) * 16]


def identity(who):
    return bytes([who]).hex() * 32


class Tale:
    """Steps as the vectors have them, and what each descends from."""

    def __init__(self, rng):
        self.rng, self.steps, self.before, self.read, self.places = rng, [], [], [], {}
        self.ends, self.ids = {}, rng.sample(range(1, 1 << 16), 400)
        self.admins = rng.randint(1, 4)
        self.removing, self.hears = rng.choice((2, 6, 20)), rng.choice((0.03, 0.1, 0.3))

    def write(self, who, op, parents):
        """A step at the end of one of its author's logs, mostly under the newest epoch that they know of."""
        before = set(parents).union(*(self.before[at] for at in parents))
        device = bytes([16 * who + (self.rng.random() < 0.15)]).hex() * 32
        seq = self.ends.get(device, -1) + 1
        self.ends[device] = seq
        id_ = self.ids[len(self.steps)].to_bytes(2).hex() * 16
        place = {"identity": identity(who), "device": device, "log": 0, "seq": seq}
        begun = [at for at in before if self.epoch(at)] if self.rng.random() < 0.98 else list(range(len(self.steps)))
        begun = [at for at in begun if self.epoch(at)]
        newest = max(begun, key=lambda at: (self.epoch(at)["generation"], at), default=None)
        step = {"id": id_, "place": place, "parents": [self.steps[at]["id"] for at in sorted(set(parents))], "op": op}
        if "epoch" in op and self.rng.random() < 0.98:
            step["under"] = self.begins(step)
        else:
            step["under"] = "00" * 32 if newest is None else self.begins(self.steps[newest])
        step["parents"].sort()
        self.steps.append(step)
        self.places[id_] = place_of(place)
        self.read.append(step_of(step, self.places))
        self.before.append(before)
        return len(self.steps) - 1

    def epoch(self, at):
        op = self.steps[at]["op"]
        return op["epoch"] if "epoch" in op else None

    def begins(self, step):
        place = step["place"]
        return begun_by(SPACE, Step(step["id"], (place["identity"],), "", [], "epoch", step["op"]["epoch"]))

    def new_epoch(self, parents, members):
        before = set(parents).union(*(self.before[at] for at in parents))
        generation = 1 + max((self.epoch(at)["generation"] for at in before if self.epoch(at)), default=-1)
        if self.rng.random() < 0.04:
            generation += self.rng.randint(0, 2)
        body, control = (self.rng.randrange(self.rng.choice((2, 256))) for _ in range(2))
        inboxes = [self.rng.choice((0, 1, None)) for _ in range(members)]
        commitments = {"body": bytes([body]).hex() * 32, "control": bytes([control]).hex() * 32}
        return {"epoch": {"generation": generation, **commitments, "inboxes": inboxes, "previous": []}}

    def removal(self, parents, whom):
        """Its ends are what the remover had seen; or less; or more."""
        before, ends = set(parents).union(*(self.before[at] for at in parents)), {}
        for at in before:
            place = self.steps[at]["place"]
            if place["identity"] == identity(whom) and self.rng.random() < 0.95:
                ends[place["device"]] = max(place["seq"], ends.get(place["device"], 0))
        if self.rng.random() < 0.1:
            ends = {device: self.rng.randint(0, 5) for device in ends}
        return {"remove": {"member": identity(whom), "ends": [[device, 0, ends[device]] for device in sorted(ends)]}}

    def were(self, gives, parents):
        """Who was given something by a step that these descend from."""
        known = sorted(set(parents).union(*(self.before[at] for at in parents)))
        return [who for who in range(1, PEOPLE + 1) if any(gives(self.read[at], identity(who)) for at in known)]

    def any_step(self, parents):
        """(who, what), mostly what they could have the right to."""
        rng, members = self.rng, self.were(Step.adds, parents) or [FOUNDER]
        who = rng.choice(members)
        whom = rng.choice([other for other in members if other != who] or members)
        if rng.random() < 0.02:
            who, whom = rng.randint(1, PEOPLE), rng.randint(1, PEOPLE)
        kinds = ["news", "epoch", "epoch", "leave", "promote"][: rng.choice((3, 3, 4, 5))]
        if who in self.were(Step.raises, parents):
            kinds += ["remove"] * self.removing + ["add", "promote", "promote", "rename"]
        return who, self.any_op(rng.choice(kinds), who, whom, parents)

    def any_op(self, kind, who, whom, parents):
        rng = self.rng
        if kind == "remove":
            return self.removal(parents, whom)
        if kind == "add":
            members = sorted({identity(whom), identity(rng.randint(1, PEOPLE))})
            return {"add": {"members": members, "inboxes": [0] * len(members), "with_past": rng.random() < 0.5}}
        if kind == "epoch":
            return self.new_epoch(parents, rng.randint(1, PEOPLE))
        oneself = who not in self.were(Step.raises, parents) or rng.random() < 0.1
        ops = {"promote": {"promote": identity(who if oneself else whom)}, "leave": "leave", "news": {"kind": 9, "payload": ""}}
        return ops.get(kind) or {"rename": f"name {rng.randrange(9)}"}

    def begin(self):
        others = [identity(who) for who in range(2, self.rng.randint(3, PEOPLE) + 1)]
        tip = self.write(FOUNDER, {"create": "Club"}, [])
        tip = self.write(FOUNDER, self.new_epoch([tip], 1), [tip])
        tip = self.write(FOUNDER, {"add": {"members": others, "inboxes": [0] * len(others), "with_past": False}}, [tip])
        tip = self.write(FOUNDER, self.new_epoch([tip], 1 + len(others)), [tip])
        for who in range(2, 2 + min(self.admins, len(others))):
            tip = self.write(FOUNDER, {"promote": identity(who)}, [tip])
        return tip

    def go_on(self, tip, length):
        rng = self.rng
        heads = [[tip] for _ in range(rng.randint(1, 4))]
        while len(self.steps) < length:
            here = rng.randrange(len(heads))
            if rng.random() < self.hears:
                heads[here] = sorted({*heads[here], *rng.choice(heads)})
            parents = heads[here] if rng.random() < 0.85 else rng.choices(range(4, len(self.steps)), k=2)
            apart = parents is not heads[here]
            parents = [*parents, rng.randrange(len(self.steps))] if rng.random() < 0.3 else parents
            at = self.write(*self.any_step(parents), parents)
            if not apart:
                heads[here] = [at] if rng.random() < 0.5 else [tip, at]

    def fall_out(self, tip, length):
        """Steps that know of few others."""
        while len(self.steps) < length:
            others = [self.rng.randrange(tip, len(self.steps)) for _ in range(self.rng.choice((0, 1, 1, 2)))]
            parents = sorted({tip, *others})
            self.write(*self.any_step(parents), parents)

    def given(self):
        """As a reader has it: some steps lost or not there yet, some places said wrongly."""
        rng, places = self.rng, {step["id"]: step["place"] for step in self.steps}
        often = rng.choice((0, 0, 0.05))
        gone = [step["place"] for step in self.steps[5:] if rng.random() < often]
        ends = [{**place, "seq": place["seq"] + rng.choice((0, 0, 1))} for place in gone]
        beyond = lambda place: any(place["device"] == end["device"] and place["seq"] >= end["seq"] for end in ends)
        held = [step for step in self.steps if not beyond(step["place"]) or rng.random() < 0.1]
        seldom = rng.choice((0, 0, 0.02))
        held = [step for step in held if rng.random() >= seldom]
        ids = {step["id"] for step in held}
        for step in held:
            step["parents"] = [self.parent(id_, places, ids) for id_ in step["parents"]]
        bodies = [self.body() for _ in range(8)]
        rng.shuffle(held)
        return shorten({"steps": held, "gone": ends, "bodies": bodies})

    def parent(self, id_, places, ids):
        if self.rng.random() < 0.001:
            return {**places[id_], "seq": places[id_]["seq"] + 1, "id": id_}
        return id_ if id_ in ids else {**places[id_], "id": id_}

    def body(self):
        begun = [self.begins(step) for step in self.steps if "epoch" in step["op"]]
        who = self.rng.randint(1, PEOPLE)
        place = {"identity": identity(who), "device": bytes([16 * who]).hex() * 32, "log": 0, "seq": self.rng.randint(0, 6)}
        return {"epoch": self.rng.choice([*begun, "00" * 32]), "place": place}


def histories(rng, count):
    for _ in range(count):
        tale = Tale(rng)
        tell = rng.choice((tale.go_on, tale.fall_out))
        tell(tale.begin(), rng.randint(8, 36))
        yield "space_history", {"given": tale.given(), "bytes": encode(SPACE).hex()}
