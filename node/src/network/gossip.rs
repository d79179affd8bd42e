//! Public entries of authors with many followers: gossipsub with no publisher named.
//!
//! Messages carry neither author nor signature of their own (what they hold is signed by its author's
//! device), so that a message doesn't tell which node it began at. Nothing is passed on before a verdict.

use std::{fmt, time::Duration};

use libp2p::gossipsub::{
    AllowAllSubscriptionFilter, Behaviour as Gossipsub, ConfigBuilder, IdentTopic,
    IdentityTransform, MaxCountSubscriptionFilter, Message, MessageAcceptance, MessageAuthenticity,
    MessageId, Topic, ValidationMode,
};

use super::limits::{GOSSIP_BYTES_MAX, TOPIC_BYTES_MAX};

/// A peer may subscribe to so many topics, and name so many at once.
const PEER_TOPICS_MAX: usize = 100;

/// libp2p's cap on an RPC, which holds a message and its envelope.
const RPC_BYTES_MAX: usize = 64 << 10;

/// Messages that wait for one slow peer; the default of 5,000 could hold 300 MB.
const QUEUE_MAX: usize = 128;

pub(super) type Behaviour =
    Gossipsub<IdentityTransform, MaxCountSubscriptionFilter<AllowAllSubscriptionFilter>>;

/// Names a gossip message: the BLAKE3 hash of its topic and bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GossipId(Vec<u8>);

impl GossipId {
    pub(super) fn message_id(&self) -> MessageId {
        MessageId::new(&self.0)
    }
}

impl From<MessageId> for GossipId {
    fn from(id: MessageId) -> Self {
        Self(id.0)
    }
}

impl fmt::Debug for GossipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GossipId(")?;
        for byte in self.0.iter().take(8) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}

/// What is to become of a gossip message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Pass it on.
    Accept,
    /// It is wrong; don't pass it on.
    Reject,
    /// Nobody's fault; don't pass it on.
    Ignore,
}

impl From<Verdict> for MessageAcceptance {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accept => Self::Accept,
            Verdict::Reject => Self::Reject,
            Verdict::Ignore => Self::Ignore,
        }
    }
}

fn message_id(message: &Message) -> MessageId {
    let topic = message.topic.as_str().as_bytes();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(topic.len() as u64).to_be_bytes());
    hasher.update(topic);
    hasher.update(&message.data);
    MessageId::new(hasher.finalize().as_bytes())
}

/// The topic of that name.
pub(super) fn topic(name: String) -> IdentTopic {
    Topic::new(name)
}

/// Whether a topic of that name, and a message of that size, may pass.
pub(super) fn is_within_bounds(topic: &str, bytes: usize) -> bool {
    (1..=TOPIC_BYTES_MAX).contains(&topic.len()) && bytes <= GOSSIP_BYTES_MAX
}

/// A gossipsub that reveals no publisher and forwards nothing unseen.
pub(super) fn behaviour() -> Result<Behaviour, String> {
    let config = ConfigBuilder::default()
        .protocol_id_prefix("/hearth/gossip")
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(RPC_BYTES_MAX)
        .connection_handler_queue_len(QUEUE_MAX)
        .max_publish_messages(QUEUE_MAX)
        .max_control_messages_sent(500)
        .duplicate_cache_time(Duration::from_secs(120))
        .build()
        .map_err(|error| error.to_string())?;
    let filter = MaxCountSubscriptionFilter {
        filter: AllowAllSubscriptionFilter {},
        max_subscribed_topics: PEER_TOPICS_MAX,
        max_subscriptions_per_request: PEER_TOPICS_MAX,
    };
    Gossipsub::new_with_subscription_filter(MessageAuthenticity::Anonymous, config, filter)
        .map_err(str::to_owned)
}
