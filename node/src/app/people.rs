//! People: oneself, whom one follows, who follows.

use crate::said::said;
use hearth_keys::Identity;
use hearth_protocol::bounds::{ADDRESSES_MAX, BIO_BYTES_MAX, DELETE_TARGETS_MAX, NAME_BYTES_MAX};
use hearth_protocol::content::{Content, Delete, Follow, FollowState, Profile, Target};
use hearth_protocol::link::PeerLink;
use hearth_protocol::message::FollowNotice;

use super::model::{self, AppError, How, Relation, RelationState};
use super::{App, bad_request, newer_than};
use crate::network::Address;
use crate::replication::unix_ms;
use crate::restore::Stage;
use crate::store::StoreError;
use crate::store::contacts::Follower;
use crate::store::logs::{Draft, Logs};

/// Reads `hearth1…`.
pub(super) fn parse_key(key: &str) -> Result<Identity, AppError> {
    key.parse()
        .map_err(|error: hearth_keys::TextError| bad_request(&error))
}

/// Followers that are looked at in one job of the store, and shown on one page.
const FOLLOWERS_AT_ONCE: usize = 200;

impl App {
    /// The account's own profile.
    pub(crate) async fn profile(&self) -> Result<model::Profile, AppError> {
        self.profile_of(&self.identity().to_string()).await
    }

    /// Somebody's profile, so far as it is held.
    pub(crate) async fn profile_of(&self, key: &str) -> Result<model::Profile, AppError> {
        let identity = parse_key(key)?;
        let (profile, portrait) = self
            .0
            .store
            .read(move |logs| Ok((logs.profile(&identity)?, logs.portrait(&identity)?)))
            .await?;
        Ok(model::Profile {
            identity: identity.to_string(),
            name: profile.name,
            bio: profile.bio,
            picture: portrait.map(|(photo, _)| model::portrait_of(&identity, &photo)),
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
            return Err(bad_request(said!(
                "name-too-long",
                "a name has at most {most} bytes",
                most = NAME_BYTES_MAX
            )));
        }
        if too_long(&bio, BIO_BYTES_MAX) {
            return Err(bad_request(said!(
                "bio-too-long",
                "a biography has at most {most} bytes",
                most = BIO_BYTES_MAX
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

    pub(super) async fn profile_and_time(&self) -> Result<(Profile, u64), AppError> {
        let identity = self.identity();
        let read = self.0.store.read(move |logs| {
            let mut profile = logs.profile(&identity)?;
            profile.picture = logs.portrait(&identity)?.map(|(photo, _)| photo);
            Ok((profile, logs.profile_time_ms(&identity)?))
        });
        Ok(read.await?)
    }

    /// Follows whoever a key or a link names.
    pub(crate) async fn follow_text(
        &self,
        text: &str,
        how: Option<How>,
    ) -> Result<Relation, AppError> {
        let link: PeerLink = text.trim().parse().map_err(|error| bad_request(&error))?;
        self.follow_as(&link.identity.to_string(), link.via, how)
            .await
    }

    /// Follows an identity so that it is told, at least; `via` are addresses to reach it at. Without any it is found when
    /// there is a way.
    pub(crate) async fn follow(&self, key: &str, via: Vec<String>) -> Result<Relation, AppError> {
        self.follow_as(key, via, None).await
    }

    /// Follows an identity, and says to whom that is told; without a word on it the followed one is, and an open follow
    /// stays open.
    pub(crate) async fn follow_as(
        &self,
        key: &str,
        via: Vec<String>,
        how: Option<How>,
    ) -> Result<Relation, AppError> {
        let identity = parse_key(key)?;
        if identity == self.identity() {
            return Err(bad_request(said!(
                "own-key-follow",
                "this is your own key: give it to a friend, and follow theirs"
            )));
        }
        if self.is_blocked(identity).await? {
            return Err(bad_request(said!(
                "blocked-by-me",
                "you block them: end that first, with `hearth block KEY --undo`"
            )));
        }
        if via.len() > ADDRESSES_MAX {
            return Err(bad_request(said!(
                "too-many-addresses",
                "at most {most} addresses can be tried",
                most = ADDRESSES_MAX
            )));
        }
        let routes = via.iter().map(|address| address.parse::<Address>());
        let routes = routes
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| bad_request(&error))?;
        self.set_following(identity, how).await?;
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
        self.end_following(identity).await?;
        self.relation(key).await
    }

    /// Ends following, and takes back what the account's social log says of it.
    pub(super) async fn end_following(&self, identity: Identity) -> Result<(), AppError> {
        self.close_follow(identity).await?;
        self.set_state(identity, FollowState::None).await
    }

    async fn set_following(&self, identity: Identity, how: Option<How>) -> Result<(), AppError> {
        match how {
            None => self.set_state(identity, FollowState::Following).await,
            Some(How::Told) => {
                self.close_follow(identity).await?;
                self.set_state(identity, FollowState::Following).await
            }
            Some(How::Private) => {
                self.close_follow(identity).await?;
                self.set_state(identity, FollowState::InPrivate).await
            }
            Some(How::Open) => {
                self.set_state(identity, FollowState::Following).await?;
                self.open_follow(identity).await
            }
        }
    }

    async fn set_state(&self, identity: Identity, state: FollowState) -> Result<(), AppError> {
        if self.follows().get(&identity).copied().unwrap_or_default() == state {
            return Ok(());
        }
        let me = self.identity();
        let said_ms = self
            .0
            .store
            .read(move |logs| logs.follow_time_ms(&me, &identity));
        let follow = Content::Follow(Follow { identity, state });
        let draft = Draft::private(newer_than(said_ms.await?), follow);
        self.write_one(false, draft).await?;
        self.follows().insert(identity, state);
        self.tell_of_following(identity, state).await
    }

    /// Cares for somebody or no longer does, and tells them if they are to know or were told otherwise.
    pub(super) async fn tell_of_following(
        &self,
        identity: Identity,
        state: FollowState,
    ) -> Result<(), AppError> {
        let me = self.identity();
        self.review_care([identity]).await;
        let read = self.0.store.read(move |logs| {
            let said_ms = logs.follow_time_ms(&me, &identity)?;
            Ok((said_ms, logs.was_told(&me, &identity)?))
        });
        let (time_ms, was_told) = read.await?;
        if was_told {
            let notice = self.follow_notice(identity, state.is_told(), time_ms);
            self.0.replication.notice(notice.await?).await;
        }
        let _ = self.0.changes.send(super::Change::People);
        Ok(())
    }

    /// Says to everybody that the account follows somebody.
    async fn open_follow(&self, identity: Identity) -> Result<(), AppError> {
        let me = self.identity();
        let places = self
            .0
            .store
            .read(move |logs| logs.open_follow_places(&me, &identity));
        if !places.await?.is_empty() {
            return Ok(());
        }
        let state = FollowState::Following;
        let follow = Content::Follow(Follow { identity, state });
        self.write_one(true, Draft::public(unix_ms(), follow))
            .await?;
        Ok(())
    }

    /// Deletes what the account's social log says of following somebody: whoever carries it lets it go.
    async fn close_follow(&self, identity: Identity) -> Result<(), AppError> {
        let me = self.identity();
        let places = self
            .0
            .store
            .read(move |logs| logs.open_follow_places(&me, &identity));
        let mut targets: Vec<Target> = places.await?.into_iter().map(Target::from).collect();
        targets.sort();
        targets.dedup();
        let deletes = targets.chunks(DELETE_TARGETS_MAX).map(|targets| Delete {
            targets: targets.to_vec(),
        });
        let drafts: Vec<Draft> = deletes
            .map(|delete| Draft::public(unix_ms(), Content::Delete(delete)))
            .collect();
        if !drafts.is_empty() {
            self.write(true, drafts).await?;
        }
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
        let relation = self.0.store.read(move |logs| {
            let follower = logs.follower(&me, &identity)?;
            relation(logs, &me, identity, follower)
        });
        Ok(relation.await?)
    }

    /// Whom this account follows.
    pub(crate) async fn following(&self) -> Result<Vec<Relation>, AppError> {
        let followed: Vec<Identity> = self.followed().into_iter().collect();
        let me = self.identity();
        let relations = self.0.store.read(move |logs| {
            let followed = followed.into_iter();
            followed
                .map(|identity| relation(logs, &me, identity, logs.follower(&me, &identity)?))
                .collect()
        });
        Ok(relations.await?)
    }

    /// Whom somebody says to everybody that they follow, as far as that is held here.
    pub(crate) async fn following_of(&self, key: &str) -> Result<Vec<Relation>, AppError> {
        let (identity, me) = (parse_key(key)?, self.identity());
        let relations = self.0.store.read(move |logs| {
            let followed = logs.open_follows(&identity)?.into_iter();
            followed
                .map(|identity| relation(logs, &me, identity, logs.follower(&me, &identity)?))
                .collect()
        });
        Ok(relations.await?)
    }

    /// Who follows this account, as far as they said so. Whom it blocks it doesn't list.
    pub(crate) async fn followers(&self) -> Result<Vec<Relation>, AppError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (some, next) = self.some_followers(after).await?;
            all.extend(some);
            match next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// The same in pieces, in the order of their keys, with where the next piece begins. Strangers decide how many there are, so
    /// the store does something else in between.
    pub(crate) async fn some_followers(
        &self,
        after: Option<Identity>,
    ) -> Result<(Vec<Relation>, Option<Identity>), AppError> {
        let me = self.identity();
        let some = self.0.store.read(move |logs| {
            let followers = logs.followers_after(&me, after.as_ref(), FOLLOWERS_AT_ONCE)?;
            let last = followers.last().map(|last| last.identity);
            let next = last.filter(|_| followers.len() == FOLLOWERS_AT_ONCE);
            let mut relations = Vec::new();
            for follower in followers {
                if !logs.is_blocked(&me, &follower.identity)? {
                    relations.push(relation(logs, &me, follower.identity, Some(follower))?);
                }
            }
            Ok((relations, next))
        });
        Ok(some.await?)
    }

    /// Whether somebody follows this account, as far as they said so.
    pub(crate) async fn is_followed_by(&self, key: &str) -> Result<bool, AppError> {
        let (identity, me) = (parse_key(key)?, self.identity());
        let read = self
            .0
            .store
            .read(move |logs| logs.is_follower(&me, &identity));
        Ok(read.await?)
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

/// How `me` and somebody stand, who may follow `me`.
pub(super) fn relation(
    logs: &Logs,
    me: &Identity,
    identity: Identity,
    follower: Option<Follower>,
) -> Result<Relation, StoreError> {
    let how = logs.follow_state(me, &identity)?;
    let state = match (how, &follower) {
        (FollowState::Following, Some(_)) => RelationState::Friends,
        (FollowState::Following | FollowState::InPrivate, _) => RelationState::Following,
        (FollowState::None, _) => RelationState::None,
    };
    let known = logs.name_of(me, &identity)?;
    let told = follower.map(|follower| follower.name).unwrap_or_default();
    let own_name = match logs.petnames(me)?.contains_key(&identity) {
        true => Some(logs.own_name_of(me, &identity)?),
        false => None,
    };
    Ok(Relation {
        identity: identity.to_string(),
        state,
        name: if known.is_empty() { told } else { known },
        own_name,
        private: how == FollowState::InPrivate,
        open: how.is_told() && !logs.open_follow_places(me, &identity)?.is_empty(),
        muted: logs.is_muted(me, identity.as_bytes())?,
        blocked: logs.is_blocked(me, &identity)?,
    })
}
