//! What several rules derive from the same facts: whose credential it is, which row of the token list is its own,
//! and when a statement about the configured credential says nothing because a trusted publisher's may replace it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use crate::facts::credential::Credential;
use crate::facts::{
    AFTER_LOGIN, Answer, Ask, Assumption, Fact, Gap, NotARegistry, OnceAsked as _, Packument, Permission, Provenance,
    Question, Reason, Seen, TokenRow, Unknown, Whoami, origin_of,
};
use crate::npm::name::PackageName;
use crate::npm::version::Version;
use crate::plan::Login;
use crate::project::ci::Provider;
use crate::project::declared::Declared;
use crate::project::npm_config::{Entry, Origin};
use crate::rules::Case;
use crate::rules::diagnostic::Diagnostic;
use crate::text::count::listed;

impl Case<'_> {
    /// Whether anything is sent to npm's public registry, or one with its policy: a dry run is never refused.
    pub fn sends_to_npmjs(&self) -> bool {
        self.plan.destination.npmjs && !self.plan.options.dry_run.value
    }

    /// The command that raises the version to the next one of its line that is free, as far as the registry shows: otherwise to the
    /// next patch.
    pub(crate) fn raise_version(&self, version: &Version) -> String {
        let words = self.plan.runner.words();
        match self.next_free(version) {
            Some(next) => words.set_version(&next.to_string()),
            None => words.raise_version.to_owned(),
        }
    }

    /// The next free version of the line that a version belongs to. `None`: what is published is not known.
    pub(crate) fn next_free(&self, version: &Version) -> Option<Version> {
        let Ok(Seen::Here(packument)) = self.packument() else { return None };
        let unpublished = packument.unpublished.iter().flat_map(|unpublished| &unpublished.versions);
        let gone = packument.gone.iter().flatten().chain(unpublished).map(String::as_str);
        version.next_free(packument.versions.keys(), gone)
    }

    /// The settings that make up the credential.
    pub(crate) fn credential_entries(&self) -> impl Iterator<Item = &Entry> {
        let plan = self.plan;
        let key = match &plan.auth.login {
            Login::Credential { key, origin, .. } if !matches!(origin, Origin::Manifest { .. }) => Some(key.clone()),
            _ => None,
        };
        let user = key.as_deref().and_then(|key| Some(format!("{}:username", key.strip_suffix(":_password")?)));
        [key, user].into_iter().flatten().filter_map(|key| plan.config.get(&key))
    }

    /// The credential holds the name of a variable instead of its value; `credential-unset-variable` says so, and nobody
    /// need be asked what it is worth.
    pub(crate) fn is_credential_unset(&self) -> bool {
        self.credential_entries().any(|entry| entry.unset_variable().is_some())
    }

    /// The user npm would publish as. `None`: a trusted publisher.
    ///
    /// # Errors
    /// Why it is not known: there may be nobody, because there is no credential or the registry does not take it.
    pub fn user(&self) -> Answer<Option<&str>> {
        let nobody = |why: &str| {
            let unknown = Unknown::new(Reason::Unauthenticated, format!("{why}, so it is not known who would publish"));
            Err(Unknown { lacks_user: true, ..unknown }.into())
        };
        match self.plan.auth.login {
            Login::TrustedPublisher => Ok(None),
            Login::Nothing => nobody("there is no credential"),
            Login::Credential { .. } if self.is_credential_unset() => {
                nobody("the credential refers to a variable that is not set")
            }
            Login::Credential { .. } | Login::Certificate { .. } => match self.whoami().once_asked()? {
                Ok(Whoami::User(user)) => Ok(Some(user)),
                // whoami alone does not decide: npm has not always answered it for granular tokens.
                Ok(Whoami::Nobody | Whoami::Rejected { .. }) if self.is_accepted_elsewhere() => {
                    Err(self.token_suffices().into())
                }
                Ok(Whoami::Nobody | Whoami::Rejected { .. }) => nobody("the registry rejects the credential"),
                Err(unknown) if self.is_never_told(&unknown) => Err(self.token_suffices().into()),
                Err(unknown) => Err(unknown.into()),
            },
        }
    }

    /// Whether the registry tells nobody with this token whose it is: no other run would know more.
    fn is_never_told(&self, unknown: &Unknown) -> bool {
        let is_token = matches!(self.plan.auth.login, Login::Credential { credential: Credential::Token(_), .. });
        let is_final = matches!(unknown.reason, Reason::Forbidden | Reason::Unsupported);
        is_token && is_final && unknown.not_a_registry.is_none() && self.plan.destination.npmjs
    }

    /// Whether another answer than whoami is known to say that the registry takes the credential. `credential-rejected` asks.
    fn is_accepted_elsewhere(&self) -> bool {
        let question = self.plan.question(Ask::AnyStage);
        matches!(question.map(|question| self.facts.get(&question)), Some(Ok(Fact::AnyStage(true))))
    }

    /// What the credential may do with which packages, of an organisation's (`org/name`) or a user's (`user/name`).
    ///
    /// # Errors
    /// Why it is not known.
    pub fn packages_of(&self, account: String) -> Answer<&Seen<BTreeMap<String, Permission>>> {
        let question = self.plan.question(Ask::Packages).map(|own| Question { subject: account, ..own });
        match self.put(question)? {
            Fact::Packages(packages) => Ok(packages),
            _ => Err(Gap::unknown(Reason::Malformed, "the answer does not match the question")),
        }
    }

    /// Whether one of these packages is known to be private; all are asked about at once.
    ///
    /// # Errors
    /// The questions that have to be asked first.
    pub fn is_any_private(&self, packages: &[PackageName]) -> Answer<bool> {
        let own = self.plan.question(Ask::Visibility);
        let mut wanted = Vec::new();
        for name in packages {
            let question = own.clone().map(|own| Question { subject: name.escaped(), ..own });
            match self.put(question) {
                Ok(Fact::Visibility(Seen::Here(false))) => return Ok(true),
                Err(Gap::Ask(questions)) => wanted.extend(questions),
                _ => {}
            }
        }
        if wanted.is_empty() { Ok(false) } else { Err(Gap::Ask(wanted)) }
    }

    /// Asks a question that comes next whatever is answered along with those that are open: together they take the time of one.
    pub(crate) fn asking_next(&self, mut gap: Gap, next: Ask) -> Gap {
        if let Gap::Ask(questions) = &mut gap {
            questions.extend(self.plan.question(next));
        }
        gap
    }

    /// The packument; while it is not there, a question is put together with it that its answer makes likely. Only where one
    /// package is published with a credential: most of many are already published, and need no request.
    ///
    /// # Errors
    /// Why it is not known.
    pub(crate) fn packument_along_with(&self, next: Ask) -> Answer<&Seen<Packument>> {
        let alone = self.release.plans.len() == 1 && matches!(self.plan.auth.login, Login::Credential { .. });
        self.packument().map_err(|gap| if alone { self.asking_next(gap, next) } else { gap })
    }

    /// Who maintains a package of npm's public registry, for whoever is not known to be one of them: everything else that
    /// is known of the right to publish needs an account.
    ///
    /// # Errors
    /// The question that has to be asked first.
    pub(crate) fn maintained_by(&self) -> Answer<Option<String>> {
        let maintainers = self.maintainers()?;
        if maintainers.is_empty() {
            return Ok(None);
        }
        let Ok(Seen::Here(packument)) = self.packument().once_asked()? else { return Ok(None) };
        let names = listed(maintainers, 2);
        let latest = packument.dist_tags.get("latest");
        let latest = latest.map(|latest| format!("; its latest version is {latest}")).unwrap_or_default();
        Ok(Some(format!("`{}` is maintained by {names}{latest}", self.plan.package.shown_name())))
    }

    /// The maintainers of a package of npm's public registry, as far as they are known.
    ///
    /// # Errors
    /// The question that has to be asked first.
    pub(crate) fn maintainers(&self) -> Answer<&[String]> {
        if !self.plan.destination.npmjs || self.plan.package.private().is_some() {
            return Ok(&[]);
        }
        match self.packument().once_asked()? {
            Ok(Seen::Here(packument)) => Ok(packument.maintainers.as_deref().unwrap_or_default()),
            _ => Ok(&[]),
        }
    }

    /// Everything published under another name at the same registry.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn packument_of(&self, name: &PackageName) -> Answer<&Seen<Packument>> {
        let question = self.plan.question(Ask::Packument).map(|own| Question { subject: name.escaped(), ..own });
        match self.put(question)? {
            Fact::Packument(seen) => Ok(seen),
            _ => Err(Gap::unknown(Reason::Malformed, "the answer does not match the question")),
        }
    }

    /// What a user who installs a package sees of it on a registry, with this credential or without one.
    /// `None`: from the registry of this publish.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn versions_at(
        &self,
        registry: Option<&str>,
        name: &PackageName,
        credential: Option<usize>,
    ) -> Answer<&Seen<Packument>> {
        let own = || self.plan.question(Ask::Versions).map(|own| own.registry);
        let question = registry.map(str::to_owned).or_else(own).map(|registry| Question {
            ask: Ask::Versions,
            registry,
            subject: name.escaped(),
            credential,
        });
        match self.put(question)? {
            Fact::Versions(seen) => Ok(seen),
            _ => Err(Gap::unknown(Reason::Malformed, "the answer does not match the question")),
        }
    }

    /// Where a published version was built: what its provenance says, if it is about that version at all.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn provenance_of(&self, version: &str) -> Answer<Option<&Provenance>> {
        let Some(name) = self.plan.package.name() else { return Ok(None) };
        let subject = format!("{}@{version}", name.escaped());
        let question = self.plan.question(Ask::Packument);
        let question = question.map(|own| Question { ask: Ask::Attestations, subject, credential: None, ..own });
        match self.put(question)? {
            Fact::Attestations(Seen::Here(provenance)) => {
                let is_about_it = provenance.subject == Provenance::subject_of(name.as_str(), version);
                Ok(is_about_it.then_some(provenance))
            }
            _ => Ok(None),
        }
    }

    /// Why the packument is not known says only that this one answer cannot be used: another endpoint of a registry
    /// that responds may give a part of it.
    pub fn may_ask_otherwise(&self, unknown: &Unknown) -> bool {
        let is_down =
            || self.plan.destination.registry().is_some_and(|(url, _)| self.facts.outage(&origin_of(url)).is_some());
        let not_a_registry =
            matches!(unknown.not_a_registry, Some(NotARegistry::RedirectsTo { .. } | NotARegistry::RedirectLoop));
        matches!(unknown.reason, Reason::Unreachable | Reason::Malformed | Reason::Forbidden)
            && !not_a_registry
            && !is_down()
    }

    /// The registry shows nothing under the name to the credential that npm would publish with, or a package that was unpublished
    /// as a whole. A packument that was read with another credential, or none, does not show it.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn is_new(&self) -> Answer<bool> {
        let auth = &self.plan.auth;
        match self.packument()? {
            Seen::Here(packument) => Ok(packument.is_gone()),
            Seen::NotVisible if auth.read_credential == auth.login.number() => Ok(true),
            Seen::NotVisible => Err(Gap::unknown(
                Reason::Unauthenticated,
                format!(
                    "{} reads the package with a different credential than it publishes with, so a 404 does not say \
                     whether the package is new; run `npm access get status` with the publishing credential to find out",
                    self.plan.runner.name()
                ),
            )),
        }
    }

    /// What a user may do with an existing package; `None`: nothing that others may not. Being listed as a maintainer
    /// is enough, not being listed is not: organisations give rights through teams, which only the list of
    /// collaborators shows.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn permission(&self, user: &str, packument: &Packument) -> Answer<Option<Permission>> {
        let is_user = |name: &String| name.eq_ignore_ascii_case(user);
        if packument.maintainers.iter().flatten().any(is_user) {
            return Ok(Some(Permission::Write));
        }
        let advice = || {
            let name = self.plan.package.shown_name();
            format!(
                "`{user}` is not listed as a maintainer: `npm access list collaborators {name}` shows who may publish"
            )
        };
        match self.collaborators().map_err(|unknown| unknown.advise(advice()))? {
            Seen::Here(users) => Ok(users.iter().find(|(name, _)| is_user(name)).map(|(_, permission)| *permission)),
            Seen::NotVisible => Err(Gap::unknown(
                Reason::Forbidden,
                "the registry does not show the package's collaborators to this credential",
            )
            .advise(advice())),
        }
    }

    /// The rows of the account's token list that may be the configured token's: those with its first eight and its
    /// last four characters, revoked ones left out.
    ///
    /// # Errors
    /// Why the list is not known.
    pub fn own_token_rows(&self) -> Answer<Vec<&TokenRow>> {
        let Login::Credential { credential: Credential::Token(token), .. } = &self.plan.auth.login else {
            return Ok(vec![]);
        };
        let letters: Vec<char> = token.expose().chars().collect();
        let head: String = letters.iter().take(8).collect();
        let tail: String = letters.iter().skip(letters.len().saturating_sub(4)).collect();
        let hint = format!("{head}...{tail}");
        let tokens = self.tokens().map_err(|gap| match gap {
            // A granular token cannot read its own permissions, and there is no other credential.
            Gap::Unknown(unknown) if unknown.is_withheld() => self.token_suffices().into(),
            gap => gap,
        })?;
        Ok(tokens.iter().filter(|row| row.hint == hint && !row.revoked).collect())
    }

    /// What is assumed of a token that cannot read its own permissions.
    pub fn token_suffices(&self) -> Assumption {
        let plan = self.plan;
        let verb = plan.options.verb();
        let declared = plan.declared.registry.token_bypasses_2fa.as_ref();
        // `two-factor-required` judges a token that is declared not to bypass it.
        let is_weak = declared.is_some_and(|bypasses| !bypasses.value);
        let no_otp = is_weak || plan.options.stage || plan.auth.can_prompt == Some(true) || plan.auth.otp.is_some();
        let declared = declared.filter(|bypasses| bypasses.value);
        let statement = match self.token_for_a_new_package() {
            // A declaration about one-time passwords says nothing of the packages that the token is for.
            Some(reach) => {
                let needs = if no_otp || declared.is_some() { "" } else { " needs no one-time password and" };
                return Assumption::new(format!("the token{needs} is for {reach}"))
                    .verify_in(AFTER_LOGIN, "npm token list");
            }
            None if no_otp => format!("the token may {verb} it"),
            None => format!("the token may {verb} it without a one-time password"),
        };
        Assumption::new(statement).evidence(declared.map(Declared::says_so)).verify_in(AFTER_LOGIN, "npm token list")
    }

    /// What a granular token must be for to create this package, if it is known to be new: a package that does not exist
    /// cannot be among those that a token is limited to.
    pub(crate) fn token_for_a_new_package(&self) -> Option<String> {
        let name =
            self.plan.package.name().filter(|_| self.plan.destination.npmjs && matches!(self.is_new(), Ok(true)))?;
        Some(match name.scope() {
            Some(scope) => format!("`{scope}` or all packages"),
            None => "all packages".to_owned(),
        })
    }

    /// What is assumed of a registry that does not say who may publish.
    pub fn may_publish(&self) -> Assumption {
        let verb = self.plan.options.verb();
        Assumption::new(format!("{} lets you {verb} it", self.plan.destination.shown()))
    }

    /// What is assumed of a package and this CI job.
    pub fn trusts_this_job(&self) -> Assumption {
        let verb = self.plan.options.verb();
        let what = match self.plan.runner.ci.provider {
            Some(Provider::GitHub) => "this workflow",
            _ => "this job",
        };
        if !self.plan.destination.npmjs {
            return Assumption::new(format!("{} trusts {what} to {verb} it", self.plan.destination.shown()));
        }
        let statement = format!("npm trusts {what} to {verb} it");
        Assumption::new(statement).verify_in(AFTER_LOGIN, format!("npm trust list {}", self.plan.package.shown_name()))
    }

    /// Points at the text that holds the credential, or names the variable or flag.
    pub fn at_credential(&self, diagnostic: Diagnostic) -> Diagnostic {
        let Login::Credential { origin, credential, .. } = &self.plan.auth.login else { return diagnostic };
        let what = match credential {
            Credential::Token(_) => "token",
            Credential::Basic { .. } => "password",
        };
        match origin.place() {
            Some(place) => diagnostic.at(place, format!("this {what}")),
            None => diagnostic.note(format!("the {what} comes from {origin}")),
        }
    }
}
