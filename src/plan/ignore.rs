//! Rules by which a difference is not reported. They mean the same in plan, apply and drift, since one engine asks them.

use super::finding::{Finding, Source};
use crate::diag::SourceMap;
use crate::diag::code::{EXPIRED_IGNORE_RULE, UNUSED_IGNORE_RULE};
use crate::model::{Address, FieldPath, IgnoreRule, glob};
use std::cell::Cell;

/// A rule and its place in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it says.
    pub rule: IgnoreRule,
    /// Where it stands.
    pub source: Option<Source>,
}

impl Rule {
    /// A rule whose place is looked up.
    pub fn placed(rule: &IgnoreRule, sources: &SourceMap) -> Self {
        let place = sources.place(rule.span);
        let source = Source { file: place.file, line: place.line, column: place.column, commit: None, author: None };
        Self { rule: rule.clone(), source: Some(source) }
    }

    /// How reports name it: its place, its reason and its end.
    pub fn name(&self) -> String {
        let place =
            self.source.as_ref().map(|source| format!(" ({}:{})", source.file, source.line)).unwrap_or_default();
        let end = self.rule.expires.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
        format!("{}{place}{end}", self.rule.reason)
    }

    /// Whether it does not hold any more on a day (`2026-01-31`).
    pub fn expired(&self, today: &str) -> bool {
        self.rule.expires.as_deref().is_some_and(|last| last < today)
    }

    fn covers(&self, address: &Address, owner: Option<&str>) -> bool {
        let by_owner = |glob: &str| owner.is_some_and(|who| glob::segments_match(glob, who));
        self.rule.owner.as_deref().is_none_or(by_owner) && address.matches(&self.rule.address)
    }

    fn covers_field(&self, path: &FieldPath) -> bool {
        self.rule.field.as_deref().is_some_and(|pattern| field_matches(pattern, path))
    }
}

/// Whether a glob matches a field path as it is printed, or as it would be printed were all its keys plain words; `.` ends a segment.
pub(super) fn field_matches(pattern: &str, path: &FieldPath) -> bool {
    glob::matches(pattern, &path.to_string(), '.') || glob::matches(pattern, &super::table::plain_path(path), '.')
}

/// The rules that hold on a day, and which of them were of use.
#[derive(Debug)]
pub struct Rules<'a> {
    all: &'a [Rule],
    today: &'a str,
    used: Vec<Cell<bool>>,
}

impl<'a> Rules<'a> {
    /// Rules for a day.
    pub fn new(rules: &'a [Rule], today: &'a str) -> Self {
        Self { all: rules, today, used: rules.iter().map(|_| Cell::new(false)).collect() }
    }

    fn find(&self, matches: impl Fn(&Rule) -> bool) -> Option<&'a Rule> {
        let at = self.all.iter().position(|rule| !rule.expired(self.today) && matches(rule))?;
        self.used[at].set(true);
        Some(&self.all[at])
    }

    /// The rule that covers all of a resource.
    pub fn resource(&self, address: &Address, owner: Option<&str>) -> Option<&'a Rule> {
        self.find(|rule| rule.rule.field.is_none() && rule.covers(address, owner))
    }

    /// The rule that covers a field.
    pub fn field(&self, address: &Address, path: &FieldPath, owner: Option<&str>) -> Option<&'a Rule> {
        self.find(|rule| rule.covers(address, owner) && rule.covers_field(path))
    }

    /// What is to be said of rules that expired, and, where everything was looked at, of those that were of no use.
    pub fn findings(&self, complete: bool) -> Vec<Finding> {
        let rules = self.all.iter().zip(&self.used);
        rules.filter_map(|(rule, used)| self.finding(rule, used.get(), complete)).collect()
    }

    fn finding(&self, rule: &Rule, used: bool, complete: bool) -> Option<Finding> {
        let what = rule
            .rule
            .field
            .as_ref()
            .map_or_else(|| rule.rule.address.clone(), |field| format!("{} of {}", field, rule.rule.address));
        let (code, message) = if rule.expired(self.today) {
            let day = rule.rule.expires.as_deref().unwrap_or_default();
            (EXPIRED_IGNORE_RULE, format!("the rule that ignores {what} ended on {day}: it is not applied any more"))
        } else if complete && !used {
            (UNUSED_IGNORE_RULE, format!("the rule that ignores {what} matches no difference"))
        } else {
            return None;
        };
        let source = rule.source.clone();
        Some(Finding { code: code.to_string(), severity: "warning".into(), message, source })
    }
}
