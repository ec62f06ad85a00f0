//! Every operation of the API, resource by resource.

use super::operation::Operations;
use super::{
    agents, alerts, audit_logs, browse, configurations, cycles, directory, document, domains,
    enrollment_tokens, escrows, insights, mail, on_demand, provisioning_logs, readiness, settings,
    simulations, synchronization_schema, targets, tokens, unmatched,
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
        browse::operations,
        synchronization_schema::operations,
        escrows::operations,
        on_demand::operations,
        simulations::operations,
        unmatched::operations,
        cycles::operations,
        provisioning_logs::operations,
        readiness::operations,
        insights::operations,
        audit_logs::operations,
        mail::operations,
        directory::operations,
        agents::operations,
        alerts::operations,
        enrollment_tokens::operations,
    ];
    resources.into_iter().fold(Operations::default(), |operations, add| add(operations))
}
