//! Containers: image, command, files, mounts.

use super::Reader;
use crate::diag::{Diagnostic, Span, code};
use crate::model::{ConfigFile, Container, Effect, EntryEffect, FileFormat, Mount, SecretFile, Value};
use crate::spec::{Node, NodeKind};
use indexmap::IndexMap;

const CONTAINER: &[&str] = &[
    "image",
    "command",
    "args",
    "env",
    "files",
    "mounts",
    "secret_files",
    "resources",
    "probes",
    "security",
    "working_dir",
];
const FILE: &[&str] = &["path", "content", "format", "mode", "effect", "entries"];
const FORMATS: &[(&str, FileFormat)] = &[
    ("text", FileFormat::Text),
    ("lines", FileFormat::Lines),
    ("yaml", FileFormat::Yaml),
    ("json", FileFormat::Json),
    ("ini", FileFormat::Ini),
];
/// The effects by name.
pub(super) const EFFECTS: &[(&str, Effect)] = &[
    ("runtime", Effect::Runtime),
    ("restart", Effect::Restart),
    ("replace", Effect::Replace),
    ("refused", Effect::Refused),
];

impl Reader<'_> {
    pub(super) fn container(&mut self, name: &str, node: &Node) -> Option<Container> {
        let what = format!("the container `{name}`");
        let fields = self.fields(node, &what, CONTAINER)?;
        let image = self.required(&fields, &what, "image").and_then(|node| self.image(node));
        let mut list = |key: &str| fields.get(key).and_then(|node| self.values(node, key));
        let (command, args) = (list("command"), list("args"));
        let env = self.environment_variables(fields.get("env"));
        let files =
            self.by_name(fields.get("files"), "files", |this, name, entry| this.config_file(name, &entry.value));
        let resources = fields.get("resources").map(|node| self.resources(node)).unwrap_or_default();
        let probes = fields.get("probes").map(|node| self.probes(node)).unwrap_or_default();
        let security = fields.get("security").map(|node| self.security(node)).unwrap_or_default();
        let working_dir = fields.get("working_dir").and_then(|node| self.absolute(node, "working_dir"));
        Some(Container {
            name: name.to_owned(),
            image: image?,
            command,
            args,
            env,
            files,
            mounts: self.mounts(fields.get("mounts")),
            secret_files: self.secret_files(fields.get("secret_files")),
            resources,
            probes,
            security,
            working_dir,
        })
    }

    fn image(&mut self, node: &Node) -> Option<Value> {
        let image = self.value(node, "image")?;
        let odd = |text: &str| text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control());
        if image.as_literal().is_some_and(odd) {
            self.error(node.span, "`image` is no image reference");
            return None;
        }
        Some(image)
    }

    fn environment_variables(&mut self, node: Option<&Node>) -> IndexMap<String, Value> {
        self.by_name(node, "env", |this, name, entry| {
            if name.is_empty() || name.contains(['=', '\0']) {
                this.error(entry.key_span, format!("`{name}` is no name of an environment variable"));
                return None;
            }
            this.value(&entry.value, name)
        })
    }

    /// An absolute path.
    fn absolute(&mut self, node: &Node, what: &str) -> Option<String> {
        let path = self.text(node, what)?;
        self.check_absolute(&path, node.span, what).then_some(path)
    }

    fn check_absolute(&mut self, path: &str, span: Span, what: &str) -> bool {
        let valid = path.starts_with('/') && !path.split('/').any(|piece| piece == "..") && !path.contains('\0');
        if !valid {
            self.error(span, format!("`{what}` must be an absolute path without `..`, not `{path}`"));
        }
        valid
    }

    fn config_file(&mut self, name: &str, node: &Node) -> Option<ConfigFile> {
        let what = format!("the file `{name}`");
        let fields = self.fields(node, &what, FILE)?;
        let path = self.required(&fields, &what, "path").and_then(|node| self.absolute(node, "path"));
        let content = self.required(&fields, &what, "content").and_then(|node| self.file_content(node));
        let format = fields.get("format").map_or(Some(FileFormat::Text), |node| self.choice(node, "format", FORMATS));
        let mode = fields.get("mode").map_or(Some(0o444), |node| self.mode(node));
        let effect = fields.get("effect").map_or(Some(Effect::Restart), |node| self.choice(node, "effect", EFFECTS));
        let entries = self.by_name(fields.get("entries"), "entries", |this, _, entry| {
            this.choice(&entry.value, "effect of an entry", EFFECTS)
        });
        let entries = entries.into_iter().map(|(key, effect)| EntryEffect { key, effect }).collect();
        Some(ConfigFile { path: path?, content: content?, format: format?, mode: mode?, effect: effect?, entries })
    }

    fn file_content(&mut self, node: &Node) -> Option<Value> {
        let content = self.value(node, "content")?;
        if content.is_sensitive() {
            let help = "hand the secret over in `secret_files` and read it when the program starts";
            let message = "a secret would be part of a file's content";
            let diagnostic = Diagnostic::error(code::SECRET_IN_FILE, self.place(node.span), message).help(help);
            self.sink.push(diagnostic);
            return None;
        }
        Some(content)
    }

    fn mode(&mut self, node: &Node) -> Option<u32> {
        self.quantity(node, "mode", "permission bits in octal, such as \"0444\"", |text| {
            u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777)
        })
    }

    /// `{volume: path}`, or `{volume: {path: x, read_only: true}}`.
    fn mounts(&mut self, node: Option<&Node>) -> Vec<Mount> {
        let mounts = self.by_name(node, "mounts", |this, volume, entry| {
            let volume = volume.to_owned();
            if !matches!(entry.value.kind, NodeKind::Map(_)) {
                return Some(Mount { volume, path: this.absolute(&entry.value, "mount")?, read_only: false });
            }
            let fields = this.fields(&entry.value, "a mount", &["path", "read_only"])?;
            let path = this.required(&fields, "a mount", "path")?;
            let read_only = fields.get("read_only").and_then(|node| this.flag(node, "read_only")).unwrap_or(false);
            Some(Mount { volume, path: this.absolute(path, "path")?, read_only })
        });
        mounts.into_values().collect()
    }

    /// `{path: value}`.
    fn secret_files(&mut self, node: Option<&Node>) -> Vec<SecretFile> {
        let files = self.by_name(node, "secret_files", |this, path, entry| {
            let content = this.value(&entry.value, path)?;
            this.check_absolute(path, entry.key_span, "secret_files")
                .then(|| SecretFile { path: path.to_owned(), content })
        });
        files.into_values().collect()
    }
}
