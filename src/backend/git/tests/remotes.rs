//! Remotes that refuse, are gone, or are pushed to by others at the same time.

use super::{Ground, backend, git};
use crate::backend::{BackendError, ErrorClass};
use crate::event::{Ended, Event, EventSink};
use crate::exec::ExecError;
use crate::exec::testing::{Loop, actions, context};
use crate::plan::Action;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};

const FILES: [(&str, &str); 2] = [("compose.yaml", "a: 1\n"), ("other.yaml", "b: 1\n")];

fn hook(ground: &Ground, script: &str) {
    let path = ground.there.join("hooks/pre-receive");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_remote_that_refuses_says_why_and_loses_nothing() {
    for ground in [Ground::remote(), Ground::bare()] {
        hook(&ground, "#!/bin/sh\necho 'only robots may push' >&2\nexit 1\n");
        let turn = ground.turn();
        let desired = ground.desired(&FILES);
        let done = turn.run(&turn.plan(&desired).await.unwrap()).await.unwrap();
        let url = if ground.repository.starts_with("file") {
            ground.repository.clone()
        } else {
            ground.there.canonicalize().unwrap().display().to_string()
        };
        let reason = format!("`{url}` refuses: [remote rejected] (pre-receive hook declined): only robots may push");
        for outcome in &done.outcomes {
            assert_eq!((&outcome.ended, outcome.class), (&Ended::Failed(reason.clone()), Some(ErrorClass::Denied)));
        }
        assert_eq!((done.outcomes.len(), done.complete, ground.tip()), (2, false, None));
        std::fs::remove_file(ground.there.join("hooks/pre-receive")).unwrap();
        turn.apply(&desired).await;
        assert_eq!(actions(&turn.plan(&desired).await.unwrap()), []);
    }
}

#[tokio::test]
async fn a_remote_that_is_gone_is_an_error_and_no_emptiness() {
    for ground in [Ground::remote(), Ground::bare()] {
        let mut turn = ground.turn();
        turn.options.retry.attempts = 1;
        let desired = ground.desired(&FILES);
        turn.apply(&desired).await;
        let plan = turn.plan(&ground.desired(&[FILES[0]])).await.unwrap();
        let away = ground.temporary.path().join("away");
        std::fs::rename(&ground.there, &away).unwrap();
        let error = turn.observe(&desired).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::NotFound);
        assert!(error.message.starts_with("there is no repository at `"), "{}", error.message);
        assert!(error.message.contains("does not appear to be a git repository"), "{}", error.message);
        let refused = turn.run(&plan).await;
        assert!(matches!(refused, Err(ExecError::Observe(BackendError { class: ErrorClass::NotFound, .. }))));
        std::fs::rename(&away, &ground.there).unwrap();
        assert!(turn.run(&plan).await.unwrap().complete);
    }
}

/// Pushes by hand when a commit of ours is about to be published.
struct Rival<'a> {
    ground: &'a Ground,
    path: &'static str,
    times: usize,
    done: AtomicUsize,
}

impl EventSink for Rival<'_> {
    fn emit(&self, event: &Event) {
        let written = matches!(event, Event::ChangeProgress { message, .. } if message.ends_with("is written"));
        if written && self.done.fetch_add(1, Ordering::SeqCst) < self.times {
            let text = format!("rival: {}\n", self.done.load(Ordering::SeqCst));
            self.ground.commit(&[(self.path, Some(&text))]);
        }
    }
}

#[tokio::test]
async fn a_lease_lost_to_others_files_is_tried_again_and_nothing_of_theirs_is_lost() {
    for ground in [Ground::same(), Ground::bare(), Ground::remote()] {
        let turn = ground.turn();
        turn.apply(&ground.desired(&[FILES[0]])).await;
        let plan = turn.plan(&ground.desired(&FILES)).await.unwrap();
        let rival = Rival { ground: &ground, path: "theirs.yaml", times: 3, done: AtomicUsize::new(0) };
        let done = turn.run_told(&plan, &context(&rival)).await.unwrap();
        assert!(done.complete, "{done:?}");
        assert_eq!(rival.done.load(Ordering::SeqCst), 4);
        let content = ground.content();
        assert_eq!(content["theirs.yaml"], "rival: 3\n");
        assert_eq!(content["deploy/staging/compose/other.yaml"], "b: 1\n");
        assert_eq!(git(&ground.there, &["rev-list", "--count", "driftless/staging"]), "5\n");
    }
}

#[tokio::test]
async fn a_lease_lost_to_our_files_is_a_conflict() {
    for ground in [Ground::same(), Ground::remote()] {
        let turn = ground.turn();
        turn.apply(&ground.desired(&FILES)).await;
        let changed = ground.desired(&[("compose.yaml", "a: 2\n"), FILES[1]]);
        let plan = turn.plan(&changed).await.unwrap();
        let path = "deploy/staging/compose/compose.yaml";
        let rival = Rival { ground: &ground, path, times: 1, done: AtomicUsize::new(0) };
        let done = turn.run_told(&plan, &context(&rival)).await.unwrap();
        assert!(done.conflicted() && !done.complete);
        let reason = format!("git:{path} was changed by somebody else since the plan was made");
        assert_eq!(done.outcomes[0].ended, Ended::Failed(reason));
        assert_eq!(ground.content()[path], "rival: 1\n");
        assert_eq!(actions(&turn.plan(&changed).await.unwrap()), [(format!("git:{path}"), Action::Update)]);
    }
}

#[tokio::test]
async fn a_rival_that_never_stops_is_given_up_on() {
    let ground = Ground::same();
    let mut turn = ground.turn();
    turn.options.retry.attempts = 1;
    let plan = turn.plan(&ground.desired(&FILES)).await.unwrap();
    let rival = Rival { ground: &ground, path: "theirs.yaml", times: usize::MAX, done: AtomicUsize::new(0) };
    let done = turn.run_told(&plan, &context(&rival)).await.unwrap();
    let reason = "branch driftless/staging was moved by others 8 times in a row";
    assert_eq!(done.outcomes[0].ended, Ended::Failed(reason.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_push_at_once_and_both_arrive() {
    let ground = Ground::remote();
    let apply = |environment: &'static str| {
        let target = super::GitTarget {
            environment: environment.into(),
            path: format!("deploy/{environment}"),
            somebody_else_applies: false,
            cache: ground.temporary.path().join(environment),
            ..ground.target()
        };
        let mut file = ground.file("x", "a: 1\n");
        file.address = super::address_of(&format!("deploy/{environment}/compose/x.yaml"));
        async move {
            let turn = Loop::new([("compose", backend(target))]);
            let desired = [("compose".to_owned(), vec![file])].into();
            turn.apply(&desired).await
        }
    };
    let (one, two, three) = tokio::join!(apply("one"), apply("two"), apply("three"));
    assert!(one.complete && two.complete && three.complete);
    assert_eq!(ground.content().len(), 3);
    assert_eq!(git(&ground.there, &["rev-list", "--count", "driftless/staging"]), "3\n");
}

#[tokio::test]
async fn repositories_of_other_formats_are_named() {
    let ground = Ground::same();
    let formats = [
        (
            vec!["init", "-q", "--object-format=sha256", "x"],
            "its objects are named by SHA-256, and only SHA-1 repositories are supported",
        ),
        (
            vec!["init", "-q", "y"],
            "its references are kept in a reftable, and only files are supported (`git refs migrate --ref-format=files`)",
        ),
    ];
    for (arguments, reason) in formats {
        let name = arguments[arguments.len() - 1];
        git(ground.temporary.path(), &arguments);
        let folder = ground.temporary.path().join(name);
        if name == "y" {
            git(&folder, &["config", "core.repositoryFormatVersion", "1"]);
            git(&folder, &["config", "extensions.refStorage", "reftable"]);
        }
        let target = super::GitTarget { root: folder, ..ground.target() };
        let turn = Loop::new([("compose", backend(target))]);
        let error = turn.observe(&ground.desired(&FILES)).await.unwrap_err();
        let message = format!("the Git repository has a format that is not supported: {reason}");
        assert_eq!((error.class, error.message), (ErrorClass::Unsupported, message));
    }
    let nowhere = tempfile::tempdir().unwrap();
    let turn = Loop::new([("compose", backend(super::GitTarget { root: nowhere.path().into(), ..ground.target() }))]);
    let error = turn.observe(&ground.desired(&FILES)).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NotFound);
    assert_eq!(error.message, format!("`{}` is in no Git repository", nowhere.path().display()));
}
