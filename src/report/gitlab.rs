//! GitLab's code quality report: an array of issues, each with a fingerprint that no other issue of the report has,
//! because GitLab shows only the first of equal ones.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::json::{Each, write_document};
use super::{Run, fingerprint, prose, words};
use crate::rules::diagnostic::Severity;
use crate::rules::lint::Found;
use crate::text::source::Place;

/// The report.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let seen = RefCell::new(HashMap::new());
    let unique = |fingerprint: String| {
        let mut seen = seen.borrow_mut();
        let count = seen.entry(fingerprint.clone()).or_insert(0_usize);
        *count += 1;
        if *count == 1 { fingerprint } else { format!("{fingerprint}-{count}") }
    };
    let found = |found: &Found| {
        let plan = run.plan_of(found);
        let severity = match found.diagnostic.severity {
            Severity::Error => "blocker",
            Severity::Warning => "minor",
            Severity::Info => "info",
        };
        let place = run.repository.anchor(found.diagnostic.place.as_ref(), plan);
        let fingerprint = unique(fingerprint::of(found, plan));
        let description = format!("{}: {}", found.diagnostic.rule.id, prose::paragraph(found, run));
        issue(found.diagnostic.rule.id, &description, &fingerprint, severity, &place, run)
    };
    let undecided = |cause: &words::Cause<'_>| {
        let place = run.repository.anchor(None, run.plans.first());
        let names = cause.rules.join(", ");
        let fingerprint = unique(fingerprint::subject_hash("undecided", &cause.all_packages(run), &names));
        let detail = prose::sentence(cause.detail);
        let description = format!("Not checked for {}: {names}. {detail}", cause.packages(run));
        issue("undecided", &description, &fingerprint, "info", &place, run)
    };
    let causes = words::causes(run);
    write_document(&Each(|| run.report.found.iter().map(&found).chain(causes.iter().map(&undecided))), out)
}

fn issue(name: &str, description: &str, fingerprint: &str, severity: &str, place: &Place, run: Run<'_>) -> Value {
    let path = run.repository.name(place.source.path());
    json!({
        "description": run.clean(description),
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": { "path": path, "lines": { "begin": place.source.position(place.span.start).line } },
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, published};
    use super::super::{Format, Style};
    use super::*;
    use crate::facts::Reason;

    fn render(run: Run<'_>) -> String {
        super::super::render(Format::Gitlab, run, Style::default())
    }

    fn issues(fixture: &Fixture) -> Vec<Value> {
        serde_json::from_str(&render(fixture.run())).unwrap()
    }

    #[test]
    fn every_issue_has_a_place_and_a_unique_fingerprint() {
        let fixture = Fixture::new();
        let (one, other) = (published(&fixture), published(&fixture));
        let issues = issues(&fixture.found(0, one).found(0, other).undecided(Reason::Offline, "`--offline` was given"));
        let severities: Vec<_> = issues.iter().map(|issue| issue["severity"].as_str().unwrap()).collect();
        assert_eq!(severities, ["blocker", "blocker", "info"]);
        let mut fingerprints: Vec<_> = issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 3);
        assert_eq!(issues[0]["location"], json!({ "path": "package.json", "lines": { "begin": 3 } }));
        assert!(issues[0]["description"].as_str().unwrap().starts_with("version-published: `left-lodge` 1.1.0"));
        assert_eq!(
            issues[2]["description"],
            "Not checked for left-lodge 1.1.0: version-published. `--offline` was given."
        );
    }

    #[test]
    fn nothing_found_is_an_empty_array() {
        assert_eq!(render(Fixture::new().run()), "[]\n");
    }
}
