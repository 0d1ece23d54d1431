//! What is looked for: what is declared and what was applied, by its name in the file.

use crate::backend::ObserveRequest;
use crate::backend::docker::{DockerTarget, KIND};
use crate::model::{Address, Resource, Tree};
use crate::plan::Applied;
use std::collections::{BTreeMap, BTreeSet};

/// What an address is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Container,
    Network,
    Volume,
}

impl Kind {
    /// As addresses say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Container, Self::Network, Self::Volume].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is known of one address before the look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Declared<'a> {
    /// What must be.
    pub desired: Option<&'a Resource>,
    /// What was last applied.
    pub applied: Option<&'a Applied>,
}

static NOTHING: Tree = Tree::Null;

impl<'a> Declared<'a> {
    /// What the live thing was made from, as far as is known.
    pub fn made_from(&self) -> &'a Tree {
        let desired = self.desired.map(|resource| &resource.body);
        self.applied.map(|applied| &applied.body).or(desired).unwrap_or(&NOTHING)
    }

    /// What must be; nothing where it is to go.
    pub fn desired_body(&self) -> &'a Tree {
        self.desired.map_or(&NOTHING, |resource| &resource.body)
    }
}

/// Everything that is looked for.
pub struct Wanted<'a> {
    pub target: &'a DockerTarget,
    only: &'a [String],
    known: BTreeMap<(Kind, String), Declared<'a>>,
    /// Whether anything is recorded as applied.
    pub is_recorded: bool,
    /// Whether nobody is at work: then what is half made stays so.
    pub is_quiet: bool,
}

impl<'a> Wanted<'a> {
    pub fn of(target: &'a DockerTarget, request: &ObserveRequest<'a>, is_quiet: bool) -> Self {
        let mut known: BTreeMap<(Kind, String), Declared<'a>> = BTreeMap::new();
        let is_recorded = !request.applied.is_empty();
        let mut wanted = Self { target, only: request.only, known: BTreeMap::new(), is_recorded, is_quiet };
        for resource in request.desired {
            if let Some(name) = wanted.name(&resource.address) {
                known.entry(name).or_default().desired = Some(resource);
            }
        }
        for (address, applied) in request.applied {
            if let Some(name) = wanted.name(address) {
                known.entry(name).or_default().applied = Some(applied);
            }
        }
        wanted.known = known;
        wanted
    }

    /// The kind and the name in the file of an address of this instance.
    pub fn name(&self, address: &Address) -> Option<(Kind, String)> {
        let mut segments = address.segments();
        let (kind, name) = (Kind::of(&segments.next()?)?, segments.next()?);
        let is_here = address.kind() == KIND
            && address.instance() == self.target.instance.as_deref()
            && segments.next().is_none();
        is_here.then_some((kind, name))
    }

    /// The address of something.
    pub fn address(&self, kind: Kind, name: &str) -> Address {
        self.target.address(kind.as_str(), name)
    }

    /// The address of something that is not ours: by its name on the engine.
    pub fn stranger(&self, kind: Kind, name: &str) -> Address {
        self.address(kind, &format!("name={name}"))
    }

    /// Whether an address is among what is asked for.
    pub fn asks_for(&self, address: &Address) -> bool {
        self.only.is_empty() || self.only.iter().any(|glob| address.matches(glob))
    }

    /// What is known of something.
    pub fn declared(&self, kind: Kind, name: &str) -> Declared<'a> {
        self.known.get(&(kind, name.to_owned())).copied().unwrap_or_default()
    }

    /// Everything of a kind that is declared or was applied.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&str, Declared<'a>)> {
        self.known
            .iter()
            .filter(move |((of, _), _)| *of == kind)
            .map(|((_, name), declared)| (name.as_str(), *declared))
    }

    /// `network/NAME` and `volume/NAME` of all that is declared.
    pub fn objects(&self) -> BTreeSet<String> {
        self.known.keys().map(|(kind, name)| format!("{}/{name}", kind.as_str())).collect()
    }

    /// What a network or volume of the file is called on the engine.
    pub fn name_on_engine(&self, name: &str) -> String {
        format!("{}_{name}", self.target.project)
    }
}
