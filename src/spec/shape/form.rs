//! Text of a known form.

use regex::Regex;

/// A regular expression that a whole text must match.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    regex: Regex,
}

/// A regular expression that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(String);

/// How large a compiled pattern may get, in bytes.
const PATTERN_BYTES: usize = 1 << 18;

impl Pattern {
    /// A pattern that the whole text must match, whether or not it has `^` and `$`.
    ///
    /// # Errors
    /// When it is no regular expression, or too large a one.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        let regex = regex::RegexBuilder::new(&format!("^(?:{source})$")).size_limit(PATTERN_BYTES).build();
        let regex = regex.map_err(|error| PatternError(last_line(&error.to_string())))?;
        Ok(Self { source: source.into(), regex })
    }

    /// What was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether all of a text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

/// The library's error is a drawing over several lines whose last one says what is wrong.
fn last_line(text: &str) -> String {
    text.lines().next_back().unwrap_or("").trim_start_matches("error: ").to_owned()
}

/// Text of a known form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RFC 1123 label of at most 40 characters: what becomes part of names on every target.
    Label,
    /// The name of a variable: letters, digits, `_` and `-`, starting with a letter.
    Variable,
    /// The name of a secret: letters, digits, `_`, `-`, starting with a letter or digit.
    SecretName,
    /// A name of an input, output or field in a module: lower-case letters, digits, `_` and `-`, starting with a letter.
    InputName,
    /// A container image reference.
    Image,
    /// A version by the rules of Semantic Versioning 2.0.0.
    Version,
    /// A day, `2027-01-31`.
    Date,
    /// A path from the repository's root or the file's folder, with `/`; not absolute.
    Path,
    /// The name of an environment variable.
    EnvironmentVariable,
    /// The name of a Git branch.
    Branch,
}

impl Form {
    /// What messages and pages call it, with an article.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Label => "a name of lower-case letters, digits and `-`, at most 40 characters",
            Self::Variable => "a name of letters, digits, `_` and `-` that starts with a letter",
            Self::SecretName => "a name of letters, digits, `_` and `-`",
            Self::InputName => "a name of lower-case letters, digits, `_` and `-` that starts with a letter",
            Self::Image => "an image like `redis:7.4` or `ghcr.io/shop/api@sha256:...`",
            Self::Version => "a version like `1.4.2`",
            Self::Date => "a day like `2027-01-31`",
            Self::Path => "a relative path with `/`",
            Self::EnvironmentVariable => "the name of an environment variable like `CACHE_PASSWORD`",
            Self::Branch => "the name of a Git branch",
        }
    }

    /// A regular expression for editors, in the common part of all dialects; our own check may be stricter.
    pub const fn schema_pattern(self) -> &'static str {
        match self {
            Self::Label => "^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$",
            Self::Variable => "^[A-Za-z][A-Za-z0-9_-]*$",
            Self::SecretName => "^[A-Za-z0-9][A-Za-z0-9_-]*$",
            Self::InputName => "^[a-z][a-z0-9_-]*$",
            Self::Image => "^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$",
            Self::Version => {
                "^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?$"
            }
            Self::Date => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            Self::Path => "^[^/\\\\]",
            Self::EnvironmentVariable => "^[A-Za-z_][A-Za-z0-9_]*$",
            Self::Branch => "^[^ ~^:?*\\[\\\\]+$",
        }
    }

    /// Whether a text has this form.
    pub fn accepts(self, text: &str) -> bool {
        match self {
            Self::Label => is_label(text),
            Self::Variable => is_name(text, |first| first.is_ascii_alphabetic(), |c| c.is_ascii_alphanumeric()),
            Self::SecretName => is_name(text, |first| first.is_ascii_alphanumeric(), |c| c.is_ascii_alphanumeric()),
            Self::InputName => {
                is_name(text, |first| first.is_ascii_lowercase(), |c| c.is_ascii_lowercase() || c.is_ascii_digit())
            }
            Self::Image => is_image(text),
            Self::Version => is_version(text),
            Self::Date => is_date(text),
            Self::Path => is_path(text),
            Self::EnvironmentVariable => {
                let first = |first: char| first.is_ascii_alphabetic() || first == '_';
                text.starts_with(first) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            }
            Self::Branch => is_branch(text),
        }
    }
}

fn is_name(text: &str, first: impl Fn(char) -> bool, other: impl Fn(char) -> bool) -> bool {
    text.len() <= 100 && text.starts_with(first) && text.chars().all(|c| other(c) || matches!(c, '_' | '-'))
}

fn is_label(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    (1..=40).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

/// `[HOST[:PORT]/]PATH[:TAG][@sha256:HEX]`, by the grammar of the distribution project.
fn is_image(text: &str) -> bool {
    let (rest, digest) = text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    let tag_at = rest.rfind(':').filter(|at| !rest[*at..].contains('/'));
    let (name, tag) = tag_at.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    let mut parts: Vec<&str> = name.split('/').collect();
    if parts.len() > 1 && (parts[0].contains(['.', ':']) || parts[0] == "localhost") {
        let host = parts.remove(0);
        let host_character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        if host.is_empty() || !host.chars().all(host_character) {
            return false;
        }
    }
    text.len() <= 512
        && parts.iter().all(|part| is_image_part(part))
        && tag.is_none_or(is_image_tag)
        && digest.is_none_or(is_image_digest)
}

fn is_image_part(part: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(edge) && part.ends_with(edge) && part.chars().all(|c| edge(c) || matches!(c, '.' | '_' | '-'))
}

fn is_image_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn is_image_digest(digest: &str) -> bool {
    let hex = digest.strip_prefix("sha256:").unwrap_or("");
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_version(text: &str) -> bool {
    let (rest, build) = text.split_once('+').map_or((text, None), |(rest, build)| (rest, Some(build)));
    let (core, pre) = rest.split_once('-').map_or((rest, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) && !(part.len() > 1 && part.starts_with('0'))
    };
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let pre_word = |part: &str| word(part) && (number(part) || !part.bytes().all(|b| b.is_ascii_digit()));
    core.split('.').count() == 3
        && core.split('.').all(number)
        && pre.is_none_or(|pre| pre.split('.').all(pre_word))
        && build.is_none_or(|build| build.split('.').all(word))
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |part: &str, len: usize| {
        (part.len() == len && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_path(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('/')
        && !text.contains(['\\', '\0'])
        && text.split('/').all(|part| !part.is_empty())
}

/// The rules of `git check-ref-format --branch`.
fn is_branch(text: &str) -> bool {
    let bad = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none();
    !text.contains(bad)
        && text.split('/').all(part)
        && !text.starts_with('-')
        && !text.ends_with('.')
        && !text.contains("..")
        && !text.contains("@{")
        && text != "@"
        && text != "HEAD"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_accept_what_they_say_and_nothing_else() {
        let digest = format!("redis@sha256:{}", "0a".repeat(32));
        let forty = "a".repeat(40);
        let long = "a".repeat(41);
        let cases: [(Form, &[&str], &[&str]); 10] = [
            (Form::Label, &["a", "pr-42", "7", &forty], &["", "-a", "a-", "A", "a_b", "a.b", "é", &long]),
            (Form::Variable, &["domain", "a_B-1"], &["", "1a", "a.b", "-a"]),
            (Form::SecretName, &["cache-app", "1a"], &["", "-a", "a.b"]),
            (Form::InputName, &["replicas_per_shard", "maxmemory-policy"], &["", "Image", "1a", "a.b"]),
            (
                Form::Image,
                &["redis", "redis:7.4.1", "ghcr.io/shop/api:1.4.2", "localhost:5000/x", "a.b:5000/c/d:e", &digest],
                &["", "Redis", "redis:", "redis:a b", "redis@sha256:12", "a//b", "-x", "redis:7@x", "/a"],
            ),
            (
                Form::Version,
                &["1.2.3", "0.0.0-rc.1+build.5", "1.0.0-0"],
                &["1.2", "1.2.3.4", "01.2.3", "v1.2.3", "1.2.3-", "1.2.3-01"],
            ),
            (
                Form::Date,
                &["2027-01-31", "2028-02-29"],
                &["2027-02-29", "2027-1-1", "2027-13-01", "2027-00-01", "27-01-01", "2027-04-31"],
            ),
            (Form::Path, &["a/b.yaml", "../x"], &["", "/a", "a\\b", "a//b", "a/"]),
            (Form::EnvironmentVariable, &["A_1", "_x"], &["", "1A", "A-B", "A=B"]),
            (
                Form::Branch,
                &["driftless/staging", "main"],
                &["", "a b", "a..b", "-a", "a.lock", "/a", "a/", "HEAD", "a@{b", ".a"],
            ),
        ];
        for (form, right, wrong) in cases {
            for text in right {
                assert!(form.accepts(text), "{form:?} {text}");
            }
            for text in wrong {
                assert!(!form.accepts(text), "{form:?} {text}");
            }
        }
    }

    #[test]
    fn a_pattern_is_matched_whole_and_bounded() {
        let pattern = Pattern::new("a|b+").unwrap();
        assert_eq!(["a", "bb", "ab", "xa", "a\n"].map(|text| pattern.matches(text)), [true, true, false, false, false]);
        assert_eq!(Pattern::new("a(").unwrap_err().to_string(), "unclosed group");
        assert!(Pattern::new("(a{1000}){1000}").is_err());
    }
}
