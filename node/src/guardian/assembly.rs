//! Something that is being received, piece by piece, in order.

use std::time::{Duration, Instant};

use hearth_protocol::guardian::{Part, Ticket};

/// How long the next piece may take.
const IDLE_TIME_MAX: Duration = Duration::from_secs(30);
/// How long all of it may take, besides a second for so many bytes.
const TIME_MAX: Duration = Duration::from_secs(60);
const BYTES_PER_SECOND_MIN: u64 = 16_000;

/// Whether an owner may store what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// That is being looked up.
    Asked,
    /// It may.
    Given,
}

/// What has come of something.
#[derive(Debug)]
pub(super) struct Assembly {
    ticket: Ticket,
    bytes: Vec<u8>,
    moved: Instant,
    /// How long all of it may take.
    time_max: Duration,
    began: Instant,
    admission: Admission,
}

/// A piece that doesn't go behind the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misplaced;

impl Assembly {
    /// Nothing yet.
    pub(super) fn new(ticket: Ticket, now: Instant) -> Self {
        let seconds = u64::from(ticket.terms().bytes) / BYTES_PER_SECOND_MIN;
        Self {
            time_max: TIME_MAX + Duration::from_secs(seconds),
            began: now,
            ticket,
            bytes: Vec::new(),
            moved: now,
            admission: Admission::Asked,
        }
    }

    /// What it is about.
    pub(super) fn ticket(&self) -> &Ticket {
        &self.ticket
    }

    /// Adds a piece.
    pub(super) fn add(&mut self, part: &Part, now: Instant) -> Result<(), Misplaced> {
        let total = self.ticket.terms().bytes as usize;
        let is_next = part.offset as usize == self.bytes.len();
        if !is_next || self.bytes.len() + part.bytes.len() > total {
            return Err(Misplaced);
        }
        self.bytes.extend_from_slice(&part.bytes);
        self.moved = now;
        Ok(())
    }

    /// It may be stored.
    pub(super) fn admit(&mut self) {
        self.admission = Admission::Given;
    }

    /// Whether it may be stored.
    pub(super) fn is_admitted(&self) -> bool {
        self.admission == Admission::Given
    }

    /// Whether it may be stored and everything is there.
    pub(super) fn is_ready(&self) -> bool {
        self.is_admitted() && self.bytes.len() == self.ticket.terms().bytes as usize
    }

    /// Whether nothing came for too long, or all of it takes too long.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.moved) > IDLE_TIME_MAX
            || now.saturating_duration_since(self.began) > self.time_max
    }

    /// The ticket and what came.
    pub(super) fn into_parts(self) -> (Ticket, Vec<u8>) {
        (self.ticket, self.bytes)
    }
}
