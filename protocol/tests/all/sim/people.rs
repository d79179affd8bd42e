//! Who they are, and what they say.

use hearth_keys::{DeviceKeys, Identity, Phrase, Root};
use hearth_protocol::content::{Content, Post, Target};
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::root::{Claim, Statement};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// Somebody with a phrase.
pub(crate) struct Person {
    pub(crate) root: Root,
    pub(crate) device: DeviceKeys,
    pub(crate) certificate: Statement,
}

impl Person {
    /// Always the same one for a number.
    pub(crate) fn new(number: u8) -> Self {
        Self::from_seed([number; 32])
    }

    fn from_seed(seed: [u8; 32]) -> Self {
        let mut rng = ChaCha20Rng::from_seed(seed);
        let root = Phrase::generate(&mut rng).root();
        let device = DeviceKeys::generate(&mut rng);
        let certificate = certify(&root, &device);
        Self {
            root,
            device,
            certificate,
        }
    }

    /// As many as a town has. Deriving a root takes milliseconds, so both cores do.
    pub(crate) fn many(count: usize) -> Vec<Self> {
        let numbered = |n: usize| {
            let mut seed = [0xa5; 32];
            seed[..8].copy_from_slice(&(n as u64).to_be_bytes());
            Self::from_seed(seed)
        };
        let half = count / 2;
        std::thread::scope(|scope| {
            let first = scope.spawn(move || (0..half).map(numbered).collect::<Vec<_>>());
            let rest: Vec<_> = (half..count).map(numbered).collect();
            let mut all = first.join().unwrap();
            all.extend(rest);
            all
        })
    }

    pub(crate) fn id(&self) -> Identity {
        self.root.identity()
    }

    pub(crate) fn log(&self, log: LogNumber) -> LogKey {
        LogKey {
            identity: self.id(),
            device: self.device.id(),
            log,
        }
    }

    pub(crate) fn social(&self) -> LogKey {
        self.log(LogNumber::SOCIAL)
    }
}

pub(crate) fn certify(root: &Root, device: &DeviceKeys) -> Statement {
    let box_public = device.box_public();
    Statement::sign(root, device.id(), 0, Claim::Certify { box_public })
}

pub(crate) fn post(text: &str) -> Content {
    Content::Post(Post {
        text: text.into(),
        ..Post::default()
    })
}

pub(crate) fn target(person: &Person, seq: u64) -> Target {
    Target {
        device: person.device.id(),
        log: LogNumber::SOCIAL,
        seq,
    }
}
