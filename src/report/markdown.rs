//! GitHub-flavoured Markdown for a step summary or a comment: what would be published where, what prevents it, what
//! could not be checked. Text from outside is plain text in it: no markup, no mention, no link.

use std::fmt::Write as _;
use std::io;

use super::prose::sentence;
use super::{Run, assumed, changes, summary, words};
use crate::plan::PublishPlan;
use crate::report::explain::rule_url;
use crate::rules::diagnostic::{Diagnostic, Severity};
use crate::rules::lint::{Found, Verdict};
use crate::text::count::plural;
use crate::text::escape;
use crate::text::shorten;

/// GitHub takes no summary of more than 1 MiB. Text of one package or diagnostic does not come near what is left.
const LONGEST: usize = 900_000;

/// A longer table is folded.
const MOST_ROWS: usize = 10;

/// The report.
pub(super) fn write(run: Run<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(page, "## npm-preflight: {}\n", summary::line(run));
    if let Some(failure) = summary::failure(run) {
        let _ = writeln!(page, "{}\n", plain(run, &sentence(&failure)));
    }
    packages(&mut page, run);
    for (severity, heading) in
        [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Info, "Worth knowing")]
    {
        let found = run.report.found.iter().filter(|found| found.diagnostic.severity == severity);
        let groups = words::alike(found);
        let count = groups.len();
        if count > 0 {
            let _ = writeln!(page, "### {heading}\n");
            for (number, (found, others)) in groups.into_iter().enumerate() {
                if page.len() > LONGEST {
                    let _ = writeln!(page, "- and {} more, see the log", count - number);
                    break;
                }
                item(&mut page, found, run);
                if !others.is_empty() {
                    like_it(&mut page, found, &others, run);
                }
            }
            page.push('\n');
        }
    }
    files(&mut page, run);
    let causes = words::causes(run);
    if !causes.is_empty() {
        page.push_str("### Could not be checked\n\n");
        for cause in causes {
            let rules: Vec<String> = cause.rules.iter().map(|rule| link(rule)).collect();
            let names = if rules.len() > 12 { cause.names() } else { rules.join(", ") };
            let detail = sentence(cause.detail);
            let detail = plain(run, detail.trim_end_matches('.'));
            let _ = write!(page, "- {detail}{}<br>{names}", words::bracketed(cause.reason));
            let packages =
                if run.plans.len() > 1 { format!(" for {}", plain(run, &cause.packages(run))) } else { String::new() };
            let _ = writeln!(page, "{packages}");
        }
        page.push('\n');
    }
    let assumed = assumed::lines(run, false);
    if !assumed.is_empty() {
        page.push_str("### Assumed\n\n");
        for line in assumed {
            let _ = write!(page, "- {}", plain(run, sentence(&line.text).trim_end_matches('.')));
            let packages = if run.plans.len() > 1 {
                format!("<br>for {}", plain(run, &line.packages(run)))
            } else {
                String::new()
            };
            let _ = writeln!(page, "{packages}");
        }
        page.push('\n');
    }
    out.write_all(page.as_bytes())
}

/// What happens to each package.
fn packages(page: &mut String, run: Run<'_>) {
    let left_out = words::left_out(run);
    let is_row =
        |row: &Row<'_>| row.verdict != Verdict::Skipped || !left_out.contains_key(&words::why_skipped(row.plan));
    let all = run.plans.iter().zip(run.report.verdicts.iter().copied()).enumerate();
    let all = all.map(|(package, (plan, verdict))| Row { package, plan, verdict });
    let rows: Vec<_> = all.filter(is_row).collect();
    if !rows.is_empty() {
        table(page, run, rows);
    }
    for (why, plans) in left_out {
        let (count, names) = (plural(plans.len(), "package"), words::some(&plans));
        let sign = sign(Verdict::Skipped);
        let _ = writeln!(page, "{sign} {count} skipped ({}): {}\n", plain(run, &why), plain(run, &names));
    }
}

/// A row of the table: a package, its index and its verdict.
struct Row<'a> {
    package: usize,
    plan: &'a PublishPlan,
    verdict: Verdict,
}

/// A row for each package. A long table is folded, because what was found comes after it.
fn table(page: &mut String, run: Run<'_>, mut rows: Vec<Row<'_>>) {
    let is_folded = rows.len() > MOST_ROWS;
    if is_folded {
        let ends = words::ends(rows.iter().map(|row| row.verdict));
        rows.sort_by_key(|row| ends.iter().position(|(_, end)| *end == row.verdict));
        let _ = writeln!(page, "<details><summary>{}</summary>\n", counted(&ends));
    }
    page.push_str("| | package | registry | as | dist-tag | access |\n|---|---|---|---|---|---|\n");
    for Row { package, plan, verdict } in rows {
        let identity = words::identity(run, plan);
        let identity = identity.trim_start_matches("as ").trim_start_matches("with ");
        let cells = if words::has_destination(plan) && verdict != Verdict::Skipped {
            [&plan.destination.shown(), identity, plan.options.shown_tag(), plan.options.shown_access()]
                .map(|text| plain(run, &shorten::value(&run.clean(text))))
        } else {
            [const { String::new() }; 4]
        };
        let title = plain(run, &super::title(plan));
        let verdict = format!("{} {}", sign(verdict), plain(run, &assumed::verdict(run, package)));
        let _ = writeln!(page, "| {verdict} | {title} | {} |", cells.join(" | "));
    }
    page.push('\n');
    if is_folded {
        page.push_str("</details>\n\n");
    }
}

/// `❌ 3 packages blocked, ✅ 20 ready`.
fn counted(ends: &[(usize, Verdict)]) -> String {
    let part = |(at, (count, verdict)): (usize, &(usize, Verdict))| {
        let count = if at == 0 { plural(*count, "package") } else { count.to_string() };
        format!("{} {count} {}", sign(*verdict), words::verdict(*verdict))
    };
    ends.iter().enumerate().map(part).collect::<Vec<_>>().join(", ")
}

const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "✅",
        Verdict::Blocked => "❌",
        Verdict::Undecided => "❔",
        Verdict::Skipped => "⏭️",
    }
}

/// The files added to and removed from the packages.
fn files(page: &mut String, run: Run<'_>) {
    let all: Vec<_> = changes::file_changes(run).collect();
    if all.is_empty() {
        return;
    }
    page.push_str("### Files\n\n");
    for (number, (plan, file_changes)) in all.iter().enumerate() {
        if page.len() > LONGEST {
            let _ = writeln!(page, "- and {} more, see the log", all.len() - number);
            break;
        }
        let _ = writeln!(page, "- {}: {}", plain(run, &super::title(plan)), plain(run, &file_changes.sentence));
        if file_changes.rows.is_empty() {
            continue;
        }
        let _ = writeln!(page, "  <details><summary>which</summary>\n");
        for row in &file_changes.rows {
            let _ = writeln!(page, "  - {} {}", row.word(), code(run, &row.file()));
        }
        if file_changes.more > 0 {
            let _ = writeln!(page, "  - and {} more", file_changes.more);
        }
        page.push_str("\n  </details>\n");
    }
    page.push('\n');
}

fn item(page: &mut String, found: &Found, run: Run<'_>) {
    let Diagnostic { rule, message, why, help, npm_error, place, notes, fix, .. } = &found.diagnostic;
    let at = place.as_ref().map(|place| format!(" at {}", code(run, &place.path_and_line()))).unwrap_or_default();
    let _ = writeln!(page, "- **{}**{at} ({})", plain(run, sentence(message).trim_end_matches('.')), link(rule.id));
    let mut line = |text: String| {
        let _ = writeln!(page, "  <br>{text}");
    };
    if run.plans.len() > 1
        && let Some(plan) = found.package.and_then(|package| run.plans.get(package))
    {
        line(format!("Package: {}", plain(run, &super::title(plan))));
    }
    let fails = npm_error.map(|code| format!("; {} would fail with {code}", found.diagnostic.printed_by));
    line(format!("Why: {}{}", plain(run, why), fails.unwrap_or_default()));
    for note in notes {
        line(plain(run, &sentence(note)));
    }
    line(format!("To do: {}", plain(run, help)));
    if let Some(command) = fix.as_ref().and_then(words::command) {
        line(code(run, command));
    }
}

/// Those that say the same of something else.
fn like_it(page: &mut String, first: &Found, others: &[&Found], run: Run<'_>) {
    let _ = writeln!(page, "  <details><summary>{} more like this</summary>\n", others.len());
    for (number, Found { diagnostic, .. }) in others.iter().enumerate() {
        if page.len() > LONGEST {
            let _ = writeln!(page, "  - and {} more, see the log", others.len() - number);
            break;
        }
        let place = diagnostic.place.as_ref().map(|place| code(run, &place.path_and_line()));
        let message =
            Some(&diagnostic.message).filter(|message| **message != first.diagnostic.message || place.is_none());
        let parts: Vec<_> = place.into_iter().chain(message.map(|message| plain(run, message))).collect();
        let _ = writeln!(page, "  - {}", parts.join(": "));
    }
    page.push_str("\n  </details>\n");
}

fn link(rule: &str) -> String {
    format!("[{rule}]({})", rule_url(rule))
}

/// A sentence of ours, in which `…` is code.
fn plain(run: Run<'_>, text: &str) -> String {
    prose(&run.clean(text))
}

/// The same of a text that may be shown.
pub(crate) fn prose(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&fenced(part));
        } else {
            out.push_str(&entities(part));
        }
    }
    out
}

/// Code, in which a mention or a link is none.
fn code(run: Run<'_>, text: &str) -> String {
    fenced(&run.clean(text))
}

/// The same of a text that may be shown. It is there as it is, to be copied from the page or from its source, unless
/// something in it would end the code, the cell of a table or, at its ends, be left out.
pub(crate) fn fenced(text: &str) -> String {
    let text = escape::line(text);
    if text.is_empty() {
        String::new()
    } else if text.contains(['`', '|']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("<code>{}</code>", entities(&text))
    } else {
        format!("`{text}`")
    }
}

/// Characters that mean something to Markdown or HTML as references, which only the reader's eye decodes. A comment
/// splits what would be a mention or a link.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in escape::line(text).chars() {
        match character {
            // GitHub makes a link of it.
            '.' if out.ends_with("www") => out.push_str("<!-- -->."),
            '@' => out.push_str("@<!-- -->"),
            '.' | ',' | ';' | ' ' | '-' | '/' | '?' | '(' | ')' | '\'' | '+' | '=' | '%' | '$' => out.push(character),
            _ if character.is_ascii_punctuation() => {
                let _ = write!(out, "&#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, published, rule};
    use super::super::{Format, Style};
    use super::*;
    use crate::commands::testing::Scene;
    use crate::facts::Reason;

    fn render(run: Run<'_>) -> String {
        super::super::render(Format::Markdown, run, Style::default())
    }

    #[test]
    fn a_summary_has_the_plan_the_diagnostics_and_what_could_not_be_checked() {
        let mut fixture = Fixture::new().alice();
        fixture.add(Scene::new(r#"{"name":"@acme/core","version":"2.0.0"}"#).plan());
        let error = published(&fixture);
        let fixture = fixture.found(0, error).undecided(Reason::Offline, "`--offline` was given");
        insta::assert_snapshot!(render(fixture.run()), @r##"
        ## npm-preflight: 1 error, 0 warnings, 2 undecided checks in 2 packages

        | | package | registry | as | dist-tag | access |
        |---|---|---|---|---|---|
        | ❌ blocked | left-lodge 1.1.0 | https&#58;//r.example/ | alice | latest | default |
        | ✅ ready | @<!-- -->acme/core 2.0.0 | https&#58;//r.example/ | alice | latest | default |

        ### Errors

        - **`left-lodge` 1.1.0 is already published** at `package.json:3` ([version-published](https://github.com/npm-preflight/npm-preflight/blob/main/src/rules/README.md#version-published))
          <br>Package: left-lodge 1.1.0
          <br>Why: https&#58;//r.example/ does not accept the same version twice; npm would fail with E403
          <br>To do: raise `version`
          <br>`npm version patch --no-git-tag-version`

        ### Could not be checked

        - `--offline` was given (offline)<br>[version-published](https://github.com/npm-preflight/npm-preflight/blob/main/src/rules/README.md#version-published) for left-lodge 1.1.0, @<!-- -->acme/core 2.0.0
        "##);
    }

    #[test]
    fn the_table_of_many_packages_is_folded_and_starts_with_the_blocked_ones() {
        let mut fixture = Fixture::new();
        for number in 1..12 {
            fixture.add(Scene::new(&format!(r#"{{"name":"p{number}","version":"1.0.0"}}"#)).plan());
        }
        let error = Diagnostic::new(rule(), "what", "why", "help");
        let mut fixture = fixture.found(3, error).undecided(Reason::Offline, "`--offline` was given");
        fixture.report.verdicts[11] = Verdict::Skipped;
        let page = render(fixture.run());
        let table = page.split("### ").next().unwrap();
        insta::assert_snapshot!(table, @"
        ## npm-preflight: 1 error, 0 warnings, 12 undecided checks in 12 packages; nothing was checked online

        <details><summary>❌ 1 package blocked, ✅ 10 ready, ⏭️ 1 skipped</summary>

        | | package | registry | as | dist-tag | access |
        |---|---|---|---|---|---|
        | ❌ blocked | p3 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | left-lodge 1.1.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p1 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p2 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p4 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p5 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p6 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p7 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p8 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p9 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ✅ ready | p10 1.0.0 | https&#58;//r.example/ | the token's owner | latest | default |
        | ⏭️ skipped | p11 1.0.0 |  |  |  |  |

        </details>
        ");
    }

    #[test]
    fn a_summary_stays_within_githubs_limit() {
        let mut fixture = Fixture::new();
        for _ in 0..3000 {
            fixture = fixture.found(0, Diagnostic::new(rule(), "m".repeat(400), "w", "h"));
        }
        let text = render(fixture.run());
        assert!(text.len() < 1_048_576 && text.contains(" more, see the log"), "{}", text.len());
        assert!(!render(Fixture::new().run()).contains("see the log"));
    }

    #[test]
    fn a_code_block_can_be_copied_and_not_broken_out_of() {
        for (text, shown) in [
            ("write `a=${NPM_TOKEN}` into it", "write `a=${NPM_TOKEN}` into it"),
            ("`<b>` and `@acme`", "`<b>` and `@acme`"),
            ("`a|b`", "<code>a&#124;b</code>"),
            ("`a\tb", "`a b`"),
            ("``", ""),
        ] {
            assert_eq!(prose(text), shown);
        }
        assert_eq!(fenced("a`<img>`"), "<code>a&#96;&#60;img&#62;&#96;</code>");
        assert_eq!(fenced("a\t"), "<code>a </code>");
    }

    #[test]
    fn untrusted_text_is_not_rendered_as_markup() {
        let bad = "<img src=x> **b** [l](https://x) www.evil.test @acme `|` | ## h ##[group]\n::error::x\n\n# h";
        let json = serde_json::json!({ "name": bad, "version": "1.0.0" }).to_string();
        let diagnostic = Diagnostic::new(rule(), bad, bad, bad).note(bad);
        let text =
            render(Fixture::of(Scene::new(&json).plan()).found(0, diagnostic).undecided(Reason::Malformed, bad).run());
        for markup in ["<img", "**b**", "[l](", "www.", "@acme", "##[", "\n# h", "\n::"] {
            assert!(!text.contains(markup), "{markup}: {text}");
        }
        let row = text.lines().find(|line| line.starts_with("| ❌")).unwrap();
        assert_eq!(row.matches('|').count(), 7, "{row}");
    }
}
