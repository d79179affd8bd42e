//! The thread's jobs: reads and changes one after the other, puts together.

use std::path::PathBuf;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::ShardsError;
use super::keeper::{Keeper, Opening};
use super::row::ShardRow;

/// Bytes of shards that are made durable together.
const GROUP_BYTES_MAX: usize = 16 << 20;
/// Groups after which a part of what is to be compacted is, even if there is more to do.
const GROUPS_BEFORE_COMPACTION: u32 = 16;

pub(super) type Answer<T> = oneshot::Sender<Result<T, ShardsError>>;

pub(super) struct Put {
    pub(super) row: ShardRow,
    pub(super) bytes: Vec<u8>,
    pub(super) answer: Answer<bool>,
    /// Its share of the bytes that may wait.
    pub(super) _room: OwnedSemaphorePermit,
}

/// Gets the keeper, or the reason why there is none.
type Other = Box<dyn FnOnce(Result<&mut Keeper, ShardsError>) + Send>;

pub(super) enum Job {
    Put(Put),
    Other(Other),
}

/// The keeper, and how to open it again after a write failed: what was written since the last answer may be there or not.
struct Bench {
    keeper: Option<Keeper>,
    reopening: (PathBuf, Opening),
    is_damaged: bool,
}

impl Bench {
    fn keeper(&mut self) -> Result<&mut Keeper, ShardsError> {
        // The databases must be closed before they can be opened.
        if let Some(broken) = self.keeper.take_if(|keeper| !keeper.is_usable()) {
            self.is_damaged = broken.is_damaged();
        }
        if self.keeper.is_none() {
            let (dir, opening) = &self.reopening;
            self.keeper = Some(Keeper::open_again(dir, opening, self.is_damaged)?);
            self.is_damaged = false;
        }
        Ok(self.keeper.as_mut().expect("opened just now"))
    }
}

pub(super) fn run(keeper: Keeper, mut waiting: mpsc::Receiver<Job>) {
    let mut bench = Bench {
        reopening: keeper.reopening(),
        keeper: Some(keeper),
        is_damaged: false,
    };
    let mut groups = 0;
    loop {
        let job = match waiting.try_recv() {
            Ok(job) => job,
            Err(_) if has_idle_work(&mut bench) => continue,
            Err(_) => match waiting.blocking_recv() {
                Some(job) => job,
                None => return,
            },
        };
        run_group(&mut bench, job, &mut waiting);
        groups += 1;
        if groups % GROUPS_BEFORE_COMPACTION == 0 {
            has_idle_work(&mut bench);
        }
    }
}

/// Does a little of what can wait; whether there may be more.
fn has_idle_work(bench: &mut Bench) -> bool {
    let Some(keeper) = bench.keeper.as_mut().filter(|keeper| keeper.is_usable()) else {
        return false;
    };
    keeper.idle().unwrap_or_else(|error| {
        tracing::warn!(%error, "the space of others' shards isn't given back for now");
        keeper.put_idle_work_off();
        false
    })
}

/// Runs a job and the puts that wait behind it; the first that isn't one ends the group.
fn run_group(bench: &mut Bench, first: Job, waiting: &mut mpsc::Receiver<Job>) {
    let (mut puts, mut bytes, mut last) = (Vec::new(), 0, None);
    let mut next = Some(first);
    while let Some(job) = next {
        match job {
            Job::Put(put) => {
                bytes += put.bytes.len();
                puts.push(put);
            }
            Job::Other(other) => {
                last = Some(other);
                break;
            }
        }
        next = (bytes < GROUP_BYTES_MAX)
            .then(|| waiting.try_recv().ok())
            .flatten();
    }
    if !puts.is_empty() {
        put_all(bench, puts);
    }
    if let Some(other) = last {
        other(bench.keeper());
    }
}

/// Writes all, makes them durable, and answers.
fn put_all(bench: &mut Bench, puts: Vec<Put>) {
    let keeper = match bench.keeper() {
        Ok(keeper) => keeper,
        Err(error) => {
            let refuse = |put: Put| drop(put.answer.send(Err(error.again())));
            return puts.into_iter().for_each(refuse);
        }
    };
    let mut answers = Vec::with_capacity(puts.len());
    for put in puts {
        let outcome = keeper.put(&put.row, &put.bytes);
        answers.push((put.answer, outcome));
    }
    let durable = keeper.commit();
    for (answer, outcome) in answers {
        let _ = answer.send(match &durable {
            Ok(()) => outcome,
            Err(error) => outcome.and(Err(error.again())),
        });
    }
}
