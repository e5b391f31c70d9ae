//! What is packed of each package of a run. To find that out is most of the work of a run that asks nothing, and no package
//! needs to know of another: it is done on two threads.

use std::path::Path;
use std::sync::{LazyLock, OnceLock};
use std::thread;

use super::contents::{Contents, Effort};
use super::discover::Obstacle;
use super::{PublishPlan, ignored, packing};
use crate::npm::glob::Steps;
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
use crate::project::manifest::Manifest;
use crate::project::npm_config::NpmConfig;
use crate::project::overridden::OverriddenBundle;
use crate::project::package_files::ListError;
use crate::project::world::World;
use crate::publisher::Client;

/// How many questions' worth of steps patterns may take for all packages on one thread: some two seconds. A package of 100,000
/// files takes less than three quarters of them to compare with 500 patterns that are no plain names, and 2,000 packages of
/// 100 files with 20 such patterns less than a tenth.
const QUESTIONS: u64 = 2;
/// Fixed, so that every machine leaves the same packages undecided where patterns take all steps of a thread.
const THREADS: usize = 2;
/// Starting a thread costs more than listing this few packages.
const FEW: usize = 8;

/// What is in the package.
#[derive(Debug)]
pub struct Packed {
    /// The files, or why they are not known.
    pub contents: Result<Contents, ListError>,
    /// An .npmignore keeps the members of this root out of its tarball.
    pub ignores_members: bool,
    /// An ignore file that npm reads when it packs the package, and cannot: as shown.
    pub unreadable_ignore_file: Option<String>,
    /// What is bundled although an override decided its version, for an npm that refuses that.
    pub overridden_bundle: OverriddenBundle,
}

impl Packed {
    fn unknown(why: impl Into<String>) -> Self {
        Self {
            contents: Err(ListError::Unknown(why.into())),
            ignores_members: false,
            unreadable_ignore_file: None,
            overridden_bundle: OverriddenBundle::default(),
        }
    }

    /// That of a folder which is published, and in which there is no package yet.
    pub(super) fn unbuilt(folder: &str) -> Self {
        Self::unknown(format!("{folder}, which is published, has no package.json yet: build it, then lint again"))
    }
}

impl Default for Packed {
    fn default() -> Self {
        Self::unknown("there is no folder to pack")
    }
}

/// What stands for it until it is found out.
static NOT_YET: LazyLock<Packed> = LazyLock::new(|| Packed::unknown("the files are not listed yet"));

impl PublishPlan {
    /// What is in the package. Before it is found out, nothing is known of it.
    pub fn packed(&self) -> &Packed {
        self.packed.get().unwrap_or(&NOT_YET)
    }
}

/// Finds out what is in each package: [`Packing::carry_out`].
///
/// `looks_inside`: credentials and what is loaded are looked for, too.
pub fn pack(world: &World, plans: &[PublishPlan], looks_inside: bool) {
    Packing::new(world, plans, looks_inside).carry_out();
}

/// What is still to be found out of the packages of a run, apart from all else in their plans, which one thread uses.
pub struct Packing<'a> {
    world: &'a World,
    /// The folders of the workspaces that are published together, sorted.
    together: Vec<&'a Path>,
    looks_inside: bool,
    packages: Vec<Package<'a>>,
}

/// A package, and what decides what is packed of it.
struct Package<'a> {
    manifest: &'a Manifest,
    obstacle: Option<&'a Obstacle>,
    is_workspace: bool,
    config: &'a NpmConfig,
    client: Option<&'a Client>,
    npm: &'a Version,
    packed: &'a OnceLock<Packed>,
}

impl<'a> Packing<'a> {
    /// Of the packages of which it is not known yet, and that are not left out as unchanged.
    pub fn new(world: &'a World, plans: &'a [PublishPlan], looks_inside: bool) -> Self {
        let together = plans.iter().filter(|plan| plan.package.workspace);
        let mut together: Vec<&Path> = together.map(|plan| plan.package.manifest.folder.as_path()).collect();
        together.sort_unstable();
        let is_open = |plan: &&PublishPlan| plan.packed.get().is_none() && plan.selection.unchanged_since.is_none();
        let packages = plans.iter().filter(is_open).map(|plan| Package {
            manifest: &plan.package.manifest,
            obstacle: plan.selection.obstacle.as_ref(),
            is_workspace: plan.package.workspace,
            config: &plan.config,
            client: plan.runner.client.as_deref(),
            npm: &plan.runner.npm.value,
            packed: &plan.packed,
        });
        Self { world, together, looks_inside, packages: packages.collect() }
    }

    /// Finds it out.
    pub fn carry_out(&self) {
        if self.packages.len() <= FEW {
            return self.fill(0, 1);
        }
        thread::scope(|scope| {
            for first in 1..THREADS {
                // Where the system has no thread left, the loop below finds it undone.
                let _ = thread::Builder::new().spawn_scoped(scope, move || self.fill(first, THREADS));
            }
            self.fill(0, THREADS);
        });
        for first in 1..THREADS {
            self.fill(first, THREADS);
        }
    }

    /// That of every `step`th package from the first one on.
    fn fill(&self, first: usize, step: usize) {
        let steps = Steps::for_questions(QUESTIONS);
        for package in self.packages.iter().skip(first).step_by(step) {
            package.packed.get_or_init(|| self.of(package, &steps));
        }
    }

    fn of(&self, package: &Package<'_>, steps: &Steps) -> Packed {
        let Self { world, together, looks_inside, .. } = self;
        let Package { manifest, obstacle, is_workspace, config, client, npm, .. } = *package;
        let contents = if obstacle.is_some() || manifest.broken.is_some() {
            Packed::default().contents
        } else {
            let effort = Effort { looks_inside: *looks_inside, steps };
            Contents::read(world, manifest, config, together, client, &NpmRelease::of(npm), effort)
        };
        let unreadable = || packing::unreadable_ignore_file(world, manifest, is_workspace, config);
        Packed {
            unreadable_ignore_file: obstacle.is_none().then(unreadable).flatten(),
            contents,
            overridden_bundle: packing::overridden_bundle(world, obstacle, manifest, npm),
            ignores_members: manifest.field("workspaces").is_some()
                && ignored::leaves_members_out(world, manifest, steps),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::testing::Scene;

    #[test]
    fn each_package_gets_its_own_files_however_many_there_are() {
        for count in [1, FEW, FEW + 1, FEW + 2, 5 * FEW] {
            let mut scene = Scene::new(r#"{"private":true,"workspaces":["p/*"]}"#).args(&["--workspaces"]);
            for at in 0..count {
                let manifest = format!(r#"{{"name":"p{at}","version":"1.0.0"}}"#);
                scene = scene.file(&format!("p/{at}/package.json"), &manifest);
                scene = scene.file(&format!("p/{at}/only-{at}.js"), "");
            }
            let plans = scene.plans();
            assert_eq!(plans.len(), count);
            for plan in &plans {
                let name = plan.package.name().unwrap().to_string();
                let only = format!("only-{}.js", name.trim_start_matches('p'));
                assert!(plan.packed().contents.as_ref().unwrap().has(&only), "{name} of {count}");
            }
        }
    }
}
