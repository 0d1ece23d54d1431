//! What may be taken away without being asked for by name.
//!
//! Deleted is never what is not in some list: lists fail, and are empty by mistake. A record must say that its time is over.

use super::record::{PreviewRecord, Standing};
use crate::model::Preview;
use std::collections::BTreeMap;

/// How many previews one run takes away, where nobody says.
pub const DEFAULT_BUDGET: u32 = 10;

/// A preview of which there is a record.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The environment that it is made from.
    pub base: &'a str,
    /// The number of the pull request.
    pub number: u32,
    /// The record.
    pub record: &'a PreviewRecord,
}

/// What becomes of a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It stays: it is in use.
    Stays,
    /// It is taken away: expired, or closed.
    Reaped(Standing),
    /// Its time is over, and it is not taken away; why.
    Held(String),
}

/// A preview and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its name.
    pub name: String,
    /// The environment that it is made from.
    pub base: String,
    /// The number of the pull request.
    pub number: u32,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// Decides for all previews. `unlisted`: the environments whose previews could not be listed, and why. At most `budget` are taken away, those
/// that were idle longest.
pub fn decide(
    recorded: &[Recorded<'_>],
    unlisted: &BTreeMap<String, String>,
    now_seconds: i64,
    budget: u32,
) -> Vec<Decision> {
    let over = |one: &&Recorded<'_>| one.record.standing(now_seconds) != Standing::Active;
    let listed = |one: &&Recorded<'_>| !unlisted.contains_key(one.base);
    let mut first: Vec<&Recorded<'_>> = recorded.iter().filter(over).filter(listed).collect();
    first.sort_by_key(|one| (one.record.active_seconds, one.base, one.number));
    first.truncate(usize::try_from(budget).unwrap_or(usize::MAX));
    let within = |one: &Recorded<'_>| first.iter().any(|known| (known.base, known.number) == (one.base, one.number));
    let verdict = |one: &Recorded<'_>| match (one.record.standing(now_seconds), unlisted.get(one.base)) {
        (Standing::Active, _) => Verdict::Stays,
        (_, Some(reason)) => Verdict::Held(format!("what is there could not be listed: {reason}")),
        (standing, None) if within(one) => Verdict::Reaped(standing),
        _ => Verdict::Held(format!("{budget} are taken away in one run; the next one goes on")),
    };
    let decision = |one: &Recorded<'_>| Decision {
        name: Preview { base: one.base.into(), number: one.number, branch: None, sha: None }.name(),
        base: one.base.into(),
        number: one.number,
        verdict: verdict(one),
    };
    recorded.iter().map(decision).collect()
}

/// Whether a look is not to be believed: things are recorded as applied, and not one of them is seen. Then it is more likely that the look
/// goes astray than that somebody took all of it away.
pub const fn is_out_of_sight(seen: usize, recorded: usize) -> bool {
    seen == 0 && recorded > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(active_seconds: i64, closed_seconds: Option<i64>) -> PreviewRecord {
        PreviewRecord {
            branch: None,
            sha: None,
            commit: None,
            url: None,
            created_seconds: 0,
            active_seconds,
            ttl_seconds: 100,
            closed_seconds,
        }
    }

    #[test]
    fn only_what_is_over_is_taken_and_the_idlest_first() {
        let records = [record(0, None), record(50, None), record(60, Some(70)), record(61, Some(70))];
        let recorded: Vec<Recorded<'_>> = (1..)
            .zip(&records)
            .map(|(number, record)| Recorded { base: if number == 4 { "other" } else { "dev" }, number, record })
            .collect();
        let decided = |unlisted: &[(&str, &str)], now, budget| {
            let unlisted = unlisted.iter().map(|(base, why)| ((*base).to_owned(), (*why).to_owned())).collect();
            decide(&recorded, &unlisted, now, budget).into_iter().map(|one| (one.name, one.verdict)).collect::<Vec<_>>()
        };
        let named = |verdicts: [Verdict; 4]| {
            ["dev-pr-1", "dev-pr-2", "dev-pr-3", "other-pr-4"]
                .map(String::from)
                .into_iter()
                .zip(verdicts)
                .collect::<Vec<_>>()
        };
        let reaped = Verdict::Reaped;
        let held = |why: &str| Verdict::Held(why.into());
        assert_eq!(
            decided(&[], 99, 10),
            named([Verdict::Stays, Verdict::Stays, reaped(Standing::Closed), reaped(Standing::Closed)])
        );
        let budget = "2 are taken away in one run; the next one goes on";
        assert_eq!(
            decided(&[], 200, 2),
            named([reaped(Standing::Expired), reaped(Standing::Expired), held(budget), held(budget)])
        );
        let failed = "what is there could not be listed: no route";
        assert_eq!(
            decided(&[("dev", "no route")], 200, 1),
            named([held(failed), held(failed), held(failed), reaped(Standing::Closed)])
        );
        assert_eq!(decide(&[], &BTreeMap::new(), 200, 10), []);
    }

    #[test]
    fn a_look_that_sees_nothing_of_what_is_recorded_is_not_believed() {
        assert_eq!(
            [(0, 0), (0, 1), (1, 1), (1, 5)].map(|(seen, known)| is_out_of_sight(seen, known)),
            [false, true, false, false]
        );
    }
}
