//! Where environments stand: destroyed, held, changed and not applied yet, applied still although their file is gone.

use super::support::shop::{API, BRANCH, FILE, Place, Shop, WORKER};
use serde_json::{Value as Json, json};

fn reasons(report: &Json, list: &str) -> Vec<(String, String)> {
    let text = |one: &Json, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    report[list].as_array().unwrap().iter().map(|one| (text(one, "address"), text(one, "reason"))).collect()
}

#[test]
fn what_was_destroyed_can_be_rolled_back_and_says_what_happened() {
    for file_is_gone in [false, true] {
        let shop = Shop::applied(Place::Remote);
        let applied = shop.files();
        shop.project.run(&["destroy", "dev", "--yes"]).expect(0);
        let drift = shop.drift(0);
        let reason = "it was destroyed by apply 2; the next apply makes it again";
        let expected = [API, WORKER].map(|path| (format!("git:{path}"), reason.to_owned()));
        assert_eq!(reasons(&drift, "resources"), expected);
        if file_is_gone {
            std::fs::remove_file(shop.project.at(FILE)).unwrap();
            shop.project.commit("gone");
        }
        let plan = shop.project.run(&["rollback", "dev", "--to", "1", "--yes", "--output", "json"]).expect(0).json();
        let expected = [API, WORKER].map(|path| (format!("git:{path}"), "rollback to apply 1".to_owned()));
        assert_eq!(reasons(&plan, "changes"), expected);
        assert_eq!(shop.files(), applied);
    }
}

#[test]
fn what_is_applied_although_its_file_is_gone_is_named() {
    let shop = Shop::applied(Place::Here);
    std::fs::rename(shop.project.at(FILE), shop.project.at("environments/other.yaml")).unwrap();
    shop.project.edit("environments/other.yaml", "name: dev", "name: other");
    shop.project.edit("environments/other.yaml", "path: deploy/dev", "path: deploy/other");
    shop.project.commit("renamed");
    let gone = "error: dev is still applied, and its file environments/dev.yaml is gone\n  \
                help: `driftless destroy dev` deletes what it has; or put the file back\n";
    for command in [&["drift", "dev"][..], &["plan", "dev"], &["apply", "dev", "--yes"]] {
        let refused = shop.project.run(command).expect(1);
        assert_eq!((refused.out.as_str(), refused.err.as_str()), ("", gone), "{command:?}");
    }
    let all = shop.project.run(&["drift", "--all", "--output", "json"]).expect(1);
    assert_eq!(all.err, format!("{gone}error: dev is not compared\n"));
    assert_eq!(all.json()["reports"][0]["environment"], "other");
    let status = shop.project.run(&["status", "--output", "json"]).expect(0).json();
    let names: Vec<&Json> = status["environments"].as_array().unwrap().iter().map(|one| &one["environment"]).collect();
    assert_eq!(names, ["dev", "other"]);
    let dev = &status["environments"][0];
    let problem = "dev is still applied, and its file environments/dev.yaml is gone: `driftless destroy dev` deletes what it has; or put the file back";
    assert_eq!((&dev["revision"], &dev["problem"]), (&Json::Null, &json!(problem)));
    assert_eq!(dev["instances"][0]["destination"], format!("branch {BRANCH} of this repository, deploy/dev/compose"));
    shop.project.run(&["destroy", "dev", "--yes"]).expect(0);
    assert_eq!(shop.project.run(&["drift", "--all"]).expect(2).err, "");
    assert_eq!(
        shop.project.run(&["status", "--output", "json"]).expect(0).json()["environments"].as_array().unwrap().len(),
        1
    );
}

#[test]
fn a_change_that_is_not_applied_yet_is_said_and_is_no_drift() {
    let shop = Shop::applied(Place::Here);
    let status = || shop.project.run(&["status", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&status()["pending"], &status()["last_apply"]["dirty"]), (&json!(0), &json!(false)));
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    assert_eq!(status()["pending"], 1);
    let human = shop.project.run(&["status", "dev"]).expect(0).out;
    assert!(human.contains("\n  pending   1 resource: `driftless plan dev`\n"), "{human}");
    let drift = shop.project.run(&["drift", "dev"]).expect(0).out;
    assert!(drift.starts_with("dev has not drifted: 1 pending, 1 in sync\n"), "{drift}");
    assert!(drift.contains("    its files were changed, and are not committed; the next apply brings it\n"), "{drift}");
    assert!(!drift.contains("in Git"), "{drift}");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!((&status()["pending"], &status()["last_apply"]["dirty"]), (&json!(0), &json!(true)));
    let commit = shop.project.git(&["rev-parse", "--short=7", "HEAD"]);
    let human = shop.project.run(&["status", "dev"]).expect(0).out;
    assert!(human.contains(&format!("\n  applied   2, {} and uncommitted changes by ", commit.trim())), "{human}");
    let log = shop.project.run(&["history", "dev"]).expect(0).out;
    assert!(log.lines().next().unwrap().contains(&format!("{}*", commit.trim())), "{log}");
}

#[test]
fn a_file_with_errors_does_not_look_as_if_it_were_gone() {
    let shop = Shop::applied(Place::Here);
    shop.project.edit(FILE, "module: service", "module: servise");
    let status = shop.project.run(&["status", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&status["problem"], &status["pending"]), (&json!("the files have errors"), &Json::Null));
}

#[test]
fn a_history_of_nothing_is_wrong_usage() {
    let shop = Shop::applied(Place::Here);
    let refused = shop.project.run(&["history", "dev", "-n", "0"]).expect(64);
    assert!(refused.err.starts_with("error: invalid value '0' for '--number <N>'"), "{}", refused.err);
}

#[test]
fn deleting_files_interrupts_nothing_by_itself() {
    let shop = Shop::applied(Place::Here);
    let plan = shop.project.run(&["plan", "dev", "--destroy", "--output", "json"]).expect(0).json();
    let told: Vec<_> =
        plan["changes"].as_array().unwrap().iter().map(|one| (&one["action"], &one["disruptive"])).collect();
    assert_eq!(told, [(&json!("delete"), &json!(false)), (&json!("delete"), &json!(false))]);
}

#[test]
fn what_stands_in_our_place_comes_with_a_command_that_works() {
    let shop = Shop::applied(Place::Here);
    let ours = shop.files();
    // Something of another's: it can be taken over.
    shop.project.run(&["destroy", "dev", "--yes"]).expect(0);
    shop.by_hand("mine", |at| {
        std::fs::create_dir_all(at.join("deploy/dev/compose")).unwrap();
        std::fs::write(at.join(API), "mine\n").unwrap();
    });
    let remedy = shop.drift(2)["resources"][0]["remedy"].clone();
    let by_hand =
        "move away what stands there, and leave out `--adopt`; else that is overwritten and ours from then on";
    let command = format!("driftless apply dev --only git:{API} --adopt");
    assert_eq!(remedy, json!({"kind": "manual", "command": command, "by_hand": by_hand}));
    let command: Vec<String> = remedy["command"].as_str().unwrap().split(' ').skip(1).map(str::to_owned).collect();
    let mut command: Vec<&str> = command.iter().map(String::as_str).collect();
    command.push("--yes");
    shop.project.run(&command).expect(0);
    assert_eq!(shop.files()[API], ours[API]);
    // A folder cannot: what it holds would be lost.
    shop.by_hand("folder", |at| {
        std::fs::remove_file(at.join(API)).unwrap();
        std::fs::create_dir_all(at.join(API)).unwrap();
        std::fs::write(at.join(API).join("note"), "mine\n").unwrap();
    });
    let report = shop.drift(2);
    assert_eq!(report["resources"][0]["reason"], "a folder stands in its place");
    let refused = shop
        .project
        .run(&["apply", "dev", "--yes", "--adopt", "--only", &format!("git:{API}"), "--output", "json"])
        .expect(3);
    assert_eq!(
        refused.json()["gaps"],
        json!([{"address": format!("git:{API}"), "reason": "a folder stands in its place, and no apply takes that away: move it"}])
    );
    shop.by_hand("away", |at| std::fs::remove_dir_all(at.join(API)).unwrap());
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!(shop.files(), ours);
}
