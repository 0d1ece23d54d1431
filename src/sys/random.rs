//! What nobody can guess.

use std::io;

/// Random bytes of the system.
///
/// # Errors
/// When the system has none.
pub fn bytes(count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}
