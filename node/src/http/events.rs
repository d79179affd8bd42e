//! Live events: a page that is open learns that there is news, and asks for it.

use super::connection::stopped;
use super::respond::{self, Answer};
use super::session::{SessionId, Sessions};
use super::{Site, now_ms};
use crate::app::model::Page;
use crate::app::{App, Change};
use futures::{Stream, stream};
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, watch};
use warp::Reply;
use warp::http::StatusCode;
use warp::sse::{self, Event};

/// How often a silent stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The data of a `post` event.
#[derive(Serialize)]
struct News {
    /// The newest post's `local_id`.
    newest: String,
}

/// One open page's ear.
struct Ear {
    app: App,
    changes: broadcast::Receiver<Change>,
    stopping: watch::Receiver<bool>,
    sessions: Arc<Sessions>,
    session: SessionId,
    said_bye: bool,
    /// Keeps one of the bounded number of streams.
    _place: OwnedSemaphorePermit,
}

/// Answers with events for as long as the session lasts and the server runs.
pub(super) fn listen(site: &Site, session: SessionId) -> Answer {
    let Ok(place) = Arc::clone(&site.streams).try_acquire_owned() else {
        let text = "Too many pages are open at once; this one doesn't update by itself.\n";
        return respond::plain(StatusCode::SERVICE_UNAVAILABLE, text.into());
    };
    let ear = Ear {
        app: site.app.clone(),
        changes: site.app.changes(),
        stopping: site.stopping.clone(),
        sessions: Arc::clone(&site.sessions),
        session,
        said_bye: false,
        _place: place,
    };
    let kept_alive = sse::keep_alive().interval(KEEP_ALIVE).stream(ear.events());
    sse::reply(kept_alive).into_response()
}

impl Ear {
    /// Listens in a task of its own, until the page is gone.
    fn events(mut self) -> impl Stream<Item = Result<Event, Infallible>> + Send + Sync {
        let (events, heard) = mpsc::channel(1);
        tokio::spawn(async move {
            loop {
                let event = tokio::select! {
                    () = events.closed() => return,
                    event = self.next() => event,
                };
                let Some(event) = event else { return };
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
        stream::unfold(heard, |mut heard| async move {
            let event = heard.recv().await?;
            Some((Ok(event), heard))
        })
    }

    /// The next event; `None` after the farewell.
    async fn next(&mut self) -> Option<Event> {
        if self.said_bye {
            return None;
        }
        match self.news().await {
            Some(news) => Some(
                Event::default()
                    .event("post")
                    .json_data(news)
                    .expect("a string is JSON"),
            ),
            None => {
                self.said_bye = true;
                Some(Event::default().event("bye").data("bye"))
            }
        }
    }

    /// Waits for news; `None` when there is no more to wait for.
    async fn news(&mut self) -> Option<News> {
        let newest = tokio::select! {
            biased;
            () = stopped(&mut self.stopping) => return None,
            newest = newest(&self.app, &mut self.changes) => newest?,
        };
        self.sessions
            .is_open(self.session, now_ms())
            .then_some(News { newest })
    }
}

/// Waits for the timeline to change. Whoever is slow misses changes, never the last one, and a burst
/// counts once.
async fn newest(app: &App, changes: &mut broadcast::Receiver<Change>) -> Option<String> {
    loop {
        let mut concerns = match changes.recv().await {
            Ok(change) => app.concerns_timeline(&change),
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => return None,
        };
        while let Ok(change) = changes.try_recv() {
            concerns |= app.concerns_timeline(&change);
        }
        let page = Page {
            limit: Some(1),
            before: None,
            space: None,
            list: None,
        };
        let newest = if concerns {
            app.timeline(page).await.ok()
        } else {
            None
        };
        if let Some(post) = newest.and_then(|posts| posts.into_iter().next()) {
            return Some(post.local_id);
        }
    }
}
