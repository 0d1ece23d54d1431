//! Reports as comments of a pull request: short on top, the rest to unfold, never longer than a comment may be.

mod drift;
mod plan;

pub use drift::{drift, drifts};
pub use plan::plan;

/// The longest comment that GitHub takes, in characters.
pub const MAX_CHARACTERS: usize = 65_536;

/// A page that is filled block by block, and says what did not fit.
struct Page {
    text: String,
    characters: usize,
    left_out: usize,
    limit: usize,
}

/// Room for the line that says what was left out.
const RESERVE: usize = 200;

impl Page {
    fn new(limit: usize) -> Self {
        Self { text: String::new(), characters: 0, left_out: 0, limit: limit.saturating_sub(RESERVE) }
    }

    /// Adds what must be there; it is short by construction, and cut where it is not.
    fn head(&mut self, block: &str) {
        let room = self.limit.saturating_sub(self.characters);
        let block: String = block.chars().take(room).collect();
        self.characters += block.chars().count();
        self.text.push_str(&block);
    }

    /// Adds a block if all of it fits. Once one did not fit, none does: what is shown is a beginning, not a choice.
    fn block(&mut self, block: &str) {
        let length = block.chars().count();
        if length == 0 {
            return;
        }
        if self.left_out > 0 || self.characters + length > self.limit {
            self.left_out += 1;
            return;
        }
        self.characters += length;
        self.text.push_str(block);
    }

    fn finish(mut self, what: &str, command: &str) -> String {
        if self.left_out > 0 {
            let left_out = super::value::counted(self.left_out, what);
            add(&mut self.text, &format!("\n**{left_out} did not fit here.** `{command}` shows all.\n"));
        }
        self.text
    }
}

/// How many fields of one resource are shown.
const MOST_FIELDS: usize = 100;

/// That some fields are not shown.
fn more_fields(number: usize) -> String {
    let fields = super::value::counted(number, "more field");
    if number == 0 { String::new() } else { format!("- and {fields}; `--output json` has all\n") }
}

fn add(text: &mut String, more: &str) {
    text.push_str(more);
}

/// Something to unfold. The summary is HTML already.
fn details(summary: &str, body: &str) -> String {
    format!("<details>\n<summary>{summary}</summary>\n\n{body}\n</details>\n\n")
}

fn heading(level: usize, text: &str) -> String {
    format!("{} {text}\n\n", "#".repeat(level))
}

fn list(title: &str, items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.map(|item| format!("- {item}\n")).collect();
    if items.is_empty() { String::new() } else { format!("**{title}**\n\n{}\n", items.concat()) }
}

#[cfg(test)]
mod tests;
