//! How Yarn replaces `workspace:` and `catalog:` (Yarn 4.18.1, `plugin-pack/sources/index.ts`,
//! `plugin-catalog/sources/utils.ts`, `yarnpkg-core/sources/Workspace.ts` `accepts`).

use std::path::Path;

use super::{Dependency, Local, Replacement};
use crate::facts::Known;
use crate::npm::version::{Range, Version};
use crate::project::members::{self, Catalogs, DEFAULT_CATALOG};
use crate::project::world::{World, limit};
use crate::project::yarn_files;

/// The version of a member that has none.
const NO_VERSION: &str = "0.0.0";

/// The catalogs of all settings around a folder, the nearest first, and whether a plugin may add to them.
pub(super) fn catalogs(world: &World, folder: &Path) -> (Option<Catalogs>, bool) {
    let name = yarn_files::settings(world);
    let files = folder.ancestors().map(|folder| folder.join(name)).chain([world.home().join(name)]);
    let (mut all, mut has_plugins) = (Catalogs::new(), false);
    for file in files.filter(|file| world.files.is_file(file)) {
        let Ok(bytes) = world.files.read(&file, limit::WORKSPACES) else { return (None, false) };
        let text = String::from_utf8_lossy(&bytes);
        let Some(catalogs) = members::catalogs(&text) else { return (None, false) };
        for (name, entries) in catalogs {
            let known = all.entry(name).or_default();
            for (key, range) in entries {
                known.entry(key).or_insert(range);
            }
        }
        has_plugins |= text.lines().any(|line| line.starts_with("plugins:"));
    }
    (Some(all), has_plugins)
}

/// What happens to a dependency.
pub(super) fn replacement(local: &Local, dependency: Dependency<'_>) -> Known<Replacement> {
    let (name, spec) = (dependency.member.key, dependency.spec);
    if let Some(catalog) = spec.strip_prefix("catalog:") {
        // `default` is a name like any other.
        let catalogs = [if catalog.is_empty() { DEFAULT_CATALOG } else { catalog }];
        let entry = match local.entry(spec, &catalogs, name)? {
            Ok(entry) => entry,
            Err(refused) => return Ok(Replacement::Refused(refused)),
        };
        return match entry.strip_prefix("npm:") {
            None => Ok(local.write(spec, entry, None)),
            Some(range) if Range::parse(range, true).is_some() => Ok(local.write(spec, range.to_owned(), None)),
            Some(_) => Err(local.open(spec, &format!("its entry in the catalog is the alias `{entry}`"))),
        };
    }
    let Some(range) = spec.strip_prefix("workspace:") else { return Ok(Replacement::Nothing) };
    let member = match local.member(spec, name)? {
        Ok(member) => member,
        Err(refused) => return Ok(Replacement::Refused(refused)),
    };
    let version = member.version.as_deref().unwrap_or(NO_VERSION);
    let folder = member.folder.strip_prefix(&local.root).unwrap_or(&member.folder);
    let folder = folder.to_string_lossy().replace('\\', "/");
    let folder = if folder.is_empty() { "." } else { &folder };
    let is_folder = range.trim_start_matches("./").trim_end_matches('/') == folder;
    let takes = || {
        let version = Version::valid(version, true);
        Range::parse(range, true).zip(version).is_some_and(|(range, version)| range.satisfies(&version))
    };
    let written = match range {
        "*" => version.to_owned(),
        "^" | "~" => format!("{range}{version}"),
        range if range == folder => version.to_owned(),
        range if is_folder || takes() => range.to_owned(),
        // It is published with `workspace:` in it.
        _ => return Ok(Replacement::Nothing),
    };
    Ok(local.write(spec, written, Some(member)))
}
