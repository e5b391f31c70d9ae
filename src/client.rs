//! The package manager that the project names for itself, in `packageManager` or `devEngines.packageManager` of the root's
//! package.json: what it does otherwise than npm matters when it is the one that publishes.

use crate::json::Value;
use crate::manifest::Manifest;
use crate::source::Place;
use crate::version::Version;

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// npm
    Npm,
    /// pnpm
    Pnpm,
    /// Yarn, of any generation.
    Yarn,
    /// Bun
    Bun,
}

/// The one that the project names.
#[derive(Clone, Debug)]
pub struct Client {
    /// Which.
    pub manager: Manager,
    /// `None`: not told, or a range.
    pub version: Option<Version>,
    /// Where it is named.
    pub place: Place,
}

impl Client {
    /// What the root's package.json says; `None`: nothing, or a name that is not known here.
    pub fn read(root: &Manifest) -> Option<Self> {
        let field = root.field("packageManager").filter(|field| field.as_str().is_some());
        let (name, version, span) = if let Some(field) = field {
            let (name, version) = field.as_str()?.split_once('@')?;
            (name, Some(version), field.span())
        } else {
            let tool = root.field("devEngines")?.get("packageManager")?;
            (tool.get("name")?.as_str()?, tool.get("version").and_then(Value::as_str), tool.span())
        };
        let manager = match name {
            "npm" => Manager::Npm,
            "pnpm" => Manager::Pnpm,
            "yarn" => Manager::Yarn,
            "bun" => Manager::Bun,
            _ => return None,
        };
        // Corepack's `+sha512.…` reads as build metadata.
        let version = version.and_then(|text| Version::valid(text, false));
        Some(Self { manager, version, place: root.place(span) })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn client(text: &str) -> Option<(Manager, Option<String>)> {
        let root = Manifest::parse("package.json".to_owned(), text.as_bytes(), Path::new("/project"));
        let client = Client::read(&root)?;
        Some((client.manager, client.version.map(|version| version.to_string())))
    }

    #[test]
    fn the_package_manager_is_read_from_both_fields() {
        let pnpm = |version: &str| Some((Manager::Pnpm, Some(version.to_owned())));
        assert_eq!(client(r#"{"packageManager":"pnpm@11.2.0+sha512.0a1b"}"#), pnpm("11.2.0"));
        let devengines = r#"{"devEngines":{"packageManager":{"name":"pnpm","version":"12.0.1"}}}"#;
        assert_eq!(client(devengines), pnpm("12.0.1"));
        let range = r#"{"devEngines":{"packageManager":{"name":"yarn","version":"^4.0.0"}}}"#;
        assert_eq!(client(range), Some((Manager::Yarn, None)));
        for nothing in ["{}", r#"{"packageManager":"pnpm"}"#, r#"{"packageManager":"other@1.0.0"}"#] {
            assert_eq!(client(nothing), None, "{nothing}");
        }
    }
}
