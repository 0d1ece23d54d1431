//! `driftless set`: what it writes is valid, what it refuses leaves the file as it was.

use crate::support::Project;
use serde_json::json;

const FILE: &str = "environments/dev.yaml";
const TEXT: &str = "\
# The shop.
apiVersion: driftless/v1
kind: Environment
extends: base.yaml
target: compose
components:
  api:
    module: service
    with:
      image: shop/api:1.4.2 # bumped by CI
      replicas: 2
      env: {LOG_LEVEL: info}
      args:
        # The first.
        - serve
        - 'a b' # with a space
  cache:
    module: redis
    with: {version: \"7.4\"}
secrets: {tok: {env: TOK}}
";

fn project() -> Project {
    let project = Project::new();
    project.write("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n");
    project.write(FILE, TEXT);
    project.write(
        "environments/base.yaml",
        "apiVersion: driftless/v1\nkind: Base\ncomponents: {worker: {module: service, with: {image: \"shop/worker:1\"}}}\n",
    );
    project
}

/// Assignments, what is said, and what of the text becomes what.
type Case = (&'static [&'static str], &'static str, &'static [(&'static str, &'static str)]);

#[test]
fn values_are_written_as_their_types_want_them_and_comments_stay() {
    let cases: [Case; 8] = [
        (
            &["api.image=shop/api:1.5.0", "api.replicas=3"],
            "environments/dev.yaml:10:14: api.image: shop/api:1.4.2 -> shop/api:1.5.0\nenvironments/dev.yaml:11:17: api.replicas: 2 -> 3\n",
            &[("shop/api:1.4.2 #", "shop/api:1.5.0 #"), ("replicas: 2", "replicas: 3")],
        ),
        // A version is text, whatever it looks like.
        (&["cache.version=7.2"], "environments/dev.yaml:19:21: cache.version: 7.4 -> 7.2\n", &[("\"7.4\"", "\"7.2\"")]),
        (
            &["cache.config.maxmemory-policy=allkeys-lfu"],
            "environments/dev.yaml:19:55: cache.config.maxmemory-policy: (nothing) -> allkeys-lfu\n",
            &[("\"7.4\"}", "\"7.4\", config: {maxmemory-policy: allkeys-lfu}}")],
        ),
        (
            &["api.args=[\"serve\", \"c d\", '--port=80']"],
            "environments/dev.yaml:15:9: api.args: [serve, a b] -> [serve, c d, --port=80]\n",
            &[("- 'a b' # with a space", "- 'c d' # with a space\n        - \"--port=80\"")],
        ),
        (
            &["api.args=[serve]"],
            "environments/dev.yaml:15:9: api.args: [serve, a b] -> [serve]\n",
            &[("        - 'a b' # with a space\n", "")],
        ),
        (&["api.args[1]=x"], "environments/dev.yaml:16:11: api.args[1]: a b -> x\n", &[("- 'a b' #", "- 'x' #")]),
        (
            &["api.command=[\"a\",\"b c\"]"],
            "environments/dev.yaml:17:16: api.command: (nothing) -> [a, b c]\n",
            &[("with a space\n", "with a space\n      command: [a, b c]\n")],
        ),
        // A component of the base gets an entry of its own.
        (
            &["worker.replicas=2"],
            "environments/dev.yaml:22:17: worker.replicas: (nothing) -> 2\n",
            &[("\"7.4\"}\n", "\"7.4\"}\n  worker:\n    with:\n      replicas: 2\n")],
        ),
    ];
    for (assignments, said, edits) in cases {
        let project = project();
        let run = project.run(&[&["set", "dev"], assignments].concat());
        let expected = edits.iter().fold(TEXT.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "", said), "{assignments:?}");
        assert_eq!(project.read(FILE), expected, "{assignments:?}");
    }
}

#[test]
fn what_is_not_valid_afterwards_is_refused_and_the_file_stays() {
    let not_valid = "error: nothing was written: with this dev would not be valid\n  help: the lines above are shown as they would be\n";
    let no_command = format!(
        "error[DL0405]: environment variable `Z` of `worker` holds a secret, and the container declares no command that could be started with it\n  \
         --> environments/dev.yaml:23:9\n   |\n23 |         Z: ${{secret.tok}}\n   |         ^\n   |\n   = help: declare `command`, or let the \
         program read the secret from `/run/secrets/tok`\n\n{not_valid}"
    );
    let no_policy = format!(
        "error[DL0308]: `maxmemory-policy` is no policy of Redis\n  --> environments/dev.yaml:19:55\n   |\n19 |     with: {{version: \"7.4\", config: \
         {{maxmemory-policy: nonsense}}}}\n   |                                                       ^^^^^^^^\n   |\n   = help: it is one of \
         noeviction, allkeys-lru, allkeys-lfu, allkeys-random, volatile-lru, volatile-lfu, volatile-random, volatile-ttl\n\n{not_valid}"
    );
    let cases: [(&[&str], i32, &str); 10] = [
        (&["worker.env.Z=${secret.tok}"], 1, &no_command),
        (&["cache.config.maxmemory-policy=nonsense"], 1, &no_policy),
        (&["nope.image=1"], 1, "error: dev has no component `nope`\n  help: there are: worker, api, cache\n"),
        (&["workr.image=1"], 1, "error: dev has no component `workr`\n  help: did you mean `worker`?\n"),
        (
            &["api.imgae=1"],
            1,
            "error: `api.imgae`: the module `service` has no input `imgae`\n  help: did you mean `image`?\n",
        ),
        (
            &["api.args=one"],
            64,
            "error: `api.args` is a list, and `one` is none\n  help: write all of it, like 'api.args=[\"a\", \"b c\"]', or one element: `api.args[0]=a`\n",
        ),
        (
            &["api.env=one"],
            64,
            "error: `api.env` is a mapping, and `one` is one value\n  help: set one of its keys: `api.env.KEY=VALUE`\n",
        ),
        (
            &["api.image"],
            64,
            "error: `api.image` is no assignment\n  help: write COMPONENT.INPUT=VALUE, for example `api.image=ghcr.io/shop/api:1.5.0`\n",
        ),
        (
            &["api.args[7]=x"],
            1,
            "error: `api.args[7]=x`: there is no `components.api.with.args[7]`\n  help: nothing was written\n",
        ),
        // All of them or none.
        (
            &["api.replicas=5", "nope.image=1"],
            1,
            "error: dev has no component `nope`\n  help: there are: worker, api, cache\n",
        ),
    ];
    let project = project();
    for (assignments, code, said) in cases {
        let run = project.run(&[&["set", "dev"], assignments].concat());
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(code), "", said), "{assignments:?}");
        assert_eq!(project.read(FILE), TEXT, "{assignments:?}");
    }
}

#[test]
fn programs_are_told_what_was_edited() {
    let project = project();
    let run = project.run(&["set", "dev", "api.replicas=3", "api.env.NEW=x", "--output", "json"]).expect(0);
    let edit = |path: &str, before: Option<&str>, after: &str, line: u32, column: u32| json!({"path": path, "before": before, "after": after, "file": FILE, "line": line, "column": column});
    assert_eq!(
        run.json(),
        json!({
            "format_version": "1.0", "kind": "Edits", "tool_version": env!("CARGO_PKG_VERSION"), "environment": "dev",
            "edits": [edit("api.replicas", Some("2"), "3", 11, 17), edit("api.env.NEW", None, "x", 12, 35)],
        })
    );
}
