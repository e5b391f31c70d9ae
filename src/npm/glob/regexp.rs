//! The regular expressions that `minimatch` writes for a name, run without backtracking: every place in the pattern that
//! can be reached is followed at once, so that the work is at most the length of the pattern times that of the name, and
//! once more the name where `!(…)` looks ahead. Groups, alternatives, `*`, `+`, `?`, classes, `(?!…)`, `^` and `$` are known:
//! nothing else is written.

use std::cell::Cell;
use std::collections::HashMap;

use unicode_general_category::{GeneralCategory as Category, get_general_category};

use super::{PatternError, Steps};

/// How deep groups may be nested.
const MAX_DEPTH: usize = 500;
/// How many bytes a character of the source takes once it is compiled, at most.
const INSTRUCTION: usize = 112;

#[derive(Debug)]
pub(super) struct Regexp {
    program: Vec<Instruction>,
    start: usize,
    flags: Flags,
    /// Characters of ASCII that were looked for at the start of a name, and those of them that may be there: most names are
    /// decided by their first letter.
    first: Cell<(u128, u128)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    /// `i`
    pub(super) ignores_case: bool,
    /// `u`: whole characters are compared, not UTF-16 units.
    pub(super) unicode: bool,
}

#[derive(Debug)]
enum Instruction {
    One(Set, usize),
    Either(usize, usize),
    AtStart(usize),
    AtEnd(usize),
    /// What starts at the first place must not match here; goes on at the second one.
    NotAhead(usize, usize),
    Accept,
}

#[derive(Debug)]
struct Set {
    items: Vec<Item>,
    is_negated: bool,
    /// Which characters of ASCII are in it: hardly any other is asked for.
    ascii: u128,
}

#[derive(Debug)]
enum Item {
    Range(u32, u32),
    Property(Property),
}

#[derive(Clone, Copy, Debug)]
enum Property {
    Letter,
    LetterNumber,
    DecimalNumber,
    SpaceSeparator,
    Control,
    Separator,
    Other,
    Lowercase,
    Punctuation,
    Uppercase,
    ConnectorPunctuation,
}

impl Regexp {
    /// Compiles `^…$`.
    pub(super) fn compile(source: &[u16], flags: Flags, steps: &Steps) -> Result<Self, PatternError> {
        // Most instructions compare one character, and have a list of their own for it.
        steps.take(source.len() * INSTRUCTION)?;
        let source = units(source, flags.unicode);
        let mut parser = Parser { source: &source, at: 0, flags, depth: 0 };
        let tree = parser.alternatives()?;
        if parser.at < source.len() {
            return Err(PatternError::Invalid);
        }
        let mut program = vec![Instruction::Accept, Instruction::AtEnd(0)];
        let start = write(tree, 1, &mut program);
        Ok(Self { program, start, flags, first: Cell::default() })
    }

    pub(super) fn matches(&self, name: &[u16], steps: &Steps) -> Result<bool, PatternError> {
        if name.first().is_some_and(|first| !self.may_start_with(*first)) {
            return Ok(false);
        }
        let name = units(name, self.flags.unicode);
        let mut run = Run { regexp: self, name: &name, steps, ahead: HashMap::new() };
        run.is_accepted(self.start, 0)
    }
}

impl Regexp {
    /// Whether something that begins with this may match. `true` where that is not worth finding out.
    fn may_start_with(&self, first: u16) -> bool {
        let Some(bit) = 1_u128.checked_shl(u32::from(first)) else { return true };
        let (known, found) = self.first.get();
        if known & bit != 0 {
            return found & bit != 0;
        }
        let mut waiting = vec![self.start];
        let mut seen = vec![false; self.program.len()];
        let mut is_found = false;
        while let Some(place) = waiting.pop() {
            if std::mem::replace(&mut seen[place], true) {
                continue;
            }
            match &self.program[place] {
                Instruction::One(set, _) if set.has(u32::from(first), self.flags) => {
                    is_found = true;
                    break;
                }
                Instruction::Either(left, right) => waiting.extend([*left, *right]),
                // What must not follow only takes something away.
                Instruction::AtStart(then) | Instruction::NotAhead(_, then) => waiting.push(*then),
                Instruction::One(..) | Instruction::AtEnd(_) | Instruction::Accept => {}
            }
        }
        self.first.set((known | bit, if is_found { found | bit } else { found }));
        is_found
    }
}

fn units(text: &[u16], unicode: bool) -> Vec<u32> {
    if !unicode {
        return text.iter().copied().map(u32::from).collect();
    }
    let characters = char::decode_utf16(text.iter().copied());
    characters.map(|found| found.map_or_else(|lone| u32::from(lone.unpaired_surrogate()), u32::from)).collect()
}

struct Run<'a> {
    regexp: &'a Regexp,
    name: &'a [u32],
    steps: &'a Steps,
    /// What was found out about an instruction at a place of the name.
    ahead: HashMap<(usize, usize), bool>,
}

impl Run<'_> {
    fn is_accepted(&mut self, start: usize, from: usize) -> Result<bool, PatternError> {
        let regexp = self.regexp;
        let (mut current, mut next) = (vec![start], Vec::new());
        // The place at which an instruction was last reached.
        let mut reached: Vec<usize> = vec![usize::MAX; regexp.program.len()];
        self.steps.spend(regexp.program.len() / 16 + self.name.len() / 16 + 16)?;
        for at in from..=self.name.len() {
            while let Some(place) = current.pop() {
                if std::mem::replace(&mut reached[place], at) == at {
                    continue;
                }
                self.steps.spend(1)?;
                match &regexp.program[place] {
                    Instruction::Accept => return Ok(true),
                    Instruction::Either(left, right) => current.extend([*right, *left]),
                    Instruction::AtStart(then) if at == 0 => current.push(*then),
                    Instruction::AtEnd(then) if at == self.name.len() => current.push(*then),
                    Instruction::AtStart(_) | Instruction::AtEnd(_) => {}
                    Instruction::NotAhead(inner, then) => {
                        let is_ahead = match self.ahead.get(&(place, at)) {
                            Some(known) => *known,
                            None => self.is_accepted(*inner, at)?,
                        };
                        self.ahead.insert((place, at), is_ahead);
                        if !is_ahead {
                            current.push(*then);
                        }
                    }
                    Instruction::One(set, then) => {
                        if let Some(found) = self.name.get(at) {
                            self.steps.spend(set.items.len() / 16)?;
                            if set.has(*found, regexp.flags) {
                                next.push(*then);
                            }
                        }
                    }
                }
            }
            if next.is_empty() {
                return Ok(false);
            }
            std::mem::swap(&mut current, &mut next);
        }
        Ok(false)
    }
}

impl Set {
    fn new(items: Vec<Item>, is_negated: bool, flags: Flags) -> Self {
        const UPPER: u128 = ((1 << 26) - 1) << b'A';
        const LOWER: u128 = ((1 << 26) - 1) << b'a';
        let bits =
            |has: &dyn Fn(u32) -> bool| (0..128).filter(|one| has(*one)).fold(0, |bits, one| bits | 1_u128 << one);
        let mut ascii = 0;
        for item in &items {
            ascii |= match item {
                Item::Range(one, other) if one == other => 1_u128.checked_shl(*one).unwrap_or_default(),
                Item::Range(low, high) => bits(&|one| (*low..=*high).contains(&one)),
                Item::Property(property) => bits(&|one| property.has(one)),
            };
        }
        if flags.ignores_case {
            let distance = b'a' - b'A';
            ascii |= (ascii & UPPER) << distance | (ascii & LOWER) >> distance;
        }
        Self { items, is_negated, ascii: if is_negated { !ascii } else { ascii } }
    }

    fn has(&self, found: u32, flags: Flags) -> bool {
        if found < 128 {
            return self.ascii >> found & 1 == 1;
        }
        let is_inside = |found: u32| {
            self.items.iter().any(|item| match item {
                Item::Range(low, high) => (*low..=*high).contains(&found),
                Item::Property(property) => property.has(found),
            })
        };
        let is_inside =
            if flags.ignores_case { variants(found, flags.unicode).any(is_inside) } else { is_inside(found) };
        is_inside != self.is_negated
    }
}

/// The characters that are the same one where case does not matter (ECMAScript's `Canonicalize`).
fn variants(found: u32, unicode: bool) -> impl Iterator<Item = u32> {
    let character = char::from_u32(found);
    let upper = character.and_then(|one| single(one.to_uppercase()));
    let lower = character.and_then(|one| single(one.to_lowercase()));
    let upper_of_lower = lower.and_then(|one| single(one.to_uppercase()));
    let lower_of_upper = upper.and_then(|one| single(one.to_lowercase()));
    let others = [upper, lower, upper_of_lower, lower_of_upper].into_iter().flatten().map(u32::from);
    // Without `u` no other character is one of ASCII.
    std::iter::once(found).chain(others.filter(move |other| unicode || (found < 128) == (*other < 128)))
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

impl Property {
    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "L" => Self::Letter,
            "Nl" => Self::LetterNumber,
            "Nd" => Self::DecimalNumber,
            "Zs" => Self::SpaceSeparator,
            "Cc" => Self::Control,
            "Z" => Self::Separator,
            "C" => Self::Other,
            "Ll" => Self::Lowercase,
            "P" => Self::Punctuation,
            "Lu" => Self::Uppercase,
            "Pc" => Self::ConnectorPunctuation,
            _ => return None,
        })
    }

    fn has(self, found: u32) -> bool {
        let category = char::from_u32(found).map_or(Category::Surrogate, get_general_category);
        let letters = [
            Category::UppercaseLetter,
            Category::LowercaseLetter,
            Category::TitlecaseLetter,
            Category::ModifierLetter,
            Category::OtherLetter,
        ];
        let others =
            [Category::Control, Category::Format, Category::Surrogate, Category::PrivateUse, Category::Unassigned];
        let separators = [Category::SpaceSeparator, Category::LineSeparator, Category::ParagraphSeparator];
        let punctuation = [
            Category::ConnectorPunctuation,
            Category::DashPunctuation,
            Category::OpenPunctuation,
            Category::ClosePunctuation,
            Category::InitialPunctuation,
            Category::FinalPunctuation,
            Category::OtherPunctuation,
        ];
        match self {
            Self::Letter => letters.contains(&category),
            Self::LetterNumber => category == Category::LetterNumber,
            Self::DecimalNumber => category == Category::DecimalNumber,
            Self::SpaceSeparator => category == Category::SpaceSeparator,
            Self::Control => category == Category::Control,
            Self::Separator => separators.contains(&category),
            Self::Other => others.contains(&category),
            Self::Lowercase => category == Category::LowercaseLetter,
            Self::Punctuation => punctuation.contains(&category),
            Self::Uppercase => category == Category::UppercaseLetter,
            Self::ConnectorPunctuation => category == Category::ConnectorPunctuation,
        }
    }
}

enum Tree {
    One(Set),
    Sequence(Vec<Tree>),
    Alternatives(Vec<Tree>),
    Optional(Box<Tree>),
    Any(Box<Tree>),
    Several(Box<Tree>),
    NotAhead(Box<Tree>),
    Start,
    End,
}

/// Writes what matches `tree` and goes on at `then`, and says where it starts.
fn write(tree: Tree, then: usize, program: &mut Vec<Instruction>) -> usize {
    let push = |program: &mut Vec<Instruction>, instruction| {
        program.push(instruction);
        program.len() - 1
    };
    match tree {
        Tree::One(set) => push(program, Instruction::One(set, then)),
        Tree::Sequence(parts) => parts.into_iter().rev().fold(then, |then, part| write(part, then, program)),
        Tree::Alternatives(parts) => {
            let starts: Vec<usize> = parts.into_iter().map(|part| write(part, then, program)).collect();
            let mut starts = starts.into_iter().rev();
            let last = starts.next().unwrap_or(then);
            starts.fold(last, |right, left| push(program, Instruction::Either(left, right)))
        }
        Tree::Optional(part) => {
            let start = write(*part, then, program);
            push(program, Instruction::Either(start, then))
        }
        Tree::Any(part) => {
            let again = push(program, Instruction::Either(then, then));
            let start = write(*part, again, program);
            program[again] = Instruction::Either(start, then);
            again
        }
        Tree::Several(part) => {
            let again = push(program, Instruction::Either(then, then));
            let start = write(*part, again, program);
            program[again] = Instruction::Either(start, then);
            start
        }
        Tree::NotAhead(part) => {
            let start = write(*part, 0, program);
            push(program, Instruction::NotAhead(start, then))
        }
        Tree::Start => push(program, Instruction::AtStart(then)),
        Tree::End => push(program, Instruction::AtEnd(then)),
    }
}

struct Parser<'a> {
    source: &'a [u32],
    at: usize,
    flags: Flags,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.source.get(self.at).map(|found| char::from_u32(*found).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn takes(&mut self, text: &str) -> bool {
        let is_next = text
            .chars()
            .enumerate()
            .all(|(offset, wanted)| self.source.get(self.at + offset).is_some_and(|found| *found == u32::from(wanted)));
        if is_next {
            self.at += text.chars().count();
        }
        is_next
    }

    fn alternatives(&mut self) -> Result<Tree, PatternError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PatternError::TooComplex);
        }
        let mut choices = vec![self.sequence()?];
        while self.takes("|") {
            choices.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(Tree::Alternatives(choices))
    }

    fn sequence(&mut self) -> Result<Tree, PatternError> {
        let mut parts = Vec::new();
        while let Some(next) = self.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let atom = self.atom()?;
            let part = if self.takes("*") {
                Tree::Any(Box::new(atom))
            } else if self.takes("+") {
                Tree::Several(Box::new(atom))
            } else if self.takes("?") {
                Tree::Optional(Box::new(atom))
            } else {
                parts.push(atom);
                continue;
            };
            // Whether as much or as little as possible is tried first makes no difference to whether it matches.
            self.takes("?");
            parts.push(part);
        }
        Ok(Tree::Sequence(parts))
    }

    fn atom(&mut self) -> Result<Tree, PatternError> {
        for (open, is_ahead) in [("(?:", false), ("(?!", true), ("(", false)] {
            if self.takes(open) {
                let inner = self.alternatives()?;
                if !self.takes(")") {
                    return Err(PatternError::Invalid);
                }
                return Ok(if is_ahead { Tree::NotAhead(Box::new(inner)) } else { inner });
            }
        }
        if self.takes("[") {
            return Ok(Tree::One(self.class()?));
        }
        // `*(|)` in another group is left as it is, and there is nothing to repeat.
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return Err(PatternError::Invalid);
        }
        if self.takes("^") {
            return Ok(Tree::Start);
        }
        if self.takes("$") {
            return Ok(Tree::End);
        }
        if self.takes(".") {
            let line_ends = [0x0a, 0x0d, 0x2028, 0x2029].map(|end| Item::Range(end, end));
            return Ok(Tree::One(Set::new(line_ends.into(), true, self.flags)));
        }
        if self.takes("\\") {
            // With `u` nothing else may be escaped.
            let is_syntax = self.peek().is_some_and(|next| "^$\\.*+?()[]{}|/".contains(next));
            if self.flags.unicode && !is_syntax {
                return Err(PatternError::Invalid);
            }
        } else if self.flags.unicode && matches!(self.peek(), Some(']' | '{' | '}')) {
            return Err(PatternError::Invalid);
        }
        let one = *self.source.get(self.at).ok_or(PatternError::Invalid)?;
        self.at += 1;
        Ok(Tree::One(Set::new(vec![Item::Range(one, one)], false, self.flags)))
    }

    fn class(&mut self) -> Result<Set, PatternError> {
        let is_negated = self.takes("^");
        let mut items = Vec::new();
        while !self.takes("]") {
            if self.takes("\\p{") {
                let rest = &self.source[self.at..];
                let end = rest.iter().position(|found| *found == u32::from('}')).ok_or(PatternError::Invalid)?;
                let name: String = rest[..end].iter().filter_map(|found| char::from_u32(*found)).collect();
                items.push(Item::Property(Property::read(&name).ok_or(PatternError::Invalid)?));
                self.at += end + 1;
                continue;
            }
            let low = self.class_character()?;
            let is_range = self.peek() == Some('-') && self.source.get(self.at + 1) != Some(&u32::from(']'));
            if !is_range {
                items.push(Item::Range(low, low));
                continue;
            }
            self.at += 1;
            let high = self.class_character()?;
            if high < low {
                return Err(PatternError::Invalid);
            }
            items.push(Item::Range(low, high));
        }
        Ok(Set::new(items, is_negated, self.flags))
    }

    fn class_character(&mut self) -> Result<u32, PatternError> {
        for (text, value) in
            [("\\x00", 0), ("\\x7f", 0x7f), ("\\t", 0x09), ("\\n", 0x0a), ("\\v", 0x0b), ("\\f", 0x0c), ("\\r", 0x0d)]
        {
            if self.takes(text) {
                return Ok(value);
            }
        }
        self.takes("\\");
        let one = *self.source.get(self.at).ok_or(PatternError::Invalid)?;
        self.at += 1;
        Ok(one)
    }
}
