//! What the fake registry checks when a version is `PUT`, in the order in which npm's public registry was seen to:
//! credential, what the token may do, the account, the second factor, the name and who may write it, the version,
//! access and plan.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Published;
use super::exchange::reply;
use super::http::{Reply, Request};
use super::state::{Caller, Package, Release, State, Token, TwoFactor, scope_of};

/// Modules of node that are not free as names; enough of them for the tests.
const NODE_MODULES: &[&str] =
    &["assert", "buffer", "crypto", "events", "fs", "http", "os", "path", "stream", "util", "zlib"];

/// One publish under judgement.
struct Attempt<'a> {
    state: &'a State,
    name: &'a str,
    scope: Option<&'a str>,
    user: &'a str,
    token: &'a Token,
    request: &'a Request,
    origin: &'a str,
    version: String,
    tag: String,
    access: Option<String>,
    /// It is to wait for approval.
    waits: bool,
}

/// Checks a publish and carries it out.
pub(super) fn publish(
    state: &mut State,
    name: &str,
    request: &Request,
    caller: &Caller,
    origin: &str,
) -> Result<Published, Reply> {
    let plain = |exchange: &str| reply(exchange, &json!({ "name": name }));
    let (user, token) = match caller {
        Caller::Known(user, token) => (user, token),
        Caller::Nobody | Caller::BadToken => return Err(plain("put-404-bad-token")),
        Caller::BadPassword => return Err(plain("put-401-basic")),
        Caller::WrongAddress => return Err(plain("put-401-cidr")),
    };
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let first_key = |field: &str| body[field].as_object().and_then(|map| map.keys().next()).cloned();
    let (Some(version), Some(tag)) = (first_key("versions"), first_key("dist-tags")) else {
        return Err(plain("put-400-body"));
    };
    if body["name"] != name {
        return Err(plain("put-400-body"));
    }
    let access = body["access"].as_str().map(ToOwned::to_owned);
    let scope = scope_of(name);
    let waits = request.method == "POST";
    let attempt = Attempt { state, name, scope, user, token, request, origin, version, tag, access, waits };
    attempt.token_allows()?;
    if !state.lenient {
        attempt.account_allows()?;
        attempt.second_factor()?;
    }
    match attempt.package() {
        None if state.lenient => {}
        None => attempt.new_name()?,
        Some(package) if package.unpublished_hours_ago.is_some() => attempt.republish(package)?,
        Some(package) => attempt.existing(package)?,
    }
    let restricted = attempt.restricted()?;
    let Attempt { version, tag, .. } = attempt;

    let package = state.packages.entry(name.to_owned()).or_default();
    if package.owners.is_empty() || package.unpublished_hours_ago.take().is_some() {
        package.owners = vec![user.clone()];
        package.tags = BTreeMap::new();
    }
    package.restricted = restricted;
    if waits {
        package.staged.push(version.clone());
        return Ok(Published {
            name: name.to_owned(),
            version,
            tag,
            public: !restricted,
            user: user.clone(),
            staged: true,
        });
    }
    let git_head = body["versions"][&version]["gitHead"].as_str().map(ToOwned::to_owned);
    package.versions.push((version.clone(), Release { git_head, ..Release::default() }));
    package.tags.insert(tag.clone(), version.clone());
    // The first version is `latest`, whatever its tag.
    package.tags.entry("latest".to_owned()).or_insert_with(|| version.clone());
    Ok(Published { name: name.to_owned(), version, tag, public: !restricted, user: user.clone(), staged: false })
}

/// A version without its build metadata.
fn without_build(version: &str) -> &str {
    version.split('+').next().unwrap_or(version)
}

/// A name as the similarity check compares it.
fn squashed(name: &str) -> String {
    name.to_lowercase().replace(['-', '_', '.'], "")
}

fn free_for_new(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    name.len() <= 214
        && name == name.to_lowercase()
        && !base.contains(['~', '\'', '!', '(', ')', '*'])
        && !NODE_MODULES.contains(&name)
}

impl<'a> Attempt<'a> {
    fn refuse(&self, exchange: &str) -> Result<(), Reply> {
        Err(reply(
            exchange,
            &json!({ "name": self.name, "version": self.version, "user": self.user, "origin": self.origin }),
        ))
    }

    fn package(&self) -> Option<&'a Package> {
        self.state.packages.get(self.name)
    }

    fn token_allows(&self) -> Result<(), Reply> {
        if self.token.read_only || !self.token.covers(self.name) {
            // A scoped package is hidden from a token that cannot write it.
            return self.refuse(if self.scope.is_some() { "put-404-hidden" } else { "put-403-readonly" });
        }
        if self.token.stage_only && !self.waits {
            return self.refuse("put-403-stage-only");
        }
        Ok(())
    }

    fn account_allows(&self) -> Result<(), Reply> {
        let verified = self.state.users.get(self.user).is_none_or(|account| account.email_verified);
        if verified || self.package().is_some() { Ok(()) } else { self.refuse("put-403-email") }
    }

    /// Approval asks for it, staging does not.
    fn second_factor(&self) -> Result<(), Reply> {
        if self.waits {
            return Ok(());
        }
        let Some(account) = self.state.users.get(self.user) else { return Ok(()) };
        let needs_person = self.package().is_some_and(|package| package.disallows_tokens);
        if self.token.bypass_2fa {
            if needs_person {
                return self.refuse("put-403-tokens-disallowed");
            }
        } else if account.two_factor == TwoFactor::Off {
            return self.refuse("put-403-2fa-required");
        } else if self.request.header("npm-otp") != Some(&account.otp) {
            let web = self.request.header("npm-auth-type") == Some("web");
            return self.refuse(if web { "put-401-otp-web" } else { "put-401-otp" });
        }
        let org = self.scope.and_then(|scope| self.state.orgs.get(scope));
        let demanded = org.is_some_and(|org| org.demands_2fa && org.members.contains_key(self.user));
        if demanded && account.two_factor == TwoFactor::Off { self.refuse("put-403-org-2fa") } else { Ok(()) }
    }

    /// Whether the user may create packages in the scope.
    fn scope_allows(&self, scope: &str) -> Result<(), Reply> {
        if scope == self.user || self.state.role(scope, self.user).is_some() {
            return Ok(());
        }
        if self.state.orgs.contains_key(scope) {
            return self.refuse("put-403-not-owner");
        }
        self.refuse(if self.state.users.contains_key(scope) { "put-404-hidden" } else { "put-404-scope" })
    }

    fn new_name(&self) -> Result<(), Reply> {
        if !free_for_new(self.name) {
            return self.refuse("put-400-invalid-name");
        }
        if let Some(scope) = self.scope {
            return self.scope_allows(scope);
        }
        let others = self.state.packages.iter().filter(|(name, package)| {
            scope_of(name).is_none() && package.unpublished_hours_ago.is_none() && squashed(name) == squashed(self.name)
        });
        match others.map(|(name, _)| name).next() {
            Some(similar) => {
                Err(reply("put-403-too-similar", &json!({ "name": self.name, "user": self.user, "similar": similar })))
            }
            None => Ok(()),
        }
    }

    /// A name of which every version was unpublished.
    fn republish(&self, package: &Package) -> Result<(), Reply> {
        if package.unpublished_hours_ago.is_some_and(|hours| hours < 24) {
            return self.refuse("put-403-24h");
        }
        if package.versions.iter().any(|(version, _)| *version == self.version) {
            return self.refuse("put-400-version-reused");
        }
        self.scope.map_or(Ok(()), |scope| self.scope_allows(scope))
    }

    fn existing(&self, package: &Package) -> Result<(), Reply> {
        match self.state.permission(self.name, Some(self.user)) {
            Some(true) => {}
            Some(false) => return self.refuse("put-403-not-owner"),
            None => return self.refuse("put-404-hidden"),
        }
        let new = without_build(&self.version);
        let used = package.versions.iter().any(|(version, _)| without_build(version) == new);
        let waits = package.staged.iter().any(|version| without_build(version) == new);
        match (used, waits) {
            (true, _) | (_, true) if self.waits => self.refuse("stage-409"),
            (true, _) => self.refuse("put-403-version-exists"),
            (false, true) => self.refuse("put-409-staged"),
            (false, false) => Ok(()),
        }
    }

    /// Whether only members will see it, if the plan allows that.
    fn restricted(&self) -> Result<bool, Reply> {
        let asked = match self.access.as_deref() {
            None => None,
            Some("public") => Some(false),
            Some("restricted") => Some(true),
            Some(other) => return Err(reply("put-400-access", &json!({ "access": other }))),
        };
        let Some(scope) = self.scope.filter(|_| !self.state.lenient) else { return Ok(false) };
        let living = self.package().filter(|package| package.unpublished_hours_ago.is_none());
        let restricted = asked.unwrap_or_else(|| living.is_none_or(|package| package.restricted));
        let paid = match self.state.orgs.get(scope) {
            Some(org) => org.paid,
            None => self.state.users.get(scope).is_some_and(|account| account.paid),
        };
        if restricted && !paid {
            self.refuse("put-402")?;
        }
        Ok(restricted)
    }
}
