//! Functions that administrators know from elsewhere and that make no sense here, or not yet. They are refused while
//! compiling, with what to do instead: a mapping that silently gives nothing would clear attributes.

use super::Function;

pub(super) const TABLE: &[Function] = &[
    Function::refused(
        "SelectUniqueValue(rule1, rule2, …)",
        "unique values need the target to be asked while mapping: use Coalesce, and let a conflict be reported",
    ),
    Function::refused(
        "SingleAppRoleAssignment([appRoleAssignments])",
        "application roles exist only where Entra ID is the source",
    ),
    Function::refused(
        "AppRoleAssignmentsComplex([appRoleAssignments])",
        "application roles exist only where Entra ID is the source",
    ),
    Function::refused(
        "CRef(value)",
        "references need no conversion: leave CRef away and use the attribute itself",
    ),
    Function::refused("ValueCount(values)", "use Count"),
    Function::refused("ImportedValue(attribute)", "every value is an imported one: write [attribute]"),
];
