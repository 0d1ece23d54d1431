//! An apply that is killed at any point is made again by the next one: no lock needs a hand, nothing is done twice. And one whose state was
//! lost deletes nothing.

use super::support::Project;
use super::support::project::git_in;
use super::support::shop::{API, BRANCH, FILE, MANIFEST, PROJECT, Place, Shop, WORKER};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

/// An environment that is applied to a folder of small files, one a resource.
const MEMORY: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {apply: memory}
components:
  api: {module: service, with: {image: \"ghcr.io/shop/api:1.4.2\", env: {LOG_LEVEL: info}}}
  worker: {module: service, with: {image: \"ghcr.io/shop/worker:2.0.0\", needs: {api: started}}}
";

/// A project whose environment was applied once, and then changed: what is killed creates, changes and deletes.
fn on_git() -> Shop {
    let shop = Shop::applied(Place::Here);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.edit(FILE, "  worker:\n    module: service\n    target: edge\n", "  web:\n    module: service\n");
    shop.project.commit("another");
    shop
}

fn on_memory() -> Project {
    let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, MEMORY)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    project.edit(FILE, "worker:", "web:");
    project.commit("another");
    project
}

const APPLY: &[&str] = &["apply", "dev", "--yes", "--events", "--why", "killed"];

/// Runs an apply and kills it when it has told `count` events; how many it told. Without a count it runs to its end.
fn apply(project: &Project, count: Option<usize>) -> usize {
    let mut child = project.command(APPLY).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = 0;
    while count != Some(told) {
        let Some(line) = lines.next() else { break };
        told += usize::from(line.unwrap().starts_with("{\"event\":"));
    }
    if count.is_some() {
        // It may have ended in the meantime: then there is nothing to kill.
        drop(child.kill());
    }
    let ended = child.wait().unwrap();
    assert!(count.is_some() || ended.success(), "{ended}");
    told
}

/// The outcomes in the history, the newest first, and that the numbers are without a gap.
fn outcomes(project: &Project) -> Vec<String> {
    let history = project.run(&["history", "dev", "--output", "json"]).expect(0).json();
    let entries = history["entries"].as_array().unwrap();
    for (at, entry) in entries.iter().rev().enumerate() {
        assert_eq!(entry["generation"], at + 1, "{history}");
    }
    entries.iter().map(|entry| entry["outcome"].as_str().unwrap().to_owned()).collect()
}

/// The addresses that the state has under `kind` for the environment, each with what is recorded.
fn records(project: &Project, kind: &str) -> BTreeMap<String, Json> {
    let mut found = BTreeMap::new();
    let mut folders = vec![project.at(".driftless/state/objects")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            // The first line says whose bytes follow.
            let bytes = std::fs::read(&entry).unwrap();
            let content = bytes.iter().position(|byte| *byte == b'\n').map(|end| &bytes[end + 1..]);
            let record = content.and_then(|content| serde_json::from_slice::<Json>(content).ok());
            if let Some(record) = record.filter(|record| record["kind"] == kind) {
                let content = &record["content"];
                let name = content["address"].as_str().or(content["environment"].as_str()).unwrap_or_default();
                found.insert(name.to_owned(), content.clone());
            }
        }
    }
    found
}

/// What must hold after a run that was killed: the next one is not held up, leaves nothing to do, and history says what happened.
///
/// What is recorded is what is there, and where the environment is. `applied` are the addresses.
fn assert_converges(project: &Project, at: usize, applied: &Vec<String>) {
    let status = project.run(&["status", "dev", "--output", "json"]).expect(0).json();
    assert_eq!(status["locked_by"], Json::Null, "killed at {at}");
    let again = project.run(&["apply", "dev", "--yes"]);
    assert_eq!(again.code, Some(0), "killed at {at}: {}", again.err);
    let plan = project.run(&["plan", "dev", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "killed at {at}: {}", plan.out);
    let drift = project.run(&["drift", "dev"]);
    assert_eq!(drift.code, Some(0), "killed at {at}: {}", drift.out);
    assert_eq!(&records(project, "Applied").into_keys().collect::<Vec<_>>(), applied, "killed at {at}");
    assert_eq!(records(project, "Scope").len(), 1, "killed at {at}");
    let outcomes = outcomes(project);
    assert_eq!(outcomes.last().unwrap(), "done");
    let (newest, middle) = (&outcomes[0], &outcomes[1..]);
    assert_eq!(newest, "done", "killed at {at}: {outcomes:?}");
    assert!(middle.iter().all(|outcome| outcome == "done" || outcome == "interrupted"), "killed at {at}: {outcomes:?}");
}

/// What the newest apply left can be gone back to, and all of it is found when the environment's file is gone.
fn assert_goes_back_and_away(project: &Project, at: usize) {
    let newest = outcomes(project).len().to_string();
    project.run(&["rollback", "dev", "--yes", "--to", &newest]).expect(0);
    let plan = project.run(&["plan", "dev", "--detailed-exitcode"]);
    assert_eq!(plan.code, Some(0), "killed at {at}: {}", plan.out);
    std::fs::remove_file(project.at(FILE)).unwrap();
    project.run(&["destroy", "dev", "--yes"]).expect(0);
    assert_eq!(records(project, "Applied"), BTreeMap::new(), "killed at {at}");
}

#[test]
fn killed_at_every_event_on_git() {
    let whole = on_git();
    let events = apply(&whole.project, None);
    assert!(events > 15, "{events} events are not a whole apply");
    let expected = whole.files();
    let applied: Vec<String> = expected.keys().map(|path| format!("git:{path}")).collect();
    for at in 0..=events {
        let shop = on_git();
        apply(&shop.project, Some(at));
        assert_converges(&shop.project, at, &applied);
        assert_eq!(shop.files(), expected, "killed at {at}");
        // Nothing is applied twice: the second commit is there once, whoever made it.
        assert_eq!(shop.git(&["rev-list", "--count", BRANCH]).trim(), "2", "killed at {at}");
        shop.git(&["fsck", "--strict", "--no-dangling"]);
        assert_goes_back_and_away(&shop.project, at);
        assert_eq!(shop.branch(), BTreeMap::new(), "killed at {at}");
    }
}

/// What is live: each file of the folder. What a killed writer left half-written has another name, and nobody reads it.
#[track_caller]
fn live(project: &Project) -> BTreeMap<String, String> {
    let files =
        std::fs::read_dir(project.at(".driftless/memory/dev/compose")).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn killed_at_every_event_on_a_system_that_takes_one_address_at_a_time() {
    let whole = on_memory();
    let events = apply(&whole, None);
    assert!(events > 20, "{events} events are not a whole apply");
    let expected = live(&whole);
    for at in 0..=events {
        let project = on_memory();
        let before = live(&project);
        apply(&project, Some(at));
        let applied = ["docker:container/api", "docker:container/web", "docker:network/dev"];
        assert_converges(&project, at, &applied.map(String::from).to_vec());
        assert_eq!(live(&project), expected, "killed at {at}");
        project.run(&["rollback", "dev", "--yes", "--to", "1"]).expect(0);
        assert_eq!(live(&project), before, "killed at {at}");
        assert_goes_back_and_away(&project, at);
        assert_eq!(live(&project), BTreeMap::new(), "killed at {at}");
    }
}

#[test]
fn lost_state_deletes_nothing_and_applies_nothing_twice_on_git() {
    let shop = Shop::applied(Place::Here);
    let (branch, tip) = (shop.branch(), shop.tip());
    std::fs::remove_dir_all(shop.project.at(".driftless")).unwrap();
    shop.nothing_to_do();
    shop.project.run(&["drift", "dev"]).expect(0);
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!((shop.branch(), shop.tip()), (branch.clone(), tip.clone()));
    // What left Git is known to be ours by the branch alone.
    std::fs::remove_dir_all(shop.project.at(".driftless")).unwrap();
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    let plan = shop.project.run(&["plan", "dev", "--detailed-exitcode", "--output", "json"]).expect(2).json();
    assert_eq!(
        plan["summary"],
        serde_json::json!({"create": 0, "update": 1, "replace": 0, "restart": 0, "delete": 0, "keep": 1, "unknown": 0})
    );
    shop.heal();
}

#[test]
fn lost_state_deletes_nothing_and_applies_nothing_twice_on_a_live_system() {
    let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, MEMORY)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    let before = live(&project);
    std::fs::remove_dir_all(project.at(".driftless/state")).unwrap();
    let drift = project.run(&["drift", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&drift["baseline"], &drift["drifted"]), (&"desired".into(), &false.into()));
    project.run(&["plan", "dev", "--detailed-exitcode"]).expect(0);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!(live(&project), before);
    let drift = project.run(&["drift", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&drift["baseline"], &drift["drifted"]), (&"applied".into(), &false.into()));
}

/// The addresses that a plan deletes, and the codes of what it says beside its changes.
fn deletions_and_findings(project: &Project, arguments: &[&str]) -> (Vec<String>, Vec<String>) {
    let plan = project.run(&[&["plan", "dev", "--output", "json"], arguments].concat()).expect(0).json();
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    let changes = plan["changes"].as_array().unwrap().iter().filter(|change| change["action"] == "delete");
    let findings = plan["findings"].as_array().unwrap().iter();
    (
        changes.map(|change| text(&change["address"])).collect(),
        findings.map(|finding| text(&finding["code"])).filter(|code| code == "DL0514").collect(),
    )
}

#[test]
fn a_component_that_left_while_the_state_was_lost_is_deleted_where_the_branch_knows_it() {
    let shop = Shop::applied(Place::Here);
    shop.by_hand("mine", |at| std::fs::write(at.join("deploy/dev/edge/notes.txt"), "mine\n").unwrap());
    let before = shop.branch();
    std::fs::remove_dir_all(shop.project.at(".driftless")).unwrap();
    without_worker(&shop.project);
    let drift = shop.drift(0);
    let told = |one: &Json| (one["address"].clone(), one["class"].clone());
    let resources: Vec<_> = drift["resources"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(resources, [(json!(format!("git:{WORKER}")), json!("pending"))]);
    assert_eq!(shop.project.run(&["apply", "dev"]).expect(64).code, Some(64));
    assert_eq!(shop.branch(), before);
    shop.heal();
    let after = shop.branch();
    let gone: Vec<&String> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    assert_eq!(gone, [WORKER]);
    assert_eq!(after["deploy/dev/edge/notes.txt"], before["deploy/dev/edge/notes.txt"]);
}

#[test]
fn a_component_that_left_while_nothing_remembers_it_stays() {
    let shop = Shop::applied(Place::Here);
    // Somebody squashed the branch and left the manifest out; the state is lost, too.
    shop.by_hand("squashed", |at| {
        std::fs::remove_file(at.join(MANIFEST)).unwrap();
        git_in(at, &["checkout", "-q", "--orphan", "anew"]);
    });
    let before = shop.files();
    std::fs::remove_dir_all(shop.project.at(".driftless")).unwrap();
    without_worker(&shop.project);
    let applied = shop.project.run(&["apply", "dev", "--yes"]);
    let after = shop.files();
    assert_eq!((&after[WORKER], &after[API]), (&before[WORKER], &before[API]), "{}", applied.err);
    assert_eq!(after.len(), before.len());
    // What stands there bears no mark: it is taken over only when asked.
    assert_eq!(applied.code, Some(3), "{}", applied.err);
    shop.project.run(&["apply", "dev", "--yes", "--adopt"]).expect(0);
    assert_eq!(shop.files(), before);
}

#[test]
fn what_left_git_while_the_state_was_lost_is_not_deleted_by_the_second_plan_either() {
    let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, MEMORY)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    let before = live(&project);
    std::fs::remove_dir_all(project.at(".driftless/state")).unwrap();
    let text = project.read(FILE);
    let (rest, _) = text.split_once("  worker:").unwrap();
    project.write(FILE, rest);
    let left = ["docker:container/worker".to_owned()].to_vec();
    for level in ["info", "warn", "debug"] {
        assert_eq!(deletions_and_findings(&project, &[]), (vec![], vec!["DL0514".to_owned()]), "{level}");
        project.run(&["apply", "dev", "--yes"]).expect(0);
        assert_eq!(live(&project).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{level}");
        let next = if level == "info" { "warn" } else { "debug" };
        project.write(FILE, project.read(FILE).replace(level, next));
    }
    // Told to, it is.
    assert_eq!(deletions_and_findings(&project, &["--adopt"]), (left, vec![]));
    project.run(&["apply", "dev", "--yes", "--adopt"]).expect(0);
    assert_eq!(live(&project).len(), before.len() - 1);
    project.run(&["plan", "dev", "--detailed-exitcode"]).expect(0);
}

/// Two instances of one kind, each a live system of its own.
const TWO: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
targets:
  alpha: {kind: compose, project: shop-alpha, apply: memory}
  compose: {apply: memory}
components:
  api: {module: service, target: compose, with: {image: \"ghcr.io/shop/api:1.4.2\", env: {LOG_LEVEL: info}}}
  worker: {module: service, target: alpha, with: {image: \"ghcr.io/shop/worker:2.0.0\"}}
";

#[test]
fn a_record_is_its_own_instances_alone() {
    let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, TWO)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    project.run(&["plan", "dev", "--detailed-exitcode"]).expect(0);
    let drift = project.run(&["drift", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&drift["baseline"], &drift["summary"]["in_sync"]), (&"applied".into(), &4.into()), "{drift}");
    project.edit(
        FILE,
        "  worker: {module: service, target: alpha, with: {image: \"ghcr.io/shop/worker:2.0.0\"}}\n",
        "",
    );
    let plan = project.run(&["plan", "dev", "--detailed-exitcode", "--output", "json"]).expect(2).json();
    assert_eq!(plan["summary"]["delete"], 2, "{plan}");
    project.run(&["apply", "dev", "--yes"]).expect(0);
    project.run(&["plan", "dev", "--detailed-exitcode"]).expect(0);
    project.run(&["drift", "dev"]).expect(0);
}

#[test]
fn what_is_gone_on_both_sides_is_forgotten() {
    let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, MEMORY)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    let worker = "docker:container/worker";
    let file = live(&project).into_iter().find(|(_, text)| text.contains(&format!("\"{worker}\""))).unwrap().0;
    let with_worker = project.read(FILE);
    let without = with_worker.split_once("  worker:").unwrap().0.to_owned();
    // Taken away by hand, and then out of Git.
    std::fs::remove_file(project.at(".driftless/memory/dev/compose").join(file)).unwrap();
    project.write(FILE, without.replace("LOG_LEVEL: info", "LOG_LEVEL: warn"));
    project.run(&["drift", "dev"]).expect(0);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    assert!(!records(&project, "Applied").contains_key(worker));
    // What the second apply left has none of it.
    project.write(FILE, without);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    project.run(&["rollback", "dev", "--yes", "--to", "2"]).expect(0);
    assert!(live(&project).values().all(|text| !text.contains(worker)));
    // Declared again, it was never there: that is no drift.
    project.write(FILE, with_worker);
    let drift = project.run(&["drift", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&drift["summary"]["missing"], &drift["drifted"]), (&0.into(), &false.into()), "{drift}");
}

#[test]
fn what_is_gone_on_both_sides_is_forgotten_by_the_branch() {
    let shop = Shop::applied(Place::Here);
    let whole = shop.project.read(FILE);
    let (rest, _) = whole.split_once("  worker:").unwrap();
    shop.by_hand("not needed", |at| std::fs::remove_file(at.join(WORKER)).unwrap());
    shop.project.write(FILE, rest);
    shop.nothing_to_do();
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    let manifest: Json = serde_json::from_str(&shop.branch()[MANIFEST].1).unwrap();
    assert_eq!(manifest["files"].as_object().unwrap().keys().collect::<Vec<_>>(), [API]);
    assert_eq!(manifest["generation"], 2);
    let tip = shop.tip();
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!(shop.tip(), tip, "once is enough");
    shop.project.write(FILE, whole);
    let drift = shop.drift(0);
    assert_eq!((&drift["summary"]["missing"], &drift["summary"]["pending"]), (&0.into(), &1.into()));
}

#[test]
fn what_is_kept_can_be_found_when_the_file_is_gone() {
    let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, WITH_DATA)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    std::fs::remove_file(project.at(FILE)).unwrap();
    project.run(&["destroy", "dev", "--yes"]).expect(0);
    let kept = live(&project);
    assert!(!kept.is_empty() && kept.values().all(|text| text.contains("docker:volume/")), "{kept:?}");
    assert_eq!(records(&project, "Scope").len(), 1);
    project.run(&["destroy", "dev", "--yes", "--delete-data"]).expect(0);
    assert_eq!(live(&project), BTreeMap::new());
    assert_eq!(records(&project, "Scope"), BTreeMap::new());
    project.run(&["destroy", "dev", "--yes"]).expect(1);
}

/// An environment that holds data.
const WITH_DATA: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {apply: memory}
components:
  cache: {module: redis}
";

/// Takes a component out of the environment, and with it the only one of its target instance.
fn without_worker(project: &Project) {
    let text = project.read(FILE);
    let (rest, _) = text.split_once("  worker:").unwrap();
    project.write(FILE, rest);
    project.commit("no worker");
}
