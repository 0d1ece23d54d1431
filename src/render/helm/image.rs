//! An image reference and its parts.

/// `repository[:tag][@digest]`; joined again they are the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    /// Registry and path.
    pub repository: String,
    /// The tag, or nothing.
    pub tag: String,
    /// The digest, or nothing.
    pub digest: String,
}

impl ImageReference {
    /// The parts of a reference. A `:` before the last `/` belongs to the registry's port.
    pub fn parse(reference: &str) -> Self {
        let (name, digest) = reference.split_once('@').unwrap_or((reference, ""));
        let after_path = name.rfind('/').map_or(0, |at| at + 1);
        let (repository, tag) = match name[after_path..].find(':') {
            Some(at) => (&name[..after_path + at], &name[after_path + at + 1..]),
            None => (name, ""),
        };
        Self { repository: repository.into(), tag: tag.into(), digest: digest.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_tag_and_a_digest_may_follow_one() {
        let cases = [
            ("redis", ["redis", "", ""]),
            ("redis:7.4.1", ["redis", "7.4.1", ""]),
            ("localhost:5000/a/b", ["localhost:5000/a/b", "", ""]),
            ("localhost:5000/a/b:1@sha256:ab", ["localhost:5000/a/b", "1", "sha256:ab"]),
            ("a@sha256:ab", ["a", "", "sha256:ab"]),
        ];
        for (reference, [repository, tag, digest]) in cases {
            let parsed = ImageReference::parse(reference);
            assert_eq!([&*parsed.repository, &*parsed.tag, &*parsed.digest], [repository, tag, digest], "{reference}");
        }
    }
}
