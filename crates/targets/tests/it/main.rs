//! Faults that real SCIM services have and that no real one shows on demand.
