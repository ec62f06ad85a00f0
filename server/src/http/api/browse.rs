//! Looking through a configuration's live directory, for who chooses a scope or looks for somebody.

use axum::Json;
use axum::extract::{Path, State};
use domain::Dn;
use domain::access::Role;
use serde_json::{Value, json};
use service::browse::{Container, Listing, Place};
use service::people::{FoundObject, MOST_FOUND};

use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::Params;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

const PLACE: &[Parameter] = &[
    Parameter {
        name: "beneath",
        description: "Id of the container to look into; absent: the base of what is read.",
        repeated: false,
    },
    Parameter {
        name: "q",
        description: "A part of a name, two characters at least: containers and groups anywhere that have it. \
                      Cannot be combined with `beneath`.",
        repeated: false,
    },
];

const NAME: &[Parameter] = &[Parameter {
    name: "q",
    description: "A part of a name, two characters at least; in Active Directory the beginning of one.",
    repeated: false,
}];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    let operations = operations.add(
        "get",
        "/configurations/{id}/directoryObjects",
        find,
        Operation::new(
            "findInDirectory",
            "configurations",
            "People, groups and contacts of the live directory by name, in scope or not",
            Role::Operator,
            Answer::One("DirectoryObjects"),
        )
        .query(NAME),
    );
    operations.add(
        "get",
        "/configurations/{id}/directoryPlaces",
        list,
        Operation::new(
            "browseDirectory",
            "configurations",
            "Containers at one place of the live directory, or containers and groups by name",
            Role::Operator,
            Answer::One("DirectoryListing"),
        )
        .query(PLACE),
    )
}

pub async fn find(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Value>, Problem> {
    let text = params.text("q").unwrap_or_default();
    params.finish()?;
    let found = edge.service().find_in_directory(&caller, &id, &text).await?;
    let more = found.len() >= MOST_FOUND;
    let object = |one: FoundObject| {
        json!({
            "objectId": one.object_id,
            "distinguishedName": one.dn,
            "displayName": one.display_name,
            "type": one.kind.as_str(),
        })
    };
    Ok(Json(json!({ "objects": found.into_iter().map(object).collect::<Vec<_>>(), "more": more })))
}

pub async fn list(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> Result<Json<Value>, Problem> {
    let (beneath, text) = (params.text("beneath"), params.text("q"));
    params.finish()?;
    let service = edge.service();
    let found = match (beneath, text) {
        (Some(_), Some(_)) => {
            let message = "cannot be combined with beneath";
            return Err(service::ServiceError::invalid("q", message).into());
        }
        (beneath, None) => service.browse_directory(&caller, &id, beneath.as_deref()).await?,
        (None, Some(text)) => service.search_directory(&caller, &id, &text).await?,
    };
    Ok(Json(answer(&found)))
}

fn answer(listing: &Listing) -> Value {
    json!({
        "at": container(&listing.at),
        "places": listing.places.iter().map(place).collect::<Vec<_>>(),
        "more": listing.more,
    })
}

fn container(container: &Container) -> Value {
    json!({ "objectId": container.object_id, "distinguishedName": container.dn })
}

fn place(place: &Place) -> Value {
    let name = Dn::parse(&place.container.dn).map_or_else(|_| place.container.dn.clone(), |dn| dn.leaf());
    json!({
        "objectId": place.container.object_id,
        "distinguishedName": place.container.dn,
        "name": name,
        "type": if place.is_group { "group" } else { "container" },
        "subordinates": place.subordinates,
    })
}
