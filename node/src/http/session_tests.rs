#![allow(clippy::unwrap_used)]
use super::*;

const NOW_MS: u64 = 1_790_000_000_000;

fn sessions() -> (tempfile::TempDir, Sessions) {
    let dir = tempfile::tempdir().unwrap();
    let sessions = Sessions::open(dir.path(), NOW_MS).unwrap();
    (dir, sessions)
}

#[test]
fn a_session_is_found_by_its_cookie_until_it_ends() {
    let (_dir, sessions) = sessions();
    let session = sessions.begin(Browser::default(), NOW_MS);
    let cookie = session.cookie_value();
    assert_eq!(sessions.find(&cookie, NOW_MS).unwrap().id(), session.id());
    for wrong in ["", "00", &"0".repeat(64), &cookie[1..], "ä"] {
        assert!(sessions.find(wrong, NOW_MS).is_none(), "{wrong}");
    }
    let end_ms = NOW_MS + LIFETIME_S * 1000;
    assert!(sessions.find(&cookie, end_ms - 1).is_some());
    assert!(sessions.find(&cookie, end_ms).is_none());
    sessions.end(session.id());
    assert!(sessions.find(&cookie, NOW_MS).is_none());
}

#[test]
fn form_tokens_belong_to_one_session_and_are_not_its_secret() {
    let (_dir, sessions) = sessions();
    let (alice, bob) = (
        sessions.begin(Browser::default(), NOW_MS),
        sessions.begin(Browser::default(), NOW_MS),
    );
    assert!(alice.owns_form(&alice.csrf()));
    assert!(!alice.owns_form(&bob.csrf()));
    assert!(!alice.owns_form(""));
    assert!(!alice.owns_form(&alice.cookie_value()));
    assert!(!alice.csrf().contains(alice.cookie_value().as_str()));
    // Written differently each time, and good each time.
    let (one, other) = (alice.csrf(), alice.csrf());
    assert_ne!(one[..64], other[..64]);
    assert_ne!(one[64..], other[64..]);
    assert!(alice.owns_form(&one) && alice.owns_form(&other));
    let mixed = format!("{}{}", &one[..64], &other[64..]);
    for wrong in [
        &mixed,
        &one[..64],
        &one[1..],
        &"ä".repeat(64),
        &"0".repeat(128),
    ] {
        assert!(!alice.owns_form(wrong), "{wrong}");
    }
}

#[test]
fn sessions_outlive_a_restart_and_the_file_holds_no_secret() {
    let (dir, sessions) = sessions();
    let (stays, goes) = (
        sessions.begin(Browser::default(), NOW_MS),
        sessions.begin(Browser::default(), NOW_MS),
    );
    sessions.save().unwrap();
    sessions.end(goes.id());
    sessions.save().unwrap();
    let path = dir.path().join(FILE_NAME);
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(stays.cookie_value().as_str()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let again = Sessions::open(dir.path(), NOW_MS).unwrap();
    assert!(again.find(&stays.cookie_value(), NOW_MS).is_some());
    assert!(again.find(&goes.cookie_value(), NOW_MS).is_none());
    let late = Sessions::open(dir.path(), NOW_MS + LIFETIME_S * 1000).unwrap();
    assert!(late.state().kept.is_empty());
}

#[test]
fn the_oldest_is_signed_out_when_there_are_too_many() {
    let (_dir, sessions) = sessions();
    let all: Vec<_> = (0..=SESSIONS_MAX)
        .map(|_| sessions.begin(Browser::default(), NOW_MS))
        .collect();
    assert_eq!(sessions.state().kept.len(), SESSIONS_MAX);
    assert!(!sessions.is_open(all[0].id(), NOW_MS));
    assert!(sessions.is_open(all[1].id(), NOW_MS));
}

#[test]
fn sessions_tell_who_uses_them_and_can_be_ended_from_elsewhere() {
    let (dir, sessions) = sessions();
    let from = |last: u8| IpAddr::from([192, 0, 2, last]);
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";
    let here = sessions.begin(Browser::of(firefox, from(1)), NOW_MS);
    let there = sessions.begin(Browser::of("", from(2)), NOW_MS + 1);
    let third = sessions.begin(Browser::default(), NOW_MS + 2);
    assert!(!sessions.used(here.id(), from(1), NOW_MS + 59_000));
    assert_eq!(sessions.told(NOW_MS)[2].used_ms, NOW_MS, "not each second");
    assert!(!sessions.used(here.id(), from(3), NOW_MS + 60_000));
    assert!(sessions.used(here.id(), from(3), NOW_MS + USED_KEPT_MS));
    sessions.save().unwrap();
    assert!(!sessions.used(here.id(), from(3), NOW_MS + USED_KEPT_MS + 60_000));
    let again = Sessions::open(dir.path(), NOW_MS).unwrap();
    let told = again.told(NOW_MS);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0].id, here.id().as_told());
    assert_eq!(told[0].since_ms, NOW_MS);
    assert_eq!(told[0].browser.name, "Firefox on Linux");
    assert_eq!(told[0].browser.from, Some(from(3)));
    let id = there.id().as_told();
    assert_eq!(
        again.revoke(&id[..ID_DIGITS_MIN - 1]),
        Err(0),
        "too short to be meant"
    );
    assert_eq!(again.revoke(&id[..ID_DIGITS_MIN]), Ok(()));
    assert_eq!(again.revoke(&id), Err(0));
    assert!(!again.is_open(there.id(), NOW_MS) && again.is_open(third.id(), NOW_MS));
    assert_eq!(again.revoke_all_but(Some(here.id())), 1);
    assert!(again.is_open(here.id(), NOW_MS) && !again.is_open(third.id(), NOW_MS));
    assert_eq!(again.revoke_all_but(None), 1);
}

#[test]
fn browsers_are_known_until_the_others_are_signed_out() {
    let (dir, sessions) = sessions();
    let [here, there] = [1, 2].map(|from| {
        let browser = Browser::of("", IpAddr::from([192, 0, 2, from]));
        sessions.begin(browser, NOW_MS).id()
    });
    let cookies = [here, there].map(|id| sessions.known_cookie_value(id).unwrap());
    let known = [here, there].map(|id| Some(KnownBrowser::of_session(id)));
    let found = |sessions: &Sessions, cookies: &[String; 2]| {
        [0, 1].map(|at: usize| sessions.known(&cookies[at]))
    };
    assert_eq!(found(&sessions, &cookies), known);
    // One that is signed out, by itself or from elsewhere, stays known.
    sessions.revoke(&there.as_told()).unwrap();
    sessions.save().unwrap();
    let again = Sessions::open(dir.path(), NOW_MS).unwrap();
    assert_eq!(found(&again, &cookies), known);

    assert_eq!(again.revoke_all_but(Some(here)), 0);
    assert_eq!(found(&again, &cookies), [None, None]);
    // A page that was on its way when its session ended gives none.
    assert_eq!(again.known_cookie_value(there), None);
    let renewed = again.known_cookie_value(here).unwrap();
    assert_ne!(renewed, cookies[0]);
    again.save().unwrap();
    let again = Sessions::open(dir.path(), NOW_MS).unwrap();
    assert_eq!(found(&again, &cookies), [None, None], "nor after a restart");
    assert_eq!(again.known(&renewed), known[0], "its count goes on");
}

#[test]
fn each_node_names_its_cookie_and_keeps_the_name() {
    let (dir, sessions) = sessions();
    sessions.save().unwrap();
    let again = Sessions::open(dir.path(), NOW_MS).unwrap();
    assert_eq!(again.cookie_name(), sessions.cookie_name());
    let other = tempfile::tempdir().unwrap();
    let other = Sessions::open(other.path(), NOW_MS).unwrap();
    assert_ne!(other.cookie_name(), sessions.cookie_name());
}

#[test]
fn a_damaged_file_signs_out_and_is_replaced() {
    let big = vec![b' '; usize::try_from(FILE_BYTES_MAX).unwrap() + 1];
    let newer = br#"{"version":2,"cookie":"0123456789abcdef","sessions":[]}"#;
    let cookie = br#"{"version":1,"cookie":"0123456789abcde;","sessions":[]}"#;
    for damaged in [&b"{"[..], &big, newer, cookie, b"\xff", b""] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE_NAME), damaged).unwrap();
        let sessions = Sessions::open(dir.path(), NOW_MS).unwrap();
        assert!(!sessions.cookie_name().contains(';'));
        let session = sessions.begin(Browser::default(), NOW_MS);
        sessions.save().unwrap();
        let again = Sessions::open(dir.path(), NOW_MS).unwrap();
        assert!(again.is_open(session.id(), NOW_MS));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_said_and_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join(FILE_NAME)).unwrap();
    assert!(matches!(
        Sessions::open(dir.path(), NOW_MS),
        Err(HttpError::Sessions { .. })
    ));
}

proptest::proptest! {
    #[test]
    fn a_damaged_file_of_sessions_lets_nobody_in_and_keeps_nobody_out(
        bytes in crate::bent::bent(&[
            r#"{"version":1,"sessions":[]}"#,
            r#"{"version":1,"cookie":"0123456789abcdef","sessions":[{"id":"00","since_ms":1,"used_ms":2,"browser":{"name":"x","from":"192.0.2.1"}}]}"#,
            r#"{"version":1,"port":1,"sessions":[{"hash":"00","began_ms":1}]}"#,
        ]),
    ) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE_NAME), bytes).unwrap();
        let sessions = Sessions::open(dir.path(), NOW_MS).unwrap();
        proptest::prop_assert!(sessions.find(&"0".repeat(64), NOW_MS).is_none());
        let session = sessions.begin(Browser::default(), NOW_MS);
        proptest::prop_assert!(sessions.find(&session.cookie_value(), NOW_MS).is_some());
    }
}
