//! What is declared and has no container, and needs none: a job that ran, a service of which there are to be none.

use super::inspected::Body;
use super::listing::Listing;
use super::wanted::{Declared, Kind};
use super::{Look, Seen};
use crate::model::Tree;

pub fn put(look: &mut Look<'_>, listing: &Listing) {
    let wanted = look.wanted;
    for (service, declared) in wanted.all(Kind::Container) {
        let is_there = listing.ours.contains_key(service) || listing.occupants.contains_key(service);
        if is_there || !look.asks_for(service) {
            continue;
        }
        match judge(&declared, wanted.is_recorded, !listing.ours.is_empty()) {
            Unseen::As(body) => {
                let applied = declared.applied;
                let outputs = applied.map(|applied| applied.outputs.clone()).unwrap_or_default();
                let component = declared.desired.and_then(|resource| resource.component.clone());
                let print = serde_json::to_string(body).unwrap_or_default();
                let seen = Seen { body: Body { tree: body.clone(), outputs, print }, ours: true, component };
                look.insert(wanted.address(Kind::Container, service), declared, seen);
            }
            Unseen::NotKnown => {
                look.gap(
                    service,
                    "nothing says whether it ever ran: nothing is recorded, and its container is gone".into(),
                );
            }
            Unseen::NotThere => {}
        }
    }
}

enum Unseen<'a> {
    /// As if it were there.
    As(&'a Tree),
    /// Nobody can say.
    NotKnown,
    /// It is not there.
    NotThere,
}

fn judge<'a>(declared: &Declared<'a>, is_recorded: bool, anything_is_there: bool) -> Unseen<'a> {
    let Some(desired) = declared.desired.map(|resource| &resource.body) else { return Unseen::NotThere };
    let none = desired.get("deploy").and_then(|deploy| deploy.get("replicas")) == Some(&Tree::Int(0));
    let on_demand = desired.get("profiles").and_then(Tree::as_list).is_some_and(|profiles| !profiles.is_empty());
    let is_job = desired.get("state").and_then(Tree::as_str) == Some("exited");
    match declared.applied {
        _ if none || on_demand => Unseen::As(desired),
        Some(applied) if is_job => Unseen::As(&applied.body),
        None if is_job && !is_recorded && anything_is_there => Unseen::NotKnown,
        _ => Unseen::NotThere,
    }
}
