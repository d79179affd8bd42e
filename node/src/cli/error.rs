//! What a command ends with when it isn't done, and the exit code that says so.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;

use super::client::ClientError;
use super::output::Escaped;
use crate::app::model::ErrorKind;
use crate::home::HomeError;
use crate::service::ServiceError;

/// Everything is done.
pub(crate) const DONE: u8 = 0;
/// It was asked rightly and failed.
pub(crate) const FAILED: u8 = 1;
/// It was asked wrongly; asking the same again fails again.
pub(crate) const WRONG_USE: u8 = 2;

/// Why a command isn't done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// What was asked can't be right; the text says what is.
    #[error("{0}")]
    Usage(String),
    /// These are no 24 words that belong together; the text says which is wrong.
    #[error("{0}")]
    Phrase(String),
    /// It didn't work; the text says what to do.
    #[error("{0}")]
    Failed(String),
    /// The home folder can't be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The node can't be asked, or said no.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The service can't be installed.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A file named on the command line can't be read.
    #[error("can't read {path}: check its name and that you may read it")]
    Read {
        /// The file.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// An import ended in the middle.
    #[error("the import ended after {done} rows: run it again, what is there is skipped")]
    Interrupted {
        /// Rows that the node has.
        done: u64,
        /// Why it ended.
        source: Box<CliError>,
    },
    /// The node doesn't start.
    #[error(transparent)]
    Node(#[from] crate::node::NodeError),
    /// The system has no room for what runs a node.
    #[error("the system refused what a node needs")]
    Runtime(#[source] io::Error),
    /// The standard input can't be read.
    #[error("can't read the standard input")]
    Input(#[source] io::Error),
    /// The answer can't be written.
    #[error("can't write the answer")]
    Output(#[source] io::Error),
}

impl CliError {
    /// 0, 1 or 2. Who closes the pipe has seen enough (`hearth timeline | head -1`): that is no failure.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Phrase(_) | Self::Home(HomeError::NoPlace) => WRONG_USE,
            Self::Client(ClientError::Refused(refusal))
                if refusal.kind == ErrorKind::BadRequest =>
            {
                WRONG_USE
            }
            Self::Node(crate::node::NodeError::Address(_)) => WRONG_USE,
            Self::Output(source) if source.kind() == io::ErrorKind::BrokenPipe => DONE,
            _ => FAILED,
        }
    }

    /// What happened and why, one cause a line and none said twice, with nothing in it that a terminal would obey.
    pub(crate) fn explanation(&self) -> String {
        let mut said = self.to_string();
        let mut text = format!("hearth: {}\n", Escaped::text(&said));
        let mut cause = self.source();
        while let Some(error) = cause {
            let why = error.to_string();
            if !said.contains(&why) {
                writeln!(text, "  because: {}", Escaped::text(&why))
                    .expect("a String takes everything");
            }
            said = why;
            cause = error.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::model::AppError;
    use crate::said::Said;

    fn refused(kind: ErrorKind) -> CliError {
        let message = "no".to_owned();
        ClientError::Refused(AppError::new(kind, Said::english(message))).into()
    }

    #[test]
    fn exit_codes_say_whose_fault_it_is() {
        assert_eq!(CliError::Usage(String::new()).exit_code(), 2);
        assert_eq!(CliError::Phrase(String::new()).exit_code(), 2);
        assert_eq!(CliError::Home(HomeError::NoPlace).exit_code(), 2);
        assert_eq!(refused(ErrorKind::BadRequest).exit_code(), 2);
        assert_eq!(refused(ErrorKind::NotFound).exit_code(), 1);
        assert_eq!(refused(ErrorKind::Failed).exit_code(), 1);
        assert_eq!(CliError::Failed(String::new()).exit_code(), 1);
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(CliError::Output(closed).exit_code(), 0);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        assert_eq!(CliError::Output(full).exit_code(), 1);
    }

    #[test]
    fn an_explanation_names_causes_and_commands_no_terminal() {
        let error = CliError::Input(io::Error::other("gone\u{1b}[2J"));
        assert_eq!(
            error.explanation(),
            "hearth: can't read the standard input\n  because: gone\\u{1b}[2J\n"
        );
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_again() {
        let message = "the export is cut off: export it again".to_owned();
        let kind = ErrorKind::BadRequest;
        let error = CliError::Node(AppError::new(kind, Said::english(message)).into());
        assert_eq!(
            error.explanation(),
            "hearth: the export is cut off: export it again\n"
        );
    }
}
