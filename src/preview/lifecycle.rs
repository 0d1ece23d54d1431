//! How the records of previews go on: brought up, closed, gone.

use super::error::PreviewError;
use super::record::{PreviewRecord, PreviewRecords};
use crate::model::Preview;

/// A preview is brought up, or brought up again.
#[derive(Debug, Clone, Copy)]
pub struct Activity<'a> {
    /// The environment.
    pub base: &'a str,
    /// The number of the pull request.
    pub number: u32,
    /// The branch as it was told; none: as before.
    pub branch: Option<&'a str>,
    /// The commit whose tree is compiled; none: the work tree.
    pub sha: Option<&'a str>,
    /// The commit that it is compiled from.
    pub commit: Option<&'a str>,
    /// Where it is reached, as its file says.
    pub url: Option<&'a str>,
    /// How long it lives, in seconds.
    pub ttl_seconds: u32,
    /// How many there may be.
    pub max: u32,
    /// Whether something of it is there although nothing is recorded.
    pub is_there: bool,
    /// Now, in seconds since 1970.
    pub now_seconds: i64,
}

impl PreviewRecords {
    /// The records after a preview is brought up.
    ///
    /// # Errors
    /// [`PreviewError::OverQuota`] for one more than there may be; never for one that there is.
    pub fn after_up(&self, activity: &Activity<'_>) -> Result<Self, PreviewError> {
        let known = self.previews.get(&activity.number);
        if known.is_none() && !activity.is_there {
            self.has_room(activity.base, activity.max)?;
        }
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let record = PreviewRecord {
            branch: owned(activity.branch).or_else(|| known.and_then(|known| known.branch.clone())),
            sha: owned(activity.sha),
            commit: owned(activity.commit),
            url: owned(activity.url),
            created_seconds: known.map_or(activity.now_seconds, |known| known.created_seconds),
            // Two that are brought up at once, on machines whose clocks differ: the later time holds.
            active_seconds: known.map_or(i64::MIN, |known| known.active_seconds).max(activity.now_seconds),
            ttl_seconds: activity.ttl_seconds,
            closed_seconds: None,
        };
        let mut after = self.clone();
        after.previews.insert(activity.number, record);
        Ok(after)
    }

    fn has_room(&self, base: &str, max: u32) -> Result<(), PreviewError> {
        if self.previews.len() < usize::try_from(max).unwrap_or(usize::MAX) {
            return Ok(());
        }
        let mut there: Vec<(i64, u32)> =
            self.previews.iter().map(|(number, record)| (record.active_seconds, *number)).collect();
        there.sort_unstable();
        let name = |number: u32| Preview { base: base.into(), number, branch: None, sha: None }.name();
        let there = there.into_iter().map(|(_, number)| name(number)).collect();
        Err(PreviewError::OverQuota { base: base.into(), max, there })
    }

    /// The records after a preview is closed. None: it is not the one any more that was looked at.
    pub fn after_close(&self, number: u32, seen: &PreviewRecord, now_seconds: i64) -> Option<Self> {
        let known = self.previews.get(&number).filter(|known| *known == seen)?;
        let closed = known.closed_seconds.unwrap_or(now_seconds);
        let mut after = self.clone();
        after.previews.insert(number, PreviewRecord { closed_seconds: Some(closed), ..known.clone() });
        Some(after)
    }

    /// The records after nothing of a closed preview is left. One that was brought up again meanwhile stays.
    #[must_use]
    pub fn after_removal(&self, number: u32) -> Self {
        let mut after = self.clone();
        if after.previews.get(&number).is_some_and(|record| record.closed_seconds.is_some()) {
            after.previews.remove(&number);
        }
        after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::Standing;

    fn activity(number: u32, now_seconds: i64) -> Activity<'static> {
        Activity {
            base: "dev",
            number,
            branch: None,
            sha: None,
            commit: None,
            url: None,
            ttl_seconds: 60,
            max: 2,
            is_there: false,
            now_seconds,
        }
    }

    fn up(records: &PreviewRecords, number: u32, now_seconds: i64) -> PreviewRecords {
        records.after_up(&activity(number, now_seconds)).unwrap()
    }

    #[test]
    fn a_quota_refuses_what_is_new_and_never_an_update() {
        let full = up(&up(&PreviewRecords::default(), 1, 50), 2, 10);
        let error = full.after_up(&activity(3, 60)).unwrap_err();
        let there = vec!["dev-pr-2".to_owned(), "dev-pr-1".to_owned()];
        assert_eq!(error, PreviewError::OverQuota { base: "dev".into(), max: 2, there });
        assert_eq!(error.to_string(), "dev has 2 previews, and 2 are allowed");
        assert_eq!(up(&full, 2, 60).previews[&2].active_seconds, 60);
        // The maximum was lowered: what is there is still updated.
        assert!(full.after_up(&Activity { max: 1, ..activity(1, 60) }).is_ok());
        // Its record was lost: it is there all the same.
        assert!(full.after_up(&Activity { is_there: true, ..activity(3, 60) }).is_ok());
    }

    #[test]
    fn age_counts_from_the_last_activity() {
        let first = up(&PreviewRecords::default(), 1, 100);
        let standing = |records: &PreviewRecords, now| records.previews[&1].standing(now);
        assert_eq!(
            [99, 100, 159, 160].map(|now| standing(&first, now)),
            [Standing::Active, Standing::Active, Standing::Active, Standing::Expired]
        );
        let again = up(&first, 1, 150);
        assert_eq!(
            [160, 209, 210].map(|now| standing(&again, now)),
            [Standing::Active, Standing::Active, Standing::Expired]
        );
        assert_eq!(again.previews[&1].created_seconds, 100);
        // A clock that is behind takes nothing away.
        assert_eq!(up(&again, 1, 120).previews[&1].active_seconds, 150);
    }

    #[test]
    fn what_was_brought_up_again_meanwhile_is_not_closed_and_not_removed() {
        let before = up(&PreviewRecords::default(), 1, 100);
        let seen = before.previews[&1].clone();
        let again = up(&before, 1, 150);
        assert_eq!(again.after_close(1, &seen, 200), None);
        let closed = before.after_close(1, &seen, 200).unwrap();
        assert_eq!(closed.previews[&1].standing(0), Standing::Closed);
        let reopened = up(&closed, 1, 201);
        assert_eq!(reopened.after_removal(1), reopened);
        assert_eq!(closed.after_removal(1), PreviewRecords::default());
        // Closed twice is closed since the first time.
        let twice = closed.after_close(1, &closed.previews[&1], 300).unwrap();
        assert_eq!(twice, closed);
    }

    #[test]
    fn the_branch_stays_known_and_the_commit_does_not() {
        let told = Activity { branch: Some("x"), sha: Some("1a2b3c4"), ..activity(1, 1) };
        let first = PreviewRecords::default().after_up(&told).unwrap();
        let second = up(&first, 1, 2);
        assert_eq!((second.previews[&1].branch.as_deref(), &second.previews[&1].sha), (Some("x"), &None));
    }
}
