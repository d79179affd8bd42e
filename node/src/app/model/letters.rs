//! Who knocked, and invitations to spaces.

use serde::{Deserialize, Serialize};

/// Somebody who asks to be friends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Knock {
    /// `hearth1…`
    pub(crate) identity: String,
    /// What they call themselves; whoever it is may say anything.
    pub(crate) name: String,
    /// What they say, empty when nothing.
    pub(crate) text: String,
    /// When they knocked, by their clock, ms since 1970.
    pub(crate) time_ms: u64,
    /// The key of the friend whose node handed it over; absent when it came directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) through: Option<String>,
}

/// An invitation to a space, by link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Invite {
    /// 32 lower-case hex digits.
    pub(crate) id: String,
    /// What to send to whoever shall join. Who has it can.
    pub(crate) link: String,
    /// The space's id, hex.
    pub(crate) space: String,
    /// How many may join by it; `null`: any number.
    pub(crate) uses: Option<u32>,
    /// How many did.
    pub(crate) used: u32,
    /// Until when, ms since 1970; `null`: for good.
    pub(crate) expires_ms: Option<u64>,
    /// Whether who joins may read what was written before.
    pub(crate) with_past: bool,
}
