//! Users, groups and contacts of the built-in directory.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use domain::access::{Principal, Role};
use domain::{ConfigurationId, ObjectKind};
use serde_json::Value;
use service::ServiceError;
use storage::directory::{DirectoryFilter, DirectoryObject};
use storage::{Page, PageRequest};

use super::operation::{Answer, Operation, Operations, Parameter};
use super::query::{PAGE, Params};
use super::wire;
use crate::http::auth::Caller;
use crate::http::{Edge, Problem};

type List = Result<Json<Page<Value>>, Problem>;
type Single = Result<Json<Value>, Problem>;

pub const FILTER: &[Parameter] = &[
    Parameter {
        name: "q",
        description: "Text in display name, user principal name, mail or anchor.",
        repeated: false,
    },
    Parameter { name: "configuration", description: "Id or name of a configuration.", repeated: false },
    Parameter { name: "accountEnabled", description: "`true` or `false`; users only.", repeated: false },
];

/// The operations of this file.
pub fn operations(operations: Operations) -> Operations {
    operations
        .add(
            "get",
            "/users",
            users,
            Operation::new(
                "listUsers",
                "directory",
                "Users of the built-in directory",
                Role::Reader,
                Answer::List("User"),
            )
            .query(PAGE)
            .query(FILTER),
        )
        .add(
            "get",
            "/users/{id}",
            user,
            Operation::new(
                "getUser",
                "directory",
                "One user, by id or user principal name",
                Role::Reader,
                Answer::One("User"),
            ),
        )
        .add(
            "get",
            "/users/{id}/memberOf",
            member_of,
            Operation::new(
                "listUserMemberOf",
                "directory",
                "Groups that a user is a direct member of",
                Role::Reader,
                Answer::List("Group"),
            )
            .query(PAGE),
        )
        .add(
            "get",
            "/groups",
            groups,
            Operation::new(
                "listGroups",
                "directory",
                "Groups of the built-in directory",
                Role::Reader,
                Answer::List("Group"),
            )
            .query(PAGE)
            .query(FILTER),
        )
        .add(
            "get",
            "/groups/{id}",
            group,
            Operation::new("getGroup", "directory", "One group", Role::Reader, Answer::One("Group")),
        )
        .add(
            "get",
            "/groups/{id}/members",
            members,
            Operation::new(
                "listGroupMembers",
                "directory",
                "Direct members of a group",
                Role::Reader,
                Answer::List("DirectoryObject"),
            )
            .query(PAGE),
        )
        .add(
            "get",
            "/groups/{id}/memberOf",
            member_of,
            Operation::new(
                "listGroupMemberOf",
                "directory",
                "Groups that a group is a direct member of",
                Role::Reader,
                Answer::List("Group"),
            )
            .query(PAGE),
        )
        .add(
            "get",
            "/contacts",
            contacts,
            Operation::new(
                "listContacts",
                "directory",
                "Contacts of the built-in directory",
                Role::Reader,
                Answer::List("Contact"),
            )
            .query(PAGE)
            .query(FILTER),
        )
        .add(
            "get",
            "/contacts/{id}",
            contact,
            Operation::new("getContact", "directory", "One contact", Role::Reader, Answer::One("Contact")),
        )
}

pub async fn users(State(edge): State<Edge>, Caller(caller): Caller, params: Params) -> List {
    list(&edge, &caller, params, ObjectKind::User).await
}

pub async fn groups(State(edge): State<Edge>, Caller(caller): Caller, params: Params) -> List {
    list(&edge, &caller, params, ObjectKind::Group).await
}

pub async fn contacts(State(edge): State<Edge>, Caller(caller): Caller, params: Params) -> List {
    list(&edge, &caller, params, ObjectKind::Contact).await
}

pub async fn user(State(edge): State<Edge>, Caller(caller): Caller, Path(id): Path<String>) -> Single {
    if !id.contains('@') {
        return one(&edge, &caller, &id, ObjectKind::User).await;
    }
    let filter = DirectoryFilter {
        kind: Some(ObjectKind::User),
        text: Some(id.clone()),
        ..DirectoryFilter::default()
    };
    let found = edge.service().directory_objects(&caller, &filter, PageRequest::first(50)).await?;
    let named = |object: &DirectoryObject| {
        object.user_principal_name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&id))
    };
    let user = found.items.into_iter().find(named).ok_or_else(|| ServiceError::not_found("such user"))?;
    Ok(Json(wire::directory_object(&user, source(&sources(&edge, &caller).await?, &user))))
}

pub async fn group(State(edge): State<Edge>, Caller(caller): Caller, Path(id): Path<String>) -> Single {
    one(&edge, &caller, &id, ObjectKind::Group).await
}

pub async fn contact(State(edge): State<Edge>, Caller(caller): Caller, Path(id): Path<String>) -> Single {
    one(&edge, &caller, &id, ObjectKind::Contact).await
}

pub async fn members(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> List {
    let request = params.page();
    params.finish()?;
    object(&edge, &caller, &id, ObjectKind::Group).await?;
    let sources = sources(&edge, &caller).await?;
    let page = edge.service().directory_members(&caller, &id, request).await?;
    Ok(Json(page.map(|member| wire::typed_directory_object(&member, source(&sources, &member)))))
}

pub async fn member_of(
    State(edge): State<Edge>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    mut params: Params,
) -> List {
    let request = params.page();
    params.finish()?;
    edge.service().directory_object(&caller, &id).await?;
    let sources = sources(&edge, &caller).await?;
    let page = edge.service().directory_member_of(&caller, &id, request).await?;
    Ok(Json(page.map(|group| wire::directory_object(&group, source(&sources, &group)))))
}

async fn list(edge: &Edge, caller: &Principal, mut params: Params, kind: ObjectKind) -> List {
    let request = params.page();
    let configuration = params.text("configuration");
    let filter = DirectoryFilter {
        kind: Some(kind),
        text: params.text("q"),
        configuration: None,
        account_enabled: params.parsed("accountEnabled"),
    };
    params.finish()?;
    let configuration = edge.service().configuration_id(configuration.as_deref()).await?;
    let filter = DirectoryFilter { configuration, ..filter };
    let sources = sources(edge, caller).await?;
    let page = edge.service().directory_objects(caller, &filter, request).await?;
    Ok(Json(page.map(|object| wire::directory_object(&object, source(&sources, &object)))))
}

async fn one(edge: &Edge, caller: &Principal, id: &str, kind: ObjectKind) -> Single {
    let object = object(edge, caller, id, kind).await?;
    Ok(Json(wire::directory_object(&object, source(&sources(edge, caller).await?, &object))))
}

async fn object(
    edge: &Edge,
    caller: &Principal,
    id: &str,
    kind: ObjectKind,
) -> Result<DirectoryObject, Problem> {
    let object = edge.service().directory_object(caller, id).await?;
    if object.kind == kind { Ok(object) } else { Err(ServiceError::not_found(format!("such {kind}")).into()) }
}

/// The source domain of each configuration.
async fn sources(edge: &Edge, caller: &Principal) -> Result<HashMap<ConfigurationId, String>, Problem> {
    Ok(edge
        .service()
        .configuration_names(caller)
        .await?
        .into_iter()
        .map(|one| (one.id, one.domain))
        .collect())
}

fn source<'a>(sources: &'a HashMap<ConfigurationId, String>, object: &DirectoryObject) -> &'a str {
    sources.get(&object.configuration_id).map_or("", String::as_str)
}
