//! Versions that are close to one another, so that ranges take some and leave others out, and packuments made of them.

use super::texts::Dice;

/// A packument with few versions, some of them deprecated, and tags that may name none of them.
pub(super) fn packument(dice: &mut Dice) -> String {
    let mut versions = std::collections::BTreeSet::new();
    while dice.below(5) > 0 {
        let part = |dice: &mut Dice| dice.pick(&["0", "1", "2", "3"]);
        let release = format!("{}.{}.{}", part(dice), part(dice), part(dice));
        versions.insert(release + dice.pick(&["", "", "", "-0", "-rc.1", "-rc.10", "-alpha"]));
    }
    let known: Vec<_> = versions.iter().map(String::as_str).chain(["9.9.9"]).collect();
    let tags: Vec<_> = ["latest", "next", "v1-latest"].map(|tag| format!(r#""{tag}":"{}""#, dice.pick(&known))).into();
    let manifest = |version: &String| {
        let deprecated = if dice.one_in(4) { r#","deprecated":"old""# } else { "" };
        format!(r#""{version}":{{"name":"x","version":"{version}"{deprecated}}}"#)
    };
    let manifests: Vec<_> = versions.iter().map(manifest).collect();
    format!(r#"{{"name":"x","dist-tags":{{{}}},"versions":{{{}}}}}"#, tags.join(","), manifests.join(","))
}

/// A range as people write it, around a version of [`near`].
pub(super) fn near_range(dice: &mut Dice, version: &str) -> String {
    let part = |dice: &mut Dice| dice.pick(&["0", "1", "2", "3", "x", "*"]);
    let one = |dice: &mut Dice| match dice.below(8) {
        0 => part(dice).to_owned(),
        1 => format!("{}.{}", part(dice), part(dice)),
        2 => format!("{}{}", dice.pick(&["v", "=", "> ", "<="]), near(dice)),
        3 => format!("{} - {}", near(dice), near(dice)),
        4 => format!(">={} <{}", near(dice), near(dice)),
        5 => format!("{}{}{}", dice.pick(&["^", "~", ">=", "<", ""]), &version[..5], dice.pick(&["-0", "-rc.1", ""])),
        6 => format!("{}{}", dice.pick(&["^0.", "^0.0.", "^0.1.", "~0.1."]), dice.pick(&["0", "1", "1-rc", "2"])),
        _ => format!("{}{}", dice.pick(&["^", "^", "~", ">", "<", ">="]), near(dice)),
    };
    let first = one(dice);
    if dice.one_in(3) { format!("{first} || {}", one(dice)) } else { first }
}

/// What a dependency may say.
pub(super) fn wanted(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => dice.pick(&["", "*", " ", "x", "latest", "next", "beta", "v1-latest", ">=0", "alice/otter"]).to_owned(),
        1 => format!("npm:x@{}", dice.range()),
        2 => near(dice),
        3 => dice.plain_spec(),
        4..8 => format!("{}{}", dice.pick(&["^", "~", ">=", "<", "<="]), near(dice)),
        _ => dice.range(),
    }
}

/// A version among few, so that pairs are often equal or close.
pub(super) fn near(dice: &mut Dice) -> String {
    let part = |dice: &mut Dice| dice.pick(&["0", "1", "1", "2", "3"]);
    let mut text = format!("{}.{}.{}", part(dice), part(dice), part(dice));
    if dice.one_in(2) {
        text += dice.pick(&[
            "-0", "-1", "-rc", "-rc.1", "-rc.10", "-rc.9", "-alpha", "-rc.1.0", "-RC", "-rc.a", "-rc-1", "-01",
        ]);
    }
    if dice.one_in(8) {
        text += dice.pick(&["+1", " ", "x", "-", ".1"]);
    }
    text
}
