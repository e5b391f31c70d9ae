//! The registry's end-points: how each question becomes a request, and how status, headers and body become a fact.
//! Pure: nothing here touches the network.

use url::Url;

use super::{Answer, Fact, Question, Reason, Unknown};

/// A read request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub url: Url,
    /// The `Accept` header.
    pub accept: &'static str,
}

/// An answer as it came, headers in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Name and value.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// The request for a question.
///
/// # Errors
/// When the registry's text and the subject do not make a URL.
pub fn request(question: &Question) -> Result<Request, url::ParseError> {
    let base = question.registry.trim_end_matches('/');
    Ok(Request { url: format!("{base}/{}", question.subject).parse()?, accept: "application/json" })
}

/// The fact in an answer.
///
/// # Errors
/// Why the answer does not settle the question.
pub fn decode(question: &Question, response: &Response) -> Answer<Fact> {
    let _ = response;
    Err(Unknown::new(Reason::Malformed, format!("{} is not understood", question.ask.noun())))
}
