//! Who you are: `up`, `init`, `id`, `open`, `link`, `profile`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::client::Patience;
use super::devices::read_link;
use super::error::CliError;
use super::offline::{self, Initialised};
use super::output::{Escaped, Page};
use super::values;
use super::{Context, Nothing};
use crate::app::model::{Me, Profile};
use crate::home::Home;
use crate::http::PublicUrl;

/// Start your node, and go on until it is stopped
#[derive(Debug, Args)]
#[command(after_help = "\
At the first run you make your identity on the page that it prints a link to, or come back there with your phrase. With \
--name or --json it is made at once, and its phrase of 24 words is shown here, once. Write them on paper: they are the \
only way to get you back on another machine, and nothing on this one holds them.

Examples:
  hearth up                          your page on http://127.0.0.1:4748
  hearth up --name Alice             the first run, with a name, at once
  hearth up --http 127.0.0.1:0       any free port for the page
  hearth up --listen /ip4/0.0.0.0/udp/4749/quic-v1 --listen /ip4/0.0.0.0/tcp/4749

Stop it with Ctrl-C or `hearth stop`. `hearth service install` starts it with the machine.")]
pub(crate) struct UpArgs {
    /// Where your page and the local API listen; port 0 means any [default: 127.0.0.1:4748, or any free port where
    /// that one is taken]
    #[arg(long, value_name = "ADDR:PORT", value_parser = socket_address)]
    pub(crate) http: Option<SocketAddr>,
    /// Where other nodes reach this one; may be given several times
    #[arg(long, value_name = "MULTIADDR", value_parser = values::multiaddr)]
    pub(crate) listen: Vec<String>,
    /// Your name; counts at the first run only, which then makes your identity at once
    #[arg(long, value_parser = values::name)]
    pub(crate) name: Option<String>,
    /// The address under which the world reaches your page, where a web server in front of it passes requests on; others see
    /// your public posts there
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<PublicUrl>,
    /// Neither look for nodes in the local network nor be found there
    #[arg(long)]
    pub(crate) no_mdns: bool,
    /// At the first run: become a device of the person who gave this link (`hearth device add`); `-` for the standard input
    #[arg(long, value_name = "F")]
    pub(crate) link_file: Option<PathBuf>,
}

/// Make your identity without starting the node
#[derive(Debug, Default, Args)]
#[command(after_help = "\
With --phrase-file F, the phrase of 24 words never appears on the screen:
  - where F doesn't exist, the new identity's phrase is written to it, readable by you alone;
  - where F exists, it holds a phrase, and this machine becomes a new device of that identity.
Copy the phrase to paper and remove the file: who reads it is you.

Examples:
  hearth init --name Alice
  hearth init --phrase-file /media/stick/phrase.txt")]
pub(crate) struct InitArgs {
    /// Your name
    #[arg(long, value_parser = values::name)]
    pub(crate) name: Option<String>,
    /// Write the phrase to this file, or take it from there where it exists
    #[arg(long, value_name = "F", conflicts_with = "link_file")]
    pub(crate) phrase_file: Option<PathBuf>,
    /// Become a device of the person who gave this link (`hearth device add`); `-` for the standard input
    #[arg(long, value_name = "F")]
    pub(crate) link_file: Option<PathBuf>,
}

/// Show your profile, or change it
#[derive(Debug, Args, Serialize)]
#[command(after_help = "\
Examples:
  hearth profile
  hearth profile --name Alice --bio 'Gardens and radios'")]
pub(crate) struct ProfileArgs {
    /// Your name
    #[arg(long, value_parser = values::name, allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// A few words about you
    #[arg(long, value_parser = values::bio, allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bio: Option<String>,
    /// What you look like: a picture, of which the square in its middle is shown
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    picture: Option<PathBuf>,
}

pub(super) fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "give an address and a port, such as 127.0.0.1:4748 or [::1]:4748".to_owned())
}

pub(super) fn up(args: UpArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let home = Home::open(cx.home.dir())?;
    if let Some(path) = &args.link_file {
        offline::join(&read_link(path, cx.input)?, &home)?;
    }
    offline::up(args, &home, cx.out.is_json())
}

pub(super) fn init(args: InitArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let home = Home::open(cx.home.dir())?;
    if let Some(path) = &args.link_file {
        let link = read_link(path, cx.input)?;
        offline::join(&link, &home)?;
        let identity = link.identity().to_string();
        let answer = InitAnswer {
            identity: &identity,
            phrase: None,
        };
        return cx.out.give(&answer, |answer, page| {
            page.line(format_args!(
                "You are {} here, too.",
                page.bold(answer.identity)
            ))?;
            page.line(
                "Start your node with `hearth up`, while the device that gave you the link runs.",
            )
        });
    }
    let made = offline::init(args, &home)?;
    let answer = InitAnswer::of(&made);
    cx.out.give(&answer, show_init)?;
    offline::told(&home)
}

/// What `init` tells; the phrase only where the person hasn't it in a file.
#[derive(Serialize)]
pub(super) struct InitAnswer<'a> {
    identity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<&'a str>,
}

impl<'a> InitAnswer<'a> {
    pub(super) fn of(made: &'a Initialised) -> Self {
        Self {
            identity: &made.identity,
            phrase: made.phrase.as_ref().map(|phrase| phrase.as_str()),
        }
    }

    pub(super) fn phrase(&self) -> Option<&'a str> {
        self.phrase
    }
}

fn show_init(answer: &InitAnswer<'_>, page: &mut Page<'_>) -> io::Result<()> {
    page.line(format_args!("You are {}", page.bold(answer.identity)))?;
    match answer.phrase {
        Some(phrase) => show_phrase(phrase, page)?,
        None => page.line("The phrase is in its file: copy it to paper and remove the file.")?,
    }
    page.line("Start your node with `hearth up`.")
}

/// The words in rows of six, numbered, so that none is lost on the way to the paper.
pub(super) fn show_phrase(phrase: &str, page: &mut Page<'_>) -> io::Result<()> {
    page.line("\nYour phrase. Write it on paper now: it is shown this once, and it is the only way back to you.\n")?;
    let words: Vec<&str> = phrase.split_whitespace().collect();
    for (row, words) in words.chunks(6).enumerate() {
        let numbered = words.iter().enumerate();
        let cells: Vec<String> = numbered
            .map(|(at, word)| format!("{:>2} {word:<9}", row * 6 + at + 1))
            .collect();
        page.line(format_args!("  {}", cells.join(" ").trim_end()))?;
    }
    page.line("")
}

pub(super) fn id(cx: &mut Context<'_>) -> Result<(), CliError> {
    let me: Me = cx.ask_or("id", Patience::Short, offline::id)?;
    cx.out.give(&me, |me, page| {
        page.line(format_args!("Identity  {}", page.bold(&me.identity)))?;
        page.line(format_args!("Device    {}", me.device))?;
        page.line(format_args!("Name      {}", Escaped::word(&me.name)))
    })
}

#[derive(Serialize, Deserialize)]
struct Web {
    web: String,
}

pub(super) fn open(cx: &mut Context<'_>) -> Result<(), CliError> {
    let web: Web = cx.ask("open", &Nothing {})?;
    cx.out
        .give(&web, |web, page| page.line(Escaped::word(&web.web)))
}

#[derive(Serialize, Deserialize)]
struct Link {
    link: String,
}

pub(super) fn link(cx: &mut Context<'_>) -> Result<(), CliError> {
    let link: Link = cx.ask("link", &Nothing {})?;
    cx.out
        .give(&link, |link, page| page.line(Escaped::word(&link.link)))
}

pub(super) fn profile(args: &ProfileArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let mut profile: Profile = cx.ask("profile", args)?;
    if let Some(picture) = &args.picture {
        profile = super::photos::picture(picture, cx)?;
    }
    cx.out.give(&profile, |profile, page| {
        page.line(format_args!("Identity  {}", profile.identity))?;
        page.line(format_args!(
            "Name      {}",
            page.bold(Escaped::word(&profile.name))
        ))?;
        page.line(format_args!("About     {}", Escaped::word(&profile.bio)))
    })
}
