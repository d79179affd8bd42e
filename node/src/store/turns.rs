//! Whose turn it is on the store's thread.
//!
//! Somebody who wants to read waits for no more than some milliseconds of anything else: writes are made durable
//! together as long as they are few, what was committed comes into sled by parts, and what can wait is done when nobody
//! asks for anything.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use super::logs::Logs;
use super::{Answer, Append, Job, StoreError, Write, answer_when_durable, watch_for_slowness};

/// Writes that are made durable together.
const GROUP_MAX: usize = 512;
/// Writes that are taken out of the queue and wait beside it: who reads comes before them. Where still more are asked for, it waits
/// until there is room.
const WRITES_WAITING_MAX: usize = 4096;
/// How long writes go on before what they wrote is made durable and reading has its turn: as long as the disk took last time,
/// so that a slow one isn't waited for more often than needs be, but within these bounds,
const WRITING_TIME_MIN: Duration = Duration::from_millis(8);
const WRITING_TIME_MAX: Duration = Duration::from_millis(50);
/// and how long reading goes on before writing has.
const READING_TIME: Duration = Duration::from_millis(20);

/// Groups of writes after which it is looked at whether space can be given back, once there is nothing to do.
const GROUPS_BEFORE_COMPACTION: u32 = 20_000;

/// Drafts of several that are signed together: as many as make one run,
const DRAFTS_MAX: usize = 256;
/// each with about so much besides its content,
const ENTRY_BYTES: usize = 128;
/// and short enough to be pushed and gossiped as one.
const DRAFTS_BYTES_MAX: usize = 32 << 10;

impl Append {
    /// About what the entries will take.
    fn bytes(&self) -> usize {
        let entry = |draft: &super::Draft| ENTRY_BYTES + draft.content.to_bytes().len();
        self.drafts.iter().map(entry).sum()
    }
}

/// What a group changes, in order.
enum Change {
    Write(Write),
    /// For one log, one after the other.
    Append(Vec<Append>),
}

type Compacted = oneshot::Sender<Result<(u64, u64), StoreError>>;

/// What waits.
struct Queue {
    waiting: mpsc::Receiver<Job>,
    /// Taken out of it, and not done yet.
    writes: VecDeque<Change>,
    compactions: VecDeque<Compacted>,
    /// How long writes go on.
    writing_time: Duration,
}

/// Does what is asked for until nobody is left who could ask.
pub(super) fn run(mut logs: Logs, waiting: mpsc::Receiver<Job>) {
    let mut queue = Queue {
        waiting,
        writes: VecDeque::new(),
        compactions: VecDeque::new(),
        writing_time: WRITING_TIME_MIN,
    };
    // Looked at soon after the start, too.
    let (mut verified, mut groups) = (false, GROUPS_BEFORE_COMPACTION);
    let mut can_settle = true;
    loop {
        let is_idle = queue.read(&logs);
        if can_settle && logs.is_settling_due() {
            can_settle = settle_some(&logs, queue.writing_time);
            continue;
        }
        if queue.write(&mut logs) {
            groups = groups.saturating_add(1);
        } else if let Some(answer) = queue.compactions.pop_front() {
            compact(&mut logs, answer);
        } else if is_idle && !logs.has_untried() {
            // Nothing to do: look for damage in what was stored long ago, a little at a time.
            if !verified {
                verified = verify_some(&logs);
                continue;
            }
            if groups >= GROUPS_BEFORE_COMPACTION {
                groups = 0;
                logs.compact_if_worth_it();
                continue;
            }
            match queue.waiting.blocking_recv() {
                Some(job) => queue.accept(job, &logs),
                None => return,
            }
        }
        // However much there is to do of what waited for a key: a little of it each time.
        logs.retry_when_idle();
    }
}

impl Queue {
    /// Takes in what waits, and runs what reads: it sees what is durable and never what is about to be written. Says whether
    /// nothing waits any more.
    fn read(&mut self, logs: &Logs) -> bool {
        let begin = Instant::now();
        while self.writes.len() < WRITES_WAITING_MAX && begin.elapsed() < READING_TIME {
            match self.waiting.try_recv() {
                Ok(job) => self.accept(job, logs),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return true,
            }
        }
        false
    }

    fn accept(&mut self, job: Job, logs: &Logs) {
        match job {
            Job::Read(read) => read(logs),
            Job::Write(write) => self.writes.push_back(Change::Write(write)),
            Job::Append(append) => self.join(append),
            Job::Compact(answer) => self.compactions.push_back(answer),
        }
    }

    /// Puts drafts behind those that were just asked for, if they go into the same log.
    fn join(&mut self, append: Append) {
        if let Some(Change::Append(appends)) = self.writes.back_mut() {
            let drafts: usize = appends.iter().map(|append| append.drafts.len()).sum();
            let bytes: usize = appends.iter().map(Append::bytes).sum();
            let fits = drafts + append.drafts.len() <= DRAFTS_MAX
                && bytes + append.bytes() <= DRAFTS_BYTES_MAX;
            let is_alike = appends.last().is_some_and(|last| {
                (last.identity, last.social) == (append.identity, append.social)
            });
            if fits && is_alike {
                return appends.push(append);
            }
        }
        self.writes.push_back(Change::Append(vec![append]));
    }

    /// Does some of the writes, makes them durable together and answers; says whether there were any.
    fn write(&mut self, logs: &mut Logs) -> bool {
        if self.writes.is_empty() {
            return false;
        }
        let begin = Instant::now();
        let mut answers = Vec::new();
        while answers.len() < GROUP_MAX
            && let Some(change) = self.writes.pop_front()
        {
            match change {
                Change::Write(write) => answers.push(write(logs)),
                Change::Append(appends) => append_all(logs, appends, &mut answers),
            }
            if begin.elapsed() >= self.writing_time {
                break;
            }
        }
        let begin = Instant::now();
        let durable = watch_for_slowness("committing", || logs.commit_ahead());
        self.writing_time = begin.elapsed().clamp(WRITING_TIME_MIN, WRITING_TIME_MAX);
        let _ = durable
            .as_ref()
            .inspect_err(|error| logs.note_damage(error));
        answers
            .into_iter()
            .for_each(|answer| answer(durable.as_ref().copied()));
        true
    }
}

/// Brings what was committed into sled, by parts for as long as writes go on; says whether that goes on.
fn settle_some(logs: &Logs, time: Duration) -> bool {
    let begin = Instant::now();
    loop {
        match watch_for_slowness("settling", || logs.settle_some()) {
            Ok(is_all) if is_all || begin.elapsed() >= time => return true,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "what was written can't be brought into the database; nothing more is confirmed");
                logs.note_damage(&error);
                return false;
            }
        }
    }
}

fn verify_some(logs: &Logs) -> bool {
    logs.verify_some().unwrap_or_else(|error| {
        logs.note_damage(&error);
        true
    })
}

fn compact(logs: &mut Logs, answer: Compacted) {
    let outcome = logs.compact();
    let _ = outcome
        .as_ref()
        .inspect_err(|error| logs.note_damage(error));
    let _ = answer.send(outcome);
}

/// Signs and stores drafts of one log together; one by one if that fails, so that each is told of its own mistake.
fn append_all(logs: &mut Logs, appends: Vec<Append>, answers: &mut Vec<Answer>) {
    let mut rng = crate::rng::system();
    if let [first, .., last] = appends.as_slice() {
        let (identity, social, now_ms) = (first.identity, first.social, last.now_ms);
        let drafts = appends.iter().flat_map(|append| append.drafts.clone());
        let together = logs.append(&identity, social, drafts.collect(), now_ms, &mut rng);
        if let Ok((mut written, mut stored)) = together {
            for append in appends {
                let rest = written.split_off(append.drafts.len().min(written.len()));
                let own = std::mem::replace(&mut written, rest);
                let outcome = Ok((own, std::mem::take(&mut stored)));
                answers.push(answer_when_durable(append.answer, outcome));
            }
            return;
        }
    }
    for append in appends {
        let Append {
            identity,
            social,
            drafts,
            now_ms,
            answer,
        } = append;
        let outcome = watch_for_slowness("appending", || {
            logs.append(&identity, social, drafts, now_ms, &mut rng)
        });
        let _ = outcome
            .as_ref()
            .inspect_err(|error| logs.note_damage(error));
        answers.push(answer_when_durable(answer, outcome));
    }
}
