//! Rules of the house that no other tool checks. Each rule is a function from a file to what is wrong with it, and has a test of its own that
//! shows it a file that breaks it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must say where")]

use driftless::backend::table::APPLY_MODES;
use driftless::render::targets;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A source file: its path from the root, its text, and its text without comments, strings and tests.
struct Source {
    path: String,
    text: String,
    code: String,
    /// Whether its parent declares it under `#[cfg(test)]`.
    of_tests: bool,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into(), code: without_tests(&blanked(text)), of_tests: false }
    }

    /// The folder or file below `src/` that the file belongs to.
    fn room(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        let first = below.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }

    fn is_test(&self) -> bool {
        self.of_tests || self.path.starts_with("tests/")
    }

    fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path == format!("{folder}.rs") || self.path.starts_with(&format!("{folder}/")))
    }
}

type Rule = fn(&Source) -> Vec<String>;

const RULES: &[(&str, Rule)] = &[
    ("a room uses only rooms above it", rooms),
    ("an SDK has one owner", owners),
    ("compile, plan, drift and exec know no module and no backend by name", names),
    ("the core knows no way of applying by name", apply_modes),
    ("only sys touches the OS", os),
    ("files are bounded", file_size),
    ("functions are bounded", function_size),
    ("a file says what it is for", header),
    ("no test is left out", ignored),
    ("nothing panics on purpose", panics),
    ("only ui prints", prints),
    ("lints are expected, never allowed", allows),
    ("no path of a machine", machine_paths),
];

/// The rooms in rows: a room uses those of earlier rows, and itself.
const ROOMS: &[&[&str]] = &[
    &["diag"],
    &["model"],
    &["spec"],
    // The compiler's last stage is the check, which reads the model alone.
    &["check"],
    &["compile"],
    &["render"],
    &["plan"],
    &["drift"],
    &["preview"],
    &["report"],
    &["event"],
    &["sys"],
    &["seam"],
    &["backend"],
    &["state"],
    &["forge", "notify", "secret"],
    &["exec"],
    &["config", "ui"],
    &["ops"],
    &["queue", "serve"],
    &["cli"],
];

const OWNERS: &[(&str, &[&str])] = &[
    ("kube", &["src/backend/kubernetes"]),
    ("k8s_openapi", &["src/backend/kubernetes"]),
    ("bollard", &["src/backend/docker"]),
    ("redis", &["src/backend/redis", "src/queue/redis"]),
    ("aws_sdk_s3", &["src/state/s3"]),
    ("git2", &["src/sys/git"]),
    ("clap", &["src/cli"]),
    ("clap_complete", &["src/cli"]),
    ("indicatif", &["src/ui"]),
    ("anstream", &["src/ui"]),
    ("granit_parser", &["src/spec"]),
    ("minijinja", &["src/compile/template", "src/render"]),
];

/// What the tables and folders do not tell: backends that are to come, and other names of what they drive.
const OTHER_STRANGERS: &[&str] = &["docker", "kubernetes", "redis", "bollard", "valkey"];

/// Names of ways of applying that are words of their own somewhere: the word, where, and what it means there.
const WORDS: &[(&str, &[&str], &str)] = &[
    ("memory", &["src/compile/document/probe", "src/render"], "how much of it a container may take"),
    (
        "docker",
        &["src/render/compose", "src/render/terraform"],
        "the engine that a file is for, and the kind of what it holds",
    ),
];

/// Ways to the OS that go past `sys`.
const OS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env::",
    "process::Command",
    "File::open",
    "tempfile::",
    "rustix::",
    "getrandom::",
    "tokio::fs",
    "tokio::net",
    "tokio::process",
    "tokio::signal",
    ".canonicalize(",
    ".metadata()",
    ".read_dir(",
    ".read_link(",
    ".is_file()",
    ".is_dir()",
    ".exists()",
];

const LONGEST_FILE: usize = 900;
const LONGEST_FUNCTION: usize = 70;

fn row(room: &str) -> Option<usize> {
    ROOMS.iter().position(|row| row.contains(&room))
}

fn rooms(source: &Source) -> Vec<String> {
    if source.is_test() {
        return Vec::new();
    }
    let Some(own) = source.room().filter(|room| !matches!(*room, "lib" | "main")) else { return Vec::new() };
    let Some(own_row) = row(own) else { return vec![format!("`{own}` is no room of architecture")] };
    let used = used_rooms(&source.code);
    let is_below = |room: &&String| *room != own && row(room).is_some_and(|row| row >= own_row);
    used.iter().filter(is_below).map(|room| format!("`{own}` uses `{room}`, which stands below it")).collect()
}

/// The rooms named in `crate::room` and `crate::{room::..., room}`.
fn used_rooms(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(group_heads(group)),
            None => used.push(word(rest)),
        }
    }
    used.sort();
    used.dedup();
    used
}

/// The first word of each element of a `{...}` group.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = vec![word(group.trim_start())];
    let mut depth = 0;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Whether `name::` stands there as the beginning of a path.
fn begins_path(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| !code[..at].ends_with(|c: char| is_word(c) || c == ':'))
}

fn owners(source: &Source) -> Vec<String> {
    let stranger = |(sdk, folders): &&(&str, &[&str])| begins_path(&source.code, sdk) && !source.is_in(folders);
    if !source.path.starts_with("src/") || source.is_test() {
        return Vec::new();
    }
    let said = |(sdk, folders): &(&str, &[&str])| format!("`{sdk}` belongs to {}", folders.join(" and "));
    OWNERS.iter().filter(stranger).map(said).collect()
}

fn names(source: &Source) -> Vec<String> {
    if !source.is_in(&["src/compile", "src/plan", "src/drift", "src/exec"]) || source.is_test() {
        return Vec::new();
    }
    let text = without_tests(&without_comments(&source.text)).to_lowercase();
    let named = |name: &&String| {
        text.match_indices(name.as_str()).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric()))
    };
    strangers().iter().filter(named).map(|name| format!("`{name}` is named")).collect()
}

/// The kinds of target, and what else would tie the core to one of them: no word of its own.
fn strangers() -> &'static [String] {
    static STRANGERS: OnceLock<Vec<String>> = OnceLock::new();
    STRANGERS.get_or_init(|| {
        let targets = targets();
        let kinds = targets.iter().map(|target| target.kind().to_owned());
        let mut all: Vec<String> = kinds.chain(OTHER_STRANGERS.iter().map(|name| (*name).to_owned())).collect();
        all.sort();
        all.dedup();
        all
    })
}

/// The values of `apply:` are words too (a git repository, memory), so that only the whole literal counts.
fn apply_modes(source: &Source) -> Vec<String> {
    if !source.is_in(&["src/compile", "src/render", "src/plan", "src/drift", "src/exec"]) || source.is_test() {
        return Vec::new();
    }
    let text = without_tests(&without_comments(&source.text));
    let is_word = |name: &str| WORDS.iter().any(|(word, folders, _)| *word == name && source.is_in(folders));
    let named = APPLY_MODES.iter().filter(|name| text.contains(&format!("\"{name}\"")) && !is_word(name));
    named.map(|name| format!("`{name}` is named")).collect()
}

fn os(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") || source.is_test() || source.is_in(&["src/sys"]) {
        return Vec::new();
    }
    found_in(source, OS)
}

fn file_size(source: &Source) -> Vec<String> {
    let lines = source.code.trim_end().lines().count();
    if lines <= LONGEST_FILE {
        Vec::new()
    } else {
        vec![format!("{lines} lines without its tests, {LONGEST_FILE} at most")]
    }
}

fn function_size(source: &Source) -> Vec<String> {
    let mut long = Vec::new();
    let code = if source.is_test() { "" } else { &source.code };
    for (at, _) in code.match_indices("fn ").filter(|(at, _)| !code[..*at].ends_with(is_word)) {
        let name = word(&code[at + 3..]);
        let Some(lines) = body_lines(&code[at..]).filter(|_| !name.is_empty()) else { continue };
        if lines > LONGEST_FUNCTION {
            long.push(format!("`{name}` has {lines} lines, {LONGEST_FUNCTION} at most"));
        }
    }
    long
}

/// The lines from a function's name to its closing brace; none for a declaration.
fn body_lines(code: &str) -> Option<usize> {
    let open = code.find(['{', ';']).filter(|at| code[*at..].starts_with('{'))?;
    let close = open + matching_brace(&code[open..])?;
    Some(code[..close].lines().count())
}

fn matching_brace(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in code.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn header(source: &Source) -> Vec<String> {
    let is_child_of_tests = source.is_test() && source.path.starts_with("src/");
    let has_header = source.text.starts_with("//!");
    if has_header || is_child_of_tests { Vec::new() } else { vec!["it does not start with `//!`".into()] }
}

fn ignored(source: &Source) -> Vec<String> {
    let found = blanked(&source.text).contains("#[ignore");
    if found { vec!["a test is ignored".into()] } else { Vec::new() }
}

fn found_in(source: &Source, words: &[&str]) -> Vec<String> {
    let starts_word = |word: &&&str| {
        let begins = |(at, _): (usize, &str)| word.starts_with('.') || !source.code[..at].ends_with(is_word);
        source.code.match_indices(**word).any(begins)
    };
    words.iter().filter(starts_word).map(|word| format!("`{word}`")).collect()
}

fn panics(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") || source.is_test() {
        return Vec::new();
    }
    found_in(source, &[".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("])
}

fn prints(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") || source.is_test() || source.is_in(&["src/ui"]) {
        return Vec::new();
    }
    found_in(source, &["println!(", "eprintln!(", "print!(", "eprint!(", "dbg!("])
}

fn allows(source: &Source) -> Vec<String> {
    let code = blanked(&source.text);
    let found = code.contains("#[allow(") || code.contains("#![allow(");
    if found { vec!["write `#[expect(..., reason = ...)]`".into()] } else { Vec::new() }
}

fn machine_paths(source: &Source) -> Vec<String> {
    // Put together, so that this file itself holds none.
    let folders = ["work", "root", "home", "Users"].map(|folder| format!("/{folder}/"));
    let begins = |(at, _): (usize, &str)| {
        !source.text[..at].ends_with(|c: char| is_word(c) || matches!(c, '.' | '-' | '}' | '*'))
    };
    let found = folders.iter().filter(|folder| source.text.match_indices(folder.as_str()).any(begins));
    found.map(|folder| format!("`{folder}` is a path of a machine")).collect()
}

/// The same text with comments blanked.
fn without_comments(text: &str) -> String {
    blank(text, false)
}

/// The same text with comments and the insides of strings and characters blanked; lines stay.
fn blanked(text: &str) -> String {
    blank(text, true)
}

fn blank(text: &str, strings: bool) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, hide) = token(rest, code.ends_with(is_word));
        let (piece, tail) = rest.split_at(length.max(first.len_utf8()));
        let hidden = match hide {
            Hide::Comment => true,
            Hide::Text => strings,
            Hide::Nothing => false,
        };
        code.extend(piece.chars().map(|c| if hidden && c != '\n' { ' ' } else { c }));
        rest = tail;
    }
    code
}

enum Hide {
    Nothing,
    Comment,
    Text,
}

/// The length of what starts here, and what it is.
fn token(text: &str, after_word: bool) -> (usize, Hide) {
    if text.starts_with("//") {
        return (text.find('\n').unwrap_or(text.len()), Hide::Comment);
    }
    if text.starts_with("/*") {
        return (text.find("*/").map_or(text.len(), |at| at + 2), Hide::Comment);
    }
    if let Some(length) = raw_string(text).filter(|_| !after_word) {
        return (length, Hide::Text);
    }
    if text.starts_with('"') {
        return (quoted(text, '"'), Hide::Text);
    }
    if let Some(rest) = text.strip_prefix('\'') {
        let is_character = rest.starts_with('\\') || text.chars().nth(2) == Some('\'');
        return if is_character { (quoted(text, '\''), Hide::Text) } else { (1, Hide::Nothing) };
    }
    (1, Hide::Nothing)
}

fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = after.chars().take_while(|c| *c == '#').count();
    let body = after[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(text.len() - body.len() + length)
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            other if other == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The same code without `#[cfg(test)] mod ... { }`.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let open = rest.find(['{', ';']).unwrap_or(rest.len());
        let length = if rest[open..].starts_with('{') {
            matching_brace(&rest[open..]).map_or(rest.len(), |close| open + close)
        } else {
            (open + 1).min(rest.len())
        };
        rest = &rest[length..];
    }
    kept + rest
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "templates", "modules", "environments", "docs", ".github"] {
        collect(&root.join(folder), &mut files);
    }
    for file in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "Cargo.toml"] {
        files.push(root.join(file));
    }
    files.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).ok()?;
        Some(Source::new(path.strip_prefix(root).unwrap().to_str().unwrap(), &text))
    };
    let mut sources: Vec<Source> = files.iter().filter_map(read).collect();
    let tests: Vec<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        let below =
            |module: &String| source.path == format!("{module}.rs") || source.path.starts_with(&format!("{module}/"));
        source.of_tests = tests.iter().any(below);
    }
    sources
}

/// The paths, without `.rs`, of the modules that a file declares under `#[cfg(test)]`.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = match source.path.strip_suffix("/mod.rs").or_else(|| source.path.strip_suffix("/lib.rs")) {
        Some(folder) => folder.to_owned(),
        None => source.path.trim_end_matches(".rs").to_owned(),
    };
    let declared = source.text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| {
        let line = rest.lines().next()?.trim();
        let name = line.strip_suffix(';')?.split_whitespace().last()?;
        line.contains("mod ").then(|| format!("{folder}/{name}"))
    });
    declared.collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

#[test]
fn the_house_is_tidy() {
    let mut wrong = Vec::new();
    let sources = sources();
    assert!(sources.iter().filter(|source| source.path.ends_with(".rs")).count() > 50, "the sources were not found");
    for source in &sources {
        for (name, rule) in RULES {
            let is_rust = source.path.ends_with(".rs");
            if is_rust || *name == "no path of a machine" {
                wrong.extend(rule(source).into_iter().map(|what| format!("{}: {name}: {what}", source.path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[track_caller]
#[test]
fn modules_of_tests_are_known() {
    let source = Source::new(
        "src/a/mod.rs",
        "pub mod b;\n#[cfg(test)]\npub(crate) mod testing;\n#[cfg(test)]\nmod tests {\n}\n",
    );
    assert_eq!(test_modules(&source), ["src/a/testing"]);
    assert_eq!(test_modules(&Source::new("src/a.rs", "#[cfg(test)]\nmod tests;\n")), ["src/a/tests"]);
}

fn finds(rule: Rule, path: &str, text: &str, expected: &[&str]) {
    assert_eq!(rule(&Source::new(path, text)), expected, "{path}: {text}");
}

#[test]
fn rooms_are_seen_to_be_crossed() {
    let below = ["`plan` uses `backend`, which stands below it", "`plan` uses `ops`, which stands below it"];
    finds(rooms, "src/plan/a.rs", "use crate::{model::{A, B}, ops};\nfn f() { crate::backend::x() }", &below);
    finds(rooms, "src/plan/a.rs", "use crate::model::A; // crate::ops\nuse crate::plan::B;", &[]);
    finds(rooms, "src/plan/a.rs", "#[cfg(test)]\nmod tests { use crate::ops::X; }", &[]);
    finds(rooms, "src/helpers/a.rs", "", &["`helpers` is no room of architecture"]);
    finds(rooms, "src/notify/a.rs", "use crate::secret::S;", &["`notify` uses `secret`, which stands below it"]);
}

#[test]
fn strangers_are_seen() {
    finds(owners, "src/ops/a.rs", "use git2::Repository;", &["`git2` belongs to src/sys/git"]);
    finds(owners, "src/sys/git/a.rs", "use git2::Repository;", &[]);
    finds(owners, "src/ops/a.rs", "use crate::backend::redis::X; // git2::x", &[]);
    finds(names, "src/exec/a.rs", "fn f() { if kind == \"docker\" {} }", &["`docker` is named"]);
    finds(names, "src/plan/a.rs", "/// As Terraform does.\nstruct Plan;", &[]);
    finds(names, "src/backend/a.rs", "struct Docker;", &[]);
}

#[test]
fn the_os_is_seen_to_be_touched() {
    let text = "use std::fs; fn f(p: &Path) { if p.is_file() { File::open(p); } let x = std::env::temp_dir(); }";
    finds(os, "src/ops/a.rs", text, &["`std::fs`", "`std::env::`", "`File::open`", "`.is_file()`"]);
    finds(os, "src/sys/a.rs", text, &[]);
    finds(os, "src/ops/a.rs", "/// As `std::fs` does.\nfn f() { entry.is_folder; env!(\"X\"); \".exists()\"; }", &[]);
    finds(os, "src/ops/a.rs", "#[cfg(test)]\nmod tests { fn f() { std::fs::write(a, b); } }", &[]);
}

#[test]
fn ways_of_applying_are_seen_to_be_named() {
    finds(apply_modes, "src/render/a.rs", "if apply == \"git\" {}", &["`git` is named"]);
    finds(
        apply_modes,
        "src/exec/a.rs",
        "match apply { \"memory\" => 1, \"git\" => 2 }",
        &["`git` is named", "`memory` is named"],
    );
    finds(apply_modes, "src/compile/document/probe.rs", "[\"cpu\", \"memory\"]", &[]);
    finds(apply_modes, "src/plan/a.rs", "self.git.branch; Memory::new(); \"a git repository\" // \"git\"", &[]);
    finds(apply_modes, "src/ops/a.rs", "\"git\"", &[]);
    let kinds = strangers().iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(
        kinds,
        ["ansible", "bollard", "compose", "docker", "helm", "kubernetes", "redis", "terraform", "valkey"]
    );
}

#[test]
fn sizes_are_measured() {
    let long = format!("fn f() {{\n{}}}\n", "    x();\n".repeat(LONGEST_FUNCTION));
    finds(function_size, "src/a.rs", &long, &["`f` has 72 lines, 70 at most"]);
    finds(function_size, "src/a.rs", "trait T { fn f(); }\n", &[]);
    finds(function_size, "src/a.rs", &format!("const X: &str = \"fn f() {{{}}}\";", "\n".repeat(99)), &[]);
    let lines = "x();\n".repeat(LONGEST_FILE);
    finds(file_size, "src/a.rs", &lines, &[]);
    finds(file_size, "src/a.rs", &format!("{lines}y();\n"), &["901 lines without its tests, 900 at most"]);
    finds(file_size, "src/a.rs", &format!("{lines}#[cfg(test)]\nmod tests {{\n}}\n"), &[]);
}

#[test]
fn words_are_found_where_they_stand_and_nowhere_else() {
    finds(header, "src/a.rs", "use x;", &["it does not start with `//!`"]);
    finds(header, "src/a.rs", "//! What it is for.\n", &[]);
    finds(ignored, "tests/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}", &["a test is ignored"]);
    finds(ignored, "tests/a.rs", "const X: &str = \"#[ignore]\";", &[]);
    finds(
        panics,
        "src/a.rs",
        "fn f() { a.unwrap(); b.expect(\"c\"); todo!() }",
        &["`.unwrap()`", "`.expect(`", "`todo!(`"],
    );
    finds(panics, "src/a.rs", "fn f() { a.unwrap_or(1); \".unwrap()\"; 'x'; r#\"panic!(\"#; }", &[]);
    finds(panics, "src/a.rs", "#[cfg(test)]\nmod tests { fn f() { a.unwrap() } }", &[]);
    finds(prints, "src/ops/a.rs", "fn f() { println!(\"x\"); }", &["`println!(`"]);
    finds(prints, "src/ui/a.rs", "fn f() { println!(\"x\"); }", &[]);
    finds(allows, "src/a.rs", "#[allow(dead_code)]\nfn f() {}", &["write `#[expect(..., reason = ...)]`"]);
    let path = ["", "work", "main"].join("/");
    finds(machine_paths, "docs/a.md", &format!("see {path}"), &[&format!("`{}/` is a path of a machine", &path[..5])]);
    finds(machine_paths, "docs/a.md", "see src/work and ./home/x", &[]);
}
