//! The secrets of this node, as files under `keys/`: the transport key, and each account's device.
//!
//! The root key isn't here: a phrase makes it, it signs the device's certificate, and it is gone.

use std::path::PathBuf;
use std::sync::Arc;

use hearth_keys::{BoxPublic, DeviceKeys, Identity, KeyFileError, KeyFileKind, Phrase, keyfile};
use hearth_protocol::codec::{Blob, Bytes, DecodeError, decode_trusted, encode};
use hearth_protocol::device_link::DeviceLink;
use hearth_protocol::root::{Claim, Statement};
use zeroize::Zeroizing;

use crate::home::{
    ACCOUNT_SUFFIX, Home, HomeError, UNTOLD_FILE, make_private_folder, sync_folder, write_private,
};
use crate::rng;
use crate::store::Account;

/// Names a file that holds the passphrase of the key files.
pub(crate) const PASSPHRASE_FILE_VARIABLE: &str = "HEARTH_PASSPHRASE_FILE";
const TRANSPORT_FILE: &str = "transport.key";
const ACCOUNT_VERSION: u8 = 1;
/// Of an account that another device gave a link to.
const JOINED_VERSION: u8 = 2;
const PAYLOAD_BYTES_MAX: usize = 16 * 1024;

/// Why the keys can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyringError {
    /// The folder or a file can't be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A key file can't be opened.
    #[error("the key file {} can't be used; if it has a passphrase, HEARTH_PASSPHRASE_FILE names the file that holds it", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: KeyFileError,
    },
    /// What is in a key file isn't an account.
    #[error("the key file {} is damaged: restore it from your own copy, or make a new device from your phrase", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: DecodeError,
    },
    /// A file can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// An account as its key file holds it.
#[derive(Debug, Clone)]
pub(crate) struct KeptAccount {
    /// What its device needs.
    pub(crate) account: Account,
    /// The name given at the first run.
    pub(crate) first_name: String,
    /// What the link said of other devices, where this one was made by one; else nothing.
    pub(crate) others: Others,
}

/// Other devices of the same person, as a device link tells of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Others {
    /// The root's word for them.
    pub(crate) statements: Vec<Statement>,
    /// Where they are reached.
    pub(crate) via: Vec<String>,
}

/// The account's tuple as in version 1, then statements and addresses.
type JoinedTuple = (
    u8,
    Bytes<32>,
    Bytes<64>,
    Bytes<32>,
    Bytes<32>,
    Blob,
    String,
    Vec<Blob>,
    Vec<String>,
);

/// (version, identity, device keys, locator, recovery public key, certificate, first name)
type AccountTuple = (u8, Bytes<32>, Bytes<64>, Bytes<32>, Bytes<32>, Blob, String);

/// Whose phrase is being made known, and how far that got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhraseCare {
    /// The person has it already.
    Known,
    /// It will be shown; until [`told`], the account doesn't count.
    ToBeTold,
}

/// The phrase was shown: from now on the account counts, after a power cut too.
pub(crate) fn told(home: &Home) -> Result<(), KeyringError> {
    let path = home.keys_dir().join(UNTOLD_FILE);
    match std::fs::remove_file(&path) {
        Ok(()) => Ok(sync_folder(&home.keys_dir())?),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(KeyringError::Read { path, source }),
    }
}

/// Removes an account whose phrase was never shown, with the store that it began.
pub(crate) fn drop_untold(home: &Home) -> Result<(), KeyringError> {
    let marker = home.keys_dir().join(UNTOLD_FILE);
    if !marker.exists() {
        return Ok(());
    }
    tracing::warn!("the last first run ended before its phrase was shown: beginning anew");
    let remove = |path: PathBuf| match std::fs::remove_file(&path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(KeyringError::Read { path, source })
        }
        _ => Ok(()),
    };
    let store = home.store_dir();
    match std::fs::remove_dir_all(&store) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(KeyringError::Read {
                path: store,
                source,
            });
        }
        _ => {}
    }
    account_paths(home)?.into_iter().try_for_each(remove)?;
    // The marker goes last, on the disk too: an account without it would count.
    sync_folder(home.dir())?;
    sync_folder(&home.keys_dir())?;
    remove(marker)
}

/// Makes a device for the identity that `phrase` is, and keeps its keys.
pub(crate) fn create(
    home: &Home,
    phrase: &Phrase,
    care: PhraseCare,
    name: &str,
    now_ms: u64,
) -> Result<KeptAccount, KeyringError> {
    let root = phrase.root();
    let device = DeviceKeys::generate(&mut rng::system());
    let claim = Claim::Certify {
        box_public: device.box_public(),
    };
    let certificate = Statement::sign(&root, device.id(), now_ms, claim);
    let payload = Zeroizing::new(encode(&(
        ACCOUNT_VERSION,
        Bytes(*root.identity().as_bytes()),
        Bytes(*device.to_bytes()),
        Bytes(*root.locator().expose_bytes()),
        Bytes(*root.recovery_public().as_bytes()),
        Blob(certificate.to_bytes()),
        name,
    )));
    make_private_folder(&home.keys_dir())?;
    if care == PhraseCare::ToBeTold {
        write_private(&home.keys_dir().join(UNTOLD_FILE), b"")?;
    }
    let path = home
        .keys_dir()
        .join(format!("{}{ACCOUNT_SUFFIX}", root.identity()));
    write(&path, KeyFileKind::DEVICE_KEYS, &payload)?;
    let recovery = root.recovery_public();
    let account = Account {
        identity: root.identity(),
        device: Arc::new(device),
        recovery,
        certificate,
        is_new: true,
    };
    Ok(KeptAccount {
        account,
        first_name: name.to_owned(),
        others: Others::default(),
    })
}

/// Makes an empty home the device that a link is for, and keeps its keys.
pub(crate) fn join(home: &Home, link: &DeviceLink) -> Result<KeptAccount, KeyringError> {
    let identity = link.identity();
    let statements = link.statements.iter().map(|said| Blob(said.to_bytes()));
    let tuple: JoinedTuple = (
        JOINED_VERSION,
        Bytes(*identity.as_bytes()),
        Bytes(*link.device.to_bytes()),
        Bytes(*link.locator.expose_bytes()),
        Bytes(*link.recovery.as_bytes()),
        Blob(link.certificate().to_bytes()),
        String::new(),
        statements.collect(),
        link.via.clone(),
    );
    let payload = Zeroizing::new(encode(&tuple));
    make_private_folder(&home.keys_dir())?;
    let path = home.keys_dir().join(format!("{identity}{ACCOUNT_SUFFIX}"));
    write(&path, KeyFileKind::DEVICE_KEYS, &payload)?;
    account(path)
}

/// The accounts on this node, in the order of their identities.
pub(crate) fn accounts(home: &Home) -> Result<Vec<KeptAccount>, KeyringError> {
    account_paths(home)?.into_iter().map(account).collect()
}

fn account_paths(home: &Home) -> Result<Vec<PathBuf>, KeyringError> {
    let folder = home.keys_dir();
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(KeyringError::Read {
                path: folder,
                source,
            });
        }
        Ok(entries) => entries,
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_account = |path: &PathBuf| path.to_string_lossy().ends_with(ACCOUNT_SUFFIX);
    let mut paths: Vec<PathBuf> = paths.filter(is_account).collect();
    paths.sort();
    Ok(paths)
}

fn account(path: PathBuf) -> Result<KeptAccount, KeyringError> {
    let payload = read(&path, KeyFileKind::DEVICE_KEYS)?;
    let read = || -> Result<KeptAccount, DecodeError> {
        let joined = decode_trusted::<JoinedTuple>(&payload, PAYLOAD_BYTES_MAX);
        let ((version, identity, device, _locator, recovery, certificate, first_name), said, via) =
            match joined {
                Ok((version, id, keys, locator, recovery, certificate, name, said, via)) => {
                    let tuple: AccountTuple =
                        (version, id, keys, locator, recovery, certificate, name);
                    (tuple, said, via)
                }
                Err(_) => {
                    let tuple: AccountTuple = decode_trusted(&payload, PAYLOAD_BYTES_MAX)?;
                    (tuple, Vec::new(), Vec::new())
                }
            };
        if version != ACCOUNT_VERSION && version != JOINED_VERSION {
            return Err(DecodeError::Version(version.into()));
        }
        let said = said.iter().map(|said| Statement::from_bytes(&said.0));
        let statements = said
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| DecodeError::Invalid("a root statement doesn't hold"))?;
        let device = Zeroizing::new(device.0);
        let account = Account {
            identity: Identity::from_bytes(identity.0),
            device: Arc::new(DeviceKeys::from_bytes(&device)),
            recovery: BoxPublic::from_bytes(recovery.0),
            certificate: Statement::from_bytes(&certificate.0)
                .map_err(|_| DecodeError::Invalid("the certificate doesn't hold"))?,
            is_new: false,
        };
        Ok(KeptAccount {
            account,
            first_name,
            others: Others { statements, via },
        })
    };
    read().map_err(|source| KeyringError::Damaged { path, source })
}

/// The node's transport key, made when there is none: random, and unrelated to any identity.
pub(crate) fn transport_key(home: &Home) -> Result<Zeroizing<[u8; 32]>, KeyringError> {
    let path = home.keys_dir().join(TRANSPORT_FILE);
    let mut key = Zeroizing::new([0; 32]);
    if path.exists() {
        let payload = read(&path, KeyFileKind::TRANSPORT_KEY)?;
        let bytes: &[u8; 32] =
            payload
                .as_slice()
                .try_into()
                .map_err(|_| KeyringError::Damaged {
                    path,
                    source: DecodeError::Invalid("a transport key has 32 bytes"),
                })?;
        *key = *bytes;
        return Ok(key);
    }
    rand_core::Rng::fill_bytes(&mut rng::system(), &mut key[..]);
    make_private_folder(&home.keys_dir())?;
    write(&path, KeyFileKind::TRANSPORT_KEY, &key[..])?;
    Ok(key)
}

fn write(path: &std::path::Path, kind: KeyFileKind, payload: &[u8]) -> Result<(), KeyringError> {
    let passphrase = passphrase()?;
    let bytes = keyfile::encode(
        kind,
        payload,
        passphrase.as_ref().map(|p| p.as_slice()),
        &mut rng::system(),
    );
    Ok(write_private(path, &bytes)?)
}

fn read(path: &std::path::Path, kind: KeyFileKind) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    let bytes = read_file(path)?;
    let passphrase = passphrase()?;
    keyfile::decode(&bytes, kind, passphrase.as_ref().map(|p| p.as_slice())).map_err(|source| {
        KeyringError::File {
            path: path.to_owned(),
            source,
        }
    })
}

fn read_file(path: &std::path::Path) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    let bytes = std::fs::read(path).map_err(|source| KeyringError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(Zeroizing::new(bytes))
}

/// The passphrase, without the line end that editors put behind it; `None` when no file is named.
fn passphrase() -> Result<Option<Zeroizing<Vec<u8>>>, KeyringError> {
    let Some(path) = std::env::var_os(PASSPHRASE_FILE_VARIABLE) else {
        return Ok(None);
    };
    let mut bytes = read_file(path.as_ref())?;
    while bytes
        .last()
        .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
    {
        bytes.pop();
    }
    Ok(Some(bytes))
}
