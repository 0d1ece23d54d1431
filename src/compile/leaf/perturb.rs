//! What a scalar could be instead.

use crate::model::quantity::{format_bytes, format_cpu_millis, parse_bytes, parse_cpu_millis, parse_seconds};
use crate::spec::Scalar;
use crate::spec::environment::SETTING_CHOICES;
use crate::spec::module::InputType;
use crate::spec::scalar::resolve;

/// Words that stand for each other in documents of the model and in settings of programs.
const WORDS: &[&[&str]] = &[
    &["true", "false"],
    &["yes", "no"],
    &["on", "off"],
    &["service", "stateful", "job"],
    &["ordered", "parallel"],
    &["ready", "started", "healthy", "completed"],
    &["runtime", "restart", "replace", "refused"],
    &["keep", "delete"],
    &["text", "lines", "yaml", "json", "ini"],
    &["internal", "node"],
    &["tcp", "udp"],
    &["report", "heal"],
];

/// Other values of a type, those of the same kind and near first. `secrets` are the declared ones.
pub(super) fn typed(ty: &InputType, text: &str, secrets: &[&str]) -> Vec<String> {
    if text.contains("${") {
        return referring(ty, text, secrets);
    }
    match ty {
        InputType::Bool => vec![(text != "true").to_string()],
        InputType::Enum(values) => values.iter().filter(|value| *value != text).cloned().collect(),
        InputType::Int(_) => numbers(text, &[1, -1, 10]),
        InputType::Port => numbers(text, &[1, -1]),
        InputType::Quantity(_) => scaled(parse_bytes(text), 1 << 20, format_bytes),
        InputType::Cpu(_) => scaled(parse_cpu_millis(text), 50, format_cpu_millis),
        InputType::Duration(_) => scaled(parse_seconds(text).map(u64::from), 1, |seconds| format!("{seconds}s")),
        InputType::Image => image(text),
        InputType::Secret => Vec::new(),
        _ => any(text),
    }
}

/// Text with a reference: another secret, or the same text and more.
fn referring(ty: &InputType, text: &str, secrets: &[&str]) -> Vec<String> {
    let named = text.split_once("${secret.").and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let mut texts: Vec<String> = Vec::new();
    if let Some((before, (name, after))) = named {
        let others = secrets.iter().filter(|other| **other != name).take(2);
        texts.extend(others.map(|other| format!("{before}${{secret.{other}}}{after}")));
    }
    if !matches!(ty, InputType::Int(_) | InputType::Port | InputType::Bool | InputType::Enum(_)) {
        texts.push(format!("{text}x"));
        texts.push(format!("x{text}"));
    }
    texts
}

fn numbers(text: &str, steps: &[i64]) -> Vec<String> {
    let Ok(number) = text.parse::<i64>() else { return Vec::new() };
    steps.iter().filter_map(|step| number.checked_add(*step)).map(|number| number.to_string()).collect()
}

fn scaled(amount: Option<u64>, step: u64, format: impl Fn(u64) -> String) -> Vec<String> {
    let Some(amount) = amount else { return Vec::new() };
    let others = [amount.checked_add(step), amount.checked_mul(2), amount.checked_sub(step).filter(|rest| *rest > 0)];
    others.into_iter().flatten().filter(|other| *other != amount).map(format).collect()
}

fn image(text: &str) -> Vec<String> {
    if let Some((name, digest)) = text.split_once("@sha256:") {
        let last = if digest.ends_with('0') { '1' } else { '0' };
        let kept = &digest[..digest.len().saturating_sub(1)];
        return vec![format!("{name}@sha256:{kept}{last}")];
    }
    let tagged = text.rsplit('/').next().is_some_and(|name| name.contains(':'));
    vec![if tagged { format!("{text}x") } else { format!("{text}:x") }]
}

/// Another value of the kind that a scalar seems to have.
fn any(text: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for words in WORDS.iter().chain(&SETTING_CHOICES).filter(|words| words.contains(&text)) {
        texts.extend(words.iter().filter(|word| **word != text).map(|word| (*word).to_owned()));
    }
    match resolve(text) {
        Scalar::Int(_) => texts.extend(numbers(text, &[1, -1])),
        Scalar::Float(number) => texts.push(format!("{:?}", number + 1.0)),
        _ => {
            texts.extend(bumped(text));
            texts.push(format!("{text}x"));
            texts.push(format!("x{text}"));
        }
    }
    texts
}

/// The last number within a text, one higher: `1.4.2` and `512Mi`.
fn bumped(text: &str) -> Option<String> {
    let end = text.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = text[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let number = text[start..end].parse::<u64>().ok()?.checked_add(1)?;
    Some(format!("{}{number}{}", &text[..start], &text[end..]))
}

/// A literal of a template's document: a constant of an expression, or a scalar of YAML, with its quotes.
pub(super) fn literal(written: &str) -> Vec<String> {
    let quote = written
        .chars()
        .next()
        .filter(|first| matches!(first, '"' | '\'') && written.len() > 1 && written.ends_with(*first));
    match quote {
        Some(quote) => {
            let inner = &written[1..written.len() - 1];
            any(inner).into_iter().map(|text| format!("{quote}{text}{quote}")).collect()
        }
        None => any(written),
    }
}

/// A line of a file, or a literal of its template.
pub(super) fn line(written: &str) -> Vec<String> {
    let quoted = written.len() > 1 && written.starts_with(['"', '\'']);
    if quoted || resolve(written) != Scalar::Text {
        return literal(written);
    }
    let last = written.rsplit(' ').next().unwrap_or_default();
    let head = &written[..written.len() - last.len()];
    // Any other text is another line: one is enough.
    vec![any(last).into_iter().next().map_or_else(|| format!("{written}x"), |word| format!("{head}{word}"))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::shape::Range;

    #[test]
    fn a_value_becomes_another_of_its_type() {
        let cases = [
            (InputType::Bool, "true", vec!["false"]),
            (InputType::Int(Range::ANY), "3", vec!["4", "2", "13"]),
            (InputType::Quantity(Range::ANY), "512Mi", vec!["513Mi", "1Gi", "511Mi"]),
            (InputType::Cpu(Range::ANY), "100m", vec!["150m", "200m", "50m"]),
            (InputType::Duration(Range::ANY), "1m", vec!["61s", "120s", "59s"]),
            (InputType::Image, "redis", vec!["redis:x"]),
            (InputType::Image, "r:5000/redis", vec!["r:5000/redis:x"]),
            (InputType::Image, "redis:7", vec!["redis:7x"]),
            (InputType::Enum(vec!["a".into(), "b".into()]), "a", vec!["b"]),
            (InputType::Any, "1.4.2", vec!["1.4.3", "1.4.2x", "x1.4.2"]),
            (InputType::Secret, "${secret.a}", vec!["${secret.b}", "${secret.a}x", "x${secret.a}"]),
        ];
        for (ty, text, expected) in cases {
            assert_eq!(typed(&ty, text, &["a", "b"]), expected, "{text}");
        }
        assert_eq!(literal("\"keep\""), ["\"delete\"", "\"keepx\"", "\"xkeep\""]);
        assert_eq!(line("protected-mode no"), ["protected-mode yes"]);
    }
}
