//! Every command of the tutorials prints what the pages show.

use super::{compare, read};
use crate::support::transcript::{run, stable};

/// What a page says that one does: each of its commands, and its files (a block of YAML that begins with `# PATH`), as a shell does it.
fn steps(page: &str) -> Vec<String> {
    let mut block = "";
    let (mut steps, mut file) = (Vec::new(), String::new());
    for line in page.lines() {
        match (block, line) {
            ("", fence) if fence.starts_with("```") => block = fence,
            ("```yaml", "```") => {
                let path = file.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
                assert!(path.ends_with(".yaml"), "a block of YAML does not say which file it is: {file}");
                steps.push(format!("cat > {path} <<'END'\n{file}END"));
                (block, file) = ("", String::new());
            }
            (_, "```") => block = "",
            ("```yaml", line) => file.extend([line, "\n"]),
            ("```console", line) => steps.extend(line.strip_prefix("$ ").map(str::to_owned)),
            _ => {}
        }
    }
    steps
}

/// The page with what its steps print now.
fn replayed(page: &str, printed: &[String]) -> String {
    let mut printed = printed.iter();
    let mut block = "";
    let mut text = String::new();
    for line in page.lines() {
        match (block, line) {
            ("", fence) if fence.starts_with("```") => block = fence,
            ("```yaml", "```") => {
                assert_eq!(printed.next().unwrap(), "", "a file is not written");
                block = "";
            }
            (_, "```") => block = "",
            ("```console", line) if !line.starts_with("$ ") => continue,
            _ => {}
        }
        text.extend([line, "\n"]);
        if block == "```console" && line.starts_with("$ ") {
            text.push_str(printed.next().unwrap());
        }
    }
    text
}

#[track_caller]
fn prints_what_it_shows(name: &str, run: impl FnOnce(&std::path::Path, &[&str]) -> Vec<String>) {
    let page = read(name);
    let steps = steps(&page);
    assert!(steps.len() > 10, "the tutorial has hardly any commands");
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &steps.iter().map(String::as_str).collect::<Vec<_>>());
    let trimmed = |text: &str| stable(text).lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    compare(name, &replayed(&page, &printed), trimmed);
}

#[test]
fn the_tutorial_prints_what_it_shows() {
    prints_what_it_shows("docs/tutorial.md", run);
}
