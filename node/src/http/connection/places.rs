//! The places for connections. When all are taken, whoever has longest had no request to be answered gives way, so that
//! no number of silent clients keeps the owner out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What the connections share.
pub(super) struct Places {
    most: usize,
    taken: Mutex<Taken>,
    /// Told when a place is given up, or its holder has become idle.
    changed: Notify,
}

#[derive(Default)]
struct Taken {
    counted: u64,
    seats: BTreeMap<u64, Seat>,
    /// Since when (in order of events), and who.
    idle: BTreeSet<(u64, u64)>,
    /// How many were asked to leave and haven't.
    leaving: usize,
}

struct Seat {
    requests: usize,
    idle_since: u64,
    asked_to_leave: bool,
    leave: Arc<Notify>,
}

impl Taken {
    fn count(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// Asks whoever has been idle longest to leave, unless somebody is about to.
    fn make_room(&mut self) {
        if self.leaving > 0 {
            return;
        }
        let Some((_, number)) = self.idle.pop_first() else {
            return;
        };
        if let Some(seat) = self.seats.get_mut(&number) {
            seat.asked_to_leave = true;
            seat.leave.notify_one();
            self.leaving += 1;
        }
    }
}

impl Places {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: Mutex::default(),
            changed: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room for one more. One at a time may wait.
    pub(super) async fn room(&self) {
        loop {
            let changed = self.changed.notified();
            {
                let mut taken = self.lock();
                if taken.seats.len() < self.most {
                    return;
                }
                taken.make_room();
            }
            changed.await;
        }
    }

    /// Takes a place; given up when dropped.
    pub(super) fn take(self: &Arc<Self>) -> Place {
        let mut taken = self.lock();
        let number = taken.count();
        let leave = Arc::new(Notify::new());
        let seat = Seat {
            requests: 0,
            idle_since: number,
            asked_to_leave: false,
            leave: Arc::clone(&leave),
        };
        taken.seats.insert(number, seat);
        taken.idle.insert((number, number));
        drop(taken);
        let places = Arc::clone(self);
        Place {
            places,
            number,
            leave,
        }
    }
}

/// One connection's place.
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    leave: Arc<Notify>,
}

impl Place {
    /// Returns once the place must be given up.
    pub(super) async fn must_leave(&self) {
        self.leave.notified().await;
    }

    /// Says that a request is being answered, until what is returned is dropped.
    pub(super) fn answering(&self) -> Answering {
        let mut taken = self.places.lock();
        if let Some(seat) = taken.seats.get_mut(&self.number) {
            seat.requests += 1;
            let idle = (seat.idle_since, self.number);
            taken.idle.remove(&idle);
        }
        drop(taken);
        let places = Arc::clone(&self.places);
        Answering {
            places,
            number: self.number,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(seat) = taken.seats.remove(&self.number) {
            taken.idle.remove(&(seat.idle_since, self.number));
            taken.leaving -= usize::from(seat.asked_to_leave);
        }
        drop(taken);
        self.places.changed.notify_one();
    }
}

/// A request that is being answered.
pub(super) struct Answering {
    places: Arc<Places>,
    number: u64,
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        let now = taken.count();
        if let Some(seat) = taken.seats.get_mut(&self.number) {
            seat.requests -= 1;
            if seat.requests == 0 && !seat.asked_to_leave {
                seat.idle_since = now;
                taken.idle.insert((now, self.number));
            }
        }
        drop(taken);
        self.places.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn must_leave(place: &Place) -> bool {
        place.must_leave().now_or_never().is_some()
    }

    #[tokio::test]
    async fn who_was_idle_longest_gives_way() {
        let places = Places::new(3);
        let [first, second, third] = [(); 3].map(|()| places.take());
        drop(first.answering());
        assert!(places.room().now_or_never().is_none());
        assert!(places.room().now_or_never().is_none());
        assert!(!must_leave(&first) && must_leave(&second) && !must_leave(&third));
        drop(second);
        places.room().await;
        let fourth = places.take();
        assert!(places.room().now_or_never().is_none());
        assert!(must_leave(&third) && !must_leave(&first) && !must_leave(&fourth));
    }

    #[tokio::test]
    async fn who_is_being_answered_stays() {
        let places = Places::new(2);
        let [first, second] = [(); 2].map(|()| places.take());
        let answers = (first.answering(), first.answering(), second.answering());
        assert!(places.room().now_or_never().is_none());
        assert!(!must_leave(&first) && !must_leave(&second));
        drop(answers.2);
        assert!(places.room().now_or_never().is_none());
        assert!(!must_leave(&first) && must_leave(&second));
        drop(second);
        assert!(places.room().now_or_never().is_some());
        drop((answers.0, first));
        drop(answers.1);
        let taken = places.lock();
        assert_eq!(
            (taken.seats.len(), taken.idle.len(), taken.leaving),
            (0, 0, 0)
        );
    }
}
