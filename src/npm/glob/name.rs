//! A pattern of one name, the part between two slashes: the regular expression that `minimatch` 10.2.5 (npm 11.19.1,
//! ast.js, brace-expressions.js, unescape.js) makes of it. The source of the expression is the same, character by
//! character, since some of what npm matches follows from how it is written. Groups such as `+(a|b)` become a tree,
//! nested ones are merged where npm merges them, and what follows a `!(…)` is copied into it.

use super::{PatternError, Steps, Text};

/// How deep groups may be nested.
const MAX_DEPTH: usize = 100;
/// How many parts a pattern may have once everything behind a `!(…)` is copied into it. Every further `!(…)` doubles it.
const MAX_NODES: usize = 20_000;
/// How long the expression may be, in UTF-16 units.
const MAX_SOURCE: usize = 300_000;
/// How deep groups of other kinds may be nested before npm takes them for plain text (`maxExtglobRecursion`).
const MAX_EXTENDED_DEPTH: usize = 2;

const START_NO_TRAVERSAL: &str = "(?!(?:^|/)\\.\\.?(?:$|/))";
const START_NO_DOT: &str = "(?!\\.)";
const STAR: &str = "[^/]*?";
const STAR_NOT_EMPTY: &str = "[^/]+?";
/// What stands for a class that nothing is in.
const NOTHING: &str = "$.";

/// What `minimatch` makes of a name's pattern.
pub(super) enum Compiled {
    /// Just this name.
    Plain(Text),
    Regexp {
        source: Text,
        unicode: bool,
    },
}

pub(super) fn compile(pattern: &[u16], dot: bool, nocase: bool, steps: &Steps) -> Result<Compiled, PatternError> {
    let mut ast = Ast { nodes: Vec::new(), lists: Vec::new(), negations: Vec::new(), is_filled: false, dot, steps };
    let root = ast.node(None, None)?;
    ast.parse(pattern, root, 0, 0, 0)?;
    ast.flatten(root)?;
    ast.fill_negations(root)?;
    let source = ast.source(root, None)?;
    let text = String::from_utf16_lossy(pattern);
    let has_case = nocase && text.to_uppercase() != text.to_lowercase();
    if source.is_magic || ast.nodes[root].is_magic || has_case {
        return Ok(Compiled::Regexp { source: source.text, unicode: source.unicode });
    }
    Ok(Compiled::Plain(unescape(&source.plain)))
}

fn is(unit: Option<&u16>, character: char) -> bool {
    unit.is_some_and(|unit| u32::from(*unit) == u32::from(character))
}

fn units(text: &str) -> Text {
    text.encode_utf16().collect()
}

/// A kind of group: `!`, `?`, `+`, `*` or `@` in front of a parenthesis.
fn kind_of(unit: u16) -> Option<char> {
    char::from_u32(u32::from(unit)).filter(|character| "!?+*@".contains(*character))
}

#[derive(Clone)]
enum Piece {
    Text(Text),
    Node(usize),
}

struct Node {
    /// `None`: the root, or one of the alternatives of a group.
    kind: Option<char>,
    /// Its list of pieces. A group that takes the place of another one shares its list.
    list: usize,
    parent: Option<usize>,
    parent_index: usize,
    is_magic: bool,
    unicode: bool,
    /// A group without alternatives.
    is_empty: bool,
    /// The pattern before anything was copied into it.
    written: Option<Text>,
}

struct Source {
    text: Text,
    /// `text` without what guards its start and end.
    plain: Text,
    is_magic: bool,
    unicode: bool,
}

struct Ast<'a> {
    nodes: Vec<Node>,
    lists: Vec<Vec<Piece>>,
    negations: Vec<usize>,
    is_filled: bool,
    dot: bool,
    steps: &'a Steps,
}

/// Where a scan of a pattern is: behind a backslash, or within a class.
#[derive(Default)]
struct Scan {
    is_escaping: bool,
    is_in_class: bool,
    class_start: usize,
    class_is_negated: bool,
}

impl Scan {
    /// Whether the unit before `at` belongs to an escape or a class, and is no start of a group.
    fn takes(&mut self, unit: u16, at: usize) -> bool {
        let unit = Some(&unit);
        if self.is_escaping || is(unit, '\\') {
            self.is_escaping = !self.is_escaping;
            return true;
        }
        if self.is_in_class {
            if at == self.class_start + 1 {
                self.class_is_negated |= is(unit, '^') || is(unit, '!');
            } else if is(unit, ']') && !(at == self.class_start + 2 && self.class_is_negated) {
                self.is_in_class = false;
            }
            return true;
        }
        if is(unit, '[') {
            *self = Self { is_in_class: true, class_start: at, ..Self::default() };
            return true;
        }
        false
    }
}

impl Ast<'_> {
    fn node(&mut self, kind: Option<char>, parent: Option<usize>) -> Result<usize, PatternError> {
        if self.nodes.len() >= MAX_NODES {
            return Err(PatternError::TooComplex);
        }
        self.steps.spend(1)?;
        let parent_index = parent.map_or(0, |parent| self.pieces(parent).len());
        let (list, node) = (self.lists.len(), self.nodes.len());
        self.lists.push(Vec::new());
        self.nodes.push(Node {
            kind,
            list,
            parent,
            parent_index,
            is_magic: kind.is_some(),
            unicode: false,
            is_empty: false,
            written: None,
        });
        if kind == Some('!') && !self.is_filled {
            self.negations.push(node);
        }
        Ok(node)
    }

    fn pieces(&self, node: usize) -> &Vec<Piece> {
        &self.lists[self.nodes[node].list]
    }

    fn pieces_mut(&mut self, node: usize) -> &mut Vec<Piece> {
        let list = self.nodes[node].list;
        &mut self.lists[list]
    }

    fn push_text(&mut self, node: usize, text: &mut Text) {
        if !text.is_empty() {
            let text = std::mem::take(text);
            self.pieces_mut(node).push(Piece::Text(text));
        }
    }

    /// `#parseAST`: reads from `from`, which for a group is its parenthesis, and says where it ends.
    fn parse(
        &mut self,
        text: &[u16],
        node: usize,
        from: usize,
        extended_depth: usize,
        depth: usize,
    ) -> Result<usize, PatternError> {
        if depth > MAX_DEPTH {
            return Err(PatternError::TooComplex);
        }
        let kind = self.nodes[node].kind;
        let mut scan = Scan::default();
        let mut plain = Text::new();
        let mut at = if kind.is_none() { from } else { from + 1 };
        let mut part = if kind.is_none() { node } else { self.node(None, Some(node))? };
        let mut parts = Vec::new();
        while let Some(unit) = text.get(at).copied() {
            at += 1;
            if scan.takes(unit, at) {
                plain.push(unit);
                continue;
            }
            let inner = kind_of(unit).filter(|_| is(text.get(at), '('));
            let is_adopted = inner.is_some_and(|inner| kind.is_some_and(|kind| can_adopt_any(kind, inner)));
            if let Some(inner) = inner.filter(|_| extended_depth <= MAX_EXTENDED_DEPTH || is_adopted) {
                self.push_text(part, &mut plain);
                let group = self.node(Some(inner), Some(part))?;
                if kind.is_some() {
                    self.pieces_mut(part).push(Piece::Node(group));
                }
                at = self.parse(text, group, at, extended_depth + usize::from(!is_adopted), depth + 1)?;
                if kind.is_none() {
                    self.pieces_mut(part).push(Piece::Node(group));
                }
                continue;
            }
            if kind.is_some() && is(Some(&unit), '|') {
                self.push_text(part, &mut plain);
                parts.push(part);
                part = self.node(None, Some(node))?;
                continue;
            }
            if kind.is_some() && is(Some(&unit), ')') {
                self.nodes[node].is_empty |= plain.is_empty() && self.pieces(node).is_empty();
                self.push_text(part, &mut plain);
                parts.push(part);
                self.pieces_mut(node).extend(parts.into_iter().map(Piece::Node));
                return Ok(at);
            }
            plain.push(unit);
        }
        if kind.is_none() {
            self.push_text(node, &mut plain);
            return Ok(at);
        }
        // A group that does not end is none.
        self.nodes[node].kind = None;
        self.nodes[node].is_magic = false;
        let whole = text.get(from.saturating_sub(1)..).unwrap_or_default().to_vec();
        self.steps.spend(whole.len() / 8)?;
        *self.pieces_mut(node) = vec![Piece::Text(whole)];
        Ok(at)
    }

    /// The only group in an alternative.
    fn only_group(&self, piece: &Piece) -> Option<usize> {
        let Piece::Node(child) = piece else { return None };
        match self.pieces(*child)[..] {
            [Piece::Node(group)] if self.nodes[*child].kind.is_none() && self.nodes[group].kind.is_some() => {
                Some(group)
            }
            _ => None,
        }
    }

    fn flatten(&mut self, node: usize) -> Result<(), PatternError> {
        if self.nodes[node].kind.is_none() {
            for piece in self.pieces(node).clone() {
                if let Piece::Node(child) = piece {
                    self.flatten(child)?;
                }
            }
            return Ok(());
        }
        for _ in 0..10 {
            let mut is_done = true;
            let mut at = 0;
            while let Some(piece) = self.pieces(node).get(at).cloned() {
                if let Piece::Node(child) = piece {
                    self.flatten(child)?;
                    is_done &= !self.merge(node, &piece, at)?;
                }
                at += 1;
            }
            if is_done {
                break;
            }
        }
        Ok(())
    }

    /// Takes the alternatives of a group within this one into it, where that makes no difference.
    fn merge(&mut self, node: usize, piece: &Piece, at: usize) -> Result<bool, PatternError> {
        let (Some(group), Some(kind)) = (self.only_group(piece), self.nodes[node].kind) else { return Ok(false) };
        let Some(inner) = self.nodes[group].kind else { return Ok(false) };
        let with_blank = !can_adopt(kind, inner) && can_adopt_with_blank(kind, inner);
        if can_adopt(kind, inner) || with_blank {
            if with_blank {
                let blank = self.node(None, Some(group))?;
                self.pieces_mut(blank).push(Piece::Text(Text::new()));
                self.pieces_mut(group).push(Piece::Node(blank));
            }
            let adopted = self.pieces(group).clone();
            self.adopt(node, &adopted);
            self.pieces_mut(node).splice(at..=at, adopted);
            return Ok(true);
        }
        let Some(merged) = merged_kind(kind, inner).filter(|_| self.pieces(node).len() == 1) else { return Ok(false) };
        self.nodes[node].list = self.nodes[group].list;
        let adopted = self.pieces(node).clone();
        self.adopt(node, &adopted);
        self.nodes[node].kind = Some(merged);
        self.nodes[node].is_empty = false;
        Ok(true)
    }

    fn adopt(&mut self, parent: usize, pieces: &[Piece]) {
        for piece in pieces {
            if let Piece::Node(child) = piece {
                self.nodes[*child].parent = Some(parent);
            }
        }
    }

    /// Copies what comes after a `!(…)` into each of its alternatives.
    fn fill_negations(&mut self, root: usize) -> Result<(), PatternError> {
        self.write_down(root);
        self.is_filled = true;
        while let Some(negation) = self.negations.pop() {
            if self.nodes[negation].kind != Some('!') {
                continue;
            }
            let mut node = negation;
            while let Some(parent) = self.nodes[node].parent {
                let mut at = self.nodes[node].parent_index + 1;
                while self.nodes[parent].kind.is_none() && at < self.pieces(parent).len() {
                    for alternative in self.pieces(negation).clone() {
                        if let Piece::Node(alternative) = alternative {
                            let piece = self.pieces(parent)[at].clone();
                            self.copy_in(alternative, &piece)?;
                        }
                    }
                    at += 1;
                }
                node = parent;
            }
        }
        Ok(())
    }

    fn copy_in(&mut self, node: usize, piece: &Piece) -> Result<(), PatternError> {
        match piece {
            Piece::Text(text) => {
                self.steps.spend(text.len() / 8 + 1)?;
                let mut text = text.clone();
                self.push_text(node, &mut text);
            }
            Piece::Node(other) => {
                let copy = self.node(self.nodes[*other].kind, Some(node))?;
                for piece in self.pieces(*other).clone() {
                    self.copy_in(copy, &piece)?;
                }
                self.pieces_mut(node).push(Piece::Node(copy));
            }
        }
        Ok(())
    }

    /// The pattern of a node, kept as it is now.
    fn write_down(&mut self, node: usize) -> Text {
        if let Some(written) = &self.nodes[node].written {
            return written.clone();
        }
        let mut texts = Vec::new();
        for piece in self.pieces(node).clone() {
            texts.push(match piece {
                Piece::Text(text) => text,
                Piece::Node(child) => self.write_down(child),
            });
        }
        let written = match self.nodes[node].kind {
            None => texts.concat(),
            Some(kind) => [units(&format!("{kind}(")), texts.join(&u16::from(b'|')), units(")")].concat(),
        };
        self.nodes[node].written = Some(written.clone());
        written
    }

    fn is_start(&self, node: usize) -> bool {
        let Some(parent) = self.nodes[node].parent else { return true };
        let before = self.pieces(parent).get(..self.nodes[node].parent_index);
        let is_negation = |piece: &Piece| matches!(piece, Piece::Node(node) if self.nodes[*node].kind == Some('!'));
        self.is_start(parent) && before.is_some_and(|before| before.iter().all(is_negation))
    }

    fn is_end(&self, node: usize) -> bool {
        let Some(parent) = self.nodes[node].parent else { return true };
        if self.nodes[parent].kind == Some('!') {
            return true;
        }
        self.is_end(parent)
            && (self.nodes[node].kind.is_none() || self.nodes[node].parent_index + 1 == self.pieces(parent).len())
    }

    /// `toRegExpSource`
    fn source(&mut self, node: usize, allow_dot: Option<bool>) -> Result<Source, PatternError> {
        self.steps.spend(1)?;
        match self.nodes[node].kind {
            None => self.source_of_sequence(node, allow_dot),
            Some(kind) => self.source_of_group(node, kind, allow_dot),
        }
    }

    fn source_of_sequence(&mut self, node: usize, allow_dot: Option<bool>) -> Result<Source, PatternError> {
        let dot = allow_dot.unwrap_or(self.dot);
        let pieces = self.pieces(node).clone();
        let (is_start, is_end) = (self.is_start(node), self.is_end(node));
        let not_empty = is_start && is_end && pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
        let mut text = Text::new();
        for piece in &pieces {
            let found = match piece {
                Piece::Text(glob) => source_of_text(glob, self.nodes[node].is_magic, not_empty),
                Piece::Node(child) => self.source(*child, allow_dot)?,
            };
            self.nodes[node].is_magic |= found.is_magic;
            self.nodes[node].unicode |= found.unicode;
            text.extend_from_slice(&found.text);
            self.check_length(&text)?;
        }
        let mut start = "";
        if let Some(Piece::Text(first)) = pieces.first().filter(|_| is_start) {
            let is_just_dots = pieces.len() == 1 && (first[..] == units(".") || first[..] == units(".."));
            if !is_just_dots {
                let can_start = |at: usize| is(text.get(at), '[') || is(text.get(at), '.');
                let needs_no_traversal = dot && can_start(0)
                    || text.starts_with(&units("\\.")) && can_start(2)
                    || text.starts_with(&units("\\.\\.")) && can_start(4);
                let needs_no_dot = !dot && allow_dot != Some(true) && can_start(0);
                start = if needs_no_traversal {
                    START_NO_TRAVERSAL
                } else if needs_no_dot {
                    START_NO_DOT
                } else {
                    ""
                };
            }
        }
        let is_in_negation = self.nodes[node].parent.is_some_and(|parent| self.nodes[parent].kind == Some('!'));
        let end = if is_end && self.is_filled && is_in_negation { "(?:$|\\/)" } else { "" };
        let whole = [units(start), text.clone(), units(end)].concat();
        self.check_length(&whole)?;
        let Node { is_magic, unicode, .. } = self.nodes[node];
        Ok(Source { text: whole, plain: text, is_magic, unicode })
    }

    fn source_of_group(&mut self, node: usize, kind: char, allow_dot: Option<bool>) -> Result<Source, PatternError> {
        let dot = allow_dot.unwrap_or(self.dot);
        let is_repeated = matches!(kind, '*' | '+');
        let mut body = self.alternatives(node, dot)?;
        let (is_start, is_end) = (self.is_start(node), self.is_end(node));
        if is_start && is_end && body.is_empty() && kind != '!' {
            // A group of nothing is no group.
            let written = self.write_down(node);
            self.nodes[node].kind = None;
            self.nodes[node].is_magic = false;
            self.nodes[node].list = self.lists.len();
            self.lists.push(vec![Piece::Text(written.clone())]);
            return Ok(Source { plain: written.clone(), text: written, is_magic: false, unicode: false });
        }
        let mut with_dots = Text::new();
        if is_repeated && allow_dot != Some(true) && !dot {
            with_dots = self.alternatives(node, true)?;
            if with_dots == body {
                with_dots = Text::new();
            }
        }
        let has_both = !with_dots.is_empty();
        if has_both {
            body = [units("(?:"), body, units(")(?:"), with_dots, units(")*?")].concat();
            self.check_length(&body)?;
        }
        let guard = if is_start && !dot && allow_dot != Some(true) { START_NO_DOT } else { "" };
        let text = if kind == '!' && self.nodes[node].is_empty {
            units(&format!("{}{STAR_NOT_EMPTY}", if is_start && !dot { START_NO_DOT } else { "" }))
        } else {
            let open = if kind == '!' { "(?:(?!(?:" } else { "(?:" };
            let close = match kind {
                '!' => format!(")){guard}{STAR})"),
                '@' => ")".to_owned(),
                '+' if has_both => ")".to_owned(),
                '*' if has_both => ")?".to_owned(),
                kind => format!("){kind}"),
            };
            [units(open), body.clone(), units(&close)].concat()
        };
        self.check_length(&text)?;
        let Node { is_magic, unicode, .. } = self.nodes[node];
        Ok(Source { text, plain: body, is_magic, unicode })
    }

    fn alternatives(&mut self, node: usize, dot: bool) -> Result<Text, PatternError> {
        let is_whole = self.is_start(node) && self.is_end(node);
        let mut sources = Vec::new();
        let mut length = 0;
        for piece in self.pieces(node).clone() {
            let Piece::Node(child) = piece else { return Err(PatternError::Invalid) };
            let found = self.source(child, Some(dot))?;
            self.nodes[node].unicode |= found.unicode;
            if !is_whole || !found.text.is_empty() {
                length += found.text.len();
                sources.push(found.text);
            }
            if length > MAX_SOURCE {
                return Err(PatternError::TooComplex);
            }
        }
        Ok(sources.join(&u16::from(b'|')))
    }

    fn check_length(&self, text: &[u16]) -> Result<(), PatternError> {
        self.steps.spend(text.len() / 16)?;
        if text.len() > MAX_SOURCE { Err(PatternError::TooComplex) } else { Ok(()) }
    }
}

/// `adoptionMap`
fn can_adopt(kind: char, inner: char) -> bool {
    match kind {
        '!' | '@' => inner == '@',
        '?' => matches!(inner, '?' | '@'),
        '*' => matches!(inner, '*' | '+' | '?' | '@'),
        '+' => matches!(inner, '+' | '@'),
        _ => false,
    }
}

/// `adoptionWithSpaceMap`
fn can_adopt_with_blank(kind: char, inner: char) -> bool {
    match kind {
        '!' | '@' => inner == '?',
        '+' => matches!(inner, '?' | '*'),
        _ => false,
    }
}

fn can_adopt_any(kind: char, inner: char) -> bool {
    can_adopt(kind, inner) || can_adopt_with_blank(kind, inner)
}

/// `usurpMap`: what a group becomes whose only content is another one.
fn merged_kind(kind: char, inner: char) -> Option<char> {
    match (kind, inner) {
        ('!', '!') => Some('@'),
        ('?', '*' | '+') | ('+', '?' | '*') => Some('*'),
        ('@', _) => Some(inner),
        _ => None,
    }
}

/// `#parseGlob`
fn source_of_text(glob: &[u16], is_magic: bool, not_empty: bool) -> Source {
    let mut text = Text::new();
    let (mut is_escaping, mut is_in_star, mut is_magic, mut unicode) = (false, false, is_magic, false);
    let is_all_stars = !glob.is_empty() && glob.iter().all(|unit| is(Some(unit), '*'));
    let mut at = 0;
    while let Some(unit) = glob.get(at) {
        at += 1;
        let character = char::from_u32(u32::from(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER);
        if is_escaping {
            is_escaping = false;
            if "().*{}+?[]^$\\!".contains(character) {
                text.push(u16::from(b'\\'));
            }
            text.push(*unit);
            continue;
        }
        if character == '*' {
            if !is_in_star {
                text.extend(units(if not_empty && is_all_stars { STAR_NOT_EMPTY } else { STAR }));
            }
            is_in_star = true;
            is_magic = true;
            continue;
        }
        is_in_star = false;
        match character {
            '\\' if at == glob.len() => text.extend(units("\\\\")),
            '\\' => is_escaping = true,
            '?' => {
                text.extend(units("[^/]"));
                is_magic = true;
            }
            '[' => match class(glob, at - 1) {
                Some(class) => {
                    text.extend(class.text);
                    unicode |= class.unicode;
                    is_magic |= class.is_magic;
                    at += class.length - 1;
                }
                None => escape_into(&mut text, *unit),
            },
            _ => escape_into(&mut text, *unit),
        }
    }
    Source { plain: text.clone(), text, is_magic, unicode }
}

/// `regExpEscape`
fn escape_into(text: &mut Text, unit: u16) {
    let is_special = char::from_u32(u32::from(unit)).is_some_and(|character| {
        "-[]{}()*+?.,\\^$|#\u{feff}".contains(character) || (character.is_whitespace() && character != '\u{85}')
    });
    if is_special {
        text.push(u16::from(b'\\'));
    }
    text.push(unit);
}

/// `unescape`: takes `[x]` and `\x` for `x`.
fn unescape(text: &[u16]) -> Text {
    let is_bracketed = |at: usize| {
        let inner = text.get(at + 1).filter(|inner| !is(Some(inner), '/') && !is(Some(inner), '\\'));
        is(text.get(at), '[') && inner.is_some() && is(text.get(at + 2), ']')
    };
    let mut plain = Text::new();
    let mut at = 0;
    // `((?!\\).|^)\[([^/\\])\]`: the character in front of it is part of what is found.
    while at < text.len() {
        let line_end = [0x0a, 0x0d, 0x2028, 0x2029].contains(&text[at]);
        if !is(text.get(at), '\\') && !line_end && is_bracketed(at + 1) {
            plain.extend([text[at], text[at + 2]]);
            at += 4;
        } else if at == 0 && is_bracketed(0) {
            plain.push(text[1]);
            at = 3;
        } else {
            plain.push(text[at]);
            at += 1;
        }
    }
    let mut found = Text::new();
    let mut at = 0;
    while at < plain.len() {
        let is_escape = is(plain.get(at), '\\') && plain.get(at + 1).is_some_and(|next| !is(Some(next), '/'));
        at += usize::from(is_escape);
        found.push(plain[at]);
        at += 1;
    }
    found
}

struct Class {
    text: Text,
    unicode: bool,
    length: usize,
    is_magic: bool,
}

/// `posixClasses`: name, expression, whether it needs `u`, whether it is what the class is not.
const POSIX: [(&str, &str, bool, bool); 14] = [
    ("[:alnum:]", "\\p{L}\\p{Nl}\\p{Nd}", true, false),
    ("[:alpha:]", "\\p{L}\\p{Nl}", true, false),
    ("[:ascii:]", "\\x00-\\x7f", false, false),
    ("[:blank:]", "\\p{Zs}\\t", true, false),
    ("[:cntrl:]", "\\p{Cc}", true, false),
    ("[:digit:]", "\\p{Nd}", true, false),
    ("[:graph:]", "\\p{Z}\\p{C}", true, true),
    ("[:lower:]", "\\p{Ll}", true, false),
    ("[:print:]", "\\p{C}", true, false),
    ("[:punct:]", "\\p{P}", true, false),
    ("[:space:]", "\\p{Z}\\t\\r\\n\\v\\f", true, false),
    ("[:upper:]", "\\p{Lu}", true, false),
    ("[:word:]", "\\p{L}\\p{Nl}\\p{Nd}\\p{Pc}", true, false),
    ("[:xdigit:]", "A-Fa-f0-9", false, false),
];

/// `parseClass`; `None`: it does not end, and is no class.
fn class(glob: &[u16], from: usize) -> Option<Class> {
    let nothing = Class { text: units(NOTHING), unicode: false, length: glob.len() - from, is_magic: true };
    let starts_with = |text: &str, at: usize| {
        text.bytes().enumerate().all(|(offset, byte)| is(glob.get(at + offset), char::from(byte)))
    };
    let (mut ranges, mut others): (Vec<Text>, Vec<Text>) = (Vec::new(), Vec::new());
    let (mut saw_start, mut unicode, mut is_escaping, mut is_negated) = (false, false, false, false);
    let mut range_start: Option<u16> = None;
    let mut end = None;
    let mut at = from + 1;
    'class: while let Some(unit) = glob.get(at).copied() {
        let found = Some(&unit);
        if (is(found, '!') || is(found, '^')) && at == from + 1 {
            is_negated = true;
            at += 1;
            continue;
        }
        if is(found, ']') && saw_start && !is_escaping {
            end = Some(at + 1);
            break;
        }
        saw_start = true;
        if is(found, '\\') && !is_escaping {
            is_escaping = true;
            at += 1;
            continue;
        }
        if is(found, '[') && !is_escaping {
            for (name, expression, needs_unicode, is_other) in POSIX {
                if starts_with(name, at) {
                    if range_start.is_some() {
                        return Some(nothing);
                    }
                    at += name.len();
                    if is_other { &mut others } else { &mut ranges }.push(units(expression));
                    unicode |= needs_unicode;
                    continue 'class;
                }
            }
        }
        is_escaping = false;
        if let Some(start) = range_start.take() {
            // A range the wrong way round is left out.
            if unit > start {
                ranges.push([class_escape(start), units("-"), class_escape(unit)].concat());
            } else if unit == start {
                ranges.push(class_escape(unit));
            }
            at += 1;
        } else if starts_with("-]", at + 1) {
            ranges.push([class_escape(unit), units("\\-")].concat());
            at += 2;
        } else if starts_with("-", at + 1) {
            range_start = Some(unit);
            at += 2;
        } else {
            ranges.push(class_escape(unit));
            at += 1;
        }
    }
    let end = end.filter(|end| *end >= at)?;
    if ranges.is_empty() && others.is_empty() {
        return Some(nothing);
    }
    let length = end - from;
    if let ([only], [], false) = (&ranges[..], &others[..], is_negated) {
        let one = match only[..] {
            [one] => Some(one),
            [backslash, one] if is(Some(&backslash), '\\') => Some(one),
            _ => None,
        };
        if let Some(one) = one.filter(|one| ![0x0a, 0x0d, 0x2028, 0x2029].contains(one)) {
            let mut text = Text::new();
            escape_into(&mut text, one);
            return Some(Class { text, unicode: false, length, is_magic: false });
        }
    }
    let set = |open: &str, items: &[Text]| [units(open), items.concat(), units("]")].concat();
    let inside = set(if is_negated { "[^" } else { "[" }, &ranges);
    let outside = set(if is_negated { "[" } else { "[^" }, &others);
    let text = match (ranges.is_empty(), others.is_empty()) {
        (false, false) => [units("("), inside, units("|"), outside, units(")")].concat(),
        (false, true) => inside,
        _ => outside,
    };
    Some(Class { text, unicode, length, is_magic: true })
}

/// `braceEscape`
fn class_escape(unit: u16) -> Text {
    let is_special = ['[', ']', '\\', '-'].iter().any(|special| is(Some(&unit), *special));
    if is_special { vec![u16::from(b'\\'), unit] } else { vec![unit] }
}
