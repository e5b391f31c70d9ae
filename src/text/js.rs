//! What JavaScript's strings do where Rust's differ: npm trims, measures and escapes by these rules.

/// Whether `\s` matches it and `String.prototype.trim` takes it away.
pub(crate) fn is_space(char: char) -> bool {
    char == '\u{feff}' || (char.is_whitespace() && char != '\u{85}')
}

/// `text.trim()`.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `text.length`.
pub(crate) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether `encodeURIComponent(text) === text`.
pub(crate) fn is_url_friendly(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte))
}

/// `decodeURIComponent(text)`; `None`: it throws.
pub(crate) fn decode_uri_component(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (high, low) = (char::from(*tail.first()?).to_digit(16)?, char::from(*tail.get(1)?).to_digit(16)?);
        decoded.push(u8::try_from(high * 16 + low).ok()?);
        rest = tail.get(2..)?;
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_a_space_and_a_next_line_is_not() {
        assert_eq!(trim("\u{feff}\u{a0}\u{2028} a\u{85}\t"), "a\u{85}");
    }

    #[test]
    fn broken_escapes_do_not_decode() {
        assert_eq!(decode_uri_component("a%20%C3%a9").as_deref(), Some("a é"));
        for broken in ["%", "%2", "%zz", "%ff", "%+1"] {
            assert_eq!(decode_uri_component(broken), None, "{broken}");
        }
    }
}
