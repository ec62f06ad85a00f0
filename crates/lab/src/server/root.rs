//! The rootDSE: what a server says about itself before anybody signs in.

use super::{Shared, write::EntryWriter};
use crate::model::{Kind, ObjectId, State, generalized};

pub(super) const PAGED: &str = "1.2.840.113556.1.4.319";
pub(super) const SHOW_RECYCLED: &str = "1.2.840.113556.1.4.2064";
pub(super) const SHOW_DEACTIVATED_LINK: &str = "1.2.840.113556.1.4.2065";
pub(super) const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";
pub(super) const START_TLS: &str = "1.3.6.1.4.1.1466.20037";
pub(super) const WHO_AM_I: &str = "1.3.6.1.4.1.4203.1.11.3";

/// Controls that this server acts on.
const CONTROLS: [&str; 8] = [
    PAGED,
    "1.2.840.113556.1.4.417",
    SHOW_RECYCLED,
    SHOW_DEACTIVATED_LINK,
    "1.2.840.113556.1.4.841",
    "1.2.840.113556.1.4.1338",
    DOMAIN_SCOPE,
    "1.2.840.113556.1.4.801",
];

/// Active Directory, its DirSync and bitwise matching, and the level of a current server.
const CAPABILITIES: [&str; 6] = [
    "1.2.840.113556.1.4.800",
    "1.2.840.113556.1.4.1670",
    "1.2.840.113556.1.4.1791",
    "1.2.840.113556.1.4.1935",
    "1.2.840.113556.1.4.2080",
    "1.2.840.113556.1.4.2237",
];

/// Writes the entry; `names` as the client asked, none for all.
pub(super) fn write(
    shared: &Shared,
    state: &State,
    names: &[String],
    types_only: bool,
    mut entry: EntryWriter<'_>,
) {
    let all = names.is_empty() || names.iter().any(|name| name == "*");
    for (name, values) in attributes(shared, state) {
        if all || names.iter().any(|asked| asked.eq_ignore_ascii_case(name)) {
            entry.attribute(name, types_only, false, |out| {
                for value in &values {
                    out(value.as_bytes());
                }
            });
        }
    }
    entry.finish();
}

fn attributes(shared: &Shared, state: &State) -> Vec<(&'static str, Vec<String>)> {
    let fixed = |index| state.dn(ObjectId::new(Kind::Fixed, index));
    let base = state.blueprint.base_dn.clone();
    let places = state.places;
    let (configuration, schema) = (fixed(places.configuration), fixed(places.schema));
    let host = format!("dc1.{}", state.blueprint.name);
    let texts = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut extensions = vec![WHO_AM_I];
    extensions.extend(shared.tls.is_some().then_some(START_TLS));
    let settings = fixed(places.settings);
    let server = settings.split_once(',').map(|(_, server)| server.to_owned()).unwrap_or_default();
    vec![
        ("domainFunctionality", texts(&["7"])),
        ("forestFunctionality", texts(&["7"])),
        ("domainControllerFunctionality", texts(&["7"])),
        ("rootDomainNamingContext", vec![base.clone()]),
        (
            "ldapServiceName",
            vec![format!("{0}:dc1$@{1}", state.blueprint.name, state.blueprint.name.to_uppercase())],
        ),
        ("isGlobalCatalogReady", texts(&["TRUE"])),
        (
            "supportedLDAPPolicies",
            texts(&["MaxPageSize", "MaxValRange", "MaxConnections", "MaxConnIdleTime"]),
        ),
        ("supportedControl", texts(&CONTROLS)),
        ("supportedExtension", texts(&extensions)),
        ("supportedLDAPVersion", texts(&["3"])),
        ("supportedCapabilities", texts(&CAPABILITIES)),
        ("subschemaSubentry", vec![fixed(places.aggregate)]),
        ("serverName", vec![server]),
        ("schemaNamingContext", vec![schema.clone()]),
        ("namingContexts", vec![base.clone(), configuration.clone(), schema]),
        ("isSynchronized", texts(&["TRUE"])),
        ("highestCommittedUSN", vec![state.highest_usn().to_string()]),
        ("dsServiceName", vec![settings]),
        ("dnsHostName", vec![host]),
        ("defaultNamingContext", vec![base]),
        ("currentTime", vec![generalized(state.now())]),
        ("configurationNamingContext", vec![configuration]),
    ]
}
