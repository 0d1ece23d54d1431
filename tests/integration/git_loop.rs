//! The loop on Git: what somebody does to the branch by hand is reported whole, put back, and nothing else is touched.

use super::support::project::git_in;
use super::support::report::assert_report;
use super::support::shop::{API, BRANCH, Branch, FILE, MANIFEST, Place, Shop, WORKER, position, replace};
use serde_json::{Value as Json, json};
use std::path::Path;

const HAL: &str = "Hal Hand <hal@shop.example>";
const ANN: &str = "Ann Author <ann@shop.example>";

/// A place in the environment file, where `needle` begins.
fn declared_at(shop: &Shop, needle: &str, skip: usize) -> Json {
    let (line, column) = position(&shop.project.read(FILE), needle);
    json!({"file": FILE, "line": line, "column": column + skip, "commit": shop.project.git(&["rev-parse", "HEAD"]).trim(), "author": ANN})
}

/// What else moves every field of the first component: where it goes. No other module takes the same inputs.
fn via(shop: &Shop) -> Json {
    json!([declared_at(shop, "target: compose", "target: ".len())])
}

/// A whole report: `counts` are those that are not zero.
fn report(shop: &Shop, counts: &[(&str, usize)], drifted: bool, resources: Json) -> Json {
    let mut summary = json!({
        "in_sync": 0, "changed": 0, "missing": 0, "unmanaged": 0, "moved": 0, "pending": 0, "ignored": 0, "unknown": 0, "consequences": 0,
    });
    for (class, count) in counts {
        summary[*class] = json!(count);
    }
    json!({
        "format_version": "1.0", "kind": "DriftReport", "tool_version": env!("CARGO_PKG_VERSION"), "environment": "dev",
        "revision": {"commit": shop.project.git(&["rev-parse", "HEAD"]).trim(), "dirty": false, "digest": "<digest>"},
        "observed_at": "<time>", "complete": true, "drifted": drifted, "baseline": "applied", "secrets_judged": true,
        "summary": summary, "resources": resources, "gaps": [], "ignored": [], "findings": [],
    })
}

fn changed_by(commit: &str) -> Json {
    json!({"who": HAL, "when": "<time>", "evidence": format!("commit {commit}")})
}

fn remedy(path: &str) -> Json {
    json!({"kind": "runtime", "command": format!("driftless apply dev --only git:{path}")})
}

/// A field of the first component's file.
fn field(shop: &Shop, name: &str, class: &str, declared: &str, live: Json, commit: &str) -> Json {
    let about = json!({"path": format!("services.api.environment.{name}"), "class": class});
    let needle = format!("{name}: ");
    let mut field = about;
    let rest = json!({
        "declared": declared, "applied": declared, "live": live, "sensitive": false,
        "source": declared_at(shop, &needle, needle.len()), "via": via(shop), "changed_by": changed_by(commit),
        "first_seen": "<time>", "remedy": remedy(API),
    });
    field.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    field
}

fn changed(path: &str, fields: Json) -> Json {
    json!({"address": format!("git:{path}"), "component": null, "class": "changed", "occupied_by": null, "fields": fields, "consequences": []})
}

/// A file of ours that is not there, and the entry of `targets:` that it comes from.
fn missing(shop: &Shop, path: &str, target: &str, commit: Option<&str>) -> Json {
    let mut missing = json!({
        "address": format!("git:{path}"), "component": null, "class": "missing", "occupied_by": null, "fields": [], "consequences": [],
        "reason": "it was applied and is not there any more", "source": declared_at(shop, target, target.find('{').unwrap()),
        "first_seen": "<time>", "remedy": remedy(path),
    });
    // Where history was rewritten nobody took it away.
    if let Some(commit) = commit {
        missing["changed_by"] = changed_by(commit);
    }
    missing
}

fn unmanaged(path: &str, commit: &str) -> Json {
    json!({
        "address": format!("git:{path}"), "component": null, "class": "unmanaged", "occupied_by": null, "fields": [], "consequences": [],
        "reason": "it is in our scope and not ours: it is never touched", "changed_by": changed_by(commit), "first_seen": "<time>",
    })
}

/// What the branch must hold: ours as it was, and what somebody else put there.
#[track_caller]
fn assert_branch(shop: &Shop, ours: &Branch, foreign: &[(&str, &str)]) {
    let mut expected = ours.clone();
    let file = |(path, text): &(&str, &str)| ((*path).to_owned(), ("100644".to_owned(), (*text).to_owned()));
    expected.extend(foreign.iter().map(file));
    assert_eq!(shop.files(), expected);
}

fn in_sync(shop: &Shop) -> Json {
    report(shop, &[("in_sync", 2)], false, json!([]))
}

/// The whole loop, where the branch lies in `place`.
fn whole_loop(place: Place) {
    let shop = Shop::applied(place);
    let ours = shop.files();
    assert_eq!(ours.keys().collect::<Vec<_>>(), [API, WORKER]);
    shop.nothing_to_do();
    assert_report(&shop.drift(0), &in_sync(&shop));
    value_changed_and_key_removed(&shop, &ours);
    file_deleted_and_renamed(&shop, &ours);
    foreign_files(&shop, &ours);
    history_rewritten(&shop, &ours);
    conflict(&shop, &ours);
}

fn value_changed_and_key_removed(shop: &Shop, ours: &Branch) {
    let commit = shop.by_hand("louder", |at| replace(&at.join(API), "LOG_LEVEL: info", "LOG_LEVEL: debug"));
    let expected = json!([changed(API, json!([field(shop, "LOG_LEVEL", "changed", "info", json!("debug"), &commit)]))]);
    assert_report(&shop.drift(2), &report(shop, &[("in_sync", 1), ("changed", 1)], true, expected));
    shop.heal();
    assert_branch(shop, ours, &[]);

    let commit = shop.by_hand("no greeting", |at| replace(&at.join(API), "      GREETING: hello\n", ""));
    let expected = json!([changed(API, json!([field(shop, "GREETING", "removed", "hello", Json::Null, &commit)]))]);
    assert_report(&shop.drift(2), &report(shop, &[("in_sync", 1), ("changed", 1)], true, expected));
    shop.heal();
    assert_branch(shop, ours, &[]);
    assert_report(&shop.drift(0), &in_sync(shop));
}

fn file_deleted_and_renamed(shop: &Shop, ours: &Branch) {
    let commit = shop.by_hand("not needed", |at| std::fs::remove_file(at.join(WORKER)).unwrap());
    let expected = json!([missing(shop, WORKER, "edge: {", Some(&commit))]);
    assert_report(&shop.drift(2), &report(shop, &[("in_sync", 1), ("missing", 1)], true, expected));
    shop.heal();
    assert_branch(shop, ours, &[]);

    let renamed = "deploy/dev/edge/docker-compose.yml";
    let commit = shop.by_hand("as I like it", |at| std::fs::rename(at.join(WORKER), at.join(renamed)).unwrap());
    let mut moved = missing(shop, WORKER, "edge: {", Some(&commit));
    moved["class"] = json!("moved");
    moved["reason"] = json!(format!("somebody renamed it to git:{renamed}"));
    moved["moved_to"] = json!(format!("git:{renamed}"));
    assert_report(&shop.drift(2), &report(shop, &[("in_sync", 1), ("moved", 1)], true, json!([moved])));
    shop.heal();
    assert_branch(shop, ours, &[(renamed, &ours[WORKER].1)]);
    let expected = json!([unmanaged(renamed, &commit)]);
    assert_report(&shop.drift(0), &report(shop, &[("in_sync", 2), ("unmanaged", 1)], false, expected));
    shop.by_hand("away with it", |at| std::fs::remove_file(at.join(renamed)).unwrap());
    assert_report(&shop.drift(0), &in_sync(shop));
}

fn foreign_files(shop: &Shop, ours: &Branch) {
    let (note, readme) = ("deploy/dev/edge/notes.txt", "README.md");
    let write = |at: &Path| {
        std::fs::write(at.join(note), "mine\n").unwrap();
        std::fs::write(at.join(readme), "read me\n").unwrap();
        replace(&at.join(API), "LOG_LEVEL: info", "LOG_LEVEL: trace");
    };
    let commit = shop.by_hand("notes", write);
    let resources = json!([
        changed(API, json!([field(shop, "LOG_LEVEL", "changed", "info", json!("trace"), &commit)])),
        unmanaged(note, &commit),
    ]);
    assert_report(&shop.drift(2), &report(shop, &[("in_sync", 1), ("changed", 1), ("unmanaged", 1)], true, resources));
    shop.heal();
    assert_branch(shop, ours, &[(note, "mine\n"), (readme, "read me\n")]);
    let expected = json!([unmanaged(note, &commit)]);
    assert_report(&shop.drift(0), &report(shop, &[("in_sync", 2), ("unmanaged", 1)], false, expected));
}

/// First our newest commit is taken out of the history, then all of it.
fn history_rewritten(shop: &Shop, ours: &Branch) {
    let foreign = [("deploy/dev/edge/notes.txt", "mine\n"), ("README.md", "read me\n")];
    shop.by_hand("", |at| drop(git_in(at, &["reset", "-q", "--hard", "HEAD~1"])));
    let commit = shop.tip();
    let resources = json!([
        changed(API, json!([field(shop, "LOG_LEVEL", "changed", "info", json!("trace"), &commit)])),
        unmanaged(foreign[0].0, &commit),
    ]);
    assert_report(&shop.drift(2), &report(shop, &[("in_sync", 1), ("changed", 1), ("unmanaged", 1)], true, resources));
    shop.heal();
    assert_branch(shop, ours, &foreign);

    shop.by_hand("", |at| {
        git_in(at, &["checkout", "-q", "--orphan", "anew"]);
        git_in(at, &["rm", "-r", "-q", "-f", "."]);
        std::fs::write(at.join("README.md"), "anew\n").unwrap();
        git_in(at, &["add", "-A"]);
        git_in(at, &["commit", "-q", "-m", "anew"]);
    });
    let expected = json!([missing(shop, API, "compose: {", None), missing(shop, WORKER, "edge: {", None)]);
    assert_report(&shop.drift(2), &report(shop, &[("missing", 2)], true, expected));
    shop.heal();
    assert_branch(shop, ours, &[("README.md", "anew\n")]);
    assert_report(&shop.drift(0), &in_sync(shop));
}

/// Somebody pushes between plan and apply.
fn conflict(shop: &Shop, ours: &Branch) {
    let foreign = [("README.md", "anew\n")];
    shop.by_hand("louder", |at| replace(&at.join(API), "LOG_LEVEL: info", "LOG_LEVEL: debug"));
    shop.project.run(&["plan", "dev", "--out", "saved.plan"]).expect(0);
    let commit = shop.by_hand("louder still", |at| replace(&at.join(API), "LOG_LEVEL: debug", "LOG_LEVEL: trace"));
    let (before, tip) = (shop.branch(), shop.tip());
    let refused = shop.project.run(&["apply", "saved.plan", "--yes"]).expect(5);
    assert_eq!(refused.out, "");
    let expected = format!(
        "error: the plan is stale: git:{API} is not what it was when the plan was made\n  help: plan again, look at the new plan, and apply that\n"
    );
    assert_eq!(refused.err, expected);
    assert_eq!((shop.branch(), shop.tip()), (before, tip));
    std::fs::remove_file(shop.project.at("saved.plan")).unwrap();
    let resources =
        json!([changed(API, json!([field(shop, "LOG_LEVEL", "changed", "info", json!("trace"), &commit)]))]);
    assert_report(&shop.drift(2), &report(shop, &[("in_sync", 1), ("changed", 1)], true, resources));
    shop.heal();
    assert_branch(shop, ours, &foreign);
    assert_report(&shop.drift(0), &in_sync(shop));
}

#[test]
fn the_loop_on_a_branch_of_the_same_repository() {
    whole_loop(Place::Here);
}

#[test]
fn the_loop_on_another_local_repository() {
    whole_loop(Place::Folder);
}

#[test]
fn the_loop_on_a_remote() {
    whole_loop(Place::Remote);
}

/// The whole message of our commit, and who wrote it.
#[test]
fn a_commit_says_who_why_from_what_and_by_which_plan() {
    let shop = Shop::new(Place::Here);
    let head = shop.project.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let plan = shop.project.run(&["plan", "dev", "--output", "json", "--out", "saved.plan"]).expect(0).json();
    shop.project.run(&["apply", "saved.plan", "--yes", "--why", "the first time\n\nDriftless-Plan: forged"]).expect(0);
    let message = shop.git(&["log", "-1", "--format=%an <%ae>|%cn <%ce>|%P%n%B", BRANCH]);
    let expected = format!(
        "{ANN}|{ANN}|\nApply dev from {}\n\nthe first time Driftless-Plan: forged\n\nDriftless-Project: shop\nDriftless-Environment: dev\n\
         Driftless-Path: deploy/dev\nDriftless-Files: 2\nDriftless-Revision: {head}\nDriftless-Dirty: false\nDriftless-Input: {}\n\
         Driftless-Plan: {}\nDriftless-Generation: 1\nDriftless-By: {ANN}\nDriftless-Why: the first time Driftless-Plan: forged\n\n",
        &head[..12],
        plan["revision"]["digest"].as_str().unwrap(),
        plan["digest"].as_str().unwrap(),
    );
    assert_eq!(message, expected);
    let manifest: Json = serde_json::from_str(&shop.branch()[MANIFEST].1).unwrap();
    assert_eq!((&manifest["plan"], &manifest["revision"]), (&plan["digest"], &plan["revision"]));
}

/// Keys in their order, below every path; the elements of lists alike.
fn shape(json: &Json) -> String {
    match json {
        Json::Object(map) => {
            let keys = map.iter().map(|(key, value)| format!("{key}{}", shape(value)));
            format!("{{{}}}", keys.collect::<Vec<_>>().join(","))
        }
        Json::Array(list) => list.first().map(|first| format!("[{}]", shape(first))).unwrap_or_default(),
        _ => String::new(),
    }
}

#[test]
fn the_shapes_of_reports_are_those_of_the_contract() {
    let shop = Shop::applied(Place::Here);
    shop.by_hand("louder", |at| replace(&at.join(API), "LOG_LEVEL: info", "LOG_LEVEL: debug"));
    let source = "{file,line,column,commit,author}";
    let plan = shop.project.run(&["plan", "dev", "--output", "json"]).expect(0).json();
    let expected = "{format_version,kind,tool_version,environment,targets[],digest,complete,revision{commit,dirty,digest},\
        summary{create,update,replace,restart,delete,keep,unknown},changes[{address,component,backend,action,after,wave,reason,disruptive,\
        steps[],precondition,fields[{path,before,after,after_unknown,sensitive,source{file,line,column},via[{file,line,column}]}],instance}],\
        deferred,gaps,losses,findings,destroy,destinations[{instance,destination}]}";
    assert_eq!(shape(&plan), expected);
    let drift = shop.drift(2);
    let expected = format!(
        "{{format_version,kind,tool_version,environment,revision{{commit,dirty,digest}},observed_at,complete,drifted,baseline,secrets_judged,\
         summary{{in_sync,changed,missing,unmanaged,moved,pending,ignored,unknown,consequences}},resources[{{address,component,class,\
         occupied_by,fields[{{path,class,declared,applied,live,sensitive,source{source},via[{source}],changed_by{{who,when,evidence}},first_seen,remedy{{kind,command}}}}],consequences}}],gaps,ignored,findings}}"
    );
    assert_eq!(shape(&drift), expected);
}

#[test]
fn a_remote_that_refuses_is_an_error_and_loses_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let shop = Shop::applied(Place::Remote);
    let (before, tip) = (shop.branch(), shop.tip());
    let hook = shop.repository().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho 'frozen until Monday' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.commit("quieter");
    let refused = shop.project.run(&["apply", "dev", "--yes", "--quiet"]).expect(1);
    let remote = format!("file://{}", shop.repository().display());
    let expected = format!(
        "error: update git:{API}: `{remote}` refuses: [remote rejected] (pre-receive hook declined): frozen until Monday\n  \
         help: nothing was written there; the reason above is the remote's own\n"
    );
    assert_eq!(refused.err, expected);
    assert_eq!((shop.branch(), shop.tip()), (before, tip));
    let plan = shop.project.run(&["plan", "dev", "--detailed-exitcode", "--output", "json"]).expect(2).json();
    assert_eq!(
        plan["summary"],
        json!({"create": 0, "update": 1, "replace": 0, "restart": 0, "delete": 0, "keep": 1, "unknown": 0})
    );
    std::fs::remove_file(&hook).unwrap();
    shop.heal();
    assert!(shop.branch()[API].1.contains("LOG_LEVEL: warn"));
    let history = shop.project.run(&["history", "dev", "--output", "json"]).expect(0).json();
    let outcomes: Vec<&Json> = history["entries"].as_array().unwrap().iter().map(|entry| &entry["outcome"]).collect();
    assert_eq!(outcomes, ["done", "failed", "done"]);
}

#[test]
fn a_remote_that_is_gone_is_an_error_and_loses_nothing() {
    let shop = Shop::applied(Place::Remote);
    let (before, tip) = (shop.branch(), shop.tip());
    let folder = shop.repository();
    let away = folder.with_extension("away");
    std::fs::rename(&folder, &away).unwrap();
    shop.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: warn");
    shop.project.commit("quieter");
    let expected = format!(
        "error: there is no repository at `file://{0}`: '{0}' does not appear to be a git repository; Could not read from remote repository.\n  \
         help: check `git.repository`; nothing is lost: apply again once it is there\n",
        folder.display()
    );
    for command in [&["apply", "dev", "--yes"][..], &["plan", "dev"], &["drift", "dev"]] {
        let failed = shop.project.run(command).expect(1);
        assert_eq!((failed.out.as_str(), failed.err.as_str()), ("", expected.as_str()), "{command:?}");
    }
    std::fs::rename(&away, &folder).unwrap();
    assert_eq!((shop.branch(), shop.tip()), (before, tip));
    shop.heal();
    assert!(shop.branch()[API].1.contains("LOG_LEVEL: warn"));
}
