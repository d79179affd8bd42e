//! What owners and guardians say to each other.

use hearth_protocol::guardian::{GuardMessage, is_guard_frame};
use hearth_protocol::message::Message;
use hearth_protocol::root::StatementSet;
use hearth_protocol::weight::signatures_max;

/// A frame between owner and guardian.
pub fn guard_message(data: &[u8]) {
    let Ok(message) = GuardMessage::from_bytes(data) else {
        return;
    };
    assert_eq!(message.to_bytes(), data, "one value, one encoding");
    assert!(is_guard_frame(data), "it is told by its first bytes");
    assert!(
        Message::from_bytes(data).is_err(),
        "replication doesn't take it for its own"
    );
    match message {
        GuardMessage::Claim(claim) => {
            assert!(signatures_max(data) as usize > claim.statements().len());
            let nobody = StatementSet::new(claim.identity());
            let _ = claim.verify(b"from", b"to", &nobody);
        }
        GuardMessage::Put { ticket, .. } => {
            let _ = ticket.verify();
            assert!(ticket.check(b"").is_err(), "nothing is never kept");
        }
        GuardMessage::Release { release, .. } => {
            assert!(release.ids().is_sorted());
            let _ = release.verify();
        }
        _ => {}
    }
}
