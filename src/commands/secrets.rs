//! Which secrets a run knows, so that none of them is shown or kept: those of npm's settings, of the command line and of
//! publishConfig, whether npm would send them or not; what URLs hold; and what the variables hold that an .npmrc names.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::ffi::OsString;
use std::path::Path;

use url::Url;

use crate::plan::PublishPlan;
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::project::npm_config::{NpmConfig, Value, is_url};
use crate::project::world::World;
use crate::text::json;
use crate::text::redact::{Publicity, Scrubber, decode_base64, is_secret, percent_decoded, shapes};

/// What is on the command line: `--otp=123456`, `--_authToken …`, `--registry=https://user:password@host/`. npm takes
/// the word behind a flag that it does not know for a package, which is no reason to show it.
pub(crate) fn of_arguments(argv: &[OsString], scrubber: &mut Scrubber) {
    let words: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
    for (at, word) in words.iter().enumerate() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.as_ref(), words.get(at + 1).map(AsRef::as_ref).filter(|next| !next.starts_with('-'))),
        };
        let Some(value) = value.filter(|_| name.starts_with('-')) else { continue };
        let key = name.trim_start_matches('-');
        if is_secret(key) {
            credential(key, value, None, scrubber);
        } else {
            of_url(value, scrubber);
        }
    }
}

/// What is in npm's settings, in the environment and in the packages.
pub(crate) fn of_run(world: &World, config: &NpmConfig, plans: &[PublishPlan], scrubber: &mut Scrubber) {
    let dropped = config.dropped.iter().map(|(key, value, _)| (key.as_str(), value));
    for (key, value) in config.entries().map(|(_, entry)| (entry.key.as_str(), &entry.value)).chain(dropped) {
        of_setting(config, key, value, scrubber);
    }
    for (name, value) in world.filled_vars() {
        if name.to_ascii_lowercase().ends_with("_proxy") {
            of_url(value, scrubber);
        }
    }
    let own = plans.first().map(|plan| plan.config.as_ref());
    for (_, entry) in own.into_iter().flat_map(NpmConfig::entries) {
        of_setting(config, &entry.key, &entry.value, scrubber);
    }
    for plan in plans {
        of_publish_config(config, plan, scrubber);
    }
    for (name, value) in config.expanded.iter().chain(own.into_iter().flat_map(|own| &own.expanded)) {
        let publicity = publicity(value.expose(), world, plans);
        scrubber.variable(name, value.expose(), publicity);
    }
}

fn of_setting(config: &NpmConfig, key: &str, value: &Value, scrubber: &mut Scrubber) {
    match value {
        Value::Secret(secret) => credential(key, secret.expose(), username(config, key).as_deref(), scrubber),
        Value::Text(text) if is_url(key) => of_url(text, scrubber),
        Value::List(values) => {
            for value in values {
                of_setting(config, key, value, scrubber);
            }
        }
        Value::Section(members) => {
            for (name, value) in members {
                of_setting(config, name, value, scrubber);
            }
        }
        _ => {}
    }
}

fn of_publish_config(config: &NpmConfig, plan: &PublishPlan, scrubber: &mut Scrubber) {
    for member in plan.package.manifest.field("publishConfig").into_iter().flat_map(json::Value::members) {
        let Some(text) = member.value.as_str() else { continue };
        if is_secret(member.key) {
            credential(member.key, text, username(config, member.key).as_deref(), scrubber);
        } else if is_url(member.key) {
            of_url(text, scrubber);
        }
    }
}

/// The user name beside a `_password`.
fn username(config: &NpmConfig, key: &str) -> Option<String> {
    let key = key.strip_suffix("_password")?;
    config.get(&format!("{key}username")).map(|entry| entry.value.to_text())
}

/// A secret as it is written, and what npm makes of it before it sends it.
fn credential(key: &str, text: &str, username: Option<&str>, scrubber: &mut Scrubber) {
    scrubber.secret(text);
    if key.ends_with("_auth")
        && let Some((username, password)) = decode_base64(text).split_once(':')
    {
        scrubber.password(username, password);
    }
    if key.ends_with("_password") {
        scrubber.password(username.unwrap_or_default(), &decode_base64(text));
    }
}

/// User name and password as they are written, as the URL standard writes them and as they are meant; tokens.
fn of_url(text: &str, scrubber: &mut Scrubber) {
    for secret in shapes::secrets_of_url(text) {
        scrubber.secret(secret);
    }
    if let Some((username, password)) = shapes::user_info(text).and_then(|pair| pair.split_once(':')) {
        scrubber.password(username, password);
        scrubber.password(&percent_decoded(username), &percent_decoded(password));
    }
    if let Ok(url) = Url::parse(text.trim()) {
        match (url.username(), url.password()) {
            ("", None) => {}
            (username, Some(password)) => scrubber.password(username, password),
            // It is sent as `user:`.
            (username, None) => scrubber.secret(&format!("{username}:")),
        }
    }
}

/// How much of what a variable holds is no secret: what is in the packages anyway, and where they lie.
fn publicity(value: &str, world: &World, plans: &[PublishPlan]) -> Publicity {
    let is_in_package = |plan: &PublishPlan| {
        let name = plan.package.name().is_some_and(|name| name.as_str().contains(value));
        name || plan.package.version().is_some_and(|version| version.to_string() == value)
    };
    if plans.iter().any(is_in_package) {
        return Publicity::Public;
    }
    let path = Path::new(value);
    let is_folder = path.is_absolute() && (world.cwd.starts_with(path) || world.home().starts_with(path));
    let is_default = DEFAULT_REGISTRY.contains(value.trim_end_matches('/'));
    if is_folder || is_default { Publicity::Familiar } else { Publicity::Unknown }
}
