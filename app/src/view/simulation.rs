use domain::{
    ObjectKind,
    record::{Action, Status},
    simulation::{Movement, SimulatedObject, Simulation, SimulationState},
};

use super::query::{self, Pairs};

/// Which simulated objects the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimulatedQuery {
    pub text: String,
    pub action: Option<Action>,
    pub status: Option<Status>,
    pub kind: Option<ObjectKind>,
    pub movement: Option<Movement>,
    pub after: Option<String>,
}

impl SimulatedQuery {
    pub fn parse(pairs: &Pairs) -> Self {
        let one = |name| query::first(pairs, name);
        Self {
            text: one("q").unwrap_or_default().trim().to_owned(),
            action: one("action").and_then(|value| value.parse().ok()),
            status: one("status").and_then(|value| value.parse().ok()),
            kind: one("type").and_then(|value| value.parse().ok()),
            movement: one("movement").and_then(|value| value.parse().ok()),
            after: one("after").map(str::to_owned),
        }
    }

    /// This search below an address.
    pub fn href(&self, base: &str) -> String {
        let word = |value: Option<&'static str>| value.unwrap_or_default().to_owned();
        let pairs = [
            ("q", self.text.clone()),
            ("action", word(self.action.map(Action::as_str))),
            ("status", word(self.status.map(Status::as_str))),
            ("type", word(self.kind.map(ObjectKind::as_str))),
            ("movement", word(self.movement.map(Movement::as_str))),
            ("after", self.after.clone().unwrap_or_default()),
        ];
        query::href(base, &pairs)
    }

    /// The same search from its beginning.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    pub fn is_narrow(&self) -> bool {
        self.first_page() != Self::default()
    }
}

/// The simulate page: the newest simulation and a page of what it found.
#[derive(Debug, Clone, Default)]
pub struct SimulateView {
    /// None was made, or the last one is too old.
    pub newest: Option<Simulation>,
    pub filter: SimulatedQuery,
    pub rows: Vec<SimulatedObject>,
    pub next: Option<String>,
    /// Why the results may differ from what the next cycle does: a sentence for each reason.
    pub stale: Vec<&'static str>,
}

impl SimulateView {
    pub fn is_running(&self) -> bool {
        self.state() == Some(SimulationState::Running)
    }

    /// Of the newest one; absent before the first.
    pub fn state(&self) -> Option<SimulationState> {
        self.newest.as_ref().map(|simulation| simulation.state)
    }
}

/// Simulated records of an action and outcome; `None` stands for any.
pub fn tallied(simulation: &Simulation, action: Option<Action>, status: Option<Status>) -> u64 {
    let wanted = simulation.tallies.iter().filter(|tally| {
        action.is_none_or(|action| tally.action == action)
            && status.is_none_or(|status| tally.status == status)
    });
    wanted.map(|tally| tally.count).sum()
}

/// Objects of a kind that come or go.
pub fn moving(simulation: &Simulation, kind: ObjectKind, movement: Movement) -> u64 {
    let wanted =
        simulation.tallies.iter().filter(|tally| tally.kind == kind && tally.movement == Some(movement));
    wanted.map(|tally| tally.count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_survives_its_address() {
        let filter = SimulatedQuery::parse(&query::parse(
            "q=anna+b&action=delete&status=failure&type=user&movement=leaves&after=7",
        ));
        let address = filter.href("/x");
        assert_eq!(SimulatedQuery::parse(&query::parse(address.trim_start_matches("/x?"))), filter);
        assert!(filter.is_narrow());
        assert!(!SimulatedQuery { after: Some("7".to_owned()), ..SimulatedQuery::default() }.is_narrow());
    }
}
