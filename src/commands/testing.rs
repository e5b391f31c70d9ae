//! A publish made of plain values: what a rule's test says in three lines, and what runs the example in a rule's docs.
//! An example's fenced blocks are named by their info string: `json package.json`, `ini .npmrc`, `ini ~/.npmrc` (any
//! other path likewise), `text LICENSE -> ../LICENSE` for a symbolic link, `text b.js = a.js` for a second name of a file, `json GET /path` or `json GET /path 404` for an answer of the registry, `text GET /path ECONNREFUSED` for none, `sh` for a line such
//! as `VARIABLE=value npm publish --tag x`.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::ValueEnum as _;

use crate::commands::settings::Settings;
use crate::facts::credential::Keyring;
use crate::facts::{Ask, Facts, Gap, Known, Outage, Question, Reason, Unknown};
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::plan::{Inputs, PublishPlan, pack, plans};
use crate::project::ci::Pushed;
use crate::project::npm_config::{NpmConfig, args};
use crate::project::world::World;
use crate::project::world::memory::{HARD, SYMBOLIC};
use crate::publisher::{Manager, NamedBy};
use crate::registry::endpoint::{self, Response};
use crate::report::testing as report;
use crate::rules::diagnostic::{Applied, Diagnostic, Edit};
use crate::rules::{self, Case, Check, Outcome, Release, Rule, find};
use crate::text::edit::{self, Change};
use crate::text::source::Source;

/// When every scene plays: 2027-01-15T08:00:00Z.
pub(crate) const NOW: u64 = 1_800_000_000;

/// A package, its configuration, and what its registry answers.
pub(crate) struct Scene {
    files: Vec<(String, String)>,
    env: Vec<(String, String)>,
    args: Vec<String>,
    answers: Vec<(String, Response)>,
    policy: bool,
    terminal: Option<bool>,
    stage: bool,
    skip_published: bool,
    outage: Option<&'static str>,
    npm: Version,
    pushed: Option<Pushed>,
    client: Option<Manager>,
}

impl Scene {
    /// A package.json; logged in with a token at npm's default registry, which answers nothing yet.
    pub(crate) fn new(package_json: &str) -> Self {
        let registry = crate::project::npm_config::definitions::DEFAULT_REGISTRY.trim_start_matches("https:");
        Self {
            files: vec![
                ("/project/package.json".to_owned(), package_json.to_owned()),
                ("/home/alice/.npmrc".to_owned(), format!("{registry}:_authToken=npm_secretsecretsecret\n")),
            ],
            env: Vec::new(),
            args: Vec::new(),
            answers: Vec::new(),
            policy: true,
            terminal: Some(false),
            stage: false,
            skip_published: false,
            outage: None,
            npm: NpmRelease::REFERENCE,
            pushed: None,
            client: None,
        }
    }

    /// The package `left-lodge` at a version.
    pub(crate) fn version(version: &str) -> Self {
        Self::new(&format!("{{\n  \"name\": \"left-lodge\",\n  \"version\": \"{version}\"\n}}\n"))
    }

    /// The example in a rule's docs.
    pub(crate) fn example(rule: &Rule) -> Self {
        let mut scene = Self::version("1.0.0");
        let (_, example) = rule.docs.split_once("### Example").unwrap_or_default();
        let mut blocks = example.split("```");
        while let (Some(_), Some(block)) = (blocks.next(), blocks.next()) {
            let (info, text) = block.split_once('\n').unwrap_or((block, ""));
            let words: Vec<_> = info.split_whitespace().collect();
            scene = match words[..] {
                [_, "GET", path] => scene.answer(path, 200, text),
                [_, "GET", _, "ECONNREFUSED"] => scene.outage("ECONNREFUSED"),
                [_, "GET", path, status] => scene.answer(path, status.parse().unwrap(), text),
                [_, path] => scene.file(path, text),
                [_, path, "->", target] => scene.file(path, &format!("{SYMBOLIC}{target}")),
                [_, path, "=", first] => scene.file(path, &format!("{HARD}{first}")),
                ["sh"] => scene.command(text),
                ["text"] => scene,
                _ => panic!("{}: an example block named {info:?}", rule.id),
            };
        }
        scene
    }

    /// A command line: variables, `npm publish`, `npm@1.2.3 publish`, or one of another client, arguments.
    fn command(self, line: &str) -> Self {
        let mut words = line.split_whitespace();
        let mut scene = self;
        while let Some((name, value)) = words.clone().next().and_then(|word| word.split_once('=')) {
            words.next();
            scene = scene.env(name, value);
        }
        let program = words.next().unwrap_or_default();
        if let Some(version) = program.strip_prefix("npm@") {
            scene = scene.npm(Version::valid(version, false).unwrap());
        }
        if let Some(client) = Manager::from_str(program, false).ok().filter(|client| *client != Manager::Npm) {
            scene = scene.client(client);
        }
        let args: Vec<_> = words.skip_while(|word| *word != "publish").skip(1).collect();
        scene.args(&args)
    }

    /// A file; `~/x` lies in the home folder, other paths that are not absolute in the project.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        let path = match path.strip_prefix("~/") {
            Some(rest) => format!("/home/alice/{rest}"),
            None if path.starts_with('/') => path.to_owned(),
            None => format!("/project/{path}"),
        };
        self.files.retain(|(known, _)| *known != path);
        self.files.push((path, text.to_owned()));
        self
    }

    /// The user's .npmrc instead of one with a good token.
    pub(crate) fn user_npmrc(self, text: &str) -> Self {
        self.file("~/.npmrc", text)
    }

    /// The project's .npmrc.
    pub(crate) fn npmrc(self, text: &str) -> Self {
        self.file(".npmrc", text)
    }

    /// An environment variable.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Arguments of `npm publish`.
    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// A registry without npm's public policy.
    pub(crate) fn private_registry(mut self) -> Self {
        self.policy = false;
        self
    }

    /// Another npm than the one that is emulated.
    pub(crate) fn npm(mut self, version: Version) -> Self {
        self.npm = version;
        self
    }

    /// A git hook.
    pub(crate) fn pushed(mut self, tag: Option<&str>, commit: Option<&str>) -> Self {
        let (tag, commit) = (tag.map(str::to_owned), commit.map(str::to_owned));
        self.pushed = Some(Pushed { tag, commit, matched_by_hook: false });
        self
    }

    /// `--client`.
    pub(crate) fn client(mut self, manager: Manager) -> Self {
        self.client = Some(manager);
        self
    }

    /// `packageManager` in the package.json, unless it names one.
    pub(crate) fn packed_by(mut self, version: &str) -> Self {
        for (_, text) in self.files.iter_mut().filter(|(path, _)| path == "/project/package.json") {
            if !text.contains("packageManager") {
                *text = text.replacen('{', &format!("{{\"packageManager\":\"{version}\","), 1);
            }
        }
        self
    }

    /// A terminal on both sides.
    pub(crate) fn terminal(mut self) -> Self {
        self.terminal = Some(true);
        self
    }

    /// A terminal on one side, as when the output goes into a file.
    pub(crate) fn half_a_terminal(mut self) -> Self {
        self.terminal = None;
        self
    }

    /// `npm stage publish`.
    pub(crate) fn stage(mut self) -> Self {
        self.stage = true;
        self
    }

    /// `--skip-published`.
    pub(crate) fn skip_published(mut self) -> Self {
        self.skip_published = true;
        self
    }

    /// A CI job that a trusted publisher may know.
    pub(crate) fn identity(self) -> Self {
        self.env("GITHUB_ACTIONS", "true")
            .env("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1/")
            .env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "secret")
    }

    /// No credential at all.
    pub(crate) fn logged_out(self) -> Self {
        self.user_npmrc("")
    }

    /// Nothing at the registry answers, for npm's reason `code`.
    pub(crate) fn outage(mut self, code: &'static str) -> Self {
        self.outage = Some(code);
        self
    }

    /// What the registry answers to `GET path` (the path below the registry, such as `/-/whoami`); `login /path`: to who
    /// sends a credential. A whole URL: what that registry answers.
    pub(crate) fn answer(mut self, path: &str, status: u16, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        self.answers.push((path.to_owned(), Response { status, headers, body: body.as_bytes().to_vec() }));
        self
    }

    /// Status and body of an answer.
    pub(crate) fn answers_of(&self, path: &str) -> (u16, String) {
        let (_, response) = self.answers.iter().find(|(known, _)| known == path).unwrap_or_else(|| panic!("{path}"));
        (response.status, String::from_utf8_lossy(&response.body).into_owned())
    }

    /// A header of the answer given last.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Some((_, response)) = self.answers.last_mut() {
            response.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The packument of `left-lodge`.
    pub(crate) fn packument(self, body: &str) -> Self {
        self.answer("/left-lodge", 200, body)
    }

    /// `left-lodge` is not there.
    pub(crate) fn no_package(self) -> Self {
        self.answer("/left-lodge", 404, r#"{"error":"Not found"}"#)
    }

    /// The credential is `alice`'s.
    pub(crate) fn alice(self) -> Self {
        self.answer("/-/whoami", 200, r#"{"username":"alice"}"#)
    }

    /// The plan of this publish.
    pub(crate) fn plan(&self) -> PublishPlan {
        self.plans().remove(0)
    }

    /// The plans of every publish that the arguments name.
    pub(crate) fn plans(&self) -> Vec<PublishPlan> {
        let files: Vec<_> = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let env: Vec<_> = self.env.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let world = World::memory(&files, &env);
        let args = args::parse(&self.args, &NpmRelease::of(&self.npm));
        let config = Arc::new(NpmConfig::load(&world, &args));
        let registry = config.flat("registry").and_then(|entry| entry.value.as_text()?.parse().ok());
        let yarns = crate::publisher::yarn::DEFAULT_REGISTRY.parse().ok();
        let npmjs: Vec<_> = registry.into_iter().chain(yarns).filter(|_| self.policy).collect();
        let inputs = Inputs::of(&world, &config);
        let settings = Settings::read(&world, &inputs.root, None).unwrap_or_else(|error| panic!("{error}"));
        let inputs = Inputs {
            declarations: Some(&settings.declarations),
            paths: &args.positional,
            npm: Some(&self.npm),
            client: self.client.map(|client| (client, NamedBy::User)),
            stage: self.stage,
            skip_published: self.skip_published,
            pushed: self.pushed.clone().unwrap_or_else(|| Pushed::detect(&world)),
            can_prompt: self.terminal,
            npmjs: &npmjs,
            ..inputs
        };
        let plans = plans(&world, &inputs, &mut Keyring::default());
        pack(&world, &plans, true);
        plans
    }

    /// What one rule says, once every question it has is answered.
    pub(crate) fn check(&self, id: &str) -> Known<Vec<Diagnostic>> {
        self.check_release(id, &self.plans())
    }

    /// What one rule says of a plan.
    pub(crate) fn check_plan(&self, id: &str, plan: &PublishPlan) -> Known<Vec<Diagnostic>> {
        self.check_release(id, std::slice::from_ref(plan))
    }

    /// What one rule says of the first of several plans of a run.
    pub(crate) fn check_release(&self, id: &str, release: &[PublishPlan]) -> Known<Vec<Diagnostic>> {
        self.run(id, release).map_err(|(unknown, _)| unknown)
    }

    /// What a rule asks along with the first question that the scene has no answer to.
    pub(crate) fn asks_along(&self, id: &str) -> Vec<Ask> {
        let unanswered = self.run(id, &self.plans()).err().map(|(_, questions)| questions).unwrap_or_default();
        unanswered.iter().skip(1).map(|question| question.ask).collect()
    }

    fn run(&self, id: &str, release: &[PublishPlan]) -> Result<Vec<Diagnostic>, (Unknown, Vec<Question>)> {
        let plan = &release[0];
        let rule = find(id).unwrap_or_else(|| panic!("there is no rule {id}"));
        let mut facts = Facts::default();
        if let (npm_error @ Some(_), Some((url, _))) = (self.outage, plan.destination.registry()) {
            let origin = crate::facts::origin_of(url);
            let cause = "the connection was refused".to_owned();
            let reason = Reason::Unreachable;
            facts.learn_outage(Outage { origin, cause, second_opinion: None, npm_error, reason, npm_gives_up: true });
        }
        loop {
            let release = Release::new(release);
            let case = Case { plan, release: &release, facts: &facts, now: NOW };
            let answer = match rules::check(rule).unwrap_or_else(|| panic!("{id} is not in the table")) {
                Check::Package(check) => rules::say(check, &case),
                Check::Release(check) => return Ok(check(&release, &vec![Outcome::Proceeds; release.plans.len()])),
            };
            let Err(Gap::Ask(questions)) = &answer else {
                return answer.map_err(|gap| (gap.into_unknown(), Vec::new()));
            };
            for Question { ask, .. } in questions {
                assert!(rule.asks.contains(ask), "{id} asks {ask:?} without declaring it");
            }
            let question = &questions[0];
            let url = endpoint::request(question).unwrap_or_else(|error| panic!("{error}")).url;
            let base = question.registry.trim_end_matches('/');
            if self.outage.is_some() {
                facts.learn(question.clone(), Err(Unknown::new(Reason::Unreachable, "nothing answers")));
                continue;
            }
            let is_asked = |asked: &str| {
                let answer = self.answers.iter().find(|(path, _)| path == asked);
                answer.map(|(_, response)| response)
            };
            let path = url.as_str().strip_prefix(base).unwrap_or_default();
            let login = question.credential.and_then(|_| is_asked(&format!("login {path}")));
            let Some(response) = login.or_else(|| is_asked(url.as_str())).or_else(|| is_asked(path)) else {
                let detail = format!("the scene has no answer for {url}");
                return Err((Unknown::new(Reason::NotAsked, detail), questions.clone()));
            };
            if let Ok(registry) = question.registry.parse() {
                let origin = crate::facts::origin_of(&registry);
                let server = facts.server(&origin).or(response.header("x-powered-by"), response.header("server"));
                facts.learn_server(origin, server);
            }
            facts.learn(question.clone(), endpoint::decode(question, response));
        }
    }

    /// What happens to it once `--fix` carried out what the rule proposes and nobody has to decide: the rule has nothing more to fix.
    pub(crate) fn mended(mut self, id: &str) -> Self {
        let fixes = |scene: &Self| {
            let found = scene.check(id).unwrap_or_default();
            let fixes = found.into_iter().filter_map(|diagnostic| diagnostic.fix);
            let fixes = fixes.filter(|fix| fix.applied == Applied::Always && !fix.edits.is_empty());
            fixes.flat_map(|fix| fix.edits).collect::<Vec<_>>()
        };
        let edits = fixes(&self);
        assert!(!edits.is_empty(), "{id} proposes no edit");
        let mut changes: BTreeMap<String, (Arc<Source>, Vec<Change>)> = BTreeMap::new();
        for Edit { place, text } in edits {
            let file = changes.entry(place.source.path().to_owned());
            let (_, changes) = file.or_insert_with(|| (Arc::clone(&place.source), Vec::new()));
            changes.push(Change { span: place.span, text });
        }
        for (path, (source, changes)) in changes {
            let changes = edit::together(source.text(), changes);
            self = self.file(&path, &edit::apply(source.text(), &changes));
        }
        assert!(fixes(&self).is_empty(), "{id} is not done at once");
        self
    }

    /// What a file of the project holds.
    pub(crate) fn text(&self, path: &str) -> &str {
        let path = format!("/project/{path}");
        self.files.iter().find(|(known, _)| *known == path).map_or("", |(_, text)| text)
    }

    /// What one rule finds, as the text report shows it.
    pub(crate) fn rendered(&self, id: &str) -> String {
        let found = self.check(id).unwrap_or_else(|unknown| panic!("{id} is undecided: {}", unknown.detail));
        found.iter().map(report::rendered).collect::<Vec<_>>().join("\n\n")
    }

    /// Asserts how many diagnostics a rule has.
    pub(crate) fn finds(&self, id: &str, count: usize) -> Vec<Diagnostic> {
        let found = self.check(id).unwrap_or_else(|unknown| panic!("{id} is undecided: {}", unknown.detail));
        assert_eq!(found.len(), count, "{id}: {found:#?}");
        found
    }

    /// Asserts that a rule takes something for granted: the statement.
    pub(crate) fn assumes(&self, id: &str) -> String {
        let unknown = self.undecided(id);
        unknown.assumption.unwrap_or_else(|| panic!("{id} is undecided: {}", unknown.detail)).statement
    }

    /// Asserts that a rule cannot tell.
    pub(crate) fn undecided(&self, id: &str) -> Unknown {
        self.check(id).expect_err("the rule was decided")
    }
}
