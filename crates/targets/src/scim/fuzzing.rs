//! What arbitrary bytes from a service meet, for the fuzzer: nothing here may panic.

use domain::value::Attributes;
use domain::{ChangeId, ObjectKind, Value};
use ports::{Operation, Verb};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::answer::Answer;
use super::listing::{Listed, Paging, Walk, Want};
use super::path::Path;
use super::{compare, json, merge, named, patch, state};

/// An answer: its status in the first byte, the value of its headers up to a NUL byte if there is one, its body.
pub fn answer(bytes: &[u8]) {
    let Some((status, rest)) = bytes.split_first() else { return };
    let status = u16::from(*status);
    let status = StatusCode::from_u16(if status < 100 { 400 + status } else { status }).unwrap_or_default();
    let (head, body) = match rest.iter().position(|byte| *byte == 0) {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (&[][..], rest),
    };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(head) {
        for name in ["ratelimit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            headers.insert(HeaderName::from_static(name), value.clone());
        }
        headers.insert(DATE, value.clone());
        headers.insert(RETRY_AFTER, value);
    }
    let answer = Answer::new(status, &headers, body, domain::Time::UNIX_EPOCH);
    let _reason = (answer.reason(), answer.refusal());
    let Some(resource) = answer.json() else { return };
    for kind in [ObjectKind::User, ObjectKind::Group] {
        let _object = named::whole_object(kind, resource);
        let update = operation(kind);
        let _same = (compare::has_attributes(resource, &update), compare::has_members(resource, &update));
        if let Ok(merged) = merge::merged(resource, &update) {
            let _text = state::as_text(&merged);
        }
    }
    let _operations = patch::attribute_operations(&operation(ObjectKind::User));
    let _listed = (Listed::of(resource), json::members(resource), named::mails(resource).count());
    if let Some(name) = json::text_of(resource, "path") {
        let _path = Path::parse(&name);
    }
    let mut walk = Walk::new("Users", Want::Everything, Paging { count: 2, most_pages: 9, cursor: false });
    while !walk.is_done() && walk.take(resource.clone()).is_ok() {}
}

fn operation(kind: ObjectKind) -> Operation {
    let names = ["userName", "displayName", "active", "name.givenName", "emails[type eq \"work\"].value"];
    let text = |name: &&str| ((*name).to_owned(), Value::text("true"));
    let attributes: Attributes = names.iter().map(text).collect();
    Operation {
        change_id: ChangeId::new(uuid::Uuid::nil()),
        verb: Verb::Update,
        kind,
        anchor: "anchor".to_owned(),
        target_id: Some("1".to_owned()),
        changed: attributes.keys().cloned().chain(["title".to_owned()]).collect(),
        attributes,
        add_members: vec!["1".to_owned()],
        remove_members: vec!["2".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn odd_answers_are_taken_without_a_panic() {
        for bytes in [
            &b""[..],
            b"\xc8",
            b"\xc8{\"Resources\":[{\"id\":1,\"members\":[null,{}],\"emails\":{}}],\"totalResults\":-1}",
            b"\x00Sun, 06 Nov 1994 08:49:37 GMT\x00[]",
            b"\xc899999999999999999999\x00{\"userName\":[],\"active\":{},\"schemas\":7,\"path\":\"a[b eq \"}",
            b"\xc81e308;r=1;t=1e300\x00{\"nextCursor\":\"x\",\"totalResults\":1e30}",
        ] {
            super::answer(bytes);
        }
    }
}
