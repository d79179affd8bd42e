//! What entries say about spaces: how shared ones are run, and which keys the owner's devices know.

use hearth_keys::{DeviceId, Identity, SpaceKey};
use serde::{Deserialize, Serialize};

use super::{Reference, ReferenceTuple, reference, reference_tuple};
use crate::bounds::{
    ADDED_MAX, BODY_BYTES_MAX, CONTROL_PARENTS_MAX, EPOCH_RECORDS_MAX, LOG_NUMBER_MAX, MEMBERS_MAX,
    NAME_BYTES_MAX, PREVIOUS_EPOCHS_MAX, RECORD_MEMBERS_MAX, REMOVE_ENDS_MAX, SEQUENCE_MAX,
};
use crate::codec::{Blob, Bytes, DecodeError, decode, encode};
use crate::entry::LogNumber;
use crate::space::epoch::{Commitment, MembersDigest};
use crate::space::{EpochControl, EpochId, EpochKeys, Space, SpaceKind, SpaceTuple};

const CREATE: u8 = 1;
const ADD: u8 = 2;
const REMOVE: u8 = 3;
const PROMOTE: u8 = 4;
const RENAME: u8 = 5;
const LEAVE: u8 = 6;
const EPOCH: u8 = 7;

/// One step in how a shared space is run. It says which steps its author had seen; what they amount to is for
/// everybody to work out alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The space, a shared one.
    pub space: Space,
    /// The newest steps that its author knew, and those on which its author's right rests, ascending, at most 24; none
    /// exactly for a space's first step. Where a parent lies tells whether it may come yet, or was cut away with its log.
    pub parents: Vec<Reference>,
    /// What is done.
    pub op: ControlOp,
}

/// What is done to a shared space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlOp {
    /// It begins, its founder the only member and admin.
    Create {
        /// What it is called, 1 to 256 bytes.
        name: String,
    },
    /// Members come in.
    Add {
        /// Who, ascending, 1 to 512.
        members: Vec<Identity>,
        /// Of each of them the generation of the newest inbox key that the author knew; None where none was known.
        inboxes: Vec<Option<u32>>,
        /// Whether they are given what was said before.
        with_past: bool,
    },
    /// A member goes.
    Remove {
        /// Who.
        member: Identity,
        /// Of each of the member's logs the last entry that still counts, ascending by device and log, at most 64. Of a
        /// log that isn't named nothing counts.
        ends: Vec<(DeviceId, LogNumber, u64)>,
    },
    /// A member becomes an admin.
    Promote {
        /// Who.
        member: Identity,
    },
    /// It is called something else.
    Rename {
        /// What, 1 to 256 bytes.
        name: String,
    },
    /// The author goes.
    Leave,
    /// New keys, for who is a member after what the author has seen.
    Epoch {
        /// One more than the highest among the steps seen; 0 if there was none. With the two commitments and the author
        /// it makes the epoch's name, so that nobody can announce another's.
        generation: u32,
        /// To the key of bodies.
        body: Commitment,
        /// To the key of control entries.
        control: Commitment,
        /// Who they are.
        members: MembersDigest,
        /// For each member, by ascending identity, the generation of the inbox key that they were granted to; None
        /// where no key was known, so that nothing was granted.
        inboxes: Vec<Option<u32>>,
        /// Control keys of earlier epochs, strictly ascending by (generation, starter, commitment), so that who holds the newest
        /// can read back to the beginning. At most 16.
        previous: Vec<EpochControl>,
    },
    /// Of a kind that this program doesn't know.
    Unknown {
        /// Its number.
        kind: u8,
        /// Its payload.
        payload: Vec<u8>,
    },
}

/// (space, parents, kind, payload)
#[derive(Serialize, Deserialize)]
struct ControlTuple(SpaceTuple, Vec<ReferenceTuple>, u8, Blob);

/// (generation, starter, commitment to the body key, control key)
type PreviousTuple = (u32, Bytes<32>, Bytes<32>, Bytes<32>);
type EndTuple = (Bytes<32>, LogNumber, u64);

impl Control {
    pub(super) fn payload(&self) -> Vec<u8> {
        let (kind, payload) = self.op.to_pair();
        let parents = self.parents.iter().copied().map(reference_tuple).collect();
        encode(&ControlTuple(
            self.space.to_tuple(),
            parents,
            kind,
            Blob(payload),
        ))
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let ControlTuple(space, parents, kind, Blob(payload)) = decode(payload, BODY_BYTES_MAX)?;
        let space = Space::from_tuple(space)?;
        if space.kind() != SpaceKind::Shared {
            return Err(DecodeError::Invalid(
                "only a shared space is run by entries",
            ));
        }
        if parents.len() > CONTROL_PARENTS_MAX || !ascending(&parents) {
            return Err(DecodeError::Invalid(
                "a control entry names at most 24 others in ascending order",
            ));
        }
        if parents.is_empty() != (kind == CREATE) {
            return Err(DecodeError::Invalid(
                "only a space's first control entry names no other",
            ));
        }
        let parents = parents.into_iter().map(reference);
        Ok(Self {
            space,
            parents: parents.collect::<Result<_, _>>()?,
            op: ControlOp::read(kind, payload)?,
        })
    }
}

impl ControlOp {
    fn to_pair(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Create { name } => (CREATE, encode(&(name,))),
            Self::Add {
                members,
                inboxes,
                with_past,
            } => {
                let members: Vec<_> = members.iter().map(identity_bytes).collect();
                (ADD, encode(&(members, inboxes, with_past)))
            }
            Self::Remove { member, ends } => {
                let ends: Vec<EndTuple> = ends
                    .iter()
                    .map(|(device, log, seq)| (Bytes(*device.as_bytes()), *log, *seq))
                    .collect();
                (REMOVE, encode(&(identity_bytes(member), ends)))
            }
            Self::Promote { member } => (PROMOTE, encode(&(identity_bytes(member),))),
            Self::Rename { name } => (RENAME, encode(&(name,))),
            Self::Leave => (LEAVE, encode::<[u8; 0]>(&[])),
            Self::Epoch {
                generation,
                body,
                control,
                members,
                inboxes,
                previous,
            } => {
                let previous: Vec<PreviousTuple> = previous.iter().map(previous_tuple).collect();
                let (body, control) = (Bytes(*body.as_bytes()), Bytes(*control.as_bytes()));
                let members = Bytes(*members.as_bytes());
                (
                    EPOCH,
                    encode(&(generation, body, control, members, inboxes, previous)),
                )
            }
            Self::Unknown { kind, payload } => (*kind, payload.clone()),
        }
    }

    fn read(kind: u8, payload: Vec<u8>) -> Result<Self, DecodeError> {
        match kind {
            CREATE => Ok(Self::Create {
                name: name(&payload)?,
            }),
            ADD => add(&payload),
            REMOVE => remove(&payload),
            PROMOTE => {
                let (member,): (Bytes<32>,) = decode(&payload, BODY_BYTES_MAX)?;
                Ok(Self::Promote {
                    member: Identity::from_bytes(member.0),
                })
            }
            RENAME => Ok(Self::Rename {
                name: name(&payload)?,
            }),
            LEAVE => {
                let [] = decode::<[u8; 0]>(&payload, BODY_BYTES_MAX)?;
                Ok(Self::Leave)
            }
            EPOCH => epoch(&payload),
            kind => Ok(Self::Unknown { kind, payload }),
        }
    }
}

/// Checks what somebody wants to call a space: 1 to 256 bytes.
pub fn check_space_name(name: &str) -> Result<(), DecodeError> {
    if (1..=NAME_BYTES_MAX).contains(&name.len()) {
        Ok(())
    } else {
        Err(DecodeError::Invalid("a space's name has 1 to 256 bytes"))
    }
}

fn name(payload: &[u8]) -> Result<String, DecodeError> {
    let (name,): (String,) = decode(payload, BODY_BYTES_MAX)?;
    check_space_name(&name)?;
    Ok(name)
}

fn add(payload: &[u8]) -> Result<ControlOp, DecodeError> {
    let (members, inboxes, with_past): (Vec<Bytes<32>>, Vec<Option<u32>>, bool) =
        decode(payload, BODY_BYTES_MAX)?;
    if !(1..=ADDED_MAX).contains(&members.len()) || !ascending(&members) {
        return Err(DecodeError::Invalid(
            "1 to 512 members are added, in ascending order",
        ));
    }
    if inboxes.len() != members.len() {
        return Err(DecodeError::Invalid(
            "of each member that is added the inbox key's generation is told",
        ));
    }
    let members = members.into_iter().map(|who| Identity::from_bytes(who.0));
    Ok(ControlOp::Add {
        members: members.collect(),
        inboxes,
        with_past,
    })
}

fn remove(payload: &[u8]) -> Result<ControlOp, DecodeError> {
    let (member, ends): (Bytes<32>, Vec<EndTuple>) = decode(payload, BODY_BYTES_MAX)?;
    let ordered = ends.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1));
    if ends.len() > REMOVE_ENDS_MAX || !ordered {
        return Err(DecodeError::Invalid(
            "a removal names at most 64 logs in ascending order, each once",
        ));
    }
    let in_bounds =
        |(_, log, seq): &EndTuple| log.number() <= LOG_NUMBER_MAX && *seq <= SEQUENCE_MAX;
    if !ends.iter().all(in_bounds) {
        return Err(DecodeError::Invalid("the place is out of bounds"));
    }
    let end = |(device, log, seq): EndTuple| (DeviceId::from_bytes(device.0), log, seq);
    Ok(ControlOp::Remove {
        member: Identity::from_bytes(member.0),
        ends: ends.into_iter().map(end).collect(),
    })
}

fn epoch(payload: &[u8]) -> Result<ControlOp, DecodeError> {
    let (generation, body, control, members, inboxes, previous): (
        u32,
        Bytes<32>,
        Bytes<32>,
        Bytes<32>,
        Vec<Option<u32>>,
        Vec<PreviousTuple>,
    ) = decode(payload, BODY_BYTES_MAX)?;
    if !(1..=MEMBERS_MAX).contains(&inboxes.len()) {
        return Err(DecodeError::Invalid("an epoch has 1 to 4096 members"));
    }
    if previous.len() > PREVIOUS_EPOCHS_MAX || !ascending(&previous) {
        return Err(DecodeError::Invalid(
            "an epoch hands on at most 16 control keys in ascending order",
        ));
    }
    Ok(ControlOp::Epoch {
        generation,
        body: Commitment::from_bytes(body.0),
        control: Commitment::from_bytes(control.0),
        members: MembersDigest::from_bytes(members.0),
        inboxes,
        previous: previous.into_iter().map(previous_epoch).collect(),
    })
}

fn previous_tuple(epoch: &EpochControl) -> PreviousTuple {
    (
        epoch.generation,
        identity_bytes(&epoch.starter),
        Bytes(*epoch.body.as_bytes()),
        Bytes(*epoch.control.expose_bytes()),
    )
}

fn previous_epoch((generation, starter, body, control): PreviousTuple) -> EpochControl {
    EpochControl {
        generation,
        starter: Identity::from_bytes(starter.0),
        body: Commitment::from_bytes(body.0),
        control: SpaceKey::from_bytes(control.0),
    }
}

/// What one of my devices tells the others of an epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochRecord {
    /// Its keys.
    pub keys: RecordedKeys,
    /// From whom they came.
    pub granter: Identity,
    /// In my friends' space: for whom the epoch was begun, ascending, each with the generation of the inbox key; None
    /// where none was known. At most 768; of more friends several records tell.
    pub members: Option<Vec<(Identity, Option<u32>)>>,
}

/// As much of an epoch's keys as a device has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordedKeys {
    /// Both.
    Whole(EpochKeys),
    /// That of control entries only: I wasn't there yet.
    Control {
        /// Whose epoch it is.
        space: Space,
        /// What is known.
        control: EpochControl,
    },
}

impl RecordedKeys {
    /// The space.
    pub const fn space(&self) -> &Space {
        match self {
            Self::Whole(keys) => &keys.space,
            Self::Control { space, .. } => space,
        }
    }

    /// The epoch's name, of the keys.
    pub fn id(&self) -> EpochId {
        match self {
            Self::Whole(keys) => keys.id(),
            Self::Control { space, control } => control.id(space),
        }
    }

    /// The key of bodies, if it is known.
    pub const fn body(&self) -> Option<&SpaceKey> {
        match self {
            Self::Whole(keys) => Some(&keys.body),
            Self::Control { .. } => None,
        }
    }

    /// The key of control entries.
    pub const fn control(&self) -> &SpaceKey {
        match self {
            Self::Whole(keys) => &keys.control,
            Self::Control { control, .. } => &control.control,
        }
    }
}

/// (space, generation, starter, whether the next is the body's key or a commitment to it, that, control key, granter, members)
#[derive(Serialize, Deserialize)]
struct RecordTuple(
    SpaceTuple,
    u32,
    Bytes<32>,
    bool,
    Bytes<32>,
    Bytes<32>,
    Bytes<32>,
    Option<Vec<(Bytes<32>, Option<u32>)>>,
);

pub(super) fn records_payload(records: &[EpochRecord]) -> Vec<u8> {
    encode(&(records.iter().map(record_tuple).collect::<Vec<_>>(),))
}

pub(super) fn read_records(payload: &[u8]) -> Result<Vec<EpochRecord>, DecodeError> {
    let (records,): (Vec<RecordTuple>,) = decode(payload, BODY_BYTES_MAX)?;
    if !(1..=EPOCH_RECORDS_MAX).contains(&records.len()) {
        return Err(DecodeError::Invalid("1 to 128 epochs are recorded at once"));
    }
    records.into_iter().map(read_record).collect()
}

fn record_tuple(record: &EpochRecord) -> RecordTuple {
    let (space, whole, body, rest) = match &record.keys {
        RecordedKeys::Whole(keys) => {
            let body = *keys.body.expose_bytes();
            (keys.space, true, body, keys.control_part())
        }
        RecordedKeys::Control { space, control } => {
            (*space, false, *control.body.as_bytes(), control.clone())
        }
    };
    let members = record.members.as_ref().map(|members| {
        let member = |(who, inbox): &(Identity, Option<u32>)| (identity_bytes(who), *inbox);
        members.iter().map(member).collect()
    });
    RecordTuple(
        space.to_tuple(),
        rest.generation,
        identity_bytes(&rest.starter),
        whole,
        Bytes(body),
        Bytes(*rest.control.expose_bytes()),
        identity_bytes(&record.granter),
        members,
    )
}

fn read_record(
    RecordTuple(space, generation, starter, whole, body, control, granter, members): RecordTuple,
) -> Result<EpochRecord, DecodeError> {
    let space = Space::from_tuple(space)?;
    let starter = Identity::from_bytes(starter.0);
    let control = SpaceKey::from_bytes(control.0);
    let keys = if whole {
        RecordedKeys::Whole(EpochKeys {
            space,
            generation,
            starter,
            body: SpaceKey::from_bytes(body.0),
            control,
        })
    } else {
        let body = Commitment::from_bytes(body.0);
        let control = EpochControl {
            generation,
            starter,
            body,
            control,
        };
        RecordedKeys::Control { space, control }
    };
    Ok(EpochRecord {
        keys,
        granter: Identity::from_bytes(granter.0),
        members: members.map(read_members).transpose()?,
    })
}

fn read_members(
    members: Vec<(Bytes<32>, Option<u32>)>,
) -> Result<Vec<(Identity, Option<u32>)>, DecodeError> {
    if members.len() > RECORD_MEMBERS_MAX || !members.is_sorted_by(|a, b| a.0 < b.0) {
        return Err(DecodeError::Invalid(
            "a record names at most 768 members in ascending order",
        ));
    }
    let member = |(who, inbox): (Bytes<32>, _)| (Identity::from_bytes(who.0), inbox);
    Ok(members.into_iter().map(member).collect())
}

fn identity_bytes(identity: &Identity) -> Bytes<32> {
    Bytes(*identity.as_bytes())
}

fn ascending<T: PartialOrd>(items: &[T]) -> bool {
    items.is_sorted_by(|a, b| a < b)
}
