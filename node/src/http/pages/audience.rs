//! For whom something is: from the App's words to the pages', and from a form's to the App's.

use super::Visit;
use crate::app::model::{AppError, Audience, Me, Post, SpaceInfo, SpaceMember, SpaceRole, Wish};
use crate::http::forms::Fields;
use hearth_keys::Identity;
use hearth_protocol::space::Space;
use hearth_web_ui as ui;

/// What the field `audience` says for "where the answered post is".
pub(super) const THERE: &str = "there";

const FRIENDS: &str = "friends";
const PUBLIC: &str = "public";
pub(super) const PRIVATE: &str = "private";
const KEY_BEGINS: &str = "hearth1";

/// The reader's spaces, looked up once a page.
pub(super) struct Circles {
    me: String,
    pub(super) spaces: Vec<SpaceInfo>,
    /// Whom the reader follows: who else a friends space may belong to.
    followed: Vec<ui::Person>,
}

impl Circles {
    pub(super) async fn of<'a>(visit: &'a Visit<'_>) -> Result<&'a Self, AppError> {
        let look = || async {
            let followed = visit.following().await?;
            Ok(Self {
                me: visit.me.identity.clone(),
                spaces: visit.app.spaces().await?,
                followed: followed.iter().map(super::values::person).collect(),
            })
        };
        visit.circles.get_or_try_init(look).await
    }

    fn by_id(&self, id: &str) -> Option<&SpaceInfo> {
        self.spaces
            .iter()
            .find(|space| space.id == id && !id.is_empty())
    }

    /// Who may read a post.
    pub(super) fn audience(&self, post: &Post) -> ui::Audience {
        match post.audience {
            Audience::Public => ui::Audience::Public,
            Audience::Private => ui::Audience::Private,
            Audience::Friends => ui::Audience::Friends(self.owner(post)),
            Audience::Shared => ui::Audience::Shared(ui::SpaceName {
                id: post.space.clone(),
                name: self
                    .by_id(&post.space)
                    .map_or(&post.space_name, |space| &space.name)
                    .clone(),
            }),
            Audience::Direct => {
                let with = self
                    .by_id(&post.space)
                    .and_then(|space| other(&self.me, space));
                ui::Audience::Direct(with.unwrap_or_else(|| self.other_of(post)))
            }
        }
    }

    /// Whose friends may read a post; `None` when they are the reader's own.
    fn owner(&self, post: &Post) -> Option<ui::Person> {
        if is_friends_of(&self.me, &post.space) || post.space.is_empty() {
            return None;
        }
        let author = self.author(post);
        let known = [author].into_iter().chain(self.followed.iter().cloned());
        let mut owners = known.filter(|person| is_friends_of(&person.identity, &post.space));
        Some(owners.next().unwrap_or_else(|| ui::Person {
            identity: String::new(),
            name: String::new(),
            picture: None,
        }))
    }

    /// With whom the reader shares a post that is for two.
    fn other_of(&self, post: &Post) -> ui::Person {
        match post.author == self.me {
            true => ui::Person {
                identity: String::new(),
                name: post.space_name.clone(),
                picture: None,
            },
            false => self.author(post),
        }
    }

    fn author(&self, post: &Post) -> ui::Person {
        ui::Person {
            identity: post.author.clone(),
            name: post.author_name.clone(),
            picture: None,
        }
    }

    /// The box for a new post, for whom `chosen` says: the reader's setting, or what was sent.
    pub(super) fn composer(&self, draft: &str, chosen: &str) -> ui::Composer {
        let shared = self
            .spaces
            .iter()
            .filter(|space| space.kind == Audience::Shared && is_in(space.role));
        let shared = shared.map(|space| choice(&space.id, of_space(&self.me, space)));
        let choices: Vec<ui::Choice> = always().into_iter().chain(shared).collect();
        let is_there = |value: &&str| choices.iter().any(|choice| choice.value == *value);
        // What was meant for a space that is gone isn't for others instead: it waits for a choice.
        let chosen = Some(chosen).filter(is_there).unwrap_or(PRIVATE);
        ui::Composer {
            draft: draft.into(),
            chosen: chosen.into(),
            choices,
            attached: ui::Attached::default(),
        }
    }
}

/// The audiences that everybody has.
pub(super) fn always() -> [ui::Choice; 3] {
    [
        choice(FRIENDS, ui::Audience::Friends(None)),
        choice(PUBLIC, ui::Audience::Public),
        choice(PRIVATE, ui::Audience::Private),
    ]
}

/// The box for an answer: where the answered post is, unless everybody shall read it.
pub(super) fn answering(answered: &ui::Post, draft: &str, chosen: &str) -> ui::Composer {
    let mut choices = vec![choice(THERE, answered.audience.clone())];
    if answered.audience != ui::Audience::Public {
        choices.push(choice(PUBLIC, ui::Audience::Public));
    }
    ui::Composer {
        draft: draft.into(),
        choices,
        chosen: chosen.into(),
        attached: ui::Attached::default(),
    }
}

/// The question whether an answer shall go further than what it answers.
pub(super) fn wider(answered: ui::Post, draft: &str) -> ui::WiderPage {
    ui::WiderPage {
        draft: draft.into(),
        narrow: choice(THERE, answered.audience.clone()),
        wide: choice(PUBLIC, ui::Audience::Public),
        answered,
        attached: ui::Attached::nothing_yet(),
    }
}

/// A box for one space and no other.
pub(super) fn given(value: &str, audience: ui::Audience, draft: &str) -> ui::Composer {
    ui::Composer {
        draft: draft.into(),
        choices: vec![choice(value, audience)],
        chosen: value.into(),
        attached: ui::Attached::default(),
    }
}

fn choice(value: &str, audience: ui::Audience) -> ui::Choice {
    ui::Choice {
        value: value.into(),
        audience,
    }
}

/// What a form wishes; nothing where it leaves it to what is answered.
pub(super) fn wish(form: &Fields) -> Option<Wish> {
    match form.given("audience")? {
        THERE => None,
        PUBLIC => Some(Wish::Public),
        FRIENDS => Some(Wish::Friends),
        PRIVATE => Some(Wish::Private),
        key if key.starts_with(KEY_BEGINS) => Some(Wish::To(key.into())),
        space => Some(Wish::Space(space.into())),
    }
}

/// Which of the reader's spaces this is.
pub(super) fn of_space(me: &str, space: &SpaceInfo) -> ui::Audience {
    match space.kind {
        Audience::Public => ui::Audience::Public,
        Audience::Private => ui::Audience::Private,
        Audience::Friends => ui::Audience::Friends(None),
        Audience::Shared => ui::Audience::Shared(ui::SpaceName {
            id: space.id.clone(),
            name: space.name.clone(),
        }),
        Audience::Direct => ui::Audience::Direct(other(me, space).unwrap_or_else(|| ui::Person {
            identity: String::new(),
            name: space.name.clone(),
            picture: None,
        })),
    }
}

/// The one of two who isn't the reader.
fn other(me: &str, space: &SpaceInfo) -> Option<ui::Person> {
    let other = space.members.iter().find(|member| member.identity != me);
    other.map(person)
}

pub(super) fn person(member: &SpaceMember) -> ui::Person {
    ui::Person {
        identity: member.identity.clone(),
        name: member.name.clone(),
        picture: None,
    }
}

fn is_friends_of(identity: &str, space: &str) -> bool {
    let identity = identity.parse::<Identity>();
    identity.is_ok_and(|identity| Space::Friends(identity).id().to_string() == space)
}

pub(super) fn is_in(role: SpaceRole) -> bool {
    matches!(role, SpaceRole::Admin | SpaceRole::Member)
}

pub(super) fn role(role: SpaceRole) -> ui::Role {
    match role {
        SpaceRole::Admin => ui::Role::Admin,
        SpaceRole::Member => ui::Role::Member,
        SpaceRole::Invited => ui::Role::Asked,
        SpaceRole::Left => ui::Role::Left,
    }
}

/// Who is in a space; of a friends space, who besides its owner.
pub(super) fn members(me: &Me, space: &SpaceInfo) -> Vec<ui::Member> {
    let is_own = space.kind == Audience::Friends;
    let members = space.members.iter();
    let members = members.filter(|member| !(is_own && member.identity == me.identity));
    members
        .map(|member| ui::Member {
            person: person(member),
            role: role(member.role),
            is_me: member.identity == me.identity,
        })
        .collect()
}
