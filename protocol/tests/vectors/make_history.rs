//! What shared spaces' control entries amount to: small stories, one for each rule, and two that chance wrote.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::case::File;
use crate::story::{ALICE, At, BOB, CAROL, DAVE, EVE, Story, Who, log};

const ABOUT: &str = "What the control entries of a shared space amount to. The input is the space; given are the steps that are \
    there, in no order, each with the epoch under which it is sealed; from which places on logs are gone; and bodies, of which \
    is asked whether they count. A parent is an id alone if it lies where the step of that id does. 0b… and 0b07… are 32 bytes, \
    0b or 0b07 again and again.";

/// A name; the members then, in capitals who is an admin; the story.
type Case = (&'static str, &'static str, Story);

pub(crate) fn file() -> File {
    let mut file = File::new("space_history", ABOUT);
    let space = Story::space().to_bytes();
    let mut rng = ChaCha20Rng::from_seed([23; 32]);
    let cases = [
        founding(),
        members(),
        removals(),
        removals_of_each_other(),
        taken_back(),
        coming_and_going(),
        heirs(),
        epochs(),
        seals(),
        missing(),
        gone(),
        bodies(),
    ];
    let mut otherwise = Vec::new();
    for (name, expected, story) in cases.into_iter().flatten() {
        let given = story.given(&mut rng);
        let says = crate::read::read("space_history", &space, &given).unwrap();
        if letters(&says) != expected {
            otherwise.push((name, expected, letters(&says)));
        }
        file.valid(name, given, &space);
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    for seed in [1, 2] {
        let given = by_chance(seed, 30).given(&mut rng);
        file.valid(&format!("by chance, {seed}"), given, &space);
    }
    let given = json!({ "steps": [], "gone": [], "bodies": [] });
    let reason = (
        "an owner's friends are told by nobody's steps",
        "Invalid: only a shared space is run by entries",
    );
    let friends = crate::make_spaces::raw_space(3, &[[ALICE; 32]], b"");
    file.invalid("friends", reason, given.clone(), &friends);
    let short = ("a space is a list of three", "Malformed");
    file.invalid("no space", short, given, &friends[..1]);
    file
}

/// The members that a result names, a letter each.
fn letters(says: &Value) -> String {
    let members = crate::read::list(&says["members"]).iter().map(|member| {
        let who = crate::case::unhex(&crate::case::lengthen(&member["identity"]))[0];
        let first = if member["role"] == "admin" {
            b'A'
        } else {
            b'a'
        };
        char::from(first + who - 1)
    });
    members.collect()
}

fn founding() -> Vec<Case> {
    let nothing = Story::new();
    let mut first = Story::new();
    let tip = first.create(ALICE, "Club");
    first.epoch(ALICE, &[tip], 1);
    let mut another = Story::new();
    let tip = another.create(BOB, "Club");
    another.epoch(BOB, &[tip], 1);
    let mut twice = Story::new();
    let (one, other) = (twice.create(ALICE, "Club"), twice.create(ALICE, "Circle"));
    let epochs = [
        twice.epoch(ALICE, &[one], 1),
        twice.epoch(ALICE, &[other], 1),
    ];
    twice.add(ALICE, &epochs, &[BOB]);
    let (mut renamed, tip) = Story::led(&[BOB], &[BOB]);
    renamed.rename(ALICE, &[tip], "First");
    renamed.rename(BOB, &[tip], "Second");
    let (mut deeper, tip) = Story::led(&[BOB], &[BOB]);
    let news = deeper.news(BOB, &[tip]);
    deeper.rename(BOB, &[news], "Deeper");
    deeper.rename(ALICE, &[tip], "Later by its id");
    vec![
        ("nothing is there", "", nothing),
        ("founded", "A", first),
        ("founded by somebody else", "", another),
        ("founded twice over", "Ab", twice),
        ("renamed by two, at one depth", "AB", renamed),
        ("renamed by two, one deeper", "AB", deeper),
    ]
}

fn members() -> Vec<Case> {
    let (added, _) = Story::club(&[BOB, CAROL]);
    let (mut again, tip) = Story::club(&[BOB]);
    again.add(ALICE, &[tip], &[BOB, CAROL]);
    let (mut by_member, tip) = Story::club(&[BOB]);
    let add = by_member.add(BOB, &[tip], &[CAROL]);
    by_member.news(ALICE, &[tip, add]);
    let (mut by_admin, tip) = Story::led(&[BOB], &[BOB]);
    let add = by_admin.add(BOB, &[tip], &[CAROL]);
    by_admin.promote(ALICE, &[add], CAROL);
    let (mut unseen, tip) = Story::club(&[BOB]);
    unseen.promote(ALICE, &[tip], BOB);
    unseen.add(BOB, &[tip], &[CAROL]);
    let (mut stranger, tip) = Story::club(&[BOB]);
    stranger.promote(ALICE, &[tip], CAROL);
    let add = stranger.add(ALICE, &[tip], &[DAVE]);
    stranger.news(CAROL, &[add]);
    let (mut itself, tip) = Story::club(&[BOB]);
    itself.promote(BOB, &[tip], BOB);
    let (mut admin, tip) = Story::led(&[BOB], &[BOB]);
    let theirs = admin.promote(BOB, &[tip], BOB);
    admin.promote(ALICE, &[tip, theirs], ALICE);
    let (mut to_come, tip) = Story::club(&[BOB]);
    let one = to_come.news(BOB, &[tip]);
    to_come.news(ALICE, &[one]);
    to_come.news(BOB, &[one]);
    let (mut flood, tip) = Story::club(&[BOB]);
    let mut last = tip;
    for _ in 0..20 {
        last = flood.news(BOB, &[last]);
        flood.epoch(BOB, &[tip], 2);
    }
    flood.add(ALICE, &[tip], &[CAROL]);
    vec![
        ("two are added", "Abc", added),
        ("added who was there", "Abc", again),
        ("a member adds", "Ab", by_member),
        (
            "who was made an admin adds, and theirs is made one",
            "ABC",
            by_admin,
        ),
        (
            "an admin adds, and hadn't seen that they are one",
            "AB",
            unseen,
        ),
        (
            "who was never added is made an admin, and writes",
            "Abd",
            stranger,
        ),
        ("a member makes themselves an admin", "Ab", itself),
        ("admins make themselves admins", "AB", admin),
        ("steps that nobody knows yet", "Ab", to_come),
        ("forty steps that change nothing", "Abc", flood),
    ]
}

fn removals() -> Vec<Case> {
    let (mut plain, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let add = plain.add(BOB, &[tip], &[DAVE]);
    let tip = plain.remove(ALICE, &[add], BOB);
    plain.epoch(ALICE, &[tip], 3);
    let (mut backdated, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let known = backdated.add(BOB, &[tip], &[DAVE]);
    let out = backdated.remove(ALICE, &[known], BOB);
    let add = backdated.add(BOB, &[tip], &[EVE]);
    let raised = backdated.promote(BOB, &[add], EVE);
    let theirs = backdated.add(EVE, &[raised], &[6]);
    backdated.epoch(ALICE, &[out, theirs], 4);
    let (mut within, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    within.add(BOB, &[tip], &[DAVE]);
    within.add(BOB, &[tip], &[EVE]);
    let end = log(BOB, 0);
    within.remove_from(ALICE, &[tip], BOB, vec![(end.device, end.log, 0)]);
    let (mut unnamed, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    unnamed.devices.insert(BOB, 1);
    let known = unnamed.add(BOB, &[tip], &[DAVE]);
    unnamed.devices.insert(BOB, 2);
    unnamed.add(BOB, &[tip], &[EVE]);
    unnamed.remove(ALICE, &[known], BOB);
    let (mut seen, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let add = seen.add(BOB, &[tip], &[DAVE]);
    seen.remove_from(ALICE, &[add], BOB, Vec::new());
    let (mut goes_on, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let out = goes_on.remove(ALICE, &[tip], BOB);
    let add = goes_on.add(BOB, &[out], &[DAVE]);
    goes_on.news(DAVE, &[add]);
    let (mut oneself, tip) = Story::led(&[BOB], &[BOB]);
    oneself.remove(BOB, &[tip], BOB);
    let (mut itself, tip) = Story::led(&[BOB], &[BOB]);
    let end = log(BOB, 0);
    itself.remove_from(BOB, &[tip], BOB, vec![(end.device, end.log, 9)]);
    let (mut by_member, tip) = Story::club(&[BOB, CAROL]);
    by_member.remove(BOB, &[tip], CAROL);
    let (mut stranger, tip) = Story::club(&[BOB]);
    stranger.remove(ALICE, &[tip], CAROL);
    let (mut twice, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let out = twice.remove(ALICE, &[tip], CAROL);
    twice.remove(ALICE, &[out], CAROL);
    twice.remove(BOB, &[tip], CAROL);
    vec![
        ("a removal, what the removed did before holds", "Acd", plain),
        (
            "steps dated before the removal, and what came of them",
            "Acd",
            backdated,
        ),
        (
            "a removal strikes what it hadn't seen, also within its ends",
            "Ac",
            within,
        ),
        ("a log that a removal doesn't name", "Acd", unnamed),
        (
            "a removal that names no log, and had seen a step",
            "Acd",
            seen,
        ),
        ("the removed goes on, and knows of it", "Ac", goes_on),
        ("an admin removes themselves", "AB", oneself),
        ("the same, and keeps that step", "AB", itself),
        ("a member removes", "Abc", by_member),
        ("who was never there is removed", "Ab", stranger),
        ("removed by two, and again", "AB", twice),
    ]
}

fn removals_of_each_other() -> Vec<Case> {
    let both = |senior_first: bool| {
        let (mut story, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB]);
        let pair = [(ALICE, BOB), (BOB, ALICE)];
        for (who, whom) in if senior_first {
            pair
        } else {
            [pair[1], pair[0]]
        } {
            story.remove(who, &[tip], whom);
        }
        story
    };
    let (mut third, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB, CAROL]);
    third.remove(CAROL, &[tip], BOB);
    third.remove(BOB, &[tip], CAROL);
    third.remove(BOB, &[tip], DAVE);
    let (mut ring, tip) = Story::led(&[BOB, CAROL], &[BOB, CAROL]);
    ring.remove(ALICE, &[tip], BOB);
    ring.remove(BOB, &[tip], CAROL);
    ring.remove(CAROL, &[tip], ALICE);
    let (mut chain, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB, CAROL, DAVE]);
    chain.remove(BOB, &[tip], CAROL);
    chain.remove(CAROL, &[tip], DAVE);
    chain.remove(DAVE, &[tip], BOB);
    let (mut backdated, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let out = backdated.remove(BOB, &[tip], ALICE);
    backdated.epoch(BOB, &[out], 2);
    backdated.remove(ALICE, &[tip], BOB);
    let (mut raised, tip) = Story::led(&[BOB, CAROL], &[BOB, CAROL, BOB]);
    raised.remove(CAROL, &[tip], BOB);
    raised.remove(BOB, &[tip], CAROL);
    let (mut undone, tip) = Story::led(&[BOB, CAROL], &[BOB, CAROL]);
    undone.remove(ALICE, &[tip], CAROL);
    undone.add(BOB, &[tip], &[CAROL]);
    undone.promote(BOB, &[tip], CAROL);
    let (mut of_both, tip) = Story::led(&[BOB, CAROL], &[BOB, CAROL]);
    let news = of_both.news(CAROL, &[tip]);
    of_both.remove(ALICE, &[news], BOB);
    of_both.remove(BOB, &[tip], CAROL);
    vec![
        ("senior and junior remove each other", "Acd", both(true)),
        ("the same, the junior's first by its id", "Acd", both(false)),
        (
            "the senior of two removes somebody else besides",
            "AB",
            third,
        ),
        ("three remove one another in a ring", "C", ring),
        ("three juniors in a ring", "AD", chain),
        (
            "the senior's removal comes after the junior's took effect",
            "Ac",
            backdated,
        ),
        (
            "who didn't know of a removal adds and promotes",
            "AB",
            undone,
        ),
        ("the removed had removed somebody", "AC", of_both),
        (
            "made an admin twice: the first time tells who is senior",
            "AB",
            raised,
        ),
    ]
}

fn taken_back() -> Vec<Case> {
    let (mut struck, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB, CAROL]);
    struck.add(CAROL, &[tip], &[EVE]);
    struck.remove(BOB, &[tip], CAROL);
    struck.remove(ALICE, &[tip], BOB);
    // Bob's removal of Carol is settled first, for Carol's of Dave is a junior's; later Bob's turns out void.
    let (mut late, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB, CAROL]);
    let raised = late.promote(CAROL, &[tip], DAVE);
    late.remove(DAVE, &[raised], BOB);
    late.remove(BOB, &[tip], CAROL);
    late.add(BOB, &[tip], &[EVE]);
    let (mut freed, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB, CAROL]);
    let out = freed.remove(BOB, &[tip], DAVE);
    freed.news(DAVE, &[tip]);
    freed.news(CAROL, &[out]);
    freed.remove(ALICE, &[tip], BOB);
    let (mut backed, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB]);
    let out = backed.remove(BOB, &[tip], CAROL);
    let back = backed.add(ALICE, &[out], &[CAROL]);
    backed.news(CAROL, &[back]);
    backed.remove(ALICE, &[tip], BOB);
    vec![
        ("what a void removal struck", "ACde", struck),
        ("a removal that rests on what another struck", "ABde", late),
        ("a void removal lets somebody stay", "ACd", freed),
        (
            "added back after a removal that came to be void",
            "Acd",
            backed,
        ),
        (
            "seven removals in a row, all reconsidered",
            "AcDFHjK",
            row(7, false),
        ),
        (
            "eight removals in a row, none reconsidered",
            "AcDEGIkL",
            row(8, false),
        ),
        (
            "the same, the first removal last by its id",
            "AcDEGIkL",
            row(8, true),
        ),
    ]
}

/// Each removes the next, all apart: every other removal counts. Then a junior's removal of who made the first of them an
/// admin turns that round, one after the other, as often as one looks again.
fn row(length: u8, first_last: bool) -> Story {
    let row: Vec<Who> = (3..3 + length).collect();
    let (quiet, last) = (3 + length, 4 + length);
    let everybody: Vec<Who> = (BOB..=last).collect();
    let (mut story, tip) = Story::led(&everybody, &[BOB]);
    let raised = story.promote(BOB, &[tip], row[0]);
    let mut tip = story.news(ALICE, &[tip]);
    for &who in row[1..].iter().chain([&last]) {
        tip = story.promote(ALICE, &[tip], who);
    }
    story.news(quiet, &[tip]);
    for at in 0..row.len() {
        let at = if first_last { row.len() - 1 - at } else { at };
        let who = row[at];
        let whom = row.get(at + 1).copied().unwrap_or(quiet);
        let parents = if at == 0 {
            vec![raised, tip]
        } else {
            vec![tip]
        };
        story.remove(who, &parents, whom);
    }
    story.remove(last, &[tip], BOB);
    story
}

fn coming_and_going() -> Vec<Case> {
    let (mut left, tip) = Story::club(&[BOB, CAROL]);
    let out = left.leave(BOB, &[tip]);
    left.epoch(ALICE, &[out], 2);
    let (mut apart, tip) = Story::club(&[BOB, CAROL]);
    apart.leave(BOB, &[tip]);
    apart.add(ALICE, &[tip], &[BOB]);
    let (mut back, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let out = back.leave(BOB, &[tip]);
    let tip = back.add(ALICE, &[out], &[BOB]);
    back.add(BOB, &[tip], &[DAVE]);
    let (mut raised, tip) = Story::led(&[BOB, CAROL], &[BOB, CAROL]);
    let out = raised.remove(ALICE, &[tip], BOB);
    let tip = raised.add(CAROL, &[out], &[BOB]);
    let tip = raised.promote(CAROL, &[tip], BOB);
    raised.add(BOB, &[tip], &[DAVE]);
    let (mut goes_on, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let out = goes_on.leave(BOB, &[tip]);
    goes_on.add(BOB, &[out], &[DAVE]);
    goes_on.news(BOB, &[tip]);
    let (mut removed, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let out = removed.leave(BOB, &[tip]);
    removed.remove(ALICE, &[out], BOB);
    removed.remove(ALICE, &[tip], BOB);
    let (mut away, tip) = Story::club(&[BOB, CAROL]);
    let out = away.leave(BOB, &[tip]);
    let raised_away = away.promote(ALICE, &[out], BOB);
    away.add(ALICE, &[raised_away], &[BOB]);
    let (mut once, tip) = Story::club(&[BOB, CAROL]);
    let out = once.remove(ALICE, &[tip], BOB);
    let added = once.add(ALICE, &[out], &[BOB]);
    let out = once.remove(ALICE, &[tip], BOB);
    once.news(ALICE, &[added, out]);
    vec![
        ("a member leaves", "Ac", left),
        ("left and added, neither knowing", "Ac", apart),
        ("left and back: no admin any more", "Abc", back),
        ("removed, and made an admin again", "ABCd", raised),
        ("who left writes on", "Ac", goes_on),
        (
            "left, and removed by who knew and by who didn't",
            "Ac",
            removed,
        ),
        ("made an admin while away", "Abc", away),
        ("two removals apart, one of them taken back", "Ac", once),
    ]
}

fn heirs() -> Vec<Case> {
    let (mut heir, tip) = Story::club(&[CAROL, DAVE]);
    let tip = heir.add(ALICE, &[tip], &[BOB]);
    heir.leave(ALICE, &[tip]);
    let (mut raised, tip) = Story::club(&[CAROL, DAVE]);
    let out = raised.leave(ALICE, &[tip]);
    let tip = raised.promote(CAROL, &[out], CAROL);
    raised.promote(DAVE, &[out], DAVE);
    raised.promote(CAROL, &[tip], DAVE);
    let (mut unseen, tip) = Story::club(&[BOB, CAROL]);
    let out = unseen.leave(ALICE, &[tip]);
    let other = unseen.leave(BOB, &[tip]);
    unseen.promote(BOB, &[out], BOB);
    unseen.promote(CAROL, &[out, other], CAROL);
    let (mut founder, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let out = founder.remove(BOB, &[tip], ALICE);
    let tip = founder.add(BOB, &[out], &[ALICE]);
    founder.leave(BOB, &[tip]);
    let (mut first, tip) = Story::led(&[BOB, CAROL], &[]);
    let out = first.leave(BOB, &[tip]);
    let tip = first.add(ALICE, &[out], &[BOB]);
    first.leave(ALICE, &[tip]);
    let (by_time, _) = Story::led(&[BOB, CAROL], &[CAROL, BOB]);
    let (mut senior, tip) = Story::led(&[BOB, CAROL], &[BOB, CAROL]);
    let out = senior.remove(ALICE, &[tip], BOB);
    let tip = senior.add(ALICE, &[out], &[BOB]);
    senior.promote(ALICE, &[tip], BOB);
    vec![
        (
            "the only admin leaves: of those added first the lowest is heir",
            "bcd",
            heir,
        ),
        ("the heir takes over, another can't", "CD", raised),
        ("the heir had left, and didn't say so", "C", unseen),
        (
            "a founder who was added back isn't heir before others",
            "ac",
            founder,
        ),
        ("who left and is back is heir as before", "bc", first),
        ("an admin again: as senior as they were", "ABC", senior),
        ("the order of admins", "ABC", by_time),
    ]
}

fn epochs() -> Vec<Case> {
    let (mut apart, tip) = Story::club(&[BOB]);
    let add = apart.add(ALICE, &[tip], &[CAROL]);
    let epochs = [apart.epoch(ALICE, &[add], 3), apart.epoch(BOB, &[tip], 2)];
    let joined = apart.epoch(BOB, &epochs, 3);
    apart.news(CAROL, &[joined]);
    let (mut count, tip) = Story::club(&[BOB]);
    count.epoch(BOB, &[tip], 3);
    count.epoch(BOB, &[tip], 1);
    let (mut void, tip) = Story::club(&[BOB, CAROL]);
    let theirs = void.epoch(BOB, &[tip], 3);
    void.remove(ALICE, &[tip], BOB);
    void.news(CAROL, &[theirs]);
    let (mut afterwards, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let add = afterwards.add(BOB, &[tip], &[DAVE]);
    afterwards.epoch(CAROL, &[add], 4);
    afterwards.remove(ALICE, &[tip], BOB);
    let (mut stranger, tip) = Story::club(&[BOB]);
    let theirs = stranger.epoch(DAVE, &[tip], 2);
    stranger.epoch(BOB, &[theirs], 2);
    let (mut wrong, tip) = Story::club(&[BOB]);
    let high = wrong.epoch_of(BOB, &[tip], 2, 3);
    let low = wrong.epoch_of(BOB, &[tip], 2, 1);
    wrong.news(ALICE, &[high]);
    wrong.news(ALICE, &[low]);
    let twice = |[first, then]: [u8; 2]| {
        let (mut story, tip) = Story::club(&[BOB]);
        story.devices.insert(BOB, first);
        let at = story.epoch(BOB, &[tip], 2);
        let again = story.steps[at].0.control.op.clone();
        story.devices.insert(BOB, then);
        let news = story.news(ALICE, &[tip]);
        story.step(BOB, &[news], again);
        story
    };
    let (mut after_leaving, tip) = Story::club(&[BOB, CAROL]);
    let out = after_leaving.leave(BOB, &[tip]);
    after_leaving.epoch(BOB, &[out], 2);
    after_leaving.epoch(BOB, &[tip], 3);
    vec![
        ("two epochs apart, and one after both", "Abc", apart),
        (
            "epochs that don't name as many as there are members",
            "Ab",
            count,
        ),
        ("an epoch beyond the ends of a removal", "Ac", void),
        (
            "an epoch for somebody whose adding came to be void",
            "Ac",
            afterwards,
        ),
        ("a stranger's epoch", "Ab", stranger),
        ("epochs of wrong generations", "Ab", wrong),
        ("one epoch begun in two places", "Ab", twice([0, 1])),
        ("the same, in the higher place first", "Ab", twice([1, 0])),
        ("epochs of one who left", "Ac", after_leaving),
    ]
}

fn seals() -> Vec<Case> {
    let (mut apart, tip) = Story::club(&[BOB]);
    let other = apart.epoch(BOB, &[tip], 2);
    let add = apart.add(ALICE, &[tip], &[CAROL]);
    apart.steps[add].0.under = apart.begins(other);
    let (mut old, tip) = Story::club(&[BOB]);
    let add = old.add(ALICE, &[tip], &[CAROL]);
    old.steps[add].0.under = old.begins(1);
    let (mut foreign, tip) = Story::club(&[BOB]);
    let epoch = foreign.epoch(BOB, &[tip], 2);
    foreign.steps[epoch].0.under = foreign.begins(tip);
    let create = Story::new();
    let mut unsealed = create;
    let tip = unsealed.create(ALICE, "Club");
    unsealed.add(ALICE, &[tip], &[BOB]);
    vec![
        ("sealed under an epoch apart", "Ab", apart),
        ("sealed under an old epoch", "Abc", old),
        ("an epoch sealed under the one before", "Ab", foreign),
        ("before there is an epoch", "A", unsealed),
    ]
}

fn missing() -> Vec<Case> {
    let (mut waits, tip) = Story::club(&[BOB]);
    let add = waits.add(ALICE, &[tip], &[CAROL]);
    let news = waits.news(CAROL, &[add]);
    waits.news(BOB, &[tip, news]);
    waits.without(&[add]);
    let (mut elsewhere, tip) = Story::club(&[BOB]);
    let add = elsewhere.add(ALICE, &[tip], &[CAROL]);
    elsewhere.steps[add].0.control.parents[0].place.seq += 1;
    elsewhere.news(BOB, &[add]);
    let (mut both, tip) = Story::club(&[BOB]);
    let news = both.news(BOB, &[tip]);
    let add = both.add(ALICE, &[tip, news], &[CAROL]);
    let said = &mut both.steps[add].0.control.parents[1].place;
    said.seq += 40;
    let said = *said;
    both.gone.push(said);
    both.news(BOB, &[add]);
    vec![
        ("a parent is missing", "Ab", waits),
        ("a parent lies elsewhere than is said", "Ab", elsewhere),
        (
            "a parent lies elsewhere than is said, where nothing can come",
            "Ab",
            both,
        ),
    ]
}

fn gone() -> Vec<Case> {
    // A member's epoch is cut away after a removal was built on it: by its other parents the removal holds.
    let (mut epoch, tip) = Story::club(&[BOB, CAROL]);
    let theirs = epoch.epoch(BOB, &[tip], 3);
    let out = epoch.remove(ALICE, &[tip, theirs], CAROL);
    let begun = epoch.epoch(ALICE, &[out], 2);
    epoch.news(ALICE, &[begun]);
    epoch.cut(theirs);
    let (mut only, tip) = Story::club(&[BOB, CAROL]);
    let theirs = only.epoch(BOB, &[tip], 3);
    let out = only.remove(ALICE, &[theirs], CAROL);
    only.epoch(ALICE, &[out], 2);
    only.cut(theirs);
    let (mut held, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let news = held.news(BOB, &[tip]);
    let add = held.add(BOB, &[tip, news], &[DAVE]);
    let more = held.add(BOB, &[news], &[EVE]);
    held.rename(ALICE, &[add, more], "Held together");
    held.cut(news);
    let (mut kept, tip) = Story::club(&[BOB, CAROL]);
    let news = kept.news(BOB, &[tip]);
    let unlikely = kept.add(CAROL, &[tip, news], &[DAVE]);
    let name = kept.rename(ALICE, &[unlikely], "By way of it");
    kept.news(BOB, &[name]);
    kept.devices.insert(BOB, 1);
    kept.cut(news);
    let (mut left_out, tip) = Story::club(&[BOB, CAROL]);
    let news = left_out.news(BOB, &[tip]);
    let stranger = left_out.news(DAVE, &[tip, news]);
    left_out.rename(ALICE, &[stranger], "By way of nobody");
    left_out.rename(ALICE, &[tip, stranger], "By another way");
    left_out.cut(news);
    let (mut generations, tip) = Story::club(&[BOB, CAROL]);
    let lost = generations.epoch(BOB, &[tip], 3);
    let due = generations.epoch_of(CAROL, &[tip, lost], 3, 2);
    generations.epoch_of(CAROL, &[tip, lost], 3, 2 + 4096);
    generations.epoch_of(CAROL, &[tip, lost], 3, 2 + 4097);
    generations.epoch_of(CAROL, &[tip, lost], 3, 1);
    generations.epoch_of(CAROL, &[due], 3, 2 + 1 + 4096);
    generations.epoch_of(CAROL, &[due], 3, 2 + 1 + 4097);
    generations.cut(lost);
    let (mut unlikely, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let steps = [
        unlikely.remove(ALICE, &[tip], DAVE),
        unlikely.promote(ALICE, &[tip], DAVE),
        unlikely.promote(CAROL, &[tip], CAROL),
        unlikely.add(CAROL, &[tip], &[DAVE]),
        unlikely.news(DAVE, &[tip]),
    ];
    for step in steps {
        unlikely.epoch_of(ALICE, &[tip, step], 3, 9);
    }
    unlikely.epoch_of(ALICE, &[tip], 3, 9);
    let (mut sealed, tip) = Story::club(&[BOB, CAROL]);
    let lost = sealed.epoch(BOB, &[tip], 3);
    let first = sealed.rename(ALICE, &[tip, lost], "Sealed under what is lost");
    let second = sealed.rename(ALICE, &[first], "Sealed under it later");
    sealed.epoch_of(ALICE, &[second], 3, 3);
    sealed.cut(lost);
    let (mut founder, _) = Story::led(&[BOB, CAROL], &[BOB]);
    founder.cut(0);
    let (mut author, tip) = Story::led(&[BOB, CAROL], &[BOB]);
    let add = author.add(BOB, &[tip], &[DAVE]);
    let begun = author.epoch(CAROL, &[tip, add], 4);
    author.leave(CAROL, &[begun]);
    author.cut(add);
    let (mut there, tip) = Story::club(&[BOB]);
    let news = there.news(BOB, &[tip]);
    there.rename(ALICE, &[news], "What is there isn't gone");
    there.gone.push(there.steps[news].0.place);
    let (mut with_missing, tip) = Story::club(&[BOB, CAROL]);
    let lost = with_missing.news(BOB, &[tip]);
    let to_come = with_missing.news(CAROL, &[tip]);
    with_missing.rename(ALICE, &[tip, lost, to_come], "Waits");
    with_missing.without(&[to_come]);
    with_missing.cut(lost);
    vec![
        (
            "an epoch is cut away after a removal was built on it",
            "Ab",
            epoch,
        ),
        ("the same, and the removal has no other parent", "Abc", only),
        ("what an admin wrote after what is gone", "ABc", held),
        (
            "an unlikely step holds together what descends from it",
            "Abc",
            kept,
        ),
        ("a stranger's step holds nothing together", "Abc", left_out),
        ("generations after a gap", "Abc", generations),
        ("what is left out leaves a gap", "ABc", unlikely),
        ("sealed under what may have been lost", "Abc", sealed),
        ("the founder's log is gone", "", founder),
        ("an adding is cut away under an epoch", "AB", author),
        ("what is there isn't gone", "Ab", there),
        ("one parent gone, one missing", "Abc", with_missing),
    ]
}

fn bodies() -> Vec<Case> {
    let (mut story, tip) = Story::club(&[BOB, CAROL]);
    let news = story.news(BOB, &[tip]);
    let out = story.remove(ALICE, &[news], BOB);
    let second = story.epoch(ALICE, &[out], 2);
    let back = story.add(ALICE, &[second], &[BOB]);
    let third = story.epoch(ALICE, &[back], 3);
    for begun in [1, tip, second, third] {
        for seq in [0, 1, 9] {
            story.body(BOB, seq, begun);
        }
        story.body(CAROL, 0, begun);
        story.body(EVE, 0, begun);
    }
    story.devices.insert(BOB, 1);
    story.body(BOB, 0, tip);
    let (mut left, tip) = Story::club(&[BOB, CAROL]);
    let news = left.news(BOB, &[tip]);
    let out = left.leave(BOB, &[news]);
    let second = left.epoch(ALICE, &[out], 2);
    for begun in [tip, second] {
        for seq in [0, 1, 2] {
            left.body(BOB, seq, begun);
        }
    }
    left.devices.insert(BOB, 1);
    left.body(BOB, 5, tip);
    let (mut unknown, tip) = Story::club(&[BOB]);
    let lost = unknown.epoch(BOB, &[tip], 2);
    let out = unknown.leave(BOB, &[tip]);
    for (who, seq) in [(ALICE, 9), (BOB, 0), (BOB, 1), (BOB, 2), (CAROL, 0)] {
        unknown.body(who, seq, lost);
    }
    unknown.news(ALICE, &[out]);
    unknown.without(&[lost]);
    vec![
        (
            "bodies, and one who was removed and came back",
            "Abc",
            story,
        ),
        ("bodies, and one who left", "Ac", left),
        ("bodies in an epoch that isn't there", "A", unknown),
    ]
}

/// Below `most`.
fn below(rng: &mut impl Rng, most: usize) -> usize {
    usize::try_from(rng.next_u32()).unwrap() % most
}

/// Steps of five people on three machines that hear of one another now and then.
fn by_chance(seed: u8, steps: usize) -> Story {
    let rng = &mut ChaCha20Rng::from_seed([seed; 32]);
    let (mut story, tip) = Story::led(&[BOB, CAROL, DAVE], &[BOB, CAROL]);
    let mut heads = vec![vec![tip]; 3];
    while story.steps.len() < steps {
        let here = below(rng, 3);
        if below(rng, 4) == 0 {
            let other = heads[below(rng, 3)].clone();
            heads[here].extend(other);
            heads[here].sort_unstable();
            heads[here].dedup();
        }
        let who = u8::try_from(1 + below(rng, 5)).unwrap();
        let whom = u8::try_from(1 + below(rng, 5)).unwrap();
        let at = any_step(&mut story, rng, (who, whom), &heads[here]);
        heads[here] = vec![at];
    }
    for who in [ALICE, BOB, CAROL, DAVE, EVE] {
        let seq = u64::try_from(below(rng, 6)).unwrap();
        story.body(who, seq, 3);
    }
    let lost = 8 + below(rng, steps - 8);
    if below(rng, 2) == 0 {
        story.cut(lost);
    } else {
        story.without(&[lost]);
    }
    story
}

fn any_step(story: &mut Story, rng: &mut impl Rng, (who, whom): (Who, Who), parents: &[At]) -> At {
    match below(rng, 9) {
        0 | 1 => story.remove(who, parents, whom),
        2 | 3 => story.add(who, parents, &[whom]),
        4 => story.promote(who, parents, whom),
        5 => story.leave(who, parents),
        6 => story.rename(who, parents, "By chance"),
        _ => {
            let members = 2 + below(rng, 4);
            story.epoch(who, parents, members)
        }
    }
}
