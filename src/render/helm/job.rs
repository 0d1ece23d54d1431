//! Names of jobs: a Job cannot be changed, so that another specification needs another name.

use super::chart::{Chart, path, section};
use super::expression::reference;
use super::node::{below, put};
use super::values::to_json;
use crate::model::{Digest, Tree};
use crate::render::kubernetes::Object;
use crate::render::yaml::{Entry, Node};
use serde_json::Value as Json;

/// Digits of the digest in a name.
const DIGITS: usize = 10;

/// Appends a digest of the job's specification and of its values to the name, in the object and in its template alike.
pub fn name(chart: &Chart<'_>, object: &mut Object, node: &mut Node) {
    let stem = object.name().to_owned();
    let section = path(&[&section(object.workload.as_deref().unwrap_or_default())]);
    let fixed = Digest::of(object.body.get("spec").map(crate::render::yaml::write_tree).unwrap_or_default());
    // Whatever a template of a job can refer to; never the secrets' values.
    let used = [section, path(&["imagePullSecrets"]), path(&["secrets", "name"]), path(&["outputs"])];
    let used: Vec<_> = used.into_iter().filter(|path| !chart.values.defaults(path).is_null()).collect();
    let values = Json::Array(used.iter().map(|path| chart.values.defaults(path)).collect());
    let digest = Digest::of(format!("{} {}", fixed.short(), to_json(&values)));
    let digits = digest.as_str().trim_start_matches("sha256:").get(..DIGITS).unwrap_or_default();
    let list: Vec<_> = used.iter().map(|path| reference(path)).collect();
    let expression = format!(
        "{stem}-{{{{ printf \"{} %s\" (list {} | toJson) | sha256sum | trunc {DIGITS} }}}}",
        fixed.short(),
        list.join(" ")
    );
    if let Some(metadata) = below(node, &["metadata"]) {
        put(metadata, Entry::new("name", Node::Raw(expression)), &[]);
    }
    let metadata = object.body.as_map_mut().and_then(|body| body.get_mut("metadata"));
    if let Some(Tree::Map(metadata)) = metadata {
        metadata.insert("name".into(), Tree::text(format!("{stem}-{digits}")));
    }
}
