//! The place in Git that a field comes from, found by changing what is written and looking at what moves.
//!
//! Rendering is pure and quick, so this works through any template, and the answer is verified by the way it is found: a mover is
//! something whose change did change the field.

mod fields;
mod moved;
mod rank;

pub use fields::fields;

use crate::model::{Address, FieldPath, Tree};
use crate::plan::{Located, Places, Source};
use moved::{Asked, Moves};
use std::collections::{BTreeMap, BTreeSet};

/// A scalar that somebody wrote: in an environment file, as the default of a module's input, as a literal of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// Where it stands.
    pub place: Source,
    /// Whether that is a file of the repository, so that a user can edit it.
    pub in_repository: bool,
    /// Its merge layer: what is merged later has a higher one. Defaults and literals of modules lie below all files.
    pub layer: u32,
}

/// What an environment renders to: body and exact text by address.
pub type Rendering = BTreeMap<Address, (Tree, Option<String>)>;

/// Something whose leaves can be changed one at a time.
pub trait Perturbable {
    /// One change of one leaf, within its type: another value, or its removal.
    type Edit;

    /// The leaves that can move any of these addresses, in document order.
    fn leaves(&self, addresses: &BTreeSet<Address>) -> Vec<Leaf>;

    /// The changes that are tried on the leaf of that number.
    fn edits(&self, leaf: usize) -> Vec<Self::Edit>;

    /// What is rendered after a change (or without one), at least these addresses; none: it cannot be rendered any more.
    fn render(&self, edit: Option<&Self::Edit>, addresses: &BTreeSet<Address>) -> Option<Rendering>;

    /// The place of what stands for all that an address is: the `module:` line of its component, or the `targets:` entry of its
    /// instance where no component owns it.
    fn owner(&self, address: &Address) -> Option<Source>;
}

/// Finds the places of fields. One sweep over the leaves answers for all of them. The empty path asks for the resource itself.
pub fn locate<P: Perturbable>(perturbable: &P, wanted: &[(Address, FieldPath)]) -> Places {
    let addresses: BTreeSet<Address> =
        wanted.iter().filter(|(_, path)| !path.0.is_empty()).map(|(address, _)| address.clone()).collect();
    let moves = sweep(perturbable, &addresses, wanted);
    let leaves = moves.as_ref().map_or(&[][..], |(leaves, _)| leaves);
    let place = |at: usize| {
        let (address, path) = &wanted[at];
        let movers = moves.as_ref().map_or(&[][..], |(_, found)| &found[at]);
        let located = rank::rank(leaves, movers, perturbable.owner(address));
        ((address.clone(), path.clone()), located)
    };
    (0..wanted.len()).map(place).collect()
}

type Swept = (Vec<Leaf>, Vec<Vec<rank::Mover>>);

/// For each wanted field, the leaves that move it.
fn sweep<P: Perturbable>(
    perturbable: &P,
    addresses: &BTreeSet<Address>,
    wanted: &[(Address, FieldPath)],
) -> Option<Swept> {
    if addresses.is_empty() {
        return None;
    }
    let base = perturbable.render(None, addresses)?;
    let asked = Asked::new(&base, wanted);
    let leaves = perturbable.leaves(addresses);
    let mut found = vec![Vec::new(); wanted.len()];
    for leaf in 0..leaves.len() {
        for edit in perturbable.edits(leaf) {
            let Some(rendering) = perturbable.render(Some(&edit), addresses) else { continue };
            let Moves { fields, total } = asked.moved_by(&rendering);
            for (field, keeps_address) in fields {
                found[field].push(rank::Mover { leaf, keeps_address, total });
            }
        }
    }
    Some((leaves, found))
}

/// The place of one field.
pub fn locate_one<P: Perturbable>(perturbable: &P, address: &Address, path: &FieldPath) -> Located {
    let wanted = (address.clone(), path.clone());
    locate(perturbable, std::slice::from_ref(&wanted)).remove(&wanted).unwrap_or_default()
}

#[cfg(test)]
mod tests;
