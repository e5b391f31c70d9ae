//! Sonatype's Nexus.

use super::Vendor;

pub(super) static VENDOR: Vendor = Vendor {
    name: "Nexus",
    knows: |address| address.has(&["repository", "*"]),
    realm: "sonatype nexus repository manager",
    closed: |address| address.closed_by_name("Nexus", &["repository"], &["group", "proxy"]),
    credential: "Nexus accepts the tokens of `npm login` only if its npm Bearer Token Realm is active. A user and a password, or a user \
        token, are written in Base64 instead: `_auth` in place of `_authToken`.",
    ..Vendor::PLAIN
};
