//! Types as JSON Schema, draft 2020-12.

use super::{Key, Names, Object, Range, Type};
use serde_json::{Map, Value, json};

/// The dialect of all schemas.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What a reference looks like, for editors.
const REFERENCE: &str = "\\$\\{";

/// Whether a schema is for a file that may be merged with others: then keys below the root may be missing, and null removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether the file may be one layer of several.
    pub layer: bool,
    /// Whether references are resolved.
    pub references: bool,
}

/// The schema of a whole file.
pub fn file(id: &str, title: &str, ty: &Type, settings: Settings) -> Value {
    let mut schema = Map::from_iter([
        ("$schema".to_owned(), json!(DIALECT)),
        ("$id".to_owned(), json!(id)),
        ("title".to_owned(), json!(title)),
    ]);
    let required = if let Type::Object(object) = ty { required(object) } else { Vec::new() };
    if let Value::Object(fields) = schema_of(ty, settings) {
        schema.extend(fields);
    }
    // Every layer has its own header.
    schema.insert("type".into(), json!("object"));
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    Value::Object(schema)
}

/// The schema of a type.
pub fn schema_of(ty: &Type, settings: Settings) -> Value {
    let schema = plain(ty, settings);
    let schema = if settings.references && takes_reference(ty) {
        json!({"anyOf": [schema, {"type": "string", "pattern": REFERENCE}]})
    } else {
        schema
    };
    if settings.layer { or_null(schema) } else { schema }
}

/// Whether text with a reference would be refused by the type's own schema.
const fn takes_reference(ty: &Type) -> bool {
    match ty {
        Type::Text { length, pattern } => pattern.is_some() || length.max.is_some(),
        Type::Secret | Type::Scalar => false,
        other => other.is_scalar(),
    }
}

fn or_null(schema: Value) -> Value {
    match schema {
        Value::Object(mut fields)
            if fields.get("type").is_some_and(Value::is_string) && !fields.contains_key("enum") =>
        {
            let ty = fields["type"].clone();
            fields.insert("type".into(), json!([ty, "null"]));
            Value::Object(fields)
        }
        Value::Object(fields) if fields.is_empty() => Value::Object(fields),
        schema => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

fn plain(ty: &Type, settings: Settings) -> Value {
    match ty {
        Type::Text { length, pattern } => {
            let pattern = pattern.as_ref().map(|pattern| format!("^(?:{})$", pattern.source()));
            with(
                json!({"type": "string"}),
                [("minLength", json!(length.min)), ("maxLength", json!(length.max)), ("pattern", json!(pattern))],
            )
        }
        Type::Form(form) => json!({"type": "string", "pattern": form.schema_pattern()}),
        Type::Int(range) => with(json!({"type": "integer"}), bounds("minimum", "maximum", *range)),
        Type::Bool => json!({"type": "boolean"}),
        Type::Enum { values, .. } => json!({"enum": values}),
        Type::Quantity(_) => {
            json!({"type": ["string", "integer"], "minimum": 0, "pattern": "^[0-9]+(\\.[0-9]+)?([kMGTP]|[KMGTP]i)?$"})
        }
        Type::Cpu(_) => {
            json!({"type": ["string", "number"], "minimum": 0, "pattern": "^([0-9]+(\\.[0-9]+)?|[0-9]+m)$"})
        }
        Type::Duration(_) => {
            json!({"type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$", "minLength": 2})
        }
        Type::Port => json!({"type": "integer", "minimum": 1, "maximum": 65_535}),
        Type::Secret => json!({"type": "string", "pattern": REFERENCE}),
        Type::Scalar => json!({"type": ["string", "number", "boolean"]}),
        Type::Any => json!({}),
        Type::Map { keys, values, size } => {
            let names = keys.as_ref().map(|names| json!({"pattern": name_pattern(names)}));
            let map = json!({"type": "object", "additionalProperties": schema_of(values, settings)});
            let map = with(map, [("propertyNames", json!(names)), ("properties", named_variants(values, settings))]);
            with(map, bounds("minProperties", "maxProperties", *size))
        }
        Type::List { elements, size } => {
            let elements = schema_of(elements, Settings { layer: false, ..settings });
            with(json!({"type": "array", "items": elements}), bounds("minItems", "maxItems", *size))
        }
        Type::OneOrMany(ty) => {
            let one = schema_of(ty, Settings { layer: false, ..settings });
            json!({"anyOf": [one.clone(), {"type": "array", "items": one}]})
        }
        Type::Object(object) => object_schema(object, settings),
        Type::Tagged { key, variants } => tagged(key, variants, settings),
    }
}

fn with<const N: usize>(mut schema: Value, more: [(&str, Value); N]) -> Value {
    if let Value::Object(fields) = &mut schema {
        fields
            .extend(more.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.to_owned(), value)));
    }
    schema
}

fn bounds<'a>(min: &'a str, max: &'a str, range: Range) -> [(&'a str, Value); 2] {
    [(min, json!(range.min)), (max, json!(range.max))]
}

fn name_pattern(names: &Names) -> String {
    match names {
        Names::Form(form) => form.schema_pattern().into(),
        Names::Pattern(pattern) => format!("^(?:{})$", pattern.source()),
    }
}

fn required(object: &Object) -> Vec<&str> {
    object.known().filter(|key| key.required).map(|key| key.name.as_str()).collect()
}

fn object_schema(object: &Object, settings: Settings) -> Value {
    let properties: Map<_, _> = object.known().map(|key| (key.name.clone(), property(key, settings))).collect();
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !settings.layer {
        let required = required(object);
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if object.exactly_one {
            schema["minProperties"] = json!(1);
        }
    }
    if object.exactly_one {
        schema["maxProperties"] = json!(1);
    }
    schema
}

fn property(key: &Key, settings: Settings) -> Value {
    let settings = Settings { references: settings.references || key.references, ..settings };
    let default = key.default.as_ref().map(|default| format!("Default: {default}.")).unwrap_or_default();
    let description =
        [key.docs.as_str(), &default].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    let description = (!description.is_empty()).then_some(description);
    with(schema_of(&key.ty, settings), [("description", json!(description))])
}

/// One schema with the keys of all variants, and for each variant, once it is known, the narrower one.
fn tagged(key: &str, variants: &[(&'static str, Object)], settings: Settings) -> Value {
    let mut properties = Map::new();
    for known in variants.iter().flat_map(|(_, object)| object.known()) {
        let wide = if known.name == key { property(known, settings) } else { json!({"description": known.docs}) };
        properties.entry(known.name.clone()).or_insert(wide);
    }
    let narrow = variants.iter().map(|(word, object)| {
        let condition = json!({"properties": {key: {"const": word}}, "required": [key]});
        json!({"if": condition, "then": object_schema(object, settings)})
    });
    json!({"type": "object", "additionalProperties": false, "properties": properties, "allOf": narrow.collect::<Vec<_>>()})
}

/// Entries that are called like a variant are of that variant, unless they say otherwise.
fn named_variants(values: &Type, settings: Settings) -> Value {
    let Type::Tagged { key, variants } = values else { return Value::Null };
    let any = schema_of(values, settings);
    let named = variants.iter().map(|(word, object)| {
        let says_otherwise = json!({"type": "object", "required": [key]});
        let own = schema_of(&Type::Object(object.clone()), settings);
        ((*word).to_owned(), json!({"if": says_otherwise, "then": any, "else": own}))
    });
    Value::Object(named.collect())
}
