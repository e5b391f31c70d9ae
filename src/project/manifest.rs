//! package.json as `npm publish` reads it: the fields that decide a publish, each with its place. What npm refuses
//! to read is kept as [`Broken`], for the rule that says so.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::project::seen::Seen;
use crate::project::world::{World, limit, read};
use crate::text::json::{Bounds, Document, ParseError, Type, Value, edit};
use crate::text::redact::{is_secret, mask};
use crate::text::source::{Place, Source, Span};

/// How much of a package.json is read: a hundred times what the largest ones hold, and what takes the rules no time to look at.
const BOUNDS: Bounds = Bounds { values: 100_000, levels: 500, text: 1_000_000 };

/// Why npm cannot read a package.json.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Broken {
    /// Not there.
    #[error("there is no package.json in `{folder}`")]
    Missing {
        /// The folder, as shown.
        folder: String,
    },
    /// A folder has that name.
    #[error("package.json is a folder")]
    IsFolder,
    /// It may not be read, or the disk fails.
    #[error("package.json cannot be read: {0}")]
    Unreadable(io::ErrorKind),
    /// It is larger than what is read here, or no plain file: what npm makes of it is not known.
    #[error("package.json is {}, so it was not read", match .0 {
        io::ErrorKind::FileTooLarge => format!("larger than {}", read::size(limit::MANIFEST)),
        _ => "neither a file nor a folder".to_owned(),
    })]
    Unread(io::ErrorKind),
    /// It holds more than is looked at here: what npm makes of it is not known.
    #[error("package.json {0}, so it was not checked")]
    Beyond(ParseError),
    /// Not UTF-8: npm reads UTF-16 as garbage.
    #[error("package.json is UTF-16, but must be UTF-8")]
    Utf16,
    /// Git's conflict markers.
    #[error("package.json contains an unresolved merge conflict")]
    MergeConflict {
        /// The marker line.
        span: Span,
    },
    /// Not JSON.
    #[error("package.json is not valid JSON: {message}")]
    Syntax {
        /// The character that cannot be there.
        span: Span,
        /// What is wrong.
        message: String,
    },
    /// JSON, but not an object.
    #[error("package.json must contain an object, not {found}")]
    NotAnObject {
        /// What it holds.
        found: Type,
        /// Its place in the file.
        span: Span,
    },
}

/// A package.json.
#[derive(Debug)]
pub struct Manifest {
    /// Its text.
    pub source: Arc<Source>,
    document: Document,
    /// The folder it describes.
    pub folder: PathBuf,
    /// Why npm cannot read it.
    pub broken: Option<Broken>,
    /// It is in a tarball: npm runs none of its scripts.
    pub is_packed: bool,
    /// The files beside it in that tarball.
    pub packed: Vec<PackedEntry>,
    /// The size of that tarball in bytes.
    pub archive_size: Option<u64>,
}

/// How a file in a tarball is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackedLink {
    /// A second name of another file.
    Hard,
    /// It holds the path of another one.
    Symbolic,
}

/// A file in a tarball.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedEntry {
    /// Its path below the top folder, with `/`.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// Somebody may run it.
    pub is_executable: bool,
    /// It is a link to another file, which whoever installs the package leaves out.
    pub link: Option<PackedLink>,
    /// How it begins.
    pub head: Vec<u8>,
    /// What is in it; `None`: it was not looked into.
    pub seen: Option<Box<Seen>>,
    /// Its text, where it is JavaScript or a package.json, and not too large to be kept.
    pub text: Option<Box<[u8]>>,
}

impl PackedEntry {
    /// Its path and its text.
    pub fn text(&self) -> Option<(&str, &[u8])> {
        Some((&self.path, self.text.as_deref()?))
    }
}

impl Manifest {
    /// Reads `folder`/package.json; failures are part of the result.
    pub fn read(world: &World, folder: &Path) -> Self {
        let path = folder.join("package.json");
        let shown = world.shown_path(&path);
        match world.files.read(&path, limit::MANIFEST) {
            Ok(bytes) => Self::parse(shown, &bytes, folder),
            Err(error) => {
                let broken = match error.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                        let folder = world.shown_path(folder);
                        Broken::Missing { folder: if folder.is_empty() { ".".to_owned() } else { folder } }
                    }
                    io::ErrorKind::IsADirectory => Broken::IsFolder,
                    kind if read::is_unread(kind) => Broken::Unread(kind),
                    kind => Broken::Unreadable(kind),
                };
                Self::unread(shown, folder, broken)
            }
        }
    }

    /// A manifest of which nothing could be read.
    pub fn unread(shown: String, folder: &Path, broken: Broken) -> Self {
        Self {
            source: Arc::new(Source::new(shown, b"")),
            document: Document::default(),
            folder: folder.to_path_buf(),
            broken: Some(broken),
            is_packed: false,
            packed: Vec::new(),
            archive_size: None,
        }
    }

    /// `private`, when JavaScript takes it for true.
    pub fn is_private(&self) -> bool {
        self.field("private").is_some_and(Value::is_truthy)
    }

    /// Reads a text; `shown` is its path in messages.
    pub fn parse(shown: String, bytes: &[u8], folder: &Path) -> Self {
        let source = Source::new(shown, bytes);
        let (document, broken) = match Document::parse_within(source.text(), BOUNDS) {
            Ok(document) => {
                let root = document.root();
                let broken = (root.type_of() != Type::Object)
                    .then(|| Broken::NotAnObject { found: root.type_of(), span: root.span() });
                (document, broken)
            }
            Err(ParseError::Syntax(error)) => {
                let end = source.text()[error.offset..].chars().next().map_or(0, char::len_utf8) + error.offset;
                let broken = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
                    Broken::Utf16
                } else if let Some(span) = conflict_marker(source.text()) {
                    Broken::MergeConflict { span }
                } else {
                    Broken::Syntax { span: Span::new(error.offset, end), message: error.message }
                };
                (Document::default(), Some(broken))
            }
            // Its text is not kept: there may be many of them.
            Err(error) => return Self::unread(source.path().to_owned(), folder, Broken::Beyond(error)),
        };
        let secrets = secrets(&document);
        Self {
            source: Arc::new(source.with_secrets(secrets)),
            document,
            folder: folder.to_path_buf(),
            broken,
            is_packed: false,
            packed: Vec::new(),
            archive_size: None,
        }
    }

    /// Says that it is in a tarball, together with these.
    #[must_use]
    pub fn packed(self, packed: Vec<PackedEntry>, archive_size: Option<u64>) -> Self {
        Self { is_packed: true, packed, archive_size, ..self }
    }

    /// The outermost object.
    pub fn root(&self) -> Value<'_> {
        self.document.root()
    }

    /// A field of the outermost object; of duplicates the last one, as in JavaScript.
    pub fn field(&self, key: &str) -> Option<Value<'_>> {
        self.root().get(key)
    }

    /// A key of `publishConfig`, when that is an object.
    pub fn publish_config(&self, key: &str) -> Option<Value<'_>> {
        self.field("publishConfig")?.get(key)
    }

    /// A script, when it is text and not empty.
    pub fn script(&self, name: &str) -> Option<&str> {
        self.field("scripts")?.get(name)?.as_str().filter(|script| !script.is_empty())
    }

    /// The place of a span of its text.
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span)
    }

    /// The edit that gives the field at this path a value, written as JSON, and leaves all else as it is; `None`: the field has it,
    /// or something on the way is no object.
    pub fn setting(&self, path: &[&str], value: &str) -> Option<(Place, String)> {
        let change = edit::set(self.source.text(), self.root(), path, value)?;
        Some((self.place(change.span), change.text))
    }

    /// The edit that says in `repository` where the source is, where nothing does yet; `directory`: of a package that is not at the root.
    /// `None`: it is in a tarball, or a value would need escapes.
    pub fn naming_repository(&self, url: &str, directory: Option<&str>) -> Option<(Place, String)> {
        let is_plain = |text: &str| !text.chars().any(|letter| letter.is_control() || matches!(letter, '"' | '\\'));
        let directory = directory.filter(|directory| !directory.is_empty());
        // npm would take it from there.
        if self.field("repositories").is_some() || self.is_packed || !is_plain(url) || !directory.is_none_or(is_plain) {
            return None;
        }
        let mut members = vec![("type", "\"git\"".to_owned()), ("url", format!("\"{url}\""))];
        members.extend(directory.map(|directory| ("directory", format!("\"{directory}\""))));
        let change = edit::put(self.source.text(), self.root(), "repository", &members)?;
        Some((self.place(change.span), change.text))
    }

    /// The edit that lists more paths in `files`; `None`: it is no list, or an empty one, or one of them is no plain path.
    pub fn listing(&self, paths: &[&str]) -> Option<(Place, String)> {
        // Text that no client reads as a pattern, and that needs no escapes.
        let is_plain =
            |path: &&str| path.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
        let values: Vec<String> =
            paths.iter().filter(|path| is_plain(path)).map(|path| format!("\"{path}\"")).collect();
        let change = edit::push(self.source.text(), self.field("files")?, &values)?;
        (values.len() == paths.len() && !values.is_empty()).then(|| (self.place(change.span), change.text))
    }

    /// Where to point when a field is wrong, or missing: the field's value, else the name, else the opening brace.
    pub fn place_of(&self, key: &str) -> Place {
        let span = self.field(key).or_else(|| self.field("name")).map_or_else(
            || {
                let start = self.root().span().start;
                let first = self.source.text()[start..].chars().next();
                Span::new(start, start + first.map_or(0, char::len_utf8))
            },
            Value::span,
        );
        self.place(span)
    }
}

/// The first line that begins like one of Git's conflict markers.
fn conflict_marker(text: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if ["<<<<<<< ", "=======", ">>>>>>> "].iter().any(|marker| line.starts_with(marker)) {
            return Some(Span::new(start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    None
}

/// Tokens and passwords that somebody put into publishConfig, and those that hide from [`Source`] behind JSON's
/// escapes: `https:\/\/alice:password@host`.
fn secrets(document: &Document) -> Vec<Span> {
    let configured = document.root().get("publishConfig").into_iter().flat_map(Value::members);
    let configured = configured.filter(|member| is_secret(member.key));
    let mut secrets: Vec<_> = configured.map(|member| member.value.span()).collect();
    for value in document.values() {
        let span = value.span();
        let escaped = |text: &&str| text.len() + "\"\"".len() < span.end - span.start;
        if value.as_str().filter(escaped).is_some_and(|text| mask(text) != text) {
            secrets.push(span);
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_beyond_the_limits_is_not_read() {
        for (text, reason) in [
            (format!(r#"{{"files":[{}""]}}"#, r#""","#.repeat(200_000)), "has more than 100000 values"),
            (
                format!(r#"{{"exports":{}1{}}}"#, r#"{"a":"#.repeat(50_000), "}".repeat(50_000)),
                "is nested more than 500 levels deep",
            ),
            (
                format!(r#"{{"scripts":{{"a":"{}"}}}}"#, "'".repeat(2_000_000)),
                "has a string of more than 1000000 bytes",
            ),
        ] {
            let manifest = Manifest::parse("package.json".to_owned(), text.as_bytes(), Path::new("/project"));
            let broken = manifest.broken.unwrap().to_string();
            assert_eq!(broken, format!("package.json {reason}, so it was not checked"));
        }
    }

    #[test]
    fn an_escaped_password_is_hidden() {
        let text = r#"{"repository":"https:\/\/alice:secret@host.example\/x","name":"a\/b"}"#;
        let manifest = Manifest::parse("package.json".to_owned(), text.as_bytes(), Path::new("/project"));
        let shown = manifest.source.shown(manifest.source.line(1));
        assert!(!shown.contains("secret") && shown.contains(r"a\/b"), "{shown}");
    }
}
