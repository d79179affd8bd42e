//! The node's life: what starts in which order, and what stops.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hearth_keys::Phrase;
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::access::{ACCESS_DIR, Access};
use crate::app::{self, App};
use crate::backup;
use crate::beginning::beginning;
use crate::cli::me::UpArgs;
use crate::devices;
use crate::first_run::{self, FirstRun, Outcome};
use crate::genesis;
use crate::guardian::Guard;
use crate::home::{Home, HomeError, SHARDS_DIR, write_private};
use crate::http::{self, Entrance, HttpConfig, HttpError};
use crate::keyring::{self, KeptAccount, KeyringError, PhraseCare};
use crate::letters::{Letters, Postman, Trade};
use crate::media::Prepared;
use crate::memo;
use crate::network::{
    self, Address, AddressError, Contact, Limits, Listen, NetworkConfig, NetworkError,
    NetworkHandle, PORT_DEFAULT, Peer, default_addresses, kept_addresses,
};
use crate::objects::{ObjectError, Objects};
use crate::open_files;
use crate::photos::{PhotoError, Photos};
use crate::rebuild::{self, RebuildError};
use crate::replication::{self, unix_ms};
use crate::restore::{self, BeginError, House, Restoring, Until};
use crate::rng;
use crate::shards::{Shards, ShardsError};
use crate::store::{Health, Store, StoreError, StoreThread};

/// Where the page and the API listen unless told otherwise.
const HTTP_PORT_DEFAULT: u16 = 4748;
/// The file that remembers where the node listened.
const LISTEN_FILE: &str = "listen.json";
/// Connected peers that care for an account before its public entries go out by gossip as well.
const GOSSIP_FOLLOWERS_MIN: usize = 32;
/// Overrides [`GOSSIP_FOLLOWERS_MIN`].
const GOSSIP_VARIABLE: &str = "HEARTH_GOSSIP_FOLLOWERS";
/// How often it is looked at whether an account should gossip.
const REACH_REVIEW: Duration = Duration::from_secs(5);
/// How long a store may take to close, and a node with a damaged one to stop.
const HANGING_STORE_WAIT_MAX: Duration = Duration::from_secs(20);

/// Why the node doesn't start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeError {
    /// The pack files can't be opened.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// The folders of photos can't be made.
    #[error(transparent)]
    Photos(#[from] PhotoError),
    /// The home folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The keys.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept for others.
    #[error(transparent)]
    Shards(#[from] ShardsError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An address given with `--listen`.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The page's server.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The app.
    #[error("{0}")]
    App(#[from] app::model::AppError),
    /// There is a store, and whose it is can't be known.
    #[error("the keys are missing in {}: put that folder back, or move {} away and use `hearth init --phrase-file FILE` with your phrase", keys.display(), store.display())]
    KeysMissing {
        /// Where the keys should be.
        keys: std::path::PathBuf,
        /// The store.
        store: std::path::PathBuf,
    },
    /// The store is damaged, and couldn't be rebuilt.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// Damage was noticed while the node ran.
    #[error(
        "the store is damaged: {what}; start the node again, and it sets the store aside and begins a fresh one with what can be read of it and what friends hold"
    )]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The phrase of a first run couldn't be shown.
    #[error(
        "the phrase couldn't be shown, so nothing was begun: start again where the output can be read"
    )]
    Untold,
    /// A restore can't begin, or go on.
    #[error(transparent)]
    Restore(#[from] BeginError),
    /// The system.
    #[error("the system refused what a node needs")]
    System(#[source] std::io::Error),
}

/// What `hearth up` tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// Nobody lives here yet; at this address somebody can begin to.
    FirstRun {
        /// The page, with a sign-in that works once.
        web: String,
    },
    /// The node serves.
    Ready(Ready),
}

/// What `hearth up` tells once the node serves.
#[derive(Debug, Serialize)]
pub(crate) struct Ready {
    event: &'static str,
    /// `hearth1…`
    pub(crate) identity: String,
    /// The page, with a sign-in that works once.
    pub(crate) web: String,
    /// Where peers reach the node.
    pub(crate) addresses: Vec<String>,
    /// Only at the first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phrase: Option<SecretText>,
}

/// A text that is shown once and wiped.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct SecretText(#[serde(serialize_with = "expose")] pub(crate) Zeroizing<String>);

fn expose<S: serde::Serializer>(
    text: &Zeroizing<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretText")
    }
}

/// The account that lives in `home`, made anew when there is none; then with the phrase that was drawn for it, and which
/// must be shown before the account counts ([`keyring::told`]).
pub(crate) fn account(
    home: &Home,
    name: Option<&str>,
    phrase: Option<&Phrase>,
) -> Result<(KeptAccount, Option<Phrase>), NodeError> {
    if let Some(kept) = account_of(home)? {
        return Ok((kept, None));
    }
    first_run::forget(home);
    let name = name.unwrap_or_default();
    let make = |phrase: &Phrase, care| keyring::create(home, phrase, care, name, unix_ms());
    match phrase {
        Some(phrase) => Ok((make(phrase, PhraseCare::Known)?, None)),
        None => {
            let phrase = Phrase::generate(&mut rng::system());
            Ok((make(&phrase, PhraseCare::ToBeTold)?, Some(phrase)))
        }
    }
}

/// The account that lives in `home`, if somebody does.
fn account_of(home: &Home) -> Result<Option<KeptAccount>, NodeError> {
    keyring::drop_untold(home)?;
    restore::begin::resume(home)?;
    let kept = keyring::accounts(home)?.into_iter().next();
    if kept.is_none() && home.store_dir().exists() {
        return Err(NodeError::KeysMissing {
            keys: home.keys_dir(),
            store: home.store_dir(),
        });
    }
    Ok(kept)
}

/// Opens the store of `home` for one account, with its first entries in it.
pub(crate) async fn open_store(
    home: &Home,
    kept: &KeptAccount,
) -> Result<(Store, StoreThread), NodeError> {
    rebuild::finish(home)?;
    crate::home::make_private_folder(&home.store_dir())?;
    let (store, thread) = Store::open(&home.store_dir(), vec![kept.account.clone()])?;
    let first = kept.clone();
    let home = home.clone();
    store
        .write(move |logs| genesis::ensure_for(&home, logs, &first, unix_ms()))
        .await?;
    Ok((store, thread))
}

/// What a node is started for, besides serving.
#[derive(Debug)]
pub(crate) struct Errand {
    /// A restore to begin, or to go on with by its phrase.
    pub(crate) wish: Option<restore::Request>,
    /// How far the restore is, for who asked for it.
    pub(crate) restoring: Restoring,
    /// When the node may end by itself.
    pub(crate) until: Until,
    /// Whether it is the page on which an identity is made where there is none; otherwise that is done at once.
    pub(crate) is_made_by_page: bool,
    /// What somebody who began on the page looks like.
    pub(crate) portrait: Option<Box<Prepared>>,
}

impl Errand {
    /// Serving alone, until a signal.
    pub(crate) fn none(is_made_by_page: bool) -> Self {
        Self {
            wish: None,
            restoring: Restoring::default(),
            until: Until::Stopped,
            is_made_by_page,
            portrait: None,
        }
    }
}

/// Runs the node until it is told to stop; `tell` is called when nobody lives in the home yet, and once the node serves, and
/// says whether that was told. Somebody with a phrase at an unused home makes it begin once more, in this process, as the
/// account of that phrase. Pages stay where they were all the time.
pub(crate) async fn run(
    args: UpArgs,
    home: &Home,
    mut errand: Errand,
    mut tell: impl FnMut(Told) -> bool,
) -> Result<(), NodeError> {
    let _lock = home.lock()?;
    open_files::raise();
    let mut doors = Doors::open(&args, home).await?;
    let mut made = None;
    if errand.is_made_by_page && errand.wish.is_none() && account_of(home)?.is_none() {
        let outcome;
        (outcome, doors) = first_run(home, doors, &mut tell).await?;
        match outcome {
            Outcome::Stopped => return Ok(()),
            Outcome::Made(kept, portrait) => {
                made = Some(*kept);
                errand.portrait = portrait;
            }
            Outcome::Restore(request) => {
                restore::begin::set_nobody_aside(home)?;
                errand.wish = Some(request);
            }
        }
    }
    first_run::forget(home);
    let mut is_told = false;
    loop {
        let once = |ready| std::mem::replace(&mut is_told, true) || tell(Told::Ready(ready));
        let life = live((&args, home), &mut errand, made.take(), doors, once);
        match Box::pin(life).await? {
            Ended::Stopped => return Ok(()),
            Ended::Wished(request, stay) => {
                restore::begin::set_aside(home)?;
                errand.wish = Some(request);
                errand.restoring = Restoring::default();
                doors = stay;
            }
        }
    }
}

/// By which one comes in, whoever lives here.
struct Doors {
    /// For browsers.
    entrance: Entrance,
    /// For commands.
    token: Zeroizing<String>,
}

impl std::fmt::Debug for Doors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Doors")
    }
}

impl Doors {
    async fn open(args: &UpArgs, home: &Home) -> Result<Self, NodeError> {
        let token = http::new_token();
        let config = HttpConfig {
            address: args
                .http
                .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, HTTP_PORT_DEFAULT))),
            explicit: args.http.is_some(),
            token: token.clone(),
            state_dir: home.dir().to_owned(),
            public_url: args.public_url.clone(),
        };
        let entrance = Entrance::open(config).await?;
        Ok(Self { entrance, token })
    }

    /// Says to commands where they are answered.
    fn publish(&self, home: &Home) -> Result<(), HomeError> {
        let address = self.entrance.web().address();
        home.publish_api(http::reachable(address), &self.token)
    }
}

/// Waits at the page until somebody lives here, or wants everything back.
async fn first_run(
    home: &Home,
    doors: Doors,
    tell: &mut impl FnMut(Told) -> bool,
) -> Result<(Outcome, Doors), NodeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(NodeError::System)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(NodeError::System)?;
    doors.publish(home)?;
    let Doors { entrance, token } = doors;
    let (run, web) = (FirstRun::of(home), entrance.web());
    let (stop, stopping) = watch::channel(false);
    let server = http::serve_first_run(entrance, run.clone(), stopped(stopping));
    let server = tokio::spawn(server);
    if !tell(Told::FirstRun {
        web: web.sign_in_link(),
    }) {
        tracing::warn!("nobody was told where the page is");
    }
    let outcome = tokio::select! {
        outcome = run.ended() => outcome,
        _ = terminate.recv() => Outcome::Stopped,
        _ = interrupt.recv() => Outcome::Stopped,
    };
    let _ = stop.send(true);
    let entrance = server.await;
    home.retract_api()?;
    let entrance = entrance.map_err(|error| NodeError::System(std::io::Error::other(error)))?;
    Ok((outcome, Doors { entrance, token }))
}

/// Why a node ended.
#[derive(Debug)]
enum Ended {
    /// It was told to, or its errand is done.
    Stopped,
    /// It shall become another account, at the doors where it was.
    Wished(restore::Request, Doors),
}

/// One life of the node, as one account.
async fn live(
    (args, home): (&UpArgs, &Home),
    errand: &mut Errand,
    made: Option<KeptAccount>,
    doors: Doors,
    ready: impl FnOnce(Ready) -> bool,
) -> Result<Ended, NodeError> {
    let asked = args.listen.iter().map(|address| address.parse());
    let asked = asked.collect::<Result<Vec<Address>, _>>()?;
    let mut terminate = signal(SignalKind::terminate()).map_err(NodeError::System)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(NodeError::System)?;
    let wish = errand.wish.take();
    let (kept, phrase) = match (&wish, made) {
        (Some(request), _) => (restore::begin::begin(home, request, unix_ms())?.0, None),
        (None, Some(made)) => (made, None),
        (None, None) => account(home, args.name.as_deref(), None)?,
    };
    let (store, thread) = open_or_rebuild(home, &kept).await?;
    let health = store.health();
    let (restoring, until) = (errand.restoring.clone(), errand.until);
    let portrait = errand.portrait.take();
    let errand = Errand {
        wish,
        portrait,
        restoring: restoring.clone(),
        until,
        is_made_by_page: false,
    };
    let served = serve(
        (args, &asked),
        (home, doors),
        &kept,
        (phrase, errand),
        store,
        ready,
        async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = restoring.reached(until) => {}
            }
        },
    );
    let outcome = tokio::select! {
        outcome = served => outcome,
        outcome = stuck(health.clone()) => outcome,
    };
    if let Some(what) = health.noticed().filter(|_| outcome.is_err()) {
        rebuild::note_damage(home, &what);
    }
    // The store is closed before the lock is given back, unless it hangs.
    let joined = tokio::task::spawn_blocking(move || thread.join());
    let is_damaged = matches!(outcome, Err(NodeError::Damaged { .. }));
    if is_damaged {
        let _ = tokio::time::timeout(HANGING_STORE_WAIT_MAX, joined).await;
    } else {
        let joined = joined.await;
        joined.map_err(|error| NodeError::System(std::io::Error::other(error)))?;
    }
    outcome
}

/// Opens the store of `home`; one that is damaged is rebuilt first.
async fn open_or_rebuild(
    home: &Home,
    kept: &KeptAccount,
) -> Result<(Store, StoreThread), NodeError> {
    rebuild::prepare(home, kept)?;
    match open_store(home, kept).await {
        Err(NodeError::Store(error)) if error.is_damage() => {
            rebuild::rebuild(home, kept, &error)?;
            open_store(home, kept).await
        }
        opened => opened,
    }
}

/// Ends when the store is damaged and stopping the node for it takes too long, as it waits for what never comes.
async fn stuck(mut health: Health) -> Result<Ended, NodeError> {
    let what = health.damaged().await;
    tokio::time::sleep(HANGING_STORE_WAIT_MAX).await;
    Err(NodeError::Damaged { what })
}

async fn serve(
    (args, asked): (&UpArgs, &[Address]),
    (home, doors): (&Home, Doors),
    kept: &KeptAccount,
    (phrase, mut errand): (Option<Phrase>, Errand),
    store: Store,
    ready: impl FnOnce(Ready) -> bool,
    signalled: impl Future<Output = ()>,
) -> Result<Ended, NodeError> {
    let identity = kept.account.identity;
    let (network, events) = start_network(asked, args, home, &store).await?;
    let follows = store.read(move |logs| logs.follows(&identity)).await?;
    let beginning = beginning(&store, kept, &network, &follows).await?;
    let changes = app::changes();
    let (shards, kept_shards) = Shards::open(&home.dir().join(SHARDS_DIR))?;
    let access = Access::open(&home.dir().join(ACCESS_DIR), identity);
    let (guard, guarding) = Guard::start(
        kept.account.clone(),
        network.clone(),
        store.clone(),
        shards,
        access.clone(),
        changes.subscribe(),
    )
    .await?;
    let (letters, arrived) = Letters::new();
    let (replication, task) = replication::start(
        beginning,
        store.clone(),
        network.clone(),
        events,
        changes.clone(),
        (guard.clone(), letters.clone(), access.clone()),
    );
    let mut health = store.health();
    let objects = Objects::open(home, store.clone(), identity).await?;
    let memo = memo::keep(home.clone(), store.clone(), changes.subscribe());
    let (backup, backing_up) = start_backup(kept, &store, &objects, &guard, &replication);
    // What isn't all here yet isn't backed up.
    let restoring = restore::State::read(home)?.map(|state| (state, backup.hold()));
    if restoring.is_some() {
        // Known before the first page is asked for.
        errand.restoring.say(|_| {});
    }
    let held = backup.clone();
    let photos = Photos::open(home.dir(), objects.clone(), guard.clone())?;
    let app = App::new(
        kept.account.clone(),
        (rebuild::rebuilt(home), errand.restoring.clone()),
        (store.clone(), objects.clone(), photos, home),
        (replication.clone(), guard.clone(), backup),
        (network.clone(), letters.clone(), access.clone()),
        changes.clone(),
        follows,
    );
    let trade = Trade {
        app: app.clone(),
        account: kept.account.clone(),
        store: store.clone(),
        replication: replication.clone(),
        network: network.clone(),
        letters,
    };
    let postman = Postman::new(trade, arrived).await?;
    app.begin_access_log().await?;
    let (stop, stopping) = watch::channel(false);
    let (forget, forgotten) = watch::channel(false);
    let noting = tokio::spawn(access.keep(forgotten));
    let known = tokio::spawn(app.clone().keep_access_log());
    let postman = tokio::spawn(postman.run(stopping.clone()));
    if let Some(portrait) = errand.portrait.take()
        && let Err(error) = app.set_portrait(Some(*portrait)).await
    {
        tracing::warn!(%error, "the picture isn't kept: choose it again on the profile's page");
    }
    doors.publish(home)?;
    let Doors { entrance, token } = doors;
    let web = entrance.web();
    let server = tokio::spawn(http::serve(entrance, app.clone(), stopped(stopping)));
    remember_listening(home, args, &network);
    let is_first = phrase.is_some();
    let is_told = ready(Ready {
        event: "ready",
        identity: identity.to_string(),
        web: web.sign_in_link(),
        addresses: network.addresses().iter().map(Address::to_string).collect(),
        phrase: phrase.map(|phrase| SecretText(phrase.expose())),
    });
    match (is_first, is_told) {
        (true, true) => keyring::told(home)?,
        (true, false) => app.stop(),
        (false, _) => {}
    }
    let keys = tokio::spawn(devices::keep(
        kept.account.clone(),
        store.clone(),
        replication.clone(),
        changes,
    ));
    let reach = tokio::spawn(review_reach(app.clone()));
    let spaces = tokio::spawn(app::keeper::keep_spaces(app.clone()));
    let memo = tokio::spawn(memo);
    let social = tokio::spawn(app.clone().keep_up_with_other_devices());
    let pictures = tokio::spawn(app.clone().keep_up_with_photos());
    let house = House {
        home: home.clone(),
        account: kept.account.clone(),
        app: app.clone(),
        store,
        replication,
        objects,
        backup: held,
        restoring: errand.restoring.clone(),
    };
    let restore = restoring.map(|(state, hold)| {
        let from = (guard, network.clone());
        tokio::spawn(restore::go_on(
            house,
            from,
            (state, hold),
            errand.wish.take(),
        ))
    });
    let mut wished = None;
    let damage = tokio::select! {
        () = signalled => None,
        () = app.stopping() => None,
        request = errand.restoring.wished() => {
            wished = Some(request);
            None
        }
        what = health.damaged() => Some(what),
    };
    if let Some(what) = &damage {
        rebuild::note_damage(home, what);
        tracing::error!(%what, "the store is damaged: nothing more is confirmed");
    }
    tracing::info!("stopping");
    keys.abort();
    let _ = keys.await;
    reach.abort();
    spaces.abort();
    memo.abort();
    social.abort();
    pictures.abort();
    known.abort();
    if let Some(restore) = restore {
        restore.abort();
        let _ = restore.await;
    }
    let _ = stop.send(true);
    // First, so that who waits for a backup to end is answered.
    backing_up.stop().await;
    let entrance = server.await;
    let _ = postman.await;
    home.retract_api()?;
    network.shutdown().await;
    guarding.stop().await;
    drop((app, web));
    let _ = task.await;
    // Last, so that all that was answered is in it.
    let _ = forget.send(true);
    let _ = noting.await;
    let joined = tokio::task::spawn_blocking(move || kept_shards.join());
    let _ = tokio::time::timeout(HANGING_STORE_WAIT_MAX, joined).await;
    if is_first && !is_told {
        return Err(NodeError::Untold);
    }
    let entrance = entrance.map_err(|error| NodeError::System(std::io::Error::other(error)));
    match (damage, wished) {
        (Some(what), _) => Err(NodeError::Damaged { what }),
        (None, Some(request)) => {
            let entrance = entrance?;
            Ok(Ended::Wished(request, Doors { entrance, token }))
        }
        (None, None) => Ok(Ended::Stopped),
    }
}

fn start_backup(
    kept: &KeptAccount,
    store: &Store,
    objects: &Objects,
    guard: &Guard,
    replication: &replication::Replication,
) -> (backup::Backup<Guard, Objects>, backup::BackupTasks) {
    let replication = replication.clone();
    backup::Backup::start(backup::Parts {
        account: kept.account.clone(),
        store: store.clone(),
        packs: objects.clone(),
        guardians: guard.clone(),
        pass_on: std::sync::Arc::new(move |stored| {
            let replication = replication.clone();
            Box::pin(async move { replication.committed(stored).await })
        }),
    })
}

async fn review_reach(app: App) {
    let configured = std::env::var(GOSSIP_VARIABLE)
        .ok()
        .and_then(|number| number.parse().ok());
    let mut review = tokio::time::interval(REACH_REVIEW);
    loop {
        review.tick().await;
        if let Err(error) = app
            .review_reach(configured.unwrap_or(GOSSIP_FOLLOWERS_MIN))
            .await
        {
            tracing::warn!(%error, "reach not reviewed");
        }
    }
}

async fn start_network(
    asked: &[Address],
    args: &UpArgs,
    home: &Home,
    store: &Store,
) -> Result<(NetworkHandle, network::NetworkEvents), NodeError> {
    let known = store.read(|logs| logs.known_peers()).await?;
    let contacts = known.into_iter().filter_map(|known| {
        let peer = Peer::from_bytes(&known.peer).ok()?;
        let addresses = known.addresses.iter();
        Some(Contact::new(
            peer,
            addresses.filter_map(|address| address.parse().ok()),
        ))
    });
    let contacts: Vec<Contact> = contacts.collect();
    let mut outcome = Err(NetworkError::NoAddress);
    for listen in listen(asked, args, home) {
        let config = NetworkConfig {
            key: keyring::transport_key(home)?,
            listen,
            mdns: !args.no_mdns,
            contacts: contacts.clone(),
            limits: Limits {
                checks_of: hearth_protocol::weight::signatures_max,
                ..Limits::default()
            },
        };
        outcome = network::start(config).await;
        if outcome.is_ok() {
            break;
        }
    }
    Ok(outcome?)
}

/// Where the node listened last, by the `--listen` that asked for it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Listened {
    asked: Vec<String>,
    got: Vec<String>,
}

/// Where to listen, the most wanted first.
fn listen(asked: &[Address], args: &UpArgs, home: &Home) -> Vec<Listen> {
    let kept = listened(home);
    let got = kept.got.iter().filter_map(|address| address.parse().ok());
    let got: Vec<Address> = got.filter(|_| kept.asked == args.listen).collect();
    if !asked.is_empty() {
        // "Any port" means the one of last time, while it is free.
        let same = network::with_kept_ports(asked, &got);
        return vec![Listen::Exactly(same), Listen::Exactly(asked.to_vec())];
    }
    vec![Listen::Preferred(if got.is_empty() {
        default_addresses(PORT_DEFAULT)
    } else {
        kept_addresses(&got)
    })]
}

fn listened(home: &Home) -> Listened {
    let text = std::fs::read(home.dir().join(LISTEN_FILE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Remembers the ports, so that links that were given away go on working.
fn remember_listening(home: &Home, args: &UpArgs, network: &NetworkHandle) {
    let got = network
        .addresses()
        .iter()
        .map(|address| address.without_peer().to_string())
        .collect();
    let listened = Listened {
        asked: args.listen.clone(),
        got,
    };
    let text = serde_json::to_vec(&listened).expect("text is JSON");
    if let Err(error) = write_private(&home.dir().join(LISTEN_FILE), &text) {
        tracing::warn!(%error, "the ports aren't remembered");
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}
