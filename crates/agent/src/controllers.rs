//! The controllers of a domain, as its name servers tell them: service records (RFC 2782), under the name that only
//! Active Directory's controllers have (MS-ADTS section 6.3.2.3), or under the general one.

use std::time::Duration;

use hickory_resolver::proto::rr::RData;
use hickory_resolver::{Resolver, TokioResolver};

/// For all questions of one look together.
const PATIENCE: Duration = Duration::from_secs(10);
/// Controllers that are taken from an answer.
const MOST: usize = 64;

/// One that offers the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    pub host: String,
    pub port: u16,
}

impl Controller {
    /// Whether its name lies in the domain. Answers of name servers can be forged: a password goes to no other host on
    /// their word alone, whatever certificate it has.
    pub fn is_of(&self, domain: &str) -> bool {
        let domain = domain.to_lowercase();
        self.host.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// Where it is reached with TLS from the first octet on. Records name the port without it, and no others for it.
    pub fn url(&self) -> String {
        match self.port {
            389 => format!("ldaps://{}", self.host),
            port => format!("ldaps://{}:{port}", self.host),
        }
    }
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The name of the records.
    pub record: String,
    /// In the order in which they want to be asked. Empty: the domain has no such records.
    pub controllers: Vec<Controller>,
}

/// The names under which controllers of a domain have their records, in the order in which they are asked for.
pub fn records(domain: &str) -> [String; 2] {
    [format!("_ldap._tcp.dc._msdcs.{domain}"), format!("_ldap._tcp.{domain}")]
}

/// Asks the name servers of this machine. The reason, where they cannot be asked.
pub async fn find(domain: &str) -> Result<Found, String> {
    let resolver = Resolver::builder_tokio()
        .and_then(hickory_resolver::ResolverBuilder::build)
        .map_err(|error| format!("the name servers of this machine cannot be told: {error}"))?;
    let looked = tokio::time::timeout(PATIENCE, look(&resolver, domain)).await;
    looked.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?
}

async fn look(resolver: &TokioResolver, domain: &str) -> Result<Found, String> {
    let mut empty = Vec::new();
    for record in records(domain) {
        // A full stop at its end: what the machine itself is in is not tried.
        match resolver.srv_lookup(format!("{record}.")).await {
            Ok(answer) => {
                let services = answer.answers().iter().filter_map(|record| match &record.data {
                    RData::SRV(service) => Some((
                        (service.priority, u16::MAX - service.weight),
                        Controller {
                            host: service.target.to_string().trim_end_matches('.').to_lowercase(),
                            port: service.port,
                        },
                    )),
                    _ => None,
                });
                let controllers = sorted(services.collect());
                if !controllers.is_empty() {
                    return Ok(Found { record, controllers });
                }
            }
            Err(error) if error.is_no_records_found() => {}
            Err(error) => return Err(error.to_string()),
        }
        empty.push(record);
    }
    Ok(Found { record: empty.join(" and "), controllers: Vec::new() })
}

/// Lowest priority first, among equals the heaviest. A target of `.` says that there is no service (RFC 2782).
fn sorted(mut services: Vec<((u16, u16), Controller)>) -> Vec<Controller> {
    services.retain(|(_, controller)| !controller.host.is_empty());
    services.sort_by(|(one, left), (other, right)| one.cmp(other).then_with(|| left.host.cmp(&right.host)));
    let mut controllers: Vec<Controller> = services.into_iter().map(|(_, controller)| controller).collect();
    controllers.dedup();
    controllers.truncate(MOST);
    controllers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn controller(host: &str) -> Controller {
        Controller { host: host.to_owned(), port: 389 }
    }

    #[test]
    fn controllers_come_in_the_order_in_which_they_want_to_be_asked() {
        let told = vec![
            ((10, 0), controller("far")),
            ((0, u16::MAX - 50), controller("light")),
            ((0, u16::MAX - 100), controller("heavy")),
            ((0, u16::MAX - 100), controller("heavy")),
            ((0, 0), controller("")),
        ];
        assert_eq!(sorted(told), [controller("heavy"), controller("light"), controller("far")]);
    }

    #[test]
    fn only_hosts_of_the_domain_are_its_own() {
        for (host, own) in [
            ("dc1.corp.example", true),
            ("dc1.site.corp.example", true),
            ("corp.example", true),
            ("dc1.corp.example.evil.test", false),
            ("evilcorp.example", false),
            ("dc1.other.example", false),
        ] {
            assert_eq!(controller(host).is_of("Corp.Example"), own, "{host}");
        }
        assert_eq!(controller("dc1").url(), "ldaps://dc1");
        assert_eq!(Controller { host: "dc1".into(), port: 1636 }.url(), "ldaps://dc1:1636");
    }

    #[test]
    fn of_very_many_controllers_the_first_are_taken() {
        let many = (0..1000).map(|number| ((number, 0), controller(&format!("dc{number}")))).collect();
        assert_eq!(sorted(many).len(), MOST);
    }

    #[tokio::test]
    async fn a_domain_without_records_has_no_controllers() {
        // RFC 6761 section 6.4: no such name exists.
        let found = find("lab01.invalid").await;
        let record = "_ldap._tcp.dc._msdcs.lab01.invalid and _ldap._tcp.lab01.invalid".to_owned();
        assert_eq!(found, Ok(Found { record, controllers: Vec::new() }));
    }
}
