//! A saved plan is applied exactly, or refused; of two applies at once never both run.

use super::support::project::run;
use super::support::shop::{API, BRANCH, FILE, PROJECT, Place, Shop, replace};
use driftless::plan::file::decode;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

const SAVED: &str = "saved.plan";

/// A project with a saved plan that has not been applied, and the plan's bytes.
fn with_plan() -> (Shop, Vec<u8>, String) {
    let shop = Shop::new(Place::Here);
    let plan = shop.project.run(&["plan", "dev", "--out", SAVED, "--output", "json"]).expect(0).json();
    let bytes = std::fs::read(shop.project.at(SAVED)).unwrap();
    let digest = plan["digest"].as_str().unwrap().to_owned();
    assert_eq!(decode(&bytes).unwrap().1.as_str(), digest);
    (shop, bytes, digest)
}

/// Insists that a run was refused as a stale or altered plan, that it says so, and that nothing came of it.
#[track_caller]
fn assert_refused(shop: &Shop, arguments: &[&str], reason: &str) {
    let before = shop.git(&["for-each-ref"]);
    let refused = shop.project.run(arguments).expect(5);
    assert_eq!(refused.out, "");
    assert!(refused.err.contains(reason), "{}", refused.err);
    assert!(refused.err.starts_with("error: ") && refused.err.contains("\n  help: "), "{}", refused.err);
    assert_eq!(shop.git(&["for-each-ref"]), before);
}

#[test]
fn whatever_byte_is_flipped_it_is_refused() {
    let (shop, bytes, _) = with_plan();
    for at in 0..bytes.len() {
        // Each bit of a byte in turn, so that letters change their case too.
        let flips = if at % 16 == 0 { 0..8 } else { (at % 8)..(at % 8 + 1) };
        for bit in flips {
            let mut altered = bytes.clone();
            altered[at] ^= 1 << bit;
            assert!(decode(&altered).is_err(), "bit {bit} of byte {at} does not matter");
        }
    }
    for at in (0..bytes.len()).step_by(bytes.len() / 12) {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        shop.project.write(SAVED, &altered);
        assert_refused(&shop, &["apply", SAVED, "--yes"], "saved.plan: the plan file is damaged or was altered: ");
    }
    shop.project.write(SAVED, &bytes);
    shop.project.run(&["apply", SAVED, "--yes"]).expect(0);
    shop.nothing_to_do();
}

#[test]
fn wherever_it_is_cut_and_whatever_is_added_it_is_refused() {
    let (shop, bytes, _) = with_plan();
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length]).is_err(), "the first {length} bytes are taken for a plan");
    }
    let with = |at: usize, what: &[u8]| [&bytes[..at], what, &bytes[at..]].concat();
    let blanks: Vec<usize> =
        (0..=bytes.len()).filter(|at| *at == bytes.len() || matches!(bytes[*at], b',' | b':' | b'{' | b'}')).collect();
    for at in &blanks {
        for what in [" ", "\n", "\t", "\r\n"] {
            assert!(decode(&with(*at, what.as_bytes())).is_err(), "{what:?} at {at} does not matter");
        }
    }
    let pretty = serde_json::to_vec_pretty(&serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()).unwrap();
    let half = bytes[..bytes.len() / 2].to_vec();
    let altered = [
        Vec::new(),
        half,
        bytes[..bytes.len() - 1].to_vec(),
        with(bytes.len(), b"\n"),
        with(1, b" "),
        pretty,
        [&bytes[..], &bytes].concat(),
    ];
    for bytes in altered {
        shop.project.write(SAVED, &bytes);
        assert_refused(&shop, &["apply", SAVED, "--yes"], "saved.plan: the plan file is damaged or was altered: ");
    }
}

#[test]
fn another_digest_is_refused_and_the_right_one_is_not() {
    let (shop, _, digest) = with_plan();
    let other = digest.replace(|c: char| c.is_ascii_digit(), "a");
    let reason = format!("saved.plan is the plan {digest}, and {other} was asked for");
    assert_refused(&shop, &["apply", SAVED, "--yes", "--digest", &other], &reason);
    shop.project.run(&["apply", SAVED, "--yes", "--digest", &digest]).expect(0);
    // Applied once, it follows an older apply.
    let reason = "the plan is stale: it follows apply 0 of dev, and the last one was 1";
    assert_refused(&shop, &["apply", SAVED, "--yes", "--digest", &digest], reason);
}

#[test]
fn a_newer_apply_makes_it_stale() {
    let (shop, bytes, _) = with_plan();
    shop.project.run(&["apply", SAVED, "--yes"]).expect(0);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    shop.project.edit(FILE, "LOG_LEVEL: warn", "LOG_LEVEL: debug");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    assert_refused(
        &shop,
        &["apply", SAVED, "--yes"],
        "the plan is stale: it follows apply 1 of dev, and the last one was 2",
    );
    // Nor does it fit once the state is another one.
    shop.project.write(SAVED, &bytes);
    assert_refused(
        &shop,
        &["apply", SAVED, "--yes"],
        "the plan is stale: it follows apply 0 of dev, and the last one was 2",
    );
    shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    std::fs::rename(shop.project.at(".driftless"), shop.project.at(".away")).unwrap();
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    let reason = "it was made with another state store";
    shop.project.edit(FILE, "LOG_LEVEL: debug", "LOG_LEVEL: info");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    assert_refused(&shop, &["apply", SAVED, "--yes"], reason);
}

/// A clone of the project on another machine, which has no state and writes to the same remote.
fn another_runner(shop: &Shop) -> tempfile::TempDir {
    let clone = tempfile::tempdir().unwrap();
    for path in ["driftless.yaml", FILE] {
        let to = clone.path().join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, shop.project.read(path)).unwrap();
    }
    clone
}

#[test]
fn a_newer_apply_of_another_runner_makes_it_stale_though_no_state_is_shared() {
    let shop = Shop::applied(Place::Remote);
    let other = another_runner(&shop);
    let elsewhere = |arguments: &[&str]| run(shop.project.command(arguments).current_dir(other.path())).expect(0);
    // This plan is of one file, and the newer apply of the other.
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    let text = std::fs::read_to_string(other.path().join(FILE)).unwrap();
    std::fs::write(other.path().join(FILE), text.replace("worker:2.0.0", "worker:2.1.0")).unwrap();
    elsewhere(&["apply", "dev", "--yes"]);
    assert_refused(
        &shop,
        &["apply", SAVED, "--yes"],
        "the plan is stale: it follows apply 1 of dev, and the last one was 2",
    );
    shop.project.edit(FILE, "worker:2.0.0", "worker:2.1.0");
    shop.heal();
    let numbers = shop.git(&["log", "--format=%(trailers:key=Driftless-Generation,valueonly,separator=)", BRANCH]);
    assert_eq!(numbers.lines().collect::<Vec<_>>(), ["3", "2", "1"]);
    // One that destroyed everything leaves its number too.
    shop.project.run(&["plan", "dev", "--destroy", "--out", SAVED]).expect(0);
    elsewhere(&["destroy", "dev", "--yes"]);
    let before = shop.tip();
    shop.project.run(&["apply", SAVED, "--yes"]).expect(5);
    assert_eq!(shop.tip(), before);
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    let numbers = shop.git(&["log", "--format=%(trailers:key=Driftless-Generation,valueonly,separator=)", BRANCH]);
    assert_eq!(numbers.lines().collect::<Vec<_>>(), ["5", "4", "3", "2", "1"]);
}

#[test]
fn a_plan_for_another_place_is_refused() {
    let places = [
        (
            "path: deploy/dev}",
            "path: deploy/dev, branch: production}",
            "branch production of this repository, deploy/dev",
        ),
        ("path: deploy/dev}", "path: deploy/production}", "branch driftless/dev of this repository, deploy/production"),
        (
            "compose: {}",
            "compose: {apply: memory}",
            "branch driftless/dev of this repository, deploy/dev (compose by memory",
        ),
        ("project: shop-edge", "project: shop-other", "branch driftless/dev of this repository, deploy/dev"),
    ];
    for (from, to, now) in places {
        let shop = Shop::applied(Place::Here);
        shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
        shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
        shop.project.edit(FILE, from, to);
        let planned = "the plan is stale: it is for branch driftless/dev of this repository, deploy/dev (compose by git, edge by git), and dev goes to ";
        assert_refused(&shop, &["apply", SAVED, "--yes"], &format!("{planned}{now}"));
        shop.project.edit(FILE, to, from);
        shop.project.run(&["apply", SAVED, "--yes"]).expect(0);
        shop.nothing_to_do();
    }
}

#[test]
fn a_rollback_goes_where_the_environment_is_whatever_its_file_says_now() {
    let shop = Shop::applied(Place::Here);
    let first = shop.files();
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.run(&["apply", "dev", "--yes"]).expect(0);
    shop.project.edit(FILE, "path: deploy/dev}", "path: deploy/dev, branch: production}");
    shop.project.run(&["rollback", "dev", "--yes"]).expect(0);
    assert_eq!(shop.files(), first);
    assert_eq!(shop.git(&["branch", "--list", "production"]), "");
}

#[test]
fn what_a_plan_needs_must_be_what_it_was_too() {
    let project = super::support::Project::with(&[("driftless.yaml", PROJECT), (FILE, LIVE)]);
    project.run(&["apply", "dev", "--yes"]).expect(0);
    project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    let network =
        std::fs::read_dir(project.at(".driftless/memory/dev/compose")).unwrap().map(|entry| entry.unwrap().path());
    let network =
        network.into_iter().find(|path| std::fs::read_to_string(path).unwrap().contains("\"docker:network/")).unwrap();
    let bytes = std::fs::read(&network).unwrap();
    std::fs::remove_file(&network).unwrap();
    let refused = project.run(&["apply", SAVED, "--yes"]).expect(5);
    let expected = "error: the plan is stale: docker:network/dev is not there any more\n  help: plan again, look at the new plan, and apply that\n";
    assert_eq!((refused.out.as_str(), refused.err.as_str()), ("", expected));
    std::fs::write(&network, bytes).unwrap();
    project.run(&["apply", SAVED, "--yes"]).expect(0);
}

/// An environment that is applied to a folder of small files, one a resource.
const LIVE: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {apply: memory}
components:
  api: {module: service, with: {image: \"ghcr.io/shop/api:1.4.2\", env: {LOG_LEVEL: info}}}
";

#[test]
fn a_live_system_that_moved_makes_it_stale() {
    let shop = Shop::applied(Place::Remote);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.run(&["plan", "dev", "--out", SAVED]).expect(0);
    let edit = |at: &std::path::Path| replace(&at.join(API), "GREETING: hello", "GREETING: bye");
    shop.by_hand("bye", edit);
    assert_refused(
        &shop,
        &["apply", SAVED, "--yes"],
        &format!("the plan is stale: git:{API} is not what it was when the plan was made"),
    );
    shop.by_hand("gone", |at| std::fs::remove_file(at.join(API)).unwrap());
    assert_refused(&shop, &["apply", SAVED, "--yes"], &format!("the plan is stale: git:{API} is not there any more"));
    shop.heal();
}

/// An apply that holds the lock: it was started, and stands still in a hook of the remote until `release` is called.
struct Held {
    child: Child,
    gate: std::path::PathBuf,
}

impl Held {
    fn start(shop: &Shop) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        let gate = shop.repository().join("gate");
        std::fs::write(&gate, "").unwrap();
        let hook = shop.repository().join("hooks/pre-receive");
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, format!("#!/bin/sh\nwhile [ -e '{}' ]; do sleep 0.05; done\n", gate.display())).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = shop.project.command(&["apply", "dev", "--yes", "--events"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
        let written = |line: &std::io::Result<String>| line.as_ref().unwrap().contains("is written");
        lines.find(written).expect("the apply makes a commit").unwrap();
        Self { child, gate }
    }

    fn release(mut self) -> i32 {
        std::fs::remove_file(&self.gate).unwrap();
        let mut rest = String::new();
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut rest).unwrap();
        self.child.wait().unwrap().code().unwrap()
    }
}

#[test]
fn of_two_applies_at_once_one_is_refused() {
    let shop = Shop::applied(Place::Remote);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    let held = Held::start(&shop);
    let refused = shop.project.run(&["apply", "dev", "--yes", "--quiet"]).expect(6);
    assert!(refused.err.starts_with("error: locked by Ann Author <ann@shop.example> ("), "{}", refused.err);
    assert!(refused.err.ends_with(")\n  help: wait for it with `--lock-timeout 5m`\n"), "{}", refused.err);
    let status = shop.project.run(&["status", "dev", "--output", "json"]).expect(0).json();
    assert!(status["locked_by"].as_str().unwrap().starts_with("Ann Author <ann@shop.example> ("), "{status}");
    assert_eq!(held.release(), 0);
    shop.nothing_to_do();
    assert_eq!(shop.git(&["rev-list", "--count", BRANCH]).trim(), "2");
    let status = shop.project.run(&["status", "dev", "--output", "json"]).expect(0).json();
    assert_eq!(status["locked_by"], serde_json::Value::Null);
}

#[test]
fn of_two_applies_at_once_one_waits_and_finds_its_plan_stale() {
    let shop = Shop::applied(Place::Remote);
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    let held = Held::start(&shop);
    let mut command = shop.project.command(&["apply", "dev", "--yes", "--events", "--lock-timeout", "30s"]);
    let mut waiting = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(waiting.stderr.take().unwrap()).lines();
    lines
        .find(|line| line.as_ref().unwrap().contains("\"event\":\"lease_waiting\""))
        .expect("the second waits")
        .unwrap();
    assert_eq!(held.release(), 0);
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    // What it was to do was done by the first while it waited: never both.
    assert_eq!(waiting.wait().unwrap().code(), Some(5), "{rest:#?}");
    let reason = "error: the plan is stale: it follows apply 1 of dev, and the last one was 2";
    assert!(rest.iter().any(|line| line == reason), "{rest:#?}");
    assert_eq!(shop.git(&["rev-list", "--count", BRANCH]).trim(), "2");
    shop.nothing_to_do();
}

#[test]
fn many_applies_at_once_make_one_commit() {
    let shop = Shop::new(Place::Here);
    let runs: Vec<_> = std::thread::scope(|scope| {
        let start = || run(&mut shop.project.command(&["apply", "dev", "--yes", "--lock-timeout", "30s"]));
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let codes: Vec<i32> = runs.iter().map(|run| run.code.unwrap()).collect();
    assert!(codes.contains(&0), "{codes:?}");
    // One that planned before the first had ended is stale; one that planned after it has nothing to do.
    assert!(codes.iter().all(|code| matches!(code, 0 | 5)), "{codes:?}");
    assert_eq!(shop.git(&["rev-list", "--count", BRANCH]).trim(), "1");
    shop.nothing_to_do();
}
