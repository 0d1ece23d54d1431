//! How the fields of a backend's resources are compared, and what a change of each takes: data, read by one engine.

use crate::model::{Address, Effect, FieldPath, Segment, glob};

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareKind {
    /// Equal trees, lists in order. Null and absent, and an empty collection and an absent one, are equal.
    Exact,
    /// Equal bytes, whatever the notation (`1Gi`, `1073741824`).
    Bytes,
    /// Equal thousandths of a CPU (`0.5`, `500m`).
    Cpu,
    /// Equal durations (`90s`, `1m30s`).
    Duration,
    /// A list without order, each element once.
    Set,
    /// A list without order whose elements are known by a key of theirs.
    Keyed(&'static str),
    /// A list whose maps are known by their `name` where each has one of its own; in order otherwise.
    NamedOrExact,
    /// A list without order.
    Unordered,
    /// Can be written and not be read: what was last applied stands for live.
    WriteOnly,
    /// Cannot be seen: never compared, said in the report.
    Unobservable,
    /// Compared by keyed digests that ops puts in the place of values.
    Secret,
}

/// What a field that somebody else added beside ours is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// Drift.
    Drift,
    /// Of no interest: the system fills it in, or others own it. Shown with this rule's id under what is ignored.
    Silent(&'static str),
}

/// What holds for the fields that a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// A glob over `PATH.FIELD`, the path of the address and the field: segments end at `.` (dots within a name do not count), `*` is any
    /// text in one, `**` any text. The first row that matches a field, or something that it lies in, holds.
    pub pattern: &'static str,
    /// How it is compared.
    pub kind: CompareKind,
    /// What it takes to put a drifted field back (desired is what was applied).
    pub repair: Effect,
    /// What it takes to bring a new desired value there.
    pub change: Effect,
    /// What an addition beside ours is.
    pub added: Added,
}

/// A backend's rows. A field without a row is compared exactly, a change of it is a replace, and a located finding says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompareTable {
    /// The kind of address that it is for.
    pub backend: &'static str,
    /// The rows, the first that matches holds.
    pub rows: &'static [Row],
}

impl CompareTable {
    /// The row that holds for a field: the first that matches it or something that it lies in.
    pub fn row(&self, address: &Address, path: &FieldPath) -> Option<&'static Row> {
        let place = address.path().replace('.', DOT);
        let texts: Vec<String> = (0..=path.0.len())
            .rev()
            .map(|length| plain_path(&FieldPath(path.0[..length].to_vec())))
            .map(|path| if path.is_empty() { place.clone() } else { format!("{place}.{path}") })
            .collect();
        self.rows.iter().find(|row| {
            let start = row.pattern.split('*').next().unwrap_or_default();
            texts.iter().any(|text| text.starts_with(start) && glob::matches(row.pattern, text, '.'))
        })
    }
}

/// What stands for a dot that ends no segment.
const DOT: &str = "\u{2024}";

/// A field path as it would be printed were all its keys plain words; what is no end of a segment is no dot.
pub(super) fn plain_path(path: &FieldPath) -> String {
    let segment = |(at, segment): (usize, &Segment)| match segment {
        Segment::Key(key) => format!("{}{}", if at == 0 { "" } else { "." }, key.replace('.', DOT)),
        Segment::Index(index) => format!("[{index}]"),
        Segment::Keyed { key, value } => format!("[{key}={value}]").replace('.', DOT),
        Segment::Entry(entry) => format!("[{entry}]").replace('.', DOT),
        Segment::Lines(first, last) => format!("[{first}-{last}]"),
    };
    path.0.iter().enumerate().map(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn row(pattern: &'static str) -> Row {
        let (repair, change) = (Effect::Runtime, Effect::Restart);
        Row { pattern, kind: CompareKind::Exact, repair, change, added: Added::Drift }
    }

    static TABLE: CompareTable = CompareTable {
        backend: "memory",
        rows: &[row("container/*.env.*"), row("container/*.env"), row("config/**.limits[name=*]"), row("**.last")],
    };

    #[test]
    fn the_first_row_holds_and_what_lies_deeper_inherits() {
        let cases = [
            ("memory:container/a.b", "env.X", Some("container/*.env.*")),
            ("memory:container/a.b", r#"env.["X.Y"]"#, Some("container/*.env.*")),
            ("memory:container/a", "env.X.deep[3]", Some("container/*.env.*")),
            ("memory:container/a", "env", Some("container/*.env")),
            ("memory:container/a", "image", None),
            ("memory:config/a/b.c", r#"limits[name="x.y"].z"#, Some("config/**.limits[name=*]")),
            ("memory:any", "a.b.last", Some("**.last")),
            ("memory:any", "", None),
        ];
        for (address, path, expected) in cases {
            let row = TABLE.row(&address.parse().unwrap(), &path.parse().unwrap());
            assert_eq!(row.map(|row| row.pattern), expected, "{address} {path}");
        }
    }
}
