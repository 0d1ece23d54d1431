//! A role: its tasks, handlers, defaults and files, and how they are written.

use super::jinja::{self, identifier};
use super::task::{Task, Variable, data, document};
use crate::diag::{Diagnostic, Sink, Span};
use crate::model::{Address, Component, Instance, Loss, Model, Resource, Tree, Value};
use crate::render::FileTree;
use crate::render::endpoint::{Endpoints, Naming};
use crate::render::yaml::{Entry, Item, Line, Node};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What lowering one component needs to know, and where it reports.
pub struct Scope<'a> {
    /// The environment.
    pub model: &'a Model,
    /// The instance.
    pub instance: &'a Instance,
    /// The component.
    pub component: &'a Component,
    /// The role's name.
    pub role: String,
    /// The text of the entry script.
    pub entry_script: String,
    /// What members are called.
    pub naming: &'a dyn Naming,
    /// Where diagnostics go.
    pub sink: RefCell<Sink>,
    /// Where losses go.
    pub losses: RefCell<Vec<Loss>>,
}

impl Scope<'_> {
    /// Reports a diagnostic.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.sink.borrow_mut().push(diagnostic);
    }

    /// Reports a loss that an input causes.
    pub fn lose(&self, input: &str, message: String) {
        self.losses.borrow_mut().push(Loss {
            component: self.component.name.clone(),
            instance: self.instance.name.clone(),
            message,
            span: self.component.place_of(input),
            address: None,
        });
    }

    /// The network of the environment, which also begins the names of its containers.
    pub fn network(&self) -> String {
        format!("{}-{}", self.model.environment.project, self.model.environment.name)
    }

    /// The folder of the component on its host.
    pub fn folder(&self) -> String {
        let environment = &self.model.environment;
        format!("/etc/{}/{}/{}", environment.project, environment.name, self.component.name)
    }

    /// Our mark, and the environment's labels.
    pub fn labels(&self, kind: &str, name: &str) -> Tree {
        let environment = &self.model.environment;
        let mut labels = Tree::map();
        for (key, value) in &environment.labels {
            labels.insert(key, value.as_str());
        }
        labels.insert("driftless.dev/owner", format!("{}/{}", environment.project, environment.name));
        if kind != "network" {
            labels.insert("driftless.dev/component", self.component.name.as_str());
        }
        labels.insert("driftless.dev/address", format!("{kind}/{name}"));
        labels
    }

    /// A value in which no endpoint is left.
    pub fn settle(&self, value: &Value) -> Tree {
        self.settle_tree(&Tree::Text(value.clone()))
    }

    /// A value that an input gives, in which no endpoint is left.
    pub fn settle_input(&self, input: &str, value: &Value) -> Tree {
        self.settled(&Tree::Text(value.clone()), self.component.place_of(input))
    }

    /// A tree in which no endpoint is left.
    pub fn settle_tree(&self, tree: &Tree) -> Tree {
        self.settled(tree, self.component.span)
    }

    fn settled(&self, tree: &Tree, place: Span) -> Tree {
        let endpoints = Endpoints { model: self.model, consumer: self.component, naming: self.naming };
        endpoints.resolve_tree(tree, place, &mut self.sink.borrow_mut())
    }
}

/// A handler.
#[derive(Debug, Clone)]
pub struct Handler {
    /// What it does.
    pub task: Task,
}

/// How the play of a role is done.
#[derive(Debug, Clone)]
pub struct Play {
    /// Its name.
    pub name: String,
    /// How many hosts at a time; none: all.
    pub serial: Option<u32>,
    /// Further plays on the same hosts: a name, and the file of tasks of the role.
    pub further: Vec<(String, String)>,
    /// The hosts where the instance has no inventory of its own.
    pub hosts: Vec<String>,
    /// What is said of the hosts there.
    pub about: String,
}

impl Play {
    /// The play of a component whose containers run on one Docker host.
    pub fn containers(component: &str) -> Self {
        Self {
            name: format!("Run {component}"),
            serial: None,
            further: Vec::new(),
            hosts: vec!["docker-host".into()],
            about: format!("The Docker host that runs the containers of {component}."),
        }
    }
}

/// A role.
#[derive(Debug, Clone)]
pub struct Role {
    /// The component.
    pub component: String,
    /// Its name: the component's as an identifier.
    pub name: String,
    /// Its play.
    pub play: Play,
    /// Its tasks.
    pub tasks: Vec<Task>,
    /// Tasks of further plays, by file.
    pub further: IndexMap<String, Vec<Task>>,
    /// Its handlers.
    pub handlers: Vec<Handler>,
    /// Defaults that no argument alone says: name without the role's, value, what it is for.
    pub defaults: Vec<(String, Tree, String)>,
    /// Further files, by path in the role.
    pub files: BTreeMap<String, String>,
}

/// The name of a component as that of a role and of a group.
pub fn role_name(component: &str) -> String {
    let name = identifier(component);
    let is_reserved = matches!(name.as_str(), "all" | "ungrouped") || name.starts_with(|c: char| c.is_ascii_digit());
    if is_reserved { format!("component_{name}") } else { name }
}

impl Role {
    /// A role without tasks.
    pub fn new(component: &str, play: Play) -> Self {
        Self {
            component: component.into(),
            name: role_name(component),
            play,
            tasks: Vec::new(),
            further: IndexMap::new(),
            handlers: Vec::new(),
            defaults: Vec::new(),
            files: BTreeMap::new(),
        }
    }

    /// Adds a default that no argument alone says.
    pub fn default(&mut self, variable: &Variable, value: Tree, about: &str) {
        if let Variable::Role(name) = variable {
            self.defaults.push((name.clone(), value, about.into()));
        }
    }

    /// The name of the task that starts a workload: the one that says so, else the last.
    pub fn starts(&self, workload: &str) -> Option<&str> {
        let said = format!("Run {workload}");
        let named = self.tasks.iter().find(|task| task.name == said);
        named.or(self.tasks.last()).map(|task| task.name.as_str())
    }

    /// All tasks, also those of handlers and further plays.
    pub fn all_tasks(&self) -> impl Iterator<Item = &Task> {
        let further = self.further.values().flatten();
        self.tasks.iter().chain(further).chain(self.handlers.iter().map(|handler| &handler.task))
    }

    /// All tasks, to be merged over.
    pub fn all_tasks_mut(&mut self) -> impl Iterator<Item = &mut Task> {
        let further = self.further.values_mut().flatten();
        self.tasks.iter_mut().chain(further).chain(self.handlers.iter_mut().map(|handler| &mut handler.task))
    }

    /// The defaults: what arguments say after merges, then what stands by itself.
    fn all_defaults(&self) -> Vec<(String, Tree, String)> {
        let mut driven: IndexMap<&str, (&Tree, bool)> = IndexMap::new();
        for (variable, value, is_changed) in self.all_tasks().flat_map(Task::driven) {
            let Variable::Role(name) = variable else { continue };
            let known = driven.entry(name).or_insert((value, is_changed));
            if is_changed && !known.1 {
                *known = (value, true);
            }
        }
        let mut defaults: Vec<(String, Tree, String)> = Vec::new();
        for (name, (value, _)) in &driven {
            if !self.defaults.iter().any(|(known, ..)| known == name) {
                defaults.push(((*name).to_owned(), (*value).clone(), about(name).into()));
            }
        }
        for (name, value, about) in &self.defaults {
            let value = driven.get(name.as_str()).map_or(value, |(value, _)| value);
            defaults.push((name.clone(), value.clone(), about.clone()));
        }
        defaults
    }

    /// Writes the role's files.
    pub fn write(&self, header: &str, files: &mut FileTree) {
        let component = Some(self.component.as_str());
        let mut put =
            |path: &str, content: String| files.insert(format!("roles/{}/{path}", self.name), component, content);
        put("tasks/main.yml", self.task_file(header, &self.tasks));
        for (name, tasks) in &self.further {
            put(&format!("tasks/{name}.yml"), self.task_file(header, tasks));
        }
        if !self.handlers.is_empty() {
            let handlers: Vec<Task> = self.handlers.iter().map(|handler| handler.task.clone()).collect();
            put("handlers/main.yml", self.task_file(header, &handlers));
        }
        put("defaults/main.yml", self.defaults_file(header));
        put("meta/main.yml", document(header, &self.meta()));
        put("meta/argument_specs.yml", document(header, &self.argument_specs()));
        for (path, content) in &self.files {
            put(path, content.clone());
        }
        for (path, content) in self.all_tasks().filter_map(Task::role_file) {
            put(&path, content);
        }
    }

    fn task_file(&self, header: &str, tasks: &[Task]) -> String {
        let items = tasks.iter().enumerate().map(|(at, task)| {
            let mut item = task.item(&self.name);
            if at > 0 {
                item.before.push(Line::Blank);
            }
            item
        });
        document(header, &Node::List(items.collect()))
    }

    fn defaults_file(&self, header: &str) -> String {
        let entry = |(name, value, about): (String, Tree, String)| {
            Entry::new(format!("{}_{name}", self.name), data(&value)).above(Line::Comment(about))
        };
        document(header, &Node::Map(self.all_defaults().into_iter().map(entry).collect()))
    }

    fn meta(&self) -> Node {
        let info = [
            ("role_name", Node::from(self.name.as_str())),
            ("author", Node::from("driftless")),
            ("description", Node::from(self.play.name.as_str())),
            ("license", Node::from("Apache-2.0")),
            ("min_ansible_version", Node::from("2.16")),
        ];
        Node::Map(vec![Entry::new("galaxy_info", map(info)), Entry::new("dependencies", Node::List(Vec::new()))])
    }

    /// Types of the variables, and which must be given: Ansible checks them before the first task.
    fn argument_specs(&self) -> Node {
        let mut options: Vec<Entry> = Vec::new();
        for (name, value, about) in self.all_defaults() {
            let option = map([("type", Node::from(type_of(&value))), ("description", Node::from(about))]);
            options.push(Entry::new(format!("{}_{name}", self.name), option));
        }
        for (name, about) in self.extra_variables() {
            let option =
                map([("type", Node::from("str")), ("required", Node::Bool(true)), ("description", Node::from(about))]);
            options.push(Entry::new(name, option));
        }
        let main = map([("short_description", Node::from(self.play.name.as_str())), ("options", Node::Map(options))]);
        map([("argument_specs", map([("main", main)]))])
    }

    fn extra_variables(&self) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        let trees = self.all_tasks().map(|task| &task.args).chain(self.defaults.iter().map(|(_, tree, _)| tree));
        trees.for_each(|tree| collect_variables(tree, &mut variables));
        variables
    }

    /// The defaults that a task's templates read: without them its arguments do not say what it does.
    fn mentioned(&self, task: &Task) -> IndexMap<String, Tree> {
        let mut text: Vec<&str> = task.templates.values().map(String::as_str).collect();
        let source = task.args.get("src").and_then(Tree::as_str).unwrap_or_default();
        text.extend(self.files.get(&format!("templates/{source}")).map(String::as_str));
        let named = |name: &str| text.iter().any(|text| mentions(text, name));
        let defaults = self.all_defaults().into_iter();
        let full = defaults.map(|(name, value, _)| (format!("{}_{name}", self.name), value));
        full.filter(|(name, _)| named(name)).collect()
    }

    /// One resource a task; each comes after the one before it.
    pub fn resources(&self, instance: Option<&str>, protect: bool, mut after: Vec<Address>) -> Vec<Resource> {
        let mut resources = Vec::new();
        for task in self.tasks.iter().chain(self.further.values().flatten()) {
            if task.args.as_map().is_none() {
                continue;
            }
            let address = Address::new("ansible", instance, [self.name.as_str(), &self.name, &task.name]);
            let mut body = task.args.clone();
            if let Some(members) = task.members {
                body.insert("loop", Tree::List((0..members).map(Tree::from).collect()));
            }
            let mentioned = self.mentioned(task);
            if !mentioned.is_empty() {
                body.insert("vars", Tree::Map(mentioned));
            }
            let mut resource = Resource::new(address.clone(), Some(self.component.clone()), body);
            resource.after = std::mem::replace(&mut after, vec![address]);
            resource.protect = protect && task.module.ends_with("docker_volume");
            resources.push(resource);
        }
        resources
    }
}

/// A mapping.
pub fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::Map(entries.into_iter().map(|(key, value)| Entry::new(key, value)).collect())
}

/// A list of words.
pub fn words(words: impl IntoIterator<Item = String>) -> Node {
    Node::List(words.into_iter().map(|word| Item::from(Node::Text(word))).collect())
}

const fn type_of(tree: &Tree) -> &'static str {
    match tree {
        Tree::Null => "raw",
        Tree::Bool(_) => "bool",
        Tree::Int(_) => "int",
        Tree::Float(_) => "float",
        Tree::Text(_) => "str",
        Tree::List(_) => "list",
        Tree::Map(_) => "dict",
    }
}

fn about(name: &str) -> &'static str {
    const ABOUT: [(&str, &str); 6] = [
        ("image", "The image that runs."),
        ("command", "What is started, and its arguments."),
        ("env", "Environment variables."),
        ("memory", "Memory at most, swap included."),
        ("cpus", "CPUs at most."),
        ("replicas", "How many containers there are."),
    ];
    let found = ABOUT.into_iter().find(|(known, _)| name == *known || name.ends_with(&format!("_{known}")));
    found.map_or("A value of the tasks.", |(_, about)| about)
}

fn collect_variables(tree: &Tree, variables: &mut BTreeMap<String, String>) {
    use crate::model::Part;
    match tree {
        Tree::Text(value) => {
            for part in value.parts() {
                match part {
                    Part::Secret(name) => {
                        let about = format!("The value of the secret {name}; handed over with --extra-vars @FILE.");
                        variables.insert(jinja::secret_variable(name), about);
                    }
                    Part::Deferred { component, output, .. } => {
                        let about = format!("What {component} reports as {output}.");
                        variables.insert(jinja::output_variable(component, output), about);
                    }
                    Part::Literal(_) | Part::Endpoint { .. } => {}
                }
            }
        }
        Tree::List(list) => list.iter().for_each(|tree| collect_variables(tree, variables)),
        Tree::Map(map) => map.values().for_each(|tree| collect_variables(tree, variables)),
        _ => {}
    }
}

/// Whether a template reads a variable.
fn mentions(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word))
}
