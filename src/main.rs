//! The `driftless` program: a thin entry to the library.

/// Compiling and rendering are many small pieces of text: a third of the time is the system's allocator's, a tenth this one's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    driftless::cli::main()
}
