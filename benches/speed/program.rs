//! The program as a whole, started as a user would.

use crate::project::TARGETS;
use std::path::Path;
use std::process::{Command, Stdio};

/// The program in a folder, with nothing of this machine's own settings.
pub fn driftless(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftless"));
    command
        .current_dir(folder)
        .arg("--quiet")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// `driftless render` of some environments (`--all` of all) to four targets.
pub fn render(folder: &Path, out: &Path, environments: &[&str]) -> Command {
    let mut command = driftless(folder, &["render", "--out"]);
    command.arg(out).args(environments);
    TARGETS.iter().for_each(|target| _ = command.args(["--target", target]));
    command
}

/// Runs a command that must succeed.
pub fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Renders, for what is measured afterwards.
pub fn render_to(folder: &Path, out: &Path, environments: &[&str]) {
    succeed(&mut render(folder, out, environments));
}

/// The most memory that a command had, in MiB, as the kernel counts it while it runs.
pub fn peak_mib(command: &mut Command) -> u64 {
    let mut child = command.spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    peak / 1024
}
