//! For people: one paragraph a diagnostic, with the line that is meant.

use super::excerpt::{excerpt, masked};
use crate::diag::{Diagnostic, Label, Severity, Sink, SourceMap, Span};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

/// How wide a snippet may be; longer lines are cut around the place.
const WIDTH: usize = 140;

/// For people, with snippets; by file and place. Ends with a line break where there is anything.
pub fn human(sink: &Sink, sources: &SourceMap, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH).hyperlink(false);
    let masked = masked(sink);
    let mut text = String::new();
    for diagnostic in sink.sorted() {
        text.push_str(&renderer.render(&[group(diagnostic, sources, &masked)]));
        text.push_str("\n\n");
    }
    if sink.dropped() > 0 {
        text.extend([sink.dropped().to_string().as_str(), " more are not shown\n"]);
    }
    text
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap, masked: &[Span]) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.0));
    if let Some(span) = diagnostic.span {
        group = group.element(place(sources, span, masked, None));
    }
    for Label { span, message } in &diagnostic.labels {
        group = group.element(place(sources, *span, masked, Some(message)));
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

fn place<'a>(sources: &'a SourceMap, span: Span, masked: &[Span], label: Option<&'a String>) -> Element<'a> {
    let path = sources.path(span.file);
    let Some(excerpt) = excerpt(sources, span, masked).filter(|excerpt| !excerpt.text.is_empty()) else {
        let place = sources.place(span);
        return Origin::path(path).line(place.line as usize).char_column(place.column as usize).into();
    };
    let kind = if label.is_some() { AnnotationKind::Context } else { AnnotationKind::Primary };
    let annotation: Annotation<'a> = kind.span(excerpt.range).label(label.map(String::as_str));
    Snippet::source(excerpt.text).path(path).line_start(excerpt.first_line).annotation(annotation).into()
}
