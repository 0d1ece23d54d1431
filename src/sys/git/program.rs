//! The `git` program, hardened.

use super::error::GitError;
use crate::sys::process::{Finished, Invocation, run};
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

/// Settings that hold whatever the user's are. The user's own configuration stays in force otherwise: credential helpers, proxies,
/// `safe.directory`, `insteadOf` and ssh commands are there, and without them a push that works by hand would fail here. It belongs to
/// the user who runs this, as the Git folder does; neither comes out of a commit. What a repository or a remote could steer is shut:
/// hooks, file-system monitors, transports that run programs, submodules, background jobs.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.http.allow=always",
    "protocol.ssh.allow=always",
    "protocol.file.allow=always",
    "transfer.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "push.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "color.ui=false",
];

/// Variables for which Git, ssh and credential helpers look. `GIT_DIR` and its kin are left out: they point elsewhere inside hooks.
const INHERITED: &[&str] = &[
    "SSH_AUTH_SOCK",
    "SSH_AGENT_PID",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_CONFIG_*",
    "GIT_SSL_*",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "DBUS_SESSION_BUS_ADDRESS",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "GITLAB_TOKEN",
    "CI_JOB_TOKEN",
    "AWS_*",
    "GOOGLE_*",
    "AZURE_*",
];

/// Runs git in a folder.
pub(super) fn git<A: Into<OsString>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = A>,
    timeout: Duration,
) -> Result<Finished, GitError> {
    let settings = SETTINGS.iter().flat_map(|setting| ["-c", setting]).map(OsString::from);
    let options = ["--no-pager", "--literal-pathspecs"].map(OsString::from);
    let arguments = settings.chain(options).chain(arguments.into_iter().map(Into::into));
    let mut invocation = Invocation::new("git", arguments, folder);
    invocation.inherit = INHERITED;
    invocation.timeout = timeout;
    invocation.set = vec![
        ("LC_ALL".into(), "C".into()),
        ("GIT_TERMINAL_PROMPT".into(), "0".into()),
        ("GIT_OPTIONAL_LOCKS".into(), "0".into()),
        ("GIT_FLUSH".into(), "1".into()),
        // A passphrase cannot be typed: without a terminal, ssh asks nobody instead of waiting for ever.
        ("SSH_ASKPASS_REQUIRE".into(), "never".into()),
    ];
    Ok(run(&invocation)?)
}
