//! Who publishes: which package manager, how it resolves what decides a publish, and what it writes into the package. Each is
//! a file of its own behind one trait.

mod bun;
pub mod client;
mod configuration;
mod decided;
pub mod dependencies;
mod detect;
mod document;
pub mod git_checks;
mod manager;
pub mod npm;
mod pnpm;
mod tools;
mod variables;
pub mod words;
pub mod yarn;
mod yarn_classic;
pub mod yarn_lock;

use url::Url;

use crate::facts::credential::Keyring;
use crate::npm::name::PackageName;
use crate::npm::version::Version;
use crate::project::ci::Ci;
use crate::project::manifest::Manifest;
use crate::project::npm_config::{NpmConfig, Origin, Sourced};
pub use client::{Client, NamedBy, Rival};
pub use configuration::{Configuration, Fault};
pub use decided::{Access, Login, Tag, Target};
pub use manager::Manager;
use npm::Settings;
pub use tools::{NoIdentity, ReleaseTool, Releases};
pub use words::Words;

/// How a client resolves what decides the publish of one package.
pub trait Publisher {
    /// Its configuration, in npm's keys, and the package.
    fn settings(&self) -> Settings<'_>;

    /// What it takes for the package's name, when that is text.
    fn name(&self) -> Option<Sourced<String>> {
        self.settings().field("name")
    }

    /// What it takes for the package's version, when that is text.
    fn version(&self) -> Option<Sourced<String>> {
        self.settings().field("version")
    }

    /// The key of the setting that names the registry of a package.
    fn registry_key(&self, name: Option<&PackageName>) -> String;

    /// Where the package goes.
    fn target(&self, name: Option<&PackageName>) -> Target;

    /// Where it installs a package from.
    fn source(&self, name: &PackageName) -> Target {
        self.target(Some(name))
    }

    /// What it authenticates with, apart from the identity of a CI job.
    fn login(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Login;

    /// The number of the credential that its reads carry.
    fn read_credential(&self, registry: &Url, name: Option<&PackageName>, keyring: &mut Keyring) -> Option<usize> {
        self.login(registry, name, keyring).number()
    }

    /// Under which dist-tag.
    fn tag(&self) -> Tag;

    /// Who may install it.
    fn access(&self, name: Option<&PackageName>) -> Sourced<Access>;

    /// Whether provenance is asked for.
    fn provenance(&self) -> Sourced<bool>;

    /// What gives a one-time password.
    fn otp(&self) -> Option<Origin>;

    /// The CI job with what the client makes of its identity, beside this credential.
    fn job(&self, ci: &Ci, npm: &Version, login: &Login) -> Ci;

    /// With a token of a trusted publisher it adds provenance unasked.
    fn signs_by_itself(&self) -> bool;
}

/// The publisher of a package: the client that is known to publish, else npm, run by a release tool or not.
pub fn publisher<'a>(
    client: Option<&Client>,
    tool: Option<&'a ReleaseTool>,
    config: &'a NpmConfig,
    manifest: &'a Manifest,
) -> Box<dyn Publisher + 'a> {
    let client = by_itself(client, config, manifest);
    match tool {
        Some(by) => Box::new(tools::Released { client, by }),
        None => client,
    }
}

fn by_itself<'a>(client: Option<&Client>, config: &'a NpmConfig, manifest: &'a Manifest) -> Box<dyn Publisher + 'a> {
    let settings = Settings { config, manifest };
    let Some(client) = client.filter(|client| client.configuration.is_some()) else { return Box::new(settings) };
    match client.manager {
        Manager::Npm => Box::new(settings),
        Manager::Pnpm => Box::new(pnpm::Pnpm(settings)),
        Manager::Yarn if client.is_before(2) => Box::new(yarn_classic::YarnClassic(settings)),
        Manager::Yarn => Box::new(yarn::Yarn(settings)),
        Manager::Bun => Box::new(bun::Bun(settings)),
    }
}

#[cfg(test)]
mod tests;
