//! A publish plan for people: what would be published, where, as whom, under which dist-tag and access, and what
//! decided each of these. It names the place of a credential, never its value.

use std::io::{self, Write};

use super::output::{Escape, Output};
use crate::facts::Facts;
use crate::facts::credential::Credential;
use crate::npm::nerf_dart::nerf_dart;
use crate::plan::{Access, Login, PublishPlan, Target};
use crate::project::ci::Provider;
use crate::project::npm_config::Sourced;
use crate::text::escape;
use crate::text::redact::Scrubber;
use crate::text::shorten;

/// The plans of `npm-preflight plan`, one after the other.
///
/// # Errors
/// When they cannot be written.
pub fn write(
    plans: &[PublishPlan],
    facts: &Facts,
    scrubber: &Scrubber,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = Output::new(out, scrubber, Escape::Text);
    for (number, plan) in plans.iter().enumerate() {
        let gap = if number > 0 { "\n" } else { "" };
        write!(out, "{gap}{}", table(plan, facts, scrubber, color))?;
    }
    out.finish()
}

/// One plan: its title, and a row for each value.
pub(super) fn table(plan: &PublishPlan, facts: &Facts, scrubber: &Scrubber, color: bool) -> String {
    let rows = rows(plan, facts, scrubber);
    let width = |column: fn(&Row) -> &str| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
    let (names, values) = (width(|row| row.name), width(|row| &row.value).min(48));
    let (bold, dim) = if color {
        (anstyle::Style::new().bold(), anstyle::Style::new().dimmed())
    } else {
        (anstyle::Style::new(), anstyle::Style::new())
    };
    let mut table = format!("{bold}{}{bold:#}\n", escape::line(&super::title(plan)));
    for Row { name, value, origin } in &rows {
        let row = if origin.is_empty() {
            format!("  {name:names$}  {value}\n")
        } else {
            format!("  {name:names$}  {value:values$}  {dim}{origin}{dim:#}\n")
        };
        table.push_str(&row);
    }
    table
}

struct Row {
    name: &'static str,
    value: String,
    origin: String,
}

fn rows(plan: &PublishPlan, facts: &Facts, scrubber: &Scrubber) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |name, value: &str, origin: String| {
        let (value, origin) = (scrubber.hide(value), scrubber.hide(&origin));
        let (value, origin) = (shorten::value(&value), shorten::text(&origin));
        rows.push(Row { name, value: escape::line(&value).into_owned(), origin: escape::line(&origin).into_owned() });
    };
    let field = |key: &str| {
        plan.package.manifest.field(key).map(|value| plan.package.manifest.place(value.span()).path_and_line())
    };
    if let Some(obstacle) = &plan.selection.obstacle {
        row("argument", obstacle.argument().unwrap_or("(none)"), obstacle.to_string());
        return rows;
    }
    if let Some(broken) = &plan.package.manifest.broken {
        row("package.json", "unusable", broken.to_string());
    }
    row("name", super::name(plan).as_deref().unwrap_or("(none)"), field("name").unwrap_or_default());
    match plan.package.version_to_come {
        Some(tool) => row("version", "(not set yet)", format!("{tool} sets it when it publishes")),
        None => {
            row("version", super::version(plan).as_deref().unwrap_or("(none)"), field("version").unwrap_or_default());
        }
    }
    if plan.options.stage {
        row("staged", "yes", "--stage: it keeps its tag and waits for `npm stage approve`".to_owned());
    }
    if let Some(tool) = &plan.runner.tool {
        row("release tool", &tool.name_and_version(), tool.source().to_owned());
    }
    let rival = super::words::rival(plan);
    if let Some(client) = plan.runner.client.as_ref().filter(|client| client.other().is_some()) {
        let source = rival.unwrap_or_else(|| client.source());
        row("client", &super::words::client_and_version(client), source);
    } else if let Some(rival) = rival {
        row("client", "npm", rival);
    }
    if let Ok(contents) = &plan.packed().contents {
        row("files", &super::sizes::total(contents), super::sizes::packed(contents));
    }
    row("registry", &plan.destination.shown(), target_origin(plan));
    row("tag", plan.options.shown_tag(), plan.options.tag.value.origin.to_string());
    if plan.options.tag.checked.value != plan.options.tag.value.value {
        row(
            "tag checked",
            plan.options.shown_checked_tag(),
            format!("{}: npm checks and prints this one", plan.options.tag.checked.origin),
        );
    }
    row("access", plan.options.shown_access(), access_origin(&plan.options.access));
    let (kind, origin) = credential(plan, facts);
    row("credential", &kind, origin);
    row("provenance", on_off(plan.provenance.wanted.value), provenance_origin(plan));
    if let (Some(file), Some(shown)) = (&plan.provenance.file, plan.provenance.shown_file()) {
        row("provenance file", shown, file.origin.to_string());
    }
    if let Some(otp) = &plan.auth.otp {
        row("one-time password", "provided", otp.to_string());
    }
    row("ci", ci(plan), ci_note(plan));
    if plan.runner.is_sent_by_npm() {
        row("npm", &plan.runner.npm.value.to_string(), plan.runner.npm.origin.to_string());
    }
    for (name, switch) in [("dry-run", &plan.options.dry_run), ("force", &plan.options.force)] {
        if switch.value {
            row(name, "on", switch.origin.to_string());
        }
    }
    if let Some(rewriter) = &plan.package.rewriter {
        row("script", rewriter.script, format!("{}: changes package.json first", rewriter.place.path_and_line()));
    }
    if let Some(private) = plan.package.private() {
        let then = match &plan.runner.tool {
            Some(tool) if plan.is_skipped() => format!("{} skips private packages", tool.name()),
            _ if plan.is_skipped() => format!("{} skips private workspaces", plan.runner.name()),
            _ => format!("{} refuses to publish it", plan.runner.name()),
        };
        row("private", "yes", format!("{}: {then}", private.path_and_line()));
    }
    rows
}

fn target_origin(plan: &PublishPlan) -> String {
    match &plan.destination.target {
        Target::Registry { .. } => decided_by(plan),
        Target::Invalid { origin, why, .. } => format!("{origin}: {why}"),
    }
}

/// What decided the registry, as far as it is read.
pub(super) fn decided_by(plan: &PublishPlan) -> String {
    let origin = plan.destination.origin();
    match plan.runner.other_client().filter(|_| plan.is_target_unread()) {
        Some(client) => format!("{origin}, unless {}'s own settings say otherwise", client.name()),
        None => origin.to_string(),
    }
}

fn access_origin(access: &Sourced<Access>) -> String {
    match access.value {
        Access::Default => "not set; the registry decides".to_owned(),
        _ => access.origin.to_string(),
    }
}

/// What kind of credential, whose it is, and where it is under which key.
fn credential(plan: &PublishPlan, facts: &Facts) -> (String, String) {
    let whose = super::user(plan, facts).map(|user| format!(" of {user}")).unwrap_or_default();
    match &plan.auth.login {
        Login::Credential { credential, origin, key, .. } => {
            let kind = match credential {
                Credential::Token(_) => "token",
                Credential::Basic { .. } => "user name and password",
            };
            let entry = plan.config.get(key);
            let variables = entry.map(|entry| entry.variables.join(" and ")).filter(|variables| !variables.is_empty());
            let from =
                variables.map(|variables| format!(", from the environment variable {variables}")).unwrap_or_default();
            (format!("{kind}{whose}"), format!("{origin}: {key}{from}"))
        }
        Login::Certificate { origin } => ("client certificate".to_owned(), origin.to_string()),
        Login::TrustedPublisher => ("trusted publisher".to_owned(), IDENTITY.to_owned()),
        Login::Nothing => {
            if let Some(client) = plan.runner.unread_settings().and(plan.runner.other_client()) {
                return ("unknown".to_owned(), format!("{}'s own settings may contain one", client.name()));
            }
            let nowhere =
                plan.destination.registry().map(|(url, _)| format!("nothing is set under {}", nerf_dart(url)));
            ("none".to_owned(), nowhere.unwrap_or_default())
        }
    }
}

/// Where the credential of a trusted publisher comes from.
pub(super) const IDENTITY: &str = "the CI job's identity token";

/// npm switches provenance on by itself when a trusted publisher's token was granted (lib/utils/oidc.js).
fn provenance_origin(plan: &PublishPlan) -> String {
    let origin = &plan.provenance.wanted.origin;
    let automatic = plan.runner.ci.can_exchange && plan.runner.ci.provider != Some(Provider::Circle);
    if automatic && plan.destination.npmjs && !plan.provenance.wanted.value && plan.config.is_default("provenance") {
        format!("{origin}: npm may enable it after trusted publishing")
    } else {
        origin.to_string()
    }
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn ci(plan: &PublishPlan) -> &'static str {
    match (plan.runner.ci.provider, plan.runner.ci.is_ci) {
        (Some(Provider::GitHub), _) => "GitHub Actions",
        (Some(Provider::GitLab), _) => "GitLab CI",
        (Some(Provider::Circle), _) => "CircleCI",
        (None, true) => "yes",
        (None, false) => "no",
    }
}

fn ci_note(plan: &PublishPlan) -> String {
    match (plan.runner.ci.can_exchange, plan.runner.ci.can_attest) {
        (true, true) => "can prove its identity to a registry and sign provenance",
        (true, false) => "can prove its identity to a registry",
        (false, true) => "can sign provenance",
        (false, false) => "",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, TOKEN};
    use crate::text::redact::Scrubber;

    #[test]
    fn a_plan_names_what_decided_every_value_and_never_a_secret() {
        let mut fixture = Fixture::new().alice();
        fixture.plans[0].options.tag.value.value = "next".to_owned();
        fixture.plans[0].options.dry_run.value = true;
        let mut table = Vec::new();
        super::write(&fixture.plans, &fixture.facts, &Scrubber::default(), false, &mut table).unwrap();
        let table = String::from_utf8(table).unwrap();
        assert!(!table.contains(TOKEN));
        insta::assert_snapshot!(table, @r#"
        left-lodge 1.1.0
          name         left-lodge          package.json:2
          version      1.1.0               package.json:3
          files        1 file, 49 B
          registry     https://r.example/  .npmrc:2 (project)
          tag          next                npm's default
          tag checked  latest              npm's default: npm checks and prints this one
          access       default             not set; the registry decides
          credential   token of alice      .npmrc:3 (project): //r.example/:_authToken
          provenance   off                 npm's default
          ci           no
          npm          12.2.2              --npm-version
          dry-run      on                  npm's default
        "#);
    }
}
