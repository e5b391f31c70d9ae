//! How the files of a publish differ from those of the version that was published before.

use super::PublishPlan;
use super::contents::PackedFile;
use crate::facts::{Answer, Ask, Fact, Facts, Gap, Packument, Question, Reason, Seen};
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;

/// What a publish is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Nothing: the registry has no version.
    First,
    /// A version.
    Since(Changes),
}

/// The files that differ; those whose text alone changed do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The version that was published before.
    pub version: String,
    /// Files that it does not have.
    pub new: Vec<PackedFile>,
    /// Files that only it has, and their sizes in bytes.
    pub gone: Vec<(String, u64)>,
    /// Its size in bytes, unpacked.
    pub size_before: u64,
}

/// Compares a publish with the version that it replaces under its dist-tag, else with `latest`, else with the newest one. `None`:
/// nothing is published, or it is not known which files.
pub fn compare(plan: &PublishPlan, facts: &Facts) -> Option<Answer<Comparison>> {
    let is_compared = plan.selection.obstacle.is_none() && plan.package.manifest.broken.is_none() && !plan.is_skipped();
    let contents = plan.packed().contents.as_ref().ok().filter(|_| is_compared)?;
    let own = plan.question(Ask::Packument)?;
    Some(files_before(plan, facts, &own).map(|before| {
        let Some((version, before)) = before else { return Comparison::First };
        let new = contents.files.iter().filter(|file| !before.contains_key(&file.path)).cloned().collect();
        let gone = before.iter().filter(|(path, _)| !contents.has(path));
        Comparison::Since(Changes {
            version,
            new,
            gone: gone.map(|(path, size)| (path.clone(), *size)).collect(),
            size_before: before.values().fold(0, |sum, size| sum.saturating_add(*size)),
        })
    }))
}

/// A version and its files; `None`: there is no version.
type Before<'f> = Option<(String, &'f std::collections::BTreeMap<String, u64>)>;

fn files_before<'f>(plan: &PublishPlan, facts: &'f Facts, own: &Question) -> Answer<Before<'f>> {
    let mismatch = || Gap::unknown(Reason::Malformed, "the answer does not match the question");
    let packument = match facts.get(own)? {
        Fact::Packument(Seen::Here(packument)) => packument,
        Fact::Packument(Seen::NotVisible) => return Ok(None),
        _ => return Err(mismatch()),
    };
    let Some(version) = replaced(plan, packument) else { return Ok(None) };
    let document = match facts.get(&plan.question_of_version(version).ok_or_else(mismatch)?)? {
        Fact::Version(Seen::Here(document)) => document,
        Fact::Version(Seen::NotVisible) => {
            let why = format!("the registry lists {version} and does not show it");
            return Err(Gap::unknown(Reason::Malformed, why));
        }
        _ => return Err(mismatch()),
    };
    let Some(tarball) = &document.tarball else {
        let why = format!("the registry names no tarball of {version}, or no checksum");
        return Err(Gap::unknown(Reason::Unsupported, why));
    };
    let subject = format!("{}#{}", at_registry(&tarball.url, &own.registry), tarball.checksum);
    match facts.get(&Question { ask: Ask::Tarball, subject, ..own.clone() })? {
        Fact::Tarball(files) => Ok(Some((version.to_owned(), files))),
        _ => Err(mismatch()),
    }
}

fn replaced<'p>(plan: &PublishPlan, packument: &'p Packument) -> Option<&'p str> {
    let tagged = |tag: &str| packument.dist_tags.get(tag).filter(|version| packument.versions.get(version).is_some());
    let newest = || packument.recent.any.as_ref().map(|dated| &dated.version);
    tagged(&plan.options.tag.value.value).or_else(|| tagged("latest")).or_else(newest).map(String::as_str)
}

/// A mirror repeats the address at npm's registry, and npm asks the mirror (pacote 21, lib/remote.js; `replace-registry-host`).
fn at_registry(url: &str, registry: &str) -> String {
    let parsed = |text: &str| text.trim().parse::<url::Url>().ok();
    let (Some(url), Some(registry), Some(npms)) = (parsed(url), parsed(registry), parsed(DEFAULT_REGISTRY)) else {
        return url.to_owned();
    };
    if url.host_str() != npms.host_str() {
        return url.to_string();
    }
    registry.join(&url[url::Position::BeforePath..]).unwrap_or(url).to_string()
}
