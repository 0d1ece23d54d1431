//! Bytes to text, or why they are none.

use crate::diag::{Diagnostic, FileId, Sink, SourceMap, Span, code};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Adds the text of a file of the repository to the sources. What is no text is reported, and there is no file then.
///
/// A byte order mark is kept (spans count its bytes) and warned of.
pub fn decode(path: &str, bytes: &[u8], sources: &mut SourceMap, sink: &mut Sink) -> Option<FileId> {
    decode_with(path, bytes, sources, sink, SourceMap::add)
}

/// Like [`decode`], for a file of the embedded library.
pub fn decode_library(path: &str, bytes: &[u8], sources: &mut SourceMap, sink: &mut Sink) -> Option<FileId> {
    decode_with(path, bytes, sources, sink, SourceMap::add_library)
}

type Add = fn(&mut SourceMap, &str, &str) -> FileId;

fn decode_with(path: &str, bytes: &[u8], sources: &mut SourceMap, sink: &mut Sink, add: Add) -> Option<FileId> {
    if bytes.len() > MAX_BYTES {
        sink.push(too_large(path, bytes.len() as u64, sources));
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            sink.push(not_utf8(path, bytes, error.valid_up_to(), sources, add));
            return None;
        }
    };
    let file = add(sources, path, text);
    if text.starts_with(BYTE_ORDER_MARK) {
        sink.push(byte_order_mark(file));
    }
    let bad = forbidden(text).map(|(at, character)| forbidden_character(file, at, character));
    if let Some(bad) = bad {
        sink.push(bad);
        return None;
    }
    Some(file)
}

/// What is said of a file that is too large to be read.
pub fn too_large(path: &str, size: u64, sources: &mut SourceMap) -> Diagnostic {
    let file = sources.add(path, "");
    let message = format!("the file has {size} bytes, and {MAX_BYTES} is the limit");
    Diagnostic::error(code::FILE_TOO_LARGE, Span::start_of(file), message).help(
        "split it: environments can share a file with `extends`, and large contents belong into a module's files/",
    )
}

fn not_utf8(path: &str, bytes: &[u8], valid: usize, sources: &mut SourceMap, add: Add) -> Diagnostic {
    // Bytes that are no text become U+FFFD in the snippet; what stands before the first of them keeps its place.
    let file = add(sources, path, &String::from_utf8_lossy(bytes));
    let start = u32::try_from(valid).unwrap_or(u32::MAX);
    let found = bytes.get(valid).copied().unwrap_or_default();
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = if utf16 { "the file is UTF-16: save it as UTF-8" } else { "save the file as UTF-8" };
    let message = format!("the file is not UTF-8: byte 0x{found:02X} at offset {valid}");
    Diagnostic::error(code::NOT_UTF8, Span::new(file, start, start.saturating_add(3)), message).help(help)
}

fn byte_order_mark(file: FileId) -> Diagnostic {
    let message = "the file starts with a byte order mark, which is ignored";
    Diagnostic::warning(code::BYTE_ORDER_MARK, Span::new(file, 0, 3), message).help("save it as UTF-8 without BOM")
}

fn forbidden(text: &str) -> Option<(usize, char)> {
    // Nearly all files are of nothing else.
    if text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) {
        return None;
    }
    let allowed = |character: char| matches!(character, '\t' | '\n' | '\r' | '\u{85}') || !character.is_control();
    text.char_indices().find(|(_, character)| !allowed(*character) || matches!(character, '\u{fffe}' | '\u{ffff}'))
}

fn forbidden_character(file: FileId, at: usize, character: char) -> Diagnostic {
    let start = u32::try_from(at).unwrap_or(u32::MAX);
    let end = start.saturating_add(u32::try_from(character.len_utf8()).unwrap_or(1));
    let message = format!("the character U+{:04X} may not stand in a YAML file", u32::from(character));
    Diagnostic::error(code::FORBIDDEN_CHARACTER, Span::new(file, start, end), message)
        .help("remove it, or write it with an escape in double quotes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (bool, Vec<String>) {
        let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
        let file = decode("a.yaml", bytes, &mut sources, &mut sink);
        let told =
            sink.iter().map(|d| format!("{} {} {}", d.code, d.span.map(|s| sources.place(s)).unwrap(), d.message));
        (file.is_some(), told.collect())
    }

    #[test]
    fn bytes_that_are_no_text_are_told_with_their_place() {
        let cases: [(&[u8], bool, &[&str]); 6] = [
            (b"a: 1\n", true, &[]),
            (b"a: 1\nb: \xe9x\n", false, &["DL0105 a.yaml:2:4 the file is not UTF-8: byte 0xE9 at offset 8"]),
            (
                b"\xef\xbb\xbfa: 1\n",
                true,
                &["DL0106 a.yaml:1:1 the file starts with a byte order mark, which is ignored"],
            ),
            (b"a: \"\0\"\n", false, &["DL0107 a.yaml:1:5 the character U+0000 may not stand in a YAML file"]),
            (b"\xff\xfea\0", false, &["DL0105 a.yaml:1:1 the file is not UTF-8: byte 0xFF at offset 0"]),
            (b"", true, &[]),
        ];
        for (bytes, readable, messages) in cases {
            assert_eq!(decoded(bytes), (readable, messages.iter().map(ToString::to_string).collect()));
        }
        let large = vec![b'#'; 10_000_000];
        let message = "DL0108 a.yaml:1:1 the file has 10000000 bytes, and 1048576 is the limit";
        assert_eq!(decoded(&large), (false, vec![message.to_owned()]));
    }
}
