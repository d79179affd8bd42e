//! Friends who keep each other's data.

use crate::said::said;
use hearth_keys::Identity;
use hearth_protocol::bounds::PLEDGE_BYTES_MAX;
use hearth_protocol::content::{Content, Pledge};

use super::model::{AppError, Guardian, PledgeGiven};
use super::people::parse_key;
use super::{App, bad_request, newer_than};
use crate::store::logs::Draft;

impl App {
    /// Promises to keep up to `bytes` of somebody's data, from now on; 0 ends it.
    pub(crate) async fn pledge(&self, key: &str, bytes: u64) -> Result<PledgeGiven, AppError> {
        let (to, me) = (parse_key(key)?, self.identity());
        if to == me {
            return Err(bad_request(said!(
                "own-key-pledge",
                "this is your own key: pledge space to a friend, and ask them to do the same for you"
            )));
        }
        if bytes > PLEDGE_BYTES_MAX {
            return Err(bad_request(said!(
                "pledge-too-large",
                "nobody has so much space to pledge"
            )));
        }
        let last = self.0.store.read(move |logs| {
            let last = logs.pledge(&me, &to)?;
            Ok((last, logs.pledge_time_ms(&me, &to)?))
        });
        let (last, last_ms) = last.await?;
        if last != bytes {
            let content = Content::Pledge(Pledge { to, bytes });
            let draft = Draft::private(newer_than(last_ms), content);
            self.write_one(false, draft).await?;
            self.0.guard.review();
            let _ = self.0.changes.send(super::Change::People);
        }
        Ok(PledgeGiven {
            to: to.to_string(),
            bytes,
        })
    }

    /// Who keeps how much for this account, and for whom it keeps how much.
    pub(crate) async fn guardians(&self) -> Result<Vec<Guardian>, AppError> {
        let me = self.identity();
        let states = self.0.guard.guardians().await?;
        let whose: Vec<Identity> = states.iter().map(|state| state.identity).collect();
        let names = self.0.store.read(move |logs| {
            let name = |identity| logs.name_of(&me, identity);
            whose.iter().map(name).collect::<Result<Vec<String>, _>>()
        });
        let names = names.await?;
        let guardian = |(state, name): (crate::guardian::GuardianState, String)| Guardian {
            identity: state.identity.to_string(),
            name,
            pledged_to_me: state.pledged_to_me,
            used_by_me: state.used_by_me,
            pledged_by_me: state.pledged_by_me,
            used_on_me: state.used_on_me,
            last_seen_ms: state.last_seen_ms.unwrap_or(0),
            ends_ms: state.ends_ms,
        };
        Ok(states.into_iter().zip(names).map(guardian).collect())
    }
}
