//! What comes close to being a credential for a registry: the mistakes that make npm ask for a login although somebody
//! has written a token down.

use url::Url;

use crate::npm::nerf_dart::{nerf_dart, upwards};
use crate::plan::PublishPlan;
use crate::project::npm_config::{ConfigFile, Entry, Origin, Value};
use crate::text::redact::ShownUrl;
use crate::text::source::Place;

/// Something that is nearly a credential.
pub(super) struct NearMiss {
    /// Where it is, when it is in a file.
    pub(super) place: Option<Place>,
    /// What is wrong with it.
    pub(super) what: String,
    /// What to do.
    pub(super) help: String,
    /// The key that its line in the project's own .npmrc has to have, where nothing else is wrong with it.
    pub(super) edit: Option<(Place, String)>,
    /// Closest first.
    rank: u8,
}

impl NearMiss {
    /// Somebody wrote it down for this registry.
    pub(super) const fn is_for_registry(&self) -> bool {
        self.rank == 0
    }
}

/// Everything that comes close, the closest first.
pub(super) fn near_misses(plan: &PublishPlan, nerf: &str) -> Vec<NearMiss> {
    let config = &plan.config;
    let words = plan.runner.words();
    let client = words.name;
    let wanted = format!("{nerf}:_authToken");
    let mut found: Vec<_> = config.entries().filter_map(|(_, entry)| entry_miss(plan, entry, nerf, &wanted)).collect();
    for file in &config.files {
        for (key, place) in file.buried.iter().filter(|(key, _)| key.starts_with(nerf)) {
            found.push(NearMiss {
                place: Some(place.clone()),
                what: format!("{client} does not read `{key}` under a `[section]`"),
                help: "move the line above the first `[section]`".to_owned(),
                edit: None,
                rank: 0,
            });
        }
    }
    for file in config.ignored_files.iter().filter(|_| words.reads_npmrc) {
        let what = format!("{client} does not read the .npmrc of a workspace member");
        let help = "move the line into the .npmrc of the project's root";
        found.extend(lines_of(file, nerf).into_iter().map(|place| NearMiss {
            place: Some(place),
            what: what.clone(),
            help: help.to_owned(),
            edit: None,
            rank: 0,
        }));
    }
    // Other clients do read it.
    if let Some(file) = config.file_above.as_ref().filter(|_| plan.runner.other_client().is_none()) {
        let help = "publish from the folder of that file, or move the line into the user's .npmrc";
        found.extend(lines_of(file, nerf).into_iter().map(|place| NearMiss {
            place: Some(place),
            what: "npm does not read the .npmrc of the workspace's root from this folder".to_owned(),
            help: help.to_owned(),
            edit: None,
            rank: 0,
        }));
    }
    for (_, origin, why) in plan.runner.dropped_settings().iter().filter(|(key, ..)| key.starts_with(nerf)) {
        found.push(NearMiss {
            place: origin.place(),
            what: (*why).to_owned(),
            help: match words.move_credential {
                Some(help) => help.to_owned(),
                None => words.give_token(nerf, true, variable_of(plan)),
            },
            edit: None,
            rank: 0,
        });
    }
    let members = plan.package.manifest.field("publishConfig").into_iter().flat_map(crate::text::json::Value::members);
    for member in members.filter(|member| part(member.key).is_some_and(|(_, name)| is_login(name))) {
        found.push(NearMiss {
            place: Some(plan.package.manifest.place(member.key_span)),
            what: format!("{client} does not read credentials from `publishConfig`, and would publish this one"),
            help: format!("revoke it, remove it from package.json, and {}", words.write_token(nerf, "NPM_TOKEN")),
            edit: None,
            rank: 1,
        });
    }
    found.extend(of_a_scope(plan));
    let is_used = |name: &String| config.entries().any(|(_, entry)| entry.variables.contains(name));
    for name in plan.runner.ci.token_variables.iter().filter(|name| !is_used(name)) {
        let unless = if words.reads_npmrc { " unless a line of an .npmrc uses it" } else { "" };
        found.push(NearMiss {
            place: None,
            what: format!("{client} does not read the variable {name}{unless}"),
            help: words.give_token(nerf, matches!(plan.destination.origin(), Origin::Default), name),
            edit: None,
            rank: 2,
        });
    }
    if found.is_empty()
        && let mut others = config.entries().map(|(_, entry)| entry).filter(|entry| is_of_another_registry(entry))
        && let (Some(only), None) = (others.next(), others.next())
        && let Some((prefix, _)) = part(&only.key)
    {
        found.push(NearMiss {
            place: only.origin.place(),
            what: format!("the only credential here is for `{prefix}`"),
            help: format!("publish to that registry, or log in with `{}`", words.login(&plan.destination.shown())),
            edit: None,
            rank: 3,
        });
    }
    found.sort_by_key(|miss| miss.rank);
    found
}

/// The variable that most likely holds the token.
fn variable_of(plan: &PublishPlan) -> &str {
    plan.runner.ci.token_variables.first().map_or("NPM_TOKEN", String::as_str)
}

/// The lines of a file about a registry.
fn lines_of(file: &ConfigFile, nerf: &str) -> Vec<Place> {
    let Some(source) = &file.source else { return vec![] };
    let lines = (1..=source.text().lines().count()).map(|line| source.line(line));
    let own = lines.filter(|span| source.text()[span.start..span.end].trim_start().starts_with(nerf));
    own.map(|span| Place::new(source, span)).collect()
}

/// The credential is for a registry that only gets the packages of a scope, and this package is not in it.
fn of_a_scope(plan: &PublishPlan) -> Option<NearMiss> {
    let name = plan.package.name()?;
    let has_token = |nerf: &str| {
        let mut keys = plan.config.entries().map(|(_, entry)| entry).filter(|entry| entry.value.is_truthy());
        keys.any(|entry| entry.key.strip_prefix(nerf).and_then(|rest| rest.strip_prefix(':')).is_some_and(is_token))
    };
    plan.config.entries().find_map(|(_, entry)| {
        let scope = entry.key.strip_suffix(":registry").filter(|scope| scope.starts_with('@'))?;
        let url: Url = entry.value.as_text()?.parse().ok()?;
        if name.scope() == Some(scope) || !has_token(&nerf_dart(&url)) {
            return None;
        }
        let bare = name.as_str().rsplit('/').next().unwrap_or_default();
        let shown = ShownUrl::new(&url);
        Some(NearMiss {
            place: entry.origin.place(),
            what: format!("only packages of the scope `{scope}` go to {shown}, for which there is a credential"),
            help: format!("name the package `{scope}/{bare}`, or set `publishConfig.registry` to {shown}"),
            edit: None,
            rank: 1,
        })
    })
}

fn is_of_another_registry(entry: &Entry) -> bool {
    entry.value.is_truthy() && part(&entry.key).is_some_and(|(prefix, name)| prefix.starts_with("//") && is_token(name))
}

/// A key's registry and name: `//host/path/` and `_authToken`.
fn part(key: &str) -> Option<(&str, &str)> {
    key.rsplit_once(':')
}

fn is_login(name: &str) -> bool {
    matches!(plain(name).as_str(), "authtoken" | "auth" | "password" | "username")
}

fn is_token(name: &str) -> bool {
    matches!(name, "_authToken" | "_auth" | "_password")
}

fn plain(name: &str) -> String {
    name.trim_start_matches(['_', '-']).to_ascii_lowercase()
}

fn entry_miss(plan: &PublishPlan, entry: &Entry, nerf: &str, wanted: &str) -> Option<NearMiss> {
    let key = entry.key.as_str();
    let miss =
        |rank, what: String, help: String| Some(NearMiss { place: entry.origin.place(), what, help, edit: None, rank });
    let rename = || format!("write `{wanted}`");
    // Only the key is wrong.
    let renamed = |rank, what: String| {
        miss(rank, what, rename()).map(|miss| NearMiss { edit: new_key(plan, entry, nerf), ..miss })
    };
    let (prefix, name) = match part(key) {
        Some((prefix, name)) if is_login(name) => (prefix, name),
        _ => {
            let spelt = key.strip_prefix(nerf).filter(|name| is_login(name));
            return spelt.and_then(|_| renamed(0, "a colon is missing before the last word of the key".to_owned()));
        }
    };
    if prefix == nerf {
        return own_key(plan, entry, name, wanted);
    }
    if !entry.value.is_truthy() {
        return None;
    }
    let (url, _) = plan.destination.registry()?;
    if prefix.starts_with('@') {
        let ours = plan.package.name().and_then(|name| name.scope()) == Some(prefix);
        let what = "a credential belongs to a registry, not to a scope".to_owned();
        return if ours { miss(0, what, rename()) } else { None };
    }
    let bare = prefix.trim_start_matches("https:").trim_start_matches("http:");
    let close = |left: &str, right: &str| left.trim_end_matches('/').eq_ignore_ascii_case(right.trim_end_matches('/'));
    if bare.len() < prefix.len() && close(bare, nerf) {
        return renamed(0, "the key must begin with `//`, without a scheme".to_owned());
    }
    if format!("{prefix}/") == nerf {
        return renamed(0, "the key lacks the slash before `:`".to_owned());
    }
    if close(prefix, nerf) {
        return renamed(0, "the key must be in lower case".to_owned());
    }
    let theirs: Url = format!("{}:{bare}", url.scheme()).parse().ok()?;
    let names = |url: &Url| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let sibling = |left: &str, right: &str| {
        left == right || left.ends_with(&format!(".{right}")) || right.ends_with(&format!(".{left}"))
    };
    if theirs.host_str() == url.host_str() && theirs.port_or_known_default() == url.port_or_known_default() {
        if bare.trim_start_matches('/').split('/').next() != Some(&crate::npm::nerf_dart::host(url)) {
            let what = "the key must name the host as npm does, without the default port".to_owned();
            return if nerf_dart(&theirs) == nerf { renamed(0, what) } else { miss(0, what, rename()) };
        }
        let what = format!("this credential is for another path, `{prefix}`");
        if url.path().ends_with('/') {
            let is_free = upwards(nerf).any(|above| above == prefix) && !is_needed(plan, prefix, nerf);
            return if is_free { renamed(1, what) } else { miss(1, what, rename()) };
        }
        let help = format!(
            "add a slash to the end of the registry {}, and write `//{}{}/:_authToken`",
            plan.destination.shown(),
            crate::npm::nerf_dart::host(url),
            url.path()
        );
        return miss(1, what, help);
    }
    if sibling(&names(&theirs), &names(url)) {
        return miss(1, format!("this credential is for another host or port, `{prefix}`"), rename());
    }
    None
}

/// The edit that gives a credential the key under which npm looks for it. Others read it elsewhere, and of a user name and its password
/// both lines would have to change.
fn new_key(plan: &PublishPlan, entry: &Entry, nerf: &str) -> Option<(Place, String)> {
    let name = part(&entry.key).map_or("", |(_, name)| name);
    let name = entry.key.strip_prefix(nerf).map_or(name, |rest| rest.trim_start_matches(':'));
    let meant = match plain(name).as_str() {
        "authtoken" => "_authToken",
        "auth" => "_auth",
        _ => return None,
    };
    let is_set = entry.value.is_truthy() && plan.runner.is_sent_by_npm();
    is_set.then(|| entry.origin.renamed(&entry.key, &format!("{nerf}:{meant}")))?
}

/// Another registry is configured for which npm uses the credential under this key when it installs.
fn is_needed(plan: &PublishPlan, prefix: &str, nerf: &str) -> bool {
    let registries = plan.config.entries().map(|(_, entry)| entry).chain(plan.config.flat("registry"));
    let registries = registries.filter(|entry| entry.key == "registry" || entry.key.ends_with(":registry"));
    let mut nerfs = registries.filter_map(|entry| Some(nerf_dart(&entry.value.as_text()?.parse().ok()?)));
    nerfs.any(|other| other.starts_with(prefix) && !other.starts_with(nerf))
}

/// The key has the registry's own prefix, and still there is no credential.
fn own_key(plan: &PublishPlan, entry: &Entry, name: &str, wanted: &str) -> Option<NearMiss> {
    let place = entry.origin.place();
    let miss = |what: String, help: String| Some(NearMiss { place: place.clone(), what, help, edit: None, rank: 0 });
    let nerf = wanted.trim_end_matches(":_authToken");
    if !matches!(name, "_authToken" | "_auth" | "_password" | "username") {
        let edit = new_key(plan, entry, nerf);
        return miss(format!("`{name}` is misspelled"), format!("write `{wanted}`"))
            .map(|miss| NearMiss { edit, ..miss });
    }
    if matches!(plan.config.get(&entry.key), Some(winner) if winner.value.is_truthy()) {
        let partner = if name == "username" { "_password" } else { "username" };
        return match name {
            "username" => {
                miss("a user name without a password".to_owned(), format!("add `{nerf}:{partner}`, or use a token"))
            }
            "_password" => {
                miss("a password without a user name".to_owned(), format!("add `{nerf}:{partner}`, or use a token"))
            }
            _ => miss("this value contains no user name".to_owned(), format!("write `{wanted}`")),
        };
    }
    if entry.value.is_truthy() {
        return None;
    }
    let unset = entry.unset.first().map(|variable| variable.name.as_str());
    match unset.or(entry.variables.first().map(String::as_str)) {
        Some(variable) if matches!(entry.value, Value::Text(_) | Value::Secret(_)) => miss(
            format!("the value is empty, because the variable {variable} is"),
            format!("set {variable}, or remove the line if another file has the credential"),
        ),
        _ => miss("the value is empty".to_owned(), "write a token, or remove the line".to_owned()),
    }
}
