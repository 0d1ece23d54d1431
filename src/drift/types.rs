//! The drift report: its fields and their order are the contract of `drift --output json`.

use crate::model::{Address, FieldPath, Revision};
pub use crate::plan::ResourceClass;
use crate::plan::{ChangedBy, FieldClass, Finding, Gap, Places, Question, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// A place in a file of the repository, and who wrote that line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Path from the repository's root; with `built-in:` before it, from that of the library that is part of the program.
    pub file: String,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1, in characters.
    pub column: u32,
    /// The commit that wrote the line; none where that is not known.
    pub commit: Option<String>,
    /// Who wrote the line; none where that is not known.
    pub author: Option<String>,
    /// Why commit and author are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_because: Option<String>,
}

impl From<&Source> for Place {
    fn from(source: &Source) -> Self {
        let Source { file, line, column, commit, author } = source.clone();
        Self { file, line, column, commit, author, unknown_because: None }
    }
}

/// What it takes to put a field back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemedyKind {
    /// Nothing stops.
    Runtime,
    /// What runs is restarted.
    Restart,
    /// It is made anew.
    Replace,
    /// By hand.
    Manual,
}

/// How a field is put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// What it takes.
    pub kind: RemedyKind,
    /// The command that does it; for what must be done by hand, the one that goes on from there.
    pub command: String,
    /// What somebody must do by hand, before the command does the rest: a sentence without a full stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
    /// Whether that command also brings what was changed in Git since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deploys_pending: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_none(number: &usize) -> bool {
    *number == 0
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftField {
    /// The field.
    pub path: FieldPath,
    /// What became of it.
    pub class: FieldClass,
    /// What Git declares; null: nothing.
    pub declared: Json,
    /// What was last applied; null: nothing.
    pub applied: Json,
    /// What is; null: nothing.
    pub live: Json,
    /// Whether the values are not shown.
    pub sensitive: bool,
    /// The place in Git that the live value contradicts; none where Git declares nothing.
    pub source: Option<Place>,
    /// What else moves the declared value: the best of these places.
    pub via: Vec<Place>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_none")]
    pub via_more: usize,
    /// Who changed it, and when.
    pub changed_by: ChangedBy,
    /// Since when it has been seen: RFC 3339, UTC.
    pub first_seen: Option<String>,
    /// How it is put back.
    pub remedy: Remedy,
    /// Whether Git has moved on too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
}

/// Something that only follows from a reported resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequence {
    /// The node.
    pub address: Address,
    /// What it is but for its carrier.
    pub class_before: ResourceClass,
    /// What is to be seen of it, one sentence without a full stop.
    pub reason: String,
}

/// One resource that is worth telling of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceDrift {
    /// Its address.
    pub address: Address,
    /// Its component.
    pub component: Option<String>,
    /// What it is.
    pub class: ResourceClass,
    /// What stands in its place without our mark.
    pub occupied_by: Option<String>,
    /// Its fields that differ.
    pub fields: Vec<DriftField>,
    /// What follows from it.
    pub consequences: Vec<Consequence>,
    /// Why it is so, one sentence without a full stop, where no field says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it is now, for a resource that was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<Address>,
    /// Where in Git the component is, for a resource of which no field is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// Who changed it, and when, for a resource of which no field is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<ChangedBy>,
    /// Since when it has been seen, for a resource of which no field is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    /// How it is put back, for a resource of which no field is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

/// A difference that is not reported, and the rule by which it is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct IgnoredField {
    /// The address.
    pub address: Address,
    /// The field; empty: the whole resource.
    pub path: FieldPath,
    /// The rule.
    pub rule: String,
}

/// How many resources there are of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "named as the classes are")]
pub struct DriftSummary {
    pub in_sync: usize,
    pub changed: usize,
    pub missing: usize,
    pub unmanaged: usize,
    pub moved: usize,
    pub pending: usize,
    pub ignored: usize,
    pub unknown: usize,
    pub consequences: usize,
}

/// Against what live was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// What was last applied.
    Applied,
    /// What Git declares, since for some resource nothing is recorded as applied.
    Desired,
}

/// A drift that was reported and is no more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClosedDrift {
    /// The address.
    pub address: Address,
    /// The field; empty: the whole resource.
    pub path: FieldPath,
    /// Since when it was seen: RFC 3339, UTC.
    pub first_seen: Option<String>,
    /// When it was found to be gone.
    pub closed_at: String,
    /// How it went away, words: `reverted by restart`.
    pub how: String,
}

/// Live compared with Git, for one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// `1.0`.
    pub format_version: String,
    /// `DriftReport`.
    pub kind: String,
    /// The version of driftless.
    pub tool_version: String,
    /// The environment.
    pub environment: String,
    /// The revision that live was compared with.
    pub revision: Revision,
    /// When live was looked at: RFC 3339, UTC.
    pub observed_at: String,
    /// Whether everything could be read.
    pub complete: bool,
    /// Whether something drifted.
    pub drifted: bool,
    /// Against what live was held.
    pub baseline: Baseline,
    /// Whether secrets were compared.
    pub secrets_judged: bool,
    /// Counts.
    pub summary: DriftSummary,
    /// The resources, by address; those in sync only where they were asked for.
    pub resources: Vec<ResourceDrift>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// What is not reported.
    pub ignored: Vec<IgnoredField>,
    /// What is to be said of rules and of the compare itself.
    pub findings: Vec<Finding>,
    /// What an earlier report of the same watch said and is so no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<ClosedDrift>,
}

/// Several environments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DriftReports {
    /// `1.0`.
    pub format_version: String,
    /// `DriftReports`.
    pub kind: String,
    /// The version of driftless.
    pub tool_version: String,
    /// One for each environment, by name.
    pub reports: Vec<DriftReport>,
}

impl DriftReports {
    /// Reports, by name of environment.
    pub fn new(reports: Vec<DriftReport>) -> Self {
        let (kind, tool_version) = ("DriftReports".into(), env!("CARGO_PKG_VERSION").into());
        Self { format_version: "1.0".into(), kind, tool_version, reports }
    }
}

/// The fields whose place in Git is to be found: those that Git declares. The empty path asks for the resource itself.
pub fn places_wanted(report: &DriftReport) -> Vec<Question> {
    let mut wanted = Vec::new();
    for resource in &report.resources {
        let declared = resource.fields.iter().filter(|field| !field.declared.is_null());
        wanted.extend(declared.map(|field| {
            Question::new(resource.address.clone(), field.path.clone()).about(&field.declared, &field.live)
        }));
        if resource.fields.is_empty() && matches!(resource.class, ResourceClass::Missing | ResourceClass::Moved) {
            wanted.push(Question::new(resource.address.clone(), FieldPath::default()));
        }
    }
    wanted
}

/// Puts places into a report.
pub fn locate(report: &mut DriftReport, places: &Places) {
    for resource in &mut report.resources {
        for field in &mut resource.fields {
            if let Some(located) = places.get(&(resource.address.clone(), field.path.clone())) {
                let (via, more) = located.best_via();
                field.source = located.source.as_ref().map(Place::from);
                (field.via, field.via_more) = (via.iter().map(Place::from).collect(), more);
            }
        }
        if let Some(located) =
            places.get(&(resource.address.clone(), FieldPath::default())).filter(|_| resource.fields.is_empty())
        {
            resource.source = located.source.as_ref().map(Place::from);
        }
    }
}

impl DriftReport {
    /// Whether what is at an address could be judged: it is neither unknown nor a consequence of something else.
    pub fn is_judged(&self, address: &Address) -> bool {
        let unknown = self.resources.iter().filter(|one| one.class == ResourceClass::Unknown).map(|one| &one.address);
        let consequences = self.resources.iter().flat_map(|one| &one.consequences).map(|one| &one.address);
        let gaps = self.gaps.iter().map(|gap| &gap.address);
        let mut unjudged = unknown.chain(consequences).chain(gaps);
        !unjudged.any(|above| above == address || address.matches(&format!("{above}/**")))
    }

    /// Every place of the report, so that who wrote each line can be filled in.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.resources.iter_mut().flat_map(|resource| {
            let fields = resource.fields.iter_mut().flat_map(|field| field.source.iter_mut().chain(&mut field.via));
            fields.chain(&mut resource.source)
        })
    }
}
