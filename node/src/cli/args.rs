//! The command line as a whole, and its first page of help.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, Parser, Subcommand};

use super::{
    backup, devices, files, guardians, import, knocks, me, node, notifications, own_data, people,
    petnames, photos, posts, restore, search, service, sessions, shell, social, spaces,
};
use crate::rebuild::SALVAGE_VERB;

/// A personal server that is you on a free network.
#[derive(Debug, Parser)]
#[command(name = "hearth", version, arg_required_else_help = true, after_help = FIRST_STEPS)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every command takes, anywhere on the line.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The folder of the node's data [default: ~/.local/share/hearth]
    #[arg(
        long,
        global = true,
        env = "HEARTH_HOME",
        hide_env_values = true,
        value_name = "DIR",
        display_order = 900
    )]
    pub(crate) home: Option<PathBuf>,
    /// Answer with one JSON value on the standard output
    #[arg(long, global = true, display_order = 901)]
    pub(crate) json: bool,
}

/// One command each.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Up(me::UpArgs),
    Init(me::InitArgs),
    Restore(restore::RestoreArgs),
    Phrase(restore::PhraseArgs),
    Device(devices::DeviceArgs),
    /// Show who you are
    Id,
    /// Print a new one-time link that signs you in to your page
    Open,
    Sessions(sessions::SessionsArgs),
    /// Print a link by which others can follow you
    Link,
    Profile(me::ProfileArgs),
    Follow(people::FollowArgs),
    Unfollow(people::UnfollowArgs),
    Following(people::FollowingArgs),
    /// List who follows you, as far as this node knows
    Followers,
    Knock(knocks::KnockArgs),
    /// List who asks to be friends
    Knocks,
    Accept(knocks::AcceptArgs),
    Decline(knocks::DeclineArgs),
    Mute(social::MuteArgs),
    Block(social::BlockArgs),
    Petname(petnames::PetnameArgs),
    List(social::ListArgs),
    /// Show your lists of people
    Lists,
    Pledge(guardians::PledgeArgs),
    /// List who keeps your data, and for whom you keep some
    Guardians,
    Space(spaces::SpaceArgs),
    Post(posts::PostArgs),
    Timeline(posts::TimelineArgs),
    Posts(posts::PostsArgs),
    Thread(posts::ThreadArgs),
    History(search::HistoryArgs),
    Edit(posts::EditArgs),
    Delete(posts::DeleteArgs),
    React(social::ReactArgs),
    Boost(photos::BoostArgs),
    Photo(photos::PhotoArgs),
    Bookmark(social::BookmarkArgs),
    Read(social::ReadArgs),
    Notifications(notifications::NotificationsArgs),
    Search(search::SearchArgs),
    /// List whom you talk with alone
    Conversations,
    Settings(social::SettingsArgs),
    Import(import::ImportArgs),
    Backup(backup::BackupArgs),
    Files(files::FilesArgs),
    Access(own_data::AccessArgs),
    /// Show what takes how much room on the disk
    Storage,
    /// Show who reaches your node, and how your friends are connected
    Reach,
    /// Show what the node is doing
    Status,
    Verify(node::VerifyArgs),
    Export(node::ExportArgs),
    Reindex(node::ReindexArgs),
    /// Give unused space of the database back
    Compact,
    Stop(node::StopArgs),
    Service(service::ServiceArgs),
    Completions(shell::CompletionsArgs),
    /// Write what can be read of a damaged store to a pipe; `up` runs this
    #[command(name = SALVAGE_VERB, hide = true)]
    SalvageStore,
}

const FIRST_STEPS: &str = "\
First steps:
  hearth up                    start your node; on its page you make your identity
  hearth follow 'hearth:…'     follow a friend by the link that they sent you
  hearth post 'Hello!'         write to your friends
  hearth timeline              read what is new

`hearth help COMMAND` says more about each. Exit codes: 0 done, 1 failed, 2 wrong use.";

/// The commands of the help page in the order in which a newcomer needs them.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "You",
        &[
            "up", "init", "restore", "phrase", "device", "id", "open", "sessions", "link",
            "profile", "settings",
        ],
    ),
    (
        "People",
        &[
            "follow",
            "unfollow",
            "following",
            "followers",
            "knock",
            "knocks",
            "accept",
            "decline",
            "mute",
            "block",
            "petname",
            "list",
            "lists",
        ],
    ),
    ("Circles", &["space"]),
    (
        "Your data",
        &["backup", "pledge", "guardians", "access", "storage"],
    ),
    (
        "Posts",
        &[
            "post",
            "timeline",
            "notifications",
            "conversations",
            "search",
            "posts",
            "thread",
            "history",
            "edit",
            "delete",
            "react",
            "boost",
            "photo",
            "bookmark",
            "read",
            "import",
        ],
    ),
    ("Files", &["files"]),
    (
        "The node",
        &[
            "status", "reach", "verify", "export", "reindex", "compact", "stop", "service",
        ],
    ),
    ("The shell", &["completions", "help"]),
];

/// The parser, its help page grouped.
pub(crate) fn command() -> Command {
    let mut command = Cli::command();
    command.build();
    let page = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{{after-help}}\n",
        listing(&command)
    );
    Cli::command().help_template(page)
}

fn listing(command: &Command) -> String {
    let (header, literal) = (
        command.get_styles().get_header(),
        command.get_styles().get_literal(),
    );
    let mut text = String::new();
    for (title, names) in GROUPS {
        writeln!(text, "{header}{title}:{header:#}").expect("a String takes everything");
        for name in *names {
            let about = command
                .find_subcommand(name)
                .and_then(Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            writeln!(text, "  {literal}{name:<14}{literal:#}{about}")
                .expect("a String takes everything");
        }
        text.push('\n');
    }
    writeln!(text, "{header}Options:{header:#}\n{{options}}").expect("a String takes everything");
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_parser_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_command_is_in_one_group_and_says_what_it_does() {
        let mut command = Cli::command();
        command.build();
        let mut grouped: Vec<_> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let mut all: Vec<_> = shown.map(Command::get_name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
        for verb in command.get_subcommands() {
            assert!(verb.get_about().is_some(), "{}", verb.get_name());
        }
    }

    #[test]
    fn the_help_page_groups_the_commands() {
        let page = command().render_help().to_string();
        for (title, _) in GROUPS {
            assert!(page.contains(&format!("{title}:\n")), "{page}");
        }
        assert!(page.contains("  timeline      Show"), "{page}");
        assert!(page.contains("First steps:"), "{page}");
    }
}
