//! A link as squares, to be read by a phone's camera. The node computes them (ISO/IEC 18004); here they are drawn.

use maud::{Markup, html};
use std::fmt::Write as _;

/// The white edge around the squares, in squares.
const QUIET: usize = 4;

/// The squares of a code, row by row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Qr {
    /// How many there are in a row, and how many rows.
    pub width: usize,
    /// Whether each is dark.
    pub dark: Vec<bool>,
}

/// The code as a picture that says what it is. Dark on white in every theme: cameras expect that.
pub(crate) fn picture(qr: &Qr, label: &str) -> Markup {
    let size = qr.width + 2 * QUIET;
    html! {
        svg.qr role="img" aria-label=(label) viewBox={ "0 0 " (size) " " (size) } shape-rendering="crispEdges" {
            path d=(path(qr)) {}
        }
    }
}

/// One stroke for each run of dark squares in a row.
fn path(qr: &Qr) -> String {
    let mut path = String::new();
    for (y, row) in qr.dark.chunks(qr.width.max(1)).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] {
                let (left, top, long) = (x + QUIET, y + QUIET, run.len());
                write!(path, "M{left} {top}h{long}v1h-{long}z").expect("a String takes everything");
            }
            x += run.len();
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_squares_become_strokes() {
        let qr = Qr {
            width: 3,
            dark: vec![true, true, false, false, false, true, false, false, false],
        };
        assert_eq!(path(&qr), "M4 4h2v1h-2zM6 5h1v1h-1z");
        assert_eq!(path(&Qr::default()), "");
    }
}
