//! Why objects are removed, as the directory tells it at that moment.

use std::collections::HashMap;

use domain::{Entry, ObjectKind};
use ports::{KindRequest, Which};
use storage::link::Link;

use crate::run::Run;

/// Where the directory cannot be asked.
const UNKNOWN: &str =
    "The source no longer has the object within the scope: it was deleted or left the scope.";

impl Run {
    /// A sentence for each of the objects, by id. It is for people: that it cannot be found out stops nothing.
    pub(super) async fn reasons(&self, links: &[Link]) -> HashMap<String, String> {
        let ids: Vec<String> = links.iter().map(|link| link.object_id.clone()).collect();
        let found = match self.ends.source.objects(Which::Ids(&ids), &self.without_members()).await {
            Ok(found) => found,
            Err(error) => {
                tracing::debug!(error = %error, "why objects left could not be asked");
                return HashMap::new();
            }
        };
        let found: HashMap<String, (ObjectKind, Entry)> =
            found.into_iter().map(|(kind, object)| (object.object_id, (kind, object.entry))).collect();
        links
            .iter()
            .map(|link| (link.object_id.clone(), self.reason(link, found.get(&link.object_id))))
            .collect()
    }

    fn reason(&self, link: &Link, found: Option<&(ObjectKind, Entry)>) -> String {
        if !self.mappings.contains_key(&link.kind) {
            return format!("The configuration takes no {} any more.", link.kind.plural());
        }
        let Some((kind, entry)) = found else {
            return "The directory no longer has the object, or the service account may no longer read it."
                .to_owned();
        };
        if *kind != link.kind {
            return format!("The object is a {kind} now, no longer a {}.", link.kind);
        }
        match self.scope.verdict(entry, *kind) {
            Err(reason) if entry.dn == link.source_dn => reason,
            Err(reason) => format!("The object is {} now. {reason}", entry.dn),
            Ok(_) => {
                "The object left the scope and came back while the cycle ran: the next one takes it up again."
                    .to_owned()
            }
        }
    }

    /// What decides about the scope; the members of large groups do not.
    fn without_members(&self) -> Vec<KindRequest> {
        let mut requests = self.kind_requests();
        for request in &mut requests {
            let members =
                |name: &str| ["member", "uniqueMember"].iter().any(|one| name.eq_ignore_ascii_case(one));
            request.attributes.retain(|name| !members(name));
        }
        requests
    }
}

/// The sentence for one object.
pub(super) fn told(reasons: &HashMap<String, String>, link: &Link) -> String {
    reasons.get(&link.object_id).cloned().unwrap_or_else(|| UNKNOWN.to_owned())
}
