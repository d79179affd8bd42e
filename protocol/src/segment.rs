//! Segments: parts of one identity's logs, as they lie in a pack.
//!
//! ```text
//! 01 ‖ CBOR (root statements, [(run, tombstones)])
//! ```
//!
//! Runs and tombstones are what an [archive](crate::archive) holds, in a form that a pack's record can carry: at most
//! 1 MiB, and whole in itself, so that what one segment says needs no other one to be checked. Reading checks shapes
//! only; whether something is authentic is for [`ingest`](crate::ingest) to say, as with what a peer sends.

use hearth_keys::Identity;

use crate::archive::{RunPairTuple, run_pair, run_pair_tuple};
use crate::bounds::{SEGMENT_BYTES_MAX, STATEMENT_BYTES_MAX, STATEMENTS_MAX};
use crate::codec::{Blob, DecodeError, decode, encode};
use crate::entry::LoneEntry;
use crate::run::Run;

/// The version that this program writes.
const VERSION: u8 = 1;

/// The longest heads of the CBOR around statements and runs, and the version.
const FRAME_BYTES_MAX: usize = 16;

/// Parts of one identity's logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    identity: Identity,
    statements: Vec<Vec<u8>>,
    runs: Vec<(Run, Vec<LoneEntry>)>,
    /// The length of its parts, encoded.
    bytes: usize,
}

/// (root statements, runs with the deletes for bodies missing in them)
type SegmentTuple = (Vec<Blob>, Vec<RunPairTuple>);

/// Why a run isn't added to a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SegmentError {
    /// It is of another identity.
    #[error("the run is of another identity's log")]
    Foreign,
    /// There is no room for it; an empty segment has none for what must be split.
    #[error("the segment is full")]
    Full,
}

impl Segment {
    /// A segment without runs; the statements are those that are known of the identity, encoded.
    pub fn new(identity: Identity, statements: Vec<Vec<u8>>) -> Self {
        let bytes = statements.iter().map(|bytes| bytes.len() + 3).sum();
        Self {
            identity,
            statements,
            runs: Vec::new(),
            bytes,
        }
    }

    /// Whose logs these are.
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// The identity's root statements, encoded; none of them is checked.
    pub fn statements(&self) -> &[Vec<u8>] {
        &self.statements
    }

    /// The runs with the deletes for bodies missing in them, in the order in which they were added.
    pub fn runs(&self) -> &[(Run, Vec<LoneEntry>)] {
        &self.runs
    }

    /// Gives up the [`runs`](Self::runs).
    pub fn into_runs(self) -> Vec<(Run, Vec<LoneEntry>)> {
        self.runs
    }

    /// Whether it holds no run.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Adds a run with the deletes for bodies missing in it. [`SegmentError::Full`] where it doesn't fit: it belongs
    /// into the next segment then.
    pub fn push(&mut self, run: &Run, tombstones: &[LoneEntry]) -> Result<(), SegmentError> {
        if run.log.identity != self.identity {
            return Err(SegmentError::Foreign);
        }
        let bytes = self.bytes + encode(&run_pair_tuple(run, tombstones)).len();
        if bytes + FRAME_BYTES_MAX > SEGMENT_BYTES_MAX {
            return Err(SegmentError::Full);
        }
        self.bytes = bytes;
        self.runs.push((run.clone(), tombstones.to_vec()));
        Ok(())
    }

    /// The version and the canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let statements: Vec<Blob> = self.statements.iter().cloned().map(Blob).collect();
        let runs: Vec<RunPairTuple> = self
            .runs
            .iter()
            .map(|(run, tombstones)| run_pair_tuple(run, tombstones))
            .collect();
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&encode(&(statements, runs)));
        bytes
    }

    /// Reads a segment of `identity`'s logs; nothing is checked but shapes and whose the runs say that they are.
    pub fn from_bytes(identity: Identity, bytes: &[u8]) -> Result<Self, DecodeError> {
        let (length, limit) = (bytes.len(), SEGMENT_BYTES_MAX);
        if length > limit {
            return Err(DecodeError::TooLong { length, limit });
        }
        let tuple = match bytes.split_first() {
            Some((&VERSION, rest)) => rest,
            Some((&version, _)) => return Err(DecodeError::Version(version.into())),
            None => return Err(DecodeError::Malformed("an empty segment".into())),
        };
        let (statements, runs): SegmentTuple = decode(tuple, limit)?;
        if statements.len() > STATEMENTS_MAX
            || statements
                .iter()
                .any(|blob| blob.0.len() > STATEMENT_BYTES_MAX)
        {
            return Err(DecodeError::Invalid(
                "too many statements, or one that is too long",
            ));
        }
        let runs: Vec<_> = runs.into_iter().map(run_pair).collect::<Result<_, _>>()?;
        if runs.iter().any(|(run, _)| run.log.identity != identity) {
            return Err(DecodeError::Invalid("a run of another identity's log"));
        }
        Ok(Self {
            identity,
            statements: statements.into_iter().map(|blob| blob.0).collect(),
            runs,
            bytes: tuple.len(),
        })
    }
}
