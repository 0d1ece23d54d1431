//! What a run of Compose finds in its environment: secrets, and what other tools report.

use super::Work;
use super::compose::{Variable, is_free};
use crate::backend::{BackendError, ErrorClass};
use crate::model::{Address, Part, SecretValue, Tree, Value};
use crate::render::engine::variable_name;
use std::collections::BTreeMap;

impl Work<'_> {
    /// The variables for some services: their secrets, and everything in the file that is known only now.
    pub(super) fn variables(&self, services: &[Address]) -> Result<Vec<Variable>, BackendError> {
        let mut variables = BTreeMap::new();
        for address in services {
            let Some(resource) = self.batch.resources.get(address) else { continue };
            for (name, content) in secrets_of(&resource.body) {
                variables.insert(variable_name(name), self.secret(name, content)?);
            }
        }
        self.deferred(services, &mut variables)?;
        Ok(variables.into_iter().collect())
    }

    /// The value of a secret.
    pub(super) fn secret(&self, name: &str, content: &Value) -> Result<SecretValue, BackendError> {
        let variable = variable_name(name);
        if !is_free(&variable) {
            let message =
                format!("the secret `{name}` would be handed over as {variable}, which docker compose reads itself");
            return Err(BackendError::new(ErrorClass::Invalid, message).help("rename the secret"));
        }
        let value = self.batch.supply.fill(content)?;
        if value.expose().contains(&0) {
            let message = format!("the secret `{name}` holds a zero byte, which no environment variable can");
            return Err(BackendError::new(ErrorClass::Invalid, message));
        }
        self.memory.know(&value);
        Ok(value)
    }

    /// Compose reads the whole file: what others need is not to stop these.
    fn deferred(
        &self,
        services: &[Address],
        variables: &mut BTreeMap<String, SecretValue>,
    ) -> Result<(), BackendError> {
        for (address, resource) in
            self.batch.resources.iter().filter(|(address, _)| address.kind() == super::super::KIND)
        {
            let mut parts = Vec::new();
            deferred_parts(&resource.body, &mut parts);
            for part in parts {
                let Part::Deferred { component, output, sensitive } = &part else { continue };
                let name = variable_name(&format!("{component}-{output}"));
                let value = match self.batch.supply.fill(&Value::from_parts([part.clone()])) {
                    Ok(value) => value,
                    Err(error) if services.contains(address) => return Err(error),
                    Err(_) => SecretValue::new(b"unknown".to_vec()),
                };
                if *sensitive {
                    self.memory.know(&value);
                }
                variables.insert(name, value);
            }
        }
        Ok(())
    }
}

/// The secrets of a service, by name.
pub(super) fn secrets_of(body: &Tree) -> impl Iterator<Item = (&String, &Value)> {
    let secrets = body.get("secrets").and_then(Tree::as_map).into_iter().flatten();
    secrets.filter_map(|(name, content)| if let Tree::Text(value) = content { Some((name, value)) } else { None })
}

pub(super) fn deferred_parts(tree: &Tree, found: &mut Vec<Part>) {
    match tree {
        Tree::Text(value) => {
            found.extend(value.parts().iter().filter(|part| matches!(part, Part::Deferred { .. })).cloned());
        }
        Tree::List(list) => list.iter().for_each(|tree| deferred_parts(tree, found)),
        Tree::Map(map) => map.values().for_each(|tree| deferred_parts(tree, found)),
        _ => {}
    }
}
