//! Taking what was salvaged into a fresh store, and writing on from there.

use hearth_keys::Identity;
use hearth_protocol::codec::{decode_trusted, encode};
use hearth_protocol::entry::{LogNumber, LoneEntry};
use hearth_protocol::fork::ForkProof;
use hearth_protocol::root::Statement;
use hearth_protocol::run::{Link, Run};

use super::append::fresh_log;
use super::db::{Batch, DbError};
use super::logs::{Account, Logs, StoreError};
use super::rows::namespace;
use super::salvage::Item;

/// An encoded pair of log numbers is shorter.
const BEGINNING_BYTES_MAX: usize = 64;

/// The own and the social log that a device writes since its store was begun anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginning {
    own: LogNumber,
    social: LogNumber,
}

impl Beginning {
    /// The log that takes the place of all before it.
    pub(super) fn of(self, social: bool) -> LogNumber {
        if social { self.social } else { self.own }
    }
}

impl Logs {
    /// Takes something salvaged, if it holds; returns how many entries it brought.
    ///
    /// # Errors
    /// This store can't go on. That something doesn't hold is none.
    pub(crate) fn take_salvaged(&mut self, item: Item, now_ms: u64) -> Result<u64, StoreError> {
        match item {
            Item::Statement(bytes) => self.take_statement(&bytes).map(|()| 0),
            Item::Fork(bytes) => self.take_fork(&bytes).map(|()| 0),
            Item::Contact(key, value) => self.take_contact(&key, value).map(|()| 0),
            Item::Run(run, deletes) => self.take_run(&run, &deletes, now_ms),
        }
    }

    fn take_statement(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if let Ok(statement) = Statement::from_bytes(bytes) {
            let mut statements = self.statements(&statement.identity());
            if matches!(statements.insert(statement), Ok(true)) {
                self.keep_statements(&statements)?;
            }
        }
        Ok(())
    }

    fn take_fork(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let Ok(proof) = ForkProof::from_bytes(bytes) else {
            return Ok(());
        };
        let log = proof.place().log;
        let is_certified = self
            .statements(&log.identity)
            .devices()
            .contains_key(&log.device);
        if is_certified && !self.state(&log).is_forked() {
            fatal(self.keep_fork(proof)).map(drop)?;
        }
        Ok(())
    }

    fn take_run(
        &mut self,
        run: &[u8],
        deletes: &[Vec<u8>],
        now_ms: u64,
    ) -> Result<u64, StoreError> {
        let Ok(run) = Run::from_bytes(run) else {
            return Ok(0);
        };
        let deletes = deletes.iter().map(|delete| LoneEntry::from_bytes(delete));
        let deletes: Vec<LoneEntry> = deletes.filter_map(Result::ok).collect();
        let (log, count) = (run.log, run.items.len() as u64);
        let first = run.first_seq;
        if fatal(self.ingest(run.clone(), &deletes, now_ms))?.is_some() {
            return Ok(count);
        }
        // Something among them doesn't hold: each for itself then.
        let Ok(chain) = run.chain() else {
            return Ok(0);
        };
        for link in chain.into_links().into_iter().rev() {
            if let Some(single) = Run::of_links(&[Link::clone(&link)]) {
                fatal(self.ingest(single, &deletes, now_ms))?;
            }
        }
        let state = self.state(&log);
        Ok((first..first + count)
            .filter(|seq| state.holds(*seq))
            .count() as u64)
    }

    /// From now on the account's device writes logs that nobody has begun: what was salvaged of those before may lack
    /// their ends, which friends hold, and writing on would fork them.
    pub(crate) fn begin_anew(&mut self, account: &Account) -> Result<(), StoreError> {
        let fresh = |first: LogNumber| {
            let of_device = self.logs.keys().filter(|log| {
                log.identity == account.identity
                    && log.device == account.device.id()
                    && log.log.is_social() == first.is_social()
            });
            let newest = of_device.map(|log| log.log).max();
            fresh_log(newest.unwrap_or(first), &mut crate::rng::system())
        };
        let beginning = Beginning {
            own: fresh(LogNumber::OWN)?,
            social: fresh(LogNumber::SOCIAL)?,
        };
        let mut batch = Batch::default();
        batch.insert(
            beginning_key(&account.identity),
            encode(&(beginning.own, beginning.social)),
        );
        self.apply(batch)?;
        self.beginnings.insert(account.identity, beginning);
        Ok(())
    }

    pub(super) fn load_beginnings(&mut self) -> Result<(), StoreError> {
        for account in &self.accounts {
            let Some(row) = self.db.value(&beginning_key(&account.identity))? else {
                continue;
            };
            let (own, social): (LogNumber, LogNumber) = decode_trusted(&row, BEGINNING_BYTES_MAX)?;
            self.beginnings
                .insert(account.identity, Beginning { own, social });
        }
        Ok(())
    }
}

fn beginning_key(identity: &Identity) -> Vec<u8> {
    let mut key = vec![namespace::BEGINNINGS];
    key.extend_from_slice(identity.as_bytes());
    key
}

/// What isn't acceptable is left out; what ails the fresh store itself is an error.
pub(super) fn fatal<T>(result: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(StoreError::Db(DbError::TooLarge { .. } | DbError::KeyReserved)) => Ok(None),
        Err(error @ StoreError::Db(_)) => Err(error),
        Err(_) => Ok(None),
    }
}
