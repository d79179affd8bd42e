//! From 24 words to a person, and from a person to their machines.
//!
//! Run: `cargo run -p hearth-examples --bin phrase_and_devices`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use hearth_examples::{Outcome, system_rng};
use hearth_keys::{DeviceKeys, Identity, Phrase};
use hearth_protocol::entry::LogNumber;
use hearth_protocol::root::{Bound, Claim, Statement, StatementSet};

fn main() -> Outcome {
    let mut rng = system_rng();

    // Once in a lifetime: the paper. Everything else follows from it.
    let phrase = Phrase::generate(&mut rng);
    let root = phrase.root();
    let written = root.identity().to_string();
    println!("Alice is {written}");
    assert_eq!(written.parse::<Identity>()?, root.identity());

    // A typing mistake is recognised, not taken for somebody else.
    let last = if written.ends_with('q') { "p" } else { "q" };
    let typo = format!("{}{last}", &written[..written.len() - 1]);
    let refused = typo.parse::<Identity>().expect_err("the checksum is wrong");
    println!("mistyped: {refused}");

    // Two machines, each with random keys of its own, vouched for by the root key.
    let (laptop, plug) = (
        DeviceKeys::generate(&mut rng),
        DeviceKeys::generate(&mut rng),
    );
    let mut statements = StatementSet::new(root.identity());
    for device in [&laptop, &plug] {
        let claim = Claim::Certify {
            box_public: device.box_public(),
        };
        statements.insert(Statement::sign(&root, device.id(), 0, claim))?;
    }
    assert!(statements.is_current(&laptop.id()) && statements.is_current(&plug.id()));
    println!(
        "two devices speak for her: {} and {}",
        laptop.id(),
        plug.id()
    );

    // The laptop breaks. The paper alone gives the root key back, which retires it: nothing it wrote is lost.
    drop(root);
    let root = Phrase::parse(&phrase.expose())?.root();
    statements.insert(Statement::sign(&root, laptop.id(), 1, Claim::Retire))?;
    assert!(!statements.is_current(&laptop.id()));
    assert_eq!(
        statements.bound(&laptop.id(), LogNumber::SOCIAL),
        Bound::Open
    );
    println!("the laptop is retired; what it wrote still counts");

    // Anybody can check all of it from the bytes, and nobody else can add to it.
    let mallory = Phrase::generate(&mut rng).root();
    let forged = Statement::sign(&mallory, plug.id(), 2, Claim::Retire);
    let mut copy = StatementSet::new(root.identity());
    copy.merge(statements.to_blobs().iter().map(Vec::as_slice))?;
    assert_eq!(copy.digest(), statements.digest());
    assert!(copy.insert(forged).is_err());
    println!(
        "a copy of {} statements checks out; Mallory's is refused",
        copy.iter().count()
    );
    Ok(())
}
