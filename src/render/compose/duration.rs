//! Durations and sizes in Compose's notation.

/// `90s`, `5m`, `1m30s`.
pub fn seconds(total: u32) -> String {
    let (hours, minutes, seconds) = (total / 3_600, total / 60 % 60, total % 60);
    let mut text = String::new();
    for (number, unit) in [(hours, 'h'), (minutes, 'm'), (seconds, 's')] {
        if number > 0 {
            text.push_str(&number.to_string());
            text.push(unit);
        }
    }
    if text.is_empty() { "0s".into() } else { text }
}

/// Bytes with a binary suffix where they are a multiple: Compose takes every suffix as a binary one, so that a decimal one would not be exact.
pub fn bytes(number: u64) -> String {
    let units: [(u64, &str); 4] = [(1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    let unit = units.into_iter().find(|(factor, _)| number > 0 && number.is_multiple_of(*factor));
    unit.map_or_else(|| number.to_string(), |(factor, suffix)| format!("{}{suffix}", number / factor))
}

/// Bytes from Compose's notation, in which `512M`, `512m`, `512MiB` and `512mb` are the same.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len());
    let suffix = lower[end..].trim_start();
    let unit = suffix.trim_end_matches('b').trim_end_matches('i');
    let unit = if suffix == "b" { "" } else { unit };
    let binary = match unit {
        "" => "",
        "k" => "Ki",
        "m" => "Mi",
        "g" => "Gi",
        "t" => "Ti",
        "p" => "Pi",
        _ => return None,
    };
    crate::model::quantity::parse_bytes(&format!("{}{binary}", &lower[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suffix_is_a_binary_one() {
        for text in ["512M", "512m", "512mb", "512MiB", "536870912", "536870912b", "0.5g", "524288 k"] {
            assert_eq!(parse_bytes(text), Some(536_870_912), "{text}");
        }
        for text in ["", "x", "1x", "1e3", "-1", "M"] {
            assert_eq!(parse_bytes(text), None, "{text}");
        }
        assert_eq!(
            [536_870_912, 1_000_000_000, 1_500, 0, 1 << 30].map(bytes),
            ["512M", "1000000000", "1500", "0", "1G"]
        );
        assert_eq!([0, 5, 60, 90, 3_605].map(seconds), ["0s", "5s", "1m", "1m30s", "1h5s"]);
    }
}
