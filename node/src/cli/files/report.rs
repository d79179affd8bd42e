//! What is told while files go by: how far it is, and what didn't go.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::super::Context;
use super::super::output::Escaped;

const TICK: Duration = Duration::from_millis(200);

/// Tells on the standard error, from any thread.
pub(super) struct Report {
    bar: ProgressBar,
    troubles: AtomicU64,
}

impl Report {
    /// One that tells of troubles alone.
    pub(super) fn quiet() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            troubles: AtomicU64::new(0),
        }
    }

    /// One that shows bytes go by, if somebody watches: of `total`, if that is known.
    pub(super) fn watched(cx: &Context<'_>, total: Option<u64>) -> Self {
        let mut report = Self::quiet();
        if is_watched(cx) {
            let template = match total {
                Some(_) => "{bar:32} {binary_bytes} of {binary_total_bytes}, {eta} to go",
                None => "{spinner} {binary_bytes}, {binary_bytes_per_sec}",
            };
            let style =
                ProgressStyle::with_template(template).expect("the template names known fields");
            report.bar = ProgressBar::no_length().with_style(style);
            total.inspect(|total| report.bar.set_length(*total));
            report.bar.enable_steady_tick(TICK);
        }
        report
    }

    /// So many bytes more are done.
    pub(super) fn went(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Something to know that is no failure.
    pub(super) fn warn(&self, words: &str) {
        self.bar.suspend(|| {
            // Nothing is left to do when the standard error can't be written.
            let _ = writeln!(std::io::stderr(), "hearth: {}", Escaped::word(words));
        });
    }

    /// Something that didn't go, while the rest goes on.
    pub(super) fn trouble(&self, words: &str) {
        self.troubles.fetch_add(1, Ordering::Relaxed);
        self.warn(words);
    }

    /// Nothing more goes by.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// 0, or 1 if something didn't go.
    pub(super) fn exit_code(&self) -> u8 {
        super::code(self.troubles.load(Ordering::Relaxed))
    }
}

/// Whether somebody watches the standard error.
pub(super) fn is_watched(cx: &Context<'_>) -> bool {
    cx.is_watched && !cx.out.is_json()
}
