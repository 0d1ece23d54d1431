//! YAML text to spanned nodes to typed environment, module and project files; JSON Schema; edits by byte span.
//!
//! Never: reads the disk (it is handed texts), resolves references, knows a module by name.
//!
//! Invariants: a scalar is never guessed (`no`, `0777` and `1:30` stay text or are refused with a hint); every node knows its bytes; all
//! that is wrong with a file is reported in one run; an edit changes the bytes of its leaf and no other.

mod decode;
pub mod edit;
pub mod environment;
pub mod merge;
pub mod module;
pub mod node;
pub mod pages;
pub mod parse;
pub mod project;
pub mod reference;
pub mod scalar;
pub mod schema;
pub mod shape;

pub use decode::{MAX_BYTES, decode, decode_library, too_large};
pub use merge::{merge, strip};
pub use node::{Entry, Node, NodeKind, Scalar, ScalarStyle};
pub use parse::{Parsed, parse, parse_partial};

#[cfg(test)]
mod fixtures;
