//! Codes of secrets (`DL07xx`).

super::codes! {
    SECRET_CODES;
}
