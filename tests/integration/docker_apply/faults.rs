//! Engines that end, hang, or have no room.

use super::place::{FILE, Place};
use super::support::engine::Engine;
use super::support::tools;
use std::process::{Child, Stdio};
use std::time::Duration;

fn begin(place: &Place<'_>) -> Child {
    let mut apply = place.command(&["apply", "dev", "--yes"]);
    apply.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// However the apply ended, the next one brings what is declared.
#[track_caller]
fn assert_recovers(place: &Place<'_>, mut apply: Child) {
    apply.wait().unwrap();
    place.run(&["apply", "dev", "--yes"]).expect(0);
    place.assert_in_sync();
    let names: Vec<_> = place.containers().into_keys().collect();
    assert_eq!(names, ["api-1", "init-1", "web-1", "web-2"]);
}

#[test]
fn an_engine_that_is_killed_in_the_middle() {
    let engine = Engine::own(&[]);
    let place = Place::applied(&engine);
    for millis in [300, 800, 1500] {
        place.project.edit(FILE, "LOG_LEVEL: ", "LOG_LEVEL: x");
        let apply = begin(&place);
        std::thread::sleep(Duration::from_millis(millis));
        engine.crash();
        assert_recovers(&place, apply);
    }
    place.docker("exec PROJECT-api-1 true");
}

#[test]
fn an_engine_that_is_gone_is_no_emptiness() {
    let engine = Engine::own(&[]);
    let place = Place::applied(&engine);
    let before = place.containers();
    engine.kill();
    let applied = place.run(&["apply", "dev", "--yes"]).expect(3);
    assert!(applied.err.contains("cannot reach the engine"), "{}", applied.err);
    let drift = place.run(&["drift", "dev", "--output", "json"]).expect(3).json();
    assert_eq!((&drift["drifted"], &drift["summary"]["unknown"]), (&false.into(), &5.into()), "{drift}");
    engine.start();
    place.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!(place.containers().len(), before.len());
    place.assert_in_sync();
}

#[test]
fn an_engine_that_hangs_for_a_while() {
    let engine = Engine::own(&[]);
    let place = Place::applied(&engine);
    place.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: debug");
    let daemon = std::fs::read_to_string(engine.folder().join("docker.pid")).unwrap();
    let signal = |name: &str| drop(tools::succeed(&mut engine.inside(&["kill", "-s", name, daemon.trim()])));
    let apply = begin(&place);
    std::thread::sleep(Duration::from_millis(700));
    signal("STOP");
    std::thread::sleep(Duration::from_secs(5));
    signal("CONT");
    assert_recovers(&place, apply);
}

#[test]
fn a_full_disk_is_told_and_takes_nothing_away() {
    let engine = Engine::own(&["--disk", "64m"]);
    let place = Place::applied(&engine);
    let before = place.containers();
    let fill = ["exec", &place.called("api-1"), "dd", "if=/dev/zero", "of=/var/data/fill", "bs=1M"];
    assert!(!engine.command(&fill).output().unwrap().status.success(), "the disk takes whatever there is");
    place.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: debug");
    let failed = place.run(&["apply", "dev", "--yes"]).expect(1);
    assert!(failed.err.contains("no space left on device"), "{}", failed.err);
    assert!(failed.err.contains("help: make room on the engine's disk"), "{}", failed.err);
    assert_eq!(place.containers(), before);
    place.docker("exec PROJECT-api-1 rm /var/data/fill");
    place.run(&["apply", "dev", "--yes"]).expect(0);
    place.assert_in_sync();
}
