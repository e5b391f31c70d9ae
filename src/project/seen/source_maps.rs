//! Source maps, as far as rules ask for them: which map a file names, and whether a map leads to its sources
//! (<https://tc39.es/ecma426/>).

use memchr::memmem;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// How much of the end of a file is searched for the name of its map, in bytes.
const TAIL: usize = 4096;
/// How many sources of a map are kept.
const MOST_SOURCES: usize = 1_000;

/// What a map leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// It holds the text of its sources.
    pub has_text: bool,
    /// The paths of its sources, from the map on.
    pub sources: Vec<String>,
}

/// The path of the map that a file names in its last line, from the file on. `None`: there is none, or it is no path.
pub fn named(bytes: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"sourceMappingURL=";
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    let at = memmem::rfind(tail, MARK)?;
    let before = tail[..at].trim_ascii_end();
    if ![b"//#".as_slice(), b"//@", b"/*#"].iter().any(|sign| before.ends_with(sign)) {
        return None;
    }
    let rest = std::str::from_utf8(&tail[at + MARK.len()..]).ok()?.trim_end();
    let url = rest.strip_suffix("*/").unwrap_or(rest).trim_end();
    let is_path = |letter: char| letter.is_alphanumeric() || "./_-@+~ ()[]".contains(letter);
    let is_path = url.chars().all(is_path) && !url.starts_with('/') && !url.contains("//") && !url.is_empty();
    is_path.then(|| url.to_owned())
}

/// Reads a map; `None`: it is none, or one of several parts.
pub fn read(bytes: &[u8]) -> Option<Map> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Text {
        sources: Option<Vec<Option<String>>>,
        sources_content: Option<Vec<Option<IgnoredAny>>>,
        source_root: Option<String>,
    }
    if let Some(at) = memmem::find(bytes, b"\"sourcesContent\"") {
        let rest = &bytes[at + b"\"sourcesContent\"".len()..];
        let rest = rest.trim_ascii_start().strip_prefix(b":").unwrap_or(rest).trim_ascii_start();
        if rest.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"")) {
            return Some(Map { has_text: true, sources: Vec::new() });
        }
    }
    let text: Text = serde_json::from_slice(bytes).ok()?;
    let has_text = text.sources_content.is_some_and(|texts| texts.iter().any(Option::is_some));
    let root = text.source_root.unwrap_or_default();
    let root = if root.is_empty() || root.ends_with('/') { root } else { root + "/" };
    let sources = text.sources?.into_iter().flatten().take(MOST_SOURCES).map(|source| format!("{root}{source}"));
    let is_path =
        |path: &String| !path.contains(':') && !path.starts_with('/') && !path.contains('\0') && !path.is_empty();
    Some(Map { has_text, sources: sources.filter(is_path).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_on_the_last_line_names_a_source_map() {
        let of = |text: &str| named(text.as_bytes());
        assert_eq!(of("a\n//# sourceMappingURL=a.js.map\n").as_deref(), Some("a.js.map"));
        assert_eq!(of("a\n/*# sourceMappingURL=../a.css.map */").as_deref(), Some("../a.css.map"));
        for none in [
            "//# sourceMappingURL=data:application/json;base64,e30=",
            "//# sourceMappingURL=https://a.example/a.js.map",
            "const a = `//# sourceMappingURL=${name}`",
            "s = \"sourceMappingURL=a.js.map\"",
            "//# sourceMappingURL=a.js.map\ncode()",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_source_map_has_its_sources_as_text_or_as_paths() {
        let of = |text: &str| read(text.as_bytes()).unwrap();
        assert!(of(r#"{"sources":["a.ts"],"sourcesContent":["let a"]}"#).has_text);
        assert!(of(r#"{"sources":["a.ts","b.ts"],"sourcesContent":[null,"let b"]}"#).has_text);
        let map = of(r#"{"sourceRoot":"..","sources":["src/a.ts",null,"webpack://x"],"sourcesContent":[null]}"#);
        assert_eq!(map, Map { has_text: false, sources: vec!["../src/a.ts".to_owned()] });
        assert_eq!(read(b"no map"), None);
    }
}
