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

    /// What is rendered after a change (or without one); none: it cannot be rendered any more. All of the environment, whatever is asked
    /// for: how many fields a change moves decides which place is told, and that must not depend on the question.
    fn render(&self, edit: Option<&Self::Edit>) -> Option<Rendering>;

    /// The place of what stands for all that an address is: the `module:` line of its component, or the `targets:` entry of its
    /// instance where no component owns it.
    fn owner(&self, address: &Address) -> Option<Source>;
}

/// How far the search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Until each field has its source. Leaves that nobody can edit are only tried for fields that nothing else moves, so that what they
    /// add to the movers of the others is not told.
    Source,
    /// All leaves, for all fields.
    Everything,
}

/// Finds the places of fields. One sweep over the leaves answers for all of them. The empty path asks for the resource itself.
///
/// The source is the same at either depth: what can be edited goes before what cannot, so the latter has no say where the former was found.
pub fn locate<P: Perturbable + Sync>(perturbable: &P, wanted: &[(Address, FieldPath)], depth: Depth) -> Places {
    let mut search = Search::new(perturbable, wanted);
    search.sweep(|leaf| leaf.in_repository);
    let unsettled = |movers: &[rank::Mover]| !movers.iter().any(|mover| mover.keeps_address);
    let open: BTreeSet<usize> =
        search.fields().filter(|at| depth == Depth::Everything || unsettled(&search.movers[*at])).collect();
    if !open.is_empty() {
        search.only = open;
        search.sweep(|leaf| !leaf.in_repository);
    }
    let place = |((address, path), movers): (&(Address, FieldPath), &Vec<rank::Mover>)| {
        let located = rank::rank(&search.leaves, movers, perturbable.owner(address));
        ((address.clone(), path.clone()), located)
    };
    wanted.iter().zip(&search.movers).map(place).collect()
}

/// A search for the movers of some fields.
struct Search<'a, P> {
    perturbable: &'a P,
    wanted: &'a [(Address, FieldPath)],
    /// What is rendered when nothing is changed; empty where nothing can be.
    base: Rendering,
    leaves: Vec<Leaf>,
    /// For each wanted field, what moves it.
    movers: Vec<Vec<rank::Mover>>,
    /// The fields that are searched for.
    only: BTreeSet<usize>,
}

impl<'a, P: Perturbable + Sync> Search<'a, P> {
    fn new(perturbable: &'a P, wanted: &'a [(Address, FieldPath)]) -> Self {
        let inner = wanted.iter().filter(|(_, path)| !path.0.is_empty());
        let addresses: BTreeSet<Address> = inner.map(|(address, _)| address.clone()).collect();
        let base = if addresses.is_empty() { None } else { perturbable.render(None) };
        let leaves = if base.is_some() { perturbable.leaves(&addresses) } else { Vec::new() };
        let movers = vec![Vec::new(); wanted.len()];
        let (base, only) = (base.unwrap_or_default(), BTreeSet::new());
        let mut search = Self { perturbable, wanted, base, leaves, movers, only };
        search.only = search.fields().collect();
        search
    }

    /// The numbers of the fields that something can move.
    fn fields(&self) -> impl Iterator<Item = usize> + use<'a, P> {
        let wanted = self.wanted;
        (0..wanted.len()).filter(|at| !wanted[*at].1.0.is_empty())
    }

    fn sweep(&mut self, chosen: impl Fn(&Leaf) -> bool) {
        let asked = Asked::new(&self.base, self.wanted, &self.only);
        let leaves: Vec<usize> = (0..self.leaves.len()).filter(|leaf| chosen(&self.leaves[*leaf])).collect();
        for (field, mover) in each(&leaves, |leaf| self.moved_by(&asked, leaf)).into_iter().flatten() {
            self.movers[field].push(mover);
        }
    }

    /// The fields that changes of one leaf move.
    fn moved_by(&self, asked: &Asked<'_>, leaf: usize) -> Vec<(usize, rank::Mover)> {
        let edits = self.perturbable.edits(leaf);
        let renderings = edits.iter().filter_map(|edit| self.perturbable.render(Some(edit)));
        let moves = renderings.map(|rendering| asked.moved_by(&rendering));
        let found = moves.flat_map(|Moves { fields, total }| {
            fields.into_iter().map(move |(field, keeps_address)| (field, rank::Mover { leaf, keeps_address, total }))
        });
        found.collect()
    }
}

/// Calls a function for each leaf; the results stand in the order of the leaves.
#[cfg(feature = "live")]
fn each<T: Send>(leaves: &[usize], call: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    use rayon::prelude::*;
    leaves.par_iter().map(|leaf| call(*leaf)).collect()
}

/// Calls a function for each leaf; the results stand in the order of the leaves.
#[cfg(not(feature = "live"))]
fn each<T>(leaves: &[usize], call: impl Fn(usize) -> T) -> Vec<T> {
    leaves.iter().map(|leaf| call(*leaf)).collect()
}

/// The place of one field, with all that moves it.
pub fn locate_one<P: Perturbable + Sync>(perturbable: &P, address: &Address, path: &FieldPath) -> Located {
    let wanted = (address.clone(), path.clone());
    locate(perturbable, std::slice::from_ref(&wanted), Depth::Everything).remove(&wanted).unwrap_or_default()
}

#[cfg(test)]
mod tests;
