//! Authors who write in spaces, and accounts that hold the keys.

use hearth_keys::SpaceKey;
use hearth_protocol::body;
use hearth_protocol::content::{
    Content, Control, ControlOp, EpochRecord, Post, RecordedKeys, Reference,
};
use hearth_protocol::entry::Place;
use hearth_protocol::run::{Run, RunBody};
use hearth_protocol::space::{Commitment, EpochKeys, MembersDigest, Space};

use super::{Author, Kept, Node, Signed};
use crate::replication::unix_ms;
use crate::rng;
use crate::store::logs::Draft;

/// The newest epochs of spaces.
#[derive(Debug, Clone)]
pub struct Epochs(Vec<EpochKeys>);

impl Epochs {
    /// What an account notes of them in its own log.
    fn record(&self) -> Draft {
        let records = self.0.iter().map(|keys| EpochRecord {
            keys: RecordedKeys::Whole(keys.clone()),
            granter: keys.starter,
            members: None,
        });
        Draft::private(unix_ms(), Content::EpochRecords(records.collect()))
    }
}

impl Author {
    /// Founds shared spaces.
    pub fn found(&mut self, spaces: usize) -> (Epochs, Run) {
        let identity = self.log.identity;
        let epochs: Vec<EpochKeys> = (0..spaces)
            .map(|_| {
                let space = Space::found(identity, &mut rng::system());
                EpochKeys::generate(space, 0, identity, &mut rng::system())
            })
            .collect();
        let mut run: Option<Run> = None;
        for keys in &epochs {
            let mut parents = Vec::new();
            let name = "A space".to_owned();
            for op in [ControlOp::Create { name }, beginning(keys)] {
                let control = Control {
                    space: keys.space,
                    parents: std::mem::take(&mut parents),
                    op,
                };
                let control = Content::Control(control);
                let place = Place {
                    log: self.log,
                    seq: self.next.0,
                };
                let step = self.write_bodies([1_500_000_000_000], Signed::All, |place| {
                    sealed(&control, &keys.control, place)
                });
                parents.push(Reference {
                    place,
                    id: self.next.1,
                });
                match &mut run {
                    Some(run) => run.items.extend(step.items),
                    None => run = Some(step),
                }
            }
        }
        (Epochs(epochs), run.expect("at least one space"))
    }

    /// The next entries of the log: one for each time and text, in each of the spaces in turn.
    pub fn write_in<'a>(
        &mut self,
        epochs: &Epochs,
        posts: impl IntoIterator<Item = (u64, &'a str)>,
        signed: Signed,
    ) -> Run {
        let (times, texts): (Vec<u64>, Vec<&str>) = posts.into_iter().unzip();
        let mut texts = texts.into_iter().zip(epochs.0.iter().cycle());
        self.write_bodies(times, signed, |place| {
            let (text, keys) = texts.next().expect("as many as times");
            let (text, reply_to) = (text.to_owned(), None);
            let post = Content::Post(Post {
                text,
                reply_to,
                ..Post::default()
            });
            sealed(&post, &keys.body, place)
        })
    }
}

fn beginning(keys: &EpochKeys) -> ControlOp {
    ControlOp::Epoch {
        generation: keys.generation,
        body: Commitment::to(&keys.body),
        control: Commitment::to(&keys.control),
        members: MembersDigest::of([&keys.starter]),
        inboxes: vec![None],
        previous: Vec::new(),
    }
}

fn sealed(content: &Content, key: &SpaceKey, place: &Place) -> Vec<u8> {
    body::seal(content, key, place, &mut rng::system()).expect("within bounds")
}

impl Kept {
    /// Notes keys.
    pub fn learn(&mut self, epochs: &Epochs) {
        let record = epochs.record();
        self.logs
            .append(
                &self.account.account.identity,
                false,
                vec![record],
                unix_ms(),
                &mut rng::system(),
            )
            .expect("an own entry");
    }

    /// Opens each body of a run; says how many it could.
    pub fn open_each(&self, run: &Run) -> usize {
        let bodies = run.items.iter().zip(run.first_seq..);
        let opened = bodies.filter(|(item, seq)| {
            let place = Place {
                log: run.log,
                seq: *seq,
            };
            let RunBody::Present(body) = &item.body else {
                return false;
            };
            self.logs.open_body(&place, body).is_some()
        });
        opened.count()
    }
}

impl Node {
    /// Notes keys.
    pub fn learn(&self, epochs: &Epochs) {
        let record = epochs.record();
        let appended = self.runtime.block_on(async {
            let accounts = self.store.read(|logs| Ok(logs.account_identities()));
            let identity = accounts.await?[0];
            self.store
                .append(identity, false, vec![record], unix_ms())
                .await
        });
        appended.expect("an own entry");
    }
}
