//! What the account is told: who answered, mentions, reacted, follows, knocks.

use crate::said::said;
use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, Hex, encode, from_hex};
use hearth_protocol::content::social::register;

use super::model::{self, AppError, NotificationKind, Notifications, NotificationsAsked};
use super::posts::named;
use super::social::person;
use super::{App, bad_request, spaces};
use crate::store::StoreError;
use crate::store::logs::Logs;
use crate::store::notifications::{Notification, POSITION, Spot, What};

const LIMIT_DEFAULT: u64 = 30;
const LIMIT_MAX: u64 = 100;
/// Unread ones are counted up to here.
pub(crate) const UNREAD_MAX: u64 = 99;
/// People who are named of those who did the same.
const PEOPLE_NAMED_MAX: usize = 3;
/// Digits of the time in a place.
const WHEN_DIGITS: usize = 20;

impl App {
    /// What the account is told, newest first.
    pub(crate) async fn notifications(
        &self,
        asked: NotificationsAsked,
    ) -> Result<Notifications, AppError> {
        let limit = asked.limit.unwrap_or(LIMIT_DEFAULT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(bad_request(said!(
                "limit-out-of-bounds",
                "a limit lies between 1 and {most}",
                most = LIMIT_MAX
            )));
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let before = asked.before.as_deref().map(spot).transpose()?;
        let (me, only) = (self.identity(), asked.only);
        let read = self.0.store.read(move |logs| {
            let read_ms = logs.notifications_read_ms(&me)?;
            let after_ms = if asked.unread { read_ms } else { 0 };
            // One more than is shown, which tells whether there are more.
            let mut told = logs.notifications(&me, only, (before, after_ms), limit + 1)?;
            let more = told.len() > limit;
            told.truncate(limit);
            let next = told.last().filter(|_| more).map(|last| place(&last.spot));
            let items = told.into_iter().map(|one| shown(logs, &me, one, read_ms));
            Ok(Notifications {
                unread: logs.unread_notifications(&me, UNREAD_MAX)?,
                items: items.collect::<Result<_, StoreError>>()?,
                next,
            })
        });
        Ok(read.await?)
    }

    /// How much of it wasn't read, 99 at most.
    pub(crate) async fn unread_notifications(&self) -> Result<u64, AppError> {
        let me = self.identity();
        let read = self
            .0
            .store
            .read(move |logs| logs.unread_notifications(&me, UNREAD_MAX));
        Ok(read.await?)
    }

    /// Notes that all of it was read, or all up to a place; own devices know it, too.
    pub(crate) async fn read_notifications(&self, up_to: Option<&str>) -> Result<(), AppError> {
        let (me, up_to) = (self.identity(), up_to.map(spot).transpose()?);
        let read = self.0.store.read(move |logs| {
            let newest = match up_to {
                Some(spot) => Some(spot),
                None => logs.newest_notified(&me)?,
            };
            let is_new = logs.notifications_read_ms(&me)?;
            Ok(newest.map(|(when, _)| when).filter(|when| *when > is_new))
        });
        if let Some(when) = read.await? {
            let value = encode(&(when, Bytes([0; 32])));
            self.set_register(register::READING_POSITION, POSITION.to_vec(), Some(value))
                .await?;
        }
        Ok(())
    }
}

/// A place as text: the time, and what tells apart what happened in the same millisecond.
fn place((when, hash): &Spot) -> String {
    format!("{when:0width$}-{}", Hex(&hash[..]), width = WHEN_DIGITS)
}

fn spot(text: &str) -> Result<Spot, AppError> {
    let parsed = text.split_once('-').and_then(|(when, hash)| {
        let is_plain = when.len() == WHEN_DIGITS && when.bytes().all(|it| it.is_ascii_digit());
        let when = is_plain.then(|| when.parse().ok()).flatten()?;
        Some((when, from_hex(hash)?))
    });
    parsed.ok_or_else(|| {
        bad_request(said!("not-a-place-notifications", "this is no place among notifications: take one as `hearth notifications --json` shows it"))
    })
}

fn shown(
    logs: &Logs,
    me: &Identity,
    told: Notification,
    read_ms: u64,
) -> Result<model::Notification, StoreError> {
    let (mut emoji, mut post, mut text, mut space, mut space_name) = Default::default();
    let (kind, people) = match told.what {
        What::Reply(seen) => {
            let author = seen.place.log.identity;
            post = Some(seen);
            (NotificationKind::Reply, vec![author])
        }
        What::Mention(seen) => {
            let author = seen.place.log.identity;
            post = Some(seen);
            (NotificationKind::Mention, vec![author])
        }
        What::Reaction(seen, with, people) => {
            post = Some(seen);
            emoji = Some(with);
            (NotificationKind::Reaction, people)
        }
        What::Boost(seen, people) => {
            post = Some(seen);
            (NotificationKind::Boost, people)
        }
        What::Follower(who) => (NotificationKind::Follower, vec![who]),
        What::Friend(who) => (NotificationKind::Friend, vec![who]),
        What::Knock(who, knock) => {
            text = Some(knock.text);
            (NotificationKind::Knock, vec![who])
        }
        What::Added(into, by) => {
            space = Some(into.id().to_string());
            space_name = spaces::shown_name(logs, me, &into)?;
            (NotificationKind::Space, vec![by])
        }
    };
    let named_people = people.iter().take(PEOPLE_NAMED_MAX);
    let named_people = named_people.map(|who| person(logs, me, who));
    Ok(model::Notification {
        kind,
        place: place(&told.spot),
        time_ms: told.spot.0,
        unread: told.spot.0 > read_ms,
        people: named_people.collect::<Result<_, StoreError>>()?,
        count: people.len() as u64,
        emoji,
        post: named(logs, me, post.into_iter().collect())?.pop(),
        text,
        space,
        space_name,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn places_come_back_and_nothing_else_passes_for_one() {
        let here = (1_234, [0xab; 16]);
        assert_eq!(spot(&place(&here)).unwrap(), here);
        for text in [
            "",
            "-",
            "1-ab",
            &"0".repeat(53),
            &format!("{:020}-{}", 1, "é".repeat(16)),
        ] {
            assert!(spot(text).is_err(), "{text}");
        }
    }
}
