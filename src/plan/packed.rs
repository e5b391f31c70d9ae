//! What is packed of each package of a run. To find that out is most of the work of a run that asks nothing, and no package
//! needs to know of another: it is done on two threads.

use std::path::Path;
use std::thread;

use super::contents::{Contents, Effort};
use super::discover::Selected;
use super::{ignored, packing};
use crate::npm::glob::Steps;
use crate::npm::release::NpmRelease;
use crate::npm::version::Version;
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

impl Default for Packed {
    fn default() -> Self {
        Self {
            contents: Err(ListError::Unknown("there is no folder to pack".to_owned())),
            ignores_members: false,
            unreadable_ignore_file: None,
            overridden_bundle: OverriddenBundle::default(),
        }
    }
}

/// What decides what is packed, besides the package.
pub(super) struct Packing<'a> {
    pub(super) world: &'a World,
    pub(super) config: &'a NpmConfig,
    pub(super) client: Option<&'a Client>,
    pub(super) npm: &'a Version,
    /// The folders of the workspaces that are published together, sorted.
    pub(super) together: &'a [&'a Path],
    /// Credentials and what is loaded are looked for, too.
    pub(super) looks_inside: bool,
}

impl Packing<'_> {
    /// What is packed of each, in their order.
    pub(super) fn of_all(&self, selected: &[Selected]) -> Vec<Packed> {
        if selected.len() <= FEW {
            return self.every(1, selected);
        }
        thread::scope(|scope| {
            let spawn = |first: usize| {
                let every = move || self.every(THREADS, &selected[first..]);
                (first, thread::Builder::new().spawn_scoped(scope, every))
            };
            let others: Vec<_> = (1..THREADS).map(spawn).collect();
            let mut shares = vec![self.every(THREADS, selected).into_iter()];
            for (first, other) in others {
                let share = match other.map(thread::ScopedJoinHandle::join) {
                    Ok(Ok(share)) => share,
                    Ok(Err(panic)) => std::panic::resume_unwind(panic),
                    // The system has no thread left.
                    Err(_) => self.every(THREADS, &selected[first..]),
                };
                shares.push(share.into_iter());
            }
            (0..selected.len()).filter_map(|at| shares[at % THREADS].next()).collect()
        })
    }

    /// What is packed of every `step`th package, from the first one on.
    fn every(&self, step: usize, selected: &[Selected]) -> Vec<Packed> {
        let steps = Steps::for_questions(QUESTIONS);
        selected.iter().step_by(step).map(|one| self.of(one, &steps)).collect()
    }

    fn of(&self, selected: &Selected, steps: &Steps) -> Packed {
        let Self { world, config, client, npm, together, looks_inside } = *self;
        let Selected { obstacle, manifest, workspace, unbuilt, .. } = selected;
        let contents = if obstacle.is_some() || manifest.broken.is_some() {
            Packed::default().contents
        } else if let Some(folder) = unbuilt {
            Err(not_built(folder))
        } else {
            let effort = Effort { looks_inside, steps };
            Contents::read(world, manifest, config, together, client, &NpmRelease::of(npm), effort)
        };
        let unreadable = || packing::unreadable_ignore_file(world, manifest, *workspace, config);
        Packed {
            unreadable_ignore_file: obstacle.is_none().then(unreadable).flatten(),
            contents,
            overridden_bundle: packing::overridden_bundle(world, obstacle.as_ref(), manifest, npm),
            ignores_members: manifest.field("workspaces").is_some()
                && ignored::leaves_members_out(world, manifest, steps),
        }
    }
}

fn not_built(folder: &str) -> ListError {
    ListError::Unknown(format!("{folder}, which is published, has no package.json yet: build it, then lint again"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::project::manifest::Manifest;
    use crate::project::npm_config::args;

    #[test]
    fn each_package_gets_its_own_files_however_many_there_are() {
        for count in [1, FEW, FEW + 1, FEW + 2, 5 * FEW] {
            let packages: Vec<(String, String)> = (0..count)
                .flat_map(|at| {
                    let manifest = format!(r#"{{"name":"p{at}","version":"1.0.0"}}"#);
                    [(format!("/p/{at}/package.json"), manifest), (format!("/p/{at}/only-{at}.js"), String::new())]
                })
                .collect();
            let files: Vec<_> = packages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            let world = World::memory(&files, &[]);
            let config = NpmConfig::load(&world, &args::parse(&[], &NpmRelease::default()));
            let folder = |at: usize| PathBuf::from(format!("/p/{at}"));
            let selected: Vec<_> = (0..count).map(|at| Selected::alone(Manifest::read(&world, &folder(at)))).collect();
            let packing = Packing {
                world: &world,
                config: &config,
                client: None,
                npm: &Version::new(11, 19, 1),
                together: &[],
                looks_inside: true,
            };
            let packed = packing.of_all(&selected);
            assert_eq!(packed.len(), count);
            for (at, packed) in packed.iter().enumerate() {
                assert!(packed.contents.as_ref().unwrap().has(&format!("only-{at}.js")), "{at} of {count}");
            }
        }
    }
}
