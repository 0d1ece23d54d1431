//! Why a plan is refused.

use crate::diag::Code;
use crate::diag::code::{
    CANNOT_BE_CHANGED, CYCLE_OF_CHANGES, DATA_WOULD_BE_LOST, DUPLICATE_ADDRESS, ONLY_TOO_FINE, PROCEDURE_OVERREACHES,
    TOO_MANY_DELETIONS, WOULD_BE_EMPTIED,
};
use crate::model::{Address, FieldPath};

/// Why a plan is refused. Nothing is changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Changes wait for each other.
    #[error("these changes wait for each other: {}", chain(.cycle))]
    Cycle {
        /// The addresses, each before the one that waits for it; the first is not repeated.
        cycle: Vec<Address>,
    },
    /// Two resources have one address.
    #[error("two resources have the address {address}")]
    Duplicate {
        /// The address.
        address: Address,
    },
    /// A protected resource would lose its data.
    #[error("{action} of {address} would lose its data, and it is protected")]
    DataLoss {
        /// The address.
        address: Address,
        /// `delete` or `replace`.
        action: &'static str,
        /// Why it is needed.
        reason: String,
    },
    /// A field cannot be changed in what exists.
    #[error("{path} of {address} cannot be changed in what exists")]
    Refused {
        /// The address.
        address: Address,
        /// The field.
        path: FieldPath,
    },
    /// More would be deleted than one apply may.
    #[error("{deletions} deletions, and {allowed} are allowed in one apply")]
    TooManyDeletions {
        /// How many there would be.
        deletions: usize,
        /// How many may be.
        allowed: usize,
        /// Some of them.
        examples: Vec<Address>,
    },
    /// The environment declares nothing, and something of it is there.
    #[error(
        "{environment} declares nothing any more, and {existing} things of it are there: nothing is deleted unasked"
    )]
    Empty {
        /// The environment.
        environment: String,
        /// How many would be deleted.
        existing: usize,
    },
    /// The limit is finer than what can be applied.
    #[error("{instance} cannot be limited so finely: {reason}")]
    OnlyTooFine {
        /// The target instance.
        instance: String,
        /// Why.
        reason: String,
    },
    /// Steps of another backend do what they may not: a bug of that backend.
    #[error("the steps around the changes of {instance} go too far: {reason}")]
    Overreach {
        /// The target instance.
        instance: String,
        /// What they do.
        reason: String,
    },
}

fn chain(cycle: &[Address]) -> String {
    let again = cycle.first();
    cycle.iter().chain(again).map(ToString::to_string).collect::<Vec<_>>().join(" -> ")
}

impl PlanError {
    /// The stable code.
    pub const fn code(&self) -> Code {
        match self {
            Self::Cycle { .. } => CYCLE_OF_CHANGES,
            Self::Duplicate { .. } => DUPLICATE_ADDRESS,
            Self::DataLoss { .. } => DATA_WOULD_BE_LOST,
            Self::Refused { .. } => CANNOT_BE_CHANGED,
            Self::TooManyDeletions { .. } => TOO_MANY_DELETIONS,
            Self::Empty { .. } => WOULD_BE_EMPTIED,
            Self::OnlyTooFine { .. } => ONLY_TOO_FINE,
            Self::Overreach { .. } => PROCEDURE_OVERREACHES,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Cycle { .. } => "remove one of the references or `needs` that make the circle".into(),
            Self::Duplicate { .. } => "rename one of the two, or give one of the components another target".into(),
            Self::DataLoss { action: "delete", .. } => {
                "keep the component; or set `protect: false` and apply that first; or allow it with `--delete-data`"
                    .into()
            }
            Self::DataLoss { reason, .. } => {
                format!("{reason}; undo that change, or copy the data, set `protect: false`, apply that, and then this")
            }
            Self::Refused { .. } => "undo that change in Git, or make a new component and move the data to it".into(),
            Self::TooManyDeletions { deletions, examples, .. } => {
                let examples = examples.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                format!("among them {examples}; if that is meant: `--max-deletions {deletions}`")
            }
            Self::Empty { environment, .. } => {
                format!("if that is meant: `--allow-empty`, or `driftless destroy {environment}`")
            }
            Self::OnlyTooFine { .. } => "choose all of it or nothing of it".into(),
            Self::Overreach { .. } => "this is a bug in driftless; please report it with the plan's output".into(),
        }
    }
}
