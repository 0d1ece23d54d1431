//! What to make of what goes wrong. No text holds a password or a hash of one.

use crate::backend::{BackendError, ErrorClass};
use std::time::Duration;

/// The longest text of a server that is told on.
const LONGEST: usize = 300;

/// It does not answer in time.
pub(super) fn late(limit: Duration) -> BackendError {
    let seconds = limit.as_secs_f32();
    BackendError::new(ErrorClass::Transient, format!("it does not answer within {seconds} s"))
        .help("it may hang, or be stopped in the middle of something")
}

/// The server refuses: `what` was wanted, `text` is what it says.
pub fn refused(what: &str, text: &str) -> BackendError {
    let text = shown(text);
    let code = text.split_whitespace().next().unwrap_or_default();
    let lower = text.to_lowercase();
    let class = match code {
        "WRONGPASS" | "NOAUTH" | "NOPERM" | "DENIED" => ErrorClass::Denied,
        "LOADING" | "BUSY" | "MASTERDOWN" | "TRYAGAIN" | "CLUSTERDOWN" | "IOERR" => ErrorClass::Transient,
        _ if lower.starts_with("err unknown command") || lower.starts_with("err unknown subcommand") => {
            ErrorClass::Unsupported
        }
        _ => ErrorClass::Invalid,
    };
    let error = BackendError::new(class, format!("{what}: {text}"));
    match code {
        "WRONGPASS" | "NOAUTH" => {
            error.help("`login` of the component says as whom it is asked; its password may be another there")
        }
        "NOPERM" => error.help("give the user of `login` the right to do this"),
        _ => error,
    }
}

/// The connection broke.
pub fn cut(reason: &str) -> BackendError {
    BackendError::new(ErrorClass::Transient, reason.to_owned())
}

/// One line, bounded, the hashes of passwords left out.
fn shown(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|character: char| !character.is_ascii_alphanumeric());
        let hidden =
            word.contains('>') || (bare.len() == 64 && bare.chars().all(|character| character.is_ascii_hexdigit()));
        if hidden { "(sensitive)".to_owned() } else { word.to_owned() }
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_its_class_and_no_hash() {
        let classes = [
            ("WRONGPASS invalid username-password pair", ErrorClass::Denied),
            ("LOADING Redis is loading the dataset in memory", ErrorClass::Transient),
            ("ERR unknown command 'CONFIG', with args", ErrorClass::Unsupported),
            ("ERR syntax", ErrorClass::Invalid),
        ];
        for (text, class) in classes {
            assert_eq!(refused("x", text).class, class, "{text}");
        }
        let hash = "ab".repeat(32);
        let error = refused("x", &format!("ERR Error in ACL SETUSER modifier '#{hash}': Syntax error"));
        assert_eq!(error.message, "x: ERR Error in ACL SETUSER modifier (sensitive) Syntax error");
    }
}
