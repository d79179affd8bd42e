//! Whose logs are kept here: of those who are followed, with whom a space is shared, and who was asked to let one into one.

use std::collections::BTreeSet;

use hearth_keys::Identity;

use super::App;

impl App {
    /// Has the logs of these kept here if there is a reason to, else not any longer.
    pub(super) async fn review_care(&self, who: impl IntoIterator<Item = Identity>) {
        // Whoever changed a reason comes here afterwards, one at a time: so the last word is what holds.
        let _turn = self.0.caring.lock().await;
        for who in who {
            let is_needed = self.authors().contains(&who)
                || self.shared().contains(&who)
                || self.asked().contains(&who);
            self.0.replication.care(who, is_needed).await;
        }
    }

    /// Has the logs of these kept here, of those with whom spaces are shared, instead of whom it was before.
    pub(super) async fn share_with(&self, needed: BTreeSet<Identity>) {
        let before = std::mem::replace(&mut *self.shared(), needed.clone());
        let changed = before.symmetric_difference(&needed).copied();
        self.review_care(changed).await;
    }

    /// Has the logs of people kept here from now on, who are about to share a space.
    pub(super) async fn care_for(&self, who: &BTreeSet<Identity>) {
        let me = self.identity();
        let new = who.iter().copied().filter(|who| *who != me);
        self.shared().extend(new.clone());
        self.review_care(new).await;
    }

    /// Has the logs of these kept here, who were asked to let this account into a space, instead of whom it was before.
    pub(crate) async fn wait_for(&self, inviters: BTreeSet<Identity>) {
        let before = std::mem::replace(&mut *self.asked(), inviters.clone());
        let changed = before.symmetric_difference(&inviters).copied();
        self.review_care(changed).await;
    }
}
