//! What a child did to its files, in order: the records of `record.c`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Names the trace to a child, so that it can say in it what it acknowledged.
pub(super) const TRACE: &str = "HEARTH_RECORD_TRACE";
const HEAD_BYTES: usize = 29;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A file began.
    Create { path: PathBuf, ino: u64 },
    /// A folder began.
    Folder { path: PathBuf, ino: u64 },
    /// Bytes were written.
    Write { ino: u64, at: usize, data: Vec<u8> },
    /// A file's length was set.
    Length { ino: u64, bytes: usize },
    /// `fsync` of a file or folder, or `fdatasync`.
    Sync { ino: u64 },
    /// A name took another's place.
    Rename { from: PathBuf, to: PathBuf },
    /// A name went.
    Remove { path: PathBuf },
    /// The child told somebody.
    Acknowledged(String),
}

/// Says, in the trace, what was acknowledged. For the child.
pub(crate) fn acknowledge(what: &str) {
    let mut record = vec![b'A'];
    record.extend(0u32.to_le_bytes());
    record.extend([0; 16]);
    record.extend((what.len() as u64).to_le_bytes());
    record.extend(what.as_bytes());
    let trace = std::env::var_os(TRACE).unwrap();
    let mut trace = fs::File::options().append(true).open(trace).unwrap();
    trace.write_all(&record).unwrap();
}

/// The recorder, compiled once.
fn recorder() -> &'static Path {
    static BUILT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("record.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/tests/power/record.c");
        let built = Command::new("cc")
            .args([
                "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
            ])
            .arg(&path)
            .arg(source)
            .args(["-ldl", "-lpthread"])
            .status()
            .unwrap();
        assert!(built.success(), "a C compiler (cc) is needed");
        (dir, path)
    });
    path
}

/// A child, the test `name` of this program, that is recorded below `dir`.
pub(in super::super) fn recorded(name: &str, dir: &Path, trace: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([name, "--nocapture", "--test-threads=1"])
        .env("LD_PRELOAD", recorder())
        .env("HEARTH_RECORD_DIR", dir)
        .env(TRACE, trace)
        .stdout(Stdio::null());
    command
}

/// All that a child did in `dir` until it ended by itself.
pub(crate) fn record(name: &str, variables: &[(&str, &str)]) -> Vec<Event> {
    let scratch = tempfile::tempdir().unwrap();
    let (dir, trace) = (scratch.path().join("disk"), scratch.path().join("trace"));
    fs::create_dir(&dir).unwrap();
    let mut command = recorded(name, &dir, &trace);
    command.envs(variables.iter().copied());
    let output = command.stderr(Stdio::piped()).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    read(&fs::read(trace).unwrap(), &dir)
}

fn read(mut bytes: &[u8], dir: &Path) -> Vec<Event> {
    let outermost = fs::metadata(dir).unwrap().ino();
    let mut events = vec![Event::Folder {
        path: PathBuf::new(),
        ino: outermost,
    }];
    let mut kinds: BTreeMap<char, u64> = BTreeMap::new();
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_at(HEAD_BYTES);
        let number = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
        let name_bytes = u32::from_le_bytes(head[1..5].try_into().unwrap()) as usize;
        let (name, rest) = rest.split_at(name_bytes);
        let (data, rest) = rest.split_at(usize::try_from(number(21)).unwrap());
        bytes = rest;
        let name = std::str::from_utf8(name).unwrap();
        let path = |name: &str| Path::new(name).strip_prefix(dir).unwrap().to_owned();
        let (ino, at) = (number(5), usize::try_from(number(13)).unwrap());
        let kind = char::from(head[0]);
        *kinds.entry(kind).or_default() += 1;
        events.push(match kind {
            'C' => Event::Create {
                path: path(name),
                ino,
            },
            'M' => Event::Folder {
                path: path(name),
                ino,
            },
            'W' => Event::Write {
                ino,
                at,
                data: data.to_vec(),
            },
            'T' => Event::Length { ino, bytes: at },
            'S' | 'D' => Event::Sync { ino },
            'R' => {
                let (from, to) = name.split_once('\0').unwrap();
                Event::Rename {
                    from: path(from),
                    to: path(to),
                }
            }
            'U' => Event::Remove { path: path(name) },
            'A' => Event::Acknowledged(String::from_utf8(data.to_vec()).unwrap()),
            other => panic!("the recorder doesn't understand {other} {name}"),
        });
    }
    assert!(kinds[&'W'] > 0 && kinds.contains_key(&'A'), "{kinds:?}");
    events
}
