//! Claims: in whose name a peer asks a guardian.

use hearth_keys::{Context, Identity};
use hearth_protocol::guardian::{Claim, GuardMessage};
use hearth_protocol::root::{self, Statement, StatementSet};
use serde_json::{Value, json};

use crate::case::{File, hex};
use crate::cbor;
use crate::make_guardian::frame;
use crate::people::{alice, bob, certificate, device};

const HERE: &[u8] = b"peer-a";
const THERE: &[u8] = b"peer-b";
const TIME_MS: u64 = 1_750_000_000_000;

fn given(known: &[Statement]) -> Value {
    let known: Vec<_> = known.iter().map(|one| hex(one.to_bytes())).collect();
    json!({ "from": hex(HERE), "to": hex(THERE), "known": known })
}

fn between(from: &[u8], to: &[u8]) -> Value {
    json!({ "from": hex(from), "to": hex(to), "known": [] })
}

fn about_first_device(claim: root::Claim) -> Statement {
    Statement::sign(&alice(), device(1).id(), 1_700_000_100_000, claim)
}

fn cut() -> Statement {
    let ends = Default::default();
    about_first_device(root::Claim::Cut { ends })
}

fn certified() -> Statement {
    certificate(&alice(), &device(1))
}

/// The frame of a claim by Alice's first device that carries these statements.
fn claimed(statements: &[Statement]) -> Vec<u8> {
    let mut set = StatementSet::new(alice().identity());
    for statement in statements {
        set.insert(statement.clone()).unwrap();
    }
    let claim = Claim::sign(&device(1), &set, HERE, THERE, TIME_MS);
    GuardMessage::Claim(claim).to_bytes()
}

/// A claim's frame.
pub(crate) fn alices_claim() -> Vec<u8> {
    claimed(&[certified()])
}

/// A claim by hand.
struct ByHand {
    version: u64,
    said: Identity,
    from: Vec<u8>,
    to: Vec<u8>,
    time_ms: u64,
    signer: u8,
    context: Context,
    statements: Vec<Vec<u8>>,
}

impl Default for ByHand {
    fn default() -> Self {
        Self {
            version: 1,
            said: alice().identity(),
            from: HERE.to_vec(),
            to: THERE.to_vec(),
            time_ms: TIME_MS,
            signer: 1,
            context: Context::GUARDIAN_CLAIM,
            statements: vec![certified().to_bytes()],
        }
    }
}

impl ByHand {
    fn frame(&self) -> Vec<u8> {
        let inner = cbor::array(&[
            cbor::uint(self.version),
            cbor::bytes(self.said.as_bytes()),
            cbor::bytes(&self.from),
            cbor::bytes(&self.to),
            cbor::uint(self.time_ms),
        ]);
        let signature = device(self.signer).sign(self.context, &inner);
        let statements: Vec<_> = self.statements.iter().map(cbor::bytes).collect();
        let fields = [
            cbor::bytes(alice().identity().as_bytes()),
            cbor::bytes(device(1).id().as_bytes()),
            cbor::bytes(&inner),
            cbor::bytes(signature.as_bytes()),
            cbor::array(&statements),
        ];
        frame(32, &fields)
    }
}

pub(crate) fn claims() -> File {
    let about = "Claims between two peers: in whose name one asks, given the statements that the other knows already.";
    let mut file = File::new("guardian_claim", about);
    assert_eq!(ByHand::default().frame(), alices_claim());
    file.valid("a device's", given(&[]), &alices_claim());
    file.valid("of somebody known", given(&[certified()]), &claimed(&[]));
    let retired = about_first_device(root::Claim::Retire);
    let both = claimed(&[certified(), retired.clone()]);
    file.valid("a retired device's", given(&[]), &both);
    file.valid(
        "of one known as retired",
        given(&[retired]),
        &alices_claim(),
    );
    let (from, to) = (vec![7; 64], vec![8; 64]);
    let ends = between(&from, &to);
    let long = ByHand {
        from,
        to,
        ..ByHand::default()
    };
    file.valid("between peers of 64 bytes", ends, &long.frame());
    refuse_elsewhere(&mut file);
    refuse_unsigned(&mut file);
    refuse_statements(&mut file);
    file
}

fn refuse_elsewhere(file: &mut File) {
    let good = alices_claim();
    let other = ("made for others", "Elsewhere");
    file.invalid("from elsewhere", other, between(b"peer-c", THERE), &good);
    file.invalid("to somebody else", other, between(HERE, b"peer-c"), &good);
    file.invalid("sent back", other, between(THERE, HERE), &good);
    let said = bob().identity();
    let bobs = ByHand {
        said,
        ..ByHand::default()
    };
    let why = ("two names", "Elsewhere");
    file.invalid("in two names", why, given(&[]), &bobs.frame());
    let from = vec![7; 65];
    let why = ("a peer has 64 bytes at most", "Elsewhere");
    let given_long = between(&from, THERE);
    let long = ByHand {
        from,
        ..ByHand::default()
    };
    file.invalid("from a long peer", why, given_long, &long.frame());
    let to = vec![7; 65];
    let given_long = between(HERE, &to);
    let long = ByHand {
        to,
        ..ByHand::default()
    };
    file.invalid("to a long peer", why, given_long, &long.frame());
    let absent = frame(39, &[cbor::uint(5)]);
    let why = ("another message", "Kind");
    file.invalid("no claim", why, given(&[]), &absent);
    let newer = ByHand {
        version: 2,
        ..ByHand::default()
    };
    let why = ("unknown version", "Version");
    file.invalid("version 2", why, given(&[]), &newer.frame());
    let time_ms = 1 << 47;
    let late = ByHand {
        time_ms,
        ..ByHand::default()
    };
    let why = ("at most 2^47 - 1", "Invalid: the time is out of bounds");
    file.invalid("too late", why, given(&[]), &late.frame());
}

fn refuse_unsigned(file: &mut File) {
    let signer = 2;
    let others = ByHand {
        signer,
        ..ByHand::default()
    };
    let forged = ("the device didn't sign it", "Unsigned");
    file.invalid("another's signature", forged, given(&[]), &others.frame());
    let context = Context::TICKET;
    let ticket = ByHand {
        context,
        ..ByHand::default()
    };
    let why = ("each kind of signature has its label", "Unsigned");
    file.invalid("signed as a ticket", why, given(&[]), &ticket.frame());
    let why = ("no statement certifies it", "Unsigned");
    file.invalid("of nobody known", why, given(&[]), &claimed(&[]));
    let why = ("it was cut", "Unsigned");
    file.invalid(
        "a device that is cut",
        why,
        given(&[]),
        &claimed(&[certified(), cut()]),
    );
    file.invalid("one known as cut", why, given(&[cut()]), &alices_claim());
}

fn refuse_statements(file: &mut File) {
    let carry = |statement: Vec<u8>| {
        let statements = vec![statement];
        let claim = ByHand {
            statements,
            ..ByHand::default()
        };
        claim.frame()
    };
    let bobs = carry(certificate(&bob(), &device(1)).to_bytes());
    let why = ("Bob speaks for Bob", "Foreign");
    file.invalid("somebody else's statement", why, given(&[]), &bobs);
    let mut forged = certified().to_bytes();
    *forged.last_mut().unwrap() ^= 1;
    let why = ("Alice didn't sign it", "Signature");
    file.invalid("a forged statement", why, given(&[]), &carry(forged));
    let why = ("no statement", "Malformed");
    file.invalid("an empty statement", why, given(&[]), &carry(Vec::new()));
}
