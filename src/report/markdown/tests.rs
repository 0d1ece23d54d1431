use super::*;
use crate::plan::fixture::World;
use crate::report::text::tests::{drift_of, full_world, plan_of};
use serde_json::json;

#[test]
fn a_drift_report_is_a_comment() {
    assert_eq!(drift(&drift_of(&full_world()), MAX_CHARACTERS), include_str!("golden/drift.md"));
}

#[test]
fn a_plan_is_a_comment() {
    let report = plan_of(&full_world());
    assert_eq!(plan(&report, MAX_CHARACTERS).replace(report.digest.as_str(), "DIGEST"), include_str!("golden/plan.md"));
}

#[test]
fn a_comment_stays_within_its_budget_and_says_what_is_missing() {
    let mut world = World::new();
    for number in 0..2_000 {
        world.declare(&format!("x{number:04}"), &json!({"v": "\u{e9}".repeat(50)}));
    }
    let report = plan_of(&world);
    let page = plan(&report, MAX_CHARACTERS);
    assert!(page.chars().count() <= MAX_CHARACTERS);
    let shown = page.matches("<details>").count();
    assert_eq!(page.matches("</details>").count(), shown);
    let last = page.lines().last().unwrap();
    assert_eq!(last, format!("**{} parts did not fit here.** `driftless plan staging` shows all.", 2_000 - shown));
    assert!(shown > 100);
}
