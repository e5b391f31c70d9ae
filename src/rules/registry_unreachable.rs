//! The registry cannot be reached, so no publish can succeed.

mod not_a_registry;

use super::{About, Answer, Ask, Case, Category, Input, Needs, Order, Rule, Stops};
use crate::facts::{Gap, OnceAsked as _, Outage, Reason, origin_of};
use crate::plan::differ_in_network;
use crate::rules::diagnostic::{Diagnostic, Fix};

/// The rule.
pub static RULE: Rule = Rule {
    id: "registry-unreachable",
    category: Category::Correctness,
    summary: "the registry cannot be reached, or what answers is not a registry",
    npm_says: &[
        "ECONNREFUSED",
        "ECONNRESET",
        "ENOTFOUND",
        "EAI_AGAIN",
        "ETIMEDOUT",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "FETCH_ERROR",
        "E407",
        "HPE_INVALID_CONSTANT",
        "DEPTH_ZERO_SELF_SIGNED_CERT",
        "SELF_SIGNED_CERT_IN_CHAIN",
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        "CERT_HAS_EXPIRED",
        "CERT_NOT_YET_VALID",
        "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "ERR_SSL_WRONG_VERSION_NUMBER",
        "ERR_TLS_CERT_ALTNAME_INVALID",
        "EMAXREDIRECT",
        "E404",
    ],
    asks: &[Ask::Packument, Ask::Whoami, Ask::Ping],
    since: "0.1.0",
    stops: Stops::Registry,
    about: About::Network,
    decided_by: &[Input::NpmConfig],
    needs: Needs::Manifest,
    for_private: false,
    explains_no_user: false,
    order: Order::Middle,
    security_severity: None,
    docs: r#"
### What it finds

A registry that did not answer a single request: its host name does not resolve, the connection is refused or reset, its
certificate is not trusted, or it does not answer within the time that npm itself would wait. Also a server that answers
requests for the package, `whoami` and `ping` only with web pages or redirect loops, because of a wrong path, a login portal
or a website.

A server that redirects everything to another host is an error, because npm sends a credential only to the host it is for. A
redirect to the same host name is a warning. A registry that answers with an error is reachable. If only this machine's
certificate store trusts the registry's certificate, the check is undecided, because npm uses the list that comes with
Node.js.

### Why it matters

`npm publish` fails for the same reason, but only after your build and several retries.

### What to do

Check the registry's URL, the network, and `proxy`, `https-proxy` and `noproxy`. For a company's own certificate, set
`cafile` or `NODE_EXTRA_CA_CERTS`. The message says what happened, and what happened in a second, independent attempt without
the proxy.

### Example

```json package.json
{
  "name": "left-lodge",
  "version": "1.1.0"
}
```
```text GET /left-lodge ECONNREFUSED
nothing is listening on the registry's port
```
"#,
};

pub(super) fn check(case: &Case<'_>) -> Answer<Vec<Diagnostic>> {
    let plan = case.plan;
    // A dry run does not need the registry.
    let Some((url, _)) = plan.destination.registry().filter(|_| !plan.options.dry_run.value) else { return Ok(vec![]) };
    let answer = if plan.package.name().is_some() { case.packument().map(|_| ()) } else { case.ping() }.once_asked()?;
    // It answers here, if only with a refusal; npm may still not get an answer.
    let answers = || case.facts.untrusted(&origin_of(url)).map_or(Ok(vec![]), |why| Err(why.clone().into()));
    let Err(unknown) = answer else { return answers() };
    if let Some(outage) = case.facts.outage(&origin_of(url)) {
        return down(case, outage);
    }
    if let Some(not_a_registry) = &unknown.not_a_registry {
        return Ok(not_a_registry::find(case, not_a_registry)?.into_iter().collect());
    }
    match unknown.reason {
        Reason::Offline | Reason::Unreachable | Reason::TimedOut | Reason::NotAsked => Err(unknown.into()),
        _ => answers(),
    }
}

/// Nothing answered at all.
fn down(case: &Case<'_>, outage: &Outage) -> Answer<Vec<Diagnostic>> {
    let client = case.plan.runner.name();
    let undecided = |why: &str| Err(Gap::unknown(outage.reason, format!("{}{why}", outage.cause)));
    if outage.reason == Reason::TimedOut && !outage.npm_gives_up {
        // npm waits far longer (`fetch-timeout`, five minutes) than a linter should.
        return undecided(&format!("; {client} would wait longer (`fetch-timeout`)"));
    }
    if differ_in_network(case.release.plans) {
        return undecided(&format!("; {client} would use the network settings in each package's own `publishConfig`"));
    }
    let registry = case.plan.destination.shown();
    let diagnostic = Diagnostic::new(
        &RULE,
        format!("{registry} cannot be reached"),
        outage.cause.clone(),
        format!("check the registry's URL, the network, and the proxy and certificate settings of {client}"),
    );
    let diagnostic = Diagnostic { npm_error: outage.npm_error, ..placed(case, diagnostic) };
    Ok(vec![match &outage.second_opinion {
        Some(opinion) => diagnostic.note(opinion.clone()),
        None => diagnostic,
    }])
}

fn placed(case: &Case<'_>, diagnostic: Diagnostic) -> Diagnostic {
    let words = case.plan.runner.words();
    let ping = words.ping(&case.plan.destination.shown());
    let diagnostic = diagnostic.fix(Fix::maybe(format!("see what {} sees", words.name), ping));
    match case.plan.destination.origin().place() {
        Some(place) => diagnostic.at(place, "`registry` set here"),
        None => diagnostic.set_by("`registry`", case.plan.destination.origin()),
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;

    #[test]
    fn a_registry_that_does_not_answer_is_reported() {
        let found = Scene::version("1.1.0").outage("ETIMEDOUT").finds("registry-unreachable", 1);
        assert_eq!(found[0].npm_error, Some("ETIMEDOUT"));
        Scene::new("{}").outage("ENOTFOUND").finds("registry-unreachable", 1);
    }

    #[test]
    fn a_registry_that_answers_is_fine() {
        Scene::version("1.1.0").packument(r#"{"versions":{}}"#).finds("registry-unreachable", 0);
        Scene::version("1.1.0").no_package().finds("registry-unreachable", 0);
        Scene::version("1.1.0").outage("ETIMEDOUT").args(&["--dry-run"]).finds("registry-unreachable", 0);
        Scene::version("1.1.0").answer("/left-lodge", 401, r#"{"error":"no"}"#).finds("registry-unreachable", 0);
    }

    #[test]
    fn one_failing_endpoint_is_not_an_outage() {
        Scene::version("1.1.0").answer("/left-lodge", 503, "{}").undecided("registry-unreachable");
    }
}
