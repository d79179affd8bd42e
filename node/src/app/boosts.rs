//! Boosts: posts that one's readers may want to see.

use crate::said::said;
use hearth_protocol::content::{Boost, Content, Reference};
use hearth_protocol::space::Space;

use super::model::{self, AppError};
use super::social::person;
use super::{App, bad_request, newer_than};

impl App {
    /// Boosts a post, for those who can read it anyway, or takes that back.
    pub(crate) async fn boost(&self, id: &str, on: bool) -> Result<model::Post, AppError> {
        let post = self.seen(id).await?;
        if on && matches!(post.space, Space::Private(_)) {
            return Err(bad_request(said!(
                "boost-private",
                "this post is for yourself alone, and nobody would see that you boost it"
            )));
        }
        let target = Reference {
            place: post.place,
            id: post.id,
        };
        let me = self.identity();
        let said = self
            .0
            .store
            .read(move |logs| logs.boost(&me, &target.id))
            .await?;
        let (said_ms, held) = said;
        if held != on {
            let boost = Content::Boost(Boost { target, on });
            self.write_beside(&post, newer_than(said_ms), boost).await?;
        }
        self.post_by_id(id).await
    }

    /// Who boosts a post, by key.
    pub(crate) async fn boosters(&self, id: &str) -> Result<Vec<model::Person>, AppError> {
        let (me, post) = (self.identity(), self.seen(id).await?);
        let read = self.0.store.read(move |logs| {
            let boosters = logs.boosters(&me, &post, &*logs.hidden(&me)?)?;
            boosters.iter().map(|who| person(logs, &me, who)).collect()
        });
        Ok(read.await?)
    }
}
