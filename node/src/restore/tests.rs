//! What restore is tried on: people, roots and packs that somebody keeps, or claims to keep.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use hearth_keys::{BoxPublic, DeviceKeys, Identity, Phrase};
use hearth_protocol::entry::{EntryId, LogNumber};
use hearth_protocol::erasure::{Code, ShardId};
use hearth_protocol::guardian::{Attested, AttestedRoot};
use hearth_protocol::manifest::{
    GuardianEntry, Head, PackEntry, PackKind, Page, PageEntry, PageId, Recipients, Root, RootId,
    ShardEntry,
};
use hearth_protocol::pack::{BackupKey, PackId, RecordKind, append, seal};
use hearth_protocol::root::{Claim, LogEnd, Statement, StatementSet};
use zeroize::Zeroizing;

mod older;

use super::packs::{Book, Fetcher};
use super::places::Places;
use super::roots::{Found, Search, Wanted, holders};
use super::source::{Keeper, NotGiven, Source, Witness};

/// A person with a device.
pub(super) fn person() -> (Phrase, DeviceKeys) {
    let mut rng = crate::rng::system();
    (Phrase::generate(&mut rng), DeviceKeys::generate(&mut rng))
}

/// A root that says little, of a person whom nobody knows.
pub(super) fn a_root(device: &DeviceKeys) -> Root {
    let (phrase, _) = person();
    root_of(&phrase, device, 7)
}

fn root_of(phrase: &Phrase, device: &DeviceKeys, number: u64) -> Root {
    let root = phrase.root();
    let claim = Claim::Certify {
        box_public: device.box_public(),
    };
    let certificate = Statement::sign(&root, device.id(), 1, claim);
    Root {
        identity: root.identity(),
        device: device.id(),
        number,
        time_ms: 5,
        snapshots: Vec::new(),
        keys: vec![key()],
        guardians: BTreeMap::new(),
        statements: vec![certificate.to_bytes()],
        heads: Vec::new(),
        pages: Vec::new(),
        files: 0,
        bytes: 0,
        extensions: BTreeMap::new(),
    }
}

fn key() -> BackupKey {
    BackupKey {
        generation: 0,
        secret: Zeroizing::new([42; 32]),
    }
}

/// A pack that nobody has.
pub(super) fn an_entry(number: u64, kind: PackKind) -> PackEntry {
    PackEntry {
        number,
        kind,
        generation: 0,
        id: PackId::from_bytes([0; 32]),
        bytes: 65_577,
        code: Code::COPIES,
        shards: Vec::new(),
    }
}

/// What one friend does with what is asked of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Honest,
    Lies,
    CutsOff,
    /// Gives what it kept for somebody's earlier pack.
    Stale,
    Absent,
}

/// Friends in memory.
#[derive(Debug, Clone, Default)]
struct Village(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    bytes: BTreeMap<(u8, [u8; 32]), Vec<u8>>,
    manners: BTreeMap<u8, Manner>,
    roots: Vec<(u8, AttestedRoot)>,
    asked: Vec<u8>,
}

fn keeper(number: u8) -> Keeper {
    Keeper {
        identity: Some(Identity::from_bytes([number; 32])),
        peer: vec![number],
    }
}

fn guardian(number: u8) -> GuardianEntry {
    GuardianEntry {
        identity: Identity::from_bytes([number; 32]),
        peer: vec![number],
        addresses: Vec::new(),
    }
}

impl Village {
    fn keep(&self, number: u8, bytes: &[u8]) {
        let id = *blake3::hash(bytes).as_bytes();
        let mut kept = self.0.lock().unwrap();
        kept.bytes.insert((number, id), bytes.to_vec());
    }

    fn behave(&self, number: u8, manner: Manner) {
        self.0.lock().unwrap().manners.insert(number, manner);
    }

    fn keep_root(&self, number: u8, root: u64, sealed: &[u8]) {
        self.keep(number, sealed);
        let root = AttestedRoot {
            number: root,
            id: *RootId::of(sealed).as_bytes(),
            bytes: u32::try_from(sealed.len()).unwrap(),
        };
        self.0.lock().unwrap().roots.push((number, root));
    }

    fn asked(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }
}

impl Source for Village {
    async fn witnesses(&self) -> Vec<Witness> {
        let kept = self.0.lock().unwrap();
        let numbers: BTreeSet<u8> = kept.roots.iter().map(|(number, _)| *number).collect();
        let witness = |number| {
            let roots = kept.roots.iter().filter(|(of, _)| *of == number);
            Witness {
                keeper: keeper(number),
                attested: Attested {
                    logs: Vec::new(),
                    roots: roots.map(|(_, root)| *root).collect(),
                },
            }
        };
        numbers.into_iter().map(witness).collect()
    }

    async fn fetch(&self, keeper: &Keeper, id: [u8; 32], _: u32) -> Result<Vec<u8>, NotGiven> {
        let mut kept = self.0.lock().unwrap();
        let number = keeper.peer.first().copied().unwrap_or(0);
        kept.asked.push(number);
        let Some(bytes) = kept.bytes.get(&(number, id)).cloned() else {
            return Err(NotGiven::Absent);
        };
        match kept.manners.get(&number).copied().unwrap_or(Manner::Honest) {
            Manner::Honest => Ok(bytes),
            Manner::Lies => Ok(bytes.iter().map(|byte| byte ^ 1).collect()),
            Manner::CutsOff => Ok(bytes[..bytes.len() / 2].to_vec()),
            Manner::Stale => Ok(vec![7; bytes.len()]),
            Manner::Absent => Err(NotGiven::Absent),
        }
    }

    async fn keepers_of(&self, id: [u8; 32]) -> Vec<(Keeper, u32)> {
        let kept = self.0.lock().unwrap();
        let found = kept.bytes.iter().filter(|((_, of), _)| *of == id);
        let length = |bytes: &Vec<u8>| u32::try_from(bytes.len()).unwrap();
        found
            .map(|((number, _), bytes)| (keeper(*number), length(bytes)))
            .collect()
    }

    async fn pack(&self, _: PackId, _: u32) -> Option<Vec<u8>> {
        None
    }

    async fn seek(&self, _: &BTreeMap<u16, GuardianEntry>) {}

    async fn is_reachable(&self, keeper: &Keeper) -> bool {
        let kept = self.0.lock().unwrap();
        keeper
            .peer
            .first()
            .is_some_and(|number| kept.manners.get(number) != Some(&Manner::Absent))
    }

    fn may_come_back(&self) -> bool {
        true
    }
}

/// A pack coded `k` of `n` among as many friends, and the root that names these.
fn coded(village: &Village, k: u8, n: u8) -> (Root, PackEntry, Vec<u8>) {
    let mut payload = Vec::new();
    append(&mut payload, RecordKind::Object, &[9; 5000]).unwrap();
    let sealed = seal(&payload, &key()).unwrap();
    let indices: Vec<u16> = (0..u16::from(n)).collect();
    let code = Code::new(k).unwrap();
    let shards = code.encode(&sealed, &indices).unwrap();
    let mut entry = an_entry(1, PackKind::Data);
    (entry.id, entry.code) = (PackId::of(&sealed), code);
    entry.bytes = u32::try_from(sealed.len()).unwrap();
    let (_, device) = person();
    let mut root = a_root(&device);
    for (number, (index, shard)) in (0..n).zip(indices.iter().zip(&shards)) {
        village.keep(number, shard);
        root.guardians.insert(number.into(), guardian(number));
        entry.shards.push(ShardEntry {
            index: *index,
            guardian: number.into(),
            id: ShardId::of(shard),
        });
    }
    (root, entry, payload)
}

#[tokio::test]
async fn a_pack_comes_from_any_k_whatever_the_others_do() {
    for (k, n) in [(1, 3), (2, 5), (4, 10)] {
        let village = Village::default();
        let (root, entry, payload) = coded(&village, k, n);
        let manners = [Manner::Lies, Manner::CutsOff, Manner::Stale, Manner::Absent];
        // All but the last k are no good.
        for (number, manner) in (0..n - k).zip(manners.into_iter().cycle()) {
            village.behave(number, manner);
        }
        let fetcher = Fetcher::new(
            village.clone(),
            Places::new(root, Vec::new()),
            Book::default(),
        );
        let got = fetcher.pack(&entry).await.unwrap();
        assert!(got.starts_with(&payload), "{k} of {n}");
        village.asked();
        // Liars aren't asked again while others have it.
        fetcher.pack(&entry).await.unwrap();
        assert!(village.asked().iter().all(|number| *number >= n - k));
    }
}

#[tokio::test]
async fn what_can_not_be_had_names_who_could_have_it() {
    let village = Village::default();
    let (root, entry, _) = coded(&village, 3, 5);
    for number in 0..3 {
        village.behave(number, Manner::Absent);
    }
    let book = Book::default();
    let fetcher = Fetcher::new(village.clone(), Places::new(root, Vec::new()), book.clone());
    let lacking = fetcher.pack(&entry).await.unwrap_err();
    assert_eq!(lacking.keepers, (0..5).map(keeper).collect::<Vec<_>>());
    assert_eq!(book.givers(), [keeper(3), keeper(4)]);
    village.behave(1, Manner::Honest);
    assert!(fetcher.pack(&entry).await.is_ok());
}

#[tokio::test]
async fn a_page_comes_from_whoever_has_it_whole() {
    let village = Village::default();
    let (mut root, entry, _) = coded(&village, 2, 5);
    let page = Page { packs: vec![entry] };
    let sealed = page.seal(&key()).unwrap();
    let page_entry = PageEntry {
        number: 0,
        id: PageId::of(&sealed),
        generation: 0,
        bytes: u32::try_from(sealed.len()).unwrap(),
    };
    root.pages.push(page_entry);
    village.keep(1, &sealed);
    village.keep(4, &sealed);
    village.behave(1, Manner::Lies);
    let fetcher = Fetcher::new(
        village.clone(),
        Places::new(root, Vec::new()),
        Book::default(),
    );
    assert_eq!(fetcher.page(&page_entry).await.unwrap(), page);
    village.behave(4, Manner::CutsOff);
    let lacking = fetcher.page(&page_entry).await.unwrap_err();
    assert_eq!(lacking.keepers.len(), 5);
}

fn sealed(root: &Root, device: &DeviceKeys, recovery: BoxPublic) -> Vec<u8> {
    let recipients = Recipients {
        recovery,
        devices: &[],
    };
    root.seal(device, &recipients, &mut crate::rng::system())
        .unwrap()
}

/// Somebody who looks for their roots.
struct Seeker<'a> {
    village: &'a Village,
    secrets: &'a hearth_keys::Root,
    /// What friends passed on.
    told: Vec<Statement>,
    refused: usize,
    beyond: Vec<u64>,
}

impl<'a> Seeker<'a> {
    fn new(village: &'a Village, secrets: &'a hearth_keys::Root) -> Self {
        Self {
            village,
            secrets,
            told: Vec::new(),
            refused: 0,
            beyond: Vec::new(),
        }
    }

    async fn find(&mut self, wanted: Wanted) -> Option<Found> {
        let witnesses = self.village.witnesses().await;
        let mut told = StatementSet::new(self.secrets.identity());
        let recovery = self.secrets.recovery();
        let mut search = Search::new(self.village.clone(), recovery, wanted, told.clone());
        search.find(&witnesses).await;
        // What was believed once isn't for ever.
        for statement in &self.told {
            told.insert(statement.clone()).unwrap();
        }
        search.know(&told);
        search.find(&witnesses).await;
        (self.refused, self.beyond) = (search.refused(), search.beyond());
        search.into_found()
    }

    async fn number(&mut self, name: &str) -> Option<u64> {
        let found = self.find(Wanted::Named(name.to_owned())).await;
        found.map(|found| found.root.number)
    }
}

#[tokio::test]
async fn the_newest_root_that_opens_is_taken() {
    let (phrase, device) = person();
    let secrets = phrase.root();
    let recovery = secrets.recovery_public();
    let village = Village::default();
    let mut roots: Vec<Root> = (81..=83)
        .map(|number| root_of(&phrase, &device, number))
        .collect();
    let forgotten = sealed(&root_of(&phrase, &device, 77), &device, recovery);
    roots[1]
        .snapshots
        .push(hearth_protocol::manifest::Snapshot {
            number: 77,
            time_ms: 4,
            id: RootId::of(&forgotten),
        });
    roots
        .iter_mut()
        .for_each(|root| root.time_ms += root.number);
    let sealed_roots: Vec<Vec<u8>> = roots
        .iter()
        .map(|root| sealed(root, &device, recovery))
        .collect();
    village.keep_root(1, 81, &sealed_roots[0]);
    village.keep_root(2, 81, &sealed_roots[0]);
    village.keep_root(2, 82, &sealed_roots[1]);
    // Somebody else's, sealed to somebody else.
    let (other, others) = person();
    let foreign = sealed(
        &root_of(&other, &others, 89),
        &others,
        other.root().recovery_public(),
    );
    village.keep_root(3, 89, &foreign);
    // One that isn't what its keeper says.
    village.keep_root(4, 88, &sealed_roots[0]);
    // The newest, which its only keeper garbles.
    village.keep_root(5, 83, &sealed_roots[2]);
    village.behave(5, Manner::Lies);
    let mut seeker = Seeker::new(&village, &secrets);
    let found = seeker.find(Wanted::Newest).await.unwrap();
    assert_eq!(found.root.number, 82);
    assert_eq!(holders(&village.witnesses().await, &found.id).len(), 1);
    assert_eq!(seeker.refused, 1, "the foreign one");
    // Named ones.
    assert_eq!(seeker.number("81").await, Some(81));
    let id = hearth_protocol::manifest::snapshot_id(&secrets.identity(), roots[1].time_ms);
    assert_eq!(seeker.number(&id[..10]).await, Some(82));
    // Too little of an id; two digits could be a number as well.
    if id[..2].parse::<u64>().is_err() {
        assert_eq!(seeker.number(&id[..2]).await, None);
    }
    // One that only another root names.
    assert_eq!(seeker.number("77").await, None);
    village.keep(1, &forgotten);
    assert_eq!(seeker.number("77").await, Some(77));
    // Once somebody has the newest.
    village.behave(5, Manner::Honest);
    let found = seeker.find(Wanted::Newest).await.unwrap();
    assert_eq!(found.root.number, 83);
}

/// A root that says its device's first log goes up to `seq`.
fn root_up_to(phrase: &Phrase, device: &DeviceKeys, number: u64, seq: u64) -> Root {
    let mut root = root_of(phrase, device, number);
    root.heads.push(Head {
        device: device.id(),
        log: LogNumber::new(0).unwrap(),
        seq,
        id: EntryId::from_bytes([1; 32]),
    });
    root
}

fn cut_at(secrets: &hearth_keys::Root, device: &DeviceKeys, seq: u64) -> Statement {
    let id = EntryId::from_bytes([1; 32]);
    let ends = BTreeMap::from([(LogNumber::new(0).unwrap(), LogEnd { seq, id })]);
    Statement::sign(secrets, device.id(), 9, Claim::Cut { ends })
}

/// The number that a thief would like to be the highest for ever.
const HUGE: u64 = 1 << 39;

#[tokio::test]
async fn a_root_of_a_device_that_was_cut_off_is_no_newest() {
    let (phrase, stolen) = person();
    let (_, fresh) = person();
    let secrets = phrase.root();
    let recovery = secrets.recovery_public();
    let village = Village::default();
    let theirs = sealed(&root_up_to(&phrase, &stolen, HUGE, 90), &stolen, recovery);
    village.keep_root(1, HUGE, &theirs);
    let mut seeker = Seeker::new(&village, &secrets);
    let found = seeker.find(Wanted::Newest).await.unwrap();
    assert_eq!(found.root.number, HUGE, "nobody knows of a theft");
    // The root that the owner's next device made tells of the cut, whatever the thief's leaves out.
    let cut = cut_at(&secrets, &stolen, 50);
    let mut root = root_up_to(&phrase, &fresh, 60, 5);
    root.statements.push(cut.to_bytes());
    let earlier = sealed(&root_up_to(&phrase, &stolen, 49, 70), &stolen, recovery);
    root.snapshots.push(hearth_protocol::manifest::Snapshot {
        number: 49,
        time_ms: 4,
        id: RootId::of(&earlier),
    });
    village.keep_root(2, 60, &sealed(&root, &fresh, recovery));
    village.keep_root(2, 49, &earlier);
    let found = seeker.find(Wanted::Newest).await.unwrap();
    assert_eq!((found.root.number, found.root.device), (60, fresh.id()));
    assert_eq!(seeker.beyond, [HUGE]);
    // Of two by one name the one that the owner's device vouches for.
    let forged = sealed(&root_up_to(&phrase, &stolen, 49, 3), &stolen, recovery);
    village.keep_root(3, 49, &forged);
    let found = seeker.find(Wanted::Named("49".to_owned())).await.unwrap();
    assert_eq!(found.id, RootId::of(&earlier));
}

#[tokio::test]
async fn friends_tell_of_a_cut_and_what_keeps_to_it_still_counts() {
    let (phrase, stolen) = person();
    let secrets = phrase.root();
    let recovery = secrets.recovery_public();
    let village = Village::default();
    let theirs = sealed(&root_up_to(&phrase, &stolen, HUGE, 90), &stolen, recovery);
    village.keep_root(1, HUGE, &theirs);
    let mut seeker = Seeker::new(&village, &secrets);
    seeker.told.push(cut_at(&secrets, &stolen, 50));
    assert!(seeker.find(Wanted::Newest).await.is_none());
    assert_eq!(seeker.beyond, [HUGE]);
    // Who knows what they do may have it.
    assert_eq!(seeker.number(&HUGE.to_string()).await, Some(HUGE));
    // No device that counts has backed up since: the snapshot that the cut was made from is the newest.
    for (number, seq) in [(49, 45), (50, 50), (51, 51)] {
        let root = root_up_to(&phrase, &stolen, number, seq);
        village.keep_root(2, number, &sealed(&root, &stolen, recovery));
    }
    let found = seeker.find(Wanted::Newest).await.unwrap();
    assert_eq!(found.root.number, 50);
}
