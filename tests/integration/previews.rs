//! Environments of pull requests: what must hold wherever they run, here on a folder of small files, and what the commands say.

mod docker;
mod place;
mod scenarios;
mod shop;

use crate::support::Project;
use crate::support::engine::Engine;
use docker::Docker;
use place::Memory;
use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use serde_json::json;
use std::process::Command;

#[test]
fn every_scenario_holds_in_memory() {
    scenarios::ALL.par_iter().for_each(|(name, scenario)| {
        eprintln!("{name}");
        scenario(&Memory);
    });
}

/// What says to a process of this test that it was started by another one, with the engine's programs before all others.
const LENT: &str = "DRIFTLESS_TEST_LENT_ENGINE";

#[test]
fn every_scenario_holds_on_an_engine() {
    if std::env::var_os(LENT).is_none() {
        let engine = Engine::shared();
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "previews::every_scenario_holds_on_an_engine", "--nocapture"]);
        engine.lend(&mut again).env(LENT, "1").env("DRIFTLESS_TEST_DOCKER", engine.host());
        let output = again.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let out = text(&output.stdout);
        assert!(output.status.success() && out.contains(" 1 passed;"), "{out}\n{}", text(&output.stderr));
        return;
    }
    scenarios::ALL.par_iter().enumerate().for_each(|(number, (name, scenario))| {
        eprintln!("{name}");
        scenario(&Docker::new(number));
    });
}

const PROJECT: &str = "apiVersion: driftless/v1\nkind: Project\nname: shop\n";

fn project(preview: &str) -> Project {
    let file = format!(
        "apiVersion: driftless/v1\nkind: Environment\ntargets: {{compose: {{apply: memory}}, files: {{kind: compose, apply: git}}}}\ntarget: compose\n\
         components:\n  api: {{module: service, with: {{image: \"api:1\"}}}}\n{preview}"
    );
    Project::with(&[("driftless.yaml", PROJECT), ("environments/dev.yaml", &file)])
}

#[test]
fn nothing_is_done_unasked_and_wrong_usage_is_said_to_be_that() {
    let project = project("preview: {target: compose}\n");
    let asked =
        "error: this changes something, and there is no terminal to ask on: nothing was changed\n  help: say `--yes`\n";
    let up = project.run(&["preview", "up", "dev", "--number", "1"]).expect(64);
    assert!(up.out.is_empty() && up.err.ends_with(asked), "{}", up.err);
    assert_eq!(project.run(&["preview", "list"]).expect(0).out, "there are no previews\n");
    project.run(&["preview", "up", "dev", "--number", "1", "--yes"]).expect(0);
    let down = project.run(&["preview", "down", "dev", "--number", "1"]).expect(64);
    assert!(down.out.is_empty() && down.err.ends_with(asked), "{}", down.err);
    assert_eq!(project.run(&["preview", "reap"]).expect(0).out, "nothing to take away, 1 preview in use\n");
    let usage: [&[&str]; 5] = [
        &["preview", "up", "dev"],
        &["preview", "up", "dev", "--number", "0"],
        &["preview", "up", "dev", "--number", "x"],
        &["preview", "up", "dev", "--number", "2", "--branch", ""],
        &["preview", "up", "dev", "--number", "2", "--sha", "HEAD"],
    ];
    for arguments in usage {
        assert_eq!(project.run(arguments).expect(64).out, "", "{arguments:?}");
    }
    for arguments in [["preview", "up", "dav", "--number", "2"], ["preview", "down", "dav", "--number", "2"]] {
        let refused = project.run(&arguments).expect(1);
        let error = "error: there is no environment `dav` in environments/\n  help: did you mean `dev`?\n";
        assert_eq!((refused.out.as_str(), refused.err.as_str()), ("", error));
    }
    let down = project.run(&["preview", "down", "dev", "--number", "1", "--yes", "--quiet"]).expect(0);
    assert_eq!((down.out.as_str(), down.err.as_str()), ("dev-pr-1  2 removed, nothing with its mark is left\n", ""));
}

#[test]
fn a_file_that_says_nothing_of_previews_has_none() {
    let project = project("");
    let refused = project.run(&["preview", "up", "dev", "--number", "1", "--yes"]).expect(1);
    let error = "error[DL0216]: `environments/dev.yaml` says nothing of previews\n --> environments/dev.yaml:1:1\n";
    assert!(refused.err.starts_with(error), "{}", refused.err);
    assert_eq!(project.run(&["preview", "list"]).expect(0).out, "there are no previews\n");
    // Outside of previews nothing of them is asked.
    project.run(&["validate"]).expect(0);
}

#[test]
fn a_preview_that_is_only_written_to_a_branch_says_that_it_has_no_url() {
    let project = project("preview: {target: files, ttl: 1h}\n");
    let report = project
        .run(&["preview", "up", "dev", "--number", "1", "--yes", "--quiet", "--output", "json"])
        .expect(0)
        .json();
    let note =
        "there is no URL: its files are on branch driftless/dev-pr-1, and whoever applies that branch brings it up";
    assert_eq!((&report["note"], &report["endpoints"]), (&json!(note), &json!([])));
    assert_eq!(
        project.git(&["ls-tree", "-r", "--name-only", "driftless/dev-pr-1"]),
        ".driftless-manifest\nfiles/compose.yaml\n"
    );
    let listed = project.run(&["preview", "list", "--output", "json"]).expect(0).json();
    assert_eq!(
        (&listed["previews"][0]["name"], &listed["previews"][0]["resources"]),
        (&json!("dev-pr-1"), &json!(null))
    );
    project.run(&["preview", "down", "dev", "--number", "1", "--yes"]).expect(0);
    assert_eq!(project.git(&["ls-tree", "-r", "--name-only", "driftless/dev-pr-1"]), "");
}

#[test]
fn what_a_file_says_of_previews_is_checked_with_the_rest_of_it() {
    let project =
        project("preview: {target: compose, url: \"https://${var.domian}\", with: {api: {imagee: \"x:1\"}}}\n");
    let said = project.run(&["validate", "dev", "--output", "json"]).expect(1).json();
    let codes: Vec<_> =
        said["diagnostics"].as_array().unwrap().iter().map(|one| (&one["code"], &one["line"])).collect();
    assert_eq!(codes, [(&json!("DL0205"), &json!(7)), (&json!("DL0102"), &json!(7))]);
}
