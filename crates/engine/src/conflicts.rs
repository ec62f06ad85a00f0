//! Values and anchors that two objects want: the second one is parked, told who has them, and tried again when they may
//! have come free.

use domain::ObjectKind;
use domain::catalogue::{self, ErrorCode};
use ports::{MatchProperty, OutcomeKind, TargetError};
use storage::link::{Escrow, PageCommit};

use crate::change::Change;
use crate::run::{CycleError, Run};

const CODES: [&ErrorCode; 5] = [
    &catalogue::DUPLICATE_VALUE,
    &catalogue::DUPLICATE_SOURCE,
    &catalogue::CONFLICT,
    &catalogue::INVALID_SOFT_MATCH,
    &catalogue::OTHER_CONFIGURATION,
];

/// Whether an object waits for somebody else to give something up.
pub(crate) fn is_conflict(escrow: &Escrow) -> bool {
    may_end(&escrow.code)
}

/// Whether a failure ends when another object gives something up.
pub(crate) fn may_end(code: &str) -> bool {
    CODES.iter().any(|conflict| conflict.code == code)
}

impl Run {
    /// What the target refused because somebody else has a value: the same, and whose that somebody is.
    pub(crate) async fn explain(
        &self,
        change: &Change,
        error: TargetError,
    ) -> Result<TargetError, CycleError> {
        let conflict = [&catalogue::DUPLICATE_VALUE, &catalogue::CONFLICT];
        if self.siblings.is_empty() || !conflict.iter().any(|code| code.code == error.code().code) {
            return Ok(error);
        }
        let TargetError::Object { code, reason, holder } = error else { return Ok(error) };
        let holder = match holder {
            Some(holder) => Some(holder),
            None => self.holder_of_name(change).await,
        };
        let anchor = holder.as_deref().filter(|anchor| *anchor != change.operation.anchor);
        let keepers = self.kept_elsewhere(change.kind(), anchor.into_iter()).await?;
        Ok(match anchor.and_then(|anchor| keepers.get(anchor)) {
            Some(keeper) => {
                let reason = format!("{}; it is {keeper}", reason.trim_end_matches('.'));
                TargetError::conflict(&catalogue::OTHER_CONFIGURATION, reason, holder)
            }
            None => TargetError::Object { code, reason, holder },
        })
    }

    /// The anchor of the user who has the name that a change wants, where the target tells.
    async fn holder_of_name(&self, change: &Change) -> Option<String> {
        let schema = self.mappings.get(&change.kind())?.schema();
        if change.kind() != ObjectKind::User {
            return None;
        }
        let name = change.operation.attributes.get(schema.user_name)?.as_text()?.to_owned();
        let property = MatchProperty::UserPrincipalName;
        let found = self.ends.target.find_by(change.kind(), property, &[name]).await.ok()?;
        found.into_iter().next()?.ok()?.map(|object| object.anchor)
    }

    /// Notes that somebody may have given up what others wait for.
    pub(crate) fn note_freed(&mut self, change: &Change, outcome: OutcomeKind) {
        self.freed |= match outcome {
            OutcomeKind::Disabled | OutcomeKind::Deleted => true,
            OutcomeKind::Updated => {
                let Some(mappings) = self.mappings.get(&change.kind()) else { return };
                let schema = mappings.schema();
                let unique = |name: &String| {
                    *name == schema.user_name
                        || *name == schema.mail
                        || *name == "proxyAddresses"
                        || name.starts_with("emails")
                        || mappings.matching().contains(name)
                };
                change.operation.changed.iter().any(unique)
            }
            OutcomeKind::Created | OutcomeKind::Unchanged => false,
        };
    }

    /// Objects of other configurations that wait for something of this target are tried again by their next cycles.
    pub(crate) async fn wake_siblings(&self) -> Result<(), CycleError> {
        if !self.freed || self.cycles.is_none() {
            return Ok(());
        }
        let now = self.clock.now();
        for (sibling, _) in &self.siblings {
            let mut parked = self.links.escrows(*sibling).await?;
            parked.retain(|escrow| is_conflict(escrow) && escrow.next_attempt_at > now);
            for escrow in &mut parked {
                escrow.next_attempt_at = now;
            }
            if !parked.is_empty() {
                let page = PageCommit { escrows: parked, ..PageCommit::default() };
                self.links.commit_page(*sibling, page).await?;
            }
        }
        Ok(())
    }
}
