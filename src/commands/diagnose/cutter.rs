//! Cuts a log into failures while the readers interpret it line by line.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::attempt::{
    Action, Attempt, Client, Identity, Kind, Lack, Outcome, is_before_upload, is_exit_code, scope, status_of,
};
use crate::npm::version::Version;

/// At most this many failures are kept; a log of a larger release is cut off there.
const MOST: usize = 200;
/// How many lines unknown to any reader may continue an error's line: the rest of a message, or of a wrapped line.
const LOOSE: usize = 6;
/// A repeated failure is looked for among this many before it: a tool repeats what its client printed right after it.
const NEAR: usize = 4;

/// How many characters of a script's output are repeated at most.
const PRINTED: usize = 200;

/// A publish that worked.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    /// Where it went, as far as the client named it.
    registry: Option<String>,
    /// How many failures came before it.
    at: usize,
}

impl Published {
    /// What it is called in sentences.
    pub(super) fn label(&self) -> String {
        match (&self.name, &self.version) {
            (Some(name), Some(version)) => format!("{name}@{version}"),
            (Some(name), None) => name.clone(),
            (None, _) => "the package".to_owned(),
        }
    }

    /// Whether this is the package of a failure; one that the log does not name is of the only package there is.
    fn is_of(&self, failure: &Attempt, is_only: bool) -> bool {
        match (&self.name, failure.known_name()) {
            (Some(name), Some(failed)) => *name == failed,
            (None, Some(_)) => false,
            (_, None) => is_only,
        }
    }
}

/// A script that runs before the upload. What it prints may quote a client, and stops the publish only where the script fails.
#[derive(Debug)]
struct Script {
    name: String,
    package: Option<String>,
    version: Option<String>,
    /// What it runs, as the client shows it below the script's name.
    command: Option<String>,
    /// How many failures came before it.
    at: usize,
}

/// A log in pieces.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) failures: Vec<Attempt>,
    pub(super) published: Vec<Published>,
    /// How many failures there are beyond those that are kept.
    pub(super) left: usize,
    /// What a tool says that found nothing to publish.
    pub(super) skipped: Option<String>,
    /// A publish was rehearsed: `--dry-run`.
    pub(super) is_rehearsed: bool,
}

/// What has been cut so far.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a line can change each of them alone")]
pub(super) struct Cutter {
    done: Vec<Attempt>,
    /// The failure that is being read.
    open: Option<Attempt>,
    /// What was said since the last failure: it belongs to the next.
    ahead: Attempt,
    /// The job has an identity, whatever is published.
    has_identity: bool,
    /// The open failure is complete.
    is_complete: bool,
    loose: usize,
    /// A publish was started, and its client has printed nothing yet.
    is_waiting: bool,
    /// Packages that the registry did not know when a tool looked them up.
    new: BTreeSet<String>,
    published: Vec<Published>,
    left: usize,
    /// A list of published packages is being read.
    is_list: bool,
    /// `+ name@version` of which no line says what printed it: of a publish, unless something was installed.
    unsure: Vec<Published>,
    skipped: Option<String>,
    /// What some program says of a command that it lacks: npm, if the advice to list npm's follows.
    lacking: Option<String>,
    is_rehearsed: bool,
    /// The variables of a credential that the log shows, and those among them that have none.
    variables: BTreeMap<String, Option<Lack>>,
    /// The version of npm that the log names.
    npm: Option<Version>,
    /// The script that runs before the upload, until the client goes on or fails.
    script: Option<Script>,
}

impl Cutter {
    /// All failures, and what was published.
    pub(super) fn finish(mut self) -> Pieces {
        self.close();
        for one in std::mem::take(&mut self.unsure) {
            self.add(one);
        }
        for attempt in &mut self.done {
            attempt.is_new |= attempt.package.as_ref().is_some_and(|package| self.new.contains(package));
        }
        let mut failures = self.done;
        let names: BTreeSet<String> = failures.iter().filter_map(Attempt::known_name).collect();
        let is_named = |name: &Option<String>| name.as_ref().is_none_or(|name| names.iter().all(|other| other == name));
        let is_only = self.published.len() == 1 && self.published.iter().all(|one| is_named(&one.name));
        for (at, attempt) in failures.iter_mut().enumerate() {
            attempt.outcome = outcome(at, attempt, &self.published, is_only);
            attempt.sibling = sibling(attempt, &self.published);
        }
        find_arrivals(&mut failures);
        Pieces {
            failures,
            published: self.published,
            left: self.left,
            skipped: self.skipped,
            is_rehearsed: self.is_rehearsed,
        }
    }

    /// A look-up before the publish: the registry does not know the package.
    pub(super) fn mark_new(&mut self, package: &str) {
        if self.new.len() < MOST {
            self.new.insert(package.to_owned());
        }
    }

    fn close(&mut self) {
        self.loose = LOOSE;
        self.is_complete = false;
        let Some(mut attempt) = self.open.take() else { return };
        attempt.settle();
        attempt.unset = self.unset();
        attempt.npm.clone_from(&self.npm);
        if attempt.is_of_script() {
            self.script_failed(&mut attempt);
        } else if self.script.as_ref().is_some_and(|script| is_upload_of(&attempt, script)) {
            self.script_passed();
        }
        let again = self.done.iter_mut().rev().take(NEAR).find(|before| is_same(before, &attempt));
        if let Some(before) = again {
            join(before, attempt);
        } else if self.done.len() < MOST {
            self.done.push(attempt);
        } else {
            self.left += 1;
        }
    }

    /// The variable that has no credential. What a client says of one decides; otherwise another one may have it.
    fn unset(&self) -> Option<(String, Lack)> {
        let lacking = || self.variables.iter().filter_map(|(name, lack)| Some((name.clone(), (*lack)?)));
        let is_given = self.variables.values().any(Option::is_none);
        let said = lacking().find(|(_, lack)| *lack == Lack::NotSet);
        said.or_else(|| lacking().next().filter(|_| !is_given))
    }

    /// The client went on after its script: what the script printed stopped nothing.
    fn script_passed(&mut self) {
        if let Some(script) = self.script.take() {
            self.drop_quoted(&script);
        }
    }

    /// The client stopped at its script: that is the failure, whatever the script printed.
    fn script_failed(&mut self, failure: &mut Attempt) {
        if let Some([name, version, script]) = failure.lines.iter().find_map(|line| script_in(line)) {
            (failure.package, failure.version) = (Some(name), Some(version));
            failure.script = Some(script);
        }
        let Some(script) = self.script.take() else { return };
        // A client above this one reports a script of its own.
        if failure.kind == Kind::Echo || script.command.as_ref().is_some_and(|command| !failure.says(command)) {
            return;
        }
        let request = |one: &Attempt| {
            let line = one.lines.iter().find(|line| line.contains("://")).or_else(|| one.lines.first());
            line.map(|line| line.chars().take(PRINTED).collect())
        };
        failure.printed = self
            .done
            .iter()
            .skip(script.at)
            .rev()
            .filter(|one| one.url.is_some() || one.is_anonymous())
            .find_map(request);
        self.drop_quoted(&script);
        failure.script = Some(script.name);
        if script.package.is_some() {
            (failure.package, failure.version) = (script.package, script.version);
        }
    }

    /// A publish that the script itself started is none that it quotes, and what tests quote is npm's.
    fn drop_quoted(&mut self, script: &Script) {
        let mut at = 0;
        self.done.retain(|one| {
            at += 1;
            at <= script.at
                || one.action == Some(Action::Publish)
                || one.client != Client::Npm && one.kind == Kind::Cause
        });
    }

    /// The failure that is being read; a new one if there is none.
    fn open(&mut self) -> &mut Attempt {
        if self.is_complete {
            self.close();
        }
        self.is_waiting = false;
        self.is_list = false;
        self.loose = 0;
        let (ahead, has_identity) = (&mut self.ahead, self.has_identity);
        self.open.get_or_insert_with(|| {
            let mut attempt = std::mem::take(ahead);
            // The client of the next failure is most likely the same.
            ahead.client = attempt.client;
            if has_identity && attempt.identity == Identity::Unsaid {
                attempt.identity = Identity::Present;
            }
            attempt
        })
    }

    /// A command begins, or is asked for; `is_nested`: a script may have started it.
    pub(super) fn begin(&mut self, client: Client, action: Action, arguments: &[&str], is_nested: bool) {
        self.close();
        self.is_list = false;
        if self.script.is_some() && is_nested && action != Action::Publish {
            return;
        }
        self.script = None;
        // What npm shows behind `>` is the command of the script that it named before.
        let script = self.ahead.script.take().filter(|_| is_nested);
        self.ahead = Attempt::starting(client, Some(action));
        self.ahead.script = script;
        self.ahead.is_rehearsal = arguments.contains(&"--dry-run");
        self.ahead.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        self.is_waiting = action == Action::Publish && client == Client::Npm;
    }

    /// The registry that the command names.
    pub(super) fn asked_for(&mut self, url: &str) {
        if url.contains("://") {
            self.ahead.registry = Some(url.to_owned());
        }
    }

    /// The publish of this package begins: what came before is over.
    pub(super) fn package(&mut self, client: Option<Client>, name: &str, version: Option<&str>) {
        self.close();
        self.script_passed();
        self.is_waiting = false;
        if self.ahead.package.as_deref().is_some_and(|before| before != name) {
            self.ahead = Attempt::starting(self.ahead.client, self.ahead.action);
        }
        self.ahead.package = Some(name.to_owned());
        self.ahead.version = version.map(ToOwned::to_owned).or(self.ahead.version.take());
        self.ahead.client = client.unwrap_or(self.ahead.client);
        self.ahead.action = Some(Action::Publish);
    }

    /// The registry that the client names before it sends the package.
    pub(super) fn registry(&mut self, url: &str) {
        self.close();
        self.script_passed();
        self.is_waiting = false;
        self.ahead.registry = Some(url.to_owned());
        self.ahead.action = Some(Action::Publish);
    }

    /// The lifecycle script that begins.
    pub(super) fn script(&mut self, package: &str, version: Option<&str>, script: &str) {
        self.close();
        self.is_waiting = false;
        self.ahead.package = Some(package.to_owned());
        self.ahead.version = version.map(ToOwned::to_owned);
        self.script_begins(script, Some(package), version);
    }

    /// What the script runs, in the first line below its name.
    pub(super) fn script_runs(&mut self, command: &str) {
        if let Some(script) = &mut self.script
            && script.command.is_none()
        {
            script.command = Some(command.to_owned());
        }
    }

    /// The same of a package that has no name.
    pub(super) fn script_alone(&mut self, script: &str) {
        self.close();
        self.is_waiting = false;
        self.script_begins(script, None, None);
    }

    fn script_begins(&mut self, name: &str, package: Option<&str>, version: Option<&str>) {
        self.ahead.script = Some(name.to_owned());
        if is_before_upload(name) {
            self.script_passed();
            // A publish has begun, and what the script prints is of none.
            self.ahead.action = None;
            let [package, version] = [package, version].map(|text| text.map(ToOwned::to_owned));
            self.script = Some(Script { name: name.to_owned(), package, version, command: None, at: self.done.len() });
        }
    }

    /// A shell did not find a command: the failure that follows is the script's.
    pub(super) fn missing_command(&mut self, line: &str) {
        self.current_mut().add_aside(line);
    }

    /// A tool found nothing to publish, and says so.
    pub(super) fn skipped(&mut self, line: &str) {
        self.close();
        self.is_waiting = false;
        self.skipped.get_or_insert_with(|| line.to_owned());
    }

    /// A variable of a step that is for a credential.
    pub(super) fn variable(&mut self, name: &str, lack: Option<Lack>) {
        if self.variables.len() < MOST {
            self.variables.insert(name.to_owned(), lack);
        }
    }

    /// Another step begins, whose variables are others.
    pub(super) fn environment_ends(&mut self) {
        self.close();
        self.variables.clear();
        self.script = None;
    }

    /// The version of npm, or that it changes.
    pub(super) fn npm(&mut self, version: Option<Version>) {
        self.npm = version;
    }

    /// Some program lacks a command.
    pub(super) fn unknown_command(&mut self, line: &str) {
        self.lacking = Some(line.to_owned());
    }

    /// The program was npm.
    pub(super) fn lists_commands(&mut self) {
        if let Some(line) = self.lacking.take() {
            self.failure(Client::Npm, None, "EUNKNOWNCOMMAND", &line);
        }
    }

    /// A warning or a notice.
    pub(super) fn aside(&mut self, text: &str) {
        self.is_waiting = false;
        // npm's words (@npmcli/config, lib/env-replace.js), which pnpm has, too.
        if let Some((_, rest)) = text.split_once("Failed to replace env in config: ${") {
            let of_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
            let name = rest.split(|char| !of_name(char)).next().unwrap_or_default();
            self.variable(name, Some(Lack::NotSet));
        }
        self.current_mut().add_aside(text);
    }

    /// The failure that is open, or else the one to come.
    fn current_mut(&mut self) -> &mut Attempt {
        if self.is_complete { None } else { self.open.as_mut() }.unwrap_or(&mut self.ahead)
    }

    /// What happened to the job's identity.
    pub(super) fn identity(&mut self, identity: Identity) {
        if identity == Identity::Present {
            self.has_identity = true;
            return;
        }
        let at = &mut self.current_mut().identity;
        // The message is in another line than the status, before or after it.
        let is_known = match (&*at, &identity) {
            (Identity::Refused(words), Identity::Refused(none)) => none.is_empty() && !words.is_empty(),
            (Identity::Failed(_), Identity::Refused(_)) => true,
            _ => false,
        };
        if !is_known {
            *at = identity;
        }
    }

    /// Provenance was signed.
    pub(super) fn signed(&mut self) {
        self.ahead.is_signed = true;
    }

    /// A failed request that the client logs beside its error.
    pub(super) fn request(&mut self, method: &str, status: u16, url: &str) {
        self.is_waiting = false;
        // The last refused upload before an error is the one that the error is about.
        let is_ahead = self.open.is_none();
        let current = self.open.as_mut().unwrap_or(&mut self.ahead);
        if (is_ahead || current.url.is_none()) && matches!(method, "PUT" | "POST") && status >= 400 {
            current.method = Some(method.to_owned());
            current.url = Some(url.to_owned());
        }
    }

    /// The code with which a failure begins.
    pub(super) fn code(&mut self, client: Client, code: &str) {
        // Words without a code that come before the exit code of a script are the script's.
        let is_quoted = is_exit_code(code) && self.script.is_some();
        let is_other = |open: &Attempt| {
            if open.codes.is_empty() { is_quoted && !open.lines.is_empty() } else { !open.has_code(code) }
        };
        if self.open.as_ref().is_some_and(is_other) {
            self.close();
        }
        let open = self.open();
        open.client = client;
        open.add_code(code);
    }

    /// Another code of the same failure: the status that the client's own code hides.
    pub(super) fn status(&mut self, status: u16) {
        self.open().add_code(&format!("E{status}"));
    }

    /// The code of the system behind the client's own.
    pub(super) fn also(&mut self, code: &str) {
        self.open().add_code(code);
    }

    /// The request that failed.
    pub(super) fn method(&mut self, method: &str) {
        self.open().method = Some(method.to_owned());
    }

    /// Where it went.
    pub(super) fn url(&mut self, url: &str) {
        self.open().url = Some(url.to_owned());
    }

    /// A line of the error, with what a client puts before it.
    pub(super) fn line(&mut self, client: Option<Client>, text: &str) {
        if let Some(refusal) = Refusal::parse(text) {
            let is_other = |open: &Attempt| {
                refusal.status.is_some() && open.status().is_some_and(|status| Some(status) != refusal.status)
                    // A request that was logged before the error's own line may be another package's.
                    || refusal.url.is_some() && !open.lines.is_empty() && open.url.as_deref().is_some_and(|url| Some(url) != refusal.url)
            };
            if self.open.as_ref().is_some_and(is_other) {
                self.close();
            }
            let open = self.open();
            if let Some(status) = refusal.status {
                open.add_code(&format!("E{status}"));
            }
            open.method = Some(refusal.method.to_owned());
            open.url = refusal.url.map(ToOwned::to_owned).or(open.url.take());
        }
        let open = self.open();
        if let Some(client) = client {
            open.client = client;
        }
        open.add_line(text);
        // `This command requires you to be logged in to https://…`
        if open.registry.is_none()
            && let Some((_, url)) = text.split_once("logged in to ")
        {
            open.registry = url.split_whitespace().next().filter(|url| url.contains("://")).map(ToOwned::to_owned);
        }
        if open.package.is_none() {
            (open.package, open.version) = named_in(text).unwrap_or_default();
        }
    }

    /// A failure that has no code.
    pub(super) fn message(&mut self, client: Client, text: &str) {
        if self.open.as_ref().is_some_and(|open| !open.says(text)) {
            self.close();
        }
        self.line(Some(client), text);
    }

    /// The name of a package in a list of failed ones.
    pub(super) fn mention(&mut self, name: &str, version: Option<&str>) {
        self.close();
        if self.is_list {
            return self.published(Some(name), version, None);
        }
        self.ahead.package = Some(name.to_owned());
        self.ahead.version = version.map(ToOwned::to_owned);
    }

    /// The publish read so far succeeded; `None`: that of the package that was named before.
    pub(super) fn success(&mut self, named: Option<(&str, Option<&str>)>) {
        self.close();
        self.script_passed();
        self.is_waiting = false;
        let ahead = std::mem::take(&mut self.ahead);
        self.ahead = Attempt::starting(ahead.client, None);
        if ahead.is_rehearsal {
            self.is_rehearsed = true;
            return;
        }
        let own = (ahead.package.as_deref(), ahead.version.as_deref());
        let (name, version) = named.map_or(own, |(name, version)| (Some(name), version));
        self.published(name, version, ahead.registry.as_deref());
    }

    /// `+ name@version`, which clients print for what they published, and npm 6 also for what it installed.
    pub(super) fn plus(&mut self, name: &str, version: &str) {
        let is_publish = self.ahead.action == Some(Action::Publish) || self.ahead.client == Client::Bun;
        if is_publish || self.open.as_ref().is_some_and(|open| open.action == Some(Action::Publish)) {
            self.success(Some((name, Some(version))));
        } else {
            self.close();
            self.script_passed();
            self.is_waiting = false;
            if self.ahead.action.is_none() && !self.ahead.is_rehearsal && self.unsure.len() < MOST {
                let (name, version) = (Some(name.to_owned()), Some(version.to_owned()));
                self.unsure.push(Published { name, version, registry: None, at: self.done.len() });
            }
        }
    }

    /// The names of what was published follow.
    pub(super) fn success_list(&mut self) {
        self.close();
        self.is_waiting = false;
        self.is_list = true;
        self.ahead = Attempt::starting(self.ahead.client, None);
    }

    fn published(&mut self, name: Option<&str>, version: Option<&str>, registry: Option<&str>) {
        let [name, version, registry] = [name, version, registry].map(|text| text.map(ToOwned::to_owned));
        self.add(Published { name, version, registry, at: self.done.len() });
    }

    fn add(&mut self, published: Published) {
        // A tool repeats what its client printed.
        let is_known = self.published.iter().any(|one| match (&one.name, &published.name) {
            (Some(known), Some(name)) => known == name,
            _ => one.at == published.at,
        });
        if !is_known && self.published.len() < MOST {
            self.published.push(published);
        }
    }

    /// A publish has begun, and has not failed so far.
    pub(super) fn is_publishing(&self) -> bool {
        self.open.is_none() && self.ahead.action == Some(Action::Publish)
    }

    /// Somebody that publishes was named, or has printed something.
    pub(super) fn is_begun(&self) -> bool {
        let is_ahead = self.ahead.action.is_some() || self.ahead.client != Client::default();
        is_ahead || self.open.is_some() || !self.done.is_empty() || !self.published.is_empty()
    }

    /// Nothing is uploaded.
    pub(super) fn rehearse(&mut self) {
        self.current_mut().is_rehearsal = true;
    }

    /// What follows is a step that is no publish.
    pub(super) fn step(&mut self) {
        self.close();
        self.ahead.action = Some(Action::Other);
    }

    /// The client whose lines follow.
    pub(super) fn client(&mut self, client: Client) {
        self.close();
        self.ahead.client = client;
    }

    /// The client whose lines these are, as far as it is known.
    pub(super) fn current(&self) -> Client {
        self.open.as_ref().unwrap_or(&self.ahead).client
    }

    /// An error is being read.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some() && !self.is_complete
    }

    /// A failure in one line.
    pub(super) fn failure(&mut self, client: Client, package: Option<&str>, code: &str, text: &str) {
        let is_other = |open: &Attempt| {
            !open.codes.is_empty() && !open.has_code(code)
                || package.is_some() && open.package.is_some() && open.package.as_deref() != package
        };
        if self.is_complete || self.open.as_ref().is_some_and(is_other) {
            self.close();
        }
        if let Some(package) = package
            && self.ahead.package.as_deref() != Some(package)
        {
            (self.ahead.package, self.ahead.version) = (Some(package.to_owned()), None);
        }
        self.code(client, code);
        if !text.is_empty() {
            self.line(Some(client), text);
        }
    }

    /// It only says that something else failed.
    pub(super) fn echo(&mut self, client: Client, code: &str, text: &str) {
        if self.open.as_ref().is_some_and(|open| open.kind != Kind::Echo) {
            self.close();
        }
        self.failure(client, None, code, text);
        self.open().kind = Kind::Echo;
    }

    /// The failure is complete.
    pub(super) fn end(&mut self) {
        self.is_list = false;
        self.is_complete = self.open.is_some();
    }

    /// The job failed, whatever printed why.
    pub(super) fn job_failed(&mut self) {
        if self.is_waiting && self.open.is_none() {
            self.open().kind = Kind::Silence;
        }
        self.close();
        self.script = None;
    }

    /// A line that no reader knows: the rest of the one before, if that was an error's.
    pub(super) fn other(&mut self, text: &str) {
        // npm 6 and Bun print the same of what they installed.
        let is_of_install = ["added ", "updated ", "removed "].iter().any(|start| text.starts_with(start))
            || text.starts_with("up to date")
            || text.contains("package installed")
            || text.contains("packages installed");
        if is_of_install {
            self.unsure.clear();
            // Its scripts have passed.
            self.script_passed();
        }
        if self.is_complete || self.loose >= LOOSE || text.starts_with("at ") {
            return;
        }
        self.loose += 1;
        // pnpm 12 frames what it wraps.
        let text = text.trim_start_matches(['│', '|', ' ']);
        if let Some(open) = self.open.as_mut() {
            open.add_line(text);
        }
    }

    /// An empty line ends what an error's line may be continued by.
    pub(super) fn blank(&mut self) {
        self.loose = self.loose.max(LOOSE - 2);
    }
}

/// What happened to a package that failed, or had happened to it before.
fn outcome(at: usize, failure: &Attempt, published: &[Published], is_only: bool) -> Outcome {
    let of = |one: &&Published| one.is_of(failure, is_only);
    let is_publish = !matches!(failure.action, Some(Action::Look | Action::Install)) && !failure.is_download();
    if is_publish && let Some(later) = published.iter().filter(of).find(|one| one.at > at) {
        return Outcome::PublishedLater(later.label());
    }
    let is_after_version = |one: &&Published| {
        one.at <= at
            && (one.version.is_none()
                || failure.known_version().is_none_or(|version| one.version.as_deref() == Some(version)))
    };
    if is_publish
        && (failure.finds_version() || failure.has_code("E409"))
        && let Some(before) = published.iter().filter(of).rfind(is_after_version)
    {
        return Outcome::Again(before.label());
    }
    let is_look_up = !is_publish && matches!(failure.action, Some(Action::Look)) && failure.package.is_some();
    let is_after = is_look_up
        || matches!(failure.action, Some(Action::Other | Action::Version | Action::Change))
        || failure.url.as_ref().is_some_and(|url| url.contains("/-/"))
        || failure.has_code("ELIFECYCLE");
    match published.iter().filter(of).rfind(|one| one.at <= at) {
        Some(before) if is_after => Outcome::AfterPublish(before.label()),
        _ => Outcome::Unsaid,
    }
}

/// The client sent the package whose script it was: the script had passed.
fn is_upload_of(attempt: &Attempt, script: &Script) -> bool {
    attempt.is_upload() && attempt.name_in_url().is_some_and(|name| script.package.as_ref() == Some(&name))
}

/// What was published beside a package with the credential that the package was refused with.
fn sibling(failure: &Attempt, published: &[Published]) -> Option<String> {
    let name = failure.known_name()?;
    let host = |url: &Url| url.host_str().map(ToOwned::to_owned);
    let sent_to = failure.sent_to().as_ref().and_then(host);
    let is_sibling = |one: &&Published| {
        let there = one.registry.as_deref().and_then(|url| Url::parse(url).ok()).as_ref().and_then(host);
        one.name.as_ref().is_some_and(|own| *own != name && scope(own) == scope(&name))
            && (there.is_none() || sent_to.is_none() || there == sent_to)
    };
    published.iter().find(is_sibling).map(Published::label)
}

/// An attempt whose answer was lost, and a later one that finds its version published.
fn find_arrivals(failures: &mut [Attempt]) {
    for later in 1..failures.len() {
        let (before, rest) = failures.split_at_mut(later);
        let Some(found) = rest.first_mut().filter(|found| found.finds_version()) else { continue };
        let name = found.known_name();
        let is_same = |one: &&mut Attempt| {
            let own = one.known_name();
            own.is_none() || name.is_none() || own == name
        };
        let lost = before.iter_mut().rev().filter(is_same).find(|one| one.may_have_arrived());
        let Some(lost) = lost.filter(|lost| lost.outcome == Outcome::Unsaid) else { continue };
        found.outcome = Outcome::EarlierArrived(lost.codes.first().cloned().unwrap_or_default());
        lost.outcome = Outcome::Arrived(found.label().unwrap_or_else(|| "the version".to_owned()));
    }
}

/// `403 Forbidden - PUT https://registry.example/x - words`, as npm-registry-fetch writes it (lib/errors.js), with the status once
/// or twice.
struct Refusal<'a> {
    /// lerna and changesets leave it out, and print the code.
    status: Option<u16>,
    method: &'a str,
    /// `None`: it is hidden, as some CI systems do with what is a secret to them.
    url: Option<&'a str>,
}

impl<'a> Refusal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (before, rest) =
            ["PUT", "GET", "POST", "DELETE"].into_iter().find_map(|method| split_at_word(text, method))?;
        let method = &text[before.len()..text.len() - rest.len()];
        let word = rest.split_whitespace().next()?;
        let url = word.contains("://").then(|| word.trim_end_matches([',', '\'', '"']));
        // The reason has no digits.
        let status = before.split(|char: char| !char.is_ascii_digit()).rfind(|digits| digits.len() == 3);
        let status = status.and_then(|digits| digits.parse().ok()).filter(|status| (400..600).contains(status));
        (status.is_some() || url.is_some()).then_some(Self { status, method: method.trim(), url })
    }
}

fn split_at_word<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text.find(&format!("- {word} "))?;
    let after = at + 2 + word.len();
    Some((&text[..at + 2], &text[after..]))
}

/// `'name@1.0.0' is not in this registry` and the like.
fn named_in(text: &str) -> Option<(Option<String>, Option<String>)> {
    let before =
        ["is not in", "could not be found", "is already"].into_iter().find_map(|words| text.split_once(words))?.0;
    let quoted = before.trim_end().strip_suffix('\'')?.rsplit('\'').next()?;
    let (name, version) = name_and_version(quoted)?;
    Some((Some(name.to_owned()), version.map(ToOwned::to_owned)))
}

/// The name, the version and the script in ``name@1.0.0 script: `command` ``, as pnpm and npm 6 name the script that failed.
fn script_in(text: &str) -> Option<[String; 3]> {
    let (label, rest) = text.split_once(' ')?;
    let (script, command) = rest.split_once(": ")?;
    let (name, version) = name_and_version(label)?;
    let is_script = !script.contains(' ') && command.starts_with('`');
    version.filter(|_| is_script).map(|version| [name, version, script].map(ToOwned::to_owned))
}

/// `name@1.0.0`, also without a version.
pub(super) fn name_and_version(text: &str) -> Option<(&str, Option<&str>)> {
    let (name, version) = match text.rfind('@').filter(|at| *at > 0) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.' | '~');
    let bare = name.strip_prefix('@').map_or(Some(name), |scoped| {
        let (scope, bare) = scoped.split_once('/')?;
        (!scope.is_empty() && scope.chars().all(is_part)).then_some(bare)
    })?;
    let is_name = !bare.is_empty() && bare.len() <= 214 && bare.chars().all(is_part);
    let is_version =
        version.is_none_or(|version| version.len() <= 256 && version.chars().all(|char| is_part(char) || char == '+'));
    (is_name && is_version).then_some((name, version))
}

/// Whether both are the same failure: nothing in one contradicts the other.
fn is_same(before: &Attempt, after: &Attempt) -> bool {
    fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    let own = |attempt: &Attempt| attempt.codes.iter().find(|code| status_of(code).is_none()).cloned();
    let names = |attempt: &Attempt| attempt.package.clone().or_else(|| attempt.url.clone());
    agree(before.status().as_ref(), after.status().as_ref())
        && agree(own(before).as_ref(), own(after).as_ref())
        && agree(before.package.as_ref(), after.package.as_ref())
        && agree(before.url.as_ref(), after.url.as_ref())
        && (agree(names(before).as_ref(), names(after).as_ref()) || agree_by_url(before, after))
        && before.kind == after.kind
        && agree(before.action.as_ref(), after.action.as_ref())
        && before.action != Some(Action::Look)
        && (before.codes.iter().any(|code| after.has_code(code))
            || before.words().contains(after.words())
            || after.words().contains(before.words()))
}

/// One names the package, the other the request.
fn agree_by_url(before: &Attempt, after: &Attempt) -> bool {
    let of = |package: &Option<String>, url: &Option<String>| {
        let (Some(package), Some(url)) = (package, url) else { return false };
        let path = url.to_ascii_lowercase().replace("%2f", "/");
        path.ends_with(&package.to_ascii_lowercase())
    };
    of(&before.package, &after.url) || of(&after.package, &before.url)
}

/// Adds what the second report knows and the first does not.
fn join(before: &mut Attempt, after: Attempt) {
    before.package = before.package.take().or(after.package);
    before.version = before.version.take().or(after.version);
    before.method = before.method.take().or(after.method);
    before.url = before.url.take().or(after.url);
    before.registry = before.registry.take().or(after.registry);
    before.is_signed |= after.is_signed;
    if before.arguments.is_empty() {
        before.arguments = after.arguments;
    }
    if matches!(before.identity, Identity::Unsaid | Identity::Present) && after.identity != Identity::Unsaid {
        before.identity = after.identity;
    }
    for code in &after.codes {
        before.add_code(code);
    }
    for line in after.lines.iter().filter(|line| !before.lines.contains(line)).cloned().collect::<Vec<_>>() {
        before.add_line(&line);
    }
}
