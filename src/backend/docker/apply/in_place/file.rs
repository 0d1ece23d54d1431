//! Files in a container: configs and secrets, as Compose puts them there.

use crate::backend::docker::apply::Work;
use crate::backend::docker::apply::files::COMPOSE_FILE;
use crate::backend::docker::archive;
use crate::backend::docker::error::failed;
use crate::backend::docker::found::Found;
use crate::backend::git::parse_body;
use crate::backend::{BackendError, ErrorClass};
use crate::model::{Part, Tree, Value};
use crate::render::engine::variable_name;
use bollard::body_full;
use bollard::query_parameters::UploadToContainerOptionsBuilder;

/// The permissions of a file where nothing is declared: <https://docs.docker.com/reference/compose-file/services/#long-syntax-2>.
const DEFAULT_MODE: u32 = 0o444;

impl Work<'_> {
    /// Puts a config's file into a container.
    pub(super) async fn put_config(&self, container: &Found, name: &str, body: &Tree) -> Result<(), BackendError> {
        let place = body.get("config_targets").and_then(|targets| targets.get(name));
        let target = place.and_then(|place| place.get("target")).and_then(Tree::as_str);
        let mode = place.and_then(|place| place.get("mode")).and_then(Tree::scalar_text);
        let mode = mode.and_then(|mode| u32::from_str_radix(&mode, 8).ok()).unwrap_or(DEFAULT_MODE);
        let (Some(target), Some(content)) = (target, self.config(name)?) else {
            let message = format!("what the file `{name}` of {} holds is not known", container.name);
            return Err(BackendError::new(ErrorClass::Unsupported, message));
        };
        self.put(container, target, mode, &content).await
    }

    /// Puts a secret's file into a container.
    pub(super) async fn put_secret(&self, container: &Found, name: &str, body: &Tree) -> Result<(), BackendError> {
        let content = body.get("secrets").and_then(|secrets| secrets.get(name));
        let target = body.get("secret_targets").and_then(|targets| targets.get(name)).and_then(Tree::as_str);
        let (Some(Tree::Text(content)), Some(target)) = (content, target) else {
            let message = format!("where the secret `{name}` of {} lies is not known", container.name);
            return Err(BackendError::new(ErrorClass::Unsupported, message));
        };
        let value = self.secret(name, content)?;
        self.put(container, target, DEFAULT_MODE, value.expose()).await
    }

    async fn put(&self, container: &Found, path: &str, mode: u32, content: &[u8]) -> Result<(), BackendError> {
        let archive = archive::of_file(path, mode, content).ok_or_else(|| {
            let message = format!("`{path}` is too long a path for a file of {}", container.name);
            BackendError::new(ErrorClass::Unsupported, message)
        })?;
        let options = UploadToContainerOptionsBuilder::default().path("/").build();
        let put = self.client.upload_to_container(&container.id, Some(options), body_full(archive.into())).await;
        put.map_err(|error| {
            let error = failed("put a file into", &container.name, &error);
            // A root that can only be read is told as a failure of the engine.
            let class = if error.message.contains("read-only") { ErrorClass::Unsupported } else { error.class };
            BackendError { class, ..error }
        })
    }

    /// The text of a config, out of the file that Compose reads.
    fn config(&self, name: &str) -> Result<Option<Vec<u8>>, BackendError> {
        let Some(text) = self.batch.artifacts.get(COMPOSE_FILE) else { return Ok(None) };
        let file = parse_body(COMPOSE_FILE, text);
        let content = file.get("configs").and_then(|configs| configs.get(name)?.get("content")?.as_str());
        content.map(|content| self.interpolated(content)).transpose()
    }

    /// As Compose reads it: `$$` is a dollar, `${NAME:?...}` a variable.
    fn interpolated(&self, text: &str) -> Result<Vec<u8>, BackendError> {
        let mut known = Vec::new();
        for resource in self.batch.resources.values() {
            crate::backend::docker::apply::variables::deferred_parts(&resource.body, &mut known);
        }
        let (mut out, mut rest) = (Vec::new(), text);
        while let Some(at) = rest.find('$') {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            let after = &rest[at + 1..];
            if let Some(tail) = after.strip_prefix('$') {
                out.push(b'$');
                rest = tail;
                continue;
            }
            let variable = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let (inside, tail) = variable.ok_or_else(unreadable)?;
            let name = inside.split(":?").next().unwrap_or(inside);
            let is_meant = |part: &&Part| matches!(part, Part::Deferred { component, output, .. } if variable_name(&format!("{component}-{output}")) == name);
            let part = known.iter().find(is_meant).ok_or_else(unreadable)?;
            out.extend_from_slice(self.batch.supply.fill(&Value::from_parts([part.clone()]))?.expose());
            rest = tail;
        }
        out.extend_from_slice(rest.as_bytes());
        Ok(out)
    }
}

fn unreadable() -> BackendError {
    BackendError::new(ErrorClass::Unsupported, format!("a file in {COMPOSE_FILE} cannot be read"))
}
