//! The `OpenAPI` 3.1 document, made from the list of operations.

use serde_json::{Map, Value, json};

use super::operation::{Answer, Operation};
use super::schema;

/// The whole document.
pub fn document(operations: &[Operation]) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(operation.method.to_owned(), describe(operation));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Skybridge",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Keeps a cloud directory equal to on-premises directories. Lists are paged: ask again with \
                `after` set to `next` until `next` is null. Errors are problem details (RFC 9457) with a stable `code`.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "A token of `skybridge token create`." } },
            "responses": { "Problem": {
                "description": "Why not, in words and with a stable code.",
                "content": { "application/problem+json": { "schema": reference("Problem") } },
            } },
            "schemas": schema::schemas(),
        },
    })
}

fn describe(operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = path_parameters(operation.path)
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" },
                "description": "Id, or name where the thing has one." })
        })
        .collect();
    parameters.extend(operation.query.iter().map(|parameter| {
        let one = json!({ "type": "string" });
        let schema = if parameter.repeated { json!({ "type": "array", "items": one }) } else { one };
        json!({ "name": parameter.name, "in": "query", "description": parameter.description, "schema": schema })
    }));
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.instead_of_role.map_or_else(
            || format!("Needs the role {}.", operation.role),
            str::to_owned,
        ),
        "parameters": parameters,
        "responses": responses(operation.answer),
    });
    if let (Some(_), Some(members)) = (operation.instead_of_role, described.as_object_mut()) {
        members.insert("security".to_owned(), json!([]));
    }
    if let (Some(body), Some(members)) = (operation.body, described.as_object_mut()) {
        let content = json!({ "application/json": { "schema": reference(body) } });
        members.insert("requestBody".to_owned(), json!({ "content": content }));
    }
    described
}

fn responses(answer: Answer) -> Value {
    let content = |schema: Value| json!({ "application/json": { "schema": schema } });
    let (status, response) = match answer {
        Answer::One(name) => ("200", json!({ "description": "Done.", "content": content(reference(name)) })),
        Answer::List(name) => {
            let page = json!({
                "type": "object",
                "required": ["items", "next"],
                "properties": {
                    "items": { "type": "array", "items": reference(name) },
                    "next": { "type": ["string", "null"], "description": "`after` of the next page." },
                },
            });
            ("200", json!({ "description": "A page.", "content": content(page) }))
        }
        Answer::Created(name) => {
            ("201", json!({ "description": "Created.", "content": content(reference(name)) }))
        }
        Answer::Accepted(name) => {
            ("202", json!({ "description": "Begun.", "content": content(reference(name)) }))
        }
        Answer::Nothing => ("204", json!({ "description": "Done." })),
    };
    let problem = json!({ "$ref": "#/components/responses/Problem" });
    json!({ status: response, "default": problem })
}

pub(super) fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// The names in braces of a path.
pub fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
