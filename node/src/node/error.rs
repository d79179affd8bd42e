//! Why a node doesn't start, or ends.

use crate::app;
use crate::home::HomeError;
use crate::http::HttpError;
use crate::keyring::KeyringError;
use crate::network::{AddressError, NetworkError};
use crate::objects::ObjectError;
use crate::photos::PhotoError;
use crate::rebuild::RebuildError;
use crate::restore::BeginError;
use crate::shards::ShardsError;
use crate::store::StoreError;

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
