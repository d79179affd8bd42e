//! Values of each kind with a text in every field that takes one.

use super::*;

/// A string that would break out of text, of an attribute, of a comment and of a script.
pub(super) const NAUGHTY: &str =
    "\n\"'><script>alert(1)</script><!-- <b onclick=x style=y> &amp; \u{202e}é]]>";

pub(super) fn bare() -> Shell {
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

pub(super) fn someone(text: &str) -> Person {
    Person {
        identity: text.into(),
        name: text.into(),
        picture: None,
    }
}

pub(super) fn space_called(text: &str) -> SpaceName {
    SpaceName {
        id: text.into(),
        name: text.into(),
    }
}

pub(super) fn reaction(text: &str, mine: bool) -> Reaction {
    Reaction {
        emoji: text.into(),
        count: 2,
        mine,
    }
}

/// One audience of each kind.
pub(super) fn audiences(text: &str) -> Vec<Audience> {
    vec![
        Audience::Public,
        Audience::Friends(None),
        Audience::Friends(Some(someone(text))),
        Audience::Private,
        Audience::Shared(space_called(text)),
        Audience::Direct(someone(text)),
    ]
}

pub(super) fn choices(text: &str) -> Vec<Choice> {
    let audiences = audiences(text).into_iter();
    audiences
        .map(|audience| Choice {
            value: text.into(),
            audience,
        })
        .collect()
}

pub(super) fn composer(text: &str) -> Composer {
    Composer {
        draft: text.into(),
        choices: choices(text),
        chosen: text.into(),
        attached: attached(text),
    }
}

/// A box whose audience is given.
pub(super) fn fixed(text: &str) -> Composer {
    Composer {
        choices: choices(text).split_off(5),
        ..composer(text)
    }
}

/// Photos that somebody says something of; and where they are may be anything too.
pub(super) fn photos(text: &str) -> Vec<Photo> {
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

pub(super) fn attached(text: &str) -> Attached {
    Attached::New {
        warning: Some(text.into()),
        photos: vec![DraftPhoto {
            draft: text.into(),
            alt: text.into(),
            needs_none: false,
        }],
    }
}

/// A post that has everything a post can have.
pub(super) fn a_post(text: &str) -> Post {
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

/// The reader's own post, and somebody else's.
pub(super) fn posts(text: &str) -> Vec<Post> {
    vec![
        a_post(text),
        Post {
            mine: false,
            reply_to: None,
            ..a_post(text)
        },
    ]
}

/// The frame of somebody who has no friends yet and to whom nothing is said.
pub(super) fn bare_in(language: Language) -> Shell {
    Shell { language, ..bare() }
}

pub(super) fn shell_of(text: &str, notice: Notice) -> Shell {
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

pub(super) const RELATIONS: [Relation; 5] = [
    Relation::Me,
    Relation::Following,
    Relation::Friends,
    Relation::FollowsMe,
    Relation::None,
];

pub(super) fn neighbours(text: &str) -> Vec<Neighbour> {
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

pub(super) const ROLES: [Role; 4] = [Role::Admin, Role::Member, Role::Asked, Role::Left];
