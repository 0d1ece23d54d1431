//! What is built in: functions, tests, and the table of filters.

use super::arguments::Given;
use super::datum::{Datum, Kind};
use super::evaluate::Evaluator;
use super::syntax::{Arguments, Expr};
use super::{Failure, collection_filters, operators, text_filters};
use crate::diag::code::{MODULE_REFUSES, MODULE_WARNS, TEMPLATE_UNDEFINED};
use crate::diag::{Diagnostic, Span, did_you_mean};
use indexmap::IndexMap;

/// The functions that are built in.
pub(super) const FUNCTIONS: &[&str] = &["fail", "namespace", "range", "warn"];

/// The filters.
const FILTERS: &[&str] = &[
    "abs",
    "bytes",
    "capitalize",
    "count",
    "cpu_millis",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "format_bytes",
    "indent",
    "int",
    "items",
    "join",
    "keys",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "merge",
    "min",
    "quote",
    "reject",
    "replace",
    "reverse",
    "round",
    "seconds",
    "select",
    "sort",
    "split",
    "string",
    "sum",
    "tojson",
    "trim",
    "unique",
    "upper",
    "values",
    "without",
];

/// The tests.
const TESTS: &[&str] = &[
    "boolean",
    "containing",
    "defined",
    "endingwith",
    "even",
    "false",
    "in",
    "integer",
    "known",
    "mapping",
    "matching",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
];

/// The elements that a loop walks: those of nothing are none. None where it walks nothing of this kind.
pub(super) fn elements(of: &Datum) -> Option<Vec<Datum>> {
    match &of.kind {
        Kind::Null => Some(Vec::new()),
        Kind::List(list) => Some(list.items.clone()),
        Kind::Map(map) => {
            let keys = map.entries.keys();
            Some(keys.map(|key| Datum::text(key.clone()).at(map.keys.get(key).copied())).collect())
        }
        _ => None,
    }
}

/// `x|default(y)`: y where x is not defined or nothing, or, with `true`, where it is false or empty.
pub(super) fn default(value: Result<Datum, Failure>, given: &mut Given) -> Result<Datum, Failure> {
    let otherwise = given.next("value").unwrap_or_else(|| Datum::text(""));
    let also_false = given.optional("boolean").is_some_and(|flag| flag.is_true());
    given.finish()?;
    Ok(match value {
        Ok(datum) if matches!(datum.kind, Kind::Null) || (also_false && !datum.is_true()) => otherwise,
        Ok(datum) => datum,
        Err(_) => otherwise,
    })
}

/// Applies a filter.
pub(super) fn apply(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    value: &Datum,
    given: &mut Given,
) -> Result<Datum, Failure> {
    evaluator.make(value.size(), given.span)?;
    let result = match text_filters::apply(evaluator, name, value, given) {
        Some(result) => Some(result),
        None => collection_filters::apply(evaluator, name, value, given),
    };
    let Some(result) = result else {
        let diagnostic = Diagnostic::error(TEMPLATE_UNDEFINED, given.span, format!("there is no filter `{name}`"));
        return Err(match did_you_mean(name, FILTERS.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).into(),
            None => diagnostic.into(),
        });
    };
    let datum = result?;
    given.finish()?;
    evaluator.made(datum, given.span)
}

/// Calls a function that is built in; none where there is none of that name.
pub(super) fn function(evaluator: &mut Evaluator<'_>, name: &str, given: &mut Given) -> Option<Result<Datum, Failure>> {
    match name {
        "range" => Some(range(evaluator, given)),
        "namespace" => {
            let entries = given.rest().into_iter().collect::<IndexMap<_, _>>();
            evaluator.namespaces.push(entries);
            Some(given.finish().map(|()| Kind::Namespace(evaluator.namespaces.len() - 1).into()))
        }
        "fail" | "warn" => Some(raise(evaluator, name == "fail", given)),
        _ => None,
    }
}

fn range(evaluator: &mut Evaluator<'_>, given: &mut Given) -> Result<Datum, Failure> {
    let first = given.optional_int("start")?;
    let second = given.optional_int("stop")?;
    let stride = given.optional_int("step")?.unwrap_or(1);
    given.finish()?;
    let (start, end) = second.map_or((0, first.unwrap_or(0)), |stop| (first.unwrap_or(0), stop));
    if stride <= 0 {
        return Err(given.error("the step must be at least 1"));
    }
    let count = end.saturating_sub(start).max(0).unsigned_abs().div_ceil(stride.unsigned_abs());
    evaluator.make(count.saturating_mul(64), given.span)?;
    let numbers = (0..i64::try_from(count).unwrap_or(0)).map(|at| start + at * stride);
    Ok(Datum::list(numbers.map(|number| Kind::Int(number).into()).collect()))
}

/// `fail(message, at=value, help=text)`: what the module says of its inputs. The template goes on, so that all of it is said in one run.
fn raise(evaluator: &mut Evaluator<'_>, is_error: bool, given: &mut Given) -> Result<Datum, Failure> {
    let at = given.by_name("at");
    let help = given.by_name("help").and_then(|help| help.as_str().map(ToOwned::to_owned));
    let message = given.text("message")?;
    given.finish()?;
    evaluator.make(message.len() as u64 + 256, given.span)?;
    let place = at.and_then(|at| at.origin);
    let span = place.unwrap_or(given.span);
    let mut diagnostic = if is_error {
        Diagnostic::error(MODULE_REFUSES, span, message)
    } else {
        Diagnostic::warning(MODULE_WARNS, span, message)
    };
    diagnostic.help = help;
    evaluator.raised.push(diagnostic);
    Ok(Kind::Null.into())
}

/// `x is name(arguments)`.
pub(super) fn test<'t>(
    evaluator: &mut Evaluator<'t>,
    name: &str,
    of: &'t Expr,
    arguments: &'t Arguments,
    span: Span,
) -> Result<Datum, Failure> {
    let value = evaluator.attempt(of)?;
    let mut given = evaluator.given(name, arguments, span)?;
    let holds = match name {
        "defined" => value.is_ok(),
        "undefined" => value.is_err(),
        _ => holds(evaluator, name, &value?, &mut given)?,
    };
    given.finish()?;
    Ok(Kind::Bool(holds).into())
}

/// Whether a test holds for a value.
pub(super) fn holds(
    evaluator: &mut Evaluator<'_>,
    name: &str,
    value: &Datum,
    given: &mut Given,
) -> Result<bool, Failure> {
    let span = given.span;
    evaluator.make(value.size(), span)?;
    Ok(match name {
        "none" => matches!(value.kind, Kind::Null),
        "true" => matches!(value.kind, Kind::Bool(true)),
        "false" => matches!(value.kind, Kind::Bool(false)),
        "boolean" => matches!(value.kind, Kind::Bool(_)),
        "number" => matches!(value.kind, Kind::Int(_) | Kind::Float(_)),
        "integer" => matches!(value.kind, Kind::Int(_)),
        "string" => matches!(value.kind, Kind::Text(_)),
        "mapping" => matches!(value.kind, Kind::Map(_)),
        "known" => !matches!(&value.kind, Kind::Text(text) if text.as_literal().is_none()),
        "sequence" => matches!(value.kind, Kind::List(_)),
        "odd" | "even" => match value.as_int() {
            Some(number) => (number % 2 == 0) == (name == "even"),
            None => return Err(given.error(format_args!("{} is neither odd nor even", value.kind_name()))),
        },
        "in" => {
            let of = given.required("of")?;
            operators::compare(evaluator, super::syntax::Comparison::In, value, &of, span)?
        }
        "startingwith" | "endingwith" | "containing" | "matching" => {
            let text =
                value.as_str().ok_or_else(|| given.error(format_args!("{} is no known text", value.kind_name())))?;
            let wanted = given.text("text")?;
            match name {
                "startingwith" => text.starts_with(&wanted),
                "endingwith" => text.ends_with(&wanted),
                "containing" => text.contains(&wanted),
                _ => {
                    evaluator.make((text.len() as u64).saturating_mul(wanted.len() as u64), span)?;
                    crate::model::glob::matches(&wanted, text, '\0')
                }
            }
        }
        _ => {
            let diagnostic = Diagnostic::error(TEMPLATE_UNDEFINED, span, format!("there is no test `{name}`"));
            return Err(match did_you_mean(name, TESTS.iter().copied()) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")).into(),
                None => diagnostic.into(),
            });
        }
    })
}
