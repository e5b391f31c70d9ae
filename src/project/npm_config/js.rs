//! What JavaScript does with texts and numbers where Rust does something else: npm's configuration is read with it.

use super::Value;

pub(super) use crate::text::js::{is_space, trim};

/// `Number(text)`; `None`: not a number.
pub fn number(text: &str) -> Option<f64> {
    let text = trim(text);
    if text.is_empty() {
        return Some(0.0);
    }
    let radix = match text.get(..2).unwrap_or_default() {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ => 10,
    };
    if radix != 10 {
        let digits = &text[2..];
        return (!digits.is_empty())
            .then(|| {
                digits
                    .chars()
                    .try_fold(0.0, |sum, digit| Some(sum * f64::from(radix) + f64::from(digit.to_digit(radix)?)))
            })
            .flatten();
    }
    let magnitude = text.strip_prefix(['+', '-']).unwrap_or(text);
    if magnitude == "Infinity" {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    // Rust also knows "inf" and "nan".
    let plain = magnitude.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    plain.then(|| text.parse().ok()).flatten()
}

/// `String(value)`; `None`: it throws.
pub(super) fn string(value: &Value) -> Option<String> {
    Some(match value {
        Value::Undefined => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => shown_number(*number),
        Value::Text(_) | Value::Secret(_) => value.as_text().unwrap_or_default().to_owned(),
        Value::List(values) => {
            let parts: Option<Vec<_>> = values
                .iter()
                .map(|value| match value {
                    Value::Undefined | Value::Null => Some(String::new()),
                    other => string(other),
                })
                .collect();
            parts?.join(",")
        }
        Value::Section(_) => return None,
    })
}

fn shown_number(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 {
        "0".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if (1e-6..1e21).contains(&size) {
        number.to_string()
    } else {
        let text = format!("{number:e}");
        if text.contains("e-") { text } else { text.replace('e', "e+") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_parsed_and_formatted_as_javascript_does() {
        for (text, expected) in [
            ("", Some(0.0)),
            (" 1e3 ", Some(1000.0)),
            ("0x1F", Some(31.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("inf", None),
            ("nan", None),
            ("1_000", None),
            ("0x", None),
            ("-0x1", None),
            ("1e", None),
            (".", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
        assert_eq!(string(&Value::Number(1e21)).as_deref(), Some("1e+21"));
        assert_eq!(string(&Value::Number(-1.5)).as_deref(), Some("-1.5"));
    }
}
