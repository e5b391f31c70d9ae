//! The executable against the installed npm: the executable checks every publish of a table first, then
//! `npm publish` is run on the same files against the same fake registry, and what was predicted is compared with
//! what happened. The table lives in the files beside this one.

mod npm_12;
mod published;
mod refused_by_client;
mod refused_by_server;
mod scenario;
mod staged;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use crate::harness::{Outcome, Sandbox, few_at_a_time, npm_is_here, rules_with, shown};
use crate::npms;
use crate::registry::{Entry, FakeRegistry};
use scenario::{Expected, Scenario};

/// What happened.
struct Observed {
    scenario: Scenario,
    lint: Outcome,
    /// Requests of the executable.
    asked: Vec<Entry>,
    /// Files that differ after the executable ran.
    touched: Vec<String>,
    npm: Outcome,
    /// Statuses that npm's `PUT`s, or the `POST`s of what it staged, got.
    puts: Vec<Option<u16>>,
    published: Vec<String>,
}

fn observe(scenario: Scenario) -> Observed {
    let registry = FakeRegistry::start(scenario.state.clone());
    for fault in &scenario.faults {
        registry.fault(fault.clone());
    }
    let mut sandbox = Sandbox::with_registry(&registry);
    if scenario.state.lenient {
        sandbox.unset("NPM_PREFLIGHT_NPMJS_REGISTRY");
    }
    for (key, value) in &scenario.env {
        sandbox.env(key, value);
    }
    for (path, text) in &scenario.files {
        sandbox.file(path, text);
    }
    let folders = ["home", "project", "global"];
    let before = sandbox.snapshot_of(&folders);
    let npm = if scenario.npm_12 { npms::pinned() } else { npms::installed().expect("npm is there") };
    let version = npm.version.to_string();
    let mut command = vec!["lint", "--format", "json"];
    command.extend(scenario.stage.then_some("--stage"));
    command.extend(["--npm-version", &version].iter().filter(|_| scenario.npm_12));
    command.extend(&scenario.args);
    let lint = sandbox.preflight(scenario.folder, &command).masked(&sandbox);
    let asked = registry.log();
    let after = sandbox.snapshot_of(&folders);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let touched = names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect();

    let publish: &[&str] = if scenario.stage { &["stage", "publish"] } else { &["publish"] };
    let npm = sandbox.npm_of(npm, scenario.folder, &[publish, &scenario.args].concat()).masked(&sandbox);
    let sends = |entry: &&Entry| entry.method == "PUT" || entry.target.starts_with("/-/stage/package/");
    let puts = registry.log().iter().filter(sends).map(|entry| entry.status).collect();
    let published = shown(&registry.published());
    Observed { scenario, lint, asked, touched, npm, puts, published }
}

/// Every publish of the table, observed once for all tests.
fn observations() -> &'static [Observed] {
    static ALL: OnceLock<Vec<Observed>> = OnceLock::new();
    ALL.get_or_init(|| {
        let tables = [
            published::scenarios(),
            refused_by_client::scenarios(),
            refused_by_server::scenarios(),
            staged::scenarios(),
            npm_12::scenarios(),
        ];
        let mut observed = few_at_a_time(tables.into_iter().flatten(), observe);
        observed.sort_by_key(|one| one.scenario.name);
        observed
    })
}

/// Fails with everything that is wrong, scenario by scenario.
pub(crate) fn report(wrong: &[(&str, String)]) {
    let mut text = String::new();
    for (name, what) in wrong {
        let _ = writeln!(text, "  {name}: {what}");
    }
    assert!(wrong.is_empty(), "{} publishes are not as expected:\n{text}", wrong.len());
}

#[test]
fn npm_publishes_and_fails_as_the_table_says() {
    if !npm_is_here() {
        return;
    }
    let all = observations();
    let wrong: Vec<(&str, String)> =
        all.iter().filter_map(|one| Some((one.scenario.name, npm_differs(one)?))).collect();
    report(&wrong);

    let count = |test: fn(&Expected) -> bool| all.iter().filter(|one| test(&one.scenario.expected)).count();
    assert!(all.len() >= 60, "{} publishes", all.len());
    assert!(count(|expected| matches!(expected, Expected::RefusedByServer(_))) >= 25);
    assert!(count(|expected| matches!(expected, Expected::Publishes(_))) >= 25);
    let names: BTreeSet<&str> = all.iter().map(|one| one.scenario.name).collect();
    assert_eq!(names.len(), all.len(), "every publish has a name of its own");
}

/// In what npm did not behave as the table says.
fn npm_differs(one: &Observed) -> Option<String> {
    let Observed { npm, puts, published, .. } = one;
    let as_expected = match &one.scenario.expected {
        Expected::Publishes(expected) | Expected::GoesWrong(expected) => {
            npm.code == Some(0) && published.iter().eq(expected)
        }
        Expected::RefusedByServer(status) => {
            npm.code != Some(0) && puts.last() == Some(&Some(*status)) && published.is_empty()
        }
        Expected::Breaks(text) => npm.code != Some(0) && published.is_empty() && npm.stderr.contains(text),
        Expected::RefusedByClient(text) => npm.code != Some(0) && puts.is_empty() && npm.stderr.contains(text),
    };
    let expected = &one.scenario.expected;
    (!as_expected).then(|| {
        let code = npm.code.unwrap_or(-1);
        format!("{expected:?}, but npm: exit {code}, PUT {puts:?}, published {published:?}, {:.300}", npm.npm_error())
    })
}

#[test]
fn the_executable_predicts_what_npm_does() {
    if !npm_is_here() {
        return;
    }
    let wrong: Vec<(&str, String)> =
        observations().iter().filter_map(|one| Some((one.scenario.name, predicted_wrongly(one).err()?))).collect();
    report(&wrong);
}

/// What the executable said.
struct Prediction {
    error_rules: Vec<String>,
    verdicts: Vec<String>,
    assumes: bool,
}

fn predict(lint: &Outcome) -> Result<Prediction, String> {
    let report = lint.json()?;
    let error_rules = rules_with(&report, "error");
    let packages = report["packages"].as_array().into_iter().flatten();
    let verdicts = packages.map(|one| one["verdict"].as_str().unwrap_or_default().to_owned()).collect();
    let expected_code = i32::from(!error_rules.is_empty());
    if lint.code != Some(expected_code) {
        return Err(format!("exit {:?} with {} errors", lint.code, error_rules.len()));
    }
    let assumes = report["assumptions"].as_array().is_some_and(|all| !all.is_empty());
    Ok(Prediction { error_rules, verdicts, assumes })
}

fn predicted_wrongly(one: &Observed) -> Result<(), String> {
    let Prediction { error_rules, verdicts, assumes } = predict(&one.lint)?;
    let scenario = &one.scenario;
    let undecided = verdicts.iter().any(|verdict| verdict == "undecided");
    let goes_wrong = matches!(scenario.expected, Expected::GoesWrong(_));
    if one.npm.code == Some(0) && !goes_wrong {
        if !error_rules.is_empty() {
            return Err(format!("false alarm: {error_rules:?}, but npm publishes"));
        }
        let fine = |verdict: &String| match verdict.as_str() {
            "ready" | "skipped" => true,
            "undecided" => !scenario.ready,
            _ => false,
        };
        return if verdicts.iter().all(fine) && !verdicts.is_empty() {
            Ok(())
        } else {
            Err(format!("verdict {verdicts:?} although npm publishes and the facts can be read"))
        };
    }
    if error_rules.is_empty() {
        return match scenario.undecided {
            _ if scenario.unforeseeable => Ok(()),
            Some(_) if undecided || assumes || verdicts.is_empty() => Ok(()),
            Some(why) => Err(format!("said to be fine ({verdicts:?}); undecided would do, because {why}")),
            None => Err(format!("missed ({verdicts:?}): {:.200}", one.npm.npm_error())),
        };
    }
    if error_rules.iter().any(|rule| scenario.rules.contains(&rule.as_str())) {
        return Ok(());
    }
    Err(format!("wrong reason: {error_rules:?} instead of one of {:?}", scenario.rules))
}

#[test]
fn npms_output_leads_to_the_rule() {
    if !npm_is_here() {
        return;
    }
    let refused = observations().iter().filter(|one| one.npm.code != Some(0) && !one.scenario.rules.is_empty());
    let (mut first, mut among, mut unknown) = (0, 0, Vec::new());
    for one in refused {
        let suspects = npm_preflight::commands::diagnose::suspects(&one.npm.stderr);
        let place = suspects.iter().position(|rule| one.scenario.rules.contains(&rule.id));
        first += usize::from(place == Some(0));
        among += usize::from(place.is_some());
        if place.is_none() {
            unknown.push((one.scenario.name, one.npm.npm_error()));
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert!(first * 10 >= among * 7, "first for {first} of {among}");
}

#[test]
fn the_executable_only_reads() {
    if !npm_is_here() {
        return;
    }
    let mut wrong = Vec::new();
    for one in observations() {
        for entry in one.asked.iter().filter(|entry| !matches!(entry.method.as_str(), "GET" | "HEAD")) {
            wrong.push((one.scenario.name, format!("{} {}", entry.method, entry.target)));
        }
        if one.asked.iter().any(|entry| entry.otp.is_some()) {
            wrong.push((one.scenario.name, "spent the one-time password on a question".to_owned()));
        }
        for file in &one.touched {
            wrong.push((one.scenario.name, format!("wrote {file}")));
        }
    }
    report(&wrong);
    assert!(observations().iter().any(|one| !one.asked.is_empty()), "the executable never asked a registry");
}

#[test]
fn an_ordinary_publish_sends_few_requests_and_none_twice() {
    if !npm_is_here() {
        return;
    }
    let targets = |name: &str| -> Vec<&str> {
        let one = observations().iter().find(|one| one.scenario.name == name).expect("a publish of the table");
        one.asked.iter().map(|entry| entry.target.as_str()).collect()
    };
    for (name, most) in [
        ("the next version", 4),
        ("staging with a login alone", 4),
        // What the account asks for matters where somebody can answer.
        ("the next version with a one-time password", 5),
    ] {
        let asked = targets(name);
        assert!((1..=most).contains(&asked.len()), "{name}: {asked:#?}");
        assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len(), "{name}: {asked:#?}");
    }
}
