//! `CodeArtifact` of AWS.

use super::Vendor;

pub(super) static VENDOR: Vendor = Vendor {
    name: "AWS CodeArtifact",
    knows: |address| address.is_in("amazonaws.com"),
    credential: "`aws codeartifact login --tool npm` writes a token into .npmrc; it is valid for twelve hours at most. The account \
        needs `codeartifact:PublishPackageVersion`.",
    ..Vendor::PLAIN
};
