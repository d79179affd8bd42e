//! Who asked for what, and how this node is reached.

use serde::{Deserialize, Serialize};

/// The access log, or a page of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessLog {
    /// How many days it goes back; 0: there is none.
    pub(crate) days: u64,
    /// Newest first.
    pub(crate) rows: Vec<AccessRow>,
    /// What to ask for with `before` to see more; absent where there is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<u64>,
    /// How much there was in each hour, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hours: Option<AccessHours>,
}

/// Equal requests of one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessRow {
    /// Counts up over all rows.
    pub(crate) number: u64,
    /// When the first was answered, ms since 1970.
    pub(crate) from_ms: u64,
    /// When the last was.
    pub(crate) to_ms: u64,
    /// `me`, `friends`, `visitors` or `strangers`.
    pub(crate) class: String,
    /// `browser` (one's own), `command`, `visitor`, `node`, or `many` where more were there than are told apart.
    pub(crate) who: String,
    /// Whose node it is: `hearth1…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// A node's name on the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) peer: Option<String>,
    /// From which network, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<String>,
    /// What kind of browser or program it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
    /// `true` when they came by the name that the world knows this node by; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) by_name: bool,
    /// What was asked for, such as `page` or `entries-given`.
    pub(crate) what: String,
    /// Which, where that says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) about: Option<String>,
    /// `answered`, `refused` or `failed`.
    pub(crate) outcome: String,
    /// How many requests.
    pub(crate) count: u64,
    /// Things given or brought; 0 where these aren't counted.
    pub(crate) items: u64,
    /// Bytes given or brought.
    pub(crate) bytes: u64,
}

/// Requests by hour. All lists have one number an hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessHours {
    /// When the first hour began, ms since 1970.
    pub(crate) from_ms: u64,
    /// One's own.
    pub(crate) me: Vec<u64>,
    /// Of people whom one follows or shares a space with.
    pub(crate) friends: Vec<u64>,
    /// By the web, without an account.
    pub(crate) visitors: Vec<u64>,
    /// Of other nodes.
    pub(crate) strangers: Vec<u64>,
}

/// How others reach this node, and it them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reach {
    /// Where it listens.
    pub(crate) addresses: Vec<String>,
    /// The ports among these that a router would have to pass on.
    pub(crate) ports: Vec<u16>,
    /// Under which address the world reaches its pages, if it was told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    /// Who dialled it last from elsewhere, and when; absent where nobody did as far as the access log goes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_afar: Option<ReachVisit>,
    /// The same from its own network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from_near: Option<ReachVisit>,
    /// Who came last by the name that the world knows it by, in a browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) by_name: Option<ReachVisit>,
    /// How many days the access log goes back; 0: nobody knows who was here.
    pub(crate) days: u64,
    /// Those whom the account follows; connected ones first.
    pub(crate) friends: Vec<ReachFriend>,
}

/// Somebody who was here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReachVisit {
    /// When, ms since 1970.
    pub(crate) time_ms: u64,
    /// Who, where that is known: `hearth1…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) identity: Option<String>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// How somebody is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReachFriend {
    /// `hearth1…`
    pub(crate) identity: String,
    /// What they are called.
    pub(crate) name: String,
    /// Whether a node of theirs is connected now.
    pub(crate) connected: bool,
    /// `QUIC` or `TCP`; absent while they aren't connected, as is what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) transport: Option<String>,
    /// Whether they dialled this node; else this one dialled theirs.
    #[serde(default)]
    pub(crate) dialled_here: bool,
    /// Whether they are in this node's own network.
    #[serde(default)]
    pub(crate) is_near: bool,
    /// Since when, ms since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) since_ms: Option<u64>,
    /// When something was heard of them last, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen_ms: Option<u64>,
}
