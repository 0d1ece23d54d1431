//! What somebody does to containers, networks and volumes by hand, and what the drift report says of it: `tests/docker/rows.yaml`, on real
//! engines. Every row of the compare table has one, or says why it has none.

use crate::support::engine::Engine;
use crate::support::modules::plain;
use crate::support::project::{Project, run};
use crate::support::tools::succeed;
use driftless::backend::docker::TABLE;
use driftless::diag::{Sink, SourceMap};
use driftless::spec;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What the secrets of the rows are: neither is ever to be seen.
const SECRETS: [(&str, &str); 2] = [("ROWS_SECRET", "canary-of-rows"), ("ROWS_ROTATED", "canary-of-before")];

/// How many rows are worked on at once.
const HANDS: usize = 4;

/// One row.
#[derive(Clone)]
struct Row(Json);

impl Row {
    fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    /// The component, which is also the service.
    fn name(&self) -> String {
        self.id().to_lowercase()
    }

    fn group(&self) -> &str {
        self.0["group"].as_str().unwrap_or("many")
    }

    fn list(&self, key: &str) -> Vec<Json> {
        self.0[key].as_array().cloned().unwrap_or_default()
    }
}

fn yaml(path: &str, text: &str) -> Json {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add(path, text);
    plain(&spec::parse(file, &sources, &mut sink).unwrap_or_else(|| panic!("{path} is no YAML")))
}

fn all_rows() -> Vec<Row> {
    let known = [
        "id", "group", "module", "with", "service", "objects", "recreate", "hand", "edit", "finds", "reports",
        "fields", "not_here", "oldest", "rotates",
    ];
    let all = yaml("rows.yaml", include_str!("../docker/rows.yaml"));
    let rows: Vec<Row> = all.as_array().unwrap().iter().cloned().map(Row).collect();
    let mut ids = BTreeSet::new();
    for row in &rows {
        assert!(ids.insert(row.name()), "{} stands twice", row.id());
        let keys: Vec<_> = row.0.as_object().unwrap().keys().filter(|key| !known.contains(&key.as_str())).collect();
        assert!(keys.is_empty(), "{}: {keys:?}", row.id());
    }
    rows
}

/// Maps merge, everything else replaces, null removes.
fn merge(into: &mut Json, over: &Json) {
    let (Json::Object(map), Json::Object(over)) = (&mut *into, over) else { return *into = over.clone() };
    for (key, value) in over {
        match value {
            Json::Null => drop(map.remove(key)),
            _ => merge(map.entry(key).or_insert_with(|| json!({})), value),
        }
    }
}

/// A group of rows in one environment, on one engine.
struct Group<'a> {
    engine: &'a Engine,
    name: String,
    rows: Vec<Row>,
    project: Project,
    compose: String,
    subnet: String,
}

impl Group<'_> {
    fn environment(&self, edited: bool) -> String {
        let mut components = Map::new();
        for row in &self.rows {
            let mut with = json!({"image": "local/rows:1", "command": ["sleep", "1000000"]});
            merge(&mut with, &row.0["with"].as_object().map_or(json!({}), |with| json!(with)));
            let mut service = row.0["service"].clone();
            let mut objects = row.0["objects"].as_object().cloned().unwrap_or_default();
            let edit = &row.0["edit"];
            if edited && edit["gone"] == true {
                continue;
            }
            if edited && edit.is_object() {
                merge(&mut with, &edit["with"].as_object().map_or(json!({}), |with| json!(with)));
                if edit["service"].is_object() {
                    service = edit["service"].clone();
                }
                objects.extend(edit["objects"].as_object().cloned().unwrap_or_default());
            }
            if service.is_object() {
                objects.insert(format!("services.{}", row.name()), service);
            }
            let mut component = json!({"module": row.0["module"].as_str().unwrap_or("service"), "with": with});
            if !objects.is_empty() {
                component["patch"] = json!({"compose": objects});
            }
            components.insert(row.name(), component);
        }
        let text = json!({
            "apiVersion": "driftless/v1", "kind": "Environment", "name": self.name, "target": "compose",
            "targets": {"compose": {"apply": "docker", "project": self.compose}},
            "secrets": {"rows": {"env": SECRETS[0].0}, "rotated": {"env": SECRETS[1].0}},
            "components": components,
        });
        self.filled(&serde_json::to_string_pretty(&text).unwrap())
    }

    fn file(&self) -> String {
        format!("environments/{}.yaml", self.name)
    }

    /// Text with the names of this run in the places of `PROJECT`, `SUBNET`, `HOST`, `HERE`.
    fn filled(&self, text: &str) -> String {
        let (address, _) = self.subnet.split_once('/').unwrap();
        let (begin, last) = address.rsplit_once('.').unwrap();
        let host = format!("{begin}.{}", last.parse::<u8>().unwrap() + 5);
        let places = [("PROJECT", &self.compose), ("SUBNET", &self.subnet), ("HOST", &host), ("HERE", &self.name)];
        places.into_iter().fold(text.to_owned(), |text, (place, name)| text.replace(place, name))
    }

    fn container(&self, row: &Row) -> String {
        format!("{}-{}-1", self.compose, row.name())
    }

    /// What `driftless` answers, as JSON.
    #[track_caller]
    fn driftless(&self, arguments: &[&str], rotated: bool, codes: &[i32]) -> Json {
        let mut command = self.project.command(arguments);
        self.engine.lend(&mut command);
        for (name, value) in SECRETS {
            command.env(name, if rotated && name == SECRETS[1].0 { "canary-of-after" } else { value });
        }
        let run = run(&mut command);
        assert!(
            run.code.is_some_and(|code| codes.contains(&code)),
            "{}: {arguments:?} ended with {:?}\n{}\n{}",
            self.name,
            run.code,
            run.out,
            run.err
        );
        for word in ["canary-of-rows", "canary-of-before", "canary-of-after"] {
            assert!(!run.out.contains(word) && !run.err.contains(word), "a secret is shown");
        }
        serde_json::from_str(&run.out).unwrap_or(Json::Null)
    }

    /// Makes containers anew from a copy of the rendered file that somebody changed.
    fn recreate(&self) {
        let changed: Vec<&Row> = self.rows.iter().filter(|row| row.0["recreate"].is_object()).collect();
        if changed.is_empty() {
            return;
        }
        let path = self.project.at(&format!(".driftless/run/{}/compose/compose.yaml", self.name));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut file = yaml("compose.yaml", &text);
        for row in &changed {
            merge(&mut file["services"][row.name()], &row.0["recreate"]);
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("compose.yaml"), file.to_string()).unwrap();
        let names: Vec<String> = changed.iter().map(|row| row.name()).collect();
        let mut arguments = vec!["up", "--detach", "--no-deps", "--force-recreate", "--quiet-pull"];
        arguments.extend(names.iter().map(String::as_str));
        self.engine.compose(folder.path(), &arguments);
    }

    /// What stands in the places of names that are known only now.
    fn names(&self, row: &Row) -> [(&'static str, String); 3] {
        let name = self.container(row);
        let known = |format: &str| {
            let output = self.engine.command(&["inspect", "--format", format, &name]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        let id = known("{{.Id}}");
        [("ID12", id.chars().take(12).collect()), ("IMAGE", known("{{.Image}}")), ("NAME", name)]
    }

    fn by_hand(&self, row: &Row, names: &[(&'static str, String); 3]) {
        for arguments in row.list("hand") {
            let one = |argument: &Json| {
                let text = self.filled(argument.as_str().unwrap());
                names.iter().fold(text, |text, (place, name)| text.replace(place, name))
            };
            let arguments: Vec<String> = arguments.as_array().unwrap().iter().map(one).collect();
            match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["wait", format, value] => self.wait(row, format, value),
                ref arguments => drop(succeed(&mut self.engine.command(arguments))),
            }
        }
    }

    fn wait(&self, row: &Row, format: &str, value: &str) {
        let name = self.container(row);
        let until = Instant::now() + Duration::from_mins(1);
        while self.engine.docker(&["inspect", "--format", format, &name]) != value {
            assert!(Instant::now() < until, "{}: {format} does not become {value}", row.id());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What must be reported: by address, the class and the fields.
    fn expected(&self, names: &BTreeMap<String, [(&'static str, String); 3]>) -> BTreeMap<String, Json> {
        let mut expected = BTreeMap::new();
        let parent = names.get("dn18-parent").map_or("", |names| &names[0].1);
        for row in &self.rows {
            let image = names.get(&row.name()).map_or("", |names| &names[1].1);
            let filled = |json: &Json| -> Json {
                let text = self.filled(&json.to_string()).replace("\"IMAGE\"", &json!(image).to_string());
                serde_json::from_str(&text.replace("DEAD", parent)).unwrap()
            };
            let fields = |fields: &Json| json!({"class": "changed", "fields": filled(fields)});
            if row.0["finds"].is_array() {
                expected.insert(format!("docker:container/{}", row.name()), fields(&row.0["finds"]));
            }
            for (address, found) in row.0["fields"].as_object().into_iter().flatten() {
                expected.insert(self.filled(address), fields(found));
            }
            for (class, addresses) in row.0["reports"].as_object().into_iter().flatten() {
                for address in filled(addresses).as_array().unwrap() {
                    expected.insert(address.as_str().unwrap().to_owned(), json!({"class": class}));
                }
            }
        }
        expected
    }
}

/// What was reported: by address, the class, and where something drifted the fields.
fn reported(report: &Json, parent: &str) -> BTreeMap<String, Json> {
    let mut reported = BTreeMap::new();
    for resource in report["resources"].as_array().unwrap() {
        assert_eq!(resource["consequences"], json!([]), "{resource}");
        let mut one = json!({"class": resource["class"]});
        if resource["class"] == "changed" {
            let mut fields: Vec<Json> = resource["fields"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| json!([f["path"], f["class"], f["live"]]))
                .collect();
            fields.sort_by_key(|field| field[0].as_str().map(str::to_owned));
            one["fields"] = json!(fields);
        }
        reported.insert(resource["address"].as_str().unwrap().to_owned(), one);
    }
    for gap in report["gaps"].as_array().unwrap() {
        reported.insert(gap["address"].as_str().unwrap().to_owned(), json!({"class": "unknown"}));
    }
    // Of a dead container only the beginning of the identifier is known.
    let short = |value: &mut Json| {
        let text = value.as_str().filter(|text| !parent.is_empty() && text.starts_with(&format!("container:{parent}")));
        if text.is_some() {
            *value = json!(parent);
        }
    };
    for one in reported.values_mut() {
        one["fields"].as_array_mut().into_iter().flatten().for_each(|field| short(&mut field[2]));
        if one["fields"].is_null() {
            one.as_object_mut().unwrap().remove("fields");
        }
    }
    reported
}

/// Applies a group, has everything done to it, and reads the report.
fn hold(engine: &Engine, name: &str, rows: Vec<Row>) {
    let bearer = engine.project(&format!("rows-{name}"));
    let group = Group {
        engine,
        name: name.to_owned(),
        rows,
        project: Project::with(&[("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: rows\n")]),
        compose: bearer.name().to_owned(),
        subnet: engine.subnet(),
    };
    let began = Instant::now();
    group.project.write(&group.file(), group.environment(false));
    group.project.commit("rows");
    group.driftless(&["apply", name, "--yes"], false, &[0]);
    eprintln!("{name}: {} rows applied after {:?}", group.rows.len(), began.elapsed());
    let report = group.driftless(&["drift", name, "--output", "json"], false, &[0]);
    assert_eq!(reported(&report, ""), BTreeMap::new(), "{name}: what was just applied has drifted");
    let names: BTreeMap<String, _> = group.rows.iter().map(|row| (row.name(), group.names(row))).collect();
    group.recreate();
    let rows: Vec<&Row> = group.rows.iter().collect();
    std::thread::scope(|scope| {
        for share in rows.chunks(rows.len().div_ceil(HANDS)) {
            let (group, names) = (&group, &names);
            scope.spawn(move || share.iter().for_each(|row| group.by_hand(row, &names[&row.name()])));
        }
    });
    group.project.write(&group.file(), group.environment(true));
    group.project.commit("edit");
    let rotated = group.rows.iter().any(|row| row.0["rotates"] == true);
    let report = group.driftless(&["drift", name, "--output", "json"], rotated, &[0, 2, 3]);
    eprintln!("{name}: reported after {:?}", began.elapsed());
    let parent = names.get("dn18-parent").map_or("", |names| &names[0].1);
    let (found, expected) = (reported(&report, parent), group.expected(&names));
    let addresses: BTreeSet<&String> = found.keys().chain(expected.keys()).collect();
    let wrong: Vec<String> = addresses
        .into_iter()
        .filter(|address| found.get(*address) != expected.get(*address))
        .map(|address| {
            let text = |side: &BTreeMap<String, Json>| side.get(address).map_or("nothing".to_owned(), Json::to_string);
            format!("{address}\n  is        {}\n  should be {}", text(&found), text(&expected))
        })
        .collect();
    assert!(wrong.is_empty(), "{name}: {} are wrong\n{}\n{}", wrong.len(), wrong.join("\n"), report["gaps"]);
}

fn images(engine: &Engine) {
    engine.image("local/rows:1", &["ENV PATH=/bin"]);
    engine.image("local/rows-again:1", &["ENV PATH=/bin"]);
    engine.image("local/rows-other:1", &["ENV PATH=/bin", "LABEL other=1"]);
    let full = [
        "ENV PATH=/bin",
        "ENV FROM_IMAGE=1",
        "LABEL from=image",
        "EXPOSE 6379",
        "VOLUME /data",
        "WORKDIR /data",
        "USER 999:999",
        "STOPSIGNAL SIGKILL",
        "ENTRYPOINT [\"sleep\"]",
        "CMD [\"1000000\"]",
        "HEALTHCHECK --interval=2s --timeout=20s CMD true",
    ];
    engine.image("local/rows-full:1", &full);
    for tag in ["local/rows-dp31:1", "local/rows-dn14:1"] {
        engine.docker(&["tag", "local/rows:1", tag]);
    }
}

fn hold_all(engine: &Engine, rows: Vec<Row>) {
    images(engine);
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.group().to_owned()).or_default().push(row);
    }
    std::thread::scope(|scope| {
        let many = groups.remove("many").unwrap_or_default();
        scope.spawn(|| {
            if !many.is_empty() {
                hold(engine, "many", many);
            }
        });
        scope.spawn(|| groups.into_iter().for_each(|(name, rows)| hold(engine, &name, rows)));
    });
}

#[test]
fn what_is_done_by_hand_is_reported_and_nothing_else() {
    hold_all(Engine::shared(), all_rows().into_iter().filter(|row| row.0["not_here"].is_null()).collect());
}

#[test]
fn every_row_of_the_table_is_held_by_one() {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for row in all_rows() {
        let finds = row.list("finds").into_iter();
        paths.extend(finds.map(|found| format!("container/any.{}", found[0].as_str().unwrap())));
        for (address, fields) in row.0["fields"].as_object().into_iter().flatten() {
            let kind = address.strip_prefix("docker:").unwrap().split('/').next().unwrap();
            paths.extend(
                fields.as_array().unwrap().iter().map(|field| format!("{kind}/any.{}", field[0].as_str().unwrap())),
            );
        }
    }
    let held = |pattern: &str| {
        let start = pattern.replacen("/*", "/any", 1);
        let parts: Vec<&str> = start.split('*').collect();
        paths.iter().any(|path| {
            path.starts_with(parts[0])
                && parts.last().is_none_or(|last| parts.len() == 1 || path.contains(last.trim_start_matches('.')))
        })
    };
    let why = yaml("unheld.yaml", include_str!("../docker/unheld.yaml"));
    let unheld: BTreeSet<String> =
        TABLE.rows.iter().map(|row| row.pattern.to_owned()).filter(|pattern| !held(pattern)).collect();
    let explained: BTreeSet<String> = why.as_object().unwrap().keys().cloned().collect();
    assert_eq!(unheld, explained, "rows of the table that no row of the data holds, and those of which it is said why");
}
