//! Codes of plans, applies, drift (`DL05xx`).

super::codes! {
    PLAN_CODES;
}
