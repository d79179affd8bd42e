//! Building the views anew.

use hearth_protocol::entry::LogKey;
use hearth_protocol::run::Link;

use super::db::Batch;
use super::logs::{Logs, StoreError};
use super::rows::{Handle, KeptRun, key, namespace, number_of};
use crate::replication::unix_ms;

use super::views::{REINDEXING, VIEWS_FORM, Views, form_key};

impl Logs {
    /// Builds every view anew from the logs; returns how many entries were read. What a crash cuts short is begun anew
    /// at the next opening.
    pub(crate) fn reindex(&mut self) -> Result<u64, StoreError> {
        let mut begun = Batch::default();
        begun.insert(REINDEXING, []);
        self.apply(begun)?;
        self.commit()?;
        self.retry_all(unix_ms())?;
        self.db.clear(namespace::VIEWS)?;
        self.spaces.forget_views();
        self.notified.clear();
        self.signatures.clear();
        let count = self.show_all()?;
        let mut ended = Batch::default();
        ended.remove(REINDEXING);
        ended.insert(form_key(), [VIEWS_FORM]);
        self.apply(ended)?;
        self.commit()?;
        Ok(count)
    }

    /// Builds the views anew if that was cut short, or if an older program built them.
    pub(super) fn finish_views(&mut self) -> Result<(), StoreError> {
        let has_form = self.db.value(&form_key())?.as_deref() == Some(&[VIEWS_FORM]);
        if self.logs.is_empty() && !has_form {
            let mut batch = Batch::default();
            batch.insert(form_key(), [VIEWS_FORM]);
            self.apply(batch)?;
        }
        if self.is_reindexing()? || !(has_form || self.logs.is_empty()) {
            tracing::info!("building the views anew");
            self.reindex()?;
        }
        Ok(())
    }

    /// Whether the views are being built, or were when the last process ended.
    fn is_reindexing(&self) -> Result<bool, StoreError> {
        Ok(self.db.value(&REINDEXING)?.is_some())
    }

    pub(super) fn show_all(&mut self) -> Result<u64, StoreError> {
        let mut count = 0;
        // Own logs first: they hold the keys to read the rest.
        let mut logs: Vec<LogKey> = self.logs.keys().copied().collect();
        logs.sort_by_key(|log| (log.log.is_social(), *log));
        for log in logs {
            let handle = self.logs.get(&log).map_or(0, |meta| meta.handle);
            let mut next = 0;
            loop {
                let from = key(namespace::RUNS, handle, next);
                let Some((at, row)) = self
                    .db
                    .first_at(&from, &key(namespace::RUNS, handle, u64::MAX))?
                else {
                    break;
                };
                let (first, run) = (number_of(&at), KeptRun::from_row(&row)?);
                next = first + run.items.len() as u64;
                count += run.items.len() as u64;
                self.show_run(log, handle, first, &run)?;
            }
        }
        // What came before its key.
        self.retry_all(unix_ms())?;
        self.load_grants()?;
        self.notify_of_people()?;
        Ok(count)
    }

    pub(super) fn show_run(
        &mut self,
        log: LogKey,
        handle: Handle,
        first: u64,
        run: &KeptRun,
    ) -> Result<(), StoreError> {
        let mut links = Vec::with_capacity(run.items.len());
        for (entry, item) in run.entries(log, first) {
            let body = self.body_of(&entry.place(), &item.body)?;
            links.push(Link { entry, body });
        }
        let mut batch = Batch::default();
        let contents = self.contents(&mut batch, &links)?;
        let mut views = Views::begin(&self.db);
        for ((link, opened), item) in links.iter().zip(contents).zip(&run.items) {
            views.add_id(handle, link.entry.place().seq, &link.entry.id());
            match (&opened, &link.body) {
                (Some(opened), _) => {
                    self.show(&mut views, &mut batch, &link.entry, opened, item.local_id)?;
                }
                (None, Some(body)) => views.wait(handle, link.entry.place().seq, body)?,
                (None, None) => {}
            }
        }
        views.finish(&mut batch)?;
        self.apply(batch)
    }
}
