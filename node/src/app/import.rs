//! Bringing posts from elsewhere.
//!
//! A row is recognised by what it would become: its body's salt derives from its time and text under a secret of the
//! account, so that the same row always has the same body hash, which stays in the log even after a delete.

use std::collections::BTreeSet;

use hearth_keys::Label;
use hearth_protocol::body;
use hearth_protocol::bounds::TIME_MS_MAX;
use hearth_protocol::content::{Content, Post, check_text};
use zeroize::Zeroizing;

use super::model::{AppError, ImportRow, Imported};
use super::{App, bad_request};
use crate::store::logs::{Draft, DraftAudience};

/// Rows taken at once.
const ROWS_MAX: usize = 4096;

/// What is there already.
#[derive(Debug)]
pub(super) struct Known {
    salt_key: Zeroizing<[u8; 32]>,
    bodies: BTreeSet<[u8; 32]>,
}

impl App {
    /// Writes those rows that aren't there yet, at the times that they name. `last` says that no more rows follow soon.
    pub(crate) async fn import(
        &self,
        rows: Vec<ImportRow>,
        _public: bool,
        last: bool,
    ) -> Result<Imported, AppError> {
        check_rows(&rows)?;
        let app = self.clone();
        super::to_the_end(async move { app.import_checked(rows, last).await }).await
    }

    async fn import_checked(&self, rows: Vec<ImportRow>, last: bool) -> Result<Imported, AppError> {
        let mut known = self.0.import.lock().await;
        let mut here = match known.take() {
            Some(here) => here,
            None => self.known().await?,
        };
        let count = rows.len() as u64;
        let drafts: Vec<Draft> = rows.into_iter().filter_map(|row| here.draft(row)).collect();
        let imported = drafts.len() as u64;
        if !drafts.is_empty() {
            self.write(true, drafts).await?;
        }
        // After an error what is known is read anew, as not all of it may have been written.
        *known = Some(here).filter(|_| !last);
        Ok(Imported {
            imported,
            skipped: count - imported,
        })
    }

    async fn known(&self) -> Result<Known, AppError> {
        let identity = self.identity();
        let known = self.0.store.read(move |logs| {
            let salt_key = logs
                .first_private_key(&identity)?
                .derive(Label::IMPORT_SALT);
            Ok(Known {
                salt_key,
                bodies: logs.body_hashes(&identity)?,
            })
        });
        Ok(known.await?)
    }
}

impl Known {
    /// The row as a draft, unless it is there.
    fn draft(&mut self, row: ImportRow) -> Option<Draft> {
        let salt = body::import_salt(&self.salt_key, row.time_ms, &row.text);
        let content = Content::Post(Post {
            text: row.text,
            ..Post::default()
        });
        let body = body::clear(&content, salt).ok()?;
        let is_new = self.bodies.insert(*blake3::hash(&body).as_bytes());
        is_new.then_some(Draft {
            time_ms: row.time_ms,
            content,
            audience: DraftAudience::Clear(salt),
        })
    }
}

fn check_rows(rows: &[ImportRow]) -> Result<(), AppError> {
    if rows.len() > ROWS_MAX {
        return Err(bad_request(format!(
            "at most {ROWS_MAX} rows can be taken at once"
        )));
    }
    for (row, number) in rows.iter().zip(1..) {
        let wrong = check_text(&row.text).is_err() || row.time_ms > TIME_MS_MAX;
        if wrong {
            let text = format!(
                "row {number} isn't a post: its text is empty or too long, or its time out of bounds"
            );
            return Err(bad_request(text));
        }
    }
    Ok(())
}
