//! Quantities as people write them: bytes, CPUs, durations.

/// Bytes from `512Mi`, `1Gi`, `1G`, `1500`, `1.5Gi`: the Kubernetes notation (binary suffixes end in `i`, decimal ones do not).
/// None where it is no such quantity, is negative, is no whole number of bytes, or does not fit.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let factor: u128 = match &text[end..] {
        "" => 1,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "P" => 1_000_000_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "Pi" => 1 << 50,
        _ => return None,
    };
    scaled(&text[..end], factor)
}

/// Thousandths of a CPU from `250m`, `2`, `0.5`.
pub fn parse_cpu_millis(text: &str) -> Option<u64> {
    text.strip_suffix('m').map_or_else(|| scaled(text, 1_000), |millis| scaled(millis, 1))
}

/// Seconds from `90s`, `5m`, `1h30m`, `2d`; at least one unit, largest first, each once.
pub fn parse_seconds(text: &str) -> Option<u32> {
    let mut rest = text;
    let mut total: u64 = 0;
    let mut last = u64::MAX;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let unit = match rest[end..].chars().next()? {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        total = total.checked_add(rest[..end].parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = &rest[end + 1..];
    }
    (last != u64::MAX).then(|| u32::try_from(total).ok())?
}

/// Nanoseconds from a duration as tools write it: `90s`, `1m30s`, `1.5h`, `250ms`; at least one unit, in any order. None where it is none
/// or does not fit.
pub fn parse_nanoseconds(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total: u64 = 0;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        let factor: u128 = match &rest[digits..end] {
            "d" => 86_400_000_000_000,
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        total = total.checked_add(scaled(&rest[..digits], factor)?)?;
        rest = &rest[end..];
        if rest.is_empty() {
            return Some(total);
        }
    }
}

/// The shortest exact notation of bytes: `512Mi`, `1G`, `1500`.
pub fn format_bytes(bytes: u64) -> String {
    let units: [(u64, &str); 10] = [
        (1 << 50, "Pi"),
        (1_000_000_000_000_000, "P"),
        (1 << 40, "Ti"),
        (1_000_000_000_000, "T"),
        (1 << 30, "Gi"),
        (1_000_000_000, "G"),
        (1 << 20, "Mi"),
        (1_000_000, "M"),
        (1 << 10, "Ki"),
        (1_000, "k"),
    ];
    let unit = units.into_iter().find(|(factor, _)| bytes > 0 && bytes.is_multiple_of(*factor));
    unit.map_or_else(|| bytes.to_string(), |(factor, suffix)| format!("{}{suffix}", bytes / factor))
}

/// CPUs as Kubernetes writes them: `250m`, `2`.
pub fn format_cpu_millis(millis: u64) -> String {
    if millis.is_multiple_of(1_000) { (millis / 1_000).to_string() } else { format!("{millis}m") }
}

fn scaled(number: &str, factor: u128) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || number.ends_with('.') || fraction.len() > 18 {
        return None;
    }
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let divisor = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let product = digits.checked_mul(factor)?;
    product.is_multiple_of(divisor).then(|| u64::try_from(product / divisor).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_exact() {
        let bytes =
            [("512Mi", Some(536_870_912)), ("1G", Some(1_000_000_000)), ("1.5Gi", Some(1_610_612_736)), ("0.3", None)];
        for (text, expected) in bytes {
            assert_eq!(parse_bytes(text), expected, "{text}");
        }
        for wrong in ["", "Mi", "-1", "1mi", "1.", ".5", "1e3", "99999999999Pi"] {
            assert_eq!(parse_bytes(wrong), None, "{wrong}");
        }
        assert_eq!(
            ["250m", "2", "0.5", "0.0001", "m"].map(parse_cpu_millis),
            [Some(250), Some(2_000), Some(500), None, None]
        );
        let seconds = ["90s", "5m", "1h30m", "2d", "30m1h", "5", "", "1h1h"].map(parse_seconds);
        assert_eq!(seconds, [Some(90), Some(300), Some(5_400), Some(172_800), None, None, None, None]);
        let nanoseconds = ["1m30s", "90s", "1.5h", "250ms", "2µs1ns", "", "90", "s", "1x"].map(parse_nanoseconds);
        let expected = [90_000_000_000, 90_000_000_000, 5_400_000_000_000, 250_000_000, 2_001].map(Some);
        assert_eq!(nanoseconds[..5], expected);
        assert_eq!(nanoseconds[5..], [None; 4]);
        assert_eq!(
            [536_870_912, 1_000_000_000, 1_500, 1_501, 0].map(format_bytes),
            ["512Mi", "1G", "1500", "1501", "0"]
        );
    }
}
