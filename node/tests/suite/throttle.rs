//! A door on the way between two nodes that lets so many bytes through and then none, until it is opened.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(5);
const CHUNK_BYTES: usize = 1024;

/// Forwards TCP connections; what comes back from the far side is counted and stops at a bound.
pub(crate) struct Door {
    port: u16,
    left: Arc<AtomicUsize>,
}

impl Door {
    /// A door to a port on this machine through which `bytes` come back.
    pub(crate) fn to(port: u16, bytes: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let left = Arc::new(AtomicUsize::new(bytes));
        let shared = Arc::clone(&left);
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                    connect(near, far, &shared);
                }
            }
        });
        Self {
            port: own_port,
            left,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether all that may pass has passed.
    pub(crate) fn is_shut(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }

    pub(crate) fn open(&self) {
        self.left.store(usize::MAX, Ordering::SeqCst);
    }
}

fn connect(near: TcpStream, far: TcpStream, left: &Arc<AtomicUsize>) {
    let (mut near_in, mut far_out) = (near.try_clone().unwrap(), far.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut near_in, &mut far_out);
        let _ = far_out.shutdown(Shutdown::Both);
    });
    let left = Arc::clone(left);
    thread::spawn(move || pass(far, near, &left));
}

fn pass(mut from: TcpStream, mut to: TcpStream, left: &AtomicUsize) {
    let mut buffer = [0; CHUNK_BYTES];
    loop {
        let room = left.load(Ordering::SeqCst).min(CHUNK_BYTES);
        if room == 0 {
            thread::sleep(POLL);
            continue;
        }
        let Ok(bytes @ 1..) = from.read(&mut buffer[..room]) else {
            break;
        };
        let _ = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            Some(if left == usize::MAX {
                left
            } else {
                left.saturating_sub(bytes)
            })
        });
        if to.write_all(&buffer[..bytes]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
