//! A run made of plain values, for the reporters' tests.

use std::sync::Arc;

use super::shorten::Shortened;
use super::site::Repository;
use super::{Format, Run, Style, render};
use crate::commands::testing::Scene;
use crate::facts::credential::{Credential, Keyring, Secret};
use crate::facts::{Ask, Fact, Facts, Reason, Unknown, Whoami};
use crate::plan::{Access, Login, PublishPlan, Tag, Target};
use crate::project::ci::Ci;
use crate::project::npm_config::Sourced;
use crate::project::npm_config::{Layer, Origin};
use crate::report::exit::Exit;
use crate::rules::diagnostic::{Diagnostic, Edit, Fix, Severity};
use crate::rules::lint::{Found, Report, Undecided, Verdict};
use crate::rules::{self, Rule};
use crate::text::escape;
use crate::text::redact::Scrubber;
use crate::text::source::{Place, Source, Span};

pub(super) const TOKEN: &str = "npm_verysecretverysecret";

/// Everything a [`Run`] borrows.
pub(super) struct Fixture {
    pub(super) plans: Vec<PublishPlan>,
    pub(super) report: Shortened,
    pub(super) facts: Facts,
    pub(super) repository: Repository,
    pub(super) keyring: Keyring,
    pub(super) diff_published: bool,
}

impl Fixture {
    /// One package `left-lodge` 1.1.0 with a token, no diagnostics.
    pub(super) fn new() -> Self {
        Self::of(Scene::version("1.1.0").plan())
    }

    pub(super) fn of(plan: PublishPlan) -> Self {
        let mut fixture = Self {
            plans: Vec::new(),
            report: Shortened::of(Report::default(), &Scrubber::default()),
            facts: Facts::default(),
            repository: Repository::default(),
            keyring: Keyring::default(),
            diff_published: false,
        };
        fixture.add(plan);
        fixture
    }

    /// One more package.
    pub(super) fn add(&mut self, mut plan: PublishPlan) {
        let npmrc = npmrc();
        let origin = file_origin(&npmrc, "https://r.example/");
        plan.destination.target = Target::Registry {
            url: "https://r.example/".parse().unwrap(),
            text: "https://r.example/".to_owned(),
            origin,
        };
        plan.auth.login = Login::Credential {
            credential: Credential::Token(Secret::new(TOKEN)),
            number: 0,
            origin: file_origin(&npmrc, TOKEN),
            key: "//r.example/:_authToken".to_owned(),
        };
        let latest = Sourced { value: "latest".to_owned(), origin: Origin::Default };
        plan.options.tag = Tag { value: latest.clone(), checked: latest, implicit: true };
        plan.options.access = Sourced { value: Access::Default, origin: Origin::Default };
        plan.runner.ci = Ci::default();
        self.plans.push(plan);
        self.report.verdicts.push(Verdict::Ready);
    }

    pub(super) fn found(mut self, package: impl Into<Option<usize>>, diagnostic: Diagnostic) -> Self {
        let package = package.into();
        if diagnostic.is_error() {
            self.report.verdicts[package.unwrap_or(0)] = Verdict::Blocked;
        }
        self.report.found.push(Found { package, packages: package.into_iter().collect(), diagnostic });
        self
    }

    pub(super) fn undecided(mut self, reason: Reason, detail: &str) -> Self {
        for package in 0..self.plans.len() {
            self.report.undecided.push(Undecided { rule: rule(), package, unknown: Unknown::new(reason, detail) });
        }
        self
    }

    pub(super) fn alice(mut self) -> Self {
        let question = self.plans[0].question(Ask::Whoami).unwrap();
        self.facts.learn(question, Ok(Fact::Whoami(Whoami::User("alice".to_owned()))));
        self
    }

    pub(super) fn run(&self) -> Run<'_> {
        let exit = if self.report.count(Severity::Error) > 0 { Exit::Errors } else { Exit::Clear };
        Run {
            plans: &self.plans,
            report: &self.report,
            facts: &self.facts,
            exit,
            strictness: None,
            is_for_another_job: false,
            keyring: &self.keyring,
            repository: &self.repository,
            sarif_category: None,
            diff_published: self.diff_published,
        }
    }
}

pub(super) fn rule() -> &'static Rule {
    rules::all().find(|rule| rule.id == "version-published").unwrap()
}

/// An .npmrc with a registry and a token, which is marked as a secret.
pub(super) fn npmrc() -> Arc<Source> {
    let text = format!("# mine\nregistry=https://r.example/\n//r.example/:_authToken={TOKEN}\n");
    let token = text.find(TOKEN).unwrap();
    Arc::new(Source::new(".npmrc", text.as_bytes()).with_secrets(vec![Span::new(token, token + TOKEN.len())]))
}

/// The place of a text in a source.
pub(super) fn place(source: &Arc<Source>, text: &str) -> Place {
    let start = source.text().find(text).unwrap();
    Place::new(source, Span::new(start, start + text.len()))
}

pub(super) fn file_origin(source: &Arc<Source>, text: &str) -> Origin {
    let place = place(source, text);
    Origin::File { layer: Layer::Project, key: place.span, place }
}

/// What the rule `version-published` says of the first package.
pub(super) fn published(fixture: &Fixture) -> Diagnostic {
    Diagnostic::new(
        rule(),
        "`left-lodge` 1.1.0 is already published",
        "https://r.example/ does not accept the same version twice",
        "raise `version`",
    )
    .npm_error("E403")
    .at(fixture.plans[0].package.manifest.place_of("version"), "this version")
    .related(place(&npmrc(), "https://r.example/"), "`registry` set here")
    .fix(Fix::command("raise `version`", "npm version patch --no-git-tag-version"))
}

/// A diagnostic as the text report shows it, followed by its fix in full.
pub(crate) fn rendered(diagnostic: &Diagnostic) -> String {
    let mut report = Vec::new();
    super::text::write(Fixture::new().found(0, diagnostic.clone()).run(), Style::default(), &mut report).unwrap();
    let report = escape::commands(&String::from_utf8(report).unwrap());
    let block = report.split_once("\n\n").map_or(report.as_str(), |(block, _)| block).to_owned();
    let Some(Fix { description, edits, command, .. }) = &diagnostic.fix else { return block };
    let edits = edits.iter().map(|Edit { place, text }| {
        format!("\n  {}: `{}` -> `{text}`", place.path_and_line(), place.source.shown(place.span))
    });
    let command = command.iter().map(|command| format!("\n  $ {command}"));
    format!("{block}\n\nfix: {description}{}", edits.chain(command).collect::<String>())
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn every_format_can_report_any_text_at_any_place(
        text in "([ -~]|\\PC|[\\x00-\\x1f\\x7f]|[\u{202a}-\u{202e}\u{feff}😀é]|\n|\r\n|\t){0,60}",
        marks in proptest::collection::vec((0_usize..80, 0_usize..80), 1..4),
        secret in proptest::option::of((0_usize..80, 0_usize..80)),
    ) {
        let span = |(one, other): (usize, usize)| {
            let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            Span::new(boundary(one.min(other)), boundary(one.max(other)))
        };
        let source = Source::new(".npmrc", text.as_bytes()).with_secrets(secret.into_iter().map(span).collect());
        let source = Arc::new(source);
        let mut places = marks.into_iter().map(|mark| Place::new(&source, span(mark)));
        let mut diagnostic = Diagnostic::new(rule(), text.clone(), text.clone(), text.clone()).at(places.next(), text.clone());
        for place in places {
            diagnostic = diagnostic.related(place, text.clone());
        }
        let fixture = Fixture::new().found(0, diagnostic);
        for color in [false, true] {
            let report = render(Format::Text, fixture.run(), Style { color, ..Style::default() });
            proptest::prop_assert!(report.lines().all(|line| !line.trim_start().starts_with("::")));
            let allowed = |character: char| !character.is_control() || character == '\n' || color && character == '\u{1b}';
            proptest::prop_assert!(report.chars().all(allowed), "{report:?}");
        }
        for format in [Format::Concise, Format::Markdown, Format::Junit] {
            let report = render(format, fixture.run(), Style::default());
            proptest::prop_assert!(report.lines().all(|line| !line.trim_start().starts_with("::")), "{report}");
            proptest::prop_assert!(!report.contains(|character: char| character.is_control() && character != '\n'), "{report:?}");
        }
        let github = render(Format::Github, fixture.run(), Style::default());
        proptest::prop_assert_eq!(github.lines().count(), 1);
        for format in [Format::Json, Format::Sarif, Format::Gitlab] {
            let report = render(format, fixture.run(), Style::default());
            proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&report).is_ok());
        }
    }
}
