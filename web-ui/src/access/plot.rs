//! How much was asked for over time: a plot, and the same as a table.

use super::{AccessClass, AccessPage, AccessSpan, link};
use crate::language::{Language, say};
use crate::time::{day, hour};
use crate::values::Shell;
use maud::{Markup, html};
use std::borrow::Cow;

/// One bar of the plot: how many requests each class made, by [`AccessClass::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessBar {
    /// When it begins, in milliseconds since 1970.
    pub from_ms: u64,
    /// How many.
    pub counts: [u64; 4],
}

impl AccessBar {
    fn sum(self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum, one| sum.saturating_add(*one))
    }
}

fn total(access: &AccessPage, class: usize) -> u64 {
    let counts = access.bars.iter().filter_map(|bar| bar.counts.get(class));
    counts.fold(0, |sum, one| sum.saturating_add(*one))
}

pub(super) fn plot(shell: &Shell, access: &AccessPage) -> Markup {
    let language = shell.language;
    let others: u64 = (1..4).fold(0, |sum, class| sum.saturating_add(total(access, class)));
    let mine = total(access, 0);
    let highest = access.bars.iter().map(|bar| bar.sum()).max().unwrap_or(0);
    html! {
        section.card.plot {
            h2 { (say!(language, "access-sum", others = others, mine = mine)) }
            p.scale aria-hidden="true" { (say!(language, "access-scale", count = highest)) }
            (drawing(language, access, highest))
            div.axis aria-hidden="true" { (axis(shell, access)) }
            ul.chips {
                @for (at, class) in AccessClass::ALL.into_iter().enumerate() { li { (legend(language, access, at, class)) } }
                @if access.whose.is_some() {
                    li { a.chip href=(link(access.span, None)) { (say!(language, "access-everybody")) } }
                }
            }
            (table(language, access))
        }
    }
}

fn legend(language: Language, access: &AccessPage, at: usize, class: AccessClass) -> Markup {
    html! {
        a.chip href=(link(access.span, Some(class))) aria-current=[(access.whose == Some(class)).then_some("true")] {
            svg.swatch viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" focusable="false" {
                rect class={ "who-" (class.name()) } width="12" height="12" rx="3" {}
            }
            (class.words(language)) " "
            span.count { (total(access, at)) }
        }
    }
}

/// The plot's own measures; it is stretched to the page.
const BAR_WIDTH: u64 = 20;
const BAR_GAP: u64 = 4;
const HEIGHT: u64 = 160;
/// What there was of is seen.
const PART_HEIGHT_MIN: u64 = 2;

fn drawing(language: Language, access: &AccessPage, highest: u64) -> Markup {
    let width = access.bars.len() as u64 * (BAR_WIDTH + BAR_GAP);
    html! {
        svg.drawing viewBox={ "0 0 " (width.max(1)) " " (HEIGHT) } preserveAspectRatio="none" role="img"
            aria-labelledby="plot-title" aria-describedby="plot-desc" {
            title #plot-title { (say!(language, "access-plot")) }
            desc #plot-desc { (say!(language, "access-plot-about")) }
            @for (at, bar) in (0_u64..).zip(&access.bars) {
                g {
                    title { (bar_words(language, access.span, *bar)) }
                    rect.behind x=(at * (BAR_WIDTH + BAR_GAP)) y="0" width=(BAR_WIDTH) height=(HEIGHT) {}
                    @for (class, y, height) in stack(*bar, highest) {
                        rect class={ "who-" (class.name()) } x=(at * (BAR_WIDTH + BAR_GAP)) y=(y) width=(BAR_WIDTH) height=(height) {}
                    }
                }
            }
        }
    }
}

/// The parts of a bar from the bottom: where each begins from above, and how high it is.
fn stack(bar: AccessBar, highest: u64) -> Vec<(AccessClass, u64, u64)> {
    let room = HEIGHT - 4 * PART_HEIGHT_MIN;
    let mut top = HEIGHT;
    let there = AccessClass::ALL.into_iter().zip(bar.counts);
    let there = there.filter(|(_, count)| *count > 0);
    let parts = there.map(|(class, count)| {
        let share = u128::from(count) * u128::from(room) / u128::from(highest.max(1));
        let height = PART_HEIGHT_MIN + u64::try_from(share).unwrap_or(room).min(room);
        top = top.saturating_sub(height);
        (class, top, height)
    });
    parts.collect()
}

fn bar_words(language: Language, span: AccessSpan, bar: AccessBar) -> Cow<'static, str> {
    let [me, friends, visitors, strangers] = bar.counts;
    say!(
        language,
        "access-bar",
        when = moment(language, span, bar.from_ms),
        me = me,
        friends = friends,
        visitors = visitors,
        strangers = strangers
    )
}

fn moment(language: Language, span: AccessSpan, time_ms: u64) -> Cow<'static, str> {
    match span {
        AccessSpan::Month => day(language, time_ms),
        AccessSpan::Day | AccessSpan::Week => hour(language, time_ms),
    }
}

fn axis(shell: &Shell, access: &AccessPage) -> Markup {
    let language = shell.language;
    let (first, middle) = (access.bars.first(), access.bars.get(access.bars.len() / 2));
    html! {
        @for bar in [first, middle].into_iter().flatten() {
            span { (moment(language, access.span, bar.from_ms)) }
        }
        span { (say!(language, "time-now")) }
    }
}

fn table(language: Language, access: &AccessPage) -> Markup {
    html! {
        details {
            summary { (say!(language, "access-table")) }
            section.scroll tabindex="0" aria-label=(say!(language, "access-plot")) {
                table {
                    caption.hidden { (say!(language, "access-plot-about")) }
                    thead {
                        tr {
                            th scope="col" { (say!(language, "access-when")) }
                            @for class in AccessClass::ALL { th scope="col" { (class.words(language)) } }
                        }
                    }
                    tbody {
                        @for bar in access.bars.iter().rev() {
                            tr {
                                th scope="row" { (moment(language, access.span, bar.from_ms)) }
                                @for count in bar.counts { td { (count) } }
                            }
                        }
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
    fn bars_fit_and_what_is_there_is_seen() {
        for counts in [
            [0, 0, 0, 0],
            [1, 0, 0, 0],
            [u64::MAX, 1, 1, 1],
            [u64::MAX, u64::MAX, u64::MAX, u64::MAX],
            [3, 4, 5, 6],
        ] {
            let bar = AccessBar { from_ms: 0, counts };
            let parts = stack(bar, bar.sum());
            assert_eq!(
                parts.len(),
                counts.iter().filter(|count| **count > 0).count()
            );
            assert!(
                parts
                    .iter()
                    .all(|(_, _, height)| *height >= PART_HEIGHT_MIN)
            );
            if counts != [u64::MAX; 4] {
                let sum: u64 = parts.iter().map(|(_, _, height)| height).sum();
                assert!(sum <= HEIGHT, "{counts:?}");
            }
        }
    }
}
