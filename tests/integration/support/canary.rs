//! A value that must be nowhere, in all the forms that it could take, and a watch over processes and temporary files.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// Bytes that must be nowhere, each with the name of the form that it is.
#[derive(Clone)]
pub struct Canaries(Arc<Vec<(String, Vec<u8>)>>);

impl Canaries {
    /// All forms of some values.
    pub fn of(values: &[&str]) -> Self {
        let mut forms = Vec::new();
        for value in values {
            for (form, bytes) in forms_of(value) {
                assert!(bytes.len() >= 12, "{form} of a canary is too short to be looked for");
                forms.push((format!("{form} of {value}"), bytes));
            }
        }
        Self(Arc::new(forms))
    }

    /// The first form that is in some bytes.
    pub fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        // Much is looked through: what could begin here is asked for before what does.
        let mut begins = vec![false; 1 << 16];
        self.0.iter().for_each(|(_, form)| begins[usize::from(form[0]) << 8 | usize::from(form[1])] = true);
        let mut at = 0;
        while at + 1 < bytes.len() {
            if begins[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])]
                && let Some((name, _)) = self.0.iter().find(|(_, form)| bytes[at..].starts_with(form))
            {
                return Some(name);
            }
            at += 1;
        }
        None
    }

    /// Insists that it is not in some bytes.
    #[track_caller]
    pub fn assert_not_in(&self, what: &str, bytes: &[u8]) {
        if let Some(form) = self.found_in(bytes) {
            panic!("{form} is in {what}:\n{}", String::from_utf8_lossy(bytes));
        }
    }

    /// Insists that it is in no file below a folder but `except`, nor in the name of one; how many files there are.
    #[track_caller]
    pub fn assert_not_below(&self, folder: &Path, except: &[PathBuf]) -> usize {
        let mut count = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            self.assert_not_in("a file's name", path.to_string_lossy().as_bytes());
            if path.is_dir() && !path.is_symlink() {
                count += self.assert_not_below(&path, except);
            } else if !except.contains(&path) {
                self.assert_not_in(&path.display().to_string(), &std::fs::read(&path).unwrap_or_default());
                count += 1;
            }
        }
        count
    }

    /// Insists that it is in no object of a Git folder, reachable or not; how many bytes they are.
    #[track_caller]
    pub fn assert_not_in_objects(&self, git_folder: &Path) -> usize {
        let mut git = Command::new("git");
        git.arg("--git-dir").arg(git_folder).args(["cat-file", "--batch-all-objects", "--batch", "--unordered"]);
        let output = git.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.assert_not_in("an object of Git", &output.stdout);
        output.stdout.len()
    }
}

fn forms_of(value: &str) -> Vec<(String, Vec<u8>)> {
    let bytes = value.as_bytes();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let escaped = |byte: &u8| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    let url: String = bytes.iter().map(escaped).collect();
    let mut forms = vec![
        ("the value itself".to_owned(), bytes.to_vec()),
        ("the hexadecimal form".to_owned(), hex(bytes).into_bytes()),
        ("the upper hexadecimal form".to_owned(), hex(bytes).to_uppercase().into_bytes()),
        ("the URL-encoded form".to_owned(), url.clone().into_bytes()),
        ("the lower URL-encoded form".to_owned(), url.to_lowercase().into_bytes()),
        ("the form-encoded form".to_owned(), url.replace("%20", "+").into_bytes()),
    ];
    for offset in 0..3 {
        let encoded = base64_inside(bytes, offset);
        forms.push((format!("base64 at {offset}"), encoded.clone().into_bytes()));
        forms.push((format!("URL-safe base64 at {offset}"), encoded.replace('+', "-").replace('/', "_").into_bytes()));
    }
    for (program, arguments) in [
        ("md5sum", &[][..]),
        ("sha1sum", &[]),
        ("sha256sum", &[]),
        ("sha512sum", &[]),
        ("git", &["hash-object", "--stdin"]),
    ] {
        for (ending, input) in [("", bytes.to_vec()), (" with a line end", [bytes, b"\n"].concat())] {
            let digest = piped(program, arguments, &input);
            forms.push((format!("{program}{ending}"), digest.clone().into_bytes()));
            let raw: Vec<u8> =
                (0..digest.len() / 2).map(|at| u8::from_str_radix(&digest[at * 2..at * 2 + 2], 16).unwrap()).collect();
            forms.push((format!("{program}{ending} in base64"), base64_inside(&raw, 0).into_bytes()));
        }
    }
    forms
}

fn piped(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}");
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

/// The letters of base64 that depend on `bytes` alone, where `offset` other bytes come before them.
fn base64_inside(bytes: &[u8], offset: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padded = [&vec![0; offset][..], bytes].concat();
    let bit = |at: usize| padded.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let letter =
        |at: usize| char::from(LETTERS[(0..6).fold(0, |value, step| value << 1 | usize::from(bit(at * 6 + step)))]);
    let (first, last) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
    (first..last).map(letter).collect()
}

/// Looks at every process and at a folder of temporary files again and again, until it is stopped.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Seen>,
}

/// What a watch saw.
#[derive(Default)]
pub struct Seen {
    /// Where a canary was.
    pub leaks: BTreeSet<String>,
    /// The processes that were started by what is watched.
    pub processes: BTreeSet<u32>,
}

impl Watch {
    /// Starts to look. `marker` is in the environment of every process that is to be counted; `itself` is the one program that may know.
    pub fn start(canaries: Canaries, temporary: PathBuf, itself: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut seen = Seen::default();
            while !stopped.load(Ordering::Relaxed) {
                processes(&canaries, &temporary, &itself, &mut seen);
                files(&canaries, &temporary, &mut seen);
                std::thread::yield_now();
            }
            seen
        });
        Self { stop, thread }
    }

    /// Stops, and tells what was seen.
    pub fn stop(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn processes(canaries: &Canaries, temporary: &Path, itself: &Path, seen: &mut Seen) {
    let ids =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    for id in ids {
        let at = Path::new("/proc").join(id.to_string());
        // Asked first: what is another program now had its own environment from then on.
        let Ok(program) = std::fs::read_link(at.join("exe")) else { continue };
        let line = std::fs::read(at.join("cmdline")).unwrap_or_default();
        if let Some(form) = canaries.found_in(&line) {
            seen.leaks.insert(format!("{form} in the command line {}", String::from_utf8_lossy(&line)));
        }
        if program == itself {
            continue;
        }
        let environment = std::fs::read(at.join("environ")).unwrap_or_default();
        if let Some(form) = canaries.found_in(&environment) {
            seen.leaks.insert(format!("{form} in the environment of {}", program.display()));
        }
        let marker = format!("TMPDIR={}", temporary.display());
        if environment.split(|byte| *byte == 0).any(|variable| variable == marker.as_bytes()) {
            seen.processes.insert(id);
        }
    }
}

fn files(canaries: &Canaries, folder: &Path, seen: &mut Seen) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(canaries, &path, seen);
        } else if let Some(form) =
            std::fs::read(&path).ok().and_then(|bytes| canaries.found_in(&bytes).map(str::to_owned))
        {
            seen.leaks.insert(format!("{form} in the temporary file {}", path.display()));
        }
    }
}

#[test]
fn every_form_is_found() {
    let canaries = Canaries::of(&["Canary+7f3a/9c&e b=5%d1"]);
    for (form, bytes) in canaries.0.iter() {
        let hidden = [b"before", &bytes[..], b"after"].concat();
        assert!(canaries.found_in(&hidden).is_some(), "{form}");
    }
    assert_eq!(canaries.found_in(b"Canary+7f3a/9c&e b=5%d"), None);
    assert!(canaries.found_in(b"eHhDYW5hcnkrN2YzYS85YyZlIGI9NSVkMXh4").is_some(), "two bytes before it, in base64");
}
