//! `driftless doctor` where environments are applied to engines.

use crate::support::Project;
use crate::support::engine::Engine;
use crate::support::project::run;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// What `doctor` says of engines and Compose where an environment is applied there, and how it ends.
fn needs(project: &Project, lend: impl FnOnce(&mut Command)) -> (Option<i32>, Vec<[String; 3]>) {
    let mut command = project.command(&["doctor", "--output", "json"]);
    lend(&mut command);
    let ended = run(&mut command);
    let text =
        |check: &serde_json::Value| ["subject", "level", "message"].map(|key| check[key].as_str().unwrap().to_owned());
    let report = ended.json();
    let checks = report["checks"].as_array().unwrap().iter().map(text);
    (ended.code, checks.filter(|[subject, ..]| ["engine", "docker compose"].contains(&subject.as_str())).collect())
}

#[test]
fn the_doctor_looks_at_engines_where_an_environment_is_applied_to_one() {
    let environment = |apply: &str| {
        format!(
            "apiVersion: driftless/v1\nkind: Environment\ntarget: compose\ntargets: {{compose: {{apply: {apply}}}}}\n\
             components: {{cache: {{module: redis}}}}\n"
        )
    };
    let project = Project::with(&[
        ("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n"),
        ("environments/dev.yaml", &environment("git")),
    ]);
    let nothing = |_: &mut Command| {};
    assert_eq!(needs(&project, nothing), (Some(0), vec![]), "nobody needs an engine");
    project.write("environments/dev.yaml", environment("docker"));
    project.write("environments/prod.yaml", environment("docker"));
    project.write("environments/wrong.yaml", "kind: Environment\n");

    for (engine, version, compose) in
        [(Engine::shared(), "28.5.2", "5.5.0"), (Engine::oldest(), "20.10.24+dfsg1", "2.39.4")]
    {
        let (code, found) = needs(&project, |command| _ = engine.lend(command));
        let expected =
            [["engine", "good", &format!("{version} at {}", engine.host())], ["docker compose", "good", compose]];
        assert_eq!((code, found), (Some(0), expected.map(|check| check.map(str::to_owned)).to_vec()));
    }

    let folder = tempfile::tempdir().unwrap();
    let old = "#!/bin/sh\necho v2.20.0\n";
    std::fs::write(folder.path().join("docker"), old).unwrap();
    std::fs::set_permissions(folder.path().join("docker"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let (code, found) = needs(&project, |command| _ = command.env("PATH", folder.path()));
    let expected = [
        [
            "engine",
            "error",
            "cannot connect to the engine unix:///nowhere/docker.sock: Socket not found: /nowhere/docker.sock",
        ],
        ["docker compose", "error", "docker compose v2.20.0 is too old: 2.23.1 is the oldest that can do it"],
    ];
    assert_eq!((code, found), (Some(1), expected.map(|check| check.map(str::to_owned)).to_vec()));
}
