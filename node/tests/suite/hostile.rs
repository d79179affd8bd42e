//! Bytes that no peer sends: the node drops them, and goes on at no great cost.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crate::harness::{Home, until};

/// Far above what an idle node takes, far below what a few leaks of these sizes would.
const MEMORY_KIB_MAX: u64 = 200 * 1024;
/// Names the transport's negotiation, as an honest peer's first message does.
const MULTISTREAM: &[u8] = b"\x13/multistream/1.0.0\n";

/// Bytes that look like noise, the same each time (xorshift64).
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

/// Sends as much of `bytes` as is taken, and waits until the other side has had enough.
fn throw(port: u16, bytes: &[u8]) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    // Being cut off is what should happen.
    if stream.write_all(bytes).is_ok() {
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        if let Err(error) = stream.take(1 << 20).read_to_end(&mut answer) {
            assert!(
                !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "never cut off"
            );
        }
    }
}

fn port(address: &str) -> u16 {
    address.split('/').nth(4).unwrap().parse().unwrap()
}

#[test]
fn garbage_on_every_port_is_survived() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (mut at_alice, _at_bob) = (alice.up(), bob.up());
    alice.post("before");
    let (tcp, quic) = (
        port(&at_alice.address("/tcp/")),
        port(&at_alice.address("/quic-v1")),
    );
    let web = at_alice.web().rsplit(':').next().unwrap().parse().unwrap();

    let negotiated = [MULTISTREAM, b"\x07/noise\n"].concat();
    let then = |tail: &[u8]| [&negotiated[..], tail].concat();
    let attacks = [
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        vec![0; 1 << 20],
        vec![0xff; 1 << 20],
        noise(1 << 20, 7),
        // A negotiation message that claims to be as long as a length can say.
        b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f".to_vec(),
        [MULTISTREAM, &b"\x0a/nonsense\n".repeat(1_000)].concat(),
        // Handshakes that are too long, too short and nonsense.
        then(b"\xff\xff"),
        then(&[&b"\xff\xff"[..], &noise(0xffff, 9)].concat()),
        then(&[&b"\x00\x20"[..], &noise(32, 11)].concat()),
        then(&b"\0\0".repeat(10_000)),
    ];
    for round in 0..3 {
        for bytes in &attacks {
            throw(tcp, bytes);
            throw(web, bytes);
        }
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for seed in 0..500 {
            let mut datagram = noise(1_200, seed + round * 1_000);
            // A long header of QUIC's first version, so that more than the first byte is looked at.
            if seed % 2 == 0 {
                datagram[..5].copy_from_slice(b"\xc0\0\0\0\x01");
            }
            socket.send_to(&datagram, ("127.0.0.1", quic)).unwrap();
        }
    }
    assert!(at_alice.is_running());
    let memory_kib = at_alice.memory_kib();
    assert!(memory_kib < MEMORY_KIB_MAX, "{memory_kib} KiB");

    // Who means well is served as before.
    bob.ask(&["follow", &alice.link()]);
    let begin = Instant::now();
    until("Bob gets the post", || {
        (bob.texts(&["timeline"]) == ["before"]).then_some(())
    });
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    assert!(!alice.logged().contains("panicked"), "{}", alice.logged());
}

/// Connections that are opened and say nothing cost places only for a while.
#[test]
fn silent_connections_shut_nobody_out() {
    let (alice, bob) = (Home::new("Alice"), Home::new("Bob"));
    let (at_alice, _at_bob) = (alice.up(), bob.up());
    alice.post("before");
    let tcp = port(&at_alice.address("/tcp/"));
    let mut silent: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(("127.0.0.1", tcp)).unwrap())
        .collect();
    silent
        .iter_mut()
        .step_by(2)
        .for_each(|stream| stream.write_all(&MULTISTREAM[..5]).unwrap());
    bob.ask(&["follow", &alice.link()]);
    until("Bob gets the post", || {
        (bob.texts(&["timeline"]) == ["before"]).then_some(())
    });
    assert!(at_alice.memory_kib() < MEMORY_KIB_MAX);
    drop(silent);
}
