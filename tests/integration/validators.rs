//! Foreign validators judge every case of every module and every environment of the repository.

use crate::support::Project;
use crate::support::cases::{self, RenderedCase, root};
use crate::support::tools::{beside, end, python, succeed, text, tool};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;

/// A folder with a folder for each case of a kind.
fn written(kind: &str) -> (tempfile::TempDir, Vec<RenderedCase>) {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases::rendered(kind);
    for case in &cases {
        case.write(&folder.path().join(&case.folder));
    }
    (folder, cases)
}

/// What is wrong with each case, found on two threads; nothing must be.
#[track_caller]
fn none_is_wrong<T: Sync>(items: &[T], judge: impl Fn(&T) -> Vec<String> + Sync) {
    let wrong = Mutex::new(Vec::new());
    let next = Mutex::new(items.iter());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(item) = next.lock().unwrap().next() else { return };
                    let found = judge(item);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

/// What a tool says where it does not succeed.
fn complaint(name: &str, command: &mut std::process::Command) -> Vec<String> {
    let output = end(command);
    if output.status.success() {
        Vec::new()
    } else {
        vec![format!("{name}: {}{}", text(&output.stdout), text(&output.stderr))]
    }
}

#[test]
fn compose_reads_every_file() {
    let (folder, cases) = written("compose");
    none_is_wrong(&cases, |case| {
        let at = folder.path().join(&case.folder);
        complaint(&case.name, tool("docker-compose", &at).args(["-f", "compose.yaml", "config", "-q"]))
    });
}

#[test]
fn helm_lints_every_chart_and_renders_it() {
    let (folder, cases) = written("helm");
    let charts = cases.iter().map(|case| case.folder.as_str());
    succeed(tool("helm", folder.path()).args(["lint", "--strict", "--quiet"]).args(charts));
    let objects = folder.path().join("objects");
    std::fs::create_dir(&objects).unwrap();
    none_is_wrong(&cases, |case| {
        let mut template = tool("helm", &folder.path().join(&case.folder));
        let output = end(template.args(["template", "case", ".", "--namespace", "shop"]));
        std::fs::write(objects.join(format!("{}.yaml", case.folder)), &output.stdout).unwrap();
        if output.status.success() { Vec::new() } else { vec![format!("{}: {}", case.name, text(&output.stderr))] }
    });
    let files: Vec<_> = cases.iter().map(|case| format!("{}.yaml", case.folder)).collect();
    for version in ["1.28", "1.32", "1.34"] {
        succeed(tool("kubernetes-validate", &objects).args(["--strict", "-k", version]).args(&files));
    }
}

/// Every leaf of a tree, by its path.
fn leaves(tree: &Json, path: &str, found: &mut Vec<(String, Json)>) {
    match tree {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let key = key.replace('\\', "\\\\").replace('.', "\\.").replace(',', "\\,").replace('=', "\\=");
                leaves(value, &if path.is_empty() { key } else { format!("{path}.{key}") }, found);
            }
        }
        leaf => found.push((path.to_owned(), leaf.clone())),
    }
}

fn values(folder: &Path) -> Vec<(String, Json)> {
    let program = "import json, sys, yaml\nprint(json.dumps(yaml.safe_load(open(json.load(open(sys.argv[1]))))))";
    let values = python(program, &json!(folder.join("values.yaml")), folder);
    let mut found = Vec::new();
    leaves(&values, "", &mut found);
    found
}

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Another value that the schema may take; the likeliest first, since each is a process.
fn others(path: &str, value: &Json) -> Vec<Json> {
    match value {
        Json::String(_) if path.ends_with(".digest") => vec![json!(DIGEST)],
        Json::String(_) if path.ends_with(".service.type") => vec![json!("NodePort")],
        Json::Null => vec![json!("other"), json!(7), json!("7"), json!({"other": "1"})],
        Json::Bool(flag) => vec![json!(!flag)],
        Json::Number(number) => vec![json!(number.as_i64().unwrap_or(0) + 1), json!(1)],
        Json::String(text) => ["7", "other", "/other", "Always", "300m", "512Mi"]
            .iter()
            .filter(|other| *other != text)
            .map(|other| json!(other))
            .collect(),
        Json::Array(_) => vec![json!(["other"]), json!([{"name": "other"}])],
        Json::Object(_) => {
            vec![json!({"other": "1"}), json!({"limits": {"cpu": "300m"}}), json!({"other": {"host": "a.example"}})]
        }
    }
}

/// A value of a type that no key of this one's takes.
fn wrong(value: &Json) -> Json {
    match value {
        Json::Object(_) => json!("wrong"),
        _ => json!({"wrong": {"type": [1]}}),
    }
}

#[test]
fn every_key_of_values_moves_an_object_and_has_a_type() {
    let (folder, cases) = written("helm");
    let template = |case: &RenderedCase, set: Option<&(String, Json)>| {
        let mut command = tool("helm", &folder.path().join(&case.folder));
        command.args(["template", "case", ".", "--namespace", "shop"]);
        command.args(set.map(|(path, value)| format!("--set-json={path}={value}")));
        end(&mut command)
    };
    let mut keys = Vec::new();
    let mut seen = BTreeSet::new();
    for case in &cases {
        let as_is = text(&template(case, None).stdout);
        for (path, value) in values(&folder.path().join(&case.folder)) {
            let module = case.name.split('/').next().unwrap_or_default();
            if seen.insert((module.to_owned(), path.clone(), as_is.contains("StatefulSet"))) {
                keys.push((case, as_is.clone(), path, value));
            }
        }
    }
    assert!(keys.len() > 10, "there are hardly any values");
    none_is_wrong(&keys, |(case, as_is, path, value)| {
        let mut found = Vec::new();
        let moves = others(path, value).into_iter().any(|other| {
            let output = template(case, Some(&(path.clone(), other)));
            output.status.success() && text(&output.stdout) != *as_is
        });
        if !moves {
            found.push(format!("{}: `{path}` ({value}) moves nothing", case.name));
        }
        if template(case, Some(&(path.clone(), wrong(value)))).status.success() {
            found.push(format!("{}: `{path}` takes {}", case.name, wrong(value)));
        }
        found
    });
}

#[test]
fn terraform_finds_nothing_to_format_and_every_configuration_valid() {
    let (folder, cases) = written("terraform");
    succeed(tool("terraform", folder.path()).args(["fmt", "-check", "-diff", "-recursive", "."]));
    let on_docker: Vec<_> = cases.iter().filter(|case| case.instance.setting("platform") == Some("docker")).collect();
    assert!(!on_docker.is_empty());
    none_is_wrong(&on_docker, |case| {
        let at = folder.path().join(&case.folder);
        let mut found =
            complaint(&case.name, tool("terraform", &at).args(["init", "-input=false", "-no-color", "-backend=false"]));
        if found.is_empty() {
            found.extend(complaint(&case.name, tool("terraform", &at).args(["validate", "-no-color"])));
        }
        found
    });
}

/// Reads every file of Terraform below a folder and says what is wrong with arguments by a provider's schema, and which variables nobody reads.
const READ_TERRAFORM: &str = r#"
import hcl2, json, os, re, sys
given = json.load(open(sys.argv[1]))
schema = json.load(open(given['schema']))
plain = lambda text: text.strip('"')
wrong = []

def judge(where, body, known):
    blocks = known.get('blocks', {})
    for name, value in body.items():
        if name.startswith('__') or name in ('lifecycle', 'depends_on', 'count', 'for_each', 'provider', 'timeouts', 'provisioner', 'connection'):
            continue
        if name == 'dynamic':
            for each in value:
                for block, inner in each.items():
                    block = plain(block)
                    if block not in blocks:
                        wrong.append(f'{where}: there is no block {block}')
                    else:
                        for content in inner.get('content', []):
                            judge(f'{where}.{block}', content, blocks[block])
            continue
        if name in known['attributes']:
            continue
        if name in blocks:
            for inner in value if isinstance(value, list) else [value]:
                judge(f'{where}.{name}', inner, blocks[name])
            continue
        wrong.append(f'{where}: there is no argument {name}')
    dynamic = {plain(block) for each in body.get('dynamic', []) for block in each}
    for name, attribute in known['attributes'].items():
        if attribute.get('required') and name not in body:
            wrong.append(f'{where}: {name} is required')
    for name, block in blocks.items():
        if block.get('required') and name not in body and name not in dynamic:
            wrong.append(f'{where}: {name} is required')

for case in given['cases']:
    for folder, _, files in os.walk(case):
        if '.terraform' in folder:
            continue
        texts = {name: open(os.path.join(folder, name)).read() for name in files if name.endswith('.tf')}
        read = {name: hcl2.loads(text) for name, text in texts.items()}
        if given['provider']:
            for name, parsed in read.items():
                for section, known in (('resource', schema['resources']), ('data', schema['data_sources'])):
                    for each in parsed.get(section, []):
                        for kind, named in each.items():
                            kind = plain(kind)
                            for title, body in named.items():
                                where = f'{folder}/{name}: {kind}.{plain(title)}'
                                if kind not in known:
                                    wrong.append(f'{where}: there is no such kind')
                                else:
                                    judge(where, body, known[kind])
        variables = {plain(v) for parsed in read.values() for each in parsed.get('variable', []) for v in each}
        text = '\n'.join(texts.values())
        for variable in sorted(variables):
            if not re.search(r'\bvar\.' + re.escape(variable) + r'\b', text):
                wrong.append(f'{folder}: nobody reads the variable {variable}')
        for each in (e for parsed in read.values() for e in parsed.get('locals', [])):
            for name in each:
                if not name.startswith('__') and not re.search(r'\blocal\.' + re.escape(plain(name)) + r'\b', text):
                    wrong.append(f'{folder}: nobody reads the local {name}')
print(json.dumps(wrong))
"#;

#[test]
fn terraform_for_kubernetes_has_the_arguments_of_its_provider_and_every_variable_moves_something() {
    let (folder, cases) = written("terraform");
    for (platform, provider) in [("kubernetes", true), ("docker", false)] {
        let cases = cases.iter().filter(|case| case.instance.setting("platform") == Some(platform));
        let cases: Vec<_> = cases.map(|case| folder.path().join(&case.folder)).collect();
        assert!(!cases.is_empty());
        let given =
            json!({"cases": cases, "schema": beside("terraform-kubernetes-provider.json"), "provider": provider});
        let wrong = python(READ_TERRAFORM, &given, folder.path());
        assert_eq!(wrong, json!([]), "{wrong:#}");
    }
}

#[test]
fn ansible_reads_every_playbook_and_its_linter_finds_nothing() {
    let (folder, cases) = written("ansible");
    let books: Vec<_> = cases.iter().map(|case| format!("{}/site.yml", case.folder)).collect();
    succeed(tool("ansible-playbook", folder.path()).args(["-i", "localhost,", "--syntax-check"]).args(&books));
    succeed(tool("ansible-lint", folder.path()).args(["--profile", "production", "--strict", "--nocolor", "-q"]));
}

/// Says which defaults of roles no task, handler or template reads.
const READ_ROLES: &str = r"
import json, os, re, sys, yaml
class Loader(yaml.SafeLoader):
    pass
Loader.add_constructor('!unsafe', lambda loader, node: loader.construct_scalar(node))
unread = []
for case in json.load(open(sys.argv[1])):
    roles = os.path.join(case, 'roles')
    for role in sorted(os.listdir(roles)):
        text = ''
        for part in ('tasks', 'handlers', 'templates'):
            for folder, _, files in os.walk(os.path.join(roles, role, part)):
                text += ''.join(open(os.path.join(folder, name)).read() for name in files)
        defaults = yaml.load(open(os.path.join(roles, role, 'defaults/main.yml')), Loader=Loader) or {}
        for name in defaults:
            if not re.search(r'\b' + re.escape(name) + r'\b', text):
                unread.append(f'{case}: {name}')
print(json.dumps(unread))
";

#[test]
fn every_default_of_a_role_moves_something() {
    let (folder, cases) = written("ansible");
    let folders: Vec<_> = cases.iter().map(|case| folder.path().join(&case.folder)).collect();
    let unread = python(READ_ROLES, &json!(folders), folder.path());
    assert_eq!(unread, json!([]), "{unread:#}");
}

#[test]
fn workflows_are_valid() {
    let folder = root().join(".github/workflows");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty(), "there is no workflow");
    succeed(tool("actionlint", root()).args(&files));
    let project = Project::new();
    project.run(&["init", "."]).expect(0);
    let written = std::fs::read_dir(project.at(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    succeed(tool("actionlint", project.path()).args(written.collect::<Vec<_>>()));
}
