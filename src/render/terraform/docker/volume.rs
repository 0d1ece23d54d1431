//! Volumes of a module.

use super::container::{Field, address_expression, is_per_member, label, labels_block, volume_label};
use super::group::{Group, Repetition};
use super::index;
use crate::model::{Component, Tree};
use crate::render::terraform::hcl::{Expression, Piece};
use crate::render::terraform::root::identifier;
use indexmap::IndexMap;

/// A volume resource: its label, how it is repeated, and the key and arguments of each.
pub struct VolumeBlock {
    /// The label.
    pub label: String,
    /// How it is repeated: not at all, or over the members.
    pub repetition: Repetition,
    /// The local that holds the members.
    pub members: String,
    /// The arguments of each.
    pub instances: IndexMap<String, Vec<Field>>,
}

/// The volumes that the groups of a component mount.
pub fn volumes(
    component: &Component,
    groups: &[Group<'_, '_>],
    project: &str,
    common: &IndexMap<String, Tree>,
) -> Vec<VolumeBlock> {
    let mut blocks: Vec<VolumeBlock> = Vec::new();
    for group in groups {
        for unit in &group.units {
            for mounted in &unit.mounts {
                let label = volume_label(unit, mounted);
                let repetition = if is_per_member(unit, mounted) { Repetition::Members } else { Repetition::Single };
                let key = if repetition == Repetition::Members { Group::member_key(unit) } else { String::new() };
                let fields = fields(component, &label, repetition, &key, (project, &mounted.volume), common);
                let position = blocks.iter().position(|block| block.label == label);
                let at = position.unwrap_or_else(|| {
                    let members = members_local(group);
                    blocks.push(VolumeBlock { label, repetition, members, instances: IndexMap::new() });
                    blocks.len() - 1
                });
                blocks[at].instances.insert(key, fields);
            }
        }
    }
    blocks
}

/// The local that holds the names of a group's members.
pub fn members_local(group: &Group<'_, '_>) -> String {
    let workload = group.units.first().map_or("", |unit| unit.workload.name.as_str());
    let component = group.units.first().map_or("", |unit| unit.component.name.as_str());
    if workload == component { "members".into() } else { format!("{}_members", identifier(workload)) }
}

fn fields(
    component: &Component,
    block: &str,
    repetition: Repetition,
    key: &str,
    (project, volume): (&str, &str),
    common: &IndexMap<String, Tree>,
) -> Vec<Field> {
    let path = format!("module.{}.docker_volume.{block}{}", identifier(&component.name), index(repetition, key));
    let address = format!("terraform:{path}");
    let mut pieces = vec![Piece::Interpolation("var.name".into())];
    match volume.strip_prefix(key).filter(|_| !key.is_empty()) {
        Some(rest) => pieces.extend([
            Piece::Literal("-".into()),
            Piece::Interpolation("each.key".into()),
            Piece::Literal(rest.into()),
        ]),
        None => pieces.push(Piece::Literal(format!("-{volume}"))),
    }
    let own = [("driftless.dev/component", component.name.as_str()), ("driftless.dev/address", address.as_str())];
    let all = common.iter().map(|(key, value)| label(key, value.clone()));
    let values = all.chain(own.iter().map(|(key, value)| label(key, Tree::text(*value)))).collect();
    let more = [
        ("driftless.dev/component".to_owned(), Expression::from(component.name.as_str())),
        ("driftless.dev/address".to_owned(), address_expression(&address, key, repetition)),
    ];
    vec![
        Field::attribute("name", format!("{project}-{volume}"), Expression::Template(pieces)),
        Field::blocks("labels", values, vec![labels_block("var.labels", more)]),
    ]
}
