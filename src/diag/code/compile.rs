//! Codes of references, extends, components (`DL02xx`).

super::codes! {
    COMPILE_CODES;
}
