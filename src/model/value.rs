//! A scalar as it stands in a file: literal text, and what is known only later.

use serde::{Deserialize, Serialize};

/// Which part of an endpoint is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointPart {
    /// The host name alone.
    Host,
    /// The port number alone.
    Port,
    /// `host:port`.
    Authority,
}

/// One part of a [`Value`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Text that is known.
    Literal(String),
    /// The value of the environment's secret of that name: never known to the core.
    Secret(String),
    /// What `component` reports as `output` once it has been applied.
    Deferred {
        /// The component's name.
        component: String,
        /// The output's name.
        output: String,
        /// Whether the output is sensitive, which is contagious.
        sensitive: bool,
    },
    /// How a port of a component is reached; resolved in render, for consumer and producer.
    Endpoint {
        /// The component's name.
        component: String,
        /// The workload's name in that component.
        workload: String,
        /// One member of a workload with stable identity, counting from 0; none for all of them behind one name.
        member: Option<u32>,
        /// The port's name.
        port: String,
        /// Host, port or both.
        part: EndpointPart,
    },
}

/// A scalar: a list of parts. `redis://app:${secret.x}@${net.host}` is one value of four parts.
///
/// Neighbouring literals are always merged and empty ones dropped, so that equal values are equal lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Value {
    parts: Parts,
}

/// Nearly every value is one literal: that takes no list. A list has two parts or more, so that equal values are equal here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Parts {
    #[default]
    None,
    One(Part),
    Many(Vec<Part>),
}

impl Value {
    /// A value of one literal part (none where the text is empty).
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { parts: if text.is_empty() { Parts::None } else { Parts::One(Part::Literal(text)) } }
    }

    /// A value of any parts.
    pub fn from_parts(parts: impl IntoIterator<Item = Part>) -> Self {
        let mut value = Self::default();
        for part in parts {
            value.push(part);
        }
        value
    }

    /// Appends a part.
    pub fn push(&mut self, part: Part) {
        let last = match &mut self.parts {
            Parts::None => None,
            Parts::One(last) => Some(last),
            Parts::Many(parts) => parts.last_mut(),
        };
        match (last, part) {
            (_, Part::Literal(text)) if text.is_empty() => {}
            (Some(Part::Literal(last)), Part::Literal(text)) => last.push_str(&text),
            (_, part) => self.append(part),
        }
    }

    fn append(&mut self, part: Part) {
        self.parts = match std::mem::take(&mut self.parts) {
            Parts::None => Parts::One(part),
            Parts::One(first) => Parts::Many(vec![first, part]),
            Parts::Many(mut parts) => {
                parts.push(part);
                Parts::Many(parts)
            }
        };
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        match &self.parts {
            Parts::None => &[],
            Parts::One(part) => std::slice::from_ref(part),
            Parts::Many(parts) => parts,
        }
    }

    /// The text, if all of it is known.
    pub fn as_literal(&self) -> Option<&str> {
        match &self.parts {
            Parts::None => Some(""),
            Parts::One(Part::Literal(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether a part is a secret or a sensitive output: then all of it is treated as one.
    pub fn is_sensitive(&self) -> bool {
        self.parts().iter().any(|part| matches!(part, Part::Secret(_) | Part::Deferred { sensitive: true, .. }))
    }

    /// The names of the secrets in it, in order.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.parts().iter().filter_map(|part| if let Part::Secret(name) = part { Some(name.as_str()) } else { None })
    }

    /// What people see: literal text, and references as they are written in an environment file. Never a secret's value.
    pub fn display(&self) -> String {
        match self.as_literal() {
            Some(text) => text.to_owned(),
            None => self.parts().iter().map(Part::display).collect(),
        }
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.parts().cmp(other.parts())
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl Part {
    fn display(&self) -> String {
        match self {
            Self::Literal(text) => text.clone(),
            Self::Secret(name) => format!("${{secret.{name}}}"),
            Self::Deferred { component, output, .. } => format!("${{{component}.{output}}}"),
            Self::Endpoint { component, port, part, .. } => match part {
                EndpointPart::Host => format!("${{{component}.{port}.host}}"),
                EndpointPart::Port => format!("${{{component}.{port}.port}}"),
                EndpointPart::Authority => format!("${{{component}.{port}}}"),
            },
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::literal(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::literal(text)
    }
}
