//! What people tune: values.yaml with its comments, and the schema that refuses a wrong type.

use crate::model::Tree;
use crate::render::yaml::{self, Entry, Line, Node};
use indexmap::IndexMap;
use serde_json::{Map, Value as Json, json};

/// The values of a chart, in the order in which they were declared.
#[derive(Debug, Clone, Default)]
pub struct Values {
    root: Section,
}

#[derive(Debug, Clone, Default)]
struct Section {
    comment: String,
    entries: IndexMap<String, Declared>,
}

#[derive(Debug, Clone)]
enum Declared {
    Section(Section),
    Leaf { comment: String, default: Tree, schema: Json },
}

impl Declared {
    /// The section; a leaf of that name gives way to one.
    fn section(&mut self) -> &mut Section {
        loop {
            match self {
                Self::Section(section) => return section,
                Self::Leaf { .. } => *self = Self::Section(Section::default()),
            }
        }
    }
}

impl Values {
    /// Declares one value. The sections above it come into being.
    pub fn declare(&mut self, path: &[String], comment: &str, default: Tree, schema: Json) {
        let Some((name, sections)) = path.split_last() else { return };
        let section = self.section(sections);
        let leaf = Declared::Leaf { comment: comment.into(), default, schema };
        section.entries.insert(name.clone(), leaf);
    }

    /// Says what a section is for.
    pub fn describe(&mut self, path: &[String], comment: &str) {
        comment.clone_into(&mut self.section(path).comment);
    }

    fn section(&mut self, path: &[String]) -> &mut Section {
        path.iter().fold(&mut self.root, |section, name| {
            section.entries.entry(name.clone()).or_insert_with(|| Declared::Section(Section::default())).section()
        })
    }

    /// values.yaml.
    pub fn yaml(&self, head: &str) -> String {
        let comments: Vec<_> = head.lines().map(|line| format!("# {line}")).collect();
        format!("{}\n\n{}", comments.join("\n"), yaml::write(&node(&self.root, 0)))
    }

    /// values.schema.json.
    pub fn schema(&self, title: &str) -> String {
        let mut schema = Map::new();
        schema.insert("$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
        schema.insert("title".into(), json!(title));
        let mut root = section_schema(&self.root);
        // Helm hands this section to every chart that has a parent.
        if let Some(properties) = root.get_mut("properties").and_then(Json::as_object_mut) {
            properties.insert("global".into(), json!({"type": "object"}));
        }
        schema.extend(root);
        // What serde_json writes of its own values cannot fail.
        serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
    }

    /// The defaults below a path; null where there is nothing.
    pub fn defaults(&self, path: &[String]) -> Json {
        let mut section = &self.root;
        for name in path {
            match section.entries.get(name) {
                Some(Declared::Section(inner)) => section = inner,
                Some(Declared::Leaf { default, .. }) => return default.to_public_json(),
                None => return Json::Null,
            }
        }
        section_defaults(section)
    }
}

fn node(section: &Section, depth: usize) -> Node {
    let entry = |(at, (name, declared)): (usize, (&String, &Declared))| {
        let (comment, value) = match declared {
            Declared::Section(inner) => (&inner.comment, node(inner, depth + 1)),
            Declared::Leaf { comment, default, .. } => {
                (comment, Node::from_tree(default, &mut |value| Node::Text(value.display())))
            }
        };
        let mut entry = Entry::new(name.clone(), value);
        if depth == 0 && at > 0 {
            entry = entry.above(Line::Blank);
        }
        if comment.is_empty() { entry } else { entry.above(Line::Comment(format!("-- {comment}"))) }
    };
    Node::Map(section.entries.iter().enumerate().map(entry).collect())
}

fn section_schema(section: &Section) -> Map<String, Json> {
    let mut properties = Map::new();
    for (name, declared) in &section.entries {
        let schema = match declared {
            Declared::Section(inner) => described(section_schema(inner), &inner.comment),
            Declared::Leaf { comment, schema, .. } => {
                described(schema.as_object().cloned().unwrap_or_default(), comment)
            }
        };
        properties.insert(name.clone(), schema);
    }
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("additionalProperties".into(), json!(false));
    schema.insert("properties".into(), Json::Object(properties));
    schema
}

fn described(mut schema: Map<String, Json>, comment: &str) -> Json {
    if !comment.is_empty() {
        schema.insert("description".into(), json!(comment));
    }
    Json::Object(schema)
}

fn section_defaults(section: &Section) -> Json {
    let default = |(name, declared): (&String, &Declared)| {
        let value = match declared {
            Declared::Section(inner) => section_defaults(inner),
            Declared::Leaf { default, .. } => default.to_public_json(),
        };
        (name.clone(), value)
    };
    Json::Object(section.entries.iter().map(default).collect())
}

/// JSON as Helm's `toJson` writes it: keys in order, and the characters that mean something in HTML as numbers.
pub fn to_json(value: &Json) -> String {
    match value {
        Json::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort_unstable();
            let entries: Vec<_> =
                keys.into_iter().map(|key| format!("{}:{}", text_json(key), to_json(&map[key]))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Json::Array(list) => format!("[{}]", list.iter().map(to_json).collect::<Vec<_>>().join(",")),
        Json::String(text) => text_json(text),
        other => other.to_string(),
    }
}

fn text_json(text: &str) -> String {
    let plain = Json::String(text.into()).to_string();
    plain.chars().fold(String::with_capacity(plain.len()), |mut out, character| {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.extend(["\\u", &format!("{:04x}", u32::from(character))]),
            other => out.push(other),
        }
        out
    })
}
