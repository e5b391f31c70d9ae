//! Addresses as vendors hand them out, and what is known of each.

use super::*;

fn of(url: &str) -> Option<&'static str> {
    Vendor::of(&url.parse().unwrap()).map(|vendor| vendor.name)
}

#[test]
fn vendors_are_recognised_by_their_urls() {
    for (url, vendor) in [
        ("https://registry.npmjs.org/", Some("npm")),
        ("https://registry.yarnpkg.com/otter", Some("npm")),
        ("https://registry.npmmirror.com/", Some("a mirror of npm's registry")),
        ("https://npm.jsr.io/", Some("JSR")),
        ("https://npm.pkg.github.com", Some("GitHub Packages")),
        ("https://npm.acme.ghe.com/", Some("GitHub Packages")),
        ("https://git.test/api/v4/projects/7/packages/npm/", Some("GitLab")),
        ("https://git.test/api/v4/projects/7/packages/npm/@acme%2fotter", Some("GitLab")),
        ("https://git.test/sub/api/v4/groups/a%2fb/-/packages/npm", Some("GitLab")),
        ("https://git.test/api/packages/acme/npm/", Some("Gitea or Forgejo")),
        ("https://git.test/api/packages/acme/npm/otter", Some("Gitea or Forgejo")),
        ("https://git.test/api/packages/acme/pypi/", None),
        ("https://pkgs.dev.azure.com/o/_packaging/feed/npm/registry/", Some("Azure Artifacts")),
        ("https://o.pkgs.visualstudio.com/_packaging/feed/npm/registry", Some("Azure Artifacts")),
        ("https://acme-1.d.codeartifact.eu-west-1.amazonaws.com/npm/main/", Some("AWS CodeArtifact")),
        ("https://europe-npm.pkg.dev/project/repo/", Some("Google Artifact Registry")),
        ("https://npm.cloudsmith.io/acme/repo/", Some("Cloudsmith")),
        ("https://acme.jfrog.io/", Some("Artifactory")),
        ("https://jfrog.test/artifactory/api/npm/npm-local/", Some("Artifactory")),
        ("https://nexus.test/repository/npm-hosted/", Some("Nexus")),
        ("https://npm.acme.test/", None),
        ("https://notnpmjs.org/", None),
    ] {
        assert_eq!(of(url), vendor, "{url}");
    }
}

#[test]
fn a_vendor_may_be_recognised_by_a_header() {
    let of = |header: &str| Vendor::by_header(header).map(|vendor| vendor.name);
    for header in ["verdaccio/5.0.0", "Verdaccio/6.8.0", "hidden"] {
        assert_eq!(of(header), Some("Verdaccio"), "{header}");
    }
    for header in ["", "Express"] {
        assert_eq!(of(header), None, "{header}");
    }
}

#[test]
fn urls_that_accept_no_packages_say_why() {
    let closed = |url: &str| {
        let url = url.parse().unwrap();
        Vendor::of(&url).and_then(|vendor| vendor.closed(&url)).map(|closed| closed.what)
    };
    for (url, what) in [
        ("https://www.npmjs.com/", Some("is a website, not a registry")),
        ("https://registry.npmmirror.com/", Some("is a read-only mirror")),
        (
            "https://pkgs.dev.azure.com/o/p/_packaging/feed@Release/npm/registry/",
            Some("is the view `Release` of a feed"),
        ),
        ("https://o.pkgs.visualstudio.com/_packaging/feed%40Next/npm/registry", Some("is the view `Next` of a feed")),
        ("https://o.pkgs.visualstudio.com/_packaging/feed%40Local/npm/registry", None),
        ("https://registry.npmjs.org/", None),
        ("https://git.test/api/v4/projects/7/packages/npm/", None),
    ] {
        assert_eq!(closed(url).as_deref(), what, "{url}");
    }
}

#[test]
fn names_are_checked_by_the_vendors_rule() {
    let refuses = |vendor: &Vendor, name: &str| vendor.objection(name).is_some();
    for (name, github, gitea) in [
        ("@acme/otter", false, false),
        ("otter", true, false),
        ("@Acme/otter", true, true),
        ("@acme/Otter", true, true),
        ("@acme/_otter", false, true),
        ("@acme/otter~2", false, true),
        (&"a".repeat(215), true, true),
    ] {
        assert_eq!(refuses(&github::VENDOR, name), github, "{name}");
        assert_eq!(refuses(&gitea::VENDOR, name), gitea, "{name}");
        assert!(!refuses(&gitlab::VENDOR, name), "{name}");
    }
}
