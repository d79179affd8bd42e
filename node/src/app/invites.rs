//! Invitations to spaces by link: making them, joining by them, and letting in who does.
//!
//! An invitation is a register in the own log of who made it, so that all their devices can answer; who joined by it is
//! a register each, under the invitation's id and the joiner, so that two devices that answer at once count it once.

use crate::said::{Said, said};
use std::time::{Duration, Instant};

use hearth_keys::Identity;
use hearth_protocol::codec::{Bytes, Hex, decode_trusted, encode};
use hearth_protocol::content::social::register;
use hearth_protocol::invite::{InviteLink, InviteSecret};
use hearth_protocol::letter::{JoinRefusal, Matter, Opened};
use hearth_protocol::link::LinkError;
use hearth_protocol::link::PeerLink;

use super::model::{AppError, Audience, ErrorKind, Invite, SpaceInfo, SpaceRole};
use super::{App, bad_request, failed, not_found};
use crate::replication::unix_ms;
use crate::store::StoreError;
use crate::store::inboxes::ToldInbox;
use crate::store::letters::{Answer, RefusalRow};
use crate::store::logs::Logs;

/// Invitations that an account may have open.
const INVITES_MAX: usize = 256;
/// The longest register of an invitation.
const ROW_BYTES_MAX: usize = 256;
/// How long who joins may wait for an answer, in seconds.
const WAIT_S_MAX: u64 = 60 * 60;
/// How often it is looked at whether the answer is there.
const WAIT_STEP: Duration = Duration::from_millis(200);

/// (space, secret, uses (0: any number), until (0: for good), with the past, taken back)
type InviteTuple = (Bytes<32>, Bytes<16>, u32, u64, bool, bool);
/// (when, whether the joiner was let in, rather than is about to be)
type UseTuple = (u64, bool);
/// (inviter, invitation, secret, when): what an account keeps of a space that it asked to join.
type JoinTuple = (Bytes<32>, Bytes<16>, Bytes<16>, u64);

/// An invitation of this account.
#[derive(Debug, Clone)]
struct Kept {
    secret: InviteSecret,
    space: [u8; 32],
    uses: Option<u32>,
    expires_ms: Option<u64>,
    with_past: bool,
    revoked: bool,
}

impl Kept {
    fn read(id: &[u8], value: &[u8]) -> Option<Self> {
        let (space, secret, uses, expires_ms, with_past, revoked): InviteTuple =
            decode_trusted(value, ROW_BYTES_MAX).ok()?;
        Some(Self {
            secret: InviteSecret::new(id.try_into().ok()?, secret.0),
            space: space.0,
            uses: Some(uses).filter(|uses| *uses > 0),
            expires_ms: Some(expires_ms).filter(|end| *end > 0),
            with_past,
            revoked,
        })
    }

    fn value(&self) -> Vec<u8> {
        let row: InviteTuple = (
            Bytes(self.space),
            Bytes(self.secret.expose_secret()),
            self.uses.unwrap_or(0),
            self.expires_ms.unwrap_or(0),
            self.with_past,
            self.revoked,
        );
        encode(&row)
    }

    fn is_expired(&self, now_ms: u64) -> bool {
        self.expires_ms.is_some_and(|end| end <= now_ms)
    }
}

/// A space that an account asked to join.
#[derive(Debug, Clone)]
pub(crate) struct JoinAsked {
    /// Who invited.
    pub(crate) inviter: Identity,
    /// By what.
    pub(crate) secret: InviteSecret,
    /// When it was asked, ms since 1970.
    pub(crate) time_ms: u64,
}

impl JoinAsked {
    /// Reads what [`App::space_join`] notes.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let (inviter, id, secret, time_ms): JoinTuple =
            decode_trusted(value, ROW_BYTES_MAX).ok()?;
        Some(Self {
            inviter: Identity::from_bytes(inviter.0),
            secret: InviteSecret::new(id.0, secret.0),
            time_ms,
        })
    }

    fn value(&self) -> Vec<u8> {
        let row: JoinTuple = (
            Bytes(*self.inviter.as_bytes()),
            Bytes(self.secret.id()),
            Bytes(self.secret.expose_secret()),
            self.time_ms,
        );
        encode(&row)
    }
}

/// An account's invitation.
fn kept(logs: &Logs, me: &Identity, id: &[u8; 16]) -> Result<Option<Kept>, StoreError> {
    let value = logs.register(me, register::INVITE, id)?;
    Ok(value.and_then(|value| Kept::read(id, &value)))
}

/// Under which key it stands that somebody joined by an invitation.
fn use_key(id: &[u8; 16], joiner: &Identity) -> Vec<u8> {
    [&id[..], joiner.as_bytes()].concat()
}

/// Whether who joined was let in.
fn is_done(value: &[u8]) -> bool {
    decode_trusted::<UseTuple>(value, ROW_BYTES_MAX).is_ok_and(|(_, done)| done)
}

/// All invitations of an account, and how many joined by each.
fn all(logs: &Logs, me: &Identity) -> Result<Vec<(Kept, u32)>, StoreError> {
    let rows = logs.registers(me, register::INVITE)?;
    let used = |id: &[u8]| {
        let uses = rows
            .iter()
            .filter(|(key, _)| key.len() > id.len() && key.starts_with(id));
        u32::try_from(uses.count()).unwrap_or(u32::MAX)
    };
    let invites = rows
        .iter()
        .filter_map(|(key, value)| Some((Kept::read(key, value)?, used(key))));
    Ok(invites.collect())
}

impl App {
    /// Makes a link by which `uses` people can join a space, or any number, for `expires_s` seconds, or for good.
    pub(crate) async fn space_invite(
        &self,
        space: &str,
        (uses, expires_s): (Option<u32>, Option<u64>),
        with_past: bool,
    ) -> Result<Invite, AppError> {
        let info = self.invitable(space).await?;
        if uses == Some(0) || expires_s == Some(0) {
            return Err(bad_request(said!(
                "invite-for-nobody",
                "a link that nobody can use is none: leave the number out, or give one above 0"
            )));
        }
        let now_ms = unix_ms();
        let me = self.identity();
        let open = self.0.store.read(move |logs| all(logs, &me)).await?;
        let open = open
            .iter()
            .filter(|(kept, _)| !kept.revoked && !kept.is_expired(now_ms));
        if open.count() >= INVITES_MAX {
            return Err(bad_request(said!(
                "too-many-invites",
                "there are {most} links already: take some back, with `hearth space uninvite`",
                most = INVITES_MAX
            )));
        }
        let kept = Kept {
            secret: InviteSecret::generate(&mut crate::rng::system()),
            space: space_id(&info.id)?,
            uses,
            expires_ms: expires_s.map(|s| now_ms.saturating_add(s.saturating_mul(1000))),
            with_past,
            revoked: false,
        };
        let (key, value) = (kept.secret.id().to_vec(), kept.value());
        self.set_register(register::INVITE, key, Some(value))
            .await?;
        self.shown(&kept, 0).await
    }

    /// The links by which others can join a space.
    pub(crate) async fn space_invites(&self, space: &str) -> Result<Vec<Invite>, AppError> {
        let id = space_id(&self.invitable(space).await?.id)?;
        let me = self.identity();
        let invites = self.0.store.read(move |logs| all(logs, &me)).await?;
        let mut shown = Vec::new();
        for (kept, used) in invites {
            if kept.space == id && !kept.revoked {
                shown.push(self.shown(&kept, used).await?);
            }
        }
        Ok(shown)
    }

    /// Takes a link back; who joined by it stays.
    pub(crate) async fn space_uninvite(&self, id: &str) -> Result<Invite, AppError> {
        let me = self.identity();
        let invites = self.0.store.read(move |logs| all(logs, &me)).await?;
        let mut found = invites
            .into_iter()
            .filter(|(kept, _)| Hex(&kept.secret.id()).to_string() == id.trim());
        let Some((mut kept, used)) = found.next() else {
            return Err(not_found(said!(
                "invite-unknown",
                "there is no such link: `hearth space invites SPACE` lists those that there are, with their ids"
            )));
        };
        kept.revoked = true;
        let (key, value) = (kept.secret.id().to_vec(), kept.value());
        self.set_register(register::INVITE, key, Some(value))
            .await?;
        self.shown(&kept, used).await
    }

    /// A shared space of which this account is an admin.
    async fn invitable(&self, space: &str) -> Result<SpaceInfo, AppError> {
        let info = self.space(space).await?;
        if info.kind != Audience::Shared {
            return Err(bad_request(said!(
                "invite-not-shared",
                "only shared spaces have links to join: `hearth space create NAME` makes one"
            )));
        }
        if info.role != SpaceRole::Admin {
            return Err(bad_request(said!(
                "invite-not-admin",
                "only admins of a space invite to it: ask one of them"
            )));
        }
        Ok(info)
    }

    async fn shown(&self, kept: &Kept, used: u32) -> Result<Invite, AppError> {
        let from: PeerLink = self.link().await?.parse().map_err(|error: LinkError| {
            failed(said!(
                "own-link",
                "the own link isn't one: {error}",
                error = error.to_string()
            ))
        })?;
        let link = InviteLink {
            from,
            space: kept.space,
            secret: kept.secret.clone(),
        };
        Ok(Invite {
            id: Hex(&kept.secret.id()).to_string(),
            link: link.to_string(),
            space: Hex(&kept.space).to_string(),
            uses: kept.uses,
            used,
            expires_ms: kept.expires_ms,
            with_past: kept.with_past,
        })
    }

    /// Asks whoever made a link to be let into its space, and waits up to `wait_s` seconds for the answer.
    pub(crate) async fn space_join(&self, link: &str, wait_s: u64) -> Result<SpaceInfo, AppError> {
        let link: InviteLink = link.trim().parse().map_err(|error| bad_request(&error))?;
        let (me, space) = (self.identity(), link.space);
        if link.from.identity == me {
            return Err(bad_request(said!(
                "invite-own",
                "this link is your own: send it to whoever shall join"
            )));
        }
        if self.is_blocked(link.from.identity).await? {
            return Err(bad_request(said!(
                "invite-blocked",
                "you block who invites you: end that first, with `hearth block KEY --undo`"
            )));
        }
        if let Some(info) = self.joined(&space).await? {
            return Ok(info);
        }
        self.0
            .store
            .write(move |logs| logs.keep_join_refusal(&me, &space, None))
            .await?;
        let asked = JoinAsked {
            inviter: link.from.identity,
            secret: link.secret,
            time_ms: unix_ms(),
        };
        self.set_register(register::JOIN_ASKED, space.to_vec(), Some(asked.value()))
            .await?;
        self.try_routes(&link.from.via).await?;
        self.0.letters.review();
        self.wait_for_space(&link.from.identity, &space, wait_s)
            .await
    }

    async fn wait_for_space(
        &self,
        inviter: &Identity,
        space: &[u8; 32],
        wait_s: u64,
    ) -> Result<SpaceInfo, AppError> {
        let until = Instant::now() + Duration::from_secs(wait_s.min(WAIT_S_MAX));
        let (me, space) = (self.identity(), *space);
        loop {
            if let Some(info) = self.joined(&space).await? {
                self.has_joined(space).await?;
                return Ok(info);
            }
            let refusal = self
                .0
                .store
                .read(move |logs| logs.join_refusal(&me, &space));
            if let Some(refusal) = refusal.await? {
                return Err(failed(refused(refusal.reason)));
            }
            if Instant::now() >= until {
                break;
            }
            tokio::time::sleep(WAIT_STEP).await;
        }
        match self.space(&Hex(&space).to_string()).await {
            Ok(info) => Ok(info),
            Err(_) => self.not_yet_in(inviter, &space).await,
        }
    }

    /// What is known of a space that nobody let this account into yet.
    async fn not_yet_in(
        &self,
        inviter: &Identity,
        space: &[u8; 32],
    ) -> Result<SpaceInfo, AppError> {
        let inviter = self.relation(&inviter.to_string()).await?;
        let id = Hex(space).to_string();
        Ok(SpaceInfo {
            name: id.clone(),
            id,
            kind: Audience::Shared,
            epoch: 0,
            epoch_id: None,
            role: SpaceRole::Invited,
            members: vec![super::model::SpaceMember {
                identity: inviter.identity,
                name: inviter.name,
                role: SpaceRole::Admin,
            }],
            without_past: false,
            warnings: Vec::new(),
        })
    }

    /// A space that this account is in.
    pub(crate) async fn joined(&self, space: &[u8; 32]) -> Result<Option<SpaceInfo>, AppError> {
        match self.space(&Hex(space).to_string()).await {
            Ok(info) => {
                let is_in = matches!(info.role, SpaceRole::Admin | SpaceRole::Member);
                Ok(is_in.then_some(info))
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The space that was asked for is there: asking ends, so that who is removed later doesn't ask again unasked.
    pub(crate) async fn has_joined(&self, space: [u8; 32]) -> Result<(), AppError> {
        self.set_register(register::JOIN_ASKED, space.to_vec(), None)
            .await
    }

    /// The spaces by id that this account was told it can't join, and why; none that it is in by now.
    pub(crate) async fn join_refusals(&self) -> Result<Vec<(String, Said)>, AppError> {
        let me = self.identity();
        let told = self.0.store.read(move |logs| logs.join_refusals(&me));
        let mut refusals = Vec::new();
        for (space, row) in told.await? {
            if self.joined(&space).await?.is_none() {
                refusals.push((Hex(&space).to_string(), refused(row.reason)));
            }
        }
        Ok(refusals)
    }

    /// It was read why a space can't be joined.
    pub(crate) async fn forget_join_refusal(&self, space: &str) -> Result<(), AppError> {
        let unknown = |_| not_found(said!("space-gone", "there is no such space"));
        let (me, space) = (self.identity(), space_id(space).map_err(unknown)?);
        let forget = self
            .0
            .store
            .write(move |logs| logs.keep_join_refusal(&me, &space, None));
        Ok(forget.await?)
    }

    /// Somebody wants to join a space by an invitation of this account's: lets them in, or tells them why not.
    pub(crate) async fn asked_to_join(&self, opened: &Opened) -> Result<(), AppError> {
        let Matter::Join {
            space,
            invite,
            proof,
        } = opened.letter.matter
        else {
            return Ok(());
        };
        match self.let_in(opened, &space, &invite, &proof).await? {
            Ok(()) => Ok(()),
            Err(reason) => {
                let answer = Answer::Refused {
                    space,
                    invite,
                    reason,
                };
                self.reply_to(opened, answer).await
            }
        }
    }

    async fn let_in(
        &self,
        opened: &Opened,
        space: &[u8; 32],
        invite: &[u8; 16],
        proof: &[u8; 32],
    ) -> Result<Result<(), JoinRefusal>, AppError> {
        let (me, id, joiner) = (self.identity(), *invite, opened.from);
        let read = self.0.store.read(move |logs| {
            let kept = kept(logs, &me, &id)?;
            let rows = logs.registers(&me, register::INVITE)?;
            let mine = use_key(&id, &joiner);
            let own = rows.iter().find(|(key, _)| *key == mine);
            let used_before = own.is_some_and(|(_, value)| is_done(value));
            let others = rows
                .iter()
                .filter(|(key, _)| key.len() > id.len() && key.starts_with(&id) && *key != mine);
            Ok((kept, used_before, others.count()))
        });
        let (kept, used_before, used) = read.await?;
        let proves =
            |kept: &Kept| kept.space == *space && kept.secret.is_proof(&me, space, &joiner, proof);
        let Some(kept) = kept.filter(proves) else {
            return Ok(Err(JoinRefusal::Wrong));
        };
        if self.is_blocked(joiner).await? {
            return Ok(Err(JoinRefusal::Unwanted));
        }
        let hex = Hex(space).to_string();
        let info = match self.joined(space).await? {
            Some(info) if info.role == SpaceRole::Admin => info,
            _ => return Ok(Err(JoinRefusal::NotAdmin)),
        };
        let key = joiner.to_string();
        let is_member = info.members.iter().any(|member| {
            member.identity == key && matches!(member.role, SpaceRole::Admin | SpaceRole::Member)
        });
        if is_member {
            return Ok(Ok(()));
        }
        if let Some(reason) = refusal(&kept, used_before, used) {
            return Ok(Err(reason));
        }
        // Counted first: if the node ends in between, a link for one lets in nobody but who asked then.
        let count = |done: bool| {
            let value: UseTuple = (unix_ms(), done);
            let key = use_key(invite, &joiner);
            self.set_register(register::INVITE, key, Some(encode(&value)))
        };
        count(false).await?;
        self.note_keys_of(opened).await?;
        self.space_add(&hex, &key, kept.with_past).await?;
        count(true).await?;
        Ok(Ok(()))
    }

    /// Takes from a letter what its writer can be given keys by, whose log isn't here yet.
    async fn note_keys_of(&self, opened: &Opened) -> Result<(), AppError> {
        let (from, said) = (opened.from, opened.statements.clone());
        let told = ToldInbox {
            identity: from,
            device: opened.device,
            inbox: opened.letter.inbox,
        };
        let taken = self.0.store.write(move |logs| {
            let known = logs.take_statements(from, &said)?;
            logs.tell_inbox(told);
            let theirs = logs.logs().filter(|(log, _)| log.identity == from);
            let states: Vec<_> = theirs.map(|(log, state)| (*log, state.clone())).collect();
            Ok((known, states))
        });
        if let (Some(known), states) = taken.await? {
            self.0.replication.statements(known, states).await;
        }
        Ok(())
    }

    /// Who invited this account says that it can't join.
    pub(crate) async fn join_refused(&self, opened: &Opened) -> Result<(), AppError> {
        let Matter::Refused {
            space,
            invite,
            reason,
        } = opened.letter.matter
        else {
            return Ok(());
        };
        let asked = self
            .register(register::JOIN_ASKED, space.to_vec())
            .await?
            .and_then(|value| JoinAsked::read(&value));
        // Only who was asked can say no.
        let is_answer =
            asked.is_some_and(|asked| asked.inviter == opened.from && asked.secret.id() == invite);
        if !is_answer {
            return Ok(());
        }
        self.set_register(register::JOIN_ASKED, space.to_vec(), None)
            .await?;
        let me = self.identity();
        let row = RefusalRow { invite, reason };
        self.0
            .store
            .write(move |logs| logs.keep_join_refusal(&me, &space, Some(row)))
            .await?;
        self.0.letters.review();
        Ok(())
    }
}

/// Why somebody who knows the secret can't join all the same.
fn refusal(kept: &Kept, used_before: bool, used: usize) -> Option<JoinRefusal> {
    if kept.revoked {
        return Some(JoinRefusal::Revoked);
    }
    if kept.is_expired(unix_ms()) {
        return Some(JoinRefusal::Expired);
    }
    if used_before {
        return Some(JoinRefusal::UsedBefore);
    }
    let is_used_up = |uses: u32| usize::try_from(uses).is_ok_and(|uses| used >= uses);
    kept.uses
        .is_some_and(is_used_up)
        .then_some(JoinRefusal::UsedUp)
}

/// What to tell who can't join.
fn refused(reason: JoinRefusal) -> Said {
    match reason {
        JoinRefusal::Wrong => {
            said!(
                "join-wrong",
                "the one who invites doesn't know this link: copy the whole link again, or ask for another one"
            )
        }
        JoinRefusal::UsedUp => said!(
            "join-used-up",
            "as many have joined by this link as may: ask for another one"
        ),
        JoinRefusal::Expired => said!("join-expired", "this link has expired: ask for another one"),
        JoinRefusal::Revoked => said!(
            "join-revoked",
            "this link was taken back: ask for another one"
        ),
        JoinRefusal::NotAdmin => {
            said!(
                "join-not-admin",
                "who made this link is no admin of the space any more: ask one who is for another link"
            )
        }
        JoinRefusal::Unwanted => said!("join-unwanted", "who made this link doesn't let you in"),
        JoinRefusal::UsedBefore => {
            said!(
                "join-used-before",
                "you joined by this link before, and aren't a member any more: ask an admin to add you"
            )
        }
        JoinRefusal::Other(_) => {
            said!(
                "join-other",
                "who made this link doesn't let you in, for a reason that this version of hearth doesn't know: ask them"
            )
        }
    }
}

fn space_id(hex: &str) -> Result<[u8; 32], AppError> {
    let id: Result<hearth_protocol::space::SpaceId, _> = hex.parse();
    match id {
        Ok(id) => Ok(*id.as_bytes()),
        Err(_) => Err(failed(said!("space-id", "a space's id can't be read"))),
    }
}
