//! What the example programs share. Each lies in `src/bin/` and says at its top how to run it.
//!
//! `checker/` isn't Rust: a second reader of the formats in Python, written from `protocol/SPEC.md` and the vectors alone.
//! `python3 examples/checker/check.py` runs it; its README says more.

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use hearth_keys::{CryptoRng, DeviceKeys, Phrase};
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::root::{Claim, Statement};

pub mod node;

/// What an example returns: any error ends it.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The system's randomness. A machine that has none can't make keys, so failing loudly is right.
pub fn system_rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// Somebody who writes: a fresh identity with one certified device.
pub struct Author {
    /// The device's keys.
    pub device: DeviceKeys,
    /// The device's social log.
    pub log: LogKey,
    /// What the root key says of the device, as it travels. The root key itself is gone.
    pub statements: Vec<Vec<u8>>,
}

impl Author {
    /// Makes the phrase, derives the root key, certifies a new device.
    pub fn new(rng: &mut impl CryptoRng) -> Self {
        let root = Phrase::generate(rng).root();
        let device = DeviceKeys::generate(rng);
        let claim = Claim::Certify {
            box_public: device.box_public(),
        };
        let statement = Statement::sign(&root, device.id(), 0, claim);
        let log = LogKey {
            identity: root.identity(),
            device: device.id(),
            log: LogNumber::SOCIAL,
        };
        Self {
            device,
            log,
            statements: vec![statement.to_bytes()],
        }
    }
}

/// A post that answers nothing.
pub fn post(text: impl Into<String>) -> Content {
    Content::Post(Post {
        text: text.into(),
        ..Post::default()
    })
}
