//! Names that this account gives to others, for its own eyes.

use crate::said::said;
use hearth_keys::Identity;
use hearth_protocol::bounds::NAME_BYTES_MAX;
use hearth_protocol::content::social::register;

use super::model::{AppError, Petname};
use super::{App, Change, bad_request};
use crate::store::StoreError;
use crate::store::logs::Logs;

impl App {
    /// Gives somebody a name that stands in place of theirs here; an empty one takes it back.
    pub(crate) async fn set_petname(&self, key: &str, name: &str) -> Result<Petname, AppError> {
        let (identity, name) = (self.somebody_else(key)?, name.trim());
        if name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
            return Err(bad_request(said!(
                "petname",
                "a name has at most {most} bytes, on one line",
                most = NAME_BYTES_MAX
            )));
        }
        let value = Some(name).filter(|name| !name.is_empty());
        let value = value.map(|name| name.as_bytes().to_vec());
        self.set_register(register::PETNAME, identity.as_bytes().to_vec(), value)
            .await?;
        let _ = self.0.changes.send(Change::People);
        self.petname(key).await
    }

    /// The name that this account gave somebody, and their own.
    pub(crate) async fn petname(&self, key: &str) -> Result<Petname, AppError> {
        let (me, identity) = (self.identity(), super::people::parse_key(key)?);
        let read = (self.0.store).read(move |logs| petname(logs, &me, &identity));
        Ok(read.await?)
    }

    /// All whom this account gave a name, by that name.
    pub(crate) async fn petnames(&self) -> Result<Vec<Petname>, AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let petnames = logs.petnames(&me)?;
            let named = petnames.keys().map(|who| petname(logs, &me, who));
            let mut named = named.collect::<Result<Vec<_>, StoreError>>()?;
            named.sort_by(|one, other| one.petname.cmp(&other.petname));
            Ok(named)
        });
        Ok(read.await?)
    }
}

fn petname(logs: &Logs, me: &Identity, identity: &Identity) -> Result<Petname, StoreError> {
    Ok(Petname {
        identity: identity.to_string(),
        petname: logs.petnames(me)?.get(identity).cloned(),
        name: logs.own_name_of(me, identity)?,
    })
}
