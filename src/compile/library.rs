//! The modules and templates that are part of the program.

use super::memory::MemoryFiles;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The embedded library: `modules/**` and `templates/**`.
pub fn library() -> MemoryFiles {
    MemoryFiles::from_table(EMBEDDED)
}
