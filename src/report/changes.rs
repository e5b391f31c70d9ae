//! How the files of each package differ from those of the last published version, in words.

use std::io::{self, Write};

use super::{Run, sizes, title};
use crate::facts::{Gap, Known};
use crate::plan::PublishPlan;
use crate::plan::contents::Contents;
use crate::plan::published::{self, Changes, Comparison};
use crate::text::count::plural;
use crate::text::escape;
use crate::text::shorten;

/// How many files of a package are named.
const MOST_NAMED: usize = 20;

/// What is reported about a package.
pub(super) struct FileChanges {
    /// How much differs from what.
    pub(super) sentence: String,
    /// Files that do, not all where there are many.
    pub(super) rows: Vec<Row>,
    /// How many more there are.
    pub(super) more: usize,
}

/// A file that differs.
pub(super) struct Row {
    is_new: bool,
    path: String,
    size: Option<u64>,
}

impl Row {
    /// What happened to it.
    pub(super) const fn word(&self) -> &'static str {
        if self.is_new { "added" } else { "removed" }
    }

    /// The file and its size.
    pub(super) fn file(&self) -> String {
        let path = shorten::value(&self.path);
        self.size.map_or_else(|| path.clone().into_owned(), |size| format!("{path} ({})", sizes::size(size)))
    }
}

/// How a package's files differ; `None`: it was not asked for, or there is nothing to compare.
pub(super) fn comparison(run: Run<'_>, plan: &PublishPlan) -> Option<Known<Comparison>> {
    let compared = run.diff_published.then(|| published::compare(plan, run.facts))??;
    Some(compared.map_err(Gap::into_unknown))
}

/// What is reported about the packages.
pub(super) fn file_changes(run: Run<'_>) -> impl Iterator<Item = (&PublishPlan, FileChanges)> {
    run.plans.iter().filter_map(move |plan| Some((plan, of(plan, comparison(run, plan)?))))
}

fn of(plan: &PublishPlan, compared: Known<Comparison>) -> FileChanges {
    let bare = |sentence: String| FileChanges { sentence, rows: Vec::new(), more: 0 };
    match compared {
        Ok(Comparison::First) => {
            bare("first release, so there is no published version to compare the files with".to_owned())
        }
        Ok(Comparison::Since(changes)) => since(plan, changes),
        Err(unknown) => bare(format!("the files were not compared with the last release: {}", unknown.detail)),
    }
}

fn since(plan: &PublishPlan, changes: Changes) -> FileChanges {
    let Changes { version, new, gone, size_before } = changes;
    let now = plan.packed().contents.as_ref().ok().and_then(Contents::unpacked_size);
    let grown =
        now.map_or(String::new(), |now| format!("; {} before, {} now", sizes::size(size_before), sizes::size(now)));
    let version = shorten::value(&version);
    let sentence = if new.is_empty() && gone.is_empty() {
        format!("the same files as in {version}{grown}")
    } else {
        let parts = [
            (!new.is_empty()).then(|| format!("{} added", plural(new.len(), "file"))),
            (!gone.is_empty()).then(|| format!("{} removed", plural(gone.len(), "file"))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        format!("{} since {version}{grown}", parts.join(" and "))
    };
    let all = new.len() + gone.len();
    let new = new.into_iter().map(|file| Row { is_new: true, path: file.path, size: file.size });
    let gone = gone.into_iter().map(|(path, size)| Row { is_new: false, path, size: Some(size) });
    // Of both kinds some are shown.
    let shown = |len: usize, other: usize| {
        if len + other <= MOST_NAMED { len } else { len.min(MOST_NAMED.saturating_sub(other).max(MOST_NAMED / 2)) }
    };
    let (most_new, most_gone) = (shown(new.len(), gone.len()), shown(gone.len(), new.len()));
    let rows: Vec<Row> = new.take(most_new).chain(gone.take(most_gone)).collect();
    FileChanges { sentence, more: all - rows.len(), rows }
}

/// The lines for people.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (number, (plan, file_changes)) in file_changes(run).enumerate() {
        let sentence = run.clean(&format!("{}: {}", title(plan), file_changes.sentence));
        let gap = if number == 0 { "\n" } else { "" };
        writeln!(out, "{gap}{}", escape::line(&sentence))?;
        for row in &file_changes.rows {
            let sign = if row.is_new { '+' } else { '-' };
            writeln!(out, "    {sign} {}", escape::line(&run.clean(&row.file())))?;
        }
        if file_changes.more > 0 {
            writeln!(out, "    and {} more", file_changes.more)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;
    use super::super::{Format, Style, render};
    use crate::commands::testing::Scene;
    use crate::facts::{Ask, Fact, Packument, Published, Question, Seen, Tarball, VersionDocument};

    const URL: &str = "https://r.example/left-lodge/-/left-lodge-1.0.0.tgz";

    /// A package whose last version has these files.
    fn fixture(files: &[(&str, u64)]) -> Fixture {
        let scene = Scene::version("1.1.0").file("index.js", "exports.lodge = 1").file("lib/new.js", "new");
        let mut fixture = Fixture::of(scene.plan());
        fixture.diff_published = true;
        let own = fixture.plans[0].question(Ask::Packument).unwrap();
        let packument = Packument {
            versions: std::collections::BTreeMap::from([("1.0.0".to_owned(), Published::default())]).into(),
            dist_tags: [("latest".to_owned(), "1.0.0".to_owned())].into(),
            ..Packument::default()
        };
        fixture.facts.learn(own.clone(), Ok(Fact::Packument(Seen::Here(packument))));
        let tarball = Some(Tarball { url: URL.to_owned(), checksum: "sha512-x".to_owned() });
        let document = VersionDocument { version: "1.0.0".to_owned(), tarball, ..VersionDocument::default() };
        let version = Question { ask: Ask::Version, subject: "left-lodge/1.0.0".to_owned(), ..own.clone() };
        fixture.facts.learn(version, Ok(Fact::Version(Seen::Here(document))));
        let files = files.iter().map(|(path, size)| ((*path).to_owned(), *size)).collect();
        let question = Question { ask: Ask::Tarball, subject: format!("{URL}#sha512-x"), ..own };
        fixture.facts.learn(question, Ok(Fact::Tarball(files)));
        fixture
    }

    fn text(fixture: &Fixture) -> String {
        render(Format::Text, fixture.run(), Style::default())
    }

    #[test]
    fn added_and_removed_files_are_listed_below_the_verdict() {
        let fixture = fixture(&[("index.js", 20), ("old.js", 2000), ("package.json", 50)]);
        insta::assert_snapshot!(text(&fixture), @r"
        left-lodge 1.1.0: ready
            would go to https://r.example/ as the token's owner, tag latest, access default

        left-lodge 1.1.0: 1 file added and 1 file removed since 1.0.0; 2.1 kB before, 69 B now
            + lib/new.js (3 B)
            - old.js (2.0 kB)

        0 errors, 0 warnings, 0 undecided checks in 1 package
        ");
        insta::assert_snapshot!(render(Format::Markdown, fixture.run(), Style::default()), @r"
        ## npm-preflight: 0 errors, 0 warnings, 0 undecided checks in 1 package

        | | package | registry | as | dist-tag | access |
        |---|---|---|---|---|---|
        | ✅ ready | left-lodge 1.1.0 | https&#58;//r.example/ | the token's owner | latest | default |

        ### Files

        - left-lodge 1.1.0: 1 file added and 1 file removed since 1.0.0; 2.1 kB before, 69 B now
          <details><summary>which</summary>

          - added `lib/new.js (3 B)`
          - removed `old.js (2.0 kB)`

          </details>
        ");
        let json: serde_json::Value =
            serde_json::from_str(&render(Format::Json, fixture.run(), Style::default())).unwrap();
        insta::assert_snapshot!(json["packages"][0]["changes"], @r#"
        {"gone":[{"path":"old.js","size":2000}],"new":[{"path":"lib/new.js","size":3}],"since":"1.0.0"}
        "#);
    }

    #[test]
    fn first_releases_and_unchanged_files_get_one_line() {
        let same = text(&fixture(&[("index.js", 20), ("lib/new.js", 3), ("package.json", 50)]));
        assert!(same.contains("\nleft-lodge 1.1.0: the same files as in 1.0.0; 73 B before, "), "{same}");
        let mut first = fixture(&[]);
        let own = first.plans[0].question(Ask::Packument).unwrap();
        first.facts.learn(own, Ok(Fact::Packument(Seen::NotVisible)));
        assert!(text(&first).contains("\nleft-lodge 1.1.0: first release, "), "{}", text(&first));
        first.diff_published = false;
        assert!(!text(&first).contains("first release"));
    }

    #[test]
    fn long_lists_of_files_name_some_added_and_some_removed() {
        let names: Vec<String> = (0..100).map(|number| format!("gone/{number}.js")).collect();
        let files: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        let text = text(&fixture(&files));
        assert!(text.contains("3 files added and 100 files removed since 1.0.0"), "{text}");
        assert!(text.contains("    + lib/new.js (3 B)\n") && text.contains("    and 83 more\n"), "{text}");
    }

    #[test]
    fn names_from_a_tarball_cannot_inject_anything() {
        let bad = "::error::\u{1b}[31m\u{202e}\n<img src=x>|`x`";
        let fixture = fixture(&[(bad, 1)]);
        for format in [Format::Text, Format::Markdown, Format::Json] {
            let text = render(format, fixture.run(), Style::default());
            assert!(
                !text.contains(['\u{1b}', '\u{202e}']) && !text.lines().any(|line| line.starts_with("::")),
                "{text}"
            );
            assert!(format != Format::Markdown || !text.contains("<img"), "{text}");
        }
    }
}
