//! The node's life: `live` begins one account's, `serving` says what starts in which order and what stops, `doors` is how one
//! comes in meanwhile.

mod account;
mod doors;
mod error;
mod listening;
mod live;
mod serving;
mod told;

use std::time::Duration;

use tokio::sync::watch;

use crate::cli::me::UpArgs;
use crate::first_run::{self, Outcome};
use crate::home::Home;
use crate::media::Prepared;
use crate::open_files;
use crate::restore::{self, Restoring, Until};
use account::account_of;
pub(crate) use account::{account, open_store};
use doors::Doors;
pub(crate) use error::NodeError;
use live::{Ended, live};
pub(crate) use told::{Ready, SecretText, Told};

/// How long a store may take to close, and a node with a damaged one to stop.
const HANGING_STORE_WAIT_MAX: Duration = Duration::from_secs(20);

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
        (outcome, doors) = doors::first_run(home, doors, &mut tell).await?;
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

async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}
