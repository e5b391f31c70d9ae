//! Where a published version was built, in the words of its provenance statement. Anybody can have such a statement signed for a
//! repository of his own, and nothing here checks a signature: it is evidence, and decides nothing.

/// What built a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builder {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
}

/// A provenance statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// What it is about, such as `pkg:npm/%40acme/core@1.0.0`.
    pub subject: String,
    /// Which CI system.
    pub builder: Builder,
    /// The machine or the kind of machine, as a URL.
    pub machine: Option<String>,
    /// The repository's URL.
    pub repository: String,
    /// What the CI system knows the repository by, whatever it is called.
    pub repository_id: Option<String>,
    /// The file of the workflow or the pipeline, from the root of the repository.
    pub workflow: Option<String>,
    /// The event that started the job.
    pub event: Option<String>,
}

impl Provenance {
    /// What a statement about this version is about (`npm-package-arg` 13, `toPurl`).
    pub fn subject_of(name: &str, version: &str) -> String {
        format!("pkg:npm/{}@{version}", name.replacen('@', "%40", 1))
    }
}
