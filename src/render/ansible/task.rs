//! A task and what it is made of.

use super::jinja;
use crate::model::{FieldPath, Segment, Tree, Value};
use crate::render::yaml::{self, Entry, Item, Node};
use std::collections::BTreeMap;

/// An argument as a renderer hands it over: data, a template of ours, or data that a variable drives.
#[derive(Debug, Clone)]
pub enum Argument {
    /// Data: it arrives as it is.
    Data(Tree),
    /// A template of ours.
    Template(String),
    /// Data that stands in a variable.
    Variable(Variable, Tree),
    /// A list of arguments.
    List(Vec<Argument>),
    /// A map of arguments.
    Map(Vec<(&'static str, Argument)>),
}

impl<T: Into<Tree>> From<T> for Argument {
    fn from(tree: T) -> Self {
        Self::Data(tree.into())
    }
}

/// A variable that drives an argument.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// A default of the role, by its name without the role's.
    Role(String),
    /// A variable of all hosts, by its name.
    Global(&'static str),
}

impl Variable {
    /// Its name in a role.
    pub fn name(&self, role: &str) -> String {
        match self {
            Self::Role(name) => format!("{role}_{name}"),
            Self::Global(name) => (*name).to_owned(),
        }
    }
}

/// Text that lies in a file of the role instead of in the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleFile {
    /// Its name in `files/` or, where it has parts that are not known, in `templates/` (with `.j2`).
    pub name: String,
}

/// One task of a role.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its name, unique in its role.
    pub name: String,
    /// The full name of the module.
    pub module: String,
    /// The module's arguments: what a resource's body is.
    pub args: Tree,
    /// The arguments that are templates of ours, with their text.
    pub templates: BTreeMap<FieldPath, String>,
    /// The arguments that a variable drives, with the value that it drives them to.
    pub variables: BTreeMap<FieldPath, (Variable, Tree)>,
    /// What stands below the arguments (`register`, `when`, `loop`, ...), without user's text.
    pub keywords: Vec<Entry>,
    /// How many times it is done, where it is done in a loop over members.
    pub members: Option<u32>,
    /// Where `content` lies, when it lies in a file of the role.
    pub file: Option<RoleFile>,
}

impl Task {
    /// A task without arguments.
    pub fn new(name: impl Into<String>, module: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            module: module.into(),
            args: Tree::map(),
            templates: BTreeMap::new(),
            variables: BTreeMap::new(),
            keywords: Vec::new(),
            members: None,
            file: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, name: &str, argument: impl Into<Argument>) -> Self {
        let tree = self.take(argument.into(), &FieldPath::keys([name]));
        self.args.insert(name, tree);
        self
    }

    /// Adds an argument where there is one.
    #[must_use]
    pub fn arg_if(self, name: &str, argument: Option<impl Into<Argument>>) -> Self {
        match argument {
            Some(argument) => self.arg(name, argument),
            None => self,
        }
    }

    /// Says that text which is there already is a template of ours.
    #[must_use]
    pub fn template_at(mut self, path: FieldPath) -> Self {
        if let Some(text) = path.lookup(&self.args).and_then(Tree::as_str).map(str::to_owned) {
            self.templates.insert(path, text);
        }
        self
    }

    /// Gives the module one word instead of arguments.
    #[must_use]
    pub fn free_form(mut self, word: &str) -> Self {
        self.args = Tree::text(word);
        self
    }

    /// Adds a keyword that is a template or a word of ours.
    #[must_use]
    pub fn keyword(mut self, name: &str, value: impl Into<Node>) -> Self {
        self.keywords.push(Entry::new(name, value));
        self
    }

    fn take(&mut self, argument: Argument, path: &FieldPath) -> Tree {
        match argument {
            Argument::Data(tree) => tree,
            Argument::Template(text) => {
                self.templates.insert(path.clone(), text.clone());
                Tree::text(text)
            }
            Argument::Variable(variable, tree) => {
                self.variables.insert(path.clone(), (variable, tree.clone()));
                tree
            }
            Argument::List(list) => {
                let element = |(at, argument)| self.take(argument, &path.join(Segment::Index(at)));
                Tree::List(list.into_iter().enumerate().map(element).collect())
            }
            Argument::Map(map) => {
                let entry = |(key, argument): (&str, Argument)| (key.to_owned(), self.take(argument, &path.key(key)));
                Tree::Map(map.into_iter().map(entry).collect())
            }
        }
    }

    /// The values that variables drive, after merges over the arguments, and whether a merge changed them.
    pub fn driven(&self) -> Vec<(&Variable, &Tree, bool)> {
        let mut driven = Vec::new();
        for (path, (variable, original)) in &self.variables {
            if let Some(now) = path.lookup(&self.args) {
                driven.push((variable, now, now != original));
            }
        }
        driven
    }

    /// The content that lies in a file of the role: its path there, and its text.
    pub fn role_file(&self) -> Option<(String, String)> {
        let file = self.file.as_ref()?;
        let Tree::Text(content) = self.args.get("content")? else { return None };
        Some(match content.as_literal() {
            Some(text) => (format!("files/{}", file.name), text.to_owned()),
            None => (format!("templates/{}.j2", file.name), jinja::template(content)),
        })
    }

    /// The task as it stands in a file of tasks.
    pub fn item(&self, role: &str) -> Item {
        let mut entries = vec![Entry::new("name", self.name.as_str())];
        let (module, args) = self.written_args(role);
        entries.push(Entry::new(module, args));
        entries.extend(self.keywords.iter().cloned());
        Node::Map(entries).into()
    }

    fn written_args(&self, role: &str) -> (String, Node) {
        let mut args = self.args.clone();
        let file = self.role_file();
        if let (Some((path, _)), Tree::Map(map)) = (&file, &mut args) {
            let name = path.split_once('/').map_or(path.as_str(), |(_, name)| name);
            let source = ("src".to_owned(), Tree::text(name));
            map.shift_remove("content");
            *map = std::iter::once(source).chain(std::mem::take(map)).collect();
        }
        let is_template = file.is_some_and(|(path, _)| path.starts_with("templates/"));
        let module = if is_template { "ansible.builtin.template".to_owned() } else { self.module.clone() };
        (module, self.node(&args, &FieldPath::default(), role))
    }

    fn node(&self, tree: &Tree, path: &FieldPath, role: &str) -> Node {
        if let Some((variable, _)) = self.variables.get(path) {
            return Node::Text(format!("{{{{ {} }}}}", variable.name(role)));
        }
        match tree {
            Tree::Text(value) => match self.templates.get(path) {
                Some(text) if value.as_literal() == Some(text) => Node::Text(text.clone()),
                _ => jinja::scalar(value),
            },
            Tree::List(list) => {
                let element = |(at, tree)| self.node(tree, &path.join(Segment::Index(at)), role).into();
                Node::List(list.iter().enumerate().map(element).collect())
            }
            Tree::Map(map) => Node::Map(
                map.iter().map(|(key, tree)| Entry::new(key, self.node(tree, &path.key(key), role))).collect(),
            ),
            plain => data(plain),
        }
    }
}

/// Data as it stands in a file of variables.
pub fn data(tree: &Tree) -> Node {
    Node::from_tree(tree, &mut |value: &Value| jinja::scalar(value))
}

/// A document of Ansible: starts with `---` and, where a user's text makes a long line, tells the linter so.
pub fn document(header: &str, node: &Node) -> String {
    const LONGEST_LINE: usize = 160;
    let body = yaml::write(node);
    let is_long = body.lines().any(|line| line.chars().count() > LONGEST_LINE);
    let lint = if is_long { "# yamllint disable rule:line-length\n" } else { "" };
    format!("---\n{header}{lint}{body}")
}
