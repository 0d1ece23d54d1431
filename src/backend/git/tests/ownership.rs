//! What is ours, what was applied, and what happens behind our back.

use super::{Ground, backend, git, path};
use crate::backend::conformance::INSTANCE;
use crate::backend::table::Backends;
use crate::backend::{ApplyRecord, Batch, ErrorClass};
use crate::event::{Ended, Silent};
use crate::exec::testing::{ENVIRONMENT, Literals, Loop, actions, context};
use crate::model::{Applier, Digest, Resource, Tree};
use crate::plan::{Action, Options};
use crate::sys::git::Repository;
use std::collections::{BTreeMap, BTreeSet};

const FILES: [(&str, &str); 3] = [
    ("compose.yaml", "services:\n  a: {image: x}\n"),
    ("Chart.yaml", "name: a\n"),
    ("templates/d.yaml", "a: {{ .Values.x }}\n"),
];

fn in_branch(files: &[(&str, &str)]) -> BTreeMap<String, String> {
    files.iter().map(|(path, text)| (format!("deploy/staging/compose/{path}"), (*text).to_owned())).collect()
}

#[tokio::test]
async fn an_apply_is_one_commit_that_says_who_why_and_from_what() {
    let ground = Ground::same();
    let head = git(&ground.project(), &["rev-parse", "HEAD"]);
    let done = ground.turn().apply(&ground.desired(&FILES)).await;
    assert_eq!(done.outcomes.len(), 3);
    assert_eq!(ground.content(), in_branch(&FILES));
    let log = git(&ground.there, &["log", "--format=%an <%ae> %at%n%B", "driftless/staging"]);
    let digest = crate::model::Digest::of("input");
    let expected = format!(
        "Ada <ada@example.org> 1800000000\nApply staging from 111111111111\n\nbecause\n\nDriftless-Project: shop\n\
         Driftless-Environment: staging\nDriftless-Path: deploy/staging\nDriftless-Files: 3\n\
         Driftless-Revision: 1111111111111111111111111111111111111111\nDriftless-Dirty: false\nDriftless-Input: {digest}\n\
         Driftless-Plan: sha256:",
    );
    assert!(log.starts_with(&expected), "{log}");
    let rest = log[expected.len()..].split_once('\n').unwrap().1;
    assert_eq!(rest, "Driftless-Generation: 1\nDriftless-By: Ada <ada@example.org>\nDriftless-Why: because\n\n");
    // An orphan: nothing of the project's own history, and nothing of its work tree was touched.
    assert_eq!(git(&ground.there, &["rev-list", "--count", "driftless/staging"]), "1\n");
    assert_eq!(git(&ground.project(), &["rev-parse", "HEAD"]), head);
    assert_eq!(git(&ground.project(), &["status", "--porcelain"]), "");
    assert_eq!(git(&ground.there, &["fsck", "--strict"]), "");
}

#[tokio::test]
async fn a_runner_without_state_knows_what_was_applied() {
    let ground = Ground::bare();
    ground.turn().apply(&ground.desired(&FILES)).await;
    ground.commit(&[("deploy/staging/compose/Chart.yaml", Some("name: b\n"))]);
    let desired = ground.desired(&[("compose.yaml", "services:\n  a: {image: y}\n"), FILES[1], FILES[2]]);
    let classes = ground.turn().classes(&desired).await;
    let expected = [("Chart.yaml", "changed"), ("compose.yaml", "pending")];
    let expected = expected.map(|(name, class)| (format!("git:deploy/staging/compose/{name}"), class.to_owned()));
    assert_eq!(classes, expected);
    let observed = ground.turn().observe(&desired).await.unwrap().remove(&Applier::new("compose", "git")).unwrap();
    let chart = &observed.resources[&ground.file("Chart.yaml", "").address];
    let changed_by = chart.changed_by.clone().unwrap();
    assert_eq!(changed_by.who.as_deref(), Some("Eve <eve@example.org>"));
    assert_eq!(changed_by.when.as_deref(), Some("2027-01-15T08:01:40Z"));
    assert_eq!(changed_by.evidence, Some(format!("commit {}", ground.tip().unwrap())));
    assert_eq!(chart.body, Tree::from([("name", Tree::text("b"))]));
    let applied = &observed.applied.unwrap()[&ground.file("Chart.yaml", "").address];
    assert_eq!((applied.text.as_deref(), applied.component.as_deref()), (Some("name: a\n"), Some("cache")));
}

#[tokio::test]
async fn only_what_drifted_is_healed_and_what_is_not_ours_stays() {
    let ground = Ground::same();
    let turn = ground.turn();
    let desired = ground.desired(&FILES);
    turn.apply(&desired).await;
    ground.commit(&[
        ("deploy/staging/compose/compose.yaml", None),
        ("deploy/staging/compose/renamed.yaml", Some(FILES[0].1)),
        ("deploy/staging/compose/Chart.yaml", Some("name: a\nadded: 1\n")),
        ("deploy/staging/compose/.env", Some("theirs")),
        ("README.md", Some("theirs")),
    ]);
    let plan = turn.plan(&desired).await.unwrap();
    let expected = [("Chart.yaml", Action::Update), ("compose.yaml", Action::Create)];
    let expected = expected.map(|(name, action)| (format!("git:deploy/staging/compose/{name}"), action));
    assert_eq!(actions(&plan), expected);
    assert!(turn.run(&plan).await.unwrap().complete);
    let mut content = in_branch(&FILES);
    content.insert("deploy/staging/compose/renamed.yaml".into(), FILES[0].1.into());
    content.insert("deploy/staging/compose/.env".into(), "theirs".into());
    content.insert("README.md".into(), "theirs".into());
    assert_eq!(ground.content(), content);
    assert_eq!(actions(&turn.plan(&desired).await.unwrap()), []);
}

#[tokio::test]
async fn history_that_was_rewritten_hides_nothing() {
    let ground = Ground::bare();
    let turn = ground.turn();
    ground.commit(&[("README.md", Some("theirs"))]);
    let before_us = ground.tip().unwrap();
    turn.apply(&ground.desired(&[FILES[0]])).await;
    let first = ground.tip().unwrap();
    let desired = ground.desired(&FILES);
    turn.apply(&desired).await;
    let second = ground.tip().unwrap();
    let force = |to: &str| git(&ground.there, &["update-ref", "refs/heads/driftless/staging", to]);

    // Back to our first apply: the state knows that there was a second one.
    force(&first);
    let missing = |name: &str| (format!("git:deploy/staging/compose/{name}"), "missing".to_owned());
    assert_eq!(turn.classes(&desired).await, [missing("Chart.yaml"), missing("templates/d.yaml")]);
    // A runner without state cannot know: then Git has moved on and the branch has not.
    let classes = ground.turn().classes(&desired).await;
    assert_eq!(classes.iter().map(|(_, class)| class.as_str()).collect::<Vec<_>>(), ["pending", "pending"]);

    // To a history in which we never were.
    force(&before_us);
    let all = [missing("Chart.yaml"), missing("compose.yaml"), missing("templates/d.yaml")];
    assert_eq!(turn.classes(&desired).await, all);

    // Amended: the trailers are still there, and the content is not what the manifest says.
    force(&second);
    let work = ground.temporary.path().join("work");
    git(ground.temporary.path(), &["clone", "-q", "-b", "driftless/staging", "state.git", "work"]);
    std::fs::write(work.join("deploy/staging/compose/Chart.yaml"), "name: amended\n").unwrap();
    git(&work, &["commit", "-qa", "--amend", "--no-edit"]);
    git(&work, &["push", "-q", "--force"]);
    let changed = [("git:deploy/staging/compose/Chart.yaml".to_owned(), "changed".to_owned())];
    assert_eq!(turn.classes(&desired).await, changed);
    assert_eq!(ground.turn().classes(&desired).await, changed);

    // Squashed without our trailers: the manifest still says what is ours.
    git(&work, &["checkout", "-q", "--orphan", "squashed"]);
    git(&work, &["commit", "-qm", "Squash"]);
    git(&work, &["push", "-q", "--force", "origin", "HEAD:driftless/staging"]);
    assert_eq!(turn.classes(&desired).await, changed);
    assert_eq!(ground.turn().classes(&desired).await, changed);
    turn.apply(&desired).await;
    let mut content = in_branch(&FILES);
    content.insert("README.md".into(), "theirs".into());
    assert_eq!(ground.content(), content);
}

#[tokio::test]
async fn a_foreign_file_at_our_address_is_taken_over_only_when_asked() {
    let ground = Ground::same();
    ground.commit(&[("deploy/staging/compose/Chart.yaml", Some("name: theirs\n"))]);
    let turn = ground.turn();
    let desired = ground.desired(&FILES);
    let plan = turn.plan(&desired).await.unwrap();
    assert_eq!(plan.gaps.len(), 1);
    assert!(turn.run(&plan).await.unwrap().complete);
    assert_eq!(ground.content()["deploy/staging/compose/Chart.yaml"], "name: theirs\n");
    let plan = turn.plan_with(&desired, Options { adopt: true, ..Options::default() }).await.unwrap();
    assert_eq!(actions(&plan), [("git:deploy/staging/compose/Chart.yaml".to_owned(), Action::Adopt)]);
    assert!(turn.run(&plan).await.unwrap().complete);
    assert_eq!(ground.content(), in_branch(&FILES));
    assert_eq!(actions(&turn.plan(&desired).await.unwrap()), []);
}

#[tokio::test]
async fn what_is_no_file_is_never_written_over() {
    let ground = Ground::same();
    ground.commit(&[
        ("deploy/staging/compose/Chart.yaml/inner", Some("x")),
        ("deploy/staging/compose/templates", Some("y")),
    ]);
    let before = ground.content();
    let turn = ground.turn();
    let desired = ground.desired(&FILES);
    let plan = turn.plan_with(&desired, Options { adopt: true, ..Options::default() }).await.unwrap();
    let gaps: Vec<_> = plan.gaps.iter().map(|gap| format!("{}: {}", gap.address, gap.reason)).collect();
    let expected = [
        "git:deploy/staging/compose/Chart.yaml: a folder stands in its place, and no apply takes that away: move it",
        "git:deploy/staging/compose/templates/d.yaml: a file at deploy/staging/compose/templates, above it, stands in its place, \
         and no apply takes that away: move it",
    ];
    assert_eq!(gaps, expected);
    assert_eq!(actions(&plan), [("git:deploy/staging/compose/compose.yaml".to_owned(), Action::Create)]);
    assert!(turn.run(&plan).await.unwrap().complete);
    let mut before = before;
    before.extend(in_branch(&FILES[..1]));
    assert_eq!(ground.content(), before);
}

#[tokio::test]
async fn programs_stay_programs() {
    let ground = Ground::same();
    let turn = ground.turn();
    let mut desired = ground.desired(&[FILES[1]]);
    let script = Resource { executable: true, ..ground.file("run.sh", "#!/bin/sh\n") };
    desired.get_mut("compose").unwrap().push(script.clone());
    turn.apply(&desired).await;
    let mode = || git(&ground.there, &["ls-tree", "driftless/staging", &path(&script.address)])[..6].to_owned();
    assert_eq!(mode(), "100755");
    ground.commit(&[(&path(&script.address), Some("#!/bin/sh\n"))]);
    assert_eq!(mode(), "100644");
    let plan = turn.plan(&desired).await.unwrap();
    let fields: Vec<_> =
        plan.changes.iter().flat_map(|change| &change.fields).map(|field| field.path.to_string()).collect();
    assert_eq!(fields, ["executable"]);
    assert!(turn.run(&plan).await.unwrap().complete);
    assert_eq!(mode(), "100755");
}

#[tokio::test]
async fn a_branch_that_is_checked_out_is_not_moved() {
    let ground = Ground::same();
    let turn = ground.turn();
    turn.apply(&ground.desired(&[FILES[0]])).await;
    let tip = ground.tip();
    git(&ground.project(), &["worktree", "add", "-q", "../linked", "driftless/staging"]);
    let plan = turn.plan(&ground.desired(&FILES)).await.unwrap();
    let done = turn.run(&plan).await.unwrap();
    let failure = &done.outcomes[0];
    let linked = ground.temporary.path().canonicalize().unwrap().join("linked");
    let message = format!(
        "branch `driftless/staging` is checked out in {}/, and to move it would leave that behind",
        linked.display()
    );
    assert_eq!((failure.class, &failure.ended), (Some(ErrorClass::Denied), &Ended::Failed(message)));
    assert_eq!(ground.tip(), tip);
}

#[tokio::test]
async fn a_folder_that_moves_takes_its_files_along() {
    let mut ground = Ground::same();
    let turn = ground.turn();
    turn.apply(&ground.desired(&FILES)).await;
    ground.path = "elsewhere".into();
    let moved = Loop { store: turn.store.clone(), ..ground.turn() };
    let desired = ground.desired(&FILES);
    let options = Options { max_deletions: Some(10), ..Options::default() };
    let plan = moved.plan_with(&desired, options).await.unwrap();
    assert!(moved.run(&plan).await.unwrap().complete);
    let expected: BTreeMap<_, _> =
        FILES.iter().map(|(path, text)| (format!("elsewhere/compose/{path}"), (*text).to_owned())).collect();
    assert_eq!(ground.content(), expected);
    let all = git(&ground.there, &["ls-tree", "-r", "--name-only", "driftless/staging"]);
    assert_eq!(all.lines().count(), 4);
}

#[tokio::test]
async fn instances_of_one_branch_are_one_commit_and_leave_each_other_alone() {
    let ground = Ground::remote();
    let target = |instance: &str, siblings: &[&str]| super::GitTarget {
        instance: instance.into(),
        siblings: siblings.iter().map(|name| (*name).to_owned()).collect(),
        ..ground.target()
    };
    let both = ["compose", "helm"];
    let turn = Loop::new([("compose", backend(target("compose", &both))), ("helm", backend(target("helm", &both)))]);
    let mut desired = ground.desired(&[FILES[0]]);
    let mut chart = ground.file("x", "name: a\n");
    chart.address = super::address_of("deploy/staging/helm/Chart.yaml");
    chart.body = Tree::from([("name", Tree::text("a"))]);
    desired.insert("helm".into(), vec![chart]);
    turn.apply(&desired).await;
    assert_eq!(git(&ground.there, &["rev-list", "--count", "driftless/staging"]), "1\n");
    assert_eq!(actions(&turn.plan(&desired).await.unwrap()), []);
    // An instance that is there no more: its files go with the first that is left.
    let left = Loop { store: turn.store.clone(), ..Loop::new([("compose", backend(target("compose", &["compose"])))]) };
    desired.remove("helm");
    let plan = left.plan(&desired).await.unwrap();
    assert_eq!(actions(&plan), [("git:deploy/staging/helm/Chart.yaml".to_owned(), Action::Delete)]);
    assert!(left.run(&plan).await.unwrap().complete);
    assert_eq!(ground.content(), in_branch(&[FILES[0]]));
}

#[tokio::test]
async fn environments_share_a_branch_in_folders_of_their_own() {
    let ground = Ground::same();
    let turn = ground.turn();
    let desired = ground.desired(&FILES);
    turn.apply(&desired).await;
    let other = super::GitTarget { environment: "prod".into(), path: "deploy/prod".into(), ..ground.target() };
    let theirs = Loop::new([("compose", backend(other))]);
    let mut file = ground.file("x", "name: prod\n");
    file.address = super::address_of("deploy/prod/compose/Chart.yaml");
    let prod = BTreeMap::from([("compose".to_owned(), vec![file])]);
    let plan = theirs.plan(&prod).await.unwrap();
    assert_eq!(actions(&plan).len(), 1);
    assert_eq!(actions(&turn.plan(&desired).await.unwrap()), []);
}

#[tokio::test]
async fn a_fresh_clone_goes_on_from_what_it_fetched() {
    let ground = Ground::same();
    ground.turn().apply(&ground.desired(&FILES)).await;
    git(ground.temporary.path(), &["clone", "-q", "project", "fresh"]);
    let target = super::GitTarget { root: ground.temporary.path().join("fresh"), ..ground.target() };
    let turn = Loop::new([("compose", backend(target))]);
    assert_eq!(actions(&turn.plan(&ground.desired(&FILES)).await.unwrap()), []);
    turn.apply(&ground.desired(&FILES[..2])).await;
    let fresh = Repository::open(&ground.temporary.path().join("fresh")).unwrap();
    let tip = fresh.branch_tip("driftless/staging").unwrap().unwrap();
    assert!(fresh.is_in_history(&ground.tip().unwrap(), &tip));
}

#[test]
fn names_that_cannot_be_are_refused() {
    let ground = Ground::same();
    let wrong = |change: fn(&mut super::GitTarget)| {
        let mut target = ground.target();
        change(&mut target);
        let clock = std::sync::Arc::new(crate::sys::FixedClock::at(0));
        super::GitBackend::new(target, clock).err().map(|error| (error.class, error.message))
    };
    let invalid = |message: &str| Some((ErrorClass::Invalid, message.to_owned()));
    assert_eq!(wrong(|target| target.branch = "a..b".into()), invalid("`a..b` cannot be the name of a branch"));
    assert_eq!(wrong(|target| target.branch = "--x".into()), invalid("`--x` cannot be the name of a branch"));
    assert_eq!(wrong(|target| target.path = "../x".into()), invalid("`../x` is no folder of a branch"));
    assert_eq!(wrong(|target| target.path = "a/.git".into()), invalid("`a/.git` is no folder of a branch"));
    assert!(wrong(|target| target.repository = "ext::sh".into()).is_some());
    let backends = Backends::default();
    assert!(backends.writers().is_empty());
    assert!(ground.backend().writer().is_some());
}

/// Somebody applied between the last look and the commit, to another file: the commit is not made on top of that.
#[tokio::test]
async fn a_newer_apply_refuses_the_commit_itself() {
    let ground = Ground::same();
    let (turn, other) = (ground.turn(), ground.turn());
    turn.apply(&ground.desired(&[("a.yaml", "v: 1\n"), ("b.yaml", "v: 1\n")])).await;
    let wanted = ground.desired(&[("a.yaml", "v: 2\n"), ("b.yaml", "v: 1\n")]);
    let plan = turn.plan(&wanted).await.unwrap();
    assert_eq!(plan.generations, BTreeMap::from([(Applier::new(INSTANCE, "git"), 1)]));
    other.apply(&ground.desired(&[("a.yaml", "v: 1\n"), ("b.yaml", "v: 2\n")])).await;
    let (tip, changes): (_, Vec<_>) = (ground.tip(), plan.doing().cloned().collect());
    let record = |generation, plan: &str| ApplyRecord {
        who: "Ada <ada@example.org>".into(),
        why: "once more".into(),
        revision: turn.revision.clone(),
        plan_digest: Digest::of(plan),
        environment: ENVIRONMENT.into(),
        project: "shop".into(),
        generation,
    };
    let (backend, applied, forgotten) = (ground.backend(), BTreeMap::new(), BTreeSet::new());
    let artifacts = BTreeMap::new();
    let (first, second) = (record(2, "mine"), record(3, "mine"));
    let batch = |generation, record| Batch {
        changes: &changes,
        resources: &plan.resources,
        applied: &applied,
        ticket: None,
        cursor: None,
        generation,
        forgotten: &forgotten,
        artifacts: &artifacts,
        supply: &Literals,
        record,
    };
    let refused = backend.apply(&context(&Silent), batch(Some(1), &first)).await.unwrap_err();
    let expected = (ErrorClass::Conflict, "apply 2 of staging came in between".to_owned());
    assert_eq!((refused.class, refused.message), expected);
    assert_eq!(ground.tip(), tip);
    // Planned after it, it is made; and the same apply goes on where it was cut short.
    for after in [2, 2] {
        let outcomes = backend.apply(&context(&Silent), batch(Some(after), &second)).await.unwrap();
        assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()), "{outcomes:?}");
    }
    assert_eq!(ground.content().values().map(String::as_str).collect::<Vec<_>>(), ["v: 2\n", "v: 2\n"]);
}
