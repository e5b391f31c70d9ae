//! How pnpm replaces `workspace:` and `catalog:` (pnpm 10.34, `pkg-manifest/exportable-manifest`; 11.28,
//! `releasing/exportable-manifest`; 12.21, `exportable-manifest/src/replace.rs`, `catalogs-resolver/src/lib.rs`).

use std::path::Path;

use super::super::linked::{Link, Linked};
use super::{Dependency, Local, Member, Refused, Replacement, alias, catalog_names, is_relative};
use crate::facts::Known;
use crate::npm::version::Version;
use crate::project::members::{self, Catalogs};
use crate::project::world::{World, limit};

/// Those between which something differs, the newest first.
static VERSIONS: [Version; 7] = [
    Version::new(12, 7, 0),
    Version::new(12, 6, 0),
    Version::new(12, 2, 0),
    Version::new(12, 0, 0),
    Version::new(11, 28, 0),
    Version::new(11, 26, 0),
    Version::new(10, 0, 0),
];

const NO_MEMBER: &str = "ERR_PNPM_CANNOT_RESOLVE_WORKSPACE_PROTOCOL";

/// The catalogs of `pnpm-workspace.yaml`, and whether code may add to them.
pub(super) fn catalogs(world: &World, root: &Path) -> (Option<Catalogs>, bool) {
    let file = root.join(members::PNPM_FILE);
    if !world.files.is_file(&file) {
        return (Some(Catalogs::new()), false);
    }
    let Ok(bytes) = world.files.read(&file, limit::WORKSPACES) else { return (None, false) };
    let text = String::from_utf8_lossy(&bytes);
    let has_plugins = [".pnpmfile.cjs", ".pnpmfile.mjs"].iter().any(|name| world.files.is_file(&root.join(name)))
        || ["configDependencies", "pnpmfile", "Pnpmfile"].iter().any(|key| text.contains(key));
    (members::catalogs(&text), has_plugins)
}

/// What follows `workspace:`, here or in a catalog.
pub(super) fn behind_workspace<'a>(local: &'a Local, dependency: Dependency<'a>) -> Option<&'a str> {
    let Some(catalog) = dependency.spec.strip_prefix("catalog:") else {
        return dependency.spec.split_once("workspace:").map(|(_, rest)| rest);
    };
    let all = local.catalogs.as_ref()?;
    let entry = catalog_names(catalog).into_iter().find_map(|name| all.get(name)?.get(dependency.member.key))?;
    entry.strip_prefix("workspace:")
}

/// What happens to a dependency, where all versions agree that it may be.
pub(super) fn replacement(local: &Local, dependency: Dependency<'_>, package: &Linked) -> Known<Replacement> {
    let of = |version| Pnpm { local, version, package }.replacement(dependency);
    if let Some(version) = &local.version {
        return of(version);
    }
    let newest = of(&VERSIONS[0])?;
    for version in &VERSIONS[1..] {
        let otherwise = match of(version)? {
            same if same == newest => continue,
            Replacement::Refused(refused) => format!("fails, because {}", refused.what),
            _ => format!("behaves differently from pnpm {}", VERSIONS[0]),
        };
        let why = format!("pnpm {version} {otherwise}; set the version that publishes in `packageManager`");
        return Err(local.open(dependency.spec, &why));
    }
    Ok(newest)
}

/// What the newest version does.
pub(super) fn of_newest(local: &Local, dependency: Dependency<'_>, package: &Linked) -> Known<Replacement> {
    Pnpm { local, version: &VERSIONS[0], package }.replacement(dependency)
}

/// One version of it, at work on one package.
struct Pnpm<'a> {
    local: &'a Local,
    version: &'a Version,
    package: &'a Linked,
}

impl Pnpm<'_> {
    /// Whether it has what came with these, the one for pnpm 11 and the one for pnpm 12.
    fn is_since(&self, eleven: Version, twelve: Version) -> bool {
        let first = if *self.version >= Version::new(12, 0, 0) { twelve } else { eleven };
        *self.version >= first
    }

    /// It reads a member that is not installed where it is.
    fn reads_members(&self) -> bool {
        self.is_since(Version::new(11, 28, 0), Version::new(12, 7, 0))
    }

    fn replacement(&self, dependency: Dependency<'_>) -> Known<Replacement> {
        let spec = dependency.spec;
        if let Some(catalog) = spec.strip_prefix("catalog:") {
            return self.of_catalog(dependency, catalog);
        }
        if dependency.field == "peerDependencies" && spec.contains("workspace:") {
            return self.of_peer(dependency, spec);
        }
        spec.strip_prefix("workspace:").map_or(Ok(Replacement::Nothing), |rest| self.of_member(dependency, rest))
    }

    fn of_catalog(&self, dependency: Dependency<'_>, catalog: &str) -> Known<Replacement> {
        let (spec, name) = (dependency.spec, dependency.member.key);
        let catalogs = catalog_names(catalog);
        let refused = |refused: Refused, code| Ok(Replacement::Refused(Refused { code: Some(code), ..refused }));
        let entry = match self.local.entry(spec, &catalogs, name)? {
            Ok(entry) => entry,
            Err(missing) => return refused(missing, "ERR_PNPM_CATALOG_ENTRY_NOT_FOUND_FOR_SPEC"),
        };
        let protocol = entry.split_once(':').map_or("", |(protocol, _)| protocol);
        let not_yet = |help| self.local.refused(format!("its entry in the catalog is `{entry}`"), help);
        match protocol {
            "catalog" => refused(self.local.recursive(), "ERR_PNPM_CATALOG_ENTRY_INVALID_RECURSIVE_DEFINITION"),
            "workspace" if self.is_since(Version::new(11, 26, 0), Version::new(12, 2, 0)) => {
                let of_entry = Dependency { spec: &entry, ..dependency };
                self.replacement(of_entry)
            }
            "workspace" => {
                let help = format!("write `{entry}` here instead of `{spec}`, or use pnpm 11.26.0 or 12.2.0");
                refused(not_yet(&help), "ERR_PNPM_CATALOG_ENTRY_INVALID_WORKSPACE_SPEC")
            }
            "link" | "file" if *self.version >= Version::new(12, 6, 0) => {
                Err(self.local.open(spec, &format!("its entry in the catalog is the path `{entry}`")))
            }
            "link" | "file" => {
                refused(not_yet("write a version range in the catalog"), "ERR_PNPM_CATALOG_ENTRY_INVALID_SPEC")
            }
            _ => Ok(self.local.write(spec, entry, None)),
        }
    }

    /// Of a dependency that is no peer: what follows `workspace:`.
    fn of_member(&self, dependency: Dependency<'_>, rest: &str) -> Known<Replacement> {
        let name = dependency.member.key;
        let (wanted, range) = alias(rest).unwrap_or((name, rest));
        if matches!(range, "" | "*" | "^" | "~") {
            let token = range.trim_matches('*');
            return self
                .with_version(dependency, self.package.installed(name), wanted, |version| format!("{token}{version}"));
        }
        if is_relative(rest) {
            return self.with_version(dependency, self.package.at(rest), name, str::to_owned);
        }
        // It is written whether there is such a member or not.
        let written = if rest.contains('@') { format!("npm:{rest}") } else { rest.to_owned() };
        Ok(self.local.write(dependency.spec, written, self.local.members.as_ref().and_then(|all| all.get(wanted))))
    }

    /// Of a peer, in which `workspace:` may be in the middle of a range.
    fn of_peer(&self, dependency: Dependency<'_>, spec: &str) -> Known<Replacement> {
        let name = dependency.member.key;
        let (before, rest) = spec.split_once("workspace:").unwrap_or((spec, ""));
        if self.reads_members() && before.is_empty() {
            if let Some((wanted, range)) = alias(rest) {
                let range = if matches!(range, "" | "^" | "~") { "*" } else { range };
                return Ok(self.local.write(dependency.spec, format!("npm:{wanted}@{range}"), None));
            }
            if is_relative(rest) {
                return self.with_version(dependency, self.package.at(rest), name, str::to_owned);
            }
        }
        let compares = [">=", "<=", ">", "<", "^", "~", "*"];
        let token = compares.iter().find(|token| rest.starts_with(**token)).copied().unwrap_or_default();
        let after = &rest[token.len()..];
        if after.starts_with(|first: char| first.is_ascii_digit() || matches!(first, 'x' | 'X' | '*')) {
            return Ok(self.local.write(dependency.spec, format!("{before}{rest}"), None));
        }
        let token = token.trim_matches('*');
        self.with_version(dependency, self.package.installed(name), name, |version| {
            format!("{before}{token}{version}{after}")
        })
    }

    /// Writes the version of what is installed, or of the member.
    fn with_version(
        &self,
        dependency: Dependency<'_>,
        link: &Link,
        wanted: &str,
        range: impl Fn(&str) -> String,
    ) -> Known<Replacement> {
        let (name, spec) = (dependency.member.key, dependency.spec);
        let write = |found: &str, version: &str, member: Option<&Member>| {
            let range = range(version);
            let range = if found == name { range } else { format!("npm:{found}@{range}") };
            Ok(self.local.write(spec, range, member))
        };
        let refused = |refused: Refused| Ok(Replacement::Refused(Refused { code: Some(NO_MEMBER), ..refused }));
        match link {
            Link::Package { name: found, version } => {
                let member = self.local.members.as_ref().and_then(|all| all.get(found));
                return write(found, version, member);
            }
            Link::Unread => {
                return Err(self.local.open(spec, &format!("the package installed as `{wanted}` cannot be read")));
            }
            Link::Nothing => {}
        }
        match self.local.member(spec, wanted)? {
            Ok(Member { version: None, .. }) => refused(self.local.no_version(wanted)),
            Ok(member @ Member { version: Some(version), .. }) if self.reads_members() => {
                write(wanted, version, Some(member))
            }
            Ok(_) => refused(Refused {
                what: format!("`{wanted}` is not installed"),
                why: "pnpm before 11.28.0 and 12.7.0 reads its version from `node_modules`, and fails if it is not \
                    there"
                    .to_owned(),
                help: "run `pnpm install` before you publish".to_owned(),
                code: None,
                is_not_installed: true,
            }),
            Err(missing) => refused(missing),
        }
    }
}
