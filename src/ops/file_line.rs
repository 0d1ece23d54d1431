//! `FILE:LINE` of a rendered file: which fields stand there.

use super::error::OpsError;
use crate::diag::{Sink, SourceMap, did_you_mean};
use crate::drift::provenance::fields;
use crate::model::{FieldPath, Resource, Tree};
use crate::spec::{self, Node, NodeKind};

/// Something that an environment declares.
pub(super) struct Declared {
    /// The instance that it belongs to.
    pub instance: String,
    /// What it is.
    pub resource: Resource,
}

/// A resource, and some of its fields with their values.
pub(super) type Chosen<'d> = (&'d Resource, Vec<(FieldPath, Tree)>);

impl Declared {
    /// Its path, as a person finds it in the branch.
    fn path(&self) -> String {
        self.resource.address.segments().collect::<Vec<_>>().join("/")
    }

    /// Whether somebody means it by a path: of the branch, of a folder that was rendered into, or the end of one.
    fn is_meant(&self, file: &str) -> bool {
        let ends = |whole: &str, tail: &str| {
            whole.strip_suffix(tail).is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        let whole = self.path();
        let start = format!("{}/", self.instance);
        let in_instance = whole.find(&start).map(|at| &whole[at..]);
        self.resource.address.to_string() == file
            || ends(&whole, file)
            || in_instance.is_some_and(|rendered| ends(file, rendered))
    }
}

/// A line of a file.
pub(super) struct FileLine<'a> {
    file: &'a str,
    line: usize,
}

impl<'a> FileLine<'a> {
    /// `FILE:LINE` or `FILE:LINE:COLUMN`; none: it is something else.
    pub fn parse(text: &'a str) -> Option<Self> {
        let number = |text: &'a str| {
            let (before, number) = text.rsplit_once(':')?;
            Some((before, number.parse::<usize>().ok().filter(|number| *number > 0)?))
        };
        let (before, last) = number(text)?;
        let (file, line) = number(before).unwrap_or((before, last));
        let file = file.strip_prefix("./").unwrap_or(file);
        (!file.is_empty()).then_some(Self { file, line })
    }

    /// The file's resource, and the fields that stand on the line; where no field does that alone, the line itself.
    ///
    /// # Errors
    /// When there is no such file, several are meant, or nothing stands there.
    pub fn chosen<'d>(&self, environment: &str, declared: &'d [Declared]) -> Result<Chosen<'d>, OpsError> {
        let files: Vec<&Declared> = declared.iter().filter(|one| one.resource.text.is_some()).collect();
        let meant: Vec<&Declared> = files.iter().copied().filter(|one| one.is_meant(self.file)).collect();
        let [one] = meant.as_slice() else { return Err(self.not_one(environment, &meant, &files)) };
        let text = one.resource.text.as_deref().unwrap_or_default();
        let Some(line) = text.lines().nth(self.line - 1) else {
            let lines = crate::report::value::counted(text.lines().count(), "line");
            return Err(OpsError::refused(
                format!("{} has {lines}, and no line {}", one.path(), self.line),
                "count again",
            ));
        };
        if line.trim().is_empty() {
            let message = format!("line {} of {} is blank", self.line, one.path());
            return Err(OpsError::refused(message, "ask for a line on which something stands"));
        }
        let on_line = fields_on(&one.resource, text, self.line);
        let whole = || vec![(FieldPath::lines(self.line, self.line), Tree::text(line.trim()))];
        Ok((&one.resource, if on_line.is_empty() { whole() } else { on_line }))
    }

    fn not_one(&self, environment: &str, meant: &[&Declared], files: &[&Declared]) -> OpsError {
        let named = |files: &[&Declared]| files.iter().take(20).map(|one| one.path()).collect::<Vec<_>>().join(", ");
        if !meant.is_empty() {
            let message = format!("{environment} has several files `{}`", self.file);
            return OpsError::refused(message, format!("there are: {}", named(meant)));
        }
        let paths: Vec<String> = files.iter().map(|one| one.path()).collect();
        let help = match did_you_mean(self.file, paths.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}:{}`?", self.line),
            None => format!("there are: {}", named(files)),
        };
        OpsError::refused(format!("{environment} has no rendered file `{}`", self.file), help)
    }
}

/// The fields whose values stand on a line and nowhere else.
fn fields_on(resource: &Resource, text: &str, line: usize) -> Vec<(FieldPath, Tree)> {
    if resource.body == Tree::Null {
        return Vec::new();
    }
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add("", text);
    let Some(root) = spec::parse(file, &sources, &mut sink) else { return Vec::new() };
    let mut nodes = Vec::new();
    leaves(&root, &mut nodes);
    let fields = fields(&resource.body, Some(text));
    // Both walk the same document; where the body is no picture of it, its fields have no lines.
    if nodes.len() != fields.len() {
        return Vec::new();
    }
    let stands_there = |node: &Node| {
        let place = sources.place(node.span);
        place.line as usize == line && place.end_line as usize == line
    };
    fields.into_iter().zip(nodes).filter(|(_, node)| stands_there(node)).map(|(field, _)| field).collect()
}

/// Scalars and empty collections, in the order of the document.
fn leaves<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => {
            entries.iter().for_each(|entry| leaves(&entry.value, found));
        }
        NodeKind::List(elements) if !elements.is_empty() => elements.iter().for_each(|one| leaves(one, found)),
        _ => found.push(node),
    }
}
