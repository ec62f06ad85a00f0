//! After a crash: what became of operations whose answers were never written down.

use domain::cycle::Phase;
use domain::record::{Status, StepKind};
use storage::link::{PageCommit, name_key};

use crate::change::Change;
use crate::records::step;
use crate::run::{CycleError, Run};

impl Run {
    /// Asks the target about each operation left behind. What was carried out is recorded and linked; the others are
    /// dropped, and the cycle plans them anew.
    pub(crate) async fn recover(&mut self) -> Result<(), CycleError> {
        let intents = self.links.intents(self.configuration.id).await?;
        if intents.is_empty() {
            return Ok(());
        }
        self.enter(Phase::Recovering).await?;
        tracing::info!(
            configuration.id = %self.configuration.id,
            cycle.id = %self.cycle_id,
            operations = intents.len(),
            "finding out what became of operations that were under way when the last cycle ended"
        );
        for intent in intents {
            self.check_stop()?;
            let mut page = PageCommit::default();
            match serde_json::from_str::<Change>(&intent.payload) {
                Ok(mut change) => match self.ends.target.outcome_of(&change.operation).await? {
                    Some(outcome) => {
                        change.steps.push(step(
                            "EntryExportRecovery",
                            StepKind::Export,
                            Status::Success,
                            "The server ended before the answer was recorded; the target shows that the change was made.",
                        ));
                        self.note_newcomer(name_key(&change.source_dn));
                        self.put_outcome(&mut page, change, &outcome, 0);
                    }
                    None => page.settled.push(intent.change_id),
                },
                Err(error) => {
                    tracing::warn!(change.id = %intent.change_id, %error, "an operation left behind cannot be read and is planned anew");
                    page.settled.push(intent.change_id);
                }
            }
            self.commit(page).await?;
        }
        Ok(())
    }
}
