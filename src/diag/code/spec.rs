//! Codes of files and their YAML (DL01xx).

super::codes! {
    SPEC_CODES;
    YAML_SYNTAX = "DL0101", "the file is not valid YAML 1.2",
        "The parser stopped at the place shown. Look one line above it too: an unclosed quote or bracket is noticed late.";
    UNKNOWN_KEY = "DL0102", "a key that means nothing here",
        "Keys are checked, because a misspelt key that is silently ignored is a setting that silently does not hold.\n\
         `driftless schema` prints the keys of every kind of file.";
    WRONG_TYPE = "DL0103", "a value of another type than the key takes",
        "The message says which type is expected and which was found. Quote a value to make it a string: `version: \"1.10\"`.";
    DUPLICATE_KEY = "DL0104", "a key that stands twice in one mapping",
        "YAML forbids it, and tools that accept it keep the last one without a word. Remove one of the two.";
}
