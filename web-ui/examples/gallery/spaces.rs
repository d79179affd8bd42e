//! Spaces and who is in them.

use crate::posts::timeline;
use crate::samples::{MINUTE_MS, book_club, long_space, named, now_ms, only, quiet_shell};
use hearth_web_ui::{
    Audience, Invite, Member, MembersPage, NotLetIn, Post, Role, SpaceName, SpacePage, SpaceRow,
    SpacesPage,
};

pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let shell = quiet_shell();
    vec![
        ("spaces.html", hearth_web_ui::spaces(&shell, &some_spaces())),
        (
            "spaces-empty.html",
            hearth_web_ui::spaces(
                &shell,
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
        ("space.html", hearth_web_ui::space(&shell, &a_space())),
        ("with.html", hearth_web_ui::space(&shell, &two_of_us())),
        (
            "members.html",
            hearth_web_ui::members(&shell, &some_members()),
        ),
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
