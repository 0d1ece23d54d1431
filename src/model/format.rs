//! Formats of what is kept, `MAJOR.MINOR`: a newer minor is read, a newer major is refused by name.

/// Why a format is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownFormat {
    /// A newer driftless wrote it.
    Newer,
    /// It is no version, or one that never was.
    NoVersion,
}

/// The major number of a format, from 1 to `newest`.
///
/// # Errors
/// [`UnknownFormat`].
pub fn known_major(format: &str, newest: usize) -> Result<usize, UnknownFormat> {
    let major = format.split('.').next().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match major {
        None | Some("") => Err(UnknownFormat::NoVersion),
        // A number that is too large for this machine is newer still.
        Some(digits) => match digits.parse::<usize>() {
            Ok(0) => Err(UnknownFormat::NoVersion),
            Ok(major) if major <= newest => Ok(major),
            _ => Err(UnknownFormat::Newer),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_minor_is_known_and_a_newer_major_is_not() {
        assert_eq!(["1", "1.0", "1.99"].map(|format| known_major(format, 1)), [Ok(1); 3]);
        assert_eq!(known_major("2.3", 2), Ok(2));
        let newer = ["2.0", "10", "99999999999999999999999.0"];
        assert_eq!(newer.map(|format| known_major(format, 1)), [Err(UnknownFormat::Newer); 3]);
        let none = ["", "x", "0.9", "-1.0", "+1.0", ".1"];
        assert_eq!(none.map(|format| known_major(format, 1)), [Err(UnknownFormat::NoVersion); 6]);
    }
}
