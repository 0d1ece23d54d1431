//! The same content through the tools that render it otherwise: what they print is asserted to be what driftless renders.

use crate::program::render_to;
use crate::tools::{python, succeed, tool};
use driftless::compile;
use driftless::diag::Sink;
use driftless::model::{ApplyMode, Instance, Model, Tree};
use driftless::render::{Rendered, Templates, target};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The templates that are built in.
pub struct BuiltIn;

impl Templates for BuiltIn {
    fn get(&self, _: &str) -> Option<&str> {
        None
    }
}

/// The model of the environment that all are measured with.
pub fn model() -> Model {
    let texts =
        [("driftless.yaml", crate::project::PROJECT), ("environments/env-0.yaml", &crate::project::environment(0))];
    compile::from_texts(&texts, "env-0").model.unwrap()
}

/// A model on one instance of a kind.
pub fn rendered(model: &Model, kind: &str) -> Rendered {
    let mut model = model.clone();
    let apply = ApplyMode { name: "git".into(), observe_live: false };
    let settings = Tree::Map(indexmap::IndexMap::new());
    let span = model.environment.git.span;
    let instance = Instance { name: kind.into(), kind: kind.into(), apply, settings, span };
    model.instances.insert(kind.into(), instance.clone());
    model.components.values_mut().for_each(|component| component.instance = kind.into());
    let mut sink = Sink::default();
    let rendered = target(kind).unwrap().render(&model, &instance, &BuiltIn, &mut sink);
    assert!(!sink.has_errors());
    rendered
}

/// What a peer reads, and how it is called.
pub struct Peer {
    /// Its name.
    pub name: &'static str,
    folder: PathBuf,
    arguments: Vec<String>,
    program: &'static str,
}

impl Peer {
    /// The call.
    pub fn command(&self) -> Command {
        let mut command = tool(self.program, &self.folder);
        command.args(&self.arguments);
        command
    }
}

const READ_OBJECTS: &str = "
import json, sys, yaml
objects = [o for o in yaml.load_all(json.load(open(sys.argv[1])), Loader=yaml.CSafeLoader) if o]
def address(o):
    group = o['apiVersion'].rpartition('/')[0] or 'core'
    return '/'.join([group, o['kind'], o['metadata'].get('namespace', '_'), o['metadata']['name']])
print(json.dumps({address(o): o for o in objects}))
";

/// The peers, ready to be measured, after what they print was compared.
pub fn prepare(folder: &Path) -> Vec<Peer> {
    render_to(&folder.join("one"), &folder.join("peers"), &["env-0"]);
    let at = folder.join("peers/env-0");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let helm = Peer {
        name: "helm template",
        folder: at.join("helm"),
        arguments: words(&["template", "env-0", ".", "--namespace", "env-0"]),
        program: "helm",
    };
    let objects = objects();
    let kustomize = kustomization(&at.join("kustomize"), &objects);
    for peer in [&helm, &kustomize] {
        let printed = python(READ_OBJECTS, &json!(succeed(&mut peer.command())), folder);
        assert!(printed == objects, "{} prints other objects", peer.name);
    }
    let compose = Peer {
        name: "docker-compose config",
        folder: at.join("compose"),
        arguments: words(&["-f", "compose.yaml", "config", "--format", "json"]),
        program: "docker-compose",
    };
    let config: Json = serde_json::from_str(&succeed(&mut compose.command())).unwrap();
    assert_eq!(images(&config["services"]), containers(), "docker-compose config prints other services");
    vec![helm, kustomize, compose]
}

/// The objects that driftless renders, by address.
fn objects() -> Json {
    let rendered = rendered(&model(), "helm");
    let objects = rendered.resources.iter().filter(|resource| resource.address.kind() == "kubernetes");
    let objects: serde_json::Map<_, _> =
        objects.map(|resource| (resource.address.path().to_owned(), resource.body.to_public_json())).collect();
    assert!(objects.len() > crate::project::COMPONENTS, "there are hardly any objects");
    Json::Object(objects)
}

/// The same objects as a base of kustomize, a file each.
fn kustomization(folder: &Path, objects: &Json) -> Peer {
    std::fs::create_dir_all(folder).unwrap();
    let mut list = String::from("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n");
    for (at, object) in objects.as_object().unwrap().values().enumerate() {
        std::fs::write(folder.join(format!("{at}.yaml")), object.to_string()).unwrap();
        list.push_str(&format!("- {at}.yaml\n"));
    }
    std::fs::write(folder.join("kustomization.yaml"), list).unwrap();
    Peer {
        name: "kustomize build",
        folder: folder.to_owned(),
        arguments: vec!["build".into(), ".".into()],
        program: "kustomize",
    }
}

fn images(services: &Json) -> Vec<(String, String)> {
    let services = services.as_object().unwrap().iter();
    let mut images: Vec<_> =
        services.map(|(name, one)| (name.clone(), one["image"].as_str().unwrap().to_owned())).collect();
    images.sort();
    images
}

fn containers() -> Vec<(String, String)> {
    let rendered = rendered(&model(), "compose");
    let bodies = rendered.resources.iter().filter_map(|resource| {
        let name = resource.address.path().strip_prefix("container/")?;
        Some((name.to_owned(), resource.body.to_public_json()))
    });
    images(&Json::Object(bodies.collect()))
}
