//! Brace expansion: `a{b,c}` is `ab` and `ac`, `{1..3}` counts. As `brace-expansion` 5.0.9 and `balanced-match` 4.0.4
//! (npm 11.19.1) do it, with their caps: a longer list is silently cut off there.

use super::{PatternError, Steps, Text};

/// The length of all results together (`EXPANSION_MAX_LENGTH`), in UTF-16 units.
const MAX_LENGTH: usize = 4_000_000;
/// How deep groups may be nested. npm runs out of stack some thousand levels further down.
const MAX_DEPTH: usize = 200;

/// Escaped characters, while the others are read. No UTF-16 unit has these values.
const SLASH: u32 = 0x11_0000;
const OPEN: u32 = 0x11_0001;
const CLOSE: u32 = 0x11_0002;
const COMMA: u32 = 0x11_0003;
const PERIOD: u32 = 0x11_0004;

const fn unit(character: char) -> u32 {
    character as u32
}

/// What a pattern stands for, at most `max` patterns.
pub(super) fn expand(pattern: &[u16], max: usize, steps: &Steps) -> Result<Vec<Text>, PatternError> {
    if !has_group(pattern) {
        return Ok(vec![pattern.to_vec()]);
    }
    let mut text = escape(pattern);
    // Bash leaves a leading `{}` alone, and so does npm.
    if text.starts_with(&[unit('{'), unit('}')]) {
        text.splice(..2, [OPEN, CLOSE]);
    }
    let expansion = Expansion { max, steps };
    Ok(expansion.all(text, true, 0)?.texts.iter().map(|text| unescape(text)).collect())
}

/// Texts, and the room that they take until they are dropped.
struct Words<'s> {
    texts: Vec<Vec<u32>>,
    length: usize,
    held: usize,
    steps: &'s Steps,
}

impl<'s> Words<'s> {
    fn new(steps: &'s Steps) -> Self {
        Self { texts: Vec::new(), length: 0, held: 0, steps }
    }

    fn push(&mut self, text: Vec<u32>) -> Result<(), PatternError> {
        self.steps.spend(text.len() / 2 + 8)?;
        let bytes = text.len() * 4 + 40;
        self.steps.take(bytes)?;
        self.held += bytes;
        self.length += text.len();
        self.texts.push(text);
        Ok(())
    }

    /// Nothing more may be added that is so long.
    fn is_full(&self, next: usize) -> bool {
        self.length + next > MAX_LENGTH
    }
}

impl Drop for Words<'_> {
    fn drop(&mut self) {
        self.steps.give_back(self.held);
    }
}

/// `/\{(?:(?!\{).)*\}/`: the check of `minimatch` before it expands anything.
fn has_group(pattern: &[u16]) -> bool {
    let mut is_open = false;
    for unit in pattern {
        match char::from_u32(u32::from(*unit)) {
            Some('{') => is_open = true,
            Some('}') if is_open => return true,
            Some('\n' | '\r' | '\u{2028}' | '\u{2029}') => is_open = false,
            _ => {}
        }
    }
    false
}

fn escape(pattern: &[u16]) -> Vec<u32> {
    let mut text = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let [first, others @ ..] = rest {
        let escaped = match (char::from_u32(u32::from(*first)), others.first().map(|next| u32::from(*next))) {
            (Some('\\'), Some(next)) => match char::from_u32(next) {
                Some('\\') => Some(SLASH),
                Some('{') => Some(OPEN),
                Some('}') => Some(CLOSE),
                Some(',') => Some(COMMA),
                Some('.') => Some(PERIOD),
                _ => None,
            },
            _ => None,
        };
        text.push(escaped.unwrap_or(u32::from(*first)));
        rest = if escaped.is_some() { &others[1..] } else { others };
    }
    text
}

fn unescape(text: &[u32]) -> Text {
    let plain = |unit: &u32| match *unit {
        SLASH => u16::from(b'\\'),
        OPEN => u16::from(b'{'),
        CLOSE => u16::from(b'}'),
        COMMA => u16::from(b','),
        PERIOD => u16::from(b'.'),
        unit => u16::try_from(unit).unwrap_or_default(),
    };
    text.iter().map(plain).collect()
}

/// The first group of braces that belong together: where it opens and closes (`balanced-match`, `range`).
fn balanced(text: &[u32]) -> Option<(usize, usize)> {
    let index_of = |wanted: char, from: usize| {
        let found = text.get(from..)?.iter().position(|found| *found == unit(wanted))?;
        Some(from + found)
    };
    let mut open = index_of('{', 0);
    let mut close = index_of('}', open? + 1);
    let mut pending = Vec::new();
    let mut innermost: Option<(usize, usize)> = None;
    let mut at = open;
    while let Some(here) = at {
        if Some(here) == open {
            pending.push(here);
            open = index_of('{', here + 1);
        } else if let [only] = pending[..] {
            return Some((only, here));
        } else {
            if let Some(begin) = pending.pop()
                && innermost.is_none_or(|(left, _)| begin < left)
            {
                innermost = Some((begin, here));
            }
            close = index_of('}', here + 1);
        }
        at = match (open, close) {
            (Some(open), Some(close)) if open < close => Some(open),
            _ => close,
        };
    }
    innermost.filter(|_| !pending.is_empty())
}

/// `/,(?!,).*\}/`
fn has_comma_before_brace(text: &[u32]) -> bool {
    let mut saw_comma = false;
    for (at, found) in text.iter().enumerate() {
        match char::from_u32(*found) {
            Some('}') if saw_comma => return true,
            Some(',') if text.get(at + 1) != Some(&unit(',')) => saw_comma = true,
            Some('\n' | '\r' | '\u{2028}' | '\u{2029}') => saw_comma = false,
            _ => {}
        }
    }
    false
}

struct Expansion<'a> {
    max: usize,
    steps: &'a Steps,
}

impl<'s> Expansion<'s> {
    /// `expand_`
    fn all(&self, text: Vec<u32>, is_top: bool, depth: usize) -> Result<Words<'s>, PatternError> {
        if depth > MAX_DEPTH {
            return Err(PatternError::TooComplex);
        }
        let (mut rest, mut is_top) = (text, is_top);
        let nothing = [Vec::new()];
        let mut found = Words::new(self.steps);
        found.push(Vec::new())?;
        let mut drops_empty = false;
        let mut is_first = true;
        loop {
            self.steps.spend(rest.len() + 1)?;
            let Some((open, close)) = balanced(&rest) else {
                return self.combine(&found.texts, &rest, &nothing, drops_empty);
            };
            let (before, body, after) = (&rest[..open], &rest[open + 1..close], &rest[close + 1..]);
            let at_end = after.is_empty();
            if before.last() == Some(&unit('$')) {
                found = self.combine(&found.texts, &rest[..=close], &nothing, drops_empty && at_end)?;
                is_first = false;
                if at_end {
                    return Ok(found);
                }
                rest = after.to_vec();
                continue;
            }
            let sequence = Sequence::read(body);
            if sequence.is_none() && !body.contains(&unit(',')) {
                if !has_comma_before_brace(after) {
                    return self.combine(&found.texts, &rest, &nothing, drops_empty);
                }
                // `{a},b}`: the brace that closes is a character like others.
                rest[close] = CLOSE;
                is_top = true;
                continue;
            }
            if is_first {
                drops_empty = is_top && sequence.is_none();
                is_first = false;
            }
            let drops_here = drops_empty && at_end && before.is_empty() && found.texts.iter().all(Vec::is_empty);
            let values = match sequence {
                Some(sequence) => sequence.values(self.max, self.steps)?,
                None => self.choices(body, drops_here, depth)?,
            };
            found = self.combine(&found.texts, before, &values.texts, drops_empty && at_end)?;
            if at_end {
                return Ok(found);
            }
            rest = after.to_vec();
        }
    }

    fn choices(&self, body: &[u32], drops_empty: bool, depth: usize) -> Result<Words<'s>, PatternError> {
        let mut parts = self.comma_parts(body)?;
        if parts.len() == 1 {
            // `x{{a,b}}y` is `x{a}y` and `x{b}y`.
            let inner = self.all(parts.remove(0), false, depth + 1)?;
            parts = inner.texts.iter().map(|text| [&[unit('{')], &text[..], &[unit('}')]].concat()).collect();
            if parts.len() == 1 {
                let mut only = Words::new(self.steps);
                only.push(parts.remove(0))?;
                return Ok(only);
            }
        }
        let mut values = Words::new(self.steps);
        for part in parts {
            let mut inner = self.all(part, false, depth + 1)?;
            for value in inner.texts.drain(..) {
                if drops_empty && value.is_empty() {
                    continue;
                }
                if values.texts.len() >= self.max || values.is_full(value.len()) {
                    return Ok(values);
                }
                values.push(value)?;
            }
        }
        Ok(values)
    }

    /// `parseCommaParts`: cut at commas outside groups.
    fn comma_parts(&self, text: &[u32]) -> Result<Vec<Vec<u32>>, PatternError> {
        let mut parts = vec![Vec::new()];
        let mut rest = text;
        loop {
            self.steps.spend(rest.len() + 1)?;
            let group = balanced(rest);
            let plain = group.map_or(rest, |(open, _)| &rest[..open]);
            for (at, piece) in plain.split(|found| *found == unit(',')).enumerate() {
                match parts.last_mut() {
                    Some(last) if at == 0 => last.extend_from_slice(piece),
                    _ => parts.push(piece.to_vec()),
                }
            }
            let Some((open, close)) = group else { return Ok(parts) };
            if let Some(last) = parts.last_mut() {
                last.extend_from_slice(&rest[open..=close]);
            }
            rest = &rest[close + 1..];
        }
    }

    /// Every prefix with every value, as far as the caps allow.
    fn combine(
        &self,
        prefixes: &[Vec<u32>],
        middle: &[u32],
        values: &[Vec<u32>],
        drops_empty: bool,
    ) -> Result<Words<'s>, PatternError> {
        let mut out = Words::new(self.steps);
        for prefix in prefixes {
            for value in values {
                if out.texts.len() >= self.max {
                    return Ok(out);
                }
                let size = prefix.len() + middle.len() + value.len();
                if drops_empty && size == 0 {
                    continue;
                }
                if out.is_full(size) {
                    return Ok(out);
                }
                out.push([prefix, middle, value].concat())?;
            }
        }
        Ok(out)
    }
}

/// `1..9`, `a..e..2`
struct Sequence {
    first: f64,
    last: f64,
    step: f64,
    /// The width to which numbers are filled up with zeros.
    width: Option<usize>,
    is_alpha: bool,
}

impl Sequence {
    fn read(body: &[u32]) -> Option<Self> {
        let text: String = body.iter().map(|unit| char::from_u32(*unit)).collect::<Option<_>>()?;
        let parts: Vec<&str> = text.split("..").collect();
        let (first, last) = (*parts.first()?, *parts.get(1)?);
        if parts.len() > 3 || parts.get(2).is_some_and(|step| !is_number(step)) {
            return None;
        }
        let is_alpha = is_letter(first) && is_letter(last);
        let is_numeric = is_number(first) && is_number(last);
        if !is_alpha && !is_numeric {
            return None;
        }
        let value = |text: &str| {
            let letter = text.bytes().next().map(f64::from).unwrap_or_default();
            // Minus zero is written like zero.
            if is_alpha { letter } else { text.parse::<f64>().unwrap_or_default() + 0.0 }
        };
        let step = parts.get(2).and_then(|step| step.parse::<f64>().ok()).map_or(1.0, |step| step.abs().max(1.0));
        let is_padded = |part: &&str| {
            let digits = part.strip_prefix('-').unwrap_or(part);
            digits.starts_with('0') && digits.len() > 1
        };
        let width = parts.iter().any(is_padded).then(|| first.len().max(last.len()));
        Some(Self { first: value(first), last: value(last), step, width, is_alpha })
    }

    fn values<'s>(&self, max: usize, steps: &'s Steps) -> Result<Words<'s>, PatternError> {
        let is_reverse = self.last < self.first;
        let step = if is_reverse { -self.step } else { self.step };
        let (mut values, mut at) = (Words::new(steps), self.first);
        while values.texts.len() < max && (if is_reverse { at >= self.last } else { at <= self.last }) {
            let value = self.shown(at);
            if values.is_full(value.len()) {
                break;
            }
            values.push(value)?;
            at += step;
        }
        Ok(values)
    }

    fn shown(&self, value: f64) -> Vec<u32> {
        if self.is_alpha {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a letter between A and z")]
            let letter = value as u32;
            // Between `Z` and `a`.
            return if letter == unit('\\') { Vec::new() } else { vec![letter] };
        }
        let mut text = if value.abs() < 1e21 { format!("{value}") } else { format!("{value:e}").replace('e', "e+") };
        if let Some(missing) = self.width.and_then(|width| width.checked_sub(text.len())) {
            text.insert_str(usize::from(value < 0.0), &"0".repeat(missing));
        }
        text.chars().map(unit).collect()
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_letter(text: &str) -> bool {
    text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}
