//! The containers of an engine, and which of them are what.

use super::wanted::{Kind, Wanted};
use crate::model::Address;
use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};
use std::collections::{BTreeMap, HashMap};

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";
const ONE_OFF: &str = "com.docker.compose.oneoff";
const ANONYMOUS: &str = "com.docker.volume.anonymous";
const OWNER: &str = "driftless.dev/owner";
const ADDRESS: &str = "driftless.dev/address";
const COMPONENT: &str = "driftless.dev/component";

/// Labels, and whose they say something is.
pub struct Labels<'a>(pub Option<&'a HashMap<String, String>>);

impl Labels<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0?.get(key).map(String::as_str)
    }

    pub fn component(&self) -> Option<String> {
        self.get(COMPONENT).map(str::to_owned)
    }

    /// Whose mark it bears, and the address that the mark says.
    pub fn mark(&self) -> Option<(&str, Option<Address>)> {
        Some((self.get(OWNER)?, self.get(ADDRESS).and_then(|text| text.parse().ok())))
    }

    /// The name in the file of what bears our mark; none: it does not, or it is another instance's.
    pub fn ours(&self, wanted: &Wanted<'_>, kind: Kind) -> Option<String> {
        self.is_ours(wanted).then_some(())?;
        let address = self.get(ADDRESS).and_then(|text| text.parse::<Address>().ok());
        let (of, name) = match address {
            Some(address) => wanted.name(&address)?,
            None => (kind, self.get(SERVICE)?.to_owned()),
        };
        (of == kind).then_some(name)
    }

    /// Whether it bears our mark, whatever it is.
    pub fn is_ours(&self, wanted: &Wanted<'_>) -> bool {
        self.get(OWNER) == Some(&wanted.target.owner)
    }

    /// Whether it is one of the Compose project.
    pub fn is_of_project(&self, wanted: &Wanted<'_>) -> bool {
        self.get(PROJECT) == Some(&wanted.target.project)
    }

    /// Whether nobody named it.
    pub fn is_anonymous(&self) -> bool {
        self.get(ANONYMOUS).is_some()
    }
}

/// A container of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub id: String,
    pub name: String,
    pub image: String,
    pub image_id: String,
    pub state: ContainerSummaryStateEnum,
    /// When it was made, in seconds since 1970.
    pub created: i64,
    pub component: Option<String>,
    /// Its number among those of its service.
    number: u32,
}

/// How many digits of an identifier Compose puts before the name of what it makes anew.
const SHORT_ID: usize = 12;

impl Listed {
    fn of(summary: &ContainerSummary) -> Option<Self> {
        let labels = Labels(summary.labels.as_ref());
        let names = summary.names.iter().flatten().map(|name| name.trim_start_matches('/'));
        Some(Self {
            id: summary.id.clone()?,
            // A link gives a container names with a slash in them.
            name: names.clone().find(|name| !name.contains('/')).unwrap_or_default().to_owned(),
            image: summary.image.clone().unwrap_or_default(),
            image_id: summary.image_id.clone().unwrap_or_default(),
            state: summary.state.unwrap_or(ContainerSummaryStateEnum::EMPTY),
            created: summary.created.unwrap_or_default(),
            component: labels.component(),
            number: labels.get(NUMBER).and_then(|number| number.parse().ok()).unwrap_or(u32::MAX),
        })
    }

    /// Whether it is to take the place of another one that is still there.
    pub fn is_half_made(&self) -> bool {
        let prefix = self.name.split_once('_').map(|(prefix, _)| prefix);
        self.state == ContainerSummaryStateEnum::CREATED
            && prefix
                .is_some_and(|prefix| prefix.len() == SHORT_ID && prefix.bytes().all(|byte| byte.is_ascii_hexdigit()))
    }

    /// Whether somebody is taking it away.
    pub fn is_on_its_way_out(&self) -> bool {
        self.state == ContainerSummaryStateEnum::REMOVING
    }
}

/// Which containers are what.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those with our mark, by service, the one with the usual name first.
    pub ours: BTreeMap<String, Vec<Listed>>,
    /// Those without it that stand where one of ours must be.
    pub occupants: BTreeMap<String, Listed>,
    /// Those without it in our scope.
    pub strangers: Vec<Listed>,
    /// The services of all containers of the project, by identifier.
    pub services: BTreeMap<String, String>,
}

impl Listing {
    pub fn of(wanted: &Wanted<'_>, all: &[ContainerSummary]) -> Self {
        let mut listing = Self::default();
        for summary in all {
            let labels = Labels(summary.labels.as_ref());
            let Some(listed) = Listed::of(summary) else { continue };
            if labels.get(ONE_OFF) == Some("True") {
                continue;
            }
            if labels.is_ours(wanted) {
                if let Some(name) = labels.ours(wanted, Kind::Container) {
                    listing.services.insert(listed.id.clone(), name.clone());
                    listing.ours.entry(name).or_default().push(listed);
                }
                continue;
            }
            listing.foreign(wanted, summary, &labels, listed);
        }
        let project = &wanted.target.project;
        for (service, containers) in &mut listing.ours {
            let usual = |one: &Listed| usual_number(project, service, &one.name);
            containers.sort_by_key(|one| (usual(one).unwrap_or(u32::MAX), one.number, one.name.clone()));
        }
        listing.vacate();
        listing
    }

    fn foreign(&mut self, wanted: &Wanted<'_>, summary: &ContainerSummary, labels: &Labels<'_>, listed: Listed) {
        let project = &wanted.target.project;
        if let (true, Some(service)) = (labels.is_of_project(wanted), labels.get(SERVICE)) {
            self.services.insert(listed.id.clone(), service.to_owned());
        }
        let stands_for = wanted.all(Kind::Container).find(|(service, declared)| {
            declared.desired.is_some() && usual_number(project, service, &listed.name).is_some()
        });
        if let Some((service, _)) = stands_for {
            self.occupants.entry(service.to_owned()).or_insert(listed);
        } else if labels.is_of_project(wanted) || is_attached(wanted, summary) {
            self.strangers.push(listed);
        }
    }

    /// Where one of ours is there under another name, what has its name is a stranger.
    fn vacate(&mut self) {
        let taken: Vec<String> =
            self.occupants.keys().filter(|service| self.ours.contains_key(*service)).cloned().collect();
        self.strangers.extend(taken.iter().filter_map(|service| self.occupants.remove(service)));
    }
}

/// The number of a container of a service, where its name is as Compose gives it.
fn usual_number(project: &str, service: &str, name: &str) -> Option<u32> {
    name.strip_prefix(project)?.strip_prefix('-')?.strip_prefix(service)?.strip_prefix('-')?.parse().ok()
}

/// Whether it is attached to a network of ours.
fn is_attached(wanted: &Wanted<'_>, summary: &ContainerSummary) -> bool {
    let networks = summary.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let ours = |name: &String| wanted.all(Kind::Network).any(|(network, _)| wanted.name_on_engine(network) == *name);
    networks.into_iter().flatten().any(|(name, _)| ours(name))
}
