//! A batch of changes, and the limits of what the database takes.

use std::collections::BTreeMap;

use super::error::DbError;

/// Longest value. A leaf of sled has up to 16 rows, and 20 and more while leaves are joined; what outgrows a quarter of
/// a segment is put into a file that is never synced, and this keeps every leaf far from it.
pub(crate) const VALUE_BYTES_MAX: usize = 3072;
/// Longest key, its namespace byte included.
pub(crate) const KEY_BYTES_MAX: usize = 128;
/// Largest batch, keys and values together: it is held in memory, and no space is used again during it.
pub(crate) const BATCH_BYTES_MAX: usize = 16 << 20;
/// The namespace of the database itself; callers have 1 to 255.
pub(super) const NAMESPACE_OWN: u8 = 0;

/// Changes that happen together or not at all. Of several changes of one key the last counts.
#[derive(Debug, Default, Clone)]
pub(crate) struct Batch {
    pub(super) rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl Batch {
    /// Sets `key` to `value`.
    pub(crate) fn insert(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.change(key.into(), Some(value.into()));
    }

    /// Removes `key`, if it is there.
    pub(crate) fn remove(&mut self, key: impl Into<Vec<u8>>) {
        self.change(key.into(), None);
    }

    fn change(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let size = |key_bytes: usize, value: &Option<Vec<u8>>| {
            key_bytes + value.as_ref().map_or(0, Vec::len)
        };
        let key_bytes = key.len();
        self.bytes += size(key_bytes, &value);
        if let Some(previous) = self.rows.insert(key, value) {
            self.bytes -= size(key_bytes, &previous);
        }
    }

    /// What this batch would set `key` to: `None` when it doesn't touch it, `Some(None)` when it removes it.
    pub(crate) fn change_of(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.rows.get(key).map(Option::as_deref)
    }

    /// Length of all keys and values.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Number of keys it changes.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the database can take it.
    pub(super) fn check(&self) -> Result<(), DbError> {
        check_length("a batch", self.bytes, BATCH_BYTES_MAX)?;
        for (key, value) in &self.rows {
            if key
                .first()
                .is_none_or(|namespace| *namespace == NAMESPACE_OWN)
            {
                return Err(DbError::KeyReserved);
            }
            check_length("a key", key.len(), KEY_BYTES_MAX)?;
            check_length(
                "a value",
                value.as_ref().map_or(0, Vec::len),
                VALUE_BYTES_MAX,
            )?;
        }
        Ok(())
    }
}

fn check_length(what: &'static str, bytes: usize, bytes_max: usize) -> Result<(), DbError> {
    if bytes > bytes_max {
        Err(DbError::TooLarge {
            what,
            bytes,
            bytes_max,
        })
    } else {
        Ok(())
    }
}
