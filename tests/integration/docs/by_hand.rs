//! docs/drift.md: changes made by hand, and what `docker compose up` and driftless make of each, run for real.

use super::compare;
use crate::support::engine::Engine;
use crate::support::transcript::{run_on, stable};
use serde_json::Value as Json;
use std::fmt::Write as _;
use std::path::Path;

const PAGE: &str = "docs/drift.md";

const INTRODUCTION: &str = "\
# Changed by hand: what is seen, and what is put back

Twelve things that people do to containers behind Git's back, and what two tools make of each: `docker compose up`, which is what most tools that
deploy containers from Git run, and driftless. A test runs every command of this page on a Docker Engine and compares what is printed; nothing is
claimed here that it did not see. Times, commits and ids are replaced by words, and the lines of Compose, which come in any order, are sorted by
container.

The environment is a Redis and a service with a file:

```yaml
";

const ENVIRONMENT: &str = r#"apiVersion: driftless/v1
kind: Environment
target: compose
targets:
  compose: {apply: docker}
components:
  cache:
    module: redis
    with:
      image: local/redis:7.0
      memory: 64Mi
      config: {maxmemory-policy: allkeys-lru}
  api:
    module: service
    with:
      image: local/api:1
      command: [sleep, infinity]
      resources: {memory: {limit: 64Mi}}
      env: {LOG_LEVEL: info}
      files:
        app.conf: {path: /etc/app.conf, content: "level = info\n"}
"#;

/// The words of the run's table, and how they were found.
const LEGEND: &str = "\
What the table says is read from the run: *before* it, what Compose says that it would do (`up --dry-run`) and the fields that `drift` names;
*after* it, whether what was changed is as declared again, and whether the container is still the one that it was, by its id and the time of its
start.
";

/// Something that somebody does, seen with Docker's own commands.
struct Case {
    title: &'static str,
    /// What somebody does.
    hand: &'static str,
    /// What is looked at.
    look: &'static str,
    /// What takes away what no tool takes away.
    undo: &'static str,
}

const API: &str = "shop-dev-api-1";
const CACHE: &str = "shop-dev-cache-0-1";

const CASES: &[Case] = &[
    Case {
        title: "More memory",
        hand: "docker update --memory 128m --memory-swap 128m shop-dev-api-1",
        look: "docker inspect --format '{{.HostConfig.Memory}}' shop-dev-api-1",
        undo: "",
    },
    Case {
        title: "Another restart policy",
        hand: "docker update --restart no shop-dev-api-1",
        look: "docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' shop-dev-api-1",
        undo: "",
    },
    Case {
        title: "A network is disconnected",
        hand: "docker network disconnect shop-dev_dev shop-dev-api-1",
        look: "docker inspect --format '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}}{{end}}' shop-dev-api-1",
        undo: "",
    },
    Case {
        title: "Connected again, without its alias",
        hand: "docker network disconnect shop-dev_dev shop-dev-api-1 && docker network connect shop-dev_dev shop-dev-api-1",
        look: "docker exec shop-dev-cache-0-1 sh -c 'getent hosts api >/dev/null && echo found || echo nobody is called api'",
        undo: "",
    },
    Case {
        title: "Stopped",
        hand: "docker stop shop-dev-api-1",
        look: "docker inspect --format '{{.State.Status}}' shop-dev-api-1",
        undo: "",
    },
    Case {
        title: "Paused",
        hand: "docker pause shop-dev-api-1",
        look: "docker inspect --format '{{.State.Status}}' shop-dev-api-1",
        undo: "",
    },
    Case {
        title: "Removed",
        hand: "docker rm -f shop-dev-api-1",
        look: "docker ps --filter name=shop-dev-api-1 --format '{{.Names}}'",
        undo: "",
    },
    Case {
        title: "Renamed",
        hand: "docker rename shop-dev-api-1 api-old",
        look: "docker ps --filter name=api --format '{{.Names}}'",
        undo: "",
    },
    Case {
        title: "A file changed in the container",
        hand: "docker exec shop-dev-api-1 sh -c 'echo level = debug > /etc/app.conf'",
        look: "docker exec shop-dev-api-1 cat /etc/app.conf",
        undo: "",
    },
    Case {
        title: "Made again by hand, with another variable",
        hand: "docker rm -f shop-dev-api-1 && docker run -d --name shop-dev-api-1 --network shop-dev_dev --network-alias api \
               -e LOG_LEVEL=debug --memory 64m local/api:1 sleep infinity",
        look: "docker inspect --format '{{index .Config.Env 0}}' shop-dev-api-1",
        undo: "docker rm -f shop-dev-api-1",
    },
    Case {
        title: "A Redis setting changed while it runs",
        hand: "docker exec shop-dev-cache-0-1 redis-cli config set maxmemory-policy noeviction",
        look: "docker exec shop-dev-cache-0-1 redis-cli config get maxmemory-policy",
        undo: "",
    },
    Case {
        title: "A container that nobody declared",
        hand: "docker run -d --name helper --label com.docker.compose.project=shop-dev local/api:1 sleep infinity",
        look: "docker ps --filter name=helper --format '{{.Names}}'",
        undo: "docker rm -f helper",
    },
];

/// A folder with the environment, applied to an engine.
struct Shop {
    engine: Engine,
    folder: tempfile::TempDir,
}

/// What a command printed, without what changes from run to run.
struct Said {
    text: String,
    code: i32,
}

impl Shop {
    fn applied() -> Self {
        let engine = Engine::own(&[]);
        engine.redis_image("local/redis:7.0");
        engine.image("local/api:1", &["ENV PATH=/usr/local/bin:/usr/bin:/bin"]);
        let shop = Self { engine, folder: tempfile::tempdir().unwrap() };
        let write = |path: &str, text: &str| std::fs::write(shop.at(path), text).unwrap();
        std::fs::create_dir(shop.at("environments")).unwrap();
        write("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n");
        write("environments/dev.yaml", ENVIRONMENT);
        let commit = "git init -q && git add driftless.yaml environments && git commit -q -m 'The shop'";
        let said =
            shop.say(&format!("{commit} && driftless apply dev --yes --quiet >/dev/null && driftless drift dev"));
        assert_eq!(said.code, 0, "{}", said.text);
        shop
    }

    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn say(&self, command: &str) -> Said {
        self.say_in(self.folder.path(), command)
    }

    fn say_in(&self, folder: &Path, command: &str) -> Said {
        let printed = run_on(&self.engine, folder, &[command, "echo $?"]);
        // The settings of who types are none of the project's files.
        std::fs::remove_file(folder.join(".gitconfig")).unwrap();
        Said { text: stable(&printed[0]), code: printed[1].trim().parse().unwrap() }
    }

    fn compose(&self, options: &str) -> Said {
        let said =
            self.say_in(&self.at(".driftless/run/dev/compose"), &format!("docker compose --ansi never up -d{options}"));
        Said { text: by_container(&said.text), ..said }
    }

    /// The container's id and start: nothing where there is none.
    fn identity(&self) -> (String, String) {
        let said = self.engine.command(&["inspect", "--format", "{{.Id}} {{.State.StartedAt}}", API]).output().unwrap();
        let text = String::from_utf8(said.stdout).unwrap();
        let (id, start) = text.trim().split_once(' ').unwrap_or_default();
        (id.to_owned(), start.to_owned())
    }

    /// Everything as declared again.
    fn reset(&self, case: &Case) {
        if !case.undo.is_empty() {
            self.say(case.undo);
        }
        let said = self.say("driftless apply dev --yes --quiet; driftless drift dev");
        assert_eq!(said.code, 0, "{}: it is not put back: {}", case.title, said.text);
    }
}

/// The lines of Compose, those of one container after another; a name that it has for a moment is its own.
fn by_container(text: &str) -> String {
    let moment = regex::Regex::new(r"<commit>_|[0-9a-f]{12}_").unwrap();
    let text = moment.replace_all(text, "");
    let name = |line: &&str| line.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_by_key(name);
    lines.dedup();
    lines.iter().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// What is done to one container, as the last word of Compose's lines says it.
fn intended(said: &Said) -> &'static str {
    let words = said.text.lines().filter_map(|line| line.split_whitespace().last());
    let done: Vec<_> = words.filter(|word| ["Recreated", "Created", "Started"].contains(word)).collect();
    match done.first() {
        None => "do nothing",
        Some(&"Recreated") => "recreate it",
        Some(&"Created") => "create it",
        Some(_) => "start it",
    }
}

/// What one tool left.
fn left(declared: &str, live: &str, code: i32, before: &(String, String), after: &(String, String)) -> String {
    let same = if live == declared { "as declared" } else { "**still so**" };
    let how = match (before, after) {
        _ if live != declared => "",
        ((id, _), (other, _)) if id != other => ", another container",
        ((_, start), (_, other)) if start != other => ", started again",
        _ => ", in place",
    };
    let failed = if code == 0 { String::new() } else { format!(", exit code {code}") };
    format!("{same}{how}{failed}")
}

/// What a report names: `changed: restart`.
fn named(report: &Json) -> String {
    let resource = |resource: &Json| {
        let fields = resource["fields"].as_array().into_iter().flatten();
        let fields: Vec<_> = fields.map(|field| format!("`{}`", field["path"].as_str().unwrap())).collect();
        let class = resource["class"].as_str().unwrap();
        let name = resource["address"].as_str().unwrap().rsplit('/').next().unwrap();
        if fields.is_empty() || class == "missing" {
            format!("{class}: `{name}`")
        } else {
            format!("{class}: {}", fields.join(", "))
        }
    };
    let all: Vec<_> = report["resources"].as_array().unwrap().iter().map(resource).collect();
    if all.is_empty() { "nothing".into() } else { all.join("; ") }
}

/// A line of the table and a part of the page.
fn case(shop: &Shop, case: &Case) -> (String, String) {
    let declared = shop.say(case.look).text;
    let hand = || {
        let said = shop.say(&format!("({}) >/dev/null", case.hand));
        assert_eq!(said.code, 0, "{}: {}", case.title, said.text);
    };
    hand();
    let (live, before) = (shop.say(case.look).text, shop.identity());
    assert_ne!(live, declared, "{}: nothing was changed", case.title);
    let intended_by_compose = shop.compose(" --dry-run");
    let drift = shop.say("driftless drift dev --report report.json");
    let report: Json = serde_json::from_str(&std::fs::read_to_string(shop.at("report.json")).unwrap()).unwrap();
    std::fs::remove_file(shop.at("report.json")).unwrap();
    let compose = shop.compose("");
    let after_compose = (shop.say(case.look).text, shop.identity());
    shop.reset(case);
    hand();
    let before_apply = shop.identity();
    let apply = shop.say("driftless apply dev --yes 2>&1 >/dev/null");
    let after_apply = (shop.say(case.look).text, shop.identity());
    shop.reset(case);

    let row = format!(
        "| [{}](#{}) | {} | {} | {} | {} |\n",
        case.title,
        case.title.to_lowercase().replace(',', "").replace(' ', "-"),
        intended(&intended_by_compose),
        left(&declared, &after_compose.0, compose.code, &before, &after_compose.1),
        named(&report),
        left(&declared, &after_apply.0, apply.code, &before_apply, &after_apply.1),
    );
    let mut part = format!("## {}\n\n```console\n", case.title);
    let mut show = |command: &str, said: &Said| {
        write!(part, "$ {command}\n{}", said.text).unwrap();
        if said.code != 0 {
            write!(part, "$ echo $?\n{}\n", said.code).unwrap();
        }
    };
    let plain = |text: String| Said { text, code: 0 };
    show(case.hand, &plain(String::new()));
    show(case.look, &plain(live));
    show("docker compose up -d --dry-run", &intended_by_compose);
    show("driftless drift dev", &Said { text: without_report(&drift.text), code: drift.code });
    show("docker compose up -d", &compose);
    show(case.look, &plain(after_compose.0));
    part.push_str("```\n\nPut back, done again, and given to driftless:\n\n```console\n");
    let mut show = |command: &str, said: &Said| {
        write!(part, "$ {command}\n{}", said.text).unwrap();
        if said.code != 0 {
            write!(part, "$ echo $?\n{}\n", said.code).unwrap();
        }
    };
    show("driftless apply dev --yes >/dev/null", &apply);
    show(case.look, &plain(after_apply.0));
    part.push_str("```\n\n");
    (row, part)
}

/// Without what is said of the file that the table is made from.
fn without_report(text: &str) -> String {
    text.lines().filter(|line| !line.contains("report.json")).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn what_is_changed_by_hand_is_seen_and_put_back_as_the_page_shows_it() {
    let shop = Shop::applied();
    assert!(shop.engine.inspect(CACHE)["State"]["Running"].as_bool().unwrap());
    let (rows, parts): (String, String) = CASES.iter().map(|one| case(&shop, one)).unzip();
    let page = format!(
        "{INTRODUCTION}{ENVIRONMENT}```\n\n{LEGEND}\n\
         | changed by hand | `docker compose up` would | after `docker compose up -d` | `driftless drift` says | after `driftless apply` |\n\
         |---|---|---|---|---|\n{rows}\n{}",
        parts.trim_end(),
    );
    compare(PAGE, &(page + "\n"), str::to_owned);
}

#[test]
fn the_words_of_the_table_are_those_of_the_run() {
    let said = |text: &str| Said { text: text.into(), code: 0 };
    assert_eq!(intended(&said(" Container a Running\n")), "do nothing");
    assert_eq!(intended(&said(" Container a Recreate\n Container a Recreated\n Container a Started\n")), "recreate it");
    assert_eq!(intended(&said(" Container a Created\n Container a Started\n")), "create it");
    assert_eq!(intended(&said(" Container a Starting\n Container a Started\n")), "start it");
    let (one, other) = (("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned()));
    assert_eq!(left("x", "y", 0, &one, &other), "**still so**");
    assert_eq!(left("x", "x", 0, &one, &other), "as declared, another container");
    assert_eq!(left("x", "x", 1, &one, &one), "as declared, in place, exit code 1");
    assert_eq!(
        by_container(" Container b Running \n Container aaaabbbbcccc_a Starting\n Container b Done\n"),
        " Container a Starting\n Container b Running\n Container b Done\n"
    );
}
