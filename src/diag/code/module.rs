//! Codes of modules and their templates (`DL03xx`).

super::codes! {
    MODULE_CODES;
}
