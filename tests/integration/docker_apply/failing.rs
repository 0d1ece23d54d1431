//! What does not get well is told with what it said, and put back as it was.

use super::place::{FILE, Place, SECRET};
use super::support::engine::Engine;

#[test]
fn a_container_that_ends_again_and_again_says_why_without_the_secret() {
    let place = Place::applied(Engine::shared());
    let before = place.containers();
    let wrong = "\"echo it begins with $${PASSWORD}; exit 7; ";
    place.project.edit(FILE, "\"trap exit TERM; ", wrong);
    let failed = place.run(&["apply", "dev", "--yes"]).expect(1);
    assert!(failed.err.contains("it ended with exit code 7, again after"), "{}", failed.err);
    assert!(failed.err.contains("it begins with (sensitive)"), "{}", failed.err);
    assert!(!failed.err.contains(SECRET), "{}", failed.err);
    // It was made anew twice: as it is declared, and as it was.
    let after = place.containers();
    assert_eq!(after["web-1"], before["web-1"]);
    assert_ne!(after["api-1"], before["api-1"]);
    place.project.edit(FILE, wrong, "\"trap exit TERM; ");
    place.assert_in_sync();
    place.assert_as_compose_has_it();
}

#[test]
fn a_job_that_fails_is_told_with_its_log() {
    let place = Place::applied(Engine::shared());
    place.project.edit(FILE, "echo done", "echo not today; exit 3");
    let failed = place.run(&["apply", "dev", "--yes", "--on-failure", "stop"]);
    let failed = if failed.code == Some(64) { place.run(&["apply", "dev", "--yes"]) } else { failed }.expect(1);
    assert!(failed.err.contains("it ended with exit code 3\n    not today"), "{}", failed.err);
    place.project.edit(FILE, "echo not today; exit 3", "echo done");
    place.run(&["apply", "dev", "--yes"]).expect(0);
    place.assert_in_sync();
}

#[test]
fn a_health_check_that_fails_is_told_with_what_it_printed() {
    let place = Place::applied(Engine::shared());
    place.project.edit(FILE, "exec: [redis-cli, ping]", "exec: [redis-cli, -p, \"1\", ping]");
    let failed = place.run(&["apply", "dev", "--yes"]).expect(1);
    assert!(failed.err.contains("health check: 3 of 3 failures: Could not connect to Redis"), "{}", failed.err);
    place.project.edit(FILE, "exec: [redis-cli, -p, \"1\", ping]", "exec: [redis-cli, ping]");
    place.assert_in_sync();
}
