//! What an account is told, found out when it asks.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::content::FollowState;
use hearth_protocol::content::social::register;
use hearth_protocol::space::Space;

use super::super::letters::KnockRow;
use super::super::logs::{Logs, StoreError};
use super::super::registers::Hidden;
use super::super::timeline::SeenPost;
use super::subject::Subject;
use super::{Spot, answers, at_key, concerns};

/// Rows that are looked at for a count: of many, most may be by people who are muted.
const COUNTED_ROWS_MAX: usize = 400;

/// What there is to tell.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// Somebody answered a post of the account.
    Reply(SeenPost),
    /// Somebody mentions the account.
    Mention(SeenPost),
    /// People reacted with an emoji to a post of the account, the newest one first.
    Reaction(SeenPost, String, Vec<Identity>),
    /// People boosted a post of the account.
    Boost(SeenPost, Vec<Identity>),
    /// Somebody follows the account.
    Follower(Identity),
    /// Both follow each other.
    Friend(Identity),
    /// Somebody asks to be friends, with these words.
    Knock(Identity, KnockRow),
    /// Somebody let the account into a space.
    Added(Space, Identity),
}

/// Which of them are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Only {
    /// Every kind.
    #[default]
    All,
    /// Who mentions the account.
    Mentions,
    /// Answers to its posts.
    Replies,
    /// Reactions to them, and boosts.
    Reactions,
    /// Followers, friends, knocks, spaces.
    People,
}

impl Only {
    fn has(self, what: &What) -> bool {
        match self {
            Self::All => true,
            Self::Mentions => matches!(what, What::Mention(_)),
            Self::Replies => matches!(what, What::Reply(_)),
            Self::Reactions => matches!(what, What::Reaction(..) | What::Boost(..)),
            Self::People => matches!(
                what,
                What::Follower(_) | What::Friend(_) | What::Knock(..) | What::Added(..)
            ),
        }
    }
}

/// Something to tell.
#[derive(Debug, Clone)]
pub(crate) struct Notification {
    /// Where it stands, ms since 1970 first.
    pub(crate) spot: Spot,
    /// What.
    pub(crate) what: What,
}

impl Logs {
    /// What an account is told, newest first: below `before`, and only what came after `after_ms`.
    pub(crate) fn notifications(
        &self,
        account: &Identity,
        only: Only,
        (before, after_ms): (Option<Spot>, u64),
        limit: usize,
    ) -> Result<Vec<Notification>, StoreError> {
        let teller = Teller::of(self, account)?;
        let mut told = Told {
            before,
            after_ms,
            limit,
            found: Vec::new(),
        };
        // Rows that stand higher than what is told of them: by people who are hidden.
        let mut lower: BTreeMap<Spot, What> = BTreeMap::new();
        // Where nobody is hidden no row does.
        let from = before.filter(|_| teller.hidden.is_empty());
        for row in self.notified(account, from.as_ref()) {
            let (spot, subject) = row?;
            while let Some(next) = lower.last_entry().filter(|next| *next.key() > spot) {
                let (spot, what) = next.remove_entry();
                told.add(spot, what);
            }
            if spot.0 <= after_ms || told.is_full() {
                break;
            }
            if before.is_some_and(|before| spot >= before) && !subject.is_echo() {
                continue;
            }
            let Some(what) = teller.what(&subject)?.filter(|what| only.has(what)) else {
                continue;
            };
            match teller.spot(&subject, spot)? {
                at if at == spot => told.add(spot, what),
                at => drop(lower.insert(at, what)),
            }
        }
        for (spot, what) in lower.into_iter().rev() {
            told.add(spot, what);
        }
        Ok(told.found)
    }

    /// How many rows there are, whether they are told or not.
    #[cfg(test)]
    pub(in crate::store) fn notified_rows(&self, account: &Identity) -> usize {
        self.notified(account, None).count()
    }

    /// The newest there is, whether it is told or not.
    pub(crate) fn newest_notified(&self, account: &Identity) -> Result<Option<Spot>, StoreError> {
        let newest = self.notified(account, None).next().transpose()?;
        Ok(newest.map(|(spot, _)| spot))
    }

    /// How much of it an account hasn't read, up to `max`.
    pub(crate) fn unread_notifications(
        &self,
        account: &Identity,
        max: u64,
    ) -> Result<u64, StoreError> {
        let read_ms = self.notifications_read_ms(account)?;
        let teller = Teller::of(self, account)?;
        let mut count = 0;
        for row in self.notified(account, None).take(COUNTED_ROWS_MAX) {
            let (spot, subject) = row?;
            if spot.0 <= read_ms || count >= max {
                break;
            }
            let is_new =
                teller.what(&subject)?.is_some() && teller.spot(&subject, spot)?.0 > read_ms;
            count += u64::from(is_new);
        }
        Ok(count)
    }
}

/// A page of what is told while it grows, newest first.
struct Told {
    before: Option<Spot>,
    after_ms: u64,
    limit: usize,
    found: Vec<Notification>,
}

impl Told {
    fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    fn add(&mut self, spot: Spot, what: What) {
        let is_on_page = self.before.is_none_or(|before| spot < before) && spot.0 > self.after_ms;
        if is_on_page && !self.is_full() {
            self.found.push(Notification { spot, what });
        }
    }
}

/// Finds out what there is to tell an account now.
struct Teller<'a> {
    logs: &'a Logs,
    account: &'a Identity,
    hidden: std::sync::Arc<Hidden>,
    knocks: BTreeMap<Identity, KnockRow>,
}

impl<'a> Teller<'a> {
    fn of(logs: &'a Logs, account: &'a Identity) -> Result<Self, StoreError> {
        Ok(Self {
            logs,
            account,
            hidden: logs.hidden(account)?,
            knocks: logs.knock_rows(account)?.into_iter().collect(),
        })
    }

    fn what(&self, subject: &Subject) -> Result<Option<What>, StoreError> {
        match subject {
            Subject::Post(id, (log, seq)) => {
                let post = self.logs.seen(*log, *seq)?;
                Ok(post
                    .filter(|post| post.id == *id)
                    .and_then(|post| self.post(post)))
            }
            Subject::Reaction(place, id, emoji) => {
                let post = self.logs.post_at(place)?.filter(|post| post.id == *id);
                match post.filter(|post| !self.hidden.mutes_space(&post.space)) {
                    Some(post) => self.reaction(post, emoji),
                    None => Ok(None),
                }
            }
            Subject::Boost(place, id) => {
                let post = self.logs.post_at(place)?.filter(|post| post.id == *id);
                match post.filter(|post| !self.hidden.mutes_space(&post.space)) {
                    Some(post) => self.boost(post),
                    None => Ok(None),
                }
            }
            Subject::Edited(place) => match self.logs.post_at(place)? {
                Some(post) if !self.is_told(&post)? => Ok(self.post(post)),
                _ => Ok(None),
            },
            Subject::Person(who) => self.person(who),
            Subject::Added(space, by) => {
                let members = &self.logs.resolved(space)?.members;
                let is_told = members.contains_key(self.account)
                    && !self.hidden.is_out_of_timelines(by)
                    && !self.hidden.mutes_space(space);
                Ok(is_told.then_some(What::Added(*space, *by)))
            }
        }
    }

    /// Where something stands: at its row, but where somebody who is hidden reacted or boosted, too, when the last of the
    /// others did. Else such a person could bring it to the top, again and again.
    fn spot(&self, subject: &Subject, row: Spot) -> Result<Spot, StoreError> {
        if self.hidden.is_empty() {
            return Ok(row);
        }
        let words = match subject {
            Subject::Reaction(place, id, emoji) => {
                let post = self.logs.post_at(place)?.filter(|post| post.id == *id);
                post.map(|post| self.logs.reaction_times(self.account, &post, emoji))
                    .transpose()?
                    .unwrap_or_default()
            }
            Subject::Boost(_, id) => self.logs.boost_times(id)?,
            _ => return Ok(row),
        };
        let is_hidden = |who: &Identity| self.hidden.is_out_of_timelines(who);
        if !words.iter().any(|(_, who, _)| is_hidden(who)) {
            return Ok(row);
        }
        let others = words
            .iter()
            .filter(|(_, who, on)| *on && !is_hidden(who) && who != self.account);
        let newest = others.map(|(time_ms, ..)| *time_ms).max();
        Ok((newest.unwrap_or(row.0).min(row.0), row.1))
    }

    /// Whether a post is told of anyway, as it was before any edit.
    fn is_told(&self, post: &SeenPost) -> Result<bool, StoreError> {
        let Some(account) = self.logs.identities.get(self.account) else {
            return Ok(false);
        };
        // Where it lies doesn't count.
        let hash = Subject::Post(post.id, (0, 0)).hash();
        Ok(self.logs.db.value(&at_key(*account, &hash))?.is_some())
    }

    fn post(&self, post: SeenPost) -> Option<What> {
        let is_hidden = self.hidden.hides(self.account, &post)
            || self.hidden.is_out_of_timelines(&post.place.log.identity)
            || self.hidden.mutes_space(&post.space);
        // An edit may have taken the mention away.
        if is_hidden || !concerns(self.account, &post.post) {
            None
        } else if answers(self.account, &post.post) {
            Some(What::Reply(post))
        } else {
            Some(What::Mention(post))
        }
    }

    fn reaction(&self, post: SeenPost, emoji: &str) -> Result<Option<What>, StoreError> {
        let people = self
            .logs
            .who_reacted(self.account, &post, emoji, &self.hidden)?;
        let mut people: Vec<_> = people
            .into_iter()
            .filter(|(_, who)| who != self.account && !self.hidden.is_out_of_timelines(who))
            .collect();
        people.sort_by_key(|(time_ms, who)| std::cmp::Reverse((*time_ms, *who)));
        let people: Vec<Identity> = people.into_iter().map(|(_, who)| who).collect();
        let is_any = !people.is_empty();
        Ok(is_any.then(|| What::Reaction(post, emoji.to_owned(), people)))
    }

    fn boost(&self, post: SeenPost) -> Result<Option<What>, StoreError> {
        let people = self
            .logs
            .boosters(self.account, &post, &self.hidden)?
            .into_iter();
        let people = people
            .filter(|who| who != self.account && !self.hidden.is_out_of_timelines(who))
            .collect::<Vec<_>>();
        let is_any = !people.is_empty();
        Ok(is_any.then_some(What::Boost(post, people)))
    }

    fn person(&self, who: &Identity) -> Result<Option<What>, StoreError> {
        let (logs, account) = (self.logs, self.account);
        let declined = || logs.register(account, register::KNOCK_DECLINED, who.as_bytes());
        if self.hidden.is_out_of_timelines(who) || declined()?.is_some() {
            return Ok(None);
        }
        let how = logs.follow_state(account, who)?;
        if let (false, Some(knock)) = (how.follows(), self.knocks.get(who)) {
            return Ok(Some(What::Knock(*who, knock.clone())));
        }
        if !logs.is_follower(account, who)? {
            return Ok(None);
        }
        Ok(Some(match how {
            FollowState::Following => What::Friend(*who),
            _ => What::Follower(*who),
        }))
    }
}
