//! Names that you give to others: `petname`.

use clap::Args;
use serde::Serialize;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::values::{self, Key};
use super::{Context, Nothing};
use crate::app::model::Petname;

/// Call somebody by a name of your own; without a name: show theirs; without a word on whom: list all
#[derive(Debug, Args)]
#[command(after_help = "\
The name stands in place of theirs wherever you see them, on all your devices. Nobody else sees it.

Examples:
  hearth petname hearth1… 'Bob from the bakery'
  hearth petname hearth1… --undo
  hearth petname")]
pub(crate) struct PetnameArgs {
    /// Their key
    #[arg(value_name = "KEY", value_parser = values::key)]
    key: Option<Key>,
    /// What you call them
    #[arg(requires = "key", value_parser = values::petname)]
    name: Option<String>,
    /// Call them as they do
    #[arg(long, requires = "key", conflicts_with = "name")]
    undo: bool,
}

#[derive(Serialize)]
struct Call {
    key: Key,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

pub(super) fn petname(args: PetnameArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let Some(key) = args.key else {
        let named: Vec<Petname> = cx.ask("petnames", &Nothing {})?;
        return cx.out.give(&named, |named, page| {
            if named.is_empty() {
                return page.line("You call everybody as they do.");
            }
            named.iter().try_for_each(|one| line(one, page))
        });
    };
    let name = match args.undo {
        true => Some(String::new()),
        false => args.name,
    };
    let named: Petname = cx.ask("petname", &Call { key, name })?;
    cx.out.give(&named, line)
}

/// `Bob from the bakery, who calls himself…` isn't known to be right: both names, and the key.
fn line(named: &Petname, page: &mut Page<'_>) -> std::io::Result<()> {
    let own = Escaped::word(&named.name).to_string();
    let key = page.dim(Escaped::word(&named.identity)).to_string();
    match (&named.petname, own.is_empty()) {
        (Some(petname), true) => {
            let petname = page.bold(Escaped::word(petname)).to_string();
            page.line(format_args!("{petname} {key}"))
        }
        (Some(petname), false) => {
            let petname = page.bold(Escaped::word(petname)).to_string();
            page.line(format_args!("{petname} (their own name: {own}) {key}"))
        }
        (None, true) => page.line(format_args!("You call them by their key: {key}")),
        (None, false) => {
            let own = page.bold(own).to_string();
            page.line(format_args!("You call them as they do: {own} {key}"))
        }
    }
}
