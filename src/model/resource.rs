//! What a backend compares and applies.

use super::tree::Tree;
use super::workload::Effect;
use super::{Address, FieldPath, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a process inside a carrier is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// The port inside the carrier.
    pub port: u16,
    /// The port published on the machine, where there is one and it is declared.
    pub published: Option<u16>,
    /// As whom the software is asked; none: nobody in particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Login>,
}

/// As whom the running software is asked: a user and its password, which is a reference until the last moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The user that only reads.
    pub read: Option<(String, Value)>,
    /// The user that repairs.
    pub write: Option<(String, Value)>,
}

/// An address that a resource lives in: without it, the resource cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrier {
    /// The address.
    pub address: Address,
    /// How one gets at what lives there.
    pub reach: Option<Reach>,
}

/// A desired thing: what it must be, whose it is, what comes first.
///
/// How its fields are compared and what a change takes is not here but in its backend's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    pub address: Address,
    /// The component that it belongs to; none where it holds several.
    pub component: Option<String>,
    /// What it must be. Null where only `text` says it.
    pub body: Tree,
    /// The exact text, for a resource that is a file. Compared where the body is null, or equal on both sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether it is a program, for a resource that is a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// The paths that are ours; empty: all that the body holds, and what is added beside it is of no interest unless the table says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owned: Vec<FieldPath>,
    /// What a change of these fields takes, where that differs from the table of its backend.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub effects: BTreeMap<FieldPath, Effect>,
    /// What is applied before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Address>,
    /// What it lives in. A topology has several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carriers: Vec<Carrier>,
    /// Whether a change that loses its data is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    /// Whether it is only compared, never changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observed_only: bool,
}

impl Resource {
    /// A resource of a body alone.
    pub const fn new(address: Address, component: Option<String>, body: Tree) -> Self {
        Self {
            address,
            component,
            body,
            text: None,
            executable: false,
            owned: Vec::new(),
            effects: BTreeMap::new(),
            after: Vec::new(),
            carriers: Vec::new(),
            protect: false,
            observed_only: false,
        }
    }
}
