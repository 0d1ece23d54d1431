//! Who asks driftless to stop is heard: at once at a question, and the second time whatever is in flight.

use super::support::Project;
use super::support::shop::{FILE, Place, Shop};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any of this takes, and shorter than what hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until something is there.
#[track_caller]
fn wait_for<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::yield_now();
    }
}

fn signal(name: &str, child: &Child) {
    let sent = Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Whether a process runs; one that is dead and not collected yet has no command line.
fn runs(process: &str) -> bool {
    std::fs::read(format!("/proc/{process}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// A project whose branch lies where nobody ever answers.
fn silent_remote() -> Project {
    let shop = Shop::new(Place::Here);
    shop.project.edit(FILE, "repository: \".\"", "repository: \"ssh://git@host.example/state.git\"");
    shop.project.write("hang", "echo $$ > \"$0.new\"\nmv \"$0.new\" \"$0.process\"\nexec sleep 600\n");
    shop.project
}

fn hanging_plan(project: &Project) -> (Child, String) {
    let mut command = project.command(&["plan", "dev"]);
    command.env("GIT_SSH_COMMAND", format!("sh {}", project.at("hang").display()));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let process = wait_for("ssh", || std::fs::read_to_string(project.at("hang.process")).ok());
    (child, process.trim().to_owned())
}

#[test]
fn the_second_signal_ends_everything_at_once() {
    for (first, second, code) in [("INT", "INT", 130), ("INT", "TERM", 143)] {
        let project = silent_remote();
        let (mut child, ssh) = hanging_plan(&project);
        let mut said = BufReader::new(child.stderr.take().unwrap());
        signal(first, &child);
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert_eq!(line, "stopping when what is in flight is done; once more to stop at once\n");
        assert!(runs(&ssh), "the first signal ends nothing that is in flight");
        let begun = Instant::now();
        signal(second, &child);
        let ended = child.wait().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        let expected = "error: stopped at once; run the same command again, it goes on where this one stopped\n";
        assert_eq!((ended.code(), rest.as_str()), (Some(code), expected));
        wait_for("the end of ssh", || (!runs(&ssh)).then_some(()));
    }
}

/// Runs an apply on a terminal of its own, types `answer` at its question, and tells how it ended and what it wrote.
fn asked(project: &Project, answer: &str) -> (Option<i32>, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_driftless"));
    let line = format!("'{}' apply dev --color never", program.display());
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"]).current_dir(project.path());
    command.env("HOME", project.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("SHELL", "/bin/sh");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut shown = Vec::new();
    let mut byte = [0];
    while !shown.ends_with(b"[y/N] ") && output.read(&mut byte).unwrap() == 1 {
        shown.extend(byte);
    }
    input.write_all(answer.as_bytes()).unwrap();
    input.flush().unwrap();
    let mut after = Vec::new();
    output.read_to_end(&mut after).unwrap();
    drop(input);
    let ended = child.wait().unwrap();
    (ended.code(), String::from_utf8(after).unwrap().replace('\r', ""))
}

#[test]
fn an_interrupt_at_the_question_ends_it_and_changes_nothing() {
    let shop = Shop::new(Place::Here);
    let branches = || shop.git(&["branch", "--list", "--all"]);
    assert_eq!(asked(&shop.project, "\u{3}"), (Some(130), "^C\nerror: stopped: nothing was changed\n".into()));
    assert_eq!(asked(&shop.project, "n\n"), (Some(1), "n\nerror: nothing was changed\n".into()));
    assert_eq!(branches(), "* main\n");
    let (code, said) = asked(&shop.project, "y\n");
    assert!(code == Some(0) && said.ends_with("dev: 2 changes done\n"), "{code:?} {said}");
    assert_eq!(branches(), "  driftless/dev\n* main\n");
}
