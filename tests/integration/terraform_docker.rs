//! What is rendered for Terraform on Docker, applied to a real engine: the second plan is empty, and nothing is left of it afterwards.

use crate::support::Project;
use crate::support::engine::Engine;
use crate::support::tools::{end, succeed, text, tool};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const SIMPLE: &str = r#"
apiVersion: driftless/v1
kind: Environment
target: terraform
targets:
  terraform: {platform: docker}
components:
  cache:
    module: redis
    with: {image: "local/redis:7.0", memory: 64Mi, config: {maxmemory-policy: allkeys-lru}}
  api:
    module: service
    with:
      image: local/redis:7.0
      command: [sleep]
      args: ["100000"]
      resources: {memory: {limit: 64Mi}, cpu: {limit: 500m}}
      env: {REDIS_URL: "${cache.url}"}
"#;

/// All that a container of the provider can be, on an image that says much of itself.
const RICH: &str = r#"
apiVersion: driftless/v1
kind: Environment
target: terraform
targets:
  terraform: {platform: docker}
labels: {team: shop}
components:
  migrate:
    module: job
    with:
      image: local/wordy:1
      command: [sh]
      args: [-c, "echo migrated"]
      env: {TZ: UTC}
      resources: {cpu: {limit: 500m}, memory: {limit: 128Mi}}
  api:
    module: service
    with:
      image: local/wordy:1
      command: [redis-server]
      args: [--port, "8080", --save, "", --dir, /tmp]
      replicas: 2
      ports: {metrics: {port: 9090}, http: {port: 8080}}
      env: {LOG_LEVEL: info, KEY: "${secret.stripe}", URL: "https://u:${secret.stripe}@x/{{ y }}"}
      files: {app.conf: {path: /etc/app/app.conf, content: "a: {{ b }}\nc: $d\n"}}
      secret_files: {/run/secrets/stripe: "${secret.stripe}"}
      resources: {cpu: {request: 100m, limit: 500m}, memory: {request: 64Mi, limit: 256Mi}}
      probes:
        startup: {exec: [redis-cli, -p, "8080", ping], failures: 30}
        readiness: {exec: [redis-cli, -p, "8080", ping]}
      security: {user: 999, group: 999, drop_capabilities: [ALL], add_capabilities: [NET_BIND_SERVICE, CHOWN]}
      needs: {migrate: completed}
      stop_grace: 5s
  edge:
    module: service
    with:
      image: local/wordy:1
      command: [redis-server, --port, "6060"]
      ports:
        web: {port: 6060, expose: node}
        dns: {port: 5353, protocol: udp, expose: node}
        admin: {port: 800, expose: node}
      volumes: {data: {path: /var/data, size: 1Gi}}
      security: {read_only_root: true}
  store:
    module: service
    with: {image: "local/wordy:1", stateful: true, replicas: 2, command: [redis-server], volumes: {data: {path: /data}}}
  guard:
    module: redis
    with: {mode: sentinel, replicas: 1, image: "local/redis:7.0", memory: 64Mi, password: "${secret.stripe}"}
secrets:
  stripe: {env: STRIPE_KEY}
"#;

/// What an engine has, but for its images: `container NAME`.
fn all(engine: &Engine) -> BTreeSet<String> {
    let of = |kind: &str, options: &[&str]| {
        let lines = engine.lines(&[&[kind, "ls", "--format", "{{.Name}}"], options].concat());
        lines.into_iter().map(|name| format!("{kind} {name}")).collect::<Vec<_>>()
    };
    let containers = engine.lines(&["ps", "--all", "--format", "container {{.Names}}"]);
    [containers, of("network", &[]), of("volume", &[])].concat().into_iter().collect()
}

fn terraform(engine: &Engine, at: &Path, arguments: &[&str]) -> Command {
    let mut command = tool("terraform", at);
    command.args(arguments).args(["-input=false", "-no-color"]);
    command.env("TF_VAR_docker_host", engine.host()).env("TF_VAR_secret_stripe", "a secret's value");
    command
}

/// Applies an environment, and lets Terraform say what it still wants; what the engine had meanwhile.
#[track_caller]
fn converges(engine: &Engine, environment: &str) -> BTreeSet<String> {
    let project = Project::with(&[
        ("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n"),
        ("environments/dev.yaml", environment),
    ]);
    project.run(&["render", "dev", "--out", "out"]).expect(0);
    let at = project.at("out/dev/terraform");
    let before = all(engine);
    succeed(&mut terraform(engine, &at, &["init"]));
    succeed(&mut terraform(engine, &at, &["apply", "-auto-approve"]));
    let made = all(engine);
    let plan = end(&mut terraform(engine, &at, &["plan", "-detailed-exitcode"]));
    assert_eq!(plan.status.code(), Some(0), "{}{}", text(&plan.stdout), text(&plan.stderr));
    succeed(&mut terraform(engine, &at, &["destroy", "-auto-approve"]));
    assert_eq!(all(engine), before, "something is left");
    made.difference(&before).cloned().collect()
}

#[test]
fn what_terraform_applied_is_what_it_wants_and_nothing_is_left_of_it() {
    // Of its own: what is left is seen in what the engine has.
    let engine = Engine::own(&[]);
    engine.redis_image("local/redis:7.0");
    let made = converges(&engine, SIMPLE);
    let expected = ["container dev-api-0", "container dev-cache-0", "network dev", "volume dev-cache-0-data"];
    // The image of Redis keeps a volume without a name where nothing else is mounted.
    let named: Vec<_> = made.iter().filter(|line| line.len() < 40).map(String::as_str).collect();
    assert_eq!(named, expected);

    let lines =
        ["ENV LANG=C", "LABEL maker=someone", "WORKDIR /srv", "VOLUME /cache", "EXPOSE 99/udp", "STOPSIGNAL SIGINT"];
    engine.image("local/wordy:1", &lines);
    let made = converges(&engine, RICH);
    let named: Vec<_> = made.iter().filter(|line| line.len() < 40).map(String::as_str).collect();
    assert_eq!(
        named,
        [
            "container dev-api-0",
            "container dev-api-1",
            "container dev-edge-0",
            "container dev-guard-0",
            "container dev-guard-1",
            "container dev-guard-sentinel-0",
            "container dev-guard-sentinel-1",
            "container dev-guard-sentinel-2",
            "container dev-migrate",
            "container dev-store-0",
            "container dev-store-1",
            "network dev",
            "volume dev-edge-data",
            "volume dev-guard-0-data",
            "volume dev-guard-1-data",
            "volume dev-guard-sentinel-0-data",
            "volume dev-guard-sentinel-1-data",
            "volume dev-guard-sentinel-2-data",
            "volume dev-store-0-data",
            "volume dev-store-1-data",
        ]
    );
}
