//! SARIF 2.1.0 for code scanning: one run that holds all rules, the results, and what could not be decided as
//! notifications. Every result has a place in the repository, and no two of one rule are on one line, because
//! GitHub would take them for the same alert.

mod place;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::json::{Each, write_document};
use super::prose::{self, sentence};
use super::site::Repository;
use super::{Run, fingerprint};
use crate::plan::PublishPlan;
use crate::rules::Rule;
use crate::rules::diagnostic::{Edit, Fix, Severity};
use crate::rules::lint::{Found, Undecided};
use crate::text::source::{Place, Source};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The keys are in the order of the alphabet, as everywhere in the document.
#[derive(Serialize)]
struct Document<R> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [R; 1],
    version: &'static str,
}

/// The list is of results.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifRun<R> {
    #[serde(skip_serializing_if = "Option::is_none")]
    automation_details: Option<Value>,
    column_kind: &'static str,
    invocations: Value,
    original_uri_base_ids: Value,
    results: R,
    tool: Value,
}

/// The report. With a category (`--sarif-category`) GitHub keeps its alerts apart from those of others.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (results, left_out) = results(run, MOST_RESULTS);
    let hashes = hashes(&results);
    let notifications: Vec<_> = left_out_note(left_out, run).into_iter().chain(notifications(run)).collect();
    let id = |category: &str| json!({ "id": format!("{}/", category.trim_end_matches('/')) });
    let run = SarifRun {
        automation_details: run.sarif_category.map(id),
        column_kind: "utf16CodeUnits",
        invocations: json!([{
            "executionSuccessful": true,
            "exitCode": run.exit.code(),
            "toolExecutionNotifications": notifications,
        }]),
        original_uri_base_ids: json!({ "%SRCROOT%": { "description": { "text": "The root of the repository." } } }),
        results: Each(|| results.values().map(|found| result(found, &hashes, run))),
        tool: json!({ "driver": rules::driver() }),
    };
    write_document(&Document { schema: SCHEMA, runs: [run], version: "2.1.0" }, out)
}

/// How many packages a notification points at.
const MOST_PLACES: usize = 20;

/// What was not decided, and what is assumed.
fn notifications(run: Run<'_>) -> Vec<Value> {
    let undecided = alike(&run.report.undecided).into_iter().map(|(open, packages)| {
        let reason = super::words::bracketed(open.unknown.reason);
        let name = super::words::concerned(run, &packages);
        let name = if name.is_empty() { name } else { format!(" for {name}") };
        let text = format!("`{}` could not be decided{name}{reason}: {}", open.rule.id, open.unknown.detail);
        note(rules::UNDECIDED, open.rule, &text, &packages, run)
    });
    let assumed = super::assumed::assumptions(run).into_iter().map(|assumed| {
        let name = if run.plans.len() > 1 { format!(" for {}", assumed.packages(run)) } else { String::new() };
        let text = format!("it is assumed{name} that {}", assumed.sentence(run));
        note(rules::ASSUMED, assumed.rule, &text, &assumed.packages, run)
    });
    undecided.chain(assumed).collect()
}

/// What stayed undecided for the same reason, once, with the packages: a release has thousands.
fn alike(undecided: &[Undecided]) -> Vec<(&Undecided, Vec<usize>)> {
    let mut all: Vec<(&Undecided, Vec<usize>)> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for open in undecided {
        let at = *places.entry((open.rule.id, &open.unknown.detail)).or_insert(all.len());
        match all.get_mut(at) {
            Some((_, packages)) => packages.push(open.package),
            None => all.push((open, vec![open.package])),
        }
    }
    all
}

fn note(kind: &str, rule: &Rule, text: &str, packages: &[usize], run: Run<'_>) -> Value {
    let mut note = notification(kind, text, packages, run);
    note["associatedRule"] = json!({ "id": rule.id, "index": rules::index(rule.id) });
    note
}

fn notification(kind: &str, text: &str, packages: &[usize], run: Run<'_>) -> Value {
    let plans = packages.iter().take(MOST_PLACES).map(|package| run.plans.get(*package));
    let places = plans
        .map(|plan| json!({ "physicalLocation": place::physical(&run.repository.anchor(None, plan), run.repository) }));
    let index = rules::NOTIFICATIONS.iter().position(|(id, _)| *id == kind).unwrap_or_default();
    json!({
        "descriptor": { "id": kind, "index": index },
        "level": "note",
        "message": { "text": sentence(text) },
        "locations": places.collect::<Vec<_>>(),
    })
}

/// What one rule says about one line.
struct Result<'a> {
    anchor: Place,
    plan: Option<&'a PublishPlan>,
    found: Vec<&'a Found>,
}

/// GitHub rejects a run with more results (its documentation of SARIF's limits).
const MOST_RESULTS: usize = 25_000;

/// By the number of the first finding of each: the most severe, at most so many, and how many findings are left out.
fn results(run: Run<'_>, most: usize) -> (BTreeMap<usize, Result<'_>>, usize) {
    let mut results: BTreeMap<usize, Result<'_>> = BTreeMap::new();
    let mut known: BTreeMap<(&str, String, usize), usize> = BTreeMap::new();
    let mut left_out = 0;
    let mut found: Vec<(usize, &Found)> = run.report.found.iter().enumerate().collect();
    found.sort_by_key(|(_, found)| found.diagnostic.severity);
    for (number, found) in found {
        let plan = run.plan_of(found);
        let anchor = run.repository.anchor(found.diagnostic.place.as_ref(), plan);
        let line = anchor.source.position(anchor.span.start).line;
        let key = (found.diagnostic.rule.id, anchor.source.path().to_owned(), line);
        let is_full = known.len() == most;
        let number = match known.entry(key) {
            Entry::Occupied(first) => *first.get(),
            Entry::Vacant(_) if is_full => {
                left_out += 1;
                continue;
            }
            Entry::Vacant(free) => *free.insert(number),
        };
        results.entry(number).or_insert_with(|| Result { anchor, plan, found: Vec::new() }).found.push(found);
    }
    (results, left_out)
}

/// Says that there are more findings than GitHub takes.
fn left_out_note(left_out: usize, run: Run<'_>) -> Option<Value> {
    let text = format!(
        "{} not listed here: GitHub rejects more than {MOST_RESULTS} results, so the most severe are kept; the other formats \
         list all",
        if left_out == 1 { "1 finding is".to_owned() } else { format!("{left_out} findings are") }
    );
    (left_out > 0).then(|| notification(rules::UNLISTED, &text, &[], run))
}

fn hashes<'r>(results: &'r BTreeMap<usize, Result<'_>>) -> Hashes<'r> {
    // By path and line.
    let mut lines: HashMap<&str, (&Source, BTreeSet<usize>)> = HashMap::new();
    for Result { anchor, .. } in results.values() {
        let line = anchor.source.position(anchor.span.start).line;
        lines.entry(anchor.source.path()).or_insert_with(|| (&*anchor.source, BTreeSet::new())).1.insert(line);
    }
    lines.into_iter().map(|(path, (source, lines))| (path, fingerprint::line_hashes(source, &lines))).collect()
}

/// The hashes of lines by the paths of their files.
type Hashes<'a> = HashMap<&'a str, HashMap<usize, String>>;

/// How many findings are named in one result; GitHub cuts a message that is too long.
const MOST_IN_ONE: usize = 20;

fn result(result: &Result<'_>, hashes: &Hashes<'_>, run: Run<'_>) -> Value {
    let Result { anchor, plan, found } = result;
    let diagnostics = || found.iter().take(MOST_IN_ONE).map(|found| &found.diagnostic);
    let mut messages: Vec<String> = found.iter().take(MOST_IN_ONE).map(|found| message(found, run)).collect();
    if found.len() > MOST_IN_ONE {
        messages.push(format!("{} more on this line.", found.len() - MOST_IN_ONE));
    }
    let rule = found[0].diagnostic.rule.id;
    let severity = found.iter().map(|found| found.diagnostic.severity).min().unwrap_or(Severity::Info);
    let line = anchor.source.position(anchor.span.start).line;
    let mut fingerprints = json!({ "npmPreflight/v1": fingerprint::of(found[0], *plan) });
    if let Some(hash) = hashes.get(anchor.source.path()).and_then(|hashes| hashes.get(&line)) {
        fingerprints["primaryLocationLineHash"] = hash.as_str().into();
    }
    let mut physical = json!({ "physicalLocation": place::physical(anchor, run.repository) });
    if let Some(name) = plan.and_then(super::name) {
        physical["logicalLocations"] = json!([{ "fullyQualifiedName": name, "kind": "module" }]);
    }
    let mut sarif = json!({
        "ruleId": rule,
        "ruleIndex": rules::index(rule),
        "level": rules::level(severity),
        "message": { "text": messages.join("\n\n") },
        "locations": [physical],
        "partialFingerprints": fingerprints,
    });
    let related: Vec<Value> = diagnostics()
        .flat_map(|diagnostic| &diagnostic.related)
        .filter(|related| run.repository.path(related.place.source.path()).is_some())
        .enumerate()
        .map(|(id, related)| {
            let message = json!({ "text": sentence(&related.message) });
            json!({ "id": id + 1, "physicalLocation": place::physical(&related.place, run.repository), "message": message })
        })
        .collect();
    if !related.is_empty() {
        sarif["relatedLocations"] = related.into();
    }
    let fixes: Vec<Value> =
        diagnostics().filter_map(|diagnostic| fix(diagnostic.fix.as_ref()?, run.repository)).collect();
    if !fixes.is_empty() {
        sarif["fixes"] = fixes.into();
    }
    sarif
}

/// `](` would make a link of text that somebody else wrote.
fn message(found: &Found, run: Run<'_>) -> String {
    prose::paragraph(found, run).replace("](", "] (")
}

/// The edits of a fix, when all of them are to files of the repository. A byte order mark is in no column, so that none of them may take
/// it away.
fn fix(fix: &Fix, repository: &Repository) -> Option<Value> {
    let takes_mark =
        |edit: &Edit| edit.place.source.text()[edit.place.span.start..edit.place.span.end].starts_with('\u{feff}');
    let is_representable = |edit: &Edit| repository.path(edit.place.source.path()).is_some() && !takes_mark(edit);
    if fix.edits.is_empty() || !fix.edits.iter().all(is_representable) {
        return None;
    }
    let mut files: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        let replacement =
            json!({ "deletedRegion": place::region(&edit.place), "insertedContent": { "text": edit.text } });
        files.entry(edit.place.source.path()).or_default().push(replacement);
    }
    let changes: Vec<Value> = files
        .into_iter()
        .map(|(path, replacements)| json!({ "artifactLocation": place::artifact(path, repository), "replacements": replacements }))
        .collect();
    Some(json!({ "description": { "text": sentence(&fix.description) }, "artifactChanges": changes }))
}
