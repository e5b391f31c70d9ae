//! Artifactory. A virtual repository may have a local one behind it that takes packages.

use super::{Likely, Meaning, Refusal, Vendor};

const DEPLOYMENT: &str = "Publish to the local repository behind it, or set a default deployment repository in the settings of the virtual \
    one.";

pub(super) static VENDOR: Vendor = Vendor {
    name: "Artifactory",
    knows: |address| address.is_in("jfrog.io") || address.has(&["api", "npm", "*"]),
    realm: "artifactory realm",
    closed: |address| address.closed_by_name("Artifactory", &["api", "npm"], &["remote"]),
    refusals: &[
        Refusal::words(
            &["default deployment repository"],
            &[Likely::new(Meaning::ReadOnly).why("a virtual repository needs a local one to keep what is published").fix(DEPLOYMENT)],
        ),
        Refusal::code(
            "E404",
            &[
                Likely::new(Meaning::WrongRegistry)
                    .why("Artifactory has no repository of the name in the URL, or hides it")
                    .fix("Compare the name behind `/api/npm/` in the registry's URL with the repository's key in Artifactory."),
                Likely::new(Meaning::UnknownCredential),
            ],
        )
        .or(&[Meaning::UnsetVariable, Meaning::RestrictedCredential]),
    ],
    ..Vendor::PLAIN
};
