//! The reference page of all codes.

use super::code::{CODES, CodePage};

/// docs/reference/diagnostics.md: every code with its page, by area.
pub fn page_of_codes() -> String {
    let mut page = String::from(
        "# Diagnostics\n\n<!-- Generated from the program; `driftless explain CODE` says the same. -->\n\n\
         A code never changes its meaning. `driftless explain CODE` prints what stands here.\n\n| code | what it says |\n|---|---|\n",
    );
    let mut all: Vec<&CodePage> = CODES.iter().copied().flatten().collect();
    all.sort_by_key(|one| one.code);
    for one in &all {
        page.push_str(&format!("| [{0}](#{1}) | {2} |\n", one.code, anchor(one), one.title.replace('|', "\\|")));
    }
    for one in &all {
        page.push_str(&format!("\n<a id=\"{}\"></a>\n\n## {}: {}\n\n{}\n", anchor(one), one.code, one.title, one.text));
    }
    page
}

fn anchor(page: &CodePage) -> String {
    page.code.0.to_ascii_lowercase()
}
