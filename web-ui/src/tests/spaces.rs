//! Spaces and who is in them.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(String, String)> {
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
    pages
}

fn everybody_in(text: &str) -> Vec<Member> {
    let member = |(role, is_me)| Member {
        person: someone(text),
        role,
        is_me,
    };
    let roles = ROLES.map(|role| (role, false)).into_iter();
    roles.chain([(Role::Admin, true)]).map(member).collect()
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
