//! What is changed by hand is put back, in place where an engine can, and nothing else is touched.

use super::place::{Containers, FILE, Place, actions};
use super::support::engine::Engine;
use std::collections::BTreeMap;

/// A change by hand, and what becomes of it.
struct ByHand {
    /// Commands, one after the other.
    commands: &'static [&'static str],
    /// What is done, to which address.
    change: (&'static str, &'static str),
    /// What becomes of the containers that are concerned.
    outcome: Outcome,
    /// Which containers that are.
    containers: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// They run on.
    RunsOn,
    /// They are started.
    Started,
    /// They are made anew.
    Anew,
}

const API: (&str, &str) = ("docker:container/api", "update");

const BY_HAND: &[ByHand] = &[
    by_hand(&["update --memory 128m --memory-swap 128m PROJECT-api-1"], API, Outcome::RunsOn),
    by_hand(&["update --pids-limit 77 PROJECT-api-1"], API, Outcome::RunsOn),
    by_hand(&["update --restart no PROJECT-api-1"], API, Outcome::RunsOn),
    // The engine cannot take a limit away.
    by_hand(&["update --cpus 0.5 PROJECT-api-1"], API, Outcome::Anew),
    by_hand(&["network disconnect PROJECT_dev PROJECT-api-1"], API, Outcome::RunsOn),
    by_hand(
        &["network disconnect PROJECT_dev PROJECT-api-1", "network connect --alias other PROJECT_dev PROJECT-api-1"],
        API,
        Outcome::RunsOn,
    ),
    by_hand(&["stop -t 0 PROJECT-api-1"], API, Outcome::Started),
    by_hand(&["stop -t 0 PROJECT-api-1", "network disconnect PROJECT_dev PROJECT-api-1"], API, Outcome::Started),
    by_hand(&["pause PROJECT-api-1"], API, Outcome::RunsOn),
    by_hand(&["rename PROJECT-api-1 PROJECT-elsewhere"], API, Outcome::RunsOn),
    by_hand(&["exec PROJECT-api-1 rm /etc/app.conf"], API, Outcome::RunsOn),
    by_hand(&["exec PROJECT-api-1 cp /etc/passwd /etc/app.conf"], API, Outcome::RunsOn),
    by_hand(&["exec PROJECT-api-1 cp /etc/passwd /run/secrets/app"], API, Outcome::RunsOn),
    by_hand(&["rm --force PROJECT-api-1"], ("docker:container/api", "create"), Outcome::Anew),
    ByHand {
        commands: &["rm --force PROJECT-web-2"],
        change: ("docker:container/web", "update"),
        outcome: Outcome::Anew,
        containers: &["web-2"],
    },
];

const fn by_hand(commands: &'static [&'static str], change: (&'static str, &'static str), outcome: Outcome) -> ByHand {
    ByHand { commands, change, outcome, containers: &["api-1"] }
}

#[test]
fn what_is_changed_by_hand_is_put_back_in_place() {
    is_put_back(Engine::shared());
}

#[test]
fn what_is_changed_by_hand_is_put_back_in_place_on_the_oldest_engine() {
    is_put_back(Engine::oldest());
}

#[track_caller]
fn is_put_back(engine: &Engine) {
    let place = Place::applied(engine);
    place.assert_in_sync();
    for ByHand { commands, change, outcome, containers } in BY_HAND {
        let before = place.containers();
        commands.iter().for_each(|command| drop(place.docker(command)));
        let plan = place.run(&["plan", "dev", "--output", "json"]).expect(0);
        let expected = BTreeMap::from([(change.0.to_owned(), change.1.to_owned())]);
        assert_eq!(actions(&plan), expected, "{commands:?}");
        let applied = place.run(&["apply", "dev", "--yes"]);
        assert_eq!(applied.code, Some(0), "{commands:?}: {}", applied.err);
        assert_eq!(became(&before, &place.containers()), of(containers, *outcome), "{commands:?}");
        place.assert_in_sync();
    }
    place.assert_as_compose_has_it();
}

fn of(containers: &[&str], outcome: Outcome) -> BTreeMap<String, Outcome> {
    let changed = containers.iter().filter(|_| outcome != Outcome::RunsOn);
    changed.map(|name| ((*name).to_owned(), outcome)).collect()
}

/// What became of the containers that do not run on.
fn became(before: &Containers, after: &Containers) -> BTreeMap<String, Outcome> {
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let one = |(name, (id, started)): (&String, &(String, String))| {
        let (id_now, started_now) = &after[name];
        let outcome = match (id == id_now, started == started_now) {
            (true, true) => return None,
            (true, false) => Outcome::Started,
            (false, _) => Outcome::Anew,
        };
        Some((name.clone(), outcome))
    };
    before.iter().filter_map(one).collect()
}

#[test]
fn what_is_gone_with_all_around_it_is_made_again() {
    let place = Place::applied(Engine::shared());
    for line in ["rm --force PROJECT-api-1 PROJECT-web-1 PROJECT-web-2 PROJECT-init-1", "network rm PROJECT_dev"] {
        place.docker(line);
    }
    place.docker("volume rm PROJECT_api-data");
    let plan = place.run(&["plan", "dev", "--output", "json"]).expect(0);
    // The job ran: that its container is gone changes nothing.
    let created = ["container/api", "container/web", "network/dev", "volume/api-data"];
    let expected = created.map(|path| (format!("docker:{path}"), "create".to_owned()));
    assert_eq!(actions(&plan), BTreeMap::from(expected));
    place.run(&["apply", "dev", "--yes"]).expect(0);
    place.assert_in_sync();
    place.assert_as_compose_has_it();
}

#[test]
fn a_change_of_the_file_makes_its_service_anew_and_what_goes_leaves_its_data() {
    let place = Place::applied(Engine::shared());
    place.docker("exec PROJECT-api-1 touch /var/data/kept");
    let before = place.containers();
    place.project.edit(FILE, "limit: 64Mi", "limit: 48Mi");
    place.run(&["apply", "dev", "--yes"]).expect(0);
    assert_eq!(became(&before, &place.containers()), of(&["api-1"], Outcome::Anew));
    place.docker("exec PROJECT-api-1 ls /var/data/kept");
    // A file that its program reads again is changed under it.
    let before = place.containers();
    place.project.edit(FILE, "a 1", "a 2");
    place.run(&["apply", "dev", "--yes"]).expect(0);
    let restarted = became(&before, &place.containers());
    assert!(restarted.values().all(|outcome| *outcome != Outcome::Anew), "{restarted:?}");
    assert_eq!(place.docker("exec PROJECT-api-1 cat /etc/app.conf"), "a 2\nb 2");
    place.assert_in_sync();
    place.assert_as_compose_has_it();
    place.project.edit(FILE, "replicas: 2", "replicas: 3");
    let before = place.containers();
    place.run(&["apply", "dev", "--yes"]).expect(0);
    let mut after = place.containers();
    assert!(after.remove("web-3").is_some());
    assert_eq!(after, before);
    place.assert_as_compose_has_it();
    place.run(&["destroy", "dev", "--yes"]).expect(0);
    assert_eq!(place.name.left(), [format!("volume {}", place.called("api-data"))]);
}
