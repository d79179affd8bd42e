//! Writing and reading posts.

use crate::said::said;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use hearth_keys::Identity;
use hearth_protocol::content::social::register;
use hearth_protocol::content::{Content, Delete, Edit, Post, Reference, Target, check_text};
use hearth_protocol::space::{Space, SpaceKind};
use hearth_protocol::{bounds, codec::DecodeError};

use super::model::{self, AppError, Edited, NewPost, NewWords, Page, Posted};
use super::photos::check_words;
use super::{App, bad_request, failed, newer_than, not_found, spaces};
use crate::mentions::mentioned;
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::logs::Draft;
use crate::store::logs::Logs;
use crate::store::timeline::{Filter, SeenPost};

const LIMIT_DEFAULT: u64 = 40;
const LIMIT_MAX: u64 = 1000;
/// Of those whom a text mentions, so many are named.
const MENTIONS_NAMED_MAX: usize = 64;
/// Newer posts that are told at once.
const NEWER_MAX: usize = 200;

impl App {
    /// Writes a post.
    pub(crate) async fn post(&self, post: NewPost) -> Result<Posted, AppError> {
        check_post(&post)?;
        let parent = match &post.reply_to {
            Some(id) => Some(self.seen(id).await?),
            None => None,
        };
        let space = self
            .whither(post.audience.as_ref(), parent.as_ref())
            .await?;
        let mentioned = mentioned(&post.text).collect();
        let reply_to = parent.as_ref().map(|parent| Reference {
            place: parent.place,
            id: parent.id,
        });
        let content = Content::Post(Post {
            text: post.text,
            reply_to,
            warning: post.warning,
            photos: self.adopt_photos(&post.photos).await?,
        });
        let placed = self.write_in(space, vec![(unix_ms(), content)]).await?;
        self.drop_drafts(&post.photos).await;
        let written = placed.written.first().copied();
        let written =
            written.ok_or_else(|| failed(said!("nothing-written", "nothing was written")))?;
        let mut warnings = self.unreached(placed.unreached, "read it").await?;
        warnings.extend(parent.and_then(|parent| beyond(&parent, &space)));
        warnings.extend(self.strangers(&space, mentioned).await?);
        Ok(Posted {
            id: written.id.to_string(),
            seq: written.place.seq,
            space: space.id().to_string(),
            audience: spaces::audience(&space),
            space_name: self.shown_name(space).await?,
            warnings,
        })
    }

    /// The store isn't asked for what has no name.
    async fn shown_name(&self, space: Space) -> Result<String, AppError> {
        let me = self.identity();
        if !spaces::shows_name(&me, &space) {
            return Ok(String::new());
        }
        let name = self
            .0
            .store
            .read(move |logs| spaces::shown_name(logs, &me, &space));
        Ok(name.await?)
    }

    pub(super) async fn reference(&self, id: &str) -> Result<Reference, AppError> {
        let post = self.seen(id).await?;
        Ok(Reference {
            place: post.place,
            id: post.id,
        })
    }

    /// What to know of people who are mentioned and can't read it.
    async fn strangers(
        &self,
        space: &Space,
        mut mentioned: BTreeSet<Identity>,
    ) -> Result<Option<String>, AppError> {
        if matches!(space, Space::Public) || mentioned.is_empty() {
            return Ok(None);
        }
        let (me, space) = (self.identity(), *space);
        let members = self
            .0
            .store
            .read(move |logs| spaces::members_of(logs, &me, &space))
            .await?;
        for (member, _) in members {
            mentioned.remove(&member);
        }
        if mentioned.is_empty() {
            return Ok(None);
        }
        let names = self.names(mentioned).await?;
        Ok(Some(match space {
            // Who is among somebody else's friends only they know.
            Space::Friends(owner) if owner != me => {
                format!("{names} can read it only as a friend of the one whom this answers")
            }
            _ => format!("{names} can't read it: not in this space"),
        }))
    }

    pub(super) async fn seen(&self, id: &str) -> Result<SeenPost, AppError> {
        let id = super::social::entry_id(id)?;
        let me = self.identity();
        let found = self.0.store.read(move |logs| {
            let place = logs.find(&id)?;
            let post = place.map(|place| logs.post_at(&place)).transpose()?;
            let hidden = logs.hidden(&me)?;
            Ok(post.flatten().filter(|post| !hidden.hides(&me, post)))
        });
        let missing = || {
            not_found(said!(
                "post-not-here",
                "no post with the id {id} is here, or it was deleted",
                id = id.to_string()
            ))
        };
        found.await?.ok_or_else(missing)
    }

    /// What the timeline is of: whom one follows and doesn't mute, and spaces that one is in with others.
    pub(super) fn home_filter(
        &self,
    ) -> impl FnOnce(&Logs) -> Result<Filter, StoreError> + Send + use<> {
        let (me, mut authors) = (self.identity(), self.authors());
        move |logs| {
            let hidden = logs.hidden(&me)?;
            authors.retain(|author| !hidden.is_out_of_timelines(author));
            let is_at_home = |space: &&Space| {
                matches!(space.kind(), SpaceKind::Shared | SpaceKind::Direct)
                    && !hidden.mutes_space(space)
            };
            let muted = hidden.muted.iter().map(|id| Identity::from_bytes(*id));
            Ok(Filter {
                spaces: logs.known_spaces().filter(is_at_home).copied().collect(),
                authors,
                hidden: muted.chain(hidden.blocked.iter().copied()).collect(),
                boosts_for: Some(me),
            })
        }
    }

    /// Posts of oneself and of those whom one follows, newest first.
    pub(crate) async fn timeline(&self, page: Page) -> Result<Vec<model::Post>, AppError> {
        if let Some(list) = page.list.clone() {
            return self.list_timeline(&list, page).await;
        }
        if let Some(space) = page.space.clone() {
            return self.timeline_of(&space, page).await;
        }
        let (limit, before) = bounds_of(&page)?;
        let (me, filter) = (self.identity(), self.home_filter());
        Ok(self
            .0
            .store
            .read(move |logs| {
                let filter = filter(logs)?;
                let posts = logs.timeline(&filter, before, limit, &logs.unless_muted(&me)?)?;
                named(logs, &me, posts)
            })
            .await?)
    }

    /// Posts in one space, newest first. In the public one: those of oneself and of those whom one follows.
    async fn timeline_of(&self, space: &str, page: Page) -> Result<Vec<model::Post>, AppError> {
        let (limit, before) = bounds_of(&page)?;
        let (me, space) = (self.identity(), self.named_space(space).await?);
        let home = self.home_filter();
        let posts = self.0.store.read(move |logs| {
            let unhidden = logs.unless_hidden(&me)?;
            let posts = match space {
                Space::Public => {
                    let shows = |post: &SeenPost| post.space == space && unhidden(post);
                    logs.timeline(&home(logs)?, before, limit, &shows)?
                }
                space => logs.space_timeline(&space, before, limit, &unhidden)?,
            };
            named(logs, &me, posts)
        });
        Ok(posts.await?)
    }

    /// Posts of the people on a list, newest first, as far as they are held.
    pub(crate) async fn list_timeline(
        &self,
        list: &str,
        page: Page,
    ) -> Result<Vec<model::Post>, AppError> {
        let (limit, before) = bounds_of(&page)?;
        let (me, authors, hidden) = (
            self.identity(),
            self.listed(list).await?,
            self.hidden().await?,
        );
        let authors = authors
            .into_iter()
            .filter(|author| !hidden.is_out_of_timelines(author))
            .collect();
        let filter = Filter {
            boosts_for: Some(me),
            ..Filter::of_authors(authors)
        };
        Ok(self
            .0
            .store
            .read(move |logs| {
                let posts = logs.timeline(&filter, before, limit, &logs.unless_hidden(&me)?)?;
                named(logs, &me, posts)
            })
            .await?)
    }

    /// Posts of the timeline above a `local_id`, newest first, 200 at most.
    pub(crate) async fn newer(&self, after: &str) -> Result<Vec<model::Post>, AppError> {
        let after = local_id(after)?;
        let (me, filter) = (self.identity(), self.home_filter());
        let newer = self.0.store.read(move |logs| {
            let filter = filter(logs)?;
            let posts = logs.newer(&filter, after, NEWER_MAX, &logs.unless_muted(&me)?)?;
            named(logs, &me, posts)
        });
        let mut posts = newer.await?;
        posts.reverse();
        Ok(posts)
    }

    /// Somebody's posts, newest first; nothing when none is held.
    pub(crate) async fn posts(&self, key: &str, page: Page) -> Result<Vec<model::Post>, AppError> {
        let (limit, before) = bounds_of(&page)?;
        let identity = super::people::parse_key(key)?;
        let me = self.identity();
        Ok(self
            .0
            .store
            .read(move |logs| {
                let posts = logs.posts(&identity, before, limit, &logs.unless_hidden(&me)?)?;
                named(logs, &me, posts)
            })
            .await?)
    }

    /// The thread that a post is in, newest first.
    pub(crate) async fn thread(&self, id: &str) -> Result<Vec<model::Post>, AppError> {
        let id = self.seen(id).await?.id;
        let me = self.identity();
        Ok(self
            .0
            .store
            .read(move |logs| {
                let mut posts = logs.thread(&id)?;
                let hidden = logs.hidden(&me)?;
                posts.retain(|post| !hidden.hides(&me, post));
                named(logs, &me, posts)
            })
            .await?)
    }

    /// Who wrote the posts that are answered, by their ids: of those that are here and aren't hidden.
    pub(crate) async fn authors_of(
        &self,
        answered: Vec<Reference>,
    ) -> Result<BTreeMap<String, model::Person>, AppError> {
        if answered.is_empty() {
            return Ok(BTreeMap::new());
        }
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let hidden = logs.hidden(&me)?;
            let mut authors = BTreeMap::new();
            for Reference { place, id } in answered {
                let post = logs.post_at(&place)?;
                let post = post.filter(|post| post.id == id && !hidden.hides(&me, post));
                if let Some(post) = post {
                    let author = super::social::person(logs, &me, &post.place.log.identity)?;
                    authors.insert(id.to_string(), author);
                }
            }
            Ok(authors)
        });
        Ok(read.await?)
    }

    /// One post.
    pub(crate) async fn post_by_id(&self, id: &str) -> Result<model::Post, AppError> {
        let (me, post) = (self.identity(), self.seen(id).await?);
        let mut posts = self
            .0
            .store
            .read(move |logs| named(logs, &me, vec![post]))
            .await?;
        posts
            .pop()
            .ok_or_else(|| not_found(said!("post-gone", "the post is gone")))
    }

    /// Replaces what a post says.
    pub(crate) async fn edit_words(&self, id: &str, said: NewWords) -> Result<Edited, AppError> {
        let post = self.own_post(id).await?;
        let NewWords {
            text,
            warning,
            alts,
        } = said;
        let warning = warning.unwrap_or_else(|| post.post.warning.clone());
        let alts = alts.unwrap_or_else(|| {
            let photos = post.post.photos.iter();
            photos.map(|photo| photo.alt.clone()).collect()
        });
        if alts.len() != post.post.photos.len() {
            return Err(bad_request(said!(
                "words-on-photos",
                "this post has {photos} photos, and words on {words} were given: say something of each, or nothing of any",
                photos = post.post.photos.len(),
                words = alts.len()
            )));
        }
        if !text.is_empty() || alts.is_empty() {
            check_text(&text).map_err(|error| text_error(&error))?;
        }
        check_words(warning.as_deref(), alts.iter().cloned())?;
        let place = post.place;
        let edits = self.0.store.read(move |logs| logs.edits(&place)).await?;
        let time_ms = newer_than(
            edits
                .last_key_value()
                .map_or(0, |((time_ms, _), _)| *time_ms),
        );
        let target = Target::from(place);
        let mentioned = mentioned(&text).collect();
        let edit = Content::Edit(Edit {
            target,
            text,
            warning,
            alts,
        });
        let placed = self.write_in(post.space, vec![(time_ms, edit)]).await?;
        let mut warnings = self.unreached(placed.unreached, "read it").await?;
        warnings.extend(self.strangers(&post.space, mentioned).await?);
        Ok(Edited {
            id: id.to_owned(),
            warnings,
        })
    }

    /// Deletes a post and its edits everywhere.
    pub(crate) async fn delete(&self, id: &str) -> Result<(), AppError> {
        let post = self.own_post(id).await?;
        let place = post.place;
        let edits = self.0.store.read(move |logs| logs.edits(&place)).await?;
        let mut targets: Vec<Target> = edits
            .into_values()
            .chain([place])
            .map(Target::from)
            .collect();
        targets.sort();
        let now_ms = unix_ms();
        let deletes = targets
            .chunks(bounds::DELETE_TARGETS_MAX)
            .map(|targets| Delete {
                targets: targets.to_vec(),
            });
        let drafts = deletes
            .map(|delete| Draft::public(now_ms, Content::Delete(delete)))
            .collect();
        self.write(place.log.log.is_social(), drafts).await?;
        Ok(())
    }

    async fn own_post(&self, id: &str) -> Result<SeenPost, AppError> {
        let post = self.seen(id).await?;
        if post.place.log.identity == self.identity() {
            Ok(post)
        } else {
            Err(bad_request(said!(
                "post-not-mine",
                "this post is somebody else's: only its author can change or delete it"
            )))
        }
    }
}

/// Whether a new post is within bounds, and what to do if it isn't.
fn check_post(post: &NewPost) -> Result<(), AppError> {
    if !post.text.is_empty() || post.photos.is_empty() {
        check_text(&post.text).map_err(|error| text_error(&error))?;
    }
    let (count, most) = (post.photos.len(), bounds::PHOTOS_MAX);
    if count > most {
        return Err(bad_request(said!(
            "too-many-photos",
            "a post has at most {most} photos, and these are {count}: post the others as an answer",
            most = most,
            count = count
        )));
    }
    let drafts: BTreeSet<&str> = post.photos.iter().map(|one| one.draft.as_str()).collect();
    if drafts.len() < count {
        return Err(bad_request(said!(
            "photo-twice",
            "a photo can be in a post only once"
        )));
    }
    let alts = post.photos.iter().map(|photo| photo.alt.clone());
    check_words(post.warning.as_deref(), alts)
}

/// What to know of a reply that leaves the space of what it answers.
fn beyond(parent: &SeenPost, space: &Space) -> Option<String> {
    let leaves = parent.space != *space && parent.space != Space::Public;
    leaves.then(|| {
        format!(
            "what it answers was written for others ({}): who can't read that sees an answer to something hidden; without a word on who may read it, a reply goes to those who can read what it answers",
            parent.space.kind()
        )
    })
}

fn text_error(error: &DecodeError) -> AppError {
    match error {
        DecodeError::TooLong { length, limit } => bad_request(said!(
            "post-too-long",
            "the text has {length} bytes, and a post at most {limit}: shorten it or split it",
            length = length,
            limit = limit
        )),
        _ => bad_request(said!(
            "post-empty",
            "a post needs at least one character, or a photo"
        )),
    }
}

pub(super) fn bounds_of(page: &Page) -> Result<(usize, Option<u64>), AppError> {
    let limit = page.limit.unwrap_or(LIMIT_DEFAULT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(bad_request(said!(
            "limit-out-of-bounds",
            "a limit lies between 1 and {most}",
            most = LIMIT_MAX
        )));
    }
    let before = page.before.as_deref().map(local_id).transpose()?;
    Ok((usize::try_from(limit).unwrap_or(usize::MAX), before))
}

pub(super) fn local_id(text: &str) -> Result<u64, AppError> {
    let digits = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { text.parse().ok() } else { None };
    number.ok_or_else(|| {
        bad_request(said!(
            "not-a-place",
            "a local id has 20 decimal digits, as a timeline shows them"
        ))
    })
}

/// Whom a text mentions, by the names that are known of them.
pub(super) fn mentioned_people(
    text: &str,
    name_of: impl Fn(&Identity) -> Result<String, StoreError>,
) -> Result<Vec<model::Person>, StoreError> {
    let mut people = Vec::new();
    let mentioned: BTreeSet<Identity> = mentioned(text).take(MENTIONS_NAMED_MAX).collect();
    for who in mentioned {
        let name = name_of(&who)?;
        if !name.is_empty() {
            let identity = who.to_string();
            people.push(model::Person { identity, name });
        }
    }
    Ok(people)
}

/// Posts with their authors' names, what people think of them, and whether `me` bookmarked them.
pub(super) fn named(
    logs: &Logs,
    me: &Identity,
    posts: Vec<SeenPost>,
) -> Result<Vec<model::Post>, StoreError> {
    let hidden = logs.hidden(me)?;
    let mut names = BTreeMap::new();
    let mut named = Vec::with_capacity(posts.len());
    for seen in posts {
        let author = seen.place.log.identity;
        let (name, picture) = match names.entry(author) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let portrait = logs.portrait(&author)?;
                let portrait = portrait.map(|(photo, _)| model::portrait_of(&author, &photo));
                unknown.insert((logs.name_of(me, &author)?, portrait))
            }
        };
        let boosters = logs.boosters(me, &seen, &hidden)?;
        let boosted_by = match seen.boosted_by {
            Some(who) => Some(super::social::person(logs, me, &who)?),
            None => None,
        };
        let id = seen.id.to_string();
        let photos = (0..).zip(&seen.post.photos);
        let photos = photos.map(|(index, photo)| model::Photo::of(photo, &id, index));
        let reactions = logs.reactions(me, &seen, &hidden)?.into_iter();
        let mentioned = mentioned_people(&seen.post.text, |who| logs.name_of(me, who))?;
        let bookmark = logs.register(me, register::BOOKMARK, seen.id.as_bytes())?;
        named.push(model::Post {
            photos: photos.collect(),
            id,
            local_id: format!("{:020}", seen.local_id),
            author: author.to_string(),
            author_name: name.clone(),
            text: seen.post.text,
            time_ms: seen.time_ms,
            reply_to: seen.post.reply_to.map(|parent| parent.id.to_string()),
            answers: seen.post.reply_to,
            edited: seen.edited,
            space: seen.space.id().to_string(),
            audience: spaces::audience(&seen.space),
            space_name: spaces::shown_name(logs, me, &seen.space)?,
            reactions: reactions.map(model::Reaction::from).collect(),
            bookmarked: bookmark.is_some(),
            author_picture: picture.clone(),
            warning: seen.post.warning,
            boosts: boosters.len() as u64,
            boosted: boosters.contains(me),
            boosted_by,
            mentioned,
        });
    }
    Ok(named)
}
