//! People and what a reader decided about them.

use super::*;

pub(super) fn pages(text: &str, shell: &Shell) -> Vec<(String, String)> {
    let mut pages: Vec<_> = RELATIONS
        .into_iter()
        .flat_map(|relation| person_pages(text, shell, relation))
        .collect();
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
        problem: Some(text.into()),
        draft: text.into(),
        knock: (text.into(), text.into()),
        knock_problem: Some(text.into()),
    };
    let nobody = PeoplePage {
        knocks: vec![],
        following: vec![],
        followers: vec![],
        ..everybody.clone()
    };
    let me = ProfilePage {
        person: someone(text),
        bio: text.into(),
    };
    let shut = QuietPage {
        muted: vec![someone(text)],
        blocked: vec![someone(text)],
    };
    let more = [
        ("people", people(shell, &everybody)),
        ("people without anybody", people(shell, &nobody)),
        ("profile", profile(shell, &me)),
        ("quiet", quiet(shell, &shut)),
    ];
    pages.extend(more.map(|(name, html)| (name.to_owned(), html)));
    pages
}

/// Somebody's page as it may stand between them and the reader.
fn person_pages(text: &str, shell: &Shell, relation: Relation) -> Vec<(String, String)> {
    let plain = PersonPage {
        person: someone(text),
        own_name: Some(text.into()),
        refused_name: Some((text.into(), text.into())),
        bio: text.into(),
        relation,
        standing: Standing::default(),
        lists: vec![],
        knock: text.into(),
        link: Some(text.into()),
        posts: posts(text),
        next: Some(text.into()),
    };
    let silent = PersonPage {
        posts: vec![],
        ..plain.clone()
    };
    let mut pages = vec![
        (format!("person, {relation:?}"), person(shell, &plain)),
        (
            format!("person, {relation:?}, without posts"),
            person(shell, &silent),
        ),
    ];
    for (number, standing) in standings().into_iter().enumerate() {
        let on_list = |on| OnList {
            name: text.into(),
            on,
        };
        let page = PersonPage {
            standing,
            lists: vec![on_list(true), on_list(false)],
            ..plain.clone()
        };
        pages.push((
            format!("person, {relation:?}, standing {number}"),
            person(shell, &page),
        ));
    }
    pages
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
