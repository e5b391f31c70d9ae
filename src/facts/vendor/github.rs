//! GitHub Packages, also in the cloud of an enterprise.

use super::{Largest, Likely, Limited, Meaning, Objection, Refusal, Vendor};

const RIGHTS: &str = "In GitHub Actions, give the job `permissions: packages: write` and use `GITHUB_TOKEN`; in \
    another repository, the package must grant it access (in the package's settings, \"Manage Actions access\"). A \
    personal access token needs the scope `write:packages`.";
const DATA: &str = "Compare `name` (its scope is the owner, in lowercase) and `repository` in package.json with the \
    GitHub repository that the package belongs to.";
const UNKNOWN: &str = "GitHub Packages does not recognize the token, or does not accept this kind of token";
const READ_ONLY: &str = "the token is valid, but may not write this package";

pub(super) static VENDOR: Vendor = Vendor {
    name: "GitHub Packages",
    knows: |address| {
        address.host == "npm.pkg.github.com" || address.host.starts_with("npm.") && address.host.ends_with(".ghe.com")
    },
    // "The tarball for an npm version must be smaller than 256MB" (docs.github.com, "Working with the npm registry"): which kind
    // of MB, it does not say.
    largest: Some(Largest { bytes: 256 << 20, shown: "256 MB", of: Limited::Tarball, setting: None }),
    takes_deleted_versions: true,
    objection: |name| {
        let why = if !name.starts_with('@') {
            "GitHub Packages accepts only names in the scope of their owner, such as `@owner/name`"
        } else if name.contains(|character: char| character.is_ascii_uppercase()) {
            "GitHub Packages accepts only lowercase names"
        } else {
            return None;
        };
        Some(Objection { why, code: None })
    },
    credential: RIGHTS,
    refusals: &[
        Refusal::words(&["authentication token not provided"], &[Likely::new(Meaning::NoCredential)]),
        Refusal::words(
            &["owner not found"],
            &[Likely::new(Meaning::ForeignScope)
                .why("the scope of the name must be the owner of the GitHub repository")],
        ),
        Refusal::words(
            &["token provided does not match expected scopes"],
            &[Likely::new(Meaning::RestrictedCredential).why(READ_ONLY).fix(RIGHTS)],
        ),
        Refusal::words(
            &["permission_denied"],
            &[
                Likely::new(Meaning::RestrictedCredential).why(READ_ONLY).fix(RIGHTS),
                Likely::new(Meaning::NotAMaintainer),
            ],
        ),
        Refusal::words(
            &["user cannot be authenticated with the token"],
            &[Likely::new(Meaning::UnknownCredential).why(UNKNOWN).fix(RIGHTS), Likely::new(Meaning::UnsetVariable)],
        )
        .or(&[Meaning::MalformedCredential]),
        Refusal::code(
            "E403",
            &[Likely::new(Meaning::RestrictedCredential).fix(RIGHTS), Likely::new(Meaning::NotAMaintainer)],
        ),
        Refusal::code(
            "E422",
            &[Likely::new(Meaning::Other("GitHub Packages could not process the package's metadata")).fix(DATA)],
        ),
    ],
    ..Vendor::PLAIN
};
