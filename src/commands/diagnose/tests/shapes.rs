//! What clients, release tools and CI systems print, and what comes first in the answer: a rule, or a part of what the answer is
//! called where no rule is meant.

use super::super::answer::{Failure, answer};
use super::super::log::Log;
use super::super::render::render;
use crate::commands::cli::DiagnoseFormat as Format;

/// A log and what must come of it.
struct Shape {
    name: &'static str,
    /// The first cause of the first failure.
    first: &'static str,
    /// Rules that the text excludes.
    never: &'static [&'static str],
    text: &'static str,
}

const fn shape(name: &'static str, first: &'static str, never: &'static [&'static str], text: &'static str) -> Shape {
    Shape { name, first, never, text }
}

const SHAPES: &[Shape] = &[
    shape("npm 6", "credential-rejected", &["dependency-unavailable"], "\
npm notice package: otter-kit@1.2.0
npm ERR! code E404
npm ERR! 404 Not Found - PUT https://registry.npmjs.org/otter-kit - Not found
npm ERR! 404
npm ERR! 404  'otter-kit@1.2.0' is not in the npm registry.

npm ERR! A complete log of this run can be found in:
npm ERR!     /home/dave/.npm/_logs/2020-01-01T00_00_00_000Z-debug.log
"),
    shape("npm 11, found before the upload", "version-published", &["version-reused"], "\
npm notice Publishing to https://registry.npmjs.org/ with tag latest and default access
npm error You cannot publish over the previously published versions: 1.2.0.
"),
    shape("npm 12, words in JSON", "credential-restricted", &["two-factor-required"], "\
npm error code E403
npm error 403 403 Forbidden - PUT https://registry.npmjs.org/otter-kit - {\"code\":\"E_STAGE_REQUIRED\",\"hint\":\"npm stage publish\"}
"),
    shape("npm's version that is scanned", "version-staged", &["version-published", "version-reused"], "\
npm error code E409
npm error 409 Conflict - PUT https://registry.npmjs.org/otter-kit - Cannot publish over previously staged version \"1.2.0\".
"),
    shape("npm, lower than the highest version", "latest-moves-back", &[], "\
npm error Cannot implicitly apply the \"latest\" tag because previously published version 2.0.0 is higher than the new version 1.9.1. You must specify a tag using --tag.
"),
    shape("npm, broken into rows of any length", "version-published", &[], "\
npm error code E403
npm error 403 403 Forbidden - PUT https://registry.npmjs.org/otter-kit - You ca
nnot publish over the previously published vers
ions: 1.2.0.
"),
    shape("npm 12, the key of an .npmrc", "setting-unknown", &["option-unknown"], "\
npm error code EUNKNOWNCONFIG
npm error Unknown npm configuration key:
npm error   - project config \"shamefully-hoist\" from /home/dave/otter/.npmrc
npm error See `npm help npmrc` for supported config options.
"),
    shape("npm 12, an option and its value in one word", "option-unknown", &["setting-unknown"], "\
npm error code EUNKNOWNCONFIG
npm error Unknown cli flag:
npm error   - --registry https://registry.npmjs.org/
npm error Run `npm help config` for supported options.
"),
    shape("npm 12 ends without a word", "option-unknown", &[], "\
$ npm publish --acces public
##[error]Process completed with exit code 1.
"),
    shape("npm is silent", "npm printed nothing", &["option-unknown"], "\
##[group]Run npm publish --tag next
##[endgroup]
Error: Process completed with exit code 1.
"),
    shape("the debug log of npm 12", "option-unknown", &[], "\
0 verbose cli /usr/bin/node /usr/bin/npm
1 info using npm@12.2.2
2 verbose title npm publish
3 verbose stack Error: Invalid abbreviated flag \"--acces\". Did you mean \"--access\"?
4 error Invalid abbreviated flag \"--acces\". Did you mean \"--access\"?
"),
    shape("an identity that may not be asked for", "trusted-publisher", &["registry-mismatch"], "\
npm silly oidc Skipped because incorrect permissions for id-token within GitHub workflow
npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
"),
    shape("an identity of a refused event", "trusted-publisher", &["credential-missing"], "\
npm verbose oidc Failed token exchange request with body message: OIDC token exchange error - event pull_request_target is not supported
npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
"),
    shape("an identity that may only stage", "trusted-publisher", &["not-a-maintainer", "version-published"], "\
npm http fetch POST 201 https://registry.npmjs.org/-/npm/v1/oidc/token/exchange/package/otter-kit 300ms
npm verbose oidc Successfully retrieved and set token
npm notice Publishing to https://registry.npmjs.org/ with tag latest and default access
npm error code E403
npm error 403 403 Forbidden - PUT https://registry.npmjs.org/otter-kit
"),
    shape("an identity, and a version that exists", "version-published", &["trusted-publisher"], "\
npm verbose oidc Successfully retrieved and set token
npm error code E403
npm error 403 403 Forbidden - PUT https://registry.npmjs.org/otter-kit - You cannot publish over the previously published versions: 1.2.0.
"),
    shape("provenance was signed, and the upload is not found", "trusted-publisher", &[], "\
npm notice publish Signed provenance statement with source and build information from GitHub Actions
npm notice publish Provenance statement published to transparency log: https://search.sigstore.dev/?logIndex=1
npm error code E404
npm error 404 Not Found - PUT https://registry.npmjs.org/otter-kit - Not found
"),
    shape("provenance from a runner of one's own", "provenance-impossible", &["provenance-repository"], "\
npm error code E422
npm error 422 Unprocessable Entity - PUT https://registry.npmjs.org/otter-kit - Error verifying sigstore provenance bundle: Unsupported GitHub Actions runner environment: \"self-hosted\". Only \"github-hosted\" runners are supported when publishing with provenance.
"),
    shape("provenance without the permission", "provenance-impossible", &["publish-target"], "\
npm error code EUSAGE
npm error Provenance generation in GitHub Actions requires \"write\" access to the \"id-token\" permission
"),
    shape("pnpm 10", "git-branch", &[], "\
 ERR_PNPM_GIT_UNKNOWN_BRANCH  The Git HEAD may not attached to any branch, but your \"publish-branch\" is set to \"master|main\".
"),
    shape("pnpm 12", "name-taken", &["scope-not-yours"], "\
Error: ERR_PNPM_FAILED_TO_PUBLISH

  \u{d7} Failed to publish package otter-kit@1.2.0 (status 403 Forbidden):
  \u{2502} {\"error\":\"You do not have permission to publish \\\"otter-kit\\\". Are
  \u{2502} you logged in as the correct user?\"}
"),
    shape("pnpm 12, on one line", "credential-rejected", &["dependency-unavailable"], "\
[ERR_PNPM_FAILED_TO_PUBLISH] Failed to publish package otter-kit@1.2.0 (status 404 Not Found): {\"error\":\"Not found\"}
"),
    shape("pnpm -r in a folder", "prerelease-without-tag", &[], "\
packages/core publish: npm error You must specify a tag using --tag when publishing a prerelease version.
packages/core publish: Failed
 ELIFECYCLE  Command failed with exit code 1.
"),
    shape("pnpm 11 finds no credential of the project", "credential-unset-variable", &[], "\
 WARN  Ignored project-level auth setting \"//registry.npmjs.org/:_authToken\": environment variables are not expanded in repository-controlled registry credentials
 WARN  Failed to replace env in config: ${NPM_TOKEN}
[E404] 404 Not Found - PUT https://registry.npmjs.org/otter-kit - Not found
"),
    shape("Yarn 4, refused", "credential-rejected", &["version-published"], "\
\u{27a4} YN0000: Publishing to https://registry.yarnpkg.com with tag latest
\u{27a4} YN0041: Invalid authentication (attempted as dave)
\u{27a4} YN0000: Failed with errors in 0s 300ms
"),
    shape("Yarn 4, foreach", "access-missing", &[], "\
[@acme/core]: \u{27a4} YN0000: Publishing to https://registry.yarnpkg.com with tag latest
[@acme/core]: \u{27a4} YN0035: You must sign up for private packages
[@acme/core]: \u{27a4} YN0035:   Response Code: 402 (Payment Required)
[@acme/core]: \u{27a4} YN0035:   Request Method: PUT
[@acme/core]: \u{27a4} YN0035:   Request URL: https://registry.yarnpkg.com/@acme%2fcore
"),
    shape("Yarn 4, a variable", "setting-unknown", &[], "\
Usage Error: Environment variable not found (NPM_TOKEN) in /home/dave/otter/.yarnrc.yml (in /home/dave/otter/.yarnrc.yml)
"),
    shape("Yarn 4, private", "private-package", &[], "Usage Error: Private workspaces cannot be published\n"),
    shape("Yarn 1", "version-published", &[], "\
yarn publish v1.22.22
[4/4] Publishing...
error Couldn't publish package: \"https://registry.yarnpkg.com/otter-kit: You cannot publish over the previously published versions: 1.2.0.\"
info Visit https://yarnpkg.com/en/docs/cli/publish for documentation about this command.
"),
    shape("Bun, refused", "name-too-similar", &[], "\
bun publish v1.3.1 (89fa0f34)

403 Forbidden: https://registry.npmjs.org/otterkit
 - Package name too similar to existing package otter-kit; try renaming your package
"),
    shape("Bun, without an answer in words", "credential-rejected", &["trusted-publisher"], "\
bun publish v1.4.5 (89fa0f34)

404 Not Found: https://registry.npmjs.org/otter-kit
"),
    shape("lerna, a dirty tree", "git-not-clean", &[], "\
lerna ERR! EUNCOMMIT Working tree has uncommitted changes, please commit or remove the following changes before continuing:
lerna ERR! EUNCOMMIT  M package.json
"),
    shape("lerna, not logged in", "credential-missing", &[], "\
lerna info publish Publishing packages to npm...
lerna ERR! ENEEDAUTH You must be logged in to publish packages. Use `npm login` and try again.
"),
    shape("lerna, an identity that nobody trusts", "trusted-publisher", &["credential-missing"], "\
lerna http fetch POST 404 https://registry.npmjs.org/-/npm/v1/oidc/token/exchange/package/otter-kit 300ms
lerna verb oidc Failed token exchange request with body message: package not found
lerna ERR! ENEEDAUTH You must be logged in to publish packages. Use `npm login` and try again.
"),
    shape("lerna, an exchange that only the request tells of", "trusted-publisher", &["credential-missing"], "\
lerna http fetch POST 404 https://registry.npmjs.org/-/npm/v1/oidc/token/exchange/package/otter-kit 300ms
lerna ERR! ENEEDAUTH You must be logged in to publish packages. Use `npm login` and try again.
"),
    shape("changesets 2 below pnpm", "two-factor-required", &[], "\
\u{1f98b}  info Publishing \"otter-kit\" at \"1.2.0\"
\u{1f98b}  error an error occurred while publishing otter-kit: EOTP This operation requires a one-time password from your authenticator.
\u{1f98b}  error You can provide a one-time password by passing --otp=<code> to the command you ran.
\u{1f98b}  error packages failed to publish:
\u{1f98b}  otter-kit@1.2.0
"),
    shape("changesets 2, a new package", "credential-rejected", &["not-a-maintainer"], "\
\u{1f98b}  warn Received 404 for npm info \"@acme/fresh\"
\u{1f98b}  info Publishing \"@acme/fresh\" at \"1.0.0\"
\u{1f98b}  error an error occurred while publishing @acme/fresh: E404 Not Found - PUT https://registry.npmjs.org/@acme%2ffresh - Not found
"),
    shape("nx release", "version-published", &[], "\
> nx run core:nx-release-publish

npm publish error:
403 Forbidden - PUT https://registry.npmjs.org/otter-kit - You cannot publish over the previously published versions: 1.2.0.
In most cases, you or one of your dependencies are requesting
a package version that is forbidden by your security policy, or
on a server you do not have access to.
"),
    shape("semantic-release without a token, and an identity that is not trusted", "trusted-publisher", &["credential-rejected"], "\
[10:00:00 AM] [semantic-release] [@semantic-release/npm] \u{203a} \u{2139}  Verifying OIDC context for publishing from GitHub Actions
[10:00:01 AM] [semantic-release] [@semantic-release/npm] \u{203a} \u{2139}  OIDC token exchange with the npm registry failed: 404 OIDC token exchange error - package not found
[10:00:01 AM] [semantic-release] \u{203a} \u{2718}  ENONPMTOKEN No npm token specified.
An npm token must be created and set in the NPM_TOKEN environment variable on your CI environment.
"),
    shape("semantic-release that quotes npm", "two-factor-required", &[], "\
[semantic-release] \u{203a} \u{2718}  An error occurred while running semantic-release: ExecaError: Command failed with exit code 1: npm publish /home/dave/otter --tag latest
  stderr: 'npm error code EOTP\\nnpm error This operation requires a one-time password from your authenticator.\\nnpm error it, or it timed out. Please try again.',
"),
    shape("release-it", "not-a-maintainer", &[], "ERROR User dave is not a collaborator for otter-kit.\n"),
    shape("release-it that quotes npm", "credential-missing", &[], "\
ERROR npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
"),
    shape("np", "git-behind", &[], "\u{2716} Remote history differs. Please pull changes.\n"),
    shape("a script that fails", "a script failed", &[], "\
> otter-kit@1.2.0 prepublishOnly
> tsc -p .

src/index.ts(1,1): error TS2304: Cannot find name 'otter'.
npm error code 2
npm error path /home/dave/otter
npm error command failed
npm error command sh -c tsc -p .
"),
    shape("npm 6's script", "a script failed", &[], "\
npm ERR! code ELIFECYCLE
npm ERR! errno 1
npm ERR! otter-kit@1.2.0 prepublishOnly: `npm run build`
npm ERR! Exit status 1
"),
    shape("Verdaccio", "version-published", &["version-staged", "version-reused"], "\
npm error code E409
npm error 409 Conflict - PUT http://localhost:4873/otter-kit - this package is already present
"),
    shape("Verdaccio takes no provenance", "the registry does not support provenance", &["name-invalid"], "\
npm error code E400
npm error 400 Bad Request - PUT http://localhost:4873/otter-kit - unsupported registry call
"),
    shape("GitHub Packages, another owner", "scope-not-yours", &["name-too-similar"], "\
npm ERR! code E403
npm ERR! 403 403 Forbidden - PUT https://npm.pkg.github.com/@acme%2fcore - Permission not_found: owner not found
"),
    shape("GitLab, the version exists", "version-published", &["version-reused"], "\
npm ERR! code E403
npm ERR! 403 403 Forbidden - PUT https://gitlab.example.com/api/v4/projects/42/packages/npm/@acme%2fcore - Package already exists.
"),
    shape("a gateway", "the registry failed", &["version-published"], "\
npm ERR! code E502
npm ERR! 502 Bad Gateway - PUT https://registry.npmjs.org/otter-kit
"),
    shape("the network", "registry-unreachable", &["version-published"], "\
npm error code ECONNRESET
npm error network request to https://registry.npmjs.org/otter-kit failed, reason: Client network socket disconnected
"),
    shape("turbo", "credential-missing", &[], "\
@acme/core:release: npm notice Publishing to https://registry.npmjs.org/ with tag latest and default access
@acme/core:release: npm error code ENEEDAUTH
@acme/core:release: npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
@acme/core:release:  ELIFECYCLE  Command failed with exit code 1.
@acme/core:release: ERROR: command finished with error: command (/home/dave/packages/core) pnpm run release exited (1)
"),
    shape("a registry that the CI system hides", "credential-rejected", &["dependency-unavailable"], "\
npm error code E404
npm error 404 Not Found - PUT ***/otter-kit - Not found
npm error 404  The requested resource 'otter-kit@1.2.0' could not be found or you do not have permission to access it.
"),
    shape("npm 12, before it has a configuration", "option-unknown", &[], "\
Exit prior to config file resolving
cause
Invalid abbreviated flag \"--acces\". Did you mean \"--access\"?
"),
    shape("pnpm 12, nobody is trusted", "trusted-publisher", &["credential-rejected"], "\
[WARN] Skipped OIDC: ERR_PNPM_AUTH_TOKEN_EXCHANGE: Failed token exchange request with body message: Unknown error (status code 404)
\u{1f4e6} otter-kit@1.2.0 \u{2192} https://registry.npmjs.org/

Error: ERR_PNPM_FAILED_TO_PUBLISH

  \u{d7} Failed to publish package otter-kit@1.2.0 (status 404 Not Found):
  \u{2502} {\"error\":\"Not found\"}
"),
    shape("pnpm 11 leaves out a credential", "credential-unset-variable", &["trusted-publisher"], "\
\u{1f4e6} otter-kit@1.2.0 \u{2192} https://registry.npmjs.org/
[E404] 404 Not Found - PUT https://registry.npmjs.org/otter-kit - Not found

pnpm: 404 Not Found - PUT https://registry.npmjs.org/otter-kit - Not found
    at file:///opt/pnpm/dist/pnpm.mjs:340438:17

[WARN] Ignored project-level auth setting \"//registry.npmjs.org/:_authToken\" in \"/home/dave/otter/.npmrc\": environment variables are not expanded in registry credentials that come from a project .npmrc
"),
    shape("Yarn 4, an option of npm", "option-unknown", &[], "\
Unknown Syntax Error: Unsupported option name (\"--registry\").

$ yarn npm publish [--access #0] [--tag #0] [--tolerate-republish] [--otp #0]
"),
    shape("Yarn 1, hidden", "credential-rejected", &["trusted-publisher"], "\
yarn publish v1.22.22
error Couldn't publish package: \"https://registry.yarnpkg.com/otter-kit: Not found\"
"),
    shape("Artifactory, the version exists", "version-published", &["name-too-similar"], "\
npm error code E403
npm error 403 403 Forbidden - PUT https://acme.jfrog.io/artifactory/api/npm/npm-local/otter-kit - Not enough permissions to overwrite artifact 'npm-local:otter-kit/-/otter-kit-1.2.0.tgz' (user 'dave' needs DELETE permission).
"),
    shape("GitLab, without words", "credential-restricted", &["name-too-similar", "two-factor-required"], "\
npm error code E403
npm error 403 403 Forbidden - PUT https://gitlab.example.com/api/v4/projects/42/packages/npm/@acme%2fcore
"),
    shape("an install before the publish", "the install failed", &["publish-target"], "\
$ npm ci
npm error code E404
npm error 404 Not Found - GET https://registry.npmjs.org/@acme%2fshared - Not found
npm error 404
npm error 404  '@acme/shared@^2.0.0' is not in this registry.
"),
    shape("a look at the registry alone", "the request only checked whether the version is published", &["credential-rejected"], "\
$ npm view otter-kit@9.9.9 version
npm error code E404
npm error 404 No match found for version 9.9.9
npm error 404
npm error 404  The requested resource 'otter-kit@9.9.9' could not be found or you do not have permission to access it.
"),
    shape("GitHub Packages, no token that it knows", "credential-unset-variable", &["credential-missing"], "\
$ npm publish
npm error code E401
npm error 401 Unauthorized - PUT https://npm.pkg.github.com/@acme%2fcore - authentication token not provided
"),
    shape("Artifact Registry, no token that it knows", "credential-rejected", &["credential-missing"], "\
npm error code E401
npm error 401 Unauthorized - PUT https://europe-npm.pkg.dev/acme/npm/@acme%2fcore - Unauthenticated request. Unauthenticated requests do not have permission
"),
    shape("Artifactory, no right to overwrite", "version-published", &["not-a-maintainer"], "\
npm error code E403
npm error 403 403 Forbidden - PUT https://acme.jfrog.io/artifactory/api/npm/npm-local/otter-kit - Not enough permissions to delete/overwrite artifact 'npm-local:otter-kit/-/otter-kit-1.2.0.tgz' (user: 'ci' needs DELETE permission).
"),
    shape("an address that the token does not allow", "credential-restricted", &["version-published"], "\
npm error code E403
npm error 403 403 Forbidden - PUT https://registry.npmjs.org/otter-kit - This token cannot be used from your IP address.
"),
    shape("nx release, a one-time password", "two-factor-required", &[], "\
npm publish error:
This operation requires a one-time password from your authenticator.
You can provide a one-time password by passing --otp=<code> to the command you ran.
"),
    shape("Yarn, no such host", "registry-unreachable", &[], "\
\u{27a4} YN0000: package.json
\u{27a4} YN0001: RequestError: getaddrinfo ENOTFOUND npm.acme.test
    at ClientRequest.<anonymous> (yarn-4.5.0.cjs:190:14340)
\u{27a4} YN0000: Failed with errors in 0s 381ms
"),
    shape("Bun, a one-time password", "two-factor-required", &[], "\
bun publish v1.4.5
error: This operation requires a one-time password.
"),
    shape("Bun, nothing answers", "registry-unreachable", &[], "\
bun publish v1.4.5
error: ConnectionRefused publishing otter-kit
"),
    shape("np, the version is there", "version-published", &[], "\
\u{2716} Version `1.2.0` already exists
"),
    shape("semantic-release, git", "the release tool may not push to the git repository", &[], "\
[10:11:15 AM] [semantic-release] \u{203a} \u{2718}  EGITNOPERMISSION Cannot push to the Git repository.
"),
    shape("semantic-release, GitHub after npm", "a step after the publish failed", &["not-a-maintainer"], "\
npm notice \u{1f4e6}  otter-kit@1.2.0
npm notice Publishing to https://registry.npmjs.org/ with tag latest and default access
+ otter-kit@1.2.0
[10:11:18 AM] [semantic-release] \u{203a} \u{2718}  Failed step \"publish\" of plugin \"@semantic-release/github\"
[10:11:18 AM] [semantic-release] \u{203a} \u{2718}  An error occurred while running semantic-release: RequestError [HttpError]: Resource not accessible by integration
"),
    shape("lerna-lite, nobody is trusted", "trusted-publisher", &["credential-rejected"], "\
lerna-lite ERR! EOIDC Failed token exchange: OIDC token exchange error - package not found
lerna-lite ERR! E404 Not found
"),
    shape("Buildkite's times", "private-package", &[], "\
\u{1b}_bk;t=1732097472123\u{7}npm error code EPRIVATE
\u{1b}_bk;t=1732097472123\u{7}npm error This package has been marked as private
"),
    shape("a variable that pnpm does not find, and npm below it", "credential-unset-variable", &["credential-missing"], "\
 WARN  Failed to replace env in config: ${NPM_TOKEN}
npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
"),
    shape("a secret that is empty", "credential-unset-variable", &["credential-missing"], "\
##[group]Run npm publish
env:
  NODE_AUTH_TOKEN:
##[endgroup]
npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
"),
    shape("setup-node without a token", "credential-unset-variable", &["credential-rejected"], "\
env:
  NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX
npm error code E404
npm error 404 Not Found - PUT https://registry.npmjs.org/otter-kit - Not found
"),
    shape("a token in the step that publishes", "credential-rejected", &[], "\
##[group]Run npm ci
env:
  NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX
##[group]Run npm publish
env:
  NODE_AUTH_TOKEN: ***
npm error code E404
npm error 404 Not Found - PUT https://registry.npmjs.org/otter-kit - Not found
"),
    shape("an identity's token that may not publish", "trusted-publisher", &["credential-restricted"], "\
npm verbose oidc Successfully retrieved and set token
npm error code E403
npm error 403 403 Forbidden - PUT https://registry.npmjs.org/otter-kit - You may not perform that action with these credentials.
"),
    shape("a registry that fails to exchange an identity", "the registry failed", &["trusted-publisher"], "\
npm http fetch POST 500 https://registry.npmjs.org/-/npm/v1/oidc/token/exchange/package/otter-kit 121ms
npm verbose oidc Failed token exchange request with body message: Unknown error
npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
"),
    shape("a CI system that fails to give an identity", "the CI system failed", &["trusted-publisher"], "\
npm verbose oidc Failed to fetch id_token from GitHub: received an invalid response
npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmjs.org/
"),
    shape("Yarn 4, an exchange that is refused", "trusted-publisher", &["credential-rejected"], "\
\u{27a4} YN0035: package not found
\u{27a4} YN0035:   Response Code: 404 (Not Found)
\u{27a4} YN0035:   Request Method: POST
\u{27a4} YN0035:   Request URL: https://registry.npmjs.org/-/npm/v1/oidc/token/exchange/package/otter-kit
"),
    shape("npm's registry, a hard link", "archive-refused", &["registry-read-only"], "\
npm error code E415
npm error 415 Unsupported Media Type - PUT https://registry.npmjs.org/otter-kit - Hard link is not allowed
"),
    shape("Bun, a hard link", "archive-refused", &["registry-read-only"], "\
bun publish v1.4.5
415 Unsupported Media Type: https://registry.npmjs.org/otter-kit
 - Hard link is not allowed
"),
    shape("a mirror that takes nothing", "registry-read-only", &[], "\
npm error code E405
npm error 405 Method Not Allowed - PUT https://registry.npmmirror.com/otter-kit
"),
    shape("an unpublish", "the registry refused to change or to remove a package", &["registry-read-only"], "\
$ npm unpublish otter-kit@1.2.0
npm error code E405
npm error 405 Method Not Allowed - PUT https://registry.npmjs.org/otter-kit/-rev/5-abc - no
"),
    shape("an audit", "the registry has no audit", &["credential-rejected"], "\
npm error code E404
npm error 404 Not Found - POST https://npm.acme.test/repository/npm/-/npm/v1/security/audits/quick
"),
    shape("npm without `npm stage`", "publish-target", &[], "\
npm error code EUNKNOWNCOMMAND
npm error Unknown command: \"stage\"
"),
    shape("npm without another command", "this npm does not have the command", &["publish-target"], "\
Unknown command: \"trust\"

To see a list of supported npm commands, run:
  npm help
"),
    shape("npm that ends in the middle", "npm stopped because of a bug in npm", &["publish-target"], "\
npm error Exit handler never called!
npm error This is an error with npm itself. Please report this error at:
npm error   <https://github.com/npm/cli/issues>
"),
    shape("npm 6 that ends in the middle", "npm stopped because of a bug in npm", &["publish-target"], "\
npm ERR! cb() never called!

npm ERR! This is an error with npm itself. Please report this error at:
npm ERR!     <https://npm.community>
"),
    shape("a mirror that nobody can log in to", "registry-read-only", &["credential-missing", "trusted-publisher"], "\
npm error code ENEEDAUTH
npm error need auth This command requires you to be logged in to https://registry.npmmirror.com/
"),
    shape("Nexus, a group", "registry-read-only", &[], "\
npm error code E400
npm error 400 Bad Request - PUT https://nexus.acme.test/repository/npm-group/otter-kit - bad request
"),
    shape("GitLab, the address of a group", "registry-read-only", &["credential-rejected"], "\
npm error code E404
npm error 404 Not Found - PUT https://gitlab.acme.test/api/v4/groups/7/-/packages/npm/@acme%2fcore
"),
    shape("GitHub Packages, a name without a scope", "name-invalid", &["credential-rejected", "name-too-similar"], "\
npm error code E404
npm error 404 Not Found - PUT https://npm.pkg.github.com/otter-kit - The expected resource was not found.
"),
    shape("Verdaccio, an uplink", "a registry behind this one does not answer", &[], "\
npm error code E503
npm error 503 Service Unavailable - PUT http://verdaccio.acme.test:4873/otter-kit - one of the uplinks is down, refuse to publish
"),
    shape("Artifactory, a repository that is not there", "registry-mismatch", &[], "\
npm error code E404
npm error 404 Not Found - PUT https://acme.jfrog.io/artifactory/api/npm/npm-locl/otter-kit
"),
    shape("Artifactory, a virtual repository", "registry-read-only", &["access-invalid"], "\
npm error code E400
npm error 400 Bad Request - PUT https://acme.jfrog.io/artifactory/api/npm/npm/otter-kit - there is no default deployment repository for npm
"),
    shape("a registry that takes no second upload", "version-published", &["name-too-similar"], "\
npm error code E403
npm error 403 403 Forbidden - PUT https://npm.acme.test/otter-kit - user may not override otter-kit-1.2.0.tgz
"),
    shape("a registry that remembers a deleted version", "version-reused", &[], "\
npm error code E409
npm error 409 Conflict - PUT https://npm.acme.test/otter-kit - version 1.2.0 has been deleted
"),
    shape("a registry that requires payment", "the registry requires payment", &["access-invalid"], "\
npm error code E402
npm error 402 Payment Required - PUT https://npm.cloudsmith.io/acme/libs/otter-kit - storage quota
"),
    shape("GitHub Packages, too large", "the package is too large", &["access-invalid"], "\
npm error code E400
npm error 400 Bad Request - PUT https://npm.pkg.github.com/@acme%2fcore - version exceeds the maximum size
"),
    shape("a cache of root's", "npm is not allowed to write to its cache", &[], "\
npm ERR! code EACCES
npm ERR! path /.npm
npm ERR! Your cache folder contains root-owned files, due to a bug in
npm ERR! previous versions of npm which has since been addressed.
"),
    shape("Windows, a file in use", "a file is in use", &[], "\
npm error code EPERM
npm error path C:\\work\\otter\\node_modules\\.x
npm error Error: EPERM: operation not permitted, rename 'C:\\work\\otter\\node_modules\\.x'
"),
    shape("npm version, a dirty tree", "git-not-clean", &[], "npm ERR! Git working directory not clean.\nnpm ERR! M package.json\n"),
    shape("npm version, a tag that is there", "the version's git tag already exists", &[], "\
npm error code 128
npm error command failed
npm error command git tag -m 1.0.1 v1.0.1
npm error fatal: tag 'v1.0.1' already exists
"),
    shape("lerna without git", "there is no git repository", &[], "\
lerna ERR! lerna fatal: not a git repository (or any of the parent directories): .git
"),
    shape("lerna, a branch that is not pushed", "git-branch", &[], "\
lerna ERR! ENOREMOTEBRANCH Branch 'release/x' doesn't exist in remote 'origin'.
"),
    shape("corepack", "package.json requires another package manager", &[], "\
Usage Error: This project is configured to use pnpm because /builds/otter/package.json has a \"packageManager\" field
"),
    shape("Yarn 1, another Node.js", "a package does not support this machine", &[], "\
error otter-kit@1.2.0: The engine \"node\" is incompatible with this module. Expected version \">=20\". Got \"18.20.4\"
error Found incompatible module.
"),
    shape("a deprecation", "the registry refused to change or to remove a package", &["provenance-repository"], "\
$ npm deprecate otter-kit@1 \"old\"
npm error code E422
npm error 422 Unprocessable Entity - PUT https://registry.npmjs.org/otter-kit
"),
    shape("a login", "the login failed", &["credential-unset-variable"], "\
$ npm login
npm error code E401
npm error 401 Unauthorized - PUT https://registry.npmjs.org/-/user/org.couchdb.user:dave - no
"),
    shape("provenance that cannot be verified", "the registry could not verify the signature", &["provenance-repository"], "\
npm error code E422
npm error 422 Unprocessable Entity - PUT https://registry.npmjs.org/otter-kit - Error verifying sigstore provenance bundle: no inclusion proof in Rekor
"),
];

fn first(text: &str) -> Option<Failure> {
    answer("the input".to_owned(), &Log::read(text)).failures.into_iter().next()
}

/// The id of the rule, or what it is called.
fn name(failure: &Failure) -> String {
    let cause = failure.causes.first();
    cause.map_or_else(String::new, |cause| cause.rule.map_or_else(|| cause.title.clone(), |rule| rule.id.to_owned()))
}

fn named(failure: &Failure) -> Vec<&'static str> {
    failure
        .causes
        .iter()
        .filter_map(|cause| cause.rule)
        .chain(failure.others.iter().copied())
        .map(|rule| rule.id)
        .collect()
}

#[test]
fn each_clients_output_leads_to_its_cause_only() {
    let mut wrong = Vec::new();
    for Shape { name: of, first: wanted, never, text } in SHAPES {
        let Some(failure) = first(text) else {
            wrong.push(format!("{of}: nothing found"));
            continue;
        };
        if !name(&failure).starts_with(wanted) {
            wrong.push(format!("{of}: {} instead of {wanted}", name(&failure)));
        }
        wrong
            .extend(named(&failure).iter().filter(|id| never.contains(id)).map(|id| format!("{of}: {id} is excluded")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_line_prefixes_of_ci_systems_change_no_cause() {
    let decorations: [fn(&str) -> String; 10] = [
        |line| format!("2026-08-14T17:32:21.8215801Z {line}"),
        |line| format!("release\tPublish\t2026-08-14T17:32:21.8215801Z {line}"),
        |line| format!("[2026-08-14T17:32:21.821Z] {line}"),
        |line| format!("17:32:21 {line}"),
        |line| format!("\u{1b}[31m{line}\u{1b}[0m"),
        |line| format!("{line}\r"),
        |line| format!("#12 3.456 {line}"),
        |line| format!("00:01 {line}"),
        |line| format!("@acme/otter:release: {line}"),
        |line| format!("packages/otter release: {line}"),
    ];
    let mut wrong = Vec::new();
    for Shape { name: of, first: wanted, text, .. } in SHAPES {
        // A task runner puts its label before a line, and not before the rows into which a mail breaks it.
        let fitting = if of.contains("broken") { 8 } else { decorations.len() };
        for (number, decorate) in decorations.iter().take(fitting).enumerate() {
            let text: Vec<String> = text.lines().map(decorate).collect();
            let found = first(&text.join("\n")).map(|failure| name(&failure)).unwrap_or_default();
            if !found.starts_with(wanted) {
                wrong.push(format!("{of}, {number}: {found} instead of {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_width_of_the_terminal_changes_no_cause() {
    let decorations: [fn(&str) -> String; 3] = [
        ToOwned::to_owned,
        |line| format!("2026-08-14T17:32:21.8215801Z {line}"),
        |line| format!("@acme/otter:release: {line}"),
    ];
    let mut wrong = Vec::new();
    for Shape { name: of, first: wanted, text, .. } in SHAPES {
        for width in [72, 80, 100, 120, 132, 160] {
            let fitting = if of.contains("broken") { 2 } else { decorations.len() };
            for (number, decorate) in decorations.iter().take(fitting).enumerate() {
                let rows: Vec<_> = text.lines().flat_map(|line| wrapped(&decorate(line), width)).collect();
                let found = first(&rows.join("\n")).map(|failure| name(&failure)).unwrap_or_default();
                if !found.starts_with(wanted) {
                    wrong.push(format!("{of}, {width} columns, {number}: {found} instead of {wanted}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The line after a client's last one is whoever's that ran it, however wide the client's was.
#[test]
fn the_line_after_the_longest_one_is_not_joined_to_it() {
    for next in
        ["make: *** [publish] Error 1", "Cleaning up project directory and file based variables", "[Pipeline] }"]
    {
        let text = format!(
            "npm error code E402\nnpm error 402 Payment Required - PUT https://registry.npmjs.org/@acme%2fcore\n{next}\n"
        );
        let failure = first(&text).unwrap();
        assert_eq!(failure.attempt().known_name().as_deref(), Some("@acme/core"), "{next}");
    }
}

/// The rows that a window of this width shows of a line; at least one.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let chars: Vec<char> = line.chars().collect();
    let rows = chars.chunks(width).map(|row| row.iter().collect());
    if chars.is_empty() { vec![String::new()] } else { rows.collect() }
}

#[test]
fn every_format_shows_the_first_cause() {
    for Shape { name: of, text, .. } in SHAPES {
        let answer = answer("the input".to_owned(), &Log::read(text));
        let wanted = name(&answer.failures[0]);
        for format in [Format::Text, Format::Json, Format::Markdown] {
            let output = render(&answer, format);
            assert!(output.contains(&wanted), "{of}: {output}");
        }
        let json = serde_json::from_str::<serde_json::Value>(&render(&answer, Format::Json)).unwrap();
        assert_eq!(json["failures"].as_array().map(Vec::len), Some(answer.failures.len()), "{of}");
    }
}
