//! What an account notes for itself: whom it mutes and blocks, bookmarks, lists of people, how far it read.

use crate::said::{Said, said};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hearth_keys::Identity;
use hearth_protocol::bounds::{EMOJI_BYTES_MAX, REGISTER_KEY_BYTES_MAX, REGISTER_VALUE_BYTES_MAX};
use hearth_protocol::codec::{Bytes, decode_trusted, encode};
use hearth_protocol::content::social::register;
use hearth_protocol::content::{Content, Reaction, Reference, Register};
use hearth_protocol::entry::EntryId;
use hearth_protocol::space::{Space, SpaceKind};

use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::model::{self, AppError, Muted, PeopleList, Person, ReadTo};
use super::people::parse_key;
use super::spaces::name_of;
use super::{App, Change, bad_request, newer_than, not_found};
use crate::store::logs::{Draft, Logs};
use crate::store::reactions::is_emoji;
use crate::store::registers::{Hidden, TimedKeyValue};
use crate::store::timeline::Filter;
use crate::store::{StoreError, timeline::SeenPost};

/// The key of the reading position in the timeline of all.
const HOME: [u8; 32] = [0; 32];
/// Bytes of a list's name, hashed, that its members' keys begin with.
const LIST_KEY_BYTES: usize = 16;
/// The longest name of a list, in bytes.
pub(crate) const LIST_NAME_BYTES_MAX: usize = 128;
/// From news of the own log to looking at it.
const REVIEW_PAUSE: Duration = Duration::from_millis(300);
/// How a person's key begins.
const IDENTITY_START: &str = "hearth1";
/// What the value of a mute says.
const MUTED_PERSON: &[u8] = &[];
const MUTED_SPACE: &[u8] = &[1];
/// Unread posts are counted up to here.
const UNREAD_MAX: usize = 1000;
/// Spaces that a warning lists before it counts.
const SPACES_LISTED_MAX: usize = 5;

impl App {
    /// Notes a value under a register's key, or that there is none any longer. What stands there already isn't written
    /// again.
    pub(crate) async fn set_register(
        &self,
        number: u8,
        key: Vec<u8>,
        value: Option<Vec<u8>>,
    ) -> Result<(), AppError> {
        let value_bytes = value.as_ref().map_or(0, Vec::len);
        if key.len() > REGISTER_KEY_BYTES_MAX || value_bytes > REGISTER_VALUE_BYTES_MAX {
            return Err(bad_request(said!(
                "note-too-long",
                "a note has a key of at most {key_bytes} bytes and a value of at most {value_bytes}",
                key_bytes = REGISTER_KEY_BYTES_MAX,
                value_bytes = REGISTER_VALUE_BYTES_MAX
            )));
        }
        let (me, asked) = (self.identity(), key.clone());
        let read = self.0.store.read(move |logs| {
            let said_ms = logs.register_time_ms(&me, number, &asked)?;
            Ok((said_ms, logs.register(&me, number, &asked)?))
        });
        let (said_ms, held) = read.await?;
        if held == value {
            return Ok(());
        }
        let register = Content::Register(Register {
            register: number,
            key,
            value,
        });
        let draft = Draft::private(newer_than(said_ms), register);
        self.write_one(false, draft).await?;
        Ok(())
    }

    /// The newest value of a register under a key.
    pub(crate) async fn register(
        &self,
        number: u8,
        key: Vec<u8>,
    ) -> Result<Option<Vec<u8>>, AppError> {
        let me = self.identity();
        let read = self
            .0
            .store
            .read(move |logs| logs.register(&me, number, &key));
        Ok(read.await?)
    }

    /// All keys of a register that have a value.
    pub(crate) async fn registers(&self, number: u8) -> Result<Vec<(Vec<u8>, Vec<u8>)>, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| logs.registers(&me, number));
        Ok(read.await?)
    }

    /// Whom the account doesn't want to see.
    pub(crate) async fn hidden(&self) -> Result<Arc<Hidden>, AppError> {
        let me = self.identity();
        Ok(self.0.store.read(move |logs| logs.hidden(&me)).await?)
    }

    /// Whether the account blocks somebody.
    pub(crate) async fn is_blocked(&self, identity: Identity) -> Result<bool, AppError> {
        Ok(self.hidden().await?.blocked.contains(&identity))
    }

    pub(super) fn somebody_else(&self, key: &str) -> Result<Identity, AppError> {
        let identity = parse_key(key)?;
        if identity == self.identity() {
            return Err(bad_request(said!(
                "own-key",
                "this is your own key: name somebody else"
            )));
        }
        Ok(identity)
    }

    /// Takes somebody's posts, or those of a space, out of the timelines, or lets them in again.
    pub(crate) async fn mute(&self, key: &str, on: bool) -> Result<Muted, AppError> {
        let (id, what) = if key.starts_with(IDENTITY_START) {
            (*self.somebody_else(key)?.as_bytes(), MUTED_PERSON)
        } else {
            (self.space_named(key).await?, MUTED_SPACE)
        };
        let value = on.then(|| what.to_vec());
        self.set_register(register::MUTE, id.to_vec(), value)
            .await?;
        let me = self.identity();
        let read = self.0.store.read(move |logs| muted(logs, &me, id, what));
        Ok(read.await?)
    }

    /// Who and what is muted.
    pub(crate) async fn mutes(&self) -> Result<Vec<Muted>, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let pairs = logs.registers(&me, register::MUTE)?.into_iter();
            let pairs = pairs.filter_map(|(id, what)| Some((id.try_into().ok()?, what)));
            pairs
                .map(|(id, what)| muted(logs, &me, id, &what))
                .collect()
        });
        Ok(read.await?)
    }

    /// Ends all that there is between the account and somebody, or lets it begin again. What was ended doesn't come back
    /// by itself.
    pub(crate) async fn block(&self, key: &str, on: bool) -> Result<model::Blocked, AppError> {
        let identity = self.somebody_else(key)?;
        let value = on.then(Vec::new);
        self.set_register(register::BLOCK, identity.as_bytes().to_vec(), value)
            .await?;
        self.review_blocks().await?;
        if on {
            self.end_following(identity).await?;
        }
        let _ = self.0.changes.send(Change::People);
        let relation = self.relation(key).await?;
        let warning = match on {
            true => self.among_others(identity).await?,
            false => None,
        };
        Ok(model::Blocked {
            relation,
            warnings: warning.into_iter().collect(),
        })
    }

    /// What to know of somebody who is blocked and yet is in spaces that the account is in.
    async fn among_others(&self, who: Identity) -> Result<Option<String>, AppError> {
        let me = self.identity();
        let (name, mut shared) = self
            .0
            .store
            .read(move |logs| {
                let both = shared_with(logs, &me, &who)?;
                let names = both.iter().map(|space| name_of(logs, &me, space));
                let names = names.collect::<Result<Vec<_>, StoreError>>()?;
                Ok((super::spaces::person(logs, &me, &who)?, names))
            })
            .await?;
        if shared.is_empty() {
            return Ok(None);
        }
        let count = shared.len();
        if count > SPACES_LISTED_MAX {
            shared.truncate(SPACES_LISTED_MAX);
            shared.push(format!("{} more", count - SPACES_LISTED_MAX));
        }
        Ok(Some(format!(
            "{name} goes on reading what you write where both of you are: {}. `hearth space remove` takes them out, where you are an admin; `hearth space leave` takes you out",
            shared.join(", ")
        )))
    }

    /// Whom the account blocks.
    pub(crate) async fn blocks(&self) -> Result<Vec<Person>, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let hidden = logs.hidden(&me)?;
            hidden
                .blocked
                .iter()
                .map(|it| person(logs, &me, it))
                .collect()
        });
        Ok(read.await?)
    }

    /// Lets replication know whom the account blocks.
    pub(crate) async fn review_blocks(&self) -> Result<(), AppError> {
        let hidden = self.hidden().await?;
        self.0.replication.block(hidden.blocked.clone()).await;
        Ok(())
    }

    /// Takes over whom the account follows and blocks, and who follows it, as another device of it says; tells the others who
    /// follows.
    pub(crate) async fn keep_up_with_other_devices(self) {
        let me = self.identity();
        let mut changes = self.changes();
        loop {
            let reviewed = self.review_what_devices_say().await;
            if let Err(error) = reviewed {
                tracing::warn!(%error, "whom the account follows and blocks isn't known to the last word");
            }
            loop {
                match changes.recv().await {
                    Ok(Change::Entries { identity }) if identity != me => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                }
            }
            // What comes together is looked at together.
            tokio::time::sleep(REVIEW_PAUSE).await;
            while let Ok(_) | Err(TryRecvError::Lagged(_)) = changes.try_recv() {}
        }
    }

    async fn review_what_devices_say(&self) -> Result<(), AppError> {
        self.review_follows().await?;
        self.review_blocks().await?;
        self.share_followers().await
    }

    /// Keeps a post to come back to, or no longer.
    pub(crate) async fn bookmark(&self, id: &str, on: bool) -> Result<(), AppError> {
        if !on {
            // The post itself may be gone.
            let id = entry_id(id)?;
            return self
                .set_register(register::BOOKMARK, id.as_bytes().to_vec(), None)
                .await;
        }
        let reference = self.reference(id).await?;
        let key = reference.id.as_bytes().to_vec();
        self.set_register(register::BOOKMARK, key, Some(reference.to_bytes()))
            .await
    }

    /// The posts that are bookmarked and here, the one bookmarked last first: at most `limit`, from behind a place on that an
    /// earlier answer gave as [`Bookmarks::next`].
    pub(crate) async fn bookmarks(
        &self,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Bookmarks, AppError> {
        let before = before.map(bookmark_place).transpose()?;
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let rows = logs.register_rows(&me, register::BOOKMARK)?;
            let (rows, next) = bookmarks_before(rows, before, limit);
            let kept = rows.len();
            let mut posts = Vec::with_capacity(kept);
            for (_, key, value) in rows {
                posts.extend(bookmarked(logs, &key, &value)?);
            }
            Ok(Bookmarks {
                missing: kept - posts.len(),
                posts: super::posts::named(logs, &me, posts)?,
                next,
            })
        });
        Ok(read.await?)
    }

    /// Says with an emoji what one thinks of a post, or takes that back; returns the post as it is then.
    pub(crate) async fn react(
        &self,
        id: &str,
        emoji: &str,
        on: bool,
    ) -> Result<model::Post, AppError> {
        if emoji.len() > EMOJI_BYTES_MAX || !is_emoji(emoji) {
            return Err(bad_request(said!(
                "reaction-not-emoji",
                "a reaction is one emoji, such as ❤ or 👍"
            )));
        }
        let post = self.seen(id).await?;
        let target = Reference {
            place: post.place,
            id: post.id,
        };
        let (me, asked) = (self.identity(), emoji.to_owned());
        let said = self
            .0
            .store
            .read(move |logs| logs.reaction(&me, &target.id, &asked));
        let (said_ms, held) = said.await?;
        if held != on {
            let emoji = emoji.to_owned();
            let reaction = Content::Reaction(Reaction { target, emoji, on });
            self.write_beside(&post, newer_than(said_ms), reaction)
                .await?;
        }
        self.post_by_id(id).await
    }

    /// Puts people on a list and takes people off it; a list without anybody is none.
    pub(crate) async fn change_list(
        &self,
        name: &str,
        add: &[String],
        remove: &[String],
    ) -> Result<PeopleList, AppError> {
        check_list_name(name)?;
        let parse = |keys: &[String]| keys.iter().map(|key| parse_key(key)).collect();
        let (add, remove): (Result<Vec<_>, _>, Result<Vec<_>, _>) = (parse(add), parse(remove));
        let (add, remove) = (add?, remove?);
        if let Some(both) = add.iter().find(|identity| remove.contains(identity)) {
            return Err(bad_request(said!(
                "list-both",
                "{both} can't be added and removed at once",
                both = both.to_string()
            )));
        }
        for identity in add {
            let value = Some(name.as_bytes().to_vec());
            self.set_register(register::LIST_MEMBER, list_key(name, &identity), value)
                .await?;
        }
        for identity in remove {
            self.set_register(register::LIST_MEMBER, list_key(name, &identity), None)
                .await?;
        }
        let list = self.list(name).await?;
        Ok(list.unwrap_or_else(|| PeopleList {
            name: name.to_owned(),
            members: Vec::new(),
        }))
    }

    /// The list of a name, if there is anybody on it.
    pub(crate) async fn list(&self, name: &str) -> Result<Option<PeopleList>, AppError> {
        let lists = self.lists().await?;
        Ok(lists.into_iter().find(|list| list.name == name))
    }

    /// All lists, by name.
    pub(crate) async fn lists(&self) -> Result<Vec<PeopleList>, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let mut lists: BTreeMap<String, Vec<Person>> = BTreeMap::new();
            for (key, value) in logs.registers(&me, register::LIST_MEMBER)? {
                let identity = key
                    .get(LIST_KEY_BYTES..)
                    .and_then(|key| key.try_into().ok());
                if let (Some(identity), Ok(name)) = (identity, String::from_utf8(value)) {
                    let person = person(logs, &me, &Identity::from_bytes(identity))?;
                    lists.entry(name).or_default().push(person);
                }
            }
            let lists = lists.into_iter();
            Ok(lists
                .map(|(name, members)| PeopleList { name, members })
                .collect())
        });
        Ok(read.await?)
    }

    /// The people on a list.
    pub(super) async fn listed(&self, name: &str) -> Result<BTreeSet<Identity>, AppError> {
        let list = self.list(name).await?.ok_or_else(|| {
            not_found(said!("list-unknown", "there is no list {name:?}: `hearth lists` shows them, and `hearth list NAME --add KEY` begins one", name = name))
        })?;
        let members = list.members.iter();
        members.map(|member| parse_key(&member.identity)).collect()
    }

    /// The id of a space that is named by id, name or word.
    async fn space_named(&self, space: &str) -> Result<[u8; 32], AppError> {
        if let Some(id) = space_id(space) {
            return Ok(id);
        }
        Ok(*self.named_space(space).await?.id().as_bytes())
    }

    /// Notes that one read up to a post, in the timeline of all or in a space's.
    pub(crate) async fn read_to(&self, space: Option<&str>, id: &str) -> Result<(), AppError> {
        let post = self.seen(id).await?;
        let value = encode(&(post.time_ms, Bytes(*post.id.as_bytes())));
        let key = match space {
            Some(space) => self.space_named(space).await?.to_vec(),
            None => HOME.to_vec(),
        };
        self.set_register(register::READING_POSITION, key, Some(value))
            .await
    }

    /// How far one read, in the timeline of all and in spaces.
    pub(crate) async fn read_positions(&self) -> Result<Vec<ReadTo>, AppError> {
        let (me, home) = (self.identity(), self.home_filter());
        let read = self.0.store.read(move |logs| {
            let mut home = home(logs)?;
            home.authors.remove(&me);
            home.hidden.insert(me);
            let mut positions = Vec::new();
            for (key, value) in logs.registers(&me, register::READING_POSITION)? {
                let Ok((time_ms, id)) = decode_trusted::<(u64, Bytes<32>)>(&value, value.len())
                else {
                    continue;
                };
                if key.len() != HOME.len() {
                    // How far notifications were read.
                    continue;
                }
                let id = EntryId::from_bytes(id.0);
                let post = match logs.find(&id)? {
                    Some(place) => logs.post_at(&place)?,
                    None => None,
                };
                let local_id = post.map_or(time_ms << 16, |post| post.local_id);
                let space: Option<[u8; 32]> = key.try_into().ok().filter(|key| *key != HOME);
                let filter = match space {
                    None => Some(home.clone()),
                    Some(id) => {
                        let mut known = logs.known_spaces();
                        let space = known.find(|space| *space.id().as_bytes() == id);
                        space.map(|space| Filter {
                            spaces: BTreeSet::from([*space]),
                            hidden: home.hidden.clone(),
                            ..Filter::default()
                        })
                    }
                };
                let unread = filter
                    .map(|filter| logs.count_newer(&filter, local_id, UNREAD_MAX))
                    .transpose()?;
                positions.push(ReadTo {
                    space: space.map(hex),
                    space_name: match space {
                        Some(id) => space_name(logs, &me, id)?,
                        None => String::new(),
                    },
                    id: id.to_string(),
                    time_ms,
                    unread,
                });
            }
            Ok(positions)
        });
        Ok(read.await?)
    }
}

pub(super) fn entry_id(id: &str) -> Result<EntryId, AppError> {
    id.parse()
        .map_err(|error| bad_request(Said::of("not-an-id", &error)))
}

/// 64 hexadecimal digits.
fn space_id(text: &str) -> Option<[u8; 32]> {
    let id: EntryId = text.parse().ok()?;
    Some(*id.as_bytes())
}

fn hex(id: [u8; 32]) -> String {
    EntryId::from_bytes(id).to_string()
}

fn check_list_name(name: &str) -> Result<(), AppError> {
    let is_plain = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if is_plain && name.len() <= LIST_NAME_BYTES_MAX {
        Ok(())
    } else {
        Err(bad_request(said!(
            "list-name",
            "a list's name has 1 to {most} bytes, on one line",
            most = LIST_NAME_BYTES_MAX
        )))
    }
}

/// The first half of the name's hash, then the identity.
fn list_key(name: &str, identity: &Identity) -> Vec<u8> {
    let mut key = blake3::hash(name.as_bytes()).as_bytes()[..LIST_KEY_BYTES].to_vec();
    key.extend_from_slice(identity.as_bytes());
    key
}

/// Bookmarks, the one that was kept last first.
pub(crate) struct Bookmarks {
    /// Their posts.
    pub(crate) posts: Vec<model::Post>,
    /// How many posts aren't here.
    pub(crate) missing: usize,
    /// From where it goes on.
    pub(crate) next: Option<String>,
}

/// When a post was bookmarked, and which.
type BookmarkPlace = (u64, Vec<u8>);

fn bookmark_place(text: &str) -> Result<BookmarkPlace, AppError> {
    let place = text.split_once('-').and_then(|(time_ms, id)| {
        let id: EntryId = id.parse().ok()?;
        Some((time_ms.parse().ok()?, id.as_bytes().to_vec()))
    });
    place.ok_or_else(|| {
        bad_request(said!(
            "not-a-place-bookmarks",
            "this is no place among bookmarks: begin with the first ones"
        ))
    })
}

/// At most `limit` of the rows below a place, the newest first, and where it goes on.
fn bookmarks_before(
    mut rows: Vec<TimedKeyValue>,
    before: Option<BookmarkPlace>,
    limit: usize,
) -> (Vec<TimedKeyValue>, Option<String>) {
    if let Some((time_ms, key)) = &before {
        rows.retain(|row| (row.0, &row.1) < (*time_ms, key));
    }
    rows.sort_by(|a, b| (b.0, &b.1).cmp(&(a.0, &a.1)));
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more);
    let next = last.and_then(|(time_ms, key, _)| {
        let id = EntryId::from_bytes(key.as_slice().try_into().ok()?);
        Some(format!("{time_ms}-{id}"))
    });
    (rows, next)
}

fn bookmarked(logs: &Logs, key: &[u8], value: &[u8]) -> Result<Option<SeenPost>, StoreError> {
    let Ok(reference) = Reference::from_bytes(value) else {
        return Ok(None);
    };
    let post = logs.post_at(&reference.place)?;
    Ok(post.filter(|post| post.id.as_bytes() == key))
}

/// Somebody, by the name that `me` knows them by.
pub(super) fn person(
    logs: &Logs,
    me: &Identity,
    identity: &Identity,
) -> Result<Person, StoreError> {
    Ok(Person {
        identity: identity.to_string(),
        name: logs.name_of(me, identity)?,
    })
}

/// The shared spaces that both are in.
fn shared_with(logs: &Logs, me: &Identity, who: &Identity) -> Result<Vec<Space>, StoreError> {
    let mut both = Vec::new();
    for space in logs.known_spaces() {
        if space.kind() == SpaceKind::Shared {
            let members = &logs.resolved(space)?.members;
            if members.contains_key(me) && members.contains_key(who) {
                both.push(*space);
            }
        }
    }
    Ok(both)
}

/// What a space is called here; empty while it isn't known.
fn space_name(logs: &Logs, me: &Identity, id: [u8; 32]) -> Result<String, StoreError> {
    let mut known = logs.known_spaces();
    match known.find(|space| *space.id().as_bytes() == id) {
        Some(space) => name_of(logs, me, space),
        None => Ok(String::new()),
    }
}

/// Whoever or whatever is muted.
fn muted(logs: &Logs, me: &Identity, id: [u8; 32], what: &[u8]) -> Result<Muted, StoreError> {
    let identity = Identity::from_bytes(id);
    Ok(if what == MUTED_SPACE {
        Muted {
            identity: None,
            space: Some(hex(id)),
            name: space_name(logs, me, id)?,
        }
    } else {
        Muted {
            identity: Some(identity.to_string()),
            space: None,
            name: logs.name_of(me, &identity)?,
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn bookmarks_come_in_pages_and_each_once() {
        let row = |number: u8| (u64::from(number / 3), vec![number; 32], Vec::new());
        let rows: Vec<_> = (0..10).map(row).collect();
        let (mut seen, mut before) = (Vec::new(), None);
        for expected in [4, 4, 2] {
            let (page, next) = bookmarks_before(rows.clone(), before, 4);
            assert_eq!(page.len(), expected);
            seen.extend(page);
            before = next.map(|next| bookmark_place(&next).unwrap());
        }
        assert_eq!(before, None);
        assert!(seen.iter().eq(rows.iter().rev()));
        for wrong in ["", "1", "x-00", "1-"] {
            assert!(bookmark_place(wrong).is_err(), "{wrong}");
        }
    }
}
