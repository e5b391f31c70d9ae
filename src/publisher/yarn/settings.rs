//! The settings that Yarn 4.18.1 knows, with those of the plugins that come with it (`yarn config --json`): it fails on every
//! other one (@yarnpkg/core sources/Configuration.ts `use`).

/// Sorted.
#[rustfmt::skip]
pub(super) const KNOWN: [&str; 106] = [
    "approvedGitRepositories", "cacheFolder", "cacheMigrationMode", "catalog", "catalogs", "changesetBaseRefs",
    "changesetIgnorePatterns", "checksumBehavior", "cloneConcurrency", "compressionLevel", "constraintsPath",
    "defaultLanguageName", "defaultProtocol", "defaultSemverRangePrefix", "deferredVersionFolder", "enableCacheClean",
    "enableColors", "enableConstraintsChecks", "enableGlobalCache", "enableHardenedMode", "enableHyperlinks",
    "enableImmutableCache", "enableImmutableInstalls", "enableInlineBuilds", "enableInlineHunks", "enableMessageNames",
    "enableMirror", "enableNetwork", "enableOfflineMode", "enableProgressBars", "enableScripts", "enableStrictSettings",
    "enableStrictSsl", "enableTelemetry", "enableTimers", "enableTips", "enableTransparentWorkspaces", "globalFolder",
    "httpProxy", "httpRetry", "httpTimeout", "httpsCaFilePath", "httpsCertFilePath", "httpsKeyFilePath", "httpsProxy",
    "ignorePath", "immutablePatterns", "initEditorConfig", "initFields", "initScope", "injectEnvironmentFiles",
    "installStatePath", "lastUpdateCheck", "logFilters", "minizip", "networkConcurrency", "networkSettings",
    "nmHoistingLimits", "nmMode", "nmSelfReferences", "nodeExperimentalPackageMap", "nodeLinker", "nodePackageMapType",
    "npmAlwaysAuth", "npmAuditExcludePackages", "npmAuditIgnoreAdvisories", "npmAuditRegistry", "npmAuthIdent",
    "npmAuthToken", "npmMinimalAgeGate", "npmPreapprovedPackages", "npmPublishAccess", "npmPublishProvenance",
    "npmPublishRegistry", "npmRegistries", "npmRegistryServer", "npmScopes", "packageExtensions", "patchFolder",
    "plugins", "pnpEnableEsmLoader", "pnpEnableInlining", "pnpFallbackMode", "pnpIgnorePatterns", "pnpMode",
    "pnpShebang", "pnpUnpluggedFolder", "pnpZipBackend", "pnpmInstallConcurrency", "pnpmStoreFolder",
    "preferDeferredVersions", "preferInteractive", "preferReuse", "preferTruncatedLines", "progressBarStyle",
    "rcFilename", "supportedArchitectures", "taskPoolConcurrency", "taskPoolMode", "telemetryInterval",
    "telemetryUserId", "tsEnableAutoTypes", "unsafeHttpWhitelist", "virtualFolder", "winLinkType", "yarnPath",
];

/// Settings that are no error as a variable although Yarn does not know them: those of Yarn 1, and its own tests'.
#[rustfmt::skip]
pub(super) const IGNORED_VARIABLES: [&str; 23] = [
    "isTestEnv", "injectNpmUser", "injectNpmPassword", "injectNpm2FaToken", "zipDataEpilogue",
    "cacheCheckpointOverride", "cacheVersionOverride", "lockfileVersionOverride", "osOverride", "cpuOverride",
    "libcOverride", "binFolder", "version", "flags", "profile", "gpg", "ignoreNode", "wrapOutput", "home", "confDir",
    "registry", "ignoreScripts", "ignoreCwd",
];

/// Whether Yarn knows a setting.
pub(super) fn is_known(key: &str) -> bool {
    KNOWN.binary_search(&key).is_ok()
}

/// All that Yarn knows.
pub fn known() -> impl Iterator<Item = &'static str> {
    KNOWN.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_binary_search() {
        assert!(KNOWN.is_sorted());
        assert!(is_known("npmAuthToken") && is_known("yarnPath") && !is_known("npmAuthTokn"));
    }
}
