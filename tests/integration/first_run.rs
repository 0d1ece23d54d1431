//! The first commands of the README, and what is said where something is missing, on a machine that has git and nothing else.

use crate::docs::compare;
use crate::support::cases::root;
use crate::support::project::run;
use crate::support::transcript::{run_as, stable};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};

/// The commands of the block below "Start your own".
fn commands() -> Vec<String> {
    let page = std::fs::read_to_string(root().join("README.md")).unwrap();
    let block = page.split("## Start your own").nth(1).unwrap().split("```").nth(1).unwrap();
    block.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

#[test]
fn the_first_commands_of_the_readme_work_in_an_empty_folder() {
    let commands = commands();
    assert_eq!(commands.first().map(String::as_str), Some("make install"));
    // Nobody is there to answer.
    let answered = |command: &String| command.replace("driftless apply dev", "driftless apply dev --yes");
    let mut typed: Vec<String> = commands[1..].iter().map(answered).collect();
    assert!(typed.len() >= 4, "{typed:?}");
    typed.push("echo $?; git branch --list; git status --short".into());
    let folder = tempfile::tempdir().unwrap();
    let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
    let printed = run_as(folder.path(), "", &typed);
    let session: String = typed.iter().zip(printed).map(|(command, text)| format!("$ {command}\n{text}")).collect();
    compare("tests/golden/first_run.txt", &session, stable);
}

fn driftless(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_driftless"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).env("HOME", folder);
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", folder.join(".gitconfig"));
    command.env_remove("CI").env_remove("XDG_CONFIG_HOME").env_remove("GIT_AUTHOR_NAME").env_remove("GIT_AUTHOR_EMAIL");
    command.env("USER", "ann").env_remove("LOGNAME").env("PATH", "/usr/local/bin:/usr/bin:/bin");
    let run = run(&mut command);
    (run.code, run.out, run.err)
}

#[test]
fn a_folder_within_a_repository_stays_within_it() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = driftless(folder.path(), &["init", "outer", "--output", "json"]);
    let made = |project: &str, made_repository: bool| {
        json!({
            "format_version": "1.0", "kind": "Initialised", "tool_version": env!("CARGO_PKG_VERSION"), "project": project,
            "written": [".github/workflows/driftless.yml", ".gitignore", "driftless.yaml", "environments/dev.yaml", "modules/README.md"],
            "kept": [], "made_repository": made_repository,
        })
    };
    let json = |out: &str| serde_json::from_str::<serde_json::Value>(out).unwrap();
    assert_eq!((code, json(&out)), (Some(0), made("outer", true)));
    let head = std::fs::read_to_string(folder.path().join("outer/.git/HEAD")).unwrap();
    assert_eq!(head, "ref: refs/heads/main\n");
    let (code, out, _) = driftless(&folder.path().join("outer"), &["init", "inner", "--output", "json"]);
    assert_eq!((code, json(&out)), (Some(0), made("inner", false)));
    assert!(!folder.path().join("outer/inner/.git").exists());
}

#[test]
fn the_first_branch_is_called_as_git_is_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitconfig"), "[init]\n\tdefaultBranch = trunk\n").unwrap();
    let (code, ..) = driftless(folder.path(), &["init", "shop"]);
    let head = std::fs::read_to_string(folder.path().join("shop/.git/HEAD")).unwrap();
    assert_eq!((code, head.as_str()), (Some(0), "ref: refs/heads/trunk\n"));
}

/// The checks of `doctor` that do not depend on the machine's tools.
fn doctor(folder: &Path) -> Vec<(String, String, String)> {
    let (code, out, err) = driftless(folder, &["doctor", "--output", "json"]);
    assert_eq!(code, Some(0), "{out}{err}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let check = |check: &serde_json::Value| {
        ["subject", "level", "message"].map(|key| check[key].as_str().unwrap().to_owned()).into()
    };
    let checks: Vec<(String, String, String)> = report["checks"].as_array().unwrap().iter().map(check).collect();
    checks
        .into_iter()
        .filter(|(subject, ..)| ["repository", "identity", "environments"].contains(&subject.as_str()))
        .collect()
}

#[test]
fn the_doctor_knows_who_commits_outside_of_a_repository_too() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("shop");
    assert_eq!(driftless(folder.path(), &["init", "shop"]).0, Some(0));
    std::fs::remove_dir_all(project.join(".git")).unwrap();
    let checks = |level: &str, who: &str| {
        [
            ("repository", "warning", "the project lies in no Git repository"),
            ("identity", level, who),
            ("environments", "good", "dev"),
        ]
        .map(|(subject, level, message)| (subject.to_owned(), level.to_owned(), message.to_owned()))
        .to_vec()
    };
    assert_eq!(doctor(&project), checks("warning", "commits will say `ann`"));
    std::fs::write(project.join(".gitconfig"), "[user]\n\tname = Ann\n\temail = ann@shop.example\n").unwrap();
    assert_eq!(doctor(&project), checks("good", "Ann <ann@shop.example>"));
}

#[test]
fn what_is_missing_on_the_command_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(driftless(folder.path(), &["init", "shop"]).0, Some(0));
    let project = folder.path().join("shop");
    let cases: [(&[&str], i32, &str); 9] = [
        (&["drift"], 64, "error: no environment is named\n  help: name some of dev, or say `--all`\n"),
        (&["render", "--out", "o"], 64, "error: no environment is named\n  help: name some of dev, or say `--all`\n"),
        (
            &["plan", "environments/dev.yaml"],
            1,
            "error: there is no environment `environments/dev.yaml` in environments/\n  help: did you mean `dev`?\n",
        ),
        (
            &["plan", "dev.yaml"],
            1,
            "error: there is no environment `dev.yaml` in environments/\n  help: did you mean `dev`?\n",
        ),
        (
            &["validate", "--output", "markdown"],
            64,
            "error: the result of `driftless validate` has no form `markdown`\n  help: it has `human`, `json`, `github`\n",
        ),
        (
            &["status", "--output", "markdown"],
            64,
            "error: the result of `driftless status` has no form `markdown`\n  help: it has `human`, `json`\n",
        ),
        (
            &["plan", "dev", "--output", "github"],
            64,
            "error: the result of `driftless plan` has no form `github`\n  help: it has `human`, `json`, `markdown`\n",
        ),
        (
            &["demo", "x", "--output", "json"],
            64,
            "error: the result of `driftless demo` has no form `json`\n  help: it has `human`\n",
        ),
        (
            &["set", "dev", "web.replicas=2", "--output", "markdown"],
            64,
            "error: the result of `driftless set` has no form `markdown`\n  help: it has `human`, `json`\n",
        ),
    ];
    for (arguments, code, said) in cases {
        assert_eq!(driftless(&project, arguments), (Some(code), String::new(), said.to_owned()), "{arguments:?}");
    }
    assert!(!project.join("x").exists());
}
