//! A home in which nobody lives yet, and the page on which somebody begins to: a name, a phrase that is shown, two of its words
//! asked. Nothing of an identity is written before these are right, so that a process that is killed leaves none behind whose
//! phrase nobody has. Until then the phrase is in this process's memory alone.
//!
//! `first-run.json` lies in the home meanwhile: the name, and whether a phrase was shown, so that who comes back after a kill
//! is told that what they wrote down then is of no use.

use crate::said::{Said, said};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_keys::Phrase;
use hearth_keys::phrase::PHRASE_WORDS;
use hearth_protocol::device_link::{DeviceLink, DeviceLinkError};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::app::model::{AppError, ErrorKind};
use crate::app::restore::{RestoreWish, request_of};
use crate::cli::values;
use crate::home::{Home, HomeError, write_private};
use crate::keyring::{self, KeptAccount, KeyringError, PhraseCare};
use crate::media::{Encoded, Prepared};
use crate::replication::unix_ms;
use crate::restore;
use crate::rng;

const FILE_NAME: &str = "first-run.json";
/// More than any such file has.
const FILE_BYTES_MAX: u64 = 4096;
/// How many words are asked.
pub(crate) const WORDS_ASKED: usize = 2;

/// Why a step isn't done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FirstRunError {
    /// There is nothing to see in the name.
    #[error("say how your friends call you: you can change it at any time")]
    Nameless,
    /// The name is too long.
    #[error("{0}")]
    Name(Said),
    /// The words aren't those of the phrase.
    #[error("these aren't the words of your phrase: look at it again")]
    WrongWords,
    /// The link makes nothing of this machine.
    #[error(transparent)]
    Link(#[from] DeviceLinkError),
    /// The phrase wasn't shown yet, or this is over.
    #[error("this step is over, or hasn't come yet: begin again from the first page")]
    OutOfTurn,
    /// The home can't be written.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The keys can't be written.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// How the first run ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Somebody lives here now.
    Made(Box<KeptAccount>, Option<Box<Prepared>>),
    /// Somebody with a phrase wants everything back.
    Restore(restore::Request),
    /// The node was told to stop.
    Stopped,
}

/// What outlives the process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Draft {
    name: String,
    shown: bool,
}

/// The phrase, and which of its words are asked (counted from 0, in order).
struct Drawn {
    phrase: Phrase,
    asked: [usize; WORDS_ASKED],
}

#[derive(Default)]
struct State {
    draft: Draft,
    /// Whether an earlier process showed a phrase that is of no use any more.
    is_again: bool,
    drawn: Option<Drawn>,
    /// What they look like, until there is an account that says so. In memory alone: a process that is killed forgets it.
    portrait: Option<Box<Prepared>>,
    is_over: bool,
    outcome: Option<Outcome>,
}

/// A first run. Cheap to clone.
#[derive(Clone)]
pub(crate) struct FirstRun(Arc<Shared>);

struct Shared {
    home: Home,
    state: Mutex<State>,
    over: Notify,
}

impl FirstRun {
    /// Begins, or goes on with the name that an earlier process was told.
    pub(crate) fn of(home: &Home) -> Self {
        let draft = read(home);
        let state = State {
            is_again: draft.shown,
            draft,
            ..State::default()
        };
        Self(Arc::new(Shared {
            home: home.clone(),
            state: Mutex::new(state),
            over: Notify::new(),
        }))
    }

    /// The name so far; empty while there is none.
    pub(crate) fn name(&self) -> String {
        self.state().draft.name.clone()
    }

    /// Takes the name. Blocks.
    pub(crate) fn set_name(&self, name: &str) -> Result<(), FirstRunError> {
        let name = values::name(name.trim()).map_err(FirstRunError::Name)?;
        if name
            .chars()
            .all(|char| char.is_whitespace() || char.is_control())
        {
            return Err(FirstRunError::Nameless);
        }
        let mut state = self.turn()?;
        let draft = Draft {
            name,
            ..state.draft.clone()
        };
        self.write(&draft)?;
        state.draft = draft;
        Ok(())
    }

    /// Takes a picture, or lets go of the one there is.
    pub(crate) fn set_portrait(&self, picture: Option<Prepared>) -> Result<(), FirstRunError> {
        self.turn()?.portrait = picture.map(Box::new);
        Ok(())
    }

    /// The picture that was taken, as it will be shown.
    pub(crate) fn portrait(&self) -> Option<Encoded> {
        let state = self.state();
        state.portrait.as_ref().map(|picture| picture.full.clone())
    }

    /// The phrase, drawn when it is asked for first; and whether an earlier process showed another one. Blocks.
    pub(crate) fn phrase(&self) -> Result<(Zeroizing<String>, bool), FirstRunError> {
        let mut state = self.turn()?;
        if state.draft.name.is_empty() {
            return Err(FirstRunError::OutOfTurn);
        }
        if !state.draft.shown {
            let draft = Draft {
                shown: true,
                ..state.draft.clone()
            };
            self.write(&draft)?;
            state.draft = draft;
        }
        let drawn = state.drawn.get_or_insert_with(Drawn::new);
        let words = drawn.phrase.expose();
        Ok((words, state.is_again))
    }

    /// Which words are asked, counted from 1; none before the phrase was shown.
    pub(crate) fn asked(&self) -> Option<[usize; WORDS_ASKED]> {
        let state = self.state();
        let drawn = state.drawn.as_ref()?;
        Some(drawn.asked.map(|at| at + 1))
    }

    /// Takes the words that were asked; where they are right, somebody lives here from now on. Blocks.
    pub(crate) fn answer(&self, words: [&str; WORDS_ASKED]) -> Result<(), FirstRunError> {
        let mut state = self.turn()?;
        let drawn = state.drawn.as_ref().ok_or(FirstRunError::OutOfTurn)?;
        if !drawn.asks_for(words) {
            return Err(FirstRunError::WrongWords);
        }
        let (home, name) = (&self.0.home, &state.draft.name);
        let care = PhraseCare::Known;
        let kept = keyring::create(home, &drawn.phrase, care, name, unix_ms())?;
        forget(home);
        state.drawn = None;
        let portrait = state.portrait.take();
        self.end(&mut state, Outcome::Made(Box::new(kept), portrait));
        Ok(())
    }

    /// Makes this machine another device of the person who gave a link. Blocks.
    pub(crate) fn join(&self, link: &str) -> Result<(), FirstRunError> {
        let link = DeviceLink::from_text(link.trim())?;
        let mut state = self.turn()?;
        let kept = keyring::join(&self.0.home, &link)?;
        forget(&self.0.home);
        (state.drawn, state.portrait) = (None, None);
        self.end(&mut state, Outcome::Made(Box::new(kept), None));
        Ok(())
    }

    /// Brings somebody back by their phrase.
    pub(crate) fn restore(&self, wish: RestoreWish) -> Result<(), AppError> {
        let request = request_of(wish)?;
        let mut state = self.state();
        if state.is_over {
            return Err(AppError {
                kind: ErrorKind::BadRequest,
                message: said!(
                    "first-somebody",
                    "somebody began here meanwhile, in another browser: look who it is, at the start page"
                ),
            });
        }
        forget(&self.0.home);
        state.drawn = None;
        state.portrait = None;
        self.end(&mut state, Outcome::Restore(request));
        Ok(())
    }

    /// Ends it; the next one goes on.
    pub(crate) fn stop(&self) {
        let mut state = self.state();
        if !state.is_over {
            self.end(&mut state, Outcome::Stopped);
        }
    }

    /// Whether it has ended: what comes now is for the node that begins.
    pub(crate) fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// Waits until it has ended. To be asked once.
    pub(crate) async fn ended(&self) -> Outcome {
        loop {
            let waiting = self.0.over.notified();
            if let Some(outcome) = self.state().outcome.take() {
                return outcome;
            }
            waiting.await;
        }
    }

    fn end(&self, state: &mut State, outcome: Outcome) {
        state.is_over = true;
        state.outcome = Some(outcome);
        self.0.over.notify_one();
    }

    fn write(&self, draft: &Draft) -> Result<(), HomeError> {
        let text = serde_json::to_vec(draft).expect("text is JSON");
        write_private(&path(&self.0.home), &text)
    }

    fn turn(&self) -> Result<MutexGuard<'_, State>, FirstRunError> {
        let state = self.state();
        if state.is_over {
            return Err(FirstRunError::OutOfTurn);
        }
        Ok(state)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawn {
    fn new() -> Self {
        let mut rng = rng::system();
        Self {
            phrase: Phrase::generate(&mut rng),
            asked: two_of(PHRASE_WORDS, &mut rng),
        }
    }

    fn asks_for(&self, words: [&str; WORDS_ASKED]) -> bool {
        let phrase = self.phrase.expose();
        let known: Vec<&str> = phrase.split_whitespace().collect();
        let mut pairs = self.asked.iter().zip(words);
        pairs.all(|(at, word)| is_word(known[*at], word))
    }
}

/// Two different numbers below `bound`, in order.
fn two_of(bound: usize, rng: &mut impl hearth_keys::CryptoRng) -> [usize; WORDS_ASKED] {
    let mut below = |bound: usize| {
        // Far below what would make some likelier in a way that mattered.
        let number = rng.next_u32() % u32::try_from(bound).unwrap_or(u32::MAX);
        usize::try_from(number).unwrap_or_default()
    };
    let first = below(bound);
    let second = (first + 1 + below(bound - 1)) % bound;
    [first.min(second), first.max(second)]
}

/// Whether somebody typed this word, in either case and with white space around it.
fn is_word(known: &str, typed: &str) -> bool {
    known.eq_ignore_ascii_case(typed.trim())
}

fn path(home: &Home) -> PathBuf {
    home.dir().join(FILE_NAME)
}

fn read(home: &Home) -> Draft {
    let bytes = std::fs::File::open(path(home)).and_then(|file| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(file, FILE_BYTES_MAX), &mut bytes)?;
        Ok(bytes)
    });
    let draft: Draft = serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default();
    match values::name(&draft.name) {
        Ok(_) => draft,
        Err(_) => Draft::default(),
    }
}

/// Removes what an earlier first run left behind, now that somebody lives here.
pub(crate) fn forget(home: &Home) {
    match std::fs::remove_file(path(home)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, "{FILE_NAME} wasn't removed");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn scratch() -> (tempfile::TempDir, Home) {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::open(scratch.path().join("home")).unwrap();
        (scratch, home)
    }

    fn right(first_run: &FirstRun) -> [String; WORDS_ASKED] {
        let (phrase, _) = first_run.phrase().unwrap();
        let words: Vec<&str> = phrase.split(' ').collect();
        first_run
            .asked()
            .unwrap()
            .map(|at| words[at - 1].to_owned())
    }

    fn files(home: &Home) -> Vec<String> {
        let names = std::fs::read_dir(home.dir()).unwrap();
        let mut names: Vec<String> = names
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn nobody_lives_here_before_the_words_are_right() {
        let (_scratch, home) = scratch();
        let first_run = FirstRun::of(&home);
        assert!(matches!(first_run.phrase(), Err(FirstRunError::OutOfTurn)));
        for empty in ["", " \n", "\u{0}"] {
            let refused = first_run.set_name(empty);
            assert!(matches!(refused, Err(FirstRunError::Nameless)));
        }
        let long = first_run.set_name(&"x".repeat(10_000));
        assert!(matches!(long, Err(FirstRunError::Name(_))));
        first_run.set_name(" Alice ").unwrap();
        assert_eq!(first_run.asked(), None);
        assert!(matches!(
            first_run.answer(["", ""]),
            Err(FirstRunError::OutOfTurn)
        ));
        let [first, second] = right(&first_run);
        assert_eq!(
            right(&first_run),
            [first.clone(), second.clone()],
            "one phrase"
        );
        let wrong = [
            ["", ""],
            [&first, ""],
            ["abandon", &second],
            [&second, &first],
        ];
        for words in wrong
            .into_iter()
            .filter(|_| first != second && first != "abandon")
        {
            let refused = first_run.answer(words);
            assert!(
                matches!(refused, Err(FirstRunError::WrongWords)),
                "{words:?}"
            );
        }
        assert_eq!(files(&home), [FILE_NAME]);
        let phrase = first_run.phrase().unwrap().0;
        first_run
            .answer([&format!(" {}\n", first.to_uppercase()), &second])
            .unwrap();
        assert_eq!(files(&home), ["keys"]);
        let Outcome::Made(kept, None) = first_run.ended().await else {
            panic!("nobody was made");
        };
        let root = Phrase::parse(&phrase).unwrap().root();
        assert_eq!(kept.account.identity, root.identity());
        assert_eq!(kept.first_name, "Alice");
        assert!(first_run.is_over());
        assert!(matches!(first_run.phrase(), Err(FirstRunError::OutOfTurn)));
        assert!(matches!(
            first_run.set_name("Bob"),
            Err(FirstRunError::OutOfTurn)
        ));
    }

    #[test]
    fn after_a_kill_the_name_is_there_and_the_phrase_is_another() {
        let (_scratch, home) = scratch();
        let first_run = FirstRun::of(&home);
        first_run.set_name("Alice").unwrap();
        assert!(!FirstRun::of(&home).phrase().unwrap().1);
        let (phrase, is_again) = first_run.phrase().unwrap();
        assert!(!is_again);
        let text = std::fs::read_to_string(path(&home)).unwrap();
        assert!(!text.contains(phrase.split(' ').next().unwrap()));
        let next = FirstRun::of(&home);
        assert_eq!(next.name(), "Alice");
        let (other, is_again) = next.phrase().unwrap();
        assert!(is_again && other != phrase);
        for bent in [
            "",
            "{",
            "{\"name\":1}",
            &format!("{{\"name\":\"{}\",\"shown\":true}}", "x".repeat(3000)),
        ] {
            std::fs::write(path(&home), bent).unwrap();
            assert_eq!(FirstRun::of(&home).name(), "");
        }
    }

    #[tokio::test]
    async fn somebody_with_a_phrase_comes_back() {
        let (_scratch, home) = scratch();
        let first_run = FirstRun::of(&home);
        let wish = |phrase: &str| RestoreWish {
            phrase: Zeroizing::new(phrase.to_owned()),
            via: Vec::new(),
            snapshot: None,
            stolen: false,
        };
        first_run.restore(wish("abandon")).unwrap_err();
        let phrase = Phrase::generate(&mut rng::system()).expose();
        first_run.restore(wish(&phrase)).unwrap();
        assert!(matches!(first_run.ended().await, Outcome::Restore(_)));
        let stopped = FirstRun::of(&home);
        stopped.stop();
        assert!(matches!(stopped.ended().await, Outcome::Stopped));
    }

    #[tokio::test]
    async fn a_picture_goes_with_whom_it_is_of_and_with_nobody_else() {
        let picture = || {
            let one = || Encoded {
                bytes: vec![1, 2, 3],
                kind: crate::media::Kind::Png,
                width: 1,
                height: 1,
            };
            Prepared {
                full: one(),
                small: one(),
                placeholder: Vec::new(),
            }
        };
        let (_scratch, home) = scratch();
        let first_run = FirstRun::of(&home);
        first_run.set_name("Alice").unwrap();
        first_run.set_portrait(Some(picture())).unwrap();
        assert_eq!(first_run.portrait(), Some(picture().full));
        assert_eq!(files(&home), [FILE_NAME], "nothing of it is on the disk");
        first_run.set_portrait(None).unwrap();
        assert_eq!(first_run.portrait(), None);
        first_run.set_portrait(Some(picture())).unwrap();
        let [first, second] = right(&first_run);
        first_run.answer([&first, &second]).unwrap();
        let Outcome::Made(_, Some(kept)) = first_run.ended().await else {
            panic!("it is gone");
        };
        assert_eq!(*kept, picture());
        assert_eq!(first_run.portrait(), None);
        assert!(first_run.set_portrait(Some(picture())).is_err());
    }

    #[test]
    fn two_words_are_two_and_any() {
        let mut rng = rng::system();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..2_000 {
            let [first, second] = two_of(PHRASE_WORDS, &mut rng);
            assert!(first < second && second < PHRASE_WORDS);
            seen.extend([first, second]);
        }
        assert_eq!(seen.len(), PHRASE_WORDS);
    }
}
