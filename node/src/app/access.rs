//! The access log, as its owner reads it.

use crate::said::said;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hearth_keys::Identity;
use serde::Deserialize;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use super::model::{AccessHours, AccessLog, AccessRow, AppError};
use super::people::parse_key;
use super::{App, Change, bad_request};
use crate::access::{Access, Asked, Class, Row, Who, Whose, of_hour};
use crate::network::Peer;
use crate::replication::unix_ms;

/// Rows that are given where nobody says how many, and at most.
const ROWS_DEFAULT: usize = 50;
const ROWS_MAX: usize = 1000;
/// Hours that are given at most: those of the longest time that the log can go back.
const HOURS_MAX: u64 = 365 * 24;
/// The shortest time between two looks at whom the account knows.
const REVIEW_PAUSE: Duration = Duration::from_millis(500);
const HOUR_MS: u64 = 60 * 60 * 1000;

/// What is asked of the access log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessAsked {
    /// Only what came since, ms since 1970.
    #[serde(default)]
    pub(crate) since_ms: u64,
    /// Whose: a key, or `me`, `friends`, `visitors`, `strangers`, `web`, `peers`.
    pub(crate) who: Option<String>,
    /// How many rows at most.
    pub(crate) limit: Option<u64>,
    /// Only rows before this one.
    #[serde(default)]
    pub(crate) before: u64,
    /// For how many past hours, this one included, to say how much there was.
    #[serde(default)]
    pub(crate) hours: u64,
}

impl App {
    /// Where it is noted who asks for what.
    pub(crate) fn noted(&self) -> &Access {
        &self.0.access
    }

    /// Takes over what the owner chose, before the first request is answered.
    pub(crate) async fn begin_access_log(&self) -> Result<(), AppError> {
        let days = self.access_days().await?;
        self.0.access.begin_with(days).await;
        self.tell_whom_it_knows();
        Ok(())
    }

    /// Lets the access log go back as far as the setting says.
    pub(super) async fn keep_access_log_for_days(&self) -> Result<(), AppError> {
        let days = self.access_days().await?;
        self.0.access.keep_for(days).await;
        Ok(())
    }

    fn tell_whom_it_knows(&self) {
        let mut known: BTreeSet<Identity> = self.followed();
        known.extend(self.shared().iter());
        self.0.access.knows(known);
    }

    /// Keeps up with whom the account knows, and with what its other devices chose.
    pub(crate) async fn keep_access_log(self) {
        let me = self.identity();
        let mut changes = self.changes();
        loop {
            self.tell_whom_it_knows();
            match changes.recv().await {
                Ok(Change::Entries { identity }) if identity != me => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            if let Err(error) = self.keep_access_log_for_days().await {
                tracing::debug!(%error, "how long the access log is kept can't be read");
            }
            // What comes together is looked at together.
            tokio::time::sleep(REVIEW_PAUSE).await;
            while let Ok(_) | Err(TryRecvError::Lagged(_)) = changes.try_recv() {}
        }
    }

    /// Who asked for what.
    pub(crate) async fn access(&self, asked: AccessAsked) -> Result<AccessLog, AppError> {
        let limit = match asked.limit.map(usize::try_from) {
            None => ROWS_DEFAULT,
            Some(Ok(limit)) if (1..=ROWS_MAX).contains(&limit) => limit,
            Some(_) => {
                return Err(bad_request(said!(
                    "access-rows",
                    "ask for 1 to {most} rows at once",
                    most = ROWS_MAX
                )));
            }
        };
        if asked.hours > HOURS_MAX {
            return Err(bad_request(said!(
                "access-hours",
                "ask for {most} hours at most",
                most = HOURS_MAX
            )));
        }
        let page = self.0.access.rows(Asked {
            since_ms: asked.since_ms,
            before: asked.before,
            limit,
            whose: whose(asked.who.as_deref().unwrap_or_default())?,
        });
        let page = page.await;
        let hours = match asked.hours {
            0 => None,
            hours => Some(self.access_hours(hours).await),
        };
        let names = self.names_of_rows(&page.rows).await?;
        Ok(AccessLog {
            days: self.0.access.days(),
            rows: page.rows.iter().map(|one| row(one, &names)).collect(),
            next: page.next,
            hours,
        })
    }

    async fn access_hours(&self, hours: u64) -> AccessHours {
        let last = unix_ms() / HOUR_MS;
        let first = (last + 1).saturating_sub(hours);
        let sums = self.0.access.hours(first, last).await;
        let of = |class| {
            let counts = sums.iter().map(|hour| of_hour(hour, class).count);
            counts.collect()
        };
        AccessHours {
            from_ms: first * HOUR_MS,
            me: of(Class::Me),
            friends: of(Class::Friends),
            visitors: of(Class::Visitors),
            strangers: of(Class::Strangers),
        }
    }

    async fn names_of_rows(&self, rows: &[Row]) -> Result<BTreeMap<Identity, String>, AppError> {
        let identities = rows.iter().filter_map(|row| match &row.who {
            Who::Peer { identity, .. } => *identity,
            _ => None,
        });
        self.names_of(identities.collect()).await
    }

    /// What people are called; of those without a name there is none.
    pub(super) async fn names_of(
        &self,
        identities: BTreeSet<Identity>,
    ) -> Result<BTreeMap<Identity, String>, AppError> {
        let me = self.identity();
        let names = self.0.store.read(move |logs| {
            let name = |identity| Ok((identity, logs.name_of(&me, &identity)?));
            identities.into_iter().map(name).collect()
        });
        Ok(names.await?)
    }
}

fn whose(text: &str) -> Result<Whose, AppError> {
    Ok(match text {
        "" | "all" => Whose::All,
        "web" => Whose::Web,
        "peers" => Whose::Peers,
        text => match Class::ALL.into_iter().find(|class| class.name() == text) {
            Some(class) => Whose::Class(class),
            None => Whose::Person(parse_key(text).map_err(|_| {
                bad_request(
                    said!("access-who", "name somebody by their key, or say me, friends, visitors, strangers, web or peers"),
                )
            })?),
        },
    })
}

fn row(row: &Row, names: &BTreeMap<Identity, String>) -> AccessRow {
    let mut told = AccessRow {
        number: row.number,
        from_ms: row.from_ms,
        to_ms: row.to_ms,
        class: row.who.class().name().to_owned(),
        who: String::new(),
        identity: None,
        name: None,
        peer: None,
        network: None,
        agent: None,
        by_name: false,
        what: row.kind.name().to_owned(),
        about: Some(row.about.clone()).filter(|about| !about.is_empty()),
        outcome: row.outcome.name().to_owned(),
        count: row.count,
        items: row.items,
        bytes: row.bytes,
    };
    let who = match &row.who {
        Who::Owner(client) | Who::Visitor(client) => {
            told.network = client.net.map(|net| net.to_string());
            told.agent = Some(client.agent.clone()).filter(|agent| !agent.is_empty());
            told.by_name = client.by_name;
            match &row.who {
                Who::Owner(_) => "browser",
                _ => "visitor",
            }
        }
        Who::Command => "command",
        Who::Visitors | Who::Strangers => "many",
        Who::Peer { peer, identity, .. } => {
            told.peer = Peer::from_bytes(peer).ok().map(|peer| peer.to_string());
            told.identity = identity.map(|identity| identity.to_string());
            let name = identity.and_then(|identity| names.get(&identity).cloned());
            told.name = name.filter(|name| !name.is_empty());
            "node"
        }
    };
    told.who = who.to_owned();
    told
}
