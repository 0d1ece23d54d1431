//! The `driftless` program: a thin entry to the library.

fn main() -> std::process::ExitCode {
    driftless::cli::main()
}
