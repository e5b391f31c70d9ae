//! Every publish of the matrix with a registry that fails as a whole: one error that names the cause, or none.

use std::net::TcpListener;
use std::time::Duration;

use npm_preflight::facts::Ask;

use super::end_points::{END_POINTS, EndPoint};
use super::{Seen, in_parallel, observe};
use crate::harness::Sandbox;
use crate::registry::FakeRegistry;
use crate::registry::faults::{Fault, Harm};

/// What is wrong with the registry.
#[derive(Clone)]
enum Trouble {
    /// Nothing: it has another address.
    Ipv6,
    /// Its URL leads nowhere.
    Elsewhere(&'static str),
    /// Every answer.
    All(Harm),
}

fn run(end_point: &EndPoint, trouble: Option<&Trouble>) -> Result<Seen, String> {
    let registry = match trouble {
        Some(Trouble::Ipv6) => {
            FakeRegistry::listen(TcpListener::bind("[::1]:0").map_err(|error| error.to_string())?, EndPoint::state())
        }
        _ => FakeRegistry::start(EndPoint::state()),
    };
    let mut sandbox = Sandbox::with_registry(&registry);
    end_point.prepare(&mut sandbox);
    sandbox.unset("http_proxy");
    sandbox.unset("https_proxy");
    if let Some(Trouble::All(harm)) = trouble {
        registry.fault(Fault::new("GET", "/*", harm.clone()));
        if let Harm::Hang = harm {
            sandbox.env("npm_config_fetch_timeout", "1000");
        }
    } else if let Some(fault) = end_point.broken() {
        registry.fault(fault);
    }
    if let Some(Trouble::Elsewhere(url)) = trouble {
        sandbox.value("<registry>", url);
        sandbox.value("<nerf>", &format!("{}/", url.trim_start_matches("http:")));
        sandbox.env("NPM_PREFLIGHT_NPMJS_REGISTRY", url);
    }
    let drips = matches!(trouble, Some(Trouble::All(Harm::Drip(_))));
    observe(end_point, &sandbox, &registry, if drips { "1" } else { "60" })
}

/// The label is longer than names may be, so that no name server has to be asked.
const NO_HOST: &str = "http://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test";

#[test]
fn a_registry_that_is_down_is_at_most_one_error() {
    let all = |status| Trouble::All(Fault::status(status, None, "{}"));
    let page = Fault::status(200, Some(("content-type", "text/html")), "<!DOCTYPE html>");
    // The code of the one error; none: whether there is one is not certain.
    let troubles: Vec<(&str, Trouble, Option<&str>)> = vec![
        ("refused", Trouble::Elsewhere("http://127.0.0.1:1"), Some("ECONNREFUSED")),
        ("no such host", Trouble::Elsewhere(NO_HOST), None),
        ("reset", Trouble::All(Harm::Reset), Some("ECONNRESET")),
        ("never answering", Trouble::All(Harm::Hang), Some("FETCH_ERROR")),
        ("a byte now and then", Trouble::All(Harm::Drip(Duration::from_millis(40))), None),
        ("web pages", Trouble::All(page), None),
        ("redirects in a circle", Trouble::All(Fault::status(302, Some(("location", "/")), "")), None),
        ("403", all(403), None),
        ("418", all(418), None),
        ("429", all(429), None),
        ("503", all(503), None),
    ];
    let mut cells = Vec::new();
    for end_point in END_POINTS {
        let healthy = std::sync::Arc::new(run(end_point, None).unwrap());
        cells.extend(troubles.iter().map(|trouble| (end_point, trouble, std::sync::Arc::clone(&healthy))));
    }
    in_parallel(&cells, |(end_point, (name, trouble, code), healthy)| {
        let problem = match run(end_point, Some(trouble)) {
            Ok(seen) => wrong(end_point, healthy, &seen, *code),
            Err(error) => Some(error),
        };
        problem.map(|problem| format!("{}, {name}: {problem}", end_point.ask.noun()))
    });
}

fn wrong(end_point: &EndPoint, healthy: &Seen, seen: &Seen, code: Option<&str>) -> Option<String> {
    if let Some(problem) = seen.problem(healthy, &["registry-unreachable"]) {
        return Some(problem);
    }
    if seen.verdict == "ready" {
        return Some("ready without an answer".to_owned());
    }
    let known = |rule: &&&str| !seen.undecided.contains(**rule) && !seen.errors.contains(**rule);
    // A registry that refuses to answer a ping is there.
    let open = end_point.decides.iter().filter(|_| end_point.ask != Ask::Ping);
    let decided: Vec<_> = open.filter(known).collect();
    if !decided.is_empty() {
        return Some(format!("{decided:?} is decided; undecided: {:?}", seen.undecided));
    }
    // Ping is what the second opinion asks, too.
    let mut targets = seen.log.iter().filter(|entry| entry.target != "/");
    let often = targets.find(|entry| seen.requests(&entry.target) > 5);
    if let Some(often) = often {
        return Some(format!("{} is asked for too often", often.target));
    }
    let found =
        seen.report["diagnostics"].as_array().into_iter().flatten().find(|one| one["rule"] == "registry-unreachable");
    match (found, code) {
        (Some(found), Some(code)) if found["npm_error"] != code => {
            Some(format!("{}: {}", found["npm_error"], found["why"]))
        }
        (None, Some(code)) => Some(format!("{code} is not named; undecided: {}", seen.report["undecided"])),
        _ => None,
    }
}

#[test]
fn a_registry_can_have_an_ipv6_address() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // this machine has none
    }
    for end_point in END_POINTS {
        let (healthy, seen) = (run(end_point, None).unwrap(), run(end_point, Some(&Trouble::Ipv6)).unwrap());
        assert_eq!(
            (healthy.verdict, healthy.errors, healthy.undecided),
            (seen.verdict, seen.errors, seen.undecided),
            "{}",
            end_point.ask.noun()
        );
    }
}
