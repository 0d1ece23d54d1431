//! Runs programs: argument vectors, an environment of named variables alone, bounded time and output.

use super::environment::{ProcessVariables, Variables};
use super::file::FileLock;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// This machine and this process, for people who want to know who holds a lock: `host, process 123`.
pub fn here() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{host}, process {}", std::process::id())
}

/// Variables that every program gets where they are set: without them programs cannot be found or do not find their own files.
pub const BASE_VARIABLES: &[&str] =
    &["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"];

/// How long a program that has ended may leave its pipes open to a child of its own.
const PIPE_GRACE: Duration = Duration::from_secs(2);

/// A program to run.
#[derive(Debug, Clone)]
pub struct Invocation<'a> {
    /// The program, searched in `PATH`.
    pub program: &'a str,
    /// The argument vector.
    pub arguments: Vec<OsString>,
    /// Where it runs.
    pub folder: &'a Path,
    /// Names of this process's variables that it gets beside [`BASE_VARIABLES`]; one that ends with `*` is a prefix.
    pub inherit: &'a [&'a str],
    /// Variables that are set for it.
    pub set: Vec<(String, OsString)>,
    /// Standard input.
    pub input: Vec<u8>,
    /// A lock that it holds too: who waits for the lock waits for its end, also where this process is killed before it. It has no input then.
    pub holds: Option<&'a FileLock>,
    /// After this time it is killed, with all that it started.
    pub timeout: Duration,
    /// The most bytes of standard output, and of standard error, that are kept.
    pub output_limit: usize,
}

impl<'a> Invocation<'a> {
    /// A program with its arguments; nothing inherited, no input, a minute, 16 MiB.
    pub fn new<A: Into<OsString>>(program: &'a str, arguments: impl IntoIterator<Item = A>, folder: &'a Path) -> Self {
        Self {
            program,
            arguments: arguments.into_iter().map(Into::into).collect(),
            folder,
            inherit: &[],
            set: Vec::new(),
            input: Vec::new(),
            holds: None,
            timeout: Duration::from_mins(1),
            output_limit: 16 << 20,
        }
    }
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit code; none: a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub output: Vec<u8>,
    /// Standard error.
    pub error: Vec<u8>,
    /// Whether one of them was longer than the limit and is cut.
    pub cut: bool,
}

impl Finished {
    /// Whether it ended well.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// Why a program did not run to its end. Holds neither arguments nor output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("the program `{program}` is not installed")]
    Missing {
        /// Its name.
        program: String,
    },
    /// It could not be started or waited for.
    #[error("the program `{program}` could not be run: {reason}")]
    Run {
        /// Its name.
        program: String,
        /// Why.
        reason: String,
    },
    /// It took too long and was killed.
    #[error("the program `{program}` was stopped after {seconds} seconds")]
    TimedOut {
        /// Its name.
        program: String,
        /// The limit.
        seconds: u64,
    },
}

/// Runs a program to its end. Blocks: call it off the async threads.
///
/// # Errors
/// [`ProcessError`]; a program that ends with another code than 0 is none.
pub fn run(invocation: &Invocation<'_>) -> Result<Finished, ProcessError> {
    let (mut child, _running) = start(invocation)?;
    let output = child.stdout.take().map(|pipe| drain(pipe, invocation.output_limit));
    let error = child.stderr.take().map(|pipe| drain(pipe, invocation.output_limit));
    if let Some(mut pipe) = child.stdin.take() {
        let input = invocation.input.clone();
        // A program that does not read its input is no error here: its exit code says what it thinks of that.
        std::thread::spawn(move || drop(pipe.write_all(&input)));
    }
    let status = wait(&mut child, invocation)?;
    let (output, output_cut) = collect(output.as_ref(), &child);
    let (error, error_cut) = collect(error.as_ref(), &child);
    Ok(Finished { code: status.code(), output, error, cut: output_cut || error_cut })
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that starts programs")]
fn start(invocation: &Invocation<'_>) -> Result<(Child, Running), ProcessError> {
    let mut command = Command::new(invocation.program);
    command.args(&invocation.arguments).current_dir(invocation.folder).env_clear().process_group(0);
    command.envs(inherited(invocation.inherit));
    command.envs(invocation.set.iter().map(|(name, value)| (name, value)));
    command.stdin(standard_input(invocation)?);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let spawn = || command.spawn();
    Running::begin(invocation.program, spawn)?.map_err(|error| {
        let program = invocation.program.to_owned();
        if error.kind() == std::io::ErrorKind::NotFound && invocation.folder.is_dir() {
            return ProcessError::Missing { program };
        }
        ProcessError::Run { program, reason: error.to_string() }
    })
}

/// A lock is handed over as an open file, since the kernel frees it with the last process that has it open.
fn standard_input(invocation: &Invocation<'_>) -> Result<Stdio, ProcessError> {
    let Some(lock) = invocation.holds else {
        return Ok(if invocation.input.is_empty() { Stdio::null() } else { Stdio::piped() });
    };
    let failed = |error: std::io::Error| ProcessError::Run {
        program: invocation.program.to_owned(),
        reason: format!("its lock cannot be handed over: {error}"),
    };
    lock.shared().map(Stdio::from).map_err(failed)
}

/// The programs that run, each the first of its own process group; and whether no other may begin.
struct Programs {
    groups: BTreeSet<i32>,
    stopped: bool,
}

static PROGRAMS: Mutex<Programs> = Mutex::new(Programs { groups: BTreeSet::new(), stopped: false });

fn programs() -> MutexGuard<'static, Programs> {
    PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every program that runs, with all that it started, and lets no other begin: this process is about to end.
pub fn stop_all() {
    let mut programs = programs();
    programs.stopped = true;
    programs.groups.iter().for_each(|group| kill(*group));
}

/// A program that is known to run, until this is dropped.
struct Running(i32);

impl Running {
    /// Begins a program. It is known from its first moment on: none slips through between being begun and being known.
    fn begin(
        program: &str,
        spawn: impl FnOnce() -> std::io::Result<Child>,
    ) -> Result<std::io::Result<(Child, Self)>, ProcessError> {
        let mut programs = programs();
        if programs.stopped {
            return Err(ProcessError::Run { program: program.into(), reason: "driftless was asked to stop".into() });
        }
        Ok(spawn().map(|child| {
            let group = i32::try_from(child.id()).unwrap_or(0);
            programs.groups.insert(group);
            (child, Self(group))
        }))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        programs().groups.remove(&self.0);
    }
}

fn inherited(names: &[&str]) -> Vec<(OsString, OsString)> {
    let wanted = |name: &OsString| {
        name.to_str().is_some_and(|name| {
            let matches = |wanted: &&&str| wanted.strip_suffix('*').map_or(name == **wanted, |p| name.starts_with(p));
            BASE_VARIABLES.iter().chain(names).any(|wanted| matches(&wanted))
        })
    };
    ProcessVariables.all().into_iter().filter(|(name, _)| wanted(name)).collect()
}

fn drain(mut pipe: impl Read + Send + 'static, limit: usize) -> Receiver<(Vec<u8>, bool)> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let limit_bytes = u64::try_from(limit).unwrap_or(u64::MAX);
        let _ = pipe.by_ref().take(limit_bytes).read_to_end(&mut kept);
        // The rest is read and dropped, so that the program does not wait for a full pipe.
        let rest = std::io::copy(&mut pipe, &mut std::io::sink()).unwrap_or(0);
        let _ = sender.send((kept, rest > 0));
    });
    receiver
}

fn collect(receiver: Option<&Receiver<(Vec<u8>, bool)>>, child: &Child) -> (Vec<u8>, bool) {
    let Some(receiver) = receiver else { return (Vec::new(), false) };
    receiver.recv_timeout(PIPE_GRACE).unwrap_or_else(|_| {
        kill_group(child);
        receiver.recv_timeout(PIPE_GRACE).unwrap_or((Vec::new(), true))
    })
}

fn wait(child: &mut Child, invocation: &Invocation<'_>) -> Result<ExitStatus, ProcessError> {
    let deadline = Instant::now() + invocation.timeout;
    let mut pause = Duration::from_micros(500);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(20));
            }
            outcome => {
                kill_group(child);
                let _ = child.wait();
                return Err(stopped(invocation, outcome.err()));
            }
        }
    }
}

fn stopped(invocation: &Invocation<'_>, error: Option<std::io::Error>) -> ProcessError {
    let program = invocation.program.to_owned();
    error.map_or_else(
        || ProcessError::TimedOut { program: program.clone(), seconds: invocation.timeout.as_secs() },
        |error| ProcessError::Run { program: program.clone(), reason: error.to_string() },
    )
}

fn kill_group(child: &Child) {
    kill(i32::try_from(child.id()).unwrap_or(0));
}

/// Kills a process group; 0 is none.
fn kill(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_arrive_as_they_are_and_the_environment_is_named() {
        let folder = std::env::temp_dir();
        let mut shell = Invocation::new(
            "sh",
            ["-c", "printf %s \"$0\"; printf %s \"$CARGO_PKG_NAME$ADDED\" >&2; cat", "a;$b"],
            &folder,
        );
        shell.set.push(("ADDED".into(), "x".into()));
        shell.input = b"in".to_vec();
        let ended = run(&shell).unwrap();
        assert_eq!(ended, Finished { code: Some(0), output: b"a;$bin".to_vec(), error: b"x".to_vec(), cut: false });
    }

    #[test]
    fn a_program_that_hangs_is_killed_with_its_children() {
        let folder = std::env::temp_dir();
        let mut hang = Invocation::new("sh", ["-c", "sleep 600 & sleep 600"], &folder);
        hang.timeout = Duration::from_millis(200);
        let begun = Instant::now();
        assert_eq!(run(&hang), Err(ProcessError::TimedOut { program: "sh".into(), seconds: 0 }));
        assert!(begun.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_lock_is_held_until_the_program_that_was_given_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let lock = FileLock::acquire(&path).unwrap();
        // The child of the program outlives it, as the program would outlive this process.
        let script = "exec 3<&0; sleep 3 >/dev/null 2>&1 & echo begun";
        let mut shell = Invocation::new("sh", ["-c", script], folder.path());
        shell.holds = Some(&lock);
        assert_eq!(run(&shell).unwrap().output, b"begun\n");
        drop(lock);
        assert!(FileLock::try_acquire(&path).unwrap().is_none());
        assert!(FileLock::acquire(&path).is_ok());
    }

    #[test]
    fn output_is_bounded_and_a_missing_program_is_named() {
        let folder = std::env::temp_dir();
        let mut loud = Invocation::new("sh", ["-c", "head -c 100000 /dev/zero; exit 3"], &folder);
        loud.output_limit = 10;
        assert_eq!(run(&loud).unwrap(), Finished { code: Some(3), output: vec![0; 10], error: vec![], cut: true });
        let missing = run(&Invocation::new("no-such-program-here", ["x"], &folder));
        assert_eq!(missing, Err(ProcessError::Missing { program: "no-such-program-here".into() }));
    }
}
