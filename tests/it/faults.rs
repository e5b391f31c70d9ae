//! Every question that is put to a registry, and everything that can go wrong with its answer: no fault makes a
//! panic, an error of the package, or a publish that passes for ready.

mod end_points;
mod interrupt;
mod matrix;
mod origin;
mod progress;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{Outcome, Sandbox, at_a_time, rules_with};
use crate::registry::{Entry, FakeRegistry};
use end_points::EndPoint;

/// What the executable said and did.
struct Seen {
    code: Option<i32>,
    errors: BTreeSet<String>,
    /// Rules without a result: undecided, or with something assumed in its place.
    undecided: BTreeSet<String>,
    verdict: String,
    report: Value,
    log: Vec<Entry>,
}

impl Seen {
    fn of(outcome: &Outcome, log: Vec<Entry>) -> Result<Self, String> {
        let report = outcome.json()?;
        Ok(Self {
            code: outcome.code,
            errors: rules_with(&report, "error").into_iter().collect(),
            undecided: [&report["undecided"], &report["assumptions"]]
                .into_iter()
                .flat_map(|list| list.as_array().into_iter().flatten())
                .map(|one| one["rule"].as_str().unwrap_or_default().to_owned())
                .collect(),
            verdict: report["packages"][0]["verdict"].as_str().unwrap_or_default().to_owned(),
            report,
            log,
        })
    }

    /// What must hold whatever happened: the exit code fits the report, and no error came but those allowed.
    fn problem(&self, healthy: &Self, allowed: &[&str]) -> Option<String> {
        let Self { code, errors, undecided, verdict, .. } = self;
        let expected = match (errors.is_empty(), verdict.as_str()) {
            (false, _) => 1,
            (true, "undecided") => 3,
            _ => 0,
        };
        if *code != Some(expected) {
            return Some(format!("exit {code:?} with {errors:?} and {verdict}"));
        }
        let strange = |rule: &&String| !healthy.errors.contains(*rule) && !allowed.contains(&rule.as_str());
        let strange: Vec<_> = errors.iter().filter(strange).collect();
        let count = |rule: &String| {
            self.report["diagnostics"].as_array().into_iter().flatten().filter(|one| one["rule"] == **rule).count()
        };
        match () {
            () if !strange.is_empty() => Some(format!("false alarm {strange:?}")),
            () if errors.iter().any(|rule| count(rule) != 1) => Some("an error is reported more than once".to_owned()),
            () if errors.is_empty() && verdict == "blocked" => Some("blocked without an error".to_owned()),
            () if !healthy.undecided.is_subset(undecided) && errors.is_empty() => {
                Some(format!("{:?} is decided now", healthy.undecided.difference(undecided).collect::<Vec<_>>()))
            }
            () => None,
        }
    }

    /// The last answer to a path.
    fn status(&self, path: &str) -> Option<u16> {
        self.log.iter().rfind(|entry| entry.target.split('?').next() == Some(path))?.status
    }

    /// How often a path was asked for, with a credential or without one.
    fn requests(&self, path: &str) -> usize {
        let of_path = || self.log.iter().filter(|entry| entry.target.split('?').next() == Some(path));
        let with = of_path().filter(|entry| entry.authorized).count();
        with.max(of_path().count() - with)
    }
}

/// Checks the publish of an endpoint's scenario; `<registry>` may have been pointed elsewhere.
fn observe(end_point: &EndPoint, sandbox: &Sandbox, registry: &FakeRegistry, timeout: &str) -> Result<Seen, String> {
    for (path, text) in end_point.files() {
        sandbox.file(&path, &text);
    }
    let mut args = vec!["lint", "--format", "json", "--strict", "--timeout", timeout];
    args.extend_from_slice(end_point.args);
    let outcome = sandbox.in_process("project", &args);
    Seen::of(&outcome, registry.log())
}

/// Does the work of all, many at a time: most of it is waiting. Fails with everything that is wrong.
fn in_parallel<T: Sync>(work: &[T], check: impl Fn(&T) -> Option<String> + Sync) {
    let wrong: Vec<String> = at_a_time(12, work, check).into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} of {} are not as they say:\n  {}", wrong.len(), work.len(), wrong.join("\n  "));
}
