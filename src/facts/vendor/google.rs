//! Google Artifact Registry.

use super::{Likely, Meaning, Refusal, Vendor};

pub(super) static VENDOR: Vendor = Vendor {
    name: "Google Artifact Registry",
    knows: |address| address.is_in("pkg.dev"),
    credential: "`npx google-artifactregistry-auth` writes a token into .npmrc; it is valid for an hour. The account needs the role \
        Artifact Registry Writer.",
    refusals: &[Refusal::words(&["unauthenticated request"], &[Likely::new(Meaning::NoCredential)])],
    ..Vendor::PLAIN
};
