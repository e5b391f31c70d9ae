//! What SARIF says of the tool and of every rule, also of those that found nothing: GitHub expects the rules of a tool
//! not to vary from run to run.

use serde_json::{Value, json};

use crate::report::explain;
use crate::report::prose::sentence;
use crate::rules::diagnostic::Severity;
use crate::rules::{self, Category, Rule};

/// The id of the notifications for checks that were not decided.
pub(super) const UNDECIDED: &str = "undecided";

/// The id of the notifications for what is assumed.
pub(super) const ASSUMED: &str = "assumed";

/// The id of the notification for findings that are left out.
pub(super) const UNLISTED: &str = "unlisted";

/// The kinds of notifications: name, short and full description, help.
pub(super) const NOTIFICATIONS: [(&str, [&str; 4]); 3] = [
    (
        UNDECIDED,
        [
            "UndecidedCheck",
            "A check could not be decided.",
            "The information that the check needs was not requested or not available. The check has neither passed nor failed.",
            "The message says what is missing. Run npm-preflight again where that information is available.",
        ],
    ),
    (
        ASSUMED,
        [
            "Assumption",
            "Something is assumed.",
            "The registry does not show it to anyone who can only read, so it is assumed; the verdict does not depend \
                on it.",
            "The message says what is assumed; check it once in the registry's settings.",
        ],
    ),
    (
        UNLISTED,
        [
            "FindingsNotListed",
            "Some findings are not listed.",
            "There are more findings than code scanning accepts in one run, so the least severe are left out.",
            "Fix what is listed, or use another format, which lists all findings.",
        ],
    ),
];

/// GitHub cuts descriptions there.
const LONGEST: usize = 1024;

pub(super) fn driver() -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "name": env!("CARGO_PKG_NAME"),
        "fullName": concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
        "organization": env!("CARGO_PKG_NAME"),
        "version": version,
        "semanticVersion": version,
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules::all().map(descriptor).collect::<Vec<_>>(),
        "notifications": NOTIFICATIONS.map(|(id, description)| {
            let [name, short, full, help] = description;
            json!({
                "id": id,
                "name": name,
                "shortDescription": { "text": short },
                "fullDescription": { "text": full },
                "help": { "text": help },
            })
        }),
    })
}

/// The rule's number in the table.
pub(super) fn index(id: &str) -> usize {
    rules::all().position(|rule| rule.id == id).unwrap_or_default()
}

pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    let severity = rule.category.severity();
    let mut tags = vec!["npm", "publish", rule.category.name()];
    let mut properties = json!({
        "precision": if rule.category == Category::Correctness { "very-high" } else { "high" },
        "problem.severity": match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "recommendation",
        },
    });
    if let Some(severity) = rule.security_severity {
        tags.push("security");
        properties["security-severity"] = severity.into();
    }
    properties["tags"] = tags.into();
    let mut configuration = json!({ "level": level(severity) });
    if rule.category == Category::Pedantic {
        configuration["enabled"] = false.into();
    }
    let url = explain::rule_url(rule.id);
    let full = explain::section(rule.docs, "What it finds").map_or_else(|| sentence(rule.summary), first_paragraph);
    json!({
        "id": rule.id,
        "name": pascal_case(rule.id),
        "shortDescription": { "text": sentence(rule.summary) },
        "fullDescription": { "text": full.chars().take(LONGEST).collect::<String>() },
        "help": { "text": explain::plain(rule.docs), "markdown": rule.docs.trim() },
        "helpUri": url,
        "defaultConfiguration": configuration,
        "properties": properties,
    })
}

fn first_paragraph(section: &str) -> String {
    let paragraph = section.trim().split("\n\n").next().unwrap_or_default();
    sentence(&explain::plain(&paragraph.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn pascal_case(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            [first.to_ascii_uppercase(), rest.to_owned()]
        })
        .collect()
}
