//! (kind of target, `apply:`) -> backend: the one place that lists the built-in ones.

use super::docker::{DockerBackend, DockerTarget, Engine};
use super::git::{GitBackend, GitTarget};
use super::memory::MemoryBackend;
use super::redis::RedisBackend;
use super::unobserved::Unobserved;
use super::{Backend, BackendError, ErrorClass, Need};
use crate::model::{Address, Applier, Environment, Instance};
use crate::plan::{Applied, CompareTable};
use crate::sys::{Clock, Variables};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The values that `apply:` takes.
pub const APPLY_MODES: &[&str] = &["docker", "git", "memory"];

/// How the fields of every built-in backend are compared.
pub const COMPARE_TABLES: &[&CompareTable] =
    &[&super::docker::TABLE, &super::git::TABLE, &super::memory::TABLE, &super::redis::TABLE];

/// The backends of an environment: one or several for each target instance.
#[derive(Clone, Default)]
pub struct Backends {
    all: BTreeMap<Applier, Arc<dyn Backend>>,
    observers: BTreeMap<Applier, Arc<dyn Backend>>,
}

impl Backends {
    /// Adds a backend of an instance.
    pub fn insert(&mut self, instance: impl Into<String>, backend: Arc<dyn Backend>) {
        self.all.insert(Applier::new(instance, backend.name()), backend);
    }

    /// Adds what looks at the live system of an instance that something else applies to. It is never asked to change anything.
    pub fn insert_observer(&mut self, instance: impl Into<String>, backend: Arc<dyn Backend>) {
        self.observers.insert(Applier::new(instance, backend.name()), backend);
    }

    /// What looks at the live systems of instances that something else applies to, sorted.
    pub fn observers(&self) -> impl Iterator<Item = (&Applier, &Arc<dyn Backend>)> {
        self.observers.iter()
    }

    /// The backend that is meant.
    pub fn get(&self, applier: &Applier) -> Option<&Arc<dyn Backend>> {
        self.all.get(applier)
    }

    /// All of them, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&Applier, &Arc<dyn Backend>)> {
        self.all.iter()
    }

    /// Those of one instance, sorted.
    pub fn of_instance<'a>(&'a self, instance: &'a str) -> impl Iterator<Item = (&'a Applier, &'a Arc<dyn Backend>)> {
        self.iter().filter(move |(applier, _)| applier.instance == instance)
    }

    /// Whom an address belongs to: a backend of its own kind before one that takes every kind.
    pub fn owner(&self, address: &Address) -> Option<&Applier> {
        Self::owner_among(self.iter(), address)
    }

    /// Whom an address belongs to that an instance applied: a backend of that instance, as long as one still can; else its owner.
    pub fn owner_of<'a>(&'a self, instance: Option<&'a str>, address: &Address) -> Option<&'a Applier> {
        let there = instance.and_then(|instance| Self::owner_among(self.of_instance(instance), address));
        there.or_else(|| self.owner(address))
    }

    fn owner_among<'a>(
        all: impl Iterator<Item = (&'a Applier, &'a Arc<dyn Backend>)>,
        address: &Address,
    ) -> Option<&'a Applier> {
        let owners: Vec<_> = all.filter(|(applier, backend)| backend.owns(&applier.instance, address)).collect();
        let own_kind = owners.iter().find(|(_, backend)| backend.name() == address.kind());
        own_kind.or_else(|| owners.first()).map(|(applier, _)| *applier)
    }

    /// What was applied, by whose it is. What nobody can apply is in none. Every backend has an entry.
    pub fn share(&self, applied: &BTreeMap<Address, Applied>) -> BTreeMap<Applier, BTreeMap<Address, Applied>> {
        let mut shares: BTreeMap<_, _> = self.iter().map(|(applier, _)| (applier.clone(), BTreeMap::new())).collect();
        for (address, one) in applied {
            let owner = self.owner_of(one.instance.as_deref(), address);
            if let Some(share) = owner.and_then(|applier| shares.get_mut(applier)) {
                share.insert(address.clone(), one.clone());
            }
        }
        shares
    }

    /// All of them, grouped by who writes there, in the order of the first of each group.
    pub fn writers(&self) -> Vec<Vec<&Applier>> {
        let mut groups: Vec<(Option<&str>, Vec<&Applier>)> = Vec::new();
        for (applier, backend) in self.iter() {
            let writer = backend.writer();
            match groups.iter_mut().find(|(known, _)| writer.is_some() && *known == writer) {
                Some((_, appliers)) => appliers.push(applier),
                None => groups.push((writer, vec![applier])),
            }
        }
        groups.into_iter().map(|(_, appliers)| appliers).collect()
    }
}

/// Where backends find what is not in the environment file.
#[derive(Clone)]
pub struct Surroundings {
    /// The repository's root: where driftless.yaml lies.
    pub root: PathBuf,
    /// The local folder for what can be made again (`.driftless`).
    pub local: PathBuf,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The environment's variables.
    pub variables: Arc<dyn Variables>,
}

/// The backends of an environment's instances.
///
/// # Errors
/// [`ErrorClass::Unsupported`] for an `apply:` that no backend is for; the error of the backend that cannot be set up.
pub fn backends<'a>(
    environment: &Environment,
    instances: impl IntoIterator<Item = &'a Instance>,
    surroundings: &Surroundings,
) -> Result<Backends, BackendError> {
    let instances: Vec<&Instance> = instances.into_iter().collect();
    let in_git =
        || instances.iter().filter(|instance| instance.apply.name == "git").map(|instance| instance.name.clone());
    let mut backends = Backends::default();
    for instance in &instances {
        let of_instance = match instance.apply.name.as_str() {
            "docker" => in_containers(environment, instance, surroundings),
            "git" => vec![git_backend(environment, instance, in_git().collect(), surroundings)?],
            "memory" => vec![memory_backend(environment, instance, surroundings)?],
            other => return Err(unknown(&instance.name, other)),
        };
        of_instance.into_iter().for_each(|backend| backends.insert(&instance.name, backend));
        if instance.apply.name == "git" && instance.apply.observe_live {
            let observers = observers(environment, instance, surroundings);
            observers.into_iter().for_each(|backend| backends.insert_observer(&instance.name, backend));
        }
    }
    Ok(backends)
}

/// What looks at the live system of an instance that is applied through Git.
fn observers(environment: &Environment, instance: &Instance, surroundings: &Surroundings) -> Vec<Arc<dyn Backend>> {
    match instance.kind.as_str() {
        "compose" => in_containers(environment, instance, surroundings),
        // Nothing that looks at these is built in yet.
        _ => vec![Arc::new(Unobserved::new(&instance.name))],
    }
}

/// The containers of an instance, and what runs in them.
fn in_containers(environment: &Environment, instance: &Instance, surroundings: &Surroundings) -> Vec<Arc<dyn Backend>> {
    let docker = docker_backend(environment, instance, surroundings);
    let redis = RedisBackend::new(&instance.name, Arc::new(docker.access()));
    vec![Arc::new(docker), Arc::new(redis)]
}

/// What applying some instances needs of this machine, each looked for once.
pub async fn needs(instances: &[Instance], surroundings: &Surroundings) -> Vec<Need> {
    let mut engines: BTreeMap<Option<&str>, Engine> = BTreeMap::new();
    for instance in instances.iter().filter(|instance| instance.apply.name == "docker") {
        let host = instance.setting("host");
        engines.entry(host).or_insert_with(|| Engine::at(host, Arc::clone(&surroundings.variables)));
    }
    let mut needs: Vec<Need> = Vec::new();
    for engine in engines.values() {
        for need in super::docker::needs(engine).await {
            // Several engines have one program.
            let is_known = needs.iter().any(|known| known.subject == need.subject && known.found == need.found);
            needs.extend((!is_known).then_some(need));
        }
    }
    needs
}

fn git_backend(
    environment: &Environment,
    instance: &Instance,
    siblings: Vec<String>,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, BackendError> {
    let target = GitTarget {
        root: surroundings.root.clone(),
        cache: surroundings.local.join("git"),
        project: environment.project.clone(),
        environment: environment.name.clone(),
        instance: instance.name.clone(),
        siblings,
        repository: environment.git.repository.clone(),
        branch: environment.git.branch.clone(),
        path: environment.git.path.clone(),
        somebody_else_applies: instance.apply.observe_live,
    };
    Ok(Arc::new(GitBackend::new(target, Arc::clone(&surroundings.clock))?))
}

fn docker_backend(environment: &Environment, instance: &Instance, surroundings: &Surroundings) -> DockerBackend {
    let default = || format!("{}-{}", environment.project, environment.name);
    let target = DockerTarget {
        owner: format!("{}/{}", environment.project, environment.name),
        instance: instance.address_name().map(Into::into),
        project: instance.setting("project").map_or_else(default, str::to_owned),
        folder: surroundings.local.join("run").join(&environment.name).join(&instance.name),
    };
    let engine = Arc::new(Engine::at(instance.setting("host"), Arc::clone(&surroundings.variables)));
    DockerBackend::new(target, engine)
}

fn memory_backend(
    environment: &Environment,
    instance: &Instance,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Backend>, BackendError> {
    let owner = format!("{}/{}", environment.project, environment.name);
    if let Some(path) = instance.setting("path") {
        return Ok(Arc::new(MemoryBackend::in_folder(&owner, inside(&surroundings.root, path)?)));
    }
    let all = surroundings.local.join("memory");
    let folder = all.join(&environment.name).join(&instance.name);
    Ok(Arc::new(MemoryBackend::in_folder(&owner, folder).among(all)))
}

fn inside(root: &Path, path: &str) -> Result<PathBuf, BackendError> {
    if crate::sys::worktree::is_plain_path(path) {
        return Ok(root.join(path));
    }
    Err(BackendError::new(ErrorClass::Invalid, format!("`{path}` is no path inside the repository"))
        .help("use a relative path without `..`"))
}

fn unknown(instance: &str, mode: &str) -> BackendError {
    BackendError::new(ErrorClass::Unsupported, format!("nothing applies `{instance}` with `apply: {mode}`"))
        .help(format!("`apply` is one of: {}", APPLY_MODES.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FieldPath, Tree};
    use crate::plan::{Added, CompareKind, Compared, Comparison, Content, Verdict, compare};
    use serde_json::{Value as Json, json};

    #[test]
    fn an_address_belongs_to_its_own_kind_before_one_that_takes_every_kind() {
        struct Noon;
        impl Clock for Noon {
            fn now(&self) -> jiff::Timestamp {
                jiff::Timestamp::UNIX_EPOCH
            }
        }
        let target = GitTarget {
            root: PathBuf::from("."),
            cache: PathBuf::from(".driftless/git"),
            project: "shop".into(),
            environment: "dev".into(),
            instance: "terraform".into(),
            siblings: vec!["terraform".into()],
            repository: ".".into(),
            branch: "driftless/dev".into(),
            path: ".".into(),
            somebody_else_applies: false,
        };
        let mut backends = Backends::default();
        backends.insert("live", Arc::new(MemoryBackend::new("shop/dev")));
        backends.insert("terraform", Arc::new(GitBackend::new(target, Arc::new(Noon)).unwrap()));
        let owner = |kind: &str, instance: Option<&str>, path: &[&str]| {
            backends.owner(&Address::new(kind, instance, path.iter().copied())).map(|applier| applier.instance.clone())
        };
        assert_eq!(owner("git", None, &["terraform", "main.tf"]).as_deref(), Some("terraform"));
        assert_eq!(owner("docker", Some("live"), &["container", "api"]).as_deref(), Some("live"));
        assert_eq!(owner("docker", Some("other"), &["container", "api"]), None);
    }

    /// Values of a field that are one under a kind of compare, and one that is another.
    fn values(kind: CompareKind) -> (Json, Json, Json) {
        match kind {
            CompareKind::Exact | CompareKind::WriteOnly | CompareKind::Unobservable | CompareKind::Secret => {
                (json!(["a", "b"]), json!(["a", "b"]), json!(["b", "a"]))
            }
            CompareKind::Bytes => (json!("1Gi"), json!(1_073_741_824), json!("1G")),
            CompareKind::Cpu => (json!("0.5"), json!("500m"), json!("501m")),
            CompareKind::Duration => (json!("90s"), json!("1m30s"), json!("91s")),
            CompareKind::Set => (json!(["a", "b"]), json!(["b", "a", "a"]), json!(["a"])),
            CompareKind::Unordered => (json!(["a", "b"]), json!(["b", "a"]), json!(["b", "a", "a"])),
            CompareKind::Keyed(key) => {
                (json!([{key: "a"}, {key: "b"}]), json!([{key: "b"}, {key: "a"}]), json!([{key: "a"}, {key: "c"}]))
            }
            CompareKind::NamedOrExact => (
                json!([{"name": "a"}, {"name": "b"}]),
                json!([{"name": "b"}, {"name": "a"}]),
                json!([{"name": "a"}, {"name": "c"}]),
            ),
        }
    }

    /// An address and a field that a pattern matches.
    fn example(backend: &str, pattern: &str) -> (Address, Vec<String>) {
        let plain = pattern.replace("**", "thing.field").replace('*', "any");
        let (path, field) = plain.split_once('.').unwrap_or((&plain, "field"));
        (format!("{backend}:{path}").parse().unwrap(), field.split('.').map(str::to_owned).collect())
    }

    fn compared(table: &CompareTable, address: &Address, sides: [&Json; 3], field: &[String]) -> Compared {
        let body = |value: &Json| {
            let nested = |inner: Json, key: &String| json!({ key.as_str(): inner });
            Tree::from_json(&field.iter().rev().fold(value.clone(), nested))
        };
        let bodies = sides.map(body);
        let content = |at: usize| Some(Content { body: &bodies[at], text: None, executable: false });
        compare(&Comparison {
            address,
            table,
            owned: &[],
            desired: content(0),
            applied: content(1),
            live: content(2),
            as_system_would: None,
            silence: &|_| None,
        })
    }

    #[test]
    fn every_row_of_every_table_means_what_it_says() {
        for table in COMPARE_TABLES {
            for row in table.rows {
                let (address, field) = example(table.backend, row.pattern);
                let path = field.iter().fold(FieldPath::default(), |path, key| path.key(key.as_str()));
                assert_eq!(table.row(&address, &path), Some(row), "{} {}", table.backend, row.pattern);
                let (one, same, other) = values(row.kind);
                let run = |sides| compared(table, &address, sides, &field);
                assert_eq!(run([&one, &one, &same]), Compared::default(), "{} {}", table.backend, row.pattern);
                let drifted = run([&one, &one, &other]).fields;
                let changed = run([&other, &one, &one]).fields;
                let readable = !matches!(row.kind, CompareKind::WriteOnly | CompareKind::Unobservable);
                assert_eq!(!drifted.is_empty(), readable, "{} {}", table.backend, row.pattern);
                assert!(drifted.iter().all(|field| field.verdict == Verdict::Drift && field.repair == row.repair));
                assert!(!changed.is_empty(), "{} {}", table.backend, row.pattern);
                assert!(changed.iter().all(|field| field.verdict == Verdict::Pending && field.change == row.change));
                let added = run([&Json::Null, &Json::Null, &one]);
                match row.added {
                    Added::Drift => assert_eq!(added.has_drift(), readable, "{} {}", table.backend, row.pattern),
                    Added::Silent(rule) => assert_eq!(added.silenced[0].rule, rule),
                }
            }
        }
    }

    #[test]
    fn every_backend_that_applies_has_a_table() {
        let named: Vec<&str> = COMPARE_TABLES.iter().map(|table| table.backend).collect();
        // What looks into running software is nothing that a target instance is applied by.
        assert_eq!(named, [APPLY_MODES, &["redis"]].concat());
    }
}
