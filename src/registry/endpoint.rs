//! The registry's endpoints: how each question becomes a request, and how status, headers and body become a fact.
//! Pure: nothing here touches the network. Only what an endpoint is known to mean becomes a fact; every other answer
//! is an [`Unknown`] that says what was asked, what came back and how the author can find out.

mod wording;

use std::collections::BTreeMap;

use url::Url;

use super::packument::{self, Document, Flaw};
use super::{body, staging};
use crate::facts::{Ask, Fact, Known, NotARegistry, Packument, Question, Reason, Seen, Unknown, Whoami};
use crate::project::npm_config::definitions::DEFAULT_REGISTRY;
use crate::text::redact::encode_uri_component;
use wording::retry_after;
pub(super) use wording::unknown;

/// `pacote` 21 (lib/registry.js `corgiDoc`): a registry that knows no short form answers with the long one.
const ABBREVIATED: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";

/// A read request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The URL of the request.
    pub url: Url,
    /// The `Accept` header.
    pub accept: &'static str,
}

/// An answer as it came, headers in lower case. Redirects have been followed: a status of 3xx means that following
/// it further was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Name and value.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the body is a web page: what proxies, login portals and web servers put in a registry's place.
    fn is_html(&self) -> bool {
        let starts_with_tag = self.body.trim_ascii_start().starts_with(b"<");
        starts_with_tag || self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
    }
}

/// The request for a question: the URL that npm would build (`npm-registry-fetch` 19 lib/index.js, `pacote` 21
/// lib/registry.js). The abbreviated packument is what npm installs by; it has neither times nor maintainers.
///
/// # Errors
/// When the registry's text and the subject do not make a URL.
pub fn request(question: &Question) -> Result<Request, url::ParseError> {
    if question.ask == Ask::Tarball {
        let mut url: Url = question.subject.parse()?;
        url.set_fragment(None);
        return Ok(Request { url, accept: "application/octet-stream, */*" });
    }
    let registry = question.registry.trim();
    let base = match question.ask {
        Ask::Packument | Ask::Versions | Ask::Version => registry.trim_end_matches('/'),
        _ => registry.strip_suffix('/').unwrap_or(registry),
    };
    let subject = &question.subject;
    let path = match question.ask {
        Ask::Packument | Ask::Versions | Ask::Version => subject.clone(),
        Ask::Search => format!("-/v1/search?text={}&size=20", encode_uri_component(subject)),
        Ask::Whoami => "-/whoami".to_owned(),
        Ask::Profile => "-/npm/v1/user".to_owned(),
        Ask::Tokens => "-/npm/v1/tokens?perPage=100".to_owned(),
        Ask::Roster => format!("-/org/{}/user", encode_uri_component(subject)),
        Ask::Collaborators => format!("-/package/{subject}/collaborators"),
        Ask::Visibility => format!("-/package/{subject}/visibility"),
        Ask::DistTags => format!("-/package/{subject}/dist-tags"),
        Ask::Stage => format!("-/stage?page=0&perPage={}&package={}", staging::PAGE, encode_uri_component(subject)),
        Ask::AnyStage => "-/stage?perPage=1".to_owned(),
        Ask::Packages => format!("-/{}/package", account(subject)),
        Ask::Attestations => format!("-/npm/v1/attestations/{}", versioned(subject)),
        Ask::Ping | Ask::Tarball => "-/ping".to_owned(),
    };
    let accept = if question.ask == Ask::Versions { ABBREVIATED } else { "application/json" };
    Ok(Request { url: format!("{base}/{path}").parse()?, accept })
}

/// `org/<name>` or `user/<name>`.
fn account(subject: &str) -> String {
    let (kind, name) = subject.split_once('/').unwrap_or((subject, ""));
    format!("{kind}/{}", encode_uri_component(name))
}

/// `<package>@<version>`, the version as a registry writes it: anything.
fn versioned(subject: &str) -> String {
    let (name, version) = subject.rsplit_once('@').unwrap_or((subject, ""));
    format!("{name}@{}", encode_uri_component(version))
}

/// The fact in an answer.
///
/// # Errors
/// Why the answer does not settle the question.
pub fn decode(question: &Question, response: &Response) -> Known<Fact> {
    let ask = question.ask;
    match response.status {
        200 if ask.is_packument() => {
            packument_fact(question, packument::read(&response.body, &packument::Terms::default()))
        }
        200..=299 if ask == Ask::Ping && !response.is_html() => Ok(Fact::Ping),
        200 if response.is_html() => Err(unknown(
            question,
            Reason::Malformed,
            "answered with a web page, so a proxy, a login portal or some other server is in the way",
        )
        .from(NotARegistry::WebPage)),
        200 => body::decode(ask, &response.body).map_err(|problem| unknown(question, Reason::Malformed, &problem)),
        300..=399 => redirected(question, response),
        401 => unauthenticated(question, response),
        403 if response.is_html() => {
            let why = "answered 403 with a web page, as a firewall or a proxy does";
            Err(unknown(question, Reason::Malformed, why))
        }
        // Of the members of an organisation only a 403 is known to say something.
        402 | 403 | 451 if response.status == 403 || ask != Ask::Roster => {
            let words = body::message(&response.body).map_or(String::new(), |words| format!(" ({words})"));
            let reached = format!("answered {}: access denied{words}", response.status);
            Err(unknown(question, Reason::Forbidden, &reached))
        }
        404 | 410 => missing(question, response),
        405 | 501 => Err(unsupported(question, response)),
        407 => Err(unknown(
            question,
            Reason::Unreachable,
            "was not reached: the proxy requires a user name and a password (407)",
        )),
        408 => Err(unknown(question, Reason::TimedOut, "answered 408: the request took too long")),
        420 | 429 => {
            let later = response.header("retry-after").map_or_else(
                || "; try again later".to_owned(),
                |after| format!("; try again after {} (`Retry-After`)", retry_after(after)),
            );
            let reached = format!("answered {}: too many requests{later}", response.status);
            Err(unknown(question, Reason::RateLimited, &reached))
        }
        status @ 500.. => {
            let words = body::message(&response.body).map_or(String::new(), |words| format!(" ({words})"));
            let reached = format!("answered with a server error ({status}){words}; try again later");
            Err(unknown(question, Reason::Unreachable, &reached))
        }
        status => {
            let words = body::message(&response.body).map_or(String::new(), |words| format!(" ({words})"));
            let reached = format!("answered {status}{words}, which npm-preflight does not understand");
            Err(unknown(question, Reason::Malformed, &reached))
        }
    }
}

/// The fact in a tarball that was listed while it arrived.
///
/// # Errors
/// When it could not be listed.
pub fn tarball_fact(question: &Question, listed: Result<BTreeMap<String, u64>, &'static str>) -> Known<Fact> {
    listed.map(Fact::Tarball).map_err(|why| unknown(question, Reason::Malformed, &format!("sent a tarball that {why}")))
}

/// The fact in a packument that was read while it arrived.
///
/// # Errors
/// When it is not a packument.
pub fn packument_fact(question: &Question, read: Result<Document, Flaw>) -> Known<Fact> {
    let mut not_a_registry = None;
    let problem = match read {
        Ok(Document::Packument(packument)) => return Ok(packument_seen(question, Seen::Here(packument))),
        Ok(Document::Other(problem)) => problem,
        Err(Flaw::EndsEarly) => "answered 200 with JSON that ends early".to_owned(),
        Err(Flaw::NotAnObject) => "answered 200 with JSON that is not a package's document".to_owned(),
        Err(Flaw::NotJson) => {
            not_a_registry = Some(NotARegistry::WebPage);
            "answered 200 with something that is not JSON, so a proxy, a login portal or some other server is in the \
                way"
            .to_owned()
        }
        Err(flaw) => format!("answered 200 with broken JSON ({flaw})"),
    };
    Err(Unknown { not_a_registry, ..unknown(question, Reason::Malformed, &problem) })
}

fn packument_seen(question: &Question, seen: Seen<Packument>) -> Fact {
    if question.ask == Ask::Versions { Fact::Versions(seen) } else { Fact::Packument(seen) }
}

/// 401: for whoami that is the answer.
fn unauthenticated(question: &Question, response: &Response) -> Known<Fact> {
    let challenges = || response.headers.iter().filter(|(name, _)| name == "www-authenticate");
    let message = body::message(&response.body);
    if question.ask == Ask::Whoami {
        let by_address = challenges().any(|(_, value)| value.to_ascii_lowercase().contains("ipaddress"));
        let message = message.unwrap_or_else(|| "401 Unauthorized".to_owned());
        return Ok(Fact::Whoami(Whoami::Rejected { by_address, message }));
    }
    if question.ask == Ask::AnyStage && question.credential.is_some() {
        return Ok(Fact::AnyStage(false));
    }
    let wants_otp = challenges().any(|(_, value)| value.to_ascii_lowercase().contains("otp"));
    let why = match (question.credential, question.ask) {
        (None, _) if has_user_info(question) => {
            "answered 401: it rejects the user name and password in the registry's URL"
        }
        (None, _) => "answered 401: it requires a credential, and none was sent",
        (Some(_), _) if wants_otp => "answered 401: it requires a one-time password, which npm-preflight never sends",
        (Some(_), Ask::Profile | Ask::Tokens | Ask::Roster | Ask::Collaborators) => {
            return Err(wording::reserved(question, Reason::Unauthenticated));
        }
        (Some(_), _) => "answered 401: it rejects this credential",
    };
    let words = message.map_or(String::new(), |words| format!(" ({words})"));
    Err(unknown(question, Reason::Unauthenticated, &format!("{why}{words}")))
}

/// Whether the registry's URL holds a user name or a password, which are sent when there is no other credential.
fn has_user_info(question: &Question) -> bool {
    request(question).is_ok_and(|request| !request.url.username().is_empty() || request.url.password().is_some())
}

/// 404: "there is none", "not for you", or no such endpoint.
fn missing(question: &Question, response: &Response) -> Known<Fact> {
    let json = serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_ok();
    match question.ask {
        ask if ask.is_packument() && response.is_html() => Err(unknown(
            question,
            Reason::Malformed,
            &format!(
                "answered {} with a web page, which a registry never does: is this the registry's URL?",
                response.status
            ),
        )
        .from(NotARegistry::WebPage)),
        Ask::Packument | Ask::Versions => Ok(packument_seen(question, Seen::NotVisible)),
        Ask::Version if !response.is_html() => Ok(Fact::Version(Seen::NotVisible)),
        Ask::Tarball => {
            let why = format!("answered {}, although the registry says that the tarball is there", response.status);
            Err(unknown(question, Reason::Malformed, &why))
        }
        _ if !json || body::is_no_such_route(&response.body) => Err(unsupported(question, response)),
        Ask::Roster => Ok(Fact::Roster(Seen::NotVisible)),
        Ask::Collaborators => Ok(Fact::Collaborators(Seen::NotVisible)),
        Ask::Visibility => Ok(Fact::Visibility(Seen::NotVisible)),
        Ask::DistTags => Ok(Fact::DistTags(Seen::NotVisible)),
        Ask::Attestations => Ok(Fact::Attestations(Seen::NotVisible)),
        Ask::Packages => Ok(Fact::Packages(Seen::NotVisible)),
        Ask::Stage => Ok(Fact::Stage(Seen::NotVisible)),
        _ => Err(unsupported(question, response)),
    }
}

fn unsupported(question: &Question, response: &Response) -> Unknown {
    let reached = format!("answered {}: it does not support this request", response.status);
    let not_a_registry = response.is_html().then_some(NotARegistry::WebPage);
    Unknown { not_a_registry, ..unknown(question, Reason::Unsupported, &reached) }
}

/// Following was refused: the target is another server, or there is no end to it.
fn redirected(question: &Question, response: &Response) -> Known<Fact> {
    let target = request(question).ok().zip(response.header("location")).and_then(|(request, location)| {
        let target = request.url.join(location).ok()?;
        (target.origin() != request.url.origin()).then_some((request.url, target))
    });
    let Some((asked, target)) = target else {
        let reached = format!("answered {} without saying where to redirect to", response.status);
        return Err(unknown(question, Reason::Malformed, &reached));
    };
    let public = Url::parse(DEFAULT_REGISTRY).ok();
    let is_public = |url: &Url| public.as_ref().is_some_and(|public| public.host_str() == url.host_str());
    if question.ask == Ask::Packument && is_public(&target) && !is_public(&asked) {
        // GitLab does so for a package that it does not hold.
        return Ok(Fact::Packument(Seen::NotVisible));
    }
    let reached = format!(
        "answered {} and redirects to another server, {}, whose answers say nothing about this registry",
        response.status,
        target.origin().ascii_serialization()
    );
    let other_host = target.host_str() != asked.host_str();
    let not_a_registry = NotARegistry::RedirectsTo { origin: target.origin().ascii_serialization(), other_host };
    Err(unknown(question, Reason::Unsupported, &reached).from(not_a_registry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Permission, Profile, TokenRow, TwoFactor};

    fn question(ask: Ask, subject: &str) -> Question {
        Question { ask, registry: "https://h.test/npm/".to_owned(), subject: subject.to_owned(), credential: Some(0) }
    }

    fn answered(ask: Ask, status: u16, body: &str) -> Known<Fact> {
        decode(&question(ask, "@s%2fp"), &Response { status, headers: vec![], body: body.as_bytes().to_vec() })
    }

    fn with_header(ask: Ask, status: u16, name: &str, value: &str) -> Known<Fact> {
        let headers = vec![(name.to_owned(), value.to_owned())];
        decode(&question(ask, "p"), &Response { status, headers, body: b"{}".to_vec() })
    }

    fn reason(answer: Known<Fact>) -> Reason {
        answer.expect_err("it was decided").reason
    }

    #[test]
    fn urls_are_built_as_npm_builds_them() {
        for (ask, path) in [
            (Ask::Packument, "@s%2fp"),
            (Ask::Whoami, "-/whoami"),
            (Ask::Tokens, "-/npm/v1/tokens?perPage=100"),
            (Ask::Collaborators, "-/package/@s%2fp/collaborators"),
            (Ask::DistTags, "-/package/@s%2fp/dist-tags"),
        ] {
            let url = request(&question(ask, "@s%2fp")).unwrap().url;
            assert_eq!(url.as_str(), format!("https://h.test/npm/{path}"));
        }
        let listed = request(&question(Ask::Packages, "user/a/b")).unwrap().url;
        assert_eq!(listed.as_str(), "https://h.test/npm/-/user/a%2Fb/package");
        let staged = request(&question(Ask::Stage, "@s/p")).unwrap().url;
        assert_eq!(staged.as_str(), "https://h.test/npm/-/stage?page=0&perPage=100&package=%40s%2Fp");
        let attested = request(&question(Ask::Attestations, "@s%2fp@1.0.0+a/../b")).unwrap().url;
        assert_eq!(attested.as_str(), "https://h.test/npm/-/npm/v1/attestations/@s%2fp@1.0.0%2Ba%2F..%2Fb");
        let bare = Question { registry: " https://h.test/a/b ".to_owned(), ..question(Ask::Roster, "a b") };
        assert_eq!(request(&bare).unwrap().url.as_str(), "https://h.test/a/b/-/org/a%20b/user");
    }

    #[test]
    fn whoami_distinguishes_a_user_from_no_user_and_a_rejection() {
        let whoami = |status, body| answered(Ask::Whoami, status, body);
        assert_eq!(whoami(200, r#"{"username":"alice"}"#), Ok(Fact::Whoami(Whoami::User("alice".to_owned()))));
        assert_eq!(whoami(200, "{}"), Ok(Fact::Whoami(Whoami::Nobody)));
        assert_eq!(
            whoami(401, r#"{"error":"unauthorized\n"}"#),
            Ok(Fact::Whoami(Whoami::Rejected { by_address: false, message: "unauthorized".to_owned() }))
        );
        assert!(matches!(
            with_header(Ask::Whoami, 401, "www-authenticate", "IPAddress"),
            Ok(Fact::Whoami(Whoami::Rejected { by_address: true, .. }))
        ));
        assert_eq!(reason(whoami(404, "<html>")), Reason::Unsupported);
        assert_eq!(reason(whoami(200, "<html>")), Reason::Malformed);
        assert_eq!(reason(whoami(403, r#"{"error":"no"}"#)), Reason::Forbidden);
    }

    #[test]
    fn two_factor_modes_are_read_in_every_shape() {
        for (tfa, mode) in [
            ("null", TwoFactor::Off),
            ("false", TwoFactor::Off),
            (r#"{"mode":"auth-and-writes","pending":true}"#, TwoFactor::Off),
            (r#"{"mode":"auth-only","pending":false}"#, TwoFactor::AuthOnly),
            (r#"{"mode":"auth-and-writes"}"#, TwoFactor::AuthAndWrites),
        ] {
            let body = format!(r#"{{"tfa":{tfa},"name":"alice","email_verified":true}}"#);
            let profile = Profile { two_factor: mode, email_verified: Some(true) };
            assert_eq!(answered(Ask::Profile, 200, &body), Ok(Fact::Profile(profile)));
        }
        assert_eq!(reason(answered(Ask::Profile, 200, r#"{"tfa":{"mode":"new"}}"#)), Reason::Malformed);
        assert_eq!(reason(answered(Ask::Profile, 401, "{}")), Reason::Unauthenticated);
    }

    #[test]
    fn an_incomplete_token_list_is_not_taken_for_the_whole() {
        let row = r#"{"token":"npm_aBcD...7890","readonly":false,"bypass_2fa":true,"cidr":["10.0.0.0/8"],"revoked":null,
            "expiry":"2026-12-01T00:00:00.000Z","scopes":[{"type":"package","name":"@s/p"}]}"#;
        let body = |total| format!(r#"{{"objects":[{row}],"total":{total},"urls":{{"next":"/x"}}}}"#);
        let Ok(Fact::Tokens(rows)) = answered(Ask::Tokens, 200, &body(1)) else { panic!("not read") };
        let expected = TokenRow {
            hint: "npm_aBcD...7890".to_owned(),
            bypass_2fa: Some(true),
            cidr: vec!["10.0.0.0/8".to_owned()],
            expiry: Some("2026-12-01T00:00:00.000Z".to_owned()),
            scopes: vec![("package".to_owned(), "@s/p".to_owned())],
            ..TokenRow::default()
        };
        assert_eq!(rows, [expected]);
        assert_eq!(reason(answered(Ask::Tokens, 200, &body(2))), Reason::Malformed);
    }

    #[test]
    fn permissions_and_visibility_have_two_spellings() {
        let body = r#"{"a":"read-write","b":"write","c":"read-only","d":"read"}"#;
        let Ok(Fact::Collaborators(Seen::Here(all))) = answered(Ask::Collaborators, 200, body) else { panic!() };
        assert_eq!(all.values().filter(|permission| **permission == Permission::Write).count(), 2);
        for (body, public) in
            [(r#"{"public":true}"#, true), (r#"{"@s/p":"public"}"#, true), (r#"{"@s/p":"private"}"#, false)]
        {
            assert_eq!(answered(Ask::Visibility, 200, body), Ok(Fact::Visibility(Seen::Here(public))));
        }
        assert_eq!(reason(answered(Ask::Visibility, 200, "{}")), Reason::Malformed);
    }

    #[test]
    fn a_404_means_not_visible_only_where_the_endpoint_exists() {
        let not_found = r#"{"error":"Not found"}"#;
        assert_eq!(answered(Ask::Packument, 404, not_found), Ok(Fact::Packument(Seen::NotVisible)));
        assert_eq!(answered(Ask::Roster, 404, not_found), Ok(Fact::Roster(Seen::NotVisible)));
        assert_eq!(reason(answered(Ask::Roster, 404, r#"{"error":"File not found"}"#)), Reason::Unsupported);
        assert_eq!(reason(answered(Ask::Collaborators, 404, "404 page not found")), Reason::Unsupported);
        assert_eq!(reason(answered(Ask::Packument, 404, "<!DOCTYPE html>")), Reason::Malformed);
    }

    #[test]
    fn other_statuses_map_to_a_reason() {
        for (status, expected) in [(429, Reason::RateLimited), (503, Reason::Unreachable), (402, Reason::Forbidden)] {
            assert_eq!(reason(answered(Ask::Packument, status, "")), expected);
        }
        let limited = with_header(Ask::Packument, 429, "retry-after", "30").expect_err("limited");
        assert!(limited.detail.contains("30 seconds"), "{}", limited.detail);
    }

    #[test]
    fn only_a_redirect_to_the_public_registry_means_not_here() {
        let elsewhere = with_header(Ask::Packument, 302, "location", "https://other.test/p");
        assert_eq!(reason(elsewhere), Reason::Unsupported);
        let public = with_header(Ask::Packument, 302, "location", &format!("{DEFAULT_REGISTRY}p"));
        assert_eq!(public, Ok(Fact::Packument(Seen::NotVisible)));
        assert_eq!(reason(with_header(Ask::Packument, 302, "location", "/npm/p")), Reason::Malformed);
    }

    #[test]
    fn error_details_do_not_contain_the_password_from_the_url() {
        let question = Question { registry: "https://u:hunter2@h.test/".to_owned(), ..question(Ask::Ping, "") };
        let detail = unknown(&question, Reason::Unreachable, "…").detail;
        assert!(detail.contains("https://h.test/-/ping") && !detail.contains("hunter2"), "{detail}");
    }
}
