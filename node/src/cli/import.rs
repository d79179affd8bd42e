//! `hearth import posts`: a file of posts from elsewhere, line by line.
//!
//! The file is read twice, never held: once to check every line, so that a bad one is known before anything is sent,
//! and once to send it in batches that the node answers each with what it made of it.

use crate::said::{Said, said};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use hearth_protocol::bounds::{TEXT_BYTES_MAX, TIME_MS_MAX};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::Context;
use super::client::{Client, Patience};
use super::error::CliError;
use super::when::{count, thousands};
use crate::app::model::{ImportRow, Imported};
use crate::app::settings::DefaultAudience;

const BATCH_ROWS_MAX: usize = 500;
const BATCH_BYTES_MAX: usize = 1 << 20;
/// A text of 16 KiB whose every byte JSON writes with six, with much room for fields that aren't ours.
const LINE_BYTES_MAX: usize = 1 << 20;

/// Bring in what you wrote elsewhere
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Posts(ImportPostsArgs),
}

/// Bring in posts from a file of JSON lines
#[derive(Debug, Args)]
#[command(after_help = "\
Each line is one post: {\"time_ms\": 1577880324097, \"text\": \"…\"}, the time in milliseconds since 1970. It keeps \
that time. Nothing is sent unless every line is right. A post that is there already (same time and text) is skipped, so \
that the same file can be imported again, for instance after an interruption.

Examples:
  hearth import posts posts.jsonl
  hearth import posts diary.jsonl --private")]
pub(crate) struct ImportPostsArgs {
    /// The file
    #[arg(value_name = "FILE.jsonl")]
    file: PathBuf,
    /// Everybody may read them, as is so unless something else is said
    #[arg(long, conflicts_with_all = ["friends", "private"])]
    public: bool,
    /// Your friends may read them
    #[arg(long, conflicts_with = "private")]
    friends: bool,
    /// Nobody but you may read them
    #[arg(long)]
    private: bool,
}

impl ImportPostsArgs {
    fn audience(&self) -> DefaultAudience {
        match (self.friends, self.private) {
            (true, _) => DefaultAudience::Friends,
            (_, true) => DefaultAudience::Private,
            _ => DefaultAudience::Public,
        }
    }
}

pub(super) fn import(args: ImportArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let What::Posts(args) = args.what;
    let imported = import_posts(&args, cx)?;
    cx.out.give(&imported, |imported, page| {
        let posts = count(imported.imported, "post", "posts");
        match imported.skipped {
            0 => page.line(format_args!("Imported {posts}.")),
            there => page.line(format_args!(
                "Imported {posts}; {} there already.",
                if there == 1 {
                    "one was".to_owned()
                } else {
                    format!("{} were", thousands(there))
                }
            )),
        }
    })
}

fn import_posts(args: &ImportPostsArgs, cx: &Context<'_>) -> Result<Imported, CliError> {
    let mut rows = 0;
    Rows::open(&args.file)?.try_for_each(|row| row.map(|_| rows += 1))?;
    let client = Client::of(&cx.home)?;
    let bar = progress_bar(rows, cx);
    let mut sum = Imported::default();
    let file = Rows::open(&args.file)?.map(|row| Ok(row?));
    let sent = in_batches(file, |batch, last| {
        let question = Batch {
            rows: batch,
            audience: args.audience(),
            last,
        };
        let part: Imported = client.ask("import", &question, Patience::Endless)?;
        sum.imported += part.imported;
        sum.skipped += part.skipped;
        bar.inc(batch.len() as u64);
        Ok(())
    });
    bar.finish_and_clear();
    sent.map_err(|error| interrupted(error, sum)).map(|()| sum)
}

/// One request's worth of rows.
#[derive(Serialize)]
struct Batch<'a> {
    rows: &'a [ImportRow],
    audience: DefaultAudience,
    last: bool,
}

fn progress_bar(rows: u64, cx: &Context<'_>) -> ProgressBar {
    if cx.out.is_json() || !cx.is_watched {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:32} {human_pos} of {human_len} posts, {eta} to go")
            .expect("the template names known fields");
    ProgressBar::new(rows).with_style(style)
}

/// The same error, with what is done already where something is.
fn interrupted(error: CliError, sum: Imported) -> CliError {
    let done = sum.imported + sum.skipped;
    if done == 0 {
        return error;
    }
    CliError::Interrupted {
        done,
        source: Box::new(error),
    }
}

/// Passes the rows on in batches; the flag marks the last one. A file without rows makes none.
pub(crate) fn in_batches<E>(
    rows: impl Iterator<Item = Result<ImportRow, E>>,
    mut send: impl FnMut(&[ImportRow], bool) -> Result<(), E>,
) -> Result<(), E> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let row = row?;
        let row_bytes = json_bytes(&row);
        if batch.len() == BATCH_ROWS_MAX || (bytes + row_bytes > BATCH_BYTES_MAX && bytes > 0) {
            send(&batch, false)?;
            batch.clear();
            bytes = 0;
        }
        batch.push(row);
        bytes += row_bytes;
    }
    if batch.is_empty() {
        return Ok(());
    }
    send(&batch, true)
}

fn json_bytes(row: &ImportRow) -> usize {
    serde_json::to_vec(row).map_or(BATCH_BYTES_MAX, |json| json.len() + 1)
}

/// The rows of a file, each checked, with the number of the line in what is said about it.
pub(crate) struct Rows<R> {
    lines: R,
    path: String,
    line: u64,
    buffer: Vec<u8>,
}

impl Rows<BufReader<File>> {
    fn open(path: &Path) -> Result<Self, CliError> {
        let file = File::open(path).and_then(|file| file.metadata().map(|about| (file, about)));
        let (file, about) = file.map_err(|source| read_error(path, source))?;
        if !about.is_file() {
            return Err(CliError::Usage(format!(
                "{} isn't a plain file, and an import reads it twice: write it to a file first",
                path.display()
            )));
        }
        Ok(Self::new(BufReader::new(file), path))
    }
}

impl<R: BufRead> Rows<R> {
    pub(crate) fn new(lines: R, path: &Path) -> Self {
        Self {
            lines,
            path: path.display().to_string(),
            line: 0,
            buffer: Vec::new(),
        }
    }

    /// The next line that isn't blank into the buffer; `false` at the end of the file.
    fn fill(&mut self) -> Result<bool, RowError> {
        loop {
            self.buffer.clear();
            self.line += 1;
            let mut bounded = (&mut self.lines).take(LINE_BYTES_MAX as u64 + 1);
            let bytes = bounded
                .read_until(b'\n', &mut self.buffer)
                .map_err(|source| read_error(Path::new(&self.path), source))?;
            if bytes > LINE_BYTES_MAX {
                return Err(self.wrong(
                    "import-line-long",
                    &format!("it is longer than {LINE_BYTES_MAX} bytes"),
                ));
            }
            if bytes == 0 {
                return Ok(false);
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn row(&self) -> Result<ImportRow, RowError> {
        let line = std::str::from_utf8(&self.buffer).map_err(|error| {
            self.wrong("import-line-unread", &format!("it isn't UTF-8 ({error})"))
        })?;
        let row: ImportRow = serde_json::from_str(line)
            .map_err(|error| self.wrong("import-line-unread", &reason(&error)))?;
        if row.time_ms > TIME_MS_MAX {
            return Err(self.wrong(
                "import-line-time",
                &format!("its time_ms is above {TIME_MS_MAX}, the last one there is"),
            ));
        }
        match row.text.len() {
            0 => Err(self.wrong("import-line-empty", "its text is empty")),
            bytes if bytes > TEXT_BYTES_MAX => Err(self.wrong(
                "import-line-text",
                &format!("its text has {bytes} bytes, and {TEXT_BYTES_MAX} is the most"),
            )),
            _ => Ok(row),
        }
    }

    fn wrong(&self, code: &'static str, problem: &str) -> RowError {
        let (file, line) = (&self.path, self.line);
        let said = format!(
            "in {file}, line {line}: {problem}. Nothing was imported: mend that line and run it again"
        );
        let said = Said::new(code, said).with("file", file);
        RowError::Wrong(said.with("line", line).with("error", problem))
    }
}

/// The parser's words without its own "line 1", which would contradict ours.
fn reason(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or(&words);
    format!("{words} (column {})", error.column())
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Result<ImportRow, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.fill() {
            Ok(true) => Some(self.row()),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }
}

fn read_error(path: &Path, source: io::Error) -> RowError {
    RowError::Unread {
        path: path.display().to_string(),
        source,
    }
}

/// Why a file's next row can't be had.
#[derive(Debug)]
pub(crate) enum RowError {
    /// The file can't be read.
    Unread {
        /// It.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The row isn't one.
    Wrong(Said),
}

impl From<RowError> for CliError {
    fn from(error: RowError) -> Self {
        match error {
            RowError::Unread { path, source } => Self::Read { path, source },
            RowError::Wrong(said) => Self::Usage(said.to_string()),
        }
    }
}

impl From<RowError> for Said {
    fn from(error: RowError) -> Self {
        match error {
            RowError::Unread { source, .. } => {
                said!(
                    "import-unread",
                    "the file can't be read ({error})",
                    error = source
                )
            }
            RowError::Wrong(said) => said,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(file: &[u8]) -> Result<Vec<ImportRow>, CliError> {
        Rows::new(file, Path::new("posts.jsonl"))
            .map(|row| Ok(row?))
            .collect()
    }

    fn refused(file: &[u8], line: u64, word: &str) {
        let error = rows(file).unwrap_err();
        let said = error.to_string();
        assert_eq!(error.exit_code(), 2);
        assert!(
            said.contains(&format!("posts.jsonl, line {line}: ")),
            "{said}"
        );
        assert!(said.contains(word), "{said}");
    }

    const GOOD: &str = r#"{"time_ms":1,"text":"a"}"#;

    #[test]
    fn blank_lines_and_foreign_fields_pass() {
        let file = "\n{\"text\":\" \\u001b é\\n\",\"time_ms\":7,\"likes\":[1]}\r\n \t\n{\"time_ms\":1,\"text\":\"a\"}";
        let rows = rows(file.as_bytes()).unwrap();
        let expected = [(7, " \u{1b} é\n"), (1, "a")];
        assert_eq!(rows.len(), expected.len());
        for (row, (time_ms, text)) in rows.iter().zip(expected) {
            assert_eq!((row.time_ms, row.text.as_str()), (time_ms, text));
        }
        assert!(self::rows(b"").unwrap().is_empty());
    }

    #[test]
    fn a_bad_line_is_named() {
        let after = |line: &str| format!("{GOOD}\n\n{line}\n{GOOD}\n").into_bytes();
        refused(&after("{"), 3, "EOF");
        refused(&after("[]"), 3, "");
        refused(&after(r#"{"time_ms":1}"#), 3, "text");
        refused(&after(r#"{"text":"a"}"#), 3, "time_ms");
        refused(&after(r#"{"time_ms":-1,"text":"a"}"#), 3, "-1");
        refused(&after(r#"{"time_ms":1.5,"text":"a"}"#), 3, "1.5");
        refused(
            &after(r#"{"time_ms":140737488355328,"text":"a"}"#),
            3,
            "140737488355327",
        );
        refused(&after(r#"{"time_ms":1,"text":""}"#), 3, "empty");
        refused(&after(r#"{"time_ms":1,"text":"\ud800"}"#), 3, "");
        refused(
            &after(&format!(
                r#"{{"time_ms":1,"text":"{}"}}"#,
                "x".repeat(TEXT_BYTES_MAX + 1)
            )),
            3,
            "16385",
        );
        refused(b"{\"time_ms\":1,\"text\":\"\xff\"}", 1, "UTF-8");
        refused(&vec![b' '; LINE_BYTES_MAX + 1], 1, "longer");
    }

    fn batches(rows: &[ImportRow]) -> Vec<(usize, bool)> {
        let mut sent = Vec::new();
        in_batches(
            rows.iter().cloned().map(Ok::<_, CliError>),
            |batch, last| {
                assert!(serde_json::to_vec(batch).unwrap().len() <= BATCH_BYTES_MAX + 2);
                sent.push((batch.len(), last));
                Ok(())
            },
        )
        .unwrap();
        sent
    }

    #[test]
    fn batches_are_bounded_and_the_last_is_marked() {
        let row = |text: String| ImportRow { time_ms: 1, text };
        assert_eq!(batches(&[]), []);
        assert_eq!(batches(&vec![row("a".into()); 500]), [(500, true)]);
        assert_eq!(
            batches(&vec![row("a".into()); 501]),
            [(500, false), (1, true)]
        );
        let long = row("\u{1}".repeat(TEXT_BYTES_MAX));
        assert_eq!(
            batches(&vec![long; 25]),
            [(10, false), (10, false), (5, true)]
        );
    }

    #[test]
    fn a_batch_that_fails_ends_it() {
        let mut calls = 0;
        let rows = vec![
            ImportRow {
                time_ms: 1,
                text: "a".into()
            };
            1_200
        ];
        let ended = in_batches(rows.into_iter().map(Ok), |_, _| {
            calls += 1;
            Err(CliError::Failed("full".into()))
        });
        assert!(ended.is_err());
        assert_eq!(calls, 1);
    }

    #[test]
    fn what_can_not_be_read_twice_is_refused() {
        let error = Rows::open(Path::new("/dev/null")).err().unwrap();
        assert_eq!(error.exit_code(), 2);
        let error = Rows::open(Path::new("/nowhere/posts.jsonl")).err().unwrap();
        assert_eq!(error.exit_code(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_file_is_read_or_a_line_named(
            file in crate::bent::bent(&["{\"time_ms\":1,\"text\":\"a\"}\n\n{\"time_ms\":2,\"text\":\"\\u00e9\"}\r\n", "\n\n"]),
        ) {
            match rows(&file) {
                Ok(rows) => for row in rows {
                    proptest::prop_assert!(row.time_ms <= TIME_MS_MAX);
                    proptest::prop_assert!((1..=TEXT_BYTES_MAX).contains(&row.text.len()));
                },
                Err(error) => proptest::prop_assert!(error.to_string().contains("posts.jsonl, line ")),
            }
        }
    }
}
