//! An archive (POSIX.1-1988 tar, with GNU's long names) that is written as it is read. This is the only file that knows tar.

use std::io::{self, Read, Write};

use tar::{Builder, EntryType, Header};

use crate::plain_name::plain_name;

/// An archive under way. Dropped before [`Tarball::finish`] it looks whole all the same: whoever writes it must break off what
/// it is written to.
pub(crate) struct Tarball<W: Write> {
    builder: Builder<W>,
    root: String,
}

impl<W: Write> Tarball<W> {
    /// An archive whose paths all begin with the folder `root`.
    pub(crate) fn new(to: W, root: &str) -> Self {
        Self {
            builder: Builder::new(to),
            root: plain_name(root.as_bytes()),
        }
    }

    /// Adds a file.
    pub(crate) fn file(&mut self, path: &[&str], bytes: &[u8], time_ms: u64) -> io::Result<()> {
        self.stream(path, bytes.len() as u64, time_ms, bytes)
            .map(|_| ())
    }

    /// Adds a file of exactly `bytes` bytes; what the reader lacks is filled with zeros. Gives how many bytes it had.
    pub(crate) fn stream(
        &mut self,
        path: &[&str],
        bytes: u64,
        time_ms: u64,
        reader: impl Read,
    ) -> io::Result<u64> {
        let mut header = header(EntryType::Regular, 0o644, time_ms);
        header.set_size(bytes);
        let mut exact = Exactly {
            reader,
            left: bytes,
            had: 0,
            is_over: false,
        };
        let path = self.path(path);
        self.builder.append_data(&mut header, path, &mut exact)?;
        Ok(exact.had)
    }

    /// Adds a folder.
    pub(crate) fn folder(&mut self, path: &[&str], time_ms: u64) -> io::Result<()> {
        let mut header = header(EntryType::Directory, 0o755, time_ms);
        header.set_size(0);
        let path = self.path(path) + "/";
        self.builder.append_data(&mut header, path, io::empty())
    }

    /// Ends it; gives what it was written to.
    pub(crate) fn finish(self) -> io::Result<W> {
        self.builder.into_inner()
    }

    fn path(&self, path: &[&str]) -> String {
        let mut whole = self.root.clone();
        for name in path {
            whole.push('/');
            whole.push_str(&plain_name(name.as_bytes()));
        }
        whole
    }
}

fn header(kind: EntryType, mode: u32, time_ms: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(time_ms / 1000);
    header
}

/// Gives so many bytes, whatever the reader has.
struct Exactly<R> {
    reader: R,
    left: u64,
    had: u64,
    is_over: bool,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        let mut read = 0;
        if !self.is_over && room > 0 {
            read = self.reader.read(&mut buffer[..room]).unwrap_or(0);
            self.had += read as u64;
        }
        if read == 0 {
            self.is_over = true;
            buffer[..room].fill(0);
            read = room;
        }
        self.left -= read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Paths and contents, as the crate reads them.
    fn read(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut archive = tar::Archive::new(archive);
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            found.push((path, bytes));
        }
        found
    }

    #[test]
    fn what_is_put_in_comes_out() {
        let mut tarball = Tarball::new(Vec::new(), "alice");
        let long = "ä".repeat(300);
        tarball.folder(&["files"], 0).unwrap();
        tarball.file(&["files", "a.txt"], b"hello", 1_000).unwrap();
        tarball.file(&["..", "/etc/passwd"], b"x", 0).unwrap();
        tarball.file(&[&long, &long, "\0ff\n"], b"", 0).unwrap();
        let had = tarball.stream(&["short"], 6, 0, &b"abc"[..]).unwrap();
        assert_eq!(had, 3);
        let had = tarball.stream(&["cut"], 2, 0, &b"abc"[..]).unwrap();
        assert_eq!(had, 2);
        let archive = tarball.finish().unwrap();
        let found = read(&archive);
        let cut = plain_name(long.as_bytes());
        let [up, rooted, odd] =
            ["..", "/etc/passwd", "\0ff\n"].map(|name| plain_name(name.as_bytes()));
        let expected = [
            ("alice/files/", &b""[..]),
            ("alice/files/a.txt", b"hello"),
            (&format!("alice/{up}/{rooted}"), b"x"),
            (&format!("alice/{cut}/{cut}/{odd}"), b""),
            ("alice/short", b"abc\0\0\0"),
            ("alice/cut", b"ab"),
        ];
        assert_eq!(found.len(), expected.len());
        for ((path, bytes), (name, content)) in found.iter().zip(expected) {
            assert_eq!((path.as_str(), bytes.as_slice()), (name, content));
        }
    }
}
