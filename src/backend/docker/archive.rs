//! A file as the engine takes it and gives it: in a tar archive, <https://www.gnu.org/software/tar/manual/html_node/Standard.html>.

/// The length of a block.
const BLOCK: usize = 512;

/// An archive of one file that belongs to root. None where the path is too long for it.
pub(super) fn of_file(path: &str, mode: u32, content: &[u8]) -> Option<Vec<u8>> {
    let path = path.trim_start_matches('/');
    let (prefix, name) = split(path)?;
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, name);
    put(100, &format!("{:07o}", mode & 0o7777));
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{:011o}", content.len()));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\u{0}00");
    put(345, prefix);
    let sum: u32 = header.iter().copied().map(u32::from).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\u{0}").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(content);
    archive.resize(archive.len().next_multiple_of(BLOCK) + 2 * BLOCK, 0);
    Some(archive)
}

/// A path in the two fields that a header has for it.
fn split(path: &str) -> Option<(&str, &str)> {
    const NAME: usize = 100;
    const PREFIX: usize = 155;
    if path.len() <= NAME {
        return Some(("", path));
    }
    let fits = |at: &usize| *at <= PREFIX && path.len() - at - 1 <= NAME;
    let at = path.match_indices('/').map(|(at, _)| at).find(fits)?;
    Some((&path[..at], &path[at + 1..]))
}

/// What the first entry of an archive is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file, and as much of it as the archive holds so far.
    File {
        /// How long it is.
        length: u64,
        /// Where its content begins.
        begins: usize,
    },
    /// A link to another path.
    Link(String),
    /// A folder, a device.
    Other,
}

/// The first entry of an archive; none: it is not all there yet, or no archive.
pub(super) fn first_entry(archive: &[u8]) -> Option<Entry> {
    let (mut at, mut long_link) = (0, None);
    loop {
        let header = archive.get(at..at + BLOCK)?;
        let length = octal(&header[124..136])?;
        let begins = at + BLOCK;
        let content = || archive.get(begins..begins.checked_add(usize::try_from(length).ok()?)?);
        match header[156] {
            b'0' | 0 => return Some(Entry::File { length, begins }),
            b'1' | b'2' => return Some(Entry::Link(long_link.unwrap_or_else(|| text(&header[157..257])))),
            // Go writes long names as extended headers; GNU's way is an entry of its own.
            b'x' | b'g' => long_link = extended(content()?, "linkpath").or(long_link),
            b'K' => long_link = Some(text(content()?)),
            b'L' => _ = content()?,
            _ => return Some(Entry::Other),
        }
        at = begins.checked_add(usize::try_from(length).ok()?)?.next_multiple_of(BLOCK);
    }
}

/// A number in octal, or in base 256 where it is large.
fn octal(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        return field[1..].iter().try_fold(0_u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)));
    }
    let text = text(field);
    u64::from_str_radix(text.trim(), 8).ok()
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// A value of an extended header: lines of `LENGTH KEY=VALUE`.
fn extended(content: &[u8], key: &str) -> Option<String> {
    let text = String::from_utf8_lossy(content);
    let pairs = text.lines().filter_map(|line| line.split_once(' ')?.1.split_once('='));
    pairs.filter(|(name, _)| *name == key).map(|(_, value)| value.to_owned()).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_back_from_its_archive() {
        let deep = format!("/{}/{}", "a".repeat(120), "b".repeat(90));
        for path in ["/etc/redis/redis.conf", deep.as_str()] {
            let archive = of_file(path, 0o444, b"maxmemory 1\n").unwrap();
            assert_eq!(archive.len() % BLOCK, 0);
            let Some(Entry::File { length, begins }) = first_entry(&archive) else { panic!("no file") };
            assert_eq!(&archive[begins..][..usize::try_from(length).unwrap()], b"maxmemory 1\n");
        }
        assert_eq!(of_file(&"x".repeat(200), 0o444, b""), None);
        let mut link = of_file("/etc/x", 0o777, b"").unwrap();
        link[156] = b'2';
        link[157..160].copy_from_slice(b"y/z");
        assert_eq!(first_entry(&link), Some(Entry::Link("y/z".into())));
        assert_eq!(first_entry(&link[..100]), None);
    }
}
