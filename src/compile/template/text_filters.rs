//! Filters over text and numbers.

use super::Failure;
use super::arguments::Given;
use super::datum::{Datum, Kind};
use super::evaluate::Evaluator;
use super::operators::{number, origin_of_reference};
use super::writer::{Fragment, text_of};
use crate::model::quantity::{format_bytes, parse_bytes, parse_cpu_millis, parse_seconds};
use std::sync::Arc;

/// Applies a filter; none where there is none of that name here.
pub(super) fn apply(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    value: &Datum,
    given: &mut Given,
) -> Option<Result<Datum, Failure>> {
    Some(match name {
        "upper" => change(value, given, str::to_uppercase),
        "lower" => change(value, given, str::to_lowercase),
        "capitalize" => change(value, given, capitalized),
        "trim" => change(value, given, |text| text.trim().to_owned()),
        "quote" => change(value, given, shell_quoted),
        "string" => as_text(value, given),
        "replace" => replace(evaluator, value, given),
        "split" => split(evaluator, value, given),
        "lines" => split_lines(evaluator, value, given),
        "indent" => indent(evaluator, value, given),
        "tojson" => to_json(value, given),
        "bytes" => quantity(value, given, parse_bytes, "a number of bytes such as `512Mi`"),
        "cpu_millis" => quantity(value, given, parse_cpu_millis, "an amount of CPU such as `250m`"),
        "seconds" => quantity(value, given, |text| parse_seconds(text).map(u64::from), "a duration such as `90s`"),
        "format_bytes" => match value.as_int().and_then(|bytes| u64::try_from(bytes).ok()) {
            Some(bytes) => Ok(Datum::text(format_bytes(bytes))),
            None => Err(given.error("it takes a number of bytes")),
        },
        "int" => integer(value, given),
        "float" => float(value, given),
        "abs" | "round" => rounded(name, value, given),
        _ => return None,
    })
}

fn known<'v>(value: &'v Datum, given: &Given) -> Result<&'v str, Failure> {
    value.as_str().ok_or_else(|| given.error(format_args!("it takes text that is known, not {}", value.kind_name())))
}

fn change(value: &Datum, given: &Given, change: impl FnOnce(&str) -> String) -> Result<Datum, Failure> {
    known(value, given).map(|text| Datum::text(change(text)))
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + &characters.as_str().to_lowercase()
}

/// Text as one word of a POSIX shell.
fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn as_text(value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let text = text_of(value).map_err(|_| given.error(format_args!("{} has no form as text", value.kind_name())))?;
    Ok(Datum::value(text).at(origin_of_reference(value)))
}

fn replace(evaluator: &mut Evaluator<'_>, value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let text = known(value, given)?;
    let (from, to) = (given.text("from")?, given.text("to")?);
    if from.is_empty() {
        return Err(given.error("nothing cannot be replaced"));
    }
    let growth = (text.matches(&from).count() as u64).saturating_mul(to.len() as u64);
    evaluator.make(growth.saturating_add(text.len() as u64), given.span)?;
    Ok(Datum::text(text.replace(&from, &to)))
}

fn split(evaluator: &mut Evaluator<'_>, value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let text = known(value, given)?;
    let separator = given.optional_text("separator")?;
    evaluator.make((text.len() as u64).saturating_mul(64), given.span)?;
    let pieces: Vec<Datum> = match separator.as_deref() {
        None => text.split_whitespace().map(Datum::text).collect(),
        Some("") => return Err(given.error("the separator is empty")),
        Some(separator) => text.split(separator).map(Datum::text).collect(),
    };
    Ok(Datum::list(pieces.into_iter().map(|piece| piece.at(value.origin)).collect()))
}

fn split_lines(evaluator: &mut Evaluator<'_>, value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let text = known(value, given)?;
    evaluator.make((text.len() as u64).saturating_mul(64), given.span)?;
    Ok(Datum::list(text.lines().map(|line| Datum::text(line).at(value.origin)).collect()))
}

/// Indents all lines but the first.
fn indent(evaluator: &mut Evaluator<'_>, value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let width = given.optional_int("width")?.unwrap_or(4);
    let first = given.optional("first").is_some_and(|first| first.is_true());
    let width = usize::try_from(width).ok().filter(|width| *width <= 200);
    let Some(width) = width else { return Err(given.error("the width must be between 0 and 200")) };
    let space = " ".repeat(width);
    if let Kind::Fragment(fragment) = &value.kind {
        let lines = fragment.text.matches('\n').count() as u64 + 1;
        evaluator.make(lines.saturating_mul(width as u64).saturating_add(value.size()), given.span)?;
        return Ok(Kind::Fragment(Arc::new(indent_fragment(fragment, &space, first))).into());
    }
    let text = known(value, given)?;
    let lines = text.matches('\n').count() as u64 + 1;
    evaluator.make(lines.saturating_mul(width as u64).saturating_add(text.len() as u64), given.span)?;
    let mut indented = String::new();
    for (at, line) in text.split('\n').enumerate() {
        indented.push_str(if at == 0 { "" } else { "\n" });
        indented.push_str(if (at > 0 || first) && !line.is_empty() { &space } else { "" });
        indented.push_str(line);
    }
    Ok(Datum::text(indented))
}

/// Indents text of the template and keeps track of where each line comes from.
fn indent_fragment(fragment: &Fragment, space: &str, first: bool) -> Fragment {
    let mut indented = Fragment::default();
    if let (true, Some(segment)) = (first, fragment.segments.first()) {
        indented.push(space, segment.source, false);
    }
    for segment in &fragment.segments {
        let mut at = segment.start;
        for line in fragment.text[segment.start..segment.end].split_inclusive('\n') {
            if let Some(source) = fragment.source_of(at, at + line.len()) {
                indented.push(line, source, segment.verbatim);
                if line.ends_with('\n') {
                    indented.push(space, source, false);
                }
            }
            at += line.len();
        }
    }
    indented
}

fn to_json(value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let width = given.optional_int("indent")?;
    let json = json_of(value).ok_or_else(|| {
        given.error(format_args!(
            "{} cannot be written as JSON, or holds something that is known only later",
            value.kind_name()
        ))
    })?;
    let text = match width {
        None | Some(0) => json.to_string(),
        Some(_) => serde_json::to_string_pretty(&json).unwrap_or_default(),
    };
    Ok(Datum::text(text))
}

fn json_of(value: &Datum) -> Option<serde_json::Value> {
    Some(match &value.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(flag) => (*flag).into(),
        Kind::Int(number) => (*number).into(),
        Kind::Float(number) => (*number).into(),
        Kind::Text(text) => text.as_literal()?.into(),
        Kind::List(list) => list.items.iter().map(json_of).collect::<Option<Vec<_>>>()?.into(),
        Kind::Map(map) => {
            let entries = map.entries.iter().map(|(key, value)| Some((key.clone(), json_of(value)?)));
            serde_json::Value::Object(entries.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

fn quantity(
    value: &Datum,
    given: &Given,
    parse: impl FnOnce(&str) -> Option<u64>,
    what: &str,
) -> Result<Datum, Failure> {
    if let Kind::Int(_) = value.kind {
        return parsed(parse, &value.as_int().unwrap_or_default().to_string(), what, given);
    }
    parsed(parse, known(value, given)?, what, given)
}

fn parsed(parse: impl FnOnce(&str) -> Option<u64>, text: &str, what: &str, given: &Given) -> Result<Datum, Failure> {
    let number = parse(text).and_then(|number| i64::try_from(number).ok());
    number.map(|number| Kind::Int(number).into()).ok_or_else(|| given.error(format_args!("it takes {what}")))
}

#[expect(clippy::cast_possible_truncation, reason = "checked to lie within the integers that a float holds exactly")]
fn integer(value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let parsed = match &value.kind {
        Kind::Bool(flag) => Some(i64::from(*flag)),
        Kind::Int(number) => Some(*number),
        Kind::Float(number) if number.abs() < 9_007_199_254_740_992.0 => Some(*number as i64),
        Kind::Text(text) => text.as_literal().and_then(|text| text.trim().parse().ok()),
        _ => None,
    };
    parsed.map(|number| Kind::Int(number).into()).ok_or_else(|| given.error("it is no integer"))
}

fn float(value: &Datum, given: &Given) -> Result<Datum, Failure> {
    let parsed = number(value).or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()));
    let finite = parsed.filter(|number: &f64| number.is_finite());
    finite.map(|number| Kind::Float(number).into()).ok_or_else(|| given.error("it is no number"))
}

fn rounded(name: &str, value: &Datum, given: &mut Given) -> Result<Datum, Failure> {
    let result = match (&value.kind, name) {
        (Kind::Int(number), "abs") => number.checked_abs().map(Kind::Int),
        (Kind::Int(number), _) => Some(Kind::Int(*number)),
        (Kind::Float(number), "abs") => Some(Kind::Float(number.abs())),
        (Kind::Float(number), _) => {
            let digits = i32::try_from(given.optional_int("digits")?.unwrap_or(0).clamp(0, 12)).unwrap_or(0);
            let scale = 10_f64.powi(digits);
            Some(Kind::Float((number * scale).round() / scale))
        }
        _ => None,
    };
    result.map(Into::into).ok_or_else(|| given.error(format_args!("it takes a number, not {}", value.kind_name())))
}
