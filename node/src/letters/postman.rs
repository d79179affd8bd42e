//! The task: opens what came, hands over what is to be said, keeps what is for friends.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::letter::{self, LetterError, Matter, Opened};
use hearth_protocol::message::Message;
use tokio::sync::{broadcast, mpsc, watch};

use super::mailbox::Mailbox;
use super::outgoing::{Outgoing, Sealed, Standing};
use super::reading::ReadLetters;
use super::{Arrived, Letters};
use crate::app::model::AppError;
use crate::app::{App, Change};
use crate::network::{Address, NetworkHandle, Peer};
use crate::replication::{Replication, unix_ms};
use crate::store::letters::LetterKey;
use crate::store::{Account, Store, StoreError};

/// How often it is looked at who could take what waits.
const TICK: Duration = Duration::from_millis(500);
/// How often the store is looked at though nobody said that anything changed.
const REVIEW_EVERY: Duration = Duration::from_secs(30);
/// The shortest time between two looks at the store.
const REVIEW_PAUSE: Duration = Duration::from_millis(200);
/// How often it is looked at what is kept for too long.
const EXPIRE_EVERY: Duration = Duration::from_secs(600);
/// Addresses that a letter names.
const ADDRESSES_MAX: usize = 8;
/// Secrets of the own inbox, the newest first, that a letter is tried with.
const SECRETS_TRIED_MAX: usize = 16;

/// What a postman works with.
#[derive(Debug)]
pub(crate) struct Trade {
    /// What is done about letters.
    pub(crate) app: App,
    /// Whose letters are written and opened here.
    pub(crate) account: Account,
    /// Where rows lie.
    pub(crate) store: Store,
    /// Who cares for whom.
    pub(crate) replication: Replication,
    /// How frames go out.
    pub(crate) network: NetworkHandle,
    /// Who is connected.
    pub(crate) letters: Letters,
}

/// A letter by its id or hash, on one session: nothing is handed over twice on one.
type Handed = ([u8; 16], Peer, u64);

/// The task's state.
#[derive(Debug)]
pub(crate) struct Postman {
    trade: Trade,
    arrived: mpsc::Receiver<Arrived>,
    standing: Standing,
    sealed: BTreeMap<[u8; 16], Sealed>,
    handed: BTreeSet<Handed>,
    mailbox: Mailbox,
    read: ReadLetters,
    /// When it was looked at last what there is to say, and who knows whom.
    reviewed: Option<Instant>,
}

impl Postman {
    /// A postman who knows what was read and kept before.
    ///
    /// # Errors
    /// When that can't be read.
    pub(crate) async fn new(
        trade: Trade,
        arrived: mpsc::Receiver<Arrived>,
    ) -> Result<Self, StoreError> {
        let me = trade.account.identity;
        let read = move |logs: &crate::store::logs::Logs| {
            Ok((logs.kept_letters()?, logs.letters_read(&me)?))
        };
        let (kept, read) = trade.store.read(read).await?;
        Ok(Self {
            trade,
            arrived,
            standing: Standing::default(),
            sealed: BTreeMap::new(),
            handed: BTreeSet::new(),
            mailbox: Mailbox::new(kept),
            read: ReadLetters::new(read),
            reviewed: None,
        })
    }

    /// Works until it is told to stop.
    pub(crate) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let letters = self.trade.letters.clone();
        let mut news = self.trade.app.changes();
        let mut tick = tokio::time::interval(TICK);
        let mut expire = tokio::time::interval(EXPIRE_EVERY);
        let mut due = true;
        loop {
            if self.is_rested(REVIEW_EVERY) || (due && self.is_rested(REVIEW_PAUSE)) {
                due = false;
                self.review().await;
                self.hand_over().await;
            }
            tokio::select! {
                () = until_told(&mut stopped) => return,
                Some(arrived) = self.arrived.recv() => self.take(arrived).await,
                () = letters.0.wake.notified() => due = true,
                change = news.recv() => match change {
                    Ok(Change::Entries { identity }) => due |= self.waits_for(&identity),
                    Ok(Change::People) | Err(broadcast::error::RecvError::Lagged(_)) => due = true,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                _ = tick.tick() => self.hand_over().await,
                _ = expire.tick() => self.expire().await,
            }
        }
    }

    /// Whether the last review is so long ago.
    fn is_rested(&self, pause: Duration) -> bool {
        self.reviewed.is_none_or(|at| at.elapsed() >= pause)
    }

    fn me(&self) -> Identity {
        self.trade.account.identity
    }

    /// Whether entries of somebody may change what there is to say: their inbox key, without which nothing can be sealed to
    /// them, or a space that was asked for.
    fn waits_for(&self, identity: &Identity) -> bool {
        let mut outgoing = self.standing.outgoing.iter();
        let mut joining = self.standing.joining.values();
        outgoing.any(|outgoing| outgoing.to == *identity && outgoing.inbox.is_none())
            || joining.any(|asked| asked.inviter == *identity || self.me() == *identity)
    }

    /// Looks at what there is to say, and who is a friend.
    async fn review(&mut self) {
        self.reviewed = Some(Instant::now());
        let me = self.me();
        let read = self
            .trade
            .store
            .read(move |logs| Standing::read(logs, &me, unix_ms()));
        match read.await {
            Ok(standing) => self.standing = standing,
            Err(error) => {
                tracing::warn!(%error, "what there is to say can't be read");
                return;
            }
        }
        let friends = self.standing.acquainted.friends.clone();
        self.trade.letters.sessions().friends = friends;
        let waiting: BTreeSet<[u8; 16]> = self.standing.outgoing.iter().map(|o| o.id).collect();
        self.sealed.retain(|id, _| waiting.contains(id));
        for (from, row) in std::mem::take(&mut self.standing.settled) {
            self.note(self.trade.app.settle_knock(from, &row).await);
        }
        for id in std::mem::take(&mut self.standing.stale) {
            let write = self
                .trade
                .store
                .write(move |logs| logs.drop_answer(&me, &id));
            self.note(write.await.map_err(AppError::from));
        }
        self.review_joins().await;
    }

    /// Cares for who was asked to let this account in, until it is in: their social log brings the space.
    async fn review_joins(&mut self) {
        let (mut still_out, mut there) = (BTreeSet::new(), Vec::new());
        for (space, asked) in &self.standing.joining {
            match self.trade.app.joined(space).await {
                Ok(None) => {
                    still_out.insert(asked.inviter);
                }
                Ok(Some(_)) => {
                    there.push(*space);
                    self.standing.outgoing.retain(
                        |out| !matches!(out.matter, Matter::Join { space: of, .. } if of == *space),
                    );
                }
                Err(error) => tracing::debug!(%error, "a space can't be looked at"),
            }
        }
        self.trade.app.wait_for(still_out).await;
        for space in there {
            self.note(self.trade.app.has_joined(space).await);
        }
    }

    fn note(&self, outcome: Result<(), AppError>) {
        if let Err(error) = outcome {
            tracing::warn!(%error, "a letter isn't dealt with");
        }
    }

    /// Brings what there is to whoever is connected and may have it.
    async fn hand_over(&mut self) {
        self.forget_sessions();
        for recipient in self.mailbox.recipients() {
            let hosts = self.trade.letters.sessions().hosts_of(&recipient);
            if !hosts.is_empty() {
                self.hand_over_kept(&recipient, &hosts).await;
            }
        }
        if self.standing.outgoing.is_empty() {
            return;
        }
        for outgoing in self.standing.outgoing.clone() {
            self.hand_over_own(&outgoing).await;
        }
    }

    fn forget_sessions(&mut self) {
        let sessions = self.trade.letters.sessions();
        self.handed
            .retain(|(_, peer, number)| sessions.is_open(*peer, *number));
    }

    /// Hands a letter of the account's to its recipient, or leaves it with who knows both.
    async fn hand_over_own(&mut self, outgoing: &Outgoing) {
        let hosts = self.trade.letters.sessions().hosts_of(&outgoing.to);
        let is_direct = !hosts.is_empty();
        let ways = if is_direct {
            hosts
        } else {
            self.carriers_to(&outgoing.to).await
        };
        let untried: Vec<(Peer, u64)> = ways
            .into_iter()
            .filter(|(peer, number)| !self.handed.contains(&(outgoing.id, *peer, *number)))
            .collect();
        if untried.is_empty() {
            return;
        }
        let Some(sealed) = self.sealed(outgoing).await else {
            return;
        };
        let hops = u8::from(!is_direct);
        for (peer, number) in untried {
            let is_sent = self.send(peer, outgoing.to, hops, sealed.clone());
            if is_sent {
                self.handed.insert((outgoing.id, peer, number));
            }
            // Who follows them is said on each session by another way; a refusal can be asked for again.
            if is_sent && is_direct && outgoing.is_answer {
                let (me, id) = (self.me(), outgoing.id);
                self.standing.outgoing.retain(|other| other.id != id);
                let write = self
                    .trade
                    .store
                    .write(move |logs| logs.drop_answer(&me, &id));
                self.note(write.await.map_err(AppError::from));
                return;
            }
        }
    }

    /// Connected peers where somebody cares for `to`, and a friend lives or somebody who is in a space with both: no others
    /// are told of whom one looks for.
    async fn carriers_to(&self, to: &Identity) -> Vec<(Peer, u64)> {
        let carers = self.trade.replication.carers(*to).await;
        let sessions = self.trade.letters.sessions();
        carers
            .into_iter()
            .filter_map(|peer| {
                let asks = |who: &Identity| self.standing.acquainted.asks(who, to);
                Some((peer, sessions.of_anybody(peer, asks)?))
            })
            .collect()
    }

    async fn sealed(&mut self, outgoing: &Outgoing) -> Option<Vec<u8>> {
        let mut addresses = self.trade.network.addresses();
        addresses.retain(|address| !address.is_link_local());
        addresses.sort_by_key(Address::is_loopback);
        let addresses = addresses.iter().take(ADDRESSES_MAX);
        let addresses: Vec<String> = addresses.map(ToString::to_string).collect();
        let (held, wanted) = (self.sealed.get(&outgoing.id).cloned(), outgoing.clone());
        let account = self.trade.account.clone();
        let renewed = self
            .trade
            .store
            .read(move |logs| Sealed::renew(held.as_ref(), &wanted, logs, &account, &addresses));
        match renewed.await {
            Ok(Some(sealed)) => {
                let bytes = sealed.bytes.clone();
                self.sealed.insert(outgoing.id, sealed);
                Some(bytes)
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(%error, "a letter can't be sealed");
                None
            }
        }
    }

    fn send(&self, peer: Peer, to: Identity, hops: u8, sealed: Vec<u8>) -> bool {
        let message = Message::Letter { to, hops, sealed };
        let sent = self.trade.network.try_send(peer, message.to_bytes());
        if let Err(error) = &sent {
            tracing::debug!(%error, "a letter waits for the next time");
        }
        sent.is_ok()
    }

    async fn hand_over_kept(&mut self, to: &Identity, hosts: &[(Peer, u64)]) {
        for row in self.mailbox.waiting_for(to) {
            let untried = hosts
                .iter()
                .find(|(peer, number)| !self.handed.contains(&(row.hash, *peer, *number)));
            let Some(&(peer, number)) = untried else {
                continue;
            };
            let (to, hash) = (row.to, row.hash);
            let bytes = self
                .trade
                .store
                .read(move |logs| logs.kept_letter(&to, &hash));
            let sealed = match bytes.await {
                Ok(sealed) if letter::SEALED_BYTES.contains(&sealed.len()) => sealed,
                Ok(_) => continue,
                Err(error) => {
                    tracing::warn!(%error, "a letter that is kept can't be read");
                    continue;
                }
            };
            if !self.send(peer, to, 0, sealed) {
                continue;
            }
            self.handed.insert((hash, peer, number));
            let Some((now, is_over)) = self.mailbox.handed(&row) else {
                continue;
            };
            let write = self.trade.store.write(move |logs| {
                logs.keep_letter(&now, None)?;
                if is_over {
                    logs.drop_kept_letter(&now.to, &now.hash, false)?;
                }
                Ok(())
            });
            self.note(write.await.map_err(AppError::from));
        }
    }

    async fn expire(&mut self) {
        let acquainted = &self.standing.acquainted;
        let introduces = |from: &Identity, to: &Identity| acquainted.introduces(from, to);
        let gone = self.mailbox.expire(unix_ms(), introduces);
        self.drop_kept(gone).await;
    }

    async fn drop_kept(&self, gone: Vec<crate::store::letters::KeptRow>) {
        if gone.is_empty() {
            return;
        }
        let write = self.trade.store.write(move |logs| {
            gone.iter()
                .try_for_each(|row| logs.drop_kept_letter(&row.to, &row.hash, true))
        });
        self.note(write.await.map_err(AppError::from));
    }

    /// Takes a letter that came: opens it, or keeps it for somebody known.
    async fn take(&mut self, arrived: Arrived) {
        if arrived.to == self.me() {
            self.open(&arrived).await;
        } else if arrived.hops > 0 {
            self.keep(arrived).await;
        }
    }

    /// Keeps what is left for another friend by a friend's node, or for another member by a member's.
    async fn keep(&mut self, arrived: Arrived) {
        let Arrived {
            peer, to, sealed, ..
        } = arrived;
        let hosted = self.trade.letters.sessions().at(peer);
        // Who became a member just now may know it before this node looked: what is refused isn't brought again on this session.
        if self.introduced(&hosted, &to).is_none() && self.is_rested(REVIEW_PAUSE) {
            self.review().await;
        }
        let Some(from) = self.introduced(&hosted, &to) else {
            return;
        };
        let acquainted = &self.standing.acquainted;
        // Who is at the same node as the recipient needs nobody in between.
        if hosted.contains(&to) {
            return;
        }
        let Some(admitted) =
            self.mailbox
                .admit((from, to), &acquainted.friends, &sealed, unix_ms())
        else {
            return;
        };
        self.drop_kept(admitted.gone).await;
        let row = admitted.row;
        let write = self
            .trade
            .store
            .write(move |logs| logs.keep_letter(&row, Some(&sealed)));
        self.note(write.await.map_err(AppError::from));
        self.hand_over().await;
    }

    /// Which of those at a peer may leave a letter for somebody.
    fn introduced(&self, hosted: &BTreeSet<Identity>, to: &Identity) -> Option<Identity> {
        let acquainted = &self.standing.acquainted;
        let mut senders = hosted.iter().copied();
        senders.find(|from| acquainted.introduces(from, to))
    }

    async fn open(&mut self, arrived: &Arrived) {
        let opened = match self.opened(arrived.sealed.clone()).await {
            Ok(Some(opened)) => opened,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "a letter can't be opened");
                return;
            }
        };
        let key: LetterKey = (opened.from, opened.letter.id);
        let now_ms = unix_ms();
        if opened.from == self.me() || !self.read.is_new(&key, opened.letter.time_ms, now_ms) {
            return;
        }
        if let Err(error) = self.act(&opened, arrived.peer).await {
            // Not counted as read: it comes again, when its sender's node does.
            tracing::warn!(%error, "a letter isn't dealt with");
            return;
        }
        let gone = self.read.note(key, now_ms);
        let me = self.me();
        let write = self
            .trade
            .store
            .write(move |logs| logs.note_letter_read(&me, &key, now_ms, &gone));
        self.note(write.await.map_err(AppError::from));
    }

    /// Opens a letter for the account; nothing, if it isn't one, or its sender's device is known to speak for nobody.
    async fn opened(&self, sealed: Vec<u8>) -> Result<Option<Opened>, StoreError> {
        let me = self.me();
        let secrets = self
            .trade
            .store
            .read(move |logs| Ok(logs.inbox_secrets(&me)));
        let secrets = secrets.await?;
        // Agreeing keys and checking signatures is nothing for the tasks' threads.
        let opened = tokio::task::spawn_blocking(move || {
            let secrets = secrets.iter().rev().take(SECRETS_TRIED_MAX);
            for (_, secret) in secrets {
                match letter::open(&me, secret, &sealed) {
                    Err(LetterError::Sealed) => {}
                    Ok(opened) => return Some(opened),
                    Err(error) => {
                        tracing::debug!(%error, "a letter that isn't one");
                        return None;
                    }
                }
            }
            None
        });
        let Some(opened) = opened.await.unwrap_or(None) else {
            return Ok(None);
        };
        let (from, device, said) = (opened.from, opened.device, opened.statements.clone());
        let is_current = self.trade.store.read(move |logs| {
            let mut known = logs.statements(&from);
            let merged = known.merge(said.iter().map(Vec::as_slice));
            Ok(merged.is_ok() && known.is_current(&device))
        });
        Ok(is_current.await?.then_some(opened))
    }

    async fn act(&mut self, opened: &Opened, peer: Peer) -> Result<(), AppError> {
        let app = &self.trade.app;
        let is_blocked = app.is_blocked(opened.from).await?;
        match opened.letter.matter {
            // Who is blocked and was invited is told that they aren't wanted; nothing else of theirs is heard.
            Matter::Join { .. } => app.asked_to_join(opened).await,
            _ if is_blocked => Ok(()),
            Matter::Knock { .. } => {
                let hosted = self.trade.letters.sessions().at(peer);
                let is_direct = hosted.contains(&opened.from);
                let acquainted = &self.standing.acquainted;
                let mut through = hosted.iter().copied();
                let through = through.find(|who| acquainted.asks(who, &opened.from));
                let through = through.filter(|_| !is_direct);
                app.knocked(opened, through).await
            }
            Matter::Accepted => app.accepted(opened).await,
            Matter::Refused { .. } => app.join_refused(opened).await,
            Matter::Unknown { kind, .. } => {
                tracing::debug!(kind, "a letter of a newer version");
                Ok(())
            }
        }
    }
}

async fn until_told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}
