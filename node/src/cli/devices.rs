//! Your devices: `device list`, `add`, `join`, `revoke`. The phrase stays in this process: it signs what is said of a device,
//! and the node gets that alone.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use hearth_keys::{DeviceId, Root};
use hearth_protocol::device_link::DeviceLink;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use zeroize::Zeroizing;

use super::error::CliError;
use super::output::{Escaped, Page};
use super::restore::the_phrase;
use super::when::{lasting, now_ms};
use super::{Context, Nothing, offline, values};
use crate::app::model::{Device, DeviceAdded, DeviceEnd, DeviceState, Me};
use crate::device_statements::{NewDevice, revocation};
use crate::home::{Home, write_private};

/// Of a device's key, enough to tell it from others.
const SHORT_KEY_CHARS: usize = 16;
/// What a link file may hold.
const LINK_FILE_BYTES_MAX: u64 = 64 * 1024;
/// Stands for the standard input.
const STDIN: &str = "-";

/// The machines that write for you
#[derive(Debug, Args)]
#[command(after_help = "\
Each device signs for itself and holds the keys to read what is for you. Your phrase says which count; it never leaves this \
command.

Examples:
  hearth device list
  hearth device add --phrase-file phrase.txt          shows a link for the new machine
  hearth device join --link-file link.txt             there, in an empty home
  hearth device revoke 3fa9 --phrase-file phrase.txt
  hearth device revoke 3fa9 --stolen --phrase-file phrase.txt")]
pub(crate) struct DeviceArgs {
    #[command(subcommand)]
    verb: DeviceVerb,
}

#[derive(Debug, Subcommand)]
enum DeviceVerb {
    /// List your devices
    List,
    Add(AddArgs),
    Join(JoinArgs),
    Revoke(RevokeArgs),
}

/// Make another machine a device of yours
#[derive(Debug, Args)]
#[command(after_help = "\
Shows a link, and a QR code of it. They hold the new device's secret keys: whoever reads them is you. They are for one \
machine; a second one takes another link. The new machine gets everything from this node, which should run until it has.

Example:
  hearth device add --name laptop --phrase-file /media/stick/phrase.txt --out /media/stick/link.txt")]
struct AddArgs {
    /// What to call the new device, as `hearth device list` shows it
    #[arg(long, value_name = "NAME", value_parser = values::device_name)]
    name: Option<String>,
    /// The file that holds the 24 words; asked for on the terminal unless given
    #[arg(long, value_name = "F")]
    phrase_file: Option<PathBuf>,
    /// Write the link to this file, readable by you alone, instead of showing it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Make this machine, with an empty home, a device of the person who gave the link
#[derive(Debug, Args)]
#[command(after_help = "\
Start it then with `hearth up`; `hearth up --link-file F` does both. Remove the file: who reads it is you.

Example:
  hearth device join --link-file link.txt")]
struct JoinArgs {
    /// The file that holds the link; `-` for the standard input
    #[arg(long, value_name = "F")]
    link_file: PathBuf,
}

/// Say that a device isn't yours any more
#[derive(Debug, Args)]
#[command(after_help = "\
Without --stolen the device is retired: what it wrote stays. With --stolen its logs end where this node holds them, and \
nothing that it says later counts anywhere. Either way new keys are made, and it gets none of them. It can't be undone.

DEVICE is a device's key, or its beginning, or its name, as `hearth device list` shows them.")]
struct RevokeArgs {
    /// Which device
    device: String,
    /// It is in foreign hands: nothing that it says from now on counts
    #[arg(long)]
    stolen: bool,
    /// The file that holds the 24 words; asked for on the terminal unless given
    #[arg(long, value_name = "F")]
    phrase_file: Option<PathBuf>,
}

pub(super) fn device(args: DeviceArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    match args.verb {
        DeviceVerb::List => list(cx),
        DeviceVerb::Add(args) => add(&args, cx),
        DeviceVerb::Join(args) => join(&args, cx),
        DeviceVerb::Revoke(args) => revoke(&args, cx),
    }
}

fn list(cx: &mut Context<'_>) -> Result<(), CliError> {
    let devices: Vec<Device> = cx.ask("devices", &Nothing {})?;
    let now_ms = now_ms();
    cx.out.give(&devices, |devices, page| {
        show_devices(devices, now_ms, page)
    })
}

fn show_devices(devices: &[Device], now_ms: u64, page: &mut Page<'_>) -> io::Result<()> {
    for device in devices {
        let short: String = device.device.chars().take(SHORT_KEY_CHARS).collect();
        let state = match device.state {
            DeviceState::Current => "counts",
            DeviceState::Retired => "retired",
            DeviceState::Cut => "cut off",
        };
        let since = lasting(device.since_ms, now_ms);
        let this = if device.this { "  this machine" } else { "" };
        let name = match device.name.as_str() {
            "" => String::new(),
            name => format!("  {}", Escaped::word(name)),
        };
        page.line(format_args!(
            "{}  {state:<8} for {since}{name}{this}",
            page.bold(Escaped::word(&short))
        ))?;
    }
    Ok(())
}

/// The root of the phrase, if it is the one of this home's account.
fn root_of(phrase_file: Option<&PathBuf>, cx: &mut Context<'_>) -> Result<Root, CliError> {
    let me: Me = cx.ask("id", &Nothing {})?;
    let root = the_phrase(phrase_file, cx)?.root();
    if root.identity().to_string() == me.identity {
        return Ok(root);
    }
    Err(CliError::Failed(
        "this is a right phrase, but another identity's: `hearth phrase check` tells which is yours".to_owned(),
    ))
}

#[derive(Serialize)]
struct Said {
    statement: String,
}

/// A device's certificate, and its name.
#[derive(Serialize)]
struct Certified<'a> {
    statement: String,
    name: Option<&'a str>,
}

/// What `add` gives; the link only where it isn't in a file.
#[derive(Serialize)]
struct Added<'a> {
    device: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a Path>,
}

fn add(args: &AddArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let root = root_of(args.phrase_file.as_ref(), cx)?;
    if let Some(out) = args.out.as_ref().filter(|out| out.exists()) {
        return Err(CliError::Failed(format!(
            "{} is there already: name a file that isn't",
            out.display()
        )));
    }
    let new = NewDevice::of(&root, now_ms());
    let certified = Certified {
        statement: new.statement(),
        name: args.name.as_deref(),
    };
    let added: DeviceAdded = cx.ask("device-certify", &certified)?;
    let link = new.link(added);
    let text = link.to_text();
    if let Some(out) = &args.out {
        let line = Zeroizing::new(format!("{}\n", *text));
        write_private(out, line.as_bytes())?;
    }
    let answer = Added {
        device: link.device.id().to_string(),
        link: args.out.is_none().then_some(&**text),
        file: args.out.as_deref(),
    };
    cx.out.give(&answer, show_added)
}

fn show_added(added: &Added<'_>, page: &mut Page<'_>) -> io::Result<()> {
    match (added.link, added.file) {
        (Some(link), _) => {
            if let Some(code) = qr(link) {
                page.raw(&code)?;
            }
            page.line(link)?;
            page.line(
                "\nThis link is the new device: show it to nobody else, and use it once. On the new machine:\n\n  hearth up --link-file -\n\nand paste the line. Leave this node running until the new one has everything.",
            )
        }
        (None, Some(file)) => page.line(format_args!(
            "The link is in {}: take it to the new machine, run `hearth up --link-file FILE` there, and remove the file. Leave this node running until the new one has everything.",
            file.display()
        )),
        (None, None) => Ok(()),
    }
}

/// The code as text, two rows of squares a line; none where it is too long for one.
fn qr(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let (width, colours) = (code.width(), code.to_colors());
    let quiet = 2_usize;
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(quiet).filter(|at| *at < width);
        let square = inside(x).zip(inside(y));
        square.is_some_and(|(x, y)| colours[y * width + x] == qrcode::Color::Dark)
    };
    let mut drawn = String::new();
    for y in (0..width + 2 * quiet).step_by(2) {
        // Light on dark, as terminals are: what is printed are the light squares.
        drawn.extend(
            (0..width + 2 * quiet).map(|x| match (is_dark(x, y), is_dark(x, y + 1)) {
                (false, false) => '█',
                (false, true) => '▀',
                (true, false) => '▄',
                (true, true) => ' ',
            }),
        );
        drawn.push('\n');
    }
    Some(drawn)
}

#[derive(Serialize)]
struct Joined {
    identity: String,
    device: String,
}

fn join(args: &JoinArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let link = read_link(&args.link_file, cx.input)?;
    let home = Home::open(cx.home.dir())?;
    offline::join(&link, &home)?;
    let joined = Joined {
        identity: link.identity().to_string(),
        device: link.device.id().to_string(),
    };
    cx.out.give(&joined, |joined, page| {
        page.line(format_args!("You are {} here, too.", page.bold(&joined.identity)))?;
        page.line("Start the node with `hearth up`, while the device that gave you the link runs. Remove the link's file: who reads it is you.")
    })
}

/// The link in a file, or in the standard input.
pub(super) fn read_link(path: &Path, input: &mut dyn Read) -> Result<DeviceLink, CliError> {
    let mut text = Zeroizing::new(String::new());
    let read = if path.as_os_str() == STDIN {
        // One line is enough: who pastes it needn't end the input.
        let mut line = Zeroizing::new(Vec::new());
        let mut byte = [0];
        loop {
            match input.read(&mut byte) {
                Ok(0) => break Ok(()),
                Ok(_) if byte[0] == b'\n' && !line.is_empty() => break Ok(()),
                Ok(_) if line.len() as u64 >= LINK_FILE_BYTES_MAX => break Ok(()),
                Ok(_) => line.push(byte[0]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        }
        .map(|()| text.push_str(&String::from_utf8_lossy(&line)))
    } else {
        std::fs::File::open(path)
            .and_then(|file| file.take(LINK_FILE_BYTES_MAX).read_to_string(&mut text))
            .map(|_| ())
    };
    read.map_err(|source| CliError::Read {
        path: path.display().to_string(),
        source,
    })?;
    DeviceLink::from_text(&text).map_err(|error| CliError::Usage(error.to_string()))
}

#[derive(Serialize)]
struct Named {
    device: String,
}

fn revoke(args: &RevokeArgs, cx: &mut Context<'_>) -> Result<(), CliError> {
    let devices: Vec<Device> = cx.ask("devices", &Nothing {})?;
    let device = named(&args.device, &devices)?;
    let id: DeviceId = device.device.parse().map_err(|_| unknown(&args.device))?;
    if device.this {
        return Err(CliError::Failed(
            "this is the device that you are using: revoke it on another one of yours, or restore with the phrase on another machine"
                .to_owned(),
        ));
    }
    match (device.state, args.stolen) {
        (DeviceState::Cut, _) => {
            return Err(CliError::Failed(
                "this device is cut off already".to_owned(),
            ));
        }
        (DeviceState::Retired, false) => {
            return Err(CliError::Failed(
                "this device is retired already; if it is in foreign hands, add --stolen"
                    .to_owned(),
            ));
        }
        _ => {}
    }
    let root = root_of(args.phrase_file.as_ref(), cx)?;
    let ends: Option<Vec<DeviceEnd>> = match args.stolen {
        false => None,
        true => {
            let question = Named {
                device: device.device.clone(),
            };
            Some(cx.ask("device-heads", &question)?)
        }
    };
    let statement = revocation(&root, id, ends.as_deref(), now_ms()).ok_or_else(|| {
        CliError::Failed(
            "the node's answer makes no sense: are the command and the node of one version?"
                .to_owned(),
        )
    })?;
    let devices: Vec<Device> = cx.ask("device-revoke", &Said { statement })?;
    let stolen = args.stolen;
    cx.out.give(&devices, |devices, page| {
        page.line(match stolen {
            true => "Cut off: nothing that it says from now on counts, and new keys were made.",
            false => "Retired: what it wrote stays, and new keys were made.",
        })?;
        page.line("")?;
        show_devices(devices, now_ms(), page)
    })
}

fn unknown(text: &str) -> CliError {
    CliError::Failed(format!(
        "no device of yours is called “{}”, or has a key that begins so: `hearth device list` shows them",
        Escaped::word(text)
    ))
}

/// The one device whose key begins so.
fn named<'a>(text: &str, devices: &'a [Device]) -> Result<&'a Device, CliError> {
    let wanted = text.to_ascii_lowercase();
    let is_it = |device: &&Device| device.device.starts_with(&wanted) || device.name == text;
    let mut fitting = devices.iter().filter(is_it).filter(|_| !wanted.is_empty());
    match (fitting.next(), fitting.next()) {
        (Some(device), None) => Ok(device),
        (None, _) => Err(unknown(text)),
        (Some(_), Some(_)) => Err(CliError::Failed(format!(
            "several devices are called “{}”, or have keys that begin so: give more of the key",
            Escaped::word(text)
        ))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn device(key: &str, this: bool) -> Device {
        Device {
            device: key.to_owned(),
            current: true,
            this,
            state: DeviceState::Current,
            since_ms: 0,
            name: format!("{key}'s name"),
        }
    }

    #[test]
    fn a_device_is_named_by_its_beginning() {
        let all = [
            device("ab12", true),
            device("ab34", false),
            device("cd", false),
        ];
        assert_eq!(named("CD", &all).unwrap().device, "cd");
        assert_eq!(named("ab3", &all).unwrap().device, "ab34");
        assert_eq!(named("ab12's name", &all).unwrap().device, "ab12");
        let refused = |text| named(text, &all).unwrap_err().to_string();
        assert!(refused("ab").contains("several"));
        assert!(refused("e").contains("device list"));
        assert!(refused("").contains("device list"));
    }

    #[test]
    fn a_code_is_square_and_has_a_margin() {
        let code = qr("hearth-device:AQ").unwrap();
        let lines: Vec<&str> = code.lines().collect();
        let width = lines[0].chars().count();
        assert_eq!(lines.len(), width.div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == width));
        assert!(lines[0].chars().all(|square| square == '█'), "{code}");
        assert!(qr(&"x".repeat(5_000)).is_none());
    }

    #[test]
    fn a_link_is_read_from_its_first_line() {
        let mut input = &b"hearth-device:AAAA\nmore"[..];
        let error = read_link(Path::new("-"), &mut input).unwrap_err();
        assert!(error.to_string().contains("isn't whole"), "{error}");
        assert_eq!(input, b"more");
        let gone = read_link(Path::new("/nowhere/link"), &mut input).unwrap_err();
        assert!(gone.to_string().contains("/nowhere/link"));
    }
}
