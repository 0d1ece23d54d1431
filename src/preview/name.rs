//! What is told of a pull request, made harmless.

use super::error::PreviewError;
use crate::model::Digest;

/// The longest slug: part of a name of a host, beside others.
const MAX_SLUG_CHARACTERS: usize = 40;
/// The longest name of a branch, in bytes.
const MAX_BRANCH_BYTES: usize = 1024;
/// How much of a digest tells apart what became the same.
const DIGEST_CHARACTERS: usize = 8;

/// The name of a branch as a name of anything: lower-case letters, digits and `-`, at most 40 characters. What had to be replaced or cut is
/// followed by a few characters of a digest, so that two branches never become one.
///
/// # Errors
/// For what is empty, or longer than any branch.
pub fn slug(branch: &str) -> Result<String, PreviewError> {
    let refused = |reason| PreviewError::Branch { branch: branch.into(), reason };
    if branch.is_empty() {
        return Err(refused("it is empty"));
    }
    if branch.len() > MAX_BRANCH_BYTES {
        return Err(refused("it is too long"));
    }
    let mut slug = String::new();
    for character in branch.chars().map(|character| character.to_ascii_lowercase()) {
        if character.is_ascii_lowercase() || character.is_ascii_digit() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug == branch && slug.len() <= MAX_SLUG_CHARACTERS {
        return Ok(slug.into());
    }
    let digest = Digest::of(branch);
    let digest = digest.as_str().trim_start_matches("sha256:");
    let digest = digest.get(..DIGEST_CHARACTERS).unwrap_or(digest);
    let most = MAX_SLUG_CHARACTERS - DIGEST_CHARACTERS - 1;
    let head = slug.get(..most.min(slug.len())).unwrap_or_default().trim_end_matches('-');
    Ok(if head.is_empty() { format!("branch-{digest}") } else { format!("{head}-{digest}") })
}

/// A commit as it was told: 7 to 64 hexadecimal digits. Nothing else of what Git takes for a revision is.
///
/// # Errors
/// For everything else.
pub fn commit(sha: &str) -> Result<String, PreviewError> {
    let is_hexadecimal = sha.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal && (7..=64).contains(&sha.len()) {
        return Ok(sha.to_ascii_lowercase());
    }
    Err(PreviewError::Commit { sha: sha.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_a_name_of_anything_whatever_it_is_called() {
        let long = "x".repeat(300);
        let cases = [
            ("feature-x", "feature-x"),
            ("feat/a", "feat-a-d54ad782"),
            ("feat-a", "feat-a"),
            ("Feat-A", "feat-a-"),
            ("../../x", "x-"),
            ("$(rm -rf)", "rm-rf-"),
            ("${secret.token}", "secret-token-"),
            ("{{ 7*7 }}", "7-7-"),
            ("zzz\";echo${IFS}\"hello\";#", "zzz-echo-ifs-hello-"),
            ("-rf", "rf-"),
            ("a--b", "a-b-"),
            ("a\u{202e}b\0c\n", "a-b-c-"),
            ("größe", "gr-e-"),
            ("日本", "branch-"),
            ("..", "branch-"),
            (&long, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-"),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for (branch, begins) in cases {
            let slug = slug(branch).unwrap();
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(slug.bytes().all(plain) && !slug.starts_with('-') && !slug.ends_with('-'), "{branch:?}: {slug}");
            assert!(slug.len() <= MAX_SLUG_CHARACTERS, "{branch:?}: {slug}");
            let head = begins.strip_suffix('-').map_or(begins, |head| head);
            let rest = slug.strip_prefix(head).unwrap_or_else(|| panic!("{branch:?}: {slug}"));
            let digest = if begins.ends_with('-') { DIGEST_CHARACTERS + 1 } else { 0 };
            assert_eq!(rest.len(), digest, "{branch:?}: {slug}");
            assert!(seen.insert(slug.clone()), "{slug} twice");
        }
        let refused = |branch: &str| slug(branch).unwrap_err().to_string();
        assert_eq!(refused(""), "`` is no name of a branch: it is empty");
        assert!(refused(&"x".repeat(1025)).ends_with("is no name of a branch: it is too long"));
    }

    #[test]
    fn a_commit_is_digits_and_no_other_revision() {
        assert_eq!(commit("1A2b3c4"), Ok("1a2b3c4".into()));
        let long = "a".repeat(65);
        for no in ["", "HEAD", "main", "1a2b3c", "--all", ":/text", "@{-1}", "1a2b3c4^", "1a2b3c4 ", &long] {
            assert_eq!(commit(no), Err(PreviewError::Commit { sha: no.into() }), "{no}");
        }
    }
}
