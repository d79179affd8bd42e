//! Vectors in files: `vectors/*.json` says which bytes are valid and what they say, and which are invalid and why.
//!
//! [`every_file_holds`] reads the files and nothing else, as another implementation would; `SPEC.md` §27 explains their form.
//! [`files_are_what_this_program_writes`] makes them again and compares; with `HEARTH_BLESS=1` it writes them.
#![allow(clippy::unwrap_used)]

#[path = "vectors/case.rs"]
mod case;
#[path = "vectors/cbor.rs"]
mod cbor;
#[path = "vectors/describe.rs"]
mod describe;
#[path = "vectors/make_archive.rs"]
mod make_archive;
#[path = "vectors/make_claim.rs"]
mod make_claim;
#[path = "vectors/make_content.rs"]
mod make_content;
#[path = "vectors/make_device_link.rs"]
mod make_device_link;
#[path = "vectors/make_drive.rs"]
mod make_drive;
#[path = "vectors/make_greeting.rs"]
mod make_greeting;
#[path = "vectors/make_guardian.rs"]
mod make_guardian;
#[path = "vectors/make_history.rs"]
mod make_history;
#[path = "vectors/make_ingest.rs"]
mod make_ingest;
#[path = "vectors/make_letter.rs"]
mod make_letter;
#[path = "vectors/make_log.rs"]
mod make_log;
#[path = "vectors/make_manifest.rs"]
mod make_manifest;
#[path = "vectors/make_object.rs"]
mod make_object;
#[path = "vectors/make_packs.rs"]
mod make_packs;
#[path = "vectors/make_photos.rs"]
mod make_photos;
#[path = "vectors/make_root.rs"]
mod make_root;
#[path = "vectors/make_social.rs"]
mod make_social;
#[path = "vectors/make_spaces.rs"]
mod make_spaces;
#[path = "vectors/make_wire.rs"]
mod make_wire;
#[path = "vectors/more_content.rs"]
mod more_content;
#[path = "vectors/more_files.rs"]
mod more_files;
#[path = "vectors/more_ingest.rs"]
mod more_ingest;
#[path = "vectors/more_log.rs"]
mod more_log;
#[path = "vectors/more_proofs.rs"]
mod more_proofs;
#[path = "vectors/more_root.rs"]
mod more_root;
#[path = "vectors/people.rs"]
mod people;
#[path = "vectors/read.rs"]
mod read;
#[path = "vectors/read_guardian.rs"]
mod read_guardian;
#[path = "vectors/read_history.rs"]
mod read_history;
#[path = "vectors/read_packs.rs"]
mod read_packs;
#[path = "vectors/read_spaces.rs"]
mod read_spaces;
#[path = "vectors/story.rs"]
mod story;

use std::path::{Path, PathBuf};

use case::{File, input, parse, render};
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn made() -> Vec<File> {
    let mut files = [
        make_root::files(),
        make_log::files(),
        make_content::files(),
        make_photos::files(),
        make_wire::files(),
        make_greeting::files(),
        make_guardian::files(),
        make_ingest::files(),
        make_letter::files(),
        make_device_link::files(),
        make_archive::files(),
        make_packs::files(),
        make_manifest::files(),
        make_object::files(),
        make_spaces::files(),
        make_social::files(),
        vec![more_content::imports(), make_history::file()],
    ]
    .concat();
    for file in &mut files {
        more_content::add(file);
        make_drive::add(file);
        more_files::add(file);
        more_ingest::add(file);
        more_log::add(file);
        more_proofs::add(file);
        more_root::add(file);
    }
    files
}

#[test]
fn files_are_what_this_program_writes() {
    let bless = std::env::var_os("HEARTH_BLESS").is_some();
    for file in made() {
        let path = folder().join(format!("{}.json", file.format));
        let text = render(&file);
        if bless {
            std::fs::write(&path, text).unwrap();
        } else {
            let kept = std::fs::read_to_string(&path).unwrap();
            assert!(kept == text, "{} is out of date", path.display());
        }
    }
}

/// Reads all files of a folder; gives how many there are, and how many cases.
fn check_folder(folder: &Path) -> (usize, usize) {
    let (mut files, mut cases) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        cases += check(&std::fs::read_to_string(&path).unwrap());
        files += 1;
    }
    (files, cases)
}

#[test]
fn every_file_holds() {
    let (files, cases) = check_folder(&folder());
    let made = made().len();
    assert_eq!(files, made, "a file that nobody makes, or the reverse");
    assert!(cases > 120, "only {cases} cases");
}

#[test]
#[ignore = "reads the folder that HEARTH_VECTORS names, such as examples/checker/invent.py writes"]
fn files_elsewhere_hold() {
    let folder = std::env::var_os("HEARTH_VECTORS").expect("HEARTH_VECTORS names a folder");
    let (_, cases) = check_folder(Path::new(&folder));
    assert!(cases > 0, "no case");
}

fn check(text: &str) -> usize {
    let file: Value = parse(text);
    let format = file["format"].as_str().unwrap();
    let (valid, invalid) = (
        file["valid"].as_array().unwrap(),
        file["invalid"].as_array().unwrap(),
    );
    for case in valid {
        let gives = read::read(format, &input(case), &case["given"]);
        assert_eq!(
            gives.as_ref(),
            Ok(&case["gives"]),
            "{format}: {}",
            case["name"]
        );
    }
    for case in invalid {
        let error = read::read(format, &input(case), &case["given"]).map(|_| "accepted");
        let expected = case["error"].as_str().unwrap().to_owned();
        assert!(case["reason"].is_string());
        assert_eq!(error, Err(expected), "{format}: {}", case["name"]);
    }
    valid.len() + invalid.len()
}
