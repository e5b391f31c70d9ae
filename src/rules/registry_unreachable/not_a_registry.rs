//! What answers is not a registry but a website, a login portal, or a server that redirects to another one. A single odd
//! endpoint can have many reasons; if all are alike, only this one is left.

use super::{RULE, placed};
use crate::facts::{Answer, Gap, NotARegistry, OnceAsked as _};
use crate::plan::Login;
use crate::rules::Case;
use crate::rules::diagnostic::{Diagnostic, Severity};

/// What it is, when `whoami` (`ping` without a credential) is as strange as the packument, and `ping` no registry's.
pub(super) fn find(case: &Case<'_>, not_a_registry: &NotARegistry) -> Answer<Option<Diagnostic>> {
    let logged_in = matches!(case.plan.auth.login, Login::Credential { .. }) && !case.is_credential_unset();
    let as_strange = |answer: Answer<()>| {
        let answer = answer.once_asked()?;
        Ok::<_, Gap>(answer.is_err_and(|unknown| unknown.not_a_registry.as_ref() == Some(not_a_registry)))
    };
    if logged_in && !as_strange(case.whoami().map(|_| ()))? {
        return Ok(None);
    }
    let leads_to = matches!(not_a_registry, NotARegistry::RedirectsTo { .. });
    if !(leads_to && logged_in || as_strange(case.ping())?) {
        return Ok(None);
    }
    let registry = case.plan.destination.shown();
    let client = case.plan.runner.name();
    let no_registry = |what: &str, code| {
        Diagnostic::new(
            &RULE,
            format!("what answers at {registry} is not a registry"),
            format!("requests for the package, `whoami` and `ping` are answered with {what}"),
            "check the registry's URL, especially its path, and whether a login portal intercepts the connection",
        )
        .npm_error(code)
    };
    let diagnostic = match not_a_registry {
        NotARegistry::WebPage => no_registry("web pages", "E404"),
        NotARegistry::RedirectLoop => no_registry("redirect loops", "EMAXREDIRECT"),
        NotARegistry::RedirectsTo { origin, other_host } => {
            let diagnostic = Diagnostic::new(
                &RULE,
                format!("{registry} redirects everything to {origin}/"),
                format!("{client} also follows redirects when it publishes"),
                "set the registry that should receive the package, and configure the credential for it",
            );
            if *other_host && logged_in {
                diagnostic
                    .npm_error("E404")
                    .note(format!("{client} sends a credential only to the host it is configured for"))
            } else {
                diagnostic.severity(Severity::Warning)
            }
        }
    };
    Ok(Some(placed(case, diagnostic)))
}

#[cfg(test)]
mod tests {
    use crate::commands::testing::Scene;
    use crate::rules::diagnostic::Severity;

    #[test]
    fn a_server_with_only_web_pages_is_not_a_registry() {
        let page = |scene: Scene, path: &str, status| scene.answer(path, status, "<html>");
        for status in [200, 404] {
            let scene = page(page(Scene::version("1.1.0"), "/left-lodge", status), "/-/whoami", status);
            page(scene, "/-/ping", status).finds("registry-unreachable", 1);
        }
        let scene = || page(Scene::version("1.1.0"), "/left-lodge", 404);
        scene().alice().finds("registry-unreachable", 0);
        page(scene(), "/-/whoami", 404).answer("/-/ping", 200, "{}").finds("registry-unreachable", 0);
        scene().logged_out().answer("/-/ping", 404, "<html>").finds("registry-unreachable", 1);
        scene().answer("/-/whoami", 404, "{}").answer("/-/ping", 404, "<html>").finds("registry-unreachable", 0);
    }

    #[test]
    fn a_registry_that_proxies_everything_is_recognised() {
        let to = |scene: Scene, path: &str, host: &str| {
            scene.answer(path, 308, "").header("location", &format!("https://{host}{path}"))
        };
        let both = |host: &str| to(to(Scene::version("1.0.0"), "/left-lodge", host), "/-/whoami", host);
        assert_eq!(both("other.test").finds("registry-unreachable", 1)[0].severity, Severity::Error);
        let npm = "registry=https://h.test/\n//h.test/:_authToken=t\n";
        let found = both("h.test:8443").user_npmrc(npm).finds("registry-unreachable", 1);
        assert_eq!(found[0].severity, Severity::Warning);
        to(Scene::version("1.0.0"), "/left-lodge", "other.test").alice().finds("registry-unreachable", 0);
    }
}
