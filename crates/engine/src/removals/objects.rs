//! Disabling and deleting.

use std::collections::BTreeMap;

use domain::LinkId;
use domain::configuration::OutOfScope;
use domain::record::{Status, StepKind};
use domain::value::{Attributes, Value};
use ports::{Operation, Verb};
use storage::link::Link;

use super::reasons::told;
use crate::change::{Change, modified_properties};
use crate::digest::fingerprint;
use crate::records::step;
use crate::run::{CycleError, Run};

impl Run {
    pub(super) async fn removal_changes(&self, links: &[Link]) -> Result<Vec<Change>, CycleError> {
        let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
        let reasons = self.reasons(links).await;
        let mut exported: BTreeMap<LinkId, Attributes> =
            self.links.exported(&ids).await?.into_iter().collect();
        Ok(links
            .iter()
            .map(|link| {
                let old = exported.remove(&link.id).unwrap_or_default();
                self.removal_change(link, &old, told(&reasons, link))
            })
            .collect())
    }

    fn removal_change(&self, link: &Link, old: &Attributes, reason: String) -> Change {
        let schema = self.mappings.get(&link.kind).map(|mappings| mappings.schema());
        let disable =
            self.configuration.plan.out_of_scope == OutOfScope::Disable && link.kind.has_account_state();
        let state_attribute = schema.filter(|_| disable).map(|schema| schema.account_state);
        let target_name = schema
            .and_then(|schema| old.get(schema.user_name))
            .and_then(Value::as_text)
            .unwrap_or(&link.display_name)
            .to_owned();
        let mut attributes = old.clone();
        let mut changed = Vec::new();
        if let Some(name) = state_attribute {
            attributes.insert(name.to_owned(), Value::Boolean(false));
            changed.push(name.to_owned());
        }
        Change {
            fingerprint: fingerprint(&attributes, &link.anchor),
            modified: modified_properties(&changed, old, &attributes, None),
            operation: Operation {
                change_id: self.new_change_id(),
                verb: if disable { Verb::Disable } else { Verb::Delete },
                kind: link.kind,
                anchor: link.anchor.clone(),
                target_id: Some(link.target_id.clone()),
                attributes,
                changed,
                add_members: Vec::new(),
                remove_members: Vec::new(),
            },
            object_id: link.object_id.clone(),
            source_dn: link.source_dn.clone(),
            display_name: link.display_name.clone(),
            exported: None,
            link: Some(link.id),
            replaces: Vec::new(),
            add_links: Vec::new(),
            remove_links: Vec::new(),
            leaving_links: Vec::new(),
            names: None,
            steps: vec![
                step("EntrySynchronizationScoping", StepKind::Scoping, Status::Success, reason),
                step(
                    "EntrySynchronizationMatching",
                    StepKind::Matching,
                    Status::Success,
                    format!("Linked to the target's object {}.", link.target_id),
                ),
            ],
            partial: false,
            dormant: false,
            target_name,
        }
    }
}
