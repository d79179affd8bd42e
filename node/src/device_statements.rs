//! What the phrase signs about devices, wherever it is typed: at a command, or on a page of one's own.

use std::collections::BTreeMap;

use hearth_keys::{BoxPublic, DeviceId, DeviceKeys, Locator, Root};
use hearth_protocol::codec::{Hex, from_hex};
use hearth_protocol::device_link::DeviceLink;
use hearth_protocol::entry::{EntryId, LogNumber};
use hearth_protocol::root::{Claim, LogEnd, Statement};

use crate::app::model::{DeviceAdded, DeviceEnd};

/// A device that is to be: its keys, and the root's word for it.
pub(crate) struct NewDevice {
    keys: DeviceKeys,
    certificate: Statement,
    recovery: BoxPublic,
    locator: Locator,
}

impl NewDevice {
    /// Draws its keys, and certifies them.
    pub(crate) fn of(root: &Root, now_ms: u64) -> Self {
        let keys = DeviceKeys::generate(&mut crate::rng::system());
        let claim = Claim::Certify {
            box_public: keys.box_public(),
        };
        Self {
            certificate: Statement::sign(root, keys.id(), now_ms, claim),
            recovery: root.recovery_public(),
            locator: root.locator().clone(),
            keys,
        }
    }

    /// The root's word for it, in hex.
    pub(crate) fn statement(&self) -> String {
        said(&self.certificate)
    }

    /// What makes a machine this device, once its certificate was taken.
    pub(crate) fn link(self, added: DeviceAdded) -> DeviceLink {
        let theirs = bytes_of(&added.certificate);
        let theirs = theirs.and_then(|said| Statement::from_bytes(&said).ok());
        let statements = [Some(self.certificate), theirs].into_iter().flatten();
        DeviceLink {
            device: self.keys,
            recovery: self.recovery,
            locator: self.locator,
            statements: statements.collect(),
            via: added.via,
        }
    }
}

/// The root's word that a device is put away, or where it was stolen, that its logs end where `ends` says; in hex. `None` where an
/// end makes no sense.
pub(crate) fn revocation(
    root: &Root,
    device: DeviceId,
    ends: Option<&[DeviceEnd]>,
    now_ms: u64,
) -> Option<String> {
    let claim = match ends {
        None => Claim::Retire,
        Some(ends) => {
            let ends = ends.iter().map(end).collect::<Option<BTreeMap<_, _>>>()?;
            Claim::Cut { ends }
        }
    };
    Some(said(&Statement::sign(root, device, now_ms, claim)))
}

fn said(statement: &Statement) -> String {
    Hex(&statement.to_bytes()).to_string()
}

fn end(end: &DeviceEnd) -> Option<(LogNumber, LogEnd)> {
    let id = EntryId::from_bytes(from_hex(&end.id)?);
    Some((LogNumber::new(end.log)?, LogEnd { seq: end.seq, id }))
}

/// Reads hex digits.
pub(crate) fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok())
        .collect()
}
