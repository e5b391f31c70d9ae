//! What the rules' own documentation becomes: `npm-preflight explain` on a terminal, the table of `npm-preflight
//! rules` and the page with an anchor per rule. All of it comes from the rules' statics.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;

use anstyle::Style as Ansi;
use serde::Serialize;

use super::words;
use crate::facts::Ask;
use crate::rules::{self, Rule};

/// A topic that is neither a rule nor a code that a rule knows.
#[derive(Debug, thiserror::Error)]
#[error("`{topic}` is not a rule or a known npm error code{} (run `npm-preflight rules` to list the rules)", .similar.map_or_else(String::new, |similar| format!("; did you mean `{similar}`?")))]
pub struct UnknownTopic {
    topic: String,
    similar: Option<&'static str>,
}

/// The format of the table of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TableFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For documents.
    Markdown,
}

/// Where a rule is documented.
pub fn rule_url(id: &str) -> String {
    format!("{}/blob/main/src/rules/README.md#{id}", env!("CARGO_PKG_REPOSITORY"))
}

/// A rule's documentation, or the rules that explain an npm error code; `advice`: what to do about a code that no rule
/// explains.
///
/// # Errors
/// When no rule has that id or code, and there is no advice for it.
pub fn explain(topic: &str, color: bool, advice: fn(&str) -> Option<&'static str>) -> Result<String, UnknownTopic> {
    let topic = topic.trim();
    if let Some(rule) = rules::all().find(|rule| rule.id.eq_ignore_ascii_case(topic)) {
        return Ok(rule_text(rule, color));
    }
    // An HTTP status is how a registry says it: npm puts an E before.
    let is_status = topic.len() == 3 && topic.bytes().all(|byte| byte.is_ascii_digit());
    let code = format!("{}{topic}", if is_status { "E" } else { "" }).to_ascii_uppercase();
    let rules = explaining(&code);
    if rules.is_empty() {
        if let Some(advice) = advice(&code) {
            return Ok(format!("{}{code}{:#}: {advice}\n", bold(color), bold(color)));
        }
        let similar = rules::most_similar(topic, rules::all().map(|rule| rule.id));
        return Err(UnknownTopic { topic: topic.to_owned(), similar });
    }
    let bold = bold(color);
    let mut text = format!("{bold}{code}{bold:#} can mean:\n\n{}", summaries(&rules, color));
    text.push_str(
        "\nRun `npm-preflight explain <rule>` for details, or `npm-preflight lint` to find out which one applies.\n",
    );
    Ok(text)
}

/// A line for each of these rules.
pub(crate) fn summaries(rules: &[&Rule], color: bool) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let bold = bold(color);
    let mut text = String::new();
    for rule in rules {
        line(&mut text, format_args!("  {bold}{:width$}{bold:#}  {}", rule.id, rule.summary));
    }
    text
}

/// The rules whose problem npm reports with this code.
pub fn explaining(code: &str) -> Vec<&'static Rule> {
    rules::all().filter(|rule| codes(rule).any(|known| known.eq_ignore_ascii_case(code))).collect()
}

/// The error codes among what npm says instead of a rule.
fn codes(rule: &Rule) -> impl Iterator<Item = &'static str> + use<> {
    rule.npm_says.iter().copied().filter(|text| is_code(text))
}

pub(crate) fn is_code(text: &str) -> bool {
    text.starts_with('E') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A rule's documentation for a terminal.
fn rule_text(rule: &Rule, color: bool) -> String {
    let bold = bold(color);
    let mut text = format!("{bold}{}{bold:#}: {}\n\n", rule.id, rule.summary);
    line(&mut text, format_args!("  category  {} ({})", rule.category.name(), rule.category.severity()));
    line(&mut text, format_args!("  asks      {}", asks(rule).unwrap_or_else(|| "nothing (works offline)".to_owned())));
    if let Some(first) = rule.npm_says.first() {
        let says = format!("{} says", words::who_prints(first));
        line(&mut text, format_args!("  {says:9} {}", rule.npm_says.join("; ")));
    }
    line(&mut text, format_args!("  since     {}\n  page      {}\n", rule.since, rule_url(rule.id)));
    for block in blocks(rule.docs) {
        match block {
            Block::Heading(heading) => line(&mut text, format_args!("{bold}{heading}{bold:#}")),
            Block::Code(code) => line(&mut text, format_args!("    {code}")),
            Block::Text(prose) => line(&mut text, format_args!("{prose}")),
        }
    }
    text
}

/// A section of a rule's documentation, without its heading.
pub fn section<'a>(docs: &'a str, heading: &str) -> Option<&'a str> {
    let start = docs.find(&format!("### {heading}\n"))?;
    let body = docs[start..].split_once('\n')?.1;
    Some(body.split("\n### ").next().unwrap_or(body).trim())
}

/// A rule's documentation without Markdown's heading marks and fences.
pub fn plain(docs: &str) -> String {
    let lines = blocks(docs).map(|block| match block {
        Block::Heading(text) | Block::Text(text) => text.to_owned(),
        Block::Code(code) => format!("    {code}"),
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// A line of a rule's documentation.
enum Block<'a> {
    Heading(&'a str),
    Code(&'a str),
    Text(&'a str),
}

fn blocks(docs: &str) -> impl Iterator<Item = Block<'_>> {
    let mut fenced = false;
    docs.trim().lines().filter_map(move |line| {
        if let Some(language) = line.strip_prefix("```") {
            fenced = !fenced;
            // `json package.json` names the file or request that the example is.
            let title = language.split_once(' ').map_or("", |(_, title)| title);
            return (fenced && !title.is_empty()).then_some(Block::Text(title));
        }
        Some(match line.strip_prefix("### ") {
            _ if fenced => Block::Code(line),
            Some(heading) => Block::Heading(heading),
            None => Block::Text(line),
        })
    })
}

/// The table of `npm-preflight rules`.
pub fn table(format: TableFormat, color: bool) -> String {
    match format {
        TableFormat::Text => text_table(color),
        TableFormat::Json => json_table(),
        TableFormat::Markdown => markdown_table(rule_url),
    }
}

fn text_table(color: bool) -> String {
    let width = rules::all().map(|rule| rule.id.len()).max().unwrap_or(0);
    let bold = bold(color);
    let mut text = String::new();
    for rule in rules::all() {
        let offline = if rule.asks.is_empty() { "offline" } else { "online" };
        let (id, category, summary) = (rule.id, rule.category.name(), rule.summary);
        line(&mut text, format_args!("{bold}{id:width$}{bold:#}  {category:11}  {offline:7}  {summary}"));
    }
    text
}

#[derive(Serialize)]
struct RuleRow {
    id: &'static str,
    category: &'static str,
    severity: String,
    summary: &'static str,
    npm_says: &'static [&'static str],
    asks: Vec<&'static str>,
    since: &'static str,
    url: String,
}

fn json_table() -> String {
    let rows: Vec<RuleRow> = rules::all()
        .map(|rule| RuleRow {
            id: rule.id,
            category: rule.category.name(),
            severity: rule.category.severity().to_string(),
            summary: rule.summary,
            npm_says: rule.npm_says,
            asks: rule.asks.iter().copied().map(Ask::noun).collect(),
            since: rule.since,
            url: rule_url(rule.id),
        })
        .collect();
    // Text and lists alone: there is nothing in these types that serde_json could refuse.
    serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n"
}

/// The rules as a table in Markdown; `link`: where the documentation of a rule is.
fn markdown_table(link: fn(&str) -> String) -> String {
    let mut text = "| rule | finds | category | asks the registry |\n|---|---|---|---|\n".to_owned();
    for rule in rules::all() {
        let (id, category) = (rule.id, rule.category.name());
        let (summary, asks) = (cell(rule.summary), asks(rule).unwrap_or_else(|| "no".to_owned()));
        line(&mut text, format_args!("| [`{id}`]({}) | {summary} | {category} | {asks} |", link(id)));
    }
    text
}

/// `src/rules/README.md`: every rule under its own heading.
pub fn rule_page() -> String {
    let mut text = "# Rules\n\n\
        Generated by `UPDATE=1 cargo test` from the rules' source files; edit those instead. What the categories mean, and how to \
        change the level of a rule: [settings](../../docs/settings.md#levels).\n\n"
        .to_owned();
    text.push_str(&markdown_table(|id| format!("#{id}")));
    for rule in rules::all() {
        let severity = rule.category.severity();
        line(&mut text, format_args!("\n## {}\n\nFinds: {}.\n", rule.id, rule.summary));
        line(&mut text, format_args!("- category: {} ({severity})", rule.category.name()));
        line(&mut text, format_args!("- asks the registry: {}", asks(rule).unwrap_or_else(|| "no".to_owned())));
        if let Some(first) = rule.npm_says.first() {
            let says: Vec<String> = rule.npm_says.iter().map(|says| code(says)).collect();
            line(&mut text, format_args!("- {} says: {}", words::who_prints(first), says.join(", ")));
        }
        line(&mut text, format_args!("- since: {}\n\n{}", rule.since, rule.docs.trim()));
    }
    text
}

/// What a rule asks the registry; `None`: nothing.
fn asks(rule: &Rule) -> Option<String> {
    let nouns: Vec<&str> = rule.asks.iter().copied().map(Ask::noun).collect();
    (!nouns.is_empty()).then(|| nouns.join(", "))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Text as code, whatever backticks it holds.
fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn bold(color: bool) -> Ansi {
    if color { Ansi::new().bold() } else { Ansi::new() }
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_explained_with_its_sections() {
        let text = explain("version-published", false, |_| None).unwrap();
        for part in ["What it finds\n", "What to do\n", "correctness (error)", "#version-published", "E403"] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(!text.contains("```") && !text.contains("###") && !text.contains('\u{1b}'), "{text}");
        assert!(explain("version-published", true, |_| None).unwrap().contains("\u{1b}[1mWhat it finds"));
    }

    #[test]
    fn an_error_code_lists_the_rules_that_explain_it() {
        let text = explain("e403", false, |_| None).unwrap();
        let line = text.lines().find(|line| line.trim_start().starts_with("version-published "));
        assert!(line.is_some_and(|line| line.ends_with("  the version is already published")), "{text}");
        assert_eq!(explain("403", false, |_| None).unwrap(), text);
        assert!(!explaining("E403").is_empty() && explaining("You").is_empty());
        assert!(
            explain("503", false, |code| (code == "E503").then_some("try again later"))
                .unwrap()
                .contains("try again later")
        );
        assert!(explain("999", false, |_| None).is_err() && explain("40", false, |_| None).is_err());
    }

    #[test]
    fn an_unknown_topic_suggests_the_nearest_rule() {
        let error = explain("version-publishd", false, |_| None).unwrap_err().to_string();
        assert!(
            error.ends_with("; did you mean `version-published`? (run `npm-preflight rules` to list the rules)"),
            "{error}"
        );
    }

    #[test]
    fn a_section_ends_where_the_next_one_begins() {
        let docs = "\n### What it finds\n\nThis.\n\nThat.\n\n### What to do\n\nMore.\n";
        assert_eq!(section(docs, "What it finds"), Some("This.\n\nThat."));
        assert_eq!(section(docs, "Example"), None);
    }

    #[test]
    fn the_tables_list_every_rule() {
        for format in [TableFormat::Text, TableFormat::Json, TableFormat::Markdown] {
            let table = table(format, false);
            assert!(rules::all().all(|rule| table.contains(rule.id)));
        }
    }
}
