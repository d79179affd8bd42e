//! Connections without number and without words: the node stays small, and its owner and friends stay served.

use std::collections::VecDeque;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

use crate::harness::{Home, Node, until_within};
use crate::mallory::Mallory;
use crate::vitals::{SECONDS, Vitals, befriend, post_arrives, until_calm};

const CONNECTIONS: u64 = 10_000;
/// Open files that this process needs for itself.
const FILES_SPARE: u64 = 1_000;
/// Half-open, established and web connections that a node allows, and room for what it opens itself.
const FILES_MAX: usize = 384 + 256 + (1024 + 256) + 64;
/// Under attack a node may take one core for what strangers do, and some for its friends.
const CORES_MAX: f64 = 1.5;
const ROUNDS: usize = 8;
/// What honest peers begin with: the name of the negotiation, and of the handshake.
const MULTISTREAM: &[u8] = b"\x13/multistream/1.0.0\n";
const NOISE: &[u8] = b"\x07/noise\n";

fn port(address: &str) -> u16 {
    address.split('/').nth(4).unwrap().parse().unwrap()
}

fn web_address(node: &Node<'_>) -> SocketAddr {
    node.web().parse().unwrap()
}

/// How many connections this process may hold open, having asked the system for as many as it allows.
fn connections_possible() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap();
    let mut numbers = line.split_whitespace().skip(3);
    let (soft, hard): (u64, u64) = (
        numbers.next().unwrap().parse().unwrap(),
        numbers.next().unwrap().parse().unwrap(),
    );
    let raised = Command::new("prlimit")
        .arg(format!("--pid={}", std::process::id()))
        .arg(format!("--nofile={hard}:{hard}"))
        .status();
    let allowed = match raised {
        Ok(status) if status.success() => hard,
        _ => soft,
    };
    let possible = allowed.saturating_sub(FILES_SPARE).min(CONNECTIONS);
    if possible < CONNECTIONS {
        eprintln!("this system allows {possible} connections of {CONNECTIONS}");
    }
    possible
}

/// What one of many says before it falls silent.
fn beginning(number: u64) -> Vec<u8> {
    match number % 5 {
        0 => Vec::new(),
        1 => MULTISTREAM[..7].to_vec(),
        // After the first flight of the handshake, whole or cut.
        2 => [MULTISTREAM, NOISE, b"\x00\x20", &[5; 32]].concat(),
        3 => [MULTISTREAM, NOISE, b"\xff\xff\x01"].concat(),
        _ => vec![0xfe; 64],
    }
}

/// Opens a connection from one of many addresses of this machine.
async fn connect(number: u64, to: SocketAddr) -> Option<tokio::net::TcpStream> {
    let from = u8::try_from(2 + number % 200).unwrap();
    let network = u8::try_from(number % 4).unwrap();
    let socket = TcpSocket::new_v4().ok()?;
    let address = Ipv4Addr::new(127, 0, network, from);
    socket.bind((address, 0).into()).ok()?;
    let connecting = socket.connect(to);
    let connected = tokio::time::timeout(Duration::from_secs(10), connecting).await;
    let mut stream = connected.ok()?.ok()?;
    // It may have been cut off already.
    let _ = stream.write_all(&beginning(number)).await;
    Some(stream)
}

/// As many connections as `count`, as fast as they can be opened.
async fn storm(count: u64, to: SocketAddr) -> Vec<tokio::net::TcpStream> {
    const AT_ONCE: u64 = 64;
    let mut all = Vec::new();
    let lanes = (0..AT_ONCE).map(|lane| async move {
        let mut opened = Vec::new();
        for number in (lane..count).step_by(64) {
            opened.extend(connect(number, to).await);
        }
        opened
    });
    for opened in futures::future::join_all(lanes).await {
        all.extend(opened);
    }
    all
}

/// Hundreds of connections a second, the newest two thousand of which are held open.
async fn besiege(to: SocketAddr) {
    let mut held = VecDeque::new();
    for number in 0.. {
        held.push_back(connect(number, to).await);
        if held.len() > 2_000 {
            held.pop_front();
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[test]
fn ten_thousand_connections_shut_nobody_out() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    post_arrives(&bob, &alice, "before");
    let before = Vitals::of(&at_alice);

    let count = connections_possible();
    let to = (Ipv4Addr::LOCALHOST, port(&at_alice.address("/tcp/"))).into();
    let runtime = Runtime::new().unwrap();
    let begin = Instant::now();
    let storm = runtime.spawn(storm(count, to));
    let mut slowest = Duration::ZERO;
    let mut rounds = 0;
    while rounds < 2 || !storm.is_finished() {
        slowest = slowest.max(post_arrives(&bob, &alice, &format!("to Alice {rounds}")));
        slowest = slowest.max(post_arrives(&alice, &bob, &format!("to Bob {rounds}")));
        rounds += 1;
    }
    let held = runtime.block_on(storm).unwrap();
    eprintln!(
        "{} of {count} connections in {:?}; the slowest of {rounds} rounds took {slowest:?}",
        held.len(),
        begin.elapsed()
    );
    assert!(held.len() as u64 >= count / 2, "this was no storm");
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, CORES_MAX);

    // While all of them are still there, and more come without end, somebody new comes.
    let siege = runtime.spawn(besiege(to));
    let _at_carol = carol.up();
    carol.ask(&["follow", &alice.link()]);
    until_within(SECONDS, "Carol is served", || {
        (!carol.texts(&["timeline"]).is_empty()).then_some(())
    });
    siege.abort();
    drop(held);
    until_calm(&at_alice, &before);
    assert!(!alice.logged().contains("panicked"), "{}", alice.logged());
}

#[test]
fn silent_web_clients_keep_no_owner_out() {
    let alice = Home::new("Alice");
    let at_alice = alice.up();
    alice.post("before");
    let before = Vitals::of(&at_alice);
    let to = web_address(&at_alice);
    let mut slow: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(to).unwrap()).collect();
    let bits: [&[u8]; 3] = [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /api/v1/post HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n{",
    ];
    let runtime = Runtime::new().unwrap();
    let storm = runtime.spawn(storm(connections_possible().min(1_500), to));
    let begin = Instant::now();
    for round in 0..6 {
        for (number, stream) in slow.iter_mut().enumerate() {
            // Whoever gave way gets an error, and comes again.
            let sent = stream.write_all(if round == 0 { bits[number % 3] } else { b"a" });
            if sent.is_err() {
                *stream = TcpStream::connect(to).unwrap();
            }
        }
        let asked = Instant::now();
        assert_eq!(alice.texts(&["timeline"]), ["before"]);
        assert!(asked.elapsed() < SECONDS, "{:?}", asked.elapsed());
    }
    eprintln!("six questions answered in {:?}", begin.elapsed());
    drop(runtime.block_on(storm).unwrap());
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, CORES_MAX);
    drop(slow);
    until_calm(&at_alice, &before);
}

/// More peers than there are places finish the handshake, and say nothing more.
#[test]
fn silent_peers_shut_nobody_out() {
    let (alice, bob, carol) = (Home::new("Alice"), Home::new("Bob"), Home::new("Carol"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    befriend(&alice, &bob);
    let before = Vitals::of(&at_alice);
    let begin = Instant::now();
    let mut silent = Mallory::many(&at_alice, 300);
    eprintln!("300 silent peers after {:?}", begin.elapsed());
    // Those who are still there with a sync stream, on which nothing or half a frame comes.
    let mut talks: Vec<_> = silent.iter_mut().filter_map(Mallory::open).collect();
    for talk in talks.iter_mut().step_by(2) {
        talk.send_raw(&[0, 0, 1], Duration::from_secs(1));
    }
    post_arrives(&bob, &alice, "to Alice");
    post_arrives(&alice, &bob, "to Bob");
    let _at_carol = carol.up();
    carol.ask(&["follow", &alice.link()]);
    until_within(SECONDS, "Carol is served", || {
        (!carol.texts(&["timeline"]).is_empty()).then_some(())
    });
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, CORES_MAX);
    assert!(alice.is_connected_with(&bob.identity()));
    drop(talks);
    drop(silent);
    until_calm(&at_alice, &before);
}

/// Peers that come, shake hands and go, each with another key: nothing of them stays.
#[test]
fn passers_by_leave_nothing_behind() {
    let alice = Home::new("Alice");
    let at_alice = alice.up();
    let mut memory_kib = Vec::new();
    for _ in 0..ROUNDS {
        drop(Mallory::many(&at_alice, 250));
        memory_kib.push(at_alice.memory_kib());
    }
    eprintln!("after each round: {memory_kib:?} KiB");
    // The first rounds make the room that the others use.
    let grown_kib = memory_kib[ROUNDS - 1].saturating_sub(memory_kib[1]);
    assert!(grown_kib < 4 * 1024, "{memory_kib:?} KiB");
}

/// A client that asks for much and reads nothing costs no memory, and is let go.
#[test]
fn web_clients_that_read_nothing_cost_little() {
    let alice = Home::new("Alice");
    let at_alice = alice.up();
    let before = Vitals::of(&at_alice);
    let to = web_address(&at_alice);
    let request = format!("GET /sign-in HTTP/1.1\r\nHost: {to}\r\n\r\n").repeat(200);
    let mut clients: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(to).unwrap()).collect();
    for client in &mut clients {
        client
            .set_write_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        // The node stops reading when its answers aren't read.
        let _ = client.write_all(request.as_bytes());
    }
    assert_eq!(alice.texts(&["timeline"]), Vec::<String>::new());
    Vitals::of(&at_alice).assert_bounded_since(&before, FILES_MAX, 3.0);
    let mut first = [0; 12];
    clients[0].read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    drop(clients);
    until_calm(&at_alice, &before);
}
