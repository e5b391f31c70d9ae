//! The rules: what a rule is, the table of all of them, and what they see. A rule is a `static` with its docs in
//! it and a function beside it; adding one is a new file and a line in the table below.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::PublishPlan;
use crate::registry::{
    Answer, Ask, Fact, Facts, Packument, Permission, Profile, Question, Reason, Seen, TokenRow, Unknown, Whoami,
};

/// What kind of problem a rule finds; it decides the severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// npm refuses, or what comes out is provably not what the files ask for: an error.
    Correctness,
    /// It would succeed, and probably not be what was meant: a warning.
    Suspicious,
    /// Worth knowing: info.
    Advice,
}

impl Category {
    /// The severity of what its rules find.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Correctness => Severity::Error,
            Self::Suspicious => Severity::Warning,
            Self::Advice => Severity::Info,
        }
    }

    /// Its name on the command line and in the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Correctness => "correctness",
            Self::Suspicious => "suspicious",
            Self::Advice => "advice",
        }
    }
}

/// A rule.
pub struct Rule {
    /// Kebab-case, names the problem; public and never renamed.
    pub id: &'static str,
    /// What kind of problem it finds.
    pub category: Category,
    /// One line without a full stop: the README's row, SARIF's short description.
    pub summary: &'static str,
    /// Markdown with the sections `What it finds`, `Why it matters`, `What to do`, `Example`.
    pub docs: &'static str,
    /// What npm says instead: codes and the words of its messages.
    pub npm_says: &'static [&'static str],
    /// What it asks the registry; empty: it works offline.
    pub asks: &'static [Ask],
    /// The version that brought it.
    pub since: &'static str,
    /// What it finds in one package, or why it cannot tell.
    pub check: fn(&Case<'_>) -> Answer<Vec<Diagnostic>>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What a rule sees.
pub struct Case<'a> {
    /// The publish it judges.
    pub plan: &'a PublishPlan,
    /// All publishes of the run.
    pub release: &'a [PublishPlan],
    /// What registries answered.
    pub facts: &'a Facts,
    /// Seconds since 1970-01-01T00:00:00Z; `None`: the run has no clock.
    pub now: Option<u64>,
}

macro_rules! rules {
    ($($name:ident),+ $(,)?) => {
        $(pub mod $name;)+
        /// Every rule, sorted by id.
        pub static RULES: &[&Rule] = &[$(&$name::RULE),+];
    };
}

rules! {
    name_taken,
    not_a_maintainer,
    scope_not_yours,
    version_published,
    version_reused,
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident: $ask:ident -> $fact:ty;)+) => {
        $($(#[$doc])*
        ///
        /// # Errors
        /// Why it is not known.
        pub fn $name(&self) -> Answer<&$fact> {
            match self.ask(Ask::$ask)? {
                Fact::$ask(fact) => Ok(fact),
                _ => Err(Unknown::new(Reason::Malformed, "the answer does not fit the question")),
            }
        })+
    };
}

impl Case<'_> {
    facts! {
        /// Everything published under the name.
        packument: Packument -> Seen<Packument>;
        /// Whose credential it is.
        whoami: Whoami -> Whoami;
        /// The account behind the credential.
        profile: Profile -> Profile;
        /// The tokens of that account.
        tokens: Tokens -> Vec<TokenRow>;
        /// Who belongs to the organisation of the name's scope: user -> role.
        roster: Roster -> Seen<BTreeMap<String, String>>;
        /// Who may write the package.
        collaborators: Collaborators -> Seen<BTreeMap<String, Permission>>;
        /// Whether the package is public.
        visibility: Visibility -> Seen<bool>;
        /// The package's dist-tags.
        dist_tags: DistTags -> Seen<BTreeMap<String, String>>;
    }

    /// Whether the registry answers at all.
    ///
    /// # Errors
    /// Why it is not known, an outage included.
    pub fn ping(&self) -> Answer<()> {
        self.ask(Ask::Ping).map(|_| ())
    }

    fn ask(&self, ask: Ask) -> Answer<&Fact> {
        self.put(self.plan.question(ask))
    }

    /// The answer to a question that [`PublishPlan::question`] made.
    pub(crate) fn put(&self, question: Option<Question>) -> Answer<&Fact> {
        let question = question
            .ok_or_else(|| Unknown::new(Reason::NotAsked, "there is no usable registry or package name to ask with"))?;
        if question.credential.is_none() && question.ask.needs_credential() {
            return Err(Unknown::new(
                Reason::Unauthenticated,
                format!("{} cannot be asked for without a credential", question.ask.noun()),
            ));
        }
        self.facts.get(&question)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A publish made of plain values: what a rule's test says in three lines, and what runs a rule's example.
    use std::sync::Arc;

    use super::*;
    use crate::npm_config::{NpmConfig, args};
    use crate::plan::{Ingredients, PublishPlan};
    use crate::registry::credential::Keyring;
    use crate::registry::endpoint::{self, Response};
    use crate::world::World;

    /// When every scene plays.
    pub(crate) const NOW: &str = "2026-01-01T12:00:00.000Z";

    /// A package, its configuration, and what its registry answers.
    pub(crate) struct Scene {
        files: Vec<(String, String)>,
        env: Vec<(String, String)>,
        args: Vec<String>,
        answers: Vec<(String, Response)>,
        policy: bool,
        terminal: bool,
    }

    impl Scene {
        /// A package.json; logged in with a token at npm's default registry, which answers nothing yet.
        pub(crate) fn new(package_json: &str) -> Self {
            let registry = crate::npm_config::definitions::DEFAULT_REGISTRY.trim_start_matches("https:");
            Self {
                files: vec![
                    ("/project/package.json".to_owned(), package_json.to_owned()),
                    ("/home/alice/.npmrc".to_owned(), format!("{registry}:_authToken=npm_secretsecretsecret\n")),
                ],
                env: Vec::new(),
                args: Vec::new(),
                answers: Vec::new(),
                policy: true,
                terminal: false,
            }
        }

        /// The package `left-lodge` at a version.
        pub(crate) fn version(version: &str) -> Self {
            Self::new(&format!("{{\n  \"name\": \"left-lodge\",\n  \"version\": \"{version}\"\n}}\n"))
        }

        /// A file; `~/x` lies in the home folder, other paths in the project.
        pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
            let path = path
                .strip_prefix("~/")
                .map_or_else(|| format!("/project/{path}"), |rest| format!("/home/alice/{rest}"));
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

        /// A terminal on both sides.
        pub(crate) fn terminal(mut self) -> Self {
            self.terminal = true;
            self
        }

        /// What the registry answers to `GET path` (the path below the registry, such as `/-/whoami`).
        pub(crate) fn answer(mut self, path: &str, status: u16, body: &str) -> Self {
            let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            self.answers.push((path.to_owned(), Response { status, headers, body: body.as_bytes().to_vec() }));
            self
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
            let files: Vec<_> = self.files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let env: Vec<_> = self.env.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let world = World::memory(&files, &env);
            let config = Arc::new(NpmConfig::load(&world, &args::parse(&self.args)));
            let manifest = crate::manifest::Manifest::read(&world, &world.cwd);
            let registry = config.flat("registry").and_then(|entry| entry.value.as_text()?.parse().ok());
            let npmjs = if self.policy { registry.into_iter().collect() } else { Vec::new() };
            PublishPlan::new(
                Ingredients {
                    spec: None,
                    manifest,
                    workspace: false,
                    config: &config,
                    ci: &crate::ci::Ci::detect(&world),
                    can_prompt: self.terminal,
                    npmjs: &npmjs,
                },
                &mut Keyring::default(),
            )
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

        /// What one rule says, once every question it has is answered.
        pub(crate) fn check(&self, id: &str) -> Answer<Vec<Diagnostic>> {
            self.check_plan(id, &self.plan())
        }

        /// What one rule says of a plan.
        pub(crate) fn check_plan(&self, id: &str, plan: &PublishPlan) -> Answer<Vec<Diagnostic>> {
            let rule = find(id).unwrap_or_else(|| panic!("there is no rule {id}"));
            let mut facts = Facts::default();
            loop {
                let release = std::slice::from_ref(plan);
                let case = Case { plan, release, facts: &facts, now: crate::case::seconds(NOW) };
                let answer = (rule.check)(&case);
                let Err(Unknown { question: Some(question), .. }) = &answer else { return answer };
                assert!(rule.asks.contains(&question.ask), "{id} asks {:?} without declaring it", question.ask);
                let url = endpoint::request(question).unwrap_or_else(|error| panic!("{error}")).url;
                let base = question.registry.trim_end_matches('/');
                let Some((_, response)) = self.answers.iter().find(|(path, _)| url.as_str() == format!("{base}{path}"))
                else {
                    return Err(Unknown::new(Reason::NotAsked, format!("the scene has no answer for {url}")));
                };
                facts.learn((**question).clone(), endpoint::decode(question, response));
            }
        }

        /// Asserts how many diagnostics a rule has.
        pub(crate) fn finds(&self, id: &str, count: usize) -> Vec<Diagnostic> {
            let found = self.check(id).unwrap_or_else(|unknown| panic!("{id} is undecided: {}", unknown.detail));
            assert_eq!(found.len(), count, "{id}: {found:#?}");
            found
        }

        /// Asserts that a rule cannot tell.
        pub(crate) fn undecided(&self, id: &str) -> Unknown {
            self.check(id).expect_err("the rule was decided")
        }
    }
}
