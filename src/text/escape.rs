//! Text from package.json, .npmrc or a registry may hold escape sequences, bidirectional controls and the commands
//! that CI runners obey when they read them on standard output. Every format makes such text harmless here: what is
//! for people shows a picture of the character, what is for programs escapes it, so that nothing is lost.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A piece of text for one line on a terminal: a control character becomes its picture, one for one, so that columns
/// stay what they were; a tab becomes a blank.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.contains(is_hidden) { Cow::Owned(text.chars().map(visible).collect()) } else { Cow::Borrowed(text) }
}

/// What is shown for a character.
pub fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\u{7f}' => '\u{2421}',
        other if is_hidden(other) => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// Characters that a terminal obeys instead of showing them, or that change how their neighbours look.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A whole text report without anything that a runner takes for a command: GitHub obeys lines that begin with `::`
/// after blanks, GitHub and Azure obey `##[` and `##vso[` anywhere.
pub fn commands(report: &str) -> String {
    let mut safe = String::with_capacity(report.len());
    for line in report.split_inclusive('\n') {
        let text = line.trim_start();
        let (blanks, text) = line.split_at(line.len() - text.len());
        safe.push_str(blanks);
        if text.starts_with("::") {
            safe.push('\\');
        }
        defuse(text, "##\\", &mut safe);
    }
    safe
}

/// A whole JSON document: hidden characters and what makes a runner's command are written as escapes, which every
/// reader of JSON undoes.
pub fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    defuse(document, "#\\u0023", &mut safe);
    if !safe.contains(|character| character != '\n' && is_hidden(character)) {
        return safe;
    }
    let mut escaped = String::with_capacity(safe.len());
    for character in safe.chars() {
        if character != '\n' && is_hidden(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Appends `text` with the `##` of every command replaced.
fn defuse(text: &str, hashes: &str, safe: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("##") {
        let (before, command) = rest.split_at(at);
        safe.push_str(before);
        let after = &command[2..];
        let is_command =
            after.starts_with('[') || after.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("vso["));
        if is_command {
            safe.push_str(hashes);
            rest = after;
        } else {
            safe.push('#');
            rest = &command[1..];
        }
    }
    safe.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_control_or_bidi_character_becomes_one_visible_character() {
        assert_eq!(line("a\u{1b}[31m\r\nb\u{9b}\u{202e}c\td"), "a␛[31m␍␊b��c d");
        assert!(matches!(line("left-lodge é 😀"), Cow::Borrowed(_)));
    }

    #[test]
    fn no_line_is_a_command_to_a_ci_runner() {
        let report = "::error::x\n  ::set-output name=a::b\nx ##[error]y ##VSO[task]z ###[group]\nplain :: text ## h\n";
        assert_eq!(
            commands(report),
            "\\::error::x\n  \\::set-output name=a::b\nx ##\\[error]y ##\\VSO[task]z ###\\[group]\nplain :: text ## h\n"
        );
    }

    #[test]
    fn escaped_json_keeps_its_value_and_starts_no_command() {
        let value = serde_json::json!({"a": "##[error] ##vso[x] \\##[ ###[ \u{9b}\u{202e}\u{e0041}\u{7f}\u{1b} ## h"});
        let safe = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!safe.contains("##[") && !safe.contains("##vso["), "{safe}");
        assert!(safe.is_ascii(), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
