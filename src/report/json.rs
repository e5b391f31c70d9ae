//! The JSON report, version 1: a shape of its own, apart from the types inside, so that those can change and it does
//! not. Lines and columns start at 1, columns count Unicode scalar values, offsets are bytes of the file.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use super::output::{Escape, Output};
use super::{Run, user};
use crate::facts::credential::Credential;
use crate::facts::{Facts, Reason};
use crate::plan::published::Comparison;
use crate::plan::{Login, PublishPlan};
use crate::rules::diagnostic::{Diagnostic, Fix, Severity};
use crate::rules::lint::{Assumed, Found, Undecided, Verdict};
use crate::text::redact::Scrubber;
use crate::text::shorten;
use crate::text::source::Place;

const VERSION: u32 = 1;

/// The four lists are of [`Package`], [`DiagnosticV1`], [`AssumptionV1`] and [`UndecidedV1`].
#[derive(Serialize)]
struct ReportV1<P, D, A, U> {
    version: u32,
    tool: Tool,
    packages: P,
    diagnostics: D,
    assumptions: A,
    undecided: U,
    summary: Summary,
}

/// The list is of [`Package`].
#[derive(Serialize)]
struct PlansV1<P> {
    version: u32,
    tool: Tool,
    packages: P,
}

/// A list whose elements are made while it is written.
pub(super) struct Each<F>(pub(super) F);

impl<F: Fn() -> I, I: Iterator<Item: Serialize>> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

const TOOL: Tool = Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };

#[derive(Serialize)]
struct Package<'a> {
    name: Option<Cow<'a, str>>,
    #[serde(rename = "package_version")]
    version: Option<String>,
    manifest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    plan: Plan,
    /// With `--diff-published`.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<ChangesV1>,
}

/// How the files differ from those of the last published version.
#[derive(Serialize)]
struct ChangesV1 {
    /// The version; `None`: the package is new, or see `unknown`.
    since: Option<String>,
    new: Vec<ChangedV1>,
    gone: Vec<ChangedV1>,
    /// Why it could not be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown: Option<UnknownV1>,
}

#[derive(Serialize)]
struct ChangedV1 {
    path: String,
    size: Option<u64>,
}

#[derive(Serialize)]
struct UnknownV1 {
    reason: Reason,
    detail: String,
}

#[derive(Serialize)]
struct Plan {
    client: Value<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release_tool: Option<Value<String>>,
    registry: Value<String>,
    tag: Value<String>,
    access: Value<String>,
    credential: CredentialV1,
    provenance: Value<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<FilesV1>,
}

/// How many files are packed, and their size in bytes.
#[derive(Serialize)]
struct FilesV1 {
    count: usize,
    unpacked_size: Option<u64>,
    packed_size: Option<u64>,
}

#[derive(Serialize)]
struct Value<T> {
    value: T,
    origin: String,
}

#[derive(Serialize)]
struct CredentialV1 {
    kind: &'static str,
    origin: Option<String>,
    user: Option<String>,
}

#[derive(Serialize)]
struct DiagnosticV1<'a> {
    rule: &'a str,
    severity: &'static str,
    package: Option<Cow<'a, str>>,
    message: &'a str,
    why: String,
    help: &'a str,
    npm_error: Option<&'a str>,
    location: Option<Location<'a>>,
    related: Vec<Related<'a>>,
    fix: Option<FixV1<'a>>,
    url: String,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
    offset: usize,
}

#[derive(Serialize)]
struct Related<'a> {
    location: Location<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct FixV1<'a> {
    description: &'a str,
    edits: Vec<Edit<'a>>,
    command: Option<&'a str>,
}

#[derive(Serialize)]
struct Edit<'a> {
    path: &'a str,
    start: usize,
    end: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct AssumptionV1<'a> {
    rule: &'a str,
    package: Option<Cow<'a, str>>,
    statement: &'a str,
    evidence: Option<&'a str>,
    verify: Option<&'a str>,
}

#[derive(Serialize)]
struct UndecidedV1<'a> {
    rule: &'a str,
    package: Option<Cow<'a, str>>,
    reason: Reason,
    detail: &'a str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    infos: usize,
    undecided: usize,
    packages: usize,
    /// Findings that are not among the diagnostics, where there are more of a rule than anybody reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    unlisted: Option<usize>,
}

/// The report.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Run { plans, report, facts, keyring, .. } = run;
    let scrubber = &keyring.scrubber;
    let name_of = |package: usize| plans.get(package).and_then(super::name);
    let packages = || {
        plans.iter().enumerate().map(|(index, plan)| Package {
            changes: changes(run, plan),
            ..package(plan, facts, scrubber, report.verdicts.get(index).copied())
        })
    };
    let diagnostics = || {
        let found = report.found.iter();
        found.map(|Found { package, diagnostic: found, .. }| diagnostic(found, package.and_then(name_of)))
    };
    let assumptions = || {
        report.assumed.iter().map(|Assumed { rule, package, assumption }| AssumptionV1 {
            rule: rule.id,
            package: name_of(*package),
            statement: &assumption.statement,
            evidence: assumption.evidence.as_deref(),
            verify: assumption.verify.as_deref(),
        })
    };
    let undecided = || {
        report.undecided.iter().map(|Undecided { rule, package, unknown, .. }| UndecidedV1 {
            rule: rule.id,
            package: name_of(*package),
            reason: unknown.reason,
            detail: &unknown.detail,
        })
    };
    let document = ReportV1 {
        version: VERSION,
        tool: TOOL,
        packages: Each(packages),
        diagnostics: Each(diagnostics),
        assumptions: Each(assumptions),
        undecided: Each(undecided),
        summary: Summary {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
            undecided: report.undecided.len(),
            packages: plans.len(),
            unlisted: Some(report.unlisted).filter(|more| *more > 0),
        },
    };
    write_document(&document, out)
}

/// What `npm-preflight plan` says: the packages alone, without verdicts.
///
/// # Errors
/// When it cannot be written.
pub fn write_plans(plans: &[PublishPlan], facts: &Facts, scrubber: &Scrubber, out: &mut dyn Write) -> io::Result<()> {
    let packages = Each(|| plans.iter().map(|plan| package(plan, facts, scrubber, None)));
    let mut out = Output::new(out, scrubber, Escape::Json);
    write_document(&PlansV1 { version: VERSION, tool: TOOL, packages }, &mut out)?;
    out.finish()
}

pub(super) fn write_document(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}

fn package<'a>(plan: &'a PublishPlan, facts: &Facts, scrubber: &Scrubber, verdict: Option<Verdict>) -> Package<'a> {
    let reported = |text: &str| shorten::text(&scrubber.hide(text)).into_owned();
    let (client, said_by) = super::words::who_publishes(plan);
    let value = |shown: &str, origin: &str| Value { value: reported(shown), origin: reported(origin) };
    Package {
        name: super::name(plan),
        version: super::version(plan),
        manifest: plan.package.manifest.source.path(),
        verdict,
        plan: Plan {
            client: value(&client, &said_by),
            release_tool: plan.runner.tool.as_ref().map(|tool| value(&tool.name_and_version(), tool.source())),
            registry: value(&plan.destination.shown(), &super::plan::decided_by(plan)),
            tag: value(plan.options.shown_tag(), &plan.options.tag.value.origin.to_string()),
            access: value(plan.options.shown_access(), &plan.options.access.origin.to_string()),
            credential: credential(plan, facts, scrubber),
            provenance: Value {
                value: plan.provenance.wanted.value,
                origin: scrubber.hide(&plan.provenance.wanted.origin.to_string()),
            },
            // What is in the package is part of a plan, and not of a verdict.
            files: plan.packed().contents.as_ref().ok().filter(|_| verdict.is_none()).map(|contents| FilesV1 {
                count: contents.files.len(),
                unpacked_size: contents.unpacked_size(),
                packed_size: contents.archive_size.or(contents.estimated_archive_size),
            }),
        },
        changes: None,
    }
}

fn changes(run: Run<'_>, plan: &PublishPlan) -> Option<ChangesV1> {
    let file = |path: &str, size: Option<u64>| ChangedV1 { path: run.clean(path), size };
    let nothing = ChangesV1 { since: None, new: Vec::new(), gone: Vec::new(), unknown: None };
    Some(match super::changes::comparison(run, plan)? {
        Ok(Comparison::First) => nothing,
        Ok(Comparison::Since(changes)) => ChangesV1 {
            since: Some(run.clean(&changes.version)),
            new: changes.new.iter().map(|one| file(&one.path, one.size)).collect(),
            gone: changes.gone.iter().map(|(path, size)| file(path, Some(*size))).collect(),
            ..nothing
        },
        Err(unknown) => ChangesV1 {
            unknown: Some(UnknownV1 { reason: unknown.reason, detail: run.clean(&unknown.detail) }),
            ..nothing
        },
    })
}

fn credential(plan: &PublishPlan, facts: &Facts, scrubber: &Scrubber) -> CredentialV1 {
    let (kind, origin) = match &plan.auth.login {
        Login::Credential { credential: Credential::Token(_), origin, .. } => ("token", Some(origin.to_string())),
        Login::Credential { credential: Credential::Basic { .. }, origin, .. } => ("basic", Some(origin.to_string())),
        Login::Certificate { origin } => ("certificate", Some(origin.to_string())),
        Login::TrustedPublisher => ("trusted-publisher", Some(super::plan::IDENTITY.to_owned())),
        Login::Nothing => ("none", None),
    };
    CredentialV1 {
        kind,
        origin: origin.map(|origin| scrubber.hide(&origin)),
        user: user(plan, facts).map(|user| scrubber.hide(user)),
    }
}

fn diagnostic<'a>(diagnostic: &'a Diagnostic, package: Option<Cow<'a, str>>) -> DiagnosticV1<'a> {
    DiagnosticV1 {
        rule: diagnostic.rule.id,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        },
        package,
        message: &diagnostic.message,
        why: std::iter::once(&diagnostic.why).chain(&diagnostic.notes).cloned().collect::<Vec<_>>().join("; "),
        help: &diagnostic.help,
        npm_error: diagnostic.npm_error,
        location: diagnostic.place.as_ref().map(location),
        related: diagnostic
            .related
            .iter()
            .map(|related| Related { location: location(&related.place), message: &related.message })
            .collect(),
        fix: diagnostic.fix.as_ref().map(fix),
        url: crate::report::explain::rule_url(diagnostic.rule.id),
    }
}

fn fix(fix: &Fix) -> FixV1<'_> {
    let edits = fix.edits.iter().map(|edit| {
        let source = &edit.place.source;
        let (start, end) = (source.file_offset(edit.place.span.start), source.file_offset(edit.place.span.end));
        Edit { path: source.path(), start, end, text: &edit.text }
    });
    FixV1 { description: &fix.description, edits: edits.collect(), command: fix.command.as_deref() }
}

fn location(place: &Place) -> Location<'_> {
    let position = |offset| {
        let position = place.source.position(offset);
        Position { line: position.line, column: position.column, offset: place.source.file_offset(offset) }
    };
    Location { path: place.source.path(), start: position(place.span.start), end: position(place.span.end) }
}
