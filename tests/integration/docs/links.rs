//! Links lead somewhere.

use super::{path, read};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// The pages: README.md, those beside it, and all below docs/.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/tools/README.md"].map(str::to_owned).into();
    let mut folders = vec!["docs".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(path(&folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
            if path(&name).is_dir() {
                folders.push(name);
            } else if name.ends_with(".md") {
                pages.push(name);
            }
        }
    }
    pages
}

/// What links and pictures point at, without what stands in code.
fn targets(page: &str) -> Vec<String> {
    let mut fenced = false;
    let prose = page.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced
    });
    let prose: String = prose.flat_map(|line| [line, "\n"]).collect();
    let prose = regex::Regex::new("`[^`\n]*`").unwrap().replace_all(&prose, "code");
    let link = regex::Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    link.captures_iter(&prose).map(|found| found[1].to_owned()).collect()
}

/// The names that can be linked to in a page: its headings, as GitHub names them, and its own anchors.
fn anchors(page: &str) -> BTreeSet<String> {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let heading = |line: &str| {
        let title = line.strip_prefix('#')?.trim_start_matches('#').trim();
        Some(title.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect())
    };
    let own = regex::Regex::new("<a id=\"([^\"]+)\">").unwrap();
    page.lines().filter_map(heading).chain(own.captures_iter(page).map(|found| found[1].to_owned())).collect()
}

/// A path without `..`, or none where it leaves the repository.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !normal.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            other => normal.push(other),
        }
    }
    Some(normal)
}

/// What is wrong with a link of a page.
fn wrong(page: &str, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let relative = if file.is_empty() { PathBuf::from(page) } else { normal(&Path::new(page).parent()?.join(file))? };
    let name = relative.to_str().unwrap();
    if !path(name).exists() {
        return Some(format!("{page}: there is no {name}"));
    }
    let named = anchor.is_empty() || anchors(&read(name)).contains(anchor);
    (!named).then(|| format!("{page}: {name} has no #{anchor}"))
}

#[test]
fn links_lead_somewhere() {
    let mut found = Vec::new();
    let mut checked = 0;
    for page in pages() {
        for target in targets(&read(&page)) {
            checked += 1;
            found.extend(wrong(&page, &target));
        }
    }
    assert!(checked > 30, "only {checked} links were found");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    assert_eq!(targets("[a](b.md) `[c](d.md)`\n```\n[e](f.md)\n```\n![g](h.svg)"), ["b.md", "h.svg"]);
    assert_eq!(wrong("docs/x.md", "gone.md"), Some("docs/x.md: there is no docs/gone.md".into()));
    assert_eq!(wrong("docs/x.md", "../README.md#two-commands"), None);
    assert_eq!(wrong("docs/x.md", "../README.md#three"), Some("docs/x.md: README.md has no #three".into()));
}

#[test]
fn every_page_of_docs_is_in_the_summary() {
    let listed: BTreeSet<_> = targets(&read("docs/SUMMARY.md")).into_iter().collect();
    let pages = pages().into_iter().filter_map(|page| page.strip_prefix("docs/").map(str::to_owned));
    let pages: BTreeSet<_> = pages.filter(|page| page != "SUMMARY.md").collect();
    assert_eq!(listed, pages);
}
