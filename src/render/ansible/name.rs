//! The names of objects where Ansible has them: as files, and in the titles of tasks.

/// The name of an object as the name of a file: what could be none is written as `+` and its number.
pub fn file_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let written: String =
        name.chars().map(|c| if plain(c) { c.to_string() } else { format!("+{:x}", u32::from(c)) }).collect();
    match written.strip_prefix('.') {
        Some(rest) => format!("+2e{rest}"),
        None => written,
    }
}

/// The name of an object in the name of a task, which Ansible templates.
pub fn name_in_title(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !matches!(c, '{' | '}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_stay_in_their_folder_and_apart() {
        let names = ["app.conf", "..", "a/b", "a_b", ".env"].map(file_name);
        assert_eq!(names, ["app.conf", "+2e.", "a+2fb", "a_b", "+2eenv"]);
    }
}
