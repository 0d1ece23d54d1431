//! What people do to a branch that is not the edit of a value: whole reports, in words and as data, and an apply that puts it back.
//!
//! The transcripts lie in `tests/golden/by_hand/`; `DRIFTLESS_BLESS=1 cargo test --test integration by_hand` writes what the program says now.

use super::support::project::git_in;
use super::support::shop::{API, BRANCH, Branch, FILE, MANIFEST, Place, Shop, WORKER};
use super::support::transcript::stable;
use std::path::Path;

/// What a command prints, and how it ended.
fn said(shop: &Shop, command: &[&str], code: i32) -> String {
    let run = shop.project.run(command).expect(code);
    let out = match serde_json::from_str::<serde_json::Value>(&run.out) {
        Ok(json) => serde_json::to_string_pretty(&json).unwrap() + "\n",
        Err(_) => run.out.clone(),
    };
    let here = shop.project.path().display().to_string();
    format!("$ driftless {}\n{}[{code}]\n\n", command.join(" "), out.replace(&here, "<here>"))
}

/// The reports of one state of the branch. `codes` are those of drift and plan.
#[track_caller]
fn transcript(shop: &Shop, name: &str, codes: (i32, i32)) {
    let (drift, plan) = codes;
    let text = [
        said(shop, &["drift", "dev"], drift),
        said(shop, &["plan", "dev", "--detailed-exitcode"], plan),
        said(shop, &["drift", "dev", "--output", "markdown"], drift),
        said(shop, &["drift", "dev", "--output", "json"], drift),
    ]
    .concat();
    super::docs::compare(&format!("tests/golden/by_hand/{name}.txt"), &stable(&text), str::to_owned);
}

/// The whole of it: what is reported, and that an apply puts back what was there and touches nothing else.
#[track_caller]
fn case(name: &str, edit: impl FnOnce(&Path)) {
    let shop = Shop::applied(Place::Here);
    let ours = shop.branch();
    shop.by_hand(name, edit);
    let foreign: Branch = shop.branch().into_iter().filter(|(path, _)| !ours.contains_key(path)).collect();
    transcript(&shop, name, (2, 2));
    healed(&shop, &ours, foreign);
}

#[track_caller]
fn healed(shop: &Shop, ours: &Branch, foreign: Branch) {
    shop.heal();
    let mut expected = ours.clone();
    expected.extend(foreign);
    assert_eq!(without_list(shop.branch()), without_list(expected));
    // The list says of our files what it said; only by which apply it was written is another thing.
    let files =
        |branch: &Branch| serde_json::from_str::<serde_json::Value>(&branch[MANIFEST].1).unwrap()["files"].clone();
    assert_eq!(files(&shop.branch()), files(ours));
    shop.project.run(&["drift", "dev", "--quiet"]).expect(0);
}

fn without_list(mut branch: Branch) -> Branch {
    branch.remove(MANIFEST);
    branch
}

fn text(at: &Path, path: &str) -> String {
    std::fs::read_to_string(at.join(path)).unwrap()
}

#[test]
fn a_mode_is_a_field_of_its_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let executable = |at: &Path| {
        std::fs::set_permissions(at.join(API), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    case("mode", executable);
    case("mode_and_value", |at| {
        executable(at);
        std::fs::write(at.join(API), text(at, API).replace("LOG_LEVEL: info", "LOG_LEVEL: debug")).unwrap();
    });
}

#[test]
fn a_file_that_holds_no_yaml_any_more_is_told_by_its_lines() {
    case("broken_yaml", |at| std::fs::write(at.join(API), text(at, API) + "foo: [bar\n").unwrap());
    case("emptied", |at| std::fs::write(at.join(API), "").unwrap());
}

#[test]
fn line_endings_are_named() {
    case("line_endings", |at| std::fs::write(at.join(API), text(at, API).replace('\n', "\r\n")).unwrap());
    case("one_line_ending", |at| std::fs::write(at.join(API), text(at, API).replacen('\n', "\r\n", 1)).unwrap());
}

#[test]
fn a_text_that_has_nothing_in_common_is_shown_in_part() {
    let lines: String = (0..3_000).map(|line| format!("# {line}\n")).collect();
    case("another_text", |at| std::fs::write(at.join(API), lines + &text(at, API)).unwrap());
    // Comments scattered all over.
    case("scattered", |at| {
        let many: Vec<String> = text(at, API).lines().map(|line| format!("{line} # {}\n", line.len())).collect();
        std::fs::write(at.join(API), many.concat()).unwrap();
    });
}

#[test]
fn the_list_of_our_files_is_put_back_and_nothing_is_lost_without_it() {
    case("list_deleted", |at| std::fs::remove_file(at.join(MANIFEST)).unwrap());
    case("list_broken", |at| std::fs::write(at.join(MANIFEST), "{").unwrap());
    case("list_emptied_and_file_deleted", |at| {
        let mut list: serde_json::Value = serde_json::from_str(&text(at, MANIFEST)).unwrap();
        list["files"] = serde_json::json!({});
        std::fs::write(at.join(MANIFEST), serde_json::to_string_pretty(&list).unwrap() + "\n").unwrap();
        std::fs::remove_file(at.join(WORKER)).unwrap();
    });
}

/// An apply of something else puts the list back too, and a change in Git deletes what it must and no more.
#[test]
fn a_deletion_without_the_list_deletes_what_git_does_not_declare_any_more() {
    let shop = Shop::applied(Place::Here);
    let api = shop.branch()[API].clone();
    shop.by_hand("no list", |at| {
        std::fs::remove_file(at.join(MANIFEST)).unwrap();
        std::fs::write(at.join("deploy/dev/edge/notes.txt"), "mine\n").unwrap();
    });
    let file = shop.project.read(FILE);
    let (head, _) = file.split_once("  worker:").unwrap();
    shop.project.write(FILE, head);
    shop.project.commit("no worker");
    shop.heal();
    let notes = ("100644".to_owned(), "mine\n".to_owned());
    let expected: Branch = [(API.to_owned(), api), ("deploy/dev/edge/notes.txt".to_owned(), notes)].into();
    assert_eq!(shop.files(), expected);
}

#[test]
fn a_branch_that_is_gone_is_named_once() {
    for place in [Place::Here, Place::Remote] {
        let shop = Shop::applied(place);
        let ours = shop.branch();
        shop.git(&["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
        if place == Place::Here {
            transcript(&shop, "no_branch", (2, 2));
        } else {
            let drift = shop.drift(2);
            let remote = shop.repository().display().to_string();
            let message = format!(
                "branch {BRANCH} of file://{remote} is gone, and with it all that was applied to it; the next apply makes it anew, without its history"
            );
            let expected =
                serde_json::json!([{"code": "DL0519", "severity": "warning", "message": message, "source": null}]);
            assert_eq!(drift["findings"], expected);
        }
        healed(&shop, &ours, Branch::new());
    }
}

#[test]
fn who_took_a_file_away_is_known() {
    case("deleted", |at| std::fs::remove_file(at.join(WORKER)).unwrap());
    case("renamed", |at| {
        std::fs::rename(at.join(WORKER), at.join("deploy/dev/edge/docker-compose.yaml")).unwrap();
    });
    // Taken away on a branch of its own that was merged, with something else in between.
    case("deleted_in_a_merge", |at| {
        let commit = |message: &str| {
            git_in(at, &["add", "-A"]);
            git_in(at, &["commit", "-q", "-m", message]);
        };
        git_in(at, &["checkout", "-q", "-b", "tidy"]);
        std::fs::remove_file(at.join(WORKER)).unwrap();
        git_in(at, &["config", "user.name", "Tess Tidy"]);
        commit("tidy");
        git_in(at, &["checkout", "-q", BRANCH]);
        git_in(at, &["config", "user.name", "Hal Hand"]);
        std::fs::write(at.join("README.md"), "read me\n").unwrap();
        commit("words");
        git_in(at, &["merge", "-q", "--no-edit", "tidy"]);
    });
}

#[test]
fn what_works_is_named_where_something_stands_in_our_place() {
    let shop = Shop::applied(Place::Here);
    let ours = shop.branch();
    shop.by_hand("folder", |at| {
        std::fs::remove_file(at.join(API)).unwrap();
        std::fs::create_dir(at.join(API)).unwrap();
        std::fs::write(at.join(API).join("inner.txt"), "mine\n").unwrap();
    });
    transcript(&shop, "folder", (2, 3));
    let before = shop.branch();
    shop.project.run(&["apply", "dev", "--yes", "--adopt", "--quiet"]).expect(3);
    assert_eq!(shop.branch(), before);
    shop.by_hand("moved away, as was said", |at| {
        git_in(at, &["mv", API, "deploy/dev/compose/mine"]);
    });
    shop.heal();
    assert_eq!(shop.branch()[API], ours[API]);

    // A file that was there before us is taken over by the command that the report names.
    let shop = Shop::new(Place::Here);
    shop.project.git(&["checkout", "-q", "--orphan", BRANCH]);
    shop.project.git(&["rm", "-r", "-q", "-f", "--cached", "."]);
    shop.project.git(&["clean", "-fdxq"]);
    shop.project.write(API, "name: theirs\n");
    shop.project.commit("theirs");
    shop.project.git(&["checkout", "-q", "-f", "main"]);
    transcript(&shop, "foreign", (2, 3));
    shop.project.run(&["apply", "dev", "--only", &format!("git:{API}"), "--adopt", "--yes", "--quiet"]).expect(0);
    assert_eq!(shop.branch()[API], ours[API]);
}

#[test]
fn what_is_no_file_is_one_difference() {
    case("link", |at| {
        std::fs::remove_file(at.join(API)).unwrap();
        std::os::unix::fs::symlink("../edge/compose.yaml", at.join(API)).unwrap();
    });
}

/// Nothing here could look at the live system: that is said, nothing of it counts as in sync, and the branch is looked after as ever.
#[test]
fn a_live_system_that_nothing_looks_at_is_unknown() {
    let shop = Shop::new(Place::Here);
    shop.project.edit(FILE, "compose: {}", "compose: {observe: live}");
    shop.project.commit("look at what runs");
    shop.project.run(&["apply", "dev", "--yes", "--quiet"]).expect(0);
    transcript(&shop, "observe_live", (3, 0));
    let ours = shop.branch();
    shop.by_hand("louder", |at| {
        std::fs::write(at.join(API), text(at, API).replace("LOG_LEVEL: info", "LOG_LEVEL: debug")).unwrap();
    });
    let drift = shop.project.run(&["drift", "dev", "--output", "json"]).expect(3).json();
    assert_eq!(
        (&drift["drifted"], &drift["complete"], &drift["summary"]["changed"]),
        (&true.into(), &false.into(), &1.into())
    );
    shop.heal();
    assert_eq!(without_list(shop.branch()), without_list(ours));
    shop.project.run(&["destroy", "dev", "--yes", "--quiet"]).expect(0);
    assert_eq!(shop.branch(), Branch::new());
}
