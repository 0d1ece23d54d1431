//! An apply that is killed at any point is made again by the next one.

use super::place::{FILE, Place};
use super::support::engine::Engine;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

/// Two containers, of which one comes after the other.
const TWO: &str = r#"apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
targets:
  compose: {apply: docker, project: PROJECT}
secrets:
  app: {env: APP_SECRET}
components:
  api:
    module: service
    with:
      image: IMAGE
      command: [sh, -c, "trap exit TERM; while :; do sleep 1; done"]
      env: {LOG_LEVEL: info, PASSWORD: "${secret.app}"}
      volumes: {data: {path: /var/data}}
  web:
    module: service
    with: {image: IMAGE, command: [redis-server, --save, ""], env: {LOG_LEVEL: info}, needs: {api: started}}
"#;

const APPLY: &[&str] = &["apply", "dev", "--yes", "--events"];

/// Runs an apply and kills it when it has told `count` events, and some time after that; how many it told.
fn apply(place: &Place<'_>, count: Option<usize>, later: Duration) -> usize {
    let mut child = place.command(APPLY).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut told = 0;
    while count != Some(told) {
        let Some(line) = lines.next() else { break };
        told += usize::from(line.unwrap().starts_with("{\"event\":"));
    }
    if count.is_some() {
        std::thread::sleep(later);
        // It may have ended in the meantime: then there is nothing to kill.
        drop(child.kill());
    }
    let ended = child.wait().unwrap();
    assert!(count.is_some() || ended.success(), "{ended}");
    told
}

/// Changes both containers.
fn change(place: &Place<'_>, at: usize) {
    let text = place.project.read(FILE);
    let changed: Vec<String> = text
        .lines()
        .map(|line| match line.split_once("LOG_LEVEL: ") {
            Some((before, after)) => {
                let end = after.find([',', '}']).unwrap();
                format!("{before}LOG_LEVEL: l{at}{}", &after[end..])
            }
            None => line.to_owned(),
        })
        .collect();
    place.project.write(FILE, changed.join("\n") + "\n");
}

#[track_caller]
fn assert_converges(place: &Place<'_>, at: usize) {
    let again = place.run(&["apply", "dev", "--yes"]);
    assert_eq!(again.code, Some(0), "killed at {at}: {}{}", again.out, again.err);
    place.assert_in_sync();
    let names: Vec<_> = place.containers().into_keys().collect();
    assert_eq!(names, ["api-1", "web-1"], "killed at {at}");
    let seen = place.engine.inspect(&place.called("web-1"));
    let level = format!("LOG_LEVEL=l{at}");
    assert!(seen["Config"]["Env"].as_array().unwrap().iter().any(|line| *line == level.as_str()), "killed at {at}");
}

#[test]
fn killed_at_every_event_of_an_apply() {
    let place = Place::with(Engine::shared(), TWO);
    let all = apply(&place, None, Duration::ZERO);
    place.docker("exec PROJECT-api-1 touch /var/data/kept");
    assert!(all > 10, "{all} events are not a whole apply");
    for at in 0..=all {
        change(&place, at);
        apply(&place, Some(at), Duration::ZERO);
        assert_converges(&place, at);
    }
    place.docker("exec PROJECT-api-1 ls /var/data/kept");
    place.assert_as_compose_has_it();
}

#[test]
fn killed_while_compose_makes_something_anew() {
    let place = Place::with(Engine::shared(), TWO);
    apply(&place, None, Duration::ZERO);
    // After the first change has begun: containers are made, stopped, removed, renamed and started then.
    let begun = 8;
    for step in 0..12_u32 {
        let at = 1000 + usize::try_from(step).unwrap();
        change(&place, at);
        apply(&place, Some(begun), Duration::from_millis(100) * step);
        assert_converges(&place, at);
    }
}
