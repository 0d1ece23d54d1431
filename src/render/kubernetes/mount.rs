//! How files and volumes get into containers.
//!
//! A file that may change while its container runs, and every secret, is mounted with its whole folder: what is mounted alone (by
//! `subPath`) is never updated. A folder that images have files in is never hidden so; there each file is mounted alone.

use super::pod::group_of_files;
use super::secret;
use super::storage::claim_name;
use super::tree::{flag, list, map, number, text};
use crate::model::{ConfigFile, Container, Effect, SecretFile, Tree, Value, Workload, WorkloadKind};
use indexmap::IndexMap;
use std::collections::BTreeMap;

const READ_BY_ALL: u32 = 0o444;
const READ_BY_GROUP: u32 = 0o440;

/// Folders that images have files in.
const SHARED_FOLDERS: &[&str] = &[
    "",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/etc",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/lib",
    "/var/run",
];

/// The name of a workload's `ConfigMap`.
pub fn config_name(workload: &str) -> String {
    format!("{workload}-config")
}

/// The key of a file in the `ConfigMap`: its name, with the container's where several containers have files.
pub fn config_key(workload: &Workload, container: &Container, name: &str) -> String {
    let single = workload.containers.iter().filter(|other| !other.files.is_empty()).count() <= 1;
    let name = if single { name.to_owned() } else { format!("{}-{name}", container.name) };
    let clean: String = name.chars().map(|c| if is_key_character(c) { c } else { '-' }).collect();
    // Two names that are cleaned to one key are told apart by a digest.
    if clean == name {
        clean
    } else {
        format!("{}-{}", clean.trim_matches('-'), crate::model::Digest::of(&name).short())
    }
}

fn is_key_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

/// The key in the Secret, and what is in it, of a file with a secret in it.
pub fn secret_entry(workload: &Workload, container: &Container, file: &SecretFile) -> (String, Value) {
    match file.content.parts() {
        [part] if secret::key(part).is_some() => (secret::key(part).unwrap_or_default(), file.content.clone()),
        _ => {
            let base = split(&file.path).1;
            let clean: String = base.chars().map(|c| if is_key_character(c) { c } else { '-' }).collect();
            (format!("{}.{}.{clean}", workload.name, container.name), file.content.clone())
        }
    }
}

enum Source<'a> {
    Config { key: String, file: &'a ConfigFile },
    Secret { key: String },
}

struct Entry<'a> {
    folder: &'a str,
    base: &'a str,
    path: &'a str,
    source: Source<'a>,
}

/// The volumes of one pod.
pub struct PodVolumes {
    volumes: IndexMap<String, Tree>,
    /// What is mounted file by file: the items, and whether they have to be listed.
    alone_config: (Vec<Tree>, bool),
    alone_secrets: Vec<Tree>,
    /// The names of their volumes, once they are there.
    config_volume: Option<String>,
    secret_volume: Option<String>,
    config: String,
    secret: String,
    secret_mode: u32,
}

impl PodVolumes {
    /// The claims of the workload, which come first.
    pub fn new(workload: &Workload, secret: &str) -> Self {
        let claimed = |(name, _): (&String, &crate::model::Volume)| {
            let claim = Tree::from([("claimName", Tree::text(claim_name(&workload.name, name)))]);
            let volume = [("name", Tree::text(name.clone())), ("persistentVolumeClaim", claim)];
            (name.clone(), Tree::from(volume))
        };
        // A stateful workload's claims come from its templates; their names are taken all the same.
        let taken = |(name, _): (&String, &crate::model::Volume)| (name.clone(), Tree::Null);
        let stateful = workload.kind == WorkloadKind::Stateful;
        let volumes = workload.volumes.iter().map(|entry| if stateful { taken(entry) } else { claimed(entry) });
        let folders = workload.containers.iter().flat_map(|container| folders(workload, container));
        let alone: Vec<_> = folders.filter(|folder| !folder.whole).flat_map(|folder| folder.entries).collect();
        let items = |config: bool| -> Vec<Tree> {
            let same = alone.iter().filter(|entry| entry.is_config() == config);
            // Containers may share a secret.
            let items: IndexMap<&str, Tree> =
                same.map(|entry| (entry.key(), entry.item(entry.key(), READ_BY_ALL))).collect();
            items.into_values().collect()
        };
        let listed = alone.iter().any(|entry| entry.is_config() && entry.mode() != READ_BY_ALL);
        Self {
            volumes: volumes.collect(),
            alone_config: (items(true), listed),
            alone_secrets: items(false),
            config_volume: None,
            secret_volume: None,
            config: config_name(&workload.name),
            secret: secret.into(),
            secret_mode: if group_of_files(workload).is_some() { READ_BY_GROUP } else { READ_BY_ALL },
        }
    }

    /// The mounts of a container; volumes that they need are added.
    pub fn mounts(&mut self, workload: &Workload, container: &Container) -> Vec<Tree> {
        let mut mounts: Vec<_> = container
            .mounts
            .iter()
            .map(|mount| volume_mount(&mount.volume, &mount.path, None, mount.read_only))
            .collect();
        for folder in folders(workload, container) {
            if folder.whole {
                let volume = self.folder(folder.path, &folder.entries);
                mounts.push(volume_mount(&volume, folder.path, None, true));
            } else {
                mounts.extend(folder.entries.iter().map(|entry| self.alone(entry)));
            }
        }
        mounts
    }

    /// The volumes; none where there are none.
    pub fn into_tree(self) -> Option<Tree> {
        list(self.volumes.into_values().filter(|volume| *volume != Tree::Null).collect())
    }

    fn folder(&mut self, folder: &str, entries: &[Entry<'_>]) -> String {
        let config = entries.iter().filter(|entry| entry.is_config());
        let secret = entries.iter().filter(|entry| !entry.is_config());
        let mixed = config.clone().next().is_some() && secret.clone().next().is_some();
        // Where both are in one volume, its mode is the secrets' and every file of the other kind says its own.
        let usual = if mixed { self.secret_mode } else { READ_BY_ALL };
        let config: Vec<_> = config.map(|entry| entry.item(entry.base, usual)).collect();
        let secret: Vec<_> = secret.map(|entry| entry.item(entry.base, READ_BY_ALL)).collect();
        let volume = if mixed {
            self.projected(config, secret)
        } else if secret.is_empty() {
            Tree::from([("configMap", self.config_source(config, true))])
        } else {
            Tree::from([("secret", self.secret_source(secret))])
        };
        self.add(&slug(folder), &volume)
    }

    fn projected(&self, config: Vec<Tree>, secret: Vec<Tree>) -> Tree {
        let source = |name: &str, items| map([("name", text(name)), ("items", list(items))]);
        let sources = Tree::List(vec![
            Tree::from([("configMap", source(&self.config, config))]),
            Tree::from([("secret", source(&self.secret, secret))]),
        ]);
        Tree::from([("projected", map([("defaultMode", number(self.secret_mode)), ("sources", Some(sources))]))])
    }

    fn config_source(&self, items: Vec<Tree>, listed: bool) -> Tree {
        let items = if listed { list(items) } else { None };
        map([("name", text(self.config.clone())), ("defaultMode", number(READ_BY_ALL)), ("items", items)])
    }

    fn secret_source(&self, items: Vec<Tree>) -> Tree {
        map([
            ("secretName", text(self.secret.clone())),
            ("defaultMode", number(self.secret_mode)),
            ("items", list(items)),
        ])
    }

    fn alone(&mut self, entry: &Entry<'_>) -> Tree {
        // The name of each volume is chosen once: a workload may have very many files.
        let found = if entry.is_config() { self.config_volume.clone() } else { self.secret_volume.clone() };
        let name = found.unwrap_or_else(|| self.add_alone(entry.is_config()));
        volume_mount(&name, entry.path, Some(entry.key()), true)
    }

    fn add_alone(&mut self, config: bool) -> String {
        if config {
            let (items, listed) = std::mem::take(&mut self.alone_config);
            let name = self.add("config", &Tree::from([("configMap", self.config_source(items, listed))]));
            self.config_volume = Some(name.clone());
            return name;
        }
        let items = std::mem::take(&mut self.alone_secrets);
        let name = self.add("secrets", &Tree::from([("secret", self.secret_source(items))]));
        self.secret_volume = Some(name.clone());
        name
    }

    /// Adds a volume under a name that is free; one that is there already is used again.
    fn add(&mut self, name: &str, source: &Tree) -> String {
        let mut name = name.to_owned();
        loop {
            let mut volume = Tree::from([("name", Tree::text(name.clone()))]);
            if let (Tree::Map(volume), Tree::Map(source)) = (&mut volume, source) {
                volume.extend(source.clone());
            }
            match self.volumes.get(&name) {
                None => {
                    self.volumes.insert(name.clone(), volume);
                    return name;
                }
                Some(found) if *found == volume => return name,
                Some(_) => name.push_str("-files"),
            }
        }
    }
}

impl Entry<'_> {
    fn may_change(&self) -> bool {
        match &self.source {
            Source::Secret { .. } => true,
            Source::Config { file, .. } => {
                file.effect == Effect::Runtime || file.entries.iter().any(|entry| entry.effect == Effect::Runtime)
            }
        }
    }

    fn key(&self) -> &str {
        match &self.source {
            Source::Config { key, .. } | Source::Secret { key } => key,
        }
    }

    const fn is_config(&self) -> bool {
        matches!(self.source, Source::Config { .. })
    }

    const fn mode(&self) -> u32 {
        match &self.source {
            Source::Config { file, .. } => file.mode,
            Source::Secret { .. } => READ_BY_ALL,
        }
    }

    /// `usual`: the mode that files of this kind have where they say none.
    fn item(&self, path: &str, usual: u32) -> Tree {
        let mode = (self.mode() != usual).then(|| Tree::from(self.mode()));
        map([("key", text(self.key())), ("path", text(path)), ("mode", mode)])
    }
}

/// A folder of a container and what is mounted into it.
struct Folder<'a> {
    path: &'a str,
    entries: Vec<Entry<'a>>,
    /// Whether it is mounted as a whole.
    whole: bool,
}

fn folders<'a>(workload: &Workload, container: &'a Container) -> Vec<Folder<'a>> {
    let mut folders: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
    for entry in config_entries(workload, container).chain(secret_entries(workload, container)) {
        folders.entry(entry.folder).or_default().push(entry);
    }
    let folder = |(path, entries): (&'a str, Vec<Entry<'a>>)| {
        let taken = container.mounts.iter().any(|mount| mount.path.trim_end_matches('/') == path);
        let whole = entries.iter().any(Entry::may_change) && !taken && !SHARED_FOLDERS.contains(&path);
        Folder { path, entries, whole }
    };
    folders.into_iter().map(folder).collect()
}

fn config_entries<'a, 'b>(
    workload: &'b Workload,
    container: &'a Container,
) -> impl Iterator<Item = Entry<'a>> + use<'a, 'b> {
    container.files.iter().map(move |(name, file)| {
        let (folder, base) = split(&file.path);
        let key = config_key(workload, container, name);
        Entry { folder, base, path: &file.path, source: Source::Config { key, file } }
    })
}

fn secret_entries<'a, 'b>(
    workload: &'b Workload,
    container: &'a Container,
) -> impl Iterator<Item = Entry<'a>> + use<'a, 'b> {
    container.secret_files.iter().map(move |file| {
        let (folder, base) = split(&file.path);
        Entry {
            folder,
            base,
            path: &file.path,
            source: Source::Secret { key: secret_entry(workload, container, file).0 },
        }
    })
}

fn volume_mount(volume: &str, path: &str, sub_path: Option<&str>, read_only: bool) -> Tree {
    map([
        ("name", text(volume)),
        ("mountPath", text(path)),
        ("subPath", sub_path.and_then(text)),
        ("readOnly", flag(read_only)),
    ])
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A folder as the name of a volume.
fn slug(folder: &str) -> String {
    const LONGEST: usize = 50;
    let clean = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = folder.chars().map(clean).collect();
    let name: String = name.trim_matches('-').chars().take(LONGEST).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "files".into() } else { name.into() }
}
