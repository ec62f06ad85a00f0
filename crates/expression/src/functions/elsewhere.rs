//! Functions that administrators know from elsewhere and that make no sense here. They are refused while
//! compiling, with what to do instead: a mapping that silently gives nothing would clear attributes.

use super::Function;

pub(super) const TABLE: &[Function] = &[
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
