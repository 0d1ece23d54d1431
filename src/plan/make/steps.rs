//! What happens to a resource, in words.

use crate::plan::assess::Assessed;
use crate::plan::types::{Action, Change};

pub(super) fn of_create(change: &Change, one: &Assessed<'_>) -> Vec<String> {
    let lines = one.desired.and_then(|resource| resource.text.as_deref()).map(|text| text.lines().count());
    let made = match (&change.moved_from, lines) {
        (Some(old), _) => format!("rename {old}; what it holds is kept"),
        (None, Some(1)) => "write it (1 line)".into(),
        (None, Some(lines)) => format!("write it ({lines} lines)"),
        (None, None) => "make it".into(),
    };
    vec![made]
}

pub(super) fn of_adopt(change: &Change) -> Vec<String> {
    let mut steps = vec!["put our mark on it".to_owned()];
    if !change.fields.is_empty() {
        steps.push(format!("bring {} to what is declared", fields(change)));
    }
    steps
}

pub(super) fn of_update(change: &Change, one: &Assessed<'_>) -> Vec<String> {
    let mut steps = match change.action {
        Action::Keep => return Vec::new(),
        Action::Replace => vec![format!("make it anew, for {}", fields(change))],
        Action::Restart => vec![format!("change {}", fields(change)), "restart what runs".into()],
        _ => vec![format!("change {} in place", fields(change))],
    };
    // A file is written as a whole: what a rule tolerates in it goes with the rest.
    let is_file = one.desired.is_some_and(|resource| resource.text.is_some());
    let tolerated = one.compared.silenced.iter().filter(|silenced| silenced.by_user && is_file);
    steps.extend(
        tolerated.map(|silenced| format!("overwrite {}, which a rule ignores: {}", silenced.path, silenced.rule)),
    );
    steps
}

fn fields(change: &Change) -> String {
    match change.fields.len() {
        1 => "1 field".into(),
        number => format!("{number} fields"),
    }
}
