//! What the devices of an account tell each other of who follows it: a follow notice, or an answer to a knock, comes to one.

use hearth_protocol::content::social::register;

use super::model::AppError;
use super::{App, Change};

impl App {
    /// Takes over what other devices heard, and tells them what only this one did: so all know who the friends are.
    pub(super) async fn share_followers(&self) -> Result<(), AppError> {
        let me = self.identity();
        let read = self.0.store.read(move |logs| {
            let learnt = logs.followers_told(&me)?;
            Ok((learnt, logs.untold_followers(&me)?))
        });
        let (learnt, untold) = read.await?;
        if !learnt.is_empty() {
            let learn = self.0.store.write(move |logs| {
                let mut has_news = false;
                for (follower, row) in learnt {
                    has_news |= logs.remember_follower(&me, &follower, row)?;
                }
                Ok(has_news)
            });
            // Where there is room for no more followers nothing has changed.
            if learn.await? {
                let _ = self.0.changes.send(Change::People);
            }
        }
        for (follower, value) in untold {
            let key = follower.as_bytes().to_vec();
            let told = self.set_register(register::FOLLOWER, key, Some(value));
            if let Err(error) = told.await {
                // A device that is new has no key to write with yet; one that was revoked writes no more.
                tracing::debug!(%error, "other devices aren't told of a follower");
                break;
            }
        }
        Ok(())
    }
}
