//! Reactions to posts: of each author and emoji the newest word counts.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::content::Reaction;
use hearth_protocol::entry::{EntryId, Place};
use hearth_protocol::space::Space;

use super::logs::{Logs, StoreError};
use super::registers::Hidden;
use super::rows::Handle;
use super::spaces::SpaceHandle;
use super::timeline::SeenPost;
use super::views::{REACTIONS, ROW_BYTES_MAX, view_key};

/// (time, id, on, where it stands, the space that it is in)
pub(super) type ReactionRow = (u64, Bytes<32>, bool, (Handle, u64), SpaceHandle);

/// Reactions to one post that are read: whoever wants to can write any number.
const READ_MAX: usize = 10_000;
/// Different emoji that are told of one post, the most frequent ones.
const EMOJI_MAX: usize = 24;
/// Different emoji of one author that count on one post.
pub(super) const EMOJI_PER_AUTHOR_MAX: usize = 8;

/// Reactions with one emoji to a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reacted {
    /// The emoji.
    pub(crate) emoji: String,
    /// How many people.
    pub(crate) count: u64,
    /// Whether the account is one of them.
    pub(crate) mine: bool,
}

/// An author's newest word with one emoji on a post.
#[derive(Debug, Clone, Copy)]
struct OnPost {
    /// When it claims to be from, and its id.
    age: (u64, Bytes<32>),
    on: bool,
    place: Place,
    /// Whether the space's owner carries it, and says with that that it counts.
    is_carried: bool,
}

/// An author's newest word on a reaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewestWord {
    /// When it claims to be from, and its id.
    pub(super) age: (u64, Bytes<32>),
    /// Whether it says that the reaction stands, in the space that was asked about.
    pub(super) stands: bool,
    /// Where it lies.
    pub(super) place: Place,
}

/// target ‖ author ‖ the emoji's length and bytes, so that no key is the beginning of another
pub(super) fn reaction_key(target: &EntryId, author: Handle, emoji: &str) -> Vec<u8> {
    let mut rest = target.as_bytes().to_vec();
    rest.extend_from_slice(&author.to_be_bytes());
    rest.push(u8::try_from(emoji.len()).unwrap_or(u8::MAX));
    rest.extend_from_slice(emoji.as_bytes());
    view_key(REACTIONS, &rest)
}

/// Whether a text may stand as a reaction: something to be seen at a glance, no words, nothing that a terminal obeys.
pub(crate) fn is_emoji(text: &str) -> bool {
    let refused =
        |c: char| c.is_ascii_alphabetic() || c.is_whitespace() || c.is_control() || is_invisible(c);
    !text.is_ascii() && !text.contains(refused)
}

/// Marks that turn the direction of text, or that stand for nothing. Joiners and selectors belong to emoji.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl Logs {
    /// The reactions to a post by those who may, in the post's space, most frequent first; without those of people whom
    /// the account blocks.
    pub(crate) fn reactions(
        &self,
        account: &Identity,
        post: &SeenPost,
        hidden: &Hidden,
    ) -> Result<Vec<Reacted>, StoreError> {
        let mut found: BTreeMap<String, (u64, bool)> = BTreeMap::new();
        let (mut of_author, mut last_author) = (0, None);
        for ((author, emoji), word) in self.words_on(account, post)? {
            if last_author.replace(author) != Some(author) {
                of_author = 0;
            }
            let is_meant = word.on && of_author < EMOJI_PER_AUTHOR_MAX;
            if !is_meant || !is_emoji(&emoji) || hidden.blocked.contains(&author) {
                continue;
            }
            if word.is_carried || self.may_react(account, &post.space, &word.place)? {
                of_author += 1;
                let (count, mine) = found.entry(emoji).or_default();
                *count += 1;
                *mine |= author == *account;
            }
        }
        let found = found.into_iter();
        let mut reactions: Vec<Reacted> = found
            .map(|(emoji, (count, mine))| Reacted { emoji, count, mine })
            .collect();
        reactions.sort_by_key(|reacted| std::cmp::Reverse((reacted.mine, reacted.count)));
        reactions.truncate(EMOJI_MAX);
        reactions.sort_by_key(|reacted| std::cmp::Reverse(reacted.count));
        Ok(reactions)
    }

    /// Who reacted to a post with an emoji and may, and when they claim to have; but for people whom the account blocks.
    pub(super) fn who_reacted(
        &self,
        account: &Identity,
        post: &SeenPost,
        emoji: &str,
        hidden: &Hidden,
    ) -> Result<Vec<(u64, Identity)>, StoreError> {
        let mut people = Vec::new();
        if !is_emoji(emoji) {
            return Ok(people);
        }
        for ((author, said), word) in self.words_on(account, post)? {
            let is_meant = word.on && said == emoji && !hidden.blocked.contains(&author);
            if is_meant && (word.is_carried || self.may_react(account, &post.space, &word.place)?) {
                people.push((word.age.0, author));
            }
        }
        Ok(people)
    }

    /// Everybody's newest word on reacting to a post with an emoji: when they claim to have said it, who, and whether they
    /// do.
    pub(super) fn reaction_times(
        &self,
        account: &Identity,
        post: &SeenPost,
        emoji: &str,
    ) -> Result<Vec<(u64, Identity, bool)>, StoreError> {
        let words = self.words_on(account, post)?.into_iter();
        let words = words.filter(|((_, said), _)| said == emoji);
        Ok(words
            .map(|((author, _), word)| (word.age.0, author, word.on))
            .collect())
    }

    /// Of each author and emoji the newest word on a post, of those that are held and those that the owner of a friends'
    /// space carries.
    fn words_on(
        &self,
        account: &Identity,
        post: &SeenPost,
    ) -> Result<BTreeMap<(Identity, String), OnPost>, StoreError> {
        let mut words = BTreeMap::new();
        let Some(space) = self.spaces.handle(&post.space) else {
            return Ok(words);
        };
        let prefix = view_key(REACTIONS, post.id.as_bytes());
        for row in self.db.prefixed(&prefix).take(READ_MAX) {
            let (key, row) = row?;
            let (time_ms, id, on, (log, seq), within): ReactionRow =
                decode_trusted(&row, ROW_BYTES_MAX)?;
            let emoji = key.get(prefix.len() + 5..).map(str::from_utf8);
            let (Some(Ok(emoji)), Some(log)) = (emoji, self.by_handle.get(&log)) else {
                continue;
            };
            let word = OnPost {
                age: (time_ms, id),
                on: on && within == space,
                place: Place { log: *log, seq },
                is_carried: false,
            };
            words.insert((log.identity, emoji.to_owned()), word);
        }
        // The owner counts what friends say to her.
        let owner = match &post.space {
            Space::Friends(owner) if owner != account => owner,
            _ => return Ok(words),
        };
        for carried in self.carried_reactions(owner, &post.id)? {
            let word = OnPost {
                age: carried.age,
                on: carried.on,
                place: carried.place,
                is_carried: true,
            };
            let known = words.entry((carried.author, carried.emoji));
            let known = known.or_insert(word);
            if known.age < word.age {
                *known = word;
            }
        }
        Ok(words)
    }

    /// The newest word of an author on the same as a reaction says.
    pub(super) fn newest_reaction(
        &self,
        author: &Identity,
        reaction: &Reaction,
        space: &Space,
    ) -> Result<Option<NewestWord>, StoreError> {
        let Some(handle) = self.identities.get(author) else {
            return Ok(None);
        };
        let key = reaction_key(&reaction.target.id, *handle, &reaction.emoji);
        let Some(row) = self.db.value(&key)? else {
            return Ok(None);
        };
        let (time_ms, id, on, (log, seq), within): ReactionRow =
            decode_trusted(&row, ROW_BYTES_MAX)?;
        let log = self.by_handle.get(&log);
        Ok(log.map(|log| NewestWord {
            age: (time_ms, id),
            stands: on && Some(within) == self.spaces.handle(space),
            place: Place { log: *log, seq },
        }))
    }

    /// Whether a reaction or a boost that lies at a place, and was sealed for a space, counts there for the account.
    pub(super) fn may_react(
        &self,
        account: &Identity,
        space: &Space,
        place: &Place,
    ) -> Result<bool, StoreError> {
        let author = &place.log.identity;
        Ok(match space {
            Space::Public => true,
            Space::Private(owner) => author == owner,
            Space::Direct(one, other) => author == one || author == other,
            // Only the owner knows who is in it. Others see what they hold and can open.
            Space::Friends(owner) if owner == account => {
                author == owner || self.are_friends(owner, author)?
            }
            Space::Friends(_) => true,
            Space::Shared { .. } => match self.opened(place)? {
                Some(opened) => self.counts(place, &opened.audience)?,
                None => false,
            },
        })
    }

    /// When an account's last word on a reaction claims to be from, and whether it stands.
    pub(crate) fn reaction(
        &self,
        account: &Identity,
        target: &EntryId,
        emoji: &str,
    ) -> Result<(u64, bool), StoreError> {
        let Some(handle) = self.identities.get(account) else {
            return Ok((0, false));
        };
        let row = self.db.value(&reaction_key(target, *handle, emoji))?;
        let row: Option<ReactionRow> = row
            .map(|row| decode_trusted(&row, ROW_BYTES_MAX))
            .transpose()?;
        Ok(row.map_or((0, false), |(time_ms, _, on, ..)| (time_ms, on)))
    }
}

#[cfg(test)]
mod tests {
    use super::is_emoji;

    #[test]
    fn emoji_are_no_words_and_steer_nothing() {
        for emoji in ["❤", "👍🏽", "👨‍👩‍👧", "1️⃣", "✔️", "🇨🇭", "ø"]
        {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for text in [
            "",
            "+1",
            "ok",
            "👍ok",
            "❤ ❤",
            "❤\n",
            "\u{1b}❤",
            "\u{202e}❤",
            "\u{200b}",
        ] {
            assert!(!is_emoji(text), "{text:?}");
        }
    }
}
