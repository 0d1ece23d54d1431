//! The cases of the modules: `modules/*/tests/*.yaml`.

use super::cases::Case;

/// Every case of every module of the repository.
pub fn cases() -> Vec<Case> {
    Vec::new()
}
