//! Arithmetic, concatenation and comparison. What could grow is paid for before it is made.

use super::Failure;
use super::datum::{Datum, Kind};
use super::evaluate::Evaluator;
use super::syntax::{Comparison, Operator};
use super::writer::text_of;
use crate::diag::Span;
use crate::model::Value;
use std::cmp::Ordering;

/// `-x`; none where it is no number or does not fit.
pub(super) fn negate(of: &Datum) -> Option<Datum> {
    match of.kind {
        Kind::Int(number) => number.checked_neg().map(|number| Kind::Int(number).into()),
        Kind::Float(number) => Some(Kind::Float(-number).into()),
        _ => None,
    }
}

/// `left operator right`.
pub(super) fn binary(
    evaluator: &mut Evaluator<'_>,
    operator: Operator,
    left: &Datum,
    right: &Datum,
    span: Span,
) -> Result<Datum, Failure> {
    match operator {
        Operator::Concatenate => return concatenate(evaluator, left, right, span),
        Operator::Add if matches!((&left.kind, &right.kind), (Kind::Text(_), Kind::Text(_))) => {
            return concatenate(evaluator, left, right, span);
        }
        Operator::Add => {
            if let (Some(first), Some(second)) = (left.as_list(), right.as_list()) {
                evaluator.make(left.size().saturating_add(right.size()), span)?;
                return Ok(Datum::list([first, second].concat()));
            }
        }
        Operator::Multiply => {
            if let Some(repeated) = repeat(evaluator, left, right, span)? {
                return Ok(repeated);
            }
        }
        _ => {}
    }
    arithmetic(operator, left, right).ok_or_else(|| {
        let (left, right) = (left.kind_name(), right.kind_name());
        evaluator.wrong(
            span,
            format!("{left} and {right} cannot be calculated with in this way, or the result does not fit"),
        )
    })
}

fn concatenate(evaluator: &mut Evaluator<'_>, left: &Datum, right: &Datum, span: Span) -> Result<Datum, Failure> {
    evaluator.make(left.size().saturating_add(right.size()), span)?;
    let text = |datum: &Datum| text_of(datum).map_err(|_| datum.kind_name());
    let joined = match (text(left), text(right)) {
        (Ok(first), Ok(second)) => Value::from_parts(first.parts().iter().chain(second.parts()).cloned()),
        (Err(kind), _) | (_, Err(kind)) => {
            return Err(evaluator.wrong(span, format!("{kind} cannot be joined with text")));
        }
    };
    let reference = origin_of_reference(left).or(origin_of_reference(right));
    // What a user wrote with something of the template before or behind it still comes from the user.
    Ok(Datum::value(joined).at(reference.or(left.origin.xor(right.origin))))
}

/// Where a user wrote a value that is known only later.
pub(super) fn origin_of_reference(datum: &Datum) -> Option<Span> {
    match &datum.kind {
        Kind::Text(value) if value.as_literal().is_none() => datum.origin,
        _ => None,
    }
}

/// `"ab" * 3`, `[1] * 3`.
fn repeat(evaluator: &mut Evaluator<'_>, left: &Datum, right: &Datum, span: Span) -> Result<Option<Datum>, Failure> {
    let (of, times) = match (&left.kind, &right.kind) {
        (Kind::Text(_) | Kind::List(_), Kind::Int(times)) => (left, *times),
        (Kind::Int(times), Kind::Text(_) | Kind::List(_)) => (right, *times),
        _ => return Ok(None),
    };
    let times = u64::try_from(times).unwrap_or(0);
    evaluator.make(of.size().saturating_mul(times), span)?;
    let count = usize::try_from(times).unwrap_or(0);
    Ok(match &of.kind {
        Kind::Text(value) => {
            let literal = value
                .as_literal()
                .ok_or_else(|| evaluator.wrong(span, "text that is known only later cannot be repeated"))?;
            Some(Datum::text(literal.repeat(count)))
        }
        Kind::List(list) => {
            Some(Datum::list(list.items.iter().cycle().take(list.items.len() * count).cloned().collect()))
        }
        _ => None,
    })
}

fn arithmetic(operator: Operator, left: &Datum, right: &Datum) -> Option<Datum> {
    match (&left.kind, &right.kind) {
        (Kind::Int(left), Kind::Int(right)) if operator != Operator::Divide => integers(operator, *left, *right),
        _ => floats(operator, number(left)?, number(right)?),
    }
}

fn integers(operator: Operator, left: i64, right: i64) -> Option<Datum> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::FloorDivide => left.checked_div_euclid(right),
        Operator::Remainder => left.checked_rem_euclid(right),
        Operator::Power => left.checked_pow(u32::try_from(right).ok()?),
        Operator::Divide | Operator::Concatenate => None,
    };
    result.map(|number| Kind::Int(number).into())
}

fn floats(operator: Operator, left: f64, right: f64) -> Option<Datum> {
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::FloorDivide => (left / right).floor(),
        Operator::Remainder => left.rem_euclid(right),
        Operator::Power => left.powf(right),
        Operator::Concatenate => return None,
    };
    result.is_finite().then(|| Kind::Float(result).into())
}

/// A number of either kind.
#[expect(clippy::cast_precision_loss, reason = "comparing and dividing by floats is as exact as floats are")]
pub(super) const fn number(datum: &Datum) -> Option<f64> {
    match datum.kind {
        Kind::Int(number) => Some(number as f64),
        Kind::Float(number) => Some(number),
        _ => None,
    }
}

/// `left comparison right`.
pub(super) fn compare(
    evaluator: &mut Evaluator<'_>,
    comparison: Comparison,
    left: &Datum,
    right: &Datum,
    span: Span,
) -> Result<bool, Failure> {
    evaluator.make(left.size().min(right.size()), span)?;
    match comparison {
        Comparison::Equal => equal(evaluator, left, right, span),
        Comparison::Different => equal(evaluator, left, right, span).map(|equal| !equal),
        Comparison::In => contains(evaluator, right, left, span),
        Comparison::NotIn => contains(evaluator, right, left, span).map(|contains| !contains),
        Comparison::Less => order(evaluator, left, right, span).map(Ordering::is_lt),
        Comparison::AtMost => order(evaluator, left, right, span).map(Ordering::is_le),
        Comparison::Greater => order(evaluator, left, right, span).map(Ordering::is_gt),
        Comparison::AtLeast => order(evaluator, left, right, span).map(Ordering::is_ge),
    }
}

/// Whether two values are equal; an error where that is known only later.
pub(super) fn equal(evaluator: &mut Evaluator<'_>, left: &Datum, right: &Datum, span: Span) -> Result<bool, Failure> {
    Ok(match (&left.kind, &right.kind) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Bool(left), Kind::Bool(right)) => left == right,
        (Kind::Int(left), Kind::Int(right)) => left == right,
        (Kind::Int(_) | Kind::Float(_), Kind::Int(_) | Kind::Float(_)) => {
            number(left).zip(number(right)).is_some_and(|(left, right)| left.total_cmp(&right).is_eq())
        }
        (Kind::Text(left), Kind::Text(right)) => match (left.as_literal(), right.as_literal()) {
            (Some(left), Some(right)) => left == right,
            _ => return Err(evaluator.wrong(span, "text that is known only later cannot be compared")),
        },
        (Kind::List(left), Kind::List(right)) => {
            if left.items.len() != right.items.len() {
                return Ok(false);
            }
            for (left, right) in left.items.iter().zip(&right.items) {
                if !equal(evaluator, left, right, span)? {
                    return Ok(false);
                }
            }
            true
        }
        (Kind::Map(left), Kind::Map(right)) => {
            if left.entries.len() != right.entries.len() {
                return Ok(false);
            }
            for (key, value) in &left.entries {
                let Some(other) = right.entries.get(key) else { return Ok(false) };
                if !equal(evaluator, value, other, span)? {
                    return Ok(false);
                }
            }
            true
        }
        _ => false,
    })
}

/// The order of two values; an error where they have none.
pub(super) fn order(evaluator: &Evaluator<'_>, left: &Datum, right: &Datum, span: Span) -> Result<Ordering, Failure> {
    let ordering = match (&left.kind, &right.kind) {
        (Kind::Int(left), Kind::Int(right)) => Some(left.cmp(right)),
        (Kind::Text(_), Kind::Text(_)) => left.as_str().zip(right.as_str()).map(|(left, right)| left.cmp(right)),
        _ => number(left).zip(number(right)).map(|(left, right)| left.total_cmp(&right)),
    };
    let kinds = || format!("{} and {} have no order", left.kind_name(), right.kind_name());
    ordering.ok_or_else(|| evaluator.wrong(span, kinds()))
}

fn contains(evaluator: &mut Evaluator<'_>, of: &Datum, item: &Datum, span: Span) -> Result<bool, Failure> {
    evaluator.make(of.size(), span)?;
    match &of.kind {
        Kind::Null => Ok(false),
        Kind::List(list) => {
            for element in &list.items {
                if equal(evaluator, element, item, span)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Kind::Map(map) => Ok(item.as_str().is_some_and(|key| map.entries.contains_key(key))),
        _ => match (of.as_str(), item.as_str()) {
            (Some(text), Some(piece)) => Ok(text.contains(piece)),
            _ => Err(evaluator.wrong(span, format!("{} contains nothing", of.kind_name()))),
        },
    }
}

/// `x[start:stop]` of a list or of known text.
pub(super) fn slice(of: &Datum, start: Option<i64>, stop: Option<i64>) -> Option<Datum> {
    if let Some(items) = of.as_list() {
        let (start, stop) = bounds(items.len(), start, stop);
        return Some(Datum::list(items.get(start..stop).unwrap_or_default().to_vec()));
    }
    let text = of.as_str()?;
    let (start, stop) = bounds(text.chars().count(), start, stop);
    Some(Datum::text(text.chars().skip(start).take(stop.saturating_sub(start)).collect::<String>()))
}

fn bounds(length: usize, start: Option<i64>, stop: Option<i64>) -> (usize, usize) {
    let length_signed = i64::try_from(length).unwrap_or(i64::MAX);
    let bound = |at: i64| {
        let at = if at < 0 { at.saturating_add(length_signed) } else { at };
        usize::try_from(at).unwrap_or(0).min(length)
    };
    let (start, stop) = (bound(start.unwrap_or(0)), bound(stop.unwrap_or(length_signed)));
    (start, stop.max(start))
}
