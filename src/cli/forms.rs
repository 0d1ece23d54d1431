//! Which forms of a result each command has.

use super::arguments::{Command, Format, Module, Preview};
use crate::ops::OpsError;
use clap::ValueEnum as _;

const TEXT_ALONE: &[Format] = &[Format::Human];
const DATA: &[Format] = &[Format::Human, Format::Json];
const COMMENT: &[Format] = &[Format::Human, Format::Json, Format::Markdown];
const ANNOTATIONS: &[Format] = &[Format::Human, Format::Json, Format::Github];

/// The name of a command as it is typed, and the forms of its result.
const fn forms(command: &Command) -> (&'static str, &'static [Format]) {
    match command {
        Command::Init(_) => ("init", DATA),
        Command::Validate(_) => ("validate", ANNOTATIONS),
        Command::Render(_) => ("render", DATA),
        Command::Diff(_) => ("diff", COMMENT),
        Command::Plan(_) => ("plan", COMMENT),
        Command::Apply(_) => ("apply", COMMENT),
        Command::Drift(_) => ("drift", COMMENT),
        Command::Adopt(_) => ("adopt", DATA),
        Command::Set(_) => ("set", DATA),
        Command::Status(_) => ("status", DATA),
        Command::History(_) => ("history", DATA),
        Command::Rollback(_) => ("rollback", COMMENT),
        Command::Destroy(_) => ("destroy", COMMENT),
        Command::Preview(Preview::Up(_)) => ("preview up", DATA),
        Command::Preview(Preview::Down(_)) => ("preview down", DATA),
        Command::Preview(Preview::List(_)) => ("preview list", DATA),
        Command::Preview(Preview::Reap(_)) => ("preview reap", DATA),
        Command::Explain(_) => ("explain", DATA),
        Command::Module(Module::List) => ("module list", DATA),
        Command::Module(Module::Show { .. }) => ("module show", TEXT_ALONE),
        Command::Module(Module::Test { .. }) => ("module test", DATA),
        Command::Schema(_) => ("schema", DATA),
        Command::Completions(_) => ("completions", TEXT_ALONE),
        Command::Doctor => ("doctor", DATA),
        Command::Demo(_) => ("demo", TEXT_ALONE),
    }
}

/// Refuses a form that a command does not have, before anything is done.
///
/// # Errors
/// When the command has no such form (64).
pub fn check(command: &Command, form: Format) -> Result<(), OpsError> {
    let (name, forms) = forms(command);
    if forms.contains(&form) {
        return Ok(());
    }
    let known: Vec<String> = forms.iter().map(|form| format!("`{}`", word(*form))).collect();
    Err(OpsError::usage(
        format!("the result of `driftless {name}` has no form `{}`", word(form)),
        format!("it has {}", known.join(", ")),
    ))
}

fn word(form: Format) -> String {
    form.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
