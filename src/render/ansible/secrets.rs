//! How secrets reach a container: as files on the host that only its user can read, mounted; never in its description.

use super::health::quote;
use super::name::{file_name, name_in_title};
use super::role::Scope;
use super::task::{RoleFile, Task};
use crate::diag::{BOOTSTRAP_NEEDS_COMMAND, Diagnostic, SECRET_IN_ARGUMENT, SECRET_NEEDS_COMMAND};
use crate::model::{Bootstrap, Container, Part, Value, Workload};
use crate::render::yaml::Node;

/// Where the entry script finds variables, one file each.
const ENVIRONMENT: &str = "/run/driftless/env";
/// Where the entry script is mounted.
const ENTRY_SCRIPT: &str = "/run/driftless/entrypoint";

/// Whether a variable of its environment is sensitive.
pub fn has_environment(container: &Container) -> bool {
    container.env.values().any(Value::is_sensitive)
}

/// Whether a file with a secret is written for it.
pub fn needs_folder(container: &Container) -> bool {
    has_environment(container) || !container.secret_files.is_empty()
}

/// The variables that everybody may see.
pub fn plain_environment(container: &Container) -> impl Iterator<Item = (&String, &Value)> {
    container.env.iter().filter(|(_, value)| !value.is_sensitive())
}

/// Reports secrets that cannot be handed over.
pub fn check(scope: &Scope<'_>, workload: &Workload) {
    for container in &workload.containers {
        let secret = container.env.iter().find(|(_, value)| value.is_sensitive()).map(|(name, _)| name);
        if let (Some(name), None) = (secret, &container.command) {
            let message = format!("`{}` has a secret in its environment, and its command is not known", workload.name);
            let help = "declare `command`, or let the program read a secret file";
            let place = scope.component.place_of(&format!("env.{name}"));
            scope.report(Diagnostic::error(SECRET_NEEDS_COMMAND, place, message).help(help));
        }
        if workload.bootstrap.is_some() && container.command.is_none() {
            let message = format!("`{}` is guarded by a check, and its command is not known", workload.name);
            scope.report(
                Diagnostic::error(BOOTSTRAP_NEEDS_COMMAND, scope.component.span, message).help("declare `command`"),
            );
        }
        let words = container.command.iter().chain(&container.args).flatten();
        let files = container.files.values().map(|file| &file.content);
        if words.chain(files).chain([&container.image]).any(Value::is_sensitive) {
            let message = format!("`{}` has a secret in an argument, a file or its image", workload.name);
            let help = "hand it over as an environment variable or as a secret file";
            scope.report(Diagnostic::error(SECRET_IN_ARGUMENT, scope.component.span, message).help(help));
        }
    }
}

fn secret_files(container: &Container) -> Vec<(String, String, &Value)> {
    let environment = container.env.iter().filter(|(_, value)| value.is_sensitive());
    let variables =
        environment.map(|(name, value)| (format!("env.{}", file_name(name)), format!("{ENVIRONMENT}/{name}"), value));
    let files = container.secret_files.iter().map(|file| (file_name(&file.path), file.path.clone(), &file.content));
    files.chain(variables).collect()
}

/// The tasks that write secrets to the host.
pub fn files(scope: &Scope<'_>, container: &Container, title: &str, folder: &str) -> Vec<Task> {
    let owner = container.security.user.map_or_else(|| "root".to_owned(), |user| user.to_string());
    let write = |(name, target, content): (String, String, &Value)| {
        let shown = name_in_title(target.rsplit('/').next().unwrap_or(&target));
        Task::new(format!("Write secret {shown} of {title}"), "ansible.builtin.copy")
            .arg("content", scope.settle(content))
            .arg("dest", format!("{folder}/secrets/{name}"))
            .arg("owner", owner.clone())
            .arg("group", "root")
            .arg("mode", "0400")
            .keyword("no_log", Node::Bool(true))
    };
    secret_files(container).into_iter().map(write).collect()
}

/// The script that exports secrets and starts the command.
pub fn entry_script(scope: &Scope<'_>, title: &str, folder: &str) -> Task {
    let mut task = Task::new(format!("Write the entry script of {title}"), "ansible.builtin.copy")
        .arg("content", scope.entry_script.clone())
        .arg("dest", format!("{folder}/entrypoint.sh"))
        .arg("owner", "root")
        .arg("group", "root")
        .arg("mode", "0755");
    task.file = Some(RoleFile { name: "entrypoint.sh".into() });
    task
}

/// What is mounted for secrets: path on the host, path in the container.
pub fn mounts(container: &Container, folder: &str) -> Vec<(String, String)> {
    let script = has_environment(container).then(|| (format!("{folder}/entrypoint.sh"), ENTRY_SCRIPT.to_owned()));
    let files =
        secret_files(container).into_iter().map(|(name, target, _)| (format!("{folder}/secrets/{name}"), target));
    script.into_iter().chain(files).collect()
}

/// Entry point and command, with the entry script and the check of a bootstrap in front.
pub fn command(container: &Container, bootstrap: Option<&Bootstrap>) -> (Option<Vec<Value>>, Option<Vec<Value>>) {
    let mut front: Vec<Value> = Vec::new();
    if has_environment(container) {
        front.push(ENTRY_SCRIPT.into());
    }
    if let Some(bootstrap) = bootstrap {
        front.extend(["/bin/sh".into(), "-c".into(), guard(bootstrap), "bootstrap".into()]);
    }
    let Some(command) = container.command.clone().filter(|_| !front.is_empty()) else {
        return (container.command.clone(), container.args.clone());
    };
    let rest = command.into_iter().chain(container.args.iter().flatten().cloned()).collect();
    (Some(front), Some(rest))
}

/// A script that does nothing where the check says that nothing is left to do, else its arguments.
fn guard(bootstrap: &Bootstrap) -> Value {
    let mut parts = vec![Part::Literal("if".into())];
    for word in &bootstrap.check {
        parts.push(Part::Literal(" ".into()));
        parts.extend(quote(word).parts().iter().cloned());
    }
    parts.push(Part::Literal("; then exit 0; fi\nexec \"$@\"".into()));
    Value::from_parts(parts)
}
