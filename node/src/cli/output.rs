//! The one writer to the standard output: one JSON value, or plain words for people.
//!
//! What others wrote may hold control characters that a terminal obeys; in words for people they are shown, not sent.

use std::fmt::{self, Display, Write as _};
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::error::CliError;

/// Where a command's answer goes.
pub(crate) struct Output<'a> {
    json: bool,
    page: Page<'a>,
}

/// Words for people, line by line.
pub(crate) struct Page<'a> {
    out: Box<dyn Write + 'a>,
    colours: bool,
}

impl<'a> Output<'a> {
    /// The process's standard output; colours only on a terminal whose owner didn't decline them by `NO_COLOR`.
    pub(crate) fn stdout() -> Self {
        let declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colours = io::stdout().is_terminal() && !declined;
        Self::to(Box::new(io::BufWriter::new(io::stdout())), colours)
    }

    /// Any writer.
    pub(crate) fn to(out: Box<dyn Write + 'a>, colours: bool) -> Self {
        let page = Page { out, colours };
        Self { json: false, page }
    }

    /// Answers are one JSON value from here on.
    pub(crate) fn set_json(&mut self, json: bool) {
        self.json = json;
    }

    /// Whether answers are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Gives the command's answer: `value` as one line of JSON, or what `show` makes of it.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub(crate) fn give<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
        show: impl FnOnce(&T, &mut Page<'a>) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let page = &mut self.page;
        if self.json {
            serde_json::to_writer(&mut page.out, value)
                .map_err(io::Error::from)
                .and_then(|()| page.out.write_all(b"\n"))
        } else {
            show(value, page)
        }
        .and_then(|()| page.out.flush())
        .map_err(CliError::Output)
    }
}

impl Page<'_> {
    /// One line. Text of others belongs into [`Escaped`] first.
    ///
    /// # Errors
    /// As the writer's.
    pub(crate) fn line(&mut self, line: impl Display) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Text that is given as it is, such as a shell's completions.
    ///
    /// # Errors
    /// As the writer's.
    pub(crate) fn raw(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// The text, bold where there are colours.
    pub(crate) fn bold<T: Display>(&self, text: T) -> Styled<T> {
        self.styled(text, "\u{1b}[1m")
    }

    /// The text, dimmed where there are colours.
    pub(crate) fn dim<T: Display>(&self, text: T) -> Styled<T> {
        self.styled(text, "\u{1b}[2m")
    }

    fn styled<T: Display>(&self, text: T, begin: &'static str) -> Styled<T> {
        let begin = self.colours.then_some(begin);
        Styled { text, begin }
    }
}

/// Text in a style of its own.
pub(crate) struct Styled<T> {
    text: T,
    begin: Option<&'static str>,
}

impl<T: Display> Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.begin {
            Some(begin) => write!(f, "{begin}{}\u{1b}[0m", self.text),
            None => self.text.fmt(f),
        }
    }
}

/// Text of somebody else, safe to show on a terminal: control characters and those that turn the reading direction
/// around appear as escapes such as `\u{1b}`.
#[derive(Clone, Copy)]
pub(crate) struct Escaped<'a> {
    text: &'a str,
    keeps_lines: bool,
}

impl<'a> Escaped<'a> {
    /// For a text of several lines: line feeds and tabs stay.
    pub(crate) fn text(text: &'a str) -> Self {
        let keeps_lines = true;
        Self { text, keeps_lines }
    }

    /// For a name or whatever else must stay on its line.
    pub(crate) fn word(text: &'a str) -> Self {
        let keeps_lines = false;
        Self { text, keeps_lines }
    }
}

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.text.chars() {
            match letter {
                '\n' | '\t' if self.keeps_lines => f.write_char(letter)?,
                _ if is_obeyed(letter) => write!(f, "{}", letter.escape_default())?,
                _ => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// Whether a terminal may do something at this character other than showing it.
fn is_obeyed(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn given(json: bool, colours: bool) -> String {
        let mut bytes = Vec::new();
        let mut out = Output::to(Box::new(&mut bytes), colours);
        out.set_json(json);
        out.give("a\u{1b}b", |text, page| {
            page.line(page.bold(Escaped::word(text)))
        })
        .unwrap();
        drop(out);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_is_one_line_and_words_are_escaped() {
        assert_eq!(given(true, true), "\"a\\u001bb\"\n");
        assert_eq!(given(false, false), "a\\u{1b}b\n");
        assert_eq!(given(false, true), "\u{1b}[1ma\\u{1b}b\u{1b}[0m\n");
    }

    #[test]
    fn what_a_terminal_obeys_is_shown() {
        let shown = |text| Escaped::text(text).to_string();
        assert_eq!(shown("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(shown("\u{9b}2J\u{7f}\u{202e}"), "\\u{9b}2J\\u{7f}\\u{202e}");
        assert_eq!(shown("two\nlines\tand ü 🌻"), "two\nlines\tand ü 🌻");
        assert_eq!(Escaped::word("a\nb\tc\r").to_string(), "a\\nb\\tc\\r");
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_an_error_that_ends_well() {
        for json in [true, false] {
            let mut out = Output::to(Box::new(Closed), false);
            out.set_json(json);
            let error = out.give("x", |text, page| page.line(text)).unwrap_err();
            assert_eq!(error.exit_code(), 0);
        }
    }
}
