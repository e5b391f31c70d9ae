//! What CI systems, task runners and release tools put before a line: times, names of jobs and packages, bullets and frames. It is
//! peeled off layer by layer, so that a reader only has to know how its client writes a line.

/// The line without its outermost decoration; `None`: it has none.
pub(super) fn strip_outermost(line: &str) -> Option<&str> {
    let rest =
        [time, column, step, bracket, command, bullet, label, quote].into_iter().find_map(|layer| layer(line))?.trim();
    (rest.len() < line.len()).then_some(rest)
}

/// The line without what a CI system puts before every line. What else looks like a decoration may belong to a sentence.
pub(super) fn bare(mut line: &str) -> &str {
    while let Some(rest) = [time, column, step, command].into_iter().find_map(|layer| layer(line)) {
        if rest.len() >= line.len() {
            break;
        }
        line = rest.trim();
    }
    line
}

/// `2026-01-31T10:00:00.0000000Z `, `10:00:00 PM `, `[10:00:00]`, `2026-01-31 10:00:00,123 `.
fn time(line: &str) -> Option<&str> {
    let is_bracketed = line.starts_with(['[', '(']);
    let bare = line.trim_start_matches(['[', '(', '\u{feff}']);
    if !bare.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let of_time = |char: char| char.is_ascii_digit() || matches!(char, ':' | '.' | ',' | '-' | '+' | 'T' | 'Z' | '/');
    let end = bare.find(|char| !of_time(char)).unwrap_or(bare.len());
    let (stamp, mut rest) = bare.split_at(end);
    let colons = stamp.matches(':').count();
    let is_date = || stamp.len() == 10 && stamp.matches(['-', '/']).count() == 2;
    if stamp.len() < 5 || colons == 0 && !is_date() {
        return None;
    }
    for half in [" AM", " PM", " am", " pm"] {
        rest = rest.strip_prefix(half).unwrap_or(rest);
    }
    if is_bracketed {
        return Some(rest.trim_start_matches([']', ')']));
    }
    rest.starts_with([' ', '\t', '|']).then_some(rest)
}

/// `job\tstep\tline`, as `gh run view --log` prints it.
fn column(line: &str) -> Option<&str> {
    line.split_once('\t').map(|(_, rest)| rest)
}

/// `[semantic-release]` and the like, but not the code in `[E403]`.
fn bracket(line: &str) -> Option<&str> {
    let (tag, rest) = line.strip_prefix('[')?.split_once(']')?;
    let is_code =
        tag.len() > 2 && tag.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (!is_code && tag.len() <= 80).then_some(rest)
}

/// What a runner obeys: `##[error]`, `::error::`, `section_end:…`.
fn command(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("##[").and_then(|rest| rest.split_once(']')) {
        return Some(rest.1);
    }
    if let Some((_, rest)) = line.strip_prefix("##vso[").and_then(|rest| rest.split_once(']')) {
        return Some(rest);
    }
    let (name, rest) = line.strip_prefix("::")?.split_once("::")?;
    (name.len() <= 200).then_some(rest)
}

/// A bullet, a frame, or the sign of a message's level.
fn bullet(line: &str) -> Option<&str> {
    let first = line.chars().next()?;
    let is_sign =
        !first.is_ascii() && (!first.is_alphanumeric() || first == 'ℹ') && !matches!(first, '📦' | '🦋' | '➤')
            || matches!(first, '|' | '>' | '*' | '+');
    if !is_sign {
        return line.strip_prefix('-').filter(|rest| rest.starts_with(' '));
    }
    Some(line[first.len_utf8()..].trim_start_matches(['\u{fe0f}', '─', '━']))
}

/// `#12 3.456 `, as `BuildKit` prints it.
fn step(line: &str) -> Option<&str> {
    let (number, rest) = line.strip_prefix('#')?.split_once(' ')?;
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let timed = || rest.split_once(' ').filter(|(word, _)| is_number(word)).map_or(rest, |(_, rest)| rest);
    is_number(number).then(timed)
}

/// A name with a colon: `@acme/core:publish: `, `packages/core publish: `, `npm: `, `Error: `.
fn label(line: &str) -> Option<&str> {
    let (label, rest) = line.split_once(": ").or_else(|| line.split_once(" | ")).or_else(|| line.split_once("$ "))?;
    let is_part = |char: char| char.is_ascii_alphanumeric() || "@/._-:#() ".contains(char);
    let words = label.split(' ').count();
    (words <= 3 && label.len() <= 120 && label.chars().all(is_part)).then_some(rest)
}

/// A line that a tool quotes.
fn quote(line: &str) -> Option<&str> {
    line.strip_prefix(['"', '\'', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoration_is_stripped_down_to_the_clients_own_line() {
        for line in [
            "2026-08-14T17:32:21.8216220Z said",
            "[2026-08-14T17:32:21Z] said",
            "[1:48:15 PM] [semantic-release] › ✘  said",
            "release\tPublish\t2026-08-14T17:32:21.8Z said",
            "##[error]said",
            "::error::said",
            "│ └ said",
            "@acme/core:publish: said",
            "packages/core publish: said",
            "#12 3.456 said",
            "Error: said",
            "npm: said",
            "[semantic-release] › ℹ  said",
            "\"said",
        ] {
            let mut text = line;
            while let Some(rest) = strip_outermost(text) {
                text = rest;
            }
            assert_eq!(text, "said", "{line}");
        }
        for line in ["[E403] said", "📦 a@1.0.0", "said: no, this is a sentence with a colon: said", "-1"] {
            assert!(strip_outermost(line).is_none_or(|rest| !rest.is_empty() && line.ends_with(rest)), "{line}");
        }
        assert_eq!(strip_outermost("[E403] said"), None);
    }
}
