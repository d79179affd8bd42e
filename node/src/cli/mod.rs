//! The command line: reads what is asked, asks the node, says what came of it.

mod args;
mod backup;
mod client;
mod devices;
mod error;
mod files;
mod guardians;
pub(crate) mod import;
mod invites;
mod knocks;
pub(crate) mod me;
mod node;
mod notifications;
mod offline;
mod output;
mod own_data;
mod people;
mod petnames;
mod photos;
mod posts;
pub(crate) mod restore;
mod search;
mod service;
mod sessions;
mod shell;
mod social;
mod spaces;
#[cfg(test)]
mod tests;
pub(crate) mod values;
mod when;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use clap::FromArgMatches;
use serde::Serialize;
use serde::de::DeserializeOwned;

use args::{Cli, Verb};
use client::{Client, ClientError, Patience};
use error::{CliError, DONE, FAILED};
use output::{Escaped, Output};

use crate::home::Home;

/// What a command works with.
struct Context<'a> {
    home: Home,
    out: Output<'a>,
    input: &'a mut dyn Read,
    /// Whether somebody watches the standard error.
    is_watched: bool,
}

impl Context<'_> {
    /// Asks the running node.
    fn ask<A: DeserializeOwned>(
        &self,
        verb: &str,
        question: &impl Serialize,
    ) -> Result<A, CliError> {
        self.ask_for(verb, question, Patience::Short)
    }

    /// Asks the running node, and waits as long as `patience` says.
    fn ask_for<A: DeserializeOwned>(
        &self,
        verb: &str,
        question: &impl Serialize,
        patience: Patience,
    ) -> Result<A, CliError> {
        Ok(Client::of(&self.home)?.ask(verb, question, patience)?)
    }

    /// The node's answer, or that of `offline` when there is no node.
    fn ask_or<A: DeserializeOwned>(
        &self,
        verb: &str,
        patience: Patience,
        offline: impl FnOnce(&Home) -> Result<A, CliError>,
    ) -> Result<A, CliError> {
        match self.ask_for(verb, &Nothing {}, patience) {
            Err(CliError::Client(ClientError::NotRunning { .. })) => offline(&self.home),
            answer => answer,
        }
    }
}

/// Says on the standard error what to know about something that was done all the same.
fn warn(warnings: &[String]) {
    for warning in warnings {
        // Nothing is left to do when the standard error can't be written.
        let _ = writeln!(io::stderr(), "note: {}", Escaped::word(warning));
    }
}

/// The question of a verb that needs no more words: `{}`.
#[derive(Serialize)]
struct Nothing {}

/// Runs the command that this process was started with.
pub(crate) fn main() -> ExitCode {
    let mut input = io::stdin();
    let is_watched = io::stderr().is_terminal();
    let code = run(
        std::env::args_os(),
        &mut input,
        Output::stdout(),
        &mut io::stderr(),
        is_watched,
    );
    ExitCode::from(code)
}

/// Runs one command line and gives its exit code. Nothing is left to do when the standard error can't be written.
fn run<'a>(
    line: impl IntoIterator<Item = OsString>,
    input: &'a mut dyn Read,
    out: Output<'a>,
    errors: &mut dyn Write,
    is_watched: bool,
) -> u8 {
    let cli = match parse(line) {
        Ok(cli) => cli,
        Err(refusal) => return explain(&refusal, errors),
    };
    match execute(cli, input, out, is_watched) {
        Ok(code) => code,
        Err(error) => {
            if error.exit_code() != DONE {
                let _ = errors.write_all(error.explanation().as_bytes());
            }
            error.exit_code()
        }
    }
}

fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = args::command();
    let matches = command.try_get_matches_from_mut(line)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Help and version go to the standard output, refusals to the standard error.
fn explain(refusal: &clap::Error, errors: &mut dyn Write) -> u8 {
    let _ = if refusal.use_stderr() {
        write!(errors, "{}", Escaped::text(&refusal.render().to_string()))
    } else {
        refusal.print()
    };
    u8::try_from(refusal.exit_code()).unwrap_or(FAILED)
}

fn execute<'a>(
    cli: Cli,
    input: &'a mut dyn Read,
    mut out: Output<'a>,
    is_watched: bool,
) -> Result<u8, CliError> {
    out.set_json(cli.common.json);
    if let Verb::Completions(args) = cli.verb {
        return shell::completions(&args, &mut out).map(|()| DONE);
    }
    let dir = cli.common.home.map_or_else(Home::default_dir, Ok)?;
    let context = Context {
        home: Home::at(dir),
        out,
        input,
        is_watched,
    };
    dispatch(cli.verb, context)
}

fn dispatch(verb: Verb, mut context: Context<'_>) -> Result<u8, CliError> {
    let cx = &mut context;
    match verb {
        Verb::Up(args) => me::up(args, cx),
        Verb::Init(args) => me::init(args, cx),
        Verb::Restore(args) => return restore::restore(args, cx),
        Verb::Phrase(args) => return restore::phrase(&args, cx),
        Verb::Device(args) => devices::device(args, cx),
        Verb::Id => me::id(cx),
        Verb::Open => me::open(cx),
        Verb::Sessions(args) => sessions::sessions(args, cx),
        Verb::Link => me::link(cx),
        Verb::Profile(args) => me::profile(&args, cx),
        Verb::Follow(args) => people::follow(&args, cx),
        Verb::Unfollow(args) => people::unfollow(&args, cx),
        Verb::Following(args) => people::following(&args, cx),
        Verb::Followers => people::followers(cx),
        Verb::Mute(args) => social::mute(args, cx),
        Verb::Block(args) => social::block(args, cx),
        Verb::Petname(args) => petnames::petname(args, cx),
        Verb::List(args) => social::list(&args, cx),
        Verb::Lists => social::lists(cx),
        Verb::Bookmark(args) => social::bookmark(args, cx),
        Verb::React(args) => social::react(args, cx),
        Verb::Boost(args) => photos::boost(args, cx),
        Verb::Photo(args) => photos::photo(args, cx),
        Verb::Read(args) => social::read(&args, cx),
        Verb::Notifications(args) => notifications::notifications(args, cx),
        Verb::Search(args) => search::search(args, cx),
        Verb::Conversations => search::conversations(cx),
        Verb::History(args) => search::history(&args, cx),
        Verb::Settings(args) => social::settings(args, cx),
        Verb::Knock(args) => knocks::knock(&args, cx),
        Verb::Knocks => knocks::knocks(cx),
        Verb::Accept(args) => knocks::accept(&args, cx),
        Verb::Decline(args) => knocks::decline(&args, cx),
        Verb::Pledge(args) => guardians::pledge(&args, cx),
        Verb::Guardians => guardians::guardians(cx),
        Verb::Space(args) => spaces::space(&args, cx),
        Verb::Post(args) => posts::post(args, cx),
        Verb::Timeline(args) => posts::timeline(&args, cx),
        Verb::Posts(args) => posts::posts(&args, cx),
        Verb::Thread(args) => posts::thread(&args, cx),
        Verb::Edit(args) => posts::edit(args, cx),
        Verb::Delete(args) => posts::delete(&args, cx),
        Verb::Import(args) => import::import(args, cx),
        Verb::Backup(args) => backup::backup(&args, cx),
        Verb::Files(args) => return files::files(args, cx),
        Verb::Access(args) => own_data::access(&args, cx),
        Verb::Storage => own_data::storage(cx),
        Verb::Reach => own_data::reach(cx),
        Verb::Status => node::status(cx),
        Verb::Verify(args) => return node::verify(&args, cx),
        Verb::Export(args) => node::export(&args, cx),
        Verb::Reindex(args) => node::reindex(&args, cx),
        Verb::Compact => node::compact(cx),
        Verb::Stop(args) => node::stop(&args, cx),
        Verb::Service(args) => service::service(args, cx),
        Verb::Completions(args) => shell::completions(&args, &mut cx.out),
        Verb::SalvageStore => offline::salvage_store(&cx.home),
    }
    .map(|()| DONE)
}
