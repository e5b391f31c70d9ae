//! What a fact takes of the run's memory, in bytes: rather too much than too little.

use std::collections::BTreeMap;

use super::budget::ENTRY;
use crate::facts::{Dated, Fact, Packument, Provenance, Recent, Seen, TokenRow, Whoami};

impl Fact {
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Packument(Seen::Here(packument)) | Self::Versions(Seen::Here(packument)) => packument.weight(),
            Self::Whoami(Whoami::User(text) | Whoami::Rejected { message: text, .. }) => text_weight(text),
            Self::Tokens(rows) => rows.iter().map(token_weight).sum(),
            Self::Roster(Seen::Here(map)) | Self::DistTags(Seen::Here(map)) => map_weight(map),
            Self::Collaborators(Seen::Here(map)) | Self::Packages(Seen::Here(map)) => {
                map.keys().map(|user| text_weight(user)).sum()
            }
            Self::Stage(Seen::Here(staging)) => {
                let staged = staging.versions.iter();
                staged.map(|one| 3 * ENTRY + one.version.len() + one.id.len() + optional(one.package.as_ref())).sum()
            }
            Self::Version(Seen::Here(document)) => {
                let tarball = document.tarball.as_ref().map_or(0, |tarball| tarball.url.len() + tarball.checksum.len());
                ENTRY + document.version.len() + optional(document.git_head.as_ref()) + tarball
            }
            Self::Search(names) => names.iter().map(|name| text_weight(name)).sum(),
            Self::Attestations(Seen::Here(provenance)) => provenance.weight(),
            Self::Tarball(files) => files.keys().map(|path| text_weight(path)).sum(),
            Self::Packument(Seen::NotVisible)
            | Self::Versions(Seen::NotVisible)
            | Self::Whoami(Whoami::Nobody)
            | Self::Profile(_)
            | Self::Roster(Seen::NotVisible)
            | Self::Collaborators(Seen::NotVisible)
            | Self::Visibility(_)
            | Self::AnyStage(_)
            | Self::Packages(Seen::NotVisible)
            | Self::Stage(Seen::NotVisible)
            | Self::DistTags(Seen::NotVisible)
            | Self::Version(Seen::NotVisible)
            | Self::Attestations(Seen::NotVisible)
            | Self::Ping => 0,
        }
    }
}

impl Packument {
    pub(super) fn weight(&self) -> usize {
        let unpublished = self.unpublished.iter().flat_map(|unpublished| &unpublished.versions);
        let texts = self.gone.iter().flatten().chain(self.maintainers.iter().flatten()).chain(unpublished);
        let time = self.unpublished.as_ref().and_then(|unpublished| unpublished.time.as_ref());
        self.versions.weight()
            + map_weight(&self.dist_tags)
            + texts.map(|text| text_weight(text)).sum::<usize>()
            + optional(time)
            + self.recent.weight()
    }
}

impl Recent {
    fn weight(&self) -> usize {
        let Self { any, witness, stable_witness } = self;
        let all = [any, witness, stable_witness].into_iter().flatten();
        all.map(|Dated { version, time }| 2 * ENTRY + version.len() + time.len()).sum()
    }
}

impl Provenance {
    fn weight(&self) -> usize {
        let Self { subject, builder: _, machine, repository, repository_id, workflow, event } = self;
        let lengths = [machine, repository_id, workflow, event].map(|text| optional(text.as_ref()));
        ENTRY + subject.len() + repository.len() + lengths.iter().sum::<usize>()
    }
}

fn token_weight(row: &TokenRow) -> usize {
    let scopes = row.scopes.iter().map(|(kind, name)| text_weight(kind) + text_weight(name));
    let cidr = row.cidr.iter().map(|address| text_weight(address));
    2 * ENTRY + row.hint.len() + optional(row.expiry.as_ref()) + scopes.chain(cidr).sum::<usize>()
}

fn map_weight(map: &BTreeMap<String, String>) -> usize {
    map.iter().map(|(key, value)| text_weight(key) + value.len()).sum()
}

fn text_weight(text: &str) -> usize {
    ENTRY + text.len()
}

fn optional(text: Option<&String>) -> usize {
    text.map_or(0, String::len)
}
