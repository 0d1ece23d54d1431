//! Another repository: what it has, fetching from it, pushing to it.

use super::error::GitError;
use super::objects::{HEADS, is_in_the_way};
use super::program::git;
use crate::sys::process::{Finished, ProcessError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most characters of what a remote says that are passed on.
const MAX_SAID: usize = 2000;

/// The address of another repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    url: String,
    timeout: Duration,
}

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is what was pushed.
    Done,
    /// The branch is not any more what it was taken for.
    LeaseLost,
}

impl Remote {
    /// An address as it stands in an environment file: a path (from `root` where it is relative), `file://`, `https://`, `ssh://`,
    /// `user@host:path`, or `http://` to this machine.
    ///
    /// # Errors
    /// [`GitError::Address`] for any other, and for one that holds a password.
    pub fn parse(root: &Path, text: &str) -> Result<Self, GitError> {
        let refuse = |reason: &str| Err(GitError::Address { remote: without_password(text), reason: reason.into() });
        if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) {
            return refuse("it is empty, starts with a dash, or holds control characters");
        }
        let url = match text.split_once("://") {
            Some((_, rest)) if has_password(rest) => {
                return refuse("it holds a password; leave that to a credential helper of Git");
            }
            Some(("https" | "ssh" | "file", _)) => text.to_owned(),
            Some(("http", rest)) if is_this_machine(rest) => text.to_owned(),
            Some(("http", _)) => return refuse("http sends passwords in clear; use https"),
            Some((scheme, _)) => return refuse(&format!("`{scheme}` is none of https, ssh and file")),
            None if text.contains("::") => return refuse("transports that run programs are not allowed"),
            None if is_scp_like(text) => text.to_owned(),
            None => absolute(root, text).to_string_lossy().into_owned(),
        };
        Ok(Self { url, timeout: Duration::from_mins(2) })
    }

    /// The address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The tip of a branch there; none where the repository has no such branch.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn tip(&self, folder: &Path, branch: &str) -> Result<Option<String>, GitError> {
        let heads = self.heads(folder, &[&format!("{HEADS}{branch}")])?;
        match heads.into_iter().find(|(name, _)| name == branch).map(|(_, id)| id) {
            Some(id) if id.len() != 40 => Err(GitError::Format {
                reason: format!("the objects of `{}` are not named by SHA-1", without_password(&self.url)),
            }),
            id => Ok(id),
        }
    }

    /// The branches there that match a pattern (none: all), and their tips.
    fn heads(&self, folder: &Path, patterns: &[&str]) -> Result<Vec<(String, String)>, GitError> {
        let options = ["ls-remote", "--quiet", "--heads", "--", &self.url];
        let asked = self.git(folder, &[&options, patterns].concat())?;
        if !asked.success() {
            return Err(self.failure(&asked));
        }
        let text = String::from_utf8_lossy(&asked.output);
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        Ok(lines.filter_map(|(id, name)| Some((name.strip_prefix(HEADS)?.to_owned(), id.to_owned()))).collect())
    }

    /// Fetches a branch and all of its history into a reference of a local repository.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn fetch(&self, folder: &Path, branch: &str, into: &str) -> Result<(), GitError> {
        let refspec = format!("+refs/heads/{branch}:{into}");
        let options = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--"];
        let fetched = self.git(folder, &[&options[..], &[&self.url, &refspec]].concat())?;
        if fetched.success() { Ok(()) } else { Err(self.failure(&fetched)) }
    }

    /// Pushes a commit to a branch, if that still is what it was (none: not there).
    ///
    /// # Errors
    /// When the remote refuses or cannot be reached; then it is as it was.
    pub fn push(&self, folder: &Path, commit: &str, branch: &str, was: Option<&str>) -> Result<Pushed, GitError> {
        let reference = format!("{HEADS}{branch}");
        // Compare-and-swap: the commit descends from `was`, so nothing is ever overwritten by it.
        let lease = format!("--force-with-lease={reference}:{}", was.unwrap_or(""));
        let refspec = format!("{commit}:{reference}");
        let options =
            ["push", "--porcelain", "--no-verify", "--no-recurse-submodules", "--no-follow-tags", &lease, "--"];
        let pushed = self.git(folder, &[&options[..], &[&self.url, &refspec]].concat())?;
        if pushed.success() {
            return Ok(Pushed::Done);
        }
        let output = String::from_utf8_lossy(&pushed.output).into_owned();
        match output.lines().find_map(|line| line.strip_prefix("!\t")) {
            Some(line) if is_lost_race(line) => self.lost_race(folder, branch, was, || self.denied(line, &pushed)),
            Some(line) => Err(self.denied(line, &pushed)),
            None => Err(self.failure(&pushed)),
        }
    }

    /// What a push that lost a race really met. Git says the same of a branch that stands in the way for ever.
    fn lost_race(
        &self,
        folder: &Path,
        branch: &str,
        was: Option<&str>,
        refused: impl FnOnce() -> GitError,
    ) -> Result<Pushed, GitError> {
        let heads = self.heads(folder, &[])?;
        if let Some((other, _)) = heads.iter().find(|(other, _)| is_in_the_way(branch, other)) {
            return Err(GitError::BranchInTheWay { branch: branch.into(), other: other.clone() });
        }
        let tip = heads.iter().find(|(name, _)| name == branch).map(|(_, id)| id.as_str());
        if tip != was {
            return Ok(Pushed::LeaseLost);
        }
        // Nobody moved it: whoever holds it just now may let go of it.
        match refused() {
            GitError::Denied { remote, reason } => Err(GitError::Unreachable { remote, reason }),
            error => Err(error),
        }
    }

    fn git(&self, folder: &Path, arguments: &[&str]) -> Result<Finished, GitError> {
        git(folder, arguments.iter().copied(), self.timeout).map_err(|error| match error {
            GitError::Program(ProcessError::TimedOut { seconds, .. }) => {
                let reason = format!("no answer within {seconds} seconds");
                GitError::Unreachable { remote: without_password(&self.url), reason }
            }
            error => error,
        })
    }

    fn denied(&self, line: &str, finished: &Finished) -> GitError {
        let summary = line.split('\t').nth(1).unwrap_or(line);
        let text = String::from_utf8_lossy(&finished.error).into_owned();
        let said = said_by_remote(&text);
        let mut reason = if said.is_empty() { summary.to_owned() } else { format!("{summary}: {said}") };
        if summary.contains("branch is currently checked out") {
            reason.push_str("; the branch is checked out there, choose another one or make that repository bare");
        }
        GitError::Denied { remote: without_password(&self.url), reason }
    }

    fn failure(&self, finished: &Finished) -> GitError {
        let text = String::from_utf8_lossy(&finished.error).into_owned();
        let reason = bounded(&what_failed(&text).replace(&self.url, &without_password(&self.url)));
        let remote = without_password(&self.url);
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
        if says(GONE) {
            GitError::Gone { remote, reason }
        } else if says(DENIED) {
            GitError::Denied { remote, reason }
        } else if says(FORMAT) {
            GitError::Format { reason }
        } else {
            GitError::Unreachable { remote, reason }
        }
    }
}

const GONE: &[&str] = &["does not appear to be a git repository", "not found", "Repository not found", "no such path"];
const DENIED: &[&str] = &[
    "Authentication failed",
    "Permission denied",
    "could not read Username",
    "could not read Password",
    "Access denied",
    "error: 403",
    "error: 401",
    "Host key verification failed",
    "dubious ownership",
    "not allowed",
];
const FORMAT: &[&str] = &["mismatched algorithms", "the receiving end does not support this repository's hash"];

/// Whether a refused reference was refused because somebody else moved it.
fn is_lost_race(line: &str) -> bool {
    [
        "(stale info)",
        "(fetch first)",
        "(non-fast-forward)",
        "cannot lock ref",
        "failed to update ref",
        "incorrect old value",
    ]
    .iter()
    .any(|phrase| line.contains(phrase))
}

fn said_by_remote(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
    bounded(&lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
}

fn what_failed(text: &str) -> String {
    let said = |prefix| text.lines().filter_map(move |line: &str| line.strip_prefix(prefix)).map(str::trim);
    let lines: Vec<_> = said("fatal:").chain(said("error:")).chain(said("remote:")).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() { text.lines().last().unwrap_or("no reason given").trim().to_owned() } else { lines.join("; ") }
}

fn bounded(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(MAX_SAID).collect()
}

fn user_info(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit_once('@').map(|(user, _)| user)
}

fn has_password(rest: &str) -> bool {
    user_info(rest).is_some_and(|user| user.contains(':'))
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match user_info(rest).and_then(|user| user.split_once(':').map(|(name, _)| (user.len(), name))) {
        Some((length, name)) => format!("{scheme}://{name}:(sensitive){}", &rest[length..]),
        None => url.to_owned(),
    }
}

fn is_this_machine(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') {
        host.split(']').next().unwrap_or(host)
    } else {
        host.split(':').next().unwrap_or(host)
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1")
}

/// `user@host:path`, and `host:path` with no slash before the colon.
fn is_scp_like(text: &str) -> bool {
    text.split_once(':').is_some_and(|(host, path)| !host.is_empty() && !host.contains('/') && !path.is_empty())
}

fn absolute(root: &Path, text: &str) -> PathBuf {
    let path = root.join(text);
    path.canonicalize().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_run_programs_or_hold_passwords_are_refused() {
        let root = Path::new("/srv/shop");
        let url = |text: &str| Remote::parse(root, text).map(|remote| remote.url);
        for same in [
            "https://host/x.git",
            "ssh://git@host:22/x",
            "file:///srv/x",
            "git@host:x/y.git",
            "http://localhost:3000/x",
        ] {
            assert_eq!(url(same), Ok(same.to_owned()));
        }
        assert_eq!(url("../state.git"), Ok("/srv/shop/../state.git".into()));
        let refused = [
            ("ext::sh -c x", "ext::sh -c x", "transports that run programs are not allowed"),
            ("git://host/x", "git://host/x", "`git` is none of https, ssh and file"),
            ("http://host/x", "http://host/x", "http sends passwords in clear; use https"),
            ("http://localhost.evil/x", "http://localhost.evil/x", "http sends passwords in clear; use https"),
            (
                "https://bob:s3cret@host/x",
                "https://bob:(sensitive)@host/x",
                "it holds a password; leave that to a credential helper of Git",
            ),
            ("--upload-pack=x", "--upload-pack=x", "it is empty, starts with a dash, or holds control characters"),
            ("", "", "it is empty, starts with a dash, or holds control characters"),
        ];
        for (text, remote, reason) in refused {
            assert_eq!(url(text), Err(GitError::Address { remote: remote.into(), reason: reason.into() }), "{text}");
        }
    }
}
