//! What changes something is done with consent alone, what is meant is said where it could be mistaken, and a slip of the pen is none.

use super::support::shop::{API, BRANCH, FILE, Place, Shop};
use serde_json::json;

const HELP_YES: &str =
    "error: this changes something, and there is no terminal to ask on: nothing was changed\n  help: say `--yes`\n";
const SAVED: &str = "saved.plan";

#[test]
fn a_saved_plan_needs_consent_too() {
    let shop = Shop::new(Place::Here);
    shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    let references = shop.git(&["for-each-ref"]);
    assert_eq!(shop.project.run(&["apply", SAVED]).expect(64).err, HELP_YES);
    assert_eq!(shop.git(&["for-each-ref"]), references);
    shop.project.run(&["apply", SAVED, "--yes"]).expect(0);
    // One that does nothing asks nothing.
    shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    shop.project.run(&["apply", SAVED]).expect(0);
}

#[test]
fn a_saved_plan_is_what_it_is_whatever_else_is_asked_for() {
    let shop = Shop::new(Place::Here);
    shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    let references = shop.git(&["for-each-ref"]);
    let limits = [
        &["--only", "git:**"][..],
        &["--target", "edge"],
        &["--component", "api"],
        &["--allow-empty"],
        &["--max-deletions", "1"],
        &["--adopt"],
    ];
    for limit in limits {
        let refused = shop.project.run(&[&["apply", SAVED, "--yes"], limit].concat()).expect(64);
        let flag = limit[0];
        let expected = format!(
            "error: `{flag}` is for planning, and a saved plan is applied exactly\n  help: save a plan with it: `driftless plan ENV {flag} ... --out FILE`\n"
        );
        assert_eq!((refused.out.as_str(), refused.err), ("", expected));
    }
    assert_eq!(shop.git(&["for-each-ref"]), references);
}

#[test]
fn an_environment_goes_before_a_file_of_its_name() {
    let shop = Shop::applied(Place::Here);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    let digest =
        shop.project.run(&["plan", "dev", "--out", "dev", "--output", "json"]).expect(0).json()["digest"].clone();
    shop.project.edit(FILE, "LOG_LEVEL: warn", "LOG_LEVEL: debug");
    let level = |level: &str| assert!(shop.branch()[API].1.contains(&format!("LOG_LEVEL: {level}\n")), "{level}");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    level("debug");
    // The file is what a path, or a digest, means: it follows an older apply.
    for file in [&["apply", "./dev", "--yes"][..], &["apply", "dev", "--yes", "--digest", digest.as_str().unwrap()]] {
        let refused = shop.project.run(file).expect(5);
        assert!(
            refused.err.starts_with("error: the plan is stale: it follows apply 1 of dev, and the last one was 2\n")
        );
    }
    level("debug");
}

#[test]
fn a_rollback_that_changes_nothing_asks_before_it_holds() {
    let shop = Shop::applied(Place::Here);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.commit("louder");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    shop.project.edit(FILE, "LOG_LEVEL: warn", "LOG_LEVEL: info");
    shop.project.commit("quieter");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    let pinned = || shop.project.run(&["status", "dev", "--output", "json"]).expect(0).json()["pinned_to"].clone();
    assert_eq!(shop.project.run(&["rollback", "dev", "--to", "1"]).expect(64).err, HELP_YES);
    assert_eq!(pinned(), json!(null));
    let done = shop.project.run(&["rollback", "dev", "--to", "1", "--yes"]).expect(0);
    let said = "dev: nothing to do\ndev: held at what apply 1 left, until a newer commit comes\n";
    assert!(done.err.ends_with(said), "{}", done.err);
    assert_eq!(pinned(), json!(shop.project.git(&["rev-parse", "HEAD~2"]).trim()));
}

#[test]
fn a_rollback_says_that_it_is_one() {
    let shop = Shop::applied(Place::Here);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.commit("louder");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    let plan = shop.project.run(&["rollback", "dev", "--yes", "--output", "json"]).expect(0).json();
    let reasons: Vec<_> = plan["changes"].as_array().unwrap().iter().map(|change| change["reason"].clone()).collect();
    assert_eq!(reasons, ["rollback to apply 1", "as declared"]);
    // What it holds against a hand that goes on is put back for that reason.
    shop.by_hand("louder", |at| super::support::shop::replace(&at.join(API), "LOG_LEVEL: info", "LOG_LEVEL: warn"));
    let plan = shop.project.run(&["plan", "dev", "--output", "json"]).expect(0).json();
    assert_eq!(plan["changes"][0]["reason"], "live is not what was applied");
}

#[test]
fn a_limit_that_matches_nothing_is_wrong_usage() {
    let shop = Shop::applied(Place::Here);
    let tip = shop.tip();
    let cases = [
        (
            &["--only", "nope"][..],
            "no address of dev matches `nope`",
            &format!("there are: git:{API}, git:deploy/dev/edge/compose.yaml"),
        ),
        (
            &["--only", "git:deploy/dev/compose/compose.yml"],
            "no address of dev matches `git:deploy/dev/compose/compose.yml`",
            &format!("did you mean `git:{API}`?"),
        ),
        (&["-c", "nope"], "dev has no component `nope`", &"it has: api, worker".to_owned()),
        (&["-c", "workers"], "dev has no component `workers`", &"did you mean `worker`?".to_owned()),
        (&["-t", "nope"], "dev does not go to `nope`", &"it goes to: compose, edge".to_owned()),
    ];
    for (limit, message, help) in cases {
        for command in [&["plan", "dev"][..], &["apply", "dev", "--yes"], &["drift", "dev"], &["drift", "--all"]] {
            let refused = shop.project.run(&[command, limit].concat()).expect(64);
            assert_eq!(
                (refused.out.as_str(), refused.err.as_str()),
                ("", format!("error: {message}\n  help: {help}\n").as_str()),
                "{command:?}"
            );
        }
    }
    assert_eq!(shop.tip(), tip);
    for limit in
        [&["--only", "git:**"][..], &["-c", "api"], &["-t", "edge"], &["--only", "git:deploy/dev/*/compose.yaml"]]
    {
        shop.project.run(&[&["plan", "dev", "--detailed-exitcode"][..], limit].concat()).expect(0);
    }
    // Of several environments, one may have it.
    shop.project.write(
        "environments/other.yaml",
        shop.project.read(FILE).replace("name: dev", "name: other").replace("  worker:", "  runner:"),
    );
    let both = shop.project.run(&["drift", "--all", "-c", "worker", "--output", "json"]).expect(0).json();
    assert_eq!((&both["reports"][0]["environment"], both["reports"].as_array().unwrap().len()), (&json!("dev"), 1));
}

#[test]
fn a_plan_says_where_it_writes() {
    let shop = Shop::new(Place::Remote);
    let plan = shop.project.run(&["plan", "dev", "--output", "json"]).expect(0).json();
    let remote = format!("file://{}", shop.repository().display());
    let at = |instance: &str| json!({"instance": instance, "destination": format!("branch {BRANCH} of {remote}, deploy/dev/{instance}")});
    assert_eq!(plan["destinations"], json!([at("compose"), at("edge")]));
    let human = shop.project.run(&["plan", "dev"]).expect(0);
    assert!(human.out.contains(&format!("\n  to branch {BRANCH} of {remote}, deploy/dev/compose\n")), "{}", human.out);
}
