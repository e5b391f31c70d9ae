//! Artifactory. A virtual repository may have a local one behind it that takes packages.

use super::Vendor;

pub(super) static VENDOR: Vendor = Vendor {
    name: "Artifactory",
    knows: |address| address.is_in("jfrog.io") || address.has(&["api", "npm", "*"]),
    realm: "artifactory realm",
    closed: |address| address.closed_by_name("Artifactory", &["api", "npm"], &["remote"]),
    ..Vendor::PLAIN
};
