//! What is said of devices.

use serde::{Deserialize, Serialize};

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeviceState {
    /// It speaks for its person.
    Current,
    /// It was put away; what it wrote stays.
    Retired,
    /// It was cut off: its logs end where the cut says.
    Cut,
}

/// One device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Device {
    /// Its signing key, hex.
    pub(crate) device: String,
    /// Whether it speaks for the account.
    pub(crate) current: bool,
    /// Whether it is the one that answers.
    pub(crate) this: bool,
    /// How it stands.
    pub(crate) state: DeviceState,
    /// Since when, ms since 1970, by the clock of who had the phrase.
    pub(crate) since_ms: u64,
    /// What its person calls it; empty if nothing.
    #[serde(default)]
    pub(crate) name: String,
}

/// What a link for a new device takes from the one that adds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceAdded {
    /// The certificate of the device that adds it, hex.
    pub(crate) certificate: String,
    /// Where that one is reached.
    pub(crate) via: Vec<String>,
}

/// Where a log of a device ends here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceEnd {
    /// The log's number.
    pub(crate) log: u64,
    /// The sequence of its last entry.
    pub(crate) seq: u64,
    /// That entry's id, hex.
    pub(crate) id: String,
}
