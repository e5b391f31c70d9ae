//! npm's own rules as pure functions: names, versions and ranges, specs, patterns, hosted repositories, keys of registries.

pub mod glob;
pub mod hosted_git;
pub mod name;
pub mod nerf_dart;
pub mod release;
pub mod spec;
pub mod version;
