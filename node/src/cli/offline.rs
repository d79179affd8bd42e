//! What the command line does without a running node.

use std::fs::File;
use std::path::Path;

use hearth_keys::Phrase;
use hearth_protocol::device_link::DeviceLink;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::CliError;
use super::me::{InitArgs, UpArgs, show_phrase};
use super::output::Output;
use crate::app::model::{Me, VerifyReport};
use crate::app::verify_export;
use crate::home::{Home, write_private};
use crate::node::{self, Errand, NodeError, Ready, Told};
use crate::store::logs::Logs;

/// Longest phrase file that is read.
const PHRASE_FILE_BYTES_MAX: u64 = 4096;
/// What is logged unless `RUST_LOG` says otherwise.
const LOG_DEFAULT: &str = "warn,hearth=info";

/// What is logged besides a restore's progress.
const LOG_OF_RESTORE: &str = "error";

/// What the first run made.
pub(crate) struct Initialised {
    /// `hearth1…`
    pub(crate) identity: String,
    /// The 24 words, unless they are in a file.
    pub(crate) phrase: Option<Zeroizing<String>>,
}

/// How many entries the views were built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reindexed {
    /// Entries read.
    pub(crate) entries: u64,
}

/// Runs the node until it is told to stop.
pub(crate) fn up(args: UpArgs, home: &Home, json: bool) -> Result<(), CliError> {
    log_to_stderr();
    crate::store::watch_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    // Who gives a name, or reads JSON, wants an identity at once.
    let errand = Errand::none(args.name.is_none() && !json);
    let outcome = runtime.block_on(node::run(args, home, errand, |told| match told {
        Told::FirstRun { web } => invite(&web),
        Told::Ready(ready) => announce(&ready, json),
    }));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(outcome?)
}

/// Runs the node until a restore is as far as was asked; `tell` says meanwhile how far it is.
pub(crate) fn restore(
    args: UpArgs,
    errand: Errand,
    home: &Home,
    tell: impl Future<Output = ()>,
) -> Result<(), CliError> {
    log_to_stderr_from(LOG_OF_RESTORE);
    crate::store::watch_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    let outcome = runtime.block_on(async {
        let node = Box::pin(node::run(args, home, errand, |_| true));
        tokio::select! {
            outcome = node => outcome,
            () = tell => Ok(()),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(outcome?)
}

fn log_to_stderr() {
    log_to_stderr_from(LOG_DEFAULT);
}

fn log_to_stderr_from(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr())
        && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    // A second subscriber in one process is no reason not to run.
    let _ = log.try_init();
}

/// Says where somebody can begin to live here.
fn invite(web: &str) -> bool {
    let mut out = Output::stdout();
    out.set_json(false);
    let told = out.give(&web, |web, page| {
        page.line(format_args!("Your page    {}", page.bold(web)))?;
        page.line(
            "\nOpen the page: there you make your identity, or come back with your phrase. The link signs you in once; \
             `hearth open` prints another. Ctrl-C stops the node.",
        )
    });
    told.is_ok()
}

fn announce(ready: &Ready, json: bool) -> bool {
    let mut out = Output::stdout();
    out.set_json(json);
    let told = out.give(ready, |ready, page| {
        if let Some(phrase) = &ready.phrase {
            show_phrase(&phrase.0, page)?;
        }
        page.line(format_args!("You are      {}", page.bold(&ready.identity)))?;
        page.line(format_args!("Your page    {}", page.bold(&ready.web)))?;
        for address in &ready.addresses {
            page.line(format_args!("Listening    {}", page.dim(address)))?;
        }
        page.line("\nOpen the page: the link signs you in once; `hearth open` prints another. Ctrl-C stops the node.")
    });
    if told.is_err() {
        tracing::warn!("the standard output is closed; `hearth open` prints the page's address");
    }
    told.is_ok()
}

/// What `init` made was shown: from now on it counts.
pub(crate) fn told(home: &Home) -> Result<(), CliError> {
    Ok(crate::keyring::told(home).map_err(NodeError::from)?)
}

/// Makes the identity and its first device. What it returns must be shown, and then [`told`].
pub(crate) fn init(args: InitArgs, home: &Home) -> Result<Initialised, CliError> {
    let _lock = home.lock()?;
    crate::keyring::drop_untold(home).map_err(NodeError::from)?;
    if home.has_keys() {
        let text = format!(
            "there is an identity in {} already: `hearth id` shows it",
            home.dir().display()
        );
        return Err(CliError::Failed(text));
    }
    let given = args
        .phrase_file
        .as_deref()
        .filter(|path| path.exists())
        .map(read_phrase)
        .transpose()?;
    let phrase = given.unwrap_or_else(|| Phrase::generate(&mut crate::rng::system()));
    let words = phrase.expose();
    let is_given = args.phrase_file.as_deref().is_some_and(Path::exists);
    if let Some(path) = args.phrase_file.as_deref().filter(|_| !is_given) {
        // The phrase is safe before anything depends on it.
        write_private(path, format!("{}\n", words.as_str()).as_bytes())?;
    }
    let known = args.phrase_file.is_some().then_some(&phrase);
    let (kept, drawn) = node::account(home, args.name.as_deref(), known)?;
    with_store(home, &kept, |_| Ok(()))?;
    let phrase = drawn.map(|phrase| phrase.expose());
    Ok(Initialised {
        identity: kept.account.identity.to_string(),
        phrase,
    })
}

/// Makes an empty home a device of the person who gave a link. A home that this link made already is left as it is.
pub(crate) fn join(link: &DeviceLink, home: &Home) -> Result<(), CliError> {
    let _lock = home.lock()?;
    crate::keyring::drop_untold(home).map_err(NodeError::from)?;
    if home.has_keys() {
        let is_this =
            resting_account(home).is_ok_and(|kept| kept.account.device.id() == link.device.id());
        if is_this {
            return Ok(());
        }
    }
    if home.has_keys() || home.store_dir().exists() {
        return Err(CliError::Failed(format!(
            "{} isn't empty: there is an account in it already. Join with another folder, with `--home DIR`",
            home.dir().display()
        )));
    }
    let kept = crate::keyring::join(home, link).map_err(NodeError::from)?;
    with_store(home, &kept, |_| Ok(()))
}

/// Reads the phrase in a file.
pub(super) fn read_phrase(path: &Path) -> Result<Phrase, CliError> {
    let read = |source| CliError::Read {
        path: path.display().to_string(),
        source,
    };
    let file = File::open(path).map_err(read)?;
    let mut text = Zeroizing::new(String::new());
    std::io::Read::read_to_string(
        &mut std::io::Read::take(file, PHRASE_FILE_BYTES_MAX),
        &mut text,
    )
    .map_err(read)?;
    Phrase::parse(&text)
        .map_err(|error| CliError::Phrase(format!("the phrase in {}: {error}", path.display())))
}

fn with_store<T: Send + 'static>(
    home: &Home,
    kept: &crate::keyring::KeptAccount,
    work: impl FnOnce(&mut Logs) -> Result<T, crate::store::StoreError> + Send + 'static,
) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(CliError::Runtime)?;
    runtime.block_on(async {
        let (store, thread) = node::open_store(home, kept).await?;
        let outcome = store.write(work).await.map_err(NodeError::from);
        drop(store);
        thread.join();
        Ok(outcome?)
    })
}

/// The account in a home that no node runs in.
fn resting_account(home: &Home) -> Result<crate::keyring::KeptAccount, CliError> {
    let accounts = crate::keyring::accounts(home).map_err(NodeError::from)?;
    let none = || {
        CliError::Failed(format!(
            "there is no identity in {}: `hearth up` makes one",
            home.dir().display()
        ))
    };
    accounts.into_iter().next().ok_or_else(none)
}

/// Whose home it is.
pub(super) fn resting_identity(home: &Home) -> Result<hearth_keys::Identity, CliError> {
    Ok(resting_account(home)?.account.identity)
}

/// Writes what can be read of a damaged store to the standard output.
pub(crate) fn salvage_store(home: &Home) -> Result<(), CliError> {
    crate::store::watch_panics();
    crate::rebuild::write_salvage(home, std::io::stdout().lock())
        .map_err(|error| CliError::Failed(format!("the store can't be salvaged: {error}")))
}

/// Who this home belongs to.
pub(crate) fn id(home: &Home) -> Result<Me, CliError> {
    let kept = resting_account(home)?;
    let _lock = home.lock()?;
    let (identity, device) = (kept.account.identity, kept.account.device.id());
    let name = with_store(home, &kept, move |logs| Ok(logs.profile(&identity)?.name))?;
    Ok(Me {
        identity: identity.to_string(),
        device: device.to_string(),
        name,
    })
}

/// Checks an exported log.
pub(crate) fn verify_file(file: &Path) -> Result<VerifyReport, CliError> {
    let read = |source| CliError::Read {
        path: file.display().to_string(),
        source,
    };
    let opened = File::open(file).map_err(read)?;
    Ok(verify_export(std::io::BufReader::new(opened)).map_err(NodeError::from)?)
}

/// Builds the views anew.
pub(crate) fn reindex(home: &Home) -> Result<Reindexed, CliError> {
    let kept = resting_account(home)?;
    let _lock = home.lock()?;
    let entries = with_store(home, &kept, Logs::reindex)?;
    Ok(Reindexed { entries })
}
