//! The target-neutral model of an environment, and the types that every later room passes on.
//!
//! Never: knows a target or a backend by name, does I/O, holds a secret's value (a [`SecretRef`](value::Part) is a name).
//!
//! Invariants: everything that is serialised has a deterministic order; an [`Address`] and a [`FieldPath`] parse back from what they print.

pub mod address;
pub mod applier;
pub mod component;
pub mod digest;
pub mod field_path;
#[cfg(test)]
pub mod fixture;
pub mod format;
pub mod glob;
pub mod preview;
pub mod quantity;
pub mod resource;
pub mod scope;
pub mod scrub;
pub mod secret_value;
pub mod tree;
pub mod value;
pub mod workload;

pub use address::Address;
pub use applier::Applier;
pub use component::{
    ApplyMode, Component, DriftSettings, Environment, GitSettings, IgnoreRule, Instance, LiveExpectation, Loss, Model,
    ModuleRef, Moved, Output, Patch, Revision, SecretSource,
};
pub use digest::Digest;
pub use field_path::{FieldPath, Segment};
pub use format::{UnknownFormat, known_major};
pub use preview::{Preview, PreviewSettings};
pub use resource::{Carrier, Login, Reach, Resource};
pub use scope::{Scope, ScopeInstance};
pub use scrub::scrub;
pub use secret_value::SecretValue;
pub use tree::{Float, Tree};
pub use value::{EndpointPart, Part, Value};
pub use workload::{
    Bootstrap, Condition, ConfigFile, Container, Dependency, Effect, EntryEffect, Exposure, FileFormat, Mount, Port,
    Probe, ProbeAction, Probes, Protocol, Resources, Retention, SecretFile, Security, UpdateOrder, Volume, Workload,
    WorkloadKind,
};
