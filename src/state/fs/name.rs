//! Keys as paths: any text becomes names that every file system takes, and comes back from them.
//!
//! A segment is a folder, the last one a file that ends with `~`. What is not plain is `%XX`, upper-case letters too, since some file
//! systems do not tell them from lower-case ones. A long segment is several folders, all but its last ending with `+`.

use std::path::{Path, PathBuf};

/// How much of a segment goes into one name.
const MAX_NAME_BYTES: usize = 180;

/// The path of an object.
pub(super) fn path_of(key: &str) -> PathBuf {
    let (above, last) = key.rsplit_once('/').map_or((None, key), |(above, last)| (Some(above), last));
    let mut path = above.map(folder_of).unwrap_or_default();
    push(&mut path, last, "~");
    path
}

/// The folder of all objects below a key.
pub(super) fn folder_of(key: &str) -> PathBuf {
    let mut path = PathBuf::new();
    key.split('/').for_each(|segment| push(&mut path, segment, ""));
    path
}

fn push(path: &mut PathBuf, segment: &str, end: &str) {
    let encoded = encode(segment);
    let mut rest = encoded.as_str();
    while rest.len() > MAX_NAME_BYTES {
        let (head, tail) = rest.split_at(MAX_NAME_BYTES);
        path.push(format!("{head}+"));
        rest = tail;
    }
    path.push(format!("{rest}{end}"));
}

/// The key of a path; none where it is not the path of an object.
pub(super) fn key_of(path: &Path) -> Option<String> {
    let mut key = String::new();
    let names: Option<Vec<&str>> = path.iter().map(|name| name.to_str()).collect();
    let names = names?;
    let (last, folders) = names.split_last()?;
    for folder in folders {
        match folder.strip_suffix('+') {
            Some(part) => key.push_str(part),
            None => key.push_str(&format!("{folder}/")),
        }
    }
    key.push_str(last.strip_suffix('~')?);
    decode(&key)
}

/// A segment as a name. The empty one is `%`, which nothing else becomes.
fn encode(segment: &str) -> String {
    if segment.is_empty() {
        return "%".into();
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'@');
    segment.bytes().enumerate().fold(String::new(), |mut text, (at, byte)| {
        if plain(byte) || (byte == b'.' && at > 0) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02x}"));
        }
        text
    })
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'%'] => &[],
            [b'%', tail @ ..] if tail[0] == b'/' => tail,
            [b'%', tail @ ..] => {
                let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                &tail[2..]
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_comes_back_from_its_path() {
        let long = "Ü".repeat(500);
        let keys =
            ["a", "", "/", "a//b", "..", "../x/./.", ".hidden", "a~", "a+/b", "A/a", "a b%2f\0\n\\", "con", &long];
        for key in keys {
            let path = path_of(key);
            assert_eq!(key_of(&path).as_deref(), Some(key), "{}", path.display());
            assert!(path.iter().all(|name| name.len() <= 255), "{}", path.display());
            assert!(
                path.components().all(|part| matches!(part, std::path::Component::Normal(_))),
                "{}",
                path.display()
            );
        }
    }

    #[test]
    fn keys_that_differ_in_case_alone_have_names_that_differ_in_more() {
        let paths = ["Api", "api", "API"].map(|key| path_of(key).to_string_lossy().to_lowercase());
        assert_eq!(paths.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn what_the_store_did_not_write_is_no_key() {
        for path in [".new-x1", "a/b", "%zz~", "a/%c3~", "%4~"] {
            assert_eq!(key_of(Path::new(path)), None, "{path}");
        }
    }
}
