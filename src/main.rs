//! The executable: arguments and the real world in, the exit code out.

use std::io::{stderr, stdout};
use std::process::ExitCode;

use npm_preflight::project::world::World;

#[expect(clippy::disallowed_methods, reason = "this is where arguments enter")]
fn main() -> ExitCode {
    npm_preflight::run(std::env::args_os(), World::real(), &mut stdout().lock(), &mut stderr().lock()).into()
}
