//! What every command starts from: the terminal, the project, the world.

use super::arguments::{ColorChoice, Format, Global};
use crate::diag::{Sink, SourceMap};
use crate::event::EventSink;
use crate::ops::{OpsError, Project, World};
use crate::report::exit;
use crate::sys::{ProcessVariables, Signals, SystemClock, Variables as _, process};
use crate::ui::{Answer, Progress, Terminal};
use std::path::PathBuf;
use std::sync::Arc;

/// What every command starts from.
pub struct Session {
    /// What holds for every command.
    pub global: Global,
    /// Where it prints.
    pub terminal: Terminal,
    variables: ProcessVariables,
}

impl Session {
    /// From what holds for every command.
    pub fn new(global: Global) -> Self {
        let variables = ProcessVariables;
        let color = match global.color {
            ColorChoice::Auto => None,
            ColorChoice::Always => Some(true),
            ColorChoice::Never => Some(false),
        };
        let no_color = variables.get("NO_COLOR").is_some_and(|value| !value.is_empty());
        let terminal = Terminal::new(color, global.quiet, global.yes, no_color);
        Self { global, terminal, variables }
    }

    /// The folder to work in.
    pub fn folder(&self) -> PathBuf {
        self.global.directory.clone().unwrap_or_else(|| PathBuf::from("."))
    }

    /// A path that was given on the command line: it counts from where driftless was started, as `-C` says.
    pub fn path(&self, path: &std::path::Path) -> PathBuf {
        self.folder().join(path)
    }

    /// The project of that folder.
    ///
    /// # Errors
    /// When there is none, or its file has errors.
    pub fn project(&self) -> Result<Project, OpsError> {
        Project::open(&self.folder())
    }

    /// Runs what a command has to wait for, telling `events`. The first signal lets it finish what is in flight, the second ends it with
    /// every program that it started. What came when nobody waited, or was not in time for what was in flight, ends the next wait.
    ///
    /// # Errors
    /// Those of the command; when no runtime can be started; when it was asked to stop.
    pub fn wait<T>(
        &self,
        events: &dyn EventSink,
        work: impl AsyncFnOnce(&World<'_>) -> Result<T, OpsError>,
    ) -> Result<T, OpsError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| no_runtime(&error))?;
        let signals = Signals::of_process().map_err(|error| no_runtime(&error))?;
        refuse_if_asked(signals)?;
        let (cancel, cancelled) = tokio::sync::watch::channel(false);
        let world = World { clock: Arc::new(SystemClock), variables: Arc::new(self.variables), events, cancelled };
        let ended = runtime.block_on(async {
            tokio::select! {
                result = work(&world) => Ok(result),
                code = self.interrupted(signals, &cancel) => Err(code),
            }
        });
        match ended {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => {
                signals.answer();
                Err(error)
            }
            Err(code) => {
                signals.answer();
                process::stop_all();
                // What blocks a thread cannot be waited for: it ends with the process.
                runtime.shutdown_background();
                Err(stopped("stopped at once; run the same command again, it goes on where this one stopped", code))
            }
        }
    }

    /// Waits for signals: tells `cancel` of the first, returns with the second.
    async fn interrupted(&self, signals: &Signals, cancel: &tokio::sync::watch::Sender<bool>) -> u8 {
        signals.nth(1).await;
        let _told = cancel.send(true);
        self.terminal.say("stopping when what is in flight is done; once more to stop at once");
        signals.nth(2).await
    }

    /// The exit code of a signal that ended what runs until it is told to stop: 128 and its number.
    pub fn stopped_by() -> Option<u8> {
        let signals = Signals::of_process().ok()?;
        let code = signals.unanswered();
        signals.answer();
        code
    }

    /// The same with progress on the terminal.
    ///
    /// # Errors
    /// Those of the command.
    pub fn wait_with_progress<T>(
        &self,
        work: impl AsyncFnOnce(&World<'_>) -> Result<T, OpsError>,
    ) -> Result<T, OpsError> {
        let progress = Progress::new(self.terminal);
        self.wait(&progress, work)
    }

    /// Prints diagnostics in the form that was asked for: with `human` on standard error, else as the result.
    pub fn print_diagnostics(&self, sink: &Sink, sources: &SourceMap) {
        if sink.is_empty() {
            return;
        }
        match self.global.output {
            Format::Json => self.terminal.result(&pretty(&crate::diag::json(sink, sources))),
            Format::Github => self.terminal.result(&crate::diag::github(sink, sources)),
            Format::Human | Format::Markdown => {
                self.terminal.complain(&crate::diag::human(sink, sources, self.terminal.color_err));
            }
        }
    }

    /// Prints an error; its exit code.
    pub fn complain(&self, error: &OpsError) -> u8 {
        match error {
            OpsError::Files { sink, sources } => self.print_diagnostics(sink, sources),
            OpsError::Plan(refusal) => {
                let message = format!("{error} [{}]", refusal.code());
                self.terminal.error(&message, error.help().as_deref());
            }
            _ => self.terminal.error(&error.to_string(), error.help().as_deref()),
        }
        error.exit_code()
    }

    /// Asks before something is changed.
    ///
    /// # Errors
    /// When there is nobody to ask and `--yes` was not given (64), or the answer is no (1).
    pub fn confirm(&self, question: &str) -> Result<(), OpsError> {
        match self.ask(question)? {
            Answer::Yes => Ok(()),
            Answer::No => {
                Err(OpsError::Refused { message: "nothing was changed".into(), help: None, exit_code: exit::ERROR })
            }
            Answer::NobodyThere => Err(OpsError::usage(
                "this changes something, and there is no terminal to ask on: nothing was changed",
                "say `--yes`",
            )),
        }
    }

    /// Asks, unless a signal comes first. Who asks is left waiting on its thread: a read of a terminal cannot be called off.
    fn ask(&self, question: &str) -> Result<Answer, OpsError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| no_runtime(&error))?;
        let signals = Signals::of_process().map_err(|error| no_runtime(&error))?;
        refuse_if_asked(signals)?;
        let (tell, answer) = tokio::sync::oneshot::channel();
        let (terminal, question) = (self.terminal, question.to_owned());
        std::thread::spawn(move || tell.send(terminal.ask(&question)));
        let answer = runtime.block_on(async {
            tokio::select! {
                answer = answer => Ok(answer.unwrap_or(Answer::No)),
                code = signals.nth(1) => Err(code),
            }
        });
        answer.map_err(|code| {
            signals.answer();
            // The question's line is not ended.
            self.terminal.complain("\n");
            stopped(NOTHING_CHANGED, code)
        })
    }
}

const NOTHING_CHANGED: &str = "stopped: nothing was changed";

fn no_runtime(error: &std::io::Error) -> OpsError {
    OpsError::refused(format!("no runtime: {error}"), "see the system's limits")
}

fn stopped(message: &str, exit_code: u8) -> OpsError {
    OpsError::Refused { message: message.into(), help: None, exit_code }
}

/// Ends a command that was asked to stop before its next step.
fn refuse_if_asked(signals: &Signals) -> Result<(), OpsError> {
    let Some(code) = signals.unanswered() else { return Ok(()) };
    signals.answer();
    Err(stopped(NOTHING_CHANGED, code))
}

/// JSON for people and programs.
pub fn pretty(json: &serde_json::Value) -> String {
    format!("{json:#}\n")
}
