//! Every command of the tutorial prints what the page shows.

use super::{compare, read};
use crate::support::transcript::{run, stable};

const PAGE: &str = "docs/tutorial.md";

/// The commands in the `console` blocks of a page.
fn commands(page: &str) -> Vec<&str> {
    let mut inside = false;
    let mut commands = Vec::new();
    for line in page.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if inside => commands.extend(line.strip_prefix("$ ")),
            _ => {}
        }
    }
    commands
}

/// The page with what the commands print now.
fn replayed(page: &str, printed: &[String]) -> String {
    let mut printed = printed.iter();
    let mut inside = false;
    let mut text = String::new();
    for line in page.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if inside && !line.starts_with("$ ") => continue,
            _ => {}
        }
        text.extend([line, "\n"]);
        if inside && line.starts_with("$ ") {
            text.push_str(printed.next().unwrap());
        }
    }
    text
}

#[test]
fn the_tutorial_prints_what_it_shows() {
    let page = read(PAGE);
    let commands = commands(&page);
    assert!(commands.len() > 10, "the tutorial has hardly any commands");
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &commands);
    let trimmed = |text: &str| stable(text).lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    compare(PAGE, &replayed(&page, &printed), trimmed);
}
