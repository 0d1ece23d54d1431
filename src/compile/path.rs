//! Paths within the repository.

/// The folder of a path; empty for one at the root.
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The last piece of a path.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A path that is relative to a folder, from the root. None where it leaves the repository or is no relative path.
pub fn join(folder: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.contains(['\\', '\0', ':']) {
        return None;
    }
    let mut pieces: Vec<&str> = folder.split('/').filter(|piece| !piece.is_empty()).collect();
    for piece in relative.split('/') {
        match piece {
            "" | "." => {}
            ".." => {
                pieces.pop()?;
            }
            piece => pieces.push(piece),
        }
    }
    (!pieces.is_empty()).then(|| pieces.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_repository() {
        let cases = [
            ("base.yaml", Some("environments/base.yaml")),
            ("../shared/base.yaml", Some("shared/base.yaml")),
            ("./x/../base.yaml", Some("environments/base.yaml")),
            ("../../base.yaml", None),
            ("/etc/passwd", None),
            ("C:/base.yaml", None),
            ("..", None),
        ];
        for (relative, expected) in cases {
            assert_eq!(join("environments", relative).as_deref(), expected, "{relative}");
        }
    }
}
