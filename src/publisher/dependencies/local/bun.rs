//! How Bun replaces `workspace:` and `catalog:` (Bun 1.4.5, `bun pm pack`). Older ones take both from `bun.lock`.

use std::collections::BTreeMap;

use super::super::linked::Linked;
use super::{Dependency, Local, Member, Replacement, alias, catalog_names, is_relative};
use crate::facts::Known;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::members::{Catalogs, DEFAULT_CATALOG};
use crate::project::world::lexical;
use crate::text::json::Value;

/// The first that needs a member for a range, too.
const NEEDS_MEMBER: Version = Version::new(1, 4, 0);

/// The catalogs at the root of package.json or in its `workspaces`: only the root of a workspace has any.
pub(super) fn catalogs(root: &Manifest) -> Catalogs {
    let list = |value: Value<'_>| -> BTreeMap<String, String> {
        value.members().filter_map(|member| Some((member.key.to_owned(), member.value.as_str()?.to_owned()))).collect()
    };
    let workspaces = root.field("workspaces");
    let places = [workspaces, workspaces.map(|_| root.root())];
    let mut catalogs = Catalogs::new();
    for place in places.into_iter().flatten() {
        let named = place.get("catalogs").into_iter().flat_map(Value::members);
        let default = place.get("catalog").map(|value| (DEFAULT_CATALOG, value));
        for (name, value) in named.map(|member| (member.key, member.value)).chain(default) {
            catalogs.entry(name.to_owned()).or_insert_with(|| list(value));
        }
    }
    catalogs
}

/// What happens to a dependency.
pub(super) fn replacement(local: &Local, dependency: Dependency<'_>, package: &Linked) -> Known<Replacement> {
    let (name, spec) = (dependency.member.key, dependency.spec);
    if let Some(catalog) = spec.strip_prefix("catalog:") {
        let entry = match local.entry(spec, &catalog_names(catalog), name)? {
            Ok(entry) => entry,
            Err(refused) => return Ok(Replacement::Refused(refused)),
        };
        return match entry.split_once(':') {
            Some(("catalog", _)) => Ok(Replacement::Refused(local.recursive())),
            Some(("workspace", rest)) => of_member(local, Dependency { spec: &entry, ..dependency }, rest, package),
            _ => Ok(local.write(spec, entry, None)),
        };
    }
    spec.strip_prefix("workspace:").map_or(Ok(Replacement::Nothing), |rest| of_member(local, dependency, rest, package))
}

fn of_member(local: &Local, dependency: Dependency<'_>, rest: &str, package: &Linked) -> Known<Replacement> {
    let (name, spec) = (dependency.member.key, dependency.spec);
    let of = |wanted: &str, range: String, member: &Member| {
        let range = if wanted == name { range } else { format!("npm:{wanted}@{range}") };
        Ok(local.write(spec, range, Some(member)))
    };
    if let Some((wanted, member)) =
        is_relative(rest).then(|| local.member_in(&lexical(&package.folder.join(rest)))).flatten()
    {
        return match &member.version {
            Some(version) => of(wanted, version.clone(), member),
            None => Ok(Replacement::Refused(local.no_version(wanted))),
        };
    }
    let (wanted, range) = alias(rest).unwrap_or((name, rest));
    let needs_version = matches!(range, "*" | "^" | "~");
    let is_older = local.version.as_ref().is_some_and(|version| *version < NEEDS_MEMBER);
    let member = match local.member(spec, wanted)? {
        Ok(member) => member,
        Err(_) if is_older && !needs_version && !range.is_empty() => {
            return Err(local.open(spec, &format!("no package in the workspace is named `{wanted}`")));
        }
        Err(refused) => return Ok(Replacement::Refused(refused)),
    };
    match &member.version {
        Some(version) if needs_version => of(wanted, format!("{}{version}", range.trim_matches('*')), member),
        None if needs_version => Ok(Replacement::Refused(local.no_version(wanted))),
        _ => of(wanted, range.to_owned(), member),
    }
}
