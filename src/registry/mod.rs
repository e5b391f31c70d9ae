//! The network client: it puts the rules' questions to registries, all of them reads, and decodes the answers to
//! [`facts`](crate::facts). Nothing else in the crate talks to a server.

mod attestations;
mod body;
mod budget;
mod cache;
pub mod client;
mod decoder;
pub mod endpoint;
mod failure;
mod inflate;
#[cfg(test)]
mod loopback;
pub mod network;
pub mod packument;
pub mod progress;
mod scan;
pub mod second_opinion;
mod sift;
mod slots;
mod staging;
pub mod survey;
mod tarball;
mod tls;
mod tokens;
mod transfer;
mod weight;
