//! What a backup needs of this account's pack files.

use hearth_protocol::pack::RecordKind;

use crate::backup::BackupError;
use crate::objects::{ObjectError, Objects, PackInfo, PackKind};

/// One of the account's pack files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackFile {
    /// Its number.
    pub(crate) number: u64,
    /// Whether it holds log segments rather than objects.
    pub(crate) is_logs: bool,
    /// What is in it.
    pub(crate) bytes: u32,
    /// Whether nothing more goes into it.
    pub(crate) is_closed: bool,
}

/// The account's pack files.
pub(crate) trait Packs: Clone + Send + Sync + 'static {
    /// All of them, ascending.
    fn list(&self) -> impl Future<Output = Result<Vec<PackFile>, BackupError>> + Send;

    /// Writes a segment of logs, or what lies in a pack, into the open pack of logs; durable once
    /// [`close`](Packs::close) is through.
    fn put_record(
        &self,
        kind: RecordKind,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), BackupError>> + Send;

    /// Closes what is open and makes all of it durable.
    fn close(&self) -> impl Future<Output = Result<(), BackupError>> + Send;

    /// The records of a closed pack, without padding. The same bytes each time.
    fn read(&self, number: u64) -> impl Future<Output = Result<Vec<u8>, BackupError>> + Send;

    /// Writes what is in these packs of one kind into a new closed one that is as good as they are, and gives its number;
    /// they stay until they are dropped.
    fn merge(
        &self,
        numbers: Vec<u64>,
    ) -> impl Future<Output = Result<Option<u64>, BackupError>> + Send;

    /// Deletes a pack that no snapshot needs and whose records are elsewhere.
    fn remove(&self, number: u64) -> impl Future<Output = Result<(), BackupError>> + Send;
}

fn failed(error: ObjectError) -> BackupError {
    match error {
        ObjectError::Store(error) => BackupError::Store(error),
        other => BackupError::Packs(other.to_string()),
    }
}

impl Packs for Objects {
    async fn list(&self) -> Result<Vec<PackFile>, BackupError> {
        // What lies with guardians alone, while a restore goes on, was backed up before.
        let here = self.packs().into_iter().filter(|pack| pack.is_here);
        let file = |pack: PackInfo| PackFile {
            number: pack.number,
            is_logs: pack.kind == PackKind::Logs,
            bytes: u32::try_from(pack.bytes).unwrap_or(u32::MAX),
            is_closed: pack.is_closed,
        };
        Ok(here.map(file).collect())
    }

    async fn put_record(&self, kind: RecordKind, bytes: Vec<u8>) -> Result<(), BackupError> {
        Objects::put_record(self, kind, bytes)
            .await
            .map(|_| ())
            .map_err(failed)
    }

    async fn close(&self) -> Result<(), BackupError> {
        self.close_packs().await.map(|_| ()).map_err(failed)
    }

    async fn read(&self, number: u64) -> Result<Vec<u8>, BackupError> {
        self.read_pack(number).await.map_err(failed)
    }

    async fn merge(&self, numbers: Vec<u64>) -> Result<Option<u64>, BackupError> {
        Objects::merge(self, &numbers).await.map_err(failed)
    }

    async fn remove(&self, number: u64) -> Result<(), BackupError> {
        self.drop_pack(number).await.map_err(failed)
    }
}
