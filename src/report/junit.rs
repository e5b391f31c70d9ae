//! JUnit's XML, which every CI system shows as test results: a suite for each package, a case for each rule that ran, so
//! that what passed, what failed and what could not be checked (a skipped case) can be distinguished.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{Run, assumed, prose, words};
use crate::plan::PublishPlan;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::lint::{Assumed, Found, Scope, Undecided, Verdict};
use crate::rules::{self, private_package};
use crate::text::escape;

/// What one rule says of one package.
#[derive(Default)]
struct Case<'a> {
    found: Vec<&'a Found>,
    undecided: Option<&'a Undecided>,
    assumed: Vec<&'a Assumed>,
}

/// The report.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Xml(Writer::new_with_indent(&mut *out, b' ', 2), run);
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.open("testsuites", &[("name", "npm-preflight")])?;
    let found = run.report.found_of_each();
    for (package, (plan, found)) in run.plans.iter().zip(found).enumerate() {
        let skipped = run.report.verdicts.get(package) == Some(&Verdict::Skipped);
        let cases = if skipped { BTreeMap::new() } else { cases(run, package, plan, &found) };
        let failures = cases.values().filter(|case| case.fails()).count().to_string();
        let undecided = cases.values().filter(|case| !case.fails() && case.undecided.is_some()).count().to_string();
        let (name, tests) = (legal(run, &super::title(plan)), cases.len().to_string());
        let counts = [("tests", &*tests), ("failures", &failures), ("errors", "0"), ("skipped", &undecided)];
        xml.open("testsuite", &[&[("name", &*name)][..], &counts].concat())?;
        let verdict = legal(run, &assumed::verdict(run, package));
        xml.open("properties", &[])?;
        xml.event(Event::Empty(start("property", &[("name", "verdict"), ("value", &verdict)])))?;
        xml.close("properties")?;
        for (rule, case) in cases {
            xml.case(rule, &name, &case)?;
        }
        xml.close("testsuite")?;
    }
    xml.close("testsuites")?;
    writeln!(out)
}

fn cases<'a>(
    run: Run<'a>,
    package: usize,
    plan: &PublishPlan,
    all_found: &[&'a Found],
) -> BTreeMap<&'static str, Case<'a>> {
    // A rule that had nothing to check has not passed.
    let refuses = |found: &&Found| *found.diagnostic.rule == private_package::RULE && found.diagnostic.is_error();
    let (is_private, scope) = (all_found.iter().any(refuses), Scope::of(plan));
    let judged = rules::all().filter(|rule| scope.holds(rule) && (!is_private || rule.for_private));
    let mut cases: BTreeMap<_, Case<'_>> = judged.map(|rule| (rule.id, Case::default())).collect();
    for found in all_found {
        cases.entry(found.diagnostic.rule.id).or_default().found.push(found);
    }
    for undecided in run.report.undecided_of(package) {
        cases.entry(undecided.rule.id).or_default().undecided = Some(undecided);
    }
    for assumed in run.report.assumed_of(package) {
        cases.entry(assumed.rule.id).or_default().assumed.push(assumed);
    }
    cases
}

impl Case<'_> {
    fn fails(&self) -> bool {
        self.found.iter().any(|found| found.diagnostic.is_error())
    }
}

struct Xml<'a, 'o>(Writer<&'o mut dyn Write>, Run<'a>);

impl Xml<'_, '_> {
    fn event(&mut self, event: Event<'_>) -> io::Result<()> {
        self.0.write_event(event)
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.event(Event::Start(start(name, attributes)))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.event(Event::End(BytesEnd::new(name)))
    }

    fn case(&mut self, rule: &str, package: &str, case: &Case<'_>) -> io::Result<()> {
        let run = self.1;
        // GitLab, CircleCI and pytest's readers know these two; others pass over them.
        let first = case.found.iter().find_map(|found| place(&found.diagnostic, run));
        let first = first.map(|(path, line, _)| (legal(run, &path), line.to_string()));
        let mut attributes = vec![("name", rule), ("classname", package)];
        if let Some((path, line)) = &first {
            attributes.extend([("file", path.as_str()), ("line", line)]);
        }
        if case.found.is_empty() && case.undecided.is_none() && case.assumed.is_empty() {
            return self.event(Event::Empty(start("testcase", &attributes)));
        }
        self.open("testcase", &attributes)?;
        let (errors, others): (Vec<&Found>, Vec<&Found>) =
            case.found.iter().partition(|found| found.diagnostic.is_error());
        let prose_of = |found: &[&Found]| {
            let paragraphs = found.iter().map(|found| {
                let place = place(&found.diagnostic, run);
                let place = place.map(|(path, line, column)| format!("{path}:{line}:{column}\n"));
                place.unwrap_or_default() + &prose::paragraph(found, run)
            });
            paragraphs.collect::<Vec<_>>().join("\n")
        };
        if let [first, ..] = errors[..] {
            let message = legal(run, &first.diagnostic.message);
            self.element("failure", &[("message", &message), ("type", rule)], &prose_of(&errors))?;
        } else if let Some(undecided) = case.undecided {
            let message = undecided.unknown.detail.clone() + &words::bracketed(undecided.unknown.reason);
            self.event(Event::Empty(start("skipped", &[("message", &legal(run, &message))])))?;
        }
        let taken = case.assumed.iter().map(|one| format!("assumed: {}\n", assumed::alone(run, one)));
        let output = prose_of(&others) + &taken.collect::<String>();
        if !output.is_empty() {
            self.element("system-out", &[], &output)?;
        }
        self.close("testcase")
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
        self.open(name, attributes)?;
        self.event(Event::Text(BytesText::new(&legal(self.1, text))))?;
        self.close(name)
    }
}

/// Path, line and column of what a diagnostic is about, where that lies in the repository; the prose names other places.
fn place(diagnostic: &Diagnostic, run: Run<'_>) -> Option<(String, usize, usize)> {
    let place = diagnostic.place.as_ref()?;
    let start = place.source.position(place.span.start);
    Some((run.repository.path(place.source.path())?, start.line, start.column))
}

/// The values are [`legal`] already: those of a package stand in dozens of cases.
fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (name, value) in attributes {
        start.push_attribute((*name, *value));
    }
    start
}

/// Without the characters that XML 1.0 does not have, and without commands of CI runners.
fn legal(run: Run<'_>, text: &str) -> String {
    let lines: Vec<_> = run.clean(text).split('\n').map(|line| escape::commands(&escape::line(line))).collect();
    lines.join("\n").replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::testing::{Fixture, published, rule};
    use super::super::{Format, Style};
    use super::*;
    use crate::commands::testing::Scene;
    use crate::facts::Reason;
    use crate::rules::diagnostic::Diagnostic;
    use crate::text::source::{Place, Source, Span};

    fn render(run: Run<'_>) -> String {
        super::super::render(Format::Junit, run, Style::default())
    }

    /// The elements with their attributes, as a reader of XML sees them.
    fn read(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
        let mut reader = quick_xml::Reader::from_str(text);
        reader.config_mut().check_end_names = true;
        let mut elements = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => {
                    let attributes = start.attributes().map(|attribute| {
                        let attribute = attribute.unwrap();
                        let name = attribute.key.as_ref().to_owned();
                        (name, quick_xml::escape::unescape(&attribute.value).unwrap().into_owned())
                    });
                    let name = start.name().as_ref().to_owned();
                    elements.push((name, attributes.collect()));
                }
                Event::Eof => return elements,
                _ => {}
            }
        }
    }

    fn count(elements: &[(String, BTreeMap<String, String>)], name: &str) -> usize {
        elements.iter().filter(|(element, _)| element == name).count()
    }

    #[test]
    fn every_rule_is_a_case_that_passes_fails_or_is_skipped() {
        let fixture = Fixture::new();
        let elements = read(&render(fixture.run()));
        let plan = &Fixture::new().plans[0];
        assert_eq!(count(&elements, "testcase"), rules::all().filter(|rule| Scope::of(plan).holds(rule)).count());
        assert_eq!(count(&elements, "failure") + count(&elements, "skipped"), 0);
        let error = published(&fixture);
        let elements = read(&render(fixture.found(0, error).run()));
        let (_, failure) = elements.iter().find(|(name, _)| name == "failure").unwrap();
        assert_eq!(failure["message"], "`left-lodge` 1.1.0 is already published");
        let (_, suite) = elements.iter().find(|(name, _)| name == "testsuite").unwrap();
        assert_eq!((&*suite["name"], &*suite["failures"], &*suite["skipped"]), ("left-lodge 1.1.0", "1", "0"));
        let elements = read(&render(Fixture::new().undecided(Reason::Offline, "`--offline` was given").run()));
        let (_, skipped) = elements.iter().find(|(name, _)| name == "skipped").unwrap();
        assert_eq!(skipped["message"], "`--offline` was given (offline)");
    }

    #[test]
    fn a_failure_names_its_place() {
        let fixture = Fixture::new();
        let error = published(&fixture);
        let text = render(fixture.found(0, error).run());
        let cases = read(&text).into_iter().filter(|(name, _)| name == "testcase").map(|(_, case)| case);
        let (placed, others): (Vec<_>, Vec<_>) = cases.partition(|case| case.contains_key("file"));
        assert_eq!(placed.len(), 1);
        assert_eq!(
            (&*placed[0]["name"], &*placed[0]["file"], &*placed[0]["line"]),
            ("version-published", "package.json", "3")
        );
        assert!(others.iter().all(|case| !case.contains_key("line")));
        assert!(text.contains(">package.json:3:14\n"), "{text}");
        let source = Arc::new(Source::new("~/.npmrc", b"registry=x"));
        let elsewhere = Diagnostic::new(rule(), "m", "w", "h").at(Place::new(&source, Span::at(0)), "here");
        let text = render(Fixture::new().found(0, elsewhere).run());
        assert!(!text.contains(" line=") && text.contains("See ~/.npmrc:"), "{text}");
    }

    #[test]
    fn packages_that_were_not_checked_do_not_count_as_passed() {
        let elements = read(&render(Fixture::of(Scene::new("{").plan()).run()));
        let cases: Vec<_> =
            elements.iter().filter(|(name, _)| name == "testcase").map(|(_, case)| &*case["name"]).collect();
        assert_eq!(cases, ["manifest-invalid"]);
    }

    #[test]
    fn a_shared_error_fails_only_the_packages_that_have_it() {
        let mut fixture = Fixture::new();
        for _ in 0..2 {
            fixture.add(Scene::version("1.0.0").plan());
        }
        let error = published(&fixture);
        let mut fixture = fixture.found(None, error);
        fixture.report.found[0].packages = vec![0, 2];
        let elements = read(&render(fixture.run()));
        let suites = elements.iter().filter(|(name, _)| name == "testsuite");
        assert_eq!(suites.map(|(_, suite)| &*suite["failures"]).collect::<Vec<_>>(), ["1", "0", "1"]);
    }

    #[test]
    fn any_text_becomes_valid_xml() {
        let bad = "<![CDATA[ ]]> & \" ' \u{1b}\0\u{b}\u{fffe}\u{ffff} ##[group]\n::error::x";
        let fixture = Fixture::new().found(0, Diagnostic::new(rule(), bad, bad, bad)).undecided(Reason::Malformed, bad);
        let text = render(fixture.run());
        assert_eq!(count(&read(&text), "failure"), 1);
        let illegal = |character: char| {
            character.is_control() && character != '\n' || matches!(character, '\u{fffe}' | '\u{ffff}')
        };
        assert!(!text.contains(illegal) && !text.contains("##["), "{text}");
    }
}
