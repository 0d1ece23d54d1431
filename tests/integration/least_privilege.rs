//! The user that a how-to names for watching a Redis: all that is compared can be read with it, and nothing else can be done.

use crate::support::Project;
use crate::support::cases::root;
use crate::support::engine::Engine;
use serde_json::json;

/// The rules as the page gives them.
fn rules() -> String {
    let page = std::fs::read_to_string(root().join("docs/how-to/watch.md")).unwrap();
    let rules = regex::Regex::new("rules: \"([^\"]+)\"").unwrap();
    rules.captures(&page).expect("the page names rules")[1].to_owned()
}

fn environment(project: &str) -> String {
    format!(
        r#"apiVersion: driftless/v1
kind: Environment
target: compose
targets:
  compose: {{apply: docker, project: {project}}}
components:
  cache:
    module: redis
    with:
      image: local/redis:7.0
      config: {{maxmemory-policy: allkeys-lru}}
      password: "${{secret.cache}}"
      users: {{watcher: {{rules: "{}", password: "${{secret.watcher}}"}}}}
      login: {{read: watcher}}
secrets:
  cache: {{env: CACHE_PASSWORD}}
  watcher: {{env: WATCHER_PASSWORD}}
"#,
        rules()
    )
}

#[test]
fn a_user_that_may_only_look_sees_all_that_is_compared() {
    let engine = Engine::shared();
    let name = engine.project("reader");
    engine.redis_image("local/redis:7.0");
    let project = Project::with(&[
        ("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n"),
        ("environments/dev.yaml", &environment(name.name())),
    ]);
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        engine.lend(&mut command).env("CACHE_PASSWORD", "all-of-it").env("WATCHER_PASSWORD", "only-looks");
        crate::support::project::run(&mut command)
    };
    run(&["apply", "dev", "--yes", "--quiet"]).expect(0);
    let container = format!("{}-cache-0-1", name.name());
    let redis = |user: &str, password: &str, words: &[&str]| {
        let login = format!("REDISCLI_AUTH={password}");
        engine.docker(
            &[&["exec", "-e", &login, &container, "redis-cli", "--user", user, "--no-auth-warning"], words].concat(),
        )
    };
    redis("default", "all-of-it", &["acl", "log", "reset"]);
    let report = run(&["drift", "dev", "--output", "json"]).expect(0).json();
    assert_eq!((&report["complete"], &report["gaps"]), (&json!(true), &json!([])), "{report:#}");
    // Whatever it was refused would stand here.
    assert_eq!(redis("default", "all-of-it", &["acl", "log"]), "");
    for command in
        [&["get", "key"][..], &["set", "key", "value"], &["config", "set", "hz", "20"], &["acl", "deluser", "watcher"]]
    {
        let said = redis("watcher", "only-looks", command);
        assert!(said.starts_with("NOPERM"), "{command:?}: {said}");
    }
    redis("default", "all-of-it", &["config", "set", "maxmemory-policy", "noeviction"]);
    let report = run(&["drift", "dev", "--output", "json"]).expect(2).json();
    let changed = report["resources"].as_array().unwrap().iter().find(|one| one["class"] == "changed").unwrap();
    assert_eq!(changed["address"], "redis:cache-0/config/maxmemory-policy");
}
