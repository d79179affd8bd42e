//! What a page says about the action before it. A query can name such a line, never write one.

use crate::language::{Language, say};
use crate::problem::Reason;
use maud::{Markup, html};
use std::borrow::Cow;

/// One line about the last action, above the page's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It was done.
    Done(Done),
    /// It wasn't, and the text says what to do.
    Problem(Reason),
}

/// An action that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// A post was written.
    Posted,
    /// A post was answered.
    Replied,
    /// A post was changed.
    Edited,
    /// A post was deleted.
    Deleted,
    /// The reader follows somebody.
    Followed,
    /// Two follow each other.
    Befriended,
    /// The reader follows somebody no more.
    Unfollowed,
    /// What a form said is kept.
    Saved,
    /// A file that was to be brought in was discarded.
    Discarded,
    /// A browser was signed out, or all others.
    SignedOut,
    /// A backup was begun.
    BackedUp,
    /// Space was pledged.
    Pledged,
    /// A post was written that not everybody whom it concerns can read.
    Warned,
    /// A post was changed that not everybody whom it concerns can read.
    EditWarned,
    /// A space was begun.
    Begun,
    /// Somebody was added to a space.
    Added,
    /// The same, but keys of the past were missing.
    AddedWithoutPast,
    /// Somebody was removed from a space.
    Removed,
    /// Somebody became an admin.
    Promoted,
    /// A space was renamed.
    Renamed,
    /// The reader left a space.
    Left,
    /// A post was bookmarked.
    Bookmarked,
    /// A bookmark was taken out.
    Unbookmarked,
    /// Somebody was muted.
    Muted,
    /// Somebody is muted no more.
    Unmuted,
    /// Somebody was blocked.
    Blocked,
    /// The same, and they share a space with the reader.
    BlockedAmongOthers,
    /// Somebody is blocked no more.
    Unblocked,
    /// A list was changed.
    Listed,
    /// A post was boosted.
    Boosted,
    /// A boost was taken back.
    Unboosted,
    /// Somebody was given a name, or their own again.
    Called,
    /// A reaction was said or taken back.
    Reacted,
    /// The reader knocked.
    Knocked,
    /// A knock was declined.
    Declined,
    /// A link to a space was made.
    Invited,
    /// A link to a space was taken back.
    Uninvited,
    /// The reader joined a space.
    Joined,
    /// The reader asked to join a space.
    Asked,
    /// A restore was begun.
    Restoring,
    /// A device was put away.
    DeviceRetired,
    /// A device was cut off.
    DeviceCut,
    /// Files were sent.
    Uploaded,
    /// A folder was made.
    FolderMade,
    /// Something in the drive got another name.
    FileRenamed,
    /// Something in the drive was moved.
    FileMoved,
    /// Something in the drive came back.
    FileRestored,
}

/// Each with its name in a query.
const ALL: &[(Done, &str)] = &[
    (Done::Posted, "posted"),
    (Done::Replied, "replied"),
    (Done::Edited, "edited"),
    (Done::Deleted, "deleted"),
    (Done::Followed, "followed"),
    (Done::Befriended, "befriended"),
    (Done::Unfollowed, "unfollowed"),
    (Done::Saved, "saved"),
    (Done::Discarded, "discarded"),
    (Done::SignedOut, "signed-out"),
    (Done::BackedUp, "backed-up"),
    (Done::Pledged, "pledged"),
    (Done::Warned, "posted-warned"),
    (Done::EditWarned, "edited-warned"),
    (Done::Begun, "begun"),
    (Done::Added, "added"),
    (Done::AddedWithoutPast, "added-without-past"),
    (Done::Removed, "removed"),
    (Done::Promoted, "promoted"),
    (Done::Renamed, "renamed"),
    (Done::Left, "left"),
    (Done::Bookmarked, "bookmarked"),
    (Done::Unbookmarked, "unbookmarked"),
    (Done::Muted, "muted"),
    (Done::Unmuted, "unmuted"),
    (Done::Blocked, "blocked"),
    (Done::BlockedAmongOthers, "blocked-among-others"),
    (Done::Unblocked, "unblocked"),
    (Done::Listed, "listed"),
    (Done::Boosted, "boosted"),
    (Done::Unboosted, "unboosted"),
    (Done::Called, "called"),
    (Done::Reacted, "reacted"),
    (Done::Knocked, "knocked"),
    (Done::Declined, "declined"),
    (Done::Invited, "invited"),
    (Done::Uninvited, "uninvited"),
    (Done::Joined, "joined"),
    (Done::Asked, "asked"),
    (Done::Restoring, "restoring"),
    (Done::DeviceRetired, "device-retired"),
    (Done::DeviceCut, "device-cut"),
    (Done::Uploaded, "uploaded"),
    (Done::FolderMade, "folder-made"),
    (Done::FileRenamed, "file-renamed"),
    (Done::FileMoved, "file-moved"),
    (Done::FileRestored, "file-restored"),
];

impl Done {
    /// The name that stands in `?done=`.
    pub fn name(self) -> &'static str {
        ALL.iter()
            .find_map(|(done, name)| (*done == self).then_some(*name))
            .expect("every action has its name")
    }

    /// The action that a query names.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter()
            .find_map(|(done, known)| (*known == name).then_some(*done))
    }

    fn words(self, language: Language) -> Cow<'static, str> {
        match self {
            Self::Posted => say!(language, "done-posted"),
            Self::Replied => say!(language, "done-replied"),
            Self::Edited => say!(language, "done-edited"),
            Self::Deleted => say!(language, "done-deleted"),
            Self::Followed => say!(language, "done-followed"),
            Self::Befriended => say!(language, "done-befriended"),
            Self::Unfollowed => say!(language, "done-unfollowed"),
            Self::Saved => say!(language, "done-saved"),
            Self::Discarded => say!(language, "done-discarded"),
            Self::SignedOut => say!(language, "done-signed-out"),
            Self::BackedUp => say!(language, "done-backed-up"),
            Self::Pledged => say!(language, "done-pledged"),
            Self::Warned => say!(language, "done-posted-warned"),
            Self::EditWarned => say!(language, "done-edited-warned"),
            Self::Begun => say!(language, "done-begun"),
            Self::Added => say!(language, "done-added"),
            Self::AddedWithoutPast => say!(language, "done-added-without-past"),
            Self::Removed => say!(language, "done-removed"),
            Self::Promoted => say!(language, "done-promoted"),
            Self::Renamed => say!(language, "done-renamed"),
            Self::Left => say!(language, "done-left"),
            Self::Bookmarked => say!(language, "done-bookmarked"),
            Self::Unbookmarked => say!(language, "done-unbookmarked"),
            Self::Muted => say!(language, "done-muted"),
            Self::Unmuted => say!(language, "done-unmuted"),
            Self::Blocked => say!(language, "done-blocked"),
            Self::BlockedAmongOthers => say!(language, "done-blocked-among-others"),
            Self::Unblocked => say!(language, "done-unblocked"),
            Self::Listed => say!(language, "done-listed"),
            Self::Boosted => say!(language, "done-boosted"),
            Self::Unboosted => say!(language, "done-unboosted"),
            Self::Called => say!(language, "done-called"),
            Self::Reacted => say!(language, "done-reacted"),
            Self::Knocked => say!(language, "done-knocked"),
            Self::Declined => say!(language, "done-declined"),
            Self::Invited => say!(language, "done-invited"),
            Self::Uninvited => say!(language, "done-uninvited"),
            Self::Joined => say!(language, "done-joined"),
            Self::Asked => say!(language, "done-asked"),
            Self::Restoring => say!(language, "done-restoring"),
            Self::DeviceRetired => say!(language, "done-device-retired"),
            Self::DeviceCut => say!(language, "done-device-cut"),
            Self::Uploaded => say!(language, "done-uploaded"),
            Self::FolderMade => say!(language, "done-folder-made"),
            Self::FileRenamed => say!(language, "done-file-renamed"),
            Self::FileMoved => say!(language, "done-file-moved"),
            Self::FileRestored => say!(language, "done-file-restored"),
        }
    }
}

/// The line; the script takes a good one for the word that what was sent has arrived.
pub(crate) fn line(language: Language, notice: &Notice) -> Markup {
    html! {
        @match notice {
            Notice::Done(done) => p.notice.good role="status" { (done.words(language)) },
            Notice::Problem(reason) => (reason.notice(language, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_lines_and_nothing_else_does() {
        for &(done, name) in ALL {
            assert_eq!((done.name(), Done::named(name)), (name, Some(done)));
            let lines = Language::ALL.map(|language| done.words(language));
            assert!(
                lines[0] != lines[1] && lines.iter().all(|line| line.ends_with('.')),
                "{name}"
            );
        }
        for unknown in ["", "Posted", "<b>posted</b>", "posted "] {
            assert_eq!(Done::named(unknown), None);
        }
    }
}
