//! How far long work is: a bar on a terminal, plain lines elsewhere. All of it goes to standard
//! error.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::{Clock, SystemClock};

/// Between two plain lines.
const LINE_EVERY_MS: u64 = 5_000;

/// A count on its way to a total that may be unknown.
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    plain: bool,
    last_line_ms: u64,
}

impl Progress {
    /// `total` is 0 where it is not known.
    #[must_use]
    pub fn new(what: &'static str, total: u64) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let bar = if total > 0 {
            ProgressBar::new(total)
        } else {
            ProgressBar::new_spinner()
        };
        let template = if total > 0 {
            "{msg} [{bar:30}] {human_pos}/{human_len} {eta}"
        } else {
            "{spinner} {msg} {human_pos}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what);
        if plain {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        } else {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self {
            bar,
            what,
            plain,
            last_line_ms: SystemClock.monotonic_ms(),
        }
    }

    pub fn set(&mut self, position: u64) {
        self.bar.set_position(position);
        let now_ms = SystemClock.monotonic_ms();
        if self.plain && now_ms - self.last_line_ms >= LINE_EVERY_MS {
            self.last_line_ms = now_ms;
            match self.bar.length() {
                Some(total) if total > 0 => {
                    super::note(format_args!("{}: {position} of {total}", self.what))
                }
                _ => super::note(format_args!("{}: {position}", self.what)),
            }
        }
    }

    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}
