//! Older snapshots, whose packs lie elsewhere by now.

use super::*;
use hearth_protocol::manifest::Snapshot;
use hearth_protocol::root::StatementSet;

/// A person whose backups lie in the village.
struct Owner {
    phrase: Phrase,
    device: DeviceKeys,
    village: Village,
    /// Those that were published, oldest first.
    roots: Vec<Root>,
}

impl Owner {
    fn new() -> Self {
        let (phrase, device) = person();
        Self {
            phrase,
            device,
            village: Village::default(),
            roots: Vec::new(),
        }
    }

    /// Brings a pack to friends, who have these slots in the root that tells of it.
    fn bring(&self, number: u64, byte: u8, k: u8, friends: &[(u16, u8)]) -> PackEntry {
        let mut payload = Vec::new();
        append(&mut payload, RecordKind::Object, &[byte; 5000]).unwrap();
        let sealed = seal(&payload, &key()).unwrap();
        let indices: Vec<u16> = (0..).take(friends.len()).collect();
        let mut entry = an_entry(number, PackKind::Data);
        (entry.id, entry.code) = (PackId::of(&sealed), Code::new(k).unwrap());
        entry.bytes = u32::try_from(sealed.len()).unwrap();
        let shards = entry.code.encode(&sealed, &indices).unwrap();
        for ((index, shard), (slot, friend)) in indices.iter().zip(&shards).zip(friends) {
            self.village.keep(*friend, shard);
            entry.shards.push(ShardEntry {
                index: *index,
                guardian: *slot,
                id: ShardId::of(shard),
            });
        }
        entry
    }

    /// Publishes a root that names these packs, with every friend whom it names.
    fn publish(&mut self, number: u64, friends: &[(u16, u8)], packs: &[&PackEntry]) {
        let mut root = root_of(&self.phrase, &self.device, number);
        root.time_ms = number * 10;
        for (slot, friend) in friends {
            root.guardians.insert(*slot, guardian(*friend));
        }
        let packs: Vec<PackEntry> = packs.iter().map(|pack| (*pack).clone()).collect();
        let page = Page { packs }.seal(&key()).unwrap();
        root.pages.push(PageEntry {
            number: 0,
            id: PageId::of(&page),
            generation: 0,
            bytes: u32::try_from(page.len()).unwrap(),
        });
        root.snapshots = self.roots.iter().map(|root| self.snapshot(root)).collect();
        let bytes = self.sealed(&root);
        for (_, friend) in friends {
            self.village.keep(*friend, &page);
            self.village.keep(*friend, &bytes);
        }
        // Of what is older nobody speaks by himself any more.
        self.village.0.lock().unwrap().roots.clear();
        self.village.keep_root(friends[0].1, number, &bytes);
        self.roots.push(root);
    }

    /// A root's bytes differ from one sealing to the next: what is kept is found again by what it says.
    fn snapshot(&self, root: &Root) -> Snapshot {
        let kept = self.village.0.lock().unwrap();
        let secrets = self.phrase.root();
        let mut opened = kept.bytes.values().filter_map(|bytes| {
            let opened = Root::open(secrets.recovery(), &secrets.identity(), bytes).ok()?;
            (opened.number == root.number).then(|| RootId::of(bytes))
        });
        Snapshot {
            number: root.number,
            time_ms: root.time_ms,
            id: opened.next().unwrap(),
        }
    }

    fn sealed(&self, root: &Root) -> Vec<u8> {
        sealed(root, &self.device, self.phrase.root().recovery_public())
    }

    /// A month after a pack was coded anew.
    fn let_go(&self, pack: &PackEntry) {
        let mut kept = self.village.0.lock().unwrap();
        let is_of = |id: &[u8; 32]| pack.shards.iter().any(|s| s.id.as_bytes() == id);
        kept.bytes.retain(|(_, id), _| !is_of(id));
    }

    /// What restoring one of the roots begins with.
    async fn restore(&self, number: u64) -> (Fetcher<Village>, Places, Page) {
        let secrets = self.phrase.root();
        let search = |wanted| {
            let statements = StatementSet::new(secrets.identity());
            Search::new(self.village.clone(), secrets.recovery(), wanted, statements)
        };
        let witnesses = self.village.witnesses().await;
        let mut named = search(Wanted::Named(number.to_string()));
        named.find(&witnesses).await.unwrap();
        let found = named.into_found().unwrap();
        let later = search(Wanted::Newest).later(&witnesses, number).await;
        let entry = found.root.pages[0];
        let places = Places::new(found.root, later);
        let fetcher = Fetcher::new(self.village.clone(), places.clone(), Book::default());
        let page = fetcher.page(&entry).await.unwrap();
        (fetcher, places, page)
    }
}

fn ids(page: &Page) -> BTreeSet<PackId> {
    page.packs.iter().map(|pack| pack.id).collect()
}

fn identities(root: &Root, pack: &PackEntry) -> Vec<Identity> {
    let slots = pack.shards.iter().map(|shard| shard.guardian);
    slots.map(|slot| root.guardians[&slot].identity).collect()
}

const FIRST: [(u16, u8); 1] = [(0, 1)];
/// Another device gave them other slots.
const FIVE: [(u16, u8); 5] = [(4, 1), (0, 2), (1, 3), (2, 4), (3, 5)];

#[tokio::test]
async fn an_older_snapshot_comes_from_where_its_packs_lie_now() {
    let mut alice = Owner::new();
    let copies = alice.bring(1, 1, 1, &FIRST);
    alice.publish(1, &FIRST, &[&copies]);
    // Four friends more: what was copied is coded, and the copy goes.
    let coded = alice.bring(1, 1, 2, &FIVE);
    assert_eq!(coded.id, copies.id);
    let other = alice.bring(2, 2, 2, &FIVE);
    alice.publish(2, &FIVE, &[&coded, &other]);
    alice.let_go(&copies);

    let (fetcher, places, page) = alice.restore(1).await;
    assert_eq!(
        page.packs,
        std::slice::from_ref(&copies),
        "what belongs is its own word"
    );
    assert!(fetcher.pack(&copies).await.is_err(), "not known yet");
    fetcher.locate(&ids(&page)).await;
    let payload = fetcher.pack(&copies).await.unwrap();
    assert!(payload.windows(5000).any(|part| part == [1; 5000]));
    for lost in [1, 3, 5] {
        alice.village.behave(lost, Manner::Absent);
    }
    assert!(fetcher.pack(&copies).await.is_ok(), "any two are enough");
    alice.village.behave(2, Manner::Absent);
    let lacking = fetcher.pack(&copies).await.unwrap_err();
    assert_eq!(lacking.keepers, (1..=5).map(keeper).collect::<Vec<_>>());

    // Whoever goes on from here knows the new places.
    let (root, pages) = places.settled(&[page]);
    assert_eq!((root.number, places.highest_number()), (1, 2));
    let pack = &pages[0].packs[0];
    assert_eq!((pack.number, pack.code.k()), (1, 2));
    let five: Vec<Identity> = FIVE
        .iter()
        .map(|(_, friend)| guardian(*friend).identity)
        .collect();
    assert_eq!(identities(&root, pack), five);
}

#[tokio::test]
async fn what_the_newest_snapshot_needs_no_more_is_looked_for_in_between() {
    let mut alice = Owner::new();
    let copies = alice.bring(1, 1, 1, &FIRST);
    let still = alice.bring(2, 2, 1, &FIRST);
    alice.publish(1, &FIRST, &[&copies, &still]);
    let coded = alice.bring(1, 1, 2, &FIVE);
    alice.publish(2, &FIVE, &[&coded]);
    alice.let_go(&copies);
    // Merged into another by now.
    let merged = alice.bring(3, 3, 2, &FIVE);
    alice.publish(3, &FIVE, &[&merged]);

    let (fetcher, places, page) = alice.restore(1).await;
    fetcher.locate(&ids(&page)).await;
    assert!(fetcher.pack(&copies).await.is_ok());
    assert!(fetcher.pack(&still).await.is_ok(), "as its own page says");
    let (root, pages) = places.settled(&[page]);
    let of = |number: usize| identities(&root, &pages[0].packs[number]);
    assert_eq!(of(0).len(), 5);
    assert_eq!(of(1), [guardian(1).identity]);
    assert_eq!(places.highest_number(), 3);

    let (_, places, page) = alice.restore(3).await;
    assert!(places.unread().is_empty(), "nothing is newer");
    assert_eq!(places.settled(std::slice::from_ref(&page)).1, [page]);
}

#[tokio::test]
async fn where_newer_pages_are_away_the_older_word_counts_and_the_newer_is_read_later() {
    let mut alice = Owner::new();
    let copies = alice.bring(1, 1, 1, &FIRST);
    alice.publish(1, &FIRST, &[&copies]);
    let coded = alice.bring(1, 1, 2, &FIVE);
    alice.publish(2, &FIVE, &[&coded]);
    let (fetcher, places, page) = alice.restore(1).await;
    let newer = *alice.roots[1].pages[0].id.as_bytes();
    let kept = {
        let mut kept = alice.village.0.lock().unwrap();
        let before = kept.bytes.clone();
        kept.bytes.retain(|(_, id), _| *id != newer);
        before
    };
    fetcher.locate(&ids(&page)).await;
    assert!(fetcher.pack(&copies).await.is_ok(), "not gone yet");
    assert_eq!(places.unread().len(), 1);
    alice.village.0.lock().unwrap().bytes = kept;
    alice.let_go(&copies);
    assert!(fetcher.pack(&copies).await.is_err());
    fetcher.locate(&ids(&page)).await;
    assert!(fetcher.pack(&copies).await.is_ok());
}

#[tokio::test]
async fn guardians_are_looked_for_where_the_newest_root_says() {
    let (phrase, device) = person();
    let at = |address: &str| GuardianEntry {
        addresses: vec![address.to_owned()],
        ..guardian(1)
    };
    let mut older = root_of(&phrase, &device, 1);
    older.guardians.insert(0, at("/ip4/10.0.0.1/tcp/1"));
    older.guardians.insert(1, guardian(2));
    let mut newer = root_of(&phrase, &device, 2);
    newer.guardians.insert(7, at("/ip4/10.0.0.2/tcp/2"));
    let places = Places::new(older, vec![newer]);
    let moved = at("/ip4/10.0.0.2/tcp/2");
    assert_eq!(places.guardians(), [moved.clone(), guardian(2)]);
    assert_eq!(places.root().guardians[&0], moved);
}
