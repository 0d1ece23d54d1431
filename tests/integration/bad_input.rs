//! Wrong files, each in a project of its own, as the program itself tells of them; and nothing that it leaves behind.
//!
//! What a folder of the fixtures lacks of a project is added: what is wrong with it must be all that is said. `DRIFTLESS_BLESS=1` writes what
//! is said now.

use crate::support::cases::root;
use crate::support::is_blessed;
use crate::support::project::run;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROJECT: &str = "apiVersion: driftless/v1\nkind: Project\nname: shop\n";
const MODEL: &str = "workloads: {main: {kind: service, containers: {a: {image: \"a:1\"}}}}\n";
/// As large as files get that nobody meant to commit.
const TEN_MEGABYTES: usize = 10_000_000;

/// What the fixtures are known to cover, by folder.
const CAUSES: [&str; 34] = [
    "alias-bomb",
    "byte-order-mark",
    "carriage-returns",
    "colon-without-space",
    "component-cycle",
    "control-character",
    "deep-nesting",
    "duplicate-key",
    "duration-is-sexagesimal",
    "empty-file",
    "enabled-is-no",
    "error-behind-a-syntax-error",
    "extends-absolute",
    "extends-cycle",
    "extends-outside",
    "extends-symlink",
    "input-type",
    "merge-key",
    "missing-module",
    "model-quotes",
    "needs-cycle",
    "not-utf8",
    "number-with-leading-zero",
    "several-documents",
    "tab-in-indentation",
    "tag",
    "template-concatenation-doubling",
    "template-endless-loops",
    "template-list-doubling",
    "template-structure-doubling",
    "two-errors-at-once",
    "unknown-key",
    "unknown-output",
    "variable-cycle",
];

/// A project in a folder of its own, with room beside it for what must not be read.
struct Case {
    folder: tempfile::TempDir,
    environment: &'static str,
}

impl Case {
    fn new(environment: &'static str) -> Self {
        let case = Self { folder: tempfile::tempdir().unwrap(), environment };
        fs::create_dir_all(case.path().join("environments")).unwrap();
        case
    }

    /// A fixture, with what it lacks of a project.
    fn of(fixture: &Path) -> Self {
        let own = if fixture.join("environments/bad.yaml").exists() { "bad" } else { "x" };
        let case = Self::new(own);
        copy(fixture, &case.path(), &case.folder.path().join("outside.yaml"));
        case.add("driftless.yaml", PROJECT);
        let modules = names(&case.path().join("modules"));
        let module = modules.first().map_or("job", String::as_str);
        let has_environment = !names(&case.path().join("environments")).is_empty();
        if own == "x" && !modules.is_empty() {
            case.add(&format!("modules/{module}/model.yaml.j2"), MODEL);
        }
        if !has_environment {
            let text =
                format!("apiVersion: driftless/v1\nkind: Environment\ncomponents: {{a: {{module: {module}}}}}\n");
            case.add("environments/x.yaml", &text);
        }
        case
    }

    /// A project with an environment that is valid.
    fn valid() -> Self {
        let case = Self::new("x");
        case.add("driftless.yaml", PROJECT);
        case.add(
            "environments/x.yaml",
            "apiVersion: driftless/v1\nkind: Environment\nextends: base.yaml\ncomponents: {web: {module: own}}\n",
        );
        case.add("environments/base.yaml", "apiVersion: driftless/v1\nkind: Base\ncomponents: {}\n");
        case.add("modules/own/module.yaml", "name: own\nversion: 1.0.0\ndescription: Ours.\n");
        case.add("modules/own/model.yaml.j2", MODEL);
        case
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn add(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        if !path.exists() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn put(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        let _ = fs::remove_file(&path);
        fs::write(path, text).unwrap();
    }

    fn link(&self, path: &str, to: impl AsRef<Path>) {
        let path = self.path().join(path);
        let _ = fs::remove_file(&path);
        symlink(to, path).unwrap();
    }

    /// Runs the program in the project; the exit code and what it printed.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftless"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).env("HOME", self.folder.path());
        let run = run(&mut command);
        (run.code, run.out, run.err)
    }

    /// What is said of the project: `CODE file:line:column message | help`, a line each.
    fn told(&self) -> String {
        let (code, out, err) = self.run(&["validate", self.environment, "--output", "json"]);
        assert_eq!(code, Some(1), "{out}{err}");
        let report: Json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
        report["diagnostics"].as_array().unwrap().iter().map(line).collect()
    }

    /// Every path below the folder, with what it is.
    fn contents(&self) -> BTreeMap<PathBuf, String> {
        let mut found = BTreeMap::new();
        walk(self.folder.path(), &mut found);
        found
    }
}

fn line(diagnostic: &Json) -> String {
    let text = |key: &str| diagnostic[key].as_str().map(ToOwned::to_owned);
    let place = text("file").map(|file| format!("{file}:{}:{}", diagnostic["line"], diagnostic["column"]));
    let help = text("help").map(|help| format!(" | {help}")).unwrap_or_default();
    let message = text("message").unwrap();
    let first = message.lines().next().unwrap_or_default();
    format!("{} {} {first}{help}\n", text("code").unwrap(), place.unwrap_or_else(|| "-".into()))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Copies a fixture. A symbolic link in it is one that leaves the project: there is something where it leads.
fn copy(from: &Path, to: &Path, outside: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in names(from).iter().filter(|name| *name != "expected") {
        let (from, to) = (from.join(name), to.join(name));
        let kind = fs::symlink_metadata(&from).unwrap().file_type();
        if kind.is_symlink() {
            fs::write(outside, "apiVersion: driftless/v1\nkind: Base\n").unwrap();
            symlink(outside, &to).unwrap();
        } else if kind.is_dir() {
            copy(&from, &to, outside);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for name in names(folder) {
        let path = folder.join(name);
        let kind = fs::symlink_metadata(&path).unwrap();
        let text = if kind.is_file() { format!("{:?}", fs::read(&path).unwrap()) } else { String::new() };
        found.insert(path.clone(), text);
        if kind.is_dir() {
            walk(&path, found);
        }
    }
}

fn fixtures() -> Vec<PathBuf> {
    let folders = ["tests/fixtures/bad", "tests/fixtures/bad_projects"].map(|folder| root().join(folder));
    let all = folders.iter().flat_map(|folder| names(folder).into_iter().map(|name| folder.join(name)));
    all.filter(|path| path.is_dir()).collect()
}

/// What is expected of a fixture.
fn expected(fixture: &Path) -> String {
    fs::read_to_string(fixture.join("expected")).unwrap_or_default()
}

#[test]
fn every_wrong_project_is_told_exactly_what_is_wrong_and_nothing_is_written() {
    let fixtures = fixtures();
    assert!(fixtures.len() >= 160, "{} fixtures", fixtures.len());
    let wrong: Vec<String> = fixtures.par_iter().filter_map(|fixture| wrong(fixture)).collect();
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

/// What differs from what is expected of a fixture; none: nothing.
fn wrong(fixture: &Path) -> Option<String> {
    let case = Case::of(fixture);
    let before = case.contents();
    let told = case.told();
    let rendered = case.run(&["render", case.environment, "--out", "../rendered"]).0;
    let planned = case.run(&["plan", case.environment, "--out", "../plan"]).0;
    let applied = case.run(&["apply", case.environment, "--yes"]).0;
    let codes = [rendered, planned, applied];
    if is_blessed() {
        fs::write(fixture.join("expected"), &told).unwrap();
    }
    if told == expected(fixture) && codes == [Some(1); 3] && case.contents() == before {
        return None;
    }
    let written: Vec<_> = case.contents().into_keys().filter(|path| !before.contains_key(path)).collect();
    Some(format!("{}: {codes:?} {written:?}\n expected:\n{} told:\n{told}", fixture.display(), expected(fixture)))
}

#[test]
fn the_fixtures_cover_causes_of_their_own() {
    let fixtures = fixtures();
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let all: BTreeSet<String> = fixtures.iter().map(name).collect();
    assert_eq!(all.len(), fixtures.len(), "two fixtures are called the same");
    let missing: Vec<_> = CAUSES.iter().filter(|cause| !all.contains(**cause)).collect();
    assert_eq!(missing, Vec::<&&str>::new());
    // One cause each: what is expected of one, without names and numbers of files, is expected of few others.
    let told: BTreeSet<String> = fixtures.iter().map(|fixture| expected(fixture)).collect();
    assert!(told.len() >= 150, "{} different reports", told.len());
}

const LARGE: &str = "the file has 10000000 bytes, and 1048576 is the limit | split it: environments can share a file with `extends`, \
                     and large contents belong into a module's files/\n";

#[test]
fn a_file_of_ten_megabytes_is_not_read() {
    let large = "#".repeat(TEN_MEGABYTES);
    let paths =
        ["environments/x.yaml", "environments/base.yaml", "modules/own/module.yaml", "modules/own/model.yaml.j2"];
    for path in paths {
        let case = Case::valid();
        case.put(path, &large);
        assert_eq!(case.told(), format!("DL0108 {path}:1:1 {LARGE}"));
    }
    let case = Case::valid();
    case.put("driftless.yaml", &large);
    let (code, out, err) = case.run(&["validate", "x", "--output", "json"]);
    let report: Json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    assert_eq!(
        (code, report["diagnostics"].as_array().unwrap().iter().map(line).collect()),
        (Some(1), format!("DL0108 driftless.yaml:1:1 {LARGE}"))
    );
}

/// A link that leaves the project is not followed, wherever it stands; a pipe is not waited for.
#[test]
fn what_is_no_file_of_the_project_is_not_read() {
    let unreadable = "| it must be a regular file of the repository; a symbolic link must not leave it\n";
    let cases: [(&str, &str); 3] = [
        ("environments/x.yaml", "DL0201 environments/x.yaml:1:1 the file is not read: it lies outside the repository"),
        (
            "environments/base.yaml",
            "DL0202 environments/x.yaml:3:10 `base.yaml` cannot be extended: it lies outside the repository",
        ),
        (
            "modules/own/model.yaml.j2",
            "DL0310 modules/own/model.yaml.j2:1:1 the file is not read: it lies outside the repository",
        ),
    ];
    for (path, expected) in cases {
        let case = Case::valid();
        let outside = case.folder.path().join("outside.yaml");
        fs::rename(case.path().join(path), &outside).unwrap();
        case.link(path, &outside);
        assert_eq!(case.told(), format!("{expected} {unreadable}"));
    }
    let case = Case::valid();
    fs::remove_file(case.path().join("environments/x.yaml")).unwrap();
    let pipe = Command::new("mkfifo").arg(case.path().join("environments/x.yaml")).status().unwrap();
    assert!(pipe.success());
    let expected = "DL0201 environments/x.yaml:1:1 the file is not read: it is no regular file";
    assert_eq!(case.told(), format!("{expected} {unreadable}"));
}
