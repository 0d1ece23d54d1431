//! The form of a component that its module brings for hosts without containers: packages, units, files.
//!
//! A module says it in `targets/ansible/`: objects `play`, `defaults`, `tasks`, `further`, `handlers`, `losses`, and files of the role in folders
//! (`templates/x.conf.j2`). What stands in `defaults` is data and arrives as it is; what stands in the others is written for Ansible, and
//! may hold what an input says only through a default. `role__` stands for the beginning of the role's variables.

use super::role::{Handler, Play, Role, Scope};
use super::task::{Task, Variable};
use crate::model::{Component, FieldPath, Instance, Segment, Tree, Value};
use crate::render::yaml::{Entry, Node};

/// Whether the component takes this form on the instance.
pub fn is_used(instance: &Instance, component: &Component) -> bool {
    let offers = component.overrides.get("ansible").is_some_and(|form| form.contains_key("tasks"));
    offers && instance.setting("runtime") != Some("container")
}

/// The role of a component as its module says it.
pub fn lower(scope: &Scope<'_>) -> Role {
    let component = scope.component;
    let none = Tree::map();
    let part = |name: &str| component.overrides.get("ansible").and_then(|form| form.get(name)).unwrap_or(&none);
    let mut role = Role::new(&component.name, play(part("play"), component));
    for (name, value) in part("defaults").as_map().into_iter().flatten() {
        let (value, about) = match (value.get("value"), value.get("about").and_then(Tree::as_str)) {
            (Some(inner), Some(about)) => (inner, about),
            _ => (value, "A value of the tasks."),
        };
        role.defaults.push((name.clone(), scope.settle_tree(value), about.to_owned()));
    }
    let reader = Reader { role: role.name.clone(), defaults: role.defaults.clone() };
    role.tasks = reader.tasks(part("tasks"));
    for (file, tasks) in part("further").as_map().into_iter().flatten() {
        role.further.insert(file.clone(), reader.tasks(tasks));
    }
    role.handlers = reader.tasks(part("handlers")).into_iter().map(|task| Handler { task }).collect();
    for (path, content) in component.overrides.get("ansible").into_iter().flatten() {
        if let (true, Some(text)) = (path.contains('/'), content.as_str()) {
            role.files.insert(path.clone(), reader.code(text));
        }
    }
    for loss in part("losses").as_list().unwrap_or_default() {
        let text = |key: &str| loss.get(key).and_then(Tree::as_str).unwrap_or_default().to_owned();
        scope.lose(&text("input"), text("message"));
    }
    role
}

fn play(tree: &Tree, component: &Component) -> Play {
    let count = |key: &str| match tree.get(key) {
        Some(Tree::Int(number)) => u32::try_from(*number).ok(),
        _ => None,
    };
    let further = tree.get("further").and_then(Tree::as_map).into_iter().flatten();
    let further = further.filter_map(|(file, name)| Some((name.as_str()?.to_owned(), file.clone())));
    let members = count("hosts")
        .unwrap_or_else(|| component.workloads.values().map(|workload| workload.replicas).max().unwrap_or(1));
    Play {
        name: format!("Set up {}", component.name),
        serial: count("serial"),
        further: further.collect(),
        hosts: (0..members).map(|member| format!("{}-{member}", component.name)).collect(),
        about: format!("One host for each member of {}.", component.name),
    }
}

/// Reads tasks as a module writes them.
struct Reader {
    role: String,
    defaults: Vec<(String, Tree, String)>,
}

impl Reader {
    fn code(&self, text: &str) -> String {
        text.replace("role__", &format!("{}_", self.role))
    }

    fn tasks(&self, tree: &Tree) -> Vec<Task> {
        tree.as_list().unwrap_or_default().iter().filter_map(|task| self.task(task)).collect()
    }

    fn task(&self, tree: &Tree) -> Option<Task> {
        let map = tree.as_map()?;
        let module = map.keys().find(|key| key.contains('.'))?;
        let mut task = Task::new(map.get("name")?.as_str()?, module.as_str());
        let args = self.argument(map.get(module)?, &FieldPath::default(), &mut task);
        task.args = args;
        for (key, value) in map.iter().filter(|(key, _)| *key != "name" && *key != module) {
            let value = self.rewritten(value);
            task.keywords
                .push(Entry::new(key, Node::from_tree(&value, &mut |value: &Value| Node::Text(value.display()))));
        }
        Some(task)
    }

    fn rewritten(&self, tree: &Tree) -> Tree {
        match tree {
            Tree::Text(value) => Tree::text(self.code(&value.display())),
            Tree::List(list) => Tree::List(list.iter().map(|tree| self.rewritten(tree)).collect()),
            Tree::Map(map) => Tree::Map(map.iter().map(|(key, tree)| (self.code(key), self.rewritten(tree))).collect()),
            other => other.clone(),
        }
    }

    /// An argument: a default where it is nothing but the name of one, else a template.
    fn argument(&self, tree: &Tree, path: &FieldPath, task: &mut Task) -> Tree {
        match tree {
            Tree::Text(value) => {
                let text = value.display();
                if let Some((name, default, _)) = self.default_named(&text) {
                    let variable = Variable::Role(name.clone());
                    task.variables.insert(path.clone(), (variable, default.clone()));
                    return default.clone();
                }
                let code = self.code(&text);
                task.templates.insert(path.clone(), code.clone());
                Tree::text(code)
            }
            Tree::List(list) => {
                let element = |(at, tree)| self.argument(tree, &path.join(Segment::Index(at)), task);
                Tree::List(list.iter().enumerate().map(element).collect())
            }
            Tree::Map(map) => {
                let entry = |(key, tree): (&String, &Tree)| (key.clone(), self.argument(tree, &path.key(key), task));
                Tree::Map(map.iter().map(entry).collect())
            }
            other => other.clone(),
        }
    }

    fn default_named(&self, text: &str) -> Option<&(String, Tree, String)> {
        let name = text.strip_prefix("{{ role__")?.strip_suffix(" }}")?;
        self.defaults.iter().find(|(known, ..)| known == name)
    }
}
