//! npm-preflight says before `npm publish` is run why it would be refused.
//!
//! The flow goes one way: arguments and the machine -> packages and npm's configuration -> publish plans -> what the
//! registries answer -> rules -> report. Only [`world`] touches the machine, only [`registry`] the network.

pub mod case;
pub mod ci;
pub mod cli;
pub mod diagnostic;
pub mod discover;
pub mod engines;
pub mod exit;
pub mod explain;
mod js;
pub mod json;
pub mod lint;
pub mod manifest;
pub mod name;
pub mod npm_config;
pub mod npm_spec;
pub mod plan;
pub mod registry;
pub mod report;
pub mod rules;
pub mod scripts;
pub mod settings;
pub mod source;
#[cfg(test)]
pub(crate) mod testing;
pub mod version;
pub mod world;
