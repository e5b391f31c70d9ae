//! Scripts that a client runs: their failures are their own.

use super::{Cause, Reading, reading, words};

const MISSING: &str = "The script runs a command that is not installed. Install dependencies before you publish (`npm \
    ci`), or let the script succeed without the command (for husky: `\"prepare\": \"husky || true\"`). If the package \
    is already built, `npm publish --ignore-scripts` skips scripts.";
const FAILED: &str = "Read the script's output above npm's; the registry was not contacted yet. Run the script by \
    itself to see it again, or publish what is already built with `npm publish --ignore-scripts`.";

pub(super) fn readings() -> Vec<Reading> {
    let missing = || Cause::named("a script's command was not found").fix(MISSING).run("npm run {script}");
    let failed = || Cause::named("a script failed").fix(FAILED).run("npm run {script}");
    vec![
        reading(&["127"], &[], [missing()]),
        words(&["is not recognized as an internal or external command"], [missing()]),
        words(&["spawn", "enoent", "command failed"], [missing()]),
        reading(&["126"], &["permission denied"], [failed()]),
        words(&["command failed"], [failed()]).when(|attempt| !attempt.says("git ") && attempt.status().is_none()),
        words(&["lifecycle script"], [failed()]).when(|attempt| attempt.status().is_none()),
        reading(
            &[
                "ELIFECYCLE",
                "ERR_PNPM_RECURSIVE_RUN_FIRST_FAIL",
                "ERR_PNPM_RECURSIVE_EXEC_FIRST_FAIL",
                "ERR_PNPM_CMD_FAILED",
            ],
            &[],
            [failed()],
        ),
        words(&["command failed with exit code"], [failed()]),
    ]
}
