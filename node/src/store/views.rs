//! Views: what is read often, rebuilt from the logs at any time.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::body;
use hearth_protocol::codec::{Bytes, decode_trusted, encode};
use hearth_protocol::content::{Content, KeyGrant, KeyPurpose};
use hearth_protocol::entry::{Entry, EntryId, LogKey, Place};
use hearth_protocol::run::Link;

use super::boosts::BoostRow;
use super::db::{Batch, Db};
use super::logs::{Logs, StoreError};
use super::newest::Word;
use super::order::{Item, Order, OrderWriter};
use super::photos::{forget_pictures, note_pictures};
use super::rows::{Handle, key, namespace};
use super::spaces::control::control_key;
use super::spaces::opening::records_key;
use super::spaces::waiting::WaitingRows;
use super::spaces::{Audience, Opened, SPACE_HANDLE_BITS, SpaceHandle};

pub(super) const ORDER: u8 = 0;
pub(super) const ORDER_OF_AUTHOR: u8 = 1;
pub(super) const EDITS: u8 = 2;
pub(super) const PROFILES: u8 = 3;
pub(super) const REPLIES: u8 = 4;
pub(super) const IDS: u8 = 5;
pub(super) const FOLLOWS: u8 = 6;
pub(super) const GRANTS: u8 = 7;
pub(super) const DRIVE: u8 = 8;
pub(super) const DRIVE_HISTORY: u8 = 9;
pub(super) const BACKUP_SETTINGS: u8 = 12;
pub(super) const BACKUP_HEADS: u8 = 13;
pub(super) const EARLIER: u8 = 17;
pub(super) const REGISTERS: u8 = 32;
pub(super) const OPEN_FOLLOWS: u8 = 33;
pub(super) const REACTIONS: u8 = 34;
pub(super) const ORDER_OF_SPACE: u8 = 39;
pub(super) const ORDER_OF_CARRIED: u8 = 58;
const FORM: u8 = 18;

/// Which views there are, and of what form: they are built anew where a store has others.
pub(super) const VIEWS_FORM: u8 = 10;

/// In the place of a space's handle in the orders: there stands a boost. Timelines show boosts by their authors; in a space
/// nobody says more by them.
pub(super) const BOOSTED: SpaceHandle = (1 << SPACE_HANDLE_BITS) - 1;

/// There while the views are built anew.
pub(super) const REINDEXING: [u8; 2] = [namespace::UNFINISHED, 0];
pub(super) const ROW_BYTES_MAX: usize = 3072 * 2;
/// Entries whose id prefixes share a row.
pub(super) const IDS_PER_ROW: u64 = 512;
/// Bytes of an id that are kept to find it by.
pub(super) const ID_PREFIX_BYTES: usize = 4;

pub(super) fn view_key(view: u8, rest: &[u8]) -> Vec<u8> {
    let mut key = vec![namespace::VIEWS, view];
    key.extend_from_slice(rest);
    key
}

/// Where the form of the views is said.
pub(super) fn form_key() -> Vec<u8> {
    view_key(FORM, &[])
}

pub(super) fn order() -> Order {
    Order::new(view_key(ORDER, &[]))
}

pub(super) fn order_of_author(author: Handle) -> Order {
    Order::new(view_key(ORDER_OF_AUTHOR, &author.to_be_bytes()))
}

/// The order of what isn't public in one space.
pub(super) fn order_of_space(space: SpaceHandle) -> Order {
    Order::new(view_key(ORDER_OF_SPACE, &space.to_be_bytes()))
}

/// The order of posts that are carried: each item is the entry that carries one.
pub(super) fn order_of_carried() -> Order {
    Order::new(view_key(ORDER_OF_CARRIED, &[]))
}

/// Whether an item stands in the order of a space too.
fn is_of_space(item: &Item) -> bool {
    item.space != 0 && item.space != BOOSTED
}

pub(super) fn place_key(view: u8, handle: Handle, seq: u64) -> Vec<u8> {
    view_key(view, &key(0, handle, seq)[1..])
}

pub(super) fn id_prefix(id: &EntryId) -> [u8; ID_PREFIX_BYTES] {
    let (prefix, _) = id
        .as_bytes()
        .split_first_chunk()
        .expect("an id is longer than its prefix");
    // Zeros stand for "no entry".
    if *prefix == [0; ID_PREFIX_BYTES] {
        [0, 0, 0, 1]
    } else {
        *prefix
    }
}

/// Changes of views on their way into a batch.
pub(crate) struct Views<'a> {
    db: &'a Db,
    order: OrderWriter<'a>,
    carried: OrderWriter<'a>,
    of_author: BTreeMap<Handle, OrderWriter<'a>>,
    of_space: BTreeMap<SpaceHandle, OrderWriter<'a>>,
    ids: BTreeMap<(Handle, u64), Vec<u8>>,
    waiting: WaitingRows,
}

impl<'a> Views<'a> {
    pub(super) fn begin(db: &'a Db) -> Self {
        Self {
            db,
            order: order().writer(db),
            carried: order_of_carried().writer(db),
            of_author: BTreeMap::new(),
            of_space: BTreeMap::new(),
            ids: BTreeMap::new(),
            waiting: WaitingRows::default(),
        }
    }

    /// A place in the orders for an entry that claims to be of a millisecond, if it has one.
    pub(super) fn new_local_id(
        &self,
        (content, time_ms): (&Content, u64),
        now_ms: u64,
    ) -> Result<Option<u64>, StoreError> {
        Ok(match content {
            Content::Post(_) | Content::Boost(_) => Some(self.order.free_id(time_ms.min(now_ms))?),
            Content::Carried(carried) => {
                let said_ms = carried.entry.entry.header().time_ms;
                Some(self.carried.free_id(said_ms.min(time_ms).min(now_ms))?)
            }
            _ => None,
        })
    }

    fn of_author(&mut self, author: Handle) -> &mut OrderWriter<'a> {
        let db = self.db;
        self.of_author
            .entry(author)
            .or_insert_with(|| order_of_author(author).writer(db))
    }

    fn of_space(&mut self, space: SpaceHandle) -> &mut OrderWriter<'a> {
        let db = self.db;
        self.of_space
            .entry(space)
            .or_insert_with(|| order_of_space(space).writer(db))
    }

    fn add_post(&mut self, author: Handle, item: Item) {
        self.of_author(author).insert([item]);
        if is_of_space(&item) {
            self.of_space(item.space).insert([item]);
        }
        self.order.insert([item]);
    }

    /// Takes the post at a place out of the orders, if it is there under this local id.
    fn remove_post(
        &mut self,
        author: Handle,
        local_id: u64,
        (log, seq): (Handle, u64),
    ) -> Result<(), StoreError> {
        let held = self.order.item(local_id)?;
        let Some(item) = held.filter(|item| (item.log, item.seq) == (log, seq)) else {
            return Ok(());
        };
        self.of_author(author).remove(local_id)?;
        if is_of_space(&item) {
            self.of_space(item.space).remove(local_id)?;
        }
        self.order.remove(local_id)?;
        Ok(())
    }

    /// Takes what is carried out of its order, if it is there under this local id.
    fn remove_carried(&mut self, local_id: u64, here: (Handle, u64)) -> Result<(), StoreError> {
        let held = self.carried.item(local_id)?;
        if held.is_some_and(|item| (item.log, item.seq) == here) {
            self.carried.remove(local_id)?;
        }
        Ok(())
    }

    /// Has a body that can't be read wait for its key, if there can be one.
    pub(super) fn wait(&mut self, handle: Handle, seq: u64, body: &[u8]) -> Result<(), StoreError> {
        if let Some(mark) = body::mark(body) {
            self.waiting.wait(self.db, (handle, seq), mark)?;
        }
        Ok(())
    }

    /// A body doesn't wait for its key any more; says whether it did.
    pub(super) fn settle(&mut self, handle: Handle, seq: u64) -> Result<bool, StoreError> {
        Ok(self.waiting.settle(self.db, handle, seq)?)
    }

    pub(super) fn add_id(&mut self, handle: Handle, seq: u64, id: &EntryId) {
        let db = self.db;
        let row = self
            .ids
            .entry((handle, seq / IDS_PER_ROW))
            .or_insert_with(|| {
                db.value(&place_key(IDS, handle, seq / IDS_PER_ROW))
                    .ok()
                    .flatten()
                    .unwrap_or_default()
            });
        let at = usize::try_from(seq % IDS_PER_ROW).unwrap_or(0) * ID_PREFIX_BYTES;
        if row.len() < at + ID_PREFIX_BYTES {
            row.resize(at + ID_PREFIX_BYTES, 0);
        }
        row[at..at + ID_PREFIX_BYTES].copy_from_slice(&id_prefix(id));
    }

    pub(super) fn finish(self, batch: &mut Batch) -> Result<(), StoreError> {
        let Self {
            order,
            carried,
            of_author,
            of_space,
            ids,
            waiting,
            ..
        } = self;
        order.finish(batch)?;
        carried.finish(batch)?;
        for writer in of_author.into_values().chain(of_space.into_values()) {
            writer.finish(batch)?;
        }
        waiting.finish(batch);
        for ((handle, row), value) in ids {
            batch.insert(place_key(IDS, handle, row), value);
        }
        Ok(())
    }
}

/// (time, id, name, biography, gossip, where it is said, whether there is a picture)
pub(super) type ProfileRow = (
    u64,
    Bytes<32>,
    String,
    Option<String>,
    bool,
    (Handle, u64),
    bool,
);
/// (time, id)
pub(super) type EditRow = (u64, Bytes<32>);
/// (time, id, the state's number)
pub(super) type FollowRow = (u64, Bytes<32>, u8);

impl Logs {
    /// Reads what entries say; what later ones need to be read and shown (keys, handles) is at hand afterwards.
    pub(super) fn contents(
        &mut self,
        batch: &mut Batch,
        links: &[Link],
    ) -> Result<Vec<Option<Opened>>, StoreError> {
        let mut contents = Vec::with_capacity(links.len());
        for link in links {
            let place = link.entry.place();
            let body = link.body.as_ref();
            let opened = body.and_then(|body| self.open_body(&place, body));
            if let Some(opened) = &opened {
                self.take_opened(batch, &place, opened)?;
            }
            contents.push(opened);
        }
        Ok(contents)
    }

    /// Gives a log that another entry names a handle, if a device of the identity may write it.
    pub(super) fn expect(&mut self, batch: &mut Batch, log: LogKey) -> Result<(), StoreError> {
        let is_kept = self.logs.contains_key(&log) || self.has_room(&log.identity);
        if is_kept
            && self
                .statements(&log.identity)
                .devices()
                .contains_key(&log.device)
        {
            self.handle(batch, log)?;
        }
        Ok(())
    }

    /// Opens a granted key if it is for an account here; says whether it opens bodies that couldn't be opened.
    pub(super) fn accept_grant(&mut self, place: &Place, grant: &KeyGrant) -> bool {
        let Ok(account) = self.account(&place.log.identity) else {
            return false;
        };
        let Some(key) = grant.open(&account.device.id(), account.device.box_secret(), place) else {
            return false;
        };
        let is_new = self.hold_key(place, grant, &key);
        if grant.purpose == KeyPurpose::Backup {
            self.take_backup_key(place.log.identity, grant.generation, *key);
        }
        is_new && grant.purpose == KeyPurpose::PrivateSpace
    }

    /// Opens the granted keys that are held, before anything sealed is read.
    pub(super) fn load_keys(&mut self) -> Result<(), StoreError> {
        let mut grants = Vec::new();
        for account in &self.accounts {
            grants.extend(self.grant_places(&account.identity)?);
        }
        for place in grants {
            if let Some(Content::KeyGrant(grant)) = self.content(&place)? {
                self.accept_grant(&place, &grant);
            }
        }
        Ok(())
    }

    /// Where keys were granted to an identity's devices.
    pub(super) fn grant_places(&self, identity: &Identity) -> Result<Vec<Place>, StoreError> {
        let mut places = Vec::new();
        let Some(handle) = self.identities.get(identity) else {
            return Ok(places);
        };
        for row in self.db.prefixed(&view_key(GRANTS, &handle.to_be_bytes())) {
            let (log, seq): (Handle, u64) = decode_trusted(&row?.1, ROW_BYTES_MAX)?;
            if let Some(log) = self.by_handle.get(&log) {
                places.push(Place { log: *log, seq });
            }
        }
        Ok(places)
    }

    /// Puts an entry into the views.
    pub(super) fn show(
        &self,
        views: &mut Views<'_>,
        batch: &mut Batch,
        entry: &Entry,
        opened: &Opened,
        local_id: Option<u64>,
    ) -> Result<(), StoreError> {
        let place = entry.place();
        let (time_ms, id) = (entry.header().time_ms, Bytes(*entry.id().as_bytes()));
        let (Some(author), Some(log)) = (
            self.identities.get(&place.log.identity),
            self.logs.get(&place.log),
        ) else {
            return Ok(());
        };
        self.notify_of(
            batch,
            (place.log.identity, entry.id(), (log.handle, place.seq)),
            (&opened.content, &opened.audience.space),
            local_id.map_or(time_ms, |local_id| local_id >> 16),
        )?;
        match &opened.content {
            Content::Post(post) => {
                let Some(space) = self.spaces.handle(&opened.audience.space) else {
                    return Ok(());
                };
                let local_id = local_id.unwrap_or(time_ms << 16);
                views.add_post(
                    *author,
                    Item {
                        local_id,
                        log: log.handle,
                        seq: place.seq,
                        space,
                    },
                );
                if let Some(parent) = post.reply_to {
                    batch.insert(
                        reply_key(&parent.id, local_id),
                        encode(&(log.handle, place.seq)),
                    );
                }
                note_pictures(batch, &post.photos, log.handle, place.seq);
            }
            Content::Edit(edit) => {
                let target = edit.target.place(place.log.identity);
                if let Some(meta) = self.logs.get(&target.log) {
                    self.signatures.forget(meta.handle, target.seq);
                    let row: EditRow = (time_ms, id);
                    batch.insert(
                        edit_key(meta.handle, target.seq, log.handle, place.seq),
                        encode(&row),
                    );
                }
            }
            Content::KeyGrant(grant) => {
                let mut rest = author.to_be_bytes().to_vec();
                rest.push(match grant.purpose {
                    KeyPurpose::PrivateSpace => 0,
                    KeyPurpose::Inbox => 1,
                    KeyPurpose::Backup => 2,
                });
                rest.extend_from_slice(&grant.generation.to_be_bytes());
                // Each device is granted a key in a log of its own: one grant doesn't take the place of another.
                rest.extend_from_slice(&key(0, log.handle, place.seq)[1..]);
                batch.insert(view_key(GRANTS, &rest), encode(&(log.handle, place.seq)));
            }
            Content::Drive(changes) => {
                self.count_drive_change();
                self.show_drive(batch, (*author, log.handle), entry, changes)?;
            }
            Content::EpochGrant(_)
                if place.log.log.is_social() && opened.audience == Audience::PUBLIC =>
            {
                self.note_grant(batch, log.handle, place.seq);
            }
            Content::EpochRecords(_) if self.is_own_record(&place, &opened.audience) => {
                batch.insert(records_key(*author, log.handle, place.seq), []);
            }
            Content::Control(control) if control.space == opened.audience.space => {
                if let Some(space) = self.spaces.handle(&control.space) {
                    batch.insert(control_key(space, log.handle, place.seq), []);
                    self.forget_resolved(&control.space, &place.log.identity);
                }
            }
            Content::Carried(carried) => {
                let is_post =
                    self.show_carried(batch, (&place, log.handle), &opened.audience, carried)?;
                if let Some(space) = self.spaces.handle(&opened.audience.space)
                    && is_post
                {
                    views.carried.insert([Item {
                        local_id: local_id.unwrap_or(time_ms << 16),
                        log: log.handle,
                        seq: place.seq,
                        space,
                    }]);
                }
            }
            _ => {
                let space = self.spaces.handle(&opened.audience.space);
                match (&opened.content, space) {
                    (Content::Reaction(_), _) => {
                        self.note_reaction(batch, (&place, log.handle), &opened.audience);
                    }
                    (Content::Boost(_), Some(_)) => {
                        let said = (opened, space, local_id);
                        let word = Word::of((*author, log.handle), entry, said);
                        return word.map_or(Ok(()), |word| {
                            self.change_boost(views, batch, *author, word, Logs::show_word)
                        });
                    }
                    (Content::Profile(profile), _) => {
                        note_pictures(batch, profile.picture.as_slice(), log.handle, place.seq);
                    }
                    _ => {}
                }
                let said = (opened, space, local_id);
                if let Some(word) = Word::of((*author, log.handle), entry, said) {
                    self.show_word(batch, word)?;
                }
            }
        }
        Ok(())
    }

    /// Takes an entry whose body goes out of the views.
    pub(super) fn hide(
        &self,
        views: &mut Views<'_>,
        batch: &mut Batch,
        entry: &Entry,
        body: &[u8],
        local_id: Option<u64>,
    ) -> Result<(), StoreError> {
        let place = entry.place();
        let (Some(author), Some(log)) = (
            self.identities.get(&place.log.identity),
            self.logs.get(&place.log),
        ) else {
            return Ok(());
        };
        let here = (log.handle, place.seq);
        self.signatures.forget(here.0, here.1);
        if body::mark(body).is_some() && views.settle(here.0, here.1)? {
            // Never shown.
            return Ok(());
        }
        let local_id = local_id.unwrap_or(entry.header().time_ms << 16);
        let Some(opened) = self.open_body(&place, body) else {
            // Shown once, if the record of its key went meanwhile.
            views.remove_carried(local_id, here)?;
            return views.remove_post(*author, local_id, here);
        };
        match &opened.content {
            Content::Post(post) => {
                views.remove_post(*author, local_id, here)?;
                self.review_reactions(batch, &entry.id(), &opened.audience)?;
                if let Some(parent) = post.reply_to {
                    batch.remove(reply_key(&parent.id, local_id));
                }
                forget_pictures(batch, &post.photos, here.0, here.1);
                self.let_go_pictures(&post.photos);
            }
            Content::Edit(edit) => {
                let target = edit.target.place(place.log.identity);
                if let Some(meta) = self.logs.get(&target.log) {
                    self.signatures.forget(meta.handle, target.seq);
                    batch.remove(edit_key(meta.handle, target.seq, log.handle, place.seq));
                }
            }
            Content::Drive(changes) => {
                self.count_drive_change();
                self.hide_drive(batch, (*author, log.handle), entry, changes)?;
            }
            Content::EpochGrant(_) => self.forget_grant(batch, here.0, here.1),
            Content::EpochRecords(_) => {
                batch.remove(records_key(*author, log.handle, place.seq));
            }
            Content::Control(control) => {
                if let Some(space) = self.spaces.handle(&control.space) {
                    batch.remove(control_key(space, log.handle, place.seq));
                    self.forget_resolved(&control.space, &place.log.identity);
                }
            }
            Content::Carried(carried) => {
                views.remove_carried(local_id, here)?;
                self.hide_carried(batch, (&place, log.handle), &opened.audience, carried);
            }
            _ => {
                match &opened.content {
                    Content::Reaction(_) => self.forget_reaction(batch, here.0, here.1),
                    Content::Profile(profile) => {
                        forget_pictures(batch, profile.picture.as_slice(), here.0, here.1);
                    }
                    _ => {}
                }
                let space = self.spaces.handle(&opened.audience.space);
                let said = (&opened, space, Some(local_id));
                let word = Word::of((*author, log.handle), entry, said);
                match (word, &opened.content) {
                    (Some(word), Content::Boost(_)) => {
                        self.change_boost(views, batch, *author, word, Logs::hide_word)?;
                    }
                    (Some(word), _) => self.hide_word(batch, word)?,
                    (None, _) => {}
                }
            }
        }
        Ok(())
    }

    /// Takes a word on boosting a post in, or back. Only an author's last word on it stands in the orders.
    fn change_boost(
        &self,
        views: &mut Views<'_>,
        batch: &mut Batch,
        author: Handle,
        word: Word,
        change: impl FnOnce(&Self, &mut Batch, Word) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let key = word.key().to_vec();
        let before = self.standing_boost(batch, &key)?;
        change(self, batch, word)?;
        let after = self.standing_boost(batch, &key)?;
        if before == after {
            return Ok(());
        }
        if let Some(item) = before {
            views.remove_post(author, item.local_id, (item.log, item.seq))?;
        }
        if let Some(item) = after {
            views.add_post(author, item);
        }
        Ok(())
    }

    /// Where the boost stands that the row of this key tells of, if it does.
    fn standing_boost(&self, batch: &Batch, key: &[u8]) -> Result<Option<Item>, StoreError> {
        let Some(row) = self.pending(batch, key)? else {
            return Ok(None);
        };
        let (_, _, on, (log, seq), _, local_id): BoostRow = decode_trusted(&row, ROW_BYTES_MAX)?;
        Ok(on.then_some(Item {
            local_id,
            log,
            seq,
            space: BOOSTED,
        }))
    }
}

pub(super) fn reply_key(parent: &EntryId, local_id: u64) -> Vec<u8> {
    let mut rest = parent.as_bytes().to_vec();
    rest.extend_from_slice(&local_id.to_be_bytes());
    view_key(REPLIES, &rest)
}

/// namespace ‖ view ‖ the post's log and sequence ‖ the edit's log and sequence
pub(super) fn edit_key(handle: Handle, seq: u64, edit_handle: Handle, edit_seq: u64) -> Vec<u8> {
    let mut key_of_post = place_key(EDITS, handle, seq);
    key_of_post.extend_from_slice(&key(0, edit_handle, edit_seq)[1..]);
    key_of_post
}

pub(super) fn follow_key(account: Handle, followed: &Identity) -> Vec<u8> {
    let mut rest = account.to_be_bytes().to_vec();
    rest.extend_from_slice(followed.as_bytes());
    view_key(FOLLOWS, &rest)
}
