//! Authorities and the certificates they sign, made once per run of the tests.

use std::sync::OnceLock;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};

/// File name -> PEM text.
pub(super) fn all() -> &'static [(&'static str, String)] {
    static ALL: OnceLock<Vec<(&'static str, String)>> = OnceLock::new();
    ALL.get_or_init(make)
}

/// One of them.
pub(crate) fn text(name: &str) -> &'static str {
    &all().iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no {name}")).1
}

fn params(name: &str, hosts: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::new(hosts.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn make() -> Vec<(&'static str, String)> {
    let key = || KeyPair::generate().unwrap();
    let here = ["127.0.0.1", "localhost"];
    let (root_key, middle_key, other_key, server_key) = (key(), key(), key(), key());
    let root_params = authority("Test Authority");
    let root = root_params.self_signed(&root_key).unwrap();
    let root_issuer = Issuer::from_params(&root_params, &root_key);
    let middle_params = authority("Test Intermediate");
    let middle = middle_params.signed_by(&middle_key, &root_issuer).unwrap();
    let middle_issuer = Issuer::from_params(&middle_params, &middle_key);
    let other = authority("Other Authority").self_signed(&other_key).unwrap();
    let signed = |params: CertificateParams| params.signed_by(&server_key, &root_issuer).unwrap().pem();

    let server = signed(params("server", &here));
    let mut expired = params("server", &here);
    (expired.not_before, expired.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let mut early = params("server", &here);
    (early.not_before, early.not_after) = (date_time_ymd(2900, 1, 1), date_time_ymd(2901, 1, 1));
    let mut own_authority = authority("server");
    own_authority.subject_alt_names = params("server", &here).subject_alt_names;
    let with_root = format!("{server}{}", root.pem());
    let with_middle =
        format!("{}{}", params("server", &here).signed_by(&server_key, &middle_issuer).unwrap().pem(), middle.pem());
    vec![
        ("authority.pem", root.pem()),
        ("other-authority.pem", other.pem()),
        ("server.key", server_key.serialize_pem()),
        ("server.pem", server),
        ("server-and-authority.pem", with_root),
        ("server-and-intermediate.pem", with_middle),
        ("expired.pem", signed(expired)),
        ("early.pem", signed(early)),
        (
            "registries.pem",
            signed(params("registries", &["registry.npmjs.org", "registry.yarnpkg.com", "npm.corp.test"])),
        ),
        ("other-host.pem", signed(params("server", &["other.example"]))),
        ("common-name.pem", signed(params("localhost", &[]))),
        ("self-signed.pem", params("server", &here).self_signed(&server_key).unwrap().pem()),
        ("self-signed-authority.pem", own_authority.self_signed(&server_key).unwrap().pem()),
        ("client.pem", signed(params("client", &[]))),
    ]
}
