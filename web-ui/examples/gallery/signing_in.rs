//! How one signs in, and who is.

use crate::samples::{MINUTE_MS, now_ms, shell};
use hearth_web_ui::{
    Passkey, PasskeyAsk, Passkeys, Session, SignInPage, SignInPart, SignInSettings,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let passkey = |name: &str, place: &str, made_ms| Passkey {
        id: "3fa9".into(),
        name: name.into(),
        place: Some(place.into()),
        made_ms,
        used_ms: now_ms() - 3 * MINUTE_MS,
    };
    let settings = SignInSettings {
        password: true,
        passkeys: vec![
            passkey("Chrome on Android", "alice.example", 0),
            passkey("Firefox on Linux", "localhost", now_ms() - 90 * MINUTE_MS),
        ],
        can_make: Passkeys::Here(PasskeyAsk::default()),
        proves: true,
        problem: None,
    };
    let unset = SignInSettings {
        password: false,
        passkeys: vec![],
        can_make: Passkeys::Elsewhere {
            name: "localhost".into(),
            address: "/sign-in/localhost".into(),
        },
        proves: true,
        problem: Some((SignInPart::Password, hearth_web_ui::SignInProblem::TooShort)),
    };
    let session = |browser: &str, address: &str, is_this| Session {
        id: "3fa9c0d1e2b3a495".into(),
        browser: browser.into(),
        address: address.into(),
        since_ms: now_ms() - 9000 * MINUTE_MS,
        used_ms: now_ms() - 7 * MINUTE_MS,
        is_this,
    };
    let sessions = [
        session("Firefox on Linux", "127.0.0.1", true),
        session(
            "Safari on iPhone",
            "2001:db8:1234:5678:9abc:def0:1234:5678",
            false,
        ),
        session("A browser", "", false),
    ];
    vec![
        (
            "sign-in.html",
            hearth_web_ui::sign_in(&SignInPage {
                problem: Some(hearth_web_ui::SignInProblem::LinkOver),
                ..SignInPage::default()
            }),
        ),
        (
            "sign-in-password.html",
            hearth_web_ui::sign_in(&SignInPage {
                password: true,
                passkey: Some(PasskeyAsk::default()),
                ..SignInPage::default()
            }),
        ),
        (
            "settings-sign-in.html",
            hearth_web_ui::settings_sign_in(&shell(), &settings),
        ),
        (
            "settings-sign-in-empty.html",
            hearth_web_ui::settings_sign_in(&shell(), &unset),
        ),
        (
            "settings-sessions.html",
            hearth_web_ui::settings_sessions(&shell(), &sessions),
        ),
    ]
}
