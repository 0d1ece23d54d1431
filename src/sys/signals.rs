//! Signals that ask this process to stop.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// How often this process was asked to stop, and how the last time.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    times: u32,
    code: u8,
}

/// Signals that ask this process to stop: an interrupt or a termination. They are counted, also while nobody waits for them.
#[derive(Debug)]
pub struct Signals {
    asked: watch::Receiver<Asked>,
    answered: AtomicU32,
}

static OF_PROCESS: OnceLock<Signals> = OnceLock::new();

impl Signals {
    /// Those of this process. Before the first call a signal ends it as the system does.
    ///
    /// # Errors
    /// When they cannot be watched.
    pub fn of_process() -> io::Result<&'static Self> {
        if let Some(signals) = OF_PROCESS.get() {
            return Ok(signals);
        }
        let asked = watch_signals()?;
        Ok(OF_PROCESS.get_or_init(|| Self { asked, answered: AtomicU32::new(0) }))
    }

    /// How a signal that nobody has answered yet ends the process (128 and its number); none: there was none.
    pub fn unanswered(&self) -> Option<u8> {
        let asked = *self.asked.borrow();
        (asked.times > self.answered.load(Ordering::SeqCst)).then_some(asked.code)
    }

    /// All that came so far has been answered: the command ends, or says why it does not.
    pub fn answer(&self) {
        self.answered.store(self.asked.borrow().times, Ordering::SeqCst);
    }

    /// Waits for the `count`th signal that is not answered: 128 and its number.
    pub async fn nth(&self, count: u32) -> u8 {
        let wanted = self.answered.load(Ordering::SeqCst).saturating_add(count);
        let mut asked = self.asked.clone();
        match asked.wait_for(|asked| asked.times >= wanted).await {
            Ok(asked) => asked.code,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Counts on a thread of its own, which lives as long as the process.
fn watch_signals() -> io::Result<watch::Receiver<Asked>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let (tell, asked) = watch::channel(Asked::default());
    let count = move || {
        runtime.block_on(async {
            loop {
                let code = next(&mut interrupt, &mut terminate).await;
                tell.send_modify(|asked| *asked = Asked { times: asked.times.saturating_add(1), code });
            }
        });
    };
    std::thread::Builder::new().name("signals".into()).spawn(count)?;
    Ok(asked)
}

async fn next(interrupt: &mut Signal, terminate: &mut Signal) -> u8 {
    tokio::select! {
        _ = interrupt.recv() => 128 + 2,
        _ = terminate.recv() => 128 + 15,
    }
}
