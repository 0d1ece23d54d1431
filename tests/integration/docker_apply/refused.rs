//! What is not done: to what is not ours, and where something that is needed cannot be had.

use super::place::{FILE, IMAGE, Place, actions};
use super::support::engine::Engine;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn nothing_is_changed_where_an_image_cannot_be_had() {
    let place = Place::applied(Engine::shared());
    let before = place.containers();
    place.project.edit(FILE, &format!("image: {IMAGE}"), "image: 127.0.0.1:1/nobody/has:this");
    let failed = place.run(&["apply", "dev", "--yes"]).expect(1);
    assert!(
        failed.err.contains("nothing was changed, since an image cannot be had (127.0.0.1:1/nobody/has:this)"),
        "{}",
        failed.err
    );
    assert_eq!(place.containers(), before);
}

#[test]
fn who_has_a_port_is_named() {
    let place = Place::new(Engine::shared());
    let squatter = format!("{}-squatter", place.name.name());
    let label = format!("com.docker.compose.project={}", place.name.name());
    let run = ["run", "--detach", "--name", &squatter, "--label", &label, "--publish", "127.0.0.1::80", IMAGE];
    place.engine.docker(&[&run[..], &["sleep", "600"]].concat());
    let port = place.engine.docker(&["port", &squatter, "80"]);
    let port = port.rsplit(':').next().unwrap();
    place.project.edit(FILE, "expose: node", &format!("expose: {{node: {port}}}"));
    let failed = place.run(&["apply", "dev", "--yes"]).expect(1);
    assert!(failed.err.contains(&format!("port is already allocated (container {squatter} has it)")), "{}", failed.err);
    place.engine.docker(&["rm", "--force", &squatter]);
    place.run(&["apply", "dev", "--yes"]).expect(0);
    place.assert_in_sync();
}

#[test]
fn what_has_the_name_of_ours_is_left_alone_until_it_is_taken_over() {
    let place = Place::applied(Engine::shared());
    let name = place.called("api-1");
    place.docker("rm --force PROJECT-api-1");
    let label = format!("test={}", place.name.name());
    let theirs = place.engine.docker(&["run", "--detach", "--label", &label, "--name", &name, IMAGE, "sleep", "600"]);
    let refused = place.run(&["apply", "dev", "--yes"]).expect(3);
    assert!(refused.err.contains("something without our mark stands in its place"), "{}", refused.err);
    assert_eq!(place.engine.inspect(&name)["Id"], theirs.as_str());
    let plan = place.run(&["plan", "dev", "--adopt", "--output", "json"]).expect(0);
    assert_eq!(actions(&plan), BTreeMap::from([("docker:container/api".into(), "adopt".into())]));
    place.run(&["apply", "dev", "--yes", "--adopt"]).expect(0);
    place.assert_in_sync();
    assert_eq!(place.engine.lines(&["ps", "--all", "--quiet", "--filter", &format!("label={label}")]), [""; 0]);
}

#[test]
fn what_would_lose_its_data_is_not_taken_over() {
    let place = Place::applied(Engine::shared());
    let name = place.called("api-1");
    place.docker("rm --force PROJECT-api-1");
    let label = format!("com.docker.compose.project={}-other", place.name.name());
    let theirs = place
        .engine
        .docker(&["run", "--detach", "--label", &label, "--name", &name, "--volume", "/data", IMAGE, "sleep", "600"]);
    let refused = place.run(&["apply", "dev", "--yes", "--adopt"]).expect(1);
    assert!(refused.err.contains("holds in /data lies in a volume without a name"), "{}", refused.err);
    let seen = place.engine.inspect(&name);
    assert_eq!((&seen["Id"], &seen["State"]["Running"]), (&theirs.as_str().into(), &true.into()));
    place.engine.reap(&label);
}

#[test]
fn what_only_looks_like_ours_to_compose_is_left_alone() {
    let place = Place::applied(Engine::shared());
    let labels = [
        format!("com.docker.compose.project={}", place.name.name()),
        "com.docker.compose.service=api".into(),
        "com.docker.compose.oneoff=False".into(),
        "com.docker.compose.container-number=7".into(),
    ];
    let mut run = vec!["run", "--detach"];
    labels.iter().for_each(|label| run.extend(["--label", label]));
    let theirs = place.engine.docker(&[&run[..], &[IMAGE, "sleep", "600"]].concat());
    place.project.edit(FILE, "LOG_LEVEL: info", "LOG_LEVEL: debug");
    let before = place.containers();
    let refused = place.run(&["apply", "dev", "--yes"]).expect(1);
    assert!(refused.err.contains("has Compose's labels of the service `api`, and not our mark"), "{}", refused.err);
    assert_eq!(place.containers(), before);
    place.engine.docker(&["rm", "--force", &theirs]);
    place.run(&["apply", "dev", "--yes"]).expect(0);
    place.assert_in_sync();
}

#[test]
fn volumes_and_networks_without_our_mark_are_taken_over_as_they_are_and_never_removed() {
    let place = Place::new(Engine::shared());
    for (kind, name) in [("volume", "api-data"), ("network", "dev")] {
        let label = format!("com.docker.compose.project={}", place.name.name());
        place.engine.docker(&[kind, "create", "--label", &label, &place.called(name)]);
    }
    let network = place.engine.inspect(&place.called("dev"))["Id"].clone();
    place.run(&["apply", "dev", "--yes"]).expect(3);
    place.run(&["apply", "dev", "--yes", "--adopt"]).expect(0);
    assert_eq!(place.engine.inspect(&place.called("dev"))["Id"], network);
    place.assert_in_sync();
    let destroyed = place.run(&["destroy", "dev", "--yes", "--delete-data"]).expect(1);
    assert!(destroyed.err.contains("does not bear our mark"), "{}", destroyed.err);
    let mut left = place.name.left();
    left.sort();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_compose_that_is_too_old_or_missing_is_named() {
    let place = Place::new(Engine::shared());
    let programs = place.project.at("programs");
    std::fs::create_dir(&programs).unwrap();
    let apply = |path: String| {
        let mut command = place.command(&["apply", "dev", "--yes"]);
        command.env("PATH", path);
        super::support::project::run(&mut command).expect(1)
    };
    let git = std::env::split_paths(&std::env::var_os("PATH").unwrap()).find(|path| path.join("git").exists()).unwrap();
    std::os::unix::fs::symlink(git.join("git"), programs.join("git")).unwrap();
    let path = programs.to_str().unwrap().to_owned();
    let missing = apply(path.clone());
    assert!(missing.err.contains("neither `docker compose` nor `docker-compose` is installed"), "{}", missing.err);
    let old = programs.join("docker-compose");
    std::fs::write(&old, "#!/bin/sh\necho 2.20.3\n").unwrap();
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).unwrap();
    let old = apply(path);
    assert!(old.err.contains("docker compose 2.20.3 is too old: 2.23.1 is the oldest"), "{}", old.err);
    assert_eq!(place.containers().len(), 0);
}
