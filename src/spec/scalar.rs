//! What a plain scalar is: the YAML 1.2 core schema without the forms that readers disagree about.

use super::node::Scalar;

/// What a plain scalar is. Octal and hexadecimal numbers, leading zeros, infinities and all that YAML 1.1 read differently is text.
pub fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    if is_integer(text) {
        return text.parse().map_or(Scalar::Text, Scalar::Int);
    }
    match text.parse::<f64>() {
        Ok(number) if is_float(text) && number.is_finite() => Scalar::Float(number),
        _ => Scalar::Text,
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_leading_zero(digits: &str) -> bool {
    digits.len() > 1 && digits.starts_with('0')
}

fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    is_digits(digits) && !has_leading_zero(digits)
}

fn is_float(text: &str) -> bool {
    let number = unsigned(text);
    let (mantissa, exponent) = number.split_once(['e', 'E']).map_or((number, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let fraction_is_digits = fraction.is_none_or(|fraction| fraction.is_empty() || is_digits(fraction));
    let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    has_digits
        && (whole.is_empty() || is_digits(whole))
        && !has_leading_zero(whole)
        && fraction_is_digits
        && exponent.is_none_or(|exponent| is_digits(unsigned(exponent)))
        && (fraction.is_some() || exponent.is_some())
}

/// What an older reader would take a plain text for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookalike {
    /// A boolean: `no`, `on`, `y`.
    Bool(bool),
    /// A number, and how to write it plainly where that is known: `0777`, `1_000`, `0x1F`, `12:30`.
    Number(Option<String>),
    /// `.inf`, `.nan`.
    Infinity,
}

/// What an older reader would take a plain text for, if it would.
pub fn lookalike(text: &str) -> Option<Lookalike> {
    match text.to_ascii_lowercase().as_str() {
        "y" | "yes" | "on" => return Some(Lookalike::Bool(true)),
        "n" | "no" | "off" => return Some(Lookalike::Bool(false)),
        ".inf" | "-.inf" | "+.inf" | ".nan" => return Some(Lookalike::Infinity),
        _ => {}
    }
    let digits = unsigned(text);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let based = [("0x", 16), ("0o", 8), ("0b", 2)];
    if let Some((rest, base)) = based.iter().find_map(|(prefix, base)| Some((digits.strip_prefix(prefix)?, *base))) {
        return i64::from_str_radix(rest, base).ok().map(|number| Lookalike::Number(Some(number.to_string())));
    }
    if is_digits(digits) && has_leading_zero(digits) {
        return Some(Lookalike::Number(None));
    }
    if digits.contains('_') && is_digits(&digits.replace('_', "")) {
        return Some(Lookalike::Number(Some(text.replace('_', ""))));
    }
    let sexagesimal = digits.contains(':') && digits.split(':').all(|part| is_digits(part) && part.len() <= 2);
    sexagesimal.then_some(Lookalike::Number(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_guessed() {
        let text = [
            "no",
            "on",
            "y",
            "0777",
            "-01",
            "1_000",
            "12:30",
            "0x1F",
            "0o17",
            ".inf",
            ".nan",
            "2026-11-21",
            "1.2.3",
            "+",
            ".",
            "1e",
            "e1",
            "01.5",
            "99999999999999999999",
            "1e999",
            "tRUE",
            "inf",
            "nan",
            "1 2",
        ];
        for text in text {
            assert_eq!(resolve(text), Scalar::Text, "{text}");
        }
        let others = [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("True", Scalar::Bool(true)),
            ("0", Scalar::Int(0)),
            ("-5", Scalar::Int(-5)),
            ("+5", Scalar::Int(5)),
            ("1.10", Scalar::Float(1.1)),
            ("0.5", Scalar::Float(0.5)),
            (".5", Scalar::Float(0.5)),
            ("1e3", Scalar::Float(1000.0)),
        ];
        for (text, scalar) in others {
            assert_eq!(resolve(text), scalar, "{text}");
        }
    }

    #[test]
    fn what_older_readers_would_guess_is_known() {
        let number = |text: &str| Some(Lookalike::Number(Some(text.into())));
        let cases = [
            ("no", Some(Lookalike::Bool(false))),
            ("Yes", Some(Lookalike::Bool(true))),
            ("0777", Some(Lookalike::Number(None))),
            ("1_000", number("1000")),
            ("0x1F", number("31")),
            ("12:30", Some(Lookalike::Number(None))),
            (".inf", Some(Lookalike::Infinity)),
            ("north", None),
            ("1a", None),
            ("10.0.0.1:80", None),
        ];
        for (text, expected) in cases {
            assert_eq!(lookalike(text), expected, "{text}");
        }
    }
}
