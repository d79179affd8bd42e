//! Spaces: which there are, who is in them, and for whom something is written.

use crate::said::said;
use std::collections::BTreeSet;

use hearth_keys::Identity;
use hearth_protocol::bounds::NAME_BYTES_MAX;
use hearth_protocol::content::Content;
use hearth_protocol::space::{Space, SpaceId, SpaceKind};

use super::model::{AppError, Audience, SpaceInfo, Wish};
use super::people::parse_key;
use super::settings::DefaultAudience;
use super::{App, bad_request, not_found, to_the_end};
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::logs::{Logs, Written};
use crate::store::timeline::SeenPost;
use crate::store::writing::{Change, Outcome, Placed, Refusal};

mod info;

use info::{info_of, spaces_of};
pub(super) use info::{members_of, shown_name, shows_name};
pub(super) use info::{name_of, person};

/// Names that a warning lists before it counts.
const NAMES_LISTED_MAX: usize = 5;

impl App {
    /// The spaces of this account: those that everybody has, then the shared ones, then conversations.
    pub(crate) async fn spaces(&self) -> Result<Vec<SpaceInfo>, AppError> {
        let me = self.identity();
        let spaces = self.0.store.read(move |logs| {
            let spaces = spaces_of(logs, &me);
            spaces
                .iter()
                .map(|space| info_of(logs, &me, space))
                .collect()
        });
        Ok(spaces.await?)
    }

    /// A space, by its id, its name, somebody's key for the conversation with them, or `public`, `friends`, `private`.
    pub(crate) async fn space(&self, name_or_id: &str) -> Result<SpaceInfo, AppError> {
        let space = self.named_space(name_or_id).await?;
        self.info(space).await
    }

    async fn info(&self, space: Space) -> Result<SpaceInfo, AppError> {
        let me = self.identity();
        let info = self.0.store.read(move |logs| info_of(logs, &me, &space));
        Ok(info.await?)
    }

    /// Founds a space.
    pub(crate) async fn space_create(
        &self,
        name: &str,
        members: Vec<String>,
    ) -> Result<SpaceInfo, AppError> {
        check_name(name)?;
        let members = members.iter().map(|key| parse_key(key));
        let members = members.collect::<Result<BTreeSet<Identity>, _>>()?;
        self.care_for(&members).await;
        let (me, name) = (self.identity(), name.to_owned());
        let founded = self
            .in_one_job(move |logs| {
                let founded = logs.found_space(&me, &name, &members, unix_ms())?;
                Ok(founded.map(|(space, placed)| (placed, space)))
            })
            .await?;
        let (placed, space) = founded;
        self.changed(space, &placed).await
    }

    /// Adds somebody to a space; `with_past` lets them read what was written before.
    pub(crate) async fn space_add(
        &self,
        space: &str,
        key: &str,
        with_past: bool,
    ) -> Result<SpaceInfo, AppError> {
        let members = BTreeSet::from([parse_key(key)?]);
        self.care_for(&members).await;
        let change = Change::Add { members, with_past };
        self.change_space(space, change).await
    }

    /// Takes somebody out of a space.
    pub(crate) async fn space_remove(&self, space: &str, key: &str) -> Result<SpaceInfo, AppError> {
        self.change_space(space, Change::Remove(parse_key(key)?))
            .await
    }

    /// Makes a member an admin.
    pub(crate) async fn space_promote(
        &self,
        space: &str,
        key: &str,
    ) -> Result<SpaceInfo, AppError> {
        self.change_space(space, Change::Promote(parse_key(key)?))
            .await
    }

    /// Calls a space something else.
    pub(crate) async fn space_rename(
        &self,
        space: &str,
        name: &str,
    ) -> Result<SpaceInfo, AppError> {
        check_name(name)?;
        self.change_space(space, Change::Rename(name.to_owned()))
            .await
    }

    /// Goes out of a space.
    pub(crate) async fn space_leave(&self, space: &str) -> Result<SpaceInfo, AppError> {
        self.change_space(space, Change::Leave).await
    }

    /// Changes a shared space; G's invites add people by it as well.
    pub(crate) async fn change_space(
        &self,
        space: &str,
        change: Change,
    ) -> Result<SpaceInfo, AppError> {
        let (me, space) = (self.identity(), self.named_space(space).await?);
        if space.kind() != SpaceKind::Shared {
            return Err(refused(&Refusal::NotShared));
        }
        let (placed, ()) = self
            .in_one_job(move |logs| {
                let placed = logs.change_space(&me, &space, change, unix_ms())?;
                Ok(placed.map(|placed| (placed, ())))
            })
            .await?;
        self.changed(space, &placed).await
    }

    async fn changed(&self, space: Space, placed: &Placed) -> Result<SpaceInfo, AppError> {
        let mut info = self.info(space).await?;
        let unreached = placed.unreached.clone();
        info.warnings = self.unreached(unreached, "be in it").await?;
        info.without_past = !placed.without_past.is_empty();
        if info.without_past {
            let names = self.names(placed.without_past.clone()).await?;
            info.warnings.push(format!(
                "{names} can't read what was written before: keys of it haven't come here, so they couldn't be handed over. Once they have come, remove them and add them again, or let another admin do so"
            ));
        }
        Ok(info)
    }

    /// Runs a job that writes into a space, waits until all of it is durable, and passes it on.
    pub(super) async fn in_one_job<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Logs) -> Outcome<(Placed, T)> + Send + 'static,
    ) -> Result<(Placed, T), AppError> {
        let app = self.clone();
        to_the_end(async move {
            let outcome = app.0.store.write(job).await?;
            let (placed, rest) = outcome.map_err(|refusal| refused(&refusal))?;
            Ok((app.passed_on(placed).await, rest))
        })
        .await
    }

    async fn passed_on(&self, mut placed: Placed) -> Placed {
        self.pass_on(std::mem::take(&mut placed.stored)).await;
        placed
    }

    /// Writes contents into a space, each with the time that it claims.
    pub(super) async fn write_in(
        &self,
        space: Space,
        contents: Vec<(u64, Content)>,
    ) -> Result<Placed, AppError> {
        let app = self.clone();
        to_the_end(async move {
            let (me, store) = (app.identity(), &app.0.store);
            let outcome = store.write_in(me, space, contents, unix_ms()).await?;
            let placed = outcome.map_err(|refusal| refused(&refusal))?;
            Ok(app.passed_on(placed).await)
        })
        .await
    }

    /// Writes about a post where that post is: who could read it, reads this.
    pub(super) async fn write_beside(
        &self,
        post: &SeenPost,
        time_ms: u64,
        content: Content,
    ) -> Result<Written, AppError> {
        let placed = self.write_in(post.space, vec![(time_ms, content)]).await?;
        let written = placed.written.into_iter().next();
        written.ok_or_else(|| super::failed(said!("nothing-written", "nothing was written")))
    }

    /// Where a post goes: where its writer wishes, else where the post is that it answers, else as settings say, which is
    /// to friends unless somebody chose otherwise.
    pub(super) async fn whither(
        &self,
        wish: Option<&Wish>,
        parent: Option<&SeenPost>,
    ) -> Result<Space, AppError> {
        let me = self.identity();
        match (wish, parent) {
            (None, Some(parent)) => Ok(parent.space),
            (None, None) => Ok(match self.default_audience().await? {
                DefaultAudience::Friends => Space::Friends(me),
                DefaultAudience::Public => Space::Public,
                DefaultAudience::Private => Space::Private(me),
            }),
            (Some(Wish::Friends), _) => Ok(Space::Friends(me)),
            (Some(Wish::Public), _) => Ok(Space::Public),
            (Some(Wish::Private), _) => Ok(Space::Private(me)),
            (Some(Wish::To(key)), _) => {
                let other = parse_key(key)?;
                if self.is_blocked(other).await? {
                    return Err(bad_request(said!(
                        "blocked-by-me",
                        "you block them: end that first, with `hearth block KEY --undo`"
                    )));
                }
                Ok(Space::direct(me, other))
            }
            (Some(Wish::Space(text)), _) => self.named_space(text).await,
        }
    }

    /// The space that a text names.
    pub(super) async fn named_space(&self, text: &str) -> Result<Space, AppError> {
        let me = self.identity();
        match text {
            "public" => return Ok(Space::Public),
            "friends" => return Ok(Space::Friends(me)),
            "private" => return Ok(Space::Private(me)),
            key if key.starts_with("hearth1") => return Ok(Space::direct(me, parse_key(key)?)),
            _ => {}
        }
        let (id, name) = (text.parse::<SpaceId>().ok(), text.to_owned());
        let found = self.0.store.read(move |logs| {
            let mut found = Vec::new();
            for space in spaces_of(logs, &me) {
                let is_meant = match id {
                    Some(id) => space.id() == id,
                    None => name_of(logs, &me, &space)? == name,
                };
                if is_meant {
                    found.push(space);
                }
            }
            if let (true, Some(id)) = (found.is_empty(), id) {
                // Other people's friends: one reads there, and answers.
                found.extend(logs.known_spaces().find(|space| space.id() == id).copied());
            }
            Ok(found)
        });
        let found = found.await?;
        match found[..] {
            [space] => Ok(space),
            [] => Err(not_found(said!(
                "space-unknown",
                "you are in no space {text:?}: `hearth space list` shows those that you are in",
                text = text
            ))),
            _ => Err(bad_request(said!(
                "space-ambiguous",
                "{count} of your spaces are called {text:?}: name it by its id, as `hearth space list --json` shows it",
                count = found.len(),
                text = text
            ))),
        }
    }

    /// What to know about those who can't be given keys.
    pub(super) async fn unreached(
        &self,
        unreached: BTreeSet<Identity>,
        what: &str,
    ) -> Result<Vec<String>, AppError> {
        if unreached.is_empty() {
            return Ok(Vec::new());
        }
        let names = self.names(unreached).await?;
        Ok(vec![format!(
            "{names} can't {what} yet: no key to seal to is known of them. They get the keys once their node, or a friend's who carries what they say, was reached"
        )])
    }

    /// People by name, a few of many.
    pub(super) async fn names(&self, who: BTreeSet<Identity>) -> Result<String, AppError> {
        let (count, me) = (who.len(), self.identity());
        let names = self.0.store.read(move |logs| {
            let listed = who.iter().take(NAMES_LISTED_MAX);
            listed
                .map(|who| person(logs, &me, who))
                .collect::<Result<Vec<String>, StoreError>>()
        });
        let mut names = names.await?;
        if count > NAMES_LISTED_MAX {
            names.push(format!("{} more", count - NAMES_LISTED_MAX));
        }
        let last = names.pop().unwrap_or_default();
        Ok(match names.is_empty() {
            true => last,
            false => format!("{} and {last}", names.join(", ")),
        })
    }
}

/// The word for a space's kind.
pub(super) const fn audience(space: &Space) -> Audience {
    match space.kind() {
        SpaceKind::Public => Audience::Public,
        SpaceKind::Private => Audience::Private,
        SpaceKind::Friends => Audience::Friends,
        SpaceKind::Shared => Audience::Shared,
        SpaceKind::Direct => Audience::Direct,
    }
}

fn check_name(name: &str) -> Result<(), AppError> {
    if name.trim().is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(bad_request(said!(
            "space-name",
            "a space's name has 1 to {most} bytes",
            most = NAME_BYTES_MAX
        )));
    }
    Ok(())
}

fn refused(refusal: &Refusal) -> AppError {
    bad_request(refusal)
}
