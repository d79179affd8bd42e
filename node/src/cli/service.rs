//! `hearth service`: start the node with the machine.

use std::io;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Context;
use super::error::CliError;
use super::me::{InitAnswer, InitArgs, show_phrase};
use super::offline;
use super::output::Page;
use crate::home::Home;
use crate::service::{Manager, Scope, Unit, is_own};

/// Start the node with the machine, by systemd
#[derive(Debug, Args)]
pub(crate) struct ServiceArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Install(InstallArgs),
    Uninstall(UninstallArgs),
}

/// Write a systemd unit for this home, and start it
#[derive(Debug, Args)]
#[command(after_help = "\
The node then starts with the machine and comes back after a crash. A home without an identity gets one first, and its \
phrase is shown here, as it would otherwise end up in the system's journal.

Examples:
  hearth service install                            a service of your own
  sudo hearth service install --home /srv/hearth    a service of the system, run by the owner of that folder")]
pub(crate) struct InstallArgs {
    /// A service of the system rather than your own (as for root anyway)
    #[arg(long)]
    system: bool,
}

/// Stop the service and remove its unit; the home stays
#[derive(Debug, Args)]
pub(crate) struct UninstallArgs {
    /// The service of the system rather than your own (as for root anyway)
    #[arg(long)]
    system: bool,
}

pub(super) fn service(args: ServiceArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    match args.what {
        What::Install(args) => install(Scope::of(args.system), cx),
        What::Uninstall(args) => uninstall(Scope::of(args.system), cx),
    }
}

#[derive(Serialize)]
struct Installed<'a> {
    unit: PathBuf,
    enabled: bool,
    /// Only when the home got its identity just now.
    #[serde(flatten)]
    first_run: Option<InitAnswer<'a>>,
}

/// The unit is written first: after the identity is made, nothing may fail before its phrase is shown.
fn install(scope: Scope, cx: &mut Context<'_>) -> Result<(), CliError> {
    let home = Home::open(cx.home.dir())?;
    if !home.has_keys() && !is_own(home.dir()) {
        return Err(CliError::Failed(format!(
            "{dir} belongs to somebody else and has no identity yet: let its owner run `hearth init --home {dir}` first",
            dir = home.dir().display()
        )));
    }
    let unit = Unit::new(&home, scope)?.write()?;
    let made = if home.has_keys() {
        None
    } else {
        Some(offline::init(InitArgs::default(), &home).inspect_err(|_| forget(scope))?)
    };
    let manager = Manager::found(scope);
    let installed = Installed {
        enabled: manager.is_some_and(|manager| manager.enable()),
        first_run: made.as_ref().map(InitAnswer::of),
        unit,
    };
    cx.out.give(&installed, |installed, page| {
        show_installed(installed, scope, page)
    })?;
    offline::told(&home)
}

/// A unit without an identity would make one where nobody sees its phrase. The failure before this is what is told.
fn forget(scope: Scope) {
    let _ = Unit::remove(scope);
}

fn show_installed(installed: &Installed<'_>, scope: Scope, page: &mut Page<'_>) -> io::Result<()> {
    if let Some(phrase) = installed.first_run.as_ref().and_then(InitAnswer::phrase) {
        show_phrase(phrase, page)?;
    }
    page.line(format_args!("Wrote {}", installed.unit.display()))?;
    if installed.enabled {
        page.line("The node runs, and starts with the machine.")?;
    } else {
        page.line("systemd can't be asked here. Where it runs, start the node by:")?;
        for command in scope.enable_commands() {
            page.line(format_args!("  {command}"))?;
        }
    }
    match scope {
        Scope::User => {
            page.line("So that it runs while you aren't signed in: loginctl enable-linger")
        }
        Scope::System => Ok(()),
    }
}

#[derive(Serialize)]
struct Uninstalled {
    unit: PathBuf,
    removed: bool,
}

fn uninstall(scope: Scope, cx: &mut Context<'_>) -> Result<(), CliError> {
    let manager = Manager::found(scope);
    if let Some(manager) = &manager {
        manager.disable();
    }
    let (unit, removed) = Unit::remove(scope)?;
    if let Some(manager) = &manager {
        manager.reload();
    }
    cx.out.give(&Uninstalled { unit, removed }, |done, page| {
        let path = done.unit.display();
        if done.removed {
            page.line(format_args!(
                "Removed {path}. The home and all that is in it stays."
            ))
        } else {
            page.line(format_args!("There was no {path}: nothing to remove."))
        }
    })
}
