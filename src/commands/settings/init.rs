//! `npm-preflight init`: a settings file in which everything is a comment, so that writing it changes nothing.

use std::fmt::Write as _;

use crate::rules::{self, Category};

/// The file's text.
pub fn text() -> String {
    let mut text = String::from(
        "# Settings of npm-preflight. Commented lines show the defaults.\n\n\
         # Registries, besides npm's own, that enforce its public policy: two-factor authentication, scopes, paid private\n\
         # packages.\n\
         # npmjs-registries = [\"https://registry.example.com/\"]\n\n\
         [rules]\n\
         # A rule or a category (correctness, suspicious, advice, pedantic) = \"allow\", \"warn\" or \"deny\".\n",
    );
    for rule in rules::all() {
        let level = match rule.category {
            Category::Correctness => "deny",
            Category::Suspicious | Category::Advice => "warn",
            Category::Pedantic => "allow",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# {} = \"{level}\"  # {}", rule.id, rule.summary);
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
    use crate::commands::settings::{FILE, Settings};
    use crate::project::world::World;

    #[test]
    fn every_line_is_a_setting_that_is_understood() {
        let uncommented: Vec<String> = text()
            .lines()
            .map(|line| {
                let setting = line.strip_prefix("# ").filter(|rest| rest.split(' ').nth(1) == Some("="));
                setting.map_or_else(|| line.to_owned(), str::to_owned)
            })
            .collect();
        for text in [text(), uncommented.join("\n")] {
            let world = World::memory(&[("/project/npm-preflight.toml", &text)], &[]);
            Settings::read(&world, &world.resolve(FILE), true).unwrap();
        }
        assert!(uncommented.iter().filter(|line| line.contains(" = \"")).count() >= rules::all().count());
    }
}
