//! How values are written where Ansible templates what it reads.
//!
//! Text that holds nothing a template could be is written as it is. Text of a user that looks like one is marked `!unsafe`, so that Ansible never
//! templates it, whatever it is handed on to. Only text with a part that is not known is a template, and its known pieces are written so
//! that templating gives them back.

use crate::model::{Part, Value};
use crate::render::yaml::{self, Node};

/// The extra variable that holds a secret's value.
pub fn secret_variable(name: &str) -> String {
    format!("driftless_secret_{}", identifier(name))
}

/// The extra variable that holds what another component reports.
pub fn output_variable(component: &str, output: &str) -> String {
    format!("driftless_output_{}_{}", identifier(component), identifier(output))
}

/// A name as a part of a variable's name: letters, digits and `_`.
pub fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// A value as a scalar of a playbook or of a file of variables.
pub fn scalar(value: &Value) -> Node {
    match value.as_literal() {
        Some(text) if is_template(text) => Node::Raw(format!("!unsafe {}", yaml::scalar(text))),
        Some(text) => Node::Text(text.to_owned()),
        None => Node::Text(template(value)),
    }
}

/// A template that gives the value.
pub fn template(value: &Value) -> String {
    let mut written = String::new();
    for (at, part) in value.parts().iter().enumerate() {
        match part {
            Part::Literal(text) => {
                let before_expression = value.parts().get(at + 1).is_some();
                written.push_str(&piece(text, before_expression));
            }
            Part::Secret(name) => written.push_str(&format!("{{{{ {} }}}}", secret_variable(name))),
            Part::Deferred { component, output, .. } => {
                written.push_str(&format!("{{{{ {} }}}}", output_variable(component, output)));
            }
            Part::Endpoint { .. } => written.push_str(&piece(&Value::from_parts([part.clone()]).display(), true)),
        }
    }
    written
}

/// Text that templating gives back as it is, if `before_expression` also where an expression follows.
fn piece(text: &str, before_expression: bool) -> String {
    let must_be_hidden = is_template(text) || text.contains('\r') || (before_expression && text.ends_with('{'));
    let is_plain = !must_be_hidden;
    if is_plain { text.to_owned() } else { format!("{{{{ {} }}}}", string(text)) }
}

/// A string of the template language.
pub fn string(text: &str) -> String {
    let mut written = String::from("'");
    for character in text.chars() {
        match character {
            '\'' => written.push_str("\\'"),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            other if other.is_control() => written.push_str(&format!("\\x{:02x}", u32::from(other))),
            other => written.push(other),
        }
    }
    written.push('\'');
    written
}

/// Whether Ansible would take text for a template.
fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|start| text.contains(start)) || text.starts_with("#jinja2:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_text_is_never_a_template() {
        let secret = || Part::Secret("cache-app".into());
        let cases = [
            (Value::from("a $b ${c} %{d}"), Node::Text("a $b ${c} %{d}".into())),
            (Value::from("a {{ b }}"), Node::Raw("!unsafe a {{ b }}".into())),
            (Value::from("{% raw %}\n"), Node::Raw("!unsafe \"{% raw %}\\n\"".into())),
            (Value::from("#jinja2: x"), Node::Raw("!unsafe \"#jinja2: x\"".into())),
            (Value::from_parts([secret()]), Node::Text("{{ driftless_secret_cache_app }}".into())),
            (
                Value::from_parts([Part::Literal("a{".into()), secret(), Part::Literal("'\\{#\r".into())]),
                Node::Text("{{ 'a{' }}{{ driftless_secret_cache_app }}{{ '\\'\\\\{#\\r' }}".into()),
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(scalar(&value), expected);
        }
    }
}
