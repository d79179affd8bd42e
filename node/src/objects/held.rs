//! Packs that hold nothing but what isn't whole yet: files on their way in, each of which may break off and be given back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::shelf::Pack;
use super::upkeep::dropped;
use super::{ObjectError, Objects, blocking, files};

/// Somebody who puts content that may be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Holder(u64);

/// Which packs are held by whom. One that anybody else put something into, or relies on, isn't among them.
#[derive(Debug, Default)]
pub(super) struct Held {
    last: u64,
    packs: BTreeMap<u32, BTreeSet<Holder>>,
}

impl Held {
    /// A pack was begun.
    pub(super) fn begin(&mut self, pack: u32) {
        self.packs.insert(pack, BTreeSet::new());
    }

    /// Something was put into a pack, or found there by who puts it again.
    pub(super) fn touch(&mut self, pack: u32, holder: Option<Holder>) {
        match holder {
            Some(holder) => {
                if let Some(holders) = self.packs.get_mut(&pack) {
                    holders.insert(holder);
                }
            }
            None => _ = self.packs.remove(&pack),
        }
    }

    /// Whether all that is in a pack may be given back yet.
    pub(super) fn has(&self, pack: u32) -> bool {
        let holders = self.packs.get(&pack);
        holders.is_some_and(|holders| !holders.is_empty())
    }

    fn packs_of(&self, holder: Holder) -> impl Iterator<Item = u32> {
        let of = self
            .packs
            .iter()
            .filter(move |(_, holders)| holders.contains(&holder));
        of.map(|(pack, _)| *pack)
    }

    /// The packs that nobody else holds.
    fn alone(&self, holder: Holder) -> Vec<u32> {
        let alone = self
            .packs_of(holder)
            .filter(|pack| self.packs[pack].len() == 1);
        alone.collect()
    }

    /// A holder is done: what it put stays.
    fn keep(&mut self, holder: Holder) {
        let packs: Vec<u32> = self.packs_of(holder).collect();
        packs.iter().for_each(|pack| _ = self.packs.remove(pack));
    }

    /// A holder is gone.
    fn leave(&mut self, holder: Holder) {
        for holders in self.packs.values_mut() {
            holders.remove(&holder);
        }
    }
}

impl Objects {
    /// Somebody new whose content can be given back until it is kept. A backup waits for the one or the other.
    pub(crate) fn hold(&self) -> Holder {
        let held = &mut self.0.shelf_mut().held;
        held.last += 1;
        Holder(held.last)
    }

    /// What a holder put is going to be named by somebody.
    pub(crate) fn keep_held(&self, holder: Holder) {
        self.0.shelf_mut().held.keep(holder);
    }

    /// Gives back the packs in which nothing is but what a holder put, and what nobody else put since. What lies beside others'
    /// content stays, as does what was there when the program ended.
    ///
    /// # Errors
    /// [`ObjectError::Store`], [`ObjectError::Io`]: some of it stays.
    pub(crate) async fn give_back(&self, holder: Holder) -> Result<(), ObjectError> {
        // No commit is under way while the rows are held, and nobody puts anything while the writer is.
        let _rows = self.0.rows.lock().await;
        let mut writer = Arc::clone(&self.0.writer).lock_owned().await;
        let numbers = self.0.shelf().held.alone(holder);
        let mut lying = Vec::with_capacity(numbers.len());
        for number in numbers {
            let items = match writer.items_of(number) {
                Some(items) => items,
                None => {
                    let read = self.0.store.read(move |logs| logs.pack_items(number));
                    read.await?
                }
            };
            lying.push((number, items));
        }
        let mut changes = Vec::with_capacity(lying.len());
        {
            let mut shelf = self.0.shelf_mut();
            for (number, items) in &lying {
                if let Some(Pack { kind, .. }) = shelf.packs.get(number) {
                    changes.push(dropped(*number, *kind)?);
                }
                writer.forget(*number);
                shelf.remove(*number, items);
            }
            shelf.held.leave(holder);
        }
        drop(writer);
        self.drop_all(changes).await
    }

    /// Removes packs that nothing is read from any more.
    pub(super) async fn drop_all(
        &self,
        changes: Vec<crate::store::objects::PackChange>,
    ) -> Result<(), ObjectError> {
        let numbers: Vec<u32> = changes.iter().map(|change| change.number).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        // Noted first: else a file that is found after a crash would be taken for a pack, or its row for one that was lost.
        self.keep(changes).await?;
        let (dir, removed) = (self.0.dir.clone(), numbers.clone());
        blocking(move || {
            let mut removed = removed.into_iter();
            removed.try_for_each(|number| files::remove_pack(&dir, number))
        })
        .await?;
        let forgotten = self.0.store.write(move |logs| logs.forget_packs(&numbers));
        Ok(forgotten.await?)
    }
}
