//! The foreign tools: found through `tests/tools/install.sh`, never left out.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The folder that holds the tools. Where one is missing, the test fails and says which, and how it is installed.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/install.sh");
        let output = Command::new(&script).arg("--path").stdin(Stdio::null()).output();
        let output = output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", script.display()));
        assert!(
            output.status.success(),
            "a tool is missing; `tests/tools/install.sh` installs it:\n{}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
        PathBuf::from(text(&output.stdout).trim())
    })
}

/// A file beside the tools (`terraform-kubernetes-provider.json`).
pub fn beside(name: &str) -> PathBuf {
    folder().parent().unwrap().join(name)
}

/// A tool, ready to be started in a folder.
pub fn tool(name: &str, at: &Path) -> Command {
    let path = folder().join(name);
    assert!(path.exists(), "{name} is missing in {}; `tests/tools/install.sh` installs it", folder().display());
    let mut command = Command::new(path);
    command
        .current_dir(at)
        .stdin(Stdio::null())
        .env("LC_ALL", "C.UTF-8")
        .env("NO_COLOR", "1")
        .env("ANSIBLE_NOCOLOR", "1");
    command
}

/// What a tool prints; it must succeed.
#[track_caller]
pub fn succeed(command: &mut Command) -> String {
    let output = end(command);
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// How a tool ended.
#[track_caller]
pub fn end(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Bytes that a tool printed, as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a program of Python that reads JSON and prints JSON.
#[track_caller]
pub fn python(program: &str, input: &serde_json::Value, at: &Path) -> serde_json::Value {
    let file = at.join("input.json");
    std::fs::write(&file, input.to_string()).unwrap();
    let printed = succeed(tool("python", at).arg("-c").arg(program).arg(&file));
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}
