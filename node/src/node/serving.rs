//! What starts in which order, and what stops.

use std::time::Duration;

use hearth_keys::Phrase;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::doors::Doors;
use super::listening::{remember_listening, start_network};
use super::live::Ended;
use super::{Errand, HANGING_STORE_WAIT_MAX, NodeError, Ready, SecretText, stopped};
use crate::access::{ACCESS_DIR, Access};
use crate::app::{self, App};
use crate::backup;
use crate::beginning::beginning;
use crate::cli::me::UpArgs;
use crate::devices;
use crate::guardian::Guard;
use crate::home::{Home, SHARDS_DIR};
use crate::http;
use crate::keyring::{self, KeptAccount};
use crate::letters::{Letters, Postman, Trade};
use crate::memo;
use crate::network::Address;
use crate::objects::Objects;
use crate::photos::Photos;
use crate::rebuild;
use crate::replication;
use crate::restore::{self, House};
use crate::shards::Shards;
use crate::store::Store;

/// Connected peers that care for an account before its public entries go out by gossip as well.
const GOSSIP_FOLLOWERS_MIN: usize = 32;
/// Overrides [`GOSSIP_FOLLOWERS_MIN`].
const GOSSIP_VARIABLE: &str = "HEARTH_GOSSIP_FOLLOWERS";
/// How often it is looked at whether an account should gossip.
const REACH_REVIEW: Duration = Duration::from_secs(5);

pub(super) async fn serve(
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
    // What is done beside answering.
    let mut chores = JoinSet::new();
    chores.spawn(app.clone().keep_access_log());
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
    chores.spawn(review_reach(app.clone()));
    chores.spawn(app::keeper::keep_spaces(app.clone()));
    chores.spawn(memo);
    chores.spawn(app.clone().keep_up_with_other_devices());
    chores.spawn(app.clone().keep_up_with_photos());
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
    chores.abort_all();
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
