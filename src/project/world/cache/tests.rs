//! A store in a folder of its own, and what people, crashes and other users make of it.

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn name(number: usize) -> String {
    format!("{number:064x}")
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("caches/npm-preflight");
    (root, folder)
}

fn age(path: &Path, hours: u64) {
    let file = OpenOptions::new().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(hours)).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let list = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = list.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn entries_are_read_back_in_this_run_and_the_next() {
    let (_root, folder) = place();
    let store = Store::new(folder.clone());
    assert_eq!(store.read(A), None);
    assert!(!folder.exists(), "reading makes no folder");
    store.write(A, b"one");
    store.write(A, b"two");
    assert_eq!(store.read(A).as_deref(), Some(&b"two"[..]));
    assert_eq!(Store::new(folder.clone()).read(A).as_deref(), Some(&b"two"[..]));
    assert_eq!(names(&folder), [A]);
    store.remove(A);
    assert_eq!(store.read(A), None);
}

#[test]
fn entries_that_are_too_long_are_not_stored() {
    let (_root, folder) = place();
    let store = Store::new(folder.clone());
    let mut long = vec![b'x'; usize::try_from(LONGEST).unwrap()];
    store.write(A, &long);
    assert!(store.read(A).is_some());
    long.push(b'x');
    fs::write(folder.join(A), &long).unwrap();
    assert_eq!(store.read(A), None);
    store.write(&name(1), &long);
    assert_eq!(names(&folder), [A]);
}

#[test]
fn the_least_recently_used_entry_is_evicted_first() {
    let (_root, folder) = place();
    let fill = |limits: Limits| {
        let mut store = Store::new(folder.clone());
        for number in 0..5 {
            store.write(&name(number), b"1234567890");
            age(&folder.join(name(number)), 100 - number as u64);
        }
        store.limits = limits;
        // The oldest is used again.
        assert!(store.read(&name(0)).is_some());
    };
    fill(Limits { bytes: 1_000, files: 3 });
    assert_eq!(names(&folder), [name(0), name(3), name(4)]);
    fill(Limits { bytes: 25, files: 1_000 });
    assert_eq!(names(&folder), [name(0), name(4)]);
    fill(LIMITS);
    assert_eq!(names(&folder).len(), 5);
}

#[test]
fn a_run_that_only_reads_removes_nothing() {
    let (_root, folder) = place();
    Store::new(folder.clone()).write(A, b"one");
    let mut store = Store::new(folder.clone());
    store.limits = Limits { bytes: 0, files: 0 };
    assert!(store.read(A).is_some());
    drop(store);
    assert_eq!(names(&folder), [A]);
}

#[test]
fn leftovers_of_a_killed_run_are_removed_and_foreign_files_kept() {
    let (_root, folder) = place();
    Store::new(folder.clone()).write(A, b"one");
    let (left, young) = (format!("{A}.1-1"), format!("{A}.1-2"));
    for name in [&left, &young, "CACHEDIR.TAG"] {
        fs::write(folder.join(name), "half").unwrap();
    }
    age(&folder.join(&left), 2);
    age(&folder.join("CACHEDIR.TAG"), 2);
    Store::new(folder.clone()).write(A, b"two");
    assert_eq!(names(&folder), ["CACHEDIR.TAG", A, &young]);
}

#[test]
fn a_path_that_is_not_our_folder_is_left_alone() {
    let (root, folder) = place();
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    fs::write(&folder, "a file").unwrap();
    let store = Store::new(folder.clone());
    store.write(A, b"one");
    assert_eq!(store.read(A), None);
    assert_eq!(fs::read(&folder).unwrap(), b"a file");
    let below = Store::new(folder.join("npm-preflight"));
    below.write(A, b"one");
    assert_eq!(below.read(A), None);
    // A folder in an entry's place.
    let store = Store::new(root.path().join("other"));
    store.write(&name(1), b"one");
    fs::create_dir(root.path().join("other").join(A)).unwrap();
    store.write(A, b"one");
    assert_eq!(store.read(A), None);
    assert_eq!(names(&root.path().join("other")), [name(1), A.to_owned()], "nothing unfinished is left");
}

#[cfg(unix)]
#[test]
fn files_that_others_could_have_written_are_not_read() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let (root, folder) = place();
    let written = || {
        Store::new(folder.clone()).write(A, b"one");
        Store::new(folder.clone()).read(A).is_some()
    };
    assert!(written());
    for open in [0o770, 0o707] {
        mode(&folder, open);
        assert!(!written(), "{open:o}");
    }
    mode(&folder, 0o755);
    assert!(written(), "others may see the names");
    mode(&folder.join(A), 0o666);
    assert_eq!(Store::new(folder.clone()).read(A), None);
    let (elsewhere, file) = (root.path().join("elsewhere"), root.path().join("file"));
    fs::write(&file, "one").unwrap();
    fs::remove_file(folder.join(A)).unwrap();
    symlink(&file, folder.join(A)).unwrap();
    assert_eq!(Store::new(folder.clone()).read(A), None);
    assert!(written(), "a link is replaced");
    assert_eq!(fs::read(&file).unwrap(), b"one");
    fs::rename(&folder, &elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert!(!written(), "a link in the folder's place");
    fs::remove_file(&folder).unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    assert!(written());
    if rustix::process::geteuid().is_root() {
        chown(folder.join(A), Some(12_345), None).unwrap();
        assert_eq!(Store::new(folder.clone()).read(A), None, "a file of somebody else");
        chown(&folder, Some(12_345), None).unwrap();
        assert!(!written(), "a folder of somebody else");
        let home = root.path().join("home");
        fs::create_dir(&home).unwrap();
        chown(&home, Some(12_345), None).unwrap();
        Store::new(home.join(".cache/npm-preflight")).write(A, b"one");
        assert!(names(&home).is_empty(), "root leaves nothing in somebody's home");
    }
}

#[cfg(unix)]
#[test]
fn the_cache_is_in_the_systems_cache_folder() {
    let place = |env: &[(&str, &str)]| folder(&World::memory(&[], env));
    let below_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    let home = Some(Path::new("/home/alice").join(below_home).join("npm-preflight"));
    assert_eq!(place(&[]), home);
    assert_eq!(place(&[("XDG_CACHE_HOME", "/caches")]), Some("/caches/npm-preflight".into()));
    for ignored in ["", "caches", "/caches/\u{fffd}"] {
        assert_eq!(place(&[("XDG_CACHE_HOME", ignored)]), home, "{ignored}");
    }
    assert_eq!(place(&[("HOME", "")]), None, "not in the working directory");
}
