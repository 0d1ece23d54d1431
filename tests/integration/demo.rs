//! `driftless demo`, and the repository as the project that it is.

use crate::docs::compare;
use crate::support::cases::root;
use crate::support::engine::Engine;
use crate::support::transcript::{run, run_on, stable};

/// What is printed, without what changes from run to run.
fn printed(folder: &std::path::Path, commands: &[&str]) -> Vec<String> {
    let here = folder.canonicalize().unwrap();
    run(folder, commands).iter().map(|text| stable(text).replace(here.to_str().unwrap(), "<folder>")).collect()
}

#[test]
fn the_demo_shows_the_whole_loop_and_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let shown = printed(
        folder.path(),
        &[
            "driftless demo \"$PWD/shop\"",
            "echo $?",
            "driftless demo shop",
            "echo $?",
            "git -C shop status --porcelain",
            "driftless demo relative >/dev/null 2>&1; echo $?",
            "ls -A relative; git -C relative worktree list | wc -l",
            "driftless -C relative set shop api.replicas=3 && driftless -C relative apply shop --yes >/dev/null 2>&1; echo $?",
        ],
    );
    compare("tests/golden/demo/output.txt", &shown[0], str::to_owned);
    assert_eq!(
        shown[1..],
        [
            "0\n",
            "error: ./shop is not empty\n  help: name another folder, or none\n",
            "1\n",
            "?? out/\n",
            "0\n",
            ".driftless\n.git\ndriftless.yaml\nenvironments\nout\n1\n",
            "environments/shop.yaml:25:17: api.replicas: (nothing) -> 3\n0\n",
        ]
    );
}

#[test]
fn the_demo_on_docker_shows_the_whole_loop_and_nothing_is_left_of_it_afterwards() {
    // Of its own: the demo's names are the same for everybody.
    let engine = Engine::own(&[]);
    engine.redis_image("redis:7.4.2");
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        "driftless demo --backend docker \"$PWD/shop\"",
        "echo $?",
        "docker ps --quiet | wc -l",
        "driftless -C shop destroy cache --delete-data --yes >/dev/null 2>&1; echo $?",
        "docker ps --all --quiet; docker volume ls --quiet; docker network ls --quiet --filter type=custom",
        "DOCKER_HOST=unix:///nowhere/docker.sock driftless demo --backend docker other 2>&1 | sed 's/: .*daemon/: the daemon/'; ls other",
    ];
    let here = folder.path().canonicalize().unwrap();
    let shown = run_on(&engine, folder.path(), &commands);
    compare(
        "tests/golden/demo/docker.txt",
        &stable(&shown[0]).replace(here.to_str().unwrap(), "<folder>"),
        str::to_owned,
    );
    let unreachable = "error: docker version: the daemon running?\n  help: the demo needs a docker that works\n";
    assert_eq!(shown[1..], ["0\n", "6\n", "0\n", "", unreachable]);
}

#[test]
fn the_repository_is_itself_a_project() {
    let folder = tempfile::tempdir().unwrap();
    let root = root().display();
    let copied = format!("cp -r {root}/driftless.yaml {root}/environments {root}/modules .");
    let commit = "git init -q && git add driftless.yaml environments modules && git commit -q -m all";
    let shown =
        printed(folder.path(), &[&copied, commit, "driftless plan demo", "echo $?", "driftless module test; echo $?"]);
    assert_eq!(shown[..2], ["", ""]);
    compare("tests/golden/demo/plan.txt", &shown[2], str::to_owned);
    assert_eq!(shown[3], "0\n");
    assert!(shown[4].ends_with(" passed, 0 failed\n0\n"), "{}", shown[4]);
}
