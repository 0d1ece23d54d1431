//! The reference pages of docs/, from the shapes.

use super::module::{INPUT_TYPES, ModuleFile};
use super::shape::{markdown::page, one_of};
use super::{environment, module, project};

/// The page of the environment file.
pub fn environment_page() -> String {
    let intro = "One file in `environments/` declares one environment. Files can be merged with `extends`: maps merge, lists and scalars replace, null \
                 removes.\n\nReferences are `${var.NAME}`, `${COMPONENT.OUTPUT}`, `${secret.NAME}`, `${environment.name}` and `${preview.number}`, \
                 `${preview.branch}`, `${preview.sha}`, `${preview.name}`; `$${` is a literal `${`.";
    page("The environment file", intro, environment::shape())
}

/// The page of driftless.yaml.
pub fn project_page() -> String {
    page("The project file", "`driftless.yaml` stands at the root of the repository.", project::shape())
}

/// The page of module.yaml, with the types of inputs.
pub fn module_file_page() -> String {
    let mut text = page("The module file", "`module.yaml` says what a module takes and gives.", module::shape());
    let intro = format!("An input has one of these types: {}.", one_of(&INPUT_TYPES));
    let inputs = page("Inputs", &intro, &super::shape::Type::Object(module::input_shape().clone()));
    text.push('\n');
    text.push_str(&inputs.replace("\n## ", "\n### ").replacen("# ", "## ", 1));
    text
}

/// The index of modules: what each is for, with a link to its page.
pub fn modules_page(modules: &[ModuleFile]) -> String {
    let mut text = String::from(
        "# Modules\n\nA module turns the inputs of a component into workloads, volumes and files. These are part of the program; a folder \
         `modules/NAME/` of the repository adds one, or takes the place of one of these.\n\n| module | version | what it is for |\n|---|---|---|\n",
    );
    for module in modules {
        let description = module.description.replace('|', "\\|").replace('\n', " ");
        text.push_str(&format!(
            "| [{0}](modules/{0}.md) | {1} | {2} |\n",
            module.name,
            module.version,
            description.trim()
        ));
    }
    text
}

/// The page of a module: its inputs and outputs.
pub fn module_page(module: &ModuleFile) -> String {
    let intro = format!("{}\n\nVersion {}.", module.description, module.version);
    let mut text = page(&format!("The module `{}`", module.name), &intro, &module.inputs_shape());
    text = text.replacen("\n## Keys\n", "\n## Inputs\n", 1);
    if !module.outputs.is_empty() {
        text.push_str("\n## Outputs\n\n| output | meaning |\n|---|---|\n");
    }
    for (name, output) in &module.outputs {
        let sensitive = if output.sensitive { " Treated as a secret." } else { "" };
        text.extend(["| `", name, "` | ", &output.description.replace('|', "\\|"), sensitive, " |\n"]);
    }
    text
}
