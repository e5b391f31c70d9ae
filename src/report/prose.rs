//! A diagnostic as one paragraph, for the formats that have room for a message and a place only.

use super::Run;
use crate::rules::lint::Found;

/// What, why and what to do, and the places that the format cannot point at.
pub(super) fn paragraph(found: &Found, run: Run<'_>) -> String {
    let Found { package, diagnostic, .. } = found;
    let mut sentences = vec![sentence(&diagnostic.message), sentence(&diagnostic.why)];
    if run.plans.len() > 1
        && let Some(plan) = package.and_then(|package| run.plans.get(package))
        && !diagnostic.message.contains(super::title(plan).as_str())
    {
        sentences.push(format!("Package: {}.", super::title(plan)));
    }
    let own = diagnostic.place.iter().map(|place| (place, diagnostic.label.as_str()));
    let related = diagnostic.related.iter().map(|related| (&related.place, related.message.as_str()));
    for (place, label) in own.chain(related) {
        if run.repository.path(place.source.path()).is_none() {
            let label = if label.is_empty() { String::new() } else { format!(" ({label})") };
            sentences.push(format!("See {}{label}.", place.path_and_line()));
        }
    }
    sentences.extend(diagnostic.notes.iter().map(|note| sentence(note)));
    sentences.push(sentence(&diagnostic.help));
    if let Some(command) = diagnostic.fix.as_ref().and_then(|fix| fix.command.as_ref()) {
        sentences.push(format!("Run `{command}`."));
    }
    if let Some(code) = diagnostic.npm_error {
        sentences.push(format!("{} would fail with {code}.", diagnostic.printed_by));
    }
    sentences.join(" ")
}

/// A capital in front, unless the first word is a name or code, and a full stop behind.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let word = text.split_whitespace().next().unwrap_or_default().trim_end_matches([',', ':', ';']);
    let is_word = word != "npm" && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let (first, rest) = text.split_at(usize::from(is_word && !word.is_empty()));
    let sentence = first.to_ascii_uppercase() + rest;
    if sentence.ends_with(['.', '!', '?']) { sentence } else { format!("{sentence}.") }
}
