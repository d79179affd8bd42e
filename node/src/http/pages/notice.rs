//! What a page says about the action before it. A query can name such a line, never write one.

use crate::http::respond::sentence;
use hearth_web_ui::{Notice, NoticeKind};

/// An action that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Posted,
    Replied,
    Edited,
    Deleted,
    Followed,
    Befriended,
    Unfollowed,
    Saved,
    BackedUp,
    Pledged,
    Warned,
    EditWarned,
    Begun,
    Added,
    AddedWithoutPast,
    Removed,
    Promoted,
    Renamed,
    Left,
    Bookmarked,
    Unbookmarked,
    Muted,
    Unmuted,
    Blocked,
    BlockedAmongOthers,
    Unblocked,
    Listed,
    Reacted,
    Knocked,
    Declined,
    Invited,
    Uninvited,
    Joined,
    Asked,
}

/// Each with its name in a query and what it says.
const ALL: &[(Done, &str, &str)] = &[
    (Done::Posted, "posted", "Posted."),
    (Done::Replied, "replied", "Your reply is out."),
    (
        Done::Edited,
        "edited",
        "Saved. Readers see that it was edited.",
    ),
    (Done::Deleted, "deleted", "Deleted."),
    (
        Done::Followed,
        "followed",
        "You follow them now. Their posts come as soon as a way to them is found.",
    ),
    (Done::Befriended, "befriended", "You follow each other now."),
    (
        Done::Unfollowed,
        "unfollowed",
        "You don't follow them any more.",
    ),
    (Done::Saved, "saved", "Saved."),
    (
        Done::BackedUp,
        "backed-up",
        "What is new goes to your friends now.",
    ),
    (Done::Pledged, "pledged", "Pledged. Your friend is told."),
    (
        Done::Warned,
        "posted-warned",
        "Posted. Somebody whom it is for or whom you mention can't read it: they aren't in this space, or no key of theirs has come here yet.",
    ),
    (
        Done::EditWarned,
        "edited-warned",
        "Saved. Somebody whom it is for or whom you mention can't read it: they aren't in this space, or no key of theirs has come here yet.",
    ),
    (
        Done::Begun,
        "begun",
        "The space is there. Whoever you added finds it as soon as their server is reached.",
    ),
    (
        Done::Added,
        "added",
        "Added. They find the space as soon as their server is reached.",
    ),
    (
        Done::AddedWithoutPast,
        "added-without-past",
        "Added, but without what was written before: keys of it haven't come here, so they couldn't be handed over. Once they have come, remove them and add them again; or let another admin do so.",
    ),
    (
        Done::Removed,
        "removed",
        "Removed. What is written from now on is closed to them.",
    ),
    (Done::Promoted, "promoted", "They are an admin now."),
    (Done::Renamed, "renamed", "The space has its new name."),
    (Done::Left, "left", "You left the space."),
    (
        Done::Bookmarked,
        "bookmarked",
        "Bookmarked. You find it again by your profile.",
    ),
    (
        Done::Unbookmarked,
        "unbookmarked",
        "Taken out of your bookmarks.",
    ),
    (
        Done::Muted,
        "muted",
        "Muted: their posts no longer show in your timelines.",
    ),
    (Done::Unmuted, "unmuted", "Their posts show again."),
    (
        Done::Blocked,
        "blocked",
        "Blocked: they get nothing of yours, and what they write shows nowhere.",
    ),
    (
        Done::BlockedAmongOthers,
        "blocked-among-others",
        "Blocked: they get nothing of yours from this server, and what they write shows nowhere. But in spaces that you are both in they go on reading what you write: remove them there, or leave.",
    ),
    (
        Done::Unblocked,
        "unblocked",
        "No longer blocked. What was ended doesn't begin again by itself.",
    ),
    (Done::Listed, "listed", "Your list is changed."),
    (Done::Reacted, "reacted", "Done."),
    (
        Done::Knocked,
        "knocked",
        "You knocked. If they accept, you are friends; until then you follow them.",
    ),
    (Done::Declined, "declined", "Declined. They aren't told."),
    (
        Done::Invited,
        "invited",
        "The link is below. Send it to whoever shall join, and to nobody else.",
    ),
    (
        Done::Uninvited,
        "uninvited",
        "The link no longer works. Who joined by it stays.",
    ),
    (Done::Joined, "joined", "You are in."),
    (
        Done::Asked,
        "asked",
        "You asked to join. You are in as soon as the server of who made the link is reached.",
    ),
];

impl Done {
    /// The name that stands in `?done=`.
    pub(super) fn name(self) -> &'static str {
        ALL.iter()
            .find_map(|(done, name, _)| (*done == self).then_some(*name))
            .expect("every action has its line")
    }

    /// The line for the action that a query names.
    pub(super) fn notice(name: &str) -> Option<Notice> {
        let (.., text) = ALL.iter().find(|(_, known, _)| *known == name)?;
        Some(Notice {
            kind: NoticeKind::Good,
            text: (*text).into(),
        })
    }
}

/// The line for an action that wasn't done.
pub(super) fn problem(text: &str) -> Notice {
    Notice {
        kind: NoticeKind::Problem,
        text: sentence(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_a_sentence() {
        let cases = [
            ("this is not a key", "This is not a key."),
            ("it failed (disk full)", "It failed (disk full)."),
            ("éa!", "Éa!"),
            ("", "."),
        ];
        for (words, said) in cases {
            assert_eq!(problem(words).text, said);
        }
    }

    #[test]
    fn names_lead_to_lines_and_nothing_else_does() {
        for &(done, name, text) in ALL {
            assert_eq!(done.name(), name);
            assert_eq!(
                Done::notice(name).map(|notice| notice.text),
                Some(text.into())
            );
        }
        for unknown in ["", "Posted", "<b>posted</b>", "posted "] {
            assert_eq!(Done::notice(unknown), None);
        }
    }
}
