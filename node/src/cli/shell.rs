//! `hearth completions`.

use clap::Args;
use clap_complete::Shell;
use serde_json::json;

use super::args;
use super::error::CliError;
use super::output::Output;

/// Print completions for your shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hearth completions bash > ~/.local/share/bash-completion/completions/hearth
  hearth completions zsh > ~/.zfunc/_hearth
  hearth completions fish > ~/.config/fish/completions/hearth.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

pub(crate) fn completions(args: &CompletionsArgs, out: &mut Output<'_>) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "hearth", &mut script);
    let script = String::from_utf8(script)
        .map_err(|_| CliError::Failed("there are no completions for this shell".to_owned()))?;
    out.give(
        &json!({ "shell": args.shell.to_string(), "script": script }),
        |_, page| page.raw(&script),
    )
}
