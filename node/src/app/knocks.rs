//! Asking to be friends: knocking, and answering who knocked.

use crate::said::said;
use hearth_keys::Identity;
use hearth_protocol::bounds::KNOCK_TEXT_BYTES_MAX;
use hearth_protocol::codec::{decode_trusted, encode};
use hearth_protocol::content::social::register;
use hearth_protocol::letter::{Matter, Opened};
use hearth_protocol::link::PeerLink;

use super::model::{AppError, Knock, Relation, RelationState};
use super::people::parse_key;
use super::{App, Change, bad_request, not_found};
use crate::network::Address;
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::letters::{Answer, AnswerRow, KnockRow};
use crate::store::logs::Logs;

/// Answers that may wait for a way to their recipients.
const ANSWERS_MAX: usize = 128;
/// How far ahead of this node's clock another's may be.
const CLOCK_AHEAD_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// (time, text): what a knock's register holds.
pub(crate) type KnockSent = (u64, String);

impl App {
    /// Follows whoever a key or a link names, and asks to be followed back; `via` are addresses to reach them at.
    pub(crate) async fn knock(
        &self,
        target: &str,
        text: String,
        via: Vec<String>,
    ) -> Result<Relation, AppError> {
        let link: PeerLink = target.trim().parse().map_err(|error| bad_request(&error))?;
        if text.len() > KNOCK_TEXT_BYTES_MAX {
            return Err(bad_request(said!(
                "knock-too-long",
                "who knocks says at most {most} bytes: say it shorter",
                most = KNOCK_TEXT_BYTES_MAX
            )));
        }
        let key = link.identity.to_string();
        let relation = self.follow(&key, [link.via, via].concat()).await?;
        self.set_register(
            register::KNOCK_DECLINED,
            link.identity.as_bytes().to_vec(),
            None,
        )
        .await?;
        if relation.state == RelationState::Friends {
            self.0.letters.review();
            return Ok(relation);
        }
        let sent: KnockSent = (unix_ms(), text);
        self.set_register(
            register::KNOCK_SENT,
            link.identity.as_bytes().to_vec(),
            Some(encode(&sent)),
        )
        .await?;
        self.0.letters.review();
        Ok(relation)
    }

    /// When this account knocked at somebody's and wasn't answered yet, ms since 1970.
    pub(crate) async fn knocked_ms(&self, key: &str) -> Result<Option<u64>, AppError> {
        let identity = parse_key(key)?;
        let sent = self.register(register::KNOCK_SENT, identity.as_bytes().to_vec());
        let sent = sent.await?;
        let sent = sent.and_then(|sent| decode_trusted::<KnockSent>(&sent, sent.len()).ok());
        Ok(sent.map(|(time_ms, _)| time_ms))
    }

    /// Who knocked and wasn't answered, the newest first.
    pub(crate) async fn knocks(&self) -> Result<Vec<Knock>, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let mut rows = logs.knock_rows(&me)?;
            let mut knocks = Vec::with_capacity(rows.len());
            rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.received_ms));
            for (from, row) in rows {
                if is_answered(logs, &me, &from)? {
                    continue;
                }
                let known = logs.name_of(&me, &from)?;
                knocks.push(Knock {
                    identity: from.to_string(),
                    name: if known.is_empty() { row.name } else { known },
                    text: row.text,
                    time_ms: row.time_ms,
                    through: row.through.map(|friend| friend.to_string()),
                });
            }
            Ok(knocks)
        });
        Ok(read.await?)
    }

    /// How many knocked and weren't answered.
    pub(crate) async fn knock_count(&self) -> Result<usize, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let mut count = 0;
            for from in logs.knockers(&me)? {
                count += usize::from(!is_answered(logs, &me, &from)?);
            }
            Ok(count)
        });
        Ok(read.await?)
    }

    /// Whether somebody knocked and wasn't answered.
    pub(crate) async fn is_knocking(&self, key: &str) -> Result<bool, AppError> {
        let (me, from) = (self.identity(), parse_key(key)?);
        let read = self
            .0
            .store
            .read(move |logs| Ok(logs.has_knocked(&me, &from)? && !is_answered(logs, &me, &from)?));
        Ok(read.await?)
    }

    /// Follows back somebody who knocked: the two are friends.
    pub(crate) async fn accept(&self, key: &str) -> Result<Relation, AppError> {
        let from = parse_key(key)?;
        let me = self.identity();
        let rows = self.0.store.read(move |logs| logs.knock_rows(&me)).await?;
        let row = rows.into_iter().find(|(known, _)| *known == from);
        let Some((_, row)) = row else {
            return Err(not_found(said!(
                "knock-unknown",
                "nobody with this key knocked, or they were answered: `hearth knocks` lists who waits; `hearth follow KEY` follows anybody"
            )));
        };
        self.set_register(register::KNOCK_DECLINED, from.as_bytes().to_vec(), None)
            .await?;
        self.follow(key, dialable(&row.addresses)).await?;
        self.settle_knock(from, &row).await?;
        self.relation(key).await
    }

    /// Lets a knock go without an answer, and every later one of the same person; with `block` they are blocked, too.
    pub(crate) async fn decline(&self, key: &str, block: bool) -> Result<Relation, AppError> {
        let (from, me) = (parse_key(key)?, self.identity());
        if from == me {
            return Err(bad_request(said!(
                "own-key",
                "this is your own key: name who knocked"
            )));
        }
        if self.relation(key).await?.state != RelationState::None {
            return Err(bad_request(said!(
                "knock-from-followed",
                "you follow them: `hearth unfollow KEY` ends that, and `hearth block KEY` all there is between you"
            )));
        }
        let declined = Some(encode(&(unix_ms(),)));
        self.set_register(register::KNOCK_DECLINED, from.as_bytes().to_vec(), declined)
            .await?;
        if block {
            self.block(key, true).await?;
        }
        self.0
            .store
            .write(move |logs| logs.drop_knock(&me, &from))
            .await?;
        let _ = self.0.changes.send(Change::People);
        self.relation(key).await
    }

    /// Makes friends of the account and of somebody who knocked and whom it follows: tells them so.
    pub(crate) async fn settle_knock(
        &self,
        from: Identity,
        row: &KnockRow,
    ) -> Result<(), AppError> {
        let me = self.identity();
        let follower = (clamped(row.time_ms), true, row.name.clone());
        let answer = self.answer(from, row.inbox, Answer::Accepted);
        let written = self.0.store.write(move |logs| {
            logs.remember_follower(&me, &from, follower)?;
            logs.keep_answer(&me, &answer, ANSWERS_MAX)?;
            logs.drop_knock(&me, &from)
        });
        written.await?;
        self.0.letters.review();
        let _ = self.0.changes.send(Change::People);
        Ok(())
    }

    /// An answer to somebody who wrote a letter.
    fn answer(
        &self,
        to: Identity,
        inbox: (u32, hearth_keys::BoxPublic),
        answer: Answer,
    ) -> AnswerRow {
        let mut id = [0; 16];
        rand_core::Rng::fill_bytes(&mut crate::rng::system(), &mut id);
        AnswerRow {
            to,
            id,
            time_ms: unix_ms(),
            inbox,
            answer,
        }
    }

    /// Tells who wrote a letter something.
    pub(super) async fn reply_to(&self, opened: &Opened, answer: Answer) -> Result<(), AppError> {
        let me = self.identity();
        let row = self.answer(opened.from, opened.letter.inbox, answer);
        self.0
            .store
            .write(move |logs| logs.keep_answer(&me, &row, ANSWERS_MAX))
            .await?;
        self.0.letters.review();
        Ok(())
    }

    /// Somebody knocked. Who is followed becomes a friend at once; who was declined isn't heard.
    pub(crate) async fn knocked(
        &self,
        opened: &Opened,
        through: Option<Identity>,
    ) -> Result<(), AppError> {
        let (me, from, letter) = (self.identity(), opened.from, &opened.letter);
        let Matter::Knock { text } = &letter.matter else {
            return Ok(());
        };
        let row = KnockRow {
            time_ms: clamped(letter.time_ms),
            received_ms: unix_ms(),
            name: letter.name.clone(),
            text: text.clone(),
            through,
            addresses: dialable(&letter.addresses),
            inbox: letter.inbox,
        };
        let relation = self.relation(&from.to_string()).await?;
        if relation.state != RelationState::None {
            self.try_routes(&row.addresses).await?;
            return self.settle_knock(from, &row).await;
        }
        let kept = self.0.store.write(move |logs| {
            let declined = logs.register(&me, register::KNOCK_DECLINED, from.as_bytes())?;
            if declined.is_some() {
                return Ok(());
            }
            let follower = (row.time_ms, true, row.name.clone());
            logs.remember_follower(&me, &from, follower)?;
            logs.keep_knock(&me, &from, &row)
        });
        kept.await?;
        let _ = self.0.changes.send(Change::People);
        Ok(())
    }

    /// Somebody says that they follow the account, which knocked at them.
    pub(crate) async fn accepted(&self, opened: &Opened) -> Result<(), AppError> {
        let (me, from, letter) = (self.identity(), opened.from, &opened.letter);
        // A stranger's word on what nobody asked them isn't remembered.
        if self.relation(&from.to_string()).await?.state == RelationState::None {
            return Ok(());
        }
        let follower = (clamped(letter.time_ms), true, letter.name.clone());
        self.0
            .store
            .write(move |logs| logs.remember_follower(&me, &from, follower))
            .await?;
        self.try_routes(&dialable(&letter.addresses)).await?;
        self.0.letters.review();
        let _ = self.0.changes.send(Change::People);
        Ok(())
    }

    /// Tries addresses until they lead to a peer.
    pub(super) async fn try_routes(&self, addresses: &[String]) -> Result<(), AppError> {
        for text in addresses {
            let Ok(route) = text.parse::<Address>() else {
                continue;
            };
            let kept = route.to_string();
            let write = move |logs: &mut Logs| logs.remember_route(&kept, unix_ms());
            self.0.store.write(write).await?;
            self.0.replication.route(route).await;
        }
        Ok(())
    }
}

/// Those of somebody's addresses that can be dialled.
fn dialable(addresses: &[String]) -> Vec<String> {
    let parsed = addresses
        .iter()
        .filter_map(|text| text.parse::<Address>().ok());
    parsed
        .filter(|address| !address.is_link_local() && address.peer().is_some())
        .map(|address| address.to_string())
        .collect()
}

/// A time far ahead would count for ever.
fn clamped(time_ms: u64) -> u64 {
    time_ms.min(unix_ms() + CLOCK_AHEAD_MS_MAX)
}

/// Whether somebody who knocked was answered: followed, declined or blocked.
fn is_answered(logs: &Logs, me: &Identity, from: &Identity) -> Result<bool, StoreError> {
    let key = from.as_bytes();
    Ok(logs.is_following(me, from)?
        || logs.register(me, register::KNOCK_DECLINED, key)?.is_some()
        || logs.register(me, register::BLOCK, key)?.is_some())
}
