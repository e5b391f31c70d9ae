//! Sonatype's Nexus.

use super::Vendor;

pub(super) static VENDOR: Vendor = Vendor {
    name: "Nexus",
    knows: |address| address.has(&["repository", "*"]),
    closed: |address| address.closed_by_name("Nexus", &["repository"], &["group", "proxy"]),
    ..Vendor::PLAIN
};
