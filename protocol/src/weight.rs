//! What it costs at most to read a frame, told without reading it: for whoever has to share out time among peers that
//! may all be hostile.

/// No root statement is shorter.
const STATEMENT_BYTES_MIN: usize = 128;

/// The beginning of a frame: an array of two, and the type of a message in which everything is signed by whoever sends
/// it, so that anybody can make up as much as they like ([`Presences`](crate::message::Message::Presences),
/// [`Notice`](crate::message::Message::Notice), [`Letter`](crate::message::Message::Letter), once it is opened,
/// [`Claim`](crate::guardian::GuardMessage::Claim)).
const SIGNED_BY_ANYBODY: [&[u8]; 4] = [&[0x82, 9], &[0x82, 7], &[0x82, 11], &[0x82, 0x18, 32]];

/// How many signatures may have to be checked to read a frame, before it is known whether the sender is to be believed.
///
/// Messages about identities that are cared for aren't counted: statements that are known aren't checked again, and who
/// sends false ones is dropped.
pub fn signatures_max(frame: &[u8]) -> u32 {
    if !SIGNED_BY_ANYBODY
        .iter()
        .any(|beginning| frame.starts_with(beginning))
    {
        return 0;
    }
    u32::try_from(1 + frame.len() / STATEMENT_BYTES_MIN).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use hearth_keys::{DeviceId, DeviceKeys, Phrase};

    use super::signatures_max;
    use crate::bounds::{LETTER_BYTES_MAX, STATEMENTS_MAX};
    use crate::message::{FollowNotice, Message, Presence};
    use crate::root::{Claim, Statement, StatementSet};

    #[test]
    fn no_statement_is_checked_for_nothing() {
        let words = "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote";
        let root = Phrase::parse(words).expect("a valid phrase").root();
        let device = DeviceKeys::from_bytes(&[3; 64]);
        let mut statements = StatementSet::new(root.identity());
        let box_public = device.box_public();
        let certificate = Statement::sign(&root, device.id(), 0, Claim::Certify { box_public });
        statements.insert(certificate).expect("one's own");
        // The shortest that there are: nothing but retirements.
        for number in 1..STATEMENTS_MAX {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            let retired = Statement::sign(&root, DeviceId::from_bytes(bytes), 0, Claim::Retire);
            statements.insert(retired).expect("one's own");
        }
        let checks = u32::try_from(STATEMENTS_MAX + 1).expect("a small number");
        let presence = Presence::sign(&device, &statements, b"peer", 0, &[]);
        let presences = Message::Presences(vec![presence; 16]).to_bytes();
        assert!(signatures_max(&presences) >= 16 * checks);
        let notice = FollowNotice::sign(&device, &statements, root.identity(), true, 0, "");
        assert!(signatures_max(&Message::Notice(notice).to_bytes()) >= checks);
        let letter = Message::Letter {
            to: root.identity(),
            hops: 0,
            sealed: vec![0; LETTER_BYTES_MAX],
        };
        // As many statements as fit into one.
        assert!(signatures_max(&letter.to_bytes()) > 8192 / 128);
        assert_eq!(
            signatures_max(&Message::Missing { request: 7 }.to_bytes()),
            0
        );
    }
}
