//! Every code that npm's publish can end with has an answer.

use super::super::answer::answer;
use super::super::log::Log;

/// What npm 12.2.2 throws between the command line and the last script of a publish: lib/commands/publish.js, lib/base-cmd.js,
/// lib/npm.js, lib/utils/error-message.js, and @npmcli/config, @npmcli/git, @npmcli/map-workspaces, @npmcli/package-json,
/// @npmcli/run-script, libnpmpack, libnpmpublish, make-fetch-happen, minipass-fetch, npm-package-arg, npm-pick-manifest,
/// npm-registry-fetch, pacote, sigstore and ssri below it.
const CODES: &[&str] = &[
    // The command line and the configuration.
    "EUSAGE",
    "EUNKNOWNCOMMAND",
    "EUNKNOWNCONFIG",
    "ENPMEXTENSIONCONFIG",
    "ENPMEXTENSIONPATH",
    "ENPMEXTENSIONRETURN",
    "ENPMEXTENSIONSHAPE",
    "ENPMEXTENSIONTHROW",
    "ERR_INVALID_AUTH",
    "ERR_INVALID_URL",
    "EDUPLICATEWORKSPACE",
    "EWORKSPACESCONFIG",
    "EWORKSPACESINVALID",
    "EMAPWORKSPACESPKG",
    "EMAPWORKSPACESLOCKFILE",
    "ENOWORKSPACES",
    "EBADDEVENGINES",
    // package.json, and what is packed.
    "ENOENT",
    "ENOTDIR",
    "EJSONPARSE",
    "EPRIVATE",
    "EPACKAGEEXTENSIONS",
    "EBUNDLEOVERRIDE",
    "EUNSCOPED",
    "EBADSEMVER",
    "ESCRIPTSINVALID",
    "EOVERRIDE",
    "EINVALIDPACKAGENAME",
    "EINVALIDTAGNAME",
    "EUNSUPPORTEDPROTOCOL",
    "EPATCHFAILED",
    "EEXTENSIONVALUE",
    "127",
    "1",
    // A target that is fetched.
    "EALLOWGIT",
    "EALLOWREMOTE",
    "EALLOWFILE",
    "EALLOWDIRECTORY",
    "ENOGIT",
    "ETARGET",
    "ENOVERSIONS",
    "EINTEGRITY",
    "EBADSIZE",
    "ENOTCACHED",
    "EATTESTATIONVERIFY",
    "EATTESTATIONSUBJECT",
    "EINTEGRITYSIGNATURE",
    "EMISSINGSIGNATUREKEY",
    "EEXPIREDSIGNATUREKEY",
    "EMANIFESTMISMATCH",
    "EBADENGINE",
    "EBADPLATFORM",
    // Provenance.
    "IDENTITY_TOKEN_READ_ERROR",
    "IDENTITY_TOKEN_PARSE_ERROR",
    "CA_CREATE_SIGNING_CERTIFICATE_ERROR",
    "TLOG_CREATE_ENTRY_ERROR",
    "TLOG_FETCH_ENTRY_ERROR",
    "TSA_CREATE_TIMESTAMP_ERROR",
    "TUF_FIND_TARGET_ERROR",
    // The registry.
    "ENEEDAUTH",
    "EOTP",
    "EAUTHIP",
    "E400",
    "E401",
    "E402",
    "E403",
    "E404",
    "E405",
    "E406",
    "E407",
    "E409",
    "E410",
    "E411",
    "E413",
    "E415",
    "E422",
    "E426",
    "E429",
    "E451",
    "E500",
    "E502",
    "E503",
    "E504",
    "E522",
    "EPUBLISHCONFLICT",
    // The network and the machine.
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EAI_FAIL",
    "ETIMEDOUT",
    "ERR_SOCKET_TIMEOUT",
    "EIDLETIMEOUT",
    "ERESPONSETIMEOUT",
    "ECONNECTIONTIMEOUT",
    "ETRANSFERTIMEOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EPIPE",
    "EPROTO",
    "EMAXREDIRECT",
    "EINVALIDREDIRECT",
    "ENOREDIRECT",
    "FETCH_ERROR",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CERT_HAS_EXPIRED",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "EACCES",
    "EPERM",
    "EROFS",
    "ENOSPC",
    "EEXIST",
    "EISDIR",
    "EBUSY",
    "EMFILE",
    "ENOTEMPTY",
    "EMISSINGARG",
    "EINVALIDTYPE",
];

#[test]
fn every_npm_publish_error_code_has_an_explanation() {
    let is_unanswered = |code: &&&str| {
        let text = format!("npm error code {code}\nnpm error it is what it is, and command failed\n");
        let answer = answer("the input".to_owned(), &Log::read(&text));
        let failure = answer.failures.first();
        failure.is_none_or(|failure| failure.causes.is_empty() && failure.others.is_empty())
    };
    let unanswered: Vec<_> = CODES.iter().filter(is_unanswered).collect();
    assert!(unanswered.is_empty(), "{unanswered:?}");
}

#[test]
fn a_client_error_code_is_explained_without_a_message() {
    let with_words = ["127", "1"];
    for code in CODES.iter().filter(|code| !with_words.contains(code)) {
        let answer = answer("the input".to_owned(), &Log::read(&format!("npm error code {code}\n")));
        let failure = &answer.failures[0];
        assert!(!failure.causes.is_empty() || !failure.others.is_empty(), "{code}");
    }
}
