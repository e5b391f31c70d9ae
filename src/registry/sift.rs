//! Reads a JSON document in the pieces in which it arrives, and hands over the few members of it that are wanted. All else
//! is checked to be JSON and forgotten: a packument may have tens of megabytes of which a few kilobytes matter. It accepts
//! what `serde_json` accepts when it ignores a value, so that skipping a value does not make an invalid document readable.

use super::budget::Share;

/// No text that is kept is longer, in bytes as sent.
const LONGEST_TEXT: usize = 8 << 20;
/// Up to this length what is kept costs too little to be charged, in bytes.
const SHORT: usize = 16 << 10;
/// A buffer that grows by doubling may be twice as long as what it holds.
const GROWTH: usize = 2;
/// No honest document is nested deeper.
const DEEPEST: usize = 1_000;
/// A key as it is sent may have six bytes for each of its own (`\u0061`), and two quotation marks.
const LONGEST_ESCAPE: usize = 6;

/// What is kept of a value.
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// Of an object these members; of an array that it is one.
    Members(&'static [(&'static str, Wanted)]),
    /// Of an object all members, each of which is handed over by itself; of an array that it is one.
    Each(Within, &'static Wanted),
}

/// What a member that is handed over is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// The document.
    Document,
    /// Its `versions`.
    Versions,
    /// Its `time`.
    Time,
}

/// Why a document is not read on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not JSON, or not an object.
    Flaw(Flaw),
    /// It takes more memory than it may.
    TooMuch,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It ends before it is complete.
    #[error("it ends early")]
    EndsEarly,
    /// It is JSON of another type.
    #[error("it is not an object")]
    NotAnObject,
    /// Its very first character is not allowed there.
    #[error("it is not JSON")]
    NotJson,
    /// A byte in it is not allowed at its place.
    #[error("unexpected character at line {line} column {column}")]
    Syntax {
        /// The line, from 1 on.
        line: usize,
        /// The column in bytes, from 1 on.
        column: usize,
    },
    /// A text or a number is in a form that cannot be read, in or before this place.
    #[error("unreadable text or number before line {line} column {column}")]
    Unreadable {
        /// The line, from 1 on.
        line: usize,
        /// The column in bytes, from 1 on.
        column: usize,
    },
}

/// Takes what is handed over.
pub(super) trait Sink {
    /// A member: its key and its value, both as JSON.
    ///
    /// # Errors
    /// When it takes too much memory, or cannot be read.
    fn member(&mut self, within: Within, key: &[u8], value: &[u8]) -> Result<(), Rejected>;
}

/// Why a member is not taken.
#[derive(Debug)]
pub(super) enum Rejected {
    /// It takes more memory than it may.
    TooMuch,
    /// A text in it is not Unicode, or a number beyond all bounds.
    Unreadable,
}

/// What may come next.
#[derive(Clone, Copy, Debug)]
enum State {
    /// A value.
    Value,
    /// A value, or the end of the array.
    FirstElement,
    /// A key, or the end of the object.
    FirstKey,
    /// A key.
    NextKey,
    Colon,
    /// A comma, or the end of what the value is in.
    AfterValue,
    /// More of a text, or its end.
    Text,
    /// What follows a backslash.
    Escape,
    /// This many hexadecimal digits are still to come.
    Hex(u8),
    /// The rest of `true`, `false` or `null`.
    Literal(&'static [u8]),
    Number(Number),
    /// Nothing but blanks.
    End,
}

/// How far a number has come.
#[derive(Clone, Copy, Debug)]
enum Number {
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Number {
    /// With one more byte; `None`: it is not part of the number.
    fn with(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Self::Integer,
            (Self::Zero | Self::Integer, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => Self::ExponentDigits,
            _ => return None,
        })
    }

    fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits)
    }
}

/// A list or a map that is open.
struct Frame {
    is_object: bool,
    /// `None`: nothing of it is kept.
    wanted: Option<&'static Wanted>,
    /// What its members are handed over as.
    hands_over: Option<Within>,
    /// Something of it is kept already, so that a comma comes before what follows.
    has_more: bool,
    /// Where its latest member starts in what is kept.
    start: usize,
    /// Where the key of that member ends there.
    key_end: usize,
}

/// How far a document has been read.
pub(super) struct Sift {
    state: State,
    /// The text that is open is a key.
    is_key: bool,
    stack: Vec<Frame>,
    root: &'static Wanted,
    /// What is kept of the value that comes next, or that is open.
    wanted: Option<&'static Wanted>,
    /// Whether the bytes of the text, number or literal that is open are kept.
    keeps: bool,
    /// What is kept and not handed over yet: JSON without blanks.
    kept: Vec<u8>,
    /// Where the text that is open starts there.
    text_start: usize,
    /// How much of it was charged.
    charged: usize,
    /// Bytes of the pieces before this one.
    before: usize,
    line: usize,
    /// The offset at which the line starts.
    line_start: usize,
}

impl Sift {
    /// Of the outermost object `root` is wanted, each member handed over by itself.
    pub(super) fn new(root: &'static Wanted) -> Self {
        Self {
            state: State::Value,
            is_key: false,
            stack: Vec::new(),
            root,
            wanted: None,
            keeps: false,
            kept: Vec::new(),
            text_start: 0,
            charged: 0,
            before: 0,
            line: 1,
            line_start: 0,
        }
    }

    /// Reads what comes next.
    ///
    /// # Errors
    /// When it cannot come next, or there is no memory for it.
    pub(super) fn pass(&mut self, bytes: &[u8], share: &Share, sink: &mut impl Sink) -> Result<(), Refusal> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.state {
                State::Text => at = self.text(bytes, at, share, sink)?,
                State::Escape | State::Hex(_) => {
                    self.escape(byte).ok_or_else(|| self.flaw(at))?;
                    self.keep(&bytes[at..=at]);
                    at += 1;
                }
                State::Literal(rest) => {
                    let (first, rest) = rest.split_first().ok_or_else(|| self.flaw(at))?;
                    if *first != byte {
                        return Err(self.flaw(at));
                    }
                    self.keep(&bytes[at..=at]);
                    at += 1;
                    self.state = State::Literal(rest);
                    if rest.is_empty() {
                        self.value_ends(at, sink)?;
                    }
                }
                State::Number(number) => match number.with(byte) {
                    Some(number) => {
                        self.keep(&bytes[at..=at]);
                        self.charge(share)?;
                        self.state = State::Number(number);
                        at += 1;
                    }
                    // This byte is looked at again.
                    None if number.may_end() => self.value_ends(at, sink)?,
                    None => return Err(self.flaw(at)),
                },
                _ if matches!(byte, b' ' | b'\t' | b'\r') => at += 1,
                _ if byte == b'\n' => {
                    at += 1;
                    self.line += 1;
                    self.line_start = self.before + at;
                }
                _ => {
                    let skipped = self.skip(bytes, at);
                    if skipped == at {
                        self.structure(byte, at, share, sink)?;
                        at += 1;
                    } else {
                        at = skipped;
                    }
                }
            }
        }
        self.before += bytes.len();
        Ok(())
    }

    /// Says that nothing more comes.
    ///
    /// # Errors
    /// When the document is not complete.
    pub(super) fn end(&self) -> Result<(), Flaw> {
        if matches!(self.state, State::End) { Ok(()) } else { Err(Flaw::EndsEarly) }
    }

    /// What no rule looks at, a token at a time, which is most of a packument: up to the first token that is wanted, not here as a
    /// whole, or in a form that is rare. Gives where to go on, byte by byte.
    fn skip(&mut self, bytes: &[u8], mut at: usize) -> usize {
        while let (Some(&byte), Some(frame)) = (bytes.get(at), self.stack.last()) {
            let is_unwanted = frame.wanted.is_none();
            let members = match frame.wanted {
                None => &[][..],
                Some(Wanted::Members(members)) => members,
                Some(Wanted::Whole | Wanted::Each(..)) => return at,
            };
            at = match (self.state, byte) {
                (State::FirstKey | State::NextKey, b'"') => {
                    let Some(end) = end_of_plain_text(bytes, at) else { return at };
                    if members.iter().any(|(name, _)| name.as_bytes() == &bytes[at + 1..end - 1]) {
                        return at;
                    }
                    self.wanted = None;
                    if bytes.get(end) == Some(&b':') {
                        self.state = State::Value;
                        let value = end + 1;
                        bytes.get(value).and_then(|byte| self.skip_value(bytes, value, *byte)).unwrap_or(value)
                    } else {
                        self.state = State::Colon;
                        end
                    }
                }
                (State::AfterValue, b',') => {
                    self.wanted = None;
                    self.state = if frame.is_object { State::NextKey } else { State::Value };
                    at + 1
                }
                (State::AfterValue | State::FirstKey, b'}') if is_unwanted && frame.is_object => self.skip_end(at),
                (State::AfterValue | State::FirstElement, b']') if is_unwanted && !frame.is_object => self.skip_end(at),
                (State::Value | State::FirstElement, _) if self.wanted.is_none() => {
                    let Some(next) = self.skip_value(bytes, at, byte) else { return at };
                    next
                }
                _ => return at,
            };
        }
        at
    }

    fn skip_end(&mut self, at: usize) -> usize {
        self.stack.pop();
        self.wanted = None;
        self.state = State::AfterValue;
        at + 1
    }

    /// `None`: it is to be looked at byte by byte.
    fn skip_value(&mut self, bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
        let literal = |text: &[u8]| bytes[at..].starts_with(text).then_some(at + text.len());
        let next = match byte {
            b'"' => end_of_plain_text(bytes, at)?,
            b'{' | b'[' => {
                self.container_begins(byte == b'{').ok()?;
                return Some(at + 1);
            }
            b't' => literal(b"true")?,
            b'f' => literal(b"false")?,
            b'n' => literal(b"null")?,
            b'1'..=b'9' => {
                let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                matches!(bytes.get(at + digits), Some(b',' | b'}' | b']')).then_some(at + digits)?
            }
            _ => return None,
        };
        let (Some(b','), Some(frame)) = (bytes.get(next), self.stack.last()) else {
            self.state = State::AfterValue;
            return Some(next);
        };
        self.state = if frame.is_object { State::NextKey } else { State::Value };
        Some(next + 1)
    }

    /// A byte that is part of no text, number or literal.
    fn structure(&mut self, byte: u8, at: usize, share: &Share, sink: &mut impl Sink) -> Result<(), Refusal> {
        match (self.state, byte) {
            (State::FirstKey | State::NextKey, b'"') => self.key_begins(),
            (State::FirstKey, b'}') | (State::FirstElement, b']') => self.container_ends(at, sink)?,
            (State::Colon, b':') => self.state = State::Value,
            (State::AfterValue, b',') => {
                self.state = match self.stack.last_mut() {
                    Some(frame) if frame.is_object => State::NextKey,
                    Some(frame) => {
                        self.wanted = element(frame.wanted);
                        if self.wanted.is_some() {
                            self.kept.push(b',');
                        }
                        State::Value
                    }
                    None => return Err(self.flaw(at)),
                };
            }
            (State::AfterValue, b'}' | b']') => {
                if self.stack.last().is_none_or(|frame| frame.is_object != (byte == b'}')) {
                    return Err(self.flaw(at));
                }
                self.container_ends(at, sink)?;
            }
            (State::Value | State::FirstElement, _) => self.value_begins(byte, at)?,
            _ => return Err(self.flaw(at)),
        }
        self.charge(share)
    }

    fn key_begins(&mut self) {
        if let Some(frame) = self.stack.last_mut() {
            self.keeps = frame.wanted.is_some();
            frame.start = self.kept.len();
            if self.keeps && frame.has_more {
                self.kept.push(b',');
            }
        }
        self.is_key = true;
        self.text_begins();
    }

    fn text_begins(&mut self) {
        self.text_start = self.kept.len();
        self.keep(b"\"");
        self.state = State::Text;
    }

    fn value_begins(&mut self, byte: u8, at: usize) -> Result<(), Refusal> {
        if self.stack.is_empty() && byte != b'{' {
            // What is JSON all the same is another document; anything else is none.
            let is_json = matches!(byte, b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n');
            return Err(if is_json { Refusal::Flaw(Flaw::NotAnObject) } else { self.flaw(at) });
        }
        self.keeps = self.wanted.is_some();
        match byte {
            b'"' => {
                self.is_key = false;
                self.text_begins();
            }
            b'{' | b'[' => self.container_begins(byte == b'{')?,
            b't' => self.token(byte, State::Literal(b"rue")),
            b'f' => self.token(byte, State::Literal(b"alse")),
            b'n' => self.token(byte, State::Literal(b"ull")),
            b'-' => self.token(byte, State::Number(Number::Minus)),
            b'0' => self.token(byte, State::Number(Number::Zero)),
            b'1'..=b'9' => self.token(byte, State::Number(Number::Integer)),
            _ => return Err(self.flaw(at)),
        }
        Ok(())
    }

    fn token(&mut self, byte: u8, state: State) {
        self.keep(&[byte]);
        self.state = state;
    }

    fn container_begins(&mut self, is_object: bool) -> Result<(), Refusal> {
        if self.stack.len() == DEEPEST {
            return Err(Refusal::TooMuch);
        }
        let is_root = self.stack.is_empty();
        let wanted = if is_root { Some(self.root) } else { self.wanted };
        let hands_over = match wanted {
            _ if is_root => Some(Within::Document),
            Some(Wanted::Each(within, _)) if is_object => Some(*within),
            _ => None,
        };
        if wanted.is_some() && !is_root {
            self.kept.push(if is_object { b'{' } else { b'[' });
        }
        self.stack.push(Frame { is_object, wanted, hands_over, has_more: false, start: 0, key_end: 0 });
        self.wanted = element(wanted);
        self.state = if is_object { State::FirstKey } else { State::FirstElement };
        Ok(())
    }

    fn container_ends(&mut self, at: usize, sink: &mut impl Sink) -> Result<(), Refusal> {
        let Some(frame) = self.stack.pop() else { return Err(self.flaw(at)) };
        if self.stack.is_empty() {
            self.state = State::End;
            return Ok(());
        }
        if frame.wanted.is_some() {
            self.kept.push(if frame.is_object { b'}' } else { b']' });
        }
        self.wanted = frame.wanted;
        self.value_ends(at, sink)
    }

    /// Up to the end of the text, an escape in it, or the end of the piece; gives where to go on.
    fn text(&mut self, bytes: &[u8], at: usize, share: &Share, sink: &mut impl Sink) -> Result<usize, Refusal> {
        let end = at + plain(&bytes[at..]);
        self.keep(&bytes[at..end]);
        let Some(&byte) = bytes.get(end) else {
            self.limit_text(share)?;
            return Ok(end);
        };
        match byte {
            b'"' => {
                self.keep(b"\"");
                self.limit_text(share)?;
                if self.is_key { self.key_ends() } else { self.value_ends(end, sink)? }
            }
            b'\\' => {
                self.keep(b"\\");
                self.limit_text(share)?;
                self.state = State::Escape;
            }
            _ => return Err(self.flaw(end)),
        }
        Ok(end + 1)
    }

    /// What follows a backslash; `None`: it cannot.
    fn escape(&mut self, byte: u8) -> Option<()> {
        self.state = match (self.state, byte) {
            (State::Escape, b'u') => State::Hex(4),
            (State::Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => State::Text,
            (State::Hex(left), _) if byte.is_ascii_hexdigit() => {
                if left > 1 {
                    State::Hex(left - 1)
                } else {
                    State::Text
                }
            }
            _ => return None,
        };
        Some(())
    }

    fn limit_text(&mut self, share: &Share) -> Result<(), Refusal> {
        if !self.keeps {
            return Ok(());
        }
        let length = self.kept.len() - self.text_start;
        let members = self.stack.last().filter(|_| self.is_key).and_then(|frame| frame.wanted);
        if let Some(Wanted::Members(members)) = members {
            let longest = members.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
            if length > longest * LONGEST_ESCAPE + "\"\"".len() {
                self.forget_key();
                return Ok(());
            }
        }
        if length > LONGEST_TEXT { Err(Refusal::TooMuch) } else { self.charge(share) }
    }

    /// No member with this key is wanted.
    fn forget_key(&mut self) {
        if let Some(frame) = self.stack.last() {
            self.kept.truncate(frame.start);
        }
        self.keeps = false;
    }

    fn key_ends(&mut self) {
        self.state = State::Colon;
        self.wanted = None;
        let keeps = self.keeps;
        let Some(frame) = self.stack.last_mut() else { return };
        let Some(wanted) = frame.wanted.filter(|_| keeps) else { return };
        self.wanted = match wanted {
            Wanted::Whole => Some(wanted),
            Wanted::Each(_, each) => Some(each),
            Wanted::Members(members) => {
                let key = &self.kept[self.text_start..];
                members.iter().find(|(name, _)| is_key(key, name)).map(|(_, wanted)| wanted)
            }
        };
        if self.wanted.is_none() {
            self.kept.truncate(frame.start);
            return;
        }
        frame.key_end = self.kept.len();
        if frame.hands_over.is_none() {
            frame.has_more = true;
            self.kept.push(b':');
        }
    }

    /// The value before `at` is complete.
    fn value_ends(&mut self, at: usize, sink: &mut impl Sink) -> Result<(), Refusal> {
        self.state = State::AfterValue;
        let Some(frame) = self.stack.last() else {
            self.state = State::End;
            return Ok(());
        };
        if let Some(within) = frame.hands_over.filter(|_| self.wanted.is_some()) {
            let (key, value) = (&self.kept[frame.start..frame.key_end], &self.kept[frame.key_end..]);
            let taken = sink.member(within, key, value);
            self.kept.truncate(frame.start);
            taken.map_err(|unfit| match unfit {
                Rejected::TooMuch => Refusal::TooMuch,
                Rejected::Unreadable => {
                    let (line, column) = self.place(at);
                    Refusal::Flaw(Flaw::Unreadable { line, column })
                }
            })?;
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.keeps {
            self.kept.extend_from_slice(bytes);
        }
    }

    /// Charges for what has become longer than ever.
    fn charge(&mut self, share: &Share) -> Result<(), Refusal> {
        let length = self.kept.len();
        if length <= self.charged.max(SHORT) {
            return Ok(());
        }
        if !share.take((length - self.charged).saturating_mul(GROWTH)) {
            return Err(Refusal::TooMuch);
        }
        self.charged = length;
        Ok(())
    }

    fn place(&self, at: usize) -> (usize, usize) {
        (self.line, self.before + at - self.line_start + 1)
    }

    /// The byte is not allowed there.
    fn flaw(&self, at: usize) -> Refusal {
        let (line, column) = self.place(at);
        Refusal::Flaw(if (line, column) == (1, 1) { Flaw::NotJson } else { Flaw::Syntax { line, column } })
    }
}

/// What is kept of the elements of an array of which that is wanted.
fn element(wanted: Option<&'static Wanted>) -> Option<&'static Wanted> {
    wanted.filter(|wanted| matches!(wanted, Wanted::Whole))
}

/// Whether a key as it is sent, with its quotation marks, is this one.
fn is_key(sent: &[u8], key: &str) -> bool {
    let inner = sent.get(1..sent.len() - 1).unwrap_or_default();
    inner == key.as_bytes()
        || inner.contains(&b'\\') && serde_json::from_slice::<String>(sent).is_ok_and(|unescaped| unescaped == key)
}

/// Where the text ends that begins at `at`, if its end is here and nothing in it is escaped.
#[inline]
fn end_of_plain_text(bytes: &[u8], at: usize) -> Option<usize> {
    let end = at + 1 + plain(&bytes[at + 1..]);
    (bytes.get(end) == Some(&b'"')).then_some(end + 1)
}

/// How many bytes from the start on neither end a text nor begin an escape, and may be part of one: eight at a time.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    /// Marks the bytes below `limit`; above the first of them it may mark too many.
    fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGH
    }
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let is_quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let is_backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let stops = is_quote | is_backslash | below(word, b' ');
        if stops != 0 {
            return number * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    bytes.len() - rest.len() + rest.iter().position(stops).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::budget::Budget;
    use super::*;

    static ROOT: Wanted = Wanted::Members(&[
        ("a", Wanted::Whole),
        ("b", Wanted::Members(&[("c", Wanted::Whole), ("d", Wanted::Members(&[]))])),
        ("e", Wanted::Each(Within::Versions, &Wanted::Members(&[("c", Wanted::Whole)]))),
    ]);

    #[derive(Default)]
    struct Delivered(Vec<String>);

    impl Sink for Delivered {
        fn member(&mut self, within: Within, key: &[u8], value: &[u8]) -> Result<(), Rejected> {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            self.0.push(format!("{within:?} {}:{}", text(key), text(value)));
            Ok(())
        }
    }

    /// What is handed over of a document in pieces of that length, with so much memory.
    fn sifted(document: &[u8], piece: usize, memory: usize) -> Result<Vec<String>, Refusal> {
        let budget = Budget::of(memory);
        let (mut sift, mut delivered, share) = (Sift::new(&ROOT), Delivered::default(), budget.share());
        for piece in document.chunks(piece) {
            sift.pass(piece, &share, &mut delivered)?;
        }
        sift.end().map_err(Refusal::Flaw)?;
        Ok(delivered.0)
    }

    #[test]
    fn wanted_values_are_delivered_however_the_input_is_split() {
        let document = br#" { "x" : [1, {"a": 2}], "a": {"x": [ true , -1.5e3 ], "y\"": "\u00e9"}, "\u0061": 1,
            "b": {"x": {"c": 3}, "c": null, "d": {"c": 4}, "y": 5, "\u0063": [ ]}, "b": [1, [2]], "b": "t",
            "e": {"1": {"x": 1, "c": 2}, "2\n": [3], "3": 4}, "e": [5], "c": 6 } "#;
        let expected = [
            r#"Document "a":{"x":[true,-1.5e3],"y\"":"\u00e9"}"#,
            r#"Document "\u0061":1"#,
            r#"Document "b":{"c":null,"d":{},"\u0063":[]}"#,
            r#"Document "b":[]"#,
            r#"Document "b":"t""#,
            r#"Versions "1":{"c":2}"#,
            r#"Versions "2\n":[]"#,
            r#"Versions "3":4"#,
            r#"Document "e":{}"#,
            r#"Document "e":[]"#,
        ];
        for piece in 1..document.len() {
            assert_eq!(sifted(document, piece, 0).unwrap(), expected, "{piece}");
        }
    }

    #[test]
    fn only_kept_values_are_charged() {
        let of = |key: &str, length: usize| format!(r#"{{"{key}":"{}"}}"#, "x".repeat(length)).into_bytes();
        let long_key = |outer: &str| format!(r#"{{"{outer}":{{"{}":1}}}}"#, "x".repeat(1 << 20)).into_bytes();
        for piece in [1000, 1 << 24] {
            assert!(sifted(&of("x", LONGEST_TEXT + 1), piece, 0).is_ok(), "not kept");
            assert!(sifted(&long_key("b"), piece, 0).is_ok(), "no key that is wanted");
            assert_eq!(sifted(&long_key("e"), piece, 0), Err(Refusal::TooMuch));
            assert!(sifted(&of("a", SHORT - 10), piece, 0).is_ok());
            assert_eq!(sifted(&of("a", SHORT), piece, 0), Err(Refusal::TooMuch));
            assert!(sifted(&of("a", 1 << 20), piece, 3 << 20).is_ok());
            assert_eq!(sifted(&of("a", LONGEST_TEXT), piece, usize::MAX), Err(Refusal::TooMuch));
            let many = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(1 << 20));
            assert_eq!(sifted(many.as_bytes(), piece, 1 << 20), Err(Refusal::TooMuch));
        }
    }

    #[test]
    fn documents_are_refused_for_their_depth() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = |depth| format!(r#"{{"x":{}1{}}}"#, open.repeat(depth), close.repeat(depth)).into_bytes();
            for piece in [1, 7, 1 << 20] {
                assert!(sifted(&nested(DEEPEST - 1), piece, 0).is_ok());
                assert_eq!(sifted(&nested(DEEPEST), piece, 0), Err(Refusal::TooMuch));
            }
        }
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        let syntax = |line, column| Flaw::Syntax { line, column };
        for (document, flaw) in [
            ("", Flaw::EndsEarly),
            (" { \"x\": [", Flaw::EndsEarly),
            ("[]", Flaw::NotAnObject),
            ("null", Flaw::NotAnObject),
            ("<html>", Flaw::NotJson),
            ("{\n \"x\": <", syntax(2, 7)),
            ("{} x", syntax(1, 4)),
            ("{\"x\": \"\n\"}", syntax(1, 8)),
        ] {
            for piece in [1, 100] {
                assert_eq!(sifted(document.as_bytes(), piece, 0), Err(Refusal::Flaw(flaw.clone())), "{document}");
            }
        }
    }

    /// JSON, and what is almost JSON: documents out of pieces that matter to a parser.
    fn almost_json() -> impl Strategy<Value = String> {
        let scrap = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\"a\"",
            "\"b\":",
            "\"e\":{",
            "\\",
            "\\u00",
            "\\n",
            "e1",
            "1",
            "-",
            "0",
            ".5",
            "1.5e-3",
            "true",
            "fals",
            "null",
            " ",
            "\n",
            "\t",
            "\u{1}",
            "é",
            "\"\\u0061\":",
            "1}",
            "\"x\":1",
            "{}",
            "[1]",
            "\"long enough for words of eight\"",
        ]);
        let broken = prop::collection::vec(scrap, 0..12).prop_map(|scraps| format!("{{\"x\":{}}}", scraps.concat()));
        let leaf = prop_oneof![
            Just("null".to_owned()),
            any::<bool>().prop_map(|value| value.to_string()),
            any::<f64>()
                .prop_filter("JSON has no such number", |value| value.is_finite())
                .prop_map(|value| value.to_string()),
            "[a-e\\\\\"é\n ]{0,20}".prop_map(|text| serde_json::Value::from(text).to_string()),
        ];
        let value = leaf.prop_recursive(4, 40, 6, |inner| {
            let key = prop::sample::select(vec!["a", "b", "c", "d", "e", "x"]);
            let object = prop::collection::vec((key, inner.clone()), 0..6).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\": {value}")).collect();
                format!("{{{}}}", members.join(" ,"))
            });
            let array = prop::collection::vec(inner, 0..6).prop_map(|elements| format!("[{}]", elements.join(",")));
            prop_oneof![object, array]
        });
        let cut = (value, any::<prop::sample::Index>(), any::<bool>());
        let whole = cut.prop_map(|(value, at, is_cut)| {
            let mut text = format!("{{\"a\":{value},\"b\":{value},\"e\":{value}}}");
            if is_cut {
                let at = text.floor_char_boundary(at.index(text.len()));
                text.remove(at.min(text.len() - 1));
            }
            text
        });
        prop_oneof![broken, whole]
    }

    proptest! {
        #[test]
        fn it_accepts_exactly_what_serde_json_accepts(text in almost_json(), piece in 1_usize..40) {
            let expected = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            let sifted = sifted(text.as_bytes(), piece, usize::MAX);
            prop_assert_eq!(sifted.is_ok(), expected, "{}", text);
            for member in sifted.into_iter().flatten() {
                let (_, member) = member.split_once(' ').unwrap();
                let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&format!("{{{member}}}")).is_ok();
                prop_assert!(is_json, "{} of {}", member, text);
            }
        }

        #[test]
        fn skipping_by_token_ends_where_skipping_by_byte_does(text in almost_json(), piece in 2_usize..200) {
            let byte_by_byte = sifted(text.as_bytes(), 1, usize::MAX);
            prop_assert_eq!(sifted(text.as_bytes(), piece, usize::MAX), byte_by_byte, "{}", text);
        }

        #[test]
        fn the_fast_scan_ends_where_a_byte_by_byte_scan_does(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let one_by_one = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(bytes.len());
            prop_assert_eq!(plain(&bytes), one_by_one);
        }
    }
}
