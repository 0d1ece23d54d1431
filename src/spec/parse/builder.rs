//! Events to nodes, with an explicit stack.

use super::super::node::{Entry, Node, NodeKind, Scalar, ScalarStyle};
use super::super::scalar;
use super::{MAX_DEPTH, MAX_NODES, syntax};
use crate::diag::{Code, Diagnostic, FileId, Sink, Span, code};
use granit_parser::{Event, ScalarStyle as Style, ScanError, StructureStyle, YamlVersion};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A collection that is still open.
struct Frame {
    start: usize,
    flow: bool,
    kind: FrameKind,
}

enum FrameKind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, keys: BTreeMap<String, Span>, pending: Option<Key> },
}

/// A key whose value has not been read yet; none where it was refused, so that its value is dropped.
type Key = Option<(String, Span)>;

pub struct Builder<'a> {
    file: FileId,
    text: &'a str,
    sink: &'a mut Sink,
    stack: Vec<Frame>,
    /// How many collections deep one is in something that was refused.
    skipped: usize,
    nodes: usize,
    documents: usize,
    /// Where the last token ended.
    last: usize,
    root: Option<Node>,
    anchored: bool,
    /// The aliases that were reported; each is once.
    aliases: BTreeSet<String>,
}

impl<'a> Builder<'a> {
    pub fn new(file: FileId, text: &'a str, sink: &'a mut Sink) -> Self {
        let (stack, root) = (Vec::new(), None);
        Self {
            file,
            text,
            sink,
            stack,
            skipped: 0,
            nodes: 0,
            documents: 0,
            last: 0,
            root,
            anchored: false,
            aliases: BTreeSet::new(),
        }
    }

    /// What was read, and whether reading did not stop before the end.
    pub fn finish(self) -> (Option<Node>, bool) {
        (self.root, self.nodes <= MAX_NODES)
    }

    /// Takes one event; false when reading is to stop.
    pub fn event(&mut self, event: Event<'_>, range: Range<usize>, tag: Option<Range<usize>>) -> bool {
        if let Some(tag) = tag {
            self.refuse(code::TAG, tag, "tags are not accepted", "remove it; quote the value to make it text");
        }
        match event {
            Event::DocumentStart(_, version) => return self.document(range, version),
            Event::Anchor(..) => self.anchor(range),
            Event::Alias(_) | Event::UnresolvedAlias(_) => self.alias(range),
            Event::Scalar(text, style, _, tag) => {
                let is_text = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
                return self.scalar(&text, style, range, is_text);
            }
            Event::SequenceStart(style, ..) => return self.open(FrameKind::List(Vec::new()), style, range),
            Event::MappingStart(style, ..) => {
                let kind = FrameKind::Map { entries: Vec::new(), keys: BTreeMap::new(), pending: None };
                return self.open(kind, style, range);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            _ => {}
        }
        true
    }

    /// Reports a syntax error and closes what is open. Returns where to read on, if anywhere.
    pub fn syntax_error(&mut self, error: &ScanError, from: usize) -> Option<usize> {
        let at = error.marker().byte_offset().map_or(self.last, |offset| offset + from);
        let open = self.stack.iter().find(|frame| frame.flow).map(|frame| frame.start);
        let found = syntax::explain(error.kind(), self.text, at, self.last, open);
        let mut diagnostic = Diagnostic::error(found.code, self.span(found.range.clone()), found.message);
        if let Some(open) = open.filter(|open| *open != found.range.start) {
            diagnostic = diagnostic.label(self.span(open..open + 1), "this bracket is still open");
        }
        diagnostic.help = found.help.map(Into::into);
        self.sink.push(diagnostic);
        self.skipped = 0;
        while !self.stack.is_empty() {
            self.close(self.last);
        }
        self.documents = 0;
        let start = open.unwrap_or(found.range.start).min(found.range.start);
        syntax::resume(self.text, start.max(from))
    }

    fn span(&self, range: Range<usize>) -> Span {
        // A text has at most 1 MiB, so that its offsets always fit; an empty range at its end stays there.
        let narrow = |offset: usize| u32::try_from(offset.min(self.text.len())).unwrap_or(u32::MAX);
        Span::new(self.file, narrow(range.start), narrow(range.end))
    }

    fn refuse(&mut self, code: Code, range: Range<usize>, message: impl Into<String>, help: &str) {
        let diagnostic = Diagnostic::error(code, self.span(range), message).help(help);
        self.sink.push(diagnostic);
    }

    fn document(&mut self, range: Range<usize>, version: Option<YamlVersion>) -> bool {
        self.documents += 1;
        if let Some(version) = version.filter(|version| (version.major, version.minor) != (1, 2)) {
            let message =
                format!("the file says that it is YAML {}.{}, and YAML 1.2 is read", version.major, version.minor);
            let at = self.text.get(..range.start).and_then(|before| before.rfind("%YAML")).unwrap_or(range.start);
            self.refuse(code::YAML_VERSION, at..at + 5, message, "remove the directive");
        }
        if self.documents > 1 {
            self.refuse(code::SEVERAL_DOCUMENTS, range, "a second document starts here", "one file holds one document");
        }
        self.documents == 1
    }

    fn anchor(&mut self, range: Range<usize>) {
        let name = self.text.get(range.clone()).unwrap_or("&").to_owned();
        let help = "say it once with a variable (`${var.NAME}`) or with `extends`";
        self.refuse(code::ALIAS, range, format!("anchors are not accepted: `{}`", bounded(&name)), help);
        self.anchored = true;
    }

    fn alias(&mut self, range: Range<usize>) {
        let name = self.text.get(range.clone()).unwrap_or("*").to_owned();
        // The key `<<` has been reported already, and its alias is not another mistake.
        if !self.after_merge_key() && self.aliases.insert(name.clone()) {
            let help = if self.anchored {
                "say it once with a variable (`${var.NAME}`) or with `extends`"
            } else {
                "quote the value if it is text that starts with `*`"
            };
            self.refuse(code::ALIAS, range.clone(), format!("aliases are not accepted: `{}`", bounded(&name)), help);
        }
        self.last = range.end;
        self.drop_node();
    }

    fn after_merge_key(&self) -> bool {
        let before = self.text.get(..self.last).unwrap_or("");
        matches!(self.stack.last(), Some(Frame { kind: FrameKind::Map { pending: Some(None), .. }, .. }))
            && before.ends_with("<<")
    }

    /// Something was refused: neither a key nor a value, but it takes the place of one.
    fn drop_node(&mut self) {
        if self.skipped > 0 {
            return;
        }
        if let Some(Frame { kind: FrameKind::Map { pending, .. }, .. }) = self.stack.last_mut() {
            *pending = if pending.is_some() { None } else { Some(None) };
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.stack.last(), Some(Frame { kind: FrameKind::Map { pending: None, .. }, .. }))
    }

    fn count(&mut self, range: &Range<usize>) -> bool {
        self.nodes += 1;
        if self.nodes == MAX_NODES + 1 {
            let message = format!("the file has more than {MAX_NODES} keys and values");
            self.refuse(code::TOO_MANY_NODES, range.clone(), message, "the rest was not read");
        }
        self.nodes <= MAX_NODES
    }

    fn open(&mut self, kind: FrameKind, style: StructureStyle, range: Range<usize>) -> bool {
        let flow = style == StructureStyle::Flow;
        if self.skipped > 0 {
            self.skipped += 1;
        } else if self.expects_key() {
            let help = "a key is text; quote one that starts with a bracket";
            self.refuse(code::KEY_NOT_SCALAR, range.clone(), "a key must be text, not a collection", help);
            self.skipped = 1;
        } else if self.stack.len() >= MAX_DEPTH {
            let message = format!("collections are nested more than {MAX_DEPTH} levels deep");
            self.refuse(code::TOO_DEEP, range.start..range.end.max(range.start + 1), message, "flatten the structure");
            self.skipped = 1;
        } else {
            let start = if flow || !self.is_block_list_in_map(&kind) {
                range.start
            } else {
                syntax::first_dash(self.text, range.start)
            };
            self.stack.push(Frame { start, flow, kind });
        }
        self.last = if flow { range.end } else { self.last };
        self.count(&range)
    }

    fn is_block_list_in_map(&self, kind: &FrameKind) -> bool {
        let in_map = matches!(self.stack.last(), Some(Frame { kind: FrameKind::Map { .. }, .. }));
        in_map && matches!(kind, FrameKind::List(_))
    }

    fn close(&mut self, end: usize) {
        if self.skipped > 0 {
            self.skipped -= 1;
            if self.skipped == 0 {
                self.drop_node();
            }
            return;
        }
        let Some(frame) = self.stack.pop() else { return };
        if frame.flow {
            self.last = end;
        }
        let (kind, last_end) = match frame.kind {
            FrameKind::List(elements) => {
                let end = elements.last().map(|element| element.span.end);
                (NodeKind::List(elements), end)
            }
            FrameKind::Map { entries, .. } => {
                let end = entries.last().map(|entry| entry.value.span.end.max(entry.key_span.end));
                (NodeKind::Map(entries), end)
            }
        };
        let mut span = self.span(frame.start..end.max(frame.start));
        if !frame.flow {
            span.end = last_end.unwrap_or(span.start).max(span.start);
        }
        self.place(Node { kind, span });
    }

    fn scalar(&mut self, text: &str, style: Style, range: Range<usize>, is_text: bool) -> bool {
        if self.skipped > 0 {
            return true;
        }
        if !self.count(&range) {
            return false;
        }
        if text.contains('\0') {
            let message = "a NUL character, which no process, no file name and no variable can be handed";
            self.sink.push(Diagnostic::error(code::FORBIDDEN_CHARACTER, self.span(range.clone()), message));
        }
        if self.expects_key() {
            self.key(text, style, range);
        } else {
            let (style, range) = syntax::extent(self.text, style, range, self.last);
            let empty = range.is_empty();
            let text = if empty { String::new() } else { text.to_owned() };
            let scalar = if style == ScalarStyle::Plain && !is_text { scalar::resolve(&text) } else { Scalar::Text };
            self.last = range.end;
            let span = self.span(range);
            self.place(Node { kind: NodeKind::Scalar { text, style, scalar }, span });
        }
        true
    }

    fn key(&mut self, text: &str, style: Style, range: Range<usize>) {
        self.last = range.end;
        let span = self.span(range.clone());
        let key = self.accepted_key(text, style, range, span);
        let Some(Frame { kind: FrameKind::Map { keys, pending, .. }, .. }) = self.stack.last_mut() else { return };
        if let Some((key, span)) = &key {
            keys.insert(key.clone(), *span);
        }
        *pending = Some(key);
    }

    fn accepted_key(&mut self, text: &str, style: Style, range: Range<usize>, span: Span) -> Key {
        if style == Style::Plain && range.is_empty() {
            self.refuse(
                code::KEY_NOT_SCALAR,
                range,
                "there is no key before the `:`",
                "write a key, or remove the line",
            );
            return None;
        }
        if style == Style::Plain && text == "<<" {
            let help = "merge files with `extends`; within a file, say it once with a variable";
            self.refuse(code::MERGE_KEY, range, "the merge key `<<` is not accepted", help);
            return None;
        }
        if let Some(first) = self.seen(text) {
            let message = format!("the key `{}` stands here a second time", bounded(text));
            let diagnostic = Diagnostic::error(code::DUPLICATE_KEY, span, message);
            self.sink.push(diagnostic.label(first, "the first one").help("remove one of the two"));
            return None;
        }
        Some((text.to_owned(), span))
    }

    fn seen(&self, key: &str) -> Option<Span> {
        let Some(Frame { kind: FrameKind::Map { keys, .. }, .. }) = self.stack.last() else { return None };
        keys.get(key).copied()
    }

    fn place(&mut self, node: Node) {
        match self.stack.last_mut().map(|frame| &mut frame.kind) {
            Some(FrameKind::List(elements)) => elements.push(node),
            Some(FrameKind::Map { entries, pending, .. }) => {
                if let Some(Some((key, key_span))) = pending.take() {
                    entries.push(Entry { key, key_span, value: node });
                }
            }
            None => self.place_root(node),
        }
    }

    /// The root; where reading went on after an error, the entries that are new.
    fn place_root(&mut self, node: Node) {
        let Some(root) = &mut self.root else {
            self.root = Some(node);
            return;
        };
        let (NodeKind::Map(entries), NodeKind::Map(more)) = (&mut root.kind, node.kind) else { return };
        root.span.end = root.span.end.max(node.span.end);
        for entry in more {
            match entries.iter().find(|known| known.key == entry.key) {
                None => entries.push(entry),
                Some(first) => {
                    let message = format!("the key `{}` stands here a second time", bounded(&entry.key));
                    let diagnostic = Diagnostic::error(code::DUPLICATE_KEY, entry.key_span, message);
                    self.sink.push(diagnostic.label(first.key_span, "the first one").help("remove one of the two"));
                }
            }
        }
    }
}

/// A piece of the file short enough for a message.
fn bounded(text: &str) -> String {
    crate::diag::bounded(text)
}
