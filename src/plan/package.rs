//! What is published: a package.json, and the name and the version that the client takes from it.

use std::sync::Arc;

use crate::facts::{Known, Reason, Unknown};
use crate::npm::name::PackageName;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::npm_config::Sourced;
use crate::project::scripts::{MissingTool, Rewriter};
use crate::text::source::Place;

/// What is published.
#[derive(Debug)]
pub struct Package {
    /// Its package.json.
    pub manifest: Arc<Manifest>,
    /// The package.json of the root whose workspace it is: npm reads nothing of it for this package.
    pub root: Option<Arc<Manifest>>,
    /// Selected as a workspace: npm skips it when it is private.
    pub workspace: bool,
    /// The text that the client takes for its name; `None`: there is none.
    pub written_name: Option<Sourced<String>>,
    /// The name it is published under, and what decided it; `None`: there is none, or the client refuses it.
    pub sourced_name: Option<Sourced<PackageName>>,
    /// The version it is published as, and what decided it; `None`: there is none, or the client refuses it.
    pub sourced_version: Option<Sourced<Version>>,
    /// The release tool that works out the version when it publishes: package.json has another one.
    pub version_to_come: Option<&'static str>,
    /// A lifecycle script that changes package.json before npm sends it.
    pub rewriter: Option<Rewriter>,
    /// A program that a script needs before the package is packed, and that is not installed.
    pub missing_tool: Option<MissingTool>,
}

impl Package {
    /// The name it is published under; `None`: there is none, or the client refuses it.
    pub fn name(&self) -> Option<&PackageName> {
        self.sourced_name.as_ref().map(|name| &name.value)
    }

    /// The version it is published as; `None`: there is none, or the client refuses it.
    pub fn version(&self) -> Option<&Version> {
        self.sourced_version.as_ref().map(|version| &version.value)
    }

    /// The name for sentences.
    pub fn shown_name(&self) -> &str {
        self.name().map_or_else(
            || self.manifest.field("name").and_then(crate::text::json::Value::as_str).unwrap_or("this package"),
            PackageName::as_str,
        )
    }

    /// `private`, when JavaScript takes it for true.
    pub fn private(&self) -> Option<Place> {
        let value = self.manifest.field("private").filter(|value| value.is_truthy())?;
        Some(self.manifest.place(value.span()))
    }

    /// Whether package.json already has what will be sent to the registry.
    ///
    /// # Errors
    /// When a lifecycle script may change it first.
    pub fn settled(&self) -> Known<()> {
        self.unless_rewritten(|rewriter| !rewriter.only_what_is_missing)
    }

    /// The same of the name and the version: where one is missing, any script may write it.
    ///
    /// # Errors
    /// When a lifecycle script may.
    pub fn settled_name_and_version(&self) -> Known<()> {
        self.unless_rewritten(|_| true)
    }

    fn unless_rewritten(&self, matters: impl Fn(&Rewriter) -> bool) -> Known<()> {
        let Some(rewriter) = self.rewriter.as_ref().filter(|rewriter| matters(rewriter)) else { return Ok(()) };
        let what = if rewriter.only_what_is_missing { "the name or the version" } else { "package.json" };
        let script = rewriter.script;
        let detail = format!("the script `{script}` may change {what} before npm publishes: run it, then lint again");
        Err(Unknown::new(Reason::Unsupported, detail))
    }
}
