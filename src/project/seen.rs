//! What is kept of a packed file once its content was looked at: the content itself is not.

pub mod secrets;
pub mod source_maps;

use self::secrets::Secret;
use self::source_maps::Map;

/// The largest file that is looked into, in bytes.
pub const MAX_SEEN: u64 = 16 * 1024 * 1024;
/// How many bytes from the start on must be free of a zero byte for a file to count as text.
const TEXT_HEAD: usize = 8192;

/// What is in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Credentials.
    pub secrets: Vec<Secret>,
    /// The path of its source map, from the file on.
    pub names_map: Option<String>,
    /// What it leads to, if it is a source map.
    pub map: Option<Map>,
}

impl Seen {
    /// Looks into the content of a file.
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        if memchr::memchr(0, &bytes[..bytes.len().min(TEXT_HEAD)]).is_some() {
            return Self::default();
        }
        let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
        let names_map = if ends(&[".js", ".mjs", ".cjs", ".css"]) { source_maps::named(bytes) } else { None };
        let map = if ends(&[".map"]) { source_maps::read(bytes) } else { None };
        Self { secrets: secrets::find(path, bytes), names_map, map }
    }

    /// Nothing to speak of.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
