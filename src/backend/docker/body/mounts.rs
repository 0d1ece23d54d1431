//! What is mounted into a container.

use super::notation::{same_bytes, same_flag, same_integer, set, temporary};
use super::shape::Shape;
use super::{Scene, Sight};
use crate::model::Tree;
use bollard::models::{Mount, MountPoint, MountType};
use std::collections::BTreeMap;

/// How long the name of a volume is that nobody named.
const ANONYMOUS: usize = 64;

/// What is declared: options that leave nothing to be seen are left out.
pub fn declared(value: &Tree) -> Tree {
    let Tree::List(list) = value else { return value.clone() };
    Tree::List(list.iter().map(one_declared).collect())
}

fn one_declared(value: &Tree) -> Tree {
    if let Some(path) = value.as_str() {
        return Tree::from([("type", Tree::from("volume")), ("target", Tree::from(path))]);
    }
    let Tree::Map(map) = value else { return value.clone() };
    let mut normal = Tree::map();
    for (key, value) in map {
        match (key.as_str(), value) {
            ("consistency", _) => {}
            ("read_only", value) if same_flag(value) == Tree::Bool(false) => {}
            ("read_only", value) => normal.insert(key, same_flag(value)),
            ("bind" | "volume" | "tmpfs" | "image", Tree::Map(options)) => {
                let seen = options.iter().filter(|(option, value)| is_seen(option, value));
                let number = |(option, value): (&String, &Tree)| match option.as_str() {
                    "size" => (option.clone(), same_bytes(value)),
                    "mode" => (option.clone(), same_integer(value)),
                    _ => (option.clone(), value.clone()),
                };
                normal.insert(key, Tree::Map(seen.map(number).collect()));
            }
            ("source" | "target", value) => normal.insert(key, without_slash(value)),
            (_, value) => normal.insert(key, value.clone()),
        }
    }
    normal
}

fn is_seen(option: &str, value: &Tree) -> bool {
    !matches!(option, "create_host_path" | "labels" | "recursive") && *value != Tree::Bool(false)
}

fn without_slash(path: &Tree) -> Tree {
    match path.as_str() {
        Some(text) if text.len() > 1 && text.ends_with('/') => Tree::text(text.trim_end_matches('/')),
        _ => path.clone(),
    }
}

/// One mount as it was asked for.
#[derive(Debug, Default)]
struct Asked {
    kind: &'static str,
    source: String,
    read_only: bool,
    options: Tree,
}

impl Asked {
    fn into_tree(self, target: &str, scene: &Scene, declared: Option<&Tree>) -> Tree {
        let mut tree = Tree::from([("type", Tree::from(self.kind))]);
        let source = match self.kind {
            "volume" if is_anonymous(&self.source) => String::new(),
            "volume" => scene.short_name("volume", &self.source),
            "bind" => relative(scene, &self.source, declared),
            _ => self.source,
        };
        if !source.is_empty() {
            tree.insert("source", source);
        }
        tree.insert("target", target);
        if self.read_only {
            tree.insert("read_only", true);
        }
        if !self.options.is_empty_collection() && self.options != Tree::Null {
            tree.insert(self.kind, self.options);
        }
        tree
    }
}

/// A path as the file says it, where it begins at the file's own folder.
fn relative(scene: &Scene, source: &str, declared: Option<&Tree>) -> String {
    let written = declared.and_then(|mount| mount.get("source")).and_then(Tree::as_str).unwrap_or_default();
    let full = scene.folder.join(written.trim_start_matches("./"));
    let same = written.starts_with('.') && full.to_str() == Some(source);
    if same { written.to_owned() } else { source.to_owned() }
}

fn is_anonymous(name: &str) -> bool {
    name.is_empty() || (name.len() == ANONYMOUS && name.chars().all(|c| c.is_ascii_hexdigit()))
}

pub fn put(shape: &mut Shape<'_>, sight: &Sight<'_>) {
    let host = sight.host();
    let mut asked: BTreeMap<String, Asked> = host.binds.iter().flatten().filter_map(|text| bind(text)).collect();
    asked.extend(host.mounts.iter().flatten().filter_map(mount));
    for point in sight.container.mounts.iter().flatten() {
        let target = point.destination.clone().unwrap_or_default();
        if let Some(found) = anonymous(point) {
            asked.entry(target).or_insert(found);
        }
    }
    let image = sight.image.config.as_ref().and_then(|config| config.volumes.clone()).unwrap_or_default();
    let all = shape.declares("volumes").and_then(Tree::as_list).unwrap_or_default();
    let mut volumes = Vec::new();
    for (target, asked) in asked {
        let declared = all.iter().find(|mount| mount.get("target").and_then(Tree::as_str) == Some(&target));
        let of_image = asked.kind == "volume" && is_anonymous(&asked.source) && image.contains(&target);
        if declared.is_some() || !of_image {
            volumes.push(asked.into_tree(&target, sight.scene, declared));
        }
    }
    shape.put("volumes", in_order_of(all, volumes));
    let temporary_ones = host.tmpfs.iter().flatten().map(|(path, options)| temporary(&format!("{path}:{options}")));
    shape.put("tmpfs", set(temporary_ones));
    let from = host.volumes_from.iter().flatten().map(|from| volumes_from(sight.scene, from));
    shape.put("volumes_from", Tree::from(from.collect::<Vec<_>>()));
}

/// In the order in which they are declared: their order means nothing.
fn in_order_of(declared: &[Tree], mut volumes: Vec<Tree>) -> Tree {
    let place = |mount: &Tree| declared.iter().position(|one| one.get("target") == mount.get("target"));
    volumes.sort_by_key(|mount| place(mount).unwrap_or(usize::MAX));
    Tree::List(volumes)
}

fn volumes_from(scene: &Scene, from: &str) -> String {
    let (id, mode) = from.split_once(':').unwrap_or((from, "rw"));
    let name = scene.services.get(id).cloned().unwrap_or_else(|| format!("container:{id}"));
    if mode == "rw" { name } else { format!("{name}:{mode}") }
}

/// `SOURCE:TARGET[:OPTIONS]`.
fn bind(text: &str) -> Option<(String, Asked)> {
    let mut parts = text.splitn(3, ':');
    let (source, target, mode) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    let kind = if source.starts_with('/') { "bind" } else { "volume" };
    let mut asked = Asked { kind, source: source.into(), options: Tree::map(), ..Asked::default() };
    for option in mode.split(',') {
        match option {
            "ro" => asked.read_only = true,
            "nocopy" => asked.options.insert("nocopy", true),
            "z" | "Z" => asked.options.insert("selinux", option),
            "shared" | "rshared" | "slave" | "rslave" | "private" => asked.options.insert("propagation", option),
            _ => {}
        }
    }
    Some((target.into(), asked))
}

fn mount(mount: &Mount) -> Option<(String, Asked)> {
    let kind = match mount.typ? {
        MountType::BIND => "bind",
        MountType::TMPFS => "tmpfs",
        MountType::IMAGE => "image",
        MountType::NPIPE => "npipe",
        MountType::CLUSTER => "cluster",
        MountType::VOLUME => "volume",
    };
    let mut options = Tree::map();
    let propagation = mount.bind_options.as_ref().and_then(|options| options.propagation);
    if let Some(propagation) = propagation.map(|one| one.to_string()).filter(|one| !one.is_empty() && one != "rprivate")
    {
        options.insert("propagation", propagation);
    }
    let volume = mount.volume_options.clone().unwrap_or_default();
    if volume.no_copy == Some(true) {
        options.insert("nocopy", true);
    }
    let image_path = mount.image_options.as_ref().and_then(|options| options.subpath.clone());
    if let Some(path) = volume.subpath.or(image_path).filter(|path| !path.is_empty()) {
        options.insert("subpath", path);
    }
    let memory = mount.tmpfs_options.clone().unwrap_or_default();
    for (key, number) in [("size", memory.size_bytes), ("mode", memory.mode)] {
        if let Some(number) = number.filter(|number| *number != 0) {
            options.insert(key, Tree::Int(number));
        }
    }
    let source = mount.source.clone().unwrap_or_default();
    Some((mount.target.clone()?, Asked { kind, source, read_only: mount.read_only == Some(true), options }))
}

/// A volume that nobody named: an image's, or one of which only the place was said.
fn anonymous(point: &MountPoint) -> Option<Asked> {
    let name = point.name.clone().unwrap_or_default();
    (point.typ.as_deref() == Some("volume") && is_anonymous(&name)).then(|| Asked {
        kind: "volume",
        source: name,
        options: Tree::map(),
        ..Asked::default()
    })
}
