//! Links between the files of this repository lead to a file, and to a heading that it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::fences::{ROOT, documents, prose, read};

/// The anchors that GitHub gives to the headings of a document.
fn anchors(file: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let text = prose(file, &read(file));
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let before = seen.entry(anchor.clone()).or_default();
        *before += 1;
        if *before == 1 { anchor } else { format!("{anchor}-{}", *before - 1) }
    };
    headings.map(anchor).collect()
}

/// What the links of a document lead to.
fn targets(file: &str) -> Vec<String> {
    let text = prose(file, &read(file));
    // What is code is no link.
    let text: String = text.split('`').step_by(2).collect::<Vec<_>>().join("code");
    let rests = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
    rests.collect()
}

/// `docs/../README.md` as `README.md`.
fn tidy(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut tidy, part| {
        match part {
            Component::ParentDir => drop(tidy.pop()),
            part => tidy.push(part),
        }
        tidy
    })
}

#[test]
fn links_point_to_existing_files_and_headings() {
    let others = [
        "CHANGELOG.md",
        "benches/RESULTS.md",
        "hooks/README.md",
        "src/rules/README.md",
        ".github/CONTRIBUTING.md",
        ".github/SECURITY.md",
    ];
    let own = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in documents().into_iter().chain(others.map(str::to_owned)) {
        let folder = Path::new(&file).parent().expect("a folder");
        for target in targets(&file) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let path = match path.strip_prefix(own) {
                Some(path) => PathBuf::from(path),
                None if path.contains("://") || path.starts_with("mailto:") => continue,
                None if path.is_empty() => PathBuf::from(&file),
                None => tidy(&folder.join(path)),
            };
            count += 1;
            let is_there = Path::new(ROOT).join(&path).exists();
            if !is_there || !(anchor.is_empty() || anchors(&path.display().to_string()).contains(anchor)) {
                wrong.push(format!("{file}: {target}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 100, "{count}");
}

#[test]
fn every_document_is_linked_from_the_readme() {
    let linked = targets("README.md");
    let missing: Vec<String> =
        documents().into_iter().filter(|file| file.starts_with("docs/") && !linked.contains(file)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
