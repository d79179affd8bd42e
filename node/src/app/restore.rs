//! Coming back with a phrase, as the page, the API and the command line ask for it.

use crate::said::said;
use hearth_keys::{Identity, Phrase};
use hearth_protocol::content::{Content, FollowState};
use hearth_protocol::entry::Place;
use hearth_protocol::link::PeerLink;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::model::{AppError, ErrorKind};
use super::{App, Change, bad_request};
use crate::network::Address;
use crate::replication::unix_ms;
use crate::restore::{Request, Status, Way};
use crate::store::StoreError;
use crate::store::logs::{Logs, Stored};

/// More entries of its own than an account has that nobody has used.
const UNUSED_ENTRIES_MAX: u64 = 16;
/// Links that one restore may begin with.
const LINKS_MAX: usize = 16;

/// What somebody with a phrase asks of a home that nobody has used.
#[derive(Deserialize)]
pub(crate) struct RestoreWish {
    /// The 24 words.
    #[serde(deserialize_with = "wiped")]
    pub(crate) phrase: Zeroizing<String>,
    /// Links of friends.
    #[serde(default)]
    pub(crate) via: Vec<String>,
    /// The snapshot's number, or the beginning of its id; the newest unless given.
    #[serde(default)]
    pub(crate) snapshot: Option<String>,
    /// Whether the old device is in foreign hands.
    #[serde(default)]
    pub(crate) stolen: bool,
}

fn wiped<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(from).map(Zeroizing::new)
}

/// Whose account the node is about to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RestoreBegun {
    /// `hearth1…`
    pub(crate) identity: String,
}

/// Reads what somebody with a phrase typed.
///
/// # Errors
/// A wrong phrase or link.
pub(crate) fn request_of(wish: RestoreWish) -> Result<Request, AppError> {
    let phrase = Phrase::parse(&wish.phrase).map_err(|error| bad_request(&error))?;
    if wish.via.len() > LINKS_MAX {
        return Err(bad_request(said!(
            "too-many-links",
            "at most {most} links can be tried",
            most = LINKS_MAX
        )));
    }
    let links = wish.via.iter().map(|link| link.trim());
    let links = links.filter(|link| !link.is_empty());
    let links: Result<Vec<PeerLink>, _> = links.map(str::parse).collect();
    Ok(Request {
        phrase,
        way: Way::Friends(links.map_err(|error| bad_request(&error))?),
        snapshot: wish.snapshot,
        is_stolen: wish.stolen,
    })
}

impl App {
    /// How far the restore of this home is, or what came of it; `None` where there never was one.
    pub(crate) fn restore_status(&self) -> Option<Status> {
        self.0.restoring.status()
    }

    /// Whether this account was never used: it holds nothing but its first entries, follows nobody and is followed by
    /// nobody. Only such a home can become somebody else.
    pub(crate) async fn is_unused(&self) -> Result<bool, AppError> {
        if self.restore_status().is_some() || !self.follows().is_empty() {
            return Ok(false);
        }
        let me = self.identity();
        let read = self.0.store.read(move |logs| is_unused(logs, &me));
        Ok(read.await?)
    }

    /// Becomes the account of a phrase, and brings back what friends keep for it: the node begins once more, in the same
    /// process.
    ///
    /// # Errors
    /// A wrong phrase or link; an account that was used.
    pub(crate) async fn restore(&self, wish: RestoreWish) -> Result<RestoreBegun, AppError> {
        let request = request_of(wish)?;
        if !self.is_unused().await? {
            let kind = ErrorKind::BadRequest;
            let message = said!(
                "home-taken",
                "this server is somebody already: start Hearth on another machine, or in another, \
                 empty folder, open its page, and choose “I have a phrase” there"
            );
            return Err(AppError { kind, message });
        }
        let identity = request.phrase.root().identity().to_string();
        self.0.restoring.wish(request);
        Ok(RestoreBegun { identity })
    }

    /// Tries the addresses in links until they lead to somebody, now and after the next start.
    pub(crate) async fn try_links(&self, links: &[PeerLink]) {
        for text in links.iter().flat_map(|link| &link.via) {
            let Ok(route) = text.parse::<Address>() else {
                tracing::warn!(address = %text, "an address in a link can't be dialled");
                continue;
            };
            let text = route.to_string();
            let remember = move |logs: &mut Logs| logs.remember_route(&text, unix_ms());
            if let Err(error) = self.0.store.write(remember).await {
                tracing::warn!(%error, "an address isn't remembered");
            }
            self.0.replication.route(route).await;
        }
    }

    /// Makes known what came back into logs: to replication, which has nothing to pass on of it, and to open pages.
    pub(crate) async fn came_back(&self, mut stored: Vec<Stored>) {
        let identities: Vec<Identity> = stored
            .iter()
            .filter(|stored| stored.shows)
            .map(|stored| stored.log.identity)
            .collect();
        stored.iter_mut().for_each(|stored| stored.push = None);
        self.0.replication.committed(stored).await;
        if let Some(identity) = identities.into_iter().next() {
            let _ = self.0.changes.send(Change::Entries { identity });
        }
    }

    /// Cares for whom the account's logs say that it follows: what comes back, or another device wrote, counts as if it had
    /// been said here.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn review_follows(&self) -> Result<(), AppError> {
        let me = self.identity();
        let said = self.0.store.read(move |logs| logs.follows(&me)).await?;
        let changed: Vec<(Identity, FollowState)> = {
            let mut follows = self.follows();
            let differs = |(identity, state): &(&Identity, &FollowState)| {
                follows.get(*identity).copied().unwrap_or_default() != **state
            };
            let changed = said.iter().filter(differs);
            let changed = changed.map(|(identity, state)| (*identity, *state));
            let changed = changed.collect();
            follows.extend(&said);
            changed
        };
        for (identity, state) in changed {
            self.tell_of_following(identity, state).await?;
        }
        Ok(())
    }

    /// How somebody is called here: their name, else the beginning of their key.
    pub(crate) async fn called(&self, identity: Identity) -> String {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let name = logs.profile(&identity)?.name;
            if !name.is_empty() {
                return Ok(name);
            }
            let told = logs.followers(&me)?.into_iter();
            let mut told = told.filter(|follower| follower.identity == identity);
            Ok(told
                .next()
                .map(|follower| follower.name)
                .unwrap_or_default())
        });
        match read.await {
            Ok(name) if !name.is_empty() => name,
            _ => identity.to_string(),
        }
    }
}

fn is_unused(logs: &Logs, me: &Identity) -> Result<bool, StoreError> {
    if !logs.followers(me)?.is_empty() {
        return Ok(false);
    }
    for (log, state) in logs.logs().filter(|(log, _)| log.identity == *me) {
        for range in state.ranges() {
            if range.lo > 0 || range.hi >= UNUSED_ENTRIES_MAX {
                return Ok(false);
            }
            for seq in range.lo..=range.hi {
                let place = Place { log: *log, seq };
                if !is_first_entry(logs.content(&place)?.as_ref()) {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// Whether it is of a kind that a device writes by itself when it begins.
fn is_first_entry(content: Option<&Content>) -> bool {
    matches!(
        content,
        Some(Content::KeyGrant(_) | Content::Inbox(_) | Content::Profile(_))
    )
}
