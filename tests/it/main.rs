//! One integration binary: the executable, against fixtures, a fake registry and the installed npm.
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests build the world they run in")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod action;
mod cache;
mod clients;
mod command_line;
mod committed;
mod dependencies;
mod diagnose;
mod diff_published;
mod distribution;
mod docs;
mod fake_registry;
mod faults;
mod fix;
mod git_checks;
mod harness;
mod hook;
mod hostile_git;
mod house;
mod init;
mod known_failures;
mod layers;
mod log;
mod network;
mod npm_ci;
mod npm_config;
mod npm_manifest;
mod npm_names;
mod npm_publish;
mod npms;
mod ordinary_job;
mod packing;
mod patterns;
mod plan;
mod prediction;
mod registry;
mod sarif;
mod secrets;
mod settings;
mod since;
mod tools;
mod validators;
mod vendors;
mod verdaccio;
mod workspaces;
