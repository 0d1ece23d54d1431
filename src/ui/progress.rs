//! Consumers of events: a spinner on a terminal, plain lines elsewhere, JSON lines where asked for.

use super::terminal::{Terminal, printable};
use crate::event::{Ended, Event, EventSink};
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Mutex;
use std::time::Duration;

/// How long something takes before it is shown.
const A_MOMENT: Duration = Duration::from_millis(300);

/// Shows what is being done.
pub struct Progress {
    terminal: Terminal,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// For a terminal.
    pub const fn new(terminal: Terminal) -> Self {
        Self { terminal, bar: Mutex::new(None) }
    }

    fn working(&self, text: String) {
        if !self.terminal.interactive {
            return;
        }
        let Ok(mut bar) = self.bar.lock() else { return };
        let bar = bar.get_or_insert_with(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg} {elapsed}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.enable_steady_tick(A_MOMENT);
            bar
        });
        bar.set_message(text);
    }

    fn line(&self, text: &str) {
        let guard = self.bar.lock();
        match guard.as_ref().ok().and_then(|bar| bar.as_ref()) {
            Some(bar) => bar.suspend(|| self.terminal.say(&printable(text))),
            None => self.terminal.say(&printable(text)),
        }
    }

    /// Takes away what was drawn.
    pub fn clear(&self) {
        if let Ok(mut bar) = self.bar.lock()
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

impl EventSink for Progress {
    fn emit(&self, event: &Event) {
        match event {
            Event::StageStarted { stage, subject } => self.working(format!("{stage} {subject}")),
            Event::StageEnded { .. } => self.clear(),
            Event::LeaseWaiting { holder } => self.line(&format!("waiting for {holder}")),
            Event::ChangeStarted { address, action } => self.working(format!("{} {address}", action.as_str())),
            Event::ChangeProgress { message, .. } => self.working(message.clone()),
            Event::ChangeEnded { address, action, ended } => {
                self.line(&ended_line(&address.to_string(), action.as_str(), ended));
            }
            Event::Retrying { subject, reason, after_ms } => {
                self.line(&format!("{subject}: {reason}; trying again in {after_ms} ms"));
            }
            Event::HealthWaiting { address, reason } => self.working(format!("waiting for {address}: {reason}")),
            Event::LeaseTaken
            | Event::LeaseReleased
            | Event::PreconditionsHeld
            | Event::ArtifactsWritten { .. }
            | Event::Recorded { .. }
            | Event::RevisionRecorded { .. } => {}
        }
    }
}

fn ended_line(address: &str, action: &str, ended: &Ended) -> String {
    match ended {
        Ended::Done => format!("{action} {address}: done"),
        Ended::Failed(reason) => format!("{action} {address}: failed: {reason}"),
        Ended::Skipped(reason) => format!("{action} {address}: not tried: {reason}"),
    }
}

/// Prints every event as a line of JSON on standard error.
#[derive(Debug, Clone, Copy)]
pub struct JsonLines(pub Terminal);

impl EventSink for JsonLines {
    fn emit(&self, event: &Event) {
        if let Ok(line) = serde_json::to_string(event) {
            self.0.complain(&format!("{line}\n"));
        }
    }
}
