//! The layers, read from the sources: who names whom, and what a layer may know.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every top-level folder is a crate, and these are all.
const CRATES: [&str; 6] = ["examples", "fuzz", "keys", "node", "protocol", "web-ui"];
/// What each may use of ours.
const MAY_USE: [(&str, &[&str]); 6] = [
    ("keys", &[]),
    ("protocol", &["hearth-keys"]),
    ("web-ui", &[]),
    ("node", &["hearth-keys", "hearth-protocol", "hearth-web-ui"]),
    (
        "examples",
        &["hearth-keys", "hearth-protocol", "hearth-web-ui"],
    ),
    ("fuzz", &["hearth-keys", "hearth-protocol", "hearth-web-ui"]),
];
/// What can be replaced in a day, and the one place that names it.
const ONE_PLACE: &[(&str, &str)] = &[
    ("sled", "node/src/store/engine.rs"),
    ("libp2p", "node/src/network/"),
    ("libp2p_stream", "node/src/network/"),
    ("warp", "node/src/http/"),
    ("multer", "node/src/http/multipart.rs"),
    ("image", "node/src/media/"),
    ("fast_image_resize", "node/src/media/"),
    ("moxcms", "node/src/media/"),
    ("thumbhash", "node/src/media/"),
    ("tar", "node/src/tarball.rs"),
    ("rawzip", "node/src/drive/archive.rs"),
    ("serde_cbor", "protocol/src/codec.rs"),
    ("reed_solomon_simd", "protocol/src/erasure.rs"),
    ("fastcdc", "protocol/src/object/chunk.rs"),
    ("zstd", "protocol/"),
    ("flate2", "node/src/http/finish.rs"),
    ("ed25519_dalek", "keys/"),
    ("x25519_dalek", "keys/"),
    ("chacha20poly1305", "keys/"),
    ("hpke", "keys/"),
    ("bip39", "keys/"),
    ("argon2", "keys/"),
    ("maud", "web-ui/"),
    ("unicode_normalization", "node/src/folding.rs"),
    ("fluent_bundle", "web-ui/"),
    ("fluent_syntax", "web-ui/"),
    ("ring", "node/src/http/sign_in/"),
    ("ammonia", "web-ui/src/marked.rs"),
    ("pulldown_cmark", "web-ui/src/marked.rs"),
];
/// The hostile peer that real processes are tried with isn't made of our own network code.
const HOSTILE_PEER: &str = "node/tests/suite/mallory.rs";
/// What one thread or one task owns, by a word that nobody can do without who touches it.
const ONE_OWNER: &[(&str, &str)] = &[
    ("Engine", "node/src/store/"),
    ("select_next_some", "node/src/network/swarm.rs"),
];
/// What a layer without IO and clock doesn't touch, as beginnings of paths.
const WORLD: [&str; 16] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::os",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "tokio",
    "getrandom",
    "rand_core::OsRng",
    "async_std",
    "futures",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every Rust file under a folder: its path from the root, and its tokens.
fn sources(folder: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| (name(&path), tokens(&fs::read_to_string(&path).unwrap())))
        .collect()
}

fn name(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Words, `::` and single signs; comments, texts and letters in quotes are left out.
fn tokens(source: &str) -> Vec<String> {
    let letters: Vec<char> = source.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let (token, next) = token(&letters, at);
        tokens.extend(token);
        at = next;
    }
    tokens
}

/// The token at a place, if there is one, and where to go on.
fn token(letters: &[char], at: usize) -> (Option<String>, usize) {
    let is_word = |letter: &char| letter.is_alphanumeric() || *letter == '_';
    let ahead = |text: &str| {
        text.chars()
            .enumerate()
            .all(|(step, letter)| letters.get(at + step) == Some(&letter))
    };
    let letter = letters[at];
    if ahead("//") {
        return (None, position(letters, at, |rest| rest[0] == '\n'));
    }
    if ahead("/*") {
        return (
            None,
            position(letters, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2,
        );
    }
    if let Some(hashes) = raw_hashes(&letters[at..]) {
        let begin = at
            + letters[at..]
                .iter()
                .position(|letter| *letter == '"')
                .unwrap()
            + 1;
        let end: Vec<char> = std::iter::once('"')
            .chain(std::iter::repeat_n('#', hashes))
            .collect();
        return (
            None,
            position(letters, begin, |rest| rest.starts_with(&end)) + end.len(),
        );
    }
    if letter == '"' {
        return (None, after_text(letters, at + 1, '"'));
    }
    if letter == '\'' {
        // A lifetime has no second quote right behind its first letter.
        let is_letter = letters.get(at + 1) == Some(&'\\') || letters.get(at + 2) == Some(&'\'');
        return (
            None,
            if is_letter {
                after_text(letters, at + 1, '\'')
            } else {
                at + 1
            },
        );
    }
    if is_word(&letter) {
        let end = position(letters, at, |rest| !is_word(&rest[0]));
        return (Some(letters[at..end].iter().collect()), end);
    }
    if ahead("::") {
        return (Some("::".to_owned()), at + 2);
    }
    (
        (!letter.is_whitespace()).then(|| letter.to_string()),
        at + 1,
    )
}

fn position(letters: &[char], from: usize, is_here: impl Fn(&[char]) -> bool) -> usize {
    (from..letters.len())
        .find(|at| is_here(&letters[*at..]))
        .unwrap_or(letters.len())
}

fn after_text(letters: &[char], mut at: usize, quote: char) -> usize {
    while at < letters.len() && letters[at] != quote {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// How many hashes the raw text that begins here has.
fn raw_hashes(letters: &[char]) -> Option<usize> {
    let rest = letters
        .strip_prefix(&['r'])
        .or_else(|| letters.strip_prefix(&['b', 'r']))?;
    let hashes = rest.iter().take_while(|letter| **letter == '#').count();
    (rest.get(hashes) == Some(&'"')).then_some(hashes)
}

/// The crates and modules that a source names: first words of paths, and what `use` and `extern crate` take whole.
fn roots(tokens: &[String]) -> BTreeSet<String> {
    let paths = paths(tokens);
    let firsts = paths
        .iter()
        .filter_map(|path| path.split_once("::"))
        .map(|(first, _)| first.to_owned());
    let taken = tokens
        .windows(2)
        .filter(|pair| matches!(pair[0].as_str(), "use" | "crate") && is_name(&pair[1]));
    firsts.chain(taken.map(|pair| pair[1].clone())).collect()
}

fn is_name(token: &str) -> bool {
    token
        .chars()
        .all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// Every path that a source writes, with `use` trees spread out: `std::{fs, net::Ip}` is `std::fs` and `std::net::Ip`.
fn paths(tokens: &[String]) -> BTreeSet<String> {
    let (mut paths, mut at) = (BTreeSet::new(), 0);
    while at < tokens.len() {
        let is_keyword = matches!(
            tokens[at].as_str(),
            "use" | "pub" | "as" | "in" | "dyn" | "impl" | "mut" | "return"
        );
        at = if is_keyword {
            at + 1
        } else {
            path(tokens, at, "", &mut paths).max(at + 1)
        };
    }
    paths
}

fn path(tokens: &[String], mut at: usize, prefix: &str, paths: &mut BTreeSet<String>) -> usize {
    let mut text = prefix.to_owned();
    while tokens.get(at).is_some_and(|token| is_name(token)) {
        text.push_str(&tokens[at]);
        at += 1;
        if tokens.get(at).is_none_or(|token| token != "::") {
            break;
        }
        text.push_str("::");
        at += 1;
        if tokens.get(at).is_some_and(|token| token == "{") {
            return branches(tokens, at + 1, &text, paths);
        }
    }
    paths.insert(text);
    at
}

fn branches(tokens: &[String], mut at: usize, prefix: &str, paths: &mut BTreeSet<String>) -> usize {
    while at < tokens.len() && tokens[at] != "}" {
        at = if is_name(&tokens[at]) {
            path(tokens, at, prefix, paths)
        } else {
            at + 1
        };
    }
    at + 1
}

fn is_within(path: &str, part: &str) -> bool {
    path == part
        || path
            .strip_prefix(part)
            .is_some_and(|rest| rest.starts_with("::"))
}

/// The names under `[dependencies]`, `[dev-dependencies]` and such of a crate's manifest.
fn dependencies(krate: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join(krate).join("Cargo.toml")).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[') {
            section = title.trim_matches(['[', ']']).to_owned();
        } else if section.ends_with("dependencies")
            && let Some((name, _)) = line.split_once(['=', '.'])
            && !line.starts_with('#')
        {
            found
                .entry(section.clone())
                .or_default()
                .insert(name.trim().trim_matches('"').to_owned());
        }
    }
    found
}

#[test]
fn the_reader_reads_rust() {
    let source = r##"
        //! sled::open
        /* tokio::spawn */ use std::{fs::{self, File}, net::IpAddr}; use ::sled::Tree; use hyper;
        fn f<'a>(x: &'a str) { let _ = ("warp::serve", r#"libp2p::"x"#, '"', '\'', b"\"axum::"); a::warp::b(); maud!(1) }
    "##;
    let tokens = tokens(source);
    assert_eq!(
        roots(&tokens),
        BTreeSet::from(["std", "sled", "hyper", "a"].map(str::to_owned))
    );
    let paths = paths(&tokens);
    for expected in [
        "std::fs::self",
        "std::fs::File",
        "std::net::IpAddr",
        "a::warp::b",
    ] {
        assert!(paths.contains(expected), "{expected} in {paths:?}");
    }
    assert!(is_within("std::fs::File", "std::fs") && !is_within("std::fs2", "std::fs"));
}

#[test]
fn each_replaceable_thing_is_named_in_one_place() {
    let all: Vec<_> = CRATES.iter().flat_map(|krate| sources(krate)).collect();
    for &(name, place) in ONE_PLACE {
        let naming: Vec<_> = all
            .iter()
            .filter(|(_, tokens)| roots(tokens).contains(name))
            .map(|(path, _)| path)
            .collect();
        let elsewhere: Vec<_> = naming
            .iter()
            .filter(|path| !path.starts_with(place))
            .filter(|path| !(name.starts_with("libp2p") && path.as_str() == HOSTILE_PEER))
            .collect();
        assert!(
            elsewhere.is_empty(),
            "{name} belongs to {place} and is named in {elsewhere:?}"
        );
        assert!(
            !naming.is_empty() || name == "libp2p_stream",
            "nothing names {name}: does this test still read the sources?"
        );
    }
}

#[test]
fn what_has_one_owner_is_named_there_alone() {
    let mut all = sources("node/src");
    all.retain(|(path, _)| !path.contains("/tests/"));
    for &(word, place) in ONE_OWNER {
        let naming = all
            .iter()
            .filter(|(_, tokens)| tokens.iter().any(|token| token == word));
        let (there, elsewhere): (Vec<_>, Vec<_>) = naming
            .map(|(path, _)| path)
            .partition(|path| path.starts_with(place));
        assert!(
            !there.is_empty() && elsewhere.is_empty(),
            "{word} in {elsewhere:?}"
        );
    }
    // The handle has no way to the database but its queue.
    let (_, store) = all
        .iter()
        .find(|(path, _)| path == "node/src/store/mod.rs")
        .unwrap();
    let handle = store
        .windows(3)
        .position(|three| three == ["struct", "Store", "{"])
        .unwrap();
    let fields: Vec<&str> = store[handle + 3..]
        .iter()
        .map(String::as_str)
        .take_while(|token| *token != "}")
        .collect();
    assert!(
        fields.contains(&"mpsc") && !fields.contains(&"Logs"),
        "{fields:?}"
    );
}

#[test]
fn keys_and_protocol_touch_no_world() {
    for folder in ["keys/src", "protocol/src", "web-ui/src"] {
        let sources = sources(folder);
        assert!(sources.len() > 5, "{folder}");
        for (file, tokens) in sources {
            let touched: Vec<_> = paths(&tokens)
                .into_iter()
                .filter(|path| WORLD.iter().any(|part| is_within(path, part)))
                .collect();
            assert!(touched.is_empty(), "{file} touches {touched:?}");
        }
    }
}

#[test]
fn dependencies_point_downwards() {
    for (krate, allowed) in MAY_USE {
        for (section, names) in dependencies(krate) {
            let ours: BTreeSet<_> = names
                .iter()
                .map(String::as_str)
                .filter(|name| name.starts_with("hearth"))
                .collect();
            let wrong: Vec<_> = ours
                .iter()
                .filter(|name| !allowed.contains(*name))
                .collect();
            assert!(wrong.is_empty(), "{krate}'s {section} name {wrong:?}");
        }
    }
    for krate in ["keys", "protocol", "web-ui"] {
        let names = dependencies(krate).remove("dependencies").unwrap();
        assert!(!names.is_empty());
        for outside in [
            "tokio",
            "futures",
            "getrandom",
            "rand",
            "libp2p",
            "sled",
            "warp",
            "hyper",
            "tracing",
        ] {
            assert!(!names.contains(outside), "{krate} depends on {outside}");
        }
    }
}

/// What isn't behind its place in the sources must not come in by a manifest either.
#[test]
fn manifests_agree_with_the_places() {
    for &(name, place) in ONE_PLACE {
        let owner = place.split('/').next().unwrap();
        for krate in CRATES.iter().filter(|krate| **krate != owner) {
            for (section, names) in dependencies(krate) {
                assert!(
                    !names.contains(&name.replace('_', "-")) && !names.contains(name),
                    "{krate}'s {section} name {name}"
                );
            }
        }
    }
}

#[test]
fn top_level_folders_are_the_crates() {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap());
    let folders = entries
        .filter(|entry| entry.file_type().unwrap().is_dir())
        // Version control knows no empty folders.
        .filter(|entry| fs::read_dir(entry.path()).unwrap().next().is_some())
        .map(|entry| entry.file_name());
    let folders: BTreeSet<_> = folders.map(|name| name.into_string().unwrap()).collect();
    let seen: BTreeSet<_> = folders
        .iter()
        .map(String::as_str)
        .filter(|name| !name.starts_with('.') && *name != "target")
        .collect();
    assert_eq!(seen, BTreeSet::from(CRATES));
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = manifest
        .lines()
        .find_map(|line| line.strip_prefix("members = "))
        .unwrap();
    let members: BTreeSet<String> = serde_json::from_str(members).unwrap();
    assert_eq!(
        members.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(CRATES)
    );
    assert!(manifest.contains("default-members = [\"node\"]"));
}
