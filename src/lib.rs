//! npm-preflight finds out why `npm publish` would fail before it is run.
//!
//! The modules are layers, listed from the bottom to the top. A file imports its own layer and lower ones only;
//! [`registry`], the network client, is imported by [`commands`] alone.

pub mod text;

pub mod npm;

pub mod project;

pub mod facts;

pub mod publisher;

pub mod plan;

pub mod rules;

pub mod report;

pub mod registry;

pub mod commands;

pub use commands::run;
