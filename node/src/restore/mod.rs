//! Restore: the box is gone, the 24 words aren't, and everything comes back from friends or from a folder.
//!
//! ```text
//! begin     an empty home, the phrase → a new device, certified          (a kill here: type the phrase again)
//! root      the newest root that opens → keys granted anew, the old device retired or cut
//!           ───────────── from here on the home goes on by itself, with `hearth up` too ─────────────
//! posts     pages, then packs of logs, newest first → identity, profile, follows, posts, the drive's listing
//! files     packs of files, those first that somebody asks for
//! done
//! ```
//!
//! Nothing that comes in is trusted: every shard, pack, page and root is known by its hash, and what is in a log is checked like
//! a stranger's. The new device writes logs of its own, so that nothing forks.

pub(crate) mod begin;
mod folder;
mod friends;
mod intake;
pub(crate) mod keys;
mod packs;
mod places;
mod queue;
mod roots;
mod source;
mod state;
mod status;
#[cfg(test)]
mod tests;
mod work;

use crate::said::Said;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use hearth_keys::Phrase;
use hearth_protocol::link::PeerLink;
use tokio::sync::{Notify, watch};

pub(crate) use begin::BeginError;
pub(crate) use state::{State, Step};
#[cfg(test)]
pub(crate) use status::Missing;
pub(crate) use status::{Done, Stage, Status};
pub(crate) use work::House;

use crate::backup::Hold;
use crate::guardian::Guard;
use crate::network::NetworkHandle;
use folder::Folder;
use friends::Friends;
use source::Source;
use work::{RestoreError, Work};

/// Where everything comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// From friends; links name the first to ask. Who is in the local network is asked as well.
    Friends(Vec<PeerLink>),
    /// From a folder that `hearth backup to` wrote.
    Folder(PathBuf),
}

/// What somebody with a phrase wants.
#[derive(Debug)]
pub(crate) struct Request {
    /// The 24 words. They are kept until the root was read, and never written down.
    pub(crate) phrase: Phrase,
    /// Where to look.
    pub(crate) way: Way,
    /// Which snapshot: its number, or the beginning of its id. The newest unless named.
    pub(crate) snapshot: Option<String>,
    /// Whether the old device is in foreign hands: then it is cut off, not only retired.
    pub(crate) is_stolen: bool,
}

/// How far a command waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// For a signal: `hearth up`.
    Stopped,
    /// For identity, posts and the drive's listing.
    Usable,
    /// For everything.
    Whole,
}

impl Until {
    /// Whether a restore that is as far as `status` is as far as was asked.
    pub(crate) fn is_reached(self, status: &Status) -> bool {
        match self {
            Until::Stopped => false,
            Until::Usable => status.stage >= Stage::Files,
            Until::Whole => status.stage >= Stage::Done,
        }
    }
}

/// How far the restore of this home is, and what is asked of it while the node runs. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restoring(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    status: watch::Sender<Option<Status>>,
    wish: Mutex<Option<Request>>,
    wished: Notify,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            status: watch::Sender::new(None),
            wish: Mutex::new(None),
            wished: Notify::new(),
        }
    }
}

impl Restoring {
    /// How far it is; `None` where nothing is being restored, nor ever was.
    pub(crate) fn status(&self) -> Option<Status> {
        self.0.status.borrow().clone()
    }

    /// Tells when it gets further.
    pub(crate) fn watch(&self) -> watch::Receiver<Option<Status>> {
        self.0.status.subscribe()
    }

    /// Says how far it is.
    pub(crate) fn say(&self, change: impl FnOnce(&mut Status)) {
        self.0
            .status
            .send_modify(|status| change(status.get_or_insert_default()));
    }

    /// Asks the node to become the account of a phrase.
    pub(crate) fn wish(&self, request: Request) {
        *self.0.wish.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
        self.0.wished.notify_one();
    }

    /// Waits until the node is asked so.
    pub(crate) async fn wished(&self) -> Request {
        loop {
            let waiting = self.0.wished.notified();
            let wish = self.0.wish.lock();
            if let Some(request) = wish.unwrap_or_else(PoisonError::into_inner).take() {
                return request;
            }
            waiting.await;
        }
    }

    /// Waits until the restore is as far as `until` says, or has failed.
    pub(crate) async fn reached(&self, until: Until) {
        let mut status = self.watch();
        let is_there = |status: &Option<Status>| {
            status
                .as_ref()
                .is_some_and(|status| until.is_reached(status) || status.has_failed(until))
        };
        if until == Until::Stopped || status.wait_for(is_there).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Says how far a restore was when its last process ended.
fn recall(restoring: &Restoring, state: &State) {
    restoring.say(|status| {
        status.snapshot = state.snapshot;
        status.done.clone_from(&state.done);
        if state.step == Step::Done {
            status.stage = Stage::Done;
            if let Some(done) = &state.done {
                (status.files, status.files_total) = (done.files, done.files);
            }
        }
    });
}

/// Goes on with the restore of a home, if one is under way; ends once everything is here, or nothing can be done any more.
/// `request` is there while the phrase is. What holds up the backup is given back where not everything came.
pub(crate) async fn go_on(
    house: House,
    (guard, network): (Guard, NetworkHandle),
    (state, hold): (State, Hold),
    request: Option<Request>,
) -> Option<Hold> {
    let restoring = house.restoring.clone();
    let cuts = state.is_cut_due && request.is_some();
    if state.step == Step::Done && !cuts {
        recall(&restoring, &state);
        return None;
    }
    if !cuts {
        recall(&restoring, &state);
    }
    // Who opens a file waits for it rather than being told that it isn't there.
    house.app.set_arriving(true);
    let app = house.app.clone();
    let outcome = match &state.folder {
        Some(folder) => {
            let folder = Folder::new(folder, &house.account.identity);
            work(house, folder, state, request).await
        }
        None => {
            if let Some(Request {
                way: Way::Friends(links),
                ..
            }) = &request
            {
                house.app.try_links(links).await;
            }
            let friends = Friends::new(guard.clone(), network);
            let outcome = work(house, friends, state, request).await;
            guard.claim_everywhere(false);
            outcome
        }
    };
    app.set_arriving(false);
    if let Err(error) = outcome {
        tracing::warn!(%error, "the restore doesn't go on");
        restoring.say(|status| {
            status.problem = Said::from(&error);
            status.is_stopped = true;
        });
        return Some(hold);
    }
    None
}

async fn work<S: Source>(
    house: House,
    source: S,
    state: State,
    request: Option<Request>,
) -> Result<State, RestoreError> {
    let work = Work {
        house,
        source,
        state,
        patience: work::patience(),
        begun: tokio::time::Instant::now(),
        witnesses: Vec::new(),
        book: packs::Book::default(),
    };
    work.run(request).await
}
