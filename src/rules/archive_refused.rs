//! What no registry takes, or takes without some of the files.

use std::ops::RangeInclusive;

use super::{About, Answer, Ask, Case, Category, Needs, Order, Rule, Stops};
use crate::facts::vendor::{Largest, Limited, Vendor};
use crate::facts::{Assumption, Fact, Facts, OnceAsked as _, Seen, Server, origin_of};
use crate::plan::PublishPlan;
use crate::plan::contents::Contents;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// The rule.
pub static RULE: Rule = Rule {
    id: "archive-refused",
    category: Category::Correctness,
    summary: "the registry refuses what is in the archive",
    npm_says: &["E415", "E413", "Hard link is not allowed", "Unsupported Media Type", "Payload Too Large"],
    asks: &[Ask::Packument, Ask::Version],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Package,
    decided_by: &[],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

Two packed files that are hard links to one file: npm packs the second one as a link. Also too many files: npm's
registry has refused archives with about 65,000, and more than 50,000 are a warning.

What is larger than the registry accepts:

- npm's registry: a tarball of more than 200 MB is a warning.
- GitHub Packages: a tarball of more than 256 MB.
- Azure Artifacts: a package.json of more than 375 KB.
- Verdaccio: an upload of more than 10 MB is a warning, because `max_body_size` may be set to more. The tarball is sent in
  base64, so it may have 7.5 MB. A last version that was as large is proof of that, if the registry shows its size.
- A registry behind nginx, which by default passes on no more than 1 MB: for a new package with more, it is assumed that the
  registry accepts it.

Verdaccio and nginx are recognised by the headers of their answers. To find out how large the tarball of a folder is, up to
64 MB of its files are packed in memory.

### Why it matters

npm's registry refuses the archive. Another registry may accept a link, but the second file is then missing when the package
is installed.

### What to do

Copy the file instead of linking it: `cp` without `-l`. Publish fewer files, split the package, or raise the registry's limit.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.0.0"
}
```
```js index.js
exports.lodge = 1
```
```js lib/other.js = ../index.js
```
"#,
};

/// The smallest number of files with which an archive is known to have been refused.
const REFUSED_FILES: usize = 65_150;
/// More files than anybody is known to have published.
const MOST_FILES: usize = 50_000;
/// What npm's registry takes, in bytes.
const MOST_BYTES: u64 = 200 * 1000 * 1000;

/// `client_max_body_size` of nginx is 1m where it is not set (nginx.org, "Module `ngx_http_core_module`").
const NGINX: Largest =
    Largest { bytes: 1 << 20, shown: "1 MB", of: Limited::Upload, setting: Some("client_max_body_size") };

/// In bytes: up to the start no tarball is too large, and once one is larger than the end, its exact size does not matter.
/// `None`: there is no limit, or it is not known yet.
pub(crate) fn limits(plan: &PublishPlan, facts: &Facts) -> Option<RangeInclusive<u64>> {
    let is_checked = !plan.destination.npmjs && !plan.is_skipped() && plan.package.private().is_none();
    let (url, _) = plan.destination.registry().filter(|_| is_checked)?;
    let (vendor, server) = served(url, facts);
    let of_vendor = vendor.and_then(|vendor| vendor.largest).map(|largest| largest.tarball());
    let of_nginx = Some(NGINX.tarball()).filter(|_| server.is_nginx && Vendor::of(url).is_none());
    Some(of_nginx.or(of_vendor)?..=of_vendor.or(of_nginx)?)
}

/// Whose registry it is, and what answers there.
fn served(url: &url::Url, facts: &Facts) -> (Option<&'static Vendor>, Server) {
    let server = facts.server(&origin_of(url));
    (Vendor::of(url).or(server.vendor), server)
}

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let Some(contents) = case.contents() else { return Ok(vec![]) };
    let mut found = Vec::new();
    if let Some((first, second)) = contents.hard_links.first() {
        let message = match first {
            Some(first) => {
                let client = case.plan.runner.name();
                format!("`{first}` and `{second}` are hard links to one file, and {client} packs the second as a link")
            }
            None => format!("`{second}` is packed as a hard link to another file"),
        };
        let why = if case.plan.destination.npmjs {
            "npm's registry refuses an archive with links"
        } else {
            "it is missing when the package is installed"
        };
        let mut diagnostic = Diagnostic::new(&RULE, message, why, "replace it with a copy").npm_error("E415");
        if let more @ 1.. = contents.hard_links.len() - 1 {
            diagnostic = diagnostic.note(format!("there are {more} more such files"));
        }
        found.push(diagnostic);
    }
    let count = contents.files.len();
    if case.plan.destination.npmjs && count > MOST_FILES {
        let message = format!("the package has {count} files");
        let why = "npm's registry refuses archives with too many files, and has refused some with about 65,000";
        let mut diagnostic = Diagnostic::new(&RULE, message, why, "publish fewer files, or split the package");
        if count <= REFUSED_FILES {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic.npm_error("E415"));
    }
    if let Some(size) = contents.archive_size.filter(|size| case.plan.destination.npmjs && *size > MOST_BYTES) {
        let message = format!("the tarball is larger than 200 MB ({} MB)", size / 1_000_000);
        let why = "npm's registry has refused packages of that size";
        let diagnostic = Diagnostic::new(&RULE, message, why, "publish less, or split the package");
        found.push(diagnostic.severity(Severity::Warning).npm_error("E413"));
    }
    found.extend(manifest_too_large(case));
    match too_large(case, contents) {
        Ok(diagnostic) => found.extend(diagnostic),
        Err(gap) if found.is_empty() || !gap.questions().is_empty() => return Err(gap),
        Err(_) => {}
    }
    if !found.is_empty() {
        case.plan.package.settled()?;
    }
    Ok(found)
}

/// A package.json that the registry does not take. Clients other than npm may write a shorter one into the package.
fn manifest_too_large(case: &Case<'_>) -> Option<Diagnostic> {
    let (url, _) = case.plan.destination.registry()?;
    let vendor = Vendor::of(url)?;
    let size = case.plan.package.manifest.source.text().len() as u64;
    let most = vendor.largest_manifest.filter(|most| size > *most)?;
    let message = format!("package.json is larger than {} KB ({} KB)", most / 1024, size.div_ceil(1024));
    let why = format!("{} refuses a larger one", vendor.name);
    let mut diagnostic = Diagnostic::new(&RULE, message, why, "move what npm does not need into other files");
    if case.plan.runner.other_client().is_some() {
        diagnostic.severity = Severity::Warning;
    }
    Some(diagnostic)
}

/// A tarball that the registry does not take.
fn too_large(case: &Case<'_>, contents: &Contents) -> Answer<Option<Diagnostic>> {
    let plan = case.plan;
    let size = contents.archive_size.or_else(|| contents.unpacked_size());
    let (Some((url, _)), Some(size)) = (plan.destination.registry(), size) else { return Ok(None) };
    if plan.destination.npmjs || plan.options.dry_run.value || size <= NGINX.tarball() {
        return Ok(None);
    }
    let is_known = Vendor::of(url).is_some();
    if !is_known {
        // What answers shows in the headers of its answer.
        let _ = case.packument().once_asked()?;
    }
    let (vendor, server) = served(url, case.facts);
    let is_over = |largest: &Largest| contents.least_archive_size().is_some_and(|least| least > largest.tarball());
    if let Some((vendor, largest)) = vendor.and_then(|vendor| Some((vendor, vendor.largest.filter(is_over)?))) {
        let is_raised = largest.setting.is_some() && was_as_large(case, contents)?;
        return Ok((!is_raised).then(|| over(contents, vendor, largest)));
    }
    let is_new = || matches!(case.packument(), Ok(Seen::NotVisible));
    if !is_known && server.is_nginx && is_over(&NGINX) && is_new() {
        let statement = format!("{} accepts an upload of more than {}", plan.destination.shown(), NGINX.shown);
        let setting = NGINX.setting.unwrap_or_default();
        let why = format!("although it is behind nginx, which accepts no more unless `{setting}` is set");
        return Err(Assumption::new(statement).evidence(Some(why)).into());
    }
    Ok(None)
}

fn over(contents: &Contents, vendor: &Vendor, largest: Largest) -> Diagnostic {
    let (name, shown) = (vendor.name, largest.shown);
    let (what, code) = match largest.of {
        Limited::Tarball => ("tarball", None),
        Limited::Upload => ("upload, which has the tarball in base64,", Some("E413")),
    };
    let mut diagnostic = if let Some(setting) = largest.setting {
        let message = format!("the {what} is larger than {name} accepts by default ({shown})");
        let why = format!("{name} refuses it, unless its `{setting}` is set to more");
        let help = format!("publish less, or raise `{setting}` in the registry's configuration");
        Diagnostic::new(&RULE, message, why, help).severity(Severity::Warning)
    } else {
        let message = format!("the {what} is larger than {name} accepts ({shown})");
        Diagnostic::new(&RULE, message, format!("{name} refuses it"), "publish less, or split the package")
    };
    match contents.archive_size {
        Some(size) => {
            diagnostic = diagnostic.note(format!("the tarball has {}.{} MB", size / 1_000_000, size / 100_000 % 10));
        }
        // How large it will be is an estimate.
        None => diagnostic.severity = Severity::Warning,
    }
    match code {
        Some(code) => diagnostic.npm_error(code),
        None => diagnostic,
    }
}

/// Whether the last version is at least as large, as far as the registry says so.
fn was_as_large(case: &Case<'_>, contents: &Contents) -> Answer<bool> {
    let Some(size) = contents.unpacked_size() else { return Ok(false) };
    let Ok(Seen::Here(packument)) = case.packument().once_asked()? else { return Ok(false) };
    let newest = packument.recent.any.as_ref().map(|dated| &dated.version);
    let last = packument.dist_tags.get("latest").or(newest);
    let Some(version) = last else { return Ok(false) };
    Ok(match case.put(case.plan.question_of_version(version)).once_asked()? {
        Ok(Fact::Version(Seen::Here(document))) => document.unpacked_size.is_some_and(|before| before >= size),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::facts::{Facts, Known, Server};
    use crate::plan::contents::PackedFile;
    use crate::publisher::Manager;
    use crate::rules::diagnostic::{Diagnostic, Severity};

    const ID: &str = super::RULE.id;
    const MB: u64 = 1 << 20;

    /// What is said of a tarball of this size.
    fn tarball(scene: &Scene, size: u64) -> Known<Vec<Diagnostic>> {
        let mut plan = scene.plan();
        let contents = plan.packed.get_mut().unwrap().contents.as_mut().unwrap();
        contents.archive_size = Some(size);
        contents.files = vec![PackedFile { path: "a".to_owned(), size: Some(size), is_executable: false }];
        scene.check_plan(ID, &plan)
    }

    fn at(registry: &str) -> Scene {
        let package = r#"{"name":"@acme/lodge","version":"1.1.0"}"#;
        Scene::new(package).npmrc(&format!("registry={registry}")).private_registry()
    }

    /// A registry that nothing is known of but this header, with the version 1.0.0 or none.
    fn behind(header: (&str, &str), versions: Option<&str>) -> Scene {
        let scene = at("https://npm.acme.test/");
        match versions {
            Some(version) => {
                let document = r#"{"versions":{"1.0.0":{}},"dist-tags":{"latest":"1.0.0"}}"#;
                let scene = scene.answer("/@acme%2flodge", 200, document).header(header.0, header.1);
                scene.answer("/@acme%2flodge/1.0.0", 200, version)
            }
            None => scene
                .answer("/@acme%2flodge", 404, r#"{"error":"no such package available"}"#)
                .header(header.0, header.1),
        }
    }

    const VERDACCIO: (&str, &str) = ("x-powered-by", "hidden");
    const NGINX: (&str, &str) = ("server", "nginx/1.27.1");

    #[test]
    fn verdaccio_refuses_uploads_above_its_default_unless_a_larger_one_is_there() {
        let found = tarball(&behind(VERDACCIO, None), 12 * MB).unwrap();
        assert_eq!((found.len(), found[0].severity, found[0].npm_error), (1, Severity::Warning, Some("E413")));
        // The request has the tarball in base64.
        assert_eq!(tarball(&behind(VERDACCIO, None), 8 * MB).unwrap().len(), 1);
        assert!(tarball(&behind(VERDACCIO, None), 7 * MB).unwrap().is_empty());
        for (version, expected) in [
            (r#"{"version":"1.0.0"}"#, 1),
            (r#"{"version":"1.0.0","dist":{"unpackedSize":9000000}}"#, 1),
            (r#"{"version":"1.0.0","dist":{"unpackedSize":13000000}}"#, 0),
        ] {
            assert_eq!(tarball(&behind(VERDACCIO, Some(version)), 12 * MB).unwrap().len(), expected, "{version}");
        }
    }

    #[test]
    fn a_new_package_behind_nginx_needs_a_limit_above_its_default() {
        let assumed = tarball(&behind(NGINX, None), 3 * MB).unwrap_err().assumption.unwrap();
        assert_eq!(assumed.statement, "https://npm.acme.test/ accepts an upload of more than 1 MB");
        assert!(tarball(&behind(NGINX, None), MB / 2).unwrap().is_empty());
        assert!(tarball(&behind(NGINX, Some(r#"{"version":"1.0.0"}"#)), 3 * MB).unwrap().is_empty());
        assert!(tarball(&behind(("server", "Apache"), None), 3 * MB).unwrap().is_empty());
        // Known products say how large an upload may be, or are installed with a proxy that lets everything pass.
        let nexus = at("https://nexus.test/repository/npm-hosted/");
        let nexus = nexus.answer("/@acme%2flodge", 404, "{}").header(NGINX.0, NGINX.1);
        assert!(tarball(&nexus, 30 * MB).unwrap().is_empty());
        assert!(tarball(&Scene::version("1.0.0").no_package().header(NGINX.0, NGINX.1), 30 * MB).unwrap().is_empty());
    }

    #[test]
    fn only_what_may_be_too_large_is_packed_to_know_its_size() {
        let limits = |scene: &Scene, headers: [Option<&str>; 2]| {
            let mut facts = Facts::default();
            for origin in ["https://npm.acme.test:443", "https://nexus.test:443"] {
                facts.learn_server(origin.to_owned(), Server::default().or(headers[0], headers[1]));
            }
            super::limits(&scene.plan(), &facts)
        };
        let (nginx, verdaccio) = (MB / 4 * 3, 10 * MB / 4 * 3);
        let unknown = at("https://npm.acme.test/");
        assert_eq!(limits(&unknown, [None, None]), None);
        assert_eq!(limits(&unknown, [Some(VERDACCIO.1), None]), Some(verdaccio..=verdaccio));
        assert_eq!(limits(&unknown, [Some(VERDACCIO.1), Some(NGINX.1)]), Some(nginx..=verdaccio));
        assert_eq!(limits(&unknown, [None, Some(NGINX.1)]), Some(nginx..=nginx));
        assert_eq!(limits(&at("https://nexus.test/repository/npm-hosted/"), [None, Some(NGINX.1)]), None);
        assert_eq!(limits(&Scene::version("1.0.0"), [None, Some(NGINX.1)]), None);
    }

    #[test]
    fn vendors_document_hard_limits() {
        let github = || at("https://npm.pkg.github.com/");
        assert_eq!(tarball(&github(), 257 * MB).unwrap()[0].severity, Severity::Error);
        assert!(tarball(&github(), 255 * MB).unwrap().is_empty());
        let azure = |length: usize, client| {
            let package = format!(r#"{{"name":"lodge","version":"1.0.0","x":"{}"}}"#, "x".repeat(length));
            let registry = "registry=https://pkgs.dev.azure.com/o/_packaging/feed/npm/registry/";
            let scene = Scene::new(&package).npmrc(registry).private_registry().client(client);
            scene.check(ID).unwrap().first().map(|found| found.severity)
        };
        assert_eq!(azure(384_000, Manager::Npm), Some(Severity::Error));
        assert_eq!(azure(384_000, Manager::Pnpm), Some(Severity::Warning));
        assert_eq!(azure(383_000, Manager::Npm), None);
    }

    #[test]
    fn only_a_hard_link_that_npm_packs_is_reported() {
        let scene = |files: &str| {
            let package = format!(r#"{{"name":"left-lodge","version":"1.0.0","files":{files}}}"#);
            Scene::new(&package).file("lib/a.js", "").file("src/a.js", "= ../lib/a.js")
        };
        assert_eq!(scene(r#"["lib","src"]"#).finds(ID, 1)[0].severity, Severity::Error);
        scene(r#"["lib"]"#).finds(ID, 0);
        scene(r#"["lib","src"]"#).client(Manager::Pnpm).finds(ID, 0);
    }

    #[test]
    fn the_registry_limits_the_number_of_files() {
        let scene = Scene::version("1.0.0");
        for (count, expected) in [(50_000, None), (60_000, Some(Severity::Warning)), (65_151, Some(Severity::Error))] {
            let mut plan = scene.plan();
            let file = PackedFile { path: "a".to_owned(), size: Some(1), is_executable: false };
            plan.packed.get_mut().unwrap().contents.as_mut().unwrap().files = vec![file; count];
            let found = scene.check_plan(ID, &plan).unwrap();
            assert_eq!(found.first().map(|found| found.severity), expected, "{count}");
        }
    }
}
