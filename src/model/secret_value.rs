//! What a secret is: bytes that have no way to be printed or serialised.

/// A secret's value.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    /// Takes a value.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Appends bytes; what it held before in another place of memory is wiped.
    pub fn push(&mut self, more: &[u8]) {
        let joined = [self.0.as_slice(), more].concat();
        self.0.fill(0);
        self.0 = joined;
    }

    /// The bytes, for the one place that hands them to a tool or makes a keyed digest of them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(sensitive)")
    }
}

impl Drop for SecretValue {
    fn drop(&mut self) {
        self.0.fill(0);
    }
}
