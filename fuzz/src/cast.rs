//! Who takes part in the `mesh` target: people with keys of their own, made once.

use std::sync::OnceLock;

use hearth_keys::{DeviceKeys, Identity, Phrase};
use hearth_protocol::entry::{LogKey, LogNumber};
use hearth_protocol::message::{FollowNotice, Presence};
use hearth_protocol::root::{Claim, Statement, StatementSet};
use hearth_protocol::sync::PeerKey;

/// The phrases are BIP39's own test vectors.
const PHRASES: [&str; 4] = [
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
        abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
    "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner \
        thank year wave sausage worth title",
    "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid \
        letter advice cage absurd amount doctor acoustic bless",
    "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
];

/// Somebody with a phrase, a device and a node.
pub(crate) struct Person {
    pub(crate) device: DeviceKeys,
    pub(crate) statements: StatementSet,
    pub(crate) peer: PeerKey,
    pub(crate) presence: Presence,
}

impl Person {
    fn new(at: usize) -> Self {
        let root = Phrase::parse(PHRASES[at]).expect("a valid phrase").root();
        let number = u8::try_from(at).expect("there are few");
        let device = DeviceKeys::from_bytes(&[number + 1; 64]);
        let claim = Claim::Certify {
            box_public: device.box_public(),
        };
        let mut statements = StatementSet::new(root.identity());
        let certificate = Statement::sign(&root, device.id(), 0, claim);
        statements.insert(certificate).expect("their own statement");
        let peer = PeerKey(vec![b'n', b'o', b'd', b'e', number]);
        let address = "/ip4/192.0.2.1/tcp/4747".to_owned();
        let presence = Presence::sign(&device, &statements, &peer.0, 0, &[address]);
        Self {
            device,
            statements,
            peer,
            presence,
        }
    }

    pub(crate) fn id(&self) -> Identity {
        self.statements.identity()
    }

    pub(crate) fn log(&self) -> LogKey {
        LogKey {
            identity: self.id(),
            device: self.device.id(),
            log: LogNumber::SOCIAL,
        }
    }

    /// Says that this one follows another.
    pub(crate) fn follows(&self, other: &Self) -> FollowNotice {
        FollowNotice::sign(&self.device, &self.statements, other.id(), true, 1, "x")
    }
}

/// Alice, Bob, Carol, and last Mallory.
pub(crate) fn cast() -> &'static [Person; 4] {
    static CAST: OnceLock<[Person; 4]> = OnceLock::new();
    CAST.get_or_init(|| [0, 1, 2, 3].map(Person::new))
}
