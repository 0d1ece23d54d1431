//! The reference page of all commands, from the command line's own description.

use super::arguments::command;

/// docs/reference/commands.md.
pub fn commands() -> String {
    let mut page = String::from(
        "# Commands and exit codes\n\n<!-- Generated from the program; `driftless --help` says the same. -->\n\n",
    );
    page.push_str(EXIT_CODES);
    let mut whole = command().term_width(110);
    whole.build();
    page.push_str("## Options of every command\n\n");
    rows(&mut page, whole.get_arguments().filter(|argument| argument.is_global_set()));
    for one in whole.get_subcommands() {
        if one.get_name() == "help" {
            continue;
        }
        section(&mut page, &mut one.clone(), one.get_name(), 2);
    }
    page
}

fn section(page: &mut String, command: &mut clap::Command, name: &str, level: usize) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    page.push_str(&format!("{} `driftless {name}`\n\n{about}.\n\n", "#".repeat(level)));
    let nested: Vec<_> = command.get_subcommands().filter(|one| one.get_name() != "help").cloned().collect();
    if nested.is_empty() {
        let usage = command.render_usage().to_string().replace("Usage: ", "");
        page.push_str(&format!("```text\n{}\n```\n\n", usage.trim()));
        arguments(page, command);
    }
    for mut one in nested {
        let name = format!("{name} {}", one.get_name());
        section(page, &mut one, &name, level + 1);
    }
}

fn arguments(page: &mut String, command: &clap::Command) {
    let clap_adds = |argument: &clap::Arg| argument.get_id() == "help" || argument.get_id() == "version";
    rows(page, command.get_arguments().filter(|argument| !argument.is_global_set() && !clap_adds(argument)));
}

fn rows<'a>(page: &mut String, arguments: impl Iterator<Item = &'a clap::Arg>) {
    let rows: Vec<String> = arguments.map(row).collect();
    if !rows.is_empty() {
        page.push_str(&format!("| argument | meaning |\n|---|---|\n{}\n", rows.concat()));
    }
}

fn row(argument: &clap::Arg) -> String {
    let takes_value = argument.get_action().takes_values();
    let value = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let name = match (argument.get_long(), value) {
        (Some(long), Some(value)) if takes_value => format!("--{long} {value}"),
        (Some(long), _) => format!("--{long}"),
        (None, value) => value.unwrap_or_else(|| argument.get_id().to_string()),
    };
    let short = argument.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let meaning = format!("{help}{}{}", choices(argument), default(argument));
    format!("| `{}` | {} |\n", cell(&format!("{short}{name}")), cell(&meaning))
}

/// The words that an argument takes, where they are few.
fn choices(argument: &clap::Arg) -> String {
    let words: Vec<_> = argument.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
    if words.is_empty() || !argument.get_action().takes_values() {
        String::new()
    } else {
        format!(": {}", words.join(", "))
    }
}

fn default(argument: &clap::Arg) -> String {
    let values: Vec<_> =
        argument.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if values.is_empty() || !argument.get_action().takes_values() {
        String::new()
    } else {
        format!(" (default {})", values.join(", "))
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

const EXIT_CODES: &str = "| code | meaning |\n|---|---|\n\
    | 0 | done, nothing to report |\n\
    | 1 | an error |\n\
    | 2 | changes (`plan --detailed-exitcode`, `render --check`, `diff`), or drift |\n\
    | 3 | incomplete: something could not be read, or was only partly applied |\n\
    | 4 | denied by policy |\n\
    | 5 | a stale or altered plan |\n\
    | 6 | locked by someone else |\n\
    | 64 | wrong usage |\n\
    | 70 | a bug in driftless |\n\
    | 128+n | ended by signal n |\n\n\
    Where several hold, the first of 70, 64, 1, 6, 5, 4, 3, 2, 0 is given. Standard output carries only the result; everything else goes to\n\
    standard error.\n\n";
