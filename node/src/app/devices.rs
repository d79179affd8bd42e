//! The devices of the account: which there are, adding one, revoking one. What the phrase signs about them is checked, kept and
//! told. Commands sign by themselves; for a page, which has no other place for it, the phrase is taken, used once and wiped.

use crate::said::{Said, said};
use hearth_keys::{DeviceId, Phrase, Root};
use hearth_protocol::bounds::CUT_ENDS_MAX;
use hearth_protocol::codec::Hex;
use hearth_protocol::content::social::register;
use hearth_protocol::device_link::DeviceLink;
use hearth_protocol::root::{Claim, Statement, StatementSet};

use super::model::{AppError, Device, DeviceAdded, DeviceEnd, DeviceState};
use super::{App, bad_request, failed, not_found, to_the_end};
use crate::device_statements::{NewDevice, bytes_of, revocation};
use crate::devices::{Standing, farewell, renew_all, standing};
use crate::network::Address;
use crate::replication::unix_ms;
use crate::store::logs::Logs;
use zeroize::Zeroizing;

/// Addresses in a device link: each makes its QR code larger.
const LINK_ADDRESSES_MAX: usize = 3;
/// What a device may be called, in bytes.
pub(crate) const DEVICE_NAME_BYTES_MAX: usize = 64;

impl App {
    /// Every device that the account ever had, this one first, then those that speak for it.
    pub(crate) async fn devices(&self) -> Result<Vec<Device>, AppError> {
        let statements = self.statements().await?;
        let this = self.0.account.device.id();
        let named = self.registers(register::DEVICE_NAME).await?;
        let name = |device: &DeviceId| {
            let found = named.iter().find(|(key, _)| key == device.as_bytes());
            let name = found.map(|(_, name)| String::from_utf8_lossy(name).into_owned());
            name.unwrap_or_default()
        };
        let mut devices: Vec<Device> = statements
            .devices()
            .into_keys()
            .filter_map(|device| {
                let (stands, since_ms) = standing(&statements, &device)?;
                Some(Device {
                    device: device.to_string(),
                    current: stands == Standing::Current,
                    this: device == this,
                    state: match stands {
                        Standing::Current => DeviceState::Current,
                        Standing::Retired => DeviceState::Retired,
                        Standing::Cut => DeviceState::Cut,
                    },
                    since_ms,
                    name: name(&device),
                })
            })
            .collect();
        devices.sort_by_key(|device| (!device.this, device.state as u8, device.since_ms));
        Ok(devices)
    }

    /// Takes the root's word for another device of the account, grants it all keys, notes what it is called, and says how
    /// it finds this one.
    pub(crate) async fn device_certify(
        &self,
        statement: &str,
        name: Option<&str>,
    ) -> Result<DeviceAdded, AppError> {
        let name = name.map(device_name).transpose()?;
        let said = self.own_statement(statement).await?;
        if !matches!(said.claim(), Claim::Certify { .. }) {
            return Err(bad_request(Said::english(
                "this statement doesn't certify a device",
            )));
        }
        let known = self.statements().await?;
        if !known.is_current(&self.0.account.device.id()) {
            return Err(failed(said!(
                "device-revoked-adds",
                "this device was revoked and can't add another one: use one that counts, or `hearth restore`"
            )));
        }
        if known.iter().count() >= hearth_protocol::bounds::STATEMENTS_MAX {
            return Err(failed(said!(
                "too-many-devices",
                "this identity has had so many devices that no more can be told of"
            )));
        }
        self.say(&said).await?;
        if let Some(name) = name {
            let key = said.device().as_bytes().to_vec();
            self.set_register(register::DEVICE_NAME, key, Some(name.into_bytes()))
                .await?;
        }
        let mut via = self.0.network.addresses();
        via.retain(|address| !address.is_link_local());
        // Of those that only this machine reaches, none while there are others.
        via.sort_by_key(Address::is_loopback);
        let reaches = via.iter().any(|address| !address.is_loopback());
        via.retain(|address| !(reaches && address.is_loopback()));
        Ok(DeviceAdded {
            certificate: Hex(&self.0.account.certificate.to_bytes()).to_string(),
            via: via
                .iter()
                .take(LINK_ADDRESSES_MAX)
                .map(ToString::to_string)
                .collect(),
        })
    }

    /// Makes a device of the account with its phrase; gives the link that makes a machine this device, which holds its keys.
    pub(crate) async fn device_add(
        &self,
        phrase: &Zeroizing<String>,
        name: &str,
    ) -> Result<DeviceLink, AppError> {
        let root = self.own_root(phrase)?;
        let name = Some(name).filter(|name| !name.trim().is_empty());
        let new = NewDevice::of(&root, unix_ms());
        let added = self.device_certify(&new.statement(), name).await?;
        Ok(new.link(added))
    }

    /// Puts a device away with the account's phrase, or cuts it off where it was stolen.
    pub(crate) async fn device_remove(
        &self,
        phrase: &Zeroizing<String>,
        device: &str,
        is_stolen: bool,
    ) -> Result<Vec<Device>, AppError> {
        let root = self.own_root(phrase)?;
        let id = self.own_device(device).await?;
        let stands = standing(&self.statements().await?, &id);
        match (stands, is_stolen) {
            (Some((Standing::Cut, _)), _) => {
                return Err(bad_request(said!(
                    "device-cut-already",
                    "this device is cut off already"
                )));
            }
            (Some((Standing::Retired, _)), false) => {
                return Err(bad_request(said!(
                    "device-away-already",
                    "this device is put away already; if it is in foreign hands, say so"
                )));
            }
            _ => {}
        }
        let ends = match is_stolen {
            true => Some(self.device_heads(device).await?),
            false => None,
        };
        let said = revocation(&root, id, ends.as_deref(), unix_ms()).ok_or_else(|| {
            failed(said!(
                "device-logs-end",
                "where this device's logs end can't be told: run `hearth verify`"
            ))
        })?;
        self.device_revoke(&said).await
    }

    /// The root of a phrase, if it is the account's.
    fn own_root(&self, phrase: &Zeroizing<String>) -> Result<Root, AppError> {
        let phrase = Phrase::parse(phrase).map_err(|error| bad_request(&error))?;
        let root = phrase.root();
        match root.identity() == self.identity() {
            true => Ok(root),
            false => Err(bad_request(other_phrase())),
        }
    }

    /// Where the logs of a device end, as far as they are held here: what a cut would leave of it.
    pub(crate) async fn device_heads(&self, device: &str) -> Result<Vec<DeviceEnd>, AppError> {
        let device = self.own_device(device).await?;
        let identity = self.identity();
        let read = self.0.store.read(move |logs| {
            let mut ends = Vec::new();
            for (log, top) in logs.tops(&identity, &device) {
                if let Some((entry, _)) = logs.entry(&top)? {
                    ends.push(DeviceEnd {
                        log: log.log.number(),
                        seq: top.seq,
                        id: entry.id().to_string(),
                    });
                }
            }
            Ok(ends)
        });
        let mut ends = read.await?;
        // A log that a cut doesn't name is void; the shortest are lost.
        ends.sort_by_key(|end| std::cmp::Reverse(end.seq));
        ends.truncate(CUT_ENDS_MAX);
        ends.sort_by_key(|end| end.log);
        Ok(ends)
    }

    /// Takes the root's word that a device is retired or cut off, tells everybody, and renews the keys.
    pub(crate) async fn device_revoke(&self, statement: &str) -> Result<Vec<Device>, AppError> {
        let said = self.own_statement(statement).await?;
        if !matches!(said.claim(), Claim::Cut { .. } | Claim::Retire) {
            return Err(bad_request(Said::english(
                "this statement doesn't revoke a device",
            )));
        }
        if said.device() == self.0.account.device.id() {
            return Err(bad_request(said!(
                "device-this",
                "this is the device that you are using: revoke it on another one, or restore with the phrase on another machine"
            )));
        }
        self.own_device(&said.device().to_string()).await?;
        self.say(&said).await?;
        self.devices().await
    }

    /// What there is to say if this device was revoked.
    pub(super) async fn revoked(&self) -> Result<Option<String>, AppError> {
        let account = self.0.account.clone();
        let read = self.0.store.read(move |logs| Ok(farewell(logs, &account)));
        Ok(read.await?)
    }

    /// A statement that the account's phrase made.
    async fn own_statement(&self, statement: &str) -> Result<Statement, AppError> {
        let bytes = bytes_of(statement)
            .ok_or_else(|| bad_request(Said::english("a statement is given in hex")))?;
        let said = Statement::from_bytes(&bytes).map_err(|error| {
            bad_request(Said::english(format!(
                "the statement doesn't hold: {error}"
            )))
        })?;
        match said.identity() == self.identity() {
            true => Ok(said),
            false => Err(bad_request(other_phrase())),
        }
    }

    async fn own_device(&self, device: &str) -> Result<DeviceId, AppError> {
        let unknown = || {
            not_found(said!(
                "device-unknown",
                "no device of yours: `hearth device list` shows them"
            ))
        };
        let device: DeviceId = device.parse().map_err(|_| unknown())?;
        let statements = self.statements().await?;
        match statements.devices().contains_key(&device) {
            true => Ok(device),
            false => Err(unknown()),
        }
    }

    /// Keeps a statement, does what follows from it, and tells everybody.
    async fn say(&self, said: &Statement) -> Result<(), AppError> {
        let (app, said) = (self.clone(), said.to_bytes());
        to_the_end(async move {
            let identity = app.identity();
            let take = move |logs: &mut Logs| {
                let known = logs.take_statements(identity, &[said])?;
                let renewed = renew_all(logs, &identity)?;
                let of_me = logs.logs().filter(|(log, _)| log.identity == identity);
                let states: Vec<_> = of_me.map(|(log, state)| (*log, state.clone())).collect();
                Ok((known, states, renewed))
            };
            let (known, states, renewed) = app.0.store.write(take).await?;
            let known: Option<StatementSet> = known;
            if let Some(known) = known {
                app.0.replication.statements(known, states).await;
            }
            app.0.replication.committed(renewed).await;
            let _ = app.0.changes.send(super::Change::Entries { identity });
            Ok(())
        })
        .await
    }
}

/// What a device may be called.
fn device_name(name: &str) -> Result<String, AppError> {
    let name = name.trim();
    let is_one = (1..=DEVICE_NAME_BYTES_MAX).contains(&name.len());
    match is_one && !name.chars().any(char::is_control) {
        true => Ok(name.to_owned()),
        false => Err(bad_request(said!(
            "device-name",
            "a device's name has 1 to {most} bytes, on one line",
            most = DEVICE_NAME_BYTES_MAX
        ))),
    }
}

fn other_phrase() -> Said {
    said!(
        "phrase-of-another",
        "this is a right phrase, but another identity's: the account here goes by another one"
    )
}
