//! The place in Git that a field comes from, found by changing what is written and looking at what moves.
//!
//! Rendering is pure and quick, so this works through any template, and the answer is verified by the way it is found: a mover is
//! something whose change did change the field.

mod fields;
mod moved;
mod rank;

pub use fields::fields;

use crate::model::{Address, FieldPath, Tree};
use crate::plan::{Located, Places, Question, Source};
use moved::{Asked, Moved, Moves};
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

/// Body and exact text of a resource.
pub type Content = (Tree, Option<String>);

/// What an environment renders to.
pub type Rendering = BTreeMap<Address, Content>;

/// What a change makes of an environment: the resources that it may have changed; none: they are gone.
pub type Changed = BTreeMap<Address, Option<Content>>;

/// Something whose leaves can be changed one at a time.
pub trait Perturbable {
    /// One change of one leaf, within its type: another value, or its removal.
    type Edit;

    /// The leaves, in document order.
    fn leaves(&self) -> Vec<Leaf>;

    /// The numbers of leaves that move none of these fields, as far as that is known without trying them.
    fn idle(&self, asked: &[&Question]) -> BTreeSet<usize>;

    /// The changes that are tried on the leaf of that number.
    fn edits(&self, leaf: usize) -> Vec<Self::Edit>;

    /// What is rendered when nothing is changed; none: it cannot be.
    fn base(&self) -> Option<&Rendering>;

    /// What a change changes; none: it cannot be rendered any more. All of the environment, whatever is asked for: how many fields a
    /// change moves decides which place is told, and that must not depend on the question.
    fn render(&self, edit: &Self::Edit) -> Option<Changed>;

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
pub fn locate<P: Perturbable + Sync>(perturbable: &P, wanted: &[Question], depth: Depth) -> Places {
    let mut search = Search::new(perturbable, wanted);
    search.sweep(|leaf| leaf.in_repository);
    let unsettled = |movers: &[rank::Mover]| !movers.iter().any(|mover| mover.keeps_address && mover.moves_lines);
    let open: BTreeSet<usize> =
        search.fields().filter(|at| depth == Depth::Everything || unsettled(&search.movers[*at])).collect();
    if !open.is_empty() {
        search.only = open;
        search.sweep(|leaf| !leaf.in_repository);
    }
    let place = |(question, movers): (&Question, &Vec<rank::Mover>)| {
        (question.key(), rank::rank(&search.leaves, movers, perturbable.owner(&question.address)))
    };
    wanted.iter().zip(&search.movers).map(place).collect()
}

/// A search for the movers of some fields.
struct Search<'a, P> {
    perturbable: &'a P,
    wanted: &'a [Question],
    /// What is rendered when nothing is changed; none where nothing is to be searched.
    base: Option<&'a Rendering>,
    leaves: Vec<Leaf>,
    /// For each wanted field, what moves it.
    movers: Vec<Vec<rank::Mover>>,
    /// The fields that are searched for.
    only: BTreeSet<usize>,
}

impl<'a, P: Perturbable + Sync> Search<'a, P> {
    fn new(perturbable: &'a P, wanted: &'a [Question]) -> Self {
        let asked = wanted.iter().any(|question| question.value);
        let base = if asked { perturbable.base() } else { None };
        let leaves = if base.is_some() { perturbable.leaves() } else { Vec::new() };
        let movers = vec![Vec::new(); wanted.len()];
        let mut search = Self { perturbable, wanted, base, leaves, movers, only: BTreeSet::new() };
        search.only = search.fields().collect();
        search
    }

    /// The numbers of the fields that something can move.
    fn fields(&self) -> impl Iterator<Item = usize> + use<'a, P> {
        let wanted = self.wanted;
        (0..wanted.len()).filter(|at| wanted[*at].value)
    }

    fn sweep(&mut self, chosen: impl Fn(&Leaf) -> bool) {
        let Some(base) = self.base else { return };
        let asked = Asked::new(base, self.wanted, &self.only);
        let questions: Vec<&Question> = self.only.iter().map(|at| &self.wanted[*at]).collect();
        let idle = self.perturbable.idle(&questions);
        let tried = |leaf: &usize| chosen(&self.leaves[*leaf]) && !idle.contains(leaf);
        let leaves: Vec<usize> = (0..self.leaves.len()).filter(tried).collect();
        for (field, mover) in each(&leaves, |leaf| self.moved_by(&asked, leaf)).into_iter().flatten() {
            self.movers[field].push(mover);
        }
    }

    /// The fields that changes of one leaf move.
    fn moved_by(&self, asked: &Asked<'_>, leaf: usize) -> Vec<(usize, rank::Mover)> {
        let edits = self.perturbable.edits(leaf);
        let moves =
            edits.iter().filter_map(|edit| self.perturbable.render(edit)).map(|changed| asked.moved_by(&changed));
        let found = moves.flat_map(|Moves { fields, total }| {
            let mover = move |Moved { field, keeps_address, moves_lines, keeps_field }| {
                (field, rank::Mover { leaf, keeps_address, moves_lines, keeps_field, total })
            };
            fields.into_iter().map(mover)
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
    let question = Question::new(address.clone(), path.clone());
    locate(perturbable, std::slice::from_ref(&question), Depth::Everything).remove(&question.key()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
