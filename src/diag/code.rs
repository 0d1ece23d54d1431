//! The stable codes, each with the page that `driftless explain CODE` prints and docs/ lists.
//!
//! One file for each area, so that a listing of the folder shows who owns which hundred.

mod check;
mod compile;
mod module;
mod plan;
mod render;
mod secret;
mod spec;
mod state;

pub use check::*;
pub use compile::*;
pub use module::*;
pub use plan::*;
pub use render::*;
pub use secret::*;
pub use spec::*;
pub use state::*;

/// A stable code: `DL` and four digits. Never reused for another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePage {
    /// The code.
    pub code: Code,
    /// A few words.
    pub title: &'static str,
    /// Markdown: why it is refused, an example that is wrong and what to write instead.
    pub text: &'static str,
}

/// Declares the codes of one area: constants and their table of pages.
macro_rules! codes {
    ($table:ident; $($(#[$doc:meta])* $name:ident = $code:literal, $title:literal, $text:literal;)*) => {
        $(#[doc = $title] pub const $name: crate::diag::Code = crate::diag::Code($code);)*
        /// The pages of this area.
        pub const $table: &[crate::diag::CodePage] = &[
            $(crate::diag::CodePage { code: $name, title: $title, text: $text },)*
        ];
    };
}
use codes;

/// The tables of all areas.
pub const CODES: &[&[CodePage]] =
    &[SPEC_CODES, COMPILE_CODES, MODULE_CODES, RENDER_CODES, PLAN_CODES, STATE_CODES, SECRET_CODES, CHECK_CODES];

/// The page of a code, written with or without `DL`, in any case.
pub fn page(code: &str) -> Option<&'static CodePage> {
    let wanted = code.trim().to_ascii_uppercase();
    let matches = |page: &&CodePage| page.code.0 == wanted || page.code.0.strip_prefix("DL") == Some(&wanted);
    CODES.iter().copied().flatten().find(matches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_of_its_form_and_has_one_page_with_examples() {
        let mut seen = std::collections::BTreeSet::new();
        for page in CODES.iter().copied().flatten() {
            let digits = page.code.0.strip_prefix("DL").unwrap();
            assert!(digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{}", page.code);
            assert!(seen.insert(page.code), "{}", page.code);
            assert!(!page.title.is_empty() && !page.title.ends_with('.'), "{}", page.code);
        }
        for page in SPEC_CODES {
            assert!(page.text.contains("Wrong") && page.text.contains("Right"), "{}", page.code);
        }
        assert_eq!(page(" dl0102 ").map(|page| page.code), Some(UNKNOWN_KEY));
        assert_eq!(page("0102").map(|page| page.code), Some(UNKNOWN_KEY));
        assert_eq!(page("102").map(|page| page.code), None);
    }
}
