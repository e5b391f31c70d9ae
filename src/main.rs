//! The executable: the real world in, the exit code out.

fn main() -> std::process::ExitCode {
    npm_preflight::exit::Exit::Clear.into()
}
