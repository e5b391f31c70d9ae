//! The answer to a log: each failure with its causes, in the order of the log. Wording that all formats share is here.

use super::attempt::{Attempt, Client, Kind};
use super::causes::{self, Cause};
use super::cutter::{Published, name_and_version};
use super::log::Log;
use crate::report::explain;
use crate::rules::{self, Rule};
use crate::text::count::listed;
use crate::text::redact::Scrubber;

/// At most this many causes are explained one by one; packages that failed for the same cause count once.
const MAX_FAILURES: usize = 20;
/// How many published packages are named at most.
pub(super) const NAMED: usize = 5;

/// The whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// The file, or the input.
    pub(super) what: String,
    /// The first of them, in the order of the log.
    pub(super) failures: Vec<Failure>,
    /// How many more there are.
    pub(super) left: usize,
    /// What was published, in the order of the log.
    pub(super) published: Vec<String>,
    /// What a tool says that found nothing to publish.
    pub(super) skipped: Option<String>,
    /// A publish was rehearsed: `--dry-run`.
    pub(super) is_rehearsed: bool,
    /// What else there is to know, about the log as a whole.
    pub(super) remarks: Vec<String>,
    /// Packages, or requests, that were looked up before without success.
    pub(super) lookups: Vec<String>,
}

impl Answer {
    /// The packages that failed for the same cause as one of the failures, besides that one.
    pub(super) fn same_as(&self, first: usize) -> impl Iterator<Item = &Failure> {
        self.failures.iter().filter(move |failure| failure.same_as == Some(first))
    }

    /// Nothing failed, as far as the log tells: `left-lodge@1.1.0 was published`.
    pub(super) fn success(&self) -> Option<String> {
        if !self.failures.is_empty() {
            return None;
        }
        let skipped = || self.skipped.as_ref().map(|line| format!("nothing was published (\"{line}\")"));
        let rehearsed = || self.is_rehearsed.then(|| "nothing was published: it was a dry run".to_owned());
        if self.published.is_empty() { skipped().or_else(rehearsed) } else { Some(was_published(&self.published)) }
    }

    /// Whether what to do speaks of this.
    pub(super) fn suggests(&self, words: &str) -> bool {
        self.failures.iter().flat_map(|failure| &failure.causes).any(|cause| cause.fix.contains(words))
    }

    /// What was published beside what failed.
    pub(super) fn beside(&self) -> Option<String> {
        let is_said = |label: &String| {
            self.failures.iter().flat_map(|failure| &failure.causes).any(|cause| cause.why.contains(label.as_str()))
        };
        let beside: Vec<String> = self.published.iter().filter(|label| !is_said(label)).cloned().collect();
        (!self.failures.is_empty() && !beside.is_empty()).then(|| was_published(&beside))
    }

    /// Takes out what is a secret in the log, wherever the answer repeats it.
    pub(super) fn hide(&mut self, scrubber: &Scrubber) {
        let hide = |text: &mut String| *text = scrubber.hide(text);
        self.lookups.iter_mut().chain(&mut self.published).chain(&mut self.skipped).for_each(hide);
        for failure in &mut self.failures {
            let texts = [&mut failure.package, &mut failure.headline, &mut failure.note];
            texts.into_iter().flatten().chain(&mut failure.codes).for_each(hide);
            for cause in &mut failure.causes {
                [&mut cause.why, &mut cause.fix].into_iter().chain(&mut cause.command).for_each(hide);
            }
        }
    }
}

/// `a@1.0.0 and b@1.0.0 were published`
fn was_published(labels: &[String]) -> String {
    format!("{} {} published", listed(labels, NAMED), if labels.len() == 1 { "was" } else { "were" })
}

/// One failure.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) client: Client,
    /// The package's name, as far as it is known.
    pub(super) name: Option<String>,
    /// `name@version`, as far as it is known.
    pub(super) package: Option<String>,
    pub(super) codes: Vec<String>,
    /// The line that says most.
    pub(super) headline: Option<String>,
    pub(super) is_silent: bool,
    pub(super) causes: Vec<Explanation>,
    pub(super) others: Vec<&'static Rule>,
    /// What the project has of the others.
    pub(super) others_here: Vec<(&'static Rule, Here)>,
    /// The number of an earlier failure that has the same causes.
    pub(super) same_as: Option<usize>,
    /// How the package in the working directory compares with the one that failed, or why it was not compared.
    pub(super) note: Option<String>,
    /// What was tried, for comparing it with the package in the working directory, and for filling in commands.
    attempt: Attempt,
}

impl Failure {
    /// The rules behind its causes.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.causes.iter().filter_map(|cause| cause.rule).chain(self.others.iter().copied())
    }

    /// The project has one of its causes, or has mended it.
    pub(super) fn is_found(&self) -> bool {
        let is_found = |here: &Here| matches!(here, Here::Found { .. } | Here::Raised(_));
        self.causes.iter().filter_map(|cause| cause.here.as_ref()).any(is_found) || !self.others_here.is_empty()
    }

    /// The words leave one cause and no other: whatever the project has, it is this one.
    pub(super) fn is_proved(&self) -> bool {
        self.causes.len() == 1 && self.others.is_empty()
    }

    /// The causes that the project does not exclude.
    pub(super) fn left(&self) -> impl Iterator<Item = &Explanation> {
        self.causes.iter().filter(|cause| !cause.is_excluded())
    }

    /// It is known which cause it is.
    pub(super) fn is_decided(&self) -> bool {
        let found = self.causes.iter().filter(|cause| matches!(cause.here, Some(Here::Found { .. }))).count();
        found + self.others_here.len() == 1 || self.others.is_empty() && self.left().count() == 1
    }

    /// Where the project excludes all causes, the others are what is left: each with what to do about it.
    pub(super) fn promote_others(&mut self, most: usize) {
        if self.causes.is_empty() || self.left().next().is_some() {
            return;
        }
        let others: Vec<_> = self.others.drain(..self.others.len().min(most)).collect();
        let mut promoted: Vec<_> =
            others.into_iter().map(|rule| explanation(&self.attempt, Cause::of(rule), true)).collect();
        for cause in &mut promoted {
            let rule = cause.rule.map(|rule| rule.id);
            let at = self.others_here.iter().position(|(other, _)| Some(other.id) == rule);
            cause.here = at.map(|at| self.others_here.remove(at).1);
        }
        self.causes.splice(0..0, promoted);
    }

    /// What was tried.
    pub(super) const fn attempt(&self) -> &Attempt {
        &self.attempt
    }
}

/// What the project in the working directory has of a cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Here {
    /// The rule finds it.
    Found {
        /// `package.json:3:5`
        place: Option<String>,
        message: String,
        help: String,
        command: Option<String>,
    },
    /// The rule finds nothing, and it looks at nothing but this folder: the cause is another one.
    Excluded,
    /// The rule finds nothing now; what it looks at may have been different.
    NotShown,
    /// The same of what the registry was asked.
    NotOnRegistry,
    /// The registry does not list the version, as after an unpublish.
    Unlisted,
    /// The rule looks at what only the run that failed had: its user, its credential, its options, its machine.
    OnlyThere,
    /// The version in package.json is another one by now.
    Raised(String),
}

/// A cause in words.
#[derive(Debug)]
pub(super) struct Explanation {
    pub(super) rule: Option<&'static Rule>,
    pub(super) title: String,
    pub(super) why: String,
    /// How to distinguish it from the others, if there are any.
    pub(super) differs: Option<String>,
    pub(super) fix: String,
    pub(super) command: Option<String>,
    /// `None`: the project was not checked, or does not show it.
    pub(super) here: Option<Here>,
}

impl Explanation {
    /// The package in the working directory shows that it is not this one.
    pub(super) fn is_excluded(&self) -> bool {
        self.here == Some(Here::Excluded)
    }

    /// How to distinguish it from the others, unless this folder decides it.
    pub(super) fn if_differs(&self) -> Option<&str> {
        let is_repeated = matches!(self.here, Some(Here::Found { .. } | Here::Excluded | Here::Raised(_)));
        self.differs.as_deref().filter(|_| !is_repeated)
    }

    /// What to do in general, and the command; what is found in this folder comes with better advice of its own.
    pub(super) fn advice(&self) -> Option<(&str, Option<&str>)> {
        let is_repeated = matches!(self.here, Some(Here::Found { .. } | Here::Excluded | Here::Raised(_)));
        (!is_repeated).then_some((self.fix.as_str(), self.command.as_deref()))
    }
}

/// What is reported about a log.
pub(super) fn answer(what: String, log: &Log) -> Answer {
    let mut failures: Vec<Failure> = Vec::new();
    let mut left = log.left;
    for attempt in &log.failures {
        let mut failure = failure(attempt);
        let same = failures.iter().position(|before| {
            before.same_as.is_none() && before.codes == failure.codes && reasons(before).eq(reasons(&failure))
        });
        failure.same_as = same.filter(|_| !failure.causes.is_empty());
        // The same words about the same package are one failure, reported twice.
        let is_repeated = |before: &Failure| before.headline == failure.headline && before.package == failure.package;
        if failure.same_as.and_then(|same| failures.get(same)).is_some_and(is_repeated) {
            continue;
        }
        if failure.same_as.is_none()
            && failures.iter().filter(|before| before.same_as.is_none()).count() >= MAX_FAILURES
        {
            left += 1;
        } else {
            failures.push(failure);
        }
    }
    let lookups = log
        .lookups
        .iter()
        .filter_map(|attempt| package(attempt).or_else(|| attempt.url.clone()).or_else(|| headline(attempt)));
    let lookups = lookups.take(3).collect();
    let published = log.published.iter().map(Published::label).collect();
    let skipped = log.skipped.clone();
    let is_rehearsed = log.is_rehearsed;
    Answer { what, failures, left, published, skipped, is_rehearsed, remarks: Vec::new(), lookups }
}

fn reasons(failure: &Failure) -> impl Iterator<Item = (&str, &str)> {
    failure.causes.iter().map(|cause| (cause.title.as_str(), cause.why.as_str()))
}

fn failure(attempt: &Attempt) -> Failure {
    let verdict = causes::verdict(attempt);
    let is_ranked = verdict.causes.len() + verdict.others.len() > 1;
    Failure {
        client: attempt.client,
        name: attempt.package.clone(),
        package: package(attempt),
        // An exit code says nothing.
        codes: attempt
            .codes
            .iter()
            .filter(|code| code.starts_with(|char: char| char.is_alphabetic()))
            .cloned()
            .collect(),
        headline: headline(attempt),
        is_silent: attempt.kind == Kind::Silence,
        causes: verdict.causes.into_iter().map(|cause| explanation(attempt, cause, is_ranked)).collect(),
        others: verdict.others,
        others_here: Vec::new(),
        same_as: None,
        note: None,
        attempt: attempt.clone(),
    }
}

fn package(attempt: &Attempt) -> Option<String> {
    attempt.label()
}

fn explanation(attempt: &Attempt, cause: Cause, is_ranked: bool) -> Explanation {
    let fix = match cause.rule {
        Some(rule) if cause.fix.is_empty() => explain::section(rule.docs, "What to do").unwrap_or_default().to_owned(),
        _ => cause.fix,
    };
    Explanation {
        rule: cause.rule,
        title: named_for(
            cause.rule.filter(|_| cause.name.is_empty()).map_or(cause.name, |rule| rule.summary),
            attempt.client,
        ),
        why: cause.why,
        differs: cause.rule.filter(|_| is_ranked).and_then(differs).map(|text| filled_in(text, attempt)),
        fix,
        command: cause.command.map(|command| filled(&command, attempt)),
        here: None,
    }
}

/// The title with the name of the client that failed. What is said of a version of npm stays npm's.
fn named_for(title: &str, client: Client) -> String {
    let is_other = matches!(client, Client::Pnpm | Client::Yarn | Client::YarnClassic | Client::Bun);
    if !is_other {
        return title.to_owned();
    }
    let mut words: Vec<&str> = title.split(' ').collect();
    for at in 0..words.len() {
        let is_version = words.get(at + 1).is_some_and(|next| next.starts_with(|char: char| char.is_ascii_digit()));
        if words[at] == "npm" && !is_version {
            words[at] = client.name();
        }
    }
    words.join(" ")
}

/// How to distinguish a cause from others, with the names of this failure and the command of its client.
fn filled_in(text: &str, attempt: &Attempt) -> String {
    // `npm owner` is a command for npm's own registry and those that emulate it.
    if text.contains("npm owner") && attempt.vendor().is_some_and(|vendor| !vendor.may_follow_npm) {
        return "the credential is valid, but may not publish this package on that registry".to_owned();
    }
    let name = attempt.known_name().filter(|name| name_and_version(name).is_some());
    let version = attempt.known_version().filter(|version| name_and_version(version).is_some());
    let text = match attempt.client {
        Client::Yarn => text.replace("`npm whoami`", "`yarn npm whoami --publish`"),
        _ => text.to_owned(),
    };
    let text = match (&name, version) {
        (Some(name), Some(version)) => text.replace("<name>@<version>", &format!("{name}@{version}")),
        _ => text,
    };
    name.map_or_else(|| text.clone(), |name| text.replace("<name>", &name))
}

/// The command with the names of this failure.
fn filled(command: &str, attempt: &Attempt) -> String {
    let safe = |text: Option<String>, placeholder: &str| {
        text.filter(|text| name_and_version(text).is_some()).unwrap_or_else(|| placeholder.to_owned())
    };
    let version = attempt.known_version().map(ToOwned::to_owned);
    let command = match &version {
        Some(_) => command.to_owned(),
        None => command.replace("@{version} version", " versions"),
    };
    command
        .replace("{package}", &safe(attempt.package.clone().or_else(|| attempt.name_in_url()), "<name>"))
        .replace("{version}", &safe(version, "<version>"))
        .replace("{script}", &safe(attempt.script.clone(), "<script>"))
}

/// The line that says most.
fn headline(attempt: &Attempt) -> Option<String> {
    // The last two are the rest of npm's explanation of every 403.
    const NOISE: [&str; 4] = [
        "Run `npm help config`",
        "In most cases",
        "a package version that is forbidden",
        "on a server you do not have",
    ];
    let is_prose =
        |line: &&String| line.split_whitespace().count() > 3 && !line.starts_with("at ") && !line.ends_with(':');
    let is_noise = |line: &&String| NOISE.iter().any(|start| line.starts_with(start));
    if attempt.has_code("EBADDEVENGINES")
        && let Some(line) = attempt.lines.iter().find(|line| line.contains("does not match"))
    {
        return Some(line.trim_start_matches("EBADDEVENGINES").trim_start().to_owned());
    }
    if attempt.has_code("EUSAGE") {
        return attempt.lines.iter().find(|line| !line.is_empty()).cloned();
    }
    if attempt.has_code("EUNKNOWNCONFIG") {
        return Some(attempt.lines.iter().filter(|line| !is_noise(line)).cloned().collect::<Vec<_>>().join(" "))
            .filter(|text| !text.is_empty());
    }
    let line = attempt.lines.iter().filter(|line| !is_noise(line)).find(is_prose).or_else(|| attempt.lines.first())?;
    let status = attempt.status().map(|status| status.to_string()).unwrap_or_default();
    let rest = line.strip_prefix(&status).filter(|rest| !status.is_empty() && rest.starts_with(' '));
    let is_mark = |char: char| char.is_whitespace() || matches!(char, '✖' | '✘' | '→' | '›');
    let text = rest.unwrap_or(line).trim_start_matches(is_mark);
    let text = text.strip_prefix("ERROR ").unwrap_or(text).trim_start();
    // A registry that only repeats its status has said more in the line below.
    let more =
        || attempt.lines.iter().skip_while(|one| *one != line).skip(1).filter(|line| !is_noise(line)).find(is_prose);
    let bare = text.rsplit_once(" - ").filter(|(before, words)| before.contains("://") && text.starts_with(words));
    let more = bare.and_then(|(before, _)| Some((before, more().filter(|more| !more.starts_with('\''))?)));
    Some(more.map_or_else(|| text.to_owned(), |(before, more)| format!("{before} - {more}")))
}

/// How to distinguish a cause from others that fit the same words.
fn differs(rule: &Rule) -> Option<&'static str> {
    let table: [(&Rule, &'static str); 20] = [
        (&rules::access_change::RULE, "the package already exists and is public"),
        (&rules::access_invalid::RULE, "`access` has a value other than `public` and `restricted`"),
        (&rules::access_missing::RULE, "the package is new and scoped"),
        (
            &rules::credential_malformed::RULE,
            "the .npmrc line has a key for another path, quotes, or more than just the token",
        ),
        (&rules::credential_missing::RULE, "`npm whoami` with the same registry says ENEEDAUTH"),
        (&rules::credential_rejected::RULE, "`npm whoami` with the same token says E401"),
        (
            &rules::credential_restricted::RULE,
            "`npm whoami` works, but the token is read-only or limited to other packages",
        ),
        (&rules::credential_unset_variable::RULE, "the secret is empty, or is not passed to the step that publishes"),
        (&rules::dependency_unavailable::RULE, "an install could not find a dependency"),
        (&rules::name_taken::RULE, "`npm owner ls <name>` lists other users, and you never published the package"),
        (&rules::not_a_maintainer::RULE, "`npm whoami` works, but `npm owner ls <name>` does not list that user"),
        (&rules::publish_target::RULE, "the argument of `npm publish` was not found: write a folder as `./dist`"),
        (&rules::registry_invalid::RULE, "the host is misspelt in `registry`"),
        (&rules::registry_mismatch::RULE, "the registry in the message is not the one you publish to"),
        (&rules::registry_unreachable::RULE, "`npm ping` fails as well"),
        (
            &rules::scope_not_yours::RULE,
            "the scope is not your user name or one of your organisations on that registry",
        ),
        (&rules::trusted_publisher::RULE, "the job publishes by trusted publishing, without a token"),
        (&rules::version_published::RULE, "`npm view <name>@<version>` shows the version"),
        (
            &rules::version_reused::RULE,
            "`npm view <name>@<version>` shows nothing, because the version was unpublished",
        ),
        (&rules::option_unknown::RULE, "the command line has the option"),
    ];
    table.into_iter().find(|(known, _)| known.id == rule.id).map(|(_, text)| text)
}
