//! Whose home it is, and their store.

use hearth_keys::Phrase;

use super::NodeError;
use crate::first_run;
use crate::genesis;
use crate::home::{Home, make_private_folder};
use crate::keyring::{self, KeptAccount, PhraseCare};
use crate::rebuild;
use crate::replication::unix_ms;
use crate::restore;
use crate::rng;
use crate::store::{Store, StoreThread};

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
pub(super) fn account_of(home: &Home) -> Result<Option<KeptAccount>, NodeError> {
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
    make_private_folder(&home.store_dir())?;
    let (store, thread) = Store::open(&home.store_dir(), vec![kept.account.clone()])?;
    let first = kept.clone();
    let home = home.clone();
    store
        .write(move |logs| genesis::ensure_for(&home, logs, &first, unix_ms()))
        .await?;
    Ok((store, thread))
}

/// Opens the store of `home`; one that is damaged is rebuilt first.
pub(super) async fn open_or_rebuild(
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
