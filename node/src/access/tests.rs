//! Histories of the whole: bounded, killed, damaged, by clocks that go anywhere.
#![allow(clippy::unwrap_used)]

use std::fs::{self, OpenOptions};
use std::path::Path;

use proptest::prelude::*;

use super::book::SERIES_BYTES_MAX;
use super::*;

const BEGIN_MS: u64 = 1_790_000_000_000;
const MINUTE_MS: u64 = 60_000;

fn me() -> Identity {
    Identity::from_bytes([1; 32])
}

fn friend() -> Identity {
    Identity::from_bytes([2; 32])
}

fn client(net: u32) -> Client {
    let [a, b, c, _] = (net << 8).to_be_bytes();
    Client {
        net: Net::around([a, b, c, 1].into()),
        agent: "Firefox on Linux".into(),
        by_name: false,
    }
}

fn visit(net: u32) -> Note {
    Note {
        asker: Asker::Visitor(client(net)),
        kind: Kind::PublicPage,
        about: "/@alice".into(),
        outcome: Outcome::Answered,
        items: 0,
        bytes: 10,
    }
}

fn all(access: &Access) -> Vec<Row> {
    let book = access.book();
    let fresh = access.gather().present();
    let found = book
        .as_ref()
        .unwrap()
        .newest(fresh, u64::MAX, usize::MAX, |_| true);
    found.rows
}

fn counted(access: &Access) -> u64 {
    let book = access.book();
    let fresh = access.gather().present();
    let hours = hours::with_rows(&book.as_ref().unwrap().hours, &fresh);
    let (first, last) = (0, BEGIN_MS / hours::HOUR_MS + 100_000);
    let sums = hours.between(first, last).into_iter().flatten();
    sums.map(|sum| sum.count).sum()
}

fn bytes_in(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).unwrap().map(Result::unwrap);
    files.map(|file| file.metadata().unwrap().len()).sum()
}

/// What happens to a log.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody asks, so many milliseconds after the last time, or before.
    Ask(u8, i64),
    /// The task wakes.
    Write,
    /// Killed, and started anew.
    Kill,
    /// Stopped, and started anew.
    Stop,
    /// The end of a file is lost.
    Tear(u16),
    /// The sums are lost.
    LoseHours,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u8..6, -100_000_i64..200_000).prop_map(|(who, after)| Step::Ask(who, after)),
        3 => Just(Step::Write),
        1 => Just(Step::Kill),
        1 => Just(Step::Stop),
        1 => any::<u16>().prop_map(Step::Tear),
        1 => Just(Step::LoseHours),
    ]
}

fn asks(who: u8) -> Note {
    match who {
        0 => Note {
            asker: Asker::Owner(client(7)),
            kind: Kind::Page,
            ..visit(0)
        },
        1 => Note {
            asker: Asker::Command,
            kind: Kind::Verb,
            ..visit(0)
        },
        who => visit(who.into()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_was_written_down_stays_and_counts_once(steps in prop::collection::vec(any_step(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let mut access = Access::open(dir.path(), me());
        let (mut now_ms, mut notes, mut torn) = (BEGIN_MS, 0, false);
        let (mut asked, mut written) = (0, 0);
        for step in steps {
            match step {
                Step::Ask(who, after) => {
                    now_ms = now_ms.saturating_add_signed(after);
                    access.note_at(asks(who), now_ms);
                    asked += 1;
                }
                Step::Write => {
                    notes = access.write_down(notes, now_ms);
                    written = asked;
                }
                Step::Kill => {
                    access = Access::open(dir.path(), me());
                    (asked, notes) = (written, 0);
                }
                Step::Stop => {
                    access.close();
                    access = Access::open(dir.path(), me());
                    (written, notes) = (asked, 0);
                }
                Step::Tear(by) => {
                    let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().path()).collect();
                    names.sort();
                    names.retain(|name| !name.ends_with("hours"));
                    let Some(name) = names.get(usize::from(by) % names.len().max(1)) else { continue };
                    let file = OpenOptions::new().write(true).open(name).unwrap();
                    let length = file.metadata().unwrap().len();
                    file.set_len(length.saturating_sub(1 + u64::from(by) % 40)).unwrap();
                    torn = true;
                    access = Access::open(dir.path(), me());
                    (asked, notes) = (written, 0);
                }
                Step::LoseHours => {
                    let _ = fs::remove_file(dir.path().join("hours"));
                    access = Access::open(dir.path(), me());
                    (asked, notes) = (written, 0);
                }
            }
        }
        let rows = all(&access);
        prop_assert!(rows.windows(2).all(|two| two[0].number > two[1].number));
        let sum: u64 = rows.iter().map(|row| row.count).sum();
        if !torn {
            prop_assert_eq!(sum, asked);
            prop_assert_eq!(counted(&access), asked);
        }
        prop_assert!(sum <= asked);
    }
}

#[test]
fn a_flood_is_few_rows_and_pushes_out_nobody_who_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let access = Access::open(dir.path(), me());
    let peer = Peer::random();
    access.hosts(peer, friend());
    access.knows([friend()].into());
    access.note_at(Note::of_peer(peer, Kind::Letter, 1, 100), BEGIN_MS);
    for minute in 0..3_300 {
        let now_ms = BEGIN_MS + minute * MINUTE_MS;
        for net in 0..80 {
            access.note_at(visit(net), now_ms);
            access.note_at(visit(net), now_ms + 1);
        }
        access.write_down(0, now_ms);
        assert!(access.gather().present().len() <= 66);
    }
    access.close();
    assert!(bytes_in(dir.path()) < SERIES_BYTES_MAX + (1 << 20));
    let access = Access::open(dir.path(), me());
    let rows = all(&access);
    let letter = rows.last().unwrap();
    assert_eq!(
        (letter.kind, letter.who.class()),
        (Kind::Letter, Class::Friends)
    );
    assert!(rows.len() < 3_300 * 65, "the oldest visits are gone");
    // Whose rows had to go still counts.
    assert_eq!(counted(&access), 1 + 3_300 * 160);
    let most = rows.iter().find(|row| row.who == Who::Visitors).unwrap();
    assert_eq!(most.count, 32);
}

#[test]
fn what_is_too_old_goes_unless_a_clock_only_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let access = Access::open(dir.path(), me());
    for day in 0..60 {
        let now_ms = BEGIN_MS + day * DAY_MS;
        access.note_at(visit(1), now_ms);
        access.write_down(0, now_ms + MINUTE_MS);
        let mut book = access.book();
        book.as_mut().unwrap().prune(now_ms, 30).unwrap();
    }
    let rows = all(&access);
    assert!((30..=35).contains(&rows.len()), "{}", rows.len());
    assert!((30..=31).contains(&counted(&access)));
    // A row of a clock that is years ahead says nothing of the age of others, and is no reason to keep them for ever.
    let far_ms = BEGIN_MS + 4_000 * DAY_MS;
    access.note_at(visit(2), far_ms);
    access.write_down(0, far_ms + MINUTE_MS);
    let now_ms = BEGIN_MS + 60 * DAY_MS;
    access.note_at(visit(3), now_ms);
    access.write_down(0, now_ms + MINUTE_MS);
    access.book().as_mut().unwrap().prune(now_ms, 30).unwrap();
    assert!(all(&access).len() >= 30);
    assert!(access.book().as_ref().unwrap().hours.to_bytes().len() < 4_000);
}

#[test]
fn a_segment_that_cannot_be_read_keeps_none_of_those_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let access = Access::open(dir.path(), me());
    for day in 0..20 {
        let now_ms = BEGIN_MS + day * DAY_MS;
        access.note_at(visit(1), now_ms);
        access.write_down(0, now_ms + MINUTE_MS);
        access.book().as_mut().unwrap().prune(now_ms, 30).unwrap();
    }
    drop(access);
    let segments = || {
        let names = fs::read_dir(dir.path()).unwrap();
        let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("foreign-")).collect();
        names.sort();
        names
    };
    assert!(segments().len() > 3);
    fs::write(dir.path().join(&segments()[1]), "hearth access 1\n").unwrap();
    let access = Access::open(dir.path(), me());
    let now_ms = BEGIN_MS + 100 * DAY_MS;
    access.book().as_mut().unwrap().prune(now_ms, 30).unwrap();
    assert_eq!(segments(), [""; 0]);
}

#[tokio::test]
async fn off_is_off_and_nothing_stays() {
    let dir = tempfile::tempdir().unwrap();
    let access = Access::open(dir.path(), me());
    access.note(visit(1));
    access.write_down(0, unix_ms());
    access.note(visit(2));
    access.keep_for(0).await;
    assert_eq!(bytes_in(dir.path()), 0);
    access.note(visit(3));
    assert_eq!(access.rows(asked(Whose::All)).await, Page::default());
    access.write_down(0, unix_ms() + MINUTE_MS);
    access.keep_for(30).await;
    access.note(visit(4));
    assert_eq!(access.rows(asked(Whose::All)).await.rows.len(), 1);
}

fn asked(whose: Whose) -> Asked {
    Asked {
        limit: 2,
        whose,
        ..Asked::default()
    }
}

#[tokio::test]
async fn rows_are_found_by_whose_they_are_and_in_pages() {
    let dir = tempfile::tempdir().unwrap();
    let access = Access::open(dir.path(), me());
    let (known, stranger) = (Peer::random(), Peer::random());
    access.knows([friend()].into());
    access.hosts(known, friend());
    let now_ms = unix_ms();
    for minute in (1..=3).rev() {
        let then_ms = now_ms - minute * MINUTE_MS;
        access.note_at(visit(1), then_ms);
        access.note_at(asks(0), then_ms);
        access.note_at(Note::of_peer(known, Kind::Pictures, 1, 5), then_ms);
        access.note_at(Note::of_peer(stranger, Kind::Compared, 0, 5), then_ms);
    }
    access.write_down(0, now_ms);
    for (whose, count) in [
        (Whose::All, 12),
        (Whose::Web, 6),
        (Whose::Peers, 6),
        (Whose::Class(Class::Me), 3),
        (Whose::Class(Class::Strangers), 3),
        (Whose::Person(friend()), 3),
        (Whose::Person(me()), 0),
    ] {
        let (mut asked, mut rows) = (asked(whose), Vec::new());
        loop {
            let page = access.rows(asked.clone()).await;
            rows.extend(page.rows);
            match page.next {
                Some(next) => asked.before = next,
                None => break,
            }
        }
        assert_eq!(rows.len(), count, "{whose:?}");
        assert!(rows.windows(2).all(|two| two[0].number > two[1].number));
    }
    let since_ms = now_ms - 2 * MINUTE_MS;
    let recent = Asked {
        since_ms,
        limit: 99,
        ..Asked::default()
    };
    assert_eq!(access.rows(recent).await.rows.len(), 8);
    let hour = now_ms / hours::HOUR_MS;
    let hours = access.hours(hour - 1, hour).await;
    let friends: u64 = hours
        .iter()
        .map(|hour| of_hour(hour, Class::Friends).count)
        .sum();
    assert_eq!((hours.len(), friends), (2, 3));
    assert!(access.heard().await.people.contains_key(&friend()));
}

/// `cargo test -p hearth --lib figures_of_the_access_log -- --ignored --nocapture`
#[test]
#[ignore = "tells figures, of which none is wrong"]
#[allow(clippy::print_stdout)]
fn figures_of_the_access_log() {
    let dir = tempfile::tempdir().unwrap();
    let access = Access::open(dir.path(), me());
    let begun = Instant::now();
    let count = 200_000;
    for at in 0..count {
        access.note_at(visit(at % 40), BEGIN_MS + u64::from(at) / 10);
    }
    let nanos = begun.elapsed().as_nanos() / u128::from(count);
    println!("{nanos} ns a request");
    access.keep_day();
    println!("{} bytes a day at a request a second", bytes_in(dir.path()));
}

impl Access {
    /// A day of a request each second, by three people who look at some pages.
    fn keep_day(&self) {
        let before = self.gather().take_all();
        drop(before);
        for second in 0..86_400_u32 {
            let now_ms = BEGIN_MS + DAY_MS + u64::from(second) * 1000;
            let note = Note {
                about: format!("/@alice/{}", second % 5),
                ..visit(second / 60 % 3)
            };
            self.note_at(note, now_ms);
        }
        self.close();
    }
}
