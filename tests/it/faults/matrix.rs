//! Every endpoint with every fault of its own, while the rest of the registry works.

use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use npm_preflight::facts::Ask;
use npm_preflight::rules::{self, Category};

use flate2::{Compression, write::GzEncoder};

use super::end_points::{END_POINTS, EndPoint};
use super::{Seen, in_parallel, observe};
use crate::harness::Sandbox;
use crate::registry::FakeRegistry;
use crate::registry::faults::{Fault, Harm};
use crate::registry::http::Reply;

/// What a fault does to what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Nothing: the answer arrives, maybe at the second try.
    Healed,
    /// The answer is not known.
    Lost,
    /// The answer's body is of no use; ping's has none.
    Spoilt,
}

/// A fault.
#[derive(Clone)]
struct Trouble {
    name: String,
    harm: Harm,
    times: u32,
    effect: Effect,
    /// How often the endpoint is asked.
    requests: usize,
}

fn trouble(name: &str, harm: Harm, effect: Effect, requests: usize) -> Trouble {
    Trouble { name: name.to_owned(), harm, times: u32::MAX, effect, requests }
}

fn once(name: &str, harm: Harm) -> Trouble {
    Trouble { times: 1, ..trouble(name, harm, Effect::Healed, 2) }
}

/// The head of an answer with a length of its own, and a part of the body.
fn with_length(reply: &Reply, length: usize, sent: usize) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 {} OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n", reply.status);
    [head.as_bytes(), &reply.body[..sent]].concat()
}

fn cut_short(reply: &Reply) -> Vec<u8> {
    with_length(reply, reply.body.len(), reply.body.len() / 2)
}

fn understated(reply: &Reply) -> Vec<u8> {
    with_length(reply, reply.body.len() / 2, reply.body.len())
}

fn old_http(reply: &Reply) -> Vec<u8> {
    let head = format!("HTTP/1.0 {} OK\r\ncontent-type: application/json\r\n\r\n", reply.status);
    [head.as_bytes(), &reply.body].concat()
}

/// Promises to stay and goes.
fn closing(reply: &Reply) -> Vec<u8> {
    reply.bytes(false, true)
}

/// Four megabytes of nothing in some kilobytes.
fn bomb(_: &Reply) -> Vec<u8> {
    static BOMB: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        for _ in 0..4 {
            encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let body = encoder.finish().unwrap();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), &body].concat()
    };
    BOMB.get_or_init(make).clone()
}

fn troubles(end_point: &EndPoint, elsewhere: &FakeRegistry) -> Vec<Trouble> {
    use Effect::{Healed, Lost, Spoilt};
    let status = |status, header, name: &str, requests| {
        let harm = Fault::status(status, header, r#"{"error":"no"}"#);
        trouble(name, harm, Lost, requests)
    };
    let huge = format!(r#"{{"x":"{}"}}"#, "x".repeat(3 << 20));
    let html = |status| {
        let page = ("content-type", "text/html");
        trouble(
            &format!("a web page, {status}"),
            Fault::status(status, Some(page), "<!DOCTYPE html><p>Sign in"),
            Lost,
            1,
        )
    };
    let away = format!("{}{}", elsewhere.origin(), end_point.target);
    let (noon, one) = (("date", "Mon, 23 Nov 2026 12:00:00 GMT"), "Mon, 23 Nov 2026 13:00:00 GMT");
    let in_an_hour = match Fault::status(503, Some(noon), "{}") {
        Harm::Answer(mut reply) => {
            reply.headers.push(("retry-after".to_owned(), one.to_owned()));
            Harm::Answer(reply)
        }
        harm => harm,
    };
    let mut all = vec![
        trouble("reset", Harm::Reset, Lost, 3),
        once("reset once", Harm::Reset),
        trouble("never answered", Harm::Hang, Lost, 1),
        trouble("a byte now and then", Harm::Drip(Duration::from_millis(40)), Lost, 1),
        trouble("cut short", Harm::Wire(cut_short), Lost, 3),
        once("cut short once", Harm::Wire(cut_short)),
        trouble("longer than it says", Harm::Wire(understated), Spoilt, 1),
        trouble("JSON that ends early", Harm::Truncate, Spoilt, 1),
        trouble("huge", Fault::status(200, None, &huge), Lost, 1),
        trouble("compressed emptiness", Harm::Wire(bomb), Lost, 1),
        html(200),
        html(403),
        trouble("HTTP/1.0", Harm::Wire(old_http), Healed, 1),
        trouble("keep-alive that is not kept", Harm::Wire(closing), Healed, 1),
        status(302, Some(("location", end_point.target)), "a redirect to itself", 10),
        status(307, Some(("location", &away)), "a redirect to another host", 1),
        once("503 once", Fault::status(503, None, "{}")),
        once("429 once, and again at once", Fault::status(429, Some(("retry-after", "0")), "{}")),
        status(429, Some(("retry-after", "3600")), "429, and again in an hour", 1),
        trouble("503, and again at a time", in_an_hour, Lost, 1),
    ];
    for code in [400, 401, 402, 403, 404, 405, 409, 410, 418, 451, 501] {
        all.push(status(code, None, &code.to_string(), 1));
    }
    for code in [408, 420, 429, 500, 502, 503, 504] {
        all.push(status(code, None, &code.to_string(), 3));
    }
    all
}

/// `kept`: after a healthy run, which left its packuments.
fn run(end_point: &EndPoint, trouble: Option<&Trouble>, kept: bool) -> Result<Seen, String> {
    let registry = FakeRegistry::start(EndPoint::state());
    let mut sandbox = Sandbox::with_registry(&registry);
    end_point.prepare(&mut sandbox);
    if kept {
        observe(end_point, &sandbox, &registry, "60")?;
        registry.forget();
    }
    if let Some(trouble) = trouble {
        registry.fault(end_point.fault(trouble.harm.clone()).times(trouble.times));
    }
    if let Some(fault) = end_point.broken() {
        registry.fault(fault);
    }
    let harm = trouble.map(|trouble| &trouble.harm);
    if let Some(Harm::Hang) = harm {
        // Long enough for every other answer on the busiest machine.
        sandbox.env("npm_config_fetch_timeout", "5000");
    }
    observe(end_point, &sandbox, &registry, if let Some(Harm::Drip(_)) = harm { "1" } else { "60" })
}

#[test]
fn the_publishes_in_the_matrix_send_the_requests_they_cover() {
    in_parallel(END_POINTS, |end_point| {
        let healthy = match run(end_point, None, false) {
            Ok(healthy) => healthy,
            Err(error) => return Some(error),
        };
        let open: Vec<_> = end_point.decides.iter().filter(|rule| healthy.undecided.contains(**rule)).collect();
        let asked = healthy.requests(end_point.target);
        (asked != 1 || !open.is_empty()).then(|| {
            let paths: Vec<_> = healthy.log.iter().map(|entry| entry.target.clone()).collect();
            format!(
                "{}: asked {asked} times, {open:?} undecided of {:?}; {paths:?}",
                end_point.ask.noun(),
                healthy.undecided
            )
        })
    });
}

#[test]
fn every_endpoint_that_a_rule_uses_is_in_the_matrix() {
    for rule in rules::all() {
        for ask in rule.asks {
            assert!(END_POINTS.iter().any(|end_point| end_point.ask == *ask), "{} asks for {}", rule.id, ask.noun());
        }
    }
}

#[test]
fn a_fault_in_one_response_is_not_overinterpreted() {
    let elsewhere = FakeRegistry::start(EndPoint::state());
    let mut cells = Vec::new();
    for end_point in END_POINTS {
        let healthy = run(end_point, None, false).unwrap();
        let healthy = std::sync::Arc::new(healthy);
        for trouble in troubles(end_point, &elsewhere) {
            if end_point.ask.is_packument() {
                cells.push((end_point, trouble.clone(), true, std::sync::Arc::clone(&healthy)));
            }
            cells.push((end_point, trouble, false, std::sync::Arc::clone(&healthy)));
        }
    }
    assert!(cells.len() > 400, "{} cells", cells.len());
    in_parallel(&cells, |(end_point, trouble, kept, healthy)| {
        let problem = match run(end_point, Some(trouble), *kept) {
            Ok(seen) => wrong(end_point, trouble, healthy, &seen).or_else(|| seen.ignores(end_point, *kept)),
            Err(error) => Some(error),
        };
        let kept = if *kept { " (kept)" } else { "" };
        problem.map(|problem| format!("{}{kept}, {}: {problem}", end_point.ask.noun(), trouble.name))
    });
    assert!(elsewhere.log().is_empty(), "what another server says was asked: {:?}", elsewhere.log());
}

impl Seen {
    /// Whether it was not asked by what was kept, or by something although nothing was.
    fn ignores(&self, end_point: &EndPoint, kept: bool) -> Option<String> {
        let first = self.log.iter().find(|entry| entry.target == end_point.target)?;
        (first.tag.is_some() != kept).then(|| format!("first asked with the tag {:?}", first.tag))
    }
}

fn wrong(end_point: &EndPoint, trouble: &Trouble, healthy: &Seen, seen: &Seen) -> Option<String> {
    let answer = end_point.answers.iter().find(|(status, _)| match &trouble.harm {
        Harm::Answer(reply) => reply.status == *status || (*status == 404 && reply.status == 410),
        _ => false,
    });
    let is_page = |reply: &Reply| reply.body.starts_with(b"<");
    let answer = answer.filter(|_| !matches!(&trouble.harm, Harm::Answer(reply) if is_page(reply)));
    if let Some(problem) = seen.problem(healthy, answer.map_or(&[], |(_, errors)| errors)) {
        return Some(problem);
    }
    let requests = seen.requests(end_point.target);
    // A run that is given one second may end before it comes to this endpoint.
    let may_be_unasked = matches!(trouble.harm, Harm::Drip(_)) && requests == 0;
    if requests != trouble.requests && !may_be_unasked {
        return Some(format!("asked {requests} times instead of {}", trouble.requests));
    }
    let healed = trouble.effect == Effect::Healed
        || (end_point.ask == Ask::Ping && (trouble.effect == Effect::Spoilt || trouble.name == "compressed emptiness"));
    if healed {
        let same =
            (&seen.errors, &seen.undecided, &seen.verdict) == (&healthy.errors, &healthy.undecided, &healthy.verdict);
        return (!same).then(|| format!("{} {:?} {:?}", seen.verdict, seen.errors, seen.undecided));
    }
    // A registry that refuses to answer a ping is there.
    let there = end_point.ask == Ask::Ping && !matches!(seen.status(end_point.target), None | Some(408 | 500 | 502..));
    if answer.is_some() || there {
        return None;
    }
    let missing: Vec<_> = end_point.decides.iter().filter(|rule| !seen.undecided.contains(**rule)).collect();
    if !missing.is_empty() {
        return Some(format!("{missing:?} is not among the undecided {:?}", seen.undecided));
    }
    let weighs = |rule: &&str| rules::find(rule).is_some_and(|rule| rule.category == Category::Correctness);
    let assumes = |rule: &str| {
        let mut assumptions = seen.report["assumptions"].as_array().into_iter().flatten();
        assumptions.any(|one| one["rule"] == rule)
    };
    let open = end_point.decides.iter().any(|rule| weighs(rule) && !assumes(rule));
    (seen.verdict == "ready" && open).then(|| "ready without the answer".to_owned())
}
