//! Codes of what a target cannot express, and patches (`DL04xx`).

super::codes! {
    RENDER_CODES;
}
