//! From an empty home to the first friend.

use crate::samples::{composer, shell};
use hearth_web_ui::{
    Checklist, ComeBackPage, FirstFriendPage, FirstRunShell, FirstStep, HomePage, LockPage,
    PasskeyAsk, Passkeys, PhrasePage, Qr,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let begun = FirstRunShell::default();
    let wrong = FirstRunShell {
        problem: Some("These aren't the words of your phrase: look at it again.".into()),
        ..FirstRunShell::default()
    };
    let lock = LockPage {
        password: false,
        passkeys: 0,
        can_make: Passkeys::Elsewhere {
            name: "localhost".into(),
            address: "/sign-in/localhost".into(),
        },
        may_skip: true,
    };
    let locked = LockPage {
        password: true,
        passkeys: 1,
        can_make: Passkeys::Here(PasskeyAsk::default()),
        may_skip: true,
    };
    // Words of the list, in its order: nobody's phrase.
    let words = [
        "abandon", "ability", "able", "about", "above", "absent", "absorb", "abstract", "absurd",
        "abuse", "access", "accident", "account", "accuse", "achieve", "acid", "acoustic",
        "acquire", "across", "act", "action", "actor", "actress", "actual",
    ];
    let phrase = PhrasePage {
        name: "Alice",
        words: &words,
        is_again: true,
    };
    let width = 37;
    let dark = (0..width * width).map(|at| (at * at / 7 + at) % 3 == 0);
    let friend = FirstFriendPage {
        link: "hearth:hearth1qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf2tvdw0s3jn5?via=/ip4/192.0.2.7/tcp/4747".into(),
        qr: Some(Qr {
            width,
            dark: dark.collect(),
        }),
        draft: "hearth2oops".into(),
        problem: Some("That is no Hearth key or link. A key begins with hearth1.".into()),
    };
    let quiet = HomePage {
        posts: vec![],
        composer: composer("friends"),
        filters: vec![],
        next: None,
        newest: None,
    };
    vec![
        ("first-welcome.html", hearth_web_ui::welcome(&begun)),
        ("first-device.html", hearth_web_ui::welcome_device(&begun)),
        (
            "first-name.html",
            hearth_web_ui::welcome_name(&begun, "", None),
        ),
        (
            "first-lock.html",
            hearth_web_ui::welcome_lock(&begun, &lock),
        ),
        (
            "first-locked.html",
            hearth_web_ui::welcome_lock(&begun, &locked),
        ),
        (
            "first-phrase.html",
            hearth_web_ui::welcome_phrase(&begun, &phrase),
        ),
        (
            "first-words.html",
            hearth_web_ui::welcome_words(&wrong, [7, 19]),
        ),
        (
            "first-back.html",
            hearth_web_ui::welcome_back(&begun, &ComeBackPage::default()),
        ),
        (
            "first-friend.html",
            hearth_web_ui::first_friend(&shell(), &friend),
        ),
        (
            "first-steps.html",
            hearth_web_ui::home_with_steps(&shell(), &quiet, &checklist()),
        ),
    ]
}

fn checklist() -> Checklist {
    Checklist {
        remaining: vec![FirstStep::Guardians, FirstStep::Import, FirstStep::Address],
        done: vec![FirstStep::SignIn, FirstStep::Friend, FirstStep::Picture],
        guardians: 2,
        is_unused: false,
    }
}
