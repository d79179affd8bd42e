//! What it costs.

use std::fmt;

/// What passed over the wires, and what it brought.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    /// Frames that arrived at honest nodes, and their bytes, by the type of their message (0: no message).
    pub(crate) frames: [u64; 16],
    pub(crate) bytes: [u64; 16],
    /// Entries that came to be stored, again or not.
    pub(crate) copies: u64,
    /// Entries that were new.
    pub(crate) deliveries: u64,
    pub(crate) connections: u64,
}

const RUN: usize = 5;

impl Tally {
    pub(crate) fn frame(&mut self, frame: &[u8]) {
        let kind = frame.get(1).map_or(0, |&kind| usize::from(kind.min(15)));
        self.frames[kind] += 1;
        self.bytes[kind] += frame.len() as u64;
    }

    pub(crate) fn all_bytes(&self) -> u64 {
        self.bytes.iter().sum()
    }

    pub(crate) fn run_bytes(&self) -> u64 {
        self.bytes[RUN]
    }

    pub(crate) fn all_frames(&self) -> u64 {
        self.frames.iter().sum()
    }

    /// What came since then.
    pub(crate) fn since(&self, then: &Self) -> Self {
        let less = |now: &[u64; 16], then: &[u64; 16]| std::array::from_fn(|n| now[n] - then[n]);
        Self {
            frames: less(&self.frames, &then.frames),
            bytes: less(&self.bytes, &then.bytes),
            copies: self.copies - then.copies,
            deliveries: self.deliveries - then.deliveries,
            connections: self.connections - then.connections,
        }
    }
}

/// What a town's life came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) nodes: u64,
    pub(crate) friends_median: u64,
    pub(crate) friends_max: u64,
    pub(crate) entries: u64,
    pub(crate) forks: u64,
    /// All of it, from the first connection on.
    pub(crate) life: Tally,
    /// Of those who cared and could be reached: median and 95th percentile over all entries of the time until 50, 95
    /// and 100 % of them had it.
    pub(crate) reach_ms: [[u64; 2]; 3],
    /// Bytes a node and hour when all are connected and nobody says anything.
    pub(crate) rest_bytes: f64,
    /// The same while some come and go.
    pub(crate) rest_churn_bytes: f64,
    /// How often a node reconnected to a friend in that hour.
    pub(crate) rest_connections: f64,
    pub(crate) steps: u64,
    /// Of everything that happened, in order.
    pub(crate) trace: u64,
}

impl Figures {
    pub(crate) fn copies_per_delivery(&self) -> f64 {
        ratio(self.life.copies, self.life.deliveries)
    }
}

pub(crate) fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nodes, life, .. } = *self;
        let (median, max) = (self.friends_median, self.friends_max);
        writeln!(f, "nodes                        {nodes:>12}")?;
        writeln!(f, "friends, median / most       {median:>12} / {max}")?;
        writeln!(f, "entries written              {:>12}", self.entries)?;
        writeln!(f, "logs that forked             {:>12}", self.forks)?;
        writeln!(f, "deliveries                   {:>12}", life.deliveries)?;
        writeln!(f, "connections                  {:>12}", life.connections)?;
        writeln!(f, "frames                       {:>12}", life.all_frames())?;
        let copies = self.copies_per_delivery();
        writeln!(f, "copies per delivery          {copies:>12.2}")?;
        let bytes = ratio(life.run_bytes(), life.deliveries);
        writeln!(f, "bytes per delivery, entries  {bytes:>12.0}")?;
        let bytes = ratio(life.all_bytes(), life.deliveries);
        writeln!(f, "bytes per delivery, all      {bytes:>12.0}")?;
        for (percent, [p50, p95]) in [50, 95, 100].into_iter().zip(self.reach_ms) {
            writeln!(f, "reaches {percent:>3} %, p50 / p95 ms {p50:>11} / {p95}")?;
        }
        writeln!(f, "at rest, bytes/node/hour     {:>12.0}", self.rest_bytes)?;
        writeln!(
            f,
            " … while some come and go    {:>12.0}",
            self.rest_churn_bytes
        )?;
        writeln!(
            f,
            " … connections/node/hour     {:>12.2}",
            self.rest_connections
        )?;
        writeln!(f, "steps                        {:>12}", self.steps)?;
        write!(f, "trace                    {:016x}", self.trace)
    }
}
