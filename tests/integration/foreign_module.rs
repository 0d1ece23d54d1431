//! A module of a shape that nobody thought of when the program was written: all four targets, the tools that read them, and drift.
//!
//! It lies in `tests/modules`, knows nothing of the program's source, and the source nothing of it.

use crate::support::cases::root;
use crate::support::tools::{succeed, tool};
use crate::support::{Project, Run};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};

const ENVIRONMENT: &str = "\
apiVersion: driftless/v1
kind: Environment
target: KIND
targets:
  KIND: {SETTINGS}
git: {path: deploy}
secrets: {relay-token: {env: RELAY_TOKEN}}
components:
  mail:
    module: mailroom
    with:
      image: registry.example/mail/relay:5.0.1
      domains: [a.example, b.example]
      banner: greetings-from-the-harbour
      retries: {soft: 7}
      token: \"${secret.relay-token}\"
      host: mail.a.example
      REPLICAS
  shop:
    module: service
    with:
      image: registry.example/shop/web:1.0.0
      env: {MAIL: \"${mail.smtp}\", RELAYS: \"${mail.members}\", PAGE: \"${mail.page}\"}
";
const FILE: &str = "environments/dev.yaml";
const BRANCH: &str = "driftless/dev";
const TOKEN: &str = "a-token-that-nobody-may-see";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { fs::copy(entry.path(), to).map(|_| ()).unwrap() }
    }
}

/// A project that has the module and an environment with it on one instance of a kind.
fn project(kind: &str, settings: &str, replicas: &str) -> Project {
    let text = ENVIRONMENT.replace("KIND", kind).replace("SETTINGS", settings).replace("REPLICAS", replicas);
    let project = Project::new();
    project.write("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n");
    project.write(FILE, text);
    copy(&root().join("tests/modules"), &project.at("modules"));
    project.commit("start");
    project
}

fn run(project: &Project, arguments: &[&str]) -> Run {
    let mut command = project.command(arguments);
    crate::support::project::run(command.env("RELAY_TOKEN", TOKEN))
}

/// The files below a folder, with their texts.
fn texts(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_name() == ".git" {
            continue;
        }
        if entry.path().is_dir() {
            texts(&entry.path(), found);
        } else {
            found.push((entry.path(), fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// Changes the banner on the branch by hand; how many files of it had it.
fn edit_branch(project: &Project) {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    project.git(&["worktree", "add", "-q", live.to_str().unwrap(), BRANCH]);
    let mut files = Vec::new();
    texts(&live, &mut files);
    assert!(files.iter().all(|(_, text)| !text.contains(TOKEN)), "the secret is in the branch");
    let with_banner: Vec<_> = files.iter().filter(|(_, text)| text.contains("greetings-from-the-harbour")).collect();
    let (path, text) = with_banner.first().expect("the banner is in the branch");
    fs::write(path, text.replacen("greetings-from-the-harbour", "farewell", 1)).unwrap();
    crate::support::project::git_in(
        &live,
        &["-c", "user.name=Hal", "-c", "user.email=hal@a.example", "commit", "-qam", "louder"],
    );
    project.git(&["worktree", "remove", "--force", live.to_str().unwrap()]);
}

/// Validates, renders, applies, meddles, reports and heals.
fn whole_loop(kind: &str, settings: &str, replicas: &str, judge: &dyn Fn(&Path)) {
    let project = project(kind, settings, replicas);
    run(&project, &["module", "test", "mailroom"]).expect(0);
    run(&project, &["validate", "dev"]).expect(0);
    let out = tempfile::tempdir().unwrap();
    run(&project, &["render", "dev", "--out", out.path().to_str().unwrap()]).expect(0);
    judge(&out.path().join("dev").join(kind));

    run(&project, &["apply", "dev", "--yes"]).expect(0);
    nothing_to_do(&project);

    edit_branch(&project);
    let report = run(&project, &["drift", "dev", "--output", "json"]).expect(2).json();
    drift_is_the_banner(kind, &project, &report);
    run(&project, &["apply", "dev", "--yes"]).expect(0);
    nothing_to_do(&project);
}

fn nothing_to_do(project: &Project) {
    let plan = run(project, &["plan", "dev", "--detailed-exitcode", "--output", "json"]).expect(0).json();
    let changes = plan["changes"].as_array().unwrap();
    assert!(!changes.is_empty() && changes.iter().all(|change| change["action"] == "keep"), "{plan:#}");
    run(project, &["drift", "dev"]).expect(0);
}

fn drift_is_the_banner(kind: &str, project: &Project, report: &Json) {
    let resources = report["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 1, "{kind}: {report:#}");
    let fields = resources[0]["fields"].as_array().unwrap();
    assert_eq!((&resources[0]["class"], fields.len()), (&json!("changed"), 1), "{kind}: {report:#}");
    let text = project.read(FILE);
    let line = text.lines().position(|line| line.contains("banner: ")).unwrap() + 1;
    let source = &fields[0]["source"];
    let expected = json!([FILE, line, "      banner: ".len() + 1]);
    assert_eq!(json!([source["file"], source["line"], source["column"]]), expected, "{kind}: {report:#}");
    let (declared, live) = (fields[0]["declared"].to_string(), fields[0]["live"].to_string());
    assert!(declared.contains("greetings-from-the-harbour") && live.contains("farewell"), "{kind}: {report:#}");
}

#[test]
fn compose_takes_a_module_of_any_shape() {
    whole_loop("compose", "", "replicas: 2", &|at| {
        succeed(tool("docker-compose", at).args(["-f", "compose.yaml", "config", "-q"]).env("RELAY_TOKEN", TOKEN));
    });
}

#[test]
fn helm_takes_a_module_of_any_shape() {
    whole_loop("helm", "namespace: shop", "replicas: 3\n      node_port: 30525", &|at| {
        succeed(tool("helm", at).args(["lint", "--strict", "--quiet", "."]));
        let objects = succeed(tool("helm", at).args(["template", "case", ".", "--namespace", "shop"]));
        fs::write(at.join("objects.yaml"), objects).unwrap();
        succeed(tool("kubernetes-validate", at).args(["--strict", "-k", "1.34", "objects.yaml"]));
    });
}

#[test]
fn terraform_takes_a_module_of_any_shape() {
    for settings in ["platform: docker", "platform: kubernetes, namespace: shop"] {
        whole_loop("terraform", settings, "replicas: 2", &|at| {
            succeed(tool("terraform", at).args(["fmt", "-check", "-diff", "-recursive", "."]));
        });
    }
}

#[test]
fn ansible_takes_a_module_of_any_shape() {
    whole_loop("ansible", "runtime: container", "replicas: 1", &|at| {
        succeed(tool("ansible-playbook", at).args(["-i", "localhost,", "--syntax-check", "site.yml"]));
    });
}
