//! Every operation of the API.

use domain::access::Role::{Administrator, Operator, Reader};

use super::operation::Answer::{Accepted, Created, List, Nothing, One};
use super::operation::{Operation, Operations, Parameter};
use super::query::PAGE;
use super::{
    audit_logs, configurations, cycles, directory, document, domains, provisioning_logs, settings, targets,
    tokens,
};

const DRY_RUN: &[Parameter] =
    &[Parameter { name: "dryRun", description: "`true`: only say what would change.", repeated: false }];

const CYCLE_FILTER: &[Parameter] =
    &[Parameter { name: "configuration", description: "Id or name of a configuration.", repeated: false }];

/// The API.
pub fn routes() -> Operations {
    let operations = what_is_configured(Operations::default());
    let operations = configurations_and_cycles(operations);
    what_happened(operations)
}

fn what_is_configured(operations: Operations) -> Operations {
    let op = Operation::new;
    operations
        .add(
            "post",
            "/apply",
            document::apply,
            op(
                "apply",
                "document",
                "Create or update what a document names, whole or not at all",
                Administrator,
                One("Changes"),
            )
            .body("Document")
            .query(DRY_RUN),
        )
        .add(
            "get",
            "/export",
            document::export,
            op(
                "export",
                "document",
                "Everything that is configured as a document, secrets left out",
                Reader,
                One("Document"),
            ),
        )
        .add(
            "get",
            "/domains",
            domains::list,
            op("listDomains", "domains", "Source domains", Reader, List("Domain")).query(PAGE),
        )
        .add(
            "post",
            "/domains",
            domains::create,
            op("createDomain", "domains", "Create a source domain", Administrator, Created("Domain"))
                .body("DomainEntry"),
        )
        .add(
            "post",
            "/domains/probe",
            domains::probe_entry,
            op(
                "probeDomainEntry",
                "domains",
                "Test a connection that is not stored",
                Administrator,
                One("SourceInfo"),
            )
            .body("DomainEntry"),
        )
        .add(
            "get",
            "/domains/{id}",
            domains::get,
            op("getDomain", "domains", "One source domain, by id or name", Reader, One("Domain")),
        )
        .add(
            "patch",
            "/domains/{id}",
            domains::update,
            op(
                "updateDomain",
                "domains",
                "Change a source domain by merge patch",
                Administrator,
                One("Domain"),
            )
            .body("DomainEntry"),
        )
        .add(
            "delete",
            "/domains/{id}",
            domains::delete,
            op(
                "deleteDomain",
                "domains",
                "Delete a source domain that no configuration uses",
                Administrator,
                Nothing,
            ),
        )
        .add(
            "post",
            "/domains/{id}/probe",
            domains::probe,
            op(
                "probeDomain",
                "domains",
                "Test the connection to a source domain",
                Operator,
                One("SourceInfo"),
            ),
        )
        .add(
            "get",
            "/targets",
            targets::list,
            op("listTargets", "targets", "Target systems", Reader, List("Target")).query(PAGE),
        )
        .add(
            "post",
            "/targets",
            targets::create,
            op("createTarget", "targets", "Create a target system", Administrator, Created("Target"))
                .body("TargetEntry"),
        )
        .add(
            "post",
            "/targets/probe",
            targets::probe_entry,
            op(
                "probeTargetEntry",
                "targets",
                "Test a target that is not stored",
                Administrator,
                One("TargetInfo"),
            )
            .body("TargetEntry"),
        )
        .add(
            "get",
            "/targets/{id}",
            targets::get,
            op("getTarget", "targets", "One target system, by id or name", Reader, One("Target")),
        )
        .add(
            "patch",
            "/targets/{id}",
            targets::update,
            op(
                "updateTarget",
                "targets",
                "Change a target system by merge patch",
                Administrator,
                One("Target"),
            )
            .body("TargetEntry"),
        )
        .add(
            "delete",
            "/targets/{id}",
            targets::delete,
            op(
                "deleteTarget",
                "targets",
                "Delete a target system that no configuration uses",
                Administrator,
                Nothing,
            ),
        )
        .add(
            "post",
            "/targets/{id}/probe",
            targets::probe,
            op(
                "probeTarget",
                "targets",
                "Test the connection to a target system",
                Operator,
                One("TargetInfo"),
            ),
        )
        .add(
            "get",
            "/settings",
            settings::get,
            op("getSettings", "settings", "Settings of the installation", Reader, One("Settings")),
        )
        .add(
            "patch",
            "/settings",
            settings::update,
            op(
                "updateSettings",
                "settings",
                "Change the settings that are given",
                Administrator,
                One("Settings"),
            )
            .body("Settings"),
        )
        .add(
            "get",
            "/tokens",
            tokens::list,
            op(
                "listTokens",
                "tokens",
                "API tokens, without the tokens themselves",
                Administrator,
                List("Token"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/tokens",
            tokens::create,
            op(
                "createToken",
                "tokens",
                "Make an API token; it is in this answer only",
                Administrator,
                Created("NewToken"),
            )
            .body("TokenEntry"),
        )
        .add(
            "delete",
            "/tokens/{id}",
            tokens::delete,
            op("deleteToken", "tokens", "Revoke an API token", Administrator, Nothing),
        )
}

fn configurations_and_cycles(operations: Operations) -> Operations {
    let op = Operation::new;
    operations
        .add(
            "get",
            "/configurations",
            configurations::list,
            op(
                "listConfigurations",
                "configurations",
                "Configurations with their status",
                Reader,
                List("Configuration"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/configurations",
            configurations::create,
            op(
                "createConfiguration",
                "configurations",
                "Create a configuration",
                Administrator,
                Created("Configuration"),
            )
            .body("ConfigurationEntry"),
        )
        .add(
            "get",
            "/configurations/{id}",
            configurations::get,
            op(
                "getConfiguration",
                "configurations",
                "One configuration with its status, by id or name",
                Reader,
                One("Configuration"),
            ),
        )
        .add(
            "patch",
            "/configurations/{id}",
            configurations::update,
            op(
                "updateConfiguration",
                "configurations",
                "Change a configuration by merge patch",
                Administrator,
                One("Configuration"),
            )
            .body("ConfigurationEntry"),
        )
        .add(
            "delete",
            "/configurations/{id}",
            configurations::delete,
            op(
                "deleteConfiguration",
                "configurations",
                "Delete a configuration; what it provisioned stays in the target",
                Administrator,
                Nothing,
            ),
        )
        .add(
            "get",
            "/configurations/{id}/cycles",
            configurations::cycles,
            op(
                "listConfigurationCycles",
                "configurations",
                "Cycles of a configuration, newest first",
                Reader,
                List("Cycle"),
            )
            .query(PAGE),
        )
        .add(
            "post",
            "/configurations/{id}/cycles",
            configurations::run,
            op(
                "runConfiguration",
                "configurations",
                "Queue a cycle that is due now",
                Operator,
                Accepted("Cycle"),
            )
            .body("RunRequest"),
        )
        .add(
            "post",
            "/configurations/{id}/start",
            configurations::start,
            op(
                "startConfiguration",
                "configurations",
                "End a pause and a quarantine and run",
                Operator,
                Accepted("Cycle"),
            ),
        )
        .add(
            "post",
            "/configurations/{id}/pause",
            configurations::pause,
            op(
                "pauseConfiguration",
                "configurations",
                "Stop after the page under way and run no more cycles",
                Operator,
                Nothing,
            ),
        )
        .add(
            "post",
            "/configurations/{id}/restart",
            configurations::restart,
            op(
                "restartConfiguration",
                "configurations",
                "Forget what resetScope names and run",
                Operator,
                Accepted("Cycle"),
            )
            .body("RestartCriteria"),
        )
        .add(
            "post",
            "/configurations/{id}/clearQuarantine",
            configurations::clear_quarantine,
            op(
                "clearQuarantine",
                "configurations",
                "Lift the quarantine and run",
                Operator,
                Accepted("Cycle"),
            ),
        )
        .add(
            "post",
            "/configurations/{id}/allowDeletes",
            configurations::allow_deletes,
            op(
                "allowDeletes",
                "configurations",
                "Let one cycle go over the accidental-delete threshold",
                Administrator,
                Accepted("Cycle"),
            ),
        )
        .add(
            "get",
            "/cycles",
            cycles::list,
            op("listCycles", "cycles", "Cycles of all configurations, newest first", Reader, List("Cycle"))
                .query(PAGE)
                .query(CYCLE_FILTER),
        )
        .add("get", "/cycles/{id}", cycles::get, op("getCycle", "cycles", "One cycle", Reader, One("Cycle")))
}

fn what_happened(operations: Operations) -> Operations {
    let op = Operation::new;
    let logs = provisioning_logs::FILTER;
    operations
        .add(
            "get",
            "/provisioningLogs",
            provisioning_logs::list,
            op(
                "listProvisioningLogs",
                "provisioningLogs",
                "Provisioning records, newest first, without steps and modified properties",
                Reader,
                List("ProvisioningRecord"),
            )
            .query(PAGE)
            .query(logs),
        )
        .add(
            "get",
            "/provisioningLogs/facets",
            provisioning_logs::facets,
            op(
                "provisioningLogFacets",
                "provisioningLogs",
                "How many records of a search carry each value",
                Reader,
                One("Facets"),
            )
            .query(logs),
        )
        .add(
            "get",
            "/provisioningLogs/{id}",
            provisioning_logs::get,
            op(
                "getProvisioningLog",
                "provisioningLogs",
                "One provisioning record with everything, by id or change id",
                Reader,
                One("ProvisioningRecord"),
            ),
        )
        .add(
            "get",
            "/auditLogs",
            audit_logs::list,
            op(
                "listAuditLogs",
                "auditLogs",
                "What people and programs did to Skybridge, newest first",
                Administrator,
                List("AuditEntry"),
            )
            .query(PAGE),
        )
        .add(
            "get",
            "/auditLogs/verification",
            audit_logs::verify,
            op(
                "verifyAuditLogs",
                "auditLogs",
                "Whether the chain of the audit log is whole",
                Administrator,
                One("AuditVerification"),
            ),
        )
        .add(
            "get",
            "/users",
            directory::users,
            op("listUsers", "directory", "Users of the built-in directory", Reader, List("User"))
                .query(PAGE)
                .query(directory::FILTER),
        )
        .add(
            "get",
            "/users/{id}",
            directory::user,
            op("getUser", "directory", "One user, by id or user principal name", Reader, One("User")),
        )
        .add(
            "get",
            "/users/{id}/memberOf",
            directory::member_of,
            op(
                "listUserMemberOf",
                "directory",
                "Groups that a user is a direct member of",
                Reader,
                List("Group"),
            )
            .query(PAGE),
        )
        .add(
            "get",
            "/groups",
            directory::groups,
            op("listGroups", "directory", "Groups of the built-in directory", Reader, List("Group"))
                .query(PAGE)
                .query(directory::FILTER),
        )
        .add(
            "get",
            "/groups/{id}",
            directory::group,
            op("getGroup", "directory", "One group", Reader, One("Group")),
        )
        .add(
            "get",
            "/groups/{id}/members",
            directory::members,
            op("listGroupMembers", "directory", "Direct members of a group", Reader, List("DirectoryObject"))
                .query(PAGE),
        )
        .add(
            "get",
            "/groups/{id}/memberOf",
            directory::member_of,
            op(
                "listGroupMemberOf",
                "directory",
                "Groups that a group is a direct member of",
                Reader,
                List("Group"),
            )
            .query(PAGE),
        )
        .add(
            "get",
            "/contacts",
            directory::contacts,
            op("listContacts", "directory", "Contacts of the built-in directory", Reader, List("Contact"))
                .query(PAGE)
                .query(directory::FILTER),
        )
        .add(
            "get",
            "/contacts/{id}",
            directory::contact,
            op("getContact", "directory", "One contact", Reader, One("Contact")),
        )
}
