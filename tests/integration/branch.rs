//! Branches that are not as one expects: moved in Git, beside others, full of files that are not ours.

use super::support::Project;
use super::support::shop::{BRANCH, FILE, PROJECT, Place, Shop};
use serde_json::{Value as Json, json};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

/// What a report says in short: classes by address, gaps, findings, and its own verdict.
fn short(report: &Json) -> Json {
    let array = |key: &str| report[key].as_array().unwrap().clone();
    let resources: Vec<Json> = array("resources").iter().map(|one| json!([one["address"], one["class"]])).collect();
    let findings: Vec<Json> = array("findings").iter().map(|one| json!([one["code"], one["message"]])).collect();
    json!({
        "resources": resources, "gaps": report["gaps"], "findings": findings, "drifted": report["drifted"],
        "complete": report["complete"],
    })
}

#[test]
fn another_branch_is_pending_and_the_old_one_is_named() {
    for (place, of) in [(Place::Here, "this repository".to_owned()), (Place::Remote, String::new())] {
        let shop = Shop::applied(place);
        let of = if of.is_empty() { format!("file://{}", shop.repository().display()) } else { of };
        let (before, tip) = (shop.branch(), shop.tip());
        shop.project.edit(FILE, "path: deploy/dev}", "path: deploy/dev, branch: production}");
        shop.project.commit("another branch");
        let said = format!(
            "dev was applied to branch {BRANCH} of {of} and goes to branch production now: what is there stays as it is"
        );
        let expected = json!({
            "resources": [["git:deploy/dev/compose/compose.yaml", "pending"], ["git:deploy/dev/edge/compose.yaml", "pending"]],
            "gaps": [], "findings": [["DL0603", said]], "drifted": false, "complete": true,
        });
        assert_eq!(short(&shop.drift(0)), expected);
        let plan = shop.project.run(&["plan", "dev", "--output", "json"]).expect(0).json();
        assert_eq!((&plan["summary"]["create"], &plan["findings"][0]["code"]), (&json!(2), &json!("DL0603")));
        shop.heal();
        let in_sync = json!({"resources": [], "gaps": [], "findings": [], "drifted": false, "complete": true});
        assert_eq!(short(&shop.drift(0)), in_sync);
        assert_eq!((shop.branch(), shop.tip()), (before, tip), "the old branch stays");
        shop.git(&["branch", "-q", "-D", "production"]);
        let gone = short(&shop.drift(2));
        assert_eq!(gone["resources"][0], json!(["git:deploy/dev/compose/compose.yaml", "missing"]));
    }
}

#[test]
fn a_branch_that_stands_in_the_way_is_named_and_nobody_is_blamed() {
    for place in [Place::Here, Place::Folder, Place::Remote] {
        for other in ["driftless", "driftless/dev/more"] {
            let shop = Shop::new(place);
            let tree = shop.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
            let identity = ["-c", "user.name=Eve", "-c", "user.email=eve@shop.example"];
            let commit = shop.git(&[&identity[..], &["commit-tree", "-m", "theirs", tree.trim()]].concat());
            shop.git(&["branch", other, commit.trim()]);
            let run = shop.project.run(&["apply", "dev", "--yes", "--quiet"]).expect(1);
            let line = |path: &str| {
                format!(
                    "error: create git:deploy/dev/{path}/compose.yaml: branch `{BRANCH}` cannot be made while there is a branch `{other}`\n  \
                     help: rename or delete that branch, or set `git.branch`\n"
                )
            };
            assert_eq!(run.err, line("compose") + &line("edge"), "{place:?} {other}");
            shop.git(&["branch", "-q", "-D", other]);
            shop.heal();
        }
    }
}

#[test]
fn a_file_whose_name_is_no_text_is_seen() {
    let shop = Shop::applied(Place::Here);
    shop.by_hand("a name of other times", |folder| {
        let name = |bytes: &'static [u8]| folder.join("deploy/dev/compose").join(OsStr::from_bytes(bytes));
        std::fs::write(name(b"caf\xe9.txt"), "x").unwrap();
        std::fs::create_dir(name(b"d\xe9p\xf4t")).unwrap();
        std::fs::write(name(b"d\xe9p\xf4t/inner"), "y").unwrap();
    });
    let before = shop.git(&["ls-tree", "-r", BRANCH]);
    let expected = json!({
        "resources": [
            ["git:deploy/dev/compose/caf\\351.txt", "unmanaged"], ["git:deploy/dev/compose/d\\351p\\364t/inner", "unmanaged"],
        ],
        "gaps": [], "findings": [], "drifted": false, "complete": true,
    });
    assert_eq!(short(&shop.drift(0)), expected);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.commit("another");
    shop.heal();
    let foreign =
        |listed: &str| listed.lines().filter(|line| line.contains('\\')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(foreign(&shop.git(&["ls-tree", "-r", BRANCH])), foreign(&before));
    assert_eq!(foreign(&before).len(), 2);
}

/// Adds files to the branch, all with one content, as somebody else.
fn crowd(shop: &Shop, count: usize) {
    let mut stream = format!(
        "blob\nmark :1\ndata 1\nx\ncommit refs/heads/{BRANCH}\ncommitter Hal Hand <hal@shop.example> 1800000000 +0000\ndata 5\ncrowd\n\
         from refs/heads/{BRANCH}^0\n"
    );
    for at in 0..count {
        stream.push_str(&format!("M 100644 :1 deploy/dev/compose/crowd/{at:05}\n"));
    }
    let mut command = std::process::Command::new("git");
    let mut import =
        command.args(["fast-import", "--quiet"]).current_dir(shop.repository()).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut import.stdin.take().unwrap(), stream.as_bytes()).unwrap();
    assert!(import.wait().unwrap().success());
}

#[test]
fn files_beyond_the_limit_are_a_gap_and_no_emptiness() {
    let shop = Shop::applied(Place::Here);
    crowd(&shop, 10_003);
    let report = shop.drift(3);
    let reason =
        "more than 10000 files in deploy/dev/compose are not ours: this one and those after it were not looked at";
    assert_eq!(report["gaps"], json!([{"address": "git:deploy/dev/compose/crowd/10000", "reason": reason}]));
    assert_eq!((&report["complete"], &report["drifted"]), (&json!(false), &json!(false)));
    let summary = &report["summary"];
    assert_eq!(
        (&summary["unmanaged"], &summary["in_sync"], &summary["unknown"]),
        (&json!(10_000), &json!(2), &json!(1))
    );
    // Limited to ours, nothing is left out.
    shop.project.run(&["drift", "dev", "--only", "git:deploy/dev/compose/compose.yaml"]).expect(0);
}

const OVERRIDE: &str = "# {{ environment }} by hand\n";

#[test]
fn a_template_of_the_project_is_part_of_the_revision() {
    let shop = Shop::new(Place::Here);
    let revision = || shop.project.run(&["plan", "dev", "--output", "json"]).expect(0).json()["revision"].clone();
    let clean = revision();
    // Of a target that nothing goes to.
    shop.project.write("templates/helm/NOTES.txt.j2", "x\n");
    assert_eq!(revision(), clean);
    shop.project.write("templates/compose/header.txt", OVERRIDE);
    let dirty = revision();
    assert_eq!((&dirty["dirty"], &dirty["commit"]), (&json!(true), &clean["commit"]));
    assert_ne!(dirty["digest"], clean["digest"]);
    let commit = shop.project.commit("a header");
    assert_eq!(revision(), json!({"commit": commit, "dirty": false, "digest": dirty["digest"]}));
    std::fs::remove_file(shop.project.at("templates/compose/header.txt")).unwrap();
    assert_eq!(revision()["digest"], clean["digest"]);
}

#[test]
fn an_environment_file_behind_a_link_is_edited_where_it_lies() {
    let shop = Shop::new(Place::Here);
    let text = shop.project.read(FILE);
    shop.project.write("shared/dev.yaml", &text);
    std::fs::remove_file(shop.project.at(FILE)).unwrap();
    std::os::unix::fs::symlink("../shared/dev.yaml", shop.project.at(FILE)).unwrap();
    shop.project.run(&["set", "dev", "api.image=ghcr.io/shop/api:1.5.0"]).expect(0);
    assert_eq!(std::fs::read_link(shop.project.at(FILE)).unwrap().to_str(), Some("../shared/dev.yaml"));
    assert_eq!(shop.project.read("shared/dev.yaml"), text.replace("api:1.4.2", "api:1.5.0"));
}

const DISK: &str = "\
apiVersion: driftless/v1
kind: Module
name: box
version: 0.1.0
description: A container with a disk.
inputs:
  disk: {type: quantity, default: 1Gi, docs: Its size.}
";
const DISK_MODEL: &str = "\
workloads:
  main:
    kind: stateful
    containers:
      {{ component }}:
        image: ghcr.io/shop/box:1.0.0
        resources: {cpu: {request: 100m}}
        mounts: {data: /data}
    volumes:
      data: {size: {{ inputs.disk }}}
";

#[test]
fn what_is_lost_is_said_whatever_the_module_calls_its_inputs() {
    let environment = "apiVersion: driftless/v1\nkind: Environment\nname: dev\ntarget: compose\ncomponents:\n  box: {module: box, with: {disk: 3Gi}}\n";
    let files = [
        ("driftless.yaml", PROJECT),
        ("modules/box/module.yaml", DISK),
        ("modules/box/model.yaml.j2", DISK_MODEL),
        (FILE, environment),
    ];
    let project = Project::with(&files);
    let plan = project.run(&["plan", "dev", "--output", "json"]).expect(0).json();
    let loss = |message: &str| {
        let source = json!({"file": FILE, "line": 6, "column": 3});
        json!({"code": "DL0449", "severity": "note", "message": format!("box (compose): {message}"), "source": source})
    };
    let expected = [
        loss("a volume of the engine has no size: it takes what the machine's disk has"),
        loss("an engine reserves no CPU: what is asked for has no effect, only the limit has"),
    ];
    assert_eq!(plan["losses"], json!(expected));
}
