//! Completion scripts, man pages and the text of `--version`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::fmt::Write as _;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, ValueEnum as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::publisher::Manager;
use crate::rules::{self, Category};

/// The program and the script of its completions; the names of rules and categories are among them.
pub(super) fn completions(shell: Shell, command: Command) -> String {
    let rules = || rules::all().map(|rule| PossibleValue::new(rule.id).help(rule.summary));
    let categories = || Category::ALL.map(|category| PossibleValue::new(category.name()).help("a category of rules"));
    let selects = |arg: Arg| arg.value_parser(PossibleValuesParser::new(rules().chain(categories())));
    let mut command = command
        .mut_subcommand("lint", |lint| {
            ["allow", "warn", "deny", "only"].into_iter().fold(lint, |lint, option| lint.mut_arg(option, selects))
        })
        .mut_subcommand("explain", |explain| {
            explain.mut_arg("what", |arg| arg.value_parser(PossibleValuesParser::new(rules())))
        });
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "npm-preflight", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The page of the program, or of one of its commands, as roff; `None`: there is no such command.
pub(super) fn man(command: &Command, of: Option<&str>) -> Option<String> {
    let command = match of {
        None => command.clone(),
        Some(name) => {
            let found = command.get_subcommands().find(|known| known.get_name() == name)?.clone();
            // The page is found as `man npm-preflight-lint`.
            let name = format!("npm-preflight-{name}");
            found.display_name(name.clone()).name(name)
        }
    };
    let mut page = Vec::new();
    // Nothing fails that is written into memory.
    Man::new(command).render(&mut page).ok()?;
    Some(String::from_utf8_lossy(&page).into_owned())
}

/// What `--version` says behind the name: also the commit of a release, and the clients whose behaviour is known.
pub(super) fn long_version() -> String {
    let commit = option_env!("NPM_PREFLIGHT_COMMIT").map_or_else(String::new, |commit| format!(" ({commit})"));
    let mut text = format!("{}{commit}\n\nEmulates these versions:", env!("CARGO_PKG_VERSION"));
    for manager in Manager::value_variants() {
        let _ = write!(text, "\n  {:5} {}", manager.name(), manager.tried_with().join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::cli;

    #[test]
    fn bash_fish_and_zsh_complete_rule_and_category_names() {
        // The others are given no values.
        for shell in [Shell::Bash, Shell::Fish, Shell::Zsh] {
            let script = completions(shell, cli::command());
            for name in ["version-published", "access-missing", "suspicious"] {
                assert!(script.contains(name), "{shell}: {name}");
            }
        }
    }

    #[test]
    fn a_man_page_names_the_options_and_the_full_command() {
        let command = cli::command();
        let page = man(&command, None).unwrap();
        assert!(page.contains(r"npm\-preflight\-lint(1)") && !page.contains(r"npm\-preflight\-man(1)"), "{page}");
        let page = man(&command, Some("lint")).unwrap();
        assert!(page.contains(r"\-\-skip\-published") && page.contains(r"\-\-access"), "{page}");
        assert!(page.contains(".TH npm-preflight-lint 1"), "{page}");
        assert_eq!(man(&command, Some("nothing")), None);
    }
}
