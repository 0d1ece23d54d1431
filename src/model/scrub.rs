//! Finds secrets in texts that a tool wrote, in the forms in which tools write them.

use super::SecretValue;

/// What stands where a secret stood.
const MASK: &str = "(sensitive)";

/// The shortest value that is cut out of a text; where a shorter one may be in it, all of the text goes.
const SHORTEST: usize = 4;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The text without the secrets.
pub fn scrub<'a>(text: &str, secrets: impl Iterator<Item = &'a SecretValue>) -> String {
    let mut scrubbed = text.to_owned();
    let mut forms: Vec<(usize, String)> = Vec::new();
    for secret in secrets {
        forms.extend(forms_of(secret.expose()).into_iter().map(|form| (secret.expose().len(), form)));
    }
    // The longest first: a form that is part of another would leave the rest of it.
    forms.sort_by_key(|(_, form)| std::cmp::Reverse(form.len()));
    for (length, form) in forms {
        if !form.is_empty() && scrubbed.contains(&form) {
            if length < SHORTEST {
                return MASK.into();
            }
            scrubbed = scrubbed.replace(&form, MASK);
        }
    }
    scrubbed
}

/// The forms in which a secret can stand in a text.
fn forms_of(secret: &[u8]) -> Vec<String> {
    let mut forms = vec![hexadecimal(secret), hexadecimal(secret).to_uppercase()];
    if let Ok(text) = std::str::from_utf8(secret) {
        let quoted = serde_json::to_string(text).unwrap_or_default();
        forms.extend([text.to_owned(), quoted.trim_matches('"').to_owned()]);
        // A tool that prints line by line shows the lines of a key.
        forms.extend(text.lines().filter(|line| text.lines().count() > 1 && line.len() >= 16).map(str::to_owned));
    }
    for upper in [true, false] {
        forms.push(percent(secret, upper, |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte)));
        forms
            .push(percent(secret, upper, |byte| byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:@/".contains(&byte)));
    }
    forms.push(
        percent(secret, true, |byte| byte.is_ascii_alphanumeric() || b"-_.*".contains(&byte)).replace("%20", "+"),
    );
    for alphabet in [STANDARD, URL_SAFE] {
        forms.extend((0..3).map(|offset| inner_base64(secret, offset, alphabet)).filter(|form| form.len() >= SHORTEST));
    }
    forms.sort();
    forms.dedup();
    forms
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn percent(bytes: &[u8], upper: bool, plain: impl Fn(u8) -> bool) -> String {
    bytes.iter().fold(String::new(), |text, byte| match (plain(*byte), upper) {
        (true, _) => text + &char::from(*byte).to_string(),
        (false, true) => text + &format!("%{byte:02X}"),
        (false, false) => text + &format!("%{byte:02x}"),
    })
}

/// The characters of a base64 text that these bytes alone decide, where `offset` bytes of something else come before them.
fn inner_base64(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let first = (offset * 8).div_ceil(6) * 6 - offset * 8;
    let whole = (bytes.len() * 8).saturating_sub(first) / 6;
    let sextet = |start: usize| (start..start + 6).fold(0, |value, at| value << 1 | bit(at));
    (0..whole).map(|at| char::from(alphabet[sextet(first + at * 6)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(secret: &str, text: &str) -> String {
        scrub(text, [SecretValue::new(secret.as_bytes().to_vec())].iter())
    }

    #[test]
    fn every_form_is_found_in_the_middle_of_a_text() {
        let secret = "p@ss \"w/rd+1";
        let forms = [
            secret,
            "p@ss \\\"w/rd+1",
            "7040737320227 72f72642b31".replace(' ', "").as_str(),
            "7040737320 22772F72642B31".replace(' ', "").as_str(),
            "p%40ss%20%22w%2Frd%2B1",
            "p%40ss%20%22w%2frd%2b1",
            "p@ss%20%22w/rd+1",
            "p%40ss+%22w%2Frd%2B1",
        ]
        .map(str::to_owned);
        for form in forms {
            assert_eq!(scrubbed(secret, &format!("a {form} b")), "a (sensitive) b", "{form}");
        }
    }

    #[test]
    fn base64_is_found_whatever_stands_before_and_after_it() {
        // printf 'app:0123456789abcdef!' | base64, with one and two characters less before it.
        for text in ["YXBwOjAxMjM0NTY3ODlhYmNkZWYh", "cHA6MDEyMzQ1Njc4OWFiY2RlZiE=", "cDowMTIzNDU2Nzg5YWJjZGVmIQ=="] {
            let clean = scrubbed("0123456789abcdef", text);
            assert!(clean.contains(MASK), "{text}");
            assert!(clean.len() < MASK.len() + 10, "{clean}");
        }
    }

    #[test]
    fn a_secret_within_another_leaves_nothing_of_it() {
        let secrets = ["hunter2", "hunter2-and-more"].map(|text| SecretValue::new(text.into()));
        assert_eq!(scrub("x hunter2-and-more y hunter2", secrets.iter()), "x (sensitive) y (sensitive)");
        assert_eq!(scrubbed("ab", "drab"), MASK);
        assert_eq!(scrubbed("hunter2", "nothing here"), "nothing here");
    }
}
