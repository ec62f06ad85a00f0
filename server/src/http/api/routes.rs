//! Every operation of the API, resource by resource.

use super::operation::Operations;
use super::{
    agents, audit_logs, configurations, cycles, directory, document, domains, enrollment_tokens, escrows,
    mail, on_demand, provisioning_logs, settings, simulations, synchronization_schema, targets, tokens,
    unmatched,
};

/// The API.
pub fn routes() -> Operations {
    let resources = [
        document::operations,
        domains::operations,
        targets::operations,
        settings::operations,
        tokens::operations,
        configurations::operations,
        synchronization_schema::operations,
        escrows::operations,
        on_demand::operations,
        simulations::operations,
        unmatched::operations,
        cycles::operations,
        provisioning_logs::operations,
        audit_logs::operations,
        mail::operations,
        directory::operations,
        agents::operations,
        enrollment_tokens::operations,
    ];
    resources.into_iter().fold(Operations::default(), |operations, add| add(operations))
}
