//! Figures over time.

use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use domain::access::Role;
use serde_json::{Value, json};
use service::insights::{Insights, InsightsRequest};

use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::Params;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const RANGE: &[Parameter] = &[
    Parameter {
        name: "from",
        description: "Begin of the range, a time or a span such as `7d`; a day before the end where absent, 92 days at most.",
        repeated: false,
    },
    Parameter { name: "to", description: "End of the range; now where absent.", repeated: false },
    Parameter { name: "configuration", description: "Id or name; all where absent.", repeated: false },
];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations.add(
        "get",
        "/insights",
        get,
        Operation::new(
            "getInsights",
            "insights",
            "Operations, cycle durations, agents and errors over time, and objects by state",
            Role::Reader,
            Answer::One("Insights"),
        )
        .query(RANGE),
    )
}

pub async fn get(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    mut params: Params,
) -> Result<Json<Value>, Problem> {
    let now = edge.service().now();
    let until = params.moment("to", now).unwrap_or(now);
    let since = params.moment("from", now).unwrap_or(until - TimeDelta::days(1));
    let configuration = params.text("configuration");
    params.finish()?;
    let request = InsightsRequest { since, until, configuration };
    Ok(Json(answer(&edge.service().insights(&caller, &request).await?)))
}

fn answer(insights: &Insights) -> Value {
    let operations = insights.operations.iter().map(
        |slot| json!({ "at": slot.at, "action": slot.action, "status": slot.status, "count": slot.count }),
    );
    let cycles = insights.cycles.iter().map(|slot| {
        json!({
            "at": slot.at, "cycles": slot.cycles, "failed": slot.failed,
            "meanMilliseconds": slot.total_ms / slot.cycles.max(1), "longestMilliseconds": slot.longest_ms,
        })
    });
    let agents =
        insights.agents.iter().map(|slot| json!({ "at": slot.at, "fewest": slot.fewest, "most": slot.most }));
    let errors = insights.errors.iter().map(|(code, count)| json!({ "code": code, "count": count }));
    let objects = insights
        .states
        .links
        .iter()
        .map(|(kind, state, count)| json!({ "kind": kind, "state": state.as_str(), "count": count }));
    let failing = insights.states.escrows.iter().map(|(kind, count)| json!({ "kind": kind, "count": count }));
    json!({
        "startDateTime": insights.period.since,
        "endDateTime": insights.period.until,
        "slotHours": insights.period.slot.num_hours(),
        "operations": operations.collect::<Vec<_>>(),
        "topErrors": errors.collect::<Vec<_>>(),
        "cycles": cycles.collect::<Vec<_>>(),
        "agents": agents.collect::<Vec<_>>(),
        "objects": objects.collect::<Vec<_>>(),
        "failing": failing.collect::<Vec<_>>(),
    })
}
