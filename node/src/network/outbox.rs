//! Events of the swarm task that wait for the node. The task never waits itself: what is too much is dropped.

use std::{collections::VecDeque, sync::Arc};

use super::{
    counters::Tally,
    events::{EventSender, NetworkEvent},
};

const WAITING_MAX: usize = 256;

#[derive(Debug)]
pub(super) struct Outbox {
    waiting: VecDeque<NetworkEvent>,
    tally: Arc<Tally>,
}

impl Outbox {
    pub(super) fn new(tally: Arc<Tally>) -> Self {
        Self {
            waiting: VecDeque::new(),
            tally,
        }
    }

    /// Puts an event in. A list of addresses or a contact replaces the one that it outdates; anything else
    /// is dropped when there is too much.
    pub(super) fn put(&mut self, event: NetworkEvent) {
        self.waiting.retain(|waiting| !outdates(&event, waiting));
        let must_arrive = matches!(event, NetworkEvent::Listening { .. });
        if self.waiting.len() < WAITING_MAX || must_arrive {
            self.waiting.push_back(event);
        } else {
            self.tally.events_dropped.add_one();
        }
    }

    /// Hands the first event over; whether anybody still listens. May be dropped at any time.
    pub(super) async fn hand_over(&mut self, events: &EventSender) -> bool {
        if self.waiting.is_empty() {
            return std::future::pending().await;
        }
        let Some(place) = events.place().await else {
            return false;
        };
        if let Some(event) = self.waiting.pop_front() {
            place.send(event.into());
        }
        true
    }
}

fn outdates(new: &NetworkEvent, old: &NetworkEvent) -> bool {
    match (new, old) {
        (NetworkEvent::Listening { .. }, NetworkEvent::Listening { .. }) => true,
        (NetworkEvent::Contact(new), NetworkEvent::Contact(old)) => new.peer == old.peer,
        _ => false,
    }
}
