use super::*;
use crate::model::{FieldPath, Part, Patch, Tree, fixture};

struct BuiltIn;

impl Templates for BuiltIn {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}

fn render(model: &Model) -> (Rendered, Sink) {
    let mut sink = Sink::default();
    let instance = model.instances.get("ansible").unwrap();
    (Ansible.render(model, instance, &BuiltIn, &mut sink), sink)
}

fn shop() -> Model {
    fixture::shop("ansible", Tree::map())
}

fn patched(objects: &str, merge: Tree) -> Model {
    let mut model = shop();
    let patch = Patch { objects: objects.into(), merge, span: fixture::span_of("GREETING") };
    model.components["api"].patches.insert("ansible".into(), vec![patch]);
    model
}

fn file<'a>(rendered: &'a Rendered, path: &str) -> &'a str {
    &rendered.files.files.get(path).unwrap_or_else(|| panic!("there is no {path}")).content
}

#[test]
fn a_playbook_has_a_role_for_each_component_in_the_order_of_dependency() {
    let (rendered, sink) = render(&shop());
    assert!(sink.is_empty(), "{:?}", sink.sorted());
    let paths: Vec<_> = rendered.files.files.keys().map(String::as_str).collect();
    let role = |name: &str, more: &[&str]| -> Vec<String> {
        let parts = ["defaults/main.yml", "meta/argument_specs.yml", "meta/main.yml", "tasks/main.yml"];
        parts.iter().chain(more).map(|part| format!("roles/{name}/{part}")).collect()
    };
    let mut expected: Vec<String> =
        ["ansible.cfg", "group_vars/all.yml", "inventory.yml", "requirements.yml", "site.yml"]
            .map(str::to_owned)
            .into();
    expected.extend(role("api", &["files/entrypoint.sh", "handlers/main.yml"]));
    expected.extend(role("cache", &["files/redis-conf", "files/start", "handlers/main.yml"]));
    expected.extend(role("migrate", &[]));
    expected.sort();
    assert_eq!(paths, expected);
    let plays: Vec<_> = file(&rendered, "site.yml").lines().filter(|line| line.starts_with("- name")).collect();
    assert_eq!(plays, ["- name: Run cache", "- name: Run migrate", "- name: Run api"]);
    let losses: Vec<_> = rendered.losses.iter().map(|loss| loss.message.as_str()).collect();
    assert_eq!(
        losses,
        [
            "the size of volume `data` of `cache` is not enforced: a volume of a Docker host grows with its disk",
            "`api.shop.example` is not routed to port `http` of `api`: these roles set up no HTTP entrance; the port is reached on the \
             network `shop-staging` alone",
        ]
    );
}

#[test]
fn the_body_of_a_resource_is_the_arguments_of_its_task() {
    let (rendered, _) = render(&shop());
    let address = "ansible:api/api/Write%20secret%20REDIS_URL%20of%20api";
    let resource = rendered.resources.iter().find(|resource| resource.address.to_string() == address).unwrap();
    let content =
        [Part::Literal("redis://app:".into()), Part::Secret("cache-app".into()), Part::Literal("@cache:6379".into())];
    let expected = Tree::from([
        ("content", Tree::Text(Value::from_parts(content))),
        ("dest", "/etc/shop/staging/api/secrets/env.REDIS_URL".into()),
        ("owner", "root".into()),
        ("group", "root".into()),
        ("mode", "0400".into()),
    ]);
    assert_eq!(resource.body, expected);
    let run =
        rendered.resources.iter().find(|resource| resource.address.to_string() == "ansible:api/api/Run%20api").unwrap();
    let path = |text: &str| text.parse::<FieldPath>().unwrap();
    assert_eq!(path("env.ENABLED").lookup(&run.body), Some(&"no".into()));
    assert_eq!(path("loop").lookup(&run.body), Some(&Tree::List(vec![Tree::Int(0), Tree::Int(1)])));
    assert!(!run.body.is_sensitive(), "a secret never is in the description of a container");
}

#[test]
fn a_patch_moves_the_default_that_drives_the_argument_else_the_task() {
    let merge = Tree::from([("memory", Tree::text("1G")), ("init", Tree::Bool(true))]);
    let (rendered, sink) = render(&patched("api/Run *", merge));
    assert!(sink.is_empty(), "{:?}", sink.sorted());
    assert!(file(&rendered, "roles/api/defaults/main.yml").contains("\napi_memory: 1G\n"));
    let tasks = file(&rendered, "roles/api/tasks/main.yml");
    assert!(tasks.contains("\n    memory: \"{{ api_memory }}\"\n") && tasks.contains("\n    init: true\n"));
}

#[test]
fn what_a_container_is_known_by_cannot_be_patched() {
    for (objects, merge, code) in [
        ("api/Run api", Tree::from([("name", Tree::text("x"))]), "DL0403"),
        ("api/Run api", Tree::from([("labels", Tree::from([("driftless.dev/owner", Tree::text("x"))]))]), "DL0403"),
        ("api/Runs api", Tree::map(), "DL0402"),
    ] {
        let (_, sink) = render(&patched(objects, merge));
        let found: Vec<_> = sink.iter().map(|diagnostic| (diagnostic.code.0, diagnostic.span)).collect();
        assert_eq!(found, [(code, Some(fixture::span_of("GREETING")))], "{objects}");
    }
}

#[test]
fn what_cannot_be_carried_is_an_error_at_its_place() {
    let mut model = shop();
    model.instances["ansible"].settings.insert("runtime", "package");
    model.components["api"].workloads["api"].containers[0].command = None;
    let (_, sink) = render(&model);
    let found: Vec<_> = sink.iter().map(|diagnostic| (diagnostic.code.0, diagnostic.span.unwrap())).collect();
    let place = |name: &str| model.components[name].module_span;
    assert_eq!(
        found,
        [
            ("DL0420", place("cache")),
            ("DL0420", place("migrate")),
            ("DL0420", place("api")),
            ("DL0405", model.components["api"].place_of("env")),
        ]
    );
}

#[test]
fn a_package_form_is_the_role_that_its_module_says() {
    let mut model = shop();
    let run = Tree::from([("name", Tree::text("{{ role__package }}")), ("state", Tree::text("present"))]);
    let task = Tree::from([
        ("name", Tree::text("Install it")),
        ("ansible.builtin.apt", run),
        ("register", Tree::text("role__done")),
    ]);
    let write = Tree::from([("src", Tree::text("a.conf.j2")), ("dest", Tree::text("/etc/a.conf"))]);
    let write = Tree::from([("name", Tree::text("Write it")), ("ansible.builtin.template", write)]);
    let form = [
        ("play", Tree::from([("serial", Tree::Int(1)), ("hosts", Tree::Int(2))])),
        ("defaults", Tree::from([("package", Tree::text("redis-server")), ("word", Tree::text("{{ x }}"))])),
        ("tasks", Tree::List(vec![task, write])),
        ("templates/a.conf.j2", Tree::text("{{ role__word }}\n")),
    ];
    let form = form.into_iter().map(|(key, tree)| (key.to_owned(), tree)).collect();
    model.components["cache"].overrides.insert("ansible".into(), form);
    let (rendered, sink) = render(&model);
    assert!(sink.is_empty(), "{:?}", sink.sorted());
    let head = "---\n# Rendered by driftless from environments/staging.yaml: edit that file instead.\n";
    assert_eq!(
        file(&rendered, "roles/cache/tasks/main.yml"),
        format!(
            "{head}- name: Install it\n  ansible.builtin.apt:\n    name: \"{{{{ cache_package }}}}\"\n    state: present\n  \
             register: cache_done\n\n- name: Write it\n  ansible.builtin.template:\n    src: a.conf.j2\n    dest: /etc/a.conf\n"
        )
    );
    assert_eq!(file(&rendered, "roles/cache/templates/a.conf.j2"), "{{ cache_word }}\n");
    assert!(file(&rendered, "roles/cache/defaults/main.yml").ends_with("cache_word: !unsafe \"{{ x }}\"\n"));
    assert!(file(&rendered, "site.yml").contains("    - cache\n  serial: 1\n  roles:\n    - role: cache\n"));
    let body = |task: &str| {
        let address = Address::new("ansible", None, ["cache", "cache", task]);
        rendered.resources.iter().find(|resource| resource.address == address).unwrap().body.to_public_json()
    };
    assert_eq!(body("Install it"), serde_json::json!({"name": "redis-server", "state": "present"}));
    let written = serde_json::json!({"src": "a.conf.j2", "dest": "/etc/a.conf", "vars": {"cache_word": "{{ x }}"}});
    assert_eq!(body("Write it"), written);
    assert!(
        file(&rendered, "roles/api/defaults/main.yml").contains("REDIS_HOST: cache-0:6379"),
        "hosts have their inventory's names"
    );
}

#[test]
fn a_container_beside_a_job_is_left_out_aloud() {
    let mut model = shop();
    let containers = &mut model.components["migrate"].workloads["migrate"].containers;
    let mut sidecar = containers[0].clone();
    sidecar.name = "logs".into();
    containers.push(sidecar);
    let (rendered, sink) = render(&model);
    assert!(sink.is_empty(), "{:?}", sink.sorted());
    let (before, _) = render(&shop());
    assert_eq!(rendered.files, before.files);
    let new: Vec<_> = rendered.losses.iter().filter(|loss| !before.losses.contains(loss)).collect();
    let told: Vec<_> = new.iter().map(|loss| (loss.component.as_str(), loss.message.as_str())).collect();
    assert_eq!(told, [("migrate", "`logs` beside the job `migrate` is left out: a job is one container here")]);
}
