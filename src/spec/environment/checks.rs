//! What the shape cannot say: names that refer to other names of the file, and settings that exclude each other.

use super::read::key_span;
use super::{EnvironmentFile, Spanned, TARGET_KINDS};
use crate::diag::{Diagnostic, Sink, bounded, code, did_you_mean};
use crate::spec::node::Node;
use crate::spec::reference::{RESERVED, has_reference};
use crate::spec::shape::{Form, one_of};

pub fn names(file: &EnvironmentFile, sink: &mut Sink) {
    let targets = file.target.iter().chain(file.components.values().filter_map(|component| component.target.as_ref()));
    for target in targets.chain(file.preview.iter().filter_map(|preview| preview.target.as_ref())) {
        known_target(file, target, sink);
    }
    for (name, component) in &file.components {
        if RESERVED.contains(&name.as_str()) {
            let message = format!("a component cannot be called `{name}`: `${{{name}.…}}` means something else");
            let error = Diagnostic::error(code::INVALID_VALUE, component.name_span, message);
            sink.push(error.help(format!("call it anything but {}", one_of(&RESERVED))));
        }
    }
    moved(file, sink);
}

/// An environment is called like its file.
pub fn name_of_file(name: &Spanned<String>, path: &str, sink: &mut Sink) {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml")).unwrap_or(file);
    if name.value != stem && Form::Label.accepts(&name.value) {
        let message = format!("the environment is called `{}`, and its file `{}`", bounded(&name.value), bounded(file));
        let error = Diagnostic::error(code::NAME_MISMATCH, name.span, message);
        sink.push(error.help(format!("write `name: {}`, or leave it out", bounded(stem))));
    }
}

fn known_target(file: &EnvironmentFile, target: &Spanned<String>, sink: &mut Sink) {
    if file.kind_of(&target.value).is_some() || has_reference(&target.value) {
        return;
    }
    let mut known: Vec<&str> = file.targets.keys().map(String::as_str).collect();
    known.extend(TARGET_KINDS.iter().filter(|kind| !file.targets.contains_key(**kind)));
    sink.push(unknown("target", target, &known));
}

fn unknown(what: &str, name: &Spanned<String>, known: &[&str]) -> Diagnostic {
    let message = format!("there is no {what} `{}`", bounded(&name.value));
    let help = match did_you_mean(&name.value, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.is_empty() => format!("the file has no {what}s"),
        None => format!("there is {}", one_of(known)),
    };
    Diagnostic::error(code::UNKNOWN_NAME, name.span, message).help(help)
}

fn moved(file: &EnvironmentFile, sink: &mut Sink) {
    let known: Vec<&str> = file.components.keys().map(String::as_str).collect();
    for (at, entry) in file.moved.iter().enumerate() {
        if !file.components.contains_key(&entry.to.value) {
            sink.push(unknown("component", &entry.to, &known));
        }
        if file.components.contains_key(&entry.from.value) {
            let message = format!("`{}` was moved, and is still a component", bounded(&entry.from.value));
            let error = Diagnostic::error(code::UNKNOWN_NAME, entry.from.span, message);
            sink.push(error.help("remove the entry of `moved`, or the component"));
        }
        if let Some(first) = file.moved[..at]
            .iter()
            .find(|other| other.from.value == entry.from.value || other.to.value == entry.to.value)
        {
            let message = format!(
                "`{}` to `{}`: one of the two is in another entry of `moved`",
                bounded(&entry.from.value),
                bounded(&entry.to.value)
            );
            let error = Diagnostic::error(code::UNKNOWN_NAME, entry.from.span, message);
            sink.push(error.label(first.from.span, "the other one").help("a component is renamed once, to one name"));
        }
    }
}

pub fn settings(file: &EnvironmentFile, node: &Node, sink: &mut Sink) {
    let windows = node.get("policy").and_then(|policy| policy.get("windows"));
    if let Some(windows) = windows.filter(|windows| !windows.elements().is_empty()) {
        let error =
            Diagnostic::error(code::NOT_IMPLEMENTED, windows.span, "`windows` is not implemented in this version");
        sink.push(error.help("leave the list empty"));
    }
    let inputs = node.get("preview").and_then(|preview| preview.get("with")).map(Node::entries).unwrap_or_default();
    let known: Vec<&str> = file.components.keys().map(String::as_str).collect();
    for entry in inputs.iter().filter(|entry| !file.components.contains_key(&entry.key)) {
        let name = Spanned { value: entry.key.clone(), span: entry.key_span };
        sink.push(unknown("component", &name, &known));
    }
    for (name, target) in &file.targets {
        let apply = target.apply.as_ref().filter(|apply| apply.value != super::APPLY_AS_FILES);
        if let Some(apply) = apply.filter(|_| target.observe_live) {
            let entry = node.get("targets").and_then(|targets| targets.get(name)).unwrap_or(node);
            let message = format!(
                "`observe: live` means nothing with `apply: {}`: the live system is compared anyway",
                bounded(&apply.value)
            );
            let warning = Diagnostic::warning(code::SETTING_WITHOUT_EFFECT, key_span(entry, "observe"), message);
            sink.push(warning.help("remove it"));
        }
    }
}
