//! What must hold of every page, whatever people call themselves and write.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::own_data_tests::own_data_pages;
use std::collections::BTreeMap;

#[path = "tests/owning.rs"]
mod owning;

/// A string that would break out of text, of an attribute, of a comment and of a script.
const NAUGHTY: &str =
    "\n\"'><script>alert(1)</script><!-- <b onclick=x style=y> &amp; \u{202e}é]]>";

fn bare() -> Shell {
    let me = Person {
        identity: "hearth1me".into(),
        name: "Bob".into(),
        picture: None,
    };
    Shell {
        me,
        csrf: "the-token".into(),
        now_ms: 0,
        notice: None,
        neighbours: vec![],
        here: "/".into(),
        waiting: Waiting::default(),
        language: Language::default(),
    }
}

pub(crate) fn someone(text: &str) -> Person {
    Person {
        identity: text.into(),
        name: text.into(),
        picture: None,
    }
}

fn space_called(text: &str) -> SpaceName {
    SpaceName {
        id: text.into(),
        name: text.into(),
    }
}

fn reaction(text: &str, mine: bool) -> Reaction {
    Reaction {
        emoji: text.into(),
        count: 2,
        mine,
    }
}

/// One audience of each kind.
fn audiences(text: &str) -> Vec<Audience> {
    vec![
        Audience::Public,
        Audience::Friends(None),
        Audience::Friends(Some(someone(text))),
        Audience::Private,
        Audience::Shared(space_called(text)),
        Audience::Direct(someone(text)),
    ]
}

fn choices(text: &str) -> Vec<Choice> {
    let audiences = audiences(text).into_iter();
    audiences
        .map(|audience| Choice {
            value: text.into(),
            audience,
        })
        .collect()
}

fn composer(text: &str) -> Composer {
    Composer {
        draft: text.into(),
        choices: choices(text),
        chosen: text.into(),
        attached: attached(text),
    }
}

/// A box whose audience is given.
fn fixed(text: &str) -> Composer {
    Composer {
        choices: choices(text).split_off(5),
        ..composer(text)
    }
}

/// Photos that somebody says something of; and where they are may be anything too.
fn photos(text: &str) -> Vec<Photo> {
    let photo = |is_here, alt: Option<&str>| Photo {
        small: "/photo/id/0/small".into(),
        full: "/photo/id/0/full".into(),
        width: 4,
        height: 3,
        alt: alt.map(Into::into),
        placeholder: Some("data:image/bmp;base64,Qk0=".into()),
        is_here,
    };
    vec![
        photo(true, Some(text)),
        photo(false, Some(text)),
        photo(true, None),
        photo(false, None),
    ]
}

fn attached(text: &str) -> Attached {
    Attached::New {
        warning: Some(text.into()),
        photos: vec![DraftPhoto {
            draft: text.into(),
            alt: text.into(),
            needs_none: false,
        }],
    }
}

fn a_post(text: &str) -> Post {
    Post {
        id: text.into(),
        local_id: text.into(),
        author: someone(text),
        text: text.into(),
        warning: Some(text.into()),
        photos: photos(text),
        time_ms: 0,
        edited: true,
        mine: true,
        audience: Audience::Shared(space_called(text)),
        reactions: vec![reaction(text, true), reaction(text, false)],
        bookmarked: true,
        mentioned: vec![someone(text)],
        boosts: 2,
        boosted: true,
        boosted_by: Some(someone(text)),
        reply_to: Some(ReplyTo {
            id: text.into(),
            author: Some(someone(text)),
        }),
    }
}

fn shell_of(text: &str, notice: Notice) -> Shell {
    Shell {
        me: someone(text),
        notice: Some(notice),
        neighbours: neighbours(text),
        here: text.into(),
        waiting: Waiting {
            knocks: 1,
            unread: 3,
        },
        language: Language::default(),
        ..bare()
    }
}

const RELATIONS: [Relation; 5] = [
    Relation::Me,
    Relation::Following,
    Relation::Friends,
    Relation::FollowsMe,
    Relation::None,
];

fn neighbours(text: &str) -> Vec<Neighbour> {
    let all = RELATIONS
        .iter()
        .flat_map(|relation| [(*relation, true), (*relation, false)]);
    all.chain([(Relation::None, true); 5])
        .map(|(relation, connected)| Neighbour {
            person: someone(text),
            relation,
            connected,
        })
        .collect()
}

fn backup_page(text: &str, connected: bool) -> BackupPage {
    let guardian = |pledged_to_me, pledged_by_me| Guardian {
        person: someone(text),
        connected,
        last_seen_ms: (pledged_to_me > 0).then_some(0),
        pledged_to_me,
        used_by_me: pledged_to_me / 3,
        pledged_by_me,
        used_on_me: pledged_by_me,
    };
    BackupPage {
        health: if connected {
            Health::Safe {
                losses: 3,
                friends: 5,
                is_complete: true,
            }
        } else {
            Health::NotBegun { friends: 2 }
        },
        advice: Some(Advice::Ask),
        last_ms: Some(0),
        source_bytes: 1,
        stored_bytes: u64::MAX,
        under_way: Some(2),
        guardians: vec![guardian(30, 0), guardian(0, 30), guardian(1 << 40, 7)],
        snapshots: vec![Snapshot {
            id: text.into(),
            time_ms: 0,
            files: 1,
            bytes: 2,
        }],
        friends: vec![someone(text)],
        circle: owning::circle(text, connected),
        problem: Some(text.into()),
    }
}

fn crumb(text: &str) -> Crumb {
    Crumb {
        name: text.into(),
        href: "/files/a".into(),
    }
}

fn files_page(text: &str) -> FilesPage {
    let sums = Sums {
        files: 3,
        folders: 2,
        bytes: 5_000,
        is_part: false,
    };
    let item = |kind| Item {
        name: text.into(),
        kind,
        bytes: 1_000,
        mtime_ms: 0,
        href: "/files/a".into(),
        sums,
    };
    FilesPage {
        path: vec![crumb(text), crumb(text)],
        here: "/files/a".into(),
        items: vec![
            item(ItemKind::Folder),
            item(ItemKind::File),
            item(ItemKind::Picture),
            item(ItemKind::Link),
        ],
        next: Some("/files?after=b".into()),
        sums,
        order: Some(Order {
            by: OrderBy::Size,
            is_reversed: true,
        }),
        has_tiles: false,
        removed: Some(Undo {
            name: text.into(),
            href: "/files/a/b".into(),
        }),
        problem: Some(Refused::Folder {
            name: text.into(),
            reason: text.into(),
        }),
    }
}

fn file_page(text: &str, view: View) -> FilePage {
    let version = |number, kind, device| Version {
        number,
        time_ms: 0,
        kind,
        bytes: 1_000,
        device,
    };
    let key = "0123456789abcdef".to_owned();
    FilePage {
        name: text.into(),
        above: vec![crumb(text)],
        href: "/files/a/b".into(),
        kind: ItemKind::File,
        bytes: 1_000,
        mtime_ms: 0,
        target: text.into(),
        sums: Sums::default(),
        view,
        version: None,
        gone_ms: None,
        history: vec![
            version(4, Some(ItemKind::File), VersionDevice::This),
            version(3, None, VersionDevice::Named(text.into())),
            version(2, Some(ItemKind::Picture), VersionDevice::Other(key)),
            version(1, Some(ItemKind::Link), VersionDevice::This),
        ],
        folders: Folders {
            all: vec![(String::new(), String::new()), ("a".into(), text.into())],
            is_part: true,
        },
        problem: None,
    }
}

/// The pages about what lies in the drive.
fn drive_pages(text: &str, shell: &Shell) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let views = [
        View::Nothing,
        View::Empty,
        View::Picture,
        View::ForeignPicture,
        View::Text {
            text: text.into(),
            is_all: false,
        },
        View::Audio,
        View::Video,
        View::Pdf,
        View::Other,
        View::Away(text.into()),
    ];
    for (number, view) in views.into_iter().enumerate() {
        let page = file_page(text, view);
        pages.push((format!("file, view {number}"), file(shell, &page)));
    }
    let reason = || text.to_owned();
    let problems = [
        FileProblem::Rename {
            name: text.into(),
            reason: reason(),
        },
        FileProblem::Move { reason: reason() },
        FileProblem::Other { reason: reason() },
    ];
    for (number, problem) in problems.into_iter().enumerate() {
        let page = FilePage {
            problem: Some(problem),
            ..file_page(text, View::Other)
        };
        pages.push((format!("file, problem {number}"), file(shell, &page)));
    }
    let gone = FilePage {
        gone_ms: Some(1),
        kind: ItemKind::Folder,
        ..file_page(text, View::Nothing)
    };
    let earlier = FilePage {
        version: Some((2, 1)),
        ..file_page(text, View::Picture)
    };
    let link = FilePage {
        kind: ItemKind::Link,
        ..file_page(text, View::Nothing)
    };
    let folder = FilePage {
        kind: ItemKind::Folder,
        ..file_page(text, View::Nothing)
    };
    let alone = FilePage {
        folders: Folders::default(),
        ..file_page(text, View::Other)
    };
    for (name, page) in [
        ("alone", alone),
        ("gone", gone),
        ("earlier", earlier),
        ("link", link),
        ("folder", folder),
    ] {
        pages.push((format!("file, {name}"), file(shell, &page)));
    }
    let refused = Refused::Files {
        taken: 1,
        refused: 2,
        reason: text.into(),
    };
    let tiles = FilesPage {
        has_tiles: true,
        removed: None,
        problem: Some(refused),
        ..files_page(text)
    };
    let large = FilesPage {
        order: None,
        sums: Sums {
            is_part: true,
            ..Sums::default()
        },
        problem: Some(Refused::NoFiles),
        ..files_page(text)
    };
    pages.push(("files, tiles".into(), files(shell, &tiles)));
    pages.push(("files, large".into(), files(shell, &large)));
    for kind in [ItemKind::Folder, ItemKind::File] {
        let asked = RemovePage {
            name: text.into(),
            above: vec![],
            href: "/files/a".into(),
            kind,
            sums: Sums::default(),
        };
        pages.push((
            format!("file, remove {kind:?}"),
            confirm_removal(shell, &asked),
        ));
    }
    let item = |kind| RemovedItem {
        name: text.into(),
        kind,
        bytes: 1_000,
        time_ms: 0,
        href: "/files/a".into(),
    };
    let gone = |items| RemovedPage {
        path: vec![crumb(text)],
        here: "/files/a".into(),
        items,
        is_part: true,
    };
    let items = vec![item(ItemKind::Folder), item(ItemKind::File)];
    pages.push(("removed".into(), removed(shell, &gone(items))));
    pages.push(("removed, none".into(), removed(shell, &gone(vec![]))));
    pages
}

/// The pages about what is kept: backup, files, restoring.
fn keeping_pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
    let quiet = Shell {
        language: shell.language,
        ..bare()
    };
    let nothing = BackupPage {
        advice: None,
        last_ms: None,
        stored_bytes: 0,
        under_way: None,
        guardians: vec![],
        snapshots: vec![],
        problem: None,
        circle: Circle::default(),
        ..backup_page(text, false)
    };
    let top = FilesPage {
        path: vec![],
        here: "/files".into(),
        items: vec![],
        next: None,
        sums: Sums::default(),
        removed: None,
        problem: None,
        ..files_page(text)
    };
    let form = |is_possible| {
        RestorePage::Form(RestoreForm {
            via: text.into(),
            stolen: true,
            problem: Some(text.into()),
            is_possible,
            is_exposed: true,
        })
    };
    let state = RestorePage::State(RestoreState {
        stage: RestoreStage::HeldUp(text.into()),
        progress: Some(Progress { done: 3, total: 0 }),
        files: (1, 2),
        friends: vec![text.into()],
        missing: vec![
            Missing {
                what: text.into(),
                keepers: vec![],
            },
            Missing {
                what: text.into(),
                keepers: vec![text.into()],
            },
        ],
    });
    vec![
        ("backup", backup(shell, &backup_page(text, true))),
        (
            "backup, friends away",
            backup(shell, &backup_page(text, false)),
        ),
        ("backup, nothing yet", backup(&quiet, &nothing)),
        ("files", files(shell, &files_page(text))),
        ("files, none", files(shell, &top)),
        ("restore, form", restore(shell, &form(true))),
        ("restore, taken", restore(shell, &form(false))),
        ("restore, under way", restore(shell, &state)),
    ]
}

/// The pages of a first run, and those about signing in.
fn signing_in_pages(text: &str, shell: &Shell) -> Vec<(&'static str, String)> {
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
    let (here, elsewhere) = (Passkeys::Here(ask), Passkeys::Elsewhere("/x".into()));
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

/// What a reader may have decided about somebody.
fn standings() -> Vec<Standing> {
    let none = Standing::default;
    vec![
        Standing {
            is_muted: true,
            knocks: true,
            follows_privately: true,
            ..none()
        },
        Standing {
            is_blocked: true,
            ..none()
        },
        Standing {
            knocked_ms: Some(0),
            ..none()
        },
    ]
}

const ROLES: [Role; 4] = [Role::Admin, Role::Member, Role::Asked, Role::Left];

fn everybody_in(text: &str) -> Vec<Member> {
    let member = |(role, is_me)| Member {
        person: someone(text),
        role,
        is_me,
    };
    let roles = ROLES.map(|role| (role, false)).into_iter();
    roles.chain([(Role::Admin, true)]).map(member).collect()
}

/// The pages about spaces and what else is the reader's own: lists, one space, members, bookmarks, devices.
fn space_pages(text: &str, shell: &Shell) -> Vec<(String, String)> {
    let mut pages: Vec<(String, String)> = Vec::new();
    let row = |audience, role| SpaceRow {
        id: text.into(),
        audience,
        role,
        members: vec![someone(text); 7],
    };
    let all = audiences(text).into_iter();
    let rows = all.flat_map(|audience| ROLES.map(|role| row(audience.clone(), role)));
    let list = SpacesPage {
        spaces: rows.collect(),
        refused: vec![NotLetIn {
            id: text.into(),
            name: text.into(),
            why: text.into(),
        }],
        create: (text.into(), text.into()),
        create_problem: Some(text.into()),
        join: text.into(),
        join_problem: Some(text.into()),
    };
    pages.push(("spaces".into(), spaces(shell, &list)));
    for (number, audience) in audiences(text).into_iter().enumerate() {
        for role in ROLES {
            let page = SpacePage {
                id: text.into(),
                audience: audience.clone(),
                role,
                members: everybody_in(text),
                composer: (role == Role::Admin).then(|| fixed(text)),
                posts: if role == Role::Admin {
                    vec![a_post(text)]
                } else {
                    vec![]
                },
                next: Some(text.into()),
            };
            pages.push((format!("space {number}, {role:?}"), space(shell, &page)));
        }
    }
    for role in ROLES {
        let page = members_page(text, role);
        pages.push((format!("members, {role:?}"), members(shell, &page)));
    }
    pages.extend(own_pages(text, shell).map(|(name, html)| (name.to_owned(), html)));
    pages
}

fn members_page(text: &str, role: Role) -> MembersPage {
    let invite = |uses, expires_ms| Invite {
        id: text.into(),
        link: text.into(),
        uses,
        used: 1,
        expires_ms,
    };
    MembersPage {
        space: space_called(text),
        role,
        members: everybody_in(text),
        invites: vec![
            invite(None, None),
            invite(Some(2), Some(0)),
            invite(Some(2), Some(1 << 40)),
        ],
        friends: vec![someone(text)],
        draft: text.into(),
        problem: Some(text.into()),
        invite_problem: Some(InviteProblem::Other(text.into())),
    }
}

fn own_pages(text: &str, shell: &Shell) -> impl Iterator<Item = (&'static str, String)> {
    let choice = |audience| Choice {
        value: text.into(),
        audience,
    };
    let wider = WiderPage {
        answered: a_post(text),
        draft: text.into(),
        narrow: choice(Audience::Shared(space_called(text))),
        wide: choice(Audience::Public),
        attached: attached(text),
    };
    let kept = BookmarksPage {
        next: Some(text.into()),
        posts: vec![a_post(text)],
        missing: 3,
    };
    let shut = QuietPage {
        muted: vec![someone(text)],
        blocked: vec![someone(text)],
    };
    let device = |state, is_this| Device {
        key: text.into(),
        is_this,
        state,
        since_ms: 1,
        name: text.into(),
    };
    let all = [
        device(DeviceState::Current, true),
        device(DeviceState::Retired, false),
        device(DeviceState::Cut, false),
    ];
    let device_draft = DeviceDraft {
        name: text.into(),
        stolen: true,
        problem: Some(text.into()),
        is_exposed: true,
    };
    let link = DeviceLinkPage {
        link: text,
        qr: None,
    };
    let pages = [
        ("wider", confirm_wider(shell, &wider)),
        ("bookmarks", bookmarks(shell, &kept)),
        ("quiet", quiet(shell, &shut)),
        ("devices", devices(shell, &all)),
        ("a device to add", device_add(shell, &device_draft)),
        ("a device's link", device_link(shell, link)),
        (
            "a device to take out",
            device_remove(shell, &all[0], &device_draft),
        ),
    ];
    pages.into_iter()
}

/// Every page, with `text` in every field that takes one.
fn pages(text: &str) -> BTreeMap<String, String> {
    pages_in(Language::English, text)
}

/// The same in a language.
fn pages_in(language: Language, text: &str) -> BTreeMap<String, String> {
    let spoken = |shell: Shell| Shell { language, ..shell };
    let shell = spoken(shell_of(text, Notice::Problem(text.into())));
    let good = spoken(shell_of(text, Notice::Done(Done::Posted)));
    let bare = || spoken(bare());
    let some = || Some(text.to_owned());
    let posts = || {
        vec![
            a_post(text),
            Post {
                mine: false,
                reply_to: None,
                ..a_post(text)
            },
        ]
    };
    let mut pages = BTreeMap::new();
    let mut add = |name: &str, html: String| pages.insert(name.to_owned(), html);
    let filter = |kind, is_here| Filter {
        name: text.into(),
        href: "/?list=a".into(),
        kind,
        is_here,
    };
    let timeline = HomePage {
        posts: posts(),
        composer: composer(text),
        filters: vec![
            filter(FilterKind::All, true),
            filter(FilterKind::Friends, false),
            filter(FilterKind::Private, false),
            filter(FilterKind::Space, false),
            filter(FilterKind::Direct, false),
        ],
        next: some(),
        newest: some(),
    };
    add(
        "older",
        home(
            &good,
            &HomePage {
                newest: None,
                ..timeline.clone()
            },
        ),
    );
    add("home", home(&shell, &timeline));
    for (name, html) in finding_pages(text, &shell) {
        add(&name, html);
    }
    let nothing = HomePage {
        posts: vec![],
        composer: fixed(text),
        filters: vec![],
        next: None,
        newest: None,
    };
    add("home without posts", home(&bare(), &nothing));
    let on_list = HomePage {
        filters: vec![
            filter(FilterKind::All, false),
            filter(FilterKind::List, true),
        ],
        ..timeline
    };
    add("list", home(&shell, &on_list));
    for (name, html) in space_pages(text, &shell) {
        add(&name, html);
    }
    for (name, html) in keeping_pages(text, &shell) {
        add(name, html);
    }
    for (name, html) in own_data_pages(text, &shell) {
        add(name, html);
    }
    for (name, html) in drive_pages(text, &shell) {
        add(&name, html);
    }
    for relation in RELATIONS {
        let page = PersonPage {
            person: someone(text),
            own_name: some(),
            refused_name: Some((text.into(), text.into())),
            bio: text.into(),
            relation,
            standing: Standing::default(),
            lists: vec![],
            knock: text.into(),
            link: some(),
            posts: posts(),
            next: some(),
        };
        add(
            &format!("person, {relation:?}, without posts"),
            person(
                &shell,
                &PersonPage {
                    posts: vec![],
                    ..page.clone()
                },
            ),
        );
        for (number, standing) in standings().into_iter().enumerate() {
            let on_list = |on| OnList {
                name: text.into(),
                on,
            };
            let page = PersonPage {
                standing,
                lists: vec![on_list(true), on_list(false)],
                ..page.clone()
            };
            add(
                &format!("person, {relation:?}, standing {number}"),
                person(&shell, &page),
            );
        }
        add(&format!("person, {relation:?}"), person(&shell, &page));
    }
    let focus = text.into();
    add(
        "thread",
        thread(
            &shell,
            &ThreadPage {
                posts: posts(),
                focus,
                missing_root: true,
                composer: composer(text),
            },
        ),
    );
    let everybody = PeoplePage {
        more_followers: None,
        my_link: text.into(),
        knocks: vec![Knock {
            person: someone(text),
            text: text.into(),
            time_ms: 0,
            through: Some(someone(text)),
        }],
        following: neighbours(text),
        followers: neighbours(text),
        problem: some(),
        draft: text.into(),
        knock: (text.into(), text.into()),
        knock_problem: some(),
    };
    let nobody = PeoplePage {
        knocks: vec![],
        following: vec![],
        more_followers: None,
        followers: vec![],
        ..everybody.clone()
    };
    add("people", people(&shell, &everybody));
    add("people without anybody", people(&shell, &nobody));
    add(
        "edit",
        edit(
            &shell,
            &EditPage {
                post: a_post(text),
                draft: text.into(),
                attached: Attached::Edited {
                    warning: Some(text.into()),
                    photos: photos(text),
                },
            },
        ),
    );
    let somebodys = |posts| AlbumPage {
        person: someone(text),
        relation: Relation::Me,
        posts,
        next: some(),
    };
    add("album", album(&shell, &somebodys(posts())));
    let plain = Post {
        warning: None,
        ..a_post(text)
    };
    add(
        "album without warning",
        album(&shell, &somebodys(vec![plain])),
    );
    add("album without photos", album(&shell, &somebodys(vec![])));
    add("delete", confirm_delete(&shell, &a_post(text)));
    add(
        "profile",
        profile(
            &shell,
            &ProfilePage {
                person: someone(text),
                bio: text.into(),
            },
        ),
    );
    add("shortcuts", shortcuts(&shell));
    add("offline", offline(language));
    for (name, html) in signing_in_pages(text, &shell) {
        add(name, html);
    }
    for (name, html) in owning::pages(text, &shell) {
        add(name, html);
    }
    let trouble = Trouble::Missing(text.into());
    add("error", error(language, 404, &trouble));
    pages
}

/// Notifications, search, conversations.
fn finding_pages(text: &str, shell: &Shell) -> Vec<(String, String)> {
    let kinds = [
        NotificationKind::Reply,
        NotificationKind::Mention,
        NotificationKind::Reaction,
        NotificationKind::Boost,
        NotificationKind::Follower,
        NotificationKind::Friend,
        NotificationKind::Knock,
        NotificationKind::Space,
    ];
    let told = |kind, count: usize| Notification {
        kind,
        unread: count.is_multiple_of(2),
        time_ms: 0,
        people: (0..count.min(3)).map(|_| someone(text)).collect(),
        count: count as u64,
        emoji: text.into(),
        text: text.into(),
        id: text.into(),
        space_name: text.into(),
    };
    let all = kinds
        .into_iter()
        .flat_map(|kind| (1..6).map(move |count| told(kind, count)));
    let page = NotificationsPage {
        items: all.collect(),
        filter: NotificationFilter::People,
        unread: 2,
        newest: text.into(),
        next: Some(text.into()),
    };
    let found = SearchPage {
        query: text.into(),
        posts: vec![FoundPost {
            post: a_post(text),
            marks: std::iter::once(0..text.len()).collect(),
        }],
        people: vec![someone(text)],
        files: vec![FoundFile {
            path: text.into(),
            href: "/files".into(),
            is_folder: false,
            bytes: 5,
        }],
        next: Some(text.into()),
        back_to_ms: Some(0),
        problem: None,
    };
    let talk = |newest| Conversation {
        with: someone(text),
        unread: 3,
        newest,
    };
    let talks = [talk(Some((someone(text), text.into(), 0))), talk(None)];
    let past = HistoryPage {
        post: a_post(text),
        texts: vec![(2, text.into()), (1, text.into()), (0, text.into())],
    };
    let refused = SearchPage {
        problem: Some(text.into()),
        ..found.clone()
    };
    let nothing = SearchPage {
        query: text.into(),
        ..SearchPage::default()
    };
    let named = |name: &str, html| (name.to_owned(), html);
    vec![
        named("told", notifications(shell, &page)),
        named(
            "told nothing",
            notifications(shell, &NotificationsPage::default()),
        ),
        named("found", search(shell, &found)),
        named("search", search(shell, &SearchPage::default())),
        named("search refused", search(shell, &refused)),
        named("found nothing", search(shell, &nothing)),
        named("talks", conversations(shell, &talks)),
        named("no talks", conversations(shell, &[])),
        named("history", history(shell, &past)),
    ]
}

/// The tags of a page, each without its brackets; text that isn't escaped would add to them.
fn tags(html: &str) -> Vec<&str> {
    html.split('<')
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().0)
        .collect()
}

/// The names of the attributes of a tag.
fn attributes(tag: &str) -> Vec<&str> {
    let outside = tag
        .split('"')
        .step_by(2)
        .flat_map(str::split_whitespace)
        .skip(1);
    outside.map(|name| name.trim_end_matches('=')).collect()
}

#[test]
fn naughty_strings_add_no_tag_and_no_attribute() {
    let shape = |text: &str| -> Vec<(String, Vec<String>)> {
        pages(text)
            .values()
            .flat_map(|html| {
                tags(html)
                    .into_iter()
                    .map(|tag| {
                        let name = tag.split_whitespace().next().unwrap_or_default();
                        (
                            name.to_owned(),
                            attributes(tag).into_iter().map(str::to_owned).collect(),
                        )
                    })
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    assert_eq!(
        shape(NAUGHTY),
        shape("harmless, as long as nothing is taken for a tag")
    );
}

#[test]
fn naughty_strings_are_shown_as_they_are() {
    let escaped = NAUGHTY
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    for (name, html) in pages(NAUGHTY) {
        // There is nobody in it.
        let is_empty = name == "offline";
        assert!(html.contains(&escaped) || is_empty, "{name}");
        assert!(!html.contains("<script>"), "{name}");
    }
}

/// What pages may load.
const OWN: [&str; 6] = [
    "/static/",
    "/photo/",
    "/portrait/",
    "/welcome/picture?v=",
    "/files/",
    "data:image/bmp;base64,",
];

#[test]
fn no_inline_style_no_inline_script_nothing_from_elsewhere() {
    for (name, html) in pages(NAUGHTY) {
        let tags = tags(&html);
        let scripts = tags.iter().filter(|tag| tag.starts_with("script"));
        for script in scripts {
            let is_ours = script.contains(" src=\"/static/") && !script.contains(" on");
            assert!(is_ours, "{name}: <{script}>");
        }
        assert!(html.contains("\" defer></script>"), "{name}");
        for tag in tags {
            for attribute in attributes(tag) {
                assert!(
                    attribute != "style" && !attribute.starts_with("on"),
                    "{name}: <{tag}>"
                );
            }
            let sources = tag.split("src=\"").nth(1);
            assert!(
                sources.is_none_or(|source| OWN.iter().any(|own| source.starts_with(own))),
                "{name}: <{tag}>"
            );
            assert!(
                !tag.starts_with("style") && !tag.starts_with("iframe"),
                "{name}: <{tag}>"
            );
        }
    }
}

#[test]
fn every_form_posts_and_carries_the_token() {
    let token = "<input type=\"hidden\" name=\"csrf\" value=\"the-token\">";
    let mut forms = 0;
    for (name, html) in pages("Alice") {
        for form in html.split("<form").skip(1) {
            let form = form.split_once("</form>").unwrap().0;
            let (head, content) = form.split_once('>').unwrap();
            if head.contains("method=\"get\" action=\"/search\"") {
                // It changes nothing.
                continue;
            }
            assert!(
                head.contains("method=\"post\"") && head.contains("action=\"/"),
                "{name}: {head}"
            );
            // Who isn't signed in has no token yet.
            let is_entry = head.contains("action=\"/sign-in/");
            assert!(is_entry || content.starts_with(token), "{name}: {form}");
            forms += 1;
        }
    }
    assert!(forms > 30, "only {forms} forms were looked at");
}

#[test]
fn every_page_has_one_heading_one_main_and_a_language() {
    for (name, html) in pages("Alice") {
        for once in [
            "<html lang=\"en\">",
            "<h1",
            "<main",
            " · Hearth</title>",
            "<meta name=\"viewport\"",
        ] {
            assert_eq!(html.matches(once).count(), 1, "{name}: {once}");
        }
        let signed_out = ["sign in", "error", "offline"].contains(&name.as_str())
            || name.starts_with("first run");
        assert_eq!(
            html.contains("<nav aria-label=\"Main\">"),
            !signed_out,
            "{name}"
        );
        assert_eq!(
            html.contains("class=\"skip\" href=\"#main\""),
            !signed_out,
            "{name}"
        );
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, html) in pages("Alice") {
        let fields = tags(&html).into_iter().filter(|tag| {
            let field = ["input ", "textarea ", "select "]
                .iter()
                .any(|start| tag.starts_with(start));
            // What only programs fill in is read out to nobody.
            let is_seen = !tag.contains("type=\"hidden\"") && !tag.contains("aria-hidden=\"true\"");
            field && is_seen
        });
        for field in fields {
            if html.contains(&format!("<label class=\"check\"><{field}>")) {
                continue;
            }
            let id = field
                .split("id=\"")
                .nth(1)
                .unwrap_or_else(|| panic!("{name}: <{field}>"))
                .split('"')
                .next()
                .unwrap();
            assert!(html.contains(&format!("for=\"{id}\"")), "{name}: <{field}>");
        }
    }
}

#[test]
fn text_survives_the_box_it_is_edited_in() {
    let text = "\n\nfirst lines are empty, and so is the last\n";
    let html = edit(
        &bare(),
        &EditPage {
            post: a_post(text),
            draft: String::new(),
            attached: Attached::default(),
        },
    );
    let box_text = html
        .split_once("<textarea")
        .unwrap()
        .1
        .split_once('>')
        .unwrap()
        .1;
    let box_text = box_text.split_once("</textarea>").unwrap().0;
    // HTML's parser drops the newline that follows the tag (HTML standard, "in body": textarea).
    assert_eq!(box_text.strip_prefix('\n').unwrap(), text);
}

#[test]
fn what_cannot_be_done_is_not_offered() {
    let other = Post {
        mine: false,
        ..a_post("Alice")
    };
    let html = posts_fragment(&bare(), &[other]);
    assert!(!html.contains("/edit/") && !html.contains("/delete/") && !html.contains("data-mine"));
    let html = posts_fragment(&bare(), &[a_post("Alice")]);
    assert!(
        html.contains("/edit/Alice")
            && html.contains("/delete/Alice")
            && html.contains("data-mine")
    );
    assert!(html.starts_with("<article") && html.ends_with("</article>"));
}

#[test]
fn every_post_shows_its_audience() {
    for audience in audiences("Alice") {
        let words = audience.words(Language::English).into_owned();
        let post = Post {
            audience,
            ..a_post("Bob")
        };
        let html = posts_fragment(&bare(), &[post]);
        let badge = html.split("class=\"audience ").nth(1).unwrap();
        assert!(badge.contains("<svg") && badge.contains(&words), "{words}");
    }
    for (name, html) in pages("Alice") {
        for article in html.split("<article").skip(1) {
            let article = article.split_once("</article>").unwrap().0;
            assert!(article.contains("class=\"audience kind-"), "{name}");
        }
    }
}

#[test]
fn whoever_writes_sees_who_will_read() {
    let mut boxes = 0;
    for (name, html) in pages("Alice") {
        for form in html.split("class=\"card writing\"").skip(1) {
            let form = form.split_once("</form>").unwrap().0;
            let chosen =
                form.contains("<select id=\"audience\"") && form.matches(" selected").count() == 1;
            let given = form.contains("class=\"audience kind-") && form.contains("said only");
            assert!(chosen != given, "{name}: {form}");
            boxes += 1;
        }
    }
    assert!(boxes > 5, "only {boxes} boxes were looked at");
}

#[test]
fn a_choice_that_was_sent_comes_back_chosen() {
    let named = |value: &str, audience| Choice {
        value: value.into(),
        audience,
    };
    let page = HomePage {
        composer: Composer {
            draft: "as it was".into(),
            choices: vec![
                named("friends", Audience::Friends(None)),
                named("public", Audience::Public),
            ],
            chosen: "public".into(),
            attached: Attached::nothing_yet(),
        },
        posts: vec![],
        filters: vec![],
        next: None,
        newest: None,
    };
    let html = home(&bare(), &page);
    assert!(html.contains("value=\"public\" selected>Public</option>"));
    assert!(html.contains("Everybody may read this"));
}

#[test]
fn an_answer_to_more_people_is_asked_about() {
    let html = own_pages("Alice", &bare()).next().unwrap().1;
    assert!(html.contains("name=\"wider\" value=\"yes\""));
    assert_eq!(html.matches("name=\"audience\"").count(), 2);
    assert!(html.contains("Keep it among: "));
}

#[test]
fn only_admins_are_offered_what_admins_do() {
    for role in ROLES {
        let html = members(&bare(), &members_page("Alice", role));
        for power in [
            "/add",
            "/remove",
            "/promote",
            "/rename",
            "/invite",
            "/uninvite",
        ] {
            let offered = html.contains(&format!("action=\"/spaces/Alice{power}\""));
            assert_eq!(offered, role == Role::Admin, "{power} for {role:?}");
        }
    }
    let me = members(
        &bare(),
        &MembersPage {
            members: vec![Member {
                person: someone("Bob"),
                role: Role::Admin,
                is_me: true,
            }],
            ..members_page("Alice", Role::Admin)
        },
    );
    assert!(
        !me.contains("/remove\""),
        "one leaves, one doesn't remove oneself"
    );
}

#[test]
fn a_device_is_taken_out_where_it_counts_and_is_another_one() {
    let device = |key: &str, state, is_this| Device {
        key: key.into(),
        is_this,
        state,
        since_ms: 1,
        name: String::new(),
    };
    let all = [
        device("this", DeviceState::Current, true),
        device("other", DeviceState::Current, false),
        device("retired", DeviceState::Retired, false),
        device("cut", DeviceState::Cut, false),
    ];
    let html = devices(&bare(), &all);
    let may_go = |key: &str| html.contains(&format!("/devices/remove?device={key}\""));
    assert_eq!(
        ["this", "other", "retired", "cut"].map(may_go),
        [false, true, true, false]
    );
    // What is put away already can be cut off still, and nothing else.
    let draft = DeviceDraft::default();
    let choices = |device| {
        device_remove(&bare(), device, &draft)
            .matches("type=\"radio\"")
            .count()
    };
    assert_eq!((choices(&all[1]), choices(&all[2])), (2, 1));
}

#[test]
fn long_posts_are_cut_in_lists_and_whole_in_their_conversation() {
    let post = Post {
        reply_to: None,
        ..a_post(&"line\n".repeat(30))
    };
    assert!(posts_fragment(&bare(), std::slice::from_ref(&post)).contains("Read the whole post"));
    let page = ThreadPage {
        focus: post.id.clone(),
        posts: vec![post],
        missing_root: false,
        composer: Composer::default(),
    };
    assert!(!thread(&bare(), &page).contains("Read the whole post"));
    assert!(!posts_fragment(&bare(), &[a_post("short")]).contains("Read the whole post"));
}

#[test]
fn what_the_script_keeps_fresh_has_a_place_for_news() {
    let pages = pages("x");
    for (name, html) in &pages {
        let live = html.contains("data-watch") || html.contains("data-live");
        assert_eq!(live, html.contains("id=\"news\""), "{name}");
        let starts = ["person", "space "]
            .iter()
            .any(|start| name.starts_with(start));
        let expected = starts || ["thread", "home"].contains(&name.as_str());
        assert_eq!(live, expected || name == "home without posts", "{name}");
    }
}

#[test]
fn only_the_newest_page_comes_alive() {
    let page = HomePage {
        posts: vec![a_post("Alice")],
        composer: fixed("x"),
        filters: vec![],
        next: None,
        newest: Some("7".into()),
    };
    let live = home(&bare(), &page);
    assert!(live.contains("data-live data-newest=\"7\"") && live.contains("action=\"/post\""));
    let older = home(
        &bare(),
        &HomePage {
            newest: None,
            ..page
        },
    );
    assert!(!older.contains("data-live") && older.contains("Back to the newest"));
}

#[test]
fn linked_assets_exist_under_their_hash() {
    let html = sign_in(&SignInPage::default());
    let links: Vec<&str> = html
        .split("\"/static/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(links.len(), 7);
    for name in links {
        let found = asset(name).unwrap();
        let hash = name.split('.').nth(1).unwrap();
        assert!(
            hash.len() == 16 && blake3::hash(found.bytes).to_hex().starts_with(hash),
            "{name}"
        );
    }
    assert_eq!(asset("icon.svg").unwrap().content_type, "image/svg+xml");
    for unknown in [
        "",
        "style.css",
        "app.js",
        "../Cargo.toml",
        "style.0000000000000000.css",
    ] {
        assert_eq!(asset(unknown), None, "{unknown}");
    }
}

/// What a page says: its texts, and what attributes say.
fn said(html: &str) -> Vec<String> {
    let texts = html.split('>').filter_map(|rest| rest.split('<').next());
    let attributes = ["aria-label=\"", "placeholder=\"", "title=\"", "alt=\""];
    let attributes = attributes
        .iter()
        .flat_map(|name| html.split(name).skip(1))
        .filter_map(|rest| rest.split('"').next());
    let plain = |text: &str| {
        text.replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
            .trim()
            .to_owned()
    };
    texts.chain(attributes).map(plain).collect()
}

/// What needs no translation: names, and what is typed in terminals.
fn is_the_same_everywhere(text: &str) -> bool {
    let own_names = Language::ALL.map(Language::own_name);
    ["Hearth", "§ · Hearth", "hearth1…", "hearth:hearth1…", "hearth-device:…"].contains(&text)
        || own_names.contains(&text)
        // Filters of a search.
        || ["is:", "has:", "after:", "before:"].iter().any(|filter| text.starts_with(filter))
        || ["hearth ", "https://", "{\"time_ms\""].iter().any(|code| text.starts_with(code))
        || !text.chars().any(char::is_alphabetic)
}

#[test]
fn a_page_in_german_says_nothing_in_english() {
    // Whatever people wrote says nothing here that could be taken for a word.
    let english = pages_in(Language::English, "§");
    let (mut words, mut untranslated) = (0, BTreeMap::new());
    let german = pages_in(Language::German, "§");
    for (name, html) in german {
        assert!(html.contains("<html lang=\"de\">"), "{name}");
        let known = said(&english[&name]);
        let known: std::collections::BTreeSet<_> = known.iter().collect();
        for text in said(&html) {
            words += 1;
            if known.contains(&text) && !is_the_same_everywhere(&text) {
                untranslated.insert(text, name.clone());
            }
        }
    }
    // Keys have single letters; some words both languages have.
    untranslated.retain(|text, _| text.chars().count() > 1);
    for both in [
        "Admin",
        "Name",
        "Link",
        "Links",
        "Hearth · §",
        "#tag",
        "-word",
        "word",
        "Passkeys",
        "Hearth",
        "hearth1me",
        "Bob",
        "50 GB",
        "2 GiB",
    ] {
        untranslated.remove(both);
    }
    assert!(words > 1_000, "only {words} texts were looked at");
    assert!(untranslated.is_empty(), "{untranslated:#?}");
}

/// The tags of a page that begin so.
fn tags_of<'a>(html: &'a str, start: &str) -> Vec<&'a str> {
    let all = tags(html).into_iter();
    all.filter(|tag| tag.starts_with(start)).collect()
}

#[test]
fn what_is_said_of_photos_is_told_and_what_needs_no_words_isnt() {
    let post = Post {
        warning: None,
        ..a_post("<Bob's \"cat\" & dog>")
    };
    let html = posts_fragment(&bare(), &[post]);
    let said = "alt=\"&lt;Bob's &quot;cat&quot; &amp; dog&gt;\"";
    let shown = tags_of(&html, "img src=\"/photo/");
    assert_eq!(shown.len(), 2, "what isn't here isn't asked for");
    assert!(shown[0].contains(said) && shown[1].contains("alt=\"\""));
    for link in tags_of(&html, "a class=\"photo\"") {
        let named = link.contains("aria-label=") || link.contains(&said.replace("alt", "data-alt"));
        assert!(named, "<{link}>");
    }
    assert_eq!(html.matches("hasn’t arrived here yet.</span>").count(), 2);
}

#[test]
fn what_stands_behind_a_warning_is_closed_and_the_warning_is_escaped() {
    let html = posts_fragment(&bare(), &[a_post("<i>spoiler</i>")]);
    let (before, behind) = html.split_once("<details class=\"warned\">").unwrap();
    assert!(!before.contains("class=\"text\"") && !before.contains("/photo/"));
    assert!(behind.contains("&lt;i&gt;spoiler&lt;/i&gt;"));
    assert!(!html.contains("<i>"));
}

#[test]
fn a_post_of_photos_alone_has_no_empty_text() {
    let post = Post {
        text: String::new(),
        ..a_post("x")
    };
    assert!(!posts_fragment(&bare(), &[post]).contains("class=\"text"));
}

#[test]
fn what_happens_to_files_is_said_before_they_come() {
    let html = files(&bare(), &files_page("Alice"));
    let form = html
        .split("enctype=\"multipart/form-data\"")
        .nth(1)
        .unwrap();
    let at = |part: &str| form.find(part).unwrap();
    assert!(at("name=\"csrf\"") < at("name=\"existing\""));
    assert!(at("value=\"replace\"") < at("name=\"files\""));
}

#[test]
fn where_there_is_no_other_folder_one_is_made_first() {
    let page = pages("a");
    let (alone, among) = (&page["file, alone"], &page["file, folder"]);
    let (nowhere, form) = ("href=\"/files#folder-name\"", "id=\"move-to\"");
    assert!(alone.contains(nowhere) && !alone.contains(form), "{alone}");
    assert!(!among.contains(nowhere) && among.contains(form), "{among}");
}

#[test]
fn bookmarks_lead_on_to_older_ones() {
    let page = &pages("a")["bookmarks"];
    assert!(page.contains("href=\"/bookmarks?before=a\""), "{page}");
}

#[test]
fn people_with_pictures_are_shown_with_them() {
    let me = Person {
        picture: Some("a+b/c".into()),
        ..someone("Alice")
    };
    let html = face::face(&me, face::Size::Large).into_string();
    assert!(
        html.contains("src=\"/portrait/Alice/full?v=a%2Bb%2Fc\""),
        "{html}"
    );
    assert!(html.contains("alt=\"\"") && html.contains("aria-hidden=\"true\""));
}

#[test]
fn the_box_takes_photos_where_posts_are_written() {
    let page = |attached| HomePage {
        composer: Composer {
            attached,
            ..composer("x")
        },
        posts: vec![],
        filters: vec![],
        next: None,
        newest: None,
    };
    let html = home(&bare(), &page(attached("<b>")));
    let writing = html.split("class=\"card writing\"").nth(1).unwrap();
    let writing = writing.split("</form>").next().unwrap();
    assert!(writing.starts_with(" enctype=\"multipart/form-data\""));
    let token = writing.find("name=\"csrf\"").unwrap();
    assert!(
        token < writing.find("type=\"file\"").unwrap(),
        "the token comes before files"
    );
    assert!(writing.contains("name=\"photo-0\"") && writing.contains("name=\"plain-0\""));
    // The Enter key in a field sends the post; it doesn't take a photo away.
    let first = writing.split("type=\"submit\"").next().unwrap();
    assert!(first.ends_with("<button class=\"hidden\" "));
    assert!(!home(&bare(), &page(Attached::Nothing)).contains("multipart"));
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

#[test]
fn what_the_node_says_in_english_beside_a_field_is_marked_in_german() {
    for (name, html) in pages_in(Language::German, "§") {
        let problems = html.split("<p class=\"problem\"").skip(1);
        for problem in problems.filter(|problem| !problem.contains(" hidden>")) {
            let (opening, text) = problem.split_once('>').unwrap();
            let is_said_by_the_node = text.starts_with('§');
            assert!(
                !is_said_by_the_node || opening.contains("lang=\"en\""),
                "{name}: {opening}"
            );
        }
    }
}
