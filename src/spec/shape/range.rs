//! From a least to a greatest number.

/// From a least to a greatest whole number, both included, each optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Range {
    /// The least.
    pub min: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
}

impl Range {
    /// All numbers.
    pub const ANY: Self = Self { min: None, max: None };

    /// From a number on.
    pub const fn at_least(min: i64) -> Self {
        Self { min: Some(min), max: None }
    }

    /// From a number to a number.
    pub const fn between(min: i64, max: i64) -> Self {
        Self { min: Some(min), max: Some(max) }
    }

    /// Whether a number lies in it.
    pub fn contains(self, number: i64) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }

    /// `from 1 to 3`, `from 1 on`, `up to 3`.
    pub fn words(self, show: impl Fn(i64) -> String) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("from {} to {}", show(min), show(max)),
            (Some(min), None) => format!("from {} on", show(min)),
            (None, Some(max)) => format!("up to {}", show(max)),
            (None, None) => "of any size".into(),
        }
    }
}
