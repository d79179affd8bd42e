//! A signed log: written, checked from its bytes, tampered with in vain, and deleted from.
//!
//! Run: `cargo run -p hearth-examples --bin signed_log`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use hearth_examples::{Author, Outcome, post, system_rng};
use hearth_keys::CryptoRng;
use hearth_protocol::body;
use hearth_protocol::content::{Content, Delete, Target};
use hearth_protocol::entry::Place;
use hearth_protocol::memory::MemoryLogs;
use hearth_protocol::run::{Run, RunBody};

fn main() -> Outcome {
    let mut rng = system_rng();
    let Author {
        device,
        log,
        statements,
    } = Author::new(&mut rng);

    // Write three posts: each entry names the one before.
    let mut alice = MemoryLogs::new();
    alice.add_statements(log.identity, &statements)?;
    for (time_ms, text) in [(1, "one"), (2, "two"), (3, "three")] {
        alice.append(
            &device,
            log,
            time_ms,
            body::clear(&post(text), salt(&mut rng))?,
        )?;
    }
    let (run, _) = alice.serve(&log, 0, 2).ok_or("the log is held")?;
    let bytes = run.to_bytes();
    println!("three entries travel in {} bytes", bytes.len());

    // Bob checks all three with one signature.
    let mut bob = MemoryLogs::new();
    bob.add_statements(log.identity, &statements)?;
    bob.ingest(Run::from_bytes(&bytes)?, &[])?;
    assert!(bob.state(&log).is_some_and(|state| state.holds(0)));
    println!("Bob holds them, checked by one signature");

    // Whoever changes a byte on the way is found out.
    let mut tampered = Run::from_bytes(&bytes)?;
    if let RunBody::Present(body) = &mut tampered.items[1].body {
        *body.last_mut().ok_or("a body has bytes")? ^= 1;
    }
    let mut carol = MemoryLogs::new();
    carol.add_statements(log.identity, &statements)?;
    let refused = carol.ingest(tampered, &[]).expect_err("the chain breaks");
    println!("tampered: {refused}");

    // A delete takes the body, not the chain; it is the proof that travels in the body's place.
    let place = Place { log, seq: 1 };
    let targets = vec![Target::from(place)];
    let delete = Content::Delete(Delete { targets });
    bob.ingest(
        alice.append(&device, log, 4, body::clear(&delete, salt(&mut rng))?)?,
        &[],
    )?;
    assert!(bob.link(&place).is_some_and(|link| link.body.is_none()));
    let (rest, proofs) = bob.serve(&log, 0, 2).ok_or("the log is held")?;
    assert!(
        carol.ingest(rest.clone(), &[]).is_err(),
        "a missing body needs a reason"
    );
    carol.ingest(rest, &proofs)?;
    println!("deleted, and Carol, who asks Bob, sees why the body is missing");
    Ok(())
}

/// Random bytes before a clear body, so that the hash left behind doesn't betray a short text.
fn salt(rng: &mut impl CryptoRng) -> [u8; body::SALT_BYTES] {
    let mut salt = [0; body::SALT_BYTES];
    rng.fill_bytes(&mut salt);
    salt
}
