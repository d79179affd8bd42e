//! Writes every page with sample values into a folder, to be looked at in a browser:
//! `cargo run -p hearth-web-ui --example gallery -- FOLDER [LANGUAGE]`, then serve that folder on any port.

use hearth_web_ui::{
    Advice, Attached, Audience, BackupPage, BookmarksPage, Choice, ComeBackPage, Composer,
    Conversation, Device, DeviceDraft, DeviceState, Done, EditPage, Filter, FilterKind,
    FirstFriendPage, FirstRunShell, FoundFile, FoundPost, Guardian, Health, HistoryPage, HomePage,
    Invite, Knock, Language, LockPage, Member, MembersPage, Missing, Neighbour, NotLetIn, Notice,
    Notification, NotificationKind, NotificationsPage, OnList, Passkey, PasskeyAsk, Passkeys,
    PeoplePage, Person, PersonPage, PhrasePage, Post, ProfilePage, Progress, Qr, QuietPage,
    Reaction, Relation, ReplyTo, RestoreForm, RestorePage, RestoreStage, RestoreState, Role,
    SearchPage, Session, Shell, SignInPage, SignInPart, SignInSettings, Snapshot, SpaceName,
    SpacePage, SpaceRow, SpacesPage, Standing, ThreadPage, Trouble, Waiting, WiderPage, asset,
};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

#[path = "gallery/drive.rs"]
mod drive;
#[path = "gallery/own_data.rs"]
mod own_data;
#[path = "gallery/owning.rs"]
mod owning;
#[path = "gallery/photos.rs"]
mod photos;
#[path = "gallery/visitors.rs"]
mod visitors;

const MINUTE_MS: u64 = 60_000;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "gallery".into());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("static"))?;
    photos::write(folder)?;
    for (name, html) in pages()
        .into_iter()
        .chain(photos::pages())
        .chain(own_data::pages())
        .chain(owning::pages())
        .chain(drive::pages())
        .chain(visitors::pages())
    {
        write_assets(folder, &html)?;
        fs::write(folder.join(name), html)?;
    }
    Ok(())
}

/// What the pages speak: English, unless a language's tag stands on the command line.
fn language() -> Language {
    let tag = env::args().nth(2);
    tag.and_then(|tag| Language::of_tag(&tag))
        .unwrap_or_default()
}

/// Writes the files that a page links to.
fn write_assets(folder: &Path, html: &str) -> io::Result<()> {
    let links = html.split("\"/static/").skip(1);
    for name in links.filter_map(|rest| rest.split('"').next()) {
        let found = asset(name).ok_or_else(|| io::Error::other(format!("no asset {name}")))?;
        fs::write(folder.join("static").join(name), found.bytes)?;
    }
    Ok(())
}

fn pages() -> Vec<(&'static str, String)> {
    let quiet = quiet_shell();
    let nobody = PeoplePage {
        knocks: vec![],
        my_link:
            "hearth://hearth1qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf2tvdw0s3jn5/192.0.2.7:4242"
                .into(),
        following: vec![],
        more_followers: None,
        followers: vec![],
        problem: Some("That is no Hearth key or link. A key begins with hearth1.".into()),
        draft: "hearth2oops".into(),
        knock: (String::new(), String::new()),
        knock_problem: None,
    };
    let empty = HomePage {
        posts: vec![],
        composer: composer("friends"),
        filters: vec![],
        next: None,
        newest: None,
    };
    let mut pages = about_spaces(&quiet);
    pages.extend(about_finding(&quiet));
    pages.extend([
        ("home.html", hearth_web_ui::home(&shell(), &timeline())),
        ("home-empty.html", hearth_web_ui::home(&quiet, &empty)),
        (
            "people.html",
            hearth_web_ui::people(&shell(), &some_people()),
        ),
        ("people-empty.html", hearth_web_ui::people(&quiet, &nobody)),
        (
            "person.html",
            hearth_web_ui::person(&shell(), &alice_page()),
        ),
        (
            "thread.html",
            hearth_web_ui::thread(&shell(), &conversation()),
        ),
        (
            "edit.html",
            hearth_web_ui::edit(
                &quiet,
                &EditPage {
                    post: own_post(),
                    draft: String::new(),
                    attached: Attached::Edited {
                        warning: None,
                        photos: vec![],
                    },
                },
            ),
        ),
        (
            "delete.html",
            hearth_web_ui::confirm_delete(&quiet, &own_post()),
        ),
        (
            "profile.html",
            hearth_web_ui::profile(
                &quiet,
                &ProfilePage {
                    person: bob(),
                    bio: "I bake.\nAnd read.".into(),
                },
            ),
        ),
        ("shortcuts.html", hearth_web_ui::shortcuts(&shell())),
        ("offline.html", hearth_web_ui::offline(language())),
        ("backup.html", hearth_web_ui::backup(&quiet, &safe())),
        (
            "backup-empty.html",
            hearth_web_ui::backup(&quiet, &unsafe_yet()),
        ),
        (
            "restore.html",
            hearth_web_ui::restore(&quiet, &phrase_form()),
        ),
        (
            "restore-progress.html",
            hearth_web_ui::restore(&quiet, &coming_back()),
        ),
        (
            "sign-in.html",
            hearth_web_ui::sign_in(&SignInPage {
                problem: Some(hearth_web_ui::SignInProblem::LinkOver),
                ..SignInPage::default()
            }),
        ),
        (
            "error.html",
            hearth_web_ui::error(
                language(),
                404,
                &Trouble::Missing("No post of that name is held here.".into()),
            ),
        ),
    ]);
    pages.extend(first_run());
    pages
}

/// From an empty home to the first friend, and how one signs in.
fn first_run() -> Vec<(&'static str, String)> {
    let begun = FirstRunShell::default();
    let wrong = FirstRunShell {
        problem: Some("These aren't the words of your phrase: look at it again.".into()),
        ..FirstRunShell::default()
    };
    let lock = LockPage {
        password: false,
        passkeys: 0,
        can_make: Passkeys::Elsewhere("/sign-in/localhost".into()),
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
    let passkey = |name: &str, made_ms| Passkey {
        id: "3fa9".into(),
        name: name.into(),
        made_ms,
        used_ms: now_ms() - 3 * MINUTE_MS,
    };
    let settings = SignInSettings {
        password: true,
        passkeys: vec![
            passkey("Chrome on Android", 0),
            passkey("Firefox on Linux", now_ms() - 90 * MINUTE_MS),
        ],
        can_make: Passkeys::Here(PasskeyAsk::default()),
        proves: true,
        problem: None,
    };
    let unset = SignInSettings {
        password: false,
        passkeys: vec![],
        can_make: Passkeys::Elsewhere("/sign-in/localhost".into()),
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
            hearth_web_ui::home_with_steps(&shell(), &quiet, &owning::checklist()),
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

/// The pages about who reads what, and about what is one's own.
fn about_spaces(quiet: &Shell) -> Vec<(&'static str, String)> {
    vec![
        (
            "home-public.html",
            hearth_web_ui::home(
                quiet,
                &HomePage {
                    composer: Composer {
                        draft: "The bakery opens on Saturday.".into(),
                        ..composer("public")
                    },
                    ..timeline()
                },
            ),
        ),
        ("spaces.html", hearth_web_ui::spaces(quiet, &some_spaces())),
        (
            "spaces-empty.html",
            hearth_web_ui::spaces(
                quiet,
                &SpacesPage {
                    spaces: some_spaces().spaces.split_off(3).split_off(2),
                    refused: vec![NotLetIn {
                        id: "ab".into(),
                        name: String::new(),
                        why: "This link has expired: ask for another one.".into(),
                    }],
                    ..SpacesPage::default()
                },
            ),
        ),
        ("space.html", hearth_web_ui::space(quiet, &a_space())),
        ("with.html", hearth_web_ui::space(quiet, &two_of_us())),
        (
            "members.html",
            hearth_web_ui::members(quiet, &some_members()),
        ),
        ("wider.html", hearth_web_ui::confirm_wider(quiet, &wider())),
        (
            "bookmarks.html",
            hearth_web_ui::bookmarks(
                quiet,
                &BookmarksPage {
                    posts: timeline().posts.into_iter().take(1).collect(),
                    missing: 1,
                    next: Some("1".into()),
                },
            ),
        ),
        (
            "quiet.html",
            hearth_web_ui::quiet(
                quiet,
                &QuietPage {
                    muted: vec![named("Dan of the very long name that goes on and on")],
                    blocked: vec![],
                },
            ),
        ),
        ("devices.html", hearth_web_ui::devices(quiet, &machines())),
        (
            "device-add.html",
            hearth_web_ui::device_add(quiet, &device_draft()),
        ),
        (
            "device-link.html",
            hearth_web_ui::device_link(
                quiet,
                hearth_web_ui::DeviceLinkPage {
                    link: "hearth-device:AQEBAQEBAQEBAQEBAQEBAQ",
                    qr: None,
                },
            ),
        ),
        (
            "device-remove.html",
            hearth_web_ui::device_remove(quiet, &machines()[1], &device_draft()),
        ),
        (
            "person-stranger.html",
            hearth_web_ui::person(quiet, &a_stranger()),
        ),
    ]
}

fn book_club() -> SpaceName {
    SpaceName {
        id: "0b".repeat(32),
        name: "Book club".into(),
    }
}

fn long_space() -> SpaceName {
    SpaceName {
        id: "0c".repeat(32),
        name: "The house committee of the old mill by the canal, second floor".into(),
    }
}

/// A box that can choose; `chosen` is the value that stands.
fn composer(chosen: &str) -> Composer {
    let choice = |value: &str, audience| Choice {
        value: value.into(),
        audience,
    };
    Composer {
        draft: String::new(),
        choices: vec![
            choice("friends", Audience::Friends(None)),
            choice("public", Audience::Public),
            choice("private", Audience::Private),
            choice(&book_club().id, Audience::Shared(book_club())),
            choice(&long_space().id, Audience::Shared(long_space())),
        ],
        chosen: chosen.into(),
        attached: Attached::nothing_yet(),
    }
}

/// A box whose audience is given.
fn only(audience: Audience) -> Composer {
    Composer {
        draft: String::new(),
        choices: vec![Choice {
            value: "given".into(),
            audience,
        }],
        chosen: "given".into(),
        attached: Attached::nothing_yet(),
    }
}

fn filters() -> Vec<Filter> {
    let filter = |name: &str, href: &str, kind| Filter {
        name: name.into(),
        href: href.into(),
        kind,
        is_here: kind == FilterKind::All,
    };
    vec![
        filter("Everything", "home.html", FilterKind::All),
        filter("Friends", "space.html", FilterKind::Friends),
        filter("Book club", "space.html", FilterKind::Space),
        filter("Alice", "with.html", FilterKind::Direct),
        filter("Only you", "space.html", FilterKind::Private),
        filter("Neighbours", "home.html", FilterKind::List),
    ]
}

fn some_spaces() -> SpacesPage {
    let row = |audience, role, members: &[&str]| SpaceRow {
        id: "ab".into(),
        audience,
        role,
        members: members.iter().map(|name| named(name)).collect(),
    };
    let mill = SpaceName {
        id: "0d".into(),
        name: "مكتبة الحي".into(),
    };
    SpacesPage {
        spaces: vec![
            row(
                Audience::Shared(long_space()),
                Role::Asked,
                &["Dan", "Erin"],
            ),
            row(
                Audience::Shared(book_club()),
                Role::Admin,
                &["Bob", "Alice", "Carol", "Dan", "Erin", "Frank", "Grace"],
            ),
            row(Audience::Shared(mill), Role::Member, &["مريم", "Bob"]),
            row(Audience::Direct(named("Alice")), Role::Member, &["Alice"]),
            row(Audience::Shared(long_space()), Role::Asked, &[]),
            row(Audience::Friends(None), Role::Admin, &["Alice", "Carol"]),
            row(Audience::Private, Role::Admin, &[]),
        ],
        ..SpacesPage::default()
    }
}

fn member(name: &str, role: Role) -> Member {
    Member {
        person: named(name),
        role,
        is_me: name == "Bob",
    }
}

fn club_members() -> Vec<Member> {
    vec![
        member("Bob", Role::Admin),
        member("Alice", Role::Admin),
        member("Carol", Role::Member),
        member(
            "Dan of the very long name that goes on and on",
            Role::Member,
        ),
        member("مريم", Role::Member),
    ]
}

fn a_space() -> SpacePage {
    let audience = Audience::Shared(book_club());
    let posts = timeline().posts.into_iter().skip(3).take(2);
    SpacePage {
        id: book_club().id,
        role: Role::Admin,
        members: club_members(),
        composer: Some(only(audience.clone())),
        posts: posts
            .map(|post| Post {
                audience: audience.clone(),
                ..post
            })
            .collect(),
        audience,
        next: None,
    }
}

fn two_of_us() -> SpacePage {
    let audience = Audience::Direct(named("Alice"));
    SpacePage {
        id: "0e".into(),
        role: Role::Member,
        members: vec![member("Alice", Role::Member), member("Bob", Role::Member)],
        composer: Some(only(audience.clone())),
        posts: vec![],
        audience,
        next: None,
    }
}

fn some_members() -> MembersPage {
    let link = |byte: &str| {
        format!(
            "hearth:hearth1bobqpzry9x8gf2tvdw0s3jn54khce6mua7l?via=/ip4/192.0.2.7/tcp/4242&space={byte}&invite={byte}"
        )
    };
    let invite = |id: &str, uses, used, hours: u64| Invite {
        id: id.into(),
        link: link(id),
        uses,
        used,
        expires_ms: (hours > 0).then(|| now_ms() + hours * 60 * MINUTE_MS),
    };
    MembersPage {
        space: book_club(),
        role: Role::Admin,
        members: club_members(),
        invites: vec![
            invite("aa", Some(1), 0, 5),
            invite("bb", Some(10), 3, 24 * 6),
            invite("cc", None, 12, 0),
        ],
        friends: vec![named("Erin")],
        draft: "hearth1oops".into(),
        problem: Some("That is no Hearth key. A key begins with hearth1.".into()),
        invite_problem: None,
    }
}

fn wider() -> WiderPage {
    let audience = Audience::Friends(Some(named("Alice")));
    let answered = Post {
        audience: audience.clone(),
        ..timeline().posts.remove(0)
    };
    let choice = |value: &str, audience| Choice {
        value: value.into(),
        audience,
    };
    WiderPage {
        answered,
        draft: "See you there!".into(),
        narrow: choice("friends", audience),
        wide: choice("public", Audience::Public),
        attached: Attached::nothing_yet(),
    }
}

fn machines() -> Vec<Device> {
    let device = |byte: &str, name: &str, is_this, state, days: u64| Device {
        key: byte.repeat(32),
        name: name.into(),
        is_this,
        state,
        since_ms: now_ms() - days * 24 * 60 * MINUTE_MS,
    };
    vec![
        device("7a", "Laptop", true, DeviceState::Current, 3),
        device("19", "", false, DeviceState::Current, 40),
        device("e0", "Old tower", false, DeviceState::Retired, 90),
        device("c4", "", false, DeviceState::Cut, 1),
    ]
}

fn device_draft() -> DeviceDraft {
    DeviceDraft {
        name: "Tablet".into(),
        stolen: false,
        problem: Some("The phrase: word 7 isn’t one of the list.".into()),
        is_exposed: true,
    }
}

fn a_stranger() -> PersonPage {
    PersonPage {
        person: named("Grace from the canal"),
        own_name: Some("🌊 gracious 🌊".into()),
        relation: Relation::None,
        standing: Standing {
            is_muted: true,
            ..Standing::default()
        },
        knock: "We met at the canal.".into(),
        posts: vec![],
        ..alice_page()
    }
}

fn named(name: &str) -> Person {
    Person {
        identity: format!(
            "hearth1{}qpzry9x8gf2tvdw0s3jn54khce6mua7l",
            name.to_lowercase()
        ),
        name: name.into(),
        picture: None,
    }
}

/// The samples are as old as they say when one looks at them.
fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    since.as_secs() * 1_000
}

fn bob() -> Person {
    named("Bob")
}

fn quiet_shell() -> Shell {
    Shell {
        notice: None,
        neighbours: vec![],
        ..shell()
    }
}

fn shell() -> Shell {
    let neighbour = |person, relation, connected| Neighbour {
        person,
        relation,
        connected,
    };
    Shell {
        me: bob(),
        csrf: "sample".into(),
        now_ms: now_ms(),
        notice: Some(Notice::Done(Done::Posted)),
        here: "/".into(),
        waiting: Waiting {
            knocks: 1,
            unread: 3,
        },
        language: language(),
        neighbours: vec![
            neighbour(named("Alice"), Relation::Friends, true),
            neighbour(named("Carol"), Relation::Friends, true),
            neighbour(
                named("Dan of the very long name that goes on and on"),
                Relation::Following,
                false,
            ),
            neighbour(
                Person {
                    name: String::new(),
                    ..named("erin")
                },
                Relation::Following,
                false,
            ),
        ],
    }
}

/// Notifications, search, conversations.
fn about_finding(shell: &Shell) -> Vec<(&'static str, String)> {
    let told = |kind, minutes: u64, people: &[&str], count, text: &str| Notification {
        kind,
        unread: minutes < 100,
        time_ms: now_ms() - minutes * MINUTE_MS,
        people: people.iter().map(|name| named(name)).collect(),
        count,
        emoji: "❤️".into(),
        text: text.into(),
        id: "a1".into(),
        space_name: "Book club".into(),
    };
    let long = "Chapter nine changes everything, and I have been thinking about it since Tuesday: the letter, the door that was open, and why nobody in the whole street has ever asked about the dog.".repeat(2);
    let items = vec![
        told(
            NotificationKind::Reply,
            4,
            &["Alice"],
            1,
            "I do! Keep me a croissant.",
        ),
        told(
            NotificationKind::Reaction,
            12,
            &["Alice", "Carol", "Dan"],
            5,
            "First light on the ridge.",
        ),
        told(
            NotificationKind::Knock,
            55,
            &["Erin"],
            1,
            "We met at the bakery on Saturday.",
        ),
        told(NotificationKind::Mention, 130, &["Carol"], 1, &long),
        told(
            NotificationKind::Reaction,
            300,
            &["مريم", "Carol"],
            2,
            "صباح الخير! القراءة جزء من كل يوم.",
        ),
        told(
            NotificationKind::Friend,
            2_000,
            &["Dan of the very long name that goes on and on and does not end for a while"],
            1,
            "",
        ),
        told(NotificationKind::Space, 3_000, &["Alice"], 1, ""),
        told(NotificationKind::Follower, 9_000, &["Frank"], 1, ""),
    ];
    let page = NotificationsPage {
        items,
        unread: 3,
        next: Some("x".into()),
        ..NotificationsPage::default()
    };
    let found = |id: &str, author: Person, minutes, text: &str, word: &str| FoundPost {
        post: post(id, author, minutes, text),
        marks: text
            .match_indices(word)
            .map(|(at, _)| at..at + word.len())
            .collect(),
    };
    let results = SearchPage {
        query: "bakery from:alice".into(),
        posts: vec![
            found(
                "a1",
                named("Alice"),
                4,
                "The bakery by the canal opens again on Saturday. I'm going at eight, who comes along?",
                "bakery",
            ),
            found(
                "a2",
                named("Alice"),
                9_000,
                &format!("{} bakery {long}", long.repeat(3)),
                "bakery",
            ),
            found(
                "m1",
                named("مريم"),
                60 * 26,
                "صباح الخير! القراءة جزء من كل يوم.",
                "القراءة",
            ),
        ],
        people: vec![named("Bakery by the canal")],
        files: vec![
            FoundFile {
                path: "/letters/bakery-2026.pdf".into(),
                href: "/files".into(),
                is_folder: false,
                bytes: 123_456,
            },
            FoundFile {
                path: "/photos/bakery".into(),
                href: "/files".into(),
                is_folder: true,
                bytes: 0,
            },
        ],
        next: Some("1".into()),
        back_to_ms: Some(now_ms() - 90 * 24 * 60 * MINUTE_MS),
        problem: None,
    };
    let talk = |name: &str, author: Person, unread, text: &str, minutes: u64| Conversation {
        with: named(name),
        unread,
        newest: Some((author, text.into(), now_ms() - minutes * MINUTE_MS)),
    };
    let talks = [
        talk(
            "Alice",
            named("Alice"),
            2,
            "Shall we meet at the bridge?",
            3,
        ),
        talk("Carol", bob(), 0, &long, 200),
        talk(
            "Dan of the very long name that goes on and on and does not end for a while",
            named("Dan"),
            12,
            "ok",
            9_000,
        ),
        talk(
            "مريم",
            named("مريم"),
            0,
            "صباح الخير! القراءة جزء من كل يوم.",
            60 * 26,
        ),
    ];
    let past = HistoryPage {
        post: own_post(),
        texts: vec![
            (now_ms() - 5 * MINUTE_MS, own_post().text),
            (
                now_ms() - 30 * MINUTE_MS,
                "First light on the rigde. More of it later.".into(),
            ),
            (
                now_ms() - 61 * MINUTE_MS,
                "First light on the rigde.".into(),
            ),
        ],
    };
    let refused = SearchPage {
        query: "before:soon".into(),
        problem: Some("\"soon\" is no date: write it as 2026-05-17, 2026-05 or 2026".into()),
        ..SearchPage::default()
    };
    let nothing = SearchPage {
        query: "unheard-of".into(),
        ..SearchPage::default()
    };
    vec![
        (
            "notifications.html",
            hearth_web_ui::notifications(shell, &page),
        ),
        (
            "notifications-empty.html",
            hearth_web_ui::notifications(shell, &NotificationsPage::default()),
        ),
        ("search.html", hearth_web_ui::search(shell, &results)),
        (
            "search-empty.html",
            hearth_web_ui::search(shell, &SearchPage::default()),
        ),
        (
            "search-refused.html",
            hearth_web_ui::search(shell, &refused),
        ),
        (
            "search-nothing.html",
            hearth_web_ui::search(shell, &nothing),
        ),
        (
            "conversations.html",
            hearth_web_ui::conversations(shell, &talks),
        ),
        (
            "conversations-empty.html",
            hearth_web_ui::conversations(shell, &[]),
        ),
        ("history.html", hearth_web_ui::history(shell, &past)),
    ]
}

fn post(id: &str, author: Person, minutes: u64, text: &str) -> Post {
    Post {
        id: id.into(),
        local_id: format!("{:08}", 1_000_000 - minutes),
        mine: author == bob(),
        author,
        text: text.into(),
        warning: None,
        photos: vec![],
        time_ms: now_ms() - minutes * MINUTE_MS,
        edited: false,
        audience: Audience::Public,
        reactions: vec![],
        bookmarked: false,
        mentioned: vec![],
        boosts: 0,
        boosted: false,
        boosted_by: None,
        reply_to: None,
    }
}

fn own_post() -> Post {
    let text = "First light on the ridge. More of it at https://example.org/ridge/(north).";
    Post {
        edited: true,
        ..post("b1", bob(), 61, text)
    }
}

fn answer(mut post: Post, id: &str, author: Option<Person>) -> Post {
    post.reply_to = Some(ReplyTo {
        id: id.into(),
        author,
    });
    post
}

/// A text with all marks that show.
const MARKED: &str = "# Leek soup\n*For four*, half an hour, see [my grandmother's](https://soup.example/leek_and_potato):\n- three \
**leeks**\n- potatoes\n  1. peel\n  2. dice\n\n> Salt, and then\n> wait.\n\nMeasured with `soup --litres 2 --very-long-option-that-goes-on`:\n\
```\nfor leek in leeks {\n    slice(leek); // this line is long, so that one sees what becomes of such lines on a phone\n}\n```\n\
#soup_of_the_day";

fn timeline() -> HomePage {
    let bakery =
        "The bakery by the canal opens again on Saturday. I'm going at eight, who comes along?";
    let long = "A line of a long text, and then another one.\n".repeat(40);
    let posts = vec![
        post("a1", named("Alice"), 4, bakery),
        answer(
            post("b2", bob(), 9, "I do! Keep me a croissant."),
            "a1",
            Some(named("Alice")),
        ),
        own_post(),
        answer(
            post(
                "c1",
                named("Carol"),
                190,
                "Chapter nine changes everything.\nNo spoilers until Tuesday!",
            ),
            "x",
            None,
        ),
        post(
            "m1",
            named("مريم"),
            60 * 26,
            "صباح الخير! القراءة جزء من كل يوم.",
        ),
        post(
            "d1",
            named("Dan of the very long name that goes on and on and on, truly, without end"),
            60 * 24 * 5,
            &"unbreakable".repeat(30),
        ),
        post(
            "l1",
            Person {
                name: String::new(),
                ..named("erin")
            },
            60 * 24 * 40,
            &long,
        ),
        post("k1", named("Heidi"), 60 * 24 * 41, MARKED),
    ];
    let mut posts = posts;
    let reaction = |emoji: &str, count, mine| Reaction {
        emoji: emoji.into(),
        count,
        mine,
    };
    posts[0].boosts = 3;
    posts[3].boosted_by = Some(named("Bob"));
    posts[2].boosts = 1;
    posts[2].boosted = true;
    let [alice, grace] = ["Alice", "Grace"].map(|name| Person {
        identity: format!("hearth1{}{}", name.to_lowercase(), "q".repeat(52)),
        ..named(name)
    });
    posts[1].text = format!(
        "I do, @{}! Ask @{} too, and keep me a croissant.",
        alice.identity, grace.identity
    );
    posts[1].mentioned = vec![alice];
    posts[0].audience = Audience::Friends(Some(named("Alice")));
    posts[0].reactions = vec![reaction("🎉", 3, true), reaction("❤️", 1, false)];
    posts[1].audience = Audience::Friends(Some(named("Alice")));
    posts[2].bookmarked = true;
    posts[3].audience = Audience::Shared(book_club());
    posts[4].audience = Audience::Direct(named("مريم"));
    posts[5].audience = Audience::Shared(long_space());
    posts[5].reactions = vec![reaction(&"long".repeat(8), 1_000_000, false)];
    HomePage {
        newest: posts.first().map(|post| post.local_id.clone()),
        posts,
        composer: composer("friends"),
        filters: filters(),
        next: Some("7".into()),
    }
}

fn some_people() -> PeoplePage {
    let follower = |name, relation| Neighbour {
        person: named(name),
        relation,
        connected: false,
    };
    PeoplePage {
        my_link: "hearth://hearth1bobqpzry9x8gf2tvdw0s3jn54khce6mua7l/192.0.2.7:4242".into(),
        knocks: vec![Knock {
            person: named("Grace"),
            text: "We met at the canal on Saturday. I'm the one with the two dogs!".into(),
            time_ms: now_ms() - 90 * MINUTE_MS,
            through: Some(named("Carol")),
        }],
        following: shell().neighbours,
        more_followers: None,
        followers: vec![
            follower("Alice", Relation::Friends),
            follower("Frank", Relation::FollowsMe),
        ],
        problem: None,
        draft: String::new(),
        knock: (String::new(), String::new()),
        knock_problem: None,
    }
}

fn alice_page() -> PersonPage {
    PersonPage {
        person: named("Alice"),
        own_name: None,
        refused_name: None,
        bio: "Bread, canals, slow mornings.\nhttps://alice.example/".into(),
        relation: Relation::Friends,
        standing: Standing::default(),
        lists: vec![
            OnList {
                name: "Neighbours".into(),
                on: true,
            },
            OnList {
                name: "Family".into(),
                on: false,
            },
        ],
        knock: String::new(),
        link: Some("hearth://hearth1aliceqpzry9x8gf2tvdw0s3jn54khce6mua7l/192.0.2.8:4242".into()),
        posts: timeline().posts.into_iter().take(1).collect(),
        next: None,
    }
}

fn conversation() -> ThreadPage {
    let posts = timeline().posts.into_iter().take(2).collect();
    ThreadPage {
        posts,
        focus: "b2".into(),
        missing_root: true,
        composer: Composer {
            choices: vec![
                Choice {
                    value: "friends-of-alice".into(),
                    audience: Audience::Friends(Some(named("Alice"))),
                },
                Choice {
                    value: "public".into(),
                    audience: Audience::Public,
                },
            ],
            ..Composer::default()
        },
    }
}

const GB: u64 = 1_000_000_000;

pub(crate) fn safe() -> BackupPage {
    let guardian = |name, connected, days: u64, pledged: u64| Guardian {
        person: named(name),
        connected,
        last_seen_ms: Some(now_ms() - days * 24 * 60 * MINUTE_MS),
        pledged_to_me: pledged * GB,
        used_by_me: 16_400_000_000,
        pledged_by_me: if connected { 40 * GB } else { 0 },
        used_on_me: if connected { 3 * GB } else { 0 },
    };
    BackupPage {
        health: Health::Safe {
            losses: 3,
            friends: 5,
            is_complete: true,
        },
        advice: None,
        last_ms: Some(now_ms() - 12 * MINUTE_MS),
        source_bytes: 32_800_000_000,
        stored_bytes: 82 * GB,
        under_way: Some(12),
        guardians: vec![
            guardian("Alice", true, 0, 50),
            guardian("Carol", true, 0, 20),
            guardian(
                "Dan of the very long name that goes on and on",
                false,
                2,
                40,
            ),
            guardian("Erin", false, 20, 17),
        ],
        snapshots: vec![Snapshot {
            id: "5f0c2a9d77".into(),
            time_ms: now_ms() - 12 * MINUTE_MS,
            files: 13_102,
            bytes: 32_800_000_000,
        }],
        friends: vec![named("Alice"), named("Carol")],
        problem: None,
        circle: owning::circle(&[]),
    }
}

fn unsafe_yet() -> BackupPage {
    BackupPage {
        health: Health::Nobody,
        advice: Some(Advice::Ask),
        last_ms: None,
        stored_bytes: 0,
        under_way: None,
        guardians: vec![],
        snapshots: vec![],
        problem: Some("“lots” is no size: write 50 GB, or 0 to end it.".into()),
        circle: hearth_web_ui::Circle::default(),
        ..safe()
    }
}

fn phrase_form() -> RestorePage {
    RestorePage::Form(RestoreForm {
        problem: Some("Word 7 is not in the word list; did you mean “candle”?".into()),
        is_possible: true,
        is_exposed: true,
        ..RestoreForm::default()
    })
}

fn coming_back() -> RestorePage {
    RestorePage::State(RestoreState {
        stage: RestoreStage::Files,
        progress: Some(Progress {
            done: 3 * GB,
            total: 32 * GB,
        }),
        files: (1_200, 13_102),
        friends: vec!["Alice".into(), "Carol".into()],
        missing: vec![Missing {
            what: "Photos/2019/lake.mov".into(),
            keepers: vec!["Dan".into(), "Erin".into()],
        }],
    })
}
