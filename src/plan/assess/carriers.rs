//! What only follows from what a resource lives in.

use super::{Assessed, ResourceClass};
use crate::model::Address;
use std::collections::BTreeMap;

/// The field that says whether a carrier runs.
pub(in crate::plan) const STATE: &str = "state";

/// Finds what follows from a reported carrier, and what cannot be seen since its carrier is yet to be made.
///
/// A carrier that is not among what was asked for is not reported, so that nothing may hide behind it; of one that was not even looked at
/// nothing is known.
pub(super) fn settle(resources: &mut BTreeMap<Address, Assessed<'_>>, looked_at: &dyn Fn(&Address) -> bool) {
    // Each round settles what lives in what the round before settled; a circle of carriers ends it too, since nothing is settled twice.
    loop {
        let settled: Vec<_> = resources
            .iter()
            .filter_map(|(address, one)| Some((address.clone(), settle_one(resources, one, looked_at)?)))
            .collect();
        if settled.is_empty() {
            return;
        }
        for (address, how) in settled {
            let Some(one) = resources.get_mut(&address) else { continue };
            match how {
                Settled::Follows(carrier) => one.follows = Some(carrier),
                Settled::YetToBeMade => one.class = ResourceClass::Pending,
            }
        }
    }
}

enum Settled {
    Follows(Address),
    YetToBeMade,
}

fn settle_one(
    resources: &BTreeMap<Address, Assessed<'_>>,
    one: &Assessed<'_>,
    looked_at: &dyn Fn(&Address) -> bool,
) -> Option<Settled> {
    let unseen = matches!(one.class, ResourceClass::Unknown | ResourceClass::Missing);
    if one.follows.is_some() || !(unseen || one.class == ResourceClass::Changed) {
        return None;
    }
    let carriers = one.desired?.carriers.iter().map(|carrier| &carrier.address).filter(|address| looked_at(address));
    let mut carriers = carriers.filter_map(|address| Some((address, resources.get(address)?)));
    let explains = |carrier: &Assessed<'_>| match one.class {
        _ if !carrier.selected => false,
        ResourceClass::Unknown => carrier.follows.is_some() || carrier.class.is_drift(),
        _ => is_down(carrier),
    };
    if let Some((address, carrier)) = carriers.clone().find(|(_, carrier)| explains(carrier)) {
        return Some(Settled::Follows(carrier.follows.clone().unwrap_or_else(|| address.clone())));
    }
    let to_be_made = |carrier: &Assessed<'_>| carrier.class == ResourceClass::Pending && carrier.observed.is_none();
    (unseen && carriers.any(|(_, carrier)| to_be_made(carrier))).then_some(Settled::YetToBeMade)
}

/// Whether nothing can be expected of what lives in it.
fn is_down(carrier: &Assessed<'_>) -> bool {
    let stopped =
        || carrier.compared.fields.iter().any(|field| field.verdict.is_drift() && field.path.to_string() == STATE);
    carrier.follows.is_some() || matches!(carrier.class, ResourceClass::Missing | ResourceClass::Moved) || stopped()
}
