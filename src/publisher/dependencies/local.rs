//! What `workspace:` and `catalog:` stand for in a project: pnpm 10 and 11, Yarn 4 and Bun write a version or a range in their
//! place when they publish.

use std::collections::BTreeMap;
use std::path::Path;

use super::Dependency;
use crate::facts::{Known, Reason, Unknown};
use crate::project::manifest::Manifest;
use crate::project::members::{self, Catalogs};
use crate::project::npm_config::workspaces::{Workspace, workspaces};
use crate::project::world::World;
use crate::publisher::Manager;
use crate::text::json::Value;

/// Where Yarn lists catalogs.
const YARN_FILE: &str = ".yarnrc.yml";

/// The members and catalogs of a project that another client than npm publishes.
#[derive(Clone, Debug)]
pub struct Local {
    manager: Manager,
    /// By name; `None`: the list cannot be read.
    members: Option<BTreeMap<String, Member>>,
    catalogs: Option<Catalogs>,
}

#[derive(Clone, Debug)]
struct Member {
    version: Option<String>,
    is_private: bool,
}

/// What is written in the place of a dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub spec: String,
    /// What tells the author where it comes from: a sentence without a full stop.
    pub note: String,
}

impl Local {
    /// Those of the project around a folder.
    pub fn read(world: &World, folder: &Path, manager: Manager) -> Self {
        let declares = |folder: &Path| Manifest::read(world, folder).field("workspaces").is_some();
        let is_root = |folder: &&Path| match manager {
            Manager::Pnpm => world.files.is_file(&folder.join(members::PNPM_FILE)),
            _ => declares(folder),
        };
        let root = folder.ancestors().find(is_root).unwrap_or(folder);
        let manifest = Manifest::read(world, root);
        let found = match manager {
            Manager::Pnpm => members::of_pnpm(world, root).ok(),
            _ => workspaces(world, root, &manifest).ok(),
        };
        let catalogs = match manager {
            Manager::Pnpm => members::catalogs(world, &root.join(members::PNPM_FILE)),
            Manager::Yarn => members::catalogs(world, &root.join(YARN_FILE)),
            Manager::Npm | Manager::Bun => Some(of_manifest(&manifest)),
        };
        let text = |manifest: &Manifest, key| manifest.field(key).and_then(Value::as_str).map(str::to_owned);
        let root_itself = text(&manifest, "name").map(|name| Workspace { name, folder: root.to_owned(), manifest });
        let member = |one: Workspace| {
            let version = text(&one.manifest, "version").filter(|version| !version.is_empty());
            (one.name, Member { version, is_private: one.manifest.is_private() })
        };
        let members = found.map(|found| root_itself.into_iter().chain(found).map(member).collect());
        Self { manager, members, catalogs }
    }

    /// What is written in the place of a dependency; `None`: it stays as it is.
    ///
    /// # Errors
    /// When nothing that is read tells.
    pub fn written(&self, dependency: Dependency<'_>) -> Known<Option<Written>> {
        let (name, spec) = (dependency.member.key, dependency.spec);
        if let Some(range) = spec.strip_prefix("workspace:") {
            return self.of_member(name, spec, range).map(Some);
        }
        let Some(catalog) = spec.strip_prefix("catalog:") else { return Ok(None) };
        let catalog = Some(catalog.trim()).filter(|name| !name.is_empty()).unwrap_or("default");
        let listed = self.catalogs.as_ref().and_then(|catalogs| catalogs.get(catalog)?.get(name));
        // A range of another protocol in a catalog is a matter of its own.
        let listed = listed.filter(|listed| !listed.contains(':') || listed.starts_with("npm:"));
        let listed = listed.ok_or_else(|| self.open(spec, &format!("no catalog that is read here has `{name}`")))?;
        Ok(Some(self.write(spec, listed.clone(), "")))
    }

    fn of_member(&self, name: &str, spec: &str, range: &str) -> Known<Written> {
        let alias = range.rfind('@').filter(|at| *at > 0).map(|at| (&range[..at], &range[at + 1..]));
        let (wanted, range) = alias.unwrap_or((name, range));
        let is_path = range.starts_with('.') || range.contains('/');
        let members = self.members.as_ref();
        let members = members.ok_or_else(|| self.open(spec, "the list of members cannot be read"))?;
        let Some(member) = members.get(wanted) else {
            return Err(self.open(spec, &format!("no member of the workspace is called `{wanted}`")));
        };
        let version = || {
            let none = || self.open(spec, &format!("the member `{wanted}` has no version"));
            member.version.as_deref().ok_or_else(none)
        };
        let unusual = || self.open(spec, "it is written in an unusual way");
        let range = match range {
            "" | "*" => version()?.to_owned(),
            "^" | "~" => format!("{range}{}", version()?),
            // pnpm reads these otherwise in peers than elsewhere.
            "<" | ">" | "<=" | ">=" => return Err(unusual()),
            range if range.starts_with('@') || range.contains(':') => return Err(unusual()),
            _ if is_path => version()?.to_owned(),
            range => range.to_owned(),
        };
        let range = if wanted == name { range } else { format!("npm:{wanted}@{range}") };
        Ok(self.write(spec, range, if member.is_private { ", a member that is private" } else { "" }))
    }

    fn write(&self, spec: &str, range: String, what: &str) -> Written {
        let note = format!("{} writes `{range}` for `{spec}`{what}", self.manager.name());
        Written { spec: range, note }
    }

    fn open(&self, spec: &str, why: &str) -> Unknown {
        let client = self.manager.name();
        Unknown::new(Reason::Unsupported, format!("what {client} writes for `{spec}` is not known, since {why}"))
    }
}

/// Bun's, at the root of package.json or in its `workspaces`.
fn of_manifest(root: &Manifest) -> Catalogs {
    let list = |value: Value<'_>| -> BTreeMap<String, String> {
        value.members().filter_map(|member| Some((member.key.to_owned(), member.value.as_str()?.to_owned()))).collect()
    };
    let places = [root.field("workspaces"), Some(root.root())];
    let mut catalogs = Catalogs::new();
    for place in places.into_iter().flatten() {
        let named = place.get("catalogs").into_iter().flat_map(Value::members);
        let default = place.get("catalog").map(|value| ("default", value));
        for (name, value) in named.map(|member| (member.key, member.value)).chain(default) {
            catalogs.entry(name.to_owned()).or_insert_with(|| list(value));
        }
    }
    catalogs
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: [(&str, &str); 4] = [
        ("/project/packages/a/package.json", r#"{"name":"@acme/a","version":"1.2.3"}"#),
        ("/project/packages/p/package.json", r#"{"name":"p","version":"2.0.0","private":true}"#),
        ("/project/packages/n/package.json", r#"{"name":"n"}"#),
        (".yarnrc.yml", ""),
    ];

    fn written(manager: Manager, files: &[(&str, &str)], name: &str, spec: &str) -> Option<String> {
        let files: Vec<_> = MEMBERS.iter().chain(files).copied().collect();
        let world = World::memory(&files, &[]);
        let local = Local::read(&world, Path::new("/project/packages/a"), manager);
        let text = format!(r#"{{"dependencies":{{"{name}":"{spec}"}}}}"#);
        let manifest = Manifest::parse(String::new(), text.as_bytes(), Path::new("/"));
        let dependency = super::super::installed(&manifest)[0];
        match local.written(dependency) {
            Ok(Some(written)) => Some(written.spec),
            Ok(None) => Some("as it is".to_owned()),
            Err(unknown) => {
                assert!(unknown.detail.contains(spec), "{}", unknown.detail);
                None
            }
        }
    }

    #[test]
    fn a_member_is_written_with_its_version() {
        let pnpm = [("/project/pnpm-workspace.yaml", "packages: [packages/*]\n"), ("/project/package.json", "{}")];
        let npm = [("/project/package.json", r#"{"workspaces":["packages/*"]}"#)];
        for (manager, files) in [(Manager::Pnpm, &pnpm[..]), (Manager::Yarn, &npm), (Manager::Bun, &npm)] {
            for (name, spec, expected) in [
                ("@acme/a", "workspace:^", Some("^1.2.3")),
                ("@acme/a", "workspace:~", Some("~1.2.3")),
                ("@acme/a", "workspace:*", Some("1.2.3")),
                ("@acme/a", "workspace:", Some("1.2.3")),
                ("@acme/a", "workspace:^1.0.0 || 2", Some("^1.0.0 || 2")),
                ("@acme/a", "workspace:../a", Some("1.2.3")),
                ("@acme/a", "workspace:>=", None),
                ("@acme/a", "workspace:@acme/a", None),
                ("x", "workspace:@acme/a@~", Some("npm:@acme/a@~1.2.3")),
                ("p", "workspace:*", Some("2.0.0")),
                ("n", "workspace:^", None),
                ("n", "workspace:^1.0.0", Some("^1.0.0")),
                ("nobody", "workspace:^", None),
                ("@acme/a", "^1.0.0", Some("as it is")),
            ] {
                assert_eq!(written(manager, files, name, spec).as_deref(), expected, "{manager:?} {name} {spec}");
            }
        }
    }

    #[test]
    fn a_catalog_is_where_the_client_keeps_it() {
        let yaml = "catalog:\n  react: ^18.0.0\n  odd: workspace:^\ncatalogs:\n  old:\n    react: ^17.0.0\n";
        let json = r#"{"workspaces":{"packages":["packages/*"],"catalog":{"react":"^18.0.0"}},
            "catalogs":{"old":{"react":"^17.0.0"}}}"#;
        let root = ("/project/package.json", r#"{"workspaces":["packages/*"]}"#);
        for (manager, files) in [
            (Manager::Pnpm, [root, ("/project/pnpm-workspace.yaml", yaml)]),
            (Manager::Yarn, [root, ("/project/.yarnrc.yml", yaml)]),
            (Manager::Bun, [("/project/package.json", json), ("/project/x", "")]),
        ] {
            let react = |spec| written(manager, &files, "react", spec);
            assert_eq!(react("catalog:").as_deref(), Some("^18.0.0"), "{manager:?}");
            assert_eq!(react("catalog:default").as_deref(), Some("^18.0.0"), "{manager:?}");
            assert_eq!(react("catalog:old").as_deref(), Some("^17.0.0"), "{manager:?}");
            assert_eq!(react("catalog:new"), None, "{manager:?}");
            assert_eq!(written(manager, &files, "odd", "catalog:"), None, "{manager:?}");
        }
    }
}
