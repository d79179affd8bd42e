//! Whole packs: what a backup reads, what a restore brings, what is merged and dropped.

use std::path::Path;
use std::sync::Arc;

use super::files::{self, Contents, ReadError, contents};
use super::shelf::{Pack, record_bytes};
use super::{ObjectError, ObjectId, Objects, PAYLOAD_BYTES_MAX, PackKind, blocking};
use crate::disk;
use crate::store::objects::{Item, PackChange, PackRow};

/// A pack that lies elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    /// Its number.
    pub(crate) number: u64,
    /// What lies in it.
    pub(crate) kind: PackKind,
    /// The objects in it; none if they aren't known.
    pub(crate) objects: Vec<ObjectId>,
}

/// A pack's number as rows have it.
fn number_of(pack: u64) -> Result<u32, ObjectError> {
    u32::try_from(pack)
        .ok()
        .filter(|number| (1..u32::MAX).contains(number))
        .ok_or(ObjectError::Number { pack })
}

fn length_of(items: &[Item]) -> u64 {
    items
        .iter()
        .map(|item| u64::from(record_bytes(item.bytes)))
        .sum()
}

/// The rows of a whole pack.
fn whole(
    number: u32,
    kind: PackKind,
    items: Vec<Item>,
    is_here: bool,
) -> Result<PackChange, ObjectError> {
    let bytes = length_of(&items);
    let row = PackRow {
        kind,
        bytes: u32::try_from(bytes)
            .ok()
            .filter(|bytes| *bytes as usize <= PAYLOAD_BYTES_MAX)
            .ok_or(ObjectError::PackLength { bytes })?,
        items: u32::try_from(items.len()).map_err(|_| ObjectError::PackLength { bytes })?,
        is_closed: true,
        is_here,
        is_dropped: false,
    };
    Ok(PackChange {
        number,
        row,
        first_item: 0,
        items,
    })
}

/// The row of a pack that is about to be removed.
pub(super) fn dropped(number: u32, kind: PackKind) -> Result<PackChange, ObjectError> {
    let mut change = whole(number, kind, Vec::new(), false)?;
    change.row.is_dropped = true;
    Ok(change)
}

/// A payload whose records are all what they say.
fn checked(payload: &[u8], number: u32) -> Result<Contents, ObjectError> {
    let contents = contents(payload);
    if contents.is_whole() {
        Ok(contents)
    } else {
        let id = contents.damaged.first().copied();
        Err(ObjectError::PackDamaged {
            pack: number.into(),
            id,
        })
    }
}

/// The payload of a pack that is here, and what lies in it.
fn read_checked(dir: &Path, number: u32, bytes: u32) -> Result<(Vec<u8>, Contents), ObjectError> {
    let pack = u64::from(number);
    let payload = files::read_pack(dir, number, bytes).map_err(|error| match error {
        ReadError::Gone => ObjectError::PackMissing { pack },
        ReadError::Damaged => ObjectError::PackDamaged { pack, id: None },
        ReadError::Io(error) => error.into(),
    })?;
    let contents = checked(&payload, number)?;
    // Padding amid a file would hide what follows it.
    if contents.bytes != bytes {
        return Err(ObjectError::PackDamaged { pack, id: None });
    }
    Ok((payload, contents))
}

impl Objects {
    /// A pack's records, without padding; each is what its id says.
    ///
    /// # Errors
    /// [`ObjectError::PackMissing`], [`ObjectError::PackDamaged`], [`ObjectError::Io`].
    pub(crate) async fn read_pack(&self, number: u64) -> Result<Vec<u8>, ObjectError> {
        let (number, pack) = self.pack_here(number)?;
        let dir = self.0.dir.clone();
        let read = blocking(move || read_checked(&dir, number, pack.bytes)).await;
        self.note_what_was_read(number, read.as_ref().map(|_| ()));
        Ok(read?.0)
    }

    fn pack_here(&self, number: u64) -> Result<(u32, Pack), ObjectError> {
        let missing = ObjectError::PackMissing { pack: number };
        let number = number_of(number)?;
        match self.0.shelf().packs.get(&number) {
            Some(pack) if pack.bytes_here > 0 => Ok((number, *pack)),
            _ => Err(missing),
        }
    }

    fn note_what_was_read(&self, number: u32, read: Result<(), &ObjectError>) {
        match read {
            Err(ObjectError::PackMissing { .. }) => self.0.shelf_mut().note_gone(number),
            Err(ObjectError::PackDamaged { id: Some(id), .. }) => {
                self.0.shelf_mut().note_damaged(id, number);
            }
            _ => {}
        }
    }

    /// Numbers below `next` are not given to packs: they were used before this store was.
    ///
    /// # Errors
    /// [`ObjectError::Number`], [`ObjectError::Store`].
    pub(crate) async fn skip_numbers_to(&self, next: u64) -> Result<(), ObjectError> {
        let next = number_of(next)?;
        let _rows = self.0.rows.lock().await;
        self.0.writer.lock().await.skip_to(next);
        self.keep(Vec::new()).await
    }

    /// Notes packs that lie elsewhere, so that it is known where an object is before it is here. Of those that are here
    /// nothing changes.
    ///
    /// # Errors
    /// [`ObjectError::Number`], [`ObjectError::PackLength`]: nothing was noted. [`ObjectError::Store`].
    pub(crate) async fn announce_packs(
        &self,
        announced: Vec<Announced>,
    ) -> Result<(), ObjectError> {
        let _rows = self.0.rows.lock().await;
        let mut changes = Vec::new();
        for Announced {
            number,
            kind,
            objects,
        } in announced
        {
            let number = number_of(number)?;
            let is_here = |pack: &Pack| pack.bytes_here > 0;
            if self.0.shelf().packs.get(&number).is_some_and(is_here) {
                continue;
            }
            // How long they are is told by the pack itself.
            let item = |id: ObjectId| Item {
                id: *id.as_bytes(),
                bytes: 0,
            };
            let mut change = whole(number, kind, objects.into_iter().map(item).collect(), false)?;
            change.row.bytes = 0;
            changes.push(change);
        }
        let next = changes.iter().map(|change| change.number + 1).max();
        self.0.writer.lock().await.skip_to(next.unwrap_or(1));
        self.keep(changes.clone()).await?;
        let mut shelf = self.0.shelf_mut();
        for PackChange {
            number, row, items, ..
        } in changes
        {
            shelf.insert(number, Pack::of_row(&row, 0), &items);
        }
        Ok(())
    }

    /// Takes a whole pack that lay elsewhere, padded or not, in place of what is here of it. Durable and readable when
    /// this returns.
    ///
    /// # Errors
    /// [`ObjectError::PackDamaged`], [`ObjectError::PackLength`], [`ObjectError::Number`], [`ObjectError::Taken`]: nothing
    /// changed. [`ObjectError::Full`], [`ObjectError::Io`], [`ObjectError::Store`].
    pub(crate) async fn adopt_pack(
        &self,
        number: u64,
        kind: PackKind,
        payload: Vec<u8>,
    ) -> Result<(), ObjectError> {
        let pack = number;
        let number = number_of(pack)?;
        let _rows = self.0.rows.lock().await;
        if self.0.writer.lock().await.is_at(number) {
            return Err(ObjectError::Taken { pack });
        }
        let dir = self.0.dir.clone();
        let items = blocking(move || {
            let contents = checked(&payload, number)?;
            if contents.kind.is_some_and(|found| found != kind) {
                return Err(ObjectError::PackDamaged { pack, id: None });
            }
            let bytes = usize::try_from(contents.bytes).expect("a pack fits memory");
            if bytes == 0 {
                return Err(ObjectError::PackLength { bytes: 0 });
            }
            whole(number, kind, contents.items.clone(), true)?;
            disk::check_room(&dir, contents.bytes.into())?;
            files::write_pack(&dir, number, &payload[..bytes])?;
            Ok(contents.items)
        })
        .await?;
        let before = self
            .0
            .store
            .read(move |logs| logs.pack_items(number))
            .await?;
        self.0.writer.lock().await.skip_to(number + 1);
        let change = whole(number, kind, items, true)?;
        self.keep(vec![change.clone()]).await?;
        {
            let mut shelf = self.0.shelf_mut();
            shelf.remove(number, &before);
            shelf.insert(
                number,
                Pack::of_row(&change.row, change.row.bytes),
                &change.items,
            );
        }
        self.arrived(pack);
        Ok(())
    }

    /// Copies what is read from these packs into a new one, from which it is read from then on; its number, if there was
    /// anything. The old ones stay until [`Self::drop_pack`].
    ///
    /// # Errors
    /// [`ObjectError::PackLength`] if it is more than one pack holds or of two kinds, [`ObjectError::PackMissing`],
    /// [`ObjectError::PackDamaged`], [`ObjectError::Taken`] if one still grows: nothing changed. [`ObjectError::Full`],
    /// [`ObjectError::Io`], [`ObjectError::Store`].
    pub(crate) async fn merge(&self, numbers: &[u64]) -> Result<Option<u64>, ObjectError> {
        let _rows = self.0.rows.lock().await;
        let mut packs = Vec::new();
        for pack in numbers {
            let (number, found) = self.pack_here(*pack)?;
            if self.0.writer.lock().await.is_at(number) {
                return Err(ObjectError::Taken { pack: *pack });
            }
            packs.push((number, found));
        }
        packs.sort_unstable_by_key(|(number, _)| *number);
        packs.dedup_by_key(|(number, _)| *number);
        let Some(kind) = packs.first().map(|(_, pack)| pack.kind) else {
            return Ok(None);
        };
        if packs.iter().any(|(_, pack)| pack.kind != kind) {
            return Err(ObjectError::PackLength { bytes: 0 });
        }
        let number = self.0.writer.lock().await.take_number();
        let inner = Arc::clone(&self.0);
        let change = blocking(move || {
            let (mut payload, mut items) = (Vec::new(), Vec::new());
            for (number, pack) in packs {
                let (records, contents) = read_checked(&inner.dir, number, pack.bytes)?;
                let mut at = 0;
                for item in contents.items {
                    let end = at + record_bytes(item.bytes) as usize;
                    let id = ObjectId::from_bytes(item.id);
                    if kind == PackKind::Logs || inner.shelf().is_read_from(&id, number) {
                        payload.extend_from_slice(&records[at..end]);
                        items.push(item);
                    }
                    at = end;
                }
                let bytes = payload.len() as u64;
                if payload.len() > PAYLOAD_BYTES_MAX {
                    return Err(ObjectError::PackLength { bytes });
                }
            }
            if items.is_empty() {
                return Ok(None);
            }
            files::write_pack(&inner.dir, number, &payload)?;
            whole(number, kind, items, true).map(Some)
        })
        .await?;
        let Some(change) = change else {
            return Ok(None);
        };
        self.keep(vec![change.clone()]).await?;
        let pack = Pack::of_row(&change.row, change.row.bytes);
        self.0.shelf_mut().insert(number, pack, &change.items);
        Ok(Some(number.into()))
    }

    /// Removes a pack that nothing is read from. One that isn't known is none.
    ///
    /// # Errors
    /// [`ObjectError::InUse`], [`ObjectError::Taken`] if it still grows, [`ObjectError::Io`], [`ObjectError::Store`].
    pub(crate) async fn drop_pack(&self, number: u64) -> Result<(), ObjectError> {
        let pack = number;
        let number = number_of(pack)?;
        let _rows = self.0.rows.lock().await;
        let Some(found) = self.0.shelf().packs.get(&number).copied() else {
            return Ok(());
        };
        if self.0.writer.lock().await.is_at(number) {
            return Err(ObjectError::Taken { pack });
        }
        if found.objects > 0 {
            let objects = found.objects;
            return Err(ObjectError::InUse { pack, objects });
        }
        let change = dropped(number, found.kind)?;
        // Noted first: else a file that is found after a crash would be taken for a pack, or its row for one that was lost.
        self.keep(vec![change]).await?;
        self.0.shelf_mut().remove(number, &[]);
        self.0
            .wanted
            .send_if_modified(|wanted| wanted.remove(&pack));
        let dir = self.0.dir.clone();
        blocking(move || files::remove_pack(&dir, number)).await?;
        Ok(self
            .0
            .store
            .write(move |logs| logs.forget_packs(&[number]))
            .await?)
    }

    /// Writes rows, and the next number with them. To be called with the rows' lock held.
    pub(super) async fn keep(&self, changes: Vec<PackChange>) -> Result<(), ObjectError> {
        let next = self.0.writer.lock().await.next();
        Ok(self
            .0
            .store
            .write(move |logs| logs.keep_packs(next, &changes))
            .await?)
    }
}
