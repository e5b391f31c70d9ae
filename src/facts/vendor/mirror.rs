//! Public mirrors of npm's registry, most of which run cnpm.

use super::{Closed, Likely, Meaning, Refusal, Vendor};

const MIRRORS: [&str; 7] = [
    "mirrors.cloud.tencent.com",
    "mirrors.huaweicloud.com",
    "r.cnpmjs.org",
    "registry.cnpmjs.org",
    "registry.npm.taobao.org",
    "registry.npmmirror.com",
    "repo.huaweicloud.com",
];

const WEB_SITE: &str = "npmmirror.com";

pub(super) static VENDOR: Vendor = Vendor {
    name: "a mirror of npm's registry",
    knows: |address| MIRRORS.contains(&address.host) || address.host == WEB_SITE,
    may_follow_npm: true,
    closed: |address| {
        let is_site = address.host == WEB_SITE;
        Some(Closed::host(if is_site { "is a website, not a registry" } else { "is a read-only mirror" }))
    },
    refusals: &[Refusal::words(&["private mode enable"], &[Likely::new(Meaning::ReadOnly)])],
    ..Vendor::PLAIN
};
