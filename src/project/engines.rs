//! The npm that would publish, and what else `devEngines` is compared with: the node and the machine. Those are read only
//! when the package.json of the project's root has that field (npm 11.19.1, lib/base-cmd.js; `npm-install-checks` 8, lib/current-env.js).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::npm_config::Origin;
use crate::project::npm_config::Sourced;
use crate::project::world::{World, limit};
use crate::text::json::{Document, Value};

/// The npm that would publish: the one that was named, the one on PATH, the one that the project names, or
/// [`NpmRelease::REFERENCE`].
pub fn npm(world: &World, named: Option<&Version>) -> Sourced<Version> {
    let derived = |value: Version, from: String| Sourced { value, origin: Origin::Derived(from) };
    if let Some(version) = named {
        return Sourced { value: version.clone(), origin: Origin::Flag("--npm-version".to_owned()) };
    }
    if let Some(version) = npm_version(world).and_then(|text| Version::valid(&text, false)) {
        return derived(version, "the npm on PATH".to_owned());
    }
    of_project(world)
        .unwrap_or_else(|| derived(NpmRelease::REFERENCE, "assumed, because no npm was found on PATH".to_owned()))
}

/// The npm that the nearest package.json with a package manager names, if it is one version.
fn of_project(world: &World) -> Option<Sourced<Version>> {
    let top = world.repository(&world.cwd).unwrap_or(Path::new("/"));
    let above = world.cwd.ancestors().take_while(|folder| folder.starts_with(top));
    above.map(|folder| Manifest::read(world, folder)).find_map(|manifest| {
        let manager = NamedManager::of(&manifest)?;
        let version = manager.version.and_then(|text| Version::valid(text, false)).filter(|_| manager.name == "npm");
        Some(version.map(|value| {
            let field = if manager.is_for_corepack { "packageManager" } else { "devEngines" };
            let file = world.shown_path(&manifest.folder.join("package.json"));
            Sourced { value, origin: Origin::Derived(format!("{field} in {file}")) }
        }))
    })?
}

/// The package manager that a package.json names.
#[derive(Clone, Copy, Debug)]
pub struct NamedManager<'m> {
    /// As it is written.
    pub name: &'m str,
    /// As it is written: a version or a range.
    pub version: Option<&'m str>,
    /// What names it.
    pub value: Value<'m>,
    /// In `packageManager`, and not in `devEngines`.
    pub is_for_corepack: bool,
}

impl<'m> NamedManager<'m> {
    /// That of a package.json; `packageManager` comes first.
    pub fn of(manifest: &'m Manifest) -> Option<Self> {
        if let Some(value) = manifest.field("packageManager").filter(|field| field.as_str().is_some()) {
            let (name, version) = value.as_str()?.split_once('@')?;
            return Some(Self { name, version: Some(version), value, is_for_corepack: true });
        }
        let value = manifest.field("devEngines")?.get("packageManager")?;
        let version = value.get("version").and_then(Value::as_str);
        Some(Self { name: value.get("name")?.as_str()?, version, value, is_for_corepack: false })
    }
}

/// The root's package.json and what npm compares it with.
#[derive(Debug)]
pub struct Engines {
    /// The package.json of the project's root, with a `devEngines`.
    pub manifest: Arc<Manifest>,
    /// The version of the npm that was named, or of the one on PATH.
    pub npm: Option<String>,
    /// The version of the node on PATH, as `v1.2.3`; only read if `devEngines` requires one.
    pub node: Option<String>,
    /// Node's `process.platform`.
    pub os: &'static str,
    /// Node's `os.release()`.
    pub os_version: Option<String>,
    /// Node's `process.arch`.
    pub cpu: &'static str,
    /// `glibc` or `musl`.
    pub libc: Option<&'static str>,
}

impl Engines {
    /// Compares `manifest`, the root's, with the machine; `None`: it has no `devEngines`, and npm compares nothing.
    pub fn read(world: &World, manifest: Arc<Manifest>, named: Option<&Version>) -> Option<Self> {
        let runtime = manifest.field("devEngines")?.get("runtime");
        let versioned = |value: Value<'_>| value.get("version").is_some();
        let ask_node = runtime.is_some_and(|runtime| versioned(runtime) || runtime.elements().any(versioned));
        Some(Self {
            npm: named.map(Version::to_string).or_else(|| npm_version(world)),
            node: if ask_node { (world.node_version)() } else { None },
            os: match std::env::consts::OS {
                "macos" => "darwin",
                "windows" => "win32",
                "solaris" | "illumos" => "sunos",
                other => other,
            },
            os_version: os_version(world),
            cpu: match std::env::consts::ARCH {
                "x86_64" => "x64",
                "x86" => "ia32",
                "aarch64" => "arm64",
                "powerpc64" => "ppc64",
                other => other,
            },
            libc: libc(world),
            manifest,
        })
    }
}

/// From the package.json beside the script that PATH finds, so that npm need not be run.
fn npm_version(world: &World) -> Option<String> {
    let script = world.program_folders().into_iter().find_map(|folder| {
        let names: &[&str] = if cfg!(windows) { &["npm.cmd", "npm"] } else { &["npm"] };
        names.iter().map(|name| folder.join(name)).find(|script| world.files.is_file(script))
    })?;
    let beside = |script: &Path| -> Option<PathBuf> { Some(script.parent()?.join("node_modules/npm")) };
    let above = |script: PathBuf| -> Option<PathBuf> { Some(script.parent()?.parent()?.to_path_buf()) };
    let folders = [beside(&script), world.files.real_path(&script).ok().and_then(above)];
    folders.into_iter().flatten().find_map(|folder| {
        let bytes = world.files.read(&folder.join("package.json"), limit::MANIFEST).ok()?;
        // Nothing points into this file, so that it need not be a `Manifest`.
        let document = Document::parse(&String::from_utf8_lossy(&bytes)).ok()?;
        let named = document.root().get("name").and_then(Value::as_str) == Some("npm");
        document.root().get("version").filter(|_| named)?.as_str().map(str::to_owned)
    })
}

fn os_version(world: &World) -> Option<String> {
    let bytes = world.files.read(Path::new("/proc/sys/kernel/osrelease"), limit::PROGRAM).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn libc(world: &World) -> Option<&'static str> {
    let bytes = world.files.read(Path::new("/usr/bin/ldd"), limit::PROGRAM).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("musl") {
        Some("musl")
    } else if text.contains("GNU C Library") {
        Some("glibc")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_only_when_needed() {
        let files = [
            ("/project/package.json", r#"{"devEngines":{"runtime":{"name":"node","version":">=20"}}}"#),
            ("/plain/package.json", "{}"),
            ("/usr/bin/npm", ""),
            ("/usr/bin/node_modules/npm/package.json", r#"{"name":"npm","version":"11.19.1"}"#),
        ];
        let mut world = World::memory(&files, &[("PATH", "/nowhere:/usr/bin")]);
        world.node_version = || Some("v20.20.2".to_owned());
        let read = |folder: &str| Engines::read(&world, Arc::new(Manifest::read(&world, Path::new(folder))), None);
        let engines = read("/project").unwrap();
        assert_eq!((engines.npm.as_deref(), engines.node.as_deref()), (Some("11.19.1"), Some("v20.20.2")));
        assert!(read("/plain").is_none());
    }

    #[test]
    fn npm_comes_from_the_option_then_path_then_the_project_then_the_default() {
        let shown = |npm: Sourced<Version>| format!("{} ({})", npm.value, npm.origin);
        let files =
            [("/usr/bin/npm", ""), ("/usr/bin/node_modules/npm/package.json", r#"{"name":"npm","version":"10.9.0"}"#)];
        let world = World::memory(&files, &[("PATH", "/usr/bin")]);
        assert_eq!(shown(npm(&world, Some(&Version::new(9, 0, 0)))), "9.0.0 (--npm-version)");
        assert_eq!(shown(npm(&world, None)), "10.9.0 (the npm on PATH)");
        assert_eq!(shown(npm(&World::memory(&[], &[]), None)), "12.2.2 (assumed, because no npm was found on PATH)");
        let version_from = |text: &str| shown(npm(&World::memory(&[("/project/package.json", text)], &[]), None));
        assert_eq!(
            version_from(r#"{"packageManager":"npm@10.9.0+sha512.0a1b"}"#),
            "10.9.0 (packageManager in package.json)"
        );
        let engines =
            |version: &str| format!(r#"{{"devEngines":{{"packageManager":{{"name":"npm","version":"{version}"}}}}}}"#);
        assert_eq!(version_from(&engines("11.5.1")), "11.5.1 (devEngines in package.json)");
        for open in [&engines("^11"), r#"{"packageManager":"pnpm@12.21.0"}"#] {
            assert_eq!(version_from(open), "12.2.2 (assumed, because no npm was found on PATH)");
        }
    }
}
