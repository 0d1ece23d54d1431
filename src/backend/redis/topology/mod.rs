//! What several servers are together, told in the words in which it is declared: a cluster of shards, or a master with replicas.
//!
//! Never: asks a server; counts who is master as a property (roles move by themselves).
//!
//! Invariants: what is well has the declared body exactly; each trouble adds a field of its own; an unseen member is no trouble as
//! long as those that are seen call it well.

mod cluster;
mod nodes;
mod sentinel;

pub use cluster::{Cluster, View};
pub use nodes::{Seen, nodes};
pub use sentinel::{Role, body as sentinel_body, masters, role, watched_body};
