//! A script that publishes while npm publishes.

use super::RULE;
use crate::plan::PublishPlan;
use crate::rules::diagnostic::Diagnostic;

/// The scripts that start the same publish again.
pub(super) fn recursive(plan: &PublishPlan) -> Vec<Diagnostic> {
    if plan.ignores_scripts() || plan.is_skipped() {
        return vec![];
    }
    let manifest = &plan.package.manifest;
    let words = plan.runner.words();
    let lifecycle = words.lifecycle.iter().copied();
    let recursive = lifecycle.filter(|name| manifest.script(name).is_some_and(publishes_itself));
    let found = recursive.map(|name| {
        let place = manifest.field("scripts").and_then(|scripts| scripts.get(name)).map(crate::text::json::Value::span);
        Diagnostic::new(
            &RULE,
            format!("the script `{name}` runs `npm publish`"),
            format!("`{}` runs the script `{name}`, which runs `npm publish` again, and so on forever", words.publish),
            format!("rename the script to something that {} does not run by itself, such as `release`", words.name),
        )
        .at(place.map(|span| manifest.place(span)), "publishes again")
    });
    found.collect()
}

/// Whether a script certainly runs `npm publish` on its own package: a chain of plain commands, one of which is that.
fn publishes_itself(script: &str) -> bool {
    let conditional = ["||", "|", "if ", "[", "test ", "cd ", "pushd ", "case ", "`", "$(", "#"];
    let chain = script.replace("&&", ";");
    !conditional.iter().any(|sign| script.contains(sign)) && chain.split([';', '\n']).any(is_plain_publish)
}

fn is_plain_publish(command: &str) -> bool {
    let mut words = command.split_whitespace().skip_while(|word| word.contains('=') || *word == "cross-env");
    words.next() == Some("npm")
        && words.next() == Some("publish")
        && words.all(|word| {
            let harmless =
                ["--access", "--tag", "--registry", "--provenance", "--otp", "--json", "--loglevel", "--silent"];
            harmless
                .iter()
                .any(|flag| word == *flag || word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')))
                || matches!(word, "." | "public" | "restricted" | "latest" | "next" | "beta" | "--no-provenance")
        })
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    fn script(name: &str, text: &str) -> Scene {
        Scene::new(&format!(r#"{{"name":"left-lodge","version":"1.0.0","scripts":{{"{name}":"{text}"}}}}"#))
    }

    #[test]
    fn a_script_that_publishes_its_own_package_is_reported() {
        for name in crate::publisher::words::NPM.lifecycle.iter().copied() {
            script(name, "npm run build && npm publish").finds("publish-target", 1);
        }
        script("publish", "npm publish --access=public --tag next").finds("publish-target", 1);
    }

    #[test]
    fn other_scripts_and_other_packages_are_fine() {
        script("release", "npm publish").finds("publish-target", 0);
        for text in [
            "npm publish ./dist",
            "cd dist && npm publish",
            "npm publish --dry-run",
            "npm publish -w other",
            "npm run publish:docs",
            "echo npm publish",
            "test -n a || npm publish",
            "[ -n a ] && npm publish",
        ] {
            script("postpublish", text).finds("publish-target", 0);
        }
        script("publish", "npm publish").args(&["--ignore-scripts"]).finds("publish-target", 0);
    }
}
