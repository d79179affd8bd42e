//! The protocol of Hearth, without IO, clock or runtime.
//!
//! Everything a person says is an [`entry`] in a log that one of their devices signs. Logs travel and lie as [`run`]s;
//! a [`log`] is held newest-first, its past perhaps missing; [`root`] statements say which devices speak for an
//! identity; [`sync`] is the machine by which two nodes find out what the other lacks. `SPEC.md` beside this crate says
//! every byte.
//!
//! ```
//! use hearth_keys::{DeviceKeys, Phrase};
//! use hearth_protocol::content::{Content, Post};
//! use hearth_protocol::entry::{LogKey, LogNumber};
//! use hearth_protocol::memory::MemoryLogs;
//! use hearth_protocol::root::{Claim, Statement};
//! use hearth_protocol::body;
//! # use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
//! # let mut rng = ChaCha20Rng::from_seed([7; 32]); // in earnest, the system's generator
//!
//! let root = Phrase::generate(&mut rng).root();
//! let device = DeviceKeys::generate(&mut rng);
//! let claim = Claim::Certify { box_public: device.box_public() };
//! let certificate = Statement::sign(&root, device.id(), 0, claim);
//!
//! let mut alice = MemoryLogs::new();
//! alice.add_statements(root.identity(), &[certificate.to_bytes()])?;
//! let log = LogKey { identity: root.identity(), device: device.id(), log: LogNumber::SOCIAL };
//! let post = Content::Post(Post { text: "Hello".into(), ..Post::default() });
//! let run = alice.append(&device, log, 0, body::clear(&post, [1; 16])?)?;
//!
//! // Bob, who knows the identity's statements, takes the run from whoever has it.
//! let mut bob = MemoryLogs::new();
//! bob.add_statements(root.identity(), &[certificate.to_bytes()])?;
//! assert_eq!(bob.ingest(run, &[])?, [(0, 0)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod archive;
pub mod backup_plan;
pub mod body;
pub mod bounds;
pub mod codec;
pub mod content;
pub mod content_id;
pub mod device_link;
pub mod drive;
pub mod entry;
pub mod erasure;
pub mod fork;
pub mod guardian;
pub mod ingest;
pub mod invite;
pub mod letter;
pub mod link;
pub mod log;
pub mod manifest;
pub mod memory;
pub mod message;
pub mod object;
pub mod pack;
pub mod placement;
pub mod root;
pub mod run;
pub mod segment;
pub mod space;
pub mod sync;
pub mod weight;
