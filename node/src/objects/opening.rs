//! Opening: what rows tell and what files are there becomes one picture.
//!
//! Rows count. What a file has beyond them was being written when the process ended, or the rows are gone: it is read,
//! and what is whole of it is kept. What rows tell of and files don't have isn't here; who asks for it is told so.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use hearth_keys::Identity;
use tokio::sync::{Mutex, watch};

use super::files::{self, Contents, contents, pack_path, sound_contents};
use super::sealing::Keys;
use super::shelf::{Pack, Shelf, record_bytes};
use super::writer::Writer;
use super::{Inner, ObjectError, Objects, PAYLOAD_BYTES_MAX, PackKind, blocking};
use crate::home::{Home, make_private_folder};
use crate::store::Store;
use crate::store::objects::{ITEMS_PER_ROW, Item, PackChange, PackRow};

/// The folder of pack files in the home.
const FOLDER: &str = "objects";
/// Pack rows of one reading.
const ROWS_MAX: usize = 1024;
/// Packs whose items are read together: of full packs of tiny objects, 30 MB.
const PACKS_MAX: usize = 8;

/// What is being found out.
struct Opening {
    dir: PathBuf,
    store: Store,
    shelf: Shelf,
    /// Packs that may go on, by kind, the newest.
    open: BTreeMap<PackKind, (u32, PackRow, Vec<Item>)>,
    next: u32,
    /// From this number on nothing was ever committed; `None` where rows tell of nothing at all.
    uncommitted: Option<u32>,
}

impl Objects {
    /// Opens the objects in `home`. What of the files isn't in order is told to who asks for it, and in the log.
    ///
    /// # Errors
    /// [`ObjectError::Io`], [`ObjectError::Full`], [`ObjectError::Store`].
    pub(crate) async fn open(
        home: &Home,
        store: Store,
        identity: Identity,
    ) -> Result<Self, ObjectError> {
        let dir = home.dir().join(FOLDER);
        let listed = {
            let dir = dir.clone();
            blocking(move || {
                make_private_folder(&dir)?;
                Ok(files::list(&dir)?)
            })
        };
        let mut unknown: BTreeMap<u32, u64> = listed.await?.into_iter().collect();
        let last_file = unknown.last_key_value().map_or(0, |(number, _)| *number);
        let next = store.read(|logs| logs.next_pack()).await?;
        let mut opening = Opening {
            dir,
            store,
            shelf: Shelf::default(),
            open: BTreeMap::new(),
            next: next.max(last_file.saturating_add(1)),
            uncommitted: (next > 1).then_some(next),
        };
        opening.take_rows(&mut unknown).await?;
        opening.take_files(unknown).await?;
        opening.finish(identity).await
    }
}

impl Opening {
    /// Goes through the rows, and takes the files that they tell of out of `files`.
    async fn take_rows(&mut self, files: &mut BTreeMap<u32, u64>) -> Result<(), ObjectError> {
        let mut from = 0;
        loop {
            let rows = self
                .store
                .read(move |logs| logs.packs_from(from, ROWS_MAX))
                .await?;
            let Some((last, _)) = rows.last() else {
                return Ok(());
            };
            from = last.saturating_add(1);
            self.next = self.next.max(from);
            for some in rows.chunks(PACKS_MAX) {
                let numbers: Vec<u32> = some.iter().map(|(number, _)| *number).collect();
                let read = move |logs: &crate::store::logs::Logs| {
                    numbers
                        .iter()
                        .map(|number| logs.pack_items(*number))
                        .collect()
                };
                let items: Vec<Vec<Item>> = self.store.read(read).await?;
                for ((number, row), items) in some.iter().zip(items) {
                    self.take_row(*number, *row, items, files).await?;
                }
            }
        }
    }

    async fn take_row(
        &mut self,
        number: u32,
        row: PackRow,
        items: Vec<Item>,
        files: &mut BTreeMap<u32, u64>,
    ) -> Result<(), ObjectError> {
        let Some(length) = files.get(&number).copied() else {
            return self.take_lost(number, row, &items).await;
        };
        if row.is_dropped {
            files.remove(&number);
            let dir = self.dir.clone();
            blocking(move || files::remove_pack(&dir, number)).await?;
            return self.forget(number).await;
        }
        if !row.is_here {
            // A restore was cut short after the file was there.
            self.shelf.insert(number, Pack::of_row(&row, 0), &items);
            return Ok(());
        }
        files.remove(&number);
        if row.is_closed || length < row.bytes.into() {
            return self.take_closed(number, row, items, length).await;
        }
        let (row, items) = match length > row.bytes.into() {
            true => self.take_tail(number, row, items).await?,
            false => (row, items),
        };
        self.shelf
            .insert(number, Pack::of_row(&row, row.bytes), &items);
        if let Some((number, row, items)) = self.open.insert(row.kind, (number, row, items)) {
            self.close(number, row, &items).await?;
        }
        Ok(())
    }

    /// A pack without a file.
    async fn take_lost(
        &mut self,
        number: u32,
        row: PackRow,
        items: &[Item],
    ) -> Result<(), ObjectError> {
        if row.is_dropped {
            return self.forget(number).await;
        }
        if row.is_here {
            tracing::error!(
                number,
                "the file of a pack is gone; restore the pack from a backup"
            );
        }
        self.shelf.insert(number, Pack::of_row(&row, 0), items);
        if row.is_closed {
            return Ok(());
        }
        self.close(number, row, items).await
    }

    /// A pack that takes no more, or whose end is missing, and which therefore takes no more.
    async fn take_closed(
        &mut self,
        number: u32,
        row: PackRow,
        items: Vec<Item>,
        length: u64,
    ) -> Result<(), ObjectError> {
        let here = u32::try_from(length).unwrap_or(u32::MAX).min(row.bytes);
        if here < row.bytes {
            tracing::error!(
                number,
                bytes = here,
                of = row.bytes,
                "the file of a pack is too short; restore the pack from a backup"
            );
        }
        let here = whole_bytes(&items, here);
        self.shelf.insert(number, Pack::of_row(&row, here), &items);
        if row.is_closed {
            return Ok(());
        }
        self.close(number, row, &items).await
    }

    /// Keeps what is whole of what was written after the last commit, and cuts the rest off.
    async fn take_tail(
        &self,
        number: u32,
        mut row: PackRow,
        mut items: Vec<Item>,
    ) -> Result<(PackRow, Vec<Item>), ObjectError> {
        let dir = self.dir.clone();
        let found = blocking(move || read_tail(&dir, number, row)).await?;
        let first_item = items.len() / ITEMS_PER_ROW * ITEMS_PER_ROW;
        items.extend(found.items);
        row.bytes += found.bytes;
        row.items = u32::try_from(items.len()).unwrap_or(u32::MAX);
        let change = PackChange {
            number,
            row,
            first_item,
            items: items[first_item..].to_vec(),
        };
        self.keep(change).await?;
        Ok((row, items))
    }

    /// Takes packs that no row tells of, or tells to be elsewhere.
    async fn take_files(&mut self, files: BTreeMap<u32, u64>) -> Result<(), ObjectError> {
        for (number, length) in files {
            let dir = self.dir.clone();
            if length == 0 {
                blocking(move || files::remove_pack(&dir, number)).await?;
                continue;
            }
            let is_uncommitted = self.uncommitted.is_some_and(|first| number >= first);
            let found = blocking(move || read_file(&dir, number, is_uncommitted)).await?;
            let Some(kind) = found.kind else {
                tracing::error!(
                    number,
                    "nothing in the file of a pack can be read; it is left alone"
                );
                continue;
            };
            tracing::info!(number, objects = found.items.len(), "a pack was read anew");
            let row = PackRow {
                kind,
                bytes: found.bytes,
                items: u32::try_from(found.items.len()).unwrap_or(u32::MAX),
                is_closed: true,
                is_here: true,
                is_dropped: false,
            };
            let before = self.store.read(move |logs| logs.pack_items(number)).await?;
            let change = PackChange {
                number,
                row,
                first_item: 0,
                items: found.items.clone(),
            };
            self.keep(change).await?;
            self.shelf.remove(number, &before);
            self.shelf
                .insert(number, Pack::of_row(&row, row.bytes), &found.items);
            for id in &found.damaged {
                self.shelf.note_damaged(id, number);
            }
        }
        Ok(())
    }

    async fn close(
        &mut self,
        number: u32,
        mut row: PackRow,
        items: &[Item],
    ) -> Result<(), ObjectError> {
        row.is_closed = true;
        if let Some(pack) = self.shelf.packs.get_mut(&number) {
            pack.is_closed = true;
        }
        let change = PackChange {
            number,
            row,
            first_item: 0,
            items: items.to_vec(),
        };
        self.keep(change).await
    }

    async fn keep(&self, change: PackChange) -> Result<(), ObjectError> {
        let next = self.next;
        Ok(self
            .store
            .write(move |logs| logs.keep_packs(next, &[change]))
            .await?)
    }

    async fn forget(&self, number: u32) -> Result<(), ObjectError> {
        Ok(self
            .store
            .write(move |logs| logs.forget_packs(&[number]))
            .await?)
    }

    async fn finish(self, identity: Identity) -> Result<Objects, ObjectError> {
        let mut writer = Writer::new(self.next);
        for (number, row, items) in self.open.into_values() {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .open(pack_path(&self.dir, number))?;
            writer.go_on(file, number, &row, items);
        }
        Ok(Objects(Arc::new(Inner {
            dir: self.dir,
            store: self.store,
            identity,
            keys: Keys::default(),
            shelf: RwLock::new(self.shelf),
            writer: Arc::new(Mutex::new(writer)),
            rows: Mutex::new(()),
            arrivals: watch::Sender::new(0),
            wanted: watch::Sender::default(),
        })))
    }
}

/// What of a file is whole beyond what rows tell, up to the first damage, which is durable after this; the rest is cut off.
fn read_tail(dir: &Path, number: u32, row: PackRow) -> Result<Contents, ObjectError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(pack_path(dir, number))?;
    let payload = read_payload(&file)?;
    let from = usize::try_from(row.bytes).expect("a pack fits memory");
    let found = sound_contents(payload.get(from..).unwrap_or_default());
    file.set_len(u64::from(row.bytes) + u64::from(found.bytes))?;
    file.sync_all()?;
    Ok(found)
}

/// How much of the first `here` bytes of a pack are whole records: one that goes on beyond them isn't here.
fn whole_bytes(items: &[Item], here: u32) -> u32 {
    let ends = items.iter().scan(0_u32, |end, item| {
        *end = end.saturating_add(record_bytes(item.bytes));
        Some(*end)
    });
    ends.take_while(|end| *end <= here).last().unwrap_or(0)
}

/// What of a file is whole, which is durable after this.
fn read_file(dir: &Path, number: u32, is_uncommitted: bool) -> Result<Contents, ObjectError> {
    let file = File::open(pack_path(dir, number))?;
    let payload = read_payload(&file)?;
    let found = if is_uncommitted {
        sound_contents(&payload)
    } else {
        contents(&payload)
    };
    file.sync_all()?;
    crate::home::sync_folder(dir)?;
    Ok(found)
}

/// As much of a file as a pack has at most.
fn read_payload(file: &File) -> Result<Vec<u8>, ObjectError> {
    use std::io::Read;
    let mut payload = Vec::new();
    file.take(PAYLOAD_BYTES_MAX as u64)
        .read_to_end(&mut payload)?;
    Ok(payload)
}
