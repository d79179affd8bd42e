//! Bringing posts from elsewhere.
//!
//! A row that becomes public is recognised by what it would become: its body's salt derives from its time and text under a
//! secret of the account, so that the same row always has the same body hash, which stays in the log even after a delete.
//! One that is for fewer is encrypted anew each time: it is recognised by time and text as long as it is there.

use crate::said::{Said, said};
use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream::FuturesOrdered;
use hearth_keys::Label;
use hearth_protocol::body;
use hearth_protocol::bounds::TIME_MS_MAX;
use hearth_protocol::content::{Content, Post, check_text};
use hearth_protocol::space::Space;
use zeroize::Zeroizing;

#[cfg(doc)]
use super::model::ErrorKind;
use super::model::{AppError, ImportRow, Imported};
use super::settings::DefaultAudience;
use super::{App, bad_request};
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::logs::{Draft, DraftAudience};

/// Rows taken at once.
const ROWS_MAX: usize = 4096;
/// Rows that are looked at in one file: of each a hash is held.
const FORESEEN_ROWS_MAX: u64 = 1_000_000;
/// Own posts that are read at once,
const POSTS_AT_ONCE: usize = 200;
/// rows with entries of own logs,
const RUNS_AT_ONCE: usize = 32;
/// and rows that are written at once: others wait for the store meanwhile.
const WRITTEN_AT_ONCE: usize = 64;

/// What is there already.
#[derive(Debug)]
pub(super) struct Known {
    salt_key: Zeroizing<[u8; 32]>,
    bodies: BTreeSet<[u8; 32]>,
    /// Own posts that are there, whoever may read them: hashes of times and texts.
    said: BTreeSet<[u8; 32]>,
}

/// What an import of some rows would bring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Foreseen {
    /// How many rows there are.
    pub(crate) rows: u64,
    /// How many of them are there already.
    pub(crate) here: u64,
    /// The earliest and the latest time among them, ms since 1970.
    pub(crate) times_ms: Option<(u64, u64)>,
}

/// Looks at rows without writing any.
#[derive(Debug)]
pub(crate) struct Foresight {
    known: Known,
    foreseen: Foreseen,
}

impl Foresight {
    /// Takes a row into account.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] where there are too many.
    pub(crate) fn add(&mut self, row: &ImportRow) -> Result<(), AppError> {
        let foreseen = &mut self.foreseen;
        if foreseen.rows == FORESEEN_ROWS_MAX {
            return Err(bad_request(said!(
                "import-too-many",
                "this file has more than 1,000,000 posts: split the file and bring in one part after the other"
            )));
        }
        foreseen.rows += 1;
        foreseen.here += u64::from(!self.known.is_new(row));
        let (first, last) = foreseen.times_ms.unwrap_or((row.time_ms, row.time_ms));
        foreseen.times_ms = Some((first.min(row.time_ms), last.max(row.time_ms)));
        Ok(())
    }

    /// What they would bring.
    pub(crate) fn foreseen(&self) -> Foreseen {
        self.foreseen
    }
}

impl App {
    /// Writes those rows that aren't there yet, at the times that they name. `last` says that no more rows follow soon.
    pub(crate) async fn import(
        &self,
        rows: Vec<ImportRow>,
        audience: DefaultAudience,
        last: bool,
    ) -> Result<Imported, AppError> {
        check_rows(&rows)?;
        let app = self.clone();
        super::to_the_end(async move { app.import_checked(rows, audience, last).await }).await
    }

    /// What is known before an import, to see what it would bring.
    pub(crate) async fn import_foresight(&self) -> Result<Foresight, AppError> {
        Ok(Foresight {
            known: self.known().await?,
            foreseen: Foreseen::default(),
        })
    }

    async fn import_checked(
        &self,
        rows: Vec<ImportRow>,
        audience: DefaultAudience,
        last: bool,
    ) -> Result<Imported, AppError> {
        let mut known = self.0.import.lock().await;
        let mut here = match known.take() {
            Some(here) => here,
            None => self.known().await?,
        };
        let count = rows.len() as u64;
        let me = self.identity();
        let rows = rows.into_iter().filter(|row| here.is_new(row));
        let rows: Vec<ImportRow> = rows.collect();
        let imported = rows.len() as u64;
        let space = match audience {
            _ if rows.is_empty() => None,
            DefaultAudience::Public => {
                let drafts = rows.into_iter().filter_map(|row| here.draft(row)).collect();
                self.write_by_parts(drafts).await?;
                None
            }
            DefaultAudience::Friends => Some((Space::Friends(me), rows)),
            DefaultAudience::Private => Some((Space::Private(me), rows)),
        };
        if let Some((space, rows)) = space {
            let content = |row: ImportRow| (row.time_ms, post(row.text));
            let mut contents = rows.into_iter().map(content).peekable();
            while contents.peek().is_some() {
                let part = contents.by_ref().take(WRITTEN_AT_ONCE).collect();
                self.write_in(space, part).await?;
            }
        }
        if last && imported > 0 {
            self.has_imported().await?;
        }
        // After an error what is known is read anew, as not all of it may have been written.
        *known = Some(here).filter(|_| !last);
        Ok(Imported {
            imported,
            skipped: count - imported,
        })
    }

    /// Writes public drafts; what was written is passed on, also where an error ends it.
    async fn write_by_parts(&self, drafts: Vec<Draft>) -> Result<(), AppError> {
        let (me, mut drafts) = (self.identity(), drafts.into_iter().peekable());
        // All are queued: on a slow disk several are made durable together.
        let mut parts = FuturesOrdered::new();
        while drafts.peek().is_some() {
            let part = drafts.by_ref().take(WRITTEN_AT_ONCE).collect();
            parts.push_back(self.0.store.append(me, true, part, unix_ms()));
        }
        let (mut written, mut outcome) = (Vec::new(), Ok(()));
        while let Some(appended) = parts.next().await {
            match appended {
                Ok((_, stored)) => written.extend(stored),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        self.pass_on(written).await;
        Ok(outcome?)
    }

    async fn known(&self) -> Result<Known, AppError> {
        let identity = self.identity();
        let salt_key = self.0.store.read(move |logs| {
            let key = logs.first_private_key(&identity)?;
            Ok(key.derive(Label::IMPORT_SALT))
        });
        let mut known = Known {
            salt_key: salt_key.await?,
            bodies: BTreeSet::new(),
            said: BTreeSet::new(),
        };
        let mut after = None;
        loop {
            let read = self
                .0
                .store
                .read(move |logs| logs.body_hashes(&identity, after, RUNS_AT_ONCE));
            let page = read.await?;
            known.bodies.extend(page.hashes);
            after = page.more_after;
            if after.is_none() {
                break;
            }
        }
        let mut before = None;
        loop {
            let read = self.0.store.read(move |logs| {
                let posts = logs.posts(&identity, before, POSTS_AT_ONCE, &|_| true)?;
                let next = posts.last().map(|post| post.local_id);
                let said = posts.into_iter().map(|post| {
                    // What it said at first, whatever was changed since.
                    let first = match post.edited {
                        true => logs.history(&post.place)?.pop(),
                        false => None,
                    };
                    Ok(first.unwrap_or((post.time_ms, post.post.text)))
                });
                Ok((said.collect::<Result<Vec<_>, StoreError>>()?, next))
            });
            let (said, next) = read.await?;
            for (time_ms, text) in said {
                known.said.insert(said_hash(time_ms, &text));
            }
            match next {
                Some(next) => before = Some(next),
                None => return Ok(known),
            }
        }
    }
}

fn said_hash(time_ms: u64, text: &str) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&time_ms.to_be_bytes());
    hasher.update(text.as_bytes());
    *hasher.finalize().as_bytes()
}

fn post(text: String) -> Content {
    Content::Post(Post {
        text,
        ..Post::default()
    })
}

impl Known {
    /// Whether a row isn't there yet; from now on it counts as there.
    fn is_new(&mut self, row: &ImportRow) -> bool {
        let is_said = !self.said.insert(said_hash(row.time_ms, &row.text));
        let salt = body::import_salt(&self.salt_key, row.time_ms, &row.text);
        let body = body::clear(&post(row.text.clone()), salt);
        let hash = body.ok().map(|body| *blake3::hash(&body).as_bytes());
        !is_said && hash.is_some_and(|hash| !self.bodies.contains(&hash))
    }

    /// The row as a public draft, unless it is there.
    fn draft(&mut self, row: ImportRow) -> Option<Draft> {
        let salt = body::import_salt(&self.salt_key, row.time_ms, &row.text);
        let content = post(row.text);
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
        return Err(bad_request(Said::english(format!(
            "at most {ROWS_MAX} rows can be taken at once"
        ))));
    }
    for (row, number) in rows.iter().zip(1..) {
        let wrong = check_text(&row.text).is_err() || row.time_ms > TIME_MS_MAX;
        if wrong {
            let text = said!(
                "import-row",
                "row {number} isn't a post: its text is empty or too long, or its time out of bounds",
                number = number
            );
            return Err(bad_request(text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_look_holds_no_more_than_a_million_hashes() {
        let known = Known {
            salt_key: Zeroizing::new([0; 32]),
            bodies: BTreeSet::new(),
            said: BTreeSet::new(),
        };
        let rows = FORESEEN_ROWS_MAX - 1;
        let foreseen = Foreseen {
            rows,
            ..Foreseen::default()
        };
        let mut foresight = Foresight { known, foreseen };
        let row = |time_ms| ImportRow {
            time_ms,
            text: "a".into(),
        };
        foresight.add(&row(1)).unwrap();
        let refused = foresight.add(&row(2)).unwrap_err();
        assert!(
            refused.message.as_english().contains("split the file"),
            "{refused}"
        );
        assert_eq!(foresight.known.said.len(), 1);
    }
}
