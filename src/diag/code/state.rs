//! Codes of Git repositories and state stores (`DL06xx`).

super::codes! {
    STATE_CODES;
}
