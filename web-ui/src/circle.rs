//! The backup as a picture: oneself in the middle, who keeps it around, and what there would be without some of them.
//!
//! The picture says nothing that the list below it doesn't say in words: who listens gets that one.

use crate::bytes::bytes;
use crate::face::{self, address, display_name, face, initial, portrait, tone};
use crate::icon::{Icon, icon};
use crate::language::{Language, say, say_html};
use crate::text::segment;
use crate::time::stamp;
use crate::values::{Person, Shell};
use maud::{Markup, html};
use std::f64::consts::TAU;

/// So many have room around one; the others stand in the list.
const SHOWN_MAX: usize = 12;
/// Who wasn't heard of for so long, in milliseconds, is to be looked after: a week.
const SILENCE_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// Letters of a name that have room below a face.
const NAME_CHARS_MAX: usize = 11;

/// The middle, and how far around it friends stand.
const MIDDLE: (f64, f64) = (200.0, 190.0);
const AROUND: (f64, f64) = (152.0, 126.0);
/// How far above or below a face its name stands, and what they hold: where no line goes.
const ABOVE: (f64, f64) = (-52.0, -37.0);
const BELOW: (f64, f64) = (46.0, 61.0);

/// What friends hold, as it lies now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circle {
    /// Who holds something, or would.
    pub keepers: Vec<Keeper>,
    /// Whether anybody who stays knows where everything lies.
    pub is_found: bool,
    /// Of posts and settings: bytes that come back, of all.
    pub logs: (u64, u64),
    /// Of files and photos: bytes that come back, of all.
    pub files: (u64, u64),
    /// How many of those who stay may be lost, whichever they are.
    pub survives: u64,
    /// Pieces that are where they should be, of all.
    pub placed: (u64, u64),
    /// When the newest snapshot that friends hold was made, in milliseconds since 1970.
    pub snapshot_ms: Option<u64>,
    /// What friends don't hold yet: entries, and bytes.
    pub waiting: (u64, u64),
}

/// Somebody around one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// Who it is.
    pub person: Person,
    /// Whether a node of theirs is connected now.
    pub connected: bool,
    /// When it was last, in milliseconds since 1970.
    pub last_seen_ms: Option<u64>,
    /// How many pieces they hold.
    pub pieces: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What they pledged, in bytes.
    pub pledged: u64,
    /// Whether it is asked what there is without them.
    pub is_gone: bool,
    /// Whose data lies on the same machine, and is lost with theirs.
    pub beside: Vec<String>,
}

/// How somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Safe,
    Look,
    Gone,
}

impl Standing {
    const fn class(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Look => "look",
            Self::Gone => "gone",
        }
    }
}

impl Keeper {
    fn standing(&self, now_ms: u64) -> Standing {
        let silent_ms = self.last_seen_ms.map(|seen| now_ms.saturating_sub(seen));
        let is_heard = self.connected || silent_ms.is_some_and(|ms| ms < SILENCE_MS);
        match (self.is_gone, is_heard && self.pieces > 0) {
            (true, _) => Standing::Gone,
            (false, true) => Standing::Safe,
            (false, false) => Standing::Look,
        }
    }
}

impl Circle {
    /// Whether somebody is thought away.
    pub(crate) fn is_asked(&self) -> bool {
        self.keepers.iter().any(|keeper| keeper.is_gone)
    }

    fn is_whole(&self) -> bool {
        self.is_found && self.logs.0 == self.logs.1 && self.files.0 == self.files.1
    }

    /// The page on which this friend is gone, or is back.
    fn toggled(&self, toggled: &Keeper) -> String {
        let gone = self.keepers.iter().filter(|one| {
            let is_it = one.person.identity == toggled.person.identity;
            one.is_gone != is_it
        });
        let gone: Vec<String> = gone.map(|one| segment(&one.person.identity)).collect();
        if gone.is_empty() {
            return "/backup#circle".to_owned();
        }
        format!("/backup?without={}#circle", gone.join(","))
    }
}

/// The picture. Its links can be pressed by who sees it; by keyboard and by ear they are in the list.
pub(crate) fn picture(shell: &Shell, circle: &Circle) -> Markup {
    let shown: Vec<&Keeper> = circle.keepers.iter().take(SHOWN_MAX).collect();
    let placed: Vec<(&Keeper, (f64, f64))> = shown
        .iter()
        .enumerate()
        .map(|(at, keeper)| (*keeper, place(at, shown.len())))
        .collect();
    let language = shell.language;
    // As high as what stands in it.
    let lowest = placed.iter().map(|(_, (_, y))| y + BELOW.1 + 7.0);
    let height = at(lowest.fold(MIDDLE.1 + 68.0, f64::max));
    html! {
        svg.circle viewBox={ "0 0 400 " (height) } aria-hidden="true" focusable="false" {
            clipPath id="round" clipPathUnits="objectBoundingBox" { circle cx=".5" cy=".5" r=".5" {} }
            @for (keeper, (x, y)) in &placed {
                line class=(keeper.standing(shell.now_ms).class()) x1=(MIDDLE.0) y1=(MIDDLE.1) x2=(at(*x)) y2=(at(*y)) {}
            }
            (disc(&shell.me, MIDDLE, 36.0, "me"))
            text.name x=(MIDDLE.0) y=(at(MIDDLE.1 + 56.0)) { (say!(language, "circle-you")) }
            @for (keeper, (x, y)) in &placed {
                @let class = keeper.standing(shell.now_ms).class();
                @let (name_at, holds_at) = if *y < MIDDLE.1 - 20.0 { ABOVE } else { BELOW };
                @let around = html! {
                    (disc(&keeper.person, (*x, *y), 27.0, class))
                    @if keeper.is_gone {
                        path.away d=(format!("M{:.0} {:.0}l24 24m0 -24l-24 24", x - 12.0, y - 12.0)) {}
                    }
                    text.name x=(at(*x)) y=(at(y + name_at)) { (short(&display_name(&keeper.person))) }
                    text.holds x=(at(*x)) y=(at(y + holds_at)) {
                        @if keeper.pieces == 0 { (say!(language, "circle-nothing")) } @else { (bytes(language, keeper.bytes)) }
                    }
                };
                @if circle.snapshot_ms.is_some() {
                    a href=(circle.toggled(keeper)) tabindex="-1" { (around) }
                } @else {
                    g { (around) }
                }
            }
        }
    }
}

/// Where the one at a position stands: from the top on, or on both sides of it.
fn place(position: usize, all: usize) -> (f64, f64) {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let all = number(all.max(1));
    let half = if all % 2.0 < 0.5 { 0.5 } else { 0.0 };
    let angle = ((number(position) + half) / all - 0.25) * TAU;
    (
        MIDDLE.0 + AROUND.0 * angle.cos(),
        MIDDLE.1 + AROUND.1 * angle.sin(),
    )
}

fn at(coordinate: f64) -> String {
    format!("{coordinate:.0}")
}

/// A face, as everywhere else, drawn.
fn disc(person: &Person, (x, y): (f64, f64), radius: f64, class: &str) -> Markup {
    let tone = format!("tone-{}", tone(&person.identity));
    html! {
        g.disc.(class) {
            circle.rim cx=(at(x)) cy=(at(y)) r=(at(radius + 4.0)) {}
            circle class=(tone) cx=(at(x)) cy=(at(y)) r=(at(radius)) {}
            @match &person.picture {
                Some(version) => {
                    image href=(portrait(person, "small", version)) x=(at(x - radius)) y=(at(y - radius)) width=(at(2.0 * radius))
                        height=(at(2.0 * radius)) preserveAspectRatio="xMidYMid slice" clip-path="url(#round)" {}
                },
                None => { text.initial x=(at(x)) y=(at(y)) { (initial(person)) } },
            }
        }
    }
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS_MAX {
        return name.to_owned();
    }
    let head: String = name.chars().take(NAME_CHARS_MAX - 1).collect();
    format!("{}…", head.trim_end())
}

/// What the colours mean.
pub(crate) fn legend(language: Language) -> Markup {
    html! {
        ul.legend {
            li { span.dot.safe {} (say!(language, "circle-safe")) }
            li { span.dot.look {} (say!(language, "circle-look")) }
        }
    }
}

/// What would come back without those who are thought away; and whether it is all.
pub(crate) fn without(language: Language, circle: &Circle) -> (bool, Markup) {
    let gone = circle.keepers.iter().filter(|keeper| keeper.is_gone);
    let names: Vec<String> = gone.map(|keeper| display_name(&keeper.person)).collect();
    let names = names.join(", ");
    let (logs, files) = (circle.logs, circle.files);
    let part = |(back, all): (u64, u64)| {
        say!(
            language,
            "backup-of",
            done = bytes(language, back),
            total = bytes(language, all)
        )
    };
    let said = if circle.is_whole() {
        say!(language, "circle-without-all", names = names)
    } else if !circle.is_found || logs.0 + files.0 == 0 {
        say!(language, "circle-without-nothing", names = names)
    } else if logs.0 == logs.1 {
        say!(
            language,
            "circle-without-files",
            names = names,
            files = part(files)
        )
    } else {
        say!(
            language,
            "circle-without-part",
            names = names,
            posts = part(logs),
            files = part(files)
        )
    };
    (circle.is_whole(), html! { (said) })
}

/// What more may happen then, and the way back.
pub(crate) fn after_that(language: Language, circle: &Circle) -> Markup {
    html! {
        p {
            @if circle.is_whole() { (say!(language, "circle-more", count = circle.survives)) " " }
            a href="/backup#circle" { (say!(language, "circle-back")) }
        }
    }
}

/// What isn't with friends yet, and how far it is.
pub(crate) fn under_way(shell: &Shell, circle: &Circle, is_running: bool) -> Markup {
    let language = shell.language;
    let (entries, waiting) = circle.waiting;
    let (placed, wanted) = circle.placed;
    let what = say!(language, "circle-placed", placed = placed, wanted = wanted);
    html! {
        @if wanted > placed {
            div.going {
                p { (what) @if is_running { " " (say!(language, "circle-running")) } }
                progress aria-label=(what) value=(placed) max=(wanted) {}
            }
        }
        @if circle.snapshot_ms.is_some() {
            @if entries + waiting > 0 {
                @let what = match (entries, waiting) {
                    (0, _) => bytes(language, waiting),
                    (_, 0) => say!(language, "circle-entries", count = entries),
                    _ => say!(language, "circle-entries-bytes", count = entries, bytes = bytes(language, waiting)),
                };
                p.quiet { (say!(language, "circle-waiting", what = what)) }
            } @else if wanted > 0 && wanted == placed {
                p.quiet { (say!(language, "circle-nothing-waits")) }
            }
        }
    }
}

/// A row of the list: who it is, what they hold, when they were heard of, and the question what there is without them.
pub(crate) fn row(shell: &Shell, circle: &Circle, keeper: &Keeper) -> Markup {
    let language = shell.language;
    let name = display_name(&keeper.person);
    let (held, pledged) = (
        bytes(language, keeper.bytes),
        bytes(language, keeper.pledged),
    );
    let share = say!(
        language,
        "backup-share",
        name = &name,
        used = &*held,
        pledged = &*pledged
    );
    let standing = keeper.standing(shell.now_ms);
    html! {
        li {
            div.row.keeper.(standing.class()) {
                a.row.grow href=(address(&keeper.person)) {
                    (face(&keeper.person, face::Size::Normal))
                    span.grow {
                        span.name { (face::name(&keeper.person)) }
                        span.under.wrap {
                            @if keeper.pieces == 0 {
                                (say!(language, "circle-holds-nothing", pledged = pledged))
                            } @else {
                                (say!(language, "circle-holds", count = keeper.pieces, bytes = held, pledged = pledged))
                            }
                            " · "
                            @if keeper.connected {
                                (say!(language, "circle-here"))
                            } @else if let Some(seen_ms) = keeper.last_seen_ms {
                                (say_html!(language, "circle-heard", date = stamp(language, shell.now_ms, seen_ms)))
                            } @else {
                                (say!(language, "circle-never"))
                            }
                            @if !keeper.beside.is_empty() {
                                " · " (say!(language, "circle-beside", names = keeper.beside.join(", ")))
                            }
                        }
                        meter aria-label=(share) value=(keeper.bytes) max=(keeper.pledged.max(keeper.bytes).max(1)) {}
                    }
                }
                @if circle.snapshot_ms.is_some() {
                    a.chip href=(circle.toggled(keeper)) aria-current=[keeper.is_gone.then_some("true")] {
                        @if keeper.is_gone { (icon(Icon::Done)) (say!(language, "circle-with")) } @else { (say!(language, "circle-without")) }
                        span.hidden { ": " (name) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_place_in_the_picture() {
        for all in 1..=SHOWN_MAX {
            let places: Vec<(f64, f64)> = (0..all).map(|at| place(at, all)).collect();
            for (at, (x, y)) in places.iter().enumerate() {
                assert!((31.0..=369.0).contains(x) && (63.0..=322.0).contains(y));
                for (other_x, other_y) in &places[..at] {
                    let away = (x - other_x).hypot(y - other_y);
                    assert!(away > 56.0, "{all}: {away}");
                }
            }
        }
    }

    #[test]
    fn long_names_are_cut_between_letters() {
        assert_eq!(short("Alice"), "Alice");
        assert_eq!(short("ä".repeat(12).as_str()), "ä".repeat(10) + "…");
    }
}
