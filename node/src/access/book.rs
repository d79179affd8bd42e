//! The files: rows in segments that are only ever added to, in two series, so that no flood from the world pushes out what
//! friends and one's own browsers did.
//!
//! | file | what |
//! | --- | --- |
//! | `known-00000001`, … | rows of the account and of those it knows |
//! | `foreign-00000001`, … | rows of visitors and strangers |
//! | `open` | rows of the present minute, written anew every few seconds |
//! | `hours` | sums by hour; made anew from the rows where it isn't whole |
//!
//! Nothing is synced row by row: what a killed process had written is there, a power cut may cost the newest.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::hours::{HOUR_MS, Hours};
use super::row::{Row, rows_in};
use crate::home::{make_private_folder, write_private};

/// How each segment begins; its version is in it.
const HEAD: &[u8] = b"hearth access 1\n";
/// A segment that is longer is added to no more.
const SEGMENT_BYTES_MAX: u64 = 512 << 10;
/// What the segments of one series take together.
pub(super) const SERIES_BYTES_MAX: u64 = 8 << 20;
/// How much is read of a file that should be a segment.
const READ_BYTES_MAX: u64 = SEGMENT_BYTES_MAX + (256 << 10);
/// The file of the present minute may be as long.
const OPEN_BYTES_MAX: u64 = 4 << 20;
/// A row that claims to be further ahead of the clock says nothing of when it was.
const AHEAD_MS_MAX: u64 = 2 * DAY_MS;
pub(super) const DAY_MS: u64 = 24 * HOUR_MS;
const OPEN: &str = "open";
const OPEN_NEW: &str = "open.new";
const HOURS: &str = "hours";
const NAMES: [&str; 2] = ["known", "foreign"];
const NUMBER_DIGITS: usize = 8;
/// How long one question may take.
const READ_TIME_MAX: Duration = Duration::from_secs(2);

/// A file of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    number: u64,
    bytes: u64,
    /// When its first row was, if one can be read.
    first_ms: Option<u64>,
}

#[derive(Debug)]
struct Series {
    name: &'static str,
    /// Oldest first.
    segments: Vec<Segment>,
    /// Whether the newest may be added to.
    is_open: bool,
    /// When the newest row was.
    last_ms: u64,
    /// Its number.
    last: u64,
}

/// Everything that is written.
#[derive(Debug)]
pub(super) struct Book {
    dir: PathBuf,
    series: [Series; 2],
    pub(super) hours: Hours,
}

/// What a question finds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Newest first.
    pub(super) rows: Vec<Row>,
    /// The number of the last row that was looked at, if there may be more.
    pub(super) looked_to: Option<u64>,
}

fn series_of(row: &Row) -> usize {
    usize::from(row.who.class().is_foreign())
}

impl Book {
    /// Opens the folder, which is made where there is none. What a killed process left of its last minute becomes rows.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        make_private_folder(dir).map_err(io::Error::other)?;
        let mut book = Self {
            dir: dir.to_owned(),
            series: NAMES.map(|name| Series {
                name,
                segments: Vec::new(),
                is_open: false,
                last_ms: 0,
                last: 0,
            }),
            hours: Hours::default(),
        };
        for at in 0..2 {
            book.find_segments(at)?;
        }
        book.count()?;
        let open = read_at_most(&dir.join(OPEN), OPEN_BYTES_MAX).unwrap_or_default();
        let (mut rows, _) = rows_in(open.strip_prefix(HEAD).unwrap_or_default());
        // The process may have been killed between writing them for good and forgetting them here.
        rows.retain(|row| row.number > book.series[series_of(row)].last);
        book.append(&rows)?;
        Ok(book)
    }

    /// The number that the next row shall have.
    pub(super) fn next(&self) -> u64 {
        1 + self.series[0].last.max(self.series[1].last)
    }

    fn find_segments(&mut self, at: usize) -> io::Result<()> {
        let name = self.series[at].name;
        let mut segments = Vec::new();
        for file in fs::read_dir(&self.dir)? {
            let file = file?;
            let Some(number) = number_of(&file.file_name().to_string_lossy(), name) else {
                continue;
            };
            let bytes = file.metadata()?.len();
            let begin = read_beginning(&file.path(), 1024).unwrap_or_default();
            let (rows, _) = rows_in(begin.strip_prefix(HEAD).unwrap_or_default());
            segments.push(Segment {
                number,
                bytes,
                first_ms: rows.first().map(|row| row.from_ms),
            });
        }
        segments.sort_by_key(|segment| segment.number);
        self.series[at].segments = segments;
        // What lies behind damage would never be read: a new segment begins there.
        let newest = (0..self.series[at].segments.len()).rev();
        for (nth, index) in newest.enumerate() {
            let (rows, is_whole) = self.read(at, index);
            let series = &mut self.series[at];
            series.is_open |= nth == 0 && is_whole;
            if let Some(last) = rows.last() {
                (series.last, series.last_ms) = (last.number, last.to_ms);
                break;
            }
        }
        Ok(())
    }

    /// Reads the sums, and adds the rows that came after them.
    fn count(&mut self) -> io::Result<()> {
        let file = match fs::read(self.dir.join(HOURS)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            file => file.unwrap_or_default(),
        };
        self.hours = Hours::from_bytes(&file).unwrap_or_default();
        for at in 0..2 {
            let counted = self.hours.counted[at];
            for index in (0..self.series[at].segments.len()).rev() {
                let (rows, _) = self.read(at, index);
                let mut news = rows.iter().filter(|row| row.number > counted).peekable();
                let is_old = news.peek().is_none() && !rows.is_empty();
                news.for_each(|row| self.hours.add(row));
                if is_old {
                    break;
                }
            }
            self.hours.counted[at] = counted.max(self.series[at].last);
        }
        Ok(())
    }

    fn path(&self, at: usize, number: u64) -> PathBuf {
        let name = self.series[at].name;
        self.dir.join(format!("{name}-{number:0NUMBER_DIGITS$}"))
    }

    /// What can be read of a segment, and whether that is all of it.
    fn read(&self, at: usize, index: usize) -> (Vec<Row>, bool) {
        let Some(segment) = self.series[at].segments.get(index) else {
            return (Vec::new(), false);
        };
        let file = read_at_most(&self.path(at, segment.number), READ_BYTES_MAX);
        let file = file.unwrap_or_default();
        let Some(rows) = file.strip_prefix(HEAD) else {
            return (Vec::new(), false);
        };
        let (read, length) = rows_in(rows);
        (read, length == rows.len())
    }

    /// Adds rows, which come by their numbers.
    ///
    /// # Errors
    /// The system's; some of the rows may have been written then.
    pub(super) fn append(&mut self, rows: &[Row]) -> io::Result<()> {
        for at in 0..2 {
            let own = rows.iter().filter(|row| series_of(row) == at);
            let own: Vec<&Row> = own.collect();
            for some in own.chunks(256) {
                self.append_to(at, some)?;
            }
        }
        Ok(())
    }

    fn append_to(&mut self, at: usize, rows: &[&Row]) -> io::Result<()> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        rows.iter().for_each(|row| row.put_into(&mut bytes));
        let series = &self.series[at];
        let has_room = series
            .segments
            .last()
            .is_some_and(|newest| newest.bytes < SEGMENT_BYTES_MAX);
        if !series.is_open || !has_room {
            self.begin_segment(at, first.from_ms)?;
        }
        let number = self.series[at]
            .segments
            .last()
            .map_or(1, |newest| newest.number);
        let path = self.path(at, number);
        let series = &mut self.series[at];
        let written = OpenOptions::new()
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(&bytes));
        if let Err(error) = written {
            // A part of it may be there.
            series.is_open = false;
            return Err(error);
        }
        if let Some(newest) = series.segments.last_mut() {
            newest.bytes += bytes.len() as u64;
        }
        (series.last, series.last_ms) = (last.number, last.to_ms);
        rows.iter().for_each(|row| self.hours.add(row));
        self.hours.counted[at] = last.number;
        self.fit(at)
    }

    fn begin_segment(&mut self, at: usize, first_ms: u64) -> io::Result<()> {
        let number = 1 + self.series[at]
            .segments
            .last()
            .map_or(0, |last| last.number);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.path(at, number))?;
        let written = file.write_all(HEAD);
        let series = &mut self.series[at];
        series.segments.push(Segment {
            number,
            bytes: HEAD.len() as u64,
            first_ms: Some(first_ms),
        });
        series.is_open = written.is_ok();
        written
    }

    /// Drops the oldest segments of a series while they take too much.
    fn fit(&mut self, at: usize) -> io::Result<()> {
        let bytes = |series: &Series| series.segments.iter().map(|one| one.bytes).sum::<u64>();
        while bytes(&self.series[at]) > SERIES_BYTES_MAX && self.series[at].segments.len() > 1 {
            self.drop_oldest(at)?;
        }
        Ok(())
    }

    fn drop_oldest(&mut self, at: usize) -> io::Result<()> {
        let oldest = self.series[at].segments.remove(0);
        remove(&self.path(at, oldest.number))?;
        if self.series[at].segments.is_empty() {
            self.series[at].is_open = false;
        }
        Ok(())
    }

    /// Drops what is older than `days`, and begins new segments early enough that the next ones can be dropped in time.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn prune(&mut self, now_ms: u64, days: u64) -> io::Result<()> {
        let is_past = |time_ms: u64, age_ms: u64| {
            time_ms <= now_ms.saturating_add(AHEAD_MS_MAX)
                && time_ms < now_ms.saturating_sub(age_ms)
        };
        let age_ms = days.saturating_mul(DAY_MS);
        for at in 0..2 {
            loop {
                let series = &self.series[at];
                let newest_ms = match series.segments.as_slice() {
                    [] => break,
                    [_] => Some(series.last_ms),
                    // One of which nothing can be read says nothing; the next that says something does.
                    [_, later @ ..] => {
                        let first_ms = later.iter().find_map(|segment| segment.first_ms);
                        first_ms.or(Some(series.last_ms))
                    }
                };
                if !newest_ms.is_some_and(|newest_ms| is_past(newest_ms, age_ms)) {
                    break;
                }
                self.drop_oldest(at)?;
            }
            let series = &mut self.series[at];
            let begun_ms = series.segments.last().and_then(|newest| newest.first_ms);
            if begun_ms.is_some_and(|begun_ms| is_past(begun_ms, (age_ms / 10).max(DAY_MS))) {
                series.is_open = false;
            }
        }
        self.hours.prune(now_ms, days);
        Ok(())
    }

    /// Writes the present minute's rows, in place of what was written of it before.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn write_open(&self, rows: &[Row]) -> io::Result<()> {
        if rows.is_empty() {
            return remove(&self.dir.join(OPEN));
        }
        let mut bytes = HEAD.to_vec();
        rows.iter().for_each(|row| row.put_into(&mut bytes));
        let new = self.dir.join(OPEN_NEW);
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&bytes)?;
        fs::rename(new, self.dir.join(OPEN))
    }

    /// Writes the sums.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn write_hours(&self) -> io::Result<()> {
        write_private(&self.dir.join(HOURS), &self.hours.to_bytes()).map_err(io::Error::other)
    }

    /// The newest rows that are wanted, before a number, beside `fresh` ones that aren't written yet.
    pub(super) fn newest(
        &self,
        fresh: Vec<Row>,
        before: u64,
        limit: usize,
        mut wanted: impl FnMut(&Row) -> bool,
    ) -> Found {
        let begun = Instant::now();
        let (mut known, mut foreign) = (self.backwards(0), self.backwards(1));
        let (mut fresh, mut next_known, mut next_foreign) = (fresh, known.next(), foreign.next());
        let mut found = Found::default();
        loop {
            let number = |row: Option<&Row>| row.map_or(0, |row| row.number);
            let (a, b, c) = (
                number(fresh.last()),
                number(next_known.as_ref()),
                number(next_foreign.as_ref()),
            );
            let next = if a >= b && a >= c {
                fresh.pop()
            } else if b >= c {
                std::mem::replace(&mut next_known, known.next())
            } else {
                std::mem::replace(&mut next_foreign, foreign.next())
            };
            let Some(row) = next else {
                return found;
            };
            if row.number < before && wanted(&row) {
                if found.rows.len() == limit {
                    found.looked_to = Some(row.number + 1);
                    return found;
                }
                found.rows.push(row);
            } else if begun.elapsed() > READ_TIME_MAX {
                found.looked_to = Some(row.number);
                return found;
            }
        }
    }

    fn backwards(&self, at: usize) -> impl Iterator<Item = Row> + '_ {
        let newest_first = (0..self.series[at].segments.len()).rev();
        newest_first.flat_map(move |index| self.read(at, index).0.into_iter().rev())
    }

    /// Removes everything.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn wipe(&mut self) -> io::Result<()> {
        for at in 0..2 {
            while !self.series[at].segments.is_empty() {
                self.drop_oldest(at)?;
            }
        }
        self.hours.forget();
        for name in [OPEN, OPEN_NEW, HOURS] {
            remove(&self.dir.join(name))?;
        }
        Ok(())
    }
}

/// What a book without files would find.
pub(super) fn newest_of(
    fresh: Vec<Row>,
    before: u64,
    limit: usize,
    mut wanted: impl FnMut(&Row) -> bool,
) -> Found {
    let fresh = fresh.into_iter().rev();
    let mut rows: Vec<Row> = fresh
        .filter(|row| row.number < before && wanted(row))
        .take(limit.saturating_add(1))
        .collect();
    let looked_to = rows.get(limit).map(|row| row.number + 1);
    rows.truncate(limit);
    Found { rows, looked_to }
}

/// The number in a segment's name.
fn number_of(file: &str, series: &str) -> Option<u64> {
    let digits = file.strip_prefix(series)?.strip_prefix('-')?;
    let is_number = digits.len() == NUMBER_DIGITS && digits.bytes().all(|one| one.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A file that is longer than it can be isn't one of these.
fn read_at_most(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > bytes_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    read_beginning(path, bytes_max)
}

fn read_beginning(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
}
