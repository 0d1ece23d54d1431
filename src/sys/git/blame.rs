//! Which commit wrote a line.

use super::error::GitError;
use super::program::git;
use super::repository::Repository;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// Who wrote a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlamedLine {
    /// This commit.
    Commit {
        /// Its id.
        id: String,
        /// `Name <mail>`.
        author: String,
    },
    /// It is not known; why.
    Unknown(String),
}

/// Who wrote some lines (counting from 1) of a file at a revision, or in the work tree where none is given. `path` counts from `folder`.
///
/// Lines that the file does not have are left out. Where history is cut off, a line of the oldest commit is unknown: an older one may
/// have written it.
///
/// # Errors
/// When there is no repository, or git fails.
pub fn blame(
    folder: &Path,
    revision: Option<&str>,
    path: &str,
    lines: &BTreeSet<u32>,
) -> Result<BTreeMap<u32, BlamedLine>, GitError> {
    if lines.is_empty() {
        return Ok(BTreeMap::new());
    }
    let repository = Repository::discover(folder)?;
    let cut = cut_commits(&repository);
    let revision = revision.map(|revision| repository.resolve(revision)).transpose()?;
    let mut arguments: Vec<String> = ["blame", "--porcelain"].map(Into::into).into();
    // Single lines beyond the end are an error to git, a range up to the end is not.
    arguments.extend(["-L".into(), format!("{},+{}", first(lines), span(lines))]);
    arguments.extend(revision);
    arguments.extend(["--".into(), path.into()]);
    let blamed = git(folder, arguments, Duration::from_mins(1))?;
    if !blamed.success() {
        let said = String::from_utf8_lossy(&blamed.error);
        if said.contains("has only") {
            return Ok(BTreeMap::new());
        }
        if said.contains("no such path") || said.contains("no such ref") {
            let unknown = || BlamedLine::Unknown("it is not committed".into());
            return Ok(lines.iter().map(|line| (*line, unknown())).collect());
        }
        let reason = said.lines().last().unwrap_or("git failed").trim().to_owned();
        return Err(GitError::Other { action: "find out who wrote a line", reason });
    }
    let mut found = parse(&String::from_utf8_lossy(&blamed.output), &cut);
    found.retain(|line, _| lines.contains(line));
    Ok(found)
}

fn first(lines: &BTreeSet<u32>) -> u32 {
    lines.first().copied().unwrap_or(1).max(1)
}

fn span(lines: &BTreeSet<u32>) -> u32 {
    lines.last().copied().unwrap_or(1).saturating_sub(first(lines)).saturating_add(1)
}

/// The commits whose parents are not here.
fn cut_commits(repository: &Repository) -> BTreeSet<String> {
    if !repository.is_shallow() {
        return BTreeSet::new();
    }
    let listed = std::fs::read_to_string(repository.inner.commondir().join("shallow")).unwrap_or_default();
    listed.lines().map(str::to_owned).collect()
}

fn parse(text: &str, cut: &BTreeSet<String>) -> BTreeMap<u32, BlamedLine> {
    let mut authors: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut found = BTreeMap::new();
    let mut current = (String::new(), 0);
    for line in text.lines() {
        if line.starts_with('\t') {
            found.insert(current.1, blamed(&current.0, authors.get(&current.0), cut));
        } else if let Some(name) = line.strip_prefix("author ") {
            authors.entry(current.0.clone()).or_default().0 = name.into();
        } else if let Some(mail) = line.strip_prefix("author-mail ") {
            authors.entry(current.0.clone()).or_default().1 = mail.into();
        } else if let Some(header) = header(line) {
            current = header;
        }
    }
    found
}

/// `<id> <line there> <line here> [<lines in the group>]`.
fn header(line: &str) -> Option<(String, u32)> {
    let mut words = line.split(' ');
    let id = words.next().filter(|id| id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let here = words.nth(1)?.parse().ok()?;
    Some((id.to_owned(), here))
}

fn blamed(id: &str, author: Option<&(String, String)>, cut: &BTreeSet<String>) -> BlamedLine {
    if id.bytes().all(|byte| byte == b'0') {
        return BlamedLine::Unknown("it is not committed".into());
    }
    if cut.contains(id) {
        return BlamedLine::Unknown("the clone is shallow, and the history before it is not here".into());
    }
    let author = author.map(|(name, mail)| format!("{name} {mail}")).unwrap_or_default();
    BlamedLine::Commit { id: id.to_owned(), author }
}
