//! What is noted: who asked, for what, and what came of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hearth_keys::Identity;

use crate::network::Peer;

/// More of what somebody asked for isn't kept.
pub(super) const ABOUT_BYTES_MAX: usize = 96;
/// More of what a browser calls itself isn't kept.
pub(super) const AGENT_BYTES_MAX: usize = 64;

/// From where somebody asks: not a machine, but the network that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Net(IpAddr);

impl Net {
    /// The /24 or /48 around an address; None where that says nothing: on this machine, as behind a server that passes
    /// requests on.
    pub(crate) fn around(address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        if address.is_unspecified() || address.is_loopback() {
            return None;
        }
        Some(Self(match address {
            IpAddr::V4(ip) => {
                let [a, b, c, _] = ip.octets();
                Ipv4Addr::new(a, b, c, 0).into()
            }
            IpAddr::V6(ip) => {
                let [a, b, c, ..] = ip.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
        }))
    }

    /// As it lies in a row: 3 bytes of IPv4, 6 of IPv6.
    pub(super) fn to_bytes(self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(ip) => ip.octets()[..3].to_vec(),
            IpAddr::V6(ip) => ip.octets()[..6].to_vec(),
        }
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [a, b, c] => Some(Self(Ipv4Addr::new(a, b, c, 0).into())),
            [a, b, c, d, e, f] => {
                let word = |high, low| u16::from_be_bytes([high, low]);
                let ip = Ipv6Addr::new(word(a, b), word(c, d), word(e, f), 0, 0, 0, 0, 0);
                Some(Self(ip.into()))
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bits = if self.0.is_ipv4() { 24 } else { 48 };
        write!(f, "{}/{bits}", self.0)
    }
}

/// A browser or another program that speaks HTTP.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Client {
    /// From where.
    pub(crate) net: Option<Net>,
    /// What kind it is, such as `Firefox on Linux`.
    pub(crate) agent: String,
    /// Whether it came by the name that the world knows this node by.
    pub(crate) by_name: bool,
}

/// Who asks, as far as that is known while they do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Asker {
    /// A browser that is signed in.
    Owner(Client),
    /// Who holds the API's token: the command line.
    Command,
    /// Anybody else by the web.
    Visitor(Client),
    /// Another node.
    Peer(Peer),
}

/// How a node stands to this account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Another device of the account.
    Own,
    /// Somebody whom the account follows, or shares a space with.
    Known,
    /// Anybody else.
    Stranger,
}

impl Standing {
    pub(super) fn class(self) -> Class {
        match self {
            Self::Own => Class::Me,
            Self::Known => Class::Friends,
            Self::Stranger => Class::Strangers,
        }
    }
}

/// Who asked, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// A browser that is signed in.
    Owner(Client),
    /// The command line.
    Command,
    /// Anybody else by the web.
    Visitor(Client),
    /// Another node.
    Peer {
        /// Its name on the network.
        peer: Vec<u8>,
        /// Who lives there, as far as they said.
        identity: Option<Identity>,
        /// How they stood to this account then.
        standing: Standing,
    },
    /// More visitors than are told apart.
    Visitors,
    /// More nodes of strangers than are told apart.
    Strangers,
}

/// Whose requests they are, for a plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// The account's own.
    Me,
    /// By the web, without an account.
    Visitors,
    /// Nodes of people that the account follows or shares a space with.
    Friends,
    /// Other nodes.
    Strangers,
}

impl Class {
    /// All of them, in the order in which they are drawn.
    pub(crate) const ALL: [Self; 4] = [Self::Me, Self::Friends, Self::Visitors, Self::Strangers];

    /// As it is told.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Visitors => "visitors",
            Self::Friends => "friends",
            Self::Strangers => "strangers",
        }
    }

    /// Where it stands among the counters of an hour.
    pub(super) fn place(self) -> usize {
        match self {
            Self::Me => 0,
            Self::Visitors => 1,
            Self::Friends => 2,
            Self::Strangers => 3,
        }
    }

    /// Whether anybody in the world can make such rows, as many as they like.
    pub(super) fn is_foreign(self) -> bool {
        matches!(self, Self::Visitors | Self::Strangers)
    }
}

impl Who {
    /// Whose request it is.
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Owner(_) | Self::Command => Class::Me,
            Self::Visitor(_) | Self::Visitors => Class::Visitors,
            Self::Peer { standing, .. } => standing.class(),
            Self::Strangers => Class::Strangers,
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $code:literal $name:literal,)*) => {
        /// What was asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Kind { $($(#[$doc])* $kind,)* }

        impl Kind {
            /// All of them.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$kind,)*];

            /// As it lies in a row.
            pub(super) fn code(self) -> u8 {
                match self { $(Self::$kind => $code,)* }
            }

            /// Reads what [`Self::code`] gave.
            pub(super) fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$kind),)* _ => None }
            }

            /// As it is told.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    /// A page of the owner's.
    Page = 0 "page",
    /// A page for everybody.
    PublicPage = 1 "public-page",
    /// A feed for everybody.
    Feed = 2 "feed",
    /// Something by the command line.
    Verb = 3 "verb",
    /// To be let in.
    SignIn = 4 "sign-in",
    /// Styles, scripts, icons.
    Asset = 5 "asset",
    /// A photo or a portrait, by the web.
    Photo = 6 "photo",
    /// A file of the drive, or its folder.
    File = 7 "file",
    /// A form that changes something.
    Form = 8 "form",
    /// What isn't there, or isn't for who asks.
    Nothing = 9 "nothing",
    /// To be told what is new, while a page is open.
    News = 10 "news",
    /// Another node dialled this one.
    Connected = 20 "connected",
    /// What is new, on either side.
    Compared = 21 "compared",
    /// Entries that were given, asked for or pushed; about whose log they are of.
    EntriesGiven = 22 "entries-given",
    /// Entries that were brought.
    EntriesTaken = 23 "entries-taken",
    /// Objects of pictures that were given.
    Pictures = 24 "pictures",
    /// Objects that were given to a device of the account.
    Objects = 25 "objects",
    /// Shards that were taken to be kept.
    ShardsTaken = 26 "shards-taken",
    /// Shards that were given back.
    ShardsGiven = 27 "shards-given",
    /// What is kept and may be, between owners and guardians.
    Guardianship = 28 "guardianship",
    /// A letter.
    Letter = 29 "letter",
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It was done.
    Answered,
    /// It wasn't: it isn't there, isn't theirs, or was too much.
    Refused,
    /// It should have been, and couldn't.
    Failed,
}

impl Outcome {
    /// As it is told.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    pub(super) fn code(self) -> u8 {
        match self {
            Self::Answered => 0,
            Self::Refused => 1,
            Self::Failed => 2,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Answered),
            1 => Some(Self::Refused),
            2 => Some(Self::Failed),
            _ => None,
        }
    }
}

/// One request, once it was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// Who asked.
    pub(crate) asker: Asker,
    /// For what.
    pub(crate) kind: Kind,
    /// Which of these; never anything that a secret could stand in.
    pub(crate) about: String,
    /// What came of it.
    pub(crate) outcome: Outcome,
    /// Things that were given or brought, where these are counted.
    pub(crate) items: u64,
    /// Bytes that were given or brought.
    pub(crate) bytes: u64,
}

impl Note {
    /// A peer's request.
    pub(crate) fn of_peer(peer: Peer, kind: Kind, items: u64, bytes: u64) -> Self {
        Self {
            asker: Asker::Peer(peer),
            kind,
            about: String::new(),
            outcome: Outcome::Answered,
            items,
            bytes,
        }
    }

    /// The same, with what it was about.
    pub(crate) fn about(mut self, about: &str) -> Self {
        self.about = about.to_owned();
        self
    }

    /// The same, with what came of it.
    pub(crate) fn with(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }
}

/// The beginning of a text, cut between letters.
pub(super) fn cut(mut text: String, bytes_max: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes_max));
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_told_as_its_network() {
        let cases = [
            ("203.0.113.77", Some("203.0.113.0/24")),
            ("::ffff:203.0.113.77", Some("203.0.113.0/24")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1::/48")),
            ("127.0.0.1", None),
            ("0.0.0.0", None),
            ("::", None),
        ];
        for (address, told) in cases {
            let net = Net::around(address.parse().unwrap());
            assert_eq!(net.map(|net| net.to_string()).as_deref(), told);
            let again = net.and_then(|net| Net::from_bytes(&net.to_bytes()));
            assert_eq!(again, net);
        }
        assert_eq!(Net::from_bytes(&[1, 2]), None);
    }

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
        }
        assert_eq!(Kind::from_code(255), None);
    }
}
