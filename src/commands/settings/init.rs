//! `npm-preflight init`: a settings file in which everything is a comment, so that writing it changes nothing.

use std::fmt::Write as _;

use crate::rules::levels::Level;
use crate::rules::{self, Category};

/// The settings before the rules.
const FIRST: &str = r#"# Settings of npm-preflight. The commented lines show defaults or examples.

# Which client publishes, if the project does not say: npm, pnpm, yarn or bun.
# client = "pnpm"

# Whether `lint` exits with code 3 if a check could have been decided and was not; "all": also if something is assumed.
# strict = false

# How many seconds `lint` waits for registries.
# timeout = 45

# Registries, besides npm's own, that enforce its public policy: two-factor authentication, scopes, paid private packages.
# npmjs-registries = ["https://registry.example.com/"]

# Facts that a registry shows only to maintainers, or not at all. A job that differs is an error.
# [registry."https://registry.npmjs.org/"]
# trusted-publisher = { repository = "acme/core", workflow = "release.yml", environment = "npm", allow = ["publish"] }
# token-expires = 2027-01-31
# token-bypasses-2fa = true
# two-factor = "required-or-token"  # or "required" (tokens are refused), "optional"

# Levels for some packages, by folder or by name.
# [[packages]]
# match = ["packages/*", "!packages/core"]
# rules = { licence-missing = "allow" }

# Findings to ignore, with a reason; after the last day they are reported again.
# [[ignore]]
# rule = "repository-missing"
# packages = "@acme/*"
# reason = "the repository is not public yet"
# expires = 2027-01-31

[rules]
# A rule or a category (correctness, suspicious, advice, pedantic) = "allow", "warn" or "deny". A level applies to
# everything that a rule finds. Without one, some findings may be less severe than shown here. Rules marked "info" report
# infos, for which there is no level: "allow" turns them off.
"#;

/// The file's text.
pub fn text() -> String {
    let mut text = FIRST.to_owned();
    for rule in rules::all() {
        let (level, mark) = match rule.category {
            Category::Advice => (Level::Allow, "info: "),
            category => (Level::of(category), ""),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# {} = \"{}\"  # {mark}{}", rule.id, level.name(), rule.summary);
    }
    text
}

/// What to say when it is written; `path`: as it is shown.
pub fn done(path: &str) -> String {
    format!("Created {path} with every setting commented out; remove the `#` of the settings that you want to change\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::settings::{Settings, shape};
    use crate::project::manifest::Manifest;
    use crate::project::world::World;
    use crate::rules::diagnostic::Severity;
    use std::path::Path;

    #[test]
    fn a_level_that_is_not_the_default_is_marked() {
        let text = text();
        for rule in rules::all() {
            let start = format!("# {} = ", rule.id);
            let line = text.lines().rev().find(|line| line.starts_with(&start)).unwrap();
            let shown = match rule.category.severity() {
                _ if rule.category == Category::Pedantic => "\"allow\"",
                Severity::Error => "\"deny\"",
                Severity::Warning => "\"warn\"",
                Severity::Info => "\"allow\"  # info: ",
            };
            assert!(line[start.len()..].starts_with(shown), "{line}");
        }
    }

    #[test]
    fn every_commented_line_is_a_valid_setting() {
        let is_setting = |rest: &&str| rest.split(' ').nth(1) == Some("=") || rest.starts_with('[');
        let uncommented: Vec<&str> =
            FIRST.lines().map(|line| line.strip_prefix("# ").filter(is_setting).unwrap_or(line)).collect();
        let text = text();
        let rules: Vec<&str> = text.lines().skip(FIRST.lines().count()).map(|line| &line[2..]).collect();
        for text in [&text, &[uncommented, rules.clone()].concat().join("\n")] {
            let world = World::memory(&[("/project/npm-preflight.toml", text.as_str())], &[]);
            Settings::read(&world, &Manifest::read(&world, Path::new("/project")), None).unwrap();
        }
        assert_eq!(rules.len(), rules::all().count());
        for key in shape::keys() {
            assert!(key.starts_with('$') || text.contains(key), "{key}");
        }
    }
}
