//! Why something isn't done in the drive.

use super::content::ContentError;
use crate::said::Said;
use thiserror::Error;

use super::path::{DrivePath, PathError, shown};
use crate::app::model::{AppError, ErrorKind};
use crate::store::StoreError;

/// Why something isn't done in the drive, and what to do.
#[derive(Debug, Error)]
pub(crate) enum DriveError {
    /// Nothing has this path.
    #[error("{} isn't in the drive: `hearth files ls` shows what is", words(.0))]
    NotFound(DrivePath),
    /// It never was there.
    #[error("{} isn't in the drive and never was", words(.0))]
    NeverWas(DrivePath),
    /// A file or link where a folder is meant.
    #[error("{} isn't a folder", words(.0))]
    NotFolder(DrivePath),
    /// A folder where a file would come.
    #[error("{} is a folder, and a file doesn't take its place: remove or move it first", words(.0))]
    FolderInTheWay(DrivePath),
    /// A folder with something in it where another would come.
    #[error("{} isn't empty, and a folder doesn't take its place: move what is in it", words(.0))]
    NotEmpty(DrivePath),
    /// The root was to be moved, removed or replaced.
    #[error("the drive's root stays: name what lies in it")]
    Root,
    /// Something has the name that something shall get.
    #[error("{} is there already: choose another name, or move or remove that first", words(.0))]
    Taken(DrivePath),
    /// What shall come back was moved, and still lies where it went or was removed there.
    #[error("{} wasn't removed from here but moved: look for it where it went", words(.0))]
    MovedAway(DrivePath),
    /// What shall come back lay in a folder that is gone, too.
    #[error("the folder {} is gone, too: bring that back first", words(.0))]
    FolderGone(DrivePath),
    /// The history isn't what it was when somebody chose from it.
    #[error("the history of {} has changed meanwhile: look at it again and choose anew", words(.0))]
    PastChanged(DrivePath),
    /// Source and destination are one.
    #[error("{} is there already", words(.0))]
    Same(DrivePath),
    /// A folder was to be moved into itself.
    #[error("{} can't be moved into itself", words(.0))]
    IntoItself(DrivePath),
    /// There was no such version.
    #[error("{} has {versions} versions, 1 the oldest, and no version {version}: `hearth files history` shows them", words(.path))]
    NoVersion {
        /// Of what.
        path: DrivePath,
        /// Which.
        version: u64,
        /// How many there are.
        versions: u64,
    },
    /// That version says that it was removed.
    #[error("in version {version} {} is removed: ask for the one before it", words(.path))]
    Removed {
        /// Of what.
        path: DrivePath,
        /// Which.
        version: u64,
    },
    /// It is no path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The store can't.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn words(path: &DrivePath) -> String {
    shown(&path.to_bytes())
}

impl From<DriveError> for AppError {
    fn from(error: DriveError) -> Self {
        let kind = match &error {
            DriveError::NotFound(_)
            | DriveError::NeverWas(_)
            | DriveError::NotFolder(_)
            | DriveError::NoVersion { .. }
            | DriveError::Removed { .. } => ErrorKind::NotFound,
            DriveError::Store(_) => ErrorKind::Failed,
            _ => ErrorKind::BadRequest,
        };
        Self::new(kind, &error)
    }
}

impl From<&DriveError> for Said {
    fn from(error: &DriveError) -> Self {
        let of = |code, path| Self::of(code, error).with("path", words(path));
        match error {
            DriveError::NotFound(path) => of("drive-not-found", path),
            DriveError::NeverWas(path) => of("drive-never-was", path),
            DriveError::NotFolder(path) => of("drive-not-folder", path),
            DriveError::FolderInTheWay(path) => of("drive-folder-in-the-way", path),
            DriveError::NotEmpty(path) => of("drive-not-empty", path),
            DriveError::Root => Self::of("drive-root", error),
            DriveError::Taken(path) => of("drive-taken", path),
            DriveError::MovedAway(path) => of("drive-moved-away", path),
            DriveError::FolderGone(path) => of("drive-folder-gone", path),
            DriveError::PastChanged(path) => of("drive-past-changed", path),
            DriveError::Same(path) => of("drive-same", path),
            DriveError::IntoItself(path) => of("drive-into-itself", path),
            DriveError::NoVersion {
                path,
                version,
                versions,
            } => of("drive-no-version", path)
                .with("version", version)
                .with("versions", versions),
            DriveError::Removed { path, version } => {
                of("drive-removed-then", path).with("version", version)
            }
            DriveError::Path(path) => path.into(),
            DriveError::Store(store) => store.into(),
        }
    }
}

impl From<&ContentError> for Said {
    fn from(error: &ContentError) -> Self {
        match error {
            ContentError::Missing(_) => Self::of("content-missing", error),
            ContentError::Object(object) => object.into(),
            ContentError::Damaged(what) => {
                Self::of("content-damaged", error).with("what", what.to_string())
            }
            ContentError::Abandoned => Self::of("stopping", error),
        }
    }
}
