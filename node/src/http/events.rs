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
/// The site keeps one, of which those of pages are made.
const EARS_OF_THE_SITE: usize = 1;
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

/// What was told last of one kind.
#[derive(Debug, Clone, Default)]
struct Said {
    /// How often there was something to tell.
    times: u64,
    /// The last of it, as it stands on the wire.
    event: Bytes,
}

impl Said {
    fn say(&mut self, event: Bytes) {
        self.times += 1;
        self.event = event;
    }
}

/// What was told last: one of each kind, so that who is slow misses none of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Told([Said; 2]);

const UNREAD: usize = 0;
const POST: usize = 1;

impl Told {
    fn times(&self) -> [u64; 2] {
        self.0.each_ref().map(|said| said.times)
    }

    /// What is new to who listened last when each was told so often.
    fn since(&self, before: [u64; 2]) -> Bytes {
        let both = self.0.iter().zip(before);
        let mut new = both.filter(|(said, times)| said.times != *times);
        match (new.next(), new.next()) {
            (Some((one, _)), Some((other, _))) => [&one.event[..], &other.event].concat().into(),
            (Some((one, _)), None) => one.event.clone(),
            (None, _) => Bytes::new(),
        }
    }
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
        if told.receiver_count() <= EARS_OF_THE_SITE {
            // Who comes meanwhile brings a page of their own.
            unread = None;
            continue;
        }
        let mut news = [const { None }; 2];
        if let Ok(now) = app.unread_notifications().await
            && unread.replace(now) != Some(now)
        {
            news[UNREAD] = Some(written("unread", &Unread { unread: now }));
        }
        if concerns && let Some(post) = newest(&app).await {
            news[POST] = Some(written("post", &post));
        }
        if news.iter().any(Option::is_some) {
            told.send_modify(|told| {
                for (said, event) in told.0.iter_mut().zip(news) {
                    event.into_iter().for_each(|event| said.say(event));
                }
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

fn written(kind: &str, news: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(news).expect("strings and numbers are JSON");
    format!("event:{kind}\ndata:{data}\n\n").into()
}

/// One open page's ear.
struct Ear {
    told: watch::Receiver<Told>,
    /// How often there was something to tell when it last listened.
    times: [u64; 2],
    /// What is told first.
    first: Option<Bytes>,
    sessions: Arc<Sessions>,
    session: SessionId,
    /// Keeps one of the bounded number of streams.
    _place: OwnedSemaphorePermit,
}

/// Answers with events for as long as the session lasts and the server runs.
pub(super) async fn listen(site: &Site, session: SessionId) -> Answer {
    let Ok(place) = Arc::clone(&site.streams).try_acquire_owned() else {
        let text = "Too many pages are open at once; this one doesn't update by itself.\n";
        return respond::plain(StatusCode::SERVICE_UNAVAILABLE, text.into());
    };
    let mut told = site.told.clone();
    // In one step: what is told from here on wakes it.
    let times = told.borrow_and_update().times();
    // Something may have been told since the page was made.
    let unread = site.app.unread_notifications().await;
    let unread = unread.map(|unread| written("unread", &Unread { unread }));
    let ear = Ear {
        told,
        times,
        first: unread.ok(),
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
    fn events(self) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + Sync {
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
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        self.told.changed().await.ok()?;
        if !self.sessions.is_open(self.session, now_ms()) {
            return None;
        }
        let told = self.told.borrow_and_update();
        let before = std::mem::replace(&mut self.times, told.times());
        let news = told.since(before);
        Some(if news.is_empty() {
            Bytes::from_static(STILL_HERE)
        } else {
            news
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_slow_misses_no_kind_of_news() {
        let mut told = Told::default();
        let before = told.times();
        assert!(told.since(before).is_empty());
        told.0[POST].say("post;".into());
        told.0[UNREAD].say("1;".into());
        told.0[UNREAD].say("2;".into());
        assert_eq!(told.since(before), "2;post;");
        let then = told.times();
        told.0[UNREAD].say("3;".into());
        assert_eq!(told.since(then), "3;");
        assert_eq!(told.since(before), "3;post;");
    }
}
