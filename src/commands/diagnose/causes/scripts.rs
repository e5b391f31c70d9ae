//! Scripts that a client runs: their failures are their own.

use super::super::attempt::{Action, Attempt, Kind, is_before_upload};
use super::{Cause, Reading, VIEW, Verdict, reading, words};
use crate::rules::{script_unrunnable, version_published};

const MISSING: &str = "The script runs a command that is not installed. Install dependencies before you publish (`npm \
    ci`), or let the script succeed without the command (for husky: `\"prepare\": \"husky || true\"`).";
const FAILED: &str = "Read the script's output above this line: it says why. Run the script by itself to see it again.";
const RENAME: &str = "Give the script another name, such as `release`. Check whether the version is published: if it is, nothing is left \
    to do for it.";
const HIDDEN: &str = "Run the script again without `--silent` or `--loglevel silent`, and pass what it prints to `npm-preflight diagnose -`. \
    Check whether the version was published before you publish again.";

pub(super) fn readings() -> Vec<Reading> {
    let missing = || Cause::named("a script's command was not found").fix(MISSING).run("npm run {script}");
    let failed = || Cause::named("a script failed").fix(FAILED).run("npm run {script}");
    vec![
        reading(&["127"], &[], [missing()]),
        words(&["is not recognized as an internal or external command"], [missing()]),
        words(&["exited with code 127"], [Cause::of(&script_unrunnable::RULE).fix(MISSING)]),
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

/// npm runs `publish` and `postpublish` after it has published: a script of that name that publishes does it again.
pub(super) fn again(attempt: &Attempt) -> Option<Verdict> {
    let script = attempt.script.as_deref().filter(|script| matches!(*script, "publish" | "postpublish"))?;
    if attempt.action != Some(Action::Publish) || !attempt.finds_version() {
        return None;
    }
    let cause = Cause::of(&version_published::RULE)
        .why(format!("npm runs the script `{script}` after each publish, and this script publishes again"))
        .fix(RENAME)
        .run(VIEW);
    Some(Verdict::one(cause))
}

/// Which script it was, how far the publish had come, and whether a line before the error says that a command is missing.
pub(super) fn fit(attempt: &Attempt, verdict: &mut Verdict) {
    let [cause] = &mut verdict.causes[..] else { return };
    if cause.name != "a script failed" {
        return;
    }
    if attempt.notes("command not found") || attempt.notes(": not found") {
        *cause = Cause::named("a script's command was not found").fix(MISSING).run("npm run {script}");
    }
    // pnpm and Yarn only report that the last command of the script failed.
    let is_hidden_publish = attempt.kind == Kind::Echo && attempt.action == Some(Action::Publish);
    cause.why = match attempt.script.as_deref() {
        _ if is_hidden_publish => "the script runs a publish, which printed no error".to_owned(),
        Some(script) if is_before_upload(script) => {
            format!("the script is `{script}`, which runs before anything is uploaded")
        }
        Some(script) => format!("the script is `{script}`"),
        None => String::new(),
    };
    if let Some(printed) = &attempt.printed {
        cause.why = format!("{}; it printed \"{printed}\"", cause.why);
    }
    if is_hidden_publish {
        HIDDEN.clone_into(&mut cause.fix);
        cause.command = None;
    }
}
