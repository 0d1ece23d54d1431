//! The JSON Schemas of the files that people write.

use super::environment;
use super::module::{self, ModuleFile};
use super::project;
use super::shape::json_schema::{Settings, file, schema_of};
use serde_json::{Value, json};

const BASE: &str = "https://driftless.dev/schema/v1";

/// The schema of environment files. Where modules are given, the inputs of their components are checked too.
pub fn environment_schema(modules: &[&ModuleFile]) -> Value {
    let settings = Settings { layer: true, references: false };
    let mut schema =
        file(&format!("{BASE}/environment.json"), "driftless environment file", environment::shape(), settings);
    let by_module: Vec<_> = modules.iter().map(|module| component_of(module)).collect();
    if !by_module.is_empty() {
        if let Some(component) = schema.pointer_mut("/properties/components/additionalProperties") {
            component["allOf"] = json!(by_module);
        }
    }
    schema
}

fn component_of(module: &ModuleFile) -> Value {
    let inputs = schema_of(&module.inputs_shape(), Settings { layer: true, references: true });
    json!({
        "if": {"type": "object", "properties": {"module": {"const": module.name}}, "required": ["module"]},
        "then": {"properties": {"with": inputs}},
    })
}

/// The schema of driftless.yaml.
pub fn project_schema() -> Value {
    let settings = Settings { layer: false, references: false };
    file(&format!("{BASE}/project.json"), "driftless project file", project::shape(), settings)
}

/// The schema of module.yaml.
pub fn module_schema() -> Value {
    let settings = Settings { layer: false, references: false };
    let mut schema = file(&format!("{BASE}/module.json"), "driftless module file", module::shape(), settings);
    let input = json!({"$ref": "#/$defs/input"});
    let mut definition = schema_of(&super::shape::Type::Object(module::input_shape().clone()), settings);
    if let Some(of) = definition.pointer_mut("/properties/of") {
        *of = json!({"anyOf": [{"type": "string"}, input], "description": of["description"]});
    }
    if let Some(fields) = definition.pointer_mut("/properties/fields/additionalProperties") {
        *fields = input.clone();
    }
    if let Some(inputs) = schema.pointer_mut("/properties/inputs/additionalProperties") {
        *inputs = input;
    }
    schema["$defs"] = json!({"input": definition});
    schema
}
