//! Projects of many environments, each with ten components.

use std::path::Path;

/// The kinds of target that every environment is rendered for.
pub const TARGETS: [&str; 4] = ["compose", "helm", "terraform", "ansible"];

/// How many components an environment has.
pub const COMPONENTS: usize = 10;

/// driftless.yaml.
pub const PROJECT: &str = "apiVersion: driftless/v1\nkind: Project\nname: shop\n";

/// A Redis, a job and eight services that use them; what differs between environments is in every component.
pub fn environment(number: usize) -> String {
    let mut text = format!(
        "apiVersion: driftless/v1\nkind: Environment\ntarget: compose\ntargets:\n  compose: {{apply: git}}\ngit: {{branch: deploy-{number}, path: deploy}}\n\
         components:\n  cache:\n    module: redis\n    with: {{memory: {}Mi, config: {{maxmemory-policy: allkeys-lru}}}}\n  \
         migrate:\n    module: job\n    with: {{image: \"ghcr.io/shop/migrate:1.{number}.0\", command: [/migrate, --to, latest], env: {{TZ: UTC}}}}\n",
        256 + number % 64
    );
    for at in 2..COMPONENTS {
        text.push_str(&format!(
            "  api-{at}:\n    module: service\n    with:\n      image: ghcr.io/shop/api-{at}:1.{number}.0\n      replicas: 2\n      \
             ports:\n        http: {{port: 8080}}\n      env: {{REDIS_URL: \"${{cache.url}}\", LOG_LEVEL: info, NUMBER: \"{number}\"}}\n      \
             files:\n        app.conf: {{path: /etc/app/app.conf, content: \"listen 8080\\nenvironment {number}\\n\"}}\n      \
             probes:\n        readiness: {{http: {{port: http, path: /ready}}}}\n      needs: {{migrate: completed}}\n      \
             resources: {{cpu: {{request: 100m}}, memory: {{limit: 256Mi}}}}\n"
        ));
    }
    text
}

/// Writes a project with `count` environments, committed.
pub fn write(folder: &Path, count: usize) {
    std::fs::create_dir_all(folder.join("environments")).unwrap();
    std::fs::write(folder.join("driftless.yaml"), PROJECT).unwrap();
    for number in 0..count {
        std::fs::write(folder.join(format!("environments/env-{number}.yaml")), environment(number)).unwrap();
    }
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["config", "user.name", "Ann Author"]);
    git(folder, &["config", "user.email", "ann@shop.example"]);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "start"]);
}

fn git(folder: &Path, arguments: &[&str]) {
    let status = std::process::Command::new("git").arg("-C").arg(folder).args(arguments).status().unwrap();
    assert!(status.success(), "git {arguments:?}");
}

/// An environment file of just below one MiB, the most that is read: one service with many variables.
pub fn large() -> String {
    let mut text = String::from(
        "apiVersion: driftless/v1\nkind: Environment\ntarget: compose\ncomponents:\n  api:\n    module: service\n    with:\n      image: shop/api:1\n      env:\n",
    );
    for at in 0.. {
        let line = format!("        VARIABLE_{at}: \"the value of number {at}, as long as such values are\"\n");
        if text.len() + line.len() > 1_040_000 {
            return text;
        }
        text.push_str(&line);
    }
    text
}
