//! Commits that git would write, and those that only an attacker would.
#![expect(clippy::disallowed_methods, reason = "the tests make the repository that is read")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::*;
use crate::commands::hook::candidates::candidates;
use crate::commands::mutation::{cases, changes, mutated};
use crate::project::world::World;
use crate::project::world::git::git;

/// A repository in a folder of its own.
struct Repository {
    folder: TempDir,
    root: PathBuf,
}

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("repository");
        git(folder.path(), &["init", "--quiet", "repository"], b"").unwrap();
        Self { folder, root }
    }

    /// Writes an object as it is, however damaged.
    fn write(&self, kind: &str, bytes: &[u8]) -> String {
        let written = git(&self.root, &["hash-object", "-w", "--literally", "--stdin", "-t", kind], bytes).unwrap();
        String::from_utf8(written).unwrap().trim().to_owned()
    }

    fn tree(&self, entries: &[(&str, &str, &str)]) -> String {
        self.write("tree", &tree(entries))
    }

    fn commit(&self, tree: &str) -> String {
        self.write("commit", commit(tree).as_bytes())
    }

    /// The files of a commit with this folder.
    fn files(&self, tree: &str) -> Commit {
        let store = Arc::new(Store::open(&self.root).unwrap());
        let id = store.commit(&self.commit(tree)).unwrap().unwrap();
        Commit::new(&store, id)
    }
}

fn commit(tree: &str) -> String {
    format!("tree {tree}\nauthor A <a@h> 0 +0000\ncommitter A <a@h> 0 +0000\n\nx\n")
}

fn tree(entries: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (mode, name, object) in entries {
        bytes.extend(format!("{mode} {name}\0").bytes());
        bytes.extend((0..object.len() / 2).map(|at| u8::from_str_radix(&object[2 * at..2 * at + 2], 16).unwrap()));
    }
    bytes
}

#[test]
fn a_tree_with_arbitrary_bytes_in_names_is_read() {
    let mut bytes = b"100644 a b\0".to_vec();
    bytes.extend([0x1f; 20]);
    bytes.extend(b"40000 \xff\0");
    bytes.extend([0xa0; 20]);
    bytes.extend(b"120000 cut short\0\x01");
    let tree = entries(&bytes, 20);
    let shown: Vec<_> = tree.iter().map(|(name, entry)| (name.len(), entry.kind, entry.object.clone())).collect();
    let expected = [(3, EntryKind::File, "1f".repeat(20)), (1, EntryKind::Folder, "a0".repeat(20))];
    assert_eq!(shown.len(), 2);
    assert!(shown.contains(&expected[0]) && shown.iter().any(|one| one.1 == EntryKind::Folder), "{shown:?}");
}

#[test]
fn names_that_escape_the_folder_are_not_read() {
    let object = "1f".repeat(20);
    for name in ["", ".", "..", "/etc", "a/b", "../a", "a/"] {
        assert!(entries(&tree(&[("40000", name, &object)]), 20).is_empty(), "{name}");
    }
}

#[test]
fn a_link_to_an_absolute_path_escapes_the_repository() {
    assert!(parts(Path::new("/etc/npmrc")).is_err());
    let parts = parts(Path::new("./a/../b")).unwrap();
    assert_eq!(parts, ["b", "..", "a"].map(OsString::from));
}

#[test]
fn endlessly_nested_folders_are_an_error_and_not_a_crash() {
    let repository = Repository::new();
    let manifest = repository.write("blob", br#"{"name":"a","version":"1.0.0"}"#);
    let mut folder = repository.tree(&[("100644", "package.json", &manifest)]);
    for _ in 0..DEEPEST {
        folder = repository.tree(&[("40000", "a", &folder)]);
    }
    assert_eq!(repository.files(&folder).package_folders().unwrap().len(), 1);
    let deeper = repository.tree(&[("40000", "a", &folder)]);
    let error = repository.files(&deeper).package_folders().unwrap_err();
    assert!(error.to_string().contains("more than 200 deep"), "{error}");
}

#[test]
fn exponentially_shared_trees_are_an_error() {
    let repository = Repository::new();
    let manifest = repository.write("blob", br#"{"name":"a","version":"1.0.0"}"#);
    let mut folder = repository.tree(&[("100644", "package.json", &manifest)]);
    for _ in 0..20 {
        let names = ["a", "b", "c", "d"];
        let all: Vec<_> = names.iter().map(|name| ("40000", *name, &*folder)).collect();
        folder = repository.tree(&all);
    }
    let error = repository.files(&folder).package_folders().unwrap_err();
    assert!(error.to_string().contains("more than 100000 package.json"), "{error}");
}

#[test]
fn a_link_longer_than_any_path_is_not_followed() {
    let repository = Repository::new();
    let file = repository.write("blob", b"x");
    for (length, is_read) in [(1000, true), (1_000_000, false)] {
        let target = repository.write("blob", format!("{}file", "./".repeat(length)).as_bytes());
        let files = repository.files(&repository.tree(&[("100644", "file", &file), ("120000", "link", &target)]));
        assert_eq!(files.read(&repository.root.join("link"), 10).is_ok(), is_read, "{length}");
    }
}

/// What a file, or the target of a link, may hold.
const BLOBS: &[&str] = &[
    r#"{"name":"a","version":"1.0.0","private":true}"#,
    r#"{"name":"root","private":true,"workspaces":["*","**","!b"]}"#,
    "packages: ['**']\n",
    "package.json",
    "a",
    "../a/b",
    "..",
    ".",
    "../../outside",
    "/etc/passwd",
    "",
];
const NAMES: &[&str] =
    &["a", "b", "package.json", "pnpm-workspace.yaml", ".npmrc", "node_modules", "..", "/etc", ".git"];
const MODES: &[&str] = &["40000", "100644", "120000", "160000", "100755", "0", ""];
const PATHS: &[&str] =
    &["", "a", "b", "a/b", "a/b/a", "package.json", "a/package.json", ".npmrc", "b/../a", "../outside"];

#[derive(Clone, Debug)]
enum Node {
    Blob(&'static str),
    /// Mode, name, and which of the objects before.
    Tree(Vec<(&'static str, &'static str, Index)>),
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let entry = (select(MODES), select(NAMES), any::<Index>());
    let trees = vec(entry, 0..6).prop_map(Node::Tree);
    vec(prop_oneof![2 => select(BLOBS).prop_map(Node::Blob), 3 => trees], 1..14)
}

/// Whatever objects a push brings, what is read is in the commit, or in the working tree, and every look at it ends.
#[test]
fn no_pushed_object_makes_the_hook_read_outside_the_repository() {
    let repository = Repository::new();
    let outside = "this is not in the repository";
    std::fs::write(repository.folder.path().join("outside"), outside).unwrap();
    let inputs = (nodes(), any::<Index>(), changes());
    let outcome = TestRunner::new(cases(60)).run(&inputs, |(nodes, changed, changes)| {
        let mut objects = vec!["00".repeat(20)];
        let changed = changed.index(nodes.len() + 1);
        let own =
            |number: usize, bytes: &[u8]| if number == changed { mutated(bytes, &changes) } else { bytes.to_vec() };
        for (number, node) in nodes.iter().enumerate() {
            objects.push(match node {
                Node::Blob(text) => repository.write("blob", &own(number, text.as_bytes())),
                Node::Tree(entries) => {
                    let entries: Vec<_> =
                        entries.iter().map(|(mode, name, object)| (*mode, *name, &**object.get(&objects))).collect();
                    repository.write("tree", &own(number, &tree(&entries)))
                }
            });
        }
        let text = commit(&objects[nodes.len()]);
        let commit = repository.write("commit", &own(nodes.len(), text.as_bytes()));
        look_at(&repository, &commit, outside)
    });
    outcome.unwrap();
}

fn look_at(repository: &Repository, commit: &str, outside: &str) -> Result<(), TestCaseError> {
    let store = Arc::new(Store::open(&repository.root).unwrap());
    // git itself ends over a damaged one.
    let Ok(Some(id)) = store.commit(commit) else { return Ok(()) };
    let files = Commit::new(&store, id);
    for path in PATHS {
        let path = repository.root.join(path);
        if let Ok(bytes) = files.read(&path, 10_000) {
            prop_assert!(bytes != outside.as_bytes() && !files.is_dir(&path), "{path:?}");
        }
        if let Ok(real) = files.real_path(&path) {
            prop_assert!(real.starts_with(&repository.root), "{path:?} is {real:?}");
        }
        drop((files.list(&path), files.readable(&path), files.is_file(&path), files.why_unreadable(&path)));
    }
    let Ok(folders) = files.package_folders() else { return Ok(()) };
    for folder in &folders {
        prop_assert!(folder.starts_with(&repository.root), "{folder:?}");
        prop_assert!(!folder.components().any(|part| part == Component::ParentDir), "{folder:?}");
    }
    for candidate in candidates(&files, &folders, &World::memory(&[], &[])) {
        prop_assert!(candidate.folder.starts_with(&repository.root), "{candidate:?}");
    }
    Ok(())
}
