//! `driftless demo`, and the repository as the project that it is.

use crate::docs::compare;
use crate::support::cases::root;
use crate::support::transcript::{run, stable};

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
