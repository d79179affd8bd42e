//! Whose turn it is on the store's thread.
//!
//! Somebody who wants to read waits for no more than some milliseconds of anything else: writes are made durable
//! together as long as they are few, what was committed comes into sled by parts, and what can wait is done when nobody
//! asks for anything.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};

use hearth_keys::Identity;
use hearth_protocol::content::Content;
use hearth_protocol::space::Space;

use super::logs::Logs;
use super::writing::{Outcome, Placed};
use super::{Answer, Job, StoreError, Write, answer_when_durable, watch_for_slowness};

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
/// Who has read something reads on: a page asks a dozen times, each time with what it was told before. Where what would come
/// in between takes long, the next question is waited for so long (anticipatory scheduling, Iyer and Druschel 2001),
const LINGERING: Duration = Duration::from_micros(400);
/// and looked for so often.
const LOOKING_EVERY: Duration = Duration::from_micros(50);

/// Groups of writes after which it is looked at whether space can be given back, once there is nothing to do.
const GROUPS_BEFORE_COMPACTION: u32 = 20_000;

/// Contents of several that are signed together: as many as make one run,
const JOINED_MAX: usize = 256;
/// each with about so much besides itself,
const ENTRY_BYTES: usize = 128;
/// and short enough to be pushed and gossiped as one.
const JOINED_BYTES_MAX: usize = 32 << 10;

/// Contents, each with the time that it claims, that an account here writes into a space.
pub(super) struct WriteIn {
    identity: Identity,
    space: Space,
    contents: Vec<(u64, Content)>,
    now_ms: u64,
    /// About what the entries will take.
    bytes: usize,
    answer: oneshot::Sender<Outcome<Placed>>,
}

impl WriteIn {
    pub(super) fn new(
        (identity, space): (Identity, Space),
        contents: Vec<(u64, Content)>,
        now_ms: u64,
        answer: oneshot::Sender<Outcome<Placed>>,
    ) -> Self {
        let entry = |(_, content): &(u64, Content)| ENTRY_BYTES + content.to_bytes().len();
        Self {
            bytes: contents.iter().map(entry).sum(),
            identity,
            space,
            contents,
            now_ms,
            answer,
        }
    }
}

/// What a group changes, in order.
enum Change {
    Write(Write),
    /// For one space, one after the other.
    WriteIn(Vec<WriteIn>),
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
    /// Whether what was done last took long, and as much may follow.
    is_busy: bool,
}

/// Does what is asked for until nobody is left who could ask.
pub(super) fn run(mut logs: Logs, waiting: mpsc::Receiver<Job>) {
    let mut queue = Queue {
        waiting,
        writes: VecDeque::new(),
        compactions: VecDeque::new(),
        writing_time: WRITING_TIME_MIN,
        is_busy: false,
    };
    // Looked at soon after the start, too.
    let (mut verified, mut groups) = (false, GROUPS_BEFORE_COMPACTION);
    let mut can_settle = true;
    loop {
        let is_idle = queue.read(&logs);
        if can_settle && logs.is_settling_due() {
            can_settle = queue.settle_some(&logs);
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
            queue.is_busy = false;
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
        let mut read_at = None;
        while self.writes.len() < WRITES_WAITING_MAX && begin.elapsed() < READING_TIME {
            match self.waiting.try_recv() {
                Ok(job) => {
                    let reads = matches!(job, Job::Read(_));
                    self.accept(job, logs);
                    read_at = reads.then(Instant::now).or(read_at);
                }
                Err(TryRecvError::Empty) if self.lingers(read_at) => {
                    std::thread::sleep(LOOKING_EVERY);
                }
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => return true,
            }
        }
        false
    }

    /// Whether somebody may go on to read for whom it pays to wait.
    fn lingers(&self, read_at: Option<Instant>) -> bool {
        self.is_busy && read_at.is_some_and(|read_at| read_at.elapsed() < LINGERING)
    }

    fn accept(&mut self, job: Job, logs: &Logs) {
        match job {
            Job::Read(read) => read(logs),
            Job::Write(write) => self.writes.push_back(Change::Write(write)),
            Job::WriteIn(asked) => self.join(asked),
            Job::Compact(answer) => self.compactions.push_back(answer),
        }
    }

    /// Puts contents behind those that were just asked for, if they go into the same space.
    fn join(&mut self, asked: WriteIn) {
        if let Some(Change::WriteIn(before)) = self.writes.back_mut() {
            let count: usize = before.iter().map(|one| one.contents.len()).sum();
            let bytes: usize = before.iter().map(|one| one.bytes).sum();
            let fits = count + asked.contents.len() <= JOINED_MAX
                && bytes + asked.bytes <= JOINED_BYTES_MAX;
            let is_alike = before
                .last()
                .is_some_and(|last| (last.identity, last.space) == (asked.identity, asked.space));
            if fits && is_alike {
                return before.push(asked);
            }
        }
        self.writes.push_back(Change::WriteIn(vec![asked]));
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
                Change::WriteIn(asked) => write_all_in(logs, asked, &mut answers),
            }
            if begin.elapsed() >= self.writing_time {
                break;
            }
        }
        let committing = Instant::now();
        let durable = watch_for_slowness("committing", || logs.commit_ahead());
        self.writing_time = committing
            .elapsed()
            .clamp(WRITING_TIME_MIN, WRITING_TIME_MAX);
        self.is_busy = begin.elapsed() >= WRITING_TIME_MIN;
        let _ = durable
            .as_ref()
            .inspect_err(|error| logs.note_damage(error));
        answers
            .into_iter()
            .for_each(|answer| answer(durable.as_ref().copied()));
        true
    }

    /// Brings what was committed into sled, by parts for as long as writes go on; says whether that can go on.
    fn settle_some(&mut self, logs: &Logs) -> bool {
        let begin = Instant::now();
        loop {
            match watch_for_slowness("settling", || logs.settle_some()) {
                Ok(is_all) if is_all || begin.elapsed() >= self.writing_time => {
                    self.is_busy = !is_all;
                    return true;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "what was written can't be brought into the database; nothing more is confirmed");
                    logs.note_damage(&error);
                    return false;
                }
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

/// Writes what several ask for into one space together; one by one if that is refused, so that each is told of its own mistake.
fn write_all_in(logs: &mut Logs, asked: Vec<WriteIn>, answers: &mut Vec<Answer>) {
    if let [first, _, ..] = asked.as_slice() {
        let (identity, space, now_ms) = (first.identity, first.space, first.now_ms);
        let contents = asked.iter().flat_map(|one| one.contents.clone());
        let together = watch_for_slowness("writing together", || {
            logs.write_in(&identity, &space, contents.collect(), now_ms)
        });
        match together {
            Ok(Ok(placed)) => return share(placed, asked, answers),
            // Some of it may be written: it isn't tried again.
            Err(error @ (StoreError::Db(_) | StoreError::Row(_) | StoreError::Ingest(_))) => {
                logs.note_damage(&error);
                let fail = |one: WriteIn| answer_when_durable(one.answer, Err(error.again()));
                return answers.extend(asked.into_iter().map(fail));
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }
    for one in asked {
        let outcome = watch_for_slowness("writing", || {
            logs.write_in(&one.identity, &one.space, one.contents, one.now_ms)
        });
        let _ = outcome
            .as_ref()
            .inspect_err(|error| logs.note_damage(error));
        answers.push(answer_when_durable(one.answer, outcome));
    }
}

/// Gives each what it wrote; what there is to pass on the first has.
fn share(mut placed: Placed, asked: Vec<WriteIn>, answers: &mut Vec<Answer>) {
    let mut written = std::mem::take(&mut placed.written).into_iter();
    for one in asked {
        let own = Placed {
            written: written.by_ref().take(one.contents.len()).collect(),
            stored: std::mem::take(&mut placed.stored),
            unreached: placed.unreached.clone(),
            without_past: placed.without_past.clone(),
        };
        answers.push(answer_when_durable(one.answer, Ok(Ok(own))));
    }
}
