//! Real nodes: the built program, its API over a kept connection, and what the system says of the process.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A running node; stopped when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    // Kept open: a node that can't say anything more would be told.
    _output: BufReader<ChildStdout>,
    home: PathBuf,
    /// `hearth1…`
    pub(crate) identity: String,
    /// Where peers reach it.
    pub(crate) addresses: Vec<String>,
    /// From being started to serving.
    pub(crate) started_in: Duration,
}

impl Daemon {
    /// Starts a node on loopback.
    pub(crate) fn start(home: &Path) -> Self {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_hearth"))
            .env_clear()
            .env("HEARTH_HOME", home)
            .env("HOME", home)
            .args(["up", "--json", "--no-mdns", "--name", "Alice"])
            .args(["--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the built program");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a first line");
        let ready: Value = serde_json::from_str(&line).expect("the node says that it is ready");
        let started_in = begun.elapsed();
        let addresses = ready["addresses"].as_array().expect("addresses");
        Self {
            child,
            _output: output,
            home: home.to_owned(),
            identity: text(&ready["identity"]),
            addresses: addresses.iter().map(text).collect(),
            started_in,
        }
    }

    /// A new connection to its API.
    pub(crate) async fn client(&self) -> Client {
        let api = fs::read(self.home.join("api.json")).expect("a published address");
        let api: Value = serde_json::from_slice(&api).expect("JSON");
        let address = text(&api["address"]);
        let token = fs::read_to_string(self.home.join("api.token")).expect("a token");
        let stream = TcpStream::connect(&address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket's option");
        Client {
            stream,
            head: format!(
                "Host: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
                token.trim()
            ),
            received: Vec::new(),
        }
    }

    /// Resident memory, MB.
    pub(crate) fn resident_mb(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kib.expect("a figure")
            .trim()
            .parse::<f64>()
            .expect("a number")
            * 1024.0
            / 1e6
    }

    /// Processor time used so far, in hundredths of a second (the unit of `/proc`).
    pub(crate) fn ticks(&self) -> u64 {
        let stat = self.proc("stat");
        let (_, fields) = stat.rsplit_once(')').expect("a name in brackets");
        let fields = fields.split_whitespace().skip(11).take(2);
        fields
            .map(|field| field.parse::<u64>().expect("a number"))
            .sum()
    }

    fn proc(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).expect("a Linux process")
    }

    /// Stops it and waits until it has ended.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = Command::new(env!("CARGO_BIN_EXE_hearth"))
            .env("HEARTH_HOME", &self.home)
            .arg("stop")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// One kept connection to a node's API.
pub(crate) struct Client {
    stream: TcpStream,
    head: String,
    received: Vec<u8>,
}

impl Client {
    /// Asks and waits for the answer.
    pub(crate) async fn ask(&mut self, verb: &str, question: Value) -> Value {
        let body = question.to_string();
        let request = format!(
            "POST /api/v1/{verb} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the connection holds");
        let answer = self.answer().await;
        serde_json::from_slice(&answer).expect("a JSON answer")
    }

    /// Publishes a post; it is durable when this returns.
    pub(crate) async fn post(&mut self, text: &str) {
        let answer = self
            .ask("post", json!({ "text": text, "audience": "public" }))
            .await;
        assert!(answer["id"].is_string(), "{answer}");
    }

    async fn answer(&mut self) -> Vec<u8> {
        self.received.clear();
        loop {
            let mut piece = vec![0; 16 << 10];
            let count = self.stream.read(&mut piece).await.expect("an answer");
            assert!(count > 0, "the connection was closed");
            self.received.extend(&piece[..count]);
            let Some(end) = self.received.windows(4).position(|at| at == b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(&self.received[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .expect("a length");
            let length: usize = length.trim().parse().expect("a number");
            while self.received.len() < end + 4 + length {
                let count = self.stream.read(&mut piece).await.expect("an answer");
                assert!(count > 0, "the connection was closed");
                self.received.extend(&piece[..count]);
            }
            return self.received[end + 4..].to_vec();
        }
    }
}
