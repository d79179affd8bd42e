//! The transport around the transports: connections that others began and that haven't proved who they are wait here, a
//! bounded time and a bounded number. When too many wait, newcomers aren't refused: who holds a place without getting on
//! with it gives way ([`Crowd`]), so that no number of silent connections shuts anybody out.

use std::{
    collections::BTreeMap,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use futures::{
    FutureExt as _,
    future::{AbortHandle, Abortable, BoxFuture},
};
use libp2p::{
    Multiaddr, PeerId, Transport,
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, DialOpts, ListenerId, TransportError, TransportEvent},
    },
};

use super::crowd::{Crowd, Group};

type Connection = (PeerId, StreamMuxerBox);

/// See the module's documentation.
pub(super) struct Porch {
    inner: Boxed<Connection>,
    waiting: Arc<Mutex<Waiting>>,
    came: u64,
}

#[derive(Debug)]
struct Waiting {
    crowd: Crowd<u64>,
    doors: BTreeMap<u64, AbortHandle>,
}

impl Waiting {
    fn enter(&mut self, number: u64, group: Group, door: AbortHandle) {
        if let Some(leaving) = self.crowd.enter(number, group)
            && let Some(door) = self.doors.remove(&leaving)
        {
            door.abort();
        }
        self.doors.insert(number, door);
    }

    fn leave(&mut self, number: u64) {
        self.crowd.leave(number);
        self.doors.remove(&number);
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives up the place, however the handshake ends.
struct Place(Arc<Mutex<Waiting>>, u64);

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.0).leave(self.1);
    }
}

impl Porch {
    /// Around `inner`, with places for `most`.
    pub(super) fn new(inner: Boxed<Connection>, most: u32) -> Self {
        let waiting = Waiting {
            crowd: Crowd::new(usize::try_from(most).unwrap_or(usize::MAX)),
            doors: BTreeMap::new(),
        };
        Self {
            inner,
            waiting: Arc::new(Mutex::new(waiting)),
            came: 0,
        }
    }

    fn receive<F>(&mut self, upgrade: F, from: &Multiaddr) -> BoxFuture<'static, Upgraded>
    where
        F: Future<Output = Upgraded> + Send + 'static,
    {
        self.came += 1;
        let (door, registration) = AbortHandle::new_pair();
        lock(&self.waiting).enter(self.came, Group::of(from), door);
        let place = Place(Arc::clone(&self.waiting), self.came);
        let upgrade = Abortable::new(upgrade, registration);
        async move {
            let _place = place;
            upgrade
                .await
                .unwrap_or_else(|_| Err(io::Error::other("it gave way to those who came after it")))
        }
        .boxed()
    }
}

type Upgraded = Result<Connection, io::Error>;

impl Transport for Porch {
    type Output = Connection;
    type Error = io::Error;
    type ListenerUpgrade = BoxFuture<'static, Upgraded>;
    type Dial = <Boxed<Connection> as Transport>::Dial;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<Self::Error>> {
        self.inner.listen_on(id, address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.inner.remove_listener(id)
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<Self::Error>> {
        self.inner.dial(address, options)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, Self::Error>> {
        let event = std::task::ready!(Pin::new(&mut self.inner).poll(context));
        Poll::Ready(match event {
            TransportEvent::Incoming {
                listener_id,
                upgrade,
                local_addr,
                send_back_addr,
            } => TransportEvent::Incoming {
                listener_id,
                upgrade: self.receive(upgrade, &send_back_addr),
                local_addr,
                send_back_addr,
            },
            other => other.map_upgrade(|upgrade| upgrade.boxed()),
        })
    }
}
