//! How deep a text is nested, for a parser that calls itself for what is: it needs stack for each level, and a file may be made to
//! have as many levels as it has bytes.
//!
//! The text is cut into tokens, and what may nest is counted: brackets, and whatever takes what follows into itself, such as `!`, `=>`,
//! `? :` or `else if`. Where a slash may begin a regular expression or divide, and only a parser could tell, the text is refused.

/// The most levels.
const MOST: usize = 500;

/// What came before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// An operand follows: a slash begins a regular expression.
    Operator,
    /// An operand ended: a slash divides.
    Operand,
    /// The end of a block or of an object.
    Brace,
    /// A slash may be either.
    Either,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `after_keyword`: what follows is a statement, or the operand of one.
    Paren {
        after_keyword: bool,
    },
    Bracket,
    Brace,
    /// `${`
    Template,
}

struct Level {
    kind: Kind,
    weight: usize,
}

/// Words behind which an operand follows.
const BEFORE_OPERAND: [&str; 13] = [
    "return",
    "typeof",
    "case",
    "do",
    "else",
    "in",
    "instanceof",
    "new",
    "delete",
    "void",
    "throw",
    "default",
    "extends",
];
/// Words that may be names, too.
const EITHER: [&str; 3] = ["yield", "await", "of"];
/// Words that take what follows into themselves.
const NESTING: [&str; 17] = [
    "typeof", "void", "delete", "await", "yield", "new", "if", "else", "for", "while", "do", "with", "async",
    "function", "class", "extends", "import",
];
/// Words in front of a parenthesis that a statement follows.
const HEADS: [&str; 5] = ["if", "for", "while", "with", "await"];
/// Words that go on with what was there before.
const CONTINUED: [&str; 9] = ["else", "while", "catch", "finally", "in", "instanceof", "of", "extends", "as"];

/// The most levels in a text at once; `None`: there are too many, or only a parser could count them.
pub(super) fn depth(text: &str) -> Option<usize> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        levels: Vec::new(),
        top: 0,
        sum: 0,
        deepest: 0,
        before: Before::Operator,
        word: None,
        newline: true,
    };
    scanner.runs_through()?;
    Some(scanner.deepest)
}

struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    /// The weight outside of all brackets.
    top: usize,
    sum: usize,
    deepest: usize,
    before: Before,
    /// The word right before, if it is a head of a statement.
    word: Option<&'t [u8]>,
    newline: bool,
}

impl Scanner<'_> {
    /// `None`: it is too deep, or unknown.
    fn runs_through(&mut self) -> Option<()> {
        if self.bytes.starts_with(b"#!") {
            self.line();
        }
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' | b'\r' => self.newline = true,
                b' ' | b'\t' | 0x0b | 0x0c => {}
                b'/' if self.peek(1) == Some(b'/') => {
                    self.line();
                    continue;
                }
                b'/' if self.peek(1) == Some(b'*') => {
                    let end = memchr::memmem::find(&self.bytes[self.at + 2..], b"*/")?;
                    self.newline |= memchr::memchr(b'\n', &self.bytes[self.at..self.at + 2 + end]).is_some();
                    self.at += end + 3;
                }
                0xe2 if self.is_separator() => {
                    self.newline = true;
                    self.at += 2;
                }
                _ => {
                    self.token(byte)?;
                    self.newline = false;
                    continue;
                }
            }
            self.at += 1;
        }
        Some(())
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// U+2028 and U+2029 end lines, too.
    fn is_separator(&self) -> bool {
        self.bytes[self.at..].starts_with(&[0xe2, 0x80, 0xa8]) || self.bytes[self.at..].starts_with(&[0xe2, 0x80, 0xa9])
    }

    fn line(&mut self) {
        while let Some(byte) = self.peek(0) {
            if byte == b'\n' || byte == b'\r' || byte == 0xe2 && self.is_separator() {
                return;
            }
            self.at += 1;
        }
    }

    fn token(&mut self, byte: u8) -> Option<()> {
        let word = self.word.take();
        match byte {
            b'\'' | b'"' => {
                self.statement(false);
                self.string(byte)?;
                self.before = Before::Operand;
            }
            b'`' => {
                self.at += 1;
                self.template()?;
            }
            b'/' => match self.before {
                Before::Operator => {
                    self.regular_expression()?;
                    self.before = Before::Operand;
                }
                Before::Operand => self.operator(1),
                Before::Brace | Before::Either => return None,
            },
            b'(' => self.open(Kind::Paren { after_keyword: word.is_some() })?,
            b'[' => self.open(Kind::Bracket)?,
            b'{' => self.open(Kind::Brace)?,
            b')' | b']' | b'}' => self.close(byte)?,
            b';' | b',' => {
                self.reset();
                self.operator(1);
            }
            b'\\' => return None,
            b'<' if self.bytes[self.at..].starts_with(b"<!--") => return None,
            b'-' if self.newline && self.bytes[self.at..].starts_with(b"-->") => return None,
            b'+' | b'-' if self.peek(1) == Some(byte) => {
                // In front of an operand, or behind one.
                self.at += 2;
                self.before = if self.before == Before::Operand { Before::Operand } else { Before::Either };
            }
            b'?' if matches!(self.peek(1), Some(b'?' | b'.')) => self.operator(2),
            b'=' | b'!' | b'<' | b'>' if self.peek(1) == Some(b'=') => self.operator(2),
            b'*' if self.peek(1) == Some(b'*') => {
                self.weigh()?;
                self.operator(2);
            }
            b'+' | b'-' if self.before == Before::Operator => {
                self.weigh()?;
                self.operator(1);
            }
            b'!' | b'~' | b'?' | b'=' | b':' => {
                self.weigh()?;
                self.operator(1);
            }
            b'.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            b'.' => {
                self.at += 1;
                // A name follows, whatever word it is.
                if self.bytes[self.at..].starts_with(b"..") {
                    self.operator(2);
                } else {
                    self.skip_to_name();
                    self.name();
                    self.before = Before::Operand;
                }
            }
            b'0'..=b'9' => {
                self.statement(false);
                self.number();
            }
            byte if is_name(byte) => {
                let start = self.at;
                self.name();
                let word = &self.bytes[start..self.at];
                let is = |words: &[&str]| words.iter().any(|known| known.as_bytes() == word);
                self.statement(is(&CONTINUED));
                if is(&NESTING) {
                    self.weigh()?;
                }
                self.word = Some(word).filter(|_| is(&HEADS));
                self.before = if is(&BEFORE_OPERAND) {
                    Before::Operator
                } else if is(&EITHER) {
                    Before::Either
                } else {
                    Before::Operand
                };
            }
            _ => self.operator(1),
        }
        Some(())
    }

    fn operator(&mut self, length: usize) {
        self.at += length;
        self.before = Before::Operator;
    }

    fn name(&mut self) {
        while self.peek(0).is_some_and(|byte| is_name(byte) || byte.is_ascii_digit()) && !self.is_separator_here() {
            self.at += 1;
        }
    }

    fn is_separator_here(&self) -> bool {
        self.peek(0) == Some(0xe2) && self.is_separator()
    }

    /// Blanks between a dot and the name behind it; what is rarer there makes the name one of its own.
    fn skip_to_name(&mut self) {
        while self.peek(0).is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn number(&mut self) {
        while self.peek(0).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.') {
            self.at += 1;
        }
        self.before = Before::Operand;
    }

    fn string(&mut self, quote: u8) -> Option<()> {
        loop {
            self.at += 1;
            match self.peek(0)? {
                b'\\' => self.at += 1,
                b'\n' => return None,
                byte if byte == quote => break,
                _ => {}
            }
        }
        self.at += 1;
        Some(())
    }

    fn regular_expression(&mut self) -> Option<()> {
        let mut in_class = false;
        loop {
            self.at += 1;
            match self.peek(0)? {
                b'\\' if self.peek(1) != Some(b'\n') => self.at += 1,
                b'\n' | b'\r' | b'\\' => return None,
                0xe2 if self.is_separator() => return None,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => break,
                _ => {}
            }
        }
        self.at += 1;
        self.name();
        Some(())
    }

    /// A template from behind its start, or behind `}`, to its end, or the next `${`.
    fn template(&mut self) -> Option<()> {
        loop {
            match self.peek(0)? {
                b'\\' => self.at += 1,
                b'`' => {
                    self.at += 1;
                    self.before = Before::Operand;
                    return Some(());
                }
                b'$' if self.peek(1) == Some(b'{') => {
                    self.at += 1;
                    return self.open(Kind::Template);
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn open(&mut self, kind: Kind) -> Option<()> {
        self.levels.push(Level { kind, weight: 0 });
        self.at += 1;
        self.before = Before::Operator;
        self.measure()
    }

    fn close(&mut self, byte: u8) -> Option<()> {
        let level = self.levels.pop()?;
        self.sum -= level.weight;
        self.at += 1;
        self.before = match (level.kind, byte) {
            (Kind::Paren { after_keyword: true }, b')') => Before::Operator,
            (Kind::Paren { .. }, b')') | (Kind::Bracket, b']') => Before::Operand,
            (Kind::Brace, b'}') => Before::Brace,
            (Kind::Template, b'}') => return self.template(),
            _ => return None,
        };
        Some(())
    }

    fn weigh(&mut self) -> Option<()> {
        *self.levels.last_mut().map_or(&mut self.top, |level| &mut level.weight) += 1;
        self.sum += 1;
        self.measure()
    }

    fn measure(&mut self) -> Option<()> {
        self.deepest = self.deepest.max(self.levels.len() + self.sum);
        (self.deepest < MOST).then_some(())
    }

    /// What is next to each other is not nested.
    fn reset(&mut self) {
        let weight = self.levels.last_mut().map_or(&mut self.top, |level| &mut level.weight);
        self.sum -= std::mem::take(weight);
    }

    /// A statement may have ended: behind an operand and the end of a line, or behind a block.
    fn statement(&mut self, is_continued: bool) {
        let ended = self.before == Before::Brace || self.before == Before::Operand && self.newline;
        if ended && !is_continued {
            self.reset();
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'#' | b'@' | 0x80..)
}

#[cfg(test)]
mod tests {
    use super::{MOST, depth};

    #[test]
    fn every_kind_of_nesting_is_counted() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("!", ""),
            ("- ", ""),
            ("typeof ", ""),
            ("a=>", "a"),
            ("x=", "1"),
            ("a?b:", "c"),
            ("if(a)", ";"),
            ("if(a)\n", ";"),
            ("if(a){}else\n", ";"),
            ("for(;;)", ";"),
            ("do\n", ";"),
            ("a:\n", ";"),
            ("2**", "2"),
            ("new ", "a"),
            ("`${", "}`"),
            ("x=>{", "}"),
            ("/* */(", ")"),
            ("(\"(\"+", ")"),
            ("(/[/(]/,", ")"),
            ("async function a(){", "}"),
        ] {
            let nested = |count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
            assert_eq!(depth(&nested(MOST)), None, "{open}");
            assert!(depth(&nested(100)).is_some_and(|depth| depth >= 100), "{open}");
        }
    }

    #[test]
    fn siblings_do_not_add_depth() {
        for part in [
            "a = b\n",
            "function f(){}",
            "if (a) { b() } else { c() }\n",
            "x = a ? b : c;",
            "foo(`a ${b} c`)\n",
            "class A extends B { get if() { return /[/]/.test(x) } }\n",
            "a.new.typeof.if(1) / 2\n",
            "export const a = () => 1\n",
            "\"a\" + ",
            "// ( [ {\n",
            "const r = /\\/(/g\n",
            "async function f() { for await (const x of y) await x }\n",
        ] {
            assert!(depth(&part.repeat(2_000)).is_some_and(|depth| depth < 8), "{part}");
        }
    }

    #[test]
    fn nesting_that_only_a_parser_can_measure_is_refused() {
        for text in ["}/a", "{}/\"/", "a\\u0028", "<!-- (", "\"a\n\"", "yield /a/", "++/\"/", "(]"] {
            assert_eq!(depth(text), None, "{text}");
        }
    }
}
