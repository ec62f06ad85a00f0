//! The error catalogue: one code in the log, the portal, the API and the mail, each with what to do.

use crate::record::{ErrorCategory, ErrorInfo};

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    pub code: &'static str,
    pub category: ErrorCategory,
    /// What it means, one sentence.
    pub meaning: &'static str,
    /// What to do, one or two sentences.
    pub advice: &'static str,
}

macro_rules! catalogue {
    ($($name:ident = $code:literal, $category:ident, $meaning:literal, $advice:literal;)+) => {
        $(pub const $name: ErrorCode = ErrorCode {
            code: $code, category: ErrorCategory::$category, meaning: $meaning, advice: $advice,
        };)+

        /// Every code.
        pub const ALL: &[ErrorCode] = &[$($name),+];
    };
}

catalogue! {
    // Of one object.
    INVALID_ANCHOR = "InvalidAnchor", NonServiceFailure,
        "The object carries no usable anchor.",
        "Check that the service account may read objectGUID and mS-DS-ConsistencyGuid (entryUUID in other directories) of this object.";
    MAPPING_FAILED = "AttributeMappingFailed", NonServiceFailure,
        "An attribute mapping could not be evaluated for this object.",
        "Correct the source attribute named in the reason, or change the expression on the configuration's Mapping page.";
    DUPLICATE_VALUE = "AttributeValueMustBeUnique", NonServiceFailure,
        "Another object of the target already has a value that must be unique.",
        "Find the other object by the value named in the reason and change one of the two at the source. Skybridge tries again as soon as one of them changes.";
    TOO_LONG = "ExceededAllowedLength", NonServiceFailure,
        "A value is longer than the target allows.",
        "Shorten the value at the source, or cut it in the mapping with Left().";
    INVALID_DATA = "IdentityDataValidationFailed", NonServiceFailure,
        "A value has a form that the target does not accept.",
        "Correct the attribute named in the reason at the source. Skybridge tries again as soon as the object changes.";
    MISSING_VALUE = "MandatoryFieldsMissing", NonServiceFailure,
        "An attribute that the target requires has no value.",
        "Fill the attribute at the source, or give the mapping a default.";
    DUPLICATE_TARGET = "DuplicateTargetEntries", NonServiceFailure,
        "More than one object of the target carries this anchor.",
        "Delete or re-anchor the duplicate in the target, then run the configuration again.";
    DUPLICATE_SOURCE = "DuplicateSourceEntries", NonServiceFailure,
        "Two source objects carry the same anchor.",
        "Clear mS-DS-ConsistencyGuid on the copied object at the source.";
    INVALID_SOFT_MATCH = "InvalidSoftMatch", NonServiceFailure,
        "The target's object with this user name or address belongs to another source object.",
        "If both are the same person, remove the anchor of the target's object; else give one of the two another user name or address.";
    OTHER_CONFIGURATION = "ObjectInOtherConfiguration", NonServiceFailure,
        "Another configuration of this target already keeps the object that this one would take or whose value it would take.",
        "If both source objects are the same person, take one of them out of its configuration's scope. If they are not, give one of them another anchor, user name or address at the source. Skybridge tries again when the other one changes.";
    INVALID_HARD_MATCH = "InvalidHardMatch", NonServiceFailure,
        "The target has an object with this anchor that was made by somebody else, and hard match is off.",
        "Allow hard match for this configuration, or remove the anchor of the target's object.";
    ADMIN_CONFLICT = "ExistingAdminRoleConflict", NonServiceFailure,
        "The matching object of the target has an administrative role and is never taken over.",
        "Take the role from the target's account while it is matched, or give the source object another user name.";
    TARGET_NOT_FOUND = "EntryNotFound", NonServiceFailure,
        "The target no longer has the object that was linked.",
        "Nothing to do: the next cycle creates it again.";
    TARGET_REFUSED = "UnprocessableEntity", NonServiceFailure,
        "The target refused the change.",
        "Read the target's answer in the reason and correct the object or the mapping.";
    CONFLICT = "EntryConflict", NonServiceFailure,
        "The target answered that the object conflicts with another one.",
        "Find the other object in the target; give one of the two another user name or anchor.";
    IMPORT_SKIPPED = "ImportSkipped", NonServiceFailure,
        "The directory gave no such object.",
        "Check the distinguished name, and that the service account may read the object.";
    SYNCHRONIZATION_SKIPPED = "EntrySynchronizationSkipped", NonServiceFailure,
        "The object is not within the scope of the configuration.",
        "Nothing to do if that is meant; otherwise change the scope, or the object so that the scope takes it.";
    TARGET_BUSY = "TooManyRequests", Failure,
        "The target asked for fewer requests.",
        "Nothing to do: Skybridge waits as long as the target asked and tries again.";
    TARGET_ERROR = "InternalServerError", Failure,
        "The target failed while handling the change.",
        "The next cycle tries again. If it persists, ask the target's operator with the time and the change id.";
    // Of a whole cycle: source.
    SOURCE_UNREACHABLE = "SourceUnreachable", Failure,
        "The directory server cannot be reached.",
        "Check the address, the port and the firewall between this server and the directory, then run the configuration again.";
    SOURCE_TIMEOUT = "TimeOut", Failure,
        "The directory did not answer in time.",
        "Check the directory server's load and the network; Skybridge tries again by itself.";
    SOURCE_TLS = "UntrustedCertificate", Failure,
        "The directory server's certificate is not trusted.",
        "Give the domain the certificate authority's file (caFile), or correct the host name in its address.";
    SOURCE_CREDENTIALS = "InvalidCredentials", Failure,
        "The directory refused the service account's name or password.",
        "Set the right bindDn and bindPassword on the domain; check that the account is neither locked nor expired.";
    SOURCE_BASE = "BaseNotFound", Failure,
        "The directory has no such base or container.",
        "Correct the base DN of the domain or the organisational unit in the scope.";
    SOURCE_RIGHTS = "InsufficientRights", Failure,
        "The service account may not read there.",
        "Grant the service account read access on the domain or container named in the reason.";
    SOURCE_LIMIT = "EnumerationIncomplete", Failure,
        "The directory did not give the whole list.",
        "Raise the directory's size limit for the service account or allow paged results; nothing is removed from an incomplete list.";
    SOURCE_ERROR = "DirectoryError", Failure,
        "The directory answered with an error.",
        "Read the directory's answer in the reason and its log.";
    NO_CONNECTION = "HybridIdentityServiceNoAgentsAssigned", Failure,
        "The domain has neither a connection nor an agent.",
        "Give the domain a connection, or enrol an agent for it.";
    NO_AGENT = "HybridIdentityServiceNoActiveAgents", Failure,
        "No agent of the domain is connected to the portal.",
        "Look at the domain's agents: start skybridge-agent on their machines, or enrol one. Work goes on by itself when one is back.";
    // Of a whole cycle: target.
    TARGET_UNREACHABLE = "TargetUnreachable", Failure,
        "The target cannot be reached.",
        "Check the target's address and the network, then run the configuration again.";
    TARGET_CREDENTIALS = "Unauthorized", Failure,
        "The target refused the credentials.",
        "Give the target a valid token.";
    TARGET_PROTOCOL = "SystemForCrossDomainIdentityManagementServiceIncompatible", Failure,
        "The target's answer is not SCIM.",
        "Check that the address is the SCIM base address (it usually ends in /scim/v2) and that no sign-in page or proxy answers instead.";
    TOO_MANY_FAILURES = "TooManyFailures", Failure,
        "So many objects fail that the configuration itself must be at fault.",
        "Look at the failures in the provisioning log; correct the mapping, the scope or the target, then restart the configuration.";
    TOO_MANY_DELETES = "TooManyDeletes", NonServiceFailure,
        "The cycle would remove more objects than the accidental-delete threshold allows; nothing was removed.",
        "If the removals are meant, choose Allow deletes. If not, mend the source or the scope and restart the configuration.";
    STORAGE_FULL = "StorageFull", Failure,
        "The disk of the data folder is full.",
        "Free space on the volume of the data folder; the work goes on by itself.";
    INTERNAL = "InternalError", Failure,
        "Skybridge could not go on.",
        "Look in the server's log for the cycle id and report it.";
}

impl ErrorCode {
    /// The error of a record: this code with what happened to this object.
    pub fn info(&self, reason: impl Into<String>) -> ErrorInfo {
        ErrorInfo {
            error_code: self.code.to_owned(),
            error_category: self.category,
            reason: reason.into(),
            recommended_action: self.advice.to_owned(),
        }
    }
}

/// The catalogue's entry for a code that was stored.
pub fn find(code: &str) -> Option<&'static ErrorCode> {
    ALL.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_say_what_to_do() {
        let mut codes: Vec<_> = ALL.iter().map(|entry| entry.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ALL.len());
        assert!(ALL.iter().all(|entry| entry.advice.ends_with('.') && entry.meaning.ends_with('.')));
    }
}
