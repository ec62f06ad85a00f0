//! Filters in both shapes, and the exclusions that Cloud Sync writes into every schema and Skybridge always applies.

use domain::ObjectKind;
use domain::filter::{Clause, Operator};
use serde_json::{Value, json};

use super::reader::Reader;

type Exclusion = (&'static str, Operator, &'static str);

/// What Cloud Sync puts in front of a filter of users. The engine's exclusions hold the same.
const USER_EXCLUSIONS: &[Exclusion] = &[
    ("isCriticalSystemObject", Operator::IsFalse, ""),
    ("adminDescription", Operator::NotRegexMatch, "^User_"),
    ("sAMAccountName", Operator::IsNotNull, ""),
    ("sAMAccountName", Operator::NotEquals, "SUPPORT_388945a0"),
    ("mailNickname", Operator::NotRegexMatch, "^SystemMailbox{"),
    ("sAMAccountName", Operator::NotRegexMatch, "^AAD_"),
    ("mailNickname", Operator::NotRegexMatch, "^CAS_([^{]*){"),
    ("sAMAccountName", Operator::NotRegexMatch, "^CAS_([^{]*){"),
    ("sAMAccountName", Operator::NotRegexMatch, "^MSOL_"),
    ("msExchRecipientTypeDetails", Operator::BitsClear, "566259712"),
    CONFLICT,
];

/// The same for groups and contacts, whose clauses Microsoft does not publish: what Entra Connect excludes.
const OTHER_EXCLUSIONS: &[Exclusion] = &[
    ("isCriticalSystemObject", Operator::IsFalse, ""),
    ("adminDescription", Operator::NotRegexMatch, "^Group_"),
    ("sAMAccountName", Operator::IsNotNull, ""),
    ("sAMAccountName", Operator::NotEquals, "MSOL_AD_Sync_RichCoexistence"),
    ("mailNickname", Operator::NotRegexMatch, "^CAS_([^{]*){"),
    ("msExchRecipientTypeDetails", Operator::BitsClear, "1073741824"),
    CONFLICT,
];

const CONFLICT: Exclusion = ("distinguishedName", Operator::NotRegexMatch, r"^CN\s*=\s*([^\,]*)\0ACNF");

/// What the filters of one kind of object say.
#[derive(Debug, Default)]
pub(super) struct ReadScope {
    /// Each with the place of its clauses.
    pub(super) filters: Vec<Vec<(Clause, String)>>,
    /// Containers, where Cloud Sync's own filter names them.
    pub(super) containers: Vec<String>,
}

/// Graph's form of filters.
pub(super) fn of(filters: &[Vec<Clause>]) -> Value {
    let groups: Vec<Value> = filters
        .iter()
        .enumerate()
        .map(|(index, clauses)| {
            let clauses: Vec<Value> = clauses
                .iter()
                .map(|clause| {
                    let operand = clause.operator.takes_value().then(|| json!({ "values": [clause.value] }));
                    json!({
                        "sourceOperandName": clause.attribute,
                        "operatorName": clause.operator.as_str(),
                        "targetOperand": operand,
                    })
                })
                .collect();
            json!({ "name": format!("Filter {}", index + 1), "clauses": clauses })
        })
        .collect();
    json!({ "groups": [], "inputFilterGroups": groups, "categoryFilterGroups": [] })
}

/// Reads Graph's form.
pub(super) fn read(scope: &Value, kind: ObjectKind, path: &str, reader: &mut Reader) -> ReadScope {
    let mut read = ReadScope::default();
    if scope.is_null() {
        return read;
    }
    let known = ["groups", "inputFilterGroups", "categoryFilterGroups"];
    let Some(members) = reader.object(scope, path, &known) else { return read };
    for name in ["groups", "categoryFilterGroups"] {
        if !reader.list(members, name, path).is_empty() {
            reader
                .add(&format!("{path}.{name}"), "filters of this kind are not known; use inputFilterGroups");
        }
    }
    for (index, group) in reader.list(members, "inputFilterGroups", path).iter().enumerate() {
        let path = format!("{path}.inputFilterGroups[{index}]");
        let Some(group) = reader.object(group, &path, &["name", "clauses"]) else { continue };
        let given = reader.list(group, "clauses", &path);
        let mut clauses = Vec::with_capacity(given.len());
        for (index, clause) in given.iter().enumerate() {
            let path = format!("{path}.clauses[{index}]");
            clauses.extend(read_clause(clause, &path, reader).map(|clause| (clause, path)));
        }
        // Of a filter that cannot be read whole, nobody can say what the rest of it means.
        if clauses.len() == given.len() {
            take(clauses, kind, &mut read);
        }
    }
    read
}

/// Of Cloud Sync's own filter only what goes beyond the exclusions is kept; a clause on the name's end stands for the
/// container that was chosen.
fn take(mut clauses: Vec<(Clause, String)>, kind: ObjectKind, read: &mut ReadScope) {
    let is = |clause: &Clause, (attribute, operator, value): &Exclusion| {
        clause.attribute.eq_ignore_ascii_case(attribute)
            && clause.operator == *operator
            && clause.value == *value
    };
    let has = |known: &Exclusion| clauses.iter().any(|(clause, _)| is(clause, known));
    let (exclusions, own) = match kind {
        ObjectKind::User => (USER_EXCLUSIONS, USER_EXCLUSIONS.iter().all(has)),
        ObjectKind::Group | ObjectKind::Contact => (OTHER_EXCLUSIONS, true),
    };
    if own {
        clauses.retain(|(clause, _)| !exclusions.iter().any(|known| is(clause, known)));
        let of_place = |clause: &Clause| {
            clause.operator == Operator::EndsWith
                && clause.attribute.eq_ignore_ascii_case("distinguishedName")
        };
        let places = clauses.iter().filter(|(clause, _)| of_place(clause));
        let containers: Vec<String> = places.map(|(clause, _)| clause.value.clone()).collect();
        if containers.len() == 1 {
            clauses.retain(|(clause, _)| !of_place(clause));
            read.containers.extend(containers);
        }
        if clauses.is_empty() {
            return;
        }
    }
    if !read.filters.iter().any(|known| known.iter().map(|(c, _)| c).eq(clauses.iter().map(|(c, _)| c))) {
        read.filters.push(clauses);
    }
}

fn read_clause(clause: &Value, path: &str, reader: &mut Reader) -> Option<Clause> {
    let members = reader.object(clause, path, &["operatorName", "sourceOperandName", "targetOperand"])?;
    let attribute = reader.text(members, "sourceOperandName", path);
    let operator = reader.text(members, "operatorName", path);
    let mut values = Vec::new();
    if let Some(operand) = members.get("targetOperand").filter(|operand| !operand.is_null()) {
        let path = format!("{path}.targetOperand");
        let operand = reader.object(operand, &path, &["values"])?;
        for value in reader.list(operand, "values", &path) {
            match value.as_str() {
                Some(text) => values.push(text.to_owned()),
                None => reader.add(&format!("{path}.values"), "a value is not a text"),
            }
        }
    }
    let operator = match operator.map(str::parse::<Operator>) {
        Some(Ok(operator)) => operator,
        Some(Err(error)) => {
            reader.add(&format!("{path}.operatorName"), error.to_string());
            return None;
        }
        None => {
            reader.add(&format!("{path}.operatorName"), "the operator is missing");
            return None;
        }
    };
    if operator.takes_value() && values.len() != 1 || !operator.takes_value() && !values.is_empty() {
        let message =
            if operator.takes_value() { "exactly one value is expected" } else { "no value is expected" };
        reader.add(&format!("{path}.targetOperand"), message);
        return None;
    }
    Some(Clause {
        attribute: attribute.unwrap_or_default().to_owned(),
        operator,
        value: values.pop().unwrap_or_default(),
    })
}
