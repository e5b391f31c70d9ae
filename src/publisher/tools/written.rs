//! The configuration of a release tool: JSON, YAML, or a field of package.json. One that is code is not run; words are looked for.

use std::path::Path;
use std::sync::Arc;

use crate::project::manifest::Manifest;
use crate::project::npm_config::{Layer, Origin, Sourced};
use crate::project::world::{World, limit};
use crate::text::json::{Document, Value};
use crate::text::source::{Place, Source};

/// What a file says.
pub(super) enum Written {
    /// Values.
    Values {
        source: Arc<Source>,
        document: Document,
        /// The field of package.json that it is.
        field: Option<&'static str>,
        /// The document is not the text of the file.
        is_converted: bool,
    },
    /// Code.
    Code(String),
}

impl Written {
    /// The first of these files of a folder, else the field of package.json.
    pub(super) fn find(world: &World, root: &Manifest, files: &[&str], field: &'static str) -> Option<Self> {
        let file = files.iter().map(|file| root.folder.join(file)).find(|path| world.files.is_file(path));
        if let Some(path) = file {
            return Self::read(world, &path);
        }
        root.field(field)?;
        let document = Document::parse(root.source.text()).ok()?;
        let source = Arc::clone(&root.source);
        Some(Self::Values { source, document, field: Some(field), is_converted: false })
    }

    /// A file; `None`: it is not there, or cannot be read.
    pub(super) fn read(world: &World, path: &Path) -> Option<Self> {
        let bytes = world.files.read(path, limit::SETTINGS).ok()?;
        let source = Source::new(world.shown_path(path), &bytes);
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if matches!(end, "js" | "cjs" | "mjs" | "ts" | "cts" | "mts") {
            return Some(Self::Code(source.text().to_owned()));
        }
        if let Ok(document) = Document::parse(source.text()) {
            return Some(Self::Values { source: Arc::new(source), document, field: None, is_converted: false });
        }
        let value: serde_json::Value = serde_saphyr::from_str(source.text()).ok()?;
        let document = Document::parse(&value.to_string()).ok()?;
        Some(Self::Values { source: Arc::new(source), document, field: None, is_converted: true })
    }

    /// The value at the end of a path of keys; `None`: there is none.
    pub(super) fn get(&self, path: &[&str]) -> Option<Value<'_>> {
        let Self::Values { document, field, .. } = self else { return None };
        let root = document.root();
        let start = match field {
            Some(field) => root.get(field)?,
            None => root,
        };
        path.iter().try_fold(start, |value, key| value.get(key))
    }

    /// The text there.
    pub(super) fn text(&self, path: &[&str]) -> Option<Sourced<String>> {
        self.sourced(self.get(path)?)
    }

    /// A text in it, with its place.
    pub(super) fn sourced(&self, value: Value<'_>) -> Option<Sourced<String>> {
        let Self::Values { source, is_converted, .. } = self else { return None };
        let text = value.as_str().filter(|text| !text.is_empty())?;
        let origin = if *is_converted {
            Origin::Derived(source.path().to_owned())
        } else {
            let place = Place::new(source, value.span());
            Origin::File { layer: Layer::Project, key: place.span, place }
        };
        Some(Sourced { value: text.to_owned(), origin })
    }

    /// The value there is `false`; code seems to say so.
    pub(super) fn is_off(&self, path: &[&str]) -> bool {
        match self {
            Self::Values { .. } => self.get(path).and_then(Value::as_bool) == Some(false),
            Self::Code(text) => path.last().is_some_and(|key| {
                text.match_indices(key).any(|(at, _)| {
                    let rest = text[at + key.len()..].trim_start_matches(['"', '\'', ' ']);
                    rest.strip_prefix(':').is_some_and(|rest| rest.trim_start().starts_with("false"))
                })
            }),
        }
    }
}
