//! npm's public registry, and Yarn's name for it.

use super::{Closed, Vendor};

/// Web sites about packages.
const WEB_SITES: [&str; 4] = ["npmjs.com", "www.npmjs.com", "npmjs.org", "www.npmjs.org"];

/// Copies of its database.
const COPIES: [&str; 2] = ["replicate.npmjs.com", "skimdb.npmjs.com"];

pub(super) static VENDOR: Vendor = Vendor {
    name: "npm",
    knows: |address| ["npmjs.org", "npmjs.com", "registry.yarnpkg.com"].into_iter().any(|host| address.is_in(host)),
    may_follow_npm: true,
    closed: |address| match address.host {
        host if WEB_SITES.contains(&host) => Some(Closed::host("is a website, not a registry")),
        host if COPIES.contains(&host) => Some(Closed::host("is a read-only mirror")),
        _ => None,
    },
    ..Vendor::PLAIN
};
