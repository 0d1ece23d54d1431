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
    if !by_module.is_empty()
        && let Some(component) = schema.pointer_mut("/properties/components/additionalProperties")
    {
        component["allOf"] = json!(by_module);
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
    if let Some(ty) = definition.pointer_mut("/properties/type") {
        ty["pattern"] = json!(format!("^({})$|^(map|list)\\(.+\\)$", module::INPUT_TYPES.join("|")));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Sink, SourceMap};
    use crate::spec::fixtures::MODULE;
    use crate::spec::pages;

    fn module() -> ModuleFile {
        let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
        let file = sources.add("modules/redis/module.yaml", MODULE);
        ModuleFile::read(file, Some("redis"), &sources, &mut sink).unwrap()
    }

    #[test]
    fn schemas_say_what_the_check_says() {
        let schema = environment_schema(&[&module()]);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["required"], json!(["apiVersion", "kind"]));
        assert_eq!(schema["additionalProperties"], json!(false));
        // A layer may remove what another one has.
        let inputs = &schema["properties"]["components"]["additionalProperties"]["allOf"][0]["then"]["properties"]["with"]
            ["properties"];
        assert_eq!(inputs["shards"]["description"], "Default: 3.");
        assert_eq!(inputs["port"]["anyOf"][0]["anyOf"][0], json!({"type": "integer", "minimum": 1, "maximum": 65_535}));
        let secret = &schema["properties"]["secrets"]["additionalProperties"];
        assert_eq!(secret["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["env", "file"]);
        assert_eq!(
            module_schema()["$defs"]["input"]["properties"]["fields"]["additionalProperties"],
            json!({"$ref": "#/$defs/input"})
        );
        assert_eq!(project_schema()["required"], json!(["apiVersion", "kind", "name"]));
    }

    #[test]
    fn pages_name_every_key() {
        let page = pages::environment_page();
        for key in ["apiVersion", "components", "patch", "runtime", "expires", "ttl"] {
            assert!(page.contains(&format!("| `{key}` |")), "{key}\n{page}");
        }
        assert!(!page.contains("vault"));
        let page = pages::module_page(&module());
        assert!(page.contains("| `memory` | a number of bytes like `512Mi`, from 64Mi to 1Ti | `256Mi` |"), "{page}");
        assert!(page.contains("| `url` | Where it is. Treated as a secret. |"), "{page}");
    }
}
