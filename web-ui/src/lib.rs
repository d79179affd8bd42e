//! Hearth's pages: values in, HTML out.
//!
//! Every function here takes plain values and returns a whole document (or, for
//! [`posts_fragment`], the cards that the script inserts into one). Nothing here knows a database,
//! a network or a server; the addresses that the pages link to are listed at [`home()`] and its
//! neighbours and are served by the node.
//!
//! The pages work without scripts: plain links, plain forms, redirects. `static/app.js` adds what
//! only a script can: news as they come, drafts that survive their tab, a copy button.
//!
//! They hold no inline script and no inline style and load nothing from elsewhere, so that
//! [`CONTENT_SECURITY_POLICY`] can forbid both.
//!
//! ```
//! use hearth_web_ui::{Composer, HomePage, Language, Person, Shell, Waiting, home};
//!
//! let me = Person { identity: "hearth1example".into(), name: "Alice".into(), picture: None };
//! let shell = Shell {
//!     me,
//!     csrf: "token".into(),
//!     now_ms: 0,
//!     notice: None,
//!     neighbours: vec![],
//!     here: "/".into(),
//!     language: Language::English,
//!     waiting: Waiting::default(),
//! };
//! let composer = Composer::default();
//! let page = HomePage { posts: vec![], composer, filters: vec![], next: None, newest: None };
//! assert!(home(&shell, &page).starts_with("<!DOCTYPE html>"));
//! ```

mod access;
mod album;
mod assets;
mod audience;
mod backup;
mod bookmarks;
mod bytes;
mod circle;
mod conversations;
mod data;
mod devices;
mod edit;
mod error;
mod export;
mod face;
mod feed;
mod file;
mod files;
mod first_run;
mod first_steps;
mod form;
mod home;
mod icon;
mod import;
mod language;
mod look;
mod marked;
mod members;
mod notice;
mod notifications;
mod offline;
mod page;
mod passkey;
mod people;
mod person;
mod photos;
mod post;
mod problem;
mod profile;
mod public;
mod qr;
mod quiet;
mod reach;
mod readable;
mod restore;
mod script;
mod search;
mod select;
mod settings;
mod settings_sessions;
mod settings_sign_in;
mod shortcuts;
mod sign_in;
mod space;
mod spaces;
mod storage;
mod text;
mod thread;
mod time;
mod uploads;
mod values;
mod wider;

#[cfg(test)]
mod tests;

pub use access::{
    AccessBar, AccessClass, AccessDeed, AccessGroup, AccessKind, AccessPage, AccessSpan, AccessWho,
    access,
};
pub use album::{AlbumPage, album};
pub use assets::{Asset, MANIFEST, asset, manifest, readable_style, service_worker};
pub use backup::{Advice, BackupPage, Guardian, Health, Progress, Snapshot, backup};
pub use bookmarks::{BookmarksPage, bookmarks};
pub use circle::{Circle, Keeper};
pub use conversations::{Conversation, HistoryPage, conversations, history};
pub use data::{DataPage, data};
pub use devices::{
    Device, DeviceDraft, DeviceLinkPage, DeviceState, device_add, device_link, device_remove,
    devices,
};
pub use edit::{EditPage, confirm_delete, edit};
pub use error::{FormTrouble, Trouble, error};
pub use export::export;
pub use face::called;
pub use feed::{FEED_TYPE, feed};
pub use file::{
    FilePage, FileProblem, Folders, RemovePage, RemovedItem, RemovedPage, Version, VersionDevice,
    View, confirm_removal, file, removed,
};
pub use files::{Crumb, FilesPage, Item, ItemKind, Order, OrderBy, Refused, Sums, Undo, files};
pub use first_run::{
    ComeBackPage, FirstFriendPage, FirstRunShell, LockPage, PhrasePage, first_friend, welcome,
    welcome_back, welcome_device, welcome_lock, welcome_name, welcome_phrase, welcome_words,
};
pub use first_steps::{Checklist, FirstStep};
pub use home::{Filter, FilterKind, HomePage, home, home_with_steps};
pub use import::{ImportPage, ImportStage, import};
pub use language::Language;
pub use look::{Look, Theme, dressed};
pub use marked::tags;
pub use members::{Invite, InviteProblem, MembersPage, members};
pub use notice::{Done, Notice};
pub use notifications::{
    Notification, NotificationFilter, NotificationKind, NotificationsPage, notifications,
};
pub use offline::offline;
pub use page::CONTENT_SECURITY_POLICY;
pub use passkey::{PasskeyAsk, Passkeys};
pub use people::{Knock, PeoplePage, people};
pub use person::{OnList, PersonPage, Standing, person};
pub use post::posts_fragment;
pub use problem::{ImportProblem, Reason, SignInProblem};
pub use profile::{ProfilePage, profile};
pub use public::{
    PublicFace, PublicPost, public_missing, public_photos, public_post, public_profile,
};
pub use qr::Qr;
pub use quiet::{QuietPage, quiet};
pub use reach::{Caller, ReachPage, ReachedFriend, Way, reach};
pub use readable::{
    ReadableAudience, ReadableIndex, ReadablePost, readable_index, readable_page_name,
    readable_posts,
};
pub use restore::{Missing, RestoreForm, RestorePage, RestoreStage, RestoreState, restore};
pub use search::{FoundFile, FoundPost, SearchPage, search};
pub use settings::{SettingsPage, SettingsPart, settings};
pub use settings_sessions::{Session, settings_sessions};
pub use settings_sign_in::{Passkey, SignInPart, SignInSettings, settings_sign_in};
pub use shortcuts::shortcuts;
pub use sign_in::{SignInPage, sign_in};
pub use space::{Member, SpacePage, space};
pub use spaces::{NotLetIn, SpaceRow, SpacesPage, spaces};
pub use storage::{StorageKind, StoragePage, StoragePart, StoragePledge, storage};
pub use thread::{ThreadPage, thread};
pub use uploads::foreign_upload;
pub use values::{
    Attached, Audience, Choice, Composer, DraftPhoto, Neighbour, Person, Photo, Post, Reaction,
    Relation, ReplyTo, Role, Shell, SpaceName, Waiting,
};
pub use wider::{WiderPage, confirm_wider};
