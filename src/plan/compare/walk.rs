//! Goes through the three trees at once.

use super::sides::Sides;
use super::{Compared, Comparison, Field, FieldClass, Silenced};
use crate::model::{Effect, FieldPath, Part, Segment, Tree};
use crate::plan::table::{Added, CompareKind, Row};
use crate::plan::verdict::Verdict;

/// The rule by which an addition without a row in the table is not reported.
const UNLISTED: &str = "unlisted-addition";
/// The rule by which what is not ours is not reported.
const NOT_OWNED: &str = "not-owned";
/// The rule by which what cannot be seen is not compared with live.
const UNOBSERVABLE: &str = "unobservable";

pub(super) fn walk(comparison: &Comparison<'_>) -> Compared {
    let [desired, applied, live] =
        [comparison.desired, comparison.applied, comparison.live].map(|side| side.map(|content| content.body));
    let mut sides = Sides { desired, applied, live };
    if let Some(as_system_would) = comparison.as_system_would {
        sides.applied = if applied == desired { Some(as_system_would) } else { applied };
        sides.desired = Some(as_system_would);
    }
    let mut walk = Walk { comparison, compared: Compared::default() };
    walk.visit(&FieldPath::default(), sides);
    walk.compared
}

struct Walk<'a> {
    comparison: &'a Comparison<'a>,
    compared: Compared,
}

/// The rule by which a difference is not reported.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reason {
    rule: String,
    by_user: bool,
}

impl Reason {
    fn table(rule: &str) -> Self {
        Self { rule: rule.into(), by_user: false }
    }
}

enum Scope {
    Ours,
    HoldsOurs,
    NotOurs,
}

impl Walk<'_> {
    fn visit(&mut self, path: &FieldPath, sides: Sides<'_>) {
        let mut sides = sides.normalised();
        if sides.all_same() {
            return;
        }
        let row = self.comparison.table.row(self.comparison.address, path);
        let kind = row.map_or(CompareKind::Exact, |row| row.kind);
        let scope = self.scope(path);
        if matches!(kind, CompareKind::WriteOnly | CompareKind::Unobservable) {
            sides.live = sides.applied;
            if kind == CompareKind::Unobservable {
                self.silence(path, Reason::table(UNOBSERVABLE));
            }
        }
        let children = if matches!(scope, Scope::NotOurs) { None } else { sides.children(kind) };
        match children {
            Some(parts) if !sides.is_one_difference() || self.must_split(path, &scope, sides) => {
                self.descend(path, parts);
            }
            _ => self.leaf(path, &scope, sides, row),
        }
    }

    fn descend(&mut self, path: &FieldPath, parts: Vec<(Segment, Sides<'_>)>) {
        for (segment, sides) in parts {
            self.visit(&path.join(segment), sides);
        }
    }

    fn scope(&self, path: &FieldPath) -> Scope {
        let owned = self.comparison.owned;
        if owned.is_empty() || owned.iter().any(|ours| ours.contains(path)) {
            Scope::Ours
        } else if owned.iter().any(|ours| path.contains(ours)) {
            Scope::HoldsOurs
        } else {
            Scope::NotOurs
        }
    }

    /// Whether a difference that could be told of as a whole is not of one kind inside.
    fn must_split(&self, path: &FieldPath, scope: &Scope, sides: Sides<'_>) -> bool {
        let is_addition = sides.desired.is_none() && sides.applied.is_none();
        let here = self.treatment(path, is_addition);
        // The resource itself is told of by its class, not as a field.
        path.0.is_empty()
            || matches!(scope, Scope::HoldsOurs)
            || sides.present().next().is_some_and(|tree| self.differs_inside(path, tree, is_addition, here.as_ref()))
    }

    fn differs_inside(&self, path: &FieldPath, tree: &Tree, is_addition: bool, here: Option<&Reason>) -> bool {
        let entries = tree.as_map().into_iter().flatten();
        entries.into_iter().any(|(key, value)| {
            let path = path.key(key.as_str());
            self.treatment(&path, is_addition).as_ref() != here || self.differs_inside(&path, value, is_addition, here)
        })
    }

    /// The rule by which drift of a field is not reported.
    fn treatment(&self, path: &FieldPath, is_addition: bool) -> Option<Reason> {
        let row = self.comparison.table.row(self.comparison.address, path);
        let by_table = match row.map(|row| row.added) {
            _ if !is_addition => None,
            Some(Added::Drift) => None,
            Some(Added::Silent(rule)) => Some(Reason::table(rule)),
            None => Some(Reason::table(UNLISTED)),
        };
        by_table.or_else(|| (self.comparison.silence)(path).map(|rule| Reason { rule, by_user: true }))
    }

    fn silence(&mut self, path: &FieldPath, reason: Reason) {
        let Reason { rule, by_user } = reason;
        self.compared.silenced.push(Silenced { path: path.clone(), rule, by_user });
    }

    fn leaf(&mut self, path: &FieldPath, scope: &Scope, sides: Sides<'_>, row: Option<&Row>) {
        let kind = row.map_or(CompareKind::Exact, |row| row.kind);
        let (verdict, unjudged) = sides.judge(kind);
        if unjudged && sides.present().any(Tree::is_sensitive) {
            self.compared.unjudged.push(path.clone());
        }
        let is_addition = sides.desired.is_none() && sides.applied.is_none();
        let rule = match verdict {
            None => return,
            Some(Verdict::Converged) => return self.compared.converged = true,
            Some(_) if matches!(scope, Scope::NotOurs) && !is_addition => Some(Reason::table(NOT_OWNED)),
            Some(verdict) if verdict.is_drift() => self.treatment(path, is_addition),
            Some(_) => None,
        };
        match (rule, verdict) {
            (Some(rule), _) => self.silence(path, rule),
            (None, Some(verdict)) => self.report(path, sides, row, verdict),
            (None, None) => {}
        }
    }

    fn report(&mut self, path: &FieldPath, sides: Sides<'_>, row: Option<&Row>, verdict: Verdict) {
        if row.is_none() {
            self.compared.not_compared.push(path.clone());
        }
        let secret = row.is_some_and(|row| row.kind == CompareKind::Secret);
        self.compared.fields.push(Field {
            path: path.clone(),
            class: class(sides, verdict),
            verdict,
            declared: sides.desired.cloned(),
            applied: sides.applied.cloned(),
            live: sides.live.cloned(),
            sensitive: secret || sides.present().any(Tree::is_sensitive),
            declared_unknown: sides.desired.is_some_and(is_deferred),
            repair: row.map_or(Effect::Replace, |row| row.repair),
            change: row.map_or(Effect::Replace, |row| row.change),
        });
    }
}

fn class(sides: Sides<'_>, verdict: Verdict) -> FieldClass {
    let before = if verdict.is_drift() { sides.live } else { sides.applied };
    let drifted = verdict.is_drift();
    match (sides.desired, before) {
        (None, _) if drifted && sides.applied.is_none() => FieldClass::Added,
        (Some(_), None) if !drifted => FieldClass::Added,
        (Some(_), None) => FieldClass::Removed,
        (None, _) if !drifted => FieldClass::Removed,
        _ => FieldClass::Changed,
    }
}

fn is_deferred(tree: &Tree) -> bool {
    match tree {
        Tree::Text(value) => value.parts().iter().any(|part| matches!(part, Part::Deferred { .. })),
        Tree::List(list) => list.iter().any(is_deferred),
        Tree::Map(map) => map.values().any(is_deferred),
        _ => false,
    }
}
