//! Live events: a page that is open learns that there is news, and asks for it.
//!
//! One task, the herald, hears what changes and writes each event once; every open page is only a place to read it from, with
//! neither a task nor a queue of its own. Whoever is slow misses events, never the last one.

use super::connection::stopped;
use super::respond::{self, Answer};
use super::session::{SessionId, Sessions};
use super::{Site, now_ms};
use crate::app::model::Page;
use crate::app::{App, Change};
use futures::{Stream, stream};
use hyper::body::Bytes;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};
use warp::Reply;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

/// How often a silent stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long nothing more is told after news: a burst is told twice, not a hundred times to a thousand pages.
const REST: Duration = Duration::from_millis(200);
const STILL_HERE: &[u8] = b":\n\n";
const FAREWELL: &[u8] = b"event:bye\ndata:bye\n\n";

/// The data of a `post` event.
#[derive(Serialize)]
struct News {
    /// The newest post's `local_id`.
    newest: String,
}

/// The data of an `unread` event.
#[derive(Serialize)]
struct Unread {
    /// How much the reader is told and hasn't read, up to 99.
    unread: u64,
}

/// What was told last.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// How often there was news.
    times: u64,
    /// The last news, as it stands on the wire.
    news: Bytes,
}

/// Tells all open pages what is new, until the server stops.
pub(super) async fn herald(
    app: App,
    told: watch::Sender<Told>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut changes = app.changes();
    let mut unread: Option<u64> = None;
    let mut beat = interval(KEEP_ALIVE);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let heard = tokio::select! {
            biased;
            () = stopped(&mut stopping) => return,
            heard = changes.recv() => heard,
            _ = beat.tick() => {
                told.send_modify(|_| {});
                continue;
            }
        };
        let Some(concerns) = is_news(&app, heard, &mut changes) else {
            return;
        };
        if told.receiver_count() == 0 {
            // Who comes meanwhile brings a page of their own.
            unread = None;
            continue;
        }
        let mut news = String::new();
        if let Ok(now) = app.unread_notifications().await
            && unread.replace(now) != Some(now)
        {
            news.push_str(&written("unread", &Unread { unread: now }));
        }
        if concerns && let Some(post) = newest(&app).await {
            news.push_str(&written("post", &post));
        }
        if !news.is_empty() {
            told.send_modify(|told| {
                told.times += 1;
                told.news = news.into();
            });
            tokio::select! {
                () = stopped(&mut stopping) => return,
                () = sleep(REST) => {}
            }
        }
    }
}

/// Whether what was heard, and all that came with it, changes the timeline; `None` when nothing will any more.
fn is_news(
    app: &App,
    heard: Result<Change, RecvError>,
    changes: &mut broadcast::Receiver<Change>,
) -> Option<bool> {
    let mut concerns = match heard {
        Ok(change) => app.concerns_timeline(&change),
        Err(RecvError::Lagged(_)) => true,
        Err(RecvError::Closed) => return None,
    };
    while let Ok(change) = changes.try_recv() {
        concerns |= app.concerns_timeline(&change);
    }
    Some(concerns)
}

async fn newest(app: &App) -> Option<News> {
    let page = Page {
        limit: Some(1),
        before: None,
        space: None,
        list: None,
    };
    let post = app.timeline(page).await.ok()?.into_iter().next()?;
    Some(News {
        newest: post.local_id,
    })
}

fn written(kind: &str, news: &impl Serialize) -> String {
    let data = serde_json::to_string(news).expect("strings and numbers are JSON");
    format!("event:{kind}\ndata:{data}\n\n")
}

/// One open page's ear.
struct Ear {
    told: watch::Receiver<Told>,
    /// How often there was news when it last listened.
    times: u64,
    sessions: Arc<Sessions>,
    session: SessionId,
    /// Keeps one of the bounded number of streams.
    _place: OwnedSemaphorePermit,
}

/// Answers with events for as long as the session lasts and the server runs.
pub(super) fn listen(site: &Site, session: SessionId) -> Answer {
    let Ok(place) = Arc::clone(&site.streams).try_acquire_owned() else {
        let text = "Too many pages are open at once; this one doesn't update by itself.\n";
        return respond::plain(StatusCode::SERVICE_UNAVAILABLE, text.into());
    };
    let told = site.told.clone();
    let times = told.borrow().times;
    let ear = Ear {
        told,
        times,
        sessions: Arc::clone(&site.front.sessions),
        session,
        _place: place,
    };
    let mut answer = warp::reply::stream(ear.events()).into_response();
    let headers = answer.headers_mut();
    let kind = HeaderValue::from_static("text/event-stream");
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

impl Ear {
    /// What is told from now on; the last is a farewell.
    fn events(mut self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + Sync {
        self.told.mark_unchanged();
        stream::unfold(Some(self), |ear| async {
            let mut ear = ear?;
            match ear.next().await {
                Some(event) => Some((Ok(event), Some(ear))),
                None => Some((Ok(Bytes::from_static(FAREWELL)), None)),
            }
        })
    }

    /// Waits for the next event; `None` when the server stops or the session has ended.
    async fn next(&mut self) -> Option<Bytes> {
        self.told.changed().await.ok()?;
        if !self.sessions.is_open(self.session, now_ms()) {
            return None;
        }
        let told = self.told.borrow_and_update();
        if told.times == self.times {
            return Some(Bytes::from_static(STILL_HERE));
        }
        self.times = told.times;
        Some(told.news.clone())
    }
}
