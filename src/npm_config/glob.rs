//! The file name patterns of `workspaces`, as `minimatch` 10 and `glob` 13 (npm 11.19.1) understand them: `*`, `?`,
//! `[a-z]`, `{a,b}`, `**`. Paths and patterns are cut at `/`; extended patterns such as `@(a|b)` are plain text here.

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
    let path: Vec<_> = path.split('/').collect();
    braces(pattern).iter().any(|pattern| segments(&path, &pattern.split('/').collect::<Vec<_>>(), options))
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
    if name.is_empty() || matches!(name, "." | "..") || (name.starts_with('.') && !dot && !pattern.starts_with('.')) {
        return false;
    }
    let name: Vec<_> = name.chars().collect();
    let pattern: Vec<_> = pattern.chars().collect();
    characters(&name, &pattern)
}

/// Whether a part of a pattern is more than a name.
pub(super) fn is_magic(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

fn characters(name: &[char], pattern: &[char]) -> bool {
    let Some((first, others)) = pattern.split_first() else { return name.is_empty() };
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
        ] {
            assert!(matches(path, pattern, plain), "{path} {pattern}");
        }
        for (path, pattern) in [
            ("packages", "packages/*"),
            ("packages", "packages/**"),
            ("packages/.a", "packages/*"),
            ("packages/a/b", "packages/*"),
            ("a/.b/c", "**/c"),
        ] {
            assert!(!matches(path, pattern, plain), "{path} {pattern}");
        }
        assert!(matches("packages", "packages/*", Options { partial: true, dot: false }));
        assert!(matches("a/.b/node_modules/c", "**/node_modules/**", Options { partial: false, dot: true }));
    }
}
