//! The `driftless` program: a thin entry to the library.

/// Compiling and rendering are many small pieces of text: with the system's allocator a third of the time was spent in it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    driftless::cli::main()
}
