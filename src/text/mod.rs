//! Texts and places in them: sources, JSON with positions, secrets that cannot be printed, and escaping of untrusted
//! text. It knows nothing of npm.

pub mod count;
pub mod edit;
pub mod escape;
pub mod js;
pub mod json;
pub mod redact;
pub mod shorten;
pub mod source;
pub mod stderr;
pub mod time;
