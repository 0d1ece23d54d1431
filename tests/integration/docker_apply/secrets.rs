//! A secret is in the environment of `docker compose` and in the container's file, and nowhere else.

use super::place::{FILE, Place, SECRET};
use super::support::canary::Canaries;
use super::support::engine::Engine;
use std::process::Stdio;

#[test]
fn a_secret_is_in_no_command_line_no_label_and_no_file() {
    let place = Place::new(Engine::shared());
    let canaries = Canaries::of(&[SECRET]);
    for text in ["LOG_LEVEL: info", "LOG_LEVEL: debug"] {
        place.project.edit(FILE, "LOG_LEVEL: info", text);
        let mut child = place.command(&["apply", "dev", "--yes", "--events"]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut samples = 0;
        while child.try_wait().unwrap().is_none() {
            samples += command_lines(&canaries);
        }
        assert!(child.wait().unwrap().success() && samples > 100, "{samples}");
    }
    assert_eq!(place.docker("exec PROJECT-api-1 cat /run/secrets/app"), SECRET);
    for name in place.containers().keys() {
        canaries.assert_not_in(name, place.engine.inspect(&place.called(name)).to_string().as_bytes());
    }
    let image = place.docker(&format!("history --no-trunc {}", super::place::IMAGE));
    canaries.assert_not_in("the image", image.as_bytes());
    assert!(canaries.assert_not_below(&place.project.at(".driftless"), &[]) > 3);
}

/// How many processes were looked at.
fn command_lines(canaries: &Canaries) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path()) {
        if let Ok(line) = std::fs::read(entry.join("cmdline")) {
            canaries.assert_not_in("a command line", &line);
            count += 1;
        }
    }
    count
}
