//! Changes of a JSON text that keep its form: indentation, line ends, blanks around colons, and every byte besides.

use super::{Type, Value};
use crate::text::edit::Change;
use crate::text::source::Span;

/// The change that gives the member at `path` this value, written as JSON; what is missing on the way is put behind the last member
/// of the object that is there. `None`: something on the way is no object, or it has that value.
pub fn set(text: &str, root: Value<'_>, path: &[&str], value: &str) -> Option<Change> {
    let (mut object, mut depth) = (root, 1);
    let mut path = path;
    while let Some((key, rest)) = path.split_first() {
        if object.type_of() != Type::Object {
            return None;
        }
        let Some(member) = object.member(key) else {
            return Some(add(text, object, depth, |form| form.member(path, value, 0)));
        };
        if rest.is_empty() {
            let span = member.value.span();
            let is_other = text.get(span.start..span.end) != Some(value);
            return is_other.then(|| Change { span, text: value.to_owned() });
        }
        (object, path, depth) = (member.value, rest, depth + 1);
    }
    None
}

/// The change that puts an object with these members, written as JSON, behind the last member of the root. `None`: it is no object, or
/// has that key.
pub fn put(text: &str, root: Value<'_>, key: &str, members: &[(&str, String)]) -> Option<Change> {
    let is_free = root.type_of() == Type::Object && root.member(key).is_none();
    is_free.then(|| add(text, root, 1, |form| form.object(key, members)))
}

/// The change that puts values, written as JSON, behind the last element of an array. `None`: it is no array, or an empty one.
pub fn push(text: &str, array: Value<'_>, values: &[String]) -> Option<Change> {
    let elements: Vec<_> = array.elements().collect();
    let last = elements.last()?.span();
    let before = text.get(..last.start)?;
    let mut lead = before.get(before.trim_end().len()..)?;
    // Between a bracket and its only element there may be no blank, where there is one behind commas.
    let is_spaced = || text.get(..array.span().start).is_some_and(|text| text.ends_with(' '));
    if lead.is_empty() && elements.len() == 1 && is_spaced() {
        lead = " ";
    }
    let text = values.iter().fold(String::new(), |text, value| text + "," + lead + value);
    Some(Change { span: Span::at(last.end), text })
}

/// How the members of an object are written.
struct Form<'t> {
    /// Between a key and its value.
    colon: &'t str,
    /// Line end and indentation of a member; `None`: all are in one line.
    own_line: Option<(&'t str, &'t str)>,
    /// Between a brace or comma and a member in the same line.
    blank: &'t str,
    /// One step of indentation.
    step: &'t str,
}

impl Form<'_> {
    /// The member that leads to the value, with what is around it inside of a brace or behind a comma.
    fn member(&self, path: &[&str], value: &str, deeper: usize) -> String {
        let Some((key, rest)) = path.split_first() else { return String::new() };
        let inner = if rest.is_empty() {
            value.to_owned()
        } else {
            format!("{{{}{}{}}}", self.lead(deeper + 1), self.member(rest, value, deeper + 1), self.lead(deeper))
        };
        format!("\"{key}\"{}{inner}", self.colon)
    }

    /// A member that is an object with these members.
    fn object(&self, key: &str, members: &[(&str, String)]) -> String {
        let members = members.iter().map(|(key, value)| format!("{}\"{key}\"{}{value}", self.lead(1), self.colon));
        format!("\"{key}\"{}{{{}{}}}", self.colon, members.collect::<Vec<_>>().join(","), self.lead(0))
    }

    fn lead(&self, deeper: usize) -> String {
        match self.own_line {
            Some((end, indentation)) => format!("{end}{indentation}{}", self.step.repeat(deeper)),
            None => self.blank.to_owned(),
        }
    }
}

/// Puts a member into an object, `depth` levels below the text.
fn add(text: &str, object: Value<'_>, depth: usize, member: impl Fn(&Form<'_>) -> String) -> Change {
    let Some(last) = object.members().last() else { return fill(text, object, member) };
    let before = text.get(..last.key_span.start).unwrap_or_default();
    let lead = before.get(before.trim_end().len()..).unwrap_or_default();
    let indentation = lead.rsplit(['\n', '\r']).next().unwrap_or_default();
    let end = if lead.contains("\r\n") { "\r\n" } else { "\n" };
    let own_line = lead.contains('\n').then_some((end, indentation));
    let form = Form {
        colon: text.get(last.key_span.end..last.value.span().start).unwrap_or(": "),
        own_line,
        blank: if lead.is_empty() { "" } else { " " },
        step: indentation.get(..indentation.len() / depth).unwrap_or_default(),
    };
    let lead = if own_line.is_some() { form.lead(0) } else { lead.to_owned() };
    Change { span: Span::at(last.value.span().end), text: format!(",{lead}{}", member(&form)) }
}

/// Puts a member into an object without members, which stays in one line if it is in one.
fn fill(text: &str, object: Value<'_>, member: impl Fn(&Form<'_>) -> String) -> Change {
    let Span { start, end } = object.span();
    let inner = text.get(start + 1..end.saturating_sub(1)).unwrap_or_default();
    let form = Form { colon: ": ", own_line: None, blank: " ", step: "" };
    let member = member(&form);
    // What is there closes it.
    let end = if inner.is_empty() { " " } else { "" };
    Change { span: Span::at(start + 1), text: format!(" {member}{end}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::edit;
    use crate::text::json::Document;

    fn after(text: &str, path: &[&str]) -> Option<String> {
        let document = Document::parse(text).unwrap();
        let change = set(text, document.root(), path, "\"public\"")?;
        Some(edit::apply(text, &[change]))
    }

    #[test]
    fn a_member_is_inserted_in_the_style_of_its_siblings() {
        for (text, expected) in [
            ("{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"p\": {\n    \"q\": \"public\"\n  }\n}\n"),
            ("{\r\n\t\"a\" : 1\r\n}", "{\r\n\t\"a\" : 1,\r\n\t\"p\" : {\r\n\t\t\"q\" : \"public\"\r\n\t}\r\n}"),
            ("{\"a\":1}", "{\"a\":1,\"p\":{\"q\":\"public\"}}"),
            ("{ \"a\": 1 }", "{ \"a\": 1, \"p\": { \"q\": \"public\" } }"),
            ("\u{feff}{}", "\u{feff}{ \"p\": { \"q\": \"public\" } }"),
            ("{\n}", "{ \"p\": { \"q\": \"public\" }\n}"),
            (
                "{\n    \"p\": {\n        \"a\": 1\n    }\n}",
                "{\n    \"p\": {\n        \"a\": 1,\n        \"q\": \"public\"\n    }\n}",
            ),
            ("{\n  \"p\": {}\n}", "{\n  \"p\": { \"q\": \"public\" }\n}"),
            ("{\n  \"p\": { \"q\": false }\n}", "{\n  \"p\": { \"q\": \"public\" }\n}"),
            ("{ \"a\": 1,\n  \"b\": 2 }", "{ \"a\": 1,\n  \"b\": 2,\n  \"p\": {\n    \"q\": \"public\"\n  } }"),
            ("{\n\n  \"a\": [1,\n2]}", "{\n\n  \"a\": [1,\n2],\n  \"p\": {\n    \"q\": \"public\"\n  }}"),
        ] {
            let done = after(text, &["p", "q"]);
            assert_eq!(done.as_deref(), Some(expected), "{text}");
            assert_eq!(after(expected, &["p", "q"]), None, "done once, it is done");
        }
    }

    #[test]
    fn an_object_is_inserted_in_the_style_of_its_siblings() {
        for (text, expected) in [
            ("{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"r\": {\n    \"t\": 1,\n    \"u\": \"x\"\n  }\n}\n"),
            ("{\r\n\t\"a\":1\r\n}", "{\r\n\t\"a\":1,\r\n\t\"r\":{\r\n\t\t\"t\":1,\r\n\t\t\"u\":\"x\"\r\n\t}\r\n}"),
            ("{\"a\":1}", "{\"a\":1,\"r\":{\"t\":1,\"u\":\"x\"}}"),
            ("{ \"a\": 1 }", "{ \"a\": 1, \"r\": { \"t\": 1, \"u\": \"x\" } }"),
            ("{}", "{ \"r\": { \"t\": 1, \"u\": \"x\" } }"),
        ] {
            let document = Document::parse(text).unwrap();
            let members = [("t", "1".to_owned()), ("u", "\"x\"".to_owned())];
            let change = put(text, document.root(), "r", &members).unwrap();
            let after = edit::apply(text, &[change]);
            assert_eq!(after, expected);
            assert_eq!(put(&after, Document::parse(&after).unwrap().root(), "r", &members), None);
        }
    }

    #[test]
    fn elements_are_inserted_in_the_style_of_the_last_one() {
        for (text, expected) in [
            ("{\n  \"p\": [\n    \"a\"\n  ]\n}", "{\n  \"p\": [\n    \"a\",\n    \"b\",\n    \"c\"\n  ]\n}"),
            ("{\"p\":[\r\n\t\"a\"]}", "{\"p\":[\r\n\t\"a\",\r\n\t\"b\",\r\n\t\"c\"]}"),
            ("{\"p\": [\"a\"]}", "{\"p\": [\"a\", \"b\", \"c\"]}"),
            ("{\"p\":[\"a\"]}", "{\"p\":[\"a\",\"b\",\"c\"]}"),
            ("{\"p\": [ 1,[2] ]}", "{\"p\": [ 1,[2],\"b\",\"c\" ]}"),
        ] {
            let document = Document::parse(text).unwrap();
            let array = document.root().get("p").unwrap();
            let change = push(text, array, &["\"b\"".to_owned(), "\"c\"".to_owned()]).unwrap();
            assert_eq!(edit::apply(text, &[change]), expected);
        }
        for text in ["{\"p\": []}", "{\"p\": {\"a\": 1}}", "{\"p\": \"a\"}"] {
            let document = Document::parse(text).unwrap();
            assert_eq!(push(text, document.root().get("p").unwrap(), &["1".to_owned()]), None);
        }
    }

    #[test]
    fn non_objects_are_left_alone_and_the_last_duplicate_key_counts() {
        assert_eq!(after("{\"p\": 1}", &["p", "q"]), None);
        assert_eq!(after("[]", &["p"]), None);
        assert_eq!(after("{\"p\": 1, \"p\": 2}", &["p"]).as_deref(), Some("{\"p\": 1, \"p\": \"public\"}"));
    }

    proptest::proptest! {
        #[test]
        fn setting_a_member_keeps_every_other_byte(text in json(), key in "[a-d]") {
            let document = Document::parse(&text).unwrap();
            let Some(change) = set(&text, document.root(), &[&key, "q"], "\"public\"") else { return Ok(()) };
            let after = edit::apply(&text, std::slice::from_ref(&change));
            let (before, behind) = (&text[..change.span.start], &text[change.span.end..]);
            proptest::prop_assert!(after.starts_with(before) && after.ends_with(behind));
            let mut expected: serde_json::Value = serde_json::from_str(&text).unwrap();
            expected[&key]["q"] = "public".into();
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&after).unwrap(), expected);
            let document = Document::parse(&after).unwrap();
            proptest::prop_assert_eq!(set(&after, document.root(), &[&key, "q"], "\"public\""), None);
        }

        #[test]
        fn inserting_an_object_keeps_every_other_byte(text in json()) {
            let document = Document::parse(&text).unwrap();
            let members = [("t", "1".to_owned()), ("u", "\"x\"".to_owned())];
            let change = put(&text, document.root(), "r", &members).unwrap();
            let after = edit::apply(&text, std::slice::from_ref(&change));
            let (before, behind) = (&text[..change.span.start], &text[change.span.end..]);
            proptest::prop_assert!(after.starts_with(before) && after.ends_with(behind));
            let mut expected: serde_json::Value = serde_json::from_str(&text).unwrap();
            expected["r"] = serde_json::json!({ "t": 1, "u": "x" });
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&after).unwrap(), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn appending_to_an_array_keeps_every_other_byte(
            elements in proptest::collection::vec("[ \\t]{0,2}(\r?\n[ \\t]{0,4})?(1|\"x\"|\\[\\]|\\{\\})[ \\t]{0,2}(\r?\n)?", 1..5),
            colon in "[ \\t]{0,1}",
        ) {
            let text = format!("{{\"p\":{colon}[{}], \"q\": 1}}", elements.join(","));
            let document = Document::parse(&text).unwrap();
            let change = push(&text, document.root().get("p").unwrap(), &["\"new\"".to_owned()]).unwrap();
            let after = edit::apply(&text, std::slice::from_ref(&change));
            let (before, behind) = (&text[..change.span.start], &text[change.span.end..]);
            proptest::prop_assert!(after.starts_with(before) && after.ends_with(behind));
            let mut expected: serde_json::Value = serde_json::from_str(&text).unwrap();
            expected["p"].as_array_mut().unwrap().push("new".into());
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&after).unwrap(), expected);
        }
    }

    /// Objects in objects, in one line or many, with blanks of every kind.
    fn json() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let blank = "[ \\t]{0,2}(\\r?\\n[ \\t]{0,4})?";
        let leaf =
            prop_oneof![Just("1".to_owned()), Just("\"x\"".to_owned()), Just("[]".to_owned()), Just("null".to_owned())];
        let value = leaf.prop_recursive(3, 12, 4, move |inner| {
            proptest::collection::btree_map("[a-d]", (inner, blank, blank, blank), 0..4).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(key, (value, first, colon, last))| format!("{first}\"{key}\":{colon}{value}{last}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            })
        });
        value.prop_filter("an object", |text| text.starts_with('{'))
    }
}
