//! JSR's packages for clients of npm: `jsr publish` goes elsewhere.

use super::{Closed, Vendor};

pub(super) static VENDOR: Vendor = Vendor {
    name: "JSR",
    knows: |address| address.host == "npm.jsr.io",
    may_follow_npm: true,
    closed: |_| Some(Closed::host("is a read-only mirror")),
    ..Vendor::PLAIN
};
