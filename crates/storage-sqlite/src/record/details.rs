//! Steps and modified properties as they are stored: most of a record's bytes, and the same few sentences again and
//! again. What the record says elsewhere, or what every record says, is stored as a number.
//!
//! `[[step...], [property...]]`. A step is `[name, text]`, `[name, text, details]` or `[name, text, details,
//! milliseconds]`, with numbers from the lists below for a usual name that succeeded and for a usual text; every other
//! step is stored whole, as an object. Details are pairs, the anchor alone where the other pair is the object's id, or
//! null. A property is `[name, new]` or `[name, new, old]`. Entries of the lists are never moved: rows refer to their
//! places.

use domain::ProvisioningRecord;
use domain::record::{ModifiedProperty, Status, Step, StepKind};
use serde::Deserialize;
use serde_json::{Value, json};
use storage::Result;

use crate::attributes::push_text;
use crate::fields::to_json;

const NAMES: &[(&str, StepKind)] = &[
    ("EntryImport", StepKind::Import),
    ("EntrySynchronizationScoping", StepKind::Scoping),
    ("EntrySynchronizationMatching", StepKind::Matching),
    ("EntrySynchronizationMapping", StepKind::Processing),
    ("EntryExportAdd", StepKind::Export),
    ("EntryExportUpdate", StepKind::Export),
    ("EntryExportDelete", StepKind::Export),
    ("EntryReferenceResolution", StepKind::ReferenceResolution),
    ("EntrySynchronizationReferenceResolution", StepKind::ReferenceResolution),
];

/// The first stands for `Read`, the source object's name and a full stop.
const TEXTS: &[&str] = &[
    "",
    "Every object of the domain is in scope.",
    "The target has no object with this anchor.",
    "created",
    "updated",
    "deleted",
    "The objects that this one refers to are all read; its references are settled.",
    "The object belongs to a group of the scope.",
];

/// The stored form; `None` when there is nothing to store.
pub fn encode(record: &ProvisioningRecord) -> Result<Option<String>> {
    if record.steps.is_empty() && record.modified.is_empty() {
        return Ok(None);
    }
    let mut text = String::with_capacity(64 + 48 * record.modified.len());
    text.push_str("[[");
    for (place, step) in record.steps.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_step(&mut text, step, record)?;
    }
    text.push_str("],[");
    for (place, property) in record.modified.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push('[');
        push_text(&mut text, &property.display_name)?;
        text.push(',');
        match &property.new_value {
            Some(new) => push_text(&mut text, new)?,
            None => text.push_str("null"),
        }
        if let Some(old) = &property.old_value {
            text.push(',');
            push_text(&mut text, old)?;
        }
        text.push(']');
    }
    text.push_str("]]");
    Ok(Some(text))
}

fn push_step(text: &mut String, step: &Step, record: &ProvisioningRecord) -> Result<()> {
    let name = NAMES.iter().position(|known| *known == (step.name.as_str(), step.kind));
    let Some(name) = name.filter(|_| step.status == Status::Success) else {
        text.push_str(&to_json(step)?);
        return Ok(());
    };
    text.push('[');
    text.push_str(&name.to_string());
    text.push(',');
    let read = step.description.strip_prefix("Read ").and_then(|rest| rest.strip_suffix('.'));
    let sentence = if read == Some(record.source.name.as_str()) {
        Some(0)
    } else {
        TEXTS.iter().skip(1).position(|known| *known == step.description).map(|place| place + 1)
    };
    match sentence {
        Some(place) => text.push_str(&place.to_string()),
        None => push_text(text, &step.description)?,
    }
    match step.details.as_slice() {
        [] if step.duration_ms.is_some() => text.push_str(",null"),
        [] => {}
        [(first, id), (second, anchor)]
            if first == "objectId" && *id == record.source.id && second == "anchor" =>
        {
            text.push(',');
            push_text(text, anchor)?;
        }
        details => {
            text.push(',');
            text.push_str(&to_json(details)?);
        }
    }
    if let Some(milliseconds) = step.duration_ms {
        text.push(',');
        text.push_str(&milliseconds.to_string());
    }
    text.push(']');
    Ok(())
}

/// The form of earlier versions.
#[derive(Deserialize)]
struct Whole {
    steps: Vec<Step>,
    modified: Vec<ModifiedProperty>,
}

/// Gives a record its steps and properties back.
pub fn decode(text: &str, record: &mut ProvisioningRecord) -> std::result::Result<(), serde_json::Error> {
    if text.starts_with('{') {
        let whole: Whole = serde_json::from_str(text)?;
        (record.steps, record.modified) = (whole.steps, whole.modified);
        return Ok(());
    }
    let (steps, modified): (Vec<Value>, Vec<Property>) = serde_json::from_str(text)?;
    record.modified = modified.into_iter().map(Property::into_modified).collect();
    record.steps =
        steps.into_iter().map(|step| to_step(step, record)).collect::<std::result::Result<_, _>>()?;
    Ok(())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Property {
    Changed(String, Option<String>, Option<String>),
    New(String, Option<String>),
}

impl Property {
    fn into_modified(self) -> ModifiedProperty {
        let (display_name, new_value, old_value) = match self {
            Self::Changed(name, new, old) => (name, new, old),
            Self::New(name, new) => (name, new, None),
        };
        ModifiedProperty { display_name, old_value, new_value }
    }
}

fn to_step(stored: Value, record: &ProvisioningRecord) -> std::result::Result<Step, serde_json::Error> {
    let Value::Array(parts) = stored else { return serde_json::from_value(stored) };
    let mut parts = parts.into_iter();
    let mut next = || parts.next().unwrap_or(Value::Null);
    let place = |value: &Value| value.as_u64().and_then(|place| usize::try_from(place).ok());
    let (name, kind) =
        place(&next()).and_then(|place| NAMES.get(place).copied()).unwrap_or(("", StepKind::Import));
    let description = match next() {
        Value::String(text) => text,
        known => match place(&known) {
            Some(0) => format!("Read {}.", record.source.name),
            Some(place) => TEXTS.get(place).copied().unwrap_or_default().to_owned(),
            None => String::new(),
        },
    };
    let details = match next() {
        Value::Null => json!([]),
        Value::String(anchor) => json!([["objectId", record.source.id], ["anchor", anchor]]),
        pairs => pairs,
    };
    let duration_ms = next().as_u64().and_then(|milliseconds| u32::try_from(milliseconds).ok());
    Ok(Step {
        name: name.to_owned(),
        kind,
        status: Status::Success,
        description,
        duration_ms,
        details: serde_json::from_value(details)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::record::{Action, Identity};
    use domain::{ChangeId, ConfigurationId, CycleId, ObjectKind, RecordId, Time};
    use uuid::Uuid;

    fn record() -> ProvisioningRecord {
        let source =
            Identity { id: "5f1c".to_owned(), display_name: "Ann".to_owned(), name: "CN=Ann".to_owned() };
        ProvisioningRecord {
            id: RecordId(1),
            change_id: ChangeId::new(Uuid::nil()),
            cycle_id: CycleId::new(Uuid::nil()),
            configuration_id: ConfigurationId::new(Uuid::nil()),
            at: Time::UNIX_EPOCH,
            duration_ms: 0,
            action: Action::Create,
            status: Status::Success,
            kind: ObjectKind::User,
            source,
            target: Identity::default(),
            source_system: String::new(),
            target_system: String::new(),
            error: None,
            initiated_by: None,
            steps: Vec::new(),
            modified: Vec::new(),
        }
    }

    fn step(name: &str, kind: StepKind, status: Status, text: &str, details: &[(&str, &str)]) -> Step {
        let details = details.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Step { name: name.to_owned(), kind, status, description: text.to_owned(), duration_ms: None, details }
    }

    #[test]
    fn usual_and_unusual_steps_and_properties_come_back_as_they_were() {
        let mut record = record();
        let own = [("objectId", "5f1c"), ("anchor", "AQEB")];
        record.steps = vec![
            step("EntryImport", StepKind::Import, Status::Success, "Read CN=Ann.", &own),
            step("EntryImport", StepKind::Import, Status::Success, "Read CN=Ann.", &own).took(4),
            step("EntryImport", StepKind::Import, Status::Success, "Read CN=Bob.", &[("objectId", "7")]),
            step("EntryImport", StepKind::Matching, Status::Success, "odd", &[]),
            step("EntryExportAdd", StepKind::Export, Status::Failure, "created", &[]),
            step("EntryExportAdd", StepKind::Export, Status::Success, "created", &[]),
            step("EntryExportAdd", StepKind::Export, Status::Success, "created", &[]).took(0),
            step("EntryExportAdd", StepKind::Export, Status::Failure, "created", &[]).took(7),
            step("EntryExportAdd", StepKind::Export, Status::Success, "", &[]),
            step("Something \"else\"", StepKind::Export, Status::Success, "201 Created", &[("a", "b")]),
        ];
        let property = |old: Option<&str>, new: Option<&str>| ModifiedProperty {
            display_name: "title".to_owned(),
            old_value: old.map(str::to_owned),
            new_value: new.map(str::to_owned),
        };
        record.modified = vec![
            property(None, Some("Baker")),
            property(Some("Baker"), Some("Cook")),
            property(Some("Cook"), None),
            property(None, None),
        ];
        let stored = encode(&record).expect("is stored").expect("something");
        let mut read = ProvisioningRecord { steps: Vec::new(), modified: Vec::new(), ..record.clone() };
        decode(&stored, &mut read).expect("is read");
        assert_eq!(read, record);
    }

    #[test]
    fn rows_of_earlier_versions_are_read() {
        let text = r#"{"steps":[{"name":"EntryImport","provisioningStepType":"import","status":"success","description":"x"}],"modified":[]}"#;
        let mut record = record();
        decode(text, &mut record).expect("is read");
        assert_eq!(record.steps, [step("EntryImport", StepKind::Import, Status::Success, "x", &[])]);
    }
}
