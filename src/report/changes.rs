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

/// What is told of a package.
pub(super) struct Told {
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
    /// What became of it.
    pub(super) const fn word(&self) -> &'static str {
        if self.is_new { "new" } else { "gone" }
    }

    /// The file and its size.
    pub(super) fn file(&self) -> String {
        let path = shorten::value(&self.path);
        self.size.map_or_else(|| path.clone().into_owned(), |size| format!("{path} ({})", sizes::size(size)))
    }
}

/// How a package's files differ; `None`: that is not to be told, or there is nothing to compare.
pub(super) fn comparison(run: Run<'_>, plan: &PublishPlan) -> Option<Known<Comparison>> {
    let compared = run.diff_published.then(|| published::compare(plan, run.facts))??;
    Some(compared.map_err(Gap::into_unknown))
}

/// What is told of the packages.
pub(super) fn told(run: Run<'_>) -> impl Iterator<Item = (&PublishPlan, Told)> {
    run.plans.iter().filter_map(move |plan| Some((plan, of(plan, comparison(run, plan)?))))
}

fn of(plan: &PublishPlan, compared: Known<Comparison>) -> Told {
    let bare = |sentence: String| Told { sentence, rows: Vec::new(), more: 0 };
    match compared {
        Ok(Comparison::First) => {
            bare("first release, so there is no published version to compare the files with".to_owned())
        }
        Ok(Comparison::Since(changes)) => since(plan, changes),
        Err(unknown) => bare(format!("the files were not compared with the last release: {}", unknown.detail)),
    }
}

fn since(plan: &PublishPlan, changes: Changes) -> Told {
    let Changes { version, new, gone, size_before } = changes;
    let now = plan.packed.contents.as_ref().ok().and_then(Contents::unpacked_size);
    let grown =
        now.map_or(String::new(), |now| format!("; {} before, {} now", sizes::size(size_before), sizes::size(now)));
    let version = shorten::value(&version);
    let sentence = if new.is_empty() && gone.is_empty() {
        format!("the same files as in {version}{grown}")
    } else {
        let parts = [
            (!new.is_empty()).then(|| plural(new.len(), "new file")),
            (!gone.is_empty()).then(|| format!("{} gone", plural(gone.len(), "file"))),
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
    Told { sentence, more: all - rows.len(), rows }
}

/// The lines for people.
pub(super) fn write(run: Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (number, (plan, told)) in told(run).enumerate() {
        let sentence = run.clean(&format!("{}: {}", title(plan), told.sentence));
        let gap = if number == 0 { "\n" } else { "" };
        writeln!(out, "{gap}{}", escape::line(&sentence))?;
        for row in &told.rows {
            let sign = if row.is_new { '+' } else { '-' };
            writeln!(out, "    {sign} {}", escape::line(&run.clean(&row.file())))?;
        }
        if told.more > 0 {
            writeln!(out, "    and {} more", told.more)?;
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
    fn told(files: &[(&str, u64)]) -> Fixture {
        let scene = Scene::version("1.1.0").file("index.js", "exports.lodge = 1").file("lib/new.js", "new");
        let mut told = Fixture::of(scene.plan());
        told.diff_published = true;
        let own = told.plans[0].question(Ask::Packument).unwrap();
        let packument = Packument {
            versions: std::collections::BTreeMap::from([("1.0.0".to_owned(), Published::default())]).into(),
            dist_tags: [("latest".to_owned(), "1.0.0".to_owned())].into(),
            ..Packument::default()
        };
        told.facts.learn(own.clone(), Ok(Fact::Packument(Seen::Here(packument))));
        let tarball = Some(Tarball { url: URL.to_owned(), checksum: "sha512-x".to_owned() });
        let document = VersionDocument { version: "1.0.0".to_owned(), git_head: None, tarball };
        let version = Question { ask: Ask::Version, subject: "left-lodge/1.0.0".to_owned(), ..own.clone() };
        told.facts.learn(version, Ok(Fact::Version(Seen::Here(document))));
        let files = files.iter().map(|(path, size)| ((*path).to_owned(), *size)).collect();
        let question = Question { ask: Ask::Tarball, subject: format!("{URL}#sha512-x"), ..own };
        told.facts.learn(question, Ok(Fact::Tarball(files)));
        told
    }

    fn text(told: &Fixture) -> String {
        render(Format::Text, told.run(), Style::default())
    }

    #[test]
    fn new_and_gone_files_are_listed_below_the_verdict() {
        let told = told(&[("index.js", 20), ("old.js", 2000), ("package.json", 50)]);
        insta::assert_snapshot!(text(&told), @r"
        left-lodge 1.1.0: ready
            would go to https://r.example/ as the token's owner, tag latest, access default

        left-lodge 1.1.0: 1 new file and 1 file gone since 1.0.0; 2.1 kB before, 69 B now
            + lib/new.js (3 B)
            - old.js (2.0 kB)

        0 errors, 0 warnings, 0 undecided checks in 1 package
        ");
        insta::assert_snapshot!(render(Format::Markdown, told.run(), Style::default()), @r"
        ## npm-preflight: 0 errors, 0 warnings, 0 undecided checks in 1 package

        | | package | registry | as | dist-tag | access |
        |---|---|---|---|---|---|
        | ✅ ready | left-lodge 1.1.0 | https&#58;//r.example/ | the token's owner | latest | default |

        ### Files

        - left-lodge 1.1.0: 1 new file and 1 file gone since 1.0.0; 2.1 kB before, 69 B now
          <details><summary>which</summary>

          - new `lib/new.js (3 B)`
          - gone `old.js (2.0 kB)`

          </details>
        ");
        let json: serde_json::Value =
            serde_json::from_str(&render(Format::Json, told.run(), Style::default())).unwrap();
        insta::assert_snapshot!(json["packages"][0]["changes"], @r#"
        {"gone":[{"path":"old.js","size":2000}],"new":[{"path":"lib/new.js","size":3}],"since":"1.0.0"}
        "#);
    }

    #[test]
    fn a_first_release_and_one_with_the_same_files_have_a_line() {
        let same = text(&told(&[("index.js", 20), ("lib/new.js", 3), ("package.json", 50)]));
        assert!(same.contains("\nleft-lodge 1.1.0: the same files as in 1.0.0; 73 B before, "), "{same}");
        let mut first = told(&[]);
        let own = first.plans[0].question(Ask::Packument).unwrap();
        first.facts.learn(own, Ok(Fact::Packument(Seen::NotVisible)));
        assert!(text(&first).contains("\nleft-lodge 1.1.0: first release, "), "{}", text(&first));
        first.diff_published = false;
        assert!(!text(&first).contains("first release"));
    }

    #[test]
    fn of_many_files_some_of_both_kinds_are_named() {
        let names: Vec<String> = (0..100).map(|number| format!("gone/{number}.js")).collect();
        let files: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        let text = text(&told(&files));
        assert!(text.contains("3 new files and 100 files gone since 1.0.0"), "{text}");
        assert!(text.contains("    + lib/new.js (3 B)\n") && text.contains("    and 83 more\n"), "{text}");
    }

    #[test]
    fn names_from_a_tarball_cannot_inject_anything() {
        let bad = "::error::\u{1b}[31m\u{202e}\n<img src=x>|`x`";
        let told = told(&[(bad, 1)]);
        for format in [Format::Text, Format::Markdown, Format::Json] {
            let text = render(format, told.run(), Style::default());
            assert!(
                !text.contains(['\u{1b}', '\u{202e}']) && !text.lines().any(|line| line.starts_with("::")),
                "{text}"
            );
            assert!(format != Format::Markdown || !text.contains("<img"), "{text}");
        }
    }
}
