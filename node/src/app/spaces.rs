//! Spaces: which there are, who is in them, and for whom something is written.

use super::model::{AppError, Audience, SpaceInfo, SpaceMember, SpaceRole, Wish};
use super::{App, bad_request, not_found};

impl App {
    /// The spaces of this account.
    pub(crate) async fn spaces(&self) -> Result<Vec<SpaceInfo>, AppError> {
        let me = self.me().await?;
        let mut friends = self.following().await?;
        friends.retain(|relation| relation.state == super::model::RelationState::Friends);
        let owner = SpaceMember {
            identity: me.identity,
            name: me.name,
            role: SpaceRole::Admin,
        };
        let friends = friends.into_iter().map(|friend| SpaceMember {
            identity: friend.identity,
            name: friend.name,
            role: SpaceRole::Member,
        });
        let own = |kind: Audience, members: Vec<SpaceMember>| SpaceInfo {
            id: String::new(),
            name: kind.as_str().to_owned(),
            kind,
            epoch: 0,
            epoch_id: None,
            role: SpaceRole::Admin,
            members,
            warnings: Vec::new(),
        };
        Ok(vec![
            own(Audience::Public, Vec::new()),
            own(
                Audience::Friends,
                [owner.clone()].into_iter().chain(friends).collect(),
            ),
            own(Audience::Private, vec![owner]),
        ])
    }

    /// A space, by its id, its name, or `public`, `friends`, `private`.
    pub(crate) async fn space(&self, name_or_id: &str) -> Result<SpaceInfo, AppError> {
        let spaces = self.spaces().await?;
        let mut found = spaces
            .into_iter()
            .filter(|space| space.id == name_or_id || space.name == name_or_id);
        let missing = || {
            not_found(format!(
                "no space is called {name_or_id:?}: `hearth space list` shows those that you are in"
            ))
        };
        found.next().ok_or_else(missing)
    }

    /// Founds a space.
    pub(crate) async fn space_create(
        &self,
        _name: &str,
        _members: Vec<String>,
    ) -> Result<SpaceInfo, AppError> {
        Err(not_yet())
    }

    /// Adds somebody to a space; `with_past` lets them read what was written before.
    pub(crate) async fn space_add(
        &self,
        space: &str,
        _key: &str,
        _with_past: bool,
    ) -> Result<SpaceInfo, AppError> {
        self.space(space).await?;
        Err(not_yet())
    }

    /// Takes somebody out of a space.
    pub(crate) async fn space_remove(
        &self,
        space: &str,
        _key: &str,
    ) -> Result<SpaceInfo, AppError> {
        self.space(space).await?;
        Err(not_yet())
    }

    /// Makes a member an admin.
    pub(crate) async fn space_promote(
        &self,
        space: &str,
        _key: &str,
    ) -> Result<SpaceInfo, AppError> {
        self.space(space).await?;
        Err(not_yet())
    }

    /// Calls a space something else.
    pub(crate) async fn space_rename(
        &self,
        space: &str,
        _name: &str,
    ) -> Result<SpaceInfo, AppError> {
        self.space(space).await?;
        Err(not_yet())
    }

    /// Goes out of a space.
    pub(crate) async fn space_leave(&self, space: &str) -> Result<SpaceInfo, AppError> {
        self.space(space).await?;
        Err(not_yet())
    }

    /// Whether a post goes to everybody (`true`) or to own devices.
    pub(super) fn is_public(wish: Option<&Wish>) -> Result<bool, AppError> {
        match wish {
            None | Some(Wish::Public) => Ok(true),
            Some(Wish::Private) => Ok(false),
            Some(Wish::Space(word)) if word == "public" => Ok(true),
            Some(Wish::Space(word)) if word == "private" => Ok(false),
            Some(_) => Err(not_yet()),
        }
    }
}

fn not_yet() -> AppError {
    bad_request("circles of others can't be written to yet: post `--public` or `--private`")
}
