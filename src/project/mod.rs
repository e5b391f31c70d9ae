//! What is on disk: the machine (files, variables, the clock, git), and what the project keeps on it, such as
//! package.json, npm's configuration, workspaces and the CI job.

pub(crate) mod archive;
pub mod bundle;
pub mod changes;
pub mod ci;
pub mod cloned;
pub mod committed;
pub mod declared;
pub mod engines;
pub mod entries;
pub mod manifest;
pub mod members;
pub mod modules;
pub mod npm_config;
pub mod overridden;
pub mod package_files;
pub mod repository;
pub mod scripts;
pub mod seen;
mod shown_path;
pub mod world;
pub mod yarn_files;
