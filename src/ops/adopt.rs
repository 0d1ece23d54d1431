//! `adopt`: Git takes over what is live: a value is written back into the environment file, or what exists without our mark is taken over.

use super::drift::drift;
use super::environment::compile_from;
use super::error::OpsError;
use super::project::Project;
use super::rendering::{Instances, render_instances};
use super::set::{Edited, Edits, Overlay, edited, read, write};
use super::wanted::Wanted;
use super::world::World;
use crate::backend::Backend;
use crate::backend::table::Backends;
use crate::drift::{DriftField, Place, ResourceDrift};
use crate::model::{Address, FieldPath, Resource, Segment, Tree};
use crate::plan::{Comparison, Content, compare};
use crate::spec::edit::{self, EditError, NewScalar};
use crate::spec::{Node, NodeKind};
use serde_json::Value as Json;

/// What is to be adopted, sorted by how.
pub struct Adoption {
    /// The values that were written into the environment file.
    pub edits: Edits,
    /// What exists without our mark at addresses of ours: an apply takes it over.
    pub occupied: Vec<Address>,
}

/// Adopts what is meant by some `ADDRESS[.FIELD]`: all of it or none.
///
/// # Errors
/// When nothing differs there, or no value of the environment file gives what is live: then nothing is written.
pub async fn adopt(
    project: &Project,
    world: &World<'_>,
    name: &str,
    subjects: &[String],
) -> Result<Adoption, OpsError> {
    let report = drift(project, world, name, &Wanted::default(), false).await?;
    let path = format!("environments/{name}.yaml");
    let original = read(project, &path)?;
    let mut text = original.clone();
    let (mut edits, mut occupied) = (Vec::new(), Vec::new());
    for subject in subjects {
        let (resource, fields) = meant(&report.resources, subject)?;
        if resource.occupied_by.is_some() {
            occupied.push(resource.address.clone());
            continue;
        }
        for field in fields {
            let (target, written) = place(project, name, resource, field)?;
            let before = edit::find(&text, &target).map(|(node, _)| node);
            let (target_path, written) = (&target, written.as_str());
            let attempt = Attempt { project, world, name, path: &path, resource, field, target: target_path, written };
            text = attempt.write(&text)?;
            edits.push((target, before));
        }
    }
    if text != original {
        write(project, &path, &text)?;
    }
    let shown = |(target, before): (FieldPath, Option<Node>)| -> Edited {
        edited(&path, &text, &target, target.to_string(), before)
    };
    Ok(Adoption { edits: Edits::of(name, edits.into_iter().map(shown).collect()), occupied })
}

/// The resource and its fields that are meant. An address may hold dots, so the report says where it ends.
fn meant<'r>(
    resources: &'r [ResourceDrift],
    subject: &str,
) -> Result<(&'r ResourceDrift, Vec<&'r DriftField>), OpsError> {
    let rest = |resource: &ResourceDrift| {
        let rest = subject.strip_prefix(&resource.address.to_string())?;
        (rest.is_empty() || rest.starts_with('.')).then(|| rest.trim_start_matches('.').to_owned())
    };
    let found = resources.iter().filter_map(|one| Some((one, rest(one)?)));
    let Some((resource, field)) = found.min_by_key(|(_, rest)| rest.len()) else {
        let help = "`driftless drift ENV` lists what differs, with its address";
        return Err(OpsError::refused(format!("nothing differs from Git at `{subject}`"), help));
    };
    let is_meant = |one: &&DriftField| field.is_empty() || one.path.to_string() == field;
    let fields: Vec<_> = resource.fields.iter().filter(is_meant).collect();
    if fields.is_empty() && resource.occupied_by.is_none() {
        let message = match field.as_str() {
            "" => format!("{} is {}: there is no value to adopt", resource.address, word(resource)),
            field => format!("`{field}` of {} is as Git declares it", resource.address),
        };
        return Err(OpsError::refused(message, "`driftless drift ENV` lists what differs, with its address"));
    }
    Ok((resource, fields))
}

fn word(resource: &ResourceDrift) -> String {
    serde_json::to_value(resource.class).ok().and_then(|word| Some(word.as_str()?.to_owned())).unwrap_or_default()
}

/// Where in the environment file the value belongs, and what is written now: where the place in Git is, be it in this file or in one that
/// it extends.
fn place(
    project: &Project,
    name: &str,
    resource: &ResourceDrift,
    field: &DriftField,
) -> Result<(FieldPath, String), OpsError> {
    let what = format!("`{}` of {}", field.path, resource.address);
    let by_hand = |place: &Place| {
        let at = format!("{}:{}:{}", place.file, place.line, place.column);
        OpsError::refused(
            format!("{what} comes from {at}, which is no input of {name}"),
            "change it there, or declare it in the environment file",
        )
    };
    let source = field.source.as_ref().ok_or_else(|| {
        OpsError::refused(format!("Git declares nothing for {what}"), "declare it in the environment file")
    })?;
    if !source.file.starts_with("environments/") {
        return Err(by_hand(source));
    }
    let text = read(project, &source.file)?;
    let (root, sources) = edit::find(&text, &FieldPath::default()).ok_or_else(|| by_hand(source))?;
    let at = |node: &Node| {
        let at = sources.place(node.span);
        (at.line, at.column) == (source.line, source.column)
    };
    leaf_at(&root, &FieldPath::default(), &at).ok_or_else(|| by_hand(source))
}

fn leaf_at(node: &Node, path: &FieldPath, is_it: &dyn Fn(&Node) -> bool) -> Option<(FieldPath, String)> {
    match &node.kind {
        NodeKind::Map(entries) => {
            entries.iter().find_map(|entry| leaf_at(&entry.value, &path.key(entry.key.clone()), is_it))
        }
        NodeKind::List(elements) => {
            let mut below = elements.iter().enumerate();
            below.find_map(|(at, element)| leaf_at(element, &path.join(Segment::Index(at)), is_it))
        }
        NodeKind::Scalar { text, .. } => is_it(node).then(|| (path.clone(), text.clone())),
    }
}

/// One field, and where it belongs.
struct Attempt<'a> {
    project: &'a Project,
    world: &'a World<'a>,
    name: &'a str,
    path: &'a str,
    resource: &'a ResourceDrift,
    field: &'a DriftField,
    target: &'a FieldPath,
    written: &'a str,
}

impl Attempt<'_> {
    /// The text with the first candidate that really gives what is live.
    fn write(&self, text: &str) -> Result<String, OpsError> {
        let what = format!("`{}` of {}", self.field.path, self.resource.address);
        if self.field.sensitive {
            return Err(OpsError::refused(
                format!("{what} is a secret, and its value is in no file"),
                "put the value where the secret comes from",
            ));
        }
        for candidate in candidates(self.field, self.written) {
            let edited: Result<String, EditError> = match &candidate {
                Candidate::Gone => edit::remove(text, self.target),
                Candidate::Scalar(value) => edit::set(text, self.target, value),
                Candidate::List(values) => edit::set_list(text, self.target, values),
            };
            let Ok(edited) = edited else { continue };
            if self.gives_what_is_live(&edited) {
                return Ok(edited);
            }
        }
        Err(OpsError::refused(
            format!("no value of `{}` was found that gives what {what} is live", self.target),
            "change the environment file by hand; nothing was written",
        ))
    }

    fn gives_what_is_live(&self, text: &str) -> bool {
        let overlay = Overlay { files: &self.project.files, path: self.path, text };
        let made = || -> Result<bool, OpsError> {
            let compiled = compile_from(&overlay, self.project, self.name)?;
            let rendered =
                render_instances(&compiled.model, &compiled.sources, &self.project.templates, Instances::Used)?;
            let scope = crate::model::Scope::of(&compiled.model);
            let backends = super::look::backends_for(self.project, self.world, &scope)?;
            let desired = super::look::desired(&backends, &rendered);
            let mut all =
                desired.iter().flat_map(|(applier, resources)| resources.iter().map(move |one| (applier, one)));
            let found = all.find(|(_, one)| one.address == self.resource.address);
            Ok(found.is_some_and(|(applier, resource)| self.agrees(&backends, applier, resource)))
        };
        made().unwrap_or(false)
    }

    /// Whether the field of a resource is what is live.
    fn agrees(&self, backends: &Backends, applier: &crate::model::Applier, resource: &Resource) -> bool {
        let Some(backend) = backends.get(applier) else { return false };
        let live = Some(Tree::from_json(&self.field.live)).filter(|live| *live != Tree::Null);
        let live = self.field.path.put(&resource.body, live);
        let live = Content { body: &live, text: None, executable: false };
        let desired = Some(Content { body: &resource.body, text: None, executable: false });
        let compared = compare(&Comparison {
            address: &resource.address,
            table: Backend::table(backend.as_ref()),
            owned: &resource.owned,
            desired,
            applied: desired,
            live: Some(live),
            as_system_would: None,
            silence: &|_| None,
        });
        compared.fields.iter().all(|field| field.path != self.field.path)
    }
}

/// What could stand in the environment file.
enum Candidate {
    Gone,
    Scalar(NewScalar),
    List(Vec<NewScalar>),
}

/// What may give the live value, the likeliest first.
fn candidates(field: &DriftField, written: &str) -> Vec<Candidate> {
    let scalar = |text: String| Candidate::Scalar(NewScalar::plain(text));
    match &field.live {
        Json::Null => vec![Candidate::Gone],
        Json::Number(number) => {
            let sizes = number.as_u64().into_iter().flat_map(sizes);
            let as_it_is = [number.to_string()];
            let has_unit = written.ends_with(|last: char| last.is_ascii_alphabetic());
            let texts: Vec<String> =
                if has_unit { sizes.chain(as_it_is).collect() } else { as_it_is.into_iter().chain(sizes).collect() };
            texts.into_iter().map(scalar).collect()
        }
        Json::Bool(flag) => vec![scalar(flag.to_string())],
        Json::String(live) => {
            // What other tools write `512M` is `512Mi` in an environment file.
            let binary = live.ends_with(['K', 'M', 'G', 'T']).then(|| scalar(format!("{live}i")));
            let whole = [Candidate::Scalar(NewScalar::text(live)), scalar(live.clone())].into_iter().chain(binary);
            let part = field.declared.as_str().and_then(|declared| other_part(declared, written, live));
            whole.chain(part.map(|part| Candidate::Scalar(NewScalar::text(part)))).collect()
        }
        Json::Array(elements) => {
            let texts: Option<Vec<NewScalar>> =
                elements.iter().map(|element| Some(NewScalar::text(element.as_str()?))).collect();
            texts.into_iter().map(Candidate::List).collect()
        }
        Json::Object(_) => Vec::new(),
    }
}

/// A number of bytes in whole units, the largest first.
fn sizes(bytes: u64) -> impl Iterator<Item = String> {
    let units = [("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
    units.into_iter().filter(move |(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit)).map(move |(name, unit)| {
        let count = bytes / unit;
        format!("{count}{name}")
    })
}

/// What stands in the place of a part: `1.5.0` for `1.4.2` of `shop/api:1.4.2` where `shop/api:1.5.0` is live.
fn other_part<'l>(declared: &str, part: &str, live: &'l str) -> Option<&'l str> {
    let (before, after) = declared.split_once(part).filter(|_| !part.is_empty())?;
    live.strip_prefix(before)?.strip_suffix(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_text_is_found_by_what_stands_around_it() {
        assert_eq!(other_part("shop/api:1.4.2", "1.4.2", "shop/api:1.5.0"), Some("1.5.0"));
        assert_eq!(other_part("shop/api:1.4.2", "1.4.2", "other/api:1.5.0"), None);
        assert_eq!(other_part("shop/api:1.4.2", "", "shop/api:1.5.0"), None);
        assert_eq!(other_part("a-a", "a", "b-a"), Some("b"));
    }

    #[test]
    fn sizes_are_told_in_whole_units() {
        let of = |bytes| sizes(bytes).collect::<Vec<_>>();
        assert_eq!(of(512 << 20), ["512Mi", "524288Ki"]);
        assert_eq!(of(1 << 30), ["1Gi", "1024Mi", "1048576Ki"]);
        assert_eq!(of(1000), [""; 0]);
        assert_eq!(of(0), [""; 0]);
    }
}
