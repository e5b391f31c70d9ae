//! The settings npm 11.19.1 knows, their types and defaults (`@npmcli/config`, lib/definitions), and those that npm 12.2.2 has
//! besides: facts that decide how a text becomes a value. A default that depends on the machine is left out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use Initial::{Empty, N, Nil, Off, On, S, Unknown};
use Type::{Array, Boolean, Date, Exactly, False, Null, Number, Path, Semver, String, Text, Umask, Url};

use super::Value;
use crate::npm::release::NpmRelease;

/// npm's own default registry.
pub const DEFAULT_REGISTRY: &str = "https://registry.npmjs.org/";

/// npm's default dist-tag.
pub const DEFAULT_TAG: &str = "latest";

/// One of the types a setting may have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// Exactly `null`.
    Null,
    /// Exactly `false`.
    False,
    /// Exactly this text.
    Text(&'static str),
    /// Exactly this number.
    Exactly(i32),
    /// Any text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A path.
    Path,
    /// A URL with a host.
    Url,
    /// A date.
    Date,
    /// A file mode mask.
    Umask,
    /// A version.
    Semver,
    /// More than one value is allowed.
    Array,
}

#[derive(Clone, Copy)]
enum Initial {
    Unknown,
    Nil,
    On,
    Off,
    Empty,
    N(f64),
    S(&'static str),
}

/// The types of a setting; `None`: no npm knows it. Those of a setting that only some releases have matter to no other one,
/// which ignores its value.
pub fn types(key: &str) -> Option<&'static [Type]> {
    TYPES.get(key).copied()
}

static TYPES: LazyLock<BTreeMap<&str, &[Type]>> =
    LazyLock::new(|| DEFINITIONS.iter().map(|(key, types, _)| (*key, *types)).collect());

/// The types of a setting; `None`: this npm does not know it.
pub(super) fn types_for(npm: &NpmRelease, key: &str) -> Option<&'static [Type]> {
    types(key).filter(|_| npm.has_setting(key))
}

/// Settings of one registry, behind `//host/path/:`.
const PER_REGISTRY: [&str; 7] = ["_auth", "_authToken", "_password", "certfile", "email", "keyfile", "username"];

/// What may be in the place of a key that an npm does not know, or of the part behind its registry or scope: what precedes it
/// stays.
pub fn names_for<'k>(npm: &'k NpmRelease, key: &'k str) -> (&'k str, impl Iterator<Item = &'static str>) {
    let before = key.rfind(':').map_or("", |at| &key[..=at]);
    let own: &'static [&'static str] = if before.starts_with("//") {
        &PER_REGISTRY
    } else if before.starts_with('@') {
        &["registry"]
    } else {
        &[]
    };
    let settings = keys(npm).filter(move |_| before.is_empty());
    (before, settings.chain(own.iter().copied()))
}

/// Whether an npm knows a key, or the part of it behind the registry or the scope (lib/index.js `checkUnknown`).
pub fn is_known(npm: &NpmRelease, key: &str) -> bool {
    /// What npm passes to the programs it starts.
    const INTERNAL: [&str; 3] = ["npm-version", "global-prefix", "local-prefix"];
    let is_setting = |key: &str| types_for(npm, key).is_some();
    let below = key.rsplit_once(':').map(|(_, name)| name);
    is_setting(key)
        || INTERNAL.contains(&key)
        || below.is_some_and(|name| is_setting(name) || PER_REGISTRY.contains(&name))
}

/// Every setting an npm knows.
pub(super) fn keys(npm: &NpmRelease) -> impl Iterator<Item = &'static str> {
    DEFINITIONS.iter().map(|(key, ..)| *key).filter(|key| npm.has_setting(key))
}

/// Every setting with a default that does not depend on the machine, before coercion.
pub(super) fn defaults() -> impl Iterator<Item = (&'static str, Value)> {
    DEFINITIONS.iter().filter_map(|(key, _, default)| {
        let value = match default {
            Unknown => return None,
            Nil => Value::Null,
            On => Value::Bool(true),
            Off => Value::Bool(false),
            Empty => Value::List(Vec::new()),
            N(number) => Value::Number(*number),
            S(text) => Value::Text((*text).to_owned()),
        };
        Some((*key, value))
    })
}

/// What a flag stands for that is not a setting itself.
pub(super) fn shorthand(name: &str) -> Option<&'static [&'static str]> {
    SHORTHANDS.iter().find(|(known, _)| *known == name).map(|(_, words)| *words)
}

/// Every shorthand.
pub(super) fn shorthands() -> impl Iterator<Item = &'static str> {
    SHORTHANDS.iter().map(|(name, _)| *name)
}

/// The settings that may not be set beside this one, whatever their values are.
pub(super) fn exclusive(key: &str) -> &'static [&'static str] {
    match key {
        "expect-result-count" => &["expect-results"],
        "expect-results" => &["expect-result-count"],
        "provenance" => &["provenance-file"],
        "provenance-file" => &["provenance"],
        "save-dev" => &["save-optional", "save-peer", "save-prod"],
        "save-optional" => &["save-dev", "save-peer", "save-prod"],
        "save-peer" => &["save-dev", "save-optional", "save-prod"],
        "save-prod" => &["save-dev", "save-optional", "save-peer"],
        _ => &[],
    }
}

#[rustfmt::skip]
const SHORTHANDS: &[(&str, &[&str])] = &[
    ("enjoy-by", &["--before"]),
    ("d", &["--loglevel", "info"]),
    ("dd", &["--loglevel", "verbose"]),
    ("ddd", &["--loglevel", "silly"]),
    ("quiet", &["--loglevel", "warn"]),
    ("q", &["--loglevel", "warn"]),
    ("s", &["--loglevel", "silent"]),
    ("silent", &["--loglevel", "silent"]),
    ("verbose", &["--loglevel", "verbose"]),
    ("desc", &["--description"]),
    ("help", &["--usage"]),
    ("local", &["--no-global"]),
    ("n", &["--no-yes"]),
    ("no", &["--no-yes"]),
    ("porcelain", &["--parseable"]),
    ("readonly", &["--read-only"]),
    ("reg", &["--registry"]),
    ("iwr", &["--include-workspace-root"]),
    ("ws", &["--workspaces"]),
    ("a", &["--all"]),
    ("c", &["--call"]),
    ("f", &["--force"]),
    ("g", &["--global"]),
    ("L", &["--location"]),
    ("l", &["--long"]),
    ("m", &["--message"]),
    ("p", &["--parseable"]),
    ("C", &["--prefix"]),
    ("S", &["--save"]),
    ("B", &["--save-bundle"]),
    ("D", &["--save-dev"]),
    ("E", &["--save-exact"]),
    ("O", &["--save-optional"]),
    ("P", &["--save-prod"]),
    ("?", &["--usage"]),
    ("H", &["--usage"]),
    ("h", &["--usage"]),
    ("v", &["--version"]),
    ("w", &["--workspace"]),
    ("y", &["--yes"]),
];

#[rustfmt::skip]
const DEFINITIONS: &[(&str, &[Type], Initial)] = &[
    ("_auth", &[Null, String], Nil),
    ("access", &[Null, Text("restricted"), Text("public"), Text("private")], Nil),
    ("all", &[Boolean], Off),
    ("allow-same-version", &[Boolean], Off),
    ("allow-directory", &[Text("all"), Text("none"), Text("root")], S("all")),
    ("allow-file", &[Text("all"), Text("none"), Text("root")], S("all")),
    ("allow-git", &[Text("all"), Text("none"), Text("root")], S("all")),
    ("allow-remote", &[Text("all"), Text("none"), Text("root")], S("all")),
    ("allow-scripts", &[String, Array], S("")),
    ("also", &[Null, Text("dev"), Text("development")], Nil),
    ("audit", &[Boolean], On),
    ("audit-level", &[Null, Text("info"), Text("low"), Text("moderate"), Text("high"), Text("critical"), Text("none")], Nil),
    ("auth-type", &[Text("legacy"), Text("web")], S("web")),
    ("before", &[Null, Date], Nil),
    ("bin-links", &[Boolean], On),
    ("browser", &[Null, Boolean, String], Nil),
    ("bypass-2fa", &[Boolean], Off),
    ("ca", &[Null, String, Array], Nil),
    ("cache", &[Path], S("~/.npm")),
    ("cache-max", &[Number], N(f64::INFINITY)),
    ("cache-min", &[Number], N(0.0)),
    ("cafile", &[Path], Nil),
    ("call", &[String], S("")),
    ("cert", &[Null, String], Nil),
    ("cidr", &[Null, String, Array], Nil),
    ("color", &[Text("always"), Boolean], Unknown),
    ("commit-hooks", &[Boolean], On),
    ("cpu", &[Null, String], Nil),
    ("dangerously-allow-all-scripts", &[Boolean], Off),
    ("depth", &[Null, Number], Nil),
    ("description", &[Boolean], On),
    ("dev", &[Boolean], Off),
    ("diff", &[String, Array], Empty),
    ("diff-ignore-all-space", &[Boolean], Off),
    ("diff-name-only", &[Boolean], Off),
    ("diff-no-prefix", &[Boolean], Off),
    ("diff-dst-prefix", &[String], S("b/")),
    ("diff-src-prefix", &[String], S("a/")),
    ("diff-text", &[Boolean], Off),
    ("diff-unified", &[Number], N(3.0)),
    ("dry-run", &[Boolean], Off),
    ("editor", &[String], Unknown),
    ("engine-strict", &[Boolean], Off),
    ("expect-result-count", &[Null, Number], Nil),
    ("expect-results", &[Null, Boolean], Nil),
    ("expires", &[Null, Number], Nil),
    ("fetch-retries", &[Number], N(2.0)),
    ("fetch-retry-factor", &[Number], N(10.0)),
    ("fetch-retry-maxtimeout", &[Number], N(60_000.0)),
    ("fetch-retry-mintimeout", &[Number], N(10_000.0)),
    ("fetch-timeout", &[Number], N(300_000.0)),
    ("force", &[Boolean], Off),
    ("foreground-scripts", &[Boolean], Off),
    ("format-package-lock", &[Boolean], On),
    ("fund", &[Boolean], On),
    ("git", &[String], S("git")),
    ("git-tag-version", &[Boolean], On),
    ("global", &[Boolean], Off),
    ("globalconfig", &[Path], Unknown),
    ("global-style", &[Boolean], Off),
    ("heading", &[String], S("npm")),
    ("https-proxy", &[Null, Url], Nil),
    ("if-present", &[Boolean], Off),
    ("ignore-scripts", &[Boolean], Off),
    ("include", &[Array, Text("prod"), Text("dev"), Text("optional"), Text("peer")], Empty),
    ("include-staged", &[Boolean], Off),
    ("include-workspace-root", &[Boolean], Off),
    ("include-attestations", &[Boolean], Off),
    ("init-author-email", &[String], S("")),
    ("init-author-name", &[String], S("")),
    ("init-author-url", &[Text(""), Url], S("")),
    ("init-license", &[String], S("ISC")),
    ("init-module", &[Path], S("~/.npm-init.js")),
    ("init-type", &[String], S("commonjs")),
    ("init-version", &[Semver], S("1.0.0")),
    ("init-private", &[Boolean], Off),
    ("init.author.email", &[String], S("")),
    ("init.author.name", &[String], S("")),
    ("init.author.url", &[Text(""), Url], S("")),
    ("init.license", &[String], S("ISC")),
    ("init.module", &[Path], S("~/.npm-init.js")),
    ("init.version", &[Semver], S("1.0.0")),
    ("install-links", &[Boolean], Off),
    ("install-strategy", &[Text("hoisted"), Text("nested"), Text("shallow"), Text("linked")], S("hoisted")),
    ("json", &[Boolean], Off),
    ("key", &[Null, String], Nil),
    ("legacy-bundling", &[Boolean], Off),
    ("legacy-peer-deps", &[Boolean], Off),
    ("libc", &[Null, String], Nil),
    ("link", &[Boolean], Off),
    ("local-address", &[Null, String], Unknown),
    ("location", &[Text("global"), Text("user"), Text("project")], S("user")),
    ("lockfile-version", &[Null, Exactly(1), Exactly(2), Exactly(3), Text("1"), Text("2"), Text("3")], Nil),
    ("loglevel", &[Text("silent"), Text("error"), Text("warn"), Text("notice"), Text("http"), Text("info"), Text("verbose"), Text("silly")], S("notice")),
    ("logs-dir", &[Null, Path], Nil),
    ("logs-max", &[Number], N(10.0)),
    ("long", &[Boolean], Off),
    ("name", &[Null, String], Nil),
    ("maxsockets", &[Number], N(15.0)),
    ("message", &[String], S("%s")),
    ("min-release-age", &[Null, Number], Nil),
    ("min-release-age-exclude", &[Array, String], Empty),
    ("node-gyp", &[Path], Unknown),
    ("node-options", &[Null, String], Nil),
    ("noproxy", &[String, Array], S("")),
    ("offline", &[Boolean], Off),
    ("omit", &[Array, Text("dev"), Text("optional"), Text("peer")], Empty),
    ("omit-lockfile-registry-resolved", &[Boolean], Off),
    ("only", &[Null, Text("prod"), Text("production")], Nil),
    ("orgs", &[Null, String, Array], Nil),
    ("optional", &[Null, Boolean], Nil),
    ("os", &[Null, String], Nil),
    ("otp", &[Null, String], Nil),
    ("package", &[String, Array], Empty),
    ("package-lock", &[Boolean], On),
    ("package-lock-only", &[Boolean], Off),
    ("pack-destination", &[String], S(".")),
    ("packages", &[Null, String, Array], Empty),
    ("parseable", &[Boolean], Off),
    ("allow-scripts-pending", &[Boolean], Off),
    ("allow-scripts-pin", &[Boolean], On),
    ("prefer-dedupe", &[Boolean], Off),
    ("prefer-offline", &[Boolean], Off),
    ("prefer-online", &[Boolean], Off),
    ("prefix", &[Path], Unknown),
    ("preid", &[String], S("")),
    ("production", &[Null, Boolean], Nil),
    ("progress", &[Boolean], Unknown),
    ("provenance", &[Boolean], Off),
    ("provenance-file", &[Path], Nil),
    ("proxy", &[Null, False, Url], Nil),
    ("read-only", &[Boolean], Off),
    ("rebuild-bundle", &[Boolean], On),
    ("registry", &[Url], S(DEFAULT_REGISTRY)),
    ("replace-registry-host", &[Text("npmjs"), Text("never"), Text("always"), String], S("npmjs")),
    ("save", &[Boolean], On),
    ("save-bundle", &[Boolean], Off),
    ("save-dev", &[Boolean], Off),
    ("save-exact", &[Boolean], Off),
    ("save-optional", &[Boolean], Off),
    ("save-peer", &[Boolean], Off),
    ("save-prefix", &[String], S("^")),
    ("save-prod", &[Boolean], Off),
    ("sbom-format", &[Text("cyclonedx"), Text("spdx")], Nil),
    ("sbom-type", &[Text("library"), Text("application"), Text("framework")], S("library")),
    ("scope", &[String], S("")),
    ("scopes", &[Null, String, Array], Nil),
    ("packages-all", &[Boolean], Off),
    ("packages-and-scopes-permission", &[Null, Text("read-only"), Text("read-write"), Text("no-access")], Nil),
    ("orgs-permission", &[Null, Text("read-only"), Text("read-write"), Text("no-access")], Nil),
    ("password", &[Null, String], Nil),
    ("token-description", &[Null, String], Nil),
    ("script-shell", &[Null, String], Nil),
    ("searchexclude", &[String], S("")),
    ("searchlimit", &[Number], N(20.0)),
    ("searchopts", &[String], S("")),
    ("searchstaleness", &[Number], N(900.0)),
    ("shell", &[String], Unknown),
    ("shrinkwrap", &[Boolean], On),
    ("sign-git-commit", &[Boolean], Off),
    ("sign-git-tag", &[Boolean], Off),
    ("strict-peer-deps", &[Boolean], Off),
    ("strict-allow-scripts", &[Boolean], Off),
    ("strict-ssl", &[Boolean], On),
    ("tag", &[String], S(DEFAULT_TAG)),
    ("tag-version-prefix", &[String], S("v")),
    ("timing", &[Boolean], Off),
    ("umask", &[Umask], Unknown),
    ("unicode", &[Boolean], Unknown),
    ("update-notifier", &[Boolean], On),
    ("usage", &[Boolean], Off),
    ("user-agent", &[String], Unknown),
    ("userconfig", &[Path], S("~/.npmrc")),
    ("version", &[Boolean], Off),
    ("versions", &[Boolean], Off),
    ("viewer", &[String], Unknown),
    ("which", &[Null, Number], Nil),
    ("workspace", &[String, Array], Empty),
    ("workspaces", &[Null, Boolean], Nil),
    ("workspaces-update", &[Boolean], On),
    ("yes", &[Null, Boolean], Nil),
    // Of npm 12 alone.
    ("allow-unused-patches", &[Boolean], Unknown),
    ("edit-dir", &[Null, Path], Unknown),
    ("extension-file", &[Null, Path], Unknown),
    ("global-ignore-file", &[Path], Unknown),
    ("ignore-existing", &[Boolean], Unknown),
    ("ignore-extension", &[Boolean], Unknown),
    ("ignore-patch-failures", &[Boolean], Unknown),
    ("keep-edit-dir", &[Boolean], Unknown),
    ("patches-dir", &[String], Unknown),
    ("strict-npmrc", &[Boolean], Unknown),
    ("to", &[Null, String], Unknown),
];
