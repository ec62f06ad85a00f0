//! One operation of the API: its handler and its description, given together so that neither can be without the
//! other.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use domain::access::Role;

use crate::http::Edge;

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub description: &'static str,
    /// May be given several times.
    pub repeated: bool,
}

/// What an operation answers when all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// 200 with this schema.
    One(&'static str),
    /// 200 with a page of this schema.
    List(&'static str),
    /// 201 with this schema.
    Created(&'static str),
    /// 202 with this schema: it goes on after the answer.
    Accepted(&'static str),
    /// 204.
    Nothing,
}

/// The description of an operation.
#[derive(Debug, Clone)]
pub struct Operation {
    pub id: &'static str,
    /// Lower case.
    pub method: &'static str,
    /// Below `/api/v1`.
    pub path: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    /// The least role.
    pub role: Role,
    /// How a caller is known who shows no token of the API; the role is of no account then.
    pub instead_of_role: Option<&'static str>,
    pub query: Vec<Parameter>,
    /// Schema of the body.
    pub body: Option<&'static str>,
    pub answer: Answer,
}

impl Operation {
    pub fn new(
        id: &'static str,
        tag: &'static str,
        summary: &'static str,
        role: Role,
        answer: Answer,
    ) -> Self {
        Self {
            id,
            method: "",
            path: "",
            tag,
            summary,
            role,
            instead_of_role: None,
            query: Vec::new(),
            body: None,
            answer,
        }
    }

    #[must_use]
    pub fn body(mut self, schema: &'static str) -> Self {
        self.body = Some(schema);
        self
    }

    #[must_use]
    pub fn instead_of_role(mut self, who: &'static str) -> Self {
        self.instead_of_role = Some(who);
        self
    }

    #[must_use]
    pub fn query(mut self, parameters: &[Parameter]) -> Self {
        self.query.extend_from_slice(parameters);
        self
    }
}

/// Operations as they are mounted.
#[derive(Debug, Default)]
pub struct Operations {
    router: Router<Edge>,
    described: Vec<Operation>,
}

impl Operations {
    #[must_use]
    pub fn add<H, T>(
        mut self,
        method: &'static str,
        path: &'static str,
        handler: H,
        mut operation: Operation,
    ) -> Self
    where
        H: Handler<T, Edge>,
        T: 'static,
    {
        let filter = match method {
            "post" => MethodFilter::POST,
            "put" => MethodFilter::PUT,
            "patch" => MethodFilter::PATCH,
            "delete" => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        operation.method = method;
        operation.path = path;
        self.described.push(operation);
        self.router = self.router.route(path, on(filter, handler));
        self
    }

    pub fn split(self) -> (Router<Edge>, Vec<Operation>) {
        (self.router, self.described)
    }
}
