//! An object's situation in words: what is, why, and what comes next.

use domain::record::{Action, Status, StepKind};
use domain::{ProvisioningRecord, Time};
use storage::link::LinkState;

use super::{Explanation, Place};

domain::words!(
    /// How much a sentence matters.
    Weight {
        Good = "good",
        /// Neither good nor bad.
        Plain = "plain",
        Warning = "warning",
        Bad = "bad",
    }
);

/// One sentence of an explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub weight: Weight,
    pub text: String,
    /// What to do about it; empty when there is nothing to do.
    pub advice: String,
}

impl Sentence {
    fn new(weight: Weight, text: impl Into<String>) -> Self {
        Self { weight, text: text.into(), advice: String::new() }
    }

    fn advising(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

/// Why an object is as it is in a configuration: whether it is linked, whether it is in scope and through what, what
/// failed and how to mend it, and what the next cycle will do.
pub fn sentences(place: &Place, explanation: Option<&Explanation>, now: Time) -> Vec<Sentence> {
    let mut said = vec![linked(place)];
    match explanation {
        Some(Explanation::Told(told)) => {
            said.extend(scope(&told.record));
            said.extend(told.notes.iter().map(|note| Sentence::new(Weight::Plain, note.clone())));
            said.extend(failing(place, now, told.record.error.is_some()));
            said.extend(outcome(place, &told.record));
        }
        Some(Explanation::Unknown { code, message }) => {
            let advice = domain::catalogue::find(code).map(|entry| entry.advice).unwrap_or_default();
            said.push(
                Sentence::new(
                    Weight::Warning,
                    format!("What the next cycle would do is not known: {message}"),
                )
                .advising(advice),
            );
            said.extend(failing(place, now, false));
        }
        None => said.extend(failing(place, now, false)),
    }
    said
}

fn linked(place: &Place) -> Sentence {
    let target = &place.target;
    match &place.link {
        None => Sentence::new(Weight::Plain, format!("It is linked to no object of {target}.")),
        Some(link) => match link.state {
            LinkState::Active => Sentence::new(
                Weight::Good,
                format!("It is linked to the object {} of {target}.", link.target_id),
            ),
            LinkState::Leaving => Sentence::new(
                Weight::Warning,
                format!("It left the source or the scope; its removal from {target} is decided but not done."),
            )
            .advising(
                "If the configuration is in quarantine, look at what waits there and allow the deletions or restart.",
            ),
            LinkState::Disabled => Sentence::new(
                Weight::Warning,
                format!("It left the source or the scope; its account in {target} is disabled."),
            )
            .advising("Bring it back into scope to have it enabled again."),
        },
    }
}

fn scope(record: &ProvisioningRecord) -> Option<Sentence> {
    let step = record.steps.iter().find(|step| step.kind == StepKind::Scoping);
    match step {
        Some(step) if step.status == Status::Success => {
            let leaves = matches!(record.action, Action::Disable | Action::Delete | Action::StagedDelete);
            let weight = if leaves { Weight::Warning } else { Weight::Good };
            Some(Sentence::new(weight, step.description.clone()))
        }
        Some(step) => Some(
            Sentence::new(Weight::Bad, format!("It is not in scope: {}", lower(&step.description)))
                .advising("Change the scope or its filters, or the object, if it should be in."),
        ),
        None => {
            let import = record.steps.iter().find(|step| step.kind == StepKind::Import)?;
            Some(Sentence::new(Weight::Bad, import.description.clone()))
        }
    }
}

fn failing(place: &Place, now: Time, told: bool) -> Option<Sentence> {
    let escrow = place.escrow.as_ref()?;
    let times = if escrow.attempts == 1 { "once".to_owned() } else { format!("{} times", escrow.attempts) };
    let next = if escrow.next_attempt_at <= now {
        "it is tried again by the next cycle".to_owned()
    } else {
        format!("it is tried again after {}", escrow.next_attempt_at.format("%Y-%m-%d %H:%M UTC"))
    };
    let since = escrow.first_failed_at.format("%Y-%m-%d %H:%M UTC");
    let sentence = if told {
        format!("It failed {times} since {since}; {next}, or at once when it changes.")
    } else {
        let reason = escrow.reason.trim_end_matches('.');
        format!("It failed {times} since {since}: {reason}. It says {}; {next}.", escrow.code)
    };
    let advice = domain::catalogue::find(&escrow.code).map(|entry| entry.advice).unwrap_or_default();
    Some(Sentence::new(Weight::Bad, sentence).advising(if told { "" } else { advice }))
}

fn outcome(place: &Place, record: &ProvisioningRecord) -> Option<Sentence> {
    let target = &place.target;
    let when =
        if place.enabled { "The next cycle" } else { "The configuration is disabled. Once enabled, it" };
    let error = record.error.as_ref();
    let sentence = match (record.status, record.action) {
        (Status::Failure, _) => {
            let error = error?;
            Sentence::new(
                Weight::Bad,
                format!("{when} will fail on it: {} ({})", error.reason, error.error_code),
            )
            .advising(error.recommended_action.clone())
        }
        // Why it is left alone was said with the scope.
        (Status::Skipped, _) if error.is_some() => return None,
        (Status::Skipped, _) => Sentence::new(
            Weight::Good,
            format!("The object in {target} is as it should be; {} changes nothing.", lower(when)),
        ),
        // What a service refuses cannot be foreseen.
        (_, Action::Create) if place.escrow.is_some() => Sentence::new(
            Weight::Plain,
            format!("{when} that tries it again will ask {target} to create it."),
        ),
        (_, Action::Create) => Sentence::new(Weight::Plain, format!("{when} will create it in {target}.")),
        (_, Action::Update) => {
            Sentence::new(Weight::Plain, format!("{when} will change {} in {target}.", changed(record)))
        }
        (_, Action::Disable) => {
            Sentence::new(Weight::Warning, format!("{when} will disable its account in {target}."))
        }
        (_, Action::Delete) => Sentence::new(Weight::Warning, format!("{when} will delete it in {target}.")),
        (_, Action::StagedDelete) => Sentence::new(
            Weight::Warning,
            format!("Its removal from {target} is held back by the accidental-delete guard."),
        )
        .advising("Look at what waits in the configuration, then allow the deletions or restart."),
        (_, Action::Other) => Sentence::new(
            Weight::Plain,
            format!("{when} will link it to an object of {target} that is there already."),
        ),
    };
    Some(sentence)
}

/// The attributes that differ, by name; many are counted.
fn changed(record: &ProvisioningRecord) -> String {
    const NAMED: usize = 5;
    let names: Vec<&str> = record.modified.iter().map(|property| property.display_name.as_str()).collect();
    match names.len() {
        0 => "something".to_owned(),
        n if n <= NAMED => names.join(", "),
        n => format!("{} and {} more attributes", names[..NAMED].join(", "), n - NAMED),
    }
}

fn lower(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use domain::record::Step;
    use domain::{ChangeId, ConfigurationId, CycleId, ObjectKind, RecordId, TargetKind};
    use engine::on_demand::Demanded;
    use uuid::Uuid;

    use super::*;

    fn place() -> Place {
        Place {
            configuration_id: ConfigurationId::new(Uuid::nil()),
            configuration: "lab".to_owned(),
            domain: "lab.local".to_owned(),
            target: "directory".to_owned(),
            target_kind: TargetKind::BuiltIn,
            enabled: true,
            link: None,
            escrow: None,
            exported: None,
            held: None,
        }
    }

    fn told(action: Action, status: Status, scoping: Status) -> Explanation {
        let step = Step {
            name: String::new(),
            kind: StepKind::Scoping,
            status: scoping,
            description: "The filter says no.".to_owned(),
            duration_ms: None,
            details: Vec::new(),
        };
        let record = ProvisioningRecord {
            id: RecordId(0),
            change_id: ChangeId::new(Uuid::nil()),
            cycle_id: CycleId::new(Uuid::nil()),
            configuration_id: ConfigurationId::new(Uuid::nil()),
            initiated_by: None,
            at: Time::default(),
            duration_ms: 0,
            action,
            status,
            kind: ObjectKind::User,
            source: domain::record::Identity::default(),
            target: domain::record::Identity::default(),
            source_system: String::new(),
            target_system: String::new(),
            error: (scoping != Status::Success)
                .then(|| domain::catalogue::SYNCHRONIZATION_SKIPPED.info("The filter says no.")),
            steps: vec![step],
            modified: Vec::new(),
        };
        Explanation::Told(Box::new(Demanded {
            record,
            related: Vec::new(),
            began: Time::default(),
            ended: Time::default(),
            dry_run: true,
            notes: Vec::new(),
        }))
    }

    fn texts(explanation: &Explanation) -> Vec<String> {
        sentences(&place(), Some(explanation), Time::default()).into_iter().map(|said| said.text).collect()
    }

    #[test]
    fn who_is_out_of_scope_is_told_so_once_with_the_reason() {
        assert_eq!(
            texts(&told(Action::Other, Status::Skipped, Status::Skipped)),
            ["It is linked to no object of directory.", "It is not in scope: the filter says no."]
        );
    }

    #[test]
    fn the_last_sentence_says_what_the_next_cycle_does() {
        let last = |action, status| texts(&told(action, status, Status::Success)).pop().unwrap_or_default();
        assert_eq!(last(Action::Create, Status::Success), "The next cycle will create it in directory.");
        assert_eq!(
            last(Action::Other, Status::Skipped),
            "The object in directory is as it should be; the next cycle changes nothing."
        );
        assert_eq!(last(Action::Delete, Status::Success), "The next cycle will delete it in directory.");
    }
}
