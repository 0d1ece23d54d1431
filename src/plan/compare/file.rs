//! What is compared of a file beside its tree and its lines: what kind of thing it is, its mode, its line endings.

use super::{Compared, Comparison, Content, Field, FieldClass, Silenced};
use crate::model::{Effect, FieldPath, Tree};
use crate::plan::verdict::{Verdict, verdict};

/// The field of a file that says whether it is a program.
const EXECUTABLE: &str = "executable";
/// The field of a file that says how its lines end.
const LINE_ENDINGS: &str = "line_endings";

static NOTHING: Tree = Tree::Null;

/// The same comparison, where what is live is of another form than what is desired: the entries of a tree say nothing of a file that holds
/// no tree any more (its lines do), and nothing of something that is no file (what it is says all).
pub(super) fn of_one_form<'a>(comparison: &Comparison<'a>) -> Comparison<'a> {
    let file = |content: &Content<'_>| content.text.is_some();
    let (Some(live), true) = (comparison.live, comparison.desired.as_ref().is_some_and(file)) else {
        return *comparison;
    };
    if live.text.is_none() {
        return Comparison { desired: None, applied: None, as_system_would: None, ..*comparison };
    }
    if *live.body != Tree::Null {
        return *comparison;
    }
    let bare = |content: Option<Content<'a>>| content.map(|content| Content { body: &NOTHING, ..content });
    Comparison {
        desired: bare(comparison.desired),
        applied: bare(comparison.applied),
        as_system_would: None,
        ..*comparison
    }
}

/// Adds whether the file is a program, where the sides are not of one mind.
pub(super) fn compare_modes(comparison: &Comparison<'_>, compared: &mut Compared) {
    let mode = |content: Option<Content<'_>>| {
        content.filter(|content| content.text.is_some()).map(|content| content.executable)
    };
    let [Some(desired), applied, Some(live)] = [comparison.desired, comparison.applied, comparison.live].map(mode)
    else {
        return;
    };
    let sides = [desired, applied.unwrap_or(desired), live];
    tell(comparison, compared, EXECUTABLE, sides.map(|side| (side, Tree::Bool(side))));
}

/// How the lines of a text end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endings {
    LineFeed,
    CarriageReturn,
    Mixed { carriage_returns: usize, lines: usize },
}

impl Endings {
    /// None: it has no line that ends.
    fn of(text: &str) -> Option<Self> {
        let lines = text.matches('\n').count();
        let carriage_returns = text.matches("\r\n").count();
        match carriage_returns {
            _ if lines == 0 => None,
            0 => Some(Self::LineFeed),
            all if all == lines => Some(Self::CarriageReturn),
            _ => Some(Self::Mixed { carriage_returns, lines }),
        }
    }

    fn named(self) -> Tree {
        Tree::text(match self {
            Self::LineFeed => "LF".to_owned(),
            Self::CarriageReturn => "CRLF".to_owned(),
            Self::Mixed { carriage_returns, lines } => format!("CRLF on {carriage_returns} of {lines} lines, else LF"),
        })
    }
}

/// Adds how the lines end, where the sides are not of one mind; the texts as they are but for that.
pub(super) fn compare_endings(comparison: &Comparison<'_>, compared: &mut Compared, texts: [String; 3]) -> [String; 3] {
    let [Some(desired), Some(applied), Some(live)] = texts.each_ref().map(|text| Endings::of(text)) else {
        return texts;
    };
    if desired == applied && applied == live {
        return texts;
    }
    tell(comparison, compared, LINE_ENDINGS, [desired, applied, live].map(|side| (side, side.named())));
    texts.map(|text| text.replace("\r\n", "\n"))
}

/// Adds a field of a file as a whole. The sides are what is desired, was applied and is.
fn tell<T: PartialEq>(comparison: &Comparison<'_>, compared: &mut Compared, name: &str, sides: [(T, Tree); 3]) {
    let [(desired, declared), (was, applied), (is, live)] = sides;
    let verdict = match verdict(desired == was, desired == is, was == is) {
        None => return,
        Some(Verdict::Converged) => return compared.converged = true,
        Some(verdict) => verdict,
    };
    let path = FieldPath::default().key(name);
    if let Some(rule) = (comparison.silence)(&path).filter(|_| verdict.is_drift()) {
        compared.silenced.push(Silenced { path, rule, by_user: true });
        return;
    }
    let row = comparison.table.row(comparison.address, &path);
    compared.fields.push(Field {
        path,
        class: FieldClass::Changed,
        verdict,
        declared: Some(declared),
        applied: Some(applied),
        live: Some(live),
        sensitive: false,
        declared_unknown: false,
        repair: row.map_or(Effect::Replace, |row| row.repair),
        change: row.map_or(Effect::Replace, |row| row.change),
    });
}
