//! What an npm answered before, in the target folder. The pinned npms answer the same question in the same way, but take minutes for
//! all of them: so a question is put to them once on each machine, and again as soon as anything changes that the answer depends on.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{Context, SHA256};
use serde_json::Value;

use super::Npm;

/// In the place of the folder whose name differs from run to run.
const PLANTED: &str = "<planted>";

/// All that an answer depends on.
pub(super) struct Question<'a> {
    pub(super) npm: &'a Npm,
    pub(super) script: &'a Path,
    pub(super) input: &'a Value,
    /// The folder with the files that the script looks at.
    pub(super) planted: Option<&'a Path>,
}

impl Question<'_> {
    /// The answer, which is JSON: the one from before, or that of `ask`.
    pub(super) fn answer(&self, ask: impl FnOnce() -> String) -> Value {
        let planted = self.planted.map(|folder| folder.to_str().expect("UTF-8"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("answers");
        let file = folder.join(self.digest());
        let known = std::fs::read_to_string(&file).ok().map(|known| match planted {
            Some(planted) => known.replace(PLANTED, planted),
            None => known,
        });
        if let Some(answer) = known.and_then(|known| serde_json::from_str(&known).ok()) {
            return answer;
        }
        let answer = ask();
        let kept = planted.map_or_else(|| answer.clone(), |planted| answer.replace(planted, PLANTED));
        std::fs::create_dir_all(&folder).expect("a folder");
        let fresh = tempfile::NamedTempFile::new_in(&folder).expect("a file");
        std::fs::write(fresh.path(), kept).expect("a file");
        fresh.persist(&file).expect("a file");
        serde_json::from_str(&answer).expect("JSON")
    }

    fn digest(&self) -> String {
        static NODE: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let node = Command::new("node").args(["-p", "process.version + process.platform"]).output();
            node.expect("node starts").stdout
        });
        let mut digest = Context::new(&SHA256);
        let mut add = |bytes: &[u8]| {
            digest.update(&bytes.len().to_le_bytes());
            digest.update(bytes);
        };
        add(&NODE);
        add(self.npm.version.to_string().as_bytes());
        add(&std::fs::read(self.script).expect("the script"));
        let Some(planted) = self.planted else {
            add(self.input.to_string().as_bytes());
            return shown(digest);
        };
        let unplaced = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.replace(planted.to_str().expect("UTF-8"), PLANTED).into_bytes()
        };
        add(&unplaced(self.input.to_string().as_bytes()));
        for path in everything_in(planted) {
            add(&unplaced(path.as_os_str().as_encoded_bytes()));
            let kind = std::fs::symlink_metadata(&path).expect("it is there").file_type();
            if kind.is_symlink() {
                add(&unplaced(std::fs::read_link(&path).expect("a link").as_os_str().as_encoded_bytes()));
            } else if kind.is_file() {
                // What nobody may read is empty for npm, too.
                add(&unplaced(&std::fs::read(&path).unwrap_or_default()));
            }
        }
        shown(digest)
    }
}

fn shown(digest: Context) -> String {
    URL_SAFE_NO_PAD.encode(digest.finish())
}

/// The entries of a folder and of all folders in it, in a fixed order.
fn everything_in(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten();
        let mut entries: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        entries.sort_unstable();
        let is_folder = |path: &&PathBuf| path.is_dir() && !path.is_symlink();
        waiting.extend(entries.iter().filter(is_folder).cloned());
        found.append(&mut entries);
    }
    found
}
