//! A terminal session as it stands in a page: commands after `$ `, and what each prints.

use std::path::Path;
use std::process::{Command, Stdio};

const IDENTITY: &str = "[user]\n\tname = Ann Author\n\temail = ann@shop.example\n[init]\n\tdefaultBranch = main\n";

/// Runs commands one after the other in one shell, as somebody whom Git knows; what each prints, standard error among it.
pub fn run(folder: &Path, commands: &[&str]) -> Vec<String> {
    run_as(folder, IDENTITY, commands)
}

/// The same where Git is configured with `settings` and nothing else.
pub fn run_as(folder: &Path, settings: &str, commands: &[&str]) -> Vec<String> {
    const MARK: &str = "\u{1}";
    let mut script = String::from("exec 2>&1\n");
    for command in commands {
        // `$?` is what the command before left, as it would be for somebody who types.
        script.push_str(&format!("left=$?; printf '{MARK}'; (exit $left)\n{command}\n"));
    }
    let program = Path::new(env!("CARGO_BIN_EXE_driftless"));
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(&script).current_dir(folder).stdin(Stdio::null());
    let path = format!("{}:", program.parent().unwrap().display());
    // No engine of this machine: a page that wants one says so.
    shell.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    shell.env("PATH", path + "/usr/local/bin:/usr/bin:/bin");
    shell.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1").env_remove("CI").env_remove("XDG_CONFIG_HOME");
    shell.env("GIT_CONFIG_GLOBAL", folder.join(".gitconfig"));
    shell.env("GIT_CONFIG_COUNT", "0").env("LC_ALL", "C.UTF-8");
    std::fs::write(folder.join(".gitconfig"), settings).unwrap();
    let output = shell.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let parts: Vec<_> = printed.split(MARK).skip(1).map(str::to_owned).collect();
    assert_eq!(parts.len(), commands.len(), "the shell stopped early:\n{printed}");
    parts
}

/// The same text with one word each for commits, digests and times.
pub fn stable(text: &str) -> String {
    let rules = [
        (r"sha256:[0-9a-f]{64}", "<digest>"),
        (r"\b[0-9a-f]{64}\b", "<id>"),
        (r"\b127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:<port>"),
        (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>"),
        (r"\b(?:[0-9a-f]{40}|[0-9a-f]{12}|[0-9a-f]{7})\b", "<commit>"),
    ];
    rules.iter().fold(text.to_owned(), |text, (pattern, word)| {
        regex::Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned()
    })
}

#[test]
fn what_changes_from_run_to_run_is_one_word() {
    let text = "at 642b6a4, 2026-11-21T12:55:01Z, sha256:0000000000000000000000000000000000000000000000000000000000000000; 128M";
    assert_eq!(stable(text), "at <commit>, <time>, <digest>; 128M");
}

#[test]
fn a_shell_keeps_its_folder_and_the_last_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &["mkdir a && cd a", "pwd | sed 's|.*/||'", "(exit 3)", "echo $?", "echo no >&2"]);
    assert_eq!(printed, ["", "a\n", "", "3\n", "no\n"]);
}
