//! The file: lowered objects as YAML, escaped.

use super::Lowered;
use crate::model::{Part, Tree, Value};
use crate::render::Templates;
use crate::render::engine::{Engine, Sensitive, variable_name};
use crate::render::yaml::{self, Entry, Line, Node};

/// Lines at the top, where no template says otherwise.
const HEADER: &str = include_str!("../../../templates/compose/header.txt");

/// The text of `compose.yaml`.
pub fn write(lowered: &Lowered, engine: &Engine<'_>, templates: &dyn Templates) -> String {
    let header = templates.get("compose/header.txt").unwrap_or(HEADER);
    let mut top = vec![Entry::new("name", lowered.project.as_str()).above(Line::Comment(header.trim_end().to_owned()))];
    push_section(&mut top, "services", sections(lowered, "services", true));
    push_section(&mut top, "networks", sections(lowered, "networks", false));
    push_section(&mut top, "volumes", sections(lowered, "volumes", false));
    push_section(&mut top, "configs", sections(lowered, "configs", false));
    push_section(&mut top, "secrets", engine.secrets.iter().map(secret).collect());
    yaml::write(&Node::Map(top))
}

fn push_section(top: &mut Vec<Entry>, key: &str, entries: Vec<Entry>) {
    if !entries.is_empty() {
        top.push(Entry::new(key, Node::Map(entries)).above(Line::Blank));
    }
}

fn sections(lowered: &Lowered, section: &str, spaced: bool) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (name, object) in lowered.section(section) {
        let entry = Entry::new(name, node(object));
        let first = entries.is_empty();
        entries.push(if spaced && !first { entry.above(Line::Blank) } else { entry });
    }
    entries
}

fn secret((name, sensitive): (&String, &Sensitive)) -> Entry {
    let variable = Entry::new("environment", sensitive.variable.as_str());
    let mixed = sensitive.content.parts().len() > 1;
    let variable = if mixed { variable.above(Line::Comment(explained(&sensitive.content))) } else { variable };
    Entry::new(name, Node::Map(vec![variable]))
}

/// What a mixed value is made of, for people who run the file by hand.
fn explained(content: &Value) -> String {
    let parts = content.parts().iter().map(|part| match part {
        Part::Secret(name) => format!("${{{}}}", variable_name(name)),
        other => Value::from_parts([other.clone()]).display(),
    });
    parts.collect()
}

/// A lowered object as YAML.
fn node(tree: &Tree) -> Node {
    Node::from_tree(tree, &mut |value| Node::Text(escape(value)))
}

/// Text as Compose has to find it: `$` doubled; what is known only later as a variable of whoever runs it.
fn escape(value: &Value) -> String {
    let parts = value.parts().iter().map(|part| match part {
        Part::Literal(text) => text.replace('$', "$$"),
        Part::Deferred { component, output, .. } => {
            format!("${{{}:?{component}.{output} is not known}}", variable_name(&format!("{component}-{output}")))
        }
        other => Value::from_parts([other.clone()]).display().replace('$', "$$"),
    });
    parts.collect()
}
