//! Sends on a thread of its own, so that who reads for a receiver keeps his place in the group,
//! whatever the receiver does.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::notify::{Channel, Notice, SendError};

/// No sending takes longer, whatever each of its steps may take: to some receivers it has several.
const MOST: Duration = Duration::from_secs(120);

type Sent = Result<(), SendError>;

/// Carries notices to a receiver, one at a time.
pub(super) struct Porter {
    channel: Channel,
    thread: Option<Thread>,
    /// Since when it is under way.
    since_ms: Option<u64>,
}

struct Thread {
    notices: Sender<Notice>,
    sent: Receiver<Sent>,
}

impl Porter {
    pub fn new(channel: &Channel) -> Self {
        Self {
            channel: channel.clone(),
            thread: None,
            since_ms: None,
        }
    }

    pub fn is_under_way(&self) -> bool {
        self.since_ms.is_some()
    }

    /// Sets out with a notice.
    pub fn set_out(&mut self, notice: &Notice) -> std::io::Result<()> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => Thread::start(&self.channel)?,
        };
        // A thread that has ended is seen when it is waited for.
        let _ = thread.notices.send(notice.clone());
        self.thread = Some(thread);
        self.since_ms = Some(SystemClock.monotonic_ms());
        Ok(())
    }

    /// What became of it, if it comes back within a time. One that is out for too long is left to
    /// itself, and another goes next.
    pub fn wait(&mut self, within: Duration) -> Option<Sent> {
        let since_ms = self.since_ms?;
        let thread = self.thread.as_ref()?;
        let sent = match thread.sent.recv_timeout(within) {
            Ok(sent) => sent,
            Err(RecvTimeoutError::Timeout) => {
                let out_ms = SystemClock.monotonic_ms().saturating_sub(since_ms);
                if u128::from(out_ms) < MOST.as_millis() {
                    return None;
                }
                self.thread = None;
                Err(SendError::later("it did not end in time"))
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.thread = None;
                Err(SendError::later(
                    "sending ended unexpectedly; see what was said before",
                ))
            }
        };
        self.since_ms = None;
        Some(sent)
    }
}

impl Thread {
    fn start(to: &Channel) -> std::io::Result<Self> {
        let (notices, next) = channel::<Notice>();
        let (tell, sent) = channel();
        let to = to.clone();
        let thread = std::thread::Builder::new().name("porter".to_owned());
        thread.spawn(move || {
            let mut sender = to.open();
            for notice in next {
                let became = sender.send(&notice, SystemClock.now_ms());
                if tell.send(became).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { notices, sent })
    }
}
