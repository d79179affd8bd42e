//! Words for some and not for others: a space key handed to friends, and a body sealed with it.
//!
//! Run: `cargo run -p hearth-examples --bin seal_for_friends`
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use hearth_examples::{Author, Outcome, post, system_rng};
use hearth_keys::{InboxKey, SpaceKey, seal};
use hearth_protocol::body;
use hearth_protocol::entry::Place;

fn main() -> Outcome {
    let mut rng = system_rng();
    let log = Author::new(&mut rng).log;
    let friends = [
        InboxKey::generate(0, &mut rng),
        InboxKey::generate(0, &mut rng),
    ];
    let mallory = InboxKey::generate(0, &mut rng);

    // A random key for the circle, sealed to each friend's inbox (HPKE); the info says what it is and for whom.
    let circle = SpaceKey::generate(&mut rng);
    let info = |inbox: &InboxKey| [b"example/circle/1", &inbox.public().as_bytes()[..]].concat();
    let mut granted: Vec<Vec<u8>> = Vec::new();
    for friend in &friends {
        let key = circle.expose_bytes();
        granted.push(seal(
            &friend.public(),
            &info(friend),
            b"",
            &key[..],
            &mut rng,
        ));
    }
    println!(
        "the key for {} friends takes {} bytes each",
        friends.len(),
        granted[0].len()
    );

    // A body sealed with it, bound to the place in the log where it will lie.
    let place = Place { log, seq: 7 };
    let content = post("Dinner on Friday?");
    let sealed = body::seal(&content, &circle, &place, &mut rng)?;
    println!(
        "sealed, the post takes {} bytes, as any short one would",
        sealed.len()
    );

    // Each friend opens the key, and with it the body.
    for (friend, granted) in friends.iter().zip(&granted) {
        let opened = friend.secret.open(&info(friend), b"", granted)?;
        let key = SpaceKey::from_bytes(opened[..].try_into()?);
        assert_eq!(body::open(&sealed, &place, [&key])?, content);
    }
    println!("both friends read it");

    // A stranger can carry it and can't read it; nor does it open anywhere else.
    assert!(
        mallory
            .secret
            .open(&info(&mallory), b"", &granted[0])
            .is_err()
    );
    let guess = SpaceKey::generate(&mut rng);
    let refused = body::open(&sealed, &place, [&guess]).expect_err("another key");
    println!("Mallory: {refused}");
    let elsewhere = Place { log, seq: 8 };
    assert!(body::open(&sealed, &elsewhere, [&circle]).is_err());
    println!("moved to another place it opens for nobody");
    Ok(())
}
