//! Scripts that a client runs: their failures are their own.

use super::{Cause, Reading, reading, words};

const MISSING: &str = "The script runs a command that is not installed there. Install before you publish (`npm ci`), or let the script \
    pass where the command is not there (for husky: `\"prepare\": \"husky || true\"`). Where the package is built already, \
    `npm publish --ignore-scripts` runs none.";
const FAILED: &str = "Read what the script printed above npm's lines; the registry was not asked yet. Run the script alone to see it \
    again, or publish what is built already with `npm publish --ignore-scripts`.";

pub(super) fn readings() -> Vec<Reading> {
    let missing = || Cause::named("a script could not find its command").fix(MISSING).run("npm run {script}");
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
