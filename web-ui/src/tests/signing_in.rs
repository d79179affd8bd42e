//! A first run, and how one signs in.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
    let begun = FirstRunShell {
        is_exposed: true,
        problem: Some(text.into()),
        csrf: shell.csrf.clone(),
        language: shell.language,
    };
    let ask = PasskeyAsk {
        party: text.into(),
        challenge: text.into(),
        user: text.into(),
        name: text.into(),
        known: vec![text.into()],
    };
    let lock = |can_make, may_skip: bool| LockPage {
        password: !may_skip,
        passkeys: 2,
        can_make,
        may_skip,
    };
    let phrase = PhrasePage {
        name: text,
        words: &[text, "word"],
        is_again: true,
    };
    let back = ComeBackPage {
        via: text.into(),
        stolen: true,
    };
    let friend = FirstFriendPage {
        link: text.into(),
        qr: Some(Qr {
            width: 2,
            dark: vec![true, false, false, true],
        }),
        draft: text.into(),
        problem: Some(text.into()),
    };
    let settings = |password, can_make| SignInSettings {
        password,
        passkeys: vec![Passkey {
            id: text.into(),
            name: text.into(),
            place: Some(text.into()),
            made_ms: 0,
            used_ms: 0,
        }],
        can_make,
        proves: password,
        problem: Some((
            SignInPart::NoPasskey(text.into()),
            SignInProblem::Other(text.into()),
        )),
    };
    let session = |is_this| Session {
        id: text.into(),
        browser: text.into(),
        address: text.into(),
        since_ms: 0,
        used_ms: 0,
        is_this,
    };
    let sign_in_page = SignInPage {
        problem: Some(SignInProblem::Other(text.into())),
        password: true,
        passkey: Some(ask.clone()),
        language: shell.language,
    };
    let (here, elsewhere) = (Passkeys::Here(ask), elsewhere(text));
    vec![
        ("sign in", sign_in(&sign_in_page)),
        ("first run, welcome", welcome(&begun)),
        ("first run, name", welcome_name(&begun, text, Some(text))),
        (
            "first run, lock",
            welcome_lock(&begun, &lock(here.clone(), true)),
        ),
        (
            "first run, locked",
            welcome_lock(&begun, &lock(elsewhere.clone(), false)),
        ),
        ("first run, phrase", welcome_phrase(&begun, &phrase)),
        ("first run, words", welcome_words(&begun, [1, 24])),
        ("first run, back", welcome_back(&begun, &back)),
        ("first run, device", welcome_device(&begun)),
        ("first friend", first_friend(shell, &friend)),
        (
            "settings, sign in",
            settings_sign_in(shell, &settings(true, here)),
        ),
        (
            "settings, no password",
            settings_sign_in(shell, &settings(false, elsewhere)),
        ),
        (
            "settings, sessions",
            settings_sessions(shell, &[session(true), session(false)]),
        ),
    ]
}

fn elsewhere(name: &str) -> Passkeys {
    Passkeys::Elsewhere {
        name: name.into(),
        address: "/x".into(),
    }
}

#[test]
fn who_is_not_let_in_reads_why_in_their_language() {
    let page = |language, problem| {
        sign_in(&SignInPage {
            language,
            problem: Some(problem),
            ..SignInPage::default()
        })
    };
    let wrong = page(Language::German, SignInProblem::WrongPassword);
    assert!(wrong.contains("dir=\"auto\">Das ist nicht das Passwort."));
    let (seconds, passkey) = (1, false);
    let often = SignInProblem::TooOften { seconds, passkey };
    assert!(page(Language::German, often.clone()).contains("Warte eine Sekunde"));
    assert!(page(Language::English, often).contains("Wait one second"));
    // What the node says in English is marked where the page isn't.
    let other = SignInProblem::Other("Try again.".into());
    let said = "dir=\"auto\" lang=\"en\">Try again.";
    assert!(page(Language::German, other.clone()).contains(said));
    assert!(!page(Language::English, other).contains(said));
}
