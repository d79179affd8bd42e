//! Whom one talks with alone, and what a post said before it was changed.

use hearth_protocol::codec::{Bytes, decode_trusted};
use hearth_protocol::content::social::register;
use hearth_protocol::space::Space;

use super::App;
use super::model::{AppError, Conversation, PastText};
use super::posts::named;
use super::social::person;
use crate::store::StoreError;

/// Unread posts of one conversation are counted up to here.
const UNREAD_MAX: u64 = 99;
/// Conversations that are listed: those with the newest posts.
const CONVERSATIONS_MAX: usize = 500;

impl App {
    /// The spaces for two, the one with the newest post first.
    pub(crate) async fn conversations(&self) -> Result<Vec<Conversation>, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let (hidden, shows) = (logs.hidden(&me)?, logs.unless_hidden(&me)?);
            let mut found = Vec::new();
            for space in logs.known_spaces() {
                let Space::Direct(one, other) = space else {
                    continue;
                };
                let other = if *one == me { other } else { one };
                if *other != me && !hidden.blocked.contains(other) {
                    let newest = logs.space_timeline(space, None, 1, &shows)?.pop();
                    found.push((newest, *space, *other));
                }
            }
            found.sort_by_key(|(newest, ..)| {
                std::cmp::Reverse(newest.as_ref().map(|post| post.local_id))
            });
            found.truncate(CONVERSATIONS_MAX);
            let conversations = found.into_iter().map(|(newest, space, other)| {
                let position =
                    logs.register(&me, register::READING_POSITION, space.id().as_bytes())?;
                let read_ms = position
                    .and_then(|it| decode_trusted::<(u64, Bytes<32>)>(&it, it.len()).ok())
                    .map_or(0, |(read_ms, _)| read_ms);
                Ok(Conversation {
                    with: person(logs, &me, &other)?,
                    space: space.id().to_string(),
                    unread: logs.unread_in(&space, &me, read_ms, UNREAD_MAX)?,
                    newest: named(logs, &me, newest.into_iter().collect())?.pop(),
                })
            });
            conversations.collect::<Result<Vec<_>, StoreError>>()
        });
        Ok(read.await?)
    }

    /// Notes that what somebody said to one alone was read.
    pub(crate) async fn read_conversation(&self, key: &str) -> Result<(), AppError> {
        let page = super::model::Page {
            limit: Some(1),
            space: Some(key.to_owned()),
            ..Default::default()
        };
        match self.timeline(page).await?.pop() {
            Some(newest) => self.read_to(Some(key), &newest.id).await,
            None => Ok(()),
        }
    }

    /// What a post says and said before, the newest text first, as far as it is held.
    pub(crate) async fn history(&self, id: &str) -> Result<Vec<PastText>, AppError> {
        let post = self.seen(id).await?;
        let read = self.0.store.read(move |logs| {
            let texts = logs.history(&post.place)?;
            Ok(match texts.is_empty() {
                // Carried by another, who carries its newest words.
                true => vec![(post.time_ms, post.post.text)],
                false => texts,
            })
        });
        let texts = read.await?.into_iter();
        Ok(texts
            .map(|(time_ms, text)| PastText { time_ms, text })
            .collect())
    }
}
