//! What an entry says, once its envelope is open.
//!
//! Content is `[kind, payload]`, the payload a canonical tuple by kind, so that a program that doesn't know a kind keeps
//! it, passes it on and says that there is something newer.

use hearth_keys::{BoxPublic, DeviceId, Identity};
use serde::{Deserialize, Serialize};

use crate::bounds::{
    BIO_BYTES_MAX, BODY_BYTES_MAX, DELETE_TARGETS_MAX, LOG_NUMBER_MAX, NAME_BYTES_MAX,
    SEQUENCE_MAX, TEXT_BYTES_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::drive::{self, DriveChange};
use crate::entry::{EntryId, LogKey, LogNumber, Place};
use crate::space::EpochGrant;

use photo::PhotoTuple;

mod backup;
mod grant;
pub mod photo;
pub mod social;
pub mod space;

pub use backup::{BackupHead, BackupSettings, Pledge};
pub use grant::{GRANT_DEVICES_MAX, KeyGrant, KeyPurpose, grant_info};
pub use photo::{MediaType, Photo, PhotoKey, Picture};
pub use social::{Boost, Carried, Reaction, Register};
pub use space::{Control, ControlOp, EpochRecord, RecordedKeys};

/// The numbers that stand for the kinds of content.
pub mod kind {
    /// [`super::Profile`]
    pub const PROFILE: u16 = 1;
    /// [`super::Post`]
    pub const POST: u16 = 2;
    /// [`super::Edit`]
    pub const EDIT: u16 = 3;
    /// [`super::Delete`]
    pub const DELETE: u16 = 4;
    /// [`super::Follow`]
    pub const FOLLOW: u16 = 5;
    /// [`super::InboxAnnouncement`]
    pub const INBOX: u16 = 6;
    /// [`super::KeyGrant`]
    pub const KEY_GRANT: u16 = 7;
    /// [`super::Content::Drive`]
    pub const DRIVE: u16 = 8;
    /// [`super::Pledge`]
    pub const PLEDGE: u16 = 9;
    /// [`super::BackupHead`]
    pub const BACKUP_HEAD: u16 = 10;
    /// [`super::BackupSettings`]
    pub const BACKUP_SETTINGS: u16 = 11;
    /// [`crate::space::EpochGrant`]
    pub const EPOCH_GRANT: u16 = 12;
    /// [`super::Control`]
    pub const CONTROL: u16 = 13;
    /// [`super::EpochRecord`]
    pub const EPOCH_RECORDS: u16 = 14;
    /// [`super::Carried`]
    pub const CARRIED: u16 = 15;
    /// [`super::Reaction`]
    pub const REACTION: u16 = 16;
    /// [`super::Register`]
    pub const REGISTER: u16 = 17;
    /// [`super::Boost`]
    pub const BOOST: u16 = 18;
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Who I am.
    Profile(Profile),
    /// Something to read.
    Post(Post),
    /// An earlier post, in other words.
    Edit(Edit),
    /// Earlier entries whose bodies shall go.
    Delete(Delete),
    /// Whom I follow; written in the private space, and for everybody where the follow is open.
    Follow(Follow),
    /// The key that others seal to.
    Inbox(InboxAnnouncement),
    /// A random key, sealed to my devices and my recovery key.
    KeyGrant(KeyGrant),
    /// What became of files and folders; written in the private space. At least one change.
    Drive(Vec<DriveChange>),
    /// Space that I keep for somebody; written in the private space.
    Pledge(Pledge),
    /// My newest backup; sealed for the private space, in the social log.
    BackupHead(BackupHead),
    /// How I want backups; written in the private space.
    BackupSettings(BackupSettings),
    /// An epoch's keys for its members; clear, in the social log.
    EpochGrant(EpochGrant),
    /// How a shared space is run; sealed under an epoch's control key, in the social log.
    Control(Control),
    /// Keys of epochs, for my other devices; written in the private space. At least one record.
    EpochRecords(Vec<EpochRecord>),
    /// What a friend said in my friends' space, for the others in it; sealed for that space.
    Carried(Carried),
    /// A reaction to something, in the same space.
    Reaction(Reaction),
    /// One of my settings or lists; written in the private space.
    Register(Register),
    /// A post that my readers may want to see, in the same space.
    Boost(Boost),
    /// Of a kind that this program doesn't know.
    Unknown {
        /// Its number.
        kind: u16,
        /// Its payload.
        payload: Vec<u8>,
    },
}

/// Who somebody says they are. The newest one counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The display name.
    pub name: String,
    /// A few words about oneself.
    pub bio: String,
    /// Whether this author's public entries also go out by gossip, for reach beyond friends.
    pub gossip: bool,
    /// What they look like; square.
    pub picture: Option<Photo>,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Post {
    /// 1 byte to 16 KiB, kept byte for byte; with photos it may be empty.
    pub text: String,
    /// The post that this one answers.
    pub reply_to: Option<Reference>,
    /// What to say of it before it is shown, 1 to 200 bytes; None: it is shown at once.
    pub warning: Option<String>,
    /// At most 8.
    pub photos: Vec<Photo>,
}

/// An entry of anybody's, by place and by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Where it lies.
    pub place: Place,
    /// Its id.
    pub id: EntryId,
}

impl Reference {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(&reference_tuple(*self))
    }

    /// Reads what [`Self::to_bytes`] gave.
    ///
    /// # Errors
    /// Those of [`decode`]; [`DecodeError::Invalid`] for a place out of bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        reference(decode(bytes, REFERENCE_BYTES_MAX)?)
    }
}

/// An entry of the same identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// The device that wrote it.
    pub device: DeviceId,
    /// The log.
    pub log: LogNumber,
    /// The position.
    pub seq: u64,
}

impl Target {
    /// The place of this target in `identity`'s logs.
    pub fn place(&self, identity: Identity) -> Place {
        Place {
            log: LogKey {
                identity,
                device: self.device,
                log: self.log,
            },
            seq: self.seq,
        }
    }
}

impl From<Place> for Target {
    fn from(place: Place) -> Self {
        Self {
            device: place.log.device,
            log: place.log.log,
            seq: place.seq,
        }
    }
}

/// Replaces a post's text, its warning, and what is said of its photos. Of several edits the one with the highest (time, id)
/// counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The post.
    pub target: Target,
    /// Its text from now on; where `alts` says something, it may be empty.
    pub text: String,
    /// Its warning from now on.
    pub warning: Option<String>,
    /// Its photos' alternative texts from now on, in their order; those beyond stay as they are. At most 8.
    pub alts: Vec<Option<String>>,
}

/// Asks every carrier to let bodies go. Always in a clear envelope; effective only with a valid signature of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    /// 1 to 32 entries of the same identity, ascending.
    pub targets: Vec<Target>,
}

/// Following begins, changes or ends. The newest by (time, id) counts.
///
/// In an own log, sealed: what holds. In a social log, clear: a follow that everybody may read, for as long as it isn't
/// deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow {
    /// Whom.
    pub identity: Identity,
    /// How from now on.
    pub state: FollowState,
}

/// Whether one follows somebody, and who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum FollowState {
    /// Not, or no longer.
    #[default]
    None,
    /// The followed one is told.
    Following,
    /// Nobody is told.
    InPrivate,
}

impl FollowState {
    /// Whether one follows at all.
    pub const fn follows(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Whether the followed one is told: what friendship needs.
    pub const fn is_told(self) -> bool {
        matches!(self, Self::Following)
    }

    /// The number that stands for it: 0, 1, 2.
    pub const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Following => 1,
            Self::InPrivate => 2,
        }
    }

    /// Reads its number.
    ///
    /// # Errors
    /// [`DecodeError::Version`]: one to come.
    pub fn from_code(code: u8) -> Result<Self, DecodeError> {
        match code {
            0 => Ok(Self::None),
            1 => Ok(Self::Following),
            2 => Ok(Self::InPrivate),
            newer => Err(DecodeError::Version(newer.into())),
        }
    }
}

/// The X25519 key that others seal to; the highest generation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboxAnnouncement {
    /// Counts up from 0 with each new key.
    pub generation: u32,
    /// The public key.
    pub public: BoxPublic,
}

/// Longer than the bytes of any reference.
const REFERENCE_BYTES_MAX: usize = 160;

type TargetTuple = (Bytes<32>, LogNumber, u64);
type ReferenceTuple = (Bytes<32>, Bytes<32>, LogNumber, u64, Bytes<32>);

#[derive(Serialize, Deserialize)]
struct ContentTuple(u16, Blob);

impl Content {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, payload) = match self {
            Self::Profile(p) => (kind::PROFILE, profile_payload(p)),
            Self::Post(p) => (kind::POST, post_payload(p)),
            Self::Edit(e) => (
                kind::EDIT,
                encode(&(target_tuple(&e.target), &e.text, &e.warning, &e.alts)),
            ),
            Self::Delete(d) => (
                kind::DELETE,
                encode(&(d.targets.iter().map(target_tuple).collect::<Vec<_>>(),)),
            ),
            Self::Follow(f) => (
                kind::FOLLOW,
                encode(&(Bytes(*f.identity.as_bytes()), f.state.code())),
            ),
            Self::Inbox(i) => (
                kind::INBOX,
                encode(&(i.generation, Bytes(*i.public.as_bytes()))),
            ),
            Self::KeyGrant(g) => (kind::KEY_GRANT, g.payload()),
            Self::Drive(changes) => (kind::DRIVE, drive::changes_payload(changes)),
            Self::Pledge(p) => (kind::PLEDGE, p.payload()),
            Self::BackupHead(h) => (kind::BACKUP_HEAD, h.payload()),
            Self::BackupSettings(s) => (kind::BACKUP_SETTINGS, s.payload()),
            Self::EpochGrant(g) => (kind::EPOCH_GRANT, g.to_payload()),
            Self::Control(c) => (kind::CONTROL, c.payload()),
            Self::EpochRecords(records) => (kind::EPOCH_RECORDS, space::records_payload(records)),
            Self::Carried(c) => (kind::CARRIED, c.payload()),
            Self::Reaction(r) => (kind::REACTION, r.payload()),
            Self::Register(r) => (kind::REGISTER, r.payload()),
            Self::Boost(b) => (kind::BOOST, b.payload()),
            Self::Unknown { kind, payload } => (*kind, payload.clone()),
        };
        encode(&ContentTuple(kind, Blob(payload)))
    }

    /// Reads content; kinds that this program doesn't know come out as [`Content::Unknown`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let ContentTuple(kind, Blob(payload)) = decode(bytes, BODY_BYTES_MAX)?;
        Ok(match kind {
            kind::PROFILE => Self::Profile(profile(&payload)?),
            kind::POST => Self::Post(post(&payload)?),
            kind::EDIT => Self::Edit(edit(&payload)?),
            kind::DELETE => Self::Delete(delete(&payload)?),
            kind::FOLLOW => {
                let (identity, state): (Bytes<32>, u8) = decode(&payload, BODY_BYTES_MAX)?;
                Self::Follow(Follow {
                    identity: Identity::from_bytes(identity.0),
                    state: FollowState::from_code(state)?,
                })
            }
            kind::INBOX => {
                let (generation, public): (u32, Bytes<32>) = decode(&payload, BODY_BYTES_MAX)?;
                Self::Inbox(InboxAnnouncement {
                    generation,
                    public: BoxPublic::from_bytes(public.0),
                })
            }
            kind::KEY_GRANT => Self::KeyGrant(KeyGrant::read(&payload)?),
            kind::DRIVE => Self::Drive(drive::read_changes(&payload)?),
            kind::PLEDGE => Self::Pledge(Pledge::read(&payload)?),
            kind::BACKUP_HEAD => Self::BackupHead(BackupHead::read(&payload)?),
            kind::BACKUP_SETTINGS => Self::BackupSettings(BackupSettings::read(&payload)?),
            kind::EPOCH_GRANT => Self::EpochGrant(EpochGrant::read(&payload)?),
            kind::CONTROL => Self::Control(Control::read(&payload)?),
            kind::EPOCH_RECORDS => Self::EpochRecords(space::read_records(&payload)?),
            kind::CARRIED => Self::Carried(Carried::read(&payload)?),
            kind::REACTION => Self::Reaction(Reaction::read(&payload)?),
            kind::REGISTER => Self::Register(Register::read(&payload)?),
            kind::BOOST => Self::Boost(Boost::read(&payload)?),
            _ => Self::Unknown { kind, payload },
        })
    }
}

/// Checks a text that somebody wants to post: 1 byte to 16 KiB.
pub fn check_text(text: &str) -> Result<(), DecodeError> {
    match text.len() {
        0 => Err(DecodeError::Invalid("a text has at least one character")),
        length if length > TEXT_BYTES_MAX => Err(DecodeError::TooLong {
            length,
            limit: TEXT_BYTES_MAX,
        }),
        _ => Ok(()),
    }
}

impl Post {
    /// A post of a text and nothing else.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Whether it is within bounds.
    ///
    /// # Errors
    /// [`DecodeError::TooLong`] for the text, [`DecodeError::Invalid`] for all else.
    pub fn check(&self) -> Result<(), DecodeError> {
        if !self.text.is_empty() || self.photos.is_empty() {
            check_text(&self.text)?;
        }
        photo::check_warning(self.warning.as_deref())?;
        photo::check_count(self.photos.len())?;
        self.photos.iter().try_for_each(Photo::check)
    }
}

impl Edit {
    /// Whether it is within bounds.
    ///
    /// # Errors
    /// As those of [`Post::check`].
    pub fn check(&self) -> Result<(), DecodeError> {
        if !self.text.is_empty() || self.alts.is_empty() {
            check_text(&self.text)?;
        }
        photo::check_warning(self.warning.as_deref())?;
        photo::check_count(self.alts.len())?;
        let mut alts = self.alts.iter();
        alts.try_for_each(|alt| photo::check_alt(alt.as_deref()))
    }

    /// What a post says from now on.
    pub fn apply(self, post: &mut Post) {
        post.text = self.text;
        post.warning = self.warning;
        for (photo, alt) in post.photos.iter_mut().zip(self.alts) {
            photo.alt = alt;
        }
    }
}

fn profile_payload(profile: &Profile) -> Vec<u8> {
    let picture = profile.picture.as_ref().map(Photo::to_tuple);
    encode(&(&profile.name, &profile.bio, profile.gossip, picture))
}

fn profile(payload: &[u8]) -> Result<Profile, DecodeError> {
    let (name, bio, gossip, picture): (String, String, bool, Option<PhotoTuple>) =
        decode(payload, BODY_BYTES_MAX)?;
    if name.len() > NAME_BYTES_MAX || bio.len() > BIO_BYTES_MAX {
        return Err(DecodeError::Invalid(
            "the name or the biography is too long",
        ));
    }
    let picture = picture.map(Photo::from_tuple).transpose()?;
    picture.as_ref().map_or(Ok(()), Photo::check_portrait)?;
    Ok(Profile {
        name,
        bio,
        gossip,
        picture,
    })
}

fn post_payload(post: &Post) -> Vec<u8> {
    let photos: Vec<_> = post.photos.iter().map(Photo::to_tuple).collect();
    let reply_to = post.reply_to.map(reference_tuple);
    encode(&(&post.text, reply_to, &post.warning, photos))
}

type PostTuple = (
    String,
    Option<ReferenceTuple>,
    Option<String>,
    Vec<PhotoTuple>,
);

fn post(payload: &[u8]) -> Result<Post, DecodeError> {
    let (text, reply_to, warning, photos): PostTuple = decode(payload, BODY_BYTES_MAX)?;
    let photos = photos.into_iter().map(Photo::from_tuple);
    let post = Post {
        text,
        reply_to: reply_to.map(reference).transpose()?,
        warning,
        photos: photos.collect::<Result<_, _>>()?,
    };
    post.check()?;
    Ok(post)
}

fn edit(payload: &[u8]) -> Result<Edit, DecodeError> {
    type EditTuple = (TargetTuple, String, Option<String>, Vec<Option<String>>);
    let (target, text, warning, alts): EditTuple = decode(payload, BODY_BYTES_MAX)?;
    let edit = Edit {
        target: read_target(target)?,
        text,
        warning,
        alts,
    };
    edit.check()?;
    Ok(edit)
}

fn delete(payload: &[u8]) -> Result<Delete, DecodeError> {
    let (targets,): (Vec<TargetTuple>,) = decode(payload, BODY_BYTES_MAX)?;
    let targets = targets
        .into_iter()
        .map(read_target)
        .collect::<Result<Vec<_>, _>>()?;
    if targets.is_empty() || targets.len() > DELETE_TARGETS_MAX {
        return Err(DecodeError::Invalid("a delete names 1 to 32 entries"));
    }
    if !targets.is_sorted_by(|a, b| a < b) {
        return Err(DecodeError::Invalid(
            "a delete names its targets in ascending order, each once",
        ));
    }
    Ok(Delete { targets })
}

fn target_tuple(target: &Target) -> TargetTuple {
    (Bytes(*target.device.as_bytes()), target.log, target.seq)
}

fn read_target((device, log, seq): TargetTuple) -> Result<Target, DecodeError> {
    if log.number() > LOG_NUMBER_MAX || seq > SEQUENCE_MAX {
        return Err(DecodeError::Invalid("the place is out of bounds"));
    }
    Ok(Target {
        device: DeviceId::from_bytes(device.0),
        log,
        seq,
    })
}

fn reference_tuple(reference: Reference) -> ReferenceTuple {
    let LogKey {
        identity,
        device,
        log,
    } = reference.place.log;
    let id = Bytes(*reference.id.as_bytes());
    (
        Bytes(*identity.as_bytes()),
        Bytes(*device.as_bytes()),
        log,
        reference.place.seq,
        id,
    )
}

fn reference((identity, device, log, seq, id): ReferenceTuple) -> Result<Reference, DecodeError> {
    let target = read_target((device, log, seq))?;
    let place = target.place(Identity::from_bytes(identity.0));
    Ok(Reference {
        place,
        id: EntryId::from_bytes(id.0),
    })
}
