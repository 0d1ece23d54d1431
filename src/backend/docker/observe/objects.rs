//! Networks and volumes: the lists say all of them.

use super::inspected::Body;
use super::listing::Labels;
use super::wanted::{Kind, Wanted};
use super::{Look, Seen};
use crate::backend::docker::body::{network_body, volume_body};
use crate::model::Tree;
use bollard::models::{Network, Volume};
use std::collections::{BTreeMap, HashMap};

/// The output that says that a thing without our mark was taken over: an engine cannot give it one.
const ADOPTED: &str = "adopted";

/// One network or volume, and whose it is.
struct Object<'a> {
    kind: Kind,
    name: &'a str,
    labels: Option<&'a HashMap<String, String>>,
}

/// What a network or volume of the engine is to us.
enum Claim {
    Ours(String),
    InOurPlace(String),
    Stranger,
    Nobodys,
}

impl Object<'_> {
    fn claim(&self, wanted: &Wanted<'_>) -> Claim {
        let labels = Labels(self.labels);
        if labels.is_ours(wanted) {
            return labels.ours(wanted, self.kind).map_or(Claim::Nobodys, Claim::Ours);
        }
        let mut all = wanted.all(self.kind);
        if let Some((name, declared)) = all.find(|(name, _)| wanted.name_on_engine(name) == self.name) {
            let adopted = declared.applied.is_some_and(|applied| applied.outputs.contains_key(ADOPTED));
            return if adopted { Claim::Ours(name.to_owned()) } else { Claim::InOurPlace(name.to_owned()) };
        }
        if labels.is_of_project(wanted) && !labels.is_anonymous() { Claim::Stranger } else { Claim::Nobodys }
    }
}

pub fn networks(look: &mut Look<'_>, networks: &[Network]) {
    for network in networks {
        let name = network.name.as_deref().unwrap_or_default();
        let object = Object { kind: Kind::Network, name, labels: network.labels.as_ref() };
        put(look, &object, network.id.as_deref(), |declared| network_body(network, declared));
    }
}

pub fn volumes(look: &mut Look<'_>, volumes: &[Volume]) {
    for volume in volumes {
        let object = Object { kind: Kind::Volume, name: &volume.name, labels: Some(&volume.labels) };
        put(look, &object, None, |declared| volume_body(volume, declared));
    }
}

fn put(look: &mut Look<'_>, object: &Object<'_>, id: Option<&str>, body: impl Fn(&Tree) -> Tree) {
    let wanted = look.wanted;
    let whole = serde_json::to_string(&body(&Tree::Null)).unwrap_or_default();
    let seen =
        |tree: Tree| Body { tree, outputs: BTreeMap::new(), print: format!("{} {whole}", id.unwrap_or_default()) };
    let (name, ours) = match object.claim(wanted) {
        Claim::Nobodys => return,
        Claim::Stranger => {
            let address = wanted.stranger(object.kind, object.name);
            let seen = Seen { body: seen(body(&Tree::Null)), ..Seen::default() };
            return look.insert(address, super::Declared::default(), seen);
        }
        Claim::Ours(name) => (name, true),
        Claim::InOurPlace(name) => (name, false),
    };
    let address = wanted.address(object.kind, &name);
    // Of two networks of one name the one with our mark counts.
    if !ours && look.seen.resources.get(&address).is_some_and(|seen| seen.ours) {
        return;
    }
    let declared = wanted.declared(object.kind, &name);
    let body = seen(body(declared.made_from()));
    let component = Labels(object.labels).component();
    look.insert(address, declared, Seen { body, ours, component });
}
