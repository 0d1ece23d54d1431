//! Nothing is deleted, overwritten or changed that nobody asked for; what is asked for goes back and forth through the history.

use super::support::Project;
use super::support::report::assert_report;
use super::support::shop::{API, BRANCH, Branch, FILE, PROJECT, Place, Shop, WORKER};
use serde_json::{Value as Json, json};

const ANN: &str = "Ann Author <ann@shop.example>";
const HELP_YES: &str =
    "error: this changes something, and there is no terminal to ask on: nothing was changed\n  help: say `--yes`\n";

/// Takes all components out of the environment.
fn empty(shop: &Shop) {
    let text = shop.project.read(FILE);
    let (head, _) = text.split_once("components:").unwrap();
    shop.project.write(FILE, format!("{head}components: {{}}\n"));
    shop.project.commit("nothing left");
}

fn foreign(branch: &mut Branch, path: &str, text: &str) {
    branch.insert(path.to_owned(), ("100644".into(), text.into()));
}

#[test]
fn a_render_over_a_newer_manifest_writes_and_removes_nothing() {
    let shop = Shop::new(Place::Here);
    shop.project.run(&["render", "dev", "--out", "out"]).expect(0);
    let manifest = "out/dev/.driftless-render.json";
    shop.project.edit(manifest, "\"1.0\"", "\"2.0\"");
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    let before = shop.project.read("out/dev/compose/compose.yaml");
    let run = shop.project.run(&["render", "dev", "--out", "out"]).expect(1);
    let reason = "it has format 2.0, and this driftless reads 1.0 at most; remove it, and nothing that was rendered before is cleaned up";
    assert_eq!(run.err, format!("error: read `{manifest}`: {reason}\n").replace("`out", "`./out"));
    assert_eq!(shop.project.read("out/dev/compose/compose.yaml"), before);
}

#[test]
fn an_environment_that_became_empty_deletes_nothing() {
    let shop = Shop::applied(Place::Here);
    let (before, tip) = (shop.branch(), shop.tip());
    empty(&shop);
    let expected = "error: dev declares nothing any more, and 2 things of it are there: nothing is deleted unasked [DL0506]\n  \
                    help: if that is meant: `--allow-empty`, or `driftless destroy dev`\n";
    for command in
        [&["apply", "dev", "--yes"][..], &["plan", "dev"], &["plan", "dev", "--out", "saved.plan"], &["apply", "dev"]]
    {
        let refused = shop.project.run(command).expect(1);
        assert_eq!((refused.out.as_str(), refused.err.as_str()), ("", expected), "{command:?}");
    }
    assert!(!shop.project.at("saved.plan").exists());
    assert_eq!((shop.branch(), shop.tip()), (before, tip));
    let drift = shop.drift(0);
    assert_eq!((&drift["summary"]["pending"], &drift["drifted"]), (&json!(2), &json!(false)));
    shop.project.run(&["apply", "dev", "--yes", "--allow-empty"]).expect(0);
    assert_eq!(shop.branch(), Branch::new());
    shop.nothing_to_do();
}

#[test]
fn no_more_is_deleted_than_is_allowed() {
    let shop = Shop::applied(Place::Here);
    let tip = shop.tip();
    empty(&shop);
    let refused = shop.project.run(&["apply", "dev", "--yes", "--allow-empty", "--max-deletions", "1"]).expect(1);
    let expected = format!(
        "error: 2 deletions, and 1 are allowed in one apply [DL0505]\n  \
         help: among them git:{API}, git:{WORKER}; if that is meant: `--max-deletions 2`\n"
    );
    assert_eq!(refused.err, expected);
    // What the environment allows holds, unless the command line says more.
    let text = shop.project.read(FILE);
    shop.project.write(FILE, text + "policy: {deletions: {max: 1}}\n");
    assert_eq!(shop.project.run(&["apply", "dev", "--yes", "--allow-empty"]).expect(1).err, expected);
    assert_eq!(shop.tip(), tip);
    shop.project.run(&["apply", "dev", "--yes", "--allow-empty", "--max-deletions", "2"]).expect(0);
    assert_eq!(shop.branch(), Branch::new());
}

/// Names that look like ours, that a careless pattern would match, or that a shell or Git writes in another way.
const FOREIGN: &[&str] = &[
    "deploy/dev/compose/compose.yml",
    "deploy/dev/compose/compose.yaml.orig",
    "deploy/dev/compose/.driftless.json",
    "deploy/dev/compose/-rf",
    "deploy/dev/edge/a b\tc.yaml",
    "deploy/dev/edge/größe 日本 🦀.yaml",
    "deploy/dev/edge/*",
    "deploy/dev/edge/%2e%2e",
    "deploy/dev/edge/\"quoted\".yaml",
    "deploy/dev/edge/nested/compose.yaml",
    "deploy/dev/other/compose.yaml",
    "deploy/dev/compose.yaml",
    "deploy/dev/.driftless.json",
    "deploy/.driftless-manifest",
    "deploy/devil/compose/compose.yaml",
    "compose/compose.yaml",
    ".driftless-manifest",
    ".driftless/state/store.json",
];

#[test]
fn foreign_files_stay_whatever_they_are_called() {
    let shop = Shop::applied(Place::Here);
    shop.by_hand("mine", |at| {
        for path in FOREIGN {
            let path = at.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "mine\n").unwrap();
        }
    });
    let ours = shop.files();
    let drift = shop.drift(0);
    let told: Vec<&Json> = drift["resources"].as_array().unwrap().iter().map(|one| &one["class"]).collect();
    // Those in the folders of our targets are told of, and none is drift.
    let beside =
        FOREIGN.iter().filter(|path| path.starts_with("deploy/dev/compose/") || path.starts_with("deploy/dev/edge/"));
    assert_eq!(told, vec![&json!("unmanaged"); beside.count()]);
    shop.nothing_to_do();
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.heal();
    let mut expected = ours.clone();
    expected.get_mut(API).unwrap().1 = ours[API].1.replace("LOG_LEVEL: info", "LOG_LEVEL: warn");
    assert_eq!(shop.files(), expected);
    shop.project.run(&["destroy", "dev", "--yes"]).expect(0);
    let mut left = Branch::new();
    FOREIGN.iter().for_each(|path| foreign(&mut left, path, "mine\n"));
    assert_eq!(shop.branch(), left);
}

#[test]
fn a_file_that_stands_where_ours_would_go_is_not_overwritten() {
    let shop = Shop::applied(Place::Here);
    shop.project.run(&["destroy", "dev", "--yes"]).expect(0);
    shop.by_hand("mine", |at| {
        std::fs::create_dir_all(at.join("deploy/dev/compose")).unwrap();
        std::fs::write(at.join(API), "mine\n").unwrap();
    });
    let before = shop.branch();
    let refused = shop.project.run(&["apply", "dev", "--yes", "--quiet"]);
    assert_ne!(refused.code, Some(0), "{}", refused.out);
    assert_eq!(shop.branch()[API], before[API], "{}", refused.err);
    shop.project.run(&["apply", "dev", "--yes", "--adopt"]).expect(0);
    assert_ne!(shop.branch()[API], before[API]);
    shop.nothing_to_do();
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_changed() {
    let shop = Shop::new(Place::Here);
    let references = shop.git(&["for-each-ref"]);
    assert_eq!(shop.project.run(&["apply", "dev"]).expect(64).err, HELP_YES);
    assert_eq!(shop.git(&["for-each-ref"]), references);
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.commit("quieter");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    let references = shop.git(&["for-each-ref"]);
    for command in [&["destroy", "dev"][..], &["rollback", "dev"], &["rollback", "dev", "--to", "1"]] {
        assert_eq!(shop.project.run(command).expect(64).err, HELP_YES, "{command:?}");
    }
    assert_eq!(shop.git(&["for-each-ref"]), references);
    shop.nothing_to_do();
}

#[test]
fn destroy_works_without_the_environment_file_and_removes_only_ours() {
    for place in [Place::Here, Place::Remote] {
        let shop = Shop::applied(place);
        shop.by_hand("mine", |at| std::fs::write(at.join("deploy/dev/compose/notes.txt"), "mine\n").unwrap());
        std::fs::remove_file(shop.project.at(FILE)).unwrap();
        shop.project.commit("gone");
        let report = shop.project.run(&["destroy", "dev", "--yes", "--output", "json"]).expect(0).json();
        assert_eq!(
            report["summary"],
            json!({"create": 0, "update": 0, "replace": 0, "restart": 0, "delete": 2, "keep": 0, "unknown": 0})
        );
        let mut left = Branch::new();
        foreign(&mut left, "deploy/dev/compose/notes.txt", "mine\n");
        assert_eq!(shop.branch(), left);
        // Nothing is known of it any more, except what happened.
        let again = shop.project.run(&["destroy", "dev", "--yes"]).expect(1);
        assert_eq!(
            again.err,
            "error: there is no environment `dev` in environments/\n  help: there is none yet: `driftless init` makes one\n"
        );
        let history = shop.project.run(&["history", "dev", "--output", "json"]).expect(0).json();
        let why: Vec<&Json> = history["entries"].as_array().unwrap().iter().map(|entry| &entry["why"]).collect();
        assert_eq!(why, ["destroy", "apply"]);
    }
}

/// Applies three revisions; their commits.
fn three_applies(shop: &Shop) -> [String; 3] {
    let head = || shop.project.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let first = head();
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    let second = shop.project.commit("quieter");
    shop.project.run(&["apply", "dev", "--yes", "--why", "too loud"]).expect(0);
    shop.project.edit(FILE, "LOG_LEVEL: warn", "LOG_LEVEL: debug");
    let third = shop.project.commit("louder");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    [first, second, third]
}

fn entry(generation: u64, why: &str, commit: &str, changes: usize) -> Json {
    json!({
        "generation": generation, "applied_at": "<time>", "who": ANN, "why": why, "commit": commit, "dirty": false,
        "plan_digest": "<digest>", "outcome": "done", "changes": changes,
    })
}

fn status(shop: &Shop, head: &str, generation: u64, commit: &str, pinned_to: Option<&str>) {
    let destination = |instance: &str| format!("branch {BRANCH} of this repository, deploy/dev/{instance}");
    let instance = |name: &str| json!({"instance": name, "target": "compose", "backend": "git", "destination": destination(name), "applied": 1});
    let expected = json!({
        "format_version": "1.0", "kind": "Status", "tool_version": env!("CARGO_PKG_VERSION"), "environment": "dev",
        "revision": {"commit": head, "dirty": false, "digest": "<digest>"},
        "last_apply": {"generation": generation, "applied_at": "<time>", "who": ANN, "commit": commit, "dirty": false, "outcome": "done"},
        "pending": 0, "locked_by": null, "pinned_to": pinned_to, "instances": [instance("compose"), instance("edge")],
    });
    let report = shop.project.run(&["status", "dev", "--output", "json"]).expect(0).json();
    assert_report(&report, &expected);
    assert_eq!(report["pinned_to"].as_str(), pinned_to);
    assert_eq!((&report["revision"]["commit"], &report["last_apply"]["commit"]), (&json!(head), &json!(commit)));
}

#[test]
fn rollback_goes_back_and_holds_until_a_newer_commit() {
    let shop = Shop::new(Place::Here);
    let [first, second, third] = three_applies(&shop);
    status(&shop, &third, 3, &third, None);
    let log_level = |level: &str| assert!(shop.branch()[API].1.contains(&format!("LOG_LEVEL: {level}\n")), "{level}");
    shop.project.run(&["rollback", "dev", "--yes"]).expect(0);
    log_level("warn");
    status(&shop, &third, 4, &second, Some(&second));
    // The same commit is not rolled out again, neither by a plan nor by an apply, and a rolled back environment is not drift.
    shop.nothing_to_do();
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    log_level("warn");
    let finding = json!([{
        "code": "DL0602", "severity": "note", "message": "dev is held at what apply 2 left, until a newer commit comes", "source": null,
    }]);
    let drift = shop.drift(0);
    assert_eq!(
        (&drift["findings"], &drift["revision"]["commit"], &drift["resources"]),
        (&finding, &json!(second), &json!([]))
    );
    // Further back, to where a number says, and nowhere else.
    shop.project.run(&["rollback", "dev", "--yes"]).expect(0);
    log_level("info");
    let refused = shop.project.run(&["rollback", "dev", "--yes"]).expect(1);
    assert_eq!(refused.err, "error: dev has no earlier apply to go back to\n  help: see `driftless history dev`\n");
    shop.project.run(&["rollback", "dev", "--yes", "--to", "3"]).expect(0);
    log_level("debug");
    let refused = shop.project.run(&["rollback", "dev", "--yes", "--to", "77"]).expect(1);
    assert_eq!(refused.err, "error: dev has no apply 77\n  help: see `driftless history dev`\n");
    let fourth = shop.project.commit("something else");
    status(&shop, &fourth, 6, &third, None);
    shop.project.edit(FILE, "LOG_LEVEL: debug", "LOG_LEVEL: error");
    let fifth = shop.project.commit("quiet");
    shop.heal();
    log_level("error");
    status(&shop, &fifth, 7, &fifth, None);
    let history = shop.project.run(&["history", "dev", "--output", "json"]).expect(0).json();
    let entries = [
        entry(7, "heal", &fifth, 1),
        entry(6, "rollback to 3", &third, 1),
        entry(5, "rollback to 1", &first, 1),
        entry(4, "rollback to 2", &second, 1),
        entry(3, "apply", &third, 1),
        entry(2, "too loud", &second, 1),
        entry(1, "apply", &first, 2),
    ];
    let expected = json!({
        "format_version": "1.0", "kind": "History", "tool_version": env!("CARGO_PKG_VERSION"), "environment": "dev", "entries": entries,
    });
    assert_report(&history, &expected);
    let commits: Vec<&Json> = history["entries"].as_array().unwrap().iter().map(|entry| &entry["commit"]).collect();
    assert_eq!(commits, [&fifth, &third, &first, &second, &third, &second, &first]);
}

/// From the next push on nobody can look at the remote.
fn breaks_with_the_next_push(shop: &Shop) {
    use std::os::unix::fs::PermissionsExt as _;
    let hook = shop.repository().join("hooks/post-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\nmv HEAD HEAD.away\n").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn mend(shop: &Shop) {
    std::fs::remove_file(shop.repository().join("hooks/post-receive")).unwrap();
    std::fs::rename(shop.repository().join("HEAD.away"), shop.repository().join("HEAD")).unwrap();
}

#[test]
fn what_cannot_be_looked_at_afterwards_is_done_all_the_same() {
    let shop = Shop::new(Place::Remote);
    let [_, second, third] = three_applies(&shop);
    breaks_with_the_next_push(&shop);
    let incomplete = shop.project.run(&["rollback", "dev", "--yes"]).expect(3);
    assert!(
        incomplete.err.contains("error: what was done could not be looked at: there is no repository at"),
        "{}",
        incomplete.err
    );
    mend(&shop);
    // The rollback holds: it is not undone by the next apply of the commit that it went back from.
    assert!(shop.branch()[API].1.contains("LOG_LEVEL: warn\n"));
    let report = shop.project.run(&["status", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&report["pinned_to"], &report["revision"]["commit"]), (&json!(second), &json!(third)));
    shop.nothing_to_do();
    let outcomes = shop.project.run(&["history", "dev", "--output", "json"]).expect(0).json();
    assert_eq!(
        (&outcomes["entries"][0]["outcome"], &outcomes["entries"][0]["generation"]),
        (&json!("done"), &json!(4))
    );
    shop.project.edit(FILE, "LOG_LEVEL: debug", "LOG_LEVEL: error");
    breaks_with_the_next_push(&shop);
    shop.project.run(&["apply", "dev", "--yes"]).expect(3);
    mend(&shop);
    shop.nothing_to_do();
}

const LIVE: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {apply: memory}
components:
  cache: {module: redis, with: {memory: 256Mi}}
";

#[test]
fn a_narrow_look_hides_no_drift() {
    let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, LIVE)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    let things =
        std::fs::read_dir(project.at(".driftless/memory/dev/compose")).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: &std::path::PathBuf| serde_json::from_slice::<Json>(&std::fs::read(path).unwrap()).unwrap();
    let of_redis = |path: &std::path::PathBuf| read(path)["address"] == "redis:cache-0/config/maxmemory";
    let file = things.into_iter().find(of_redis).expect("the module says what redis must report");
    let mut thing = read(&file);
    thing["body"] = json!("meddled");
    std::fs::write(&file, serde_json::to_vec(&thing).unwrap()).unwrap();
    for limit in [&[][..], &["--only", "redis:**"], &["--only", "redis:cache-0/**"]] {
        let drift = project.run(&[&["drift", "dev", "--output", "json"], limit].concat()).expect(2).json();
        assert_eq!(
            (&drift["summary"]["changed"], &drift["summary"]["consequences"]),
            (&json!(1), &json!(0)),
            "{limit:?} {drift}"
        );
        assert_eq!(drift["resources"][0]["address"], "redis:cache-0/config/maxmemory");
    }
    project.run(&["apply", "dev", "--yes", "--only", "redis:**"]).expect(0);
    project.run(&["drift", "dev"]).expect(0);
}
