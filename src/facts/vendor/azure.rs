//! Azure Artifacts.

use super::{Address, Closed, Likely, Meaning, Refusal, Vendor};

const RIGHTS: &str =
    "Make the account, or the build service of the project, a Feed Publisher (Contributor) in the feed's settings.";

pub(super) static VENDOR: Vendor = Vendor {
    name: "Azure Artifacts",
    knows: |address| address.is_in("pkgs.dev.azure.com") || address.is_in("pkgs.visualstudio.com"),
    // "A hard limit of 375 KB for the package.json file" (learn.microsoft.com, "Package size and count limits"); the refusal
    // says "384000 bytes".
    largest_manifest: Some(375 * 1024),
    // What the view `Local` shows is the feed itself.
    closed: |address| {
        view(address).filter(|view| !view.eq_ignore_ascii_case("local")).map(|view| Closed {
            what: format!("is the view `{view}` of a feed"),
            why: "Azure Artifacts accepts packages only in the feed itself, from which they are promoted to a view"
                .to_owned(),
            instead: Some(format!("remove `@{view}` from the registry URL to publish to")),
            code: None,
            is_guess: false,
        })
    },
    credential: "In Azure Pipelines, the task `npmAuthenticate@0` writes the token for the .npmrc in its `workingFile`. Elsewhere, use a \
        personal access token with the scope Packaging (read and write). The account must be a contributor to the feed.",
    refusals: &[Refusal::words(
        &["addpackage"],
        &[Likely::new(Meaning::RestrictedCredential)
            .why("the account can read the feed, but cannot add to it")
            .fix(RIGHTS)],
    )],
    ..Vendor::PLAIN
};

/// `Release` of `feed@Release`.
fn view<'a>(address: &Address<'a>) -> Option<&'a str> {
    let [.., "_packaging", feed, "npm", "registry"] = *address.parts.as_slice() else { return None };
    Some(feed.split_once('@').or_else(|| feed.split_once("%40"))?.1)
}
