//! Printing and asking.

use crate::report::{self, Text};
use anstyle::{AnsiColor, Color, Style};
use std::io::{BufRead as _, IsTerminal as _};

/// What somebody answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// There is nobody to ask.
    NobodyThere,
}

/// Where a command prints.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Terminal {
    /// Whether standard output takes colours.
    pub color_out: bool,
    /// Whether standard error takes colours.
    pub color_err: bool,
    /// Whether standard error is a terminal that can be drawn on.
    pub interactive: bool,
    /// Whether only results and errors are printed.
    pub quiet: bool,
    /// Whether every question is answered with yes.
    pub yes: bool,
}

impl Terminal {
    /// The process' own terminal. `color`: always (true), never (false), or as the streams say.
    pub fn new(color: Option<bool>, quiet: bool, yes: bool, no_color: bool) -> Self {
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        Self {
            color_out: color.unwrap_or(out && !no_color),
            color_err: color.unwrap_or(err && !no_color),
            interactive: err && !quiet,
            quiet,
            yes,
        }
    }

    /// Prints a result.
    pub fn result(&self, text: &str) {
        write(&mut std::io::stdout().lock(), text);
    }

    /// Prints a result in styles.
    pub fn styled(&self, text: &Text) {
        if !self.color_out {
            return self.result(&text.plain());
        }
        let painted: String = text
            .spans
            .iter()
            .map(|span| {
                let style = look(span.style);
                format!("{style}{}{style:#}", span.text)
            })
            .collect();
        self.result(&painted);
    }

    /// Says something that is no result: a line on standard error, unless quiet.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            write(&mut std::io::stderr().lock(), &format!("{line}\n"));
        }
    }

    /// Prints on standard error whatever is asked for; for errors and diagnostics.
    pub fn complain(&self, text: &str) {
        write(&mut std::io::stderr().lock(), text);
    }

    /// An error that has no place in a file, and what to do about it.
    pub fn error(&self, message: &str, help: Option<&str>) {
        let red = self.paint(Style::new().fg_color(Some(AnsiColor::Red.into())).bold(), "error");
        let mut text = format!("{red}: {}\n", printable(message));
        if let Some(help) = help {
            let cyan = self.paint(Style::new().fg_color(Some(AnsiColor::Cyan.into())), "help");
            text.push_str(&format!("  {cyan}: {}\n", printable(help)));
        }
        self.complain(&text);
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.color_err { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Asks; only `y` and `yes` are yes.
    pub fn ask(&self, question: &str) -> Answer {
        if self.yes {
            return Answer::Yes;
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Answer::NobodyThere;
        }
        self.complain(&format!("{question} [y/N] "));
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let yes = read.is_ok() && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
        if yes { Answer::Yes } else { Answer::No }
    }
}

/// What a style looks like.
fn look(style: report::Style) -> Style {
    let color = |color: AnsiColor| Style::new().fg_color(Some(Color::Ansi(color)));
    match style {
        report::Style::Plain => Style::new(),
        report::Style::Heading => Style::new().bold(),
        report::Style::Added | report::Style::Good => color(AnsiColor::Green),
        report::Style::Removed => color(AnsiColor::Red),
        report::Style::Changed | report::Style::Warning => color(AnsiColor::Yellow),
        report::Style::Place => color(AnsiColor::Cyan),
        report::Style::Command => color(AnsiColor::Blue).bold(),
        report::Style::Faint => Style::new().dimmed(),
    }
}

/// Text in which control characters other than line ends cannot move the cursor or change colours.
pub fn printable(text: &str) -> String {
    let escape = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

fn write(stream: &mut impl std::io::Write, text: &str) {
    // A reader that went away (`driftless plan | head`) is no error of ours.
    drop(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()));
}
