//! Writes every page with sample values into a folder, to be looked at in a browser:
//! `cargo run -p hearth-web-ui --example gallery -- FOLDER`, then serve that folder on any port.

use hearth_web_ui::{
    Audience, BackupPage, Crumb, EditPage, FilesPage, Guardian, HomePage, Item, ItemKind,
    Neighbour, Notice, NoticeKind, PeoplePage, Person, PersonPage, Post, ProfilePage, Progress,
    Relation, ReplyTo, RestoreForm, RestorePage, RestoreState, Shell, Snapshot, ThreadPage, Tone,
    asset,
};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

const MINUTE_MS: u64 = 60_000;

fn main() -> io::Result<()> {
    let folder = env::args().nth(1).unwrap_or_else(|| "gallery".into());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("static"))?;
    for (name, html) in pages() {
        write_assets(folder, &html)?;
        fs::write(folder.join(name), html)?;
    }
    Ok(())
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
    let quiet = Shell {
        notice: None,
        neighbours: vec![],
        ..shell()
    };
    let nobody = PeoplePage {
        my_link:
            "hearth://hearth1qpzry9x8gf2tvdw0s3jn54khce6mua7lqpzry9x8gf2tvdw0s3jn5/192.0.2.7:4242"
                .into(),
        following: vec![],
        followers: vec![],
        problem: Some("That is no Hearth key or link. A key begins with hearth1.".into()),
        draft: "hearth2oops".into(),
    };
    let empty = HomePage {
        posts: vec![],
        draft: String::new(),
        next: None,
        newest: None,
    };
    vec![
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
        ("backup.html", hearth_web_ui::backup(&quiet, &safe())),
        (
            "backup-empty.html",
            hearth_web_ui::backup(&quiet, &unsafe_yet()),
        ),
        ("files.html", hearth_web_ui::files(&quiet, &folder())),
        (
            "files-empty.html",
            hearth_web_ui::files(
                &quiet,
                &FilesPage {
                    path: vec![],
                    items: vec![],
                    next: None,
                },
            ),
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
            hearth_web_ui::sign_in(Some("That link was used already. Ask for a fresh one.")),
        ),
        (
            "error.html",
            hearth_web_ui::error(
                404,
                "Nothing here",
                "No post of that name is held here.",
                "It may have been deleted, or hasn't arrived yet. Go home, or try again later.",
            ),
        ),
    ]
}

fn named(name: &str) -> Person {
    Person {
        identity: format!(
            "hearth1{}qpzry9x8gf2tvdw0s3jn54khce6mua7l",
            name.to_lowercase()
        ),
        name: name.into(),
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
        notice: Some(Notice {
            kind: NoticeKind::Good,
            text: "Posted.".into(),
        }),
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

fn post(id: &str, author: Person, minutes: u64, text: &str) -> Post {
    Post {
        id: id.into(),
        local_id: format!("{:08}", 1_000_000 - minutes),
        mine: author == bob(),
        author,
        text: text.into(),
        time_ms: now_ms() - minutes * MINUTE_MS,
        edited: false,
        audience: Audience::Public,
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
    ];
    HomePage {
        newest: posts.first().map(|post| post.local_id.clone()),
        posts,
        draft: String::new(),
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
        following: shell().neighbours,
        followers: vec![
            follower("Alice", Relation::Friends),
            follower("Frank", Relation::FollowsMe),
        ],
        problem: None,
        draft: String::new(),
    }
}

fn alice_page() -> PersonPage {
    PersonPage {
        person: named("Alice"),
        bio: "Bread, canals, slow mornings.\nhttps://alice.example/".into(),
        relation: Relation::Friends,
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
        draft: String::new(),
    }
}

const GB: u64 = 1_000_000_000;

fn safe() -> BackupPage {
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
        health: "You survive losing any 3 of 5 friends.".into(),
        tone: Tone::Good,
        advice: None,
        last_ms: Some(now_ms() - 12 * MINUTE_MS),
        source_bytes: 32_800_000_000,
        stored_bytes: 82 * GB,
        under_way: Some("Bringing what is new to your friends: 12 pieces to go.".into()),
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
    }
}

fn unsafe_yet() -> BackupPage {
    BackupPage {
        health: "Nothing of yours is anywhere but here.".into(),
        tone: Tone::Look,
        advice: Some("Ask a friend to follow you and to pledge you some space, or run `hearth backup to DIR` for a disk of your own.".into()),
        last_ms: None,
        stored_bytes: 0,
        under_way: None,
        guardians: vec![],
        snapshots: vec![],
        problem: Some("“lots” is no size: write 50 GB, or 0 to end it.".into()),
        ..safe()
    }
}

fn folder() -> FilesPage {
    let item = |name: &str, kind, bytes| Item {
        name: name.into(),
        kind,
        bytes,
        mtime_ms: now_ms() - 90 * MINUTE_MS,
        href: (kind != ItemKind::Link).then(|| "files.html".into()),
    };
    let crumb = |name: &str| Crumb {
        name: name.into(),
        href: "files.html".into(),
    };
    FilesPage {
        path: vec![crumb("Photos"), crumb("2026")],
        items: vec![
            item("Summer at the lake", ItemKind::Folder, 0),
            item("ridge.jpg", ItemKind::File, 4_194_304),
            item(&"a-name-without-any-end".repeat(8), ItemKind::File, 1),
            item("latest", ItemKind::Link, 0),
        ],
        next: Some("files.html".into()),
    }
}

fn phrase_form() -> RestorePage {
    RestorePage::Form(RestoreForm {
        problem: Some("Word 7 is not in the word list; did you mean “candle”?".into()),
        is_possible: true,
        ..RestoreForm::default()
    })
}

fn coming_back() -> RestorePage {
    RestorePage::State(RestoreState {
        sentence: "Your posts are back, and your files are coming.".into(),
        progress: Some(Progress {
            what: "Files".into(),
            done: 3 * GB,
            total: 32 * GB,
        }),
        files: (1_200, 13_102),
        friends: vec!["Alice".into(), "Carol".into()],
        missing: vec!["Photos/2019/lake.mov needs 1 more of Dan, Erin".into()],
    })
}
