//! Files in a container, read back through the engine: nothing else says what they hold.

use crate::model::{FileFormat, Tree};
use crate::render::compose::file_entries;
use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::DownloadFromContainerOptionsBuilder;
use futures_util::StreamExt as _;
use indexmap::IndexMap;

/// How much of a file is read at most.
const LONGEST: usize = 4 * 1024 * 1024;

/// How much stands around a file in an archive, at most: headers, an extended one, padding.
const AROUND: usize = 64 * 1024;

/// The length of a block of an archive.
const BLOCK: usize = 512;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file: its text and its mode, as `0444`.
    File { text: String, mode: String },
    /// Something else, in words.
    Other(&'static str),
    /// Nothing.
    Nothing,
}

/// Reads a file.
///
/// # Errors
/// When the engine does not hand it over.
pub async fn read(client: Docker, container: String, path: String) -> Result<Found, Error> {
    let options = DownloadFromContainerOptionsBuilder::default().path(&path).build();
    let mut parts = Box::pin(client.download_from_container(&container, Some(options)));
    let mut archive = Vec::new();
    while let Some(part) = parts.next().await {
        match part {
            Ok(part) => archive.extend_from_slice(&part),
            Err(Error::DockerResponseServerError { status_code: 404, message }) if is_about_path(&message) => {
                return Ok(Found::Nothing);
            }
            Err(error) => return Err(error),
        }
        if archive.len() > LONGEST + AROUND {
            return Ok(Found::Other("(longer than what is read)"));
        }
    }
    Ok(first(&archive).unwrap_or(Found::Other("(not readable)")))
}

/// Whether it is the path that is not there, and not the container.
fn is_about_path(message: &str) -> bool {
    !message.starts_with("No such container")
}

/// The first entry of an archive: <https://www.gnu.org/software/tar/manual/html_node/Standard.html>.
fn first(archive: &[u8]) -> Option<Found> {
    let mut at = 0;
    loop {
        let header = archive.get(at..at + BLOCK)?;
        let length = usize::try_from(number(header.get(124..136)?)?).ok()?;
        let begins = at + BLOCK;
        match header[156] {
            b'0' | 0 => {
                let mode = number(header.get(100..108)?)? & 0o7777;
                let text = String::from_utf8_lossy(archive.get(begins..begins.checked_add(length)?)?).into_owned();
                return Some(Found::File { text, mode: format!("0{mode:o}") });
            }
            b'1' | b'2' => return Some(Found::Other("(a link)")),
            b'5' => return Some(Found::Other("(a folder)")),
            b'x' | b'g' | b'K' | b'L' => at = begins.checked_add(length)?.checked_next_multiple_of(BLOCK)?,
            _ => return Some(Found::Other("(no file)")),
        }
    }
}

/// A number in octal, or in base 256 where it is large.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        return field[1..].iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}

/// The content of a file as a body says it: by entry where what is declared is, in the format in which most of it is found again.
pub fn content(text: &str, declared: &Tree) -> Tree {
    let Tree::Map(entries) = declared else { return Tree::text(text) };
    let read = [FileFormat::Json, FileFormat::Lines, FileFormat::Ini].map(|format| file_entries(text, format));
    let known = |tree: &Tree| {
        let same = |(key, value): &(&String, &Tree)| {
            (usize::from(tree.get(key).is_some()), usize::from(tree.get(key) == Some(value)))
        };
        entries.iter().map(|pair| same(&pair)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let maps = read.into_iter().filter(|tree| tree.as_map().is_some());
    // The first of those that are as good as each other.
    let best = maps.enumerate().max_by_key(|(at, tree)| (*tree == *declared, known(tree), std::cmp::Reverse(*at)));
    best.map_or_else(|| Tree::text(text), |(_, tree)| tree)
}

/// Where files lie in a container: `configs.NAME` and `secrets.NAME`, and the path of each.
pub fn places(declared: &Tree) -> Vec<((&'static str, String), String)> {
    let mut places = Vec::new();
    for (section, targets) in [("configs", "config_targets"), ("secrets", "secret_targets")] {
        let all = declared.get(targets).and_then(Tree::as_map).into_iter().flatten();
        for (name, target) in all {
            let path = target.get("target").unwrap_or(target).as_str();
            places.extend(path.map(|path| ((section, name.clone()), path.to_owned())));
        }
    }
    places
}

/// The parts of a body that are files.
pub fn put(body: &mut Tree, declared: &Tree, read: impl Fn(&str, &str) -> Option<Found>) {
    let mut sections: IndexMap<&str, Tree> = IndexMap::new();
    for ((section, name), _) in places(declared) {
        let targets = if section == "configs" { "config_targets" } else { "secret_targets" };
        let was = declared.get(section).and_then(|section| section.get(&name));
        let mut target = declared.get(targets).and_then(|targets| targets.get(&name)).cloned().unwrap_or_default();
        let content = match read(section, &name) {
            Some(Found::File { text, mode }) => {
                if target.get("mode").is_some() {
                    target.insert("mode", mode);
                }
                Some(content(&text, was.unwrap_or(&Tree::Null)))
            }
            Some(Found::Other(what)) => Some(Tree::text(what)),
            Some(Found::Nothing) => None,
            None => was.cloned(),
        };
        sections.entry(targets).or_insert_with(Tree::map).insert(name.clone(), target);
        if let Some(content) = content {
            sections.entry(section).or_insert_with(Tree::map).insert(name, content);
        }
    }
    for (section, tree) in sections {
        body.insert(section, tree);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(kind: u8, mode: &str, length: usize) -> Vec<u8> {
        let mut header = vec![0; BLOCK];
        header[100..100 + mode.len()].copy_from_slice(mode.as_bytes());
        let length = format!("{length:011o}");
        header[124..124 + length.len()].copy_from_slice(length.as_bytes());
        header[156] = kind;
        header
    }

    #[test]
    fn a_file_is_read_out_of_its_archive() {
        let mut archive = header(b'x', "0000644", 3);
        archive.extend([b'a'; 3]);
        archive.resize(2 * BLOCK, 0);
        archive.extend(header(b'0', "0100400", 4));
        archive.extend(b"a b\n");
        assert_eq!(first(&archive), Some(Found::File { text: "a b\n".into(), mode: "0400".into() }));
        assert_eq!(first(&header(b'2', "0000777", 0)), Some(Found::Other("(a link)")));
        assert_eq!(first(&archive[..BLOCK]), None);
        assert_eq!(first(&[]), None);
    }

    #[test]
    fn a_content_is_read_in_the_format_of_what_is_declared() {
        let lines = Tree::from([("maxmemory", Tree::from("1")), ("save", Tree::from(vec!["1 2", "3 4"]))]);
        assert_eq!(content("# x\nsave 1 2\nsave 3 4\nmaxmemory 1\n", &lines), lines);
        let changed = content("maxmemory 2\n", &lines);
        assert_eq!(changed, Tree::from([("maxmemory", Tree::from("2"))]));
        let ini = Tree::from([("server.port", Tree::from("80")), ("server.host", Tree::from("a"))]);
        assert_eq!(content("[server]\nport = 80\nhost = a\n", &ini), ini);
        let json = Tree::from([("a", Tree::Int(1))]);
        assert_eq!(content("{\"a\": 1}", &json), json);
        assert_eq!(content("x y", &Tree::from("x z")), Tree::from("x y"));
        assert_eq!(content("", &lines), Tree::map());
    }
}
