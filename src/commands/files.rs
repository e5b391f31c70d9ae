//! `npm-preflight files`: lists what would be in each package.

use std::io::Write;

use super::cli::{self, PlanFormat, When};
use super::pipeline::{Project, Request};
use super::{Stop, written};
use crate::facts::credential::Keyring;
use crate::plan::{PublishPlan, pack};
use crate::project::npm_config::args::Parsed;
use crate::project::package_files::ListError;
use crate::project::world::World;
use crate::report;
use crate::report::exit::Exit;
use crate::text::escape;
use crate::text::stderr::complain;

pub(super) fn files(
    options: &cli::Files,
    npm: &Parsed,
    world: &World,
    keyring: &mut Keyring,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, Stop> {
    let request = Request { publisher: options.publisher(), ..Request::of(npm) };
    let Project { plans, .. } = Project::read(world, &request, keyring)?;
    pack(world, &plans, false);
    let scrubber = &keyring.scrubber;
    written(match options.format {
        PlanFormat::Text => report::files::write(&plans, scrubber, When::Auto.colors(world), out),
        PlanFormat::Json => report::files::write_json(&plans, scrubber, out),
    })?;
    let mut exit = Exit::Clear;
    // The folder above the packages of a workspace is often no package.
    let has_members = plans.iter().any(|plan| plan.package.workspace);
    let is_no_package = |plan: &PublishPlan| has_members && !plan.package.workspace && plan.package.private().is_some();
    for plan in plans.iter().filter(|plan| !is_no_package(plan)) {
        let why = match (&plan.selection.obstacle, &plan.package.manifest.broken, &plan.packed().contents) {
            (Some(obstacle), ..) => obstacle.to_string(),
            (_, Some(broken), _) => broken.to_string(),
            (.., Err(error)) => error.to_string(),
            (.., Ok(_)) => continue,
        };
        let is_open = plan.selection.obstacle.is_none() && matches!(plan.packed().contents, Err(ListError::Unknown(_)));
        let is_open = is_open && plan.package.manifest.broken.is_none();
        exit = if is_open && exit != Exit::Errors { Exit::Undecided } else { Exit::Errors };
        let place = plan.selection.obstacle.as_ref().and_then(|obstacle| obstacle.argument());
        let place = place.unwrap_or_else(|| plan.package.manifest.source.path());
        complain(err, scrubber, &escape::line(&format!("{place}: {why}")));
    }
    Ok(exit)
}
