//! `driftless drift --watch`: one report when something drifts, one when it is gone, none in between, and since when across restarts.

use super::support::shop::{API, Place, Shop};
use serde_json::{Value as Json, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A watch under way.
struct Watch {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next report.
    fn report(&mut self) -> Json {
        serde_json::from_str(&self.lines.next().expect("the watch has ended").unwrap()).unwrap()
    }

    /// Ends it as somebody at the terminal would; the exit code.
    fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let left: Vec<_> = self.lines.map_while(Result::ok).collect();
        assert_eq!(left, Vec::<String>::new(), "what was told was not asked for");
        self.child.wait().unwrap().code()
    }
}

fn watch(shop: &Shop) -> Watch {
    Watch::start(shop.project.command(&["drift", "dev", "--watch", "--interval", "1s", "--output", "json"]))
}

fn louder(shop: &Shop) {
    shop.by_hand("louder", |at| {
        let text = std::fs::read_to_string(at.join(API)).unwrap();
        std::fs::write(at.join(API), text.replace("LOG_LEVEL: info", "LOG_LEVEL: debug")).unwrap();
    });
}

/// What a report says in short: what is changed, and what is closed and how.
fn short(report: &Json) -> (bool, Json, Vec<String>) {
    let closed = report["closed"].as_array().cloned().unwrap_or_default();
    let closed = closed.iter().map(|one| format!("{} {}", one["path"].as_str().unwrap(), one["how"].as_str().unwrap()));
    (report["drifted"].as_bool().unwrap(), report["summary"]["changed"].clone(), closed.collect())
}

#[test]
fn each_drift_is_told_once_and_once_that_it_is_gone() {
    let shop = Shop::applied(Place::Here);
    let mut first = watch(&shop);
    assert_eq!(short(&first.report()), (false, json!(0), vec![]));
    louder(&shop);
    let drifted = first.report();
    assert_eq!(short(&drifted), (true, json!(1), vec![]));
    let once = shop.project.run(&["drift", "dev", "--output", "json"]).expect(2).json();
    // It is the report that the command without `--watch` gives, but for when it was looked at.
    let without_time = |report: &Json| {
        let mut report = report.clone();
        report["observed_at"] = Json::Null;
        report
    };
    assert_eq!(without_time(&drifted), without_time(&once));
    assert_eq!(first.interrupt(), Some(130));

    // Another watch knows since when.
    let mut second = watch(&shop);
    let again = second.report();
    let field = |report: &Json| report["resources"][0]["fields"][0]["first_seen"].clone();
    assert_eq!((short(&again), field(&again)), ((true, json!(1), vec![]), field(&drifted)));
    shop.heal();
    let healed = second.report();
    assert_eq!(
        short(&healed),
        (false, json!(0), vec!["services.api.environment.LOG_LEVEL put back by apply 2".to_owned()])
    );
    assert_eq!(healed["closed"][0]["first_seen"], field(&drifted));
    louder(&shop);
    assert_eq!(short(&second.report()), (true, json!(1), vec![]));
    shop.git(&["update-ref", "refs/heads/driftless/dev", "driftless/dev~1"]);
    let gone = "services.api.environment.LOG_LEVEL it is as declared again".to_owned();
    assert_eq!(short(&second.report()), (false, json!(0), vec![gone]));
    assert_eq!(second.interrupt(), Some(130));
}

#[test]
fn a_newer_commit_is_watched_from_then_on() {
    let shop = Shop::applied(Place::Here);
    let mut watch = watch(&shop);
    assert_eq!(watch.report()["summary"]["pending"], 0);
    shop.project.edit(super::support::shop::FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    let commit = shop.project.commit("calmer");
    let report = watch.report();
    assert_eq!((&report["revision"]["commit"], &report["drifted"]), (&json!(commit), &json!(false)));
    assert_eq!(report["summary"]["pending"], 1);
    assert_eq!(watch.interrupt(), Some(130));
}

#[test]
fn a_watch_is_of_one_environment_and_an_interval_is_a_duration() {
    let shop = Shop::new(Place::Here);
    for (arguments, message) in [
        (&["drift", "--watch", "--all"][..], "cannot be used with"),
        (&["drift", "dev", "--watch", "--interval", "soon"][..], "`--interval soon` is no duration"),
        (&["drift", "dev", "--interval", "5s"][..], "--watch"),
    ] {
        let refused = shop.project.run(arguments).expect(64);
        assert!(refused.err.contains(message), "{}", refused.err);
    }
}
