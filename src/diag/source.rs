//! Files by number, and places in them.

use std::sync::Arc;

/// A file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes of one file, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets.
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// An empty span at the start of a file, for what concerns the whole of it.
    pub const fn start_of(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }
}

/// A span in the terms of people and editors: lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path from the repository's root, with `/`.
    pub file: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[derive(Debug, Clone)]
struct SourceFile {
    path: Arc<str>,
    text: Arc<str>,
    line_starts: Arc<[u32]>,
    in_repository: bool,
}

/// The texts that spans point into. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file of the repository under its path from the root.
    pub fn add(&mut self, path: &str, text: &str) -> FileId {
        self.insert(path, text, true)
    }

    /// Adds a file that is not in the repository (a module of the embedded library): nobody can edit it there.
    pub fn add_library(&mut self, path: &str, text: &str) -> FileId {
        self.insert(path, text, false)
    }

    fn insert(&mut self, path: &str, text: &str, in_repository: bool) -> FileId {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        let line_starts = starts.map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect();
        self.files.push(SourceFile { path: path.into(), text: text.into(), line_starts, in_repository });
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// The same files, those of the repository as they stand at a revision: `HEAD~1:environments/dev.yaml`, as Git names them.
    #[must_use]
    pub fn at_revision(mut self, revision: &str) -> Self {
        for file in self.files.iter_mut().filter(|file| file.in_repository) {
            file.path = format!("{revision}:{}", file.path).into();
        }
        self
    }

    /// How many files there are.
    pub const fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files from a number on, to be appended where the same number is the next.
    #[must_use]
    pub fn after(&self, first: usize) -> Self {
        Self { files: self.files.get(first..).unwrap_or_default().to_vec() }
    }

    /// Adds all files of another map.
    pub fn append(&mut self, other: &Self) {
        self.files.extend_from_slice(&other.files);
    }

    fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The path of a file; empty for one that is not of this map.
    pub fn path(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| &file.path)
    }

    /// The text of a file; empty for one that is not of this map.
    pub fn text(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| &file.text)
    }

    /// Whether a file lies in the repository (else in the embedded library).
    pub fn in_repository(&self, id: FileId) -> bool {
        self.file(id).is_some_and(|file| file.in_repository)
    }

    /// All files, in the order in which they were added.
    pub fn ids(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..u32::try_from(self.files.len()).unwrap_or(u32::MAX)).map(FileId)
    }

    /// The text of a span; empty where it does not lie in its file.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Lines and columns of a span.
    pub fn place(&self, span: Span) -> Place {
        let (line, column) = self.line_column(span.file, span.start);
        let (end_line, end_column) = self.line_column(span.file, span.end.max(span.start));
        Place { file: self.path(span.file).to_owned(), line, column, end_line, end_column }
    }

    fn line_column(&self, id: FileId, offset: u32) -> (u32, u32) {
        let Some(file) = self.file(id) else { return (1, 1) };
        let line = file.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = file.line_starts[line - 1] as usize;
        let before = file.text.get(start..offset as usize).unwrap_or("");
        // A byte order mark has no width: editors do not count it.
        let column = before.trim_start_matches('\u{feff}').chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}
