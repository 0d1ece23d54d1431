//! What must hold of previews wherever they run. Each scenario takes the place.

use super::place::Place;
use super::shop::{FILE, START, Shop, TTL};
use driftless::ops::OpsError;
use serde_json::{Value as Json, json};

/// What must hold on a place.
type Scenario = fn(&dyn Place);

/// All of them, by name.
pub const ALL: &[(&str, Scenario)] = &[
    ("ten_at_once_and_no_more", ten_at_once_and_no_more),
    ("what_is_reported", what_is_reported),
    ("a_lost_record", a_lost_record),
    ("a_listing_that_fails", a_listing_that_fails),
    ("a_look_that_goes_astray", a_look_that_goes_astray),
    ("what_is_left_is_named", what_is_left_is_named),
    ("hostile_names_of_branches", hostile_names_of_branches),
    ("a_commit_is_compiled", a_commit_is_compiled),
    ("a_preview_is_an_environment", a_preview_is_an_environment),
    ("without_its_file", without_its_file),
    ("a_place_that_is_taken", a_place_that_is_taken),
];

fn names(list: &Json) -> Vec<(String, String)> {
    let text = |one: &Json, key: &str| one[key].as_str().unwrap().to_owned();
    list["previews"].as_array().unwrap().iter().map(|one| (text(one, "name"), text(one, "standing"))).collect()
}

fn standing(names: &[(&str, &str)]) -> Vec<(String, String)> {
    names.iter().map(|(name, standing)| ((*name).to_owned(), (*standing).to_owned())).collect()
}

fn refused(error: &OpsError) -> (String, u8) {
    (error.to_string(), error.exit_code())
}

fn time(seconds: i64) -> String {
    driftless::sys::rfc3339_of_seconds(START + seconds).unwrap()
}

const ADDRESSES: [&str; 3] = ["docker:container/api", "docker:volume/api-data", "docker:network/"];

/// The addresses of a preview, sorted.
fn addresses(number: u32) -> Vec<String> {
    let network = format!("{}dev-pr-{number}", ADDRESSES[2]);
    let mut all = vec![ADDRESSES[0].to_owned(), ADDRESSES[1].to_owned(), network];
    all.sort();
    all
}

fn ten_at_once_and_no_more(place: &dyn Place) {
    let shop = Shop::new(place, 10);
    let base = shop.base();
    std::thread::scope(|scope| {
        let all: Vec<_> = (1..=10)
            .map(|number| {
                scope.spawn({
                    let shop = &shop;
                    move || shop.up(number)
                })
            })
            .collect();
        for one in all {
            place.check_endpoints(&one.join().unwrap());
        }
    });
    let owner = |number: u32| shop.owner(&format!("dev-pr-{number}"));
    let marked = place.marked(&shop.project);
    for number in 1..=10 {
        assert_eq!(marked[&owner(number)].iter().cloned().collect::<Vec<_>>(), addresses(number));
    }
    assert_eq!(marked.len(), 11);
    // One more is refused before anything is made; one that is there is brought up to date all the same.
    let error = shop.try_up(11, Some("x"), None).err().unwrap();
    assert_eq!(refused(&error), ("dev has 10 previews, and 10 are allowed".into(), 4));
    shop.at(TTL / 2);
    assert_eq!(shop.up(3)["created"], false);
    assert_eq!(place.marked(&shop.project), marked);
    // Age counts from the last activity.
    shop.at(TTL - 1);
    let (report, code) = shop.reap();
    assert_eq!((&report["reaped"], report["stays"].as_array().unwrap().len(), code), (&json!([]), 10, 0));
    shop.at(TTL);
    let (report, code) = shop.reap();
    assert_eq!((code, &report["stays"], &report["held"]), (0, &json!(["dev-pr-3"]), &json!([])));
    let reaped: Vec<&Json> = report["reaped"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(reaped, [1, 2, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(shop.owners(), ["dev", "dev-pr-3"]);
    shop.at(TTL / 2 + TTL);
    assert_eq!(shop.reap().1, 0);
    assert_eq!(shop.owners(), ["dev"]);
    assert_eq!(
        shop.list(),
        (
            json!({"format_version": "1.0", "kind": "Previews", "tool_version": env!("CARGO_PKG_VERSION"),
        "previews": [], "unlisted": [], "complete": true}),
            0
        )
    );
    assert_eq!(shop.base(), base);
}

fn what_is_reported(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    let tool_version = env!("CARGO_PKG_VERSION");
    let mut status = json!({"name": "dev-pr-7", "environment": "dev", "number": 7, "standing": "active", "branch": "feature",
        "commit": shop.commit(), "created_at": time(0), "last_activity_at": time(0), "expires_at": time(TTL), "url": "https://pr-7.x",
        "resources": null});
    let order = [addresses(7)[1].clone(), addresses(7)[2].clone(), addresses(7)[0].clone()];
    let run = |changed: &[String]| json!({"changed": changed, "failed": [], "interrupted": null, "remaining": []});
    let mut report = shop.up(7);
    place.check_endpoints(&report);
    let parts = (report["endpoints"].take(), report["note"].take());
    assert_eq!(
        report,
        json!({"format_version": "1.0", "kind": "Preview", "tool_version": tool_version, "preview": status,
        "created": true, "run": run(&order), "endpoints": null, "note": null, "complete": true})
    );
    // Nothing has changed: it is in use all the same.
    shop.at(100);
    let mut report = shop.up(7);
    status["last_activity_at"] = json!(time(100));
    status["expires_at"] = json!(time(100 + TTL));
    assert_eq!((report["endpoints"].take(), report["note"].take()), parts);
    assert_eq!(
        report,
        json!({"format_version": "1.0", "kind": "Preview", "tool_version": tool_version, "preview": status,
        "created": false, "run": run(&[]), "endpoints": null, "note": null, "complete": true})
    );
    status["resources"] = json!(3);
    let listed = |status: &Json| {
        json!({"format_version": "1.0", "kind": "Previews", "tool_version": tool_version,
        "previews": [status], "unlisted": [], "complete": true})
    };
    assert_eq!(shop.list(), (listed(&status), 0));
    shop.at(100 + TTL);
    status["standing"] = json!("expired");
    assert_eq!(shop.list(), (listed(&status), 0));
    let removal = |changed: &[String]| {
        json!({"name": "dev-pr-7", "environment": "dev", "number": 7, "run": run(changed), "left": [],
        "gaps": [], "error": null})
    };
    let away = [addresses(7)[0].clone(), addresses(7)[1].clone(), addresses(7)[2].clone()];
    let reaped = |reaped: Json| {
        json!({"format_version": "1.0", "kind": "PreviewReap", "tool_version": tool_version,
        "reaped": reaped, "held": [], "stays": [], "unrecorded": [], "unlisted": [], "complete": true})
    };
    let (mut report, code) = shop.reap();
    sort_changed(&mut report["reaped"][0]["run"]);
    assert_eq!((report, code), (reaped(json!([removal(&away)])), 0));
    assert_eq!(shop.reap(), (reaped(json!([])), 0));
    // What is down already is down.
    let down = json!({"format_version": "1.0", "kind": "PreviewRemoval", "tool_version": tool_version, "removal": removal(&[]),
        "complete": true});
    assert_eq!(shop.down(7), (down, 0));
}

/// The order in which things go is not ours to say.
fn sort_changed(run: &mut Json) {
    run["changed"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
}

fn a_lost_record(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    for number in [1, 2, 3] {
        if number == 3 {
            std::fs::remove_dir_all(shop.project.at(".driftless/state/objects/previews")).unwrap();
        }
        shop.up(number);
    }
    let expected = standing(&[("dev-pr-1", "unrecorded"), ("dev-pr-2", "unrecorded"), ("dev-pr-3", "active")]);
    assert_eq!(names(&shop.list().0), expected);
    // All of the state is gone: nothing is taken away that no record says is over.
    std::fs::remove_dir_all(shop.project.at(".driftless/state")).unwrap();
    shop.at(10 * TTL);
    let all = ["dev-pr-1", "dev-pr-2", "dev-pr-3"];
    assert_eq!(names(&shop.list().0), standing(&all.map(|name| (name, "unrecorded"))));
    let before = place.marked(&shop.project);
    let (report, code) = shop.reap();
    assert_eq!((&report["reaped"], &report["unrecorded"], code), (&json!([]), &json!(all), 0));
    assert_eq!(place.marked(&shop.project), before);
    // What is there is brought up to date, whatever the quota: two are allowed, and three are there.
    for number in [1, 2, 3] {
        assert_eq!(shop.up(number)["created"], false);
    }
    assert_eq!(names(&shop.list().0), standing(&all.map(|name| (name, "active"))));
    // By its marks alone one can be taken down.
    std::fs::remove_dir_all(shop.project.at(".driftless/state")).unwrap();
    let base = shop.base();
    for number in [1, 2, 3] {
        let (report, code) = shop.down(number);
        assert_eq!((report["removal"]["run"]["changed"].as_array().unwrap().len(), code), (3, 0), "{report:#}");
    }
    assert_eq!(shop.owners(), ["dev"]);
    assert_eq!(shop.base(), base);
}

fn a_listing_that_fails(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    shop.up(1);
    shop.at(TTL);
    let before = place.marked(&shop.project);
    place.go_silent(&shop.project);
    let (list, code) = shop.list();
    assert_eq!(
        (names(&list), list["previews"][0]["resources"].clone(), code),
        (standing(&[("dev-pr-1", "expired")]), Json::Null, 3)
    );
    let reason = list["unlisted"][0]["reason"].as_str().unwrap().to_owned();
    let (report, code) = shop.reap();
    let held = json!([{"name": "dev-pr-1", "reason": format!("what is there could not be listed: {reason}")}]);
    assert_eq!((&report["reaped"], &report["held"], &report["complete"], code), (&json!([]), &held, &json!(false), 3));
    place.come_back(&shop.project);
    assert_eq!(place.marked(&shop.project), before);
    assert_eq!(shop.reap().1, 0);
    assert_eq!(shop.owners(), ["dev"]);
}

fn a_look_that_goes_astray(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    shop.up(1);
    shop.at(TTL);
    let before = place.marked(&shop.project);
    place.go_astray(&shop.project);
    let (report, code) = shop.reap();
    let reason = "things of it are recorded as applied, and none of them is seen: if they are gone, `driftless preview down dev --number 1` says so";
    assert_eq!(
        (&report["reaped"], &report["held"], code),
        (&json!([]), &json!([{"name": "dev-pr-1", "reason": reason}]), 3)
    );
    place.come_back(&shop.project);
    assert_eq!(place.marked(&shop.project), before);
    assert_eq!(names(&shop.list().0), standing(&[("dev-pr-1", "expired")]));
    assert_eq!(shop.reap().1, 0);
    assert_eq!(shop.owners(), ["dev"]);
}

fn what_is_left_is_named(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    shop.up(1);
    let left = place.leave_behind(&shop.project, &shop.owner("dev-pr-1"));
    let (report, code) = shop.down(1);
    let removal = &report["removal"];
    assert_eq!((&removal["left"], &report["complete"], code), (&json!([left]), &json!(false), 1));
    assert_eq!(removal["run"]["changed"].as_array().unwrap().len(), 3);
    assert_eq!(shop.owners(), ["dev", "dev-pr-1"]);
    // It was closed: the next reap goes on, whatever its age, and says the same until nothing is left.
    assert_eq!(names(&shop.list().0), standing(&[("dev-pr-1", "closed")]));
    let (report, code) = shop.reap();
    assert_eq!((&report["reaped"][0]["left"], code), (&json!([left]), 1));
    place.tidy_up(&shop.project, &shop.owner("dev-pr-1"));
    assert_eq!(shop.reap().1, 0);
    assert_eq!(shop.list().0["previews"], json!([]));
    assert_eq!(shop.owners(), ["dev"]);
}

fn hostile_names_of_branches(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    let long = "y".repeat(300);
    let hostile = [
        "../../x",
        "$(rm -rf)",
        "${secret.token}",
        "{{ 7*7 }}",
        "zzz\";echo${IFS}\"hello\";#",
        "-rf",
        "a\u{202e}b\n\u{1b}[31mc",
        "日本",
        &long,
    ];
    let around = |shop: &Shop<'_>| {
        let mut names: Vec<_> =
            std::fs::read_dir(shop.project.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = around(&shop);
    for branch in hostile {
        let (report, code) = shop.try_up(1, Some(branch), None).unwrap_or_else(|error| panic!("{branch:?}: {error}"));
        // What was told is reported as it is; what is made of it is a name.
        assert_eq!((report["preview"]["branch"].as_str(), code), (Some(branch), 0));
        let seen = place.exactly(&shop.project, &shop.owner("dev-pr-1"));
        let at = seen.find("b-").unwrap_or_else(|| panic!("{seen}"));
        let slug: String = seen[at..].chars().take_while(|character| *character != '"').collect();
        let plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
        assert!(slug.chars().all(plain) && slug.len() <= 42, "{branch:?}: {slug}");
        assert!(branch.chars().all(plain) || !seen.contains(branch), "{branch:?}: {seen}");
        assert_eq!(
            place.marked(&shop.project)[&shop.owner("dev-pr-1")].iter().cloned().collect::<Vec<_>>(),
            addresses(1)
        );
        // A terminal is shown nothing that steers it.
        let human = shop.run(&["preview", "list", "--quiet"]).expect(0).out;
        assert!(
            human.chars().all(|character| character == '\n' || !character.is_control() && character != '\u{202e}'),
            "{human:?}"
        );
    }
    assert_eq!(around(&shop), before);
    for (branch, code) in [("", 64), (&"z".repeat(1025), 64)] {
        assert_eq!(shop.try_up(2, Some(branch), None).err().map(|error| error.exit_code()), Some(code));
    }
    assert_eq!(shop.owners(), ["dev", "dev-pr-1"]);
}

fn a_commit_is_compiled(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    let first = shop.commit();
    shop.project.edit(FILE, "image: api:1", "image: api:2");
    shop.project.commit("second");
    let image = |number: u32, image: &str| {
        place.exactly(&shop.project, &shop.owner(&format!("dev-pr-{number}"))).contains(image)
    };
    let (report, code) = shop.try_up(1, Some("x"), Some(&first[..10])).unwrap();
    assert_eq!((report["preview"]["commit"].as_str(), code), (Some(first.as_str()), 0));
    assert!(image(1, "api:1") && !image(1, "api:2"));
    // Others compare it with its own commit, whatever the work tree says.
    let drift = shop.run(&["drift", "dev-pr-1", "--output", "json"]).expect(0).json();
    assert_eq!(
        (&drift["revision"]["commit"], &drift["summary"]["in_sync"], &drift["summary"]["pending"]),
        (&json!(first), &json!(3), &json!(0))
    );
    // Without one it is the work tree again.
    assert_eq!(shop.try_up(1, None, None).unwrap().0["preview"]["commit"], shop.commit());
    assert!(image(1, "api:2") && !image(1, "api:1"));
    for (sha, code) in [("main", 64), ("--all", 64), ("1a2b3c", 64), ("0000000000000000000000000000000000000000", 1)] {
        assert_eq!(shop.try_up(2, None, Some(sha)).err().map(|error| error.exit_code()), Some(code), "{sha}");
    }
    assert_eq!(shop.owners(), ["dev", "dev-pr-1"]);
}

fn a_preview_is_an_environment(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    shop.up(1);
    let project = &shop;
    assert_eq!(
        project.run(&["plan", "dev-pr-1", "--detailed-exitcode", "--output", "json"]).expect(0).json()["environment"],
        "dev-pr-1"
    );
    let statuses = project.run(&["status", "--output", "json"]).expect(0).json();
    let told = |at: usize| {
        (statuses["environments"][at]["environment"].clone(), statuses["environments"][at]["problem"].clone())
    };
    assert_eq!([told(0), told(1)], [(json!("dev"), Json::Null), (json!("dev-pr-1"), Json::Null)]);
    assert_eq!(
        project.run(&["history", "dev-pr-1", "--output", "json"]).expect(0).json()["entries"][0]["why"],
        "preview of pull request 1"
    );
    let explained = project
        .run(&["explain", "dev-pr-1", "docker:container/api#environment.BRANCH", "--output", "json"])
        .expect(0)
        .json();
    let hop = &explained["fields"][0]["hops"][0];
    assert_eq!(
        (&explained["fields"][0]["value"], &hop["file"], &hop["line"]),
        (&json!("b-feature"), &json!(FILE), &json!(13))
    );
    project.project.edit(FILE, "path: /data", "path: /more");
    assert_eq!(project.run(&["plan", "dev-pr-1", "--detailed-exitcode"]).expect(2).code, Some(2));
    // What it has goes without being asked for twice: nothing of it is protected.
    project.run(&["destroy", "dev-pr-1", "--yes"]).expect(0);
    assert_eq!(shop.owners(), ["dev"]);
}

fn without_its_file(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    let base = shop.base();
    for number in [1, 2] {
        shop.up(number);
    }
    std::fs::remove_file(shop.project.at(FILE)).unwrap();
    assert_eq!(shop.down(1).1, 0);
    assert_eq!(shop.owners(), ["dev", "dev-pr-2"]);
    assert_eq!(names(&shop.list().0), standing(&[("dev-pr-2", "active")]));
    shop.at(TTL);
    assert_eq!(shop.reap().1, 0);
    assert_eq!(shop.owners(), ["dev"]);
    // A file with errors is in nobody's way either.
    shop.project.git(&["checkout", "-q", FILE]);
    shop.up(1);
    shop.project.edit(FILE, "module: service", "module: servise");
    let (list, code) = shop.list();
    assert_eq!(
        (names(&list), list["unlisted"][0]["reason"].as_str(), code),
        (standing(&[("dev-pr-1", "active")]), Some("environments/dev.yaml: the files have errors"), 3)
    );
    assert_eq!(shop.down(1).1, 0);
    assert_eq!(shop.owners(), ["dev"]);
    assert_eq!(shop.base(), base);
}

fn a_place_that_is_taken(place: &dyn Place) {
    let shop = Shop::new(place, 2);
    let before = place.marked(&shop.project);
    let (other, name) = (shop.project.read(FILE), place.name());
    shop.project.write(
        "environments/other.yaml",
        other.replace(&format!("project: {name}-dev"), &format!("project: {name}-dev-pr-4")),
    );
    let (message, code) = refused(&shop.try_up(4, Some("x"), None).err().unwrap());
    assert!(
        message.starts_with(&format!("dev-pr-4 would go to project {name}-dev-pr-4"))
            && message.ends_with(", and other is there"),
        "{message}"
    );
    assert_eq!(code, 1);
    shop.project.write("environments/dev-pr-5.yaml", other);
    let message = "environments/dev-pr-5.yaml is an environment of its own: no preview can be called so".to_owned();
    assert_eq!(refused(&shop.try_up(5, Some("x"), None).err().unwrap()), (message, 1));
    assert_eq!(place.marked(&shop.project), before);
}
