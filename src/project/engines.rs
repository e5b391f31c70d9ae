//! The npm that would publish, and what else `devEngines` is compared with: the node and the machine. Those are read only
//! when the package.json of the project's root has that field (npm 11.19.1, lib/base-cmd.js; `npm-install-checks` 8, lib/current-env.js).

use std::path::{Path, PathBuf};

use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::npm_config::Origin;
use crate::project::npm_config::Sourced;
use crate::project::world::World;
use crate::text::json::Value;

/// The npm that would publish: the one that was named, the one on PATH, or [`NpmRelease::REFERENCE`].
pub fn npm(world: &World, named: Option<&Version>) -> Sourced<Version> {
    let found = || npm_version(world).and_then(|text| Version::valid(&text, false));
    match named {
        Some(version) => Sourced { value: version.clone(), origin: Origin::Flag("--npm-version".to_owned()) },
        None => match found() {
            Some(value) => Sourced { value, origin: Origin::Derived("the npm on PATH".to_owned()) },
            None => Sourced {
                value: NpmRelease::REFERENCE,
                origin: Origin::Derived("assumed, because no npm was found on PATH".to_owned()),
            },
        },
    }
}

/// The root's package.json and what npm compares it with.
#[derive(Debug)]
pub struct Engines {
    /// The package.json of the project's root, with a `devEngines`.
    pub manifest: Manifest,
    /// The version of the npm that was named, or of the one on PATH.
    pub npm: Option<String>,
    /// The version of the node on PATH, as `v1.2.3`; only told when `devEngines` names one.
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
    pub fn read(world: &World, manifest: Manifest, named: Option<&Version>) -> Option<Self> {
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
        let manifest = Manifest::read(world, &folder);
        let named = manifest.field("name").and_then(Value::as_str) == Some("npm");
        manifest.field("version").filter(|_| named)?.as_str().map(str::to_owned)
    })
}

fn os_version(world: &World) -> Option<String> {
    let bytes =
        world.files.read(Path::new("/proc/sys/kernel/osrelease"), crate::project::world::limit::PROGRAM).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim().to_owned())
}

fn libc(world: &World) -> Option<&'static str> {
    let bytes = world.files.read(Path::new("/usr/bin/ldd"), crate::project::world::limit::PROGRAM).ok()?;
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
    fn the_versions_are_read_only_when_they_are_asked_for() {
        let files = [
            ("/project/package.json", r#"{"devEngines":{"runtime":{"name":"node","version":">=20"}}}"#),
            ("/plain/package.json", "{}"),
            ("/usr/bin/npm", ""),
            ("/usr/bin/node_modules/npm/package.json", r#"{"name":"npm","version":"11.19.1"}"#),
        ];
        let mut world = World::memory(&files, &[("PATH", "/nowhere:/usr/bin")]);
        world.node_version = || Some("v20.20.2".to_owned());
        let read = |folder: &str| Engines::read(&world, Manifest::read(&world, Path::new(folder)), None);
        let engines = read("/project").unwrap();
        assert_eq!((engines.npm.as_deref(), engines.node.as_deref()), (Some("11.19.1"), Some("v20.20.2")));
        assert!(read("/plain").is_none());
    }
    #[test]
    fn the_npm_is_the_named_one_then_the_one_on_path_then_the_one_that_is_imitated() {
        let shown = |npm: Sourced<Version>| format!("{} ({})", npm.value, npm.origin);
        let files =
            [("/usr/bin/npm", ""), ("/usr/bin/node_modules/npm/package.json", r#"{"name":"npm","version":"10.9.0"}"#)];
        let world = World::memory(&files, &[("PATH", "/usr/bin")]);
        assert_eq!(shown(npm(&world, Some(&Version::new(9, 0, 0)))), "9.0.0 (--npm-version)");
        assert_eq!(shown(npm(&world, None)), "10.9.0 (the npm on PATH)");
        assert_eq!(shown(npm(&World::memory(&[], &[]), None)), "11.19.1 (assumed, because no npm was found on PATH)");
    }
}
