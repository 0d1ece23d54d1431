//! What one rendering may cost: work, memory and depth are counted, so that no template can use up the machine.

/// Units of work one rendering may do. A unit is a step of the evaluator or a byte that is made.
const WORK: u64 = 16 << 20;
/// How large one value may be, in bytes.
pub const LARGEST_VALUE: u64 = 1 << 20;
/// How deep statements, expressions and macro calls may be nested in each other.
const DEPTH: u32 = 150;

/// Why a rendering stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// Too many steps, or too many bytes made.
    #[error("the template does too much: it is stopped after {WORK} steps and bytes")]
    Work,
    /// One value is too large.
    #[error("a value grows beyond {LARGEST_VALUE} bytes")]
    Value,
    /// Too deep.
    #[error("the template is nested more than {DEPTH} levels deep")]
    Depth,
}

/// The counters of one rendering.
#[derive(Debug)]
pub struct Budget {
    work: u64,
    depth: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { work: WORK, depth: 0 }
    }
}

impl Budget {
    /// Pays for work before it is done.
    pub const fn spend(&mut self, units: u64) -> Result<(), Exhausted> {
        match self.work.checked_sub(units) {
            Some(rest) => {
                self.work = rest;
                Ok(())
            }
            None => Err(Exhausted::Work),
        }
    }

    /// Pays for a value of a size before it is made.
    pub const fn make(&mut self, bytes: u64) -> Result<(), Exhausted> {
        if bytes > LARGEST_VALUE { Err(Exhausted::Value) } else { self.spend(bytes) }
    }

    /// Goes one level down; [`Self::leave`] goes back up.
    pub const fn enter(&mut self) -> Result<(), Exhausted> {
        self.depth += 1;
        if self.depth > DEPTH { Err(Exhausted::Depth) } else { self.spend(1) }
    }

    /// Goes one level up.
    pub const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}
