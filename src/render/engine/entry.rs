//! The small script that stands before a command: it makes variables of secret files, and skips what is already done.

use super::{Context, UnitFile, UnitSecret};
use crate::diag::{Diagnostic, SECRET_NEEDS_COMMAND};
use crate::model::{Component, Container, Part, Value, Workload};

/// Where the script lies in a container.
pub const ENTRY_PATH: &str = "/usr/local/bin/driftless-entry";

/// Text as one word of a POSIX shell.
pub fn shell_quote(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '=' | ',' | '+' | '@' | '%');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A value as one word of a POSIX shell. A part that is not known yet must not hold a quote.
fn quote_value(value: &Value) -> Value {
    if let Some(text) = value.as_literal() {
        return Value::literal(shell_quote(text));
    }
    let mut quoted = Value::literal("'");
    for part in value.parts() {
        quoted.push(match part {
            Part::Literal(text) => Part::Literal(text.replace('\'', "'\\''")),
            other => other.clone(),
        });
    }
    quoted.push(Part::Literal("'".into()));
    quoted
}

/// What the script of a container must do.
pub(super) struct Entry<'e> {
    /// Variables, and the files that hold their values.
    pub variables: &'e [(String, UnitSecret)],
    /// A command that says that nothing is left to do.
    pub check: Option<Vec<Value>>,
}

impl Entry<'_> {
    fn is_needed(&self) -> bool {
        !self.variables.is_empty() || self.check.is_some()
    }

    fn script(&self) -> Value {
        let mut script = Value::literal("#!/bin/sh\nset -eu\n");
        let mut text = |line: String| script.push(Part::Literal(line));
        if !self.variables.is_empty() {
            text("load() {\n  value=\"$(cat \"$2\" && printf .)\"\n  export \"$1=${value%.}\"\n}\n".into());
        }
        for (name, secret) in self.variables {
            text(format!("load {name} {}\n", shell_quote(&secret.path)));
        }
        if let Some(check) = &self.check {
            text("if".into());
            for word in check {
                script.push(Part::Literal(" ".into()));
                quote_value(word).parts().iter().for_each(|part| script.push(part.clone()));
            }
            script.push(Part::Literal("; then\n  exit 0\nfi\n".into()));
        }
        script.push(Part::Literal("exec \"$@\"\n".into()));
        script
    }
}

impl Context<'_, '_> {
    /// Puts the script before the command, where one is needed.
    pub(super) fn entry(
        &mut self,
        component: &Component,
        (workload, container): (&Workload, &Container),
        entry: &Entry<'_>,
        entrypoint: &mut Option<Vec<Value>>,
        files: &mut Vec<UnitFile>,
    ) {
        if !entry.is_needed() {
            return;
        }
        let Some(command) = entrypoint else {
            self.no_command(component, workload, entry);
            return;
        };
        command.insert(0, Value::literal(ENTRY_PATH));
        let name =
            if container.name == main_name(workload) { "entry".into() } else { format!("{}-entry", container.name) };
        files.push(UnitFile {
            name: format!("{}-{name}", workload.name),
            path: ENTRY_PATH.into(),
            content: entry.script(),
            mode: 0o555,
            format: crate::model::FileFormat::Text,
            entries: Vec::new(),
        });
    }

    fn no_command(&mut self, component: &Component, workload: &Workload, entry: &Entry<'_>) {
        let (input, what) = match entry.variables.first() {
            Some((name, _)) => {
                (format!("env.{name}"), format!("environment variable `{name}` of `{}` holds a secret", workload.name))
            }
            None => ("command".into(), format!("`{}` is guarded by a check", workload.name)),
        };
        let message = format!("{what}, and the container declares no command that could be started with it");
        let help = match entry.variables.first() {
            Some((_, secret)) => {
                format!("declare `command`, or let the program read the secret from `{}`", secret.path)
            }
            None => "declare `command`".into(),
        };
        self.sink.push(Diagnostic::error(SECRET_NEEDS_COMMAND, component.place_of(&input), message).help(help));
    }
}

fn main_name(workload: &Workload) -> &str {
    workload.containers.first().map_or("", |container| &container.name)
}
