//! Who reads: said on every post, and chosen where one writes.

use crate::face::{address, display_name, is_unknown};
use crate::icon::{Icon, icon};
use crate::language::{Language, say};
use crate::text::{has_ink, segment};
use crate::values::{Audience, Choice, Composer, SpaceName};
use maud::{Markup, html};
use std::borrow::Cow;

/// A space's name, or words where there is nothing to see in it.
pub(crate) fn space_name(language: Language, space: &SpaceName) -> Cow<'_, str> {
    if has_ink(&space.name) {
        space.name.trim().into()
    } else {
        say!(language, "space-nameless")
    }
}

impl Audience {
    /// The mark that stands before its words.
    pub(crate) fn icon(&self) -> Icon {
        match self {
            Self::Public => Icon::Public,
            Self::Friends(_) => Icon::People,
            Self::Private => Icon::Private,
            Self::Shared(_) => Icon::Spaces,
            Self::Direct(_) => Icon::Direct,
        }
    }

    /// It in a few words.
    pub(crate) fn words(&self, language: Language) -> Cow<'_, str> {
        match self {
            Self::Public => say!(language, "audience-public"),
            Self::Friends(None) => say!(language, "audience-friends"),
            Self::Friends(Some(owner)) if is_unknown(owner) => {
                say!(language, "audience-friends-of-somebody")
            }
            Self::Friends(Some(owner)) => {
                say!(language, "audience-friends-of", name = display_name(owner))
            }
            Self::Private => say!(language, "audience-private"),
            Self::Shared(space) => space_name(language, space),
            Self::Direct(other) => say!(language, "audience-direct", name = display_name(other)),
        }
    }

    /// Who will read what is written for it, in a sentence.
    pub(crate) fn sentence(&self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Public => say!(language, "reads-public"),
            Self::Friends(None) => say!(language, "reads-friends"),
            Self::Friends(Some(owner)) if is_unknown(owner) => {
                say!(language, "reads-friends-of-somebody")
            }
            Self::Friends(Some(owner)) => {
                say!(language, "reads-friends-of", name = display_name(owner))
            }
            Self::Private => say!(language, "reads-private"),
            Self::Shared(space) => {
                say!(language, "reads-shared", name = space_name(language, space))
            }
            Self::Direct(other) => say!(language, "reads-direct", name = display_name(other)),
        }
    }

    /// What the space is called where it stands alone.
    pub fn title(&self, language: Language) -> String {
        match self {
            Self::Direct(other) => display_name(other),
            other => other.words(language).into_owned(),
        }
    }

    /// Where the space's own page is, if the reader has one of it.
    pub fn href(&self) -> Option<String> {
        match self {
            Self::Public | Self::Friends(Some(_)) => None,
            Self::Friends(None) => Some("/spaces/friends".into()),
            Self::Private => Some("/spaces/private".into()),
            Self::Shared(space) if space.id.is_empty() => None,
            Self::Shared(space) => Some(format!("/spaces/{}", segment(&space.id))),
            Self::Direct(other) if other.identity.is_empty() => None,
            Self::Direct(other) => Some(address(other).replacen("/person/", "/with/", 1)),
        }
    }

    /// The class that the style knows its kind by.
    fn class(&self) -> &'static str {
        match self {
            Self::Public => "kind-public",
            Self::Friends(_) => "kind-friends",
            Self::Private => "kind-private",
            Self::Shared(_) => "kind-shared",
            Self::Direct(_) => "kind-direct",
        }
    }

    /// The send button's words: its verb, and for whom.
    fn towards(&self, language: Language, verb: &str) -> Cow<'static, str> {
        match self {
            Self::Public => say!(language, "send-public", verb = verb),
            Self::Friends(_) => say!(language, "send-friends", verb = verb),
            Self::Private => say!(language, "send-private", verb = verb),
            Self::Shared(_) => say!(language, "send-shared", verb = verb),
            Self::Direct(_) => say!(language, "send-direct", verb = verb),
        }
    }
}

/// Who may read, as a chip with a mark and words; it leads to the space where there is a page of it.
pub(crate) fn badge(language: Language, audience: &Audience) -> Markup {
    let inside = html! {
        span.hidden { (say!(language, "audience-badge")) " " }
        (icon(audience.icon())) bdi dir="auto" { (audience.words(language)) }
    };
    let class = format!("audience {}", audience.class());
    let title = audience.sentence(language);
    html! {
        @match audience.href() {
            Some(href) => a class=(class) href=(href) title=(title) { (inside) },
            None => span class=(class) title=(title) { (inside) },
        }
    }
}

impl Choice {
    /// Its words in a list. A space can be named like something else; it is said that it is one.
    fn option(&self, language: Language) -> Cow<'_, str> {
        match &self.audience {
            Audience::Shared(space) => {
                let name = space_name(language, space);
                say!(language, "audience-option-space", name = name)
            }
            other => other.words(language),
        }
    }
}

impl Composer {
    /// The choice that stands, if there is any at all.
    fn standing(&self) -> Option<&Choice> {
        let chosen = self.choices.iter().find(|one| one.value == self.chosen);
        chosen.or(self.choices.first())
    }
}

/// The field `audience` of a form: a list to choose from, or, of one, what it is.
pub(crate) fn picker(language: Language, composer: &Composer) -> Markup {
    let Some(standing) = composer.standing() else {
        return html! {};
    };
    if let [only] = composer.choices.as_slice() {
        return html! {
            @if !only.value.is_empty() { input type="hidden" name="audience" value=(only.value); }
            (badge(language, &only.audience))
        };
    }
    html! {
        span.picker {
            label.hidden for="audience" { (say!(language, "audience-who")) }
            @for one in kinds(&composer.choices) { span class={ "mark " (one.class()) } { (icon(one.icon())) } }
            select #audience name="audience" autocomplete="off" {
                @for choice in &composer.choices {
                    option class=(choice.audience.class()) value=(choice.value)
                        selected[std::ptr::eq(choice, standing)] { (choice.option(language)) }
                }
            }
        }
    }
}

/// Who will read it, said under the box; of several the style shows the one that is chosen.
pub(crate) fn said(language: Language, composer: &Composer) -> Markup {
    if let [only] = composer.choices.as_slice() {
        return html! { p.quiet.said.only dir="auto" { (only.audience.sentence(language)) } };
    }
    html! {
        @for one in kinds(&composer.choices) {
            p class={ "quiet said " (one.class()) } dir="auto" {
                @match one {
                    Audience::Shared(_) => (say!(language, "reads-this-space")),
                    Audience::Direct(_) => (say!(language, "reads-them")),
                    other => (other.sentence(language)),
                }
            }
        }
    }
}

/// The send button's words: its verb and, where one chooses, for whom.
pub(crate) fn send(language: Language, verb: &str, composer: &Composer) -> Markup {
    html! {
        @if composer.choices.len() > 1 {
            // Where the style can't tell what is chosen, the verb alone.
            span.verb { (verb) }
            @for one in kinds(&composer.choices) {
                span class={ "for " (one.class()) } { (one.towards(language, verb)) }
            }
        } @else {
            (verb)
        }
    }
}

/// One audience of each kind that can be chosen, in the order of the choices.
fn kinds(choices: &[Choice]) -> Vec<&Audience> {
    let mut kinds: Vec<&Audience> = Vec::new();
    for choice in choices {
        if kinds
            .iter()
            .all(|one| one.class() != choice.audience.class())
        {
            kinds.push(&choice.audience);
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language::English;
    use crate::values::Person;

    fn alice() -> Person {
        Person {
            identity: "hearth1alice".into(),
            name: "Alice".into(),
            picture: None,
        }
    }

    fn all() -> Vec<Choice> {
        let club = SpaceName {
            id: "ab".into(),
            name: " ".into(),
        };
        let choice = |value: &str, audience| Choice {
            value: value.into(),
            audience,
        };
        vec![
            choice("public", Audience::Public),
            choice("friends", Audience::Friends(None)),
            choice("private", Audience::Private),
            choice("ab", Audience::Shared(club)),
            choice("hearth1alice", Audience::Direct(alice())),
        ]
    }

    #[test]
    fn every_badge_has_a_mark_and_words() {
        let others = Audience::Friends(Some(alice()));
        let all = all();
        let audiences = all.iter().map(|choice| &choice.audience).chain([&others]);
        for audience in audiences {
            let shown = badge(English, audience).into_string();
            assert!(shown.contains("<svg") && shown.contains(&*audience.words(English)));
            assert!(shown.contains("Who may read this: "));
            assert_eq!(shown.contains("href="), audience.href().is_some());
        }
        assert!(
            others
                .sentence(English)
                .contains("Alice and Alice’s friends")
        );
    }

    #[test]
    fn what_is_chosen_stays_chosen() {
        let mut composer = Composer {
            draft: String::new(),
            choices: all(),
            chosen: "private".into(),
            attached: crate::values::Attached::default(),
        };
        let selected = |composer: &Composer| {
            let shown = picker(English, composer).into_string();
            assert_eq!(shown.matches(" selected").count(), 1);
            let before = shown.split(" selected").next().expect("split gives one");
            before
                .rsplit("value=\"")
                .next()
                .expect("split gives one")
                .to_owned()
        };
        assert_eq!(selected(&composer), "private\"");
        composer.chosen = "nothing of the kind".into();
        assert_eq!(selected(&composer), "public\"", "the first one stands");
    }

    #[test]
    fn of_one_there_is_nothing_to_choose() {
        let composer = Composer {
            choices: all().split_off(3).into_iter().take(1).collect(),
            ..Composer::default()
        };
        let shown =
            picker(English, &composer).into_string() + &said(English, &composer).into_string();
        assert!(!shown.contains("<select") && shown.contains("type=\"hidden\""));
        assert!(shown.contains("Only members of A space without a name will read this."));
        assert_eq!(send(English, "Post", &composer).into_string(), "Post");
    }
}
