//! The documents and the fenced blocks in them.

use std::ops::Range;
use std::path::Path;

pub(super) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What people read to use the program, relative to the repository.
pub(super) fn documents() -> Vec<String> {
    let folder = std::fs::read_dir(Path::new(ROOT).join("docs")).expect("a folder");
    let files = folder.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "md"));
    let names = files.filter_map(|path| Some(format!("docs/{}", path.file_name()?.to_str()?)));
    let mut all: Vec<String> = names.collect();
    all.extend(["README.md", "SKILL.md", "npm/cli/README.md", "pypi/README.md"].map(str::to_owned));
    all.sort();
    all
}

pub(super) fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// A fenced block.
pub(super) struct Block {
    /// The file and the line of the opening fence, for messages.
    pub(super) place: String,
    /// `console`, `sh`, `yaml`...
    pub(super) language: String,
    /// The second word behind the fence: the project in which the block runs. Renderers do not show it.
    pub(super) project: Option<String>,
    /// The lines between the fences.
    pub(super) text: String,
    /// Where they are in the file.
    pub(super) range: Range<usize>,
}

/// The blocks of a document. Fences that are indented, as in a list, are not looked for: none of the documents has any.
pub(super) fn blocks(file: &str, text: &str) -> Vec<Block> {
    let (mut found, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    let mut at = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        let fence = line.strip_prefix("```").map(str::trim_end);
        assert!(fence.is_some() || !line.trim_start().starts_with("```"), "{file}:{}: indented", number + 1);
        match (fence, open.take()) {
            (Some(info), None) => {
                let mut words = info.split(' ').map(ToOwned::to_owned);
                let (language, project) = (words.next().unwrap_or_default(), words.next());
                let place = format!("{file}:{}", number + 1);
                open = Some(Block { place, language, project, text: String::new(), range: end..end });
            }
            (Some(_), Some(mut block)) => {
                block.range.end = at;
                text[block.range.clone()].clone_into(&mut block.text);
                found.push(block);
            }
            (None, block) => open = block,
        }
        at = end;
    }
    assert!(open.is_none(), "{file}: a fence is not closed");
    found
}

/// The document without its fenced blocks.
pub(super) fn prose(file: &str, text: &str) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for block in blocks(file, text) {
        out.push_str(&text[at..block.range.start]);
        at = block.range.end;
    }
    out + &text[at..]
}

/// The code between single backticks, with the line breaks in it as spaces.
pub(super) fn inline_code(prose: &str) -> Vec<String> {
    let parts = prose.split('`').skip(1).step_by(2);
    parts.map(|code| code.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}
