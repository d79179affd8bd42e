//! All packs, page by page, as the manifest lists them.

use hearth_protocol::bounds::PAGE_PACKS_MAX;

use super::{BackupError, Guardians, Inner, Packs};
use crate::store::backup::PackRow;
use hearth_protocol::manifest::page_number;

/// Goes over the pages that have packs.
pub(super) struct Pages<'a, G: Guardians, P: Packs> {
    inner: &'a Inner<G, P>,
    from: u64,
}

impl<G: Guardians, P: Packs> Pages<'_, G, P> {
    /// The next page: its number, and its packs.
    pub(super) async fn next(&mut self) -> Result<Option<(u64, Vec<PackRow>)>, BackupError> {
        let page = self.inner.packs_on_page(self.from).await?;
        if let Some((number, _)) = &page {
            self.from = (number + 1) * PAGE_PACKS_MAX as u64;
        }
        Ok(page)
    }
}

impl<G: Guardians, P: Packs> Inner<G, P> {
    /// All pages, from the first one.
    pub(super) fn pages(&self) -> Pages<'_, G, P> {
        Pages {
            inner: self,
            from: 0,
        }
    }

    /// The packs of the first page at or behind pack `from`.
    pub(super) async fn packs_on_page(
        &self,
        from: u64,
    ) -> Result<Option<(u64, Vec<PackRow>)>, BackupError> {
        let packs = self.read(move |logs, identity| {
            let mut packs = logs.backup_packs(identity, from, PAGE_PACKS_MAX)?;
            let number = packs.first().map(|pack| page_number(pack.number));
            packs.retain(|pack| Some(page_number(pack.number)) == number);
            Ok(number.map(|number| (number, packs)))
        });
        packs.await
    }
}
