//! What another value of a secret does: pending where it was applied, a stale plan where it was planned; and what is said where the
//! source cannot be read.

use super::support::Project;
use super::support::canary::Canaries;
use super::support::project::{Run, run};
use super::support::report::assert_report;
use super::support::shop::{FILE, PROJECT};
use serde_json::{Value as Json, json};

const ONE: &str = "Canary+7f3a/9c&e b=5%d1";
const TWO: &str = "Kanarie/2b6d+41?a c=9%e0";
const PLAN: &str = "saved.plan";

/// A service that is handed a secret, on one target; `APPLY` is how that is applied.
const ENVIRONMENT: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {apply: APPLY}
components:
  api:
    module: service
    with:
      image: ghcr.io/shop/api:1.4.2
      env: {LOG_LEVEL: info}
      secret_files: {/run/key: \"${secret.api-key}\"}
secrets:
  api-key: {env: API_KEY}
";

struct Shop {
    project: Project,
    canaries: Canaries,
}

impl Shop {
    fn new(apply: &str) -> Self {
        let environment = ENVIRONMENT.replace("APPLY", apply);
        let project = Project::with(&[("driftless.yaml", PROJECT), (FILE, &environment), (".gitignore", "*.plan\n")]);
        Self { project, canaries: Canaries::of(&[ONE, TWO]) }
    }

    /// Runs the program where the secret has a value, or none.
    #[track_caller]
    fn run(&self, value: Option<&str>, arguments: &[&str]) -> Run {
        let mut command = self.project.command(arguments);
        match value {
            Some(value) => command.env("API_KEY", value),
            None => command.env_remove("API_KEY"),
        };
        let ended = run(&mut command);
        self.canaries.assert_not_in("standard output", ended.out.as_bytes());
        self.canaries.assert_not_in("standard error", ended.err.as_bytes());
        self.canaries.assert_not_below(self.project.path(), &[]);
        ended
    }

    #[track_caller]
    fn drift(&self, value: Option<&str>, code: i32) -> Json {
        self.run(value, &["drift", "dev", "--output", "json"]).expect(code).json()
    }

    /// The actions of a plan other than `keep`, with their reasons.
    #[track_caller]
    fn plan(&self, value: Option<&str>) -> Vec<(String, String, String)> {
        let plan = self.run(value, &["plan", "dev", "--output", "json"]).expect(0).json();
        let text = |change: &Json, key: &str| change[key].as_str().unwrap().to_owned();
        let changes = plan["changes"].as_array().unwrap().iter().filter(|change| change["action"] != "keep");
        changes.map(|change| (text(change, "action"), text(change, "address"), text(change, "reason"))).collect()
    }

    /// Puts a text into the place of the reference in what is live.
    fn by_hand(&self, text: &str) {
        let folder = self.project.at(".driftless/memory/dev/compose");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let mut thing: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if replace(&mut thing["body"], text) {
                std::fs::write(&path, thing.to_string()).unwrap();
            }
        }
    }
}

/// Replaces every reference to a secret in a stored tree; whether there was one.
fn replace(tree: &mut Json, text: &str) -> bool {
    if tree.as_object().is_some_and(|map| map.len() == 1 && map.keys().all(|key| key.starts_with('$'))) {
        *tree = json!(text);
        return true;
    }
    match tree {
        Json::Array(list) => list.iter_mut().fold(false, |found, tree| replace(tree, text) | found),
        Json::Object(map) => map.values_mut().fold(false, |found, tree| replace(tree, text) | found),
        _ => false,
    }
}

#[test]
fn another_value_at_the_source_is_pending_until_it_is_applied() {
    let shop = Shop::new("memory");
    shop.run(Some(ONE), &["apply", "dev", "--yes"]).expect(0);
    let drift = shop.drift(Some(ONE), 0);
    assert_eq!((&drift["secrets_judged"], &drift["resources"]), (&json!(true), &json!([])));
    assert_eq!(shop.plan(Some(ONE)), []);

    let drift = shop.drift(Some(TWO), 0);
    assert_eq!(
        (&drift["secrets_judged"], &drift["drifted"], &drift["summary"]["pending"]),
        (&json!(true), &json!(false), &json!(1))
    );
    let pending = &drift["resources"][0];
    assert_eq!(pending["reason"], "a secret was changed at its source; the next apply brings it");
    let field = &pending["fields"][0];
    assert_report(
        &json!([
            field["declared"],
            field["applied"],
            field["live"],
            field["sensitive"],
            field["pending"],
            field["class"]
        ]),
        &json!(["(sensitive)", "(sensitive)", "(sensitive)", true, true, "changed"]),
    );
    let address = pending["address"].as_str().unwrap().to_owned();
    assert_eq!(shop.plan(Some(TWO)), [("update".into(), address, "a secret was changed at its source".into())]);
    // The source that cannot be read is no other value: what was applied stands for it, and the report says so.
    let drift = shop.drift(None, 0);
    assert_eq!(
        (&drift["secrets_judged"], &drift["complete"], &drift["resources"]),
        (&json!(false), &json!(true), &json!([]))
    );
    assert_eq!(shop.plan(None), []);

    shop.run(Some(TWO), &["apply", "dev", "--yes"]).expect(0);
    assert_eq!(shop.drift(Some(TWO), 0)["resources"], json!([]));
    assert_eq!(shop.plan(Some(TWO)), []);
    assert_eq!(shop.drift(Some(ONE), 0)["summary"]["pending"], 1);
}

#[test]
fn a_value_that_somebody_put_there_is_drift_unless_it_is_the_right_one() {
    let shop = Shop::new("memory");
    shop.run(Some(ONE), &["apply", "dev", "--yes"]).expect(0);
    shop.by_hand("somebody else's");
    for (value, judged, pending) in [(Some(ONE), true, false), (None, false, false), (Some(TWO), true, true)] {
        let drift = shop.drift(value, 2);
        assert_eq!((&drift["secrets_judged"], &drift["summary"]["changed"]), (&json!(judged), &json!(1)), "{value:?}");
        let field = &drift["resources"][0]["fields"][0];
        assert_eq!(
            (&field["live"], field["pending"].as_bool().unwrap_or_default()),
            (&json!("(sensitive)"), pending),
            "{value:?}"
        );
    }
    // Nothing says whether it is right: no alarm, and no all-clear.
    std::fs::remove_dir_all(shop.project.at(".driftless/state")).unwrap();
    let drift = shop.drift(None, 3);
    let gap = "the secret `api-key` cannot be read from environment variable API_KEY: it is not set, and what was applied is not recorded";
    assert_eq!(
        (&drift["secrets_judged"], &drift["drifted"], &drift["gaps"][0]["reason"]),
        (&json!(false), &json!(false), &json!(gap))
    );
}

#[test]
fn what_is_applied_by_reference_needs_its_secret() {
    let shop = Shop::new("memory");
    let missing = "error: the secret `api-key` cannot be read from environment variable API_KEY: it is not set\n  \
                   help: what is to be applied needs its value\n";
    for command in [&["plan", "dev"][..], &["plan", "dev", "--out", PLAN], &["apply", "dev", "--yes"]] {
        let refused = shop.run(None, command).expect(1);
        assert_eq!((refused.out.as_str(), refused.err.as_str()), ("", missing), "{command:?}");
    }
    shop.run(Some(ONE), &["plan", "dev", "--out", PLAN]).expect(0);
    assert_eq!(shop.run(None, &["apply", PLAN, "--yes"]).expect(1).err, missing);
    another_value_is_stale(&shop);
    shop.run(Some(ONE), &["apply", PLAN, "--yes"]).expect(0);
    // What does not need it goes on without it.
    shop.run(None, &["plan", "dev", "--detailed-exitcode"]).expect(0);
    shop.run(None, &["destroy", "dev", "--yes"]).expect(0);
}

#[track_caller]
fn another_value_is_stale(shop: &Shop) {
    let stale = shop.run(Some(TWO), &["apply", PLAN, "--yes"]).expect(5);
    let expected = "error: the plan is stale: the secret `api-key` has another value than when it was made\n  \
                    help: plan again, look at the new plan, and apply that\n";
    assert_eq!((stale.out.as_str(), stale.err.as_str()), ("", expected));
}

#[test]
fn what_is_written_to_git_does_not_need_its_secret_and_remembers_what_it_was() {
    let shop = Shop::new("git");
    // A runner without the secret plans and applies: the file only refers to it.
    shop.run(None, &["plan", "dev", "--out", PLAN]).expect(0);
    shop.run(Some(TWO), &["apply", PLAN, "--yes"]).expect(0);
    assert_eq!(shop.plan(None), []);
    // With another value nothing in the branch changes: nothing is pending, and nothing could be applied.
    for (value, judged) in [(None, false), (Some(ONE), true), (Some(TWO), true)] {
        let drift = shop.drift(value, 0);
        assert_eq!((&drift["secrets_judged"], &drift["resources"]), (&json!(judged), &json!([])), "{value:?}");
    }
    // A plan that was made with a value is not applied beside another one.
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.run(Some(ONE), &["plan", "dev", "--out", PLAN]).expect(0);
    another_value_is_stale(&shop);
    shop.run(None, &["apply", PLAN, "--yes"]).expect(0);
    shop.project.edit(FILE, "LOG_LEVEL: warn", "LOG_LEVEL: error");
    shop.run(Some(ONE), &["plan", "dev", "--out", PLAN]).expect(0);
    // On another machine nothing can be compared: the key never leaves the state.
    std::fs::remove_dir_all(shop.project.at(".driftless")).unwrap();
    let other = shop.run(Some(TWO), &["apply", PLAN, "--yes"]).expect(5);
    assert!(other.err.starts_with("error: the plan is stale: it was made with another state store"), "{}", other.err);
}

#[test]
fn a_look_makes_no_key() {
    let shop = Shop::new("git");
    shop.run(Some(ONE), &["plan", "dev"]).expect(0);
    shop.run(Some(ONE), &["status", "dev"]).expect(0);
    assert!(!shop.project.at(".driftless/state").exists());
}
