//! Public entries of authors whom many follow, beyond friends.

use std::collections::BTreeMap;

use hearth_keys::Identity;
use hearth_protocol::ingest::IngestError;
use hearth_protocol::log::Refusal;
use hearth_protocol::message::{Message, gossip_topic};
use hearth_protocol::run::Run;

use super::outputs::finished;
use super::shell::{Done, Shell};
use super::unix_ms;
use crate::network::{GossipId, Peer, Verdict};
use crate::store::StoreError;

/// Topics that a node takes part in.
const TOPICS_MAX: usize = 48;

impl Shell {
    pub(super) fn gossip_own(&mut self, run: &Run) {
        let topic = gossip_topic(&run.log.identity);
        if run.log.log.is_social() && self.topics.contains_key(&topic) {
            let message = Message::Run {
                request: 0,
                run: run.clone(),
                tombstones: Vec::new(),
            };
            if let Err(error) = self.network.publish(&topic, message.to_bytes()) {
                tracing::debug!(%error, "not gossiped");
            }
        }
    }

    /// Takes part in the topics of those authors cared for who gossip.
    pub(super) async fn review_gossip(&mut self) {
        let cares = self.cares.clone();
        let gossiping = self.store.read(move |logs| {
            let mut gossiping = Vec::new();
            for identity in cares {
                if logs.profile(&identity)?.gossip {
                    gossiping.push(identity);
                }
            }
            Ok(gossiping)
        });
        let Ok(gossiping) = gossiping.await else {
            return;
        };
        let wanted: BTreeMap<String, Identity> = gossiping
            .into_iter()
            .take(TOPICS_MAX)
            .map(|identity| (gossip_topic(&identity), identity))
            .collect();
        for topic in wanted
            .keys()
            .filter(|topic| !self.topics.contains_key(*topic))
        {
            let _ = self.network.subscribe(topic);
        }
        for topic in self
            .topics
            .keys()
            .filter(|topic| !wanted.contains_key(*topic))
        {
            let _ = self.network.unsubscribe(topic);
        }
        self.topics = wanted;
    }

    /// A gossiped entry is passed on only once it was found authentic.
    pub(super) async fn gossiped(
        &mut self,
        topic: &str,
        source: Peer,
        message: GossipId,
        bytes: &[u8],
    ) {
        let expected = self.topics.get(topic).copied();
        let run = match Message::from_bytes(bytes) {
            Ok(Message::Run {
                request: 0,
                run,
                tombstones,
            }) => Some((run, tombstones)),
            _ => None,
        };
        let fits =
            run.filter(|(run, _)| Some(run.log.identity) == expected && run.log.log.is_social());
        let Some((run, tombstones)) = fits else {
            let _ = self.network.verdict(message, source, Verdict::Reject);
            return;
        };
        let log = run.log;
        let pending = self
            .store
            .begin_write(move |logs| logs.ingest(run, &tombstones, unix_ms()))
            .await;
        let Ok(pending) = pending else { return };
        self.work.push(Box::pin(async move {
            let outcome = pending.done().await;
            let verdict = match &outcome {
                Ok(_) => Verdict::Accept,
                Err(StoreError::Ingest(
                    IngestError::Refused(Refusal::Signature) | IngestError::Decode(_),
                )) => Verdict::Reject,
                Err(_) => Verdict::Ignore,
            };
            Done::Gossiped(
                Box::new(finished(None, 0, log, outcome)),
                message,
                source,
                verdict,
            )
        }));
    }
}
