//! Who publishes: which package manager, what it reads beside npm's configuration, and what it writes into the package.

mod client;
pub mod dependencies;
pub mod git_checks;
mod manager;
mod own_settings;
pub mod yarn_lock;

pub use client::{Client, NamedBy};
pub use manager::Manager;
pub use own_settings::OwnSettings;
