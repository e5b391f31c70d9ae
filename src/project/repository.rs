//! What npm makes of `repository` in package.json before the registry gets it: the step `fixRepositoryField` of
//! `@npmcli/package-json` 7.0.5 (lib/normalize.js), which `npm publish` 11.19.1 runs twice, in `fix` and in `prepare`.

use crate::npm::hosted_git::HostedGit;
use crate::project::manifest::Manifest;
use crate::text::json::{Type, Value};

/// What the registry receives as repository.
#[derive(Clone, Debug)]
pub struct Repository<'a> {
    /// The `repository.url` that it receives; `None`: there is none, or it is not text. It may hold a password: show
    /// [`without_user`](crate::text::redact::without_user) instead.
    pub url: Option<String>,
    /// What is in package.json.
    pub field: Value<'a>,
}

impl<'a> Repository<'a> {
    /// Reads `repository`, or the first of `repositories`, which npm prefers; `None`: neither says anything.
    pub fn of(manifest: &'a Manifest) -> Option<Self> {
        let list = manifest.field("repositories").filter(|list| list.is_truthy());
        let field = match list {
            None => manifest.field("repository"),
            Some(list) => match list.type_of() {
                Type::Array => list.elements().next(),
                Type::Object => list.get("0"),
                // the first character of a text
                _ => list.as_str().is_some().then_some(list),
            },
        };
        let field = field.filter(|field| field.is_truthy())?;
        let twice = |url: &str| normal(&normal(url));
        let url = match (list, field.as_str()) {
            (Some(list), Some(text)) if list.type_of() == Type::String => text.chars().next().map(String::from),
            // npm takes it from the list again the second time
            (Some(_), Some(text)) => Some(normal(text)),
            (None, Some(text)) => Some(twice(text)),
            (_, None) => field.get("url").and_then(Value::as_str).map(twice),
        };
        Some(Self { url, field })
    }
}

/// `repository.url` after one round.
fn normal(url: &str) -> String {
    match HostedGit::from_url(url) {
        Some(hosted) if hosted.is_shortcut() => hosted.https(),
        Some(hosted) => hosted.to_string(),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(fields: &str) -> Option<String> {
        let manifest = Manifest::parse("package.json".to_owned(), fields.as_bytes(), std::path::Path::new("/project"));
        Repository::of(&manifest)?.url
    }

    #[test]
    fn npm_completes_the_repositories_it_knows_and_leaves_the_rest() {
        for (field, expected) in [
            (r#""alice/otter""#, "git+https://github.com/alice/otter.git"),
            (r#"{"type":"git","url":"gitlab:a/b/c#x"}"#, "git+https://gitlab.com/a/b/c.git#x"),
            (r#""https://github.com/alice/otter/tree/main/packages/x""#, "git+https://github.com/alice/otter.git#main"),
            (r#""https://host.example/alice/otter/""#, "https://host.example/alice/otter/"),
            (r#""http://github.com/alice/otter""#, "git+ssh://git@github.com/alice/otter.git"),
        ] {
            assert_eq!(url(&format!(r#"{{"repository":{field}}}"#)).as_deref(), Some(expected), "{field}");
        }
    }

    #[test]
    fn the_first_of_several_repositories_wins() {
        let fields = |list: &str| format!(r#"{{"repository":"a/b","repositories":{list}}}"#);
        assert_eq!(url(&fields(r#"["c/d"]"#)).as_deref(), Some("git+https://github.com/c/d.git"));
        assert_eq!(url(&fields(r#"[{"url":"c/d"}]"#)).as_deref(), Some("git+https://github.com/c/d.git"));
        assert_eq!(url(&fields("[]")), None);
        assert_eq!(url(&fields("0")).as_deref(), Some("git+https://github.com/a/b.git"));
    }
}
