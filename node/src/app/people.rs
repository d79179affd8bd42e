//! People: oneself, whom one follows, who follows.

use hearth_keys::Identity;
use hearth_protocol::bounds::{ADDRESSES_MAX, BIO_BYTES_MAX, NAME_BYTES_MAX};
use hearth_protocol::content::{Content, Follow, Profile};
use hearth_protocol::link::PeerLink;
use hearth_protocol::message::FollowNotice;

use super::model::{self, AppError, Relation, RelationState};
use super::{App, bad_request, newer_than};
use crate::network::Address;
use crate::replication::unix_ms;
use crate::restore::Stage;
use crate::store::logs::Draft;

/// Reads `hearth1…`.
pub(super) fn parse_key(key: &str) -> Result<Identity, AppError> {
    key.parse().map_err(|error| bad_request(format!("{error}")))
}

impl App {
    /// The account's own profile.
    pub(crate) async fn profile(&self) -> Result<model::Profile, AppError> {
        self.profile_of(&self.identity().to_string()).await
    }

    /// Somebody's profile, so far as it is held.
    pub(crate) async fn profile_of(&self, key: &str) -> Result<model::Profile, AppError> {
        let identity = parse_key(key)?;
        let profile = self
            .0
            .store
            .read(move |logs| logs.profile(&identity))
            .await?;
        Ok(model::Profile {
            identity: identity.to_string(),
            name: profile.name,
            bio: profile.bio,
        })
    }

    /// Changes the account's profile; what is `None` stays.
    pub(crate) async fn set_profile(
        &self,
        name: Option<String>,
        bio: Option<String>,
    ) -> Result<model::Profile, AppError> {
        let too_long =
            |text: &Option<String>, most| text.as_ref().is_some_and(|text| text.len() > most);
        if too_long(&name, NAME_BYTES_MAX) {
            return Err(bad_request(format!(
                "a name has at most {NAME_BYTES_MAX} bytes"
            )));
        }
        if too_long(&bio, BIO_BYTES_MAX) {
            return Err(bad_request(format!(
                "a biography has at most {BIO_BYTES_MAX} bytes"
            )));
        }
        if name.is_some() || bio.is_some() {
            let (mut profile, time_ms) = self.profile_and_time().await?;
            profile.name = name.unwrap_or(profile.name);
            profile.bio = bio.unwrap_or(profile.bio);
            self.write_one(
                true,
                Draft::public(newer_than(time_ms), Content::Profile(profile)),
            )
            .await?;
        }
        self.profile().await
    }

    /// Lets the account's public entries go out by gossip as well, once enough peers care for them.
    pub(crate) async fn review_reach(&self, followers_min: usize) -> Result<(), AppError> {
        let identity = self.identity();
        // A profile that hasn't come back yet would be replaced by an empty one.
        if self
            .restore_status()
            .is_some_and(|status| status.stage < Stage::Files)
        {
            return Ok(());
        }
        if self.0.replication.interested(identity).await < followers_min {
            return Ok(());
        }
        let (mut profile, time_ms) = self.profile_and_time().await?;
        if !profile.gossip {
            profile.gossip = true;
            self.write_one(
                true,
                Draft::public(newer_than(time_ms), Content::Profile(profile)),
            )
            .await?;
        }
        Ok(())
    }

    async fn profile_and_time(&self) -> Result<(Profile, u64), AppError> {
        let identity = self.identity();
        let read = self
            .0
            .store
            .read(move |logs| Ok((logs.profile(&identity)?, logs.profile_time_ms(&identity)?)));
        Ok(read.await?)
    }

    /// Follows whoever a key or a link names.
    pub(crate) async fn follow_text(&self, text: &str) -> Result<Relation, AppError> {
        let link: PeerLink = text
            .trim()
            .parse()
            .map_err(|error| bad_request(format!("{error}")))?;
        self.follow(&link.identity.to_string(), link.via).await
    }

    /// Follows an identity; `via` are addresses to reach it at. Without any it is found when there is a way.
    pub(crate) async fn follow(&self, key: &str, via: Vec<String>) -> Result<Relation, AppError> {
        let identity = parse_key(key)?;
        if identity == self.identity() {
            return Err(bad_request(
                "this is your own key: give it to a friend, and follow theirs",
            ));
        }
        if via.len() > ADDRESSES_MAX {
            return Err(bad_request(format!(
                "at most {ADDRESSES_MAX} addresses can be tried"
            )));
        }
        let routes = via.iter().map(|address| address.parse::<Address>());
        let routes = routes
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| bad_request(format!("{error}")))?;
        self.set_following(identity, true).await?;
        for route in routes {
            let text = route.to_string();
            self.0
                .store
                .write(move |logs| logs.remember_route(&text, unix_ms()))
                .await?;
            self.0.replication.route(route).await;
        }
        self.relation(key).await
    }

    /// Ends following. What is held stays until space is needed.
    pub(crate) async fn unfollow(&self, key: &str) -> Result<Relation, AppError> {
        let identity = parse_key(key)?;
        self.set_following(identity, false).await?;
        self.relation(key).await
    }

    async fn set_following(&self, identity: Identity, following: bool) -> Result<(), AppError> {
        if self.follows().get(&identity).copied().unwrap_or(false) == following {
            return Ok(());
        }
        let me = self.identity();
        let time_ms = newer_than(
            self.0
                .store
                .read(move |logs| logs.follow_time_ms(&me, &identity))
                .await?,
        );
        self.write_one(
            false,
            Draft::private(
                time_ms,
                Content::Follow(Follow {
                    identity,
                    following,
                }),
            ),
        )
        .await?;
        self.follows().insert(identity, following);
        self.0.replication.care(identity, following).await;
        let notice = self.follow_notice(identity, following, time_ms).await?;
        self.0.replication.notice(notice).await;
        let _ = self.0.changes.send(super::Change::People);
        Ok(())
    }

    pub(super) async fn follow_notice(
        &self,
        followed: Identity,
        following: bool,
        time_ms: u64,
    ) -> Result<FollowNotice, AppError> {
        let (statements, name) = (self.statements().await?, self.me().await?.name);
        let device = &self.0.account.device;
        Ok(FollowNotice::sign(
            device,
            &statements,
            followed,
            following,
            time_ms,
            &name,
        ))
    }

    /// How this account and another stand.
    pub(crate) async fn relation(&self, key: &str) -> Result<Relation, AppError> {
        let identity = parse_key(key)?;
        let me = self.identity();
        let (follower, name) = self
            .0
            .store
            .read(move |logs| {
                let follower = logs
                    .followers(&me)?
                    .into_iter()
                    .find(|follower| follower.identity == identity);
                Ok((follower, logs.profile(&identity)?.name))
            })
            .await?;
        let following = self.follows().get(&identity).copied().unwrap_or(false);
        let told = follower
            .as_ref()
            .map(|follower| follower.name.clone())
            .unwrap_or_default();
        let name = if name.is_empty() { told } else { name };
        Ok(relation(identity, following, follower.is_some(), name))
    }

    /// Whom this account follows.
    pub(crate) async fn following(&self) -> Result<Vec<Relation>, AppError> {
        let followed: Vec<Identity> = self
            .authors()
            .into_iter()
            .filter(|author| *author != self.identity())
            .collect();
        let me = self.identity();
        let relations = self.0.store.read(move |logs| {
            let followers = logs.followers(&me)?;
            let relation = |identity: Identity| {
                let follower = followers
                    .iter()
                    .find(|follower| follower.identity == identity);
                let name = logs.profile(&identity)?.name;
                let told = follower
                    .map(|follower| follower.name.clone())
                    .unwrap_or_default();
                let name = if name.is_empty() { told } else { name };
                Ok(relation(identity, true, follower.is_some(), name))
            };
            followed.into_iter().map(relation).collect()
        });
        Ok(relations.await?)
    }

    /// Who follows this account, as far as they said so.
    pub(crate) async fn followers(&self) -> Result<Vec<Relation>, AppError> {
        let (me, authors) = (self.identity(), self.authors());
        let relations = self.0.store.read(move |logs| {
            let relation = |follower: crate::store::contacts::Follower| {
                let known = logs.profile(&follower.identity)?.name;
                let name = if known.is_empty() {
                    follower.name
                } else {
                    known
                };
                Ok(relation(
                    follower.identity,
                    authors.contains(&follower.identity),
                    true,
                    name,
                ))
            };
            logs.followers(&me)?.into_iter().map(relation).collect()
        });
        Ok(relations.await?)
    }

    /// A link by which others find and follow this account.
    pub(crate) async fn link(&self) -> Result<String, AppError> {
        let mut addresses = self.0.network.addresses();
        addresses.retain(|address| !address.is_link_local());
        addresses.sort_by_key(Address::is_loopback);
        let via = addresses
            .iter()
            .take(ADDRESSES_MAX)
            .map(ToString::to_string)
            .collect();
        Ok(PeerLink {
            identity: self.identity(),
            via,
        }
        .to_string())
    }
}

fn relation(identity: Identity, following: bool, follows: bool, name: String) -> Relation {
    let state = match (following, follows) {
        (true, true) => RelationState::Friends,
        (true, false) => RelationState::Following,
        (false, _) => RelationState::None,
    };
    Relation {
        identity: identity.to_string(),
        state,
        name,
    }
}
