//! File name patterns against npm's own minimatch: generated patterns and paths, the same ones every time, answered by each npm
//! and by the library.

use std::sync::LazyLock;

use npm_preflight::npm::glob::{self, Options};
use serde_json::{Value, json};

use crate::npm_names::texts::Dice;
use crate::npms::{self, Npm};

const PAIRS: usize = 12_000;
const BRACES: usize = 4_000;

const WORDS: [&str; 20] = [
    "a",
    "b",
    "ab",
    "aab",
    "A",
    "B",
    ".a",
    ".",
    "..",
    "",
    "a.js",
    ".js",
    "é",
    "1",
    "10",
    "-",
    "x y",
    "\u{1f600}",
    "_",
    "a]",
];
const NAME: [&str; 9] = ["a", "b", "A", ".", "1", "-", "é", "\u{1f600}", ".js"];
const CLASSES: [&str; 30] = [
    "[a-c]",
    "[!a]",
    "[^ab]",
    "[a",
    "[]a]",
    "[!]a]",
    "[c-a]",
    "[a-]",
    "[-a]",
    "[\\]]",
    "[\\a-c]",
    "[a\\-c]",
    "[[:alpha:]]",
    "[[:digit:]]",
    "[![:alpha:]]",
    "[[:upper:][:digit:]]",
    "[a-[:alpha:]]",
    "[[:graph:]]",
    "[[:punct:]a]",
    "[[:nope:]]",
    "[.]",
    "[.a]",
    "[*]",
    "[]",
    "[a-a]",
    "[[:space:]_]",
    "[[:xdigit:]]",
    "[[:word:]]",
    "[^[:print:]]",
    "[[:lower:]]",
];
const BRACE: [&str; 22] = [
    "{a,b}",
    "{a,}",
    "{,a}",
    "{a}",
    "{}",
    "{1..3}",
    "{3..1}",
    "{01..10..3}",
    "{a..c}",
    "{c..a..2}",
    "{a,{b,c}}",
    "{a,b}{a,b}",
    "${a,b}",
    "\\{a,b}",
    "{a\\,b}",
    "{-1..1}",
    "{a,b",
    "a,b}",
    "{{a,b}}",
    "{a},b}",
    "{.,..}",
    "{*,.a}",
];

struct Asked {
    pairs: Vec<(String, String, usize)>,
    braces: Vec<String>,
}

/// As npm uses them: for `workspaces`, for what they leave out, for ignore files; and each by itself.
fn options() -> [(Options, Value); 7] {
    let plain = Options::default();
    [
        (plain, json!({})),
        (Options { partial: true, ..plain }, json!({ "partial": true })),
        (Options { dot: true, ..plain }, json!({ "dot": true })),
        (Options { nocase: true, ..plain }, json!({ "nocase": true })),
        (
            Options { dot: true, nocase: true, match_base: true, flip_negate: true, ..plain },
            json!({ "dot": true, "nocase": true, "matchBase": true, "flipNegate": true }),
        ),
        (
            Options { dot: true, resolves_dots: true, nocomment: true, nonegate: true, ..plain },
            json!({ "dot": true, "optimizationLevel": 2, "nocomment": true, "nonegate": true }),
        ),
        (Options { resolves_dots: true, ..plain }, json!({ "optimizationLevel": 2 })),
    ]
}

/// The questions and the answers of each npm.
static ASKED: LazyLock<(Asked, Vec<(&'static Npm, Value)>)> = LazyLock::new(|| {
    let mut dice = Dice(0x0067_6c6f_6273);
    let kinds = options();
    let pair = |dice: &mut Dice| {
        let pattern = pattern(dice);
        let path = if dice.one_in(3) { named_by(dice, &pattern) } else { path(dice) };
        let names = path.split('/').map(|name| name.chars().take(7).collect::<String>());
        let path = names.collect::<Vec<_>>().join("/");
        (path, pattern, dice.below(kinds.len()))
    };
    let pairs = (0..PAIRS).map(|_| pair(&mut dice)).collect();
    let noise = ["{", "}", ",", "..", "a", "\\", "$", "1", "-"];
    let braces = (0..BRACES)
        .map(|_| {
            let text = dice.row(&BRACE, 4);
            dice.mutate(&text, &noise)
        })
        .collect();
    let asked = Asked { pairs, braces };
    let sent: Vec<Value> =
        asked.pairs.iter().map(|(path, pattern, kind)| json!([path, pattern, kinds[*kind].1])).collect();
    let question = json!({ "pairs": sent, "braces": asked.braces });
    let answers = npms::answers_of_both(|npm| npms::ask(npm, "patterns/npm.js", &question, None));
    (asked, answers)
});

fn path(dice: &mut Dice) -> String {
    let parts: Vec<&str> = (0..=dice.below(5)).map(|_| dice.pick(&WORDS)).collect();
    parts.join("/")
}

/// One for which npm does not take minutes, as it does where groups that repeat are nested, and for each further `!(…)`
/// twice as long.
fn pattern(dice: &mut Dice) -> String {
    loop {
        let pattern = any_pattern(dice);
        let is_quick = |part: &str| {
            let count = |kind: &str| part.matches(kind).count();
            count("(") <= 6 && count("!(") <= 3 && count("+(") + count("*(") <= 2
        };
        if pattern.split('/').all(is_quick) {
            return pattern;
        }
    }
}

fn any_pattern(dice: &mut Dice) -> String {
    let marks = if dice.one_in(12) { dice.pick(&["!", "!!", "#", "./", "/", "\\!"]) } else { "" };
    let parts: Vec<String> = (0..=dice.below(4)).map(|_| part(dice)).collect();
    format!("{marks}{}", parts.join("/"))
}

fn part(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 | 1 => "**".to_owned(),
        2 => dice.pick(&["*", "?", "*.js", "??", ".*", "*.*", "***", "*a", "?.js", "*\\.js", "", ".", ".."]).to_owned(),
        3 => dice.pick(&WORDS).to_owned(),
        4 => group(dice, 0),
        _ => (0..=dice.below(3)).map(|_| piece(dice, 0)).collect(),
    }
}

fn piece(dice: &mut Dice, depth: usize) -> String {
    match dice.below(9) {
        0 | 1 => dice.pick(&NAME).to_owned(),
        2 => "*".to_owned(),
        3 => "?".to_owned(),
        4 => dice.pick(&CLASSES).to_owned(),
        5 => dice.pick(&BRACE).to_owned(),
        6 => dice.pick(&["\\a", "\\*", "\\.", "\\\\", "\\", "+", "@", "!", "(", ")", "|", "$", "^", "\\("]).to_owned(),
        _ if depth < 4 => group(dice, depth),
        _ => "a".to_owned(),
    }
}

fn group(dice: &mut Dice, depth: usize) -> String {
    let kind = dice.pick(&["!", "?", "+", "*", "@"]);
    let choice = |dice: &mut Dice| -> String { (0..dice.below(3)).map(|_| piece(dice, depth + 1)).collect() };
    let choices: Vec<String> = (0..=dice.below(3)).map(|_| choice(dice)).collect();
    let end = if dice.one_in(15) { "" } else { ")" };
    format!("{kind}({}{end}", choices.join("|"))
}

/// A path that has good chances to match.
fn named_by(dice: &mut Dice, pattern: &str) -> String {
    let parts = pattern.split('/').map(|part| {
        if part == "**" {
            return (0..dice.below(3)).map(|_| dice.pick(&WORDS)).collect::<Vec<_>>().join("/");
        }
        let letters = part.chars().map(|character| match character {
            '*' | '?' => dice.pick(&NAME).to_owned(),
            '(' | ')' | '[' | ']' | '{' | '}' | '|' | '!' | '+' | '@' | ',' | '\\' | ':' if dice.below(8) > 0 => {
                String::new()
            }
            other => other.to_string(),
        });
        letters.collect()
    });
    let parts: Vec<String> = parts.collect();
    parts.join("/")
}

#[test]
fn paths_match_as_in_npm() {
    let (asked, answers) = &*ASKED;
    for (npm, answers) in answers {
        paths_match(asked, npm, answers);
    }
}

fn paths_match(asked: &Asked, npm: &Npm, answers: &Value) {
    let (kinds, release) = (options(), &npm.version);
    let (mut different, mut matching, mut refused) = (Vec::new(), 0, 0);
    for ((path, pattern, kind), npm) in asked.pairs.iter().zip(answers["pairs"].as_array().unwrap()) {
        let ours = match glob::matches(path, pattern, kinds[*kind].0) {
            Ok(matches) => json!(matches),
            Err(error) => {
                assert!(error.is_refused(), "{pattern}: {error}");
                Value::Null
            }
        };
        matching += usize::from(npm == true);
        refused += usize::from(npm.is_null());
        if ours != *npm {
            different.push(format!("{path:?} {pattern:?} {}: npm {npm}, here {ours}", kinds[*kind].1));
        }
    }
    assert!(matching > PAIRS / 10 && matching < PAIRS / 2, "{matching} of {PAIRS} match");
    assert!(refused > 10, "only {refused} are refused");
    let shown = different[..different.len().min(25)].join("\n");
    assert!(different.is_empty(), "npm {release}: {} of {PAIRS} differ\n{shown}", different.len());
}

#[test]
fn braces_expand_as_in_npm() {
    let (asked, answers) = &*ASKED;
    for (release, answers) in answers.iter().map(|(npm, answers)| (&npm.version, answers)) {
        let mut different = Vec::new();
        for (pattern, npm) in asked.braces.iter().zip(answers["braces"].as_array().unwrap()) {
            let ours = json!(glob::expansions(pattern).unwrap());
            if ours != *npm {
                different.push(format!("{pattern:?}: npm {npm}, here {ours}"));
            }
        }
        let shown = different[..different.len().min(25)].join("\n");
        assert!(different.is_empty(), "npm {release}: {} of {BRACES} differ\n{shown}", different.len());
    }
}
