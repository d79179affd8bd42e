//! Homes, the nodes that run in them, and the commands that ask them.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take on a machine that has much else to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(25);

/// A number that the environment gives.
pub(crate) fn number_of(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().unwrap())
}

/// Random numbers from a seed (splitmix64); `HEARTH_FAULT_SEED` repeats a run.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        let now = || std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        let seed = number_of("HEARTH_FAULT_SEED").unwrap_or_else(|| now().into());
        eprintln!("HEARTH_FAULT_SEED={seed} repeats this");
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}

pub(crate) const TCP: &str = "/ip4/127.0.0.1/tcp/0";
pub(crate) const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// Asks again and again until there is an answer.
#[track_caller]
pub(crate) fn until<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, ask)
}

#[track_caller]
pub(crate) fn until_within<T>(
    limit: Duration,
    what: &str,
    mut ask: impl FnMut() -> Option<T>,
) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begin.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(POLL);
    }
}

/// What a command ended with.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    /// The one JSON value on the standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = std::str::from_utf8(&self.stdout).unwrap();
        assert!(
            text.ends_with('\n') && text.lines().count() == 1,
            "one line of JSON: {self:?}"
        );
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Refused with this exit code, silently on the standard output, with words that say why.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, word: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stdout.is_empty(), "{self:?}");
        assert!(self.stderr.contains(word), "{word:?} isn't in {self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

/// A scratch folder with a node's home in it; everything is gone with it.
pub(crate) struct Home {
    scratch: TempDir,
    name: String,
}

impl Home {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            scratch: tempfile::tempdir().unwrap(),
            name: name.to_owned(),
        }
    }

    /// The node's own folder.
    pub(crate) fn dir(&self) -> PathBuf {
        self.scratch.path().join("home")
    }

    /// A file beside the home.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn log(&self) -> PathBuf {
        self.file("stderr.log")
    }

    /// What its nodes logged so far.
    pub(crate) fn logged(&self) -> String {
        fs::read(self.log())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The command for this home, in an environment that nothing of the tester's own leaks into.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_hearth")), args)
    }

    pub(crate) fn command_of(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", self.file("no-programs"))
            .env("HOME", self.file("user"));
        command
            .env("HEARTH_HOME", self.dir())
            .current_dir(self.scratch.path())
            .args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, b"")
    }

    pub(crate) fn run_with(&self, args: &[&str], input: &[u8]) -> Ended {
        run(self.command(args), input)
    }

    /// The JSON answer of a command that must succeed.
    #[track_caller]
    pub(crate) fn ask(&self, args: &[&str]) -> Value {
        self.ask_with(args, b"")
    }

    #[track_caller]
    pub(crate) fn ask_with(&self, args: &[&str], input: &[u8]) -> Value {
        let ended = self.run_with(&[&["--json"], args].concat(), input);
        assert_eq!(
            ended.code,
            0,
            "{} {args:?}: {ended:?}\n{}",
            self.name,
            self.logged()
        );
        ended.json()
    }

    /// `ask` for one text field.
    #[track_caller]
    pub(crate) fn ask_text(&self, args: &[&str], field: &str) -> String {
        let answer = self.ask(args);
        answer[field]
            .as_str()
            .unwrap_or_else(|| panic!("no {field} in {answer}"))
            .to_owned()
    }

    #[track_caller]
    pub(crate) fn post(&self, text: &str) -> String {
        self.ask_with(&["post", "-", "--public"], text.as_bytes())["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) fn identity(&self) -> String {
        self.ask_text(&["id"], "identity")
    }

    pub(crate) fn link(&self) -> String {
        self.ask_text(&["link"], "link")
    }

    /// Everything that `verb` lists, read page by page, oldest first.
    #[track_caller]
    pub(crate) fn all(&self, verb: &[&str]) -> Vec<Value> {
        let mut posts: Vec<Value> = Vec::new();
        loop {
            let before = posts
                .last()
                .map(|post| post["local_id"].as_str().unwrap().to_owned());
            let mut args = [verb, &["--limit", "1000"]].concat();
            if let Some(before) = &before {
                args.extend(["--before", before.as_str()]);
            }
            match self.ask(&args) {
                Value::Array(page) if page.is_empty() => break,
                Value::Array(page) => posts.extend(page),
                other => panic!("not a list: {other}"),
            }
        }
        posts.reverse();
        posts
    }

    /// The texts that `verb` lists on its first page, newest first.
    #[track_caller]
    pub(crate) fn texts(&self, verb: &[&str]) -> Vec<String> {
        let posts = self.ask(verb);
        posts
            .as_array()
            .unwrap()
            .iter()
            .map(|post| post["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The ranges that are held of somebody's social log number 0.
    #[track_caller]
    pub(crate) fn have(&self, identity: &str) -> Vec<(u64, u64)> {
        let status = self.ask(&["status"]);
        let logs = status["logs"].as_array().unwrap();
        let log = logs
            .iter()
            .find(|log| log["identity"] == identity && log["log"] == 0);
        log.map(|log| serde_json::from_value(log["have"].clone()).unwrap())
            .unwrap_or_default()
    }

    /// Whether a peer is connected that proved to host `identity`.
    #[track_caller]
    pub(crate) fn is_connected_with(&self, identity: &str) -> bool {
        let status = self.ask(&["status"]);
        let peers = status["peers"].as_array().unwrap();
        peers.iter().any(|peer| {
            peer["identities"]
                .as_array()
                .unwrap()
                .iter()
                .any(|host| host == identity)
        })
    }

    /// A node that listens by TCP and QUIC on any ports.
    #[track_caller]
    pub(crate) fn up(&self) -> Node<'_> {
        self.up_on(&[TCP, QUIC])
    }

    #[track_caller]
    pub(crate) fn up_on(&self, listen: &[&str]) -> Node<'_> {
        let mut args = vec!["--http", "127.0.0.1:0", "--name", &self.name];
        args.extend(listen.iter().flat_map(|address| ["--listen", address]));
        self.up_with(&args)
    }

    #[track_caller]
    pub(crate) fn up_with(&self, args: &[&str]) -> Node<'_> {
        self.start(self.command(&[&["up", "--json", "--no-mdns"], args].concat()))
            .unwrap_or_else(|ended| {
                panic!("{} didn't start: {ended:?}\n{}", self.name, self.logged())
            })
    }

    /// Starts a node and kills it so long after, wherever it is then.
    pub(crate) fn up_and_kill(&self, life: Duration) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        let mut child = self
            .command(&["up", "--json", "--no-mdns", "--http", "127.0.0.1:0"])
            .args(["--name", &self.name, "--listen", TCP])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        thread::sleep(life);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts a node and waits until it is ready, or has ended without ever being.
    pub(crate) fn start(&self, mut command: Command) -> Result<Node<'_>, ExitStatus> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .unwrap();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().unwrap();
        let (first, rest) = first_line(child.stdout.take().unwrap());
        let mut node = Node {
            home: self,
            child,
            ready: Value::Null,
            rest,
        };
        if first.is_empty() {
            return Err(node.child.wait().unwrap());
        }
        node.ready =
            serde_json::from_str(&first).unwrap_or_else(|error| panic!("{error}: {first:?}"));
        assert_eq!(node.ready["event"], "ready");
        Ok(node)
    }
}

/// The first line, at most [`PATIENCE`] later, and then whatever else comes.
#[track_caller]
fn first_line(stdout: ChildStdout) -> (String, mpsc::Receiver<String>) {
    let (lines, heard) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        let _ = reader.read_line(&mut line);
        let _ = lines.send(line);
        let mut rest = String::new();
        let _ = reader.read_to_string(&mut rest);
        let _ = lines.send(rest);
    });
    (
        heard
            .recv_timeout(PATIENCE)
            .expect("the node says that it is ready"),
        heard,
    )
}

pub(crate) fn run(mut command: Command, input: &[u8]) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Who refuses a text needn't have read all of it: a broken pipe is no failure.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running node, killed when it is dropped.
pub(crate) struct Node<'a> {
    home: &'a Home,
    child: Child,
    pub(crate) ready: Value,
    rest: mpsc::Receiver<String>,
}

impl Node<'_> {
    /// Where peers reach it.
    pub(crate) fn addresses(&self) -> Vec<String> {
        serde_json::from_value(self.ready["addresses"].clone()).unwrap()
    }

    /// Its first address that contains `part`.
    pub(crate) fn address(&self, part: &str) -> String {
        let found = self
            .addresses()
            .into_iter()
            .find(|address| address.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {}", self.ready))
    }

    /// Host and port of its page.
    pub(crate) fn web(&self) -> String {
        let web = self.ready["web"].as_str().unwrap();
        web.strip_prefix("http://")
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .to_owned()
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The end of the power, as far as a process can tell.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    /// Sends SIGINT, as Ctrl-C does.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("/bin/kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for its end: the exit code, and what it wrote to the standard output after the first line.
    #[track_caller]
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let status = until("the node ends", || self.child.try_wait().unwrap());
        (status.code(), self.rest.recv_timeout(PATIENCE).unwrap())
    }

    /// Asks it to stop as its owner would, and waits.
    #[track_caller]
    pub(crate) fn stop(self) {
        self.home.ask(&["stop"]);
        assert_eq!(self.ended().0, Some(0));
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- {}'s log\n{}---", self.home.name, self.home.logged());
        }
    }
}
