//! Values arrive unchanged: what someone writes as an environment variable, an argument or a file is read back by the tool that the
//! files are for, and is the same text.

use crate::support::cases::{self, RenderedCase, VARIANTS, Variant};
use crate::support::fake_engine::FakeEngine;
use crate::support::strings;
use crate::support::tools::{python, succeed, tool};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;

const COUNT: usize = 400;

/// What a container gets.
#[derive(Debug, PartialEq, Eq)]
struct Received {
    env: BTreeMap<String, String>,
    args: Vec<String>,
    files: BTreeMap<String, String>,
}

/// Text as a scalar of an environment file: every character that could mean something is escaped, and so is the beginning of a reference.
fn scalar(text: &str) -> String {
    let mut written = String::from("\"");
    for character in text.replace("${", "$${").chars() {
        match u32::from(character) {
            _ if character.is_ascii_alphanumeric() || " ${}.-/".contains(character) => written.push(character),
            code @ 0..=0xffff => written.push_str(&format!("\\u{code:04x}")),
            code => written.push_str(&format!("\\U{code:08x}")),
        }
    }
    written + "\""
}

fn environment(strings: &[String]) -> String {
    let env: String = (0..strings.len()).map(|at| format!("        V{at}: {}\n", scalar(&strings[at]))).collect();
    let args: String = strings.iter().map(|text| format!("        - {}\n", scalar(text))).collect();
    let files: String = (0..strings.len())
        .map(|at| format!("        f{at}: {{path: /f/{at}, content: {}}}\n", scalar(&strings[at])))
        .collect();
    format!(
        "apiVersion: driftless/v1\nkind: Environment\ncomponents:\n  probe:\n    module: service\n    with:\n      image: shop/probe:1\n      \
         command: [/probe]\n      env:\n{env}      args:\n{args}      files:\n{files}"
    )
}

fn expected(strings: &[String]) -> Received {
    let each = |name: &dyn Fn(usize) -> String| {
        strings.iter().enumerate().map(|(at, text)| (name(at), text.clone())).collect()
    };
    Received { env: each(&|at| format!("V{at}")), args: strings.to_vec(), files: each(&|at| format!("/f/{at}")) }
}

/// Asserts that all strings arrive, and says which do not.
#[track_caller]
fn assert_arrives(variant: Variant, strings: &[String], read: impl Fn(&RenderedCase, &Path) -> Received) {
    let (case, sink) = cases::render(&cases::model(&environment(strings)), variant);
    let errors: Vec<_> = sink.iter().map(|diagnostic| diagnostic.message.clone()).collect();
    assert!(!sink.has_errors(), "{}: {errors:?}", case.name);
    let folder = tempfile::tempdir().unwrap();
    case.write(folder.path());
    let (received, expected) = (read(&case, folder.path()), expected(strings));
    let mut wrong = Vec::new();
    for (name, text) in &expected.env {
        let found = received.env.get(name);
        if found != Some(text) {
            wrong.push(format!("variable {text:?} arrives as {found:?}"));
        }
    }
    for (at, text) in expected.args.iter().enumerate() {
        if received.args.get(at) != Some(text) {
            wrong.push(format!("argument {text:?} arrives as {:?}", received.args.get(at)));
        }
    }
    for (path, text) in &expected.files {
        let found = received.files.get(path);
        if found != Some(text) {
            wrong.push(format!("file {text:?} arrives as {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}: {} values do not arrive:\n{}", case.name, wrong.len(), wrong.join("\n"));
    assert_eq!(received, expected);
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}")).to_owned()
}

fn texts(json: &Json) -> Vec<String> {
    json.as_array().unwrap_or_else(|| panic!("no list: {json}")).iter().map(text).collect()
}

fn map(json: &Json, read: impl Fn(&Json) -> String) -> BTreeMap<String, String> {
    json.as_object()
        .unwrap_or_else(|| panic!("no map: {json}"))
        .iter()
        .map(|(key, value)| (key.clone(), read(value)))
        .collect()
}

/// All characters but NUL, which no process can be handed.
fn any(character: char) -> bool {
    character != '\0'
}

fn variant(kind: &str, setting: &str) -> Variant {
    let wanted = |(name, settings): &&Variant| {
        *name == kind && (setting.is_empty() || settings.iter().any(|(_, value)| *value == setting))
    };
    *VARIANTS.iter().find(wanted).unwrap()
}

/// `docker compose config` prints a file that can be read again: dollars are doubled in it.
fn from_compose(_: &RenderedCase, folder: &Path) -> Received {
    let printed = succeed(tool("docker-compose", folder).args(["-f", "compose.yaml", "config", "--format", "json"]));
    let config: Json = serde_json::from_str(&printed).unwrap();
    let single = |json: &Json| text(json).replace("$$", "$");
    let service = config["services"].as_object().unwrap().values().next().unwrap();
    let file = |mount: &Json| {
        let source = text(&mount["source"]);
        let content = &config["configs"][&source]["content"];
        // Compose leaves empty text out where it prints.
        (text(&mount["target"]), if content.is_null() { String::new() } else { single(content) })
    };
    Received {
        env: map(&service["environment"], single),
        args: texts(&service["command"]).iter().map(|text| text.replace("$$", "$")).collect(),
        files: service["configs"].as_array().unwrap().iter().map(file).collect(),
    }
}

#[test]
fn through_compose() {
    assert_arrives(variant("compose", ""), &strings::hard(COUNT, any), from_compose);
}

/// Kubernetes makes one dollar of two in variables and arguments, and none of these has a `$(NAME)` that it would fill in.
const READ_OBJECTS: &str = "
import base64, json, sys, yaml
text = json.load(open(sys.argv[1]))
objects = [o for o in yaml.load_all(text, Loader=yaml.CSafeLoader) if o]
maps = {o['metadata']['name']: o for o in objects if o['kind'] == 'ConfigMap'}
pod = next(o for o in objects if o['kind'] in ('Deployment', 'StatefulSet'))['spec']['template']['spec']
container = pod['containers'][0]
volumes = {v['name']: v for v in pod['volumes']}
files = {}
for mount in container['volumeMounts']:
    source = volumes[mount['name']].get('configMap')
    if source is None:
        continue
    held = maps[source['name']]
    key = mount['subPath']
    key = next((i['key'] for i in source.get('items', []) if i['path'] == key), key)
    plain = held.get('data', {}).get(key)
    files[mount['mountPath']] = plain if plain is not None else base64.b64decode(held['binaryData'][key]).decode()
single = lambda text: text.replace('$$', '$')
env = {e['name']: single(e['value']) for e in container['env']}
print(json.dumps({'env': env, 'args': [single(a) for a in container['args']], 'files': files}))
";

fn received(json: &Json) -> Received {
    Received { env: map(&json["env"], text), args: texts(&json["args"]), files: map(&json["files"], text) }
}

fn from_helm(_: &RenderedCase, folder: &Path) -> Received {
    let printed = succeed(tool("helm", folder).args(["template", "probe", ".", "--namespace", "shop"]));
    received(&python(READ_OBJECTS, &json!(printed), folder))
}

#[test]
fn through_helm() {
    assert_arrives(variant("helm", ""), &strings::hard(COUNT, any), from_helm);
}

fn planned(folder: &Path) -> Json {
    let engine = FakeEngine::start();
    succeed(tool("terraform", folder).args(["init", "-input=false", "-no-color"]));
    let mut plan = tool("terraform", folder);
    plan.args(["plan", "-input=false", "-no-color", "-refresh=false", "-out=plan.bin"])
        .env("DOCKER_HOST", engine.address());
    succeed(&mut plan);
    serde_json::from_str(&succeed(tool("terraform", folder).args(["show", "-json", "plan.bin"]))).unwrap()
}

/// Text out of base64.
fn decoded(encoded: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte: u8| ALPHABET.iter().position(|known| *known == byte).and_then(|at| u32::try_from(at).ok());
    let digits: Vec<u32> = encoded.bytes().filter_map(digit).collect();
    let mut bytes = Vec::new();
    for group in digits.chunks(4) {
        let number = group.iter().fold(0, |number, digit| number << 6 | digit) << (6 * (4 - group.len()));
        bytes.extend_from_slice(&number.to_be_bytes()[1..group.len()]);
    }
    String::from_utf8(bytes).unwrap()
}

fn resources<'a>(module: &'a Json, kind: &str, found: &mut Vec<&'a Json>) {
    let own = module["resources"].as_array().into_iter().flatten();
    found.extend(own.filter(|resource| resource["type"] == kind).map(|resource| &resource["values"]));
    module["child_modules"].as_array().into_iter().flatten().for_each(|child| resources(child, kind, found));
}

fn from_terraform(_: &RenderedCase, folder: &Path) -> Received {
    let plan = planned(folder);
    let mut containers = Vec::new();
    resources(&plan["planned_values"]["root_module"], "docker_container", &mut containers);
    let container = containers.first().expect("there is a container");
    let pair = |line: String| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let upload = |upload: &Json| {
        let encoded = upload["content_base64"].as_str().filter(|encoded| !encoded.is_empty());
        (text(&upload["file"]), encoded.map_or_else(|| text(&upload["content"]), decoded))
    };
    Received {
        env: texts(&container["env"]).into_iter().map(pair).collect(),
        args: texts(&container["command"]),
        files: container["upload"].as_array().unwrap().iter().map(upload).collect(),
    }
}

#[test]
fn through_terraform() {
    assert_arrives(variant("terraform", "docker"), &strings::hard(COUNT, composed), from_terraform);
}

/// What Terraform does not bring into another form.
fn composed(character: char) -> bool {
    any(character) && character != '\u{301}'
}

#[test]
fn what_terraform_would_change_is_an_error_at_its_place() {
    let text = environment(&["e\u{301}".to_owned()]);
    let compiled = driftless::compile::from_texts(&[("environments/case.yaml", &text)], "case");
    let sources = compiled.sources.clone();
    let (_, sink) = cases::render(&cases::model_of(compiled, "the case"), variant("terraform", "docker"));
    let found: Vec<_> = sink.iter().map(|one| (one.code.0, sources.place(one.span.unwrap()).line)).collect();
    let line = |start: &str| {
        u32::try_from(text.lines().position(|line| line.trim_start().starts_with(start)).unwrap() + 1).unwrap()
    };
    assert_eq!(found, [("DL0421", line("V0:")), ("DL0421", line("- \""))]);
}

/// A module that returns what it is given.
const CAPTURE: &str = "#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec=dict(env=dict(type='dict'), command=dict(type='list', elements='str'), out=dict(type='path')))
import json
json.dump(module.params, open(module.params['out'], 'w'))
module.exit_json(changed=False)
";

const READ: &str = "---
- name: Read the values back
  hosts: localhost
  connection: local
  gather_facts: false
  vars_files: [roles/probe/defaults/main.yml]
  tasks:
    - name: Hand them to a module
      capture:
        env: \"{{ probe_env }}\"
        command: \"{{ probe_command }}\"
        out: out.json
";

/// Variables and arguments go through a module; files are those that the role copies.
fn from_ansible(case: &RenderedCase, folder: &Path) -> Received {
    std::fs::create_dir(folder.join("library")).unwrap();
    std::fs::write(folder.join("library/capture.py"), CAPTURE).unwrap();
    std::fs::write(folder.join("read.yml"), READ.replace("out.json", folder.join("out.json").to_str().unwrap()))
        .unwrap();
    succeed(tool("ansible-playbook", folder).args([
        "-i",
        "localhost,",
        "-e",
        "ansible_python_interpreter={{ansible_playbook_python}}",
        "read.yml",
    ]));
    let out: Json = serde_json::from_str(&std::fs::read_to_string(folder.join("out.json")).unwrap()).unwrap();
    let files = &case.rendered.files.files;
    let copied = files.iter().filter_map(|(path, artifact)| {
        let name = path.strip_prefix("roles/probe/files/f")?;
        Some((format!("/f/{name}"), artifact.content.clone()))
    });
    Received { env: map(&out["env"], text), args: texts(&out["command"]), files: copied.collect() }
}

#[test]
fn through_ansible() {
    assert_arrives(variant("ansible", "container"), &strings::hard(COUNT, any), from_ansible);
}

#[test]
fn what_no_process_can_be_handed_is_an_error_at_its_place() {
    let text = environment(&["a\0b".to_owned()]);
    let compiled = driftless::compile::from_texts(&[("environments/case.yaml", &text)], "case");
    let places: Vec<_> = compiled.sink.sorted().iter().filter_map(|diagnostic| diagnostic.span).collect();
    let lines: Vec<_> = places.iter().map(|span| compiled.sources.place(*span).line).collect();
    let line = |start: &str| {
        u32::try_from(text.lines().position(|line| line.trim_start().starts_with(start)).unwrap() + 1).unwrap()
    };
    assert!(compiled.model.is_none(), "a NUL is accepted");
    assert_eq!(lines, [line("V0:"), line("- \""), line("f0:")]);
}
