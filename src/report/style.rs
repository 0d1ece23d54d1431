//! Text in styles; what a style looks like is the terminal's business.

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// Nothing special.
    Plain,
    /// What one looks for first.
    Heading,
    /// Something that is made, or is more than was declared.
    Added,
    /// Something that is deleted, or is gone.
    Removed,
    /// Something that changes.
    Changed,
    /// All is well.
    Good,
    /// Beware.
    Warning,
    /// A place in a file.
    Place,
    /// A command to copy.
    Command,
    /// What one reads last.
    Faint,
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// What it is.
    pub style: Style,
    /// The text; holds no control characters but line breaks.
    pub text: String,
}

/// Text in styles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// The pieces, in order.
    pub spans: Vec<Span>,
}

impl Text {
    /// Adds a piece that driftless wrote.
    pub fn push(&mut self, style: Style, text: impl Into<String>) -> &mut Self {
        self.spans.push(Span { style, text: text.into() });
        self
    }

    /// Adds a piece that somebody else wrote: nothing in it reaches the terminal but characters that can be seen.
    pub fn push_foreign(&mut self, style: Style, text: &str) -> &mut Self {
        self.push(style, super::escape::terminal(text))
    }

    /// Ends the line.
    pub fn end(&mut self) -> &mut Self {
        self.push(Style::Plain, "\n")
    }

    /// The text alone.
    pub fn plain(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}
