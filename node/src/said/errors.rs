//! By which code pages say the errors that have their English words where they are defined, here and in the crates below.

use super::Said;
use crate::backup::BackupError;
use crate::drive::path::PathError;
use crate::first_run::FirstRunError;
use crate::home::HomeError;
use crate::keyring::KeyringError;
use crate::media::MediaError;
use crate::network::AddressError;
use crate::objects::ObjectError;
use crate::photos::PhotoError;
use crate::restore::BeginError;
use crate::store::StoreError;
use crate::store::db::DbError;
use crate::store::writing::Refusal;
use hearth_keys::{PhraseError, TextError};
use hearth_protocol::backup_plan::TooFewGuardians;
use hearth_protocol::device_link::DeviceLinkError;
use hearth_protocol::link::LinkError;

impl From<&TextError> for Said {
    fn from(error: &TextError) -> Self {
        match error {
            TextError::NotHearth => Self::of("key-not-hearth", error),
            TextError::MixedCase => Self::of("key-mixed-case", error),
            TextError::Typo => Self::of("key-typo", error),
            TextError::UnknownVersion(version) => {
                Self::of("key-newer", error).with("version", version)
            }
            TextError::WrongLength(bytes) => Self::of("key-length", error).with("bytes", bytes),
            TextError::NotCanonical => Self::of("key-improper", error),
            TextError::NotAKey => Self::of("key-of-nobody", error),
        }
    }
}

impl From<&PhraseError> for Said {
    fn from(error: &PhraseError) -> Self {
        match error {
            PhraseError::WrongWordCount(count) => {
                Self::of("phrase-count", error).with("count", count)
            }
            PhraseError::UnknownWord {
                position,
                suggestions,
            } => {
                let words: Vec<String> = (suggestions.words().iter())
                    .map(|word| format!("„{word}“"))
                    .collect();
                Self::of("phrase-word", error)
                    .with("position", position)
                    .with("count", words.len())
                    .with("words", words.join(", "))
            }
            PhraseError::Checksum => Self::of("phrase-checksum", error),
        }
    }
}

impl From<&LinkError> for Said {
    fn from(error: &LinkError) -> Self {
        match error {
            LinkError::Key(key) => key.into(),
            LinkError::Parameter(part) => Self::of("link-parameter", error).with("part", part),
            LinkError::Address(address) => Self::of("link-address", error).with("address", address),
            LinkError::IsInvite => Self::of("link-is-invite", error),
            LinkError::NoInvite => Self::of("link-no-invite", error),
            LinkError::Invite => Self::of("link-damaged", error),
            LinkError::TooManyAddresses => Self::of("link-addresses", error),
        }
    }
}

impl From<&DeviceLinkError> for Said {
    fn from(error: &DeviceLinkError) -> Self {
        match error {
            DeviceLinkError::Scheme => Self::of("device-link-other", error),
            DeviceLinkError::Damaged => Self::of("device-link-damaged", error),
            DeviceLinkError::Version(version) => {
                Self::of("device-link-newer", error).with("version", version)
            }
            DeviceLinkError::Content(what) => {
                Self::of("device-link-senseless", error).with("what", what)
            }
        }
    }
}

impl From<&TooFewGuardians> for Said {
    fn from(few: &TooFewGuardians) -> Self {
        Self::of("too-few-guardians", few)
            .with("survive", few.survive)
            .with("least", u64::from(few.survive) + 1)
            .with("guardians", few.guardians)
    }
}

impl From<&AddressError> for Said {
    fn from(error: &AddressError) -> Self {
        Self::of("address", error).with("address", error.text())
    }
}

impl From<&PathError> for Said {
    fn from(error: &PathError) -> Self {
        match error {
            PathError::Name(_) => Self::of("file-name", error),
            PathError::TooLong => {
                Self::of("file-path-long", error).with("most", crate::drive::path::PATH_BYTES_MAX)
            }
            PathError::Escape => Self::of("file-path-escape", error),
        }
    }
}

impl From<&ObjectError> for Said {
    fn from(error: &ObjectError) -> Self {
        match error {
            ObjectError::Missing { .. } => Self::of("content-missing", error),
            ObjectError::Damaged { pack, .. } | ObjectError::PackDamaged { pack, .. } => {
                Self::of("pack-damaged", error).with("pack", pack)
            }
            ObjectError::PackMissing { pack } => Self::of("pack-missing", error).with("pack", pack),
            ObjectError::NoKey => Self::of("no-object-key", error),
            ObjectError::Full(_) => Self::of("disk-full", error),
            ObjectError::Io(source) => Self::of("packs-io", error).with("error", source),
            ObjectError::Broken => Self::of("disk-unconfirmed", error),
            ObjectError::Store(store) => store.into(),
            ObjectError::Home(home) => home.into(),
            ObjectError::Closed => Self::of("stopping", error),
            ObjectError::InUse { .. }
            | ObjectError::Taken { .. }
            | ObjectError::Number { .. }
            | ObjectError::PackLength { .. }
            | ObjectError::BatchTooLarge
            | ObjectError::Content(_) => Self::of("inner", error).with("error", error.to_string()),
        }
    }
}

impl From<&StoreError> for Said {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Db(db) => db.into(),
            StoreError::Row(what) => {
                Self::of("store-damaged", error).with("what", what.to_string())
            }
            StoreError::NotDurable(_) => Self::of("disk-unconfirmed", error),
            StoreError::NoKeys => Self::of("device-no-keys", error),
            StoreError::LinkUsed => Self::of("device-link-used", error),
            StoreError::Revoked => Self::of("device-revoked", error),
            StoreError::Closed => Self::of("stopping", error),
            StoreError::Ingest(_) | StoreError::Body(_) | StoreError::NoAccount => {
                Self::of("inner", error).with("error", error.to_string())
            }
        }
    }
}

impl From<&DbError> for Said {
    fn from(error: &DbError) -> Self {
        match error {
            DbError::Io(source) => Self::of("store-io", error).with("error", source),
            DbError::Full(_) => Self::of("store-full", error),
            DbError::Damaged { what } => Self::of("store-damaged", error).with("what", what),
            DbError::Poisoned => Self::of("disk-unconfirmed", error),
            DbError::NewerVersion { .. }
            | DbError::InUse
            | DbError::TooLarge { .. }
            | DbError::KeyReserved => Self::of("inner", error).with("error", error.to_string()),
        }
    }
}

impl From<&BackupError> for Said {
    fn from(error: &BackupError) -> Self {
        match error {
            BackupError::Store(store) => store.into(),
            BackupError::Packs(what) => Self::of("backup-packs", error).with("what", what),
            BackupError::NotCurrent => Self::of("backup-not-current", error),
            BackupError::Restoring => Self::of("backup-restoring", error),
            BackupError::Damaged { number, what } => Self::of("backup-damaged", error)
                .with("pack", number)
                .with("what", what),
            BackupError::KeyMissing(generation) => {
                Self::of("backup-key-missing", error).with("generation", generation)
            }
            BackupError::Folder { path, source } => Self::of("backup-folder", error)
                .with("path", path.display().to_string())
                .with("error", source),
            BackupError::Misread(path) => {
                Self::of("backup-misread", error).with("path", path.display().to_string())
            }
            BackupError::Stopping => Self::of("stopping", error),
            BackupError::Manifest(_) | BackupError::Failed(_) => {
                Self::of("inner", error).with("error", error.to_string())
            }
        }
    }
}

impl From<&PhotoError> for Said {
    fn from(error: &PhotoError) -> Self {
        match error {
            PhotoError::NoDraft => Self::of("photo-no-draft", error),
            PhotoError::TooLarge => Self::of("photo-too-large", error),
            PhotoError::Nowhere => Self::of("photo-nowhere", error),
            PhotoError::Broken => Self::of("photo-broken", error),
            PhotoError::Io(source) => Self::of("photo-io", error).with("error", source),
            PhotoError::Objects(objects) => objects.into(),
            PhotoError::Stopping => Self::of("stopping", error),
        }
    }
}

impl From<&MediaError> for Said {
    fn from(error: &MediaError) -> Self {
        match error {
            MediaError::Empty => Self::of("picture-empty", error),
            MediaError::TooLong => {
                Self::of("picture-too-long", error).with("megabytes", MediaError::MEGABYTES_MAX)
            }
            MediaError::Unknown => Self::of("picture-unknown", error),
            MediaError::Heif => Self::of("picture-heif", error),
            MediaError::TooLarge { width, height } => Self::of("picture-too-large", error)
                .with("width", width)
                .with("height", height)
                .with("most", MediaError::MEGAPIXELS_MAX),
            MediaError::TooDemanding { megabytes } => {
                Self::of("picture-too-demanding", error).with("megabytes", megabytes)
            }
            MediaError::Broken => Self::of("picture-broken", error),
            MediaError::Busy => Self::of("pictures-busy", error),
            MediaError::TooSlow => Self::of("picture-too-slow", error),
        }
    }
}

impl From<&Refusal> for Said {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::NotIn => Self::of("space-not-in", refusal),
            Refusal::NoKeys => Self::of("space-no-keys", refusal),
            Refusal::NotAdmin => Self::of("space-not-admin", refusal),
            Refusal::IsMember => Self::of("space-is-member", refusal),
            Refusal::NotMember => Self::of("space-not-member", refusal),
            Refusal::IsAdmin => Self::of("space-is-admin", refusal),
            Refusal::Oneself => Self::of("space-oneself", refusal),
            Refusal::AtItsEnd => Self::of("space-at-its-end", refusal),
            Refusal::Full(most) => Self::of("space-full", refusal).with("most", most),
            Refusal::Blocked => Self::of("blocked-by-me", refusal),
            Refusal::NotShared => Self::of("space-not-shared", refusal),
        }
    }
}

impl From<&FirstRunError> for Said {
    fn from(error: &FirstRunError) -> Self {
        match error {
            FirstRunError::Nameless => Self::of("first-nameless", error),
            FirstRunError::Name(name) => name.clone(),
            FirstRunError::WrongWords => Self::of("first-wrong-words", error),
            FirstRunError::Link(link) => link.into(),
            FirstRunError::OutOfTurn => Self::of("first-out-of-turn", error),
            FirstRunError::Home(home) => home.into(),
            FirstRunError::Keyring(keyring) => keyring.into(),
        }
    }
}

impl From<&BeginError> for Said {
    fn from(error: &BeginError) -> Self {
        let of = |code, dir: &std::path::Path| {
            Self::of(code, error).with("folder", dir.display().to_string())
        };
        match error {
            BeginError::Occupied { dir } => of("restore-occupied", dir),
            BeginError::Other { dir } => of("restore-of-another", dir),
            BeginError::Over { dir } => of("restore-over", dir),
            BeginError::NeedsPhrase { dir } => of("restore-needs-phrase", dir),
            BeginError::Home(home) => home.into(),
            BeginError::Keyring(keyring) => keyring.into(),
            BeginError::Aside { dir, .. } => of("restore-aside", dir),
        }
    }
}

impl From<&HomeError> for Said {
    fn from(error: &HomeError) -> Self {
        Self::of("home", error).with("error", error.to_string())
    }
}

impl From<&KeyringError> for Said {
    fn from(error: &KeyringError) -> Self {
        Self::of("keys", error).with("error", error.to_string())
    }
}
