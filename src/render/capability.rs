//! What each target makes of each concept of the model: data, for the documentation and for the words of losses.

/// How well a target expresses a concept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ability {
    /// As it is.
    Expresses,
    /// In another way; a loss says which.
    Approximates(&'static str),
    /// Not at all; a loss says so.
    Cannot(&'static str),
}

/// A concept of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concept {
    /// A workload that runs always.
    Service,
    /// A workload whose members keep name and volumes.
    Stateful,
    /// A workload that runs to completion.
    Job,
    /// A check that makes a job safe to run again.
    Bootstrap,
    /// Containers that share a network with the main one.
    Sidecar,
    /// Several replicas.
    Replicas,
    /// A secret in an environment variable.
    SecretVariable,
    /// A secret as a file.
    SecretFile,
    /// Configuration files.
    ConfigFile,
    /// A port published on the machine.
    NodePort,
    /// A port behind an HTTP entrance.
    PublicPort,
    /// The entrance's certificate.
    Tls,
    /// Storage that outlives a container.
    Volume,
    /// How large it is.
    VolumeSize,
    /// Its storage class.
    VolumeClass,
    /// Waiting until something has been started.
    NeedStarted,
    /// Waiting until something is well.
    NeedHealthy,
    /// Waiting until something has ended well.
    NeedCompleted,
    /// A probe that runs a command.
    ExecProbe,
    /// A probe that asks for a path.
    HttpProbe,
    /// A probe that connects.
    TcpProbe,
    /// Restarting what is ill.
    Liveness,
    /// Memory and CPU at most.
    Limits,
    /// Memory asked for.
    MemoryRequest,
    /// CPU asked for.
    CpuRequest,
    /// A root file system that can only be read.
    ReadOnlyRoot,
    /// User, capabilities, privileges.
    Security,
    /// The order in which members are replaced.
    UpdateOrder,
}

/// A row of a target: concept and ability.
pub type Row = (Concept, Ability);

const NO_ENTRANCE: &str = "a container engine has no HTTP entrance";
const MEMBERS: &str = "each member is a container of its own";

/// Compose, and Terraform on Docker: what a container engine can do.
const ENGINE: &[Row] = &[
    (Concept::Service, Ability::Expresses),
    (Concept::Stateful, Ability::Approximates(MEMBERS)),
    (Concept::Job, Ability::Expresses),
    (Concept::Bootstrap, Ability::Approximates("an entry script asks first")),
    (Concept::Sidecar, Ability::Approximates("a container of its own shares the main one's network")),
    (Concept::Replicas, Ability::Expresses),
    (Concept::SecretVariable, Ability::Approximates("an entry script makes it of a file")),
    (Concept::SecretFile, Ability::Expresses),
    (Concept::ConfigFile, Ability::Expresses),
    (Concept::NodePort, Ability::Approximates("replicas share one machine, and so need ports of their own")),
    (Concept::PublicPort, Ability::Cannot(NO_ENTRANCE)),
    (Concept::Tls, Ability::Cannot(NO_ENTRANCE)),
    (Concept::Volume, Ability::Expresses),
    (Concept::VolumeSize, Ability::Cannot("a volume of the engine has no size")),
    (Concept::VolumeClass, Ability::Cannot("a volume of the engine has no storage class")),
    (Concept::NeedStarted, Ability::Expresses),
    (Concept::NeedHealthy, Ability::Expresses),
    (Concept::NeedCompleted, Ability::Expresses),
    (Concept::ExecProbe, Ability::Expresses),
    (Concept::HttpProbe, Ability::Approximates("a command in the container asks, with `wget` or `curl`")),
    (Concept::TcpProbe, Ability::Approximates("a command in the container connects, with `nc`")),
    (Concept::Liveness, Ability::Cannot("an engine does not restart what is ill")),
    (Concept::Limits, Ability::Expresses),
    (Concept::MemoryRequest, Ability::Expresses),
    (Concept::CpuRequest, Ability::Cannot("an engine reserves no CPU")),
    (Concept::ReadOnlyRoot, Ability::Approximates("not where files are copied into the container")),
    (Concept::Security, Ability::Expresses),
    (Concept::UpdateOrder, Ability::Cannot("the order is that of the plan")),
];

const ALL_AT_ONCE: &str =
    "Argo CD keeps the order by its sync waves, and we by the plan; plain Helm and Flux start all at once";

/// Helm: what Kubernetes can do. Terraform waits by itself.
const fn cluster(healthy: Ability, completed: Ability, sidecar: Ability) -> [Row; 28] {
    [
        (Concept::Service, Ability::Expresses),
        (Concept::Stateful, Ability::Expresses),
        (Concept::Job, Ability::Expresses),
        (Concept::Bootstrap, Ability::Approximates("a shell in the image asks first")),
        (Concept::Sidecar, sidecar),
        (Concept::Replicas, Ability::Expresses),
        (Concept::SecretVariable, Ability::Expresses),
        (Concept::SecretFile, Ability::Expresses),
        (Concept::ConfigFile, Ability::Expresses),
        (Concept::NodePort, Ability::Expresses),
        (Concept::PublicPort, Ability::Expresses),
        (Concept::Tls, Ability::Expresses),
        (Concept::Volume, Ability::Approximates("volumes that replicas share need a storage class with ReadWriteMany")),
        (Concept::VolumeSize, Ability::Expresses),
        (Concept::VolumeClass, Ability::Expresses),
        (Concept::NeedStarted, Ability::Expresses),
        (Concept::NeedHealthy, healthy),
        (Concept::NeedCompleted, completed),
        (Concept::ExecProbe, Ability::Expresses),
        (Concept::HttpProbe, Ability::Expresses),
        (Concept::TcpProbe, Ability::Expresses),
        (Concept::Liveness, Ability::Expresses),
        (Concept::Limits, Ability::Expresses),
        (Concept::MemoryRequest, Ability::Expresses),
        (Concept::CpuRequest, Ability::Expresses),
        (Concept::ReadOnlyRoot, Ability::Expresses),
        (Concept::Security, Ability::Expresses),
        (Concept::UpdateOrder, Ability::Expresses),
    ]
}

const HELM: &[Row] =
    &cluster(Ability::Approximates(ALL_AT_ONCE), Ability::Approximates(ALL_AT_ONCE), Ability::Expresses);
const TERRAFORM_KUBERNETES: &[Row] = &cluster(
    Ability::Expresses,
    Ability::Expresses,
    Ability::Approximates("a job's sidecar is left out: the provider cannot say that an init container goes on"),
);

/// Ansible, with containers: what its modules for Docker can do. The form that a module has for packages is the module's own, and so are its
/// losses.
const ANSIBLE: &[Row] = &[
    (Concept::Service, Ability::Expresses),
    (Concept::Stateful, Ability::Approximates(MEMBERS)),
    (Concept::Job, Ability::Expresses),
    (Concept::Bootstrap, Ability::Approximates("an entry script asks first")),
    (Concept::Sidecar, Ability::Approximates("a container of its own shares the main one's network; not beside a job")),
    (Concept::Replicas, Ability::Expresses),
    (Concept::SecretVariable, Ability::Approximates("an entry script makes it of a file")),
    (Concept::SecretFile, Ability::Expresses),
    (Concept::ConfigFile, Ability::Expresses),
    (Concept::NodePort, Ability::Approximates("replicas share one machine, and so need ports of their own")),
    (Concept::PublicPort, Ability::Cannot("the roles set up no HTTP entrance")),
    (Concept::Tls, Ability::Cannot("the roles set up no HTTP entrance")),
    (Concept::Volume, Ability::Expresses),
    (Concept::VolumeSize, Ability::Cannot("a volume of a Docker host grows with its disk")),
    (Concept::VolumeClass, Ability::Cannot("a volume of a Docker host has no storage class")),
    (Concept::NeedStarted, Ability::Expresses),
    (Concept::NeedHealthy, Ability::Expresses),
    (Concept::NeedCompleted, Ability::Expresses),
    (Concept::ExecProbe, Ability::Expresses),
    (Concept::HttpProbe, Ability::Approximates("a command in the container asks, with `wget` or `curl`")),
    (Concept::TcpProbe, Ability::Approximates("a command in the container connects, with `nc` or `bash`")),
    (Concept::Liveness, Ability::Cannot("an engine does not restart what is ill")),
    (Concept::Limits, Ability::Expresses),
    (Concept::MemoryRequest, Ability::Expresses),
    (Concept::CpuRequest, Ability::Approximates("a share of the CPU in proportion to others")),
    (Concept::ReadOnlyRoot, Ability::Expresses),
    (Concept::Security, Ability::Expresses),
    (Concept::UpdateOrder, Ability::Approximates("members are brought up one after the other, always from the first")),
];

/// The rows of every target, by kind or `KIND/PLATFORM`. A listing of this table is the table of the documentation.
pub const TABLE: &[(&str, &[Row])] = &[
    ("ansible", ANSIBLE),
    ("compose", ENGINE),
    ("helm", HELM),
    ("terraform/docker", ENGINE),
    ("terraform/kubernetes", TERRAFORM_KUBERNETES),
];

/// All concepts, in the order of the documentation.
pub fn concepts() -> impl Iterator<Item = Concept> {
    ENGINE.iter().map(|(concept, _)| *concept)
}

/// What a target makes of a concept; none where there is no such target.
pub fn ability(target: &str, concept: Concept) -> Option<Ability> {
    let (_, rows) = TABLE.iter().find(|(name, _)| *name == target)?;
    rows.iter().find(|(known, _)| *known == concept).map(|(_, ability)| *ability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_says_something_of_every_concept_once() {
        for (target, rows) in TABLE {
            let named: Vec<_> = rows.iter().map(|(concept, _)| *concept).collect();
            assert_eq!(named, concepts().collect::<Vec<_>>(), "{target}");
        }
    }

    #[test]
    fn every_kind_of_target_has_rows_and_no_other() {
        let mut named: Vec<_> = TABLE.iter().map(|(name, _)| name.split('/').next().unwrap_or_default()).collect();
        named.dedup();
        let mut kinds: Vec<_> = crate::render::targets().iter().map(|target| target.kind()).collect();
        kinds.sort_unstable();
        assert_eq!(named, kinds);
        for (target, concept) in TABLE.iter().flat_map(|(name, rows)| rows.iter().map(move |row| (name, row))) {
            let words = match concept.1 {
                Ability::Expresses => continue,
                Ability::Approximates(words) | Ability::Cannot(words) => words,
            };
            assert!(!words.is_empty() && !words.ends_with('.'), "{target}: {concept:?}");
            assert_eq!(ability(target, concept.0), Some(concept.1));
        }
    }
}
