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
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    parts: Vec<Part>,
}

impl Value {
    /// A value of one literal part (none where the text is empty).
    pub fn literal(text: impl Into<String>) -> Self {
        Self::from_parts([Part::Literal(text.into())])
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
        match (self.parts.last_mut(), part) {
            (_, Part::Literal(text)) if text.is_empty() => {}
            (Some(Part::Literal(last)), Part::Literal(text)) => last.push_str(&text),
            (_, part) => self.parts.push(part),
        }
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The text, if all of it is known.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether a part is a secret or a sensitive output: then all of it is treated as one.
    pub fn is_sensitive(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Secret(_) | Part::Deferred { sensitive: true, .. }))
    }

    /// The names of the secrets in it, in order.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| if let Part::Secret(name) = part { Some(name.as_str()) } else { None })
    }

    /// What people see: literal text, and references as they are written in an environment file. Never a secret's value.
    pub fn display(&self) -> String {
        self.parts.iter().map(Part::display).collect()
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
