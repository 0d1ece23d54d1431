//! Foreign validators judge every case of every module and every environment of the repository.

use crate::support::Project;
use crate::support::cases::{self, RenderedCase, root};
use crate::support::tools::{end, succeed, text, tool};
use std::sync::Mutex;

mod ansible;
mod chart;
mod terraform;

/// A folder with a folder for each case of a kind.
fn written(kind: &str) -> (tempfile::TempDir, Vec<RenderedCase>) {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases::rendered(kind);
    for case in &cases {
        case.write(&folder.path().join(&case.folder));
    }
    (folder, cases)
}

/// What is wrong with each case, found on two threads; nothing must be.
#[track_caller]
fn none_is_wrong<T: Sync>(items: &[T], judge: impl Fn(&T) -> Vec<String> + Sync) {
    let wrong = Mutex::new(Vec::new());
    let next = Mutex::new(items.iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(item) = next.lock().unwrap().next() else { return };
                    let found = judge(item);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a part results in; how long it took is printed.
fn took<T>(part: &str, work: impl FnOnce() -> T) -> T {
    let begin = std::time::Instant::now();
    let result = work();
    eprintln!("{part}: {:.1} s", begin.elapsed().as_secs_f64());
    result
}

/// What a tool says where it does not succeed.
fn complaint(name: &str, command: &mut std::process::Command) -> Vec<String> {
    let output = end(command);
    if output.status.success() {
        Vec::new()
    } else {
        vec![format!("{name}: {}{}", text(&output.stdout), text(&output.stderr))]
    }
}

#[test]
fn compose_reads_every_file() {
    let (folder, cases) = written("compose");
    none_is_wrong(&cases, |case| {
        let at = folder.path().join(&case.folder);
        complaint(&case.name, tool("docker-compose", &at).args(["-f", "compose.yaml", "config", "-q"]))
    });
}

#[test]
fn helm_lints_every_chart_and_renders_it() {
    let (folder, cases) = written("helm");
    let charts = cases.iter().map(|case| case.folder.as_str());
    succeed(tool("helm", folder.path()).args(["lint", "--strict", "--quiet"]).args(charts));
    let objects = folder.path().join("objects");
    std::fs::create_dir(&objects).unwrap();
    none_is_wrong(&cases, |case| {
        let mut template = tool("helm", &folder.path().join(&case.folder));
        let output = end(template.args(["template", "case", ".", "--namespace", "shop"]));
        std::fs::write(objects.join(format!("{}.yaml", case.folder)), &output.stdout).unwrap();
        if output.status.success() { Vec::new() } else { vec![format!("{}: {}", case.name, text(&output.stderr))] }
    });
    let files: Vec<_> = cases.iter().map(|case| format!("{}.yaml", case.folder)).collect();
    for version in ["1.28", "1.32", "1.34"] {
        succeed(tool("kubernetes-validate", &objects).args(["--strict", "-k", version]).args(&files));
    }
}

#[test]
fn workflows_are_valid() {
    let folder = root().join(".github/workflows");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "there is no workflow");
    succeed(tool("actionlint", root()).args(&files));
    let project = Project::new();
    project.run(&["init", "."]).expect(0);
    let written = std::fs::read_dir(project.at(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    succeed(tool("actionlint", project.path()).args(written.collect::<Vec<_>>()));
}
