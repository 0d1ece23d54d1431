//! The process that holds an engine: it lives until its standard input ends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

/// A running `engine.sh`.
pub struct Supervisor {
    child: Child,
    talk: Mutex<Option<Talk>>,
    /// What it said of the engine: `FOLDER=...`.
    said: Vec<String>,
    folder: PathBuf,
}

struct Talk {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts an engine and waits until it answers.
    pub fn start(options: &[&str]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/engine.sh");
        let mut command = Command::new(&script);
        command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{} cannot be run: {error}", script.display()));
        let mut talk =
            Talk { input: child.stdin.take().unwrap(), output: BufReader::new(child.stdout.take().unwrap()) };
        let said = talk.listen();
        let folder = PathBuf::from(value(&said, "FOLDER"));
        Self { child, talk: Mutex::new(Some(talk)), said, folder }
    }

    /// What `DOCKER_HOST` must be.
    pub fn host(&self) -> String {
        value(&self.said, "DOCKER_HOST")
    }

    /// The folder of the engine.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The first process of the engine's namespaces, as this process sees it.
    pub fn id(&self) -> u32 {
        value(&self.said, "PID").parse().unwrap()
    }

    /// The process that was started.
    pub fn outermost(&self) -> u32 {
        self.child.id()
    }

    /// The first two numbers of the addresses that tests may name.
    pub fn subnets(&self) -> (u8, u8) {
        let subnets = value(&self.said, "SUBNETS");
        let mut numbers = subnets.split('.').map(|number| number.parse().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    }

    /// Gives a command and waits until it is done.
    pub fn say(&self, command: &str) {
        let mut talk = self.talk.lock().unwrap();
        let talk = talk.as_mut().unwrap();
        writeln!(talk.input, "{command}").unwrap();
        talk.listen();
    }
}

impl Talk {
    /// All lines up to the one that says that it is so.
    fn listen(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            let count = self.output.read_line(&mut line).unwrap();
            assert!(count > 0, "the engine has ended; what it said is above: {lines:?}");
            match line.trim_end() {
                "ready" | "done" => return lines,
                other => lines.push(other.to_owned()),
            }
        }
    }
}

fn value(said: &[String], name: &str) -> String {
    let found = said.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("the engine does not tell its {name}: {said:?}")).to_owned()
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // The end of its input is its sign.
        drop(self.talk.lock().map(|mut talk| talk.take()));
        let _ = self.child.wait();
    }
}
