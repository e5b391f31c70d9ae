//! The file name patterns of `workspaces`, as `minimatch` 10 and `glob` 13 (npm 11.19.1) understand them: `*`, `?`,
//! `[a-z]`, `{a,b}`, `**`, `!(a|b)`. Paths and patterns are cut at `/`; classes such as `[[:alpha:]]` are plain text here.

/// How a path is compared.
#[derive(Clone, Copy, Default)]
pub(crate) struct Options {
    /// A path that ends before the pattern does matches.
    pub(crate) partial: bool,
    /// `*` also matches names that begin with a dot.
    pub(crate) dot: bool,
}

/// Whether a path matches a pattern.
pub(crate) fn matches(path: &str, pattern: &str, options: Options) -> bool {
    let path = cut(path);
    braces(pattern).iter().any(|pattern| segments(&path, &cut(pattern), options))
}

/// Several slashes in a row are one.
pub(super) fn cut(text: &str) -> Vec<&str> {
    let parts: Vec<_> = text.split('/').collect();
    let last = parts.len() - 1;
    let is_kept = |(at, part): (usize, &&str)| at == 0 || at == last || !part.is_empty();
    parts.iter().enumerate().filter(|(at, part)| is_kept((*at, part))).map(|(_, part)| *part).collect()
}

/// Whether the parts of a path match those of a pattern without braces.
pub(super) fn segments(path: &[&str], pattern: &[&str], options: Options) -> bool {
    let Some((first, others)) = pattern.split_first() else {
        return path.is_empty() || path == [""];
    };
    let visible = |name: &str| name != "." && name != ".." && (options.dot || !name.starts_with('.'));
    if *first == "**" {
        if others.is_empty() {
            return path.iter().all(|name| visible(name)) && (options.partial || !path.is_empty());
        }
        let reach = path.iter().take_while(|name| visible(name)).count();
        return (0..=reach).any(|skipped| {
            let rest = &path[skipped..];
            if rest.is_empty() { options.partial } else { segments(rest, others, options) }
        });
    }
    let Some((name, rest)) = path.split_first() else { return options.partial };
    segment(name, first, options.dot) && segments(rest, others, options)
}

/// Whether a name matches one part of a pattern.
pub(super) fn segment(name: &str, pattern: &str, dot: bool) -> bool {
    if !is_magic(pattern) {
        return name == pattern;
    }
    if name.is_empty() {
        return ["!(", "?(", "*("].iter().any(|open| pattern.starts_with(open));
    }
    if matches!(name, "." | "..") || (name.starts_with('.') && !dot && !pattern.starts_with('.')) {
        return false;
    }
    let name: Vec<_> = name.chars().collect();
    let pattern: Vec<_> = pattern.chars().collect();
    characters(&name, &pattern)
}

/// Whether a part of a pattern is more than a name.
pub(super) fn is_magic(pattern: &str) -> bool {
    pattern.contains(['*', '?', '[']) || ["@(", "+(", "!("].iter().any(|open| pattern.contains(open))
}

fn characters(name: &[char], pattern: &[char]) -> bool {
    let Some((first, others)) = pattern.split_first() else { return name.is_empty() };
    if let Some((choices, rest)) = choices(pattern) {
        let one = |name: &[char]| choices.iter().any(|choice| characters(name, choice));
        let ends = |name: &[char]| characters(name, rest);
        let then = |end: &dyn Fn(&[char]) -> bool| (0..=name.len()).any(|at| one(&name[..at]) && end(&name[at..]));
        return match first {
            '@' => then(&ends),
            '?' => ends(name) || then(&ends),
            '*' => repeats(name, &one, &ends),
            '+' => then(&|rest| repeats(rest, &one, &ends)),
            _ => !then(&ends) && (0..=name.len()).any(|at| ends(&name[at..])),
        };
    }
    match first {
        '*' => (0..=name.len()).any(|skipped| characters(&name[skipped..], others)),
        '?' => !name.is_empty() && characters(&name[1..], others),
        '[' => match class(others) {
            Some((negated, set, rest)) => name.split_first().is_some_and(|(character, name)| {
                let inside = ranges(set).any(|(low, high)| (low..=high).contains(character));
                inside != negated && characters(name, rest)
            }),
            None => name.first() == Some(&'[') && characters(&name[1..], others),
        },
        plain => name.first() == Some(plain) && characters(&name[1..], others),
    }
}

/// Whether a name is any number of pieces and an end.
fn repeats(name: &[char], piece: &dyn Fn(&[char]) -> bool, end: &dyn Fn(&[char]) -> bool) -> bool {
    end(name) || (1..=name.len()).any(|at| piece(&name[..at]) && repeats(&name[at..], piece, end))
}

/// `@(a|b)rest`, and the same with `?`, `*`, `+`, `!`.
fn choices(pattern: &[char]) -> Option<(Vec<&[char]>, &[char])> {
    let ['@' | '?' | '*' | '+' | '!', '(', inner @ ..] = pattern else { return None };
    let (mut depth, mut start, mut choices) = (1, 0, Vec::new());
    for (at, character) in inner.iter().enumerate() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && *character == '|') {
            choices.push(&inner[start..at]);
            start = at + 1;
        }
        if depth == 0 {
            return Some((choices, &inner[start..]));
        }
    }
    None
}

/// `!abc]rest`
fn class(text: &[char]) -> Option<(bool, &[char], &[char])> {
    let negated = matches!(text.first(), Some('!' | '^'));
    let text = &text[usize::from(negated)..];
    let end = text.iter().skip(1).position(|character| *character == ']')? + 1;
    Some((negated, &text[..end], &text[end + 1..]))
}

fn ranges(set: &[char]) -> impl Iterator<Item = (char, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let low = *set.get(at)?;
        if let (Some('-'), Some(high)) = (set.get(at + 1), set.get(at + 2)) {
            at += 3;
            return Some((low, *high));
        }
        at += 1;
        Some((low, low))
    })
}

/// `a{b,c}` is `ab` and `ac`; `{1..3}` counts.
pub(super) fn braces(pattern: &str) -> Vec<String> {
    for (open, _) in pattern.match_indices('{') {
        let Some((close, commas)) = closing(&pattern[open..]) else { continue };
        let inner = &pattern[open + 1..open + close];
        let choices: Vec<String> = if commas.is_empty() {
            match count(inner) {
                Some(choices) => choices,
                None => continue,
            }
        } else {
            let mut start = 1;
            let ends = commas.iter().copied().chain([close]);
            ends.map(|end| {
                let choice = pattern[open + start..open + end].to_owned();
                start = end + 1;
                choice
            })
            .collect()
        };
        let (before, after) = (&pattern[..open], &pattern[open + close + 1..]);
        return choices.iter().flat_map(|choice| braces(&format!("{before}{choice}{after}"))).collect();
    }
    vec![pattern.to_owned()]
}

/// Where the brace at the start closes, and the commas that belong to it.
fn closing(text: &str) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0;
    let mut commas = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some((at, commas));
                }
            }
            b',' if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    None
}

fn count(inner: &str) -> Option<Vec<String>> {
    let (low, high) = inner.split_once("..")?;
    let (low, high): (u16, u16) = (low.parse().ok()?, high.parse().ok()?);
    Some(if low <= high {
        (low..=high).map(|number| number.to_string()).collect()
    } else {
        (high..=low).rev().map(|number| number.to_string()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_minimatch_matches() {
        let plain = Options::default();
        for (path, pattern) in [
            ("packages/a", "packages/*"),
            ("packages/a", "packages/**"),
            ("packages/a/b", "**/b"),
            ("b", "**/b"),
            ("a/b", "{a,c}/b"),
            ("p2", "p{1..3}"),
            ("ab", "a[a-c]"),
            ("ad", "a[!a-c]"),
            ("a-x", "a-?"),
            ("p//a", "p/a"),
            ("b", "!(a)"),
            ("ab", "!(a)"),
            ("cab", "c@(ab|b)"),
            ("aab", "+(a|b)"),
        ] {
            assert!(matches(path, pattern, plain), "{path} {pattern}");
        }
        for (path, pattern) in [
            ("packages", "packages/*"),
            ("packages", "packages/**"),
            ("packages/.a", "packages/*"),
            ("packages/a/b", "packages/*"),
            ("a/.b/c", "**/c"),
            ("a", "!(a|b)"),
            ("ac", "+(a|b)"),
            (".b", "!(a)"),
        ] {
            assert!(!matches(path, pattern, plain), "{path} {pattern}");
        }
        assert!(matches("packages", "packages/*", Options { partial: true, dot: false }));
        assert!(matches("a/.b/node_modules/c", "**/node_modules/**", Options { partial: false, dot: true }));
    }
}
