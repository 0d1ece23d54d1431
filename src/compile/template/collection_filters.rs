//! Filters over lists and maps.

use super::Failure;
use super::arguments::Given;
use super::datum::{Datum, Kind};
use super::evaluate::Evaluator;
use super::operators::{self, origin_of_reference};
use super::writer::text_of;
use super::{filters, text_filters};
use crate::model::Value;
use indexmap::IndexMap;
use std::cmp::Ordering;
use std::sync::LazyLock;

/// Applies a filter; none where there is none of that name here.
pub(super) fn apply(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    value: &Datum,
    given: &mut Given,
) -> Option<Result<Datum, Failure>> {
    Some(match name {
        "length" | "count" => length(value, given),
        "join" => join(evaluator, value, given),
        "keys" | "list" => walked(value, given).map(Datum::list),
        "first" => walked(value, given).map(|items| items.into_iter().next().unwrap_or_else(|| Kind::Null.into())),
        "last" => walked(value, given).map(|mut items| items.pop().unwrap_or_else(|| Kind::Null.into())),
        "reverse" => walked(value, given).map(|items| Datum::list(items.into_iter().rev().collect())),
        "sort" => sort(evaluator, value, given),
        "unique" => unique(evaluator, value, given),
        "min" | "max" => extreme(evaluator, name, value, given),
        "sum" => sum(evaluator, value, given),
        "values" => entries(value, given).map(|map| Datum::list(map.values().cloned().collect())),
        "items" => entries(value, given).map(|_| pairs(value)),
        "dictsort" => entries(value, given).map(|map| {
            let mut sorted = map.clone();
            sorted.sort_keys();
            pairs(&Datum::map_with_keys(sorted, keys_of(value)))
        }),
        "merge" => merge(value, given),
        "without" => without(value, given),
        "map" => map(evaluator, value, given),
        "select" | "reject" => select(evaluator, name == "select", value, given),
        _ => return None,
    })
}

fn walked(value: &Datum, given: &Given) -> Result<Vec<Datum>, Failure> {
    let wrong = || given.error(format_args!("it takes a list or a map, not {}", value.kind_name()));
    filters::elements(value).ok_or_else(wrong)
}

fn entries<'v>(value: &'v Datum, given: &Given) -> Result<&'v IndexMap<String, Datum>, Failure> {
    static EMPTY: LazyLock<IndexMap<String, Datum>> = LazyLock::new(IndexMap::new);
    if matches!(value.kind, Kind::Null) {
        return Ok(&EMPTY);
    }
    value.as_map().ok_or_else(|| given.error(format_args!("it takes a map, not {}", value.kind_name())))
}

fn keys_of(value: &Datum) -> IndexMap<String, crate::diag::Span> {
    if let Kind::Map(map) = &value.kind { map.keys.clone() } else { IndexMap::new() }
}

fn length(value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let length = match value.as_str() {
        Some(text) => text.chars().count(),
        None => walked(value, given)?.len(),
    };
    Ok(Kind::Int(i64::try_from(length).unwrap_or(i64::MAX)).into())
}

fn join(evaluator: &mut Evaluator<'_>, value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let items = walked(value, given)?;
    let separator = given.optional_text("separator")?.unwrap_or_default();
    let size = (separator.len() as u64).saturating_mul(items.len() as u64).saturating_add(value.size());
    evaluator.make(size, given.span)?;
    let mut joined = Value::default();
    let mut origin = None;
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            joined.push(crate::model::Part::Literal(separator.clone()));
        }
        let text = text_of(item).map_err(|_| given.error(format_args!("{} cannot be joined", item.kind_name())))?;
        for part in text.parts() {
            joined.push(part.clone());
        }
        origin = origin.or(origin_of_reference(item));
    }
    Ok(Datum::value(joined).at(origin))
}

fn sort(evaluator: &Evaluator<'_>, value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let mut items = walked(value, given)?;
    let mut failure = None;
    items.sort_by(|left, right| match operators::order(evaluator, left, right, given.span) {
        Ok(order) => order,
        Err(error) => {
            failure.get_or_insert(error);
            Ordering::Equal
        }
    });
    failure.map_or_else(|| Ok(Datum::list(items)), Err)
}

fn unique(evaluator: &mut Evaluator<'_>, value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let mut kept: Vec<Datum> = Vec::new();
    for item in walked(value, given)? {
        let mut known = false;
        for other in &kept {
            evaluator.make(item.size(), given.span)?;
            known = known || operators::equal(evaluator, other, &item, given.span)?;
        }
        if !known {
            kept.push(item);
        }
    }
    Ok(Datum::list(kept))
}

fn extreme(evaluator: &Evaluator<'_>, name: &str, value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let mut best: Option<Datum> = None;
    for item in walked(value, given)? {
        let better = match &best {
            None => true,
            Some(best) => {
                let order = operators::order(evaluator, &item, best, given.span)?;
                if name == "min" { order.is_lt() } else { order.is_gt() }
            }
        };
        if better {
            best = Some(item);
        }
    }
    Ok(best.unwrap_or_else(|| Kind::Null.into()))
}

fn sum(evaluator: &mut Evaluator<'_>, value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let mut total = Datum::from(Kind::Int(0));
    for item in walked(value, given)? {
        if operators::number(&item).is_none() {
            return Err(given.error(format_args!("{} cannot be added up", item.kind_name())));
        }
        total = operators::binary(evaluator, super::syntax::Operator::Add, &total, &item, given.span)?;
    }
    Ok(total)
}

fn pairs(value: &Datum) -> Datum {
    let Kind::Map(map) = &value.kind else { return Datum::list(Vec::new()) };
    let pair = |(key, value): (&String, &Datum)| {
        Datum::list(vec![Datum::text(key.clone()).at(map.keys.get(key).copied()), value.clone()])
    };
    Datum::list(map.entries.iter().map(pair).collect())
}

/// The entries of both maps; those of the argument win. A level deep, as YAML merges.
fn merge(value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let mut merged = entries(value, given)?.clone();
    let other = given.optional("other").unwrap_or_else(|| Kind::Null.into());
    let mut keys = keys_of(value);
    keys.extend(keys_of(&other));
    merged.extend(entries(&other, given)?.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(Datum::map_with_keys(merged, keys).at(value.origin))
}

/// A map without some keys, or a list without some elements.
fn without(value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let mut left_out = Vec::new();
    while let Some(key) = given.optional("key") {
        match filters::elements(&key) {
            Some(keys) => left_out.extend(keys),
            None => left_out.push(key),
        }
    }
    let left_out: Vec<&str> = left_out.iter().filter_map(Datum::as_str).collect();
    let kept = |text: &str| !left_out.contains(&text);
    if let Some(map) = value.as_map() {
        let entries = map.iter().filter(|(key, _)| kept(key)).map(|(key, value)| (key.clone(), value.clone()));
        return Ok(Datum::map_with_keys(entries.collect(), keys_of(value)).at(value.origin));
    }
    let items = walked(value, given)?;
    Ok(Datum::list(items.into_iter().filter(|item| item.as_str().is_none_or(kept)).collect()))
}

/// `map(attribute="x")`, or `map("filter", arguments)` over each element.
fn map(evaluator: &mut Evaluator<'_>, value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let items = walked(value, given)?;
    if let Some(attribute) = given.by_name("attribute") {
        let name = attribute.as_str().unwrap_or_default().to_owned();
        let picked = items.iter().map(|item| match item.as_map().and_then(|map| map.get(&name)) {
            Some(datum) => Ok(datum.clone()),
            None => Err(given.undefined(&name, "attribute")),
        });
        return picked.collect::<Result<_, _>>().map(Datum::list);
    }
    let filter = given.text("filter")?;
    let arguments: Vec<Datum> = std::iter::from_fn(|| given.optional("argument")).collect();
    let mut mapped = Vec::new();
    for item in items {
        evaluator.make(item.size(), given.span)?;
        let mut arguments = Given::new(&filter, given.span, arguments.clone(), Vec::new());
        let result = text_filters::apply(evaluator, &filter, &item, &mut arguments)
            .ok_or_else(|| given.undefined(&filter, "filter over text"))?;
        mapped.push(evaluator.made(result?, given.span)?);
    }
    Ok(Datum::list(mapped))
}

/// The elements for which a test holds, or those for which it does not; without a test, whether they are true.
fn select(evaluator: &mut Evaluator<'_>, wanted: bool, value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let items = walked(value, given)?;
    let test = given.optional_text("test")?;
    let arguments: Vec<Datum> = std::iter::from_fn(|| given.optional("argument")).collect();
    let mut kept = Vec::new();
    for item in items {
        let holds = match &test {
            None => item.is_true(),
            Some(test) => {
                let mut arguments = Given::new(test, given.span, arguments.clone(), Vec::new());
                filters::holds(evaluator, test, &item, &mut arguments)?
            }
        };
        if holds == wanted {
            kept.push(item);
        }
    }
    Ok(Datum::list(kept))
}
