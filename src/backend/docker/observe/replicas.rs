//! All containers of a service, as one: what deviates in any of them deviates.

use super::Look;
use super::inspected::{Body, Inspected};
use super::listing::Listed;
use super::wanted::Kind;
use crate::backend::docker::TABLE;
use crate::model::{Address, Segment, Tree};
use crate::plan::{Comparison, Content, compare};
use std::collections::BTreeSet;

/// For how long a container may wait to take another one's place, in seconds: longer than any grace for the old one to stop.
const LONGEST_CHANGE: i64 = 120;

/// The body of a service's containers, the first of which has the usual name; else why there is none.
pub fn observed(
    look: &Look<'_>,
    service: &str,
    containers: &[Listed],
    inspected: &Inspected,
    now: Option<i64>,
) -> Result<Body, String> {
    let is_fresh = |one: &&Listed| !look.wanted.is_quiet && now.is_none_or(|now| now - one.created < LONGEST_CHANGE);
    if let Some(one) = containers.iter().filter(|one| one.is_half_made()).find(is_fresh) {
        return Err(format!("{} is being made anew", one.name));
    }
    if let Some(one) = containers.iter().find(|one| one.is_on_its_way_out()) {
        return Err(format!("{} is being removed", one.name));
    }
    let known = look.wanted.declared(Kind::Container, service);
    let declared = known.made_from();
    let wanted = declared.get("deploy").and_then(|deploy| deploy.get("replicas"));
    let number = match wanted {
        Some(Tree::Int(number)) => usize::try_from(*number).unwrap_or(1),
        _ => 1,
    };
    let mut bodies = Vec::new();
    for one in containers.iter().take(number.max(1)) {
        bodies.push(inspected.body(look, service, one)?);
    }
    let address = look.wanted.address(Kind::Container, service);
    let mut body = merged(&address, declared, bodies);
    if containers.len() != 1 || wanted.is_some() {
        put_count(&mut body.tree, containers.len());
    }
    // A job on its way to its end is what it must be: how it ends is seen when it does.
    if is_job_under_way(declared, &body.tree) {
        body.tree.insert("state", "exited");
    }
    for more in containers.iter().skip(number.max(1)) {
        body.print.push_str(&more.id);
    }
    Ok(body)
}

fn is_job_under_way(declared: &Tree, body: &Tree) -> bool {
    let state = |tree: &Tree| tree.get("state").and_then(Tree::as_str).map(str::to_owned);
    state(declared).as_deref() == Some("exited") && matches!(state(body).as_deref(), Some("running" | "restarting"))
}

fn put_count(body: &mut Tree, count: usize) {
    let Tree::Map(map) = body else { return };
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    map.entry("deploy".to_owned()).or_insert_with(Tree::map).insert("replicas", Tree::Int(count));
}

/// The first body, with what deviates in others and not in it.
fn merged(address: &Address, declared: &Tree, bodies: Vec<Body>) -> Body {
    let mut all = bodies.into_iter();
    let Some(mut first) = all.next() else { return Body::default() };
    let mut taken = deviating(address, declared, &first.tree);
    for other in all {
        first.print.push_str(&other.print);
        for key in deviating(address, declared, &other.tree) {
            if !taken.insert(key.clone()) {
                continue;
            }
            match (other.tree.get(&key), &mut first.tree) {
                (Some(value), Tree::Map(map)) => drop(map.insert(key, value.clone())),
                (None, Tree::Map(map)) => drop(map.shift_remove(&key)),
                _ => {}
            }
        }
    }
    first
}

/// The first keys of the fields in which a body is not what is declared.
fn deviating(address: &Address, declared: &Tree, body: &Tree) -> BTreeSet<String> {
    let side = |body| Some(Content { body, text: None, executable: false });
    let compared = compare(&Comparison {
        address,
        table: &TABLE,
        owned: &[],
        desired: side(declared),
        applied: side(declared),
        live: side(body),
        as_system_would: None,
        silence: &|_| None,
    });
    let first = |segment: Option<&Segment>| match segment {
        Some(Segment::Key(key)) => Some(key.clone()),
        _ => None,
    };
    compared.fields.iter().filter_map(|field| first(field.path.0.first())).collect()
}
