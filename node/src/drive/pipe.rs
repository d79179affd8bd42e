//! Between threads that read and write and tasks that send and receive: bounded, so that the slower one sets the pace.

use std::io::{self, Read, Write};

use tokio::sync::mpsc;

use crate::app::model::AppError;

/// Bytes that make a piece worth passing on.
const PIECE_BYTES: usize = 128 << 10;
/// Pieces that may wait.
pub(crate) const PIECES_MAX: usize = 8;

/// A part of a stream, or why there are no more.
pub(crate) type Piece = Result<Vec<u8>, AppError>;

/// Writes into a channel. Blocks; never in a task.
pub(crate) struct PipeWriter {
    pieces: mpsc::Sender<Piece>,
    waiting: Vec<u8>,
}

impl PipeWriter {
    pub(crate) fn new(pieces: mpsc::Sender<Piece>) -> Self {
        Self {
            pieces,
            waiting: Vec::with_capacity(PIECE_BYTES),
        }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.waiting, Vec::with_capacity(PIECE_BYTES));
        let sent = self.pieces.blocking_send(Ok(piece));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for PipeWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE_BYTES - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        if self.waiting.len() == PIECE_BYTES {
            self.pass_on()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()
    }
}

/// Reads from a channel. Blocks; never in a task.
pub(crate) struct PipeReader {
    pieces: mpsc::Receiver<Piece>,
    piece: Vec<u8>,
    read: usize,
}

impl PipeReader {
    pub(crate) fn new(pieces: mpsc::Receiver<Piece>) -> Self {
        Self {
            pieces,
            piece: Vec::new(),
            read: 0,
        }
    }
}

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => (self.piece, self.read) = (piece, 0),
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => return Ok(0),
            }
        }
        let rest = &self.piece[self.read..];
        let taken = rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&rest[..taken]);
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::app::model::ErrorKind;

    #[test]
    fn bytes_go_through_in_order() {
        let (sender, receiver) = mpsc::channel(2);
        let bytes: Vec<u8> = (0..1_000_000u32).map(|n| n.to_le_bytes()[1]).collect();
        let sent = bytes.clone();
        let writer = std::thread::spawn(move || {
            let mut pipe = PipeWriter::new(sender);
            for part in sent.chunks(77_777) {
                pipe.write_all(part).unwrap();
            }
            pipe.flush().unwrap();
        });
        let mut received = Vec::new();
        PipeReader::new(receiver)
            .read_to_end(&mut received)
            .unwrap();
        writer.join().unwrap();
        assert_eq!(received, bytes);
    }

    #[test]
    fn who_is_gone_is_noticed() {
        let (sender, receiver) = mpsc::channel(1);
        drop(receiver);
        let mut pipe = PipeWriter::new(sender);
        pipe.write_all(b"a").unwrap();
        assert_eq!(pipe.flush().unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn an_error_is_passed_on() {
        let (sender, receiver) = mpsc::channel(2);
        sender.blocking_send(Ok(b"a".to_vec())).unwrap();
        let error = AppError {
            kind: ErrorKind::Failed,
            message: crate::said::Said::english("gone"),
        };
        sender.blocking_send(Err(error)).unwrap();
        let read = PipeReader::new(receiver).read_to_end(&mut Vec::new());
        assert_eq!(read.unwrap_err().to_string(), "gone");
    }
}
