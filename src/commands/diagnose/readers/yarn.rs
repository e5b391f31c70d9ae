//! Yarn 2 and newer (`➤ YN0033: …`, and the lines `Response Code`, `Request Method`, `Request URL` under a refusal:
//! packages/yarnpkg-core/sources/httpUtils.ts), and Yarn 1 (`error Couldn't publish package: …`, src/reporters/lang/en.js).

use super::super::attempt::Client;
use super::super::cutter::{Cutter, name_and_version};
use super::is_code;

/// The numbers that say why a publish stops (packages/yarnpkg-core/sources/MessageName.ts); the others are of installs, and progress.
const ERRORS: [&str; 18] = [
    "0001", "0009", "0016", "0018", "0020", "0021", "0022", "0027", "0028", "0033", "0035", "0041", "0048", "0071",
    "0080", "0081", "0082", "0091",
];

/// How the errors of Yarn 1 begin that are about a publish.
const CLASSIC: [&str; 5] = [
    "Couldn't publish package",
    "Package marked as private",
    "An unexpected error occurred",
    "No token found",
    "Incorrect username",
];

pub(super) fn read(line: &str, cut: &mut Cutter) -> bool {
    if let Some((before, number, text)) = numbered(line) {
        berry(before, number, text, cut);
        return true;
    }
    let usage = ["Usage Error: ", "Internal Error: ", "Unknown Syntax Error: "]
        .into_iter()
        .find_map(|label| line.strip_prefix(label));
    if let Some(text) = usage {
        cut.message(Client::Yarn, text);
        return true;
    }
    classic(line, cut)
}

/// `➤ YN0035: text`
fn numbered(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once("YN")?;
    let (number, text) = rest.split_at_checked(4)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((
        before,
        number,
        text.strip_prefix(':').filter(|_| is_number)?.trim_start_matches([' ', '│', '┌', '└', '·']).trim_end(),
    ))
}

fn berry(before: &str, number: &str, text: &str, cut: &mut Cutter) {
    // `yarn workspaces foreach` names the package before each of its lines.
    let labeled = before.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(name, _)| name);
    if number == "0000" {
        if let Some(rest) = text.strip_prefix("Publishing to ") {
            cut.client(Client::Yarn);
            cut.registry(rest.split(' ').next().unwrap_or(rest));
        } else if text.starts_with("Package archive published") {
            cut.success(labeled.and_then(name_and_version));
        } else if text.starts_with("Registry already knows about version") {
            cut.skipped(text);
        } else if text.starts_with("Failed with errors") {
            cut.end();
        }
        return;
    }
    if !ERRORS.contains(&number) {
        return cut.aside(text);
    }
    let field = |label: &str| text.strip_prefix(label).map(str::trim);
    if let Some(code) = field("Response Code:") {
        if let Ok(status) = code.split(' ').next().unwrap_or_default().parse() {
            cut.status(status);
        }
    } else if let Some(method) = field("Request Method:") {
        cut.method(method);
    } else if let Some(url) = field("Request URL:") {
        cut.url(url);
    } else {
        let package = labeled.and_then(name_and_version).map(|(name, _)| name);
        cut.failure(Client::Yarn, package, &format!("YN{number}"), text);
        // `RequestError: getaddrinfo ENOTFOUND npm.acme.test`
        if let Some(code) = text.split_once("RequestError").and_then(|(_, rest)| {
            rest.split(|char: char| !(char.is_ascii_alphanumeric() || char == '_')).find(|word| is_system_code(word))
        }) {
            cut.also(code);
        }
    }
}

/// `ENOTFOUND`, `EAI_AGAIN`, `CERT_HAS_EXPIRED`
fn is_system_code(word: &str) -> bool {
    is_code(word) && (word.starts_with('E') || word.contains('_'))
}

fn classic(line: &str, cut: &mut Cutter) -> bool {
    if line.starts_with("yarn publish v") {
        cut.client(Client::YarnClassic);
        return true;
    }
    if line == "success Published." {
        cut.client(Client::YarnClassic);
        cut.success(None);
        return true;
    }
    let is_own = |text: &&str| {
        CLASSIC.iter().any(|start| text.starts_with(start)) || text.contains("is incompatible with this module")
    };
    let Some(text) = line.strip_prefix("error ").filter(is_own) else {
        if line.starts_with("error Command failed with exit code") {
            cut.echo(Client::YarnClassic, "ELIFECYCLE", line);
            return true;
        }
        return false;
    };
    cut.message(Client::YarnClassic, text);
    // `"https://registry.example/x: words"`, or `Request failed \"404 Not Found\"`.
    if let Some(url) =
        text.split_once("\"http").map(|(_, rest)| rest.split([' ', '"']).next().unwrap_or(rest).trim_end_matches(':'))
    {
        cut.url(&format!("http{url}"));
        cut.method("PUT");
    }
    // `connect ECONNREFUSED 127.0.0.1:9`, `getaddrinfo ENOTFOUND registry.example`
    let after = |label: &str| text.split_once(label)?.1.split(' ').next().filter(|word| is_system_code(word));
    if let Some(code) = ["connect ", "getaddrinfo "].into_iter().find_map(after) {
        cut.also(code);
    }
    let status = text
        .split_once("Request failed")
        .and_then(|(_, rest)| rest.split(|char: char| !char.is_ascii_digit()).find(|part| part.len() == 3));
    let worded = [("Not found\"", 404), ("Unauthorized", 401), ("Forbidden\"", 403)];
    let by_words = || worded.into_iter().find(|(words, _)| text.contains(words)).map(|(_, status)| status);
    if let Some(status) = status.and_then(|status| status.parse().ok()).or_else(by_words) {
        cut.status(status);
    }
    true
}
