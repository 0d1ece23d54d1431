//! What reading leaves behind, whoever reads: the texts, what is wrong with them, and their digests.

use crate::diag::{Sink, SourceMap};
use crate::model::Digest;
use std::collections::BTreeMap;

/// What reading leaves behind.
#[derive(Debug)]
pub struct Ledger<'a> {
    /// The texts that spans point into.
    pub sources: &'a mut SourceMap,
    /// What is wrong with them.
    pub sink: &'a mut Sink,
    /// The digest of each file, by path.
    pub digests: &'a mut BTreeMap<String, Digest>,
}
