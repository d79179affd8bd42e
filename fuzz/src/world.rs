//! What the targets hold before foreign bytes come: Alice, her device, and three entries of its log.

use std::sync::OnceLock;

use hearth_keys::{DeviceKeys, Phrase, SpaceKey};
use hearth_protocol::body;
use hearth_protocol::content::{Content, Post};
use hearth_protocol::entry::{LogKey, LogNumber, Place};
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::root::{Claim, Statement, StatementSet};

/// The phrase of the vectors' Alice, so that the vectors are a corpus.
const PHRASE: &str = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
    abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

/// Fixed keys and a small log.
pub(crate) struct World {
    pub(crate) statements: StatementSet,
    pub(crate) space_key: SpaceKey,
    pub(crate) log: LogKey,
    store: MemoryLogs,
}

impl World {
    pub(crate) fn place(&self, seq: u64) -> Place {
        Place { log: self.log, seq }
    }

    /// A store that holds the log.
    pub(crate) fn store(&self) -> MemoryLogs {
        self.store.clone()
    }
}

/// The world, made once.
pub(crate) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(make)
}

fn make() -> World {
    let root = Phrase::parse(PHRASE).expect("a valid phrase").root();
    let mut bytes = [1; 64];
    bytes[32..].fill(101);
    let device = DeviceKeys::from_bytes(&bytes);
    let claim = Claim::Certify {
        box_public: device.box_public(),
    };
    let certificate = Statement::sign(&root, device.id(), 1_700_000_000_000, claim);
    let log = LogKey {
        identity: root.identity(),
        device: device.id(),
        log: LogNumber::SOCIAL,
    };
    let mut statements = StatementSet::new(root.identity());
    statements.insert(certificate).expect("her own statement");
    let mut store = MemoryLogs::new();
    store
        .add_statements(root.identity(), &statements.to_blobs())
        .expect("valid statements");
    for number in 0..3 {
        let text = format!("post {number}");
        let post = Content::Post(Post {
            text,
            ..Post::default()
        });
        let body = body::clear(&post, [0x55; 16]).expect("a short post");
        store
            .append(&device, log, number * 1000, body)
            .expect("an own entry");
    }
    World {
        statements,
        space_key: SpaceKey::from_bytes([8; 32]),
        log,
        store,
    }
}

/// Checks what every store promises of a log: ranges ascend and never touch, new entries are held, each entry names
/// the one before, and a body that is there is the one that its header names.
pub(crate) fn check_log(store: &MemoryLogs, log: &LogKey, new: &[(u64, u64)]) {
    let state = store.state(log).expect("something was stored");
    assert!(
        state
            .ranges()
            .windows(2)
            .all(|pair| pair[0].hi + 1 < pair[1].lo)
    );
    assert!(
        new.iter()
            .all(|&(lo, hi)| (lo..=hi).all(|seq| state.holds(seq)))
    );
    for range in state.ranges() {
        let mut previous = range.previous;
        for seq in range.lo..=range.hi {
            let link = store
                .link(&Place { log: *log, seq })
                .expect("what is in a range is held");
            assert_eq!(link.entry.header().previous, previous);
            if let Some(body) = &link.body {
                assert!(hearth_protocol::entry::body_matches(
                    link.entry.header(),
                    body
                ));
            }
            previous = link.entry.id();
        }
        assert_eq!(previous, range.head);
    }
}
